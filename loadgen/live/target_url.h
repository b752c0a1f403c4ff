#pragma once

#include <string>
#include <string_view>

#include "loadgen/live/transport_config.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::live {

/// A URL taken apart.
struct TargetUrl {
  Origin origin;
  std::string path;   ///< As written, without the query; "" if there is none.
  std::string query;  ///< Behind `?`.

  /// What comes before the paths of a journey: `path` without a `/` at its end.
  [[nodiscard]] std::string base_path() const;
};

/// "http://host:port/path?query", "https://[::1]/", "host:port/path" (http), "unix:/path/to.sock",
/// "unix:///path/to.sock:/path". User information, fragments and other schemes are refused; a path
/// must be as it goes out (no spaces, no controls).
[[nodiscard]] proxy::Result<TargetUrl> parse_target(std::string_view text);

}  // namespace shaketable::loadgen::live
