#include <ostream>
#include <utility>

#include "proxy/app/proxy_cli.h"
#include "proxy/live/server.h"
#include "reports/report.h"

namespace shaketable::proxy::app {

engine::ExitCode run_proxy(const RunArguments& arguments, const engine::Streams& streams) {
  LoadRequest load = arguments.load;
  load.color = engine::wants_color(arguments.color, streams.err_is_terminal, streams);
  live::RunOptions options;
  options.load =
      [&](const live::LiveConfig* previous) -> tl::expected<live::LiveConfig, std::string> {
    LoadResult result = load_config(load, previous);
    if (!result) {
      return tl::unexpected(std::move(result.error()));
    }
    streams.err << result->remarks << std::flush;
    return std::move(result->config);
  };
  options.journal = arguments.journal;
  options.hot_restart = arguments.hot_restart;
  options.log_level = arguments.log_level;
  options.log_format = arguments.log_format;
  options.version = std::string(kProgram) + ' ' + reports::kVersion;
  return static_cast<engine::ExitCode>(live::run(options));
}

}  // namespace shaketable::proxy::app
