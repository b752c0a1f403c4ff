#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"

/// Access logs as a source of arrivals.
namespace shaketable::loadgen {

enum class LogFormat : std::uint8_t {
  kAuto,      ///< By the first line that any of them can read.
  kCommon,    ///< Apache's and nginx's common log: `[10/Oct/2000:13:55:36 -0700] "GET / HTTP/1.1"`.
  kCombined,  ///< The same with referrer and user agent behind; nginx's default.
  kEnvoy,     ///< Envoy's default: `[2016-04-15T20:17:00.310Z] "POST /api HTTP/2" 204 ...`.
};

/// One request of a log. Views into its line.
struct LogEntry {
  std::int64_t time_ns = 0;  ///< Since 1970-01-01 UTC.
  std::string_view method;   ///< Empty when the request was garbage (`"-"`).
  std::string_view path;     ///< With its query.
  std::uint16_t status = 0;
};

/// `2016-04-15T20:17:00.310Z`, with `Z`, `+02:00` or `+0200`, up to nine digits of fraction; also
/// with a space instead of the `T`. Years 1970 to 2261.
[[nodiscard]] std::optional<std::int64_t> parse_iso_time(std::string_view text);
/// `10/Oct/2000:13:55:36 -0700`.
[[nodiscard]] std::optional<std::int64_t> parse_clf_time(std::string_view text);

/// One line, without its end. Nothing if it is not of that format; kAuto tries all.
[[nodiscard]] std::optional<LogEntry> parse_log_line(std::string_view line, LogFormat format);

struct LogLimits {
  std::size_t max_entries = 10'000'000;
  std::size_t max_line_bytes = 65'536;
  bool keeps_lines = false;  ///< Entries without a method and a path are left out then.
  std::size_t max_kept_lines = 1'000'000;
};

/// When the requests of a log came.
struct RecordedArrivals {
  std::vector<proxy::Duration> moments;  ///< After the first one, not decreasing.
  std::vector<std::string> lines;        ///< `GET /path?query` of each, when they were asked for.
  std::size_t unreadable = 0;            ///< Lines that are no requests.
  std::size_t first_unreadable = 0;      ///< Its line number from 1; 0 = none.
  std::size_t reordered =
      0;  ///< Entries older than one before: logs are written when requests end.
};

/// Reads a whole log; blank lines and lines that begin with `#` are nothing. Entries are put in
/// order of their times. Logs with whole seconds: the entries of a second are spread evenly over
/// it, so that they do not become a burst. Fails when no line can be read or there are too many.
[[nodiscard]] proxy::Result<RecordedArrivals> read_access_log(std::string_view text,
                                                              LogFormat format,
                                                              const LogLimits& limits = {});

/// The moments at `speed_ppm` / 1'000'000 times the speed (> 0), and `scale_ppm` / 1'000'000
/// arrivals for each: the whole ones together, the fraction at regular places, so that the same
/// file gives the same arrivals. At most ten times `LogLimits::max_entries` are returned.
[[nodiscard]] std::vector<proxy::Duration> scaled(std::vector<proxy::Duration> moments,
                                                  std::uint32_t speed_ppm, std::uint32_t scale_ppm);
/// The lines of those arrivals: as many, in the same order.
[[nodiscard]] std::vector<std::string> scaled_lines(std::vector<std::string> lines,
                                                    std::uint32_t scale_ppm);

}  // namespace shaketable::loadgen
