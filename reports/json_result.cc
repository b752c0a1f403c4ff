#include "reports/json_result.h"

#include <string_view>
#include <vector>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/json_analysis.h"
#include "reports/json_writer.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;

std::int64_t ns(Instant instant) { return proxy::nanoseconds_of(instant); }

const char* key_of(engine::ExpectationState state) {
  switch (state) {
    case engine::ExpectationState::kHeld:
      return "held";
    case engine::ExpectationState::kBroken:
      return "broken";
    case engine::ExpectationState::kKnownFailure:
      return "known_failure";
    case engine::ExpectationState::kUnexpectedPass:
      return "unexpected_pass";
    case engine::ExpectationState::kNotMeasurable:
      return "not_measurable";
  }
  return "";
}

const char* key_of(engine::ServiceState state) {
  return state == engine::ServiceState::kNoData ? "no_data" : engine::name_of(state);
}

const char* key_of(engine::Subject::Kind kind) {
  switch (kind) {
    case engine::Subject::Kind::kService:
      return "service";
    case engine::Subject::Kind::kEndpoint:
      return "endpoint";
    case engine::Subject::Kind::kVersion:
      return "version";
    case engine::Subject::Kind::kEdge:
      return "edge";
    case engine::Subject::Kind::kJourney:
      return "journey";
  }
  return "";
}

class ResultWriter {
 public:
  explicit ResultWriter(const Report& report)
      : report_(report),
        scenario_(report.scenario),
        record_(report.record),
        verdict_(report.verdict) {}

  std::string write() {
    json_.begin_object();
    json_.field("format", "shaketable-result");
    json_.field("version", std::int64_t{1});
    json_.field("producer", std::string("shaketable ") + kVersion);
    head();
    expectations();
    services();
    faults();
    story();
    write_analysis(report_, json_);
    series();
    gauges();
    events();
    explanations();
    checkpoints();
    json_.end();
    return json_.take();
  }

 private:
  // kNever is no number.
  void instant(std::string_view key, Instant at) {
    if (at == proxy::kNever) {
      json_.key(key);
      json_.null();
    } else {
      json_.field(key, ns(at));
    }
  }

  template <class T>
  void optional(std::string_view key, const std::optional<T>& value) {
    json_.key(key);
    if (value) {
      json_.value(*value);
    } else {
      json_.null();
    }
  }

  void service_of(std::string_view key, engine::ServiceIndex service) {
    json_.key(key);
    if (service == kNone) {
      json_.null();
    } else {
      json_.value(engine::service_name(scenario_, service));
    }
  }

  void head() {
    json_.begin_object("scenario");
    json_.field("name", scenario_.name);
    json_.field("about", scenario_.about);
    json_.field("file", scenario_.file);
    json_.end();
    json_.field("seed", record_.seed);
    json_.field("fingerprint", hexadecimal_of(record_.fingerprint));
    json_.begin_object("run");
    json_.field("duration_ns", scenario_.run.duration.count());
    json_.field("warm_up_ns", scenario_.run.warm_up.count());
    json_.field("drain_ns", scenario_.run.drain.count());
    json_.field("bucket_ns", record_.bucket.count());
    json_.field("ended_ns", ns(record_.ended));
    json_.field("interrupted", record_.interrupted);
    json_.end();
    json_.begin_object("verdict");
    json_.field("passed", verdict_.passed);
    json_.field("partial", verdict_.partial);
    json_.field("headline", verdict_.headline);
    json_.field("held", verdict_.held);
    json_.field("broken", verdict_.broken);
    json_.field("known_failures", verdict_.known_failures);
    json_.field("unexpected_passes", verdict_.unexpected_passes);
    json_.field("not_measurable", verdict_.not_measurable);
    json_.end();
    json_.begin_object("statistics");
    json_.field("events", record_.statistics.events);
    json_.field("hops", record_.statistics.hops);
    json_.field("requests", record_.statistics.requests);
    json_.field("in_flight_at_end", record_.statistics.in_flight_at_end);
    json_.field("peak_in_flight", record_.statistics.peak_in_flight);
    json_.field("draws", record_.statistics.draws);
    json_.field("ties", record_.statistics.ties);
    json_.end();
  }

  void expectations() {
    json_.begin_array("expectations");
    for (const engine::ExpectationVerdict& it : verdict_.expectations) {
      json_.begin_object();
      json_.field("state", key_of(it.state));
      json_.field("text", it.text);
      json_.field("wanted", it.wanted);
      json_.field("got", it.got);
      json_.field("where", it.where);
      instant("from_ns", it.from);
      instant("to_ns", it.to);
      json_.key("when_ns");
      it.when&&* it.when != proxy::kNever ? json_.value(ns(*it.when)) : json_.null();
      optional("value", it.value);
      optional("margin", it.margin);
      json_.field("unit", it.unit);
      json_.begin_array("evidence");
      for (const std::string& sentence : it.evidence) {
        json_.value(sentence);
      }
      json_.end();
      json_.field("file", it.mark.file);
      json_.field("line", static_cast<std::int64_t>(it.mark.line));
      json_.end();
    }
    json_.end();
  }

