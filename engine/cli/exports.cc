#include "engine/cli/exports.h"

#include <filesystem>

#include "reports/database/run_database.h"
#include "reports/exports/access_log.h"
#include "reports/exports/kiali_graph.h"
#include "reports/exports/metrics.h"
#include "reports/exports/ndjson.h"
#include "reports/exports/tables.h"
#include "reports/exports/traces.h"

namespace shaketable::engine {
namespace {

/// Hops and calls that are kept by default: traces of 20 MB, which a browser still opens; lines of
/// a log or a database are smaller.
constexpr std::uint64_t kKeptOfTraces = 20'000;
constexpr std::uint64_t kKeptOfLogs = 300'000;

std::string traces_text(TracesFormat format, const reports::Report& report) {
  switch (format) {
    case TracesFormat::kOtlp:
      return reports::otlp_traces(report);
    case TracesFormat::kJaeger:
      return reports::jaeger_traces(report);
    case TracesFormat::kZipkin:
      return reports::zipkin_traces(report);
  }
  return {};
}

std::string csv_path(const std::string& folder, const std::string& name) {
  return (std::filesystem::path(folder) / name).string();
}

constexpr const char* kCsvNames[] = {"series.csv", "services.csv", "edges.csv", "events.csv",
                                     "spans.csv"};

}  // namespace

std::vector<std::string> ExportArguments::options() const {
  std::vector<std::string> given;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) {
      given.emplace_back(name);
    }
  };
  add("--traces", traces);
  add("--access-log", access_log);
  add("--metrics", metrics);
  add("--kiali", kiali);
  add("--ndjson", ndjson);
  add("--record", record);
  add("--csv", csv);
  return given;
}

std::vector<std::string> ExportArguments::paths() const {
  std::vector<std::string> all;
  for (const std::string* path :
       {&traces, &access_log, &metrics, &kiali, &ndjson, &code_quality, &record}) {
    if (!path->empty()) {
      all.push_back(*path);
    }
  }
  if (!csv.empty()) {
    for (const char* name : kCsvNames) {
      all.push_back(csv_path(csv, name));
    }
  }
  return all;
}

TraceOptions traces_for(const ExportArguments& exports, bool has_page) {
  TraceOptions options;
  const bool has_traces = !exports.traces.empty() || !exports.csv.empty();
  const bool has_logs = !exports.access_log.empty() || !exports.record.empty();
  if (has_traces || has_logs || has_page || !exports.ndjson.empty()) {
    options.sample_ppm = 1'000'000;
  }
  if (has_traces || has_logs) {
    options.most_kept = has_traces ? kKeptOfTraces : kKeptOfLogs;
    options.most_kept = exports.keep == 0 ? options.most_kept : exports.keep;
  }
  return options;
}

proxy::Result<void> write_exports(const ExportArguments& exports, const reports::Report& report,
                                  const WriteText& write) {
  if (!exports.traces.empty()) {
    write(exports.traces, traces_text(exports.traces_format, report));
  }
  if (!exports.access_log.empty()) {
    write(exports.access_log, exports.access_log_format == AccessLogFormat::kText
                                  ? reports::access_log_text(report)
                                  : reports::access_log_json(report));
  }
  if (!exports.metrics.empty()) {
    write(exports.metrics, exports.metrics_format == MetricsFormat::kPrometheus
                               ? reports::prometheus_metrics(report)
                               : reports::openmetrics(report));
  }
  if (!exports.kiali.empty()) {
    write(exports.kiali, reports::kiali_graph(report));
  }
  if (!exports.csv.empty()) {
    for (const reports::CsvFile& file : reports::csv_tables(report)) {
      write(csv_path(exports.csv, file.name), file.content);
    }
  }
  if (!exports.ndjson.empty()) {
    write(exports.ndjson, reports::ndjson(report));
  }
  if (!exports.record.empty()) {
    const proxy::Result<std::string> database = reports::run_database(report);
    if (!database) {
      return proxy::fail(database.error().message, exports.record);
    }
    write(exports.record, *database);
  }
  return {};
}

}  // namespace shaketable::engine
