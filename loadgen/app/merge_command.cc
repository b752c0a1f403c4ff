#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <utility>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/load_file.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/app/report.h"
#include "loadgen/results/result_json.h"
#include "loadgen/results/thresholds.h"

namespace shaketable::loadgen::app {
namespace {

using engine::ExitCode;
using proxy::Result;

constexpr std::size_t kMostBytes = 1U << 30U;

Result<RunResult> read_result(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return proxy::fail("it cannot be read", path);
  }
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (text.size() > kMostBytes) {
    return proxy::fail("it is larger than 1 GiB", path);
  }
  auto result = result_from_json(text);
  if (!result) {
    proxy::Error error = result.error();
    error.where = path;
    return tl::unexpected(std::move(error));
  }
  return result;
}

}  // namespace

ExitCode merge_results(const MergeArguments& arguments, const engine::Streams& streams) {
  ReportRequest request;
  request.files = arguments.reports;
  request.quantiles_ppm = arguments.quantiles_ppm;
  request.color = arguments.color;
  if (const auto writable = check_outputs(request); !writable) {
    complain(streams, writable.error());
    return ExitCode::kUsage;
  }
  engine::Diagnostics diagnostics;
  const std::vector<Threshold> thresholds =
      engine::parse_thresholds("--threshold", arguments.thresholds, diagnostics);
  streams.err << engine::render(
      diagnostics, engine::wants_color(arguments.color, streams.err_is_terminal, streams));
  if (diagnostics.has_errors()) {
    return ExitCode::kUsage;
  }
  std::optional<RunResult> sum;
  bool all_good = true;
  for (const std::string& path : arguments.files) {
    auto one = read_result(path);
    if (!one) {
      complain(streams, one.error());
      all_good = false;
    } else if (!sum) {
      sum = std::move(*one);
      sum->thresholds.clear();
    } else {
      sum->merge(*one);
    }
  }
  if (!all_good || !sum) {
    return ExitCode::kUsage;
  }
  if (!sum->loads.empty()) {
    sum->thresholds = judge_thresholds(thresholds, sum->loads.front(), sum->elapsed);
  }
  if (const auto written = write_reports(*sum, request, streams); !written) {
    complain(streams, written.error());
    return ExitCode::kUsage;
  }
  if (sum->was_interrupted) {
    return ExitCode::kInterrupted;
  }
  const bool all_hold = std::all_of(sum->thresholds.begin(), sum->thresholds.end(),
                                    [](const ThresholdVerdict& verdict) { return verdict.holds; });
  return all_hold && (thresholds.empty() || !sum->loads.empty()) ? ExitCode::kPassed
                                                                 : ExitCode::kExpectationFailed;
}

}  // namespace shaketable::loadgen::app
