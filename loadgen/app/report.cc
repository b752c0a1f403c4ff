#include "loadgen/app/report.h"

#include <array>
#include <functional>
#include <ostream>
#include <utility>

#include "engine/cli/output_file.h"
#include "loadgen/app/load_cli.h"
#include "loadgen/reports/csv_report.h"
#include "loadgen/reports/junit_report.h"
#include "loadgen/reports/load_page.h"
#include "loadgen/reports/prometheus_report.h"
#include "loadgen/results/result_json.h"
#include "loadgen/results/summary_text.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Result;

/// A report: its option, its file, how it is made.
struct Output {
  const char* option;
  const std::string* path;
  std::function<std::string(const RunResult&, const ReportRequest&)> make;
};

std::vector<std::uint32_t> quantiles_of(const ReportRequest& request) {
  return request.quantiles_ppm.empty() ? SummaryOptions().quantiles_ppm : request.quantiles_ppm;
}

std::array<Output, 6> outputs_of(const ReportFiles& files) {
  return {{
      {"--json", &files.json,
       [](const RunResult& result, const ReportRequest&) { return result_json(result); }},
      {"--csv", &files.csv,
       [](const RunResult& result, const ReportRequest& request) {
         return csv_report(result, quantiles_of(request));
       }},
      {"--csv-series", &files.csv_series,
       [](const RunResult& result, const ReportRequest&) { return csv_series(result); }},
      {"--junit", &files.junit,
       [](const RunResult& result, const ReportRequest&) { return load_junit(result); }},
      {"--prometheus", &files.prometheus,
       [](const RunResult& result, const ReportRequest&) { return load_prometheus(result); }},
      {"--html", &files.html,
       [](const RunResult& result, const ReportRequest& request) {
         return load_page(result, quantiles_of(request), request.command);
       }},
  }};
}

bool takes_out(const ReportRequest& request) {
  bool takes = request.out_is_taken;
  for (const Output& output : outputs_of(request.files)) {
    takes = takes || *output.path == "-";
  }
  return takes;
}

}  // namespace

Result<void> check_outputs(const ReportRequest& request) {
  std::string on_out = request.out_is_taken ? "--ndjson" : "";
  for (const Output& output : outputs_of(request.files)) {
    if (output.path->empty()) {
      continue;
    }
    if (*output.path == "-") {
      if (!on_out.empty()) {
        return proxy::fail(on_out + " and " + output.option + " both want standard output");
      }
      on_out = output.option;
    }
    if (auto writable = engine::check_output(*output.path); !writable) {
      return writable;
    }
  }
  return {};
}

Result<void> write_reports(const RunResult& result, const ReportRequest& request,
                           const engine::Streams& streams) {
  const bool data_on_out = takes_out(request);
  if (!request.quiet) {
    SummaryOptions options;
    options.quantiles_ppm = quantiles_of(request);
    const bool is_terminal = data_on_out ? streams.err_is_terminal : streams.out_is_terminal;
    options.color = engine::wants_color(request.color, is_terminal, streams);
    (data_on_out ? streams.err : streams.out) << summary_text(result, options);
  }
  for (const Output& output : outputs_of(request.files)) {
    if (*output.path == "-") {
      streams.out << output.make(result, request);
    } else if (!output.path->empty()) {
      if (auto written = engine::write_output(*output.path, output.make(result, request));
          !written) {
        return written;
      }
    }
  }
  return {};
}

void complain(const engine::Streams& streams, const proxy::Error& error) {
  streams.err << kProgram << ": " << (error.where.empty() ? "" : error.where + ": ")
              << error.message << (error.expected.empty() ? "" : "; expected " + error.expected)
              << '\n';
}

}  // namespace shaketable::loadgen::app
