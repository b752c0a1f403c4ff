#include "reports/json_record.h"

#include <algorithm>
#include <string>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/record/histogram_buckets.h"
#include "proxy/base/base64.h"
#include "reports/json_details.h"
#include "reports/json_traces.h"
#include "reports/json_words.h"
#include "reports/rows.h"
#include "reports/utf8.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;

std::int64_t ns(Instant instant) { return proxy::nanoseconds_of(instant); }

class RecordWriter {
 public:
  RecordWriter(const Report& report, JsonWriter& json)
      : report_(report),
        scenario_(report.scenario),
        record_(report.record),
        source_(report.source),
        json_(json) {}

  void write() {
    windows();
    series();
    gauges();
    write_instances(report_, json_);
    events();
    explanations();
    checkpoints();
    write_traces(record_, json_);
    source();
  }

 private:
  void service_of(std::string_view key, engine::ServiceIndex service) {
    write_service(key, scenario_, service, json_);
  }

  void windows() {
    json_.begin_array("windows");
    for (const engine::Window& window : record_.windows) {
      json_.begin_object();
      json_.field("from_ns", ns(window.from));
      json_.field("to_ns", ns(window.to));
      json_.field("text", window.text);
      json_.end();
    }
    json_.end();
  }

  void subject(const engine::Subject& subject) {
    json_.field("kind", key_of(subject.kind));
    engine::Subject unwritten = subject;
    unwritten.text.clear();
    json_.field("subject", engine::subject_name(scenario_, unwritten));
    json_.begin_object("place");
    place("service", subject.service);
    place("caller", subject.caller);
    place("endpoint", subject.endpoint);
    place("version", subject.version);
    place("load", subject.load);
    place("journey", subject.journey);
    if (!subject.text.empty()) {
      json_.field("text", subject.text);
    }
    json_.end();
  }

  void place(std::string_view key, std::uint32_t index) {
    if (index != kNone) {
      json_.field(key, index);
    }
  }

  template <class Get>
  void column(std::string_view key, const std::vector<engine::Point>& points, Get&& get) {
    json_.begin_array(key);
    for (const engine::Point& point : points) {
      json_.value(get(point));
    }
    json_.end();
  }

  void outcomes(const std::vector<engine::Point>& points) {
    for (std::size_t o = 0; o < engine::kOutcomes; ++o) {
      bool any = false;
      for (const engine::Point& point : points) {
        any = any || point.outcomes[o] > 0;
      }
      if (any) {
        column(engine::name_of_outcome(o), points,
               [o](const engine::Point& point) { return point.outcomes[o]; });
      }
    }
  }

  void counts(const engine::WindowTotals& total) {
    json_.field("count", total.count);
    for (std::size_t o = 0; o < engine::kOutcomes; ++o) {
      if (total.outcomes[o] > 0) {
        json_.field(engine::name_of_outcome(o), total.outcomes[o]);
      }
    }
    json_.field("retries", total.retries);
  }

