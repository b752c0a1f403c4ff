#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "engine/sim/simulation.h"
#include "proxy/base/result.h"
#include "reports/report.h"

namespace shaketable::engine {

enum class TracesFormat { kOtlp, kJaeger, kZipkin };
enum class AccessLogFormat { kText, kJson };
enum class MetricsFormat { kPrometheus, kOpenMetrics };

/// What a run writes for other programs. Paths: empty = not asked for, "-" = standard output.
struct ExportArguments {
  std::string traces, access_log, metrics, kiali, ndjson, code_quality, record;
  std::string csv;  ///< A folder.
  TracesFormat traces_format = TracesFormat::kOtlp;
  AccessLogFormat access_log_format = AccessLogFormat::kText;
  MetricsFormat metrics_format = MetricsFormat::kPrometheus;

  std::uint64_t keep = 0;  ///< Hops and calls of requests that are kept at most; 0 = the default.

  /// Options that were given and hold one run each, for a message.
  [[nodiscard]] std::vector<std::string> options() const;
  /// Every file that will be written.
  [[nodiscard]] std::vector<std::string> paths() const;
};

/// Which requests must be followed so that everything that was asked for can be told; `has_page`:
/// a page or a result is written, which show examples.
[[nodiscard]] TraceOptions traces_for(const ExportArguments& exports, bool has_page);

/// Writes a text to a path, in whatever way the caller writes files.
using WriteText = std::function<void(const std::string& path, const std::string& text)>;

/// Hands out every export of one run. Fails when one cannot be made; those before it are written.
[[nodiscard]] proxy::Result<void> write_exports(const ExportArguments& exports,
                                                const reports::Report& report,
                                                const WriteText& write);

}  // namespace shaketable::engine
