#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "proxy/base/time.h"
#include "proxy/live/live_config.h"

/// From files and options to the configuration of a proxy: the one way in, at the start and on
/// every reload.
namespace shaketable::proxy::app {

/// What the command line says. Empty and absent values leave the file's.
struct LoadRequest {
  std::string config;  ///< The proxy's own file; empty with `mesh`.

  std::string mesh;        ///< A mesh (or scenario) file of the engine; empty with `config`.
  std::string workload;    ///< With `mesh`: "cart", or an instance of it, "cart-1".
  std::string app;         ///< With `mesh`: the local application, "127.0.0.1:8080".
  std::string endpoints;   ///< With `mesh`: a file of addresses; see endpoints_file.h.
  std::string dns_suffix;  ///< With `mesh`: services without addresses are looked up as
                           ///< SERVICE + this suffix (".svc.local:15006"); empty = not.
  std::string inbound = "0.0.0.0:15006";     ///< With `mesh`: listener for the mesh.
  std::string outbound = "127.0.0.1:15001";  ///< With `mesh`: listener for the application.

  std::string certificate, key, ca, crl;  ///< With `mesh`: PEM files of the workload.
  std::string trust_domain;               ///< With `mesh`; "" = no SPIFFE rules.
  bool no_tls = false;                    ///< With `mesh`: plain text although the mesh wants mTLS.

  std::optional<std::uint32_t> concurrency;
  std::optional<Duration> drain_time;
  std::string admin;
  std::string node;
  std::string access_log;  ///< "off", "text", "json".

  bool color = false;  ///< Of the remarks.
};

struct LoadedConfig {
  live::LiveConfig config;
  std::string remarks;  ///< Warnings for standard error, ready to print; may be empty.
};

/// Why a configuration was refused: every mistake with its place, ready to print, with a line break
/// at its end.
using LoadResult = tl::expected<LoadedConfig, std::string>;

/// Reads everything anew. `previous` is the configuration that runs, or null: addresses keep their
/// host ids (`previous->hosts` with what its resolver appended is a prefix of the result's hosts),
/// and the version counts on. Nothing is changed by a failure.
///
/// Certificates and keys are opened and checked as TLS will use them. Blocks on files only; names
/// are not looked up.
[[nodiscard]] LoadResult load_config(const LoadRequest& request, const live::LiveConfig* previous);

}  // namespace shaketable::proxy::app
