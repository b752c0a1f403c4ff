#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "proxy/base/rng.h"
#include "proxy/base/time.h"
#include "proxy/core/types.h"
#include "proxy/http/message.h"
#include "proxy/live/access_log.h"
#include "proxy/live/live_config.h"
#include "proxy/live/trace_context.h"

/// Spans of what passes the proxy: one for a request (SERVER), and one for each of its attempts
/// (CLIENT) below it, whose id the upstream gets as its parent.
namespace shaketable::proxy::live {

/// What a request keeps for its trace. Plain, 64 bytes.
struct RequestTrace {
  TraceContext incoming;  ///< As it came, or as begun here; `span` is the client's.
  SpanId server_span = 0;
  bool is_on = false;       ///< Headers are to be written. False without tracing.
  bool is_sampled = false;  ///< Spans are to be told.
};

/// Something that happened to a request, at a moment since 1970.
struct SpanEvent {
  std::int64_t unix_ns = 0;
  std::string_view name;    ///< "retry", "hedge", "request body complete"; ours.
  std::string_view detail;  ///< "UF"; may be empty.
};

/// One attempt that has ended. Views live for the call only.
struct AttemptRecord {
  SpanId span = 0;
  std::uint32_t number = 1;  ///< 1 = the first.
  std::int64_t start_unix_ns = 0;
  Duration duration{0};
  std::uint16_t status = 0;  ///< 0: no response.
  std::uint32_t flags = 0;   ///< ResponseFlag bits of the attempt, if it failed.
  std::string_view method, authority, path, scheme;
  std::string_view upstream_host, upstream_cluster;
  std::string_view failure;  ///< "connection refused"; may be empty.
  std::span<const SpanEvent> events;
};

/// What a request's span tells beyond its access record.
struct RequestSpanRecord {
  Direction direction = Direction::kInbound;
  std::string_view scheme = "http";
  const AccessRecord* access = nullptr;  ///< Required.
  std::span<const SpanEvent> events;
};

/// A batch for the collector: POST `body` to TracingConfig::path.
struct ExportBatch {
  std::string_view content_type;
  std::string body;
  std::uint64_t spans = 0;
};

/// Makes spans and queues them, as text already, until somebody takes a batch. One per worker; no
/// sockets: the exporter's connection is the driver's. A request that is not sampled costs the
/// reading and writing of headers only.
class Tracer {
 public:
  struct Limits {
    std::size_t max_queued_bytes = 4U << 20U;  ///< Beyond, spans are dropped and counted.
    std::size_t batch_bytes = 256U << 10U;     ///< Of spans in one batch, about.
  };

  /// `node` names this proxy: the service of its spans.
  Tracer(const TracingConfig& config, std::string_view node) : Tracer(config, node, Limits()) {}
  Tracer(const TracingConfig& config, std::string_view node, Limits limits);
  /// A new configuration. What is queued for another exporter is dropped.
  void set_config(const TracingConfig& config, std::string_view node);

  [[nodiscard]] bool is_on() const { return config_.exporter != TracingConfig::Exporter::kOff; }

  /// A request came in. An upstream decision (the client's headers) is followed; without one the
  /// trace id decides. Without tracing the headers pass as they are and nothing is read.
  [[nodiscard]] RequestTrace begin(const http::HeaderList& headers, Rng& rng) const;
  /// Writes the headers of an attempt whose span will be `span` (new_span_id).
  void inject(const RequestTrace& trace, SpanId span, http::HeaderList& headers) const;

  /// Ends of attempts and requests; ignored unless the trace is sampled.
  void add_attempt(const RequestTrace& trace, const AttemptRecord& attempt);
  void add_request(const RequestTrace& trace, const RequestSpanRecord& request);

  /// Whether a batch is worth sending now; call `take_batch` then, and each second or so.
  [[nodiscard]] bool has_full_batch() const { return queue_.size() >= limits_.batch_bytes; }
  /// Everything that waits, or nothing.
  [[nodiscard]] std::optional<ExportBatch> take_batch();

  [[nodiscard]] std::uint64_t queued() const { return queued_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  void commit();

  TracingConfig config_;
  std::string node_;
  Limits limits_;
  std::string queue_;  // spans, with commas between them
  std::string span_;   // the one that is being written
  std::uint64_t queued_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace shaketable::proxy::live
