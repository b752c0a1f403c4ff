#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/cli/exit_code.h"
#include "engine/cli/streams.h"
#include "proxy/base/result.h"

namespace CLI {
class App;
}

/// `shaketable-proxy certs`: an authority for tests, and certificates of workloads from it.
namespace shaketable::proxy::app {

/// What to make in the folder `out`: `ca.pem` and `ca.key` unless they are there, NAME.pem and
/// NAME.key for each workload, `crl.pem` when asked for.
struct CertsRequest {
  std::string out;
  std::string trust_domain;  ///< Empty = that of the authority in `out`.
  /// "cart" (= "default/cart"), "shop/cart" (namespace and service account), "/any/path" or
  /// "spiffe://mesh.test/any/path". Files are named after the last part.
  std::vector<std::string> workloads;
  /// Further DNS names and addresses of every workload. Its own name,
  /// NAME.NAMESPACE.svc.cluster.local and localhost are always among them.
  std::vector<std::string> names;
  std::uint32_t days = 30;       ///< Life of workload certificates and revocation lists.
  std::uint32_t ca_days = 3650;  ///< Life of a new authority.
  std::string ca_key;            ///< The authority's key; empty = `out`/ca.key.
  /// Workloads (or PEM files) whose certificates crl.pem shall revoke, beside those that it does.
  std::vector<std::string> revoke;
  bool write_crl = false;  ///< Writes crl.pem also when there is nothing new to revoke.
  bool force = false;      ///< Replaces workloads' certificates and keys. Never the authority.
};

/// Makes it. `now` in seconds since 1970. Everything is checked and made in memory before the
/// first file is written. Returns what was done, one sentence each.
[[nodiscard]] Result<std::vector<std::string>> make_certs(const CertsRequest& request,
                                                          std::int64_t now);

/// Adds its options, which fill `request` when `app` parses.
void add_certs_options(CLI::App& app, CertsRequest& request);

/// The command: reads the arguments behind `certs`, makes it, and tells.
[[nodiscard]] engine::ExitCode run_certs(std::span<const std::string> arguments,
                                         const engine::Streams& streams);

}  // namespace shaketable::proxy::app
