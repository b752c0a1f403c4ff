#include "reports/exports/tables.h"

#include <cstdint>
#include <initializer_list>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "proxy/telemetry/response_flags.h"
#include "reports/escape.h"
#include "reports/exports/export_spans.h"
#include "reports/json_words.h"

namespace shaketable::reports {
namespace {

using engine::kNone;
using engine::Point;
using engine::Series;
using engine::Subject;
using engine::WindowTotals;

/// Rows of cells.
class Csv {
 public:
  explicit Csv(std::initializer_list<const char*> heads) {
    for (const char* head : heads) {
      add(std::string(head));
    }
  }

  void add(const std::string& text) { add_raw(csv_cell(text)); }
  void add(const char* text) { add(std::string(text)); }
  void add(std::int64_t number) { add_raw(std::to_string(number)); }
  void add(std::uint64_t number) { add_raw(std::to_string(number)); }
  void add(std::uint32_t number) { add_raw(std::to_string(number)); }
  void end_row() {
    text_ += "\r\n";
    is_first_ = true;
  }
  std::string take() { return std::move(text_); }

 private:
  void add_raw(const std::string& cell) {
    text_ += is_first_ ? "" : ",";
    text_ += cell;
    is_first_ = false;
  }

  std::string text_;
  bool is_first_ = true;
};

template <class Outcomes>
void add_outcomes(Csv& csv, const Outcomes& outcomes) {
  for (std::size_t i = 0; i < engine::kOutcomes; ++i) {
    csv.add(outcomes[i]);
  }
}

std::string series_table(const Report& report) {
  Csv csv{"kind",    "subject", "from_ns", "to_ns",  "requests", "retries",
          "mean_ns", "p50_ns",  "p90_ns",  "p95_ns", "p99_ns",   "max_ns"};
  for (std::size_t i = 0; i < engine::kOutcomes; ++i) {
    csv.add(engine::name_of_outcome(i));
  }
  csv.end_row();
  const std::int64_t width = report.record.bucket.count();
  for (const Series& series : report.record.series) {
    for (std::size_t i = 0; i < series.points.size(); ++i) {
      const Point& point = series.points[i];
      csv.add(key_of(series.subject.kind));
      csv.add(engine::subject_name(report.scenario, series.subject));
      csv.add(width * static_cast<std::int64_t>(i));
      csv.add(width * static_cast<std::int64_t>(i + 1));
      csv.add(point.count);
      csv.add(point.retries);
      csv.add(point.count == 0 ? std::int64_t{0}
                               : point.latency_sum / static_cast<std::int64_t>(point.count));
      for (const std::int64_t figure : {point.p50, point.p90, point.p95, point.p99, point.max}) {
        csv.add(figure);
      }
      add_outcomes(csv, point.outcomes);
      csv.end_row();
    }
  }
  return csv.take();
}

void add_totals(Csv& csv, const WindowTotals& totals) {
  csv.add(proxy::nanoseconds_of(totals.from));
  csv.add(proxy::nanoseconds_of(totals.to));
  csv.add(totals.count);
  csv.add(totals.retries);
  csv.add(totals.latency.mean());
  for (const std::uint32_t ppm : {500'000U, 900'000U, 950'000U, 990'000U, 999'000U}) {
    csv.add(totals.latency.percentile(ppm));
  }
  csv.add(totals.latency.max());
  add_outcomes(csv, totals.outcomes);
  csv.end_row();
}

void add_total_heads(Csv& csv) {
  for (const char* head : {"from_ns", "to_ns", "requests", "retries", "mean_ns", "p50_ns", "p90_ns",
                           "p95_ns", "p99_ns", "p999_ns", "max_ns"}) {
    csv.add(head);
  }
  for (std::size_t i = 0; i < engine::kOutcomes; ++i) {
    csv.add(engine::name_of_outcome(i));
  }
  csv.end_row();
}

std::string services_table(const Report& report) {
  Csv csv{"service", "namespace", "instances"};
  add_total_heads(csv);
  for (const Series& series : report.record.series) {
    if (series.subject.kind != Subject::Kind::kService) {
      continue;
    }
    const engine::Service& service = report.scenario.mesh.services[series.subject.service];
    std::uint64_t instances = 0;
    for (const engine::Version& version : service.versions) {
      instances += version.instances;
    }
    csv.add(service.name);
    csv.add(service.kube_namespace);
    csv.add(instances);
    add_totals(csv, series.total);
  }
  return csv.take();
}

std::string edges_table(const Report& report) {
  Csv csv{"caller", "service"};
  add_total_heads(csv);
  for (const Series& series : report.record.series) {
    if (series.subject.kind == Subject::Kind::kEdge) {
      csv.add(engine::service_name(report.scenario, series.subject.caller));
      csv.add(engine::service_name(report.scenario, series.subject.service));
      add_totals(csv, series.total);
    }
  }
  return csv.take();
}

/// A service's name; empty for kNone.
std::string name_or_empty(const Report& report, engine::ServiceIndex service) {
  return service == kNone ? "" : engine::service_name(report.scenario, service);
}

std::string events_table(const Report& report) {
  Csv csv{"at_ns", "event", "service", "caller", "instance", "fault", "reason", "count"};
  csv.end_row();
  for (const engine::RunEvent& event : report.record.events) {
    csv.add(proxy::nanoseconds_of(event.at));
    csv.add(engine::name_of(event.kind));
    csv.add(name_or_empty(report, event.service));
    csv.add(name_or_empty(report, event.caller));
    csv.add(event.instance == kNone || event.service == kNone
                ? ""
                : engine::instance_name(report.scenario, event.service, event.instance));
    csv.add(event.fault == kNone ? "" : engine::fault_name(report.scenario, event.fault));
    csv.add(event.reason);
    csv.add(event.count);
    csv.end_row();
  }
  return csv.take();
}

std::string spans_table(const Report& report) {
  Csv csv{"trace_id", "span_id",  "parent_id", "name",   "kind",          "service",
          "instance", "start_ns", "end_ns",    "status", "response_flags"};
  csv.end_row();
  const std::vector<ExportTrace> traces = export_traces(report);
  for (std::size_t t = 0; t < traces.size(); ++t) {
    const engine::Trace& trace = report.record.traces[t];
    for (std::size_t s = 0; s < trace.spans.size(); ++s) {
      const ExportSpan& span = traces[t].spans[s];
      csv.add(trace_id_text(traces[t]));
      csv.add(span_id_text(span.id));
      csv.add(span.parent == 0 ? "" : span_id_text(span.parent));
      csv.add(span.name);
      csv.add(engine::name_of(trace.spans[s].kind));
      csv.add(span.service);
      csv.add(span.instance);
      csv.add(span.from - kStartOfRuns);
      csv.add(span.to - kStartOfRuns);
      csv.add(trace.spans[s].status == 0 ? "" : std::to_string(trace.spans[s].status));
      csv.add(trace.spans[s].flags == 0 ? "" : proxy::response_flags_text(trace.spans[s].flags));
      csv.end_row();
    }
  }
  return csv.take();
}

}  // namespace

std::string csv_cell(const std::string& text) {
  std::string shown = for_terminal(text);
  if (!shown.empty() && std::string("=+-@\t\r").find(shown.front()) != std::string::npos) {
    shown.insert(shown.begin(), '\'');
  }
  if (shown.find_first_of(",\"\r\n") == std::string::npos) {
    return shown;
  }
  std::string quoted = "\"";
  for (const char c : shown) {
    quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  }
  return quoted + '"';
}

std::vector<CsvFile> csv_tables(const Report& report) {
  return {{"series.csv", series_table(report)},
          {"services.csv", services_table(report)},
          {"edges.csv", edges_table(report)},
          {"events.csv", events_table(report)},
          {"spans.csv", spans_table(report)}};
}

}  // namespace shaketable::reports
