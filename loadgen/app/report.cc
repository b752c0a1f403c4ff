#include "loadgen/app/report.h"

#include <ostream>

#include "engine/cli/output_file.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/results/result_json.h"
#include "loadgen/results/summary_text.h"

namespace shaketable::loadgen::app {

using proxy::Result;

Result<void> check_outputs(const ReportRequest& request) {
  return request.json.empty() ? Result<void>() : engine::check_output(request.json);
}

Result<void> write_reports(const RunResult& result, const ReportRequest& request,
                           const engine::Streams& streams) {
  const bool json_to_out = request.json == "-";
  if (!request.quiet) {
    SummaryOptions options;
    if (!request.quantiles_ppm.empty()) {
      options.quantiles_ppm = request.quantiles_ppm;
    }
    const bool is_terminal = json_to_out ? streams.err_is_terminal : streams.out_is_terminal;
    options.color = engine::wants_color(request.color, is_terminal, streams);
    (json_to_out ? streams.err : streams.out) << summary_text(result, options);
  }
  if (json_to_out) {
    streams.out << result_json(result);
    return {};
  }
  return request.json.empty() ? Result<void>()
                              : engine::write_output(request.json, result_json(result));
}

void complain(const engine::Streams& streams, const proxy::Error& error) {
  streams.err << kProgram << ": " << (error.where.empty() ? "" : error.where + ": ")
              << error.message << (error.expected.empty() ? "" : "; expected " + error.expected)
              << '\n';
}

}  // namespace shaketable::loadgen::app
