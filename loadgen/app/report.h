#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/cli/streams.h"
#include "loadgen/app/arguments.h"
#include "loadgen/results/run_result.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// Who gets what of a result.
struct ReportRequest {
  ReportFiles files;
  std::vector<std::uint32_t> quantiles_ppm;
  bool quiet = false;
  bool out_is_taken = false;  ///< Standard output has a stream already.
  engine::ColorChoice color = engine::ColorChoice::kAuto;
  std::string command;  ///< How to do it again, for the page.
};

/// Whether the files can be written, before a run that would be in vain; also that only one of them
/// wants standard output.
[[nodiscard]] proxy::Result<void> check_outputs(const ReportRequest& request);

/// Writes the summary and the files. The summary goes to standard error when a report takes
/// standard output. Fails when a file cannot be written.
[[nodiscard]] proxy::Result<void> write_reports(const RunResult& result,
                                                const ReportRequest& request,
                                                const engine::Streams& streams);

/// "shaketable-load: where: message; expected ..." on standard error.
void complain(const engine::Streams& streams, const proxy::Error& error);

}  // namespace shaketable::loadgen::app