  void services() {
    json_.begin_array("services");
    for (const engine::GoldenSignals& it : verdict_.signals) {
      const engine::ServiceHealth& health = verdict_.health[it.service];
      json_.begin_object();
      json_.field("service", engine::service_name(scenario_, it.service));
      json_.field("requests", it.requests);
      json_.field("errors", it.errors);
      json_.field("rate_micro_per_second", it.rate);
      json_.field("success_ppm", it.success_ppm);
      json_.field("p50_ns", it.p50);
      json_.field("p99_ns", it.p99);
      json_.field("max_ns", it.max);
      json_.field("retries", it.retries);
      optional("utilisation_ppm", it.utilisation_ppm);
      json_.field("worst_state", key_of(it.worst));
      if (health.baseline.known) {
        json_.field("normal_error_ppm", health.baseline.error_ppm);
        json_.field("normal_p99_ns", health.baseline.p99);
      }
      json_.begin_array("outside_normal");
      for (const engine::Episode& episode : health.episodes) {
        json_.begin_object();
        json_.field("from_ns", ns(episode.from));
        instant("to_ns", episode.to);
        json_.field("worst_error_ppm", episode.worst_error_ppm);
        json_.field("worst_p99_ns", episode.worst_p99);
        if (episode.by_stall) {
          json_.field("stalled", true);
        }
        json_.end();
      }
      json_.end();
      json_.end();
    }
    json_.end();
  }

  void faults() {
    json_.begin_array("faults");
    for (std::uint32_t i = 0; i < scenario_.faults.size(); ++i) {
      json_.begin_object();
      json_.field("name", engine::fault_name(scenario_, i));
      json_.field("kind", engine::name_of(scenario_.faults[i].kind));
      json_.field("what", engine::fault_words(scenario_, i));
      instant("from_ns", scenario_.faults[i].at);
      instant("to_ns", engine::end_of_fault(scenario_.faults[i]));
      json_.begin_array("spread");
      if (i < verdict_.spread.size()) {
        for (const engine::Spread::Step& step : verdict_.spread[i].services) {
          json_.begin_object();
          service_of("service", step.service);
          json_.field("at_ns", ns(step.at));
          json_.end();
        }
      }
      json_.end();
      json_.end();
    }
    json_.end();
  }

  void story() {
    json_.begin_array("story");
    for (const engine::StoryLine& line : verdict_.story) {
      json_.begin_object();
      json_.field("at_ns", ns(line.at));
      json_.field("until_ns", ns(line.until));
      json_.field("kind", engine::name_of(line.kind));
      json_.field("subject", line.subject);
      json_.field("what", line.what);
      json_.field("evidence", line.evidence);
      json_.field("count", line.count);
      json_.end();
    }
    json_.end();
    json_.field("story_left_out", verdict_.story_left_out);
  }

  void subject(const engine::Subject& subject) {
    json_.field("kind", key_of(subject.kind));
    engine::Subject unwritten = subject;
    unwritten.text.clear();
    json_.field("subject", engine::subject_name(scenario_, unwritten));
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

  void totals(const engine::WindowTotals& total) {
    json_.begin_object("total");
    json_.field("count", total.count);
    for (std::size_t o = 0; o < engine::kOutcomes; ++o) {
      if (total.outcomes[o] > 0) {
        json_.field(engine::name_of_outcome(o), total.outcomes[o]);
      }
    }
    json_.field("retries", total.retries);
    json_.field("mean_ns", total.latency.mean());
    json_.field("p50_ns", total.latency.percentile(500'000));
    json_.field("p90_ns", total.latency.percentile(900'000));
    json_.field("p99_ns", total.latency.percentile(990'000));
    json_.field("p999_ns", total.latency.percentile(999'000));
    json_.field("max_ns", total.latency.max());
    json_.end();
  }

  void series() {
    json_.begin_array("series");
    for (const engine::Series& it : record_.series) {
      json_.begin_object();
      subject(it.subject);
      totals(it.total);
      json_.begin_object("points");
      outcomes(it.points);
      column("count", it.points, [](const engine::Point& p) { return p.count; });
      if (it.subject.kind == engine::Subject::Kind::kEdge) {
        column("retries", it.points, [](const engine::Point& p) { return p.retries; });
      }
      column("latency_sum_ns", it.points, [](const engine::Point& p) { return p.latency_sum; });
      column("p50_ns", it.points, [](const engine::Point& p) { return p.p50; });
      column("p90_ns", it.points, [](const engine::Point& p) { return p.p90; });
      column("p99_ns", it.points, [](const engine::Point& p) { return p.p99; });
      column("max_ns", it.points, [](const engine::Point& p) { return p.max; });
      json_.end();
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

  const Report& report_;
  const engine::Scenario& scenario_;
  const engine::RunRecord& record_;
  const engine::Verdict& verdict_;
  JsonWriter json_;
};

}  // namespace

std::string json_result(const Report& report) { return ResultWriter(report).write(); }

}  // namespace shaketable::reports
