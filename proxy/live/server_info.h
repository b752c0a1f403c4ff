#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "proxy/base/time.h"

/// What is told about the process as a whole, beside the sums over its workers.
namespace shaketable::proxy::live {

enum class ServerState : std::uint8_t { kLive = 0, kDraining = 1, kInitializing = 3 };

/// "LIVE", "DRAINING", "INITIALIZING".
[[nodiscard]] const char* state_name(ServerState state);

/// Memory and descriptors, as the kernel tells them; 0 where it does not.
struct ProcessUsage {
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t heap_bytes = 0;           ///< In use, by the C library's allocator.
  std::uint64_t heap_reserved_bytes = 0;  ///< Got from the kernel by it.
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
  double cpu_seconds = 0;
};

/// Reads /proc/self. About 50 us, and more with many descriptors: for scrapes, not for requests.
[[nodiscard]] ProcessUsage read_process_usage();
/// Its figures of memory alone, for who looks every second. Costs a look at what is free in the
/// heap.
[[nodiscard]] ProcessUsage read_memory_usage();

/// A certificate in use, as `/certs` and the expiry metrics show it. No key material.
struct CertificateInfo {
  std::string used_by;  ///< "listener inbound", "cluster cart".
  std::string path;
  std::string spiffe_id;           ///< Or empty.
  std::string serial;              ///< Hexadecimal.
  std::vector<std::string> names;  ///< Subject alternative names: "URI:spiffe://...", "DNS:a.test".
  std::int64_t valid_from = 0;     ///< Seconds since 1970.
  std::int64_t expires_at = 0;     ///< Seconds since 1970; 0 = unknown.
  bool is_authority = false;
};

/// Filled by whoever owns the process (the main thread) for each answer of the admin port.
struct ServerInfo {
  std::string version;  ///< "shaketable-proxy 0.1.0".
  ServerState state = ServerState::kInitializing;
  std::int64_t unix_seconds = 0;  ///< Now.
  Duration uptime{0};
  std::uint32_t concurrency = 1;
  std::uint64_t process_id = 0;
  std::uint32_t restart_epoch = 0;
  // Configuration.
  std::uint64_t config_version = 0;
  std::uint64_t reloads_ok = 0;
  std::uint64_t reloads_failed = 0;  ///< Rejected; the one before stayed.
  std::int64_t last_reload_unix_seconds = 0;
  std::string last_reload_error;  ///< Of the last one, if it failed.
  // Files and exports.
  std::uint64_t access_log_lines = 0, access_log_dropped = 0, access_log_errors = 0;
  std::uint64_t spans_exported = 0, spans_dropped = 0, span_export_errors = 0;
  std::uint64_t log_suppressed = 0;  ///< Messages of the proxy's own log held back by its rate.
  ProcessUsage process;
  std::vector<CertificateInfo> certificates;
};

}  // namespace shaketable::proxy::live