  void totals(const engine::WindowTotals& total) {
    json_.begin_object("total");
    json_.field("from_ns", ns(total.from));
    json_.field("to_ns", ns(total.to));
    counts(total);
    json_.field("mean_ns", total.latency.mean());
    json_.field("p50_ns", total.latency.percentile(500'000));
    json_.field("p90_ns", total.latency.percentile(900'000));
    json_.field("p99_ns", total.latency.percentile(990'000));
    json_.field("p999_ns", total.latency.percentile(999'000));
    json_.field("max_ns", total.latency.max());
    histogram(total.latency);
    json_.end();
  }

  // Indices of the buckets as steps from the one before: small numbers, short files.
  void histogram(const proxy::Histogram& latency) {
    const engine::HistogramParts parts = engine::parts_of(latency);
    json_.begin_object("histogram");
    json_.field("sum_ns", parts.sum);
    json_.field("mean_ns", parts.mean);
    json_.field("min_ns", parts.min);
    json_.field("max_ns", parts.max);
    json_.begin_array("steps_and_counts");
    std::uint32_t last = 0;
    for (const engine::HistogramBucket& bucket : parts.buckets) {
      json_.value(bucket.index - last);
      json_.value(bucket.count);
      last = bucket.index;
    }
    json_.end();
    json_.end();
  }

  // A window that the whole run fills, as the first one does, has the total's figures: null.
  void windows_of(const engine::Series& series) {
    json_.begin_array("windows");
    for (const engine::WindowTotals& window : series.windows) {
      if (is_the_total(window, series.total)) {
        json_.null();
        continue;
      }
      json_.begin_object();
      counts(window);
      histogram(window.latency);
      json_.end();
    }
    json_.end();
  }

  [[nodiscard]] static bool is_the_total(const engine::WindowTotals& window,
                                         const engine::WindowTotals& total) {
    if (window.from != total.from || window.outcomes != total.outcomes ||
        window.count != total.count || window.retries != total.retries) {
      return false;
    }
    const engine::HistogramParts left = engine::parts_of(window.latency);
    const engine::HistogramParts right = engine::parts_of(total.latency);
    return left.buckets == right.buckets && left.min == right.min && left.max == right.max &&
           left.sum == right.sum && left.mean == right.mean;
  }

  [[nodiscard]] static bool has_retries(const std::vector<engine::Point>& points) {
    return std::any_of(points.begin(), points.end(),
                       [](const engine::Point& point) { return point.retries > 0; });
  }

  void series() {
    json_.begin_array("series");
    for (const engine::Series& it : record_.series) {
      json_.begin_object();
      subject(it.subject);
      totals(it.total);
      windows_of(it);
      json_.begin_object("points");
      outcomes(it.points);
      column("count", it.points, [](const engine::Point& p) { return p.count; });
      if (it.subject.kind == engine::Subject::Kind::kEdge || has_retries(it.points)) {
        column("retries", it.points, [](const engine::Point& p) { return p.retries; });
      }
      column("latency_sum_ns", it.points, [](const engine::Point& p) { return p.latency_sum; });
      column("p50_ns", it.points, [](const engine::Point& p) { return p.p50; });
      column("p90_ns", it.points, [](const engine::Point& p) { return p.p90; });
      column("p95_ns", it.points, [](const engine::Point& p) { return p.p95; });
      column("p99_ns", it.points, [](const engine::Point& p) { return p.p99; });
      column("max_ns", it.points, [](const engine::Point& p) { return p.max; });
      json_.end();
      write_series_details(it, json_);
      json_.end();
    }
    json_.end();
  }

  template <class Get>
  void gauge_column(std::string_view key, const std::vector<engine::Gauge>& points, Get&& get) {
    json_.begin_array(key);
    for (const engine::Gauge& gauge : points) {
      json_.value(std::uint64_t{get(gauge)});
    }
    json_.end();
  }

  void gauges() {
    json_.begin_array("gauges");
    for (const engine::ServiceGauges& it : record_.gauges) {
      json_.begin_object();
      service_of("service", it.service);
      gauge_column("queue_milli", it.points, [](const engine::Gauge& g) { return g.queue_milli; });
      gauge_column("utilisation_ppm", it.points,
                   [](const engine::Gauge& g) { return g.utilisation_ppm; });
      gauge_column("in_flight_milli", it.points,
                   [](const engine::Gauge& g) { return g.in_flight_milli; });
      gauge_column("instances_up", it.points,
                   [](const engine::Gauge& g) { return g.instances_up; });
      json_.end();
    }
    json_.end();
  }

  void events() {
    json_.begin_array("events");
    for (const engine::RunEvent& event : record_.events) {
      json_.begin_object();
      json_.field("at_ns", ns(event.at));
      json_.field("kind", engine::name_of(event.kind));
      service_of("service", event.service);
      service_of("caller", event.caller);
      json_.key("instance");
      event.instance == kNone ? json_.null() : json_.value(event.instance);
      json_.key("fault");
      event.fault == kNone ? json_.null() : json_.value(engine::fault_name(scenario_, event.fault));
      json_.key("fault_index");
      event.fault == kNone ? json_.null() : json_.value(event.fault);
      json_.field("reason", event.reason);
      json_.field("count", event.count);
      json_.end();
    }
    json_.end();
    json_.field("events_dropped", record_.events_dropped);
  }

  void explanations() {
    json_.begin_array("explanations");
    for (const engine::Explanation& it : record_.explanations) {
      json_.begin_object();
      json_.field("text", it.text);
      service_of("service", it.service);
      service_of("caller", it.caller);
      json_.field("count", it.count);
      json_.field("first_ns", ns(it.first));
      json_.field("last_ns", ns(it.last));
      json_.end();
    }
    json_.end();
  }

  void checkpoints() {
    json_.begin_array("checkpoints");
    for (const std::uint64_t checkpoint : record_.checkpoints) {
      json_.value(hexadecimal_of(checkpoint));
    }
    json_.end();
  }

  void source() {
    if (source_ == nullptr) {
      return;
    }
    json_.begin_object("source");
    json_.field("file", source_->file);
    json_.begin_array("overrides");
    for (const std::string& text : source_->overrides) {
      json_.value(text);
    }
    json_.end();
    json_.begin_array("files");
    for (const engine::SourceFile& file : source_->files) {
      json_.begin_object();
      json_.field("name", file.name);
      if (is_utf8(file.text)) {
        json_.field("text", file.text);
      } else {
        json_.field("base64", proxy::to_base64(file.text));
      }
      json_.end();
    }
    json_.end();
    json_.end();
  }

  const Report& report_;
  const engine::Scenario& scenario_;
  const engine::RunRecord& record_;
  const engine::ScenarioSource* source_;
  JsonWriter& json_;
};

}  // namespace

void write_record(const Report& report, JsonWriter& json) { RecordWriter(report, json).write(); }

void write_service(std::string_view key, const engine::Scenario& scenario,
                   engine::ServiceIndex service, JsonWriter& json) {
  json.key(key);
  if (service == kNone) {
    json.null();
  } else {
    json.value(engine::service_name(scenario, service));
  }
}

}  // namespace shaketable::reports
