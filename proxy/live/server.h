#pragma once

#include <functional>
#include <string>

#include <tl/expected.hpp>

#include "proxy/live/live_config.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::live {

/// What a running proxy is given beside its configuration.
struct RunOptions {
  /// Loads the configuration: first with null, then on every reload with the one that runs. A
  /// refusal is the text for the operator. Called on the main thread.
  std::function<tl::expected<LiveConfig, std::string>(const LiveConfig* previous)> load;
  std::string journal;      ///< File to record the core's inputs to; empty = none.
  std::string hot_restart;  ///< Unix socket by which a successor takes the listeners over.
  LogLevel log_level = LogLevel::kInfo;
  Logger::Format log_format = Logger::Format::kText;
  std::string version;  ///< "shaketable-proxy 0.1.0".
  /// Called once when all listeners are open.
  std::function<void()> on_ready;
};

/// Runs a proxy until a signal (or /quitquitquit) ends it: SIGTERM and SIGINT drain, a second one
/// ends at once; SIGHUP and changed files reload; SIGUSR1 opens the log files anew. Returns the
/// exit code: 0 ended as asked, 2 the configuration is refused, 3 a socket or file cannot be
/// opened.
int run(const RunOptions& options);

}  // namespace shaketable::proxy::live
