#include "reports/json_result.h"

#include <string_view>
#include <vector>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/json_analysis.h"
#include "reports/json_record.h"
#include "reports/json_replications.h"
#include "reports/json_words.h"
#include "reports/json_writer.h"
#include "reports/result_digest.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;

std::int64_t ns(Instant instant) { return proxy::nanoseconds_of(instant); }

using reports::key_of;

const char* key_of(engine::ServiceState state) {
  return state == engine::ServiceState::kNoData ? "no_data" : engine::name_of(state);
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
    write_replications(report_, json_);
    write_record(report_, json_);
    const std::string digest = result_digest(json_.text());
    json_.field("digest", digest);
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
    write_service(key, scenario_, service, json_);
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
      if (scenario_.faults[i].ramp > engine::Duration::zero()) {
        json_.field("ramp_ns", scenario_.faults[i].ramp.count());
      }
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

  const Report& report_;
  const engine::Scenario& scenario_;
  const engine::RunRecord& record_;
  const engine::Verdict& verdict_;
  JsonWriter json_;
};

}  // namespace

std::string json_result(const Report& report) { return ResultWriter(report).write(); }

}  // namespace shaketable::reports
