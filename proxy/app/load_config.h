#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <tl/expected.hpp>

#include "proxy/app/mesh_config.h"
#include "proxy/base/time.h"
#include "proxy/live/live_config.h"

/// From files and options to the configuration of a proxy: the one way in, at the start and on
/// every reload.
namespace shaketable::proxy::app {

/// The most that `concurrency` and `drain_time` may be.
inline constexpr std::uint32_t kMaxConcurrency = 1'024;
inline constexpr Duration kMaxDrainTime = std::chrono::hours(24);

/// What the command line says. Empty and absent values leave the file's.
struct LoadRequest {
  std::string config;  ///< The proxy's own file; empty with `mesh`.

  std::string mesh;         ///< A mesh or scenario file of the engine; empty with `config`.
  WorkloadRequest sidecar;  ///< With `mesh`: whose sidecar, and what the mesh cannot know.

  std::optional<std::uint32_t> concurrency;
  std::optional<Duration> drain_time;
  std::string admin;
  std::string dns_server;
  std::string node;
  std::optional<live::AccessLogConfig::Format> access_log;

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
