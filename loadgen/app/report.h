#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cli/streams.h"
#include "loadgen/results/run_result.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// Who gets what of a result.
struct ReportRequest {
  std::string json;  ///< File, "-" = standard output, empty = none.
  std::vector<std::uint32_t> quantiles_ppm;
  bool quiet = false;
  engine::ColorChoice color = engine::ColorChoice::kAuto;
};

/// Whether the files can be written, before a run that would be in vain.
[[nodiscard]] proxy::Result<void> check_outputs(const ReportRequest& request);

/// Writes the summary and the files. The summary goes to standard error when JSON takes standard
/// output. Fails when a file cannot be written.
[[nodiscard]] proxy::Result<void> write_reports(const RunResult& result,
                                                const ReportRequest& request,
                                                const engine::Streams& streams);

/// "shaketable-load: where: message; expected ..." on standard error.
void complain(const engine::Streams& streams, const proxy::Error& error);

}  // namespace shaketable::loadgen::app
