#include "reports/json_analysis.h"

#include <string_view>

#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;

class AnalysisWriter {
 public:
  AnalysisWriter(const Report& report, JsonWriter& json)
      : scenario_(report.scenario), analysis_(report.verdict.analysis), json_(json) {}

  void write() {
    json_.key("analysis");
    json_.begin_object();
    json_.field("why", analysis_.cascade.headline);
    steps();
    roots();
    coincidences();
    amplification();
    why();
    lanes();
    effects();
    canaries();
    metastability();
    capacity();
    json_.end();
  }

 private:
  void when(std::string_view key, Instant at) {
    json_.key(key);
    at == proxy::kNever ? json_.null() : json_.value(proxy::nanoseconds_of(at));
  }
  void service(std::string_view key, engine::ServiceIndex index) {
    json_.key(key);
    index == kNone ? json_.null() : json_.value(engine::service_name(scenario_, index));
  }
  void number(std::string_view key, std::uint32_t value) {
    json_.key(key);
    value == kNone ? json_.null() : json_.value(std::uint64_t{value});
  }
  void fault(std::uint32_t index) {
    json_.key("fault");
    index == kNone ? json_.null() : json_.value(engine::fault_name(scenario_, index));
  }
  void version(std::string_view key, engine::ServiceIndex of, engine::VersionIndex index) {
    json_.key(key);
    index == kNone ? json_.null() : json_.value(scenario_.mesh.services[of].versions[index].name);
  }
  void interval(const char* key, const engine::Interval& it) {
    json_.begin_object(key);
    json_.field("value", it.value);
    json_.field("low", it.low);
    json_.field("high", it.high);
    json_.end();
  }
  template <class Items, class Write>
  void list(const char* key, const Items& items, Write&& write) {
    json_.begin_array(key);
    for (const auto& item : items) {
      json_.begin_object();
      write(item);
      json_.end();
    }
    json_.end();
  }
  template <class Numbers>
  void numbers(const char* key, const Numbers& values) {
    json_.begin_array(key);
    for (const auto value : values) {
      json_.value(value);
    }
    json_.end();
  }

  void steps() {
    list("steps", analysis_.cascade.steps, [this](const engine::CascadeStep& it) {
      service("service", it.service);
      when("at_ns", it.at);
      when("until_ns", it.until);
      json_.field("root", std::uint64_t{it.root});
      number("parent", it.parent);
      json_.field("depth", std::uint64_t{it.depth});
      json_.field("mechanism", engine::name_of(it.mechanism));
      service("caller", it.caller);
      service("callee", it.callee);
      json_.field("text", it.text);
      list("evidence", it.evidence, [this](const engine::Evidence& evidence) {
        json_.field("mechanism", engine::name_of(evidence.mechanism));
        when("at_ns", evidence.at);
        service("caller", evidence.caller);
        service("service", evidence.service);
        json_.field("count", evidence.count);
        json_.field("text", evidence.text);
      });
    });
    json_.field("steps_left_out", analysis_.cascade.left_out);
  }

  void roots() {
    list("roots", analysis_.cascade.roots, [this](const engine::RootCause& it) {
      json_.field("mechanism", engine::name_of(it.mechanism));
      fault(it.fault);
      service("service", it.service);
      when("at_ns", it.at);
      when("ended_ns", it.ended);
      when("seen_ns", it.seen);
      when("acted_ns", it.acted);
      when("recovered_ns", it.recovered);
      json_.field("services", std::uint64_t{it.services});
      json_.field("text", it.text);
    });
  }

  void coincidences() {
    list("coincidences", analysis_.cascade.coincidences, [this](const engine::Coincidence& it) {
      fault(it.fault);
      when("at_ns", it.at);
      json_.field("is_remedy", it.is_remedy);
      json_.field("text", it.text);
    });
  }

  void amplification() {
    list("amplification", analysis_.cascade.amplification,
         [this](const engine::EdgeAmplification& it) {
           service("caller", it.caller);
           service("service", it.service);
           json_.field("requests", it.requests);
           json_.field("attempts", it.attempts);
           json_.field("normal_ppm", it.normal_ppm);
           json_.field("worst_ppm", it.worst_ppm);
           when("worst_at_ns", it.worst_at);
         });
    const engine::PathAmplification& path = analysis_.cascade.worst_path;
    json_.begin_object("worst_path");
    json_.begin_array("services");
    for (const engine::ServiceIndex it : path.services) {
      json_.value(engine::service_name(scenario_, it));
    }
    json_.end();
    json_.field("product_ppm", path.product_ppm);
    when("at_ns", path.at);
    json_.end();
  }

  void why() {
    list("why_services", analysis_.cascade.why, [this](const engine::WhyPath& it) {
      service("service", it.service);
      numbers("steps", it.steps);
      json_.field("text", it.text);
    });
  }

  void lanes() {
    list("lanes", analysis_.lanes.lanes, [this](const engine::Lane& it) {
      json_.field("kind", engine::name_of(it.kind));
      json_.field("name", it.name);
      service("caller", it.caller);
      service("service", it.service);
      number("instance", it.instance);
      json_.field("total_ns", it.total.count());
      list("spans", it.spans, [this](const engine::LaneSpan& span) {
        when("from_ns", span.from);
        when("to_ns", span.to);
        json_.field("reason", span.reason);
        json_.field("count", span.count);
      });
      json_.field("spans_left_out", it.spans_left_out);
    });
    json_.field("lanes_left_out", analysis_.lanes.left_out);
  }

  void effects() {
    list("policy_effects", analysis_.lanes.effects, [this](const engine::PolicyEffect& it) {
      json_.field("kind", engine::name_of(it.kind));
      service("caller", it.caller);
      service("service", it.service);
      json_.field("acted", it.acted);
      json_.field("active_ns", it.active.count());
      json_.field("failed_fast", it.failed_fast);
      json_.field("waited_less_ns", it.waited_less_ns);
      json_.field("work_avoided_ns", it.work_avoided_ns);
      json_.field("healthy_refused", it.healthy_refused);
      json_.field("text", it.text);
    });
  }

  void canaries() {
    list("canaries", analysis_.canaries, [this](const engine::CanaryAnalysis& it) {
      service("service", it.service);
      version("baseline", it.service, it.baseline);
      list("versions", it.versions, [&](const engine::VersionSignals& signals) {
        version("version", it.service, signals.version);
        json_.field("requests", signals.requests);
        json_.field("errors", signals.errors);
        json_.field("rate_micro_per_second", signals.rate);
        json_.field("share_ppm", signals.share_ppm);
        interval("error_ppm", signals.error_ppm);
        interval("p50_ns", signals.p50);
        interval("p90_ns", signals.p90);
        interval("p99_ns", signals.p99);
      });
      list("split", it.split, [this](const engine::SplitSpan& span) {
        when("from_ns", span.from);
        when("to_ns", span.to);
        fault(span.fault);
        numbers("wanted_ppm", span.wanted_ppm);
        numbers("requests", span.requests);
        list("share_ppm", span.share_ppm, [this](const engine::Interval& share) {
          json_.field("value", share.value);
          json_.field("low", share.low);
          json_.field("high", share.high);
        });
      });
      list("opinions", it.opinions, [&](const engine::CanaryOpinion& opinion) {
        json_.field("judge", engine::name_of(opinion.judge));
        version("version", it.service, opinion.version);
        json_.field("known", opinion.known);
        json_.field("passed", opinion.passed);
        json_.field("score_ppm", opinion.score_ppm);
        when("decided_ns", opinion.decided);
        when("promoted_ns", opinion.promoted);
        json_.field("text", opinion.text);
      });
      json_.field("failed", it.failed);
      json_.field("users_hurt", it.users_hurt);
      when("rolled_back_ns", it.rolled_back);
      json_.field("text", it.text);
    });
  }

  void metastability() {
    list("metastability", analysis_.metastability, [this](const engine::Metastability& it) {
      json_.field("root", std::uint64_t{it.root});
      when("trigger_ended_ns", it.trigger_ended);
      when("bad_until_ns", it.bad_until);
      json_.field("sustained", it.sustained);
      json_.field("loop", engine::name_of(it.loop));
      service("service", it.service);
      service("caller", it.caller);
      json_.field("offered_micro_per_second", it.offered);
      json_.field("first_tries_micro_per_second", it.first_tries);
      json_.field("capacity_micro_per_second", it.capacity);
      json_.field("safe_load_ppm", it.safe_load_ppm);
      json_.field("safe_budget_ppm", it.safe_budget_ppm);
      json_.field("text", it.text);
    });
  }

  void capacity() {
    const engine::Capacity& capacity = analysis_.capacity;
    json_.begin_object("capacity");
    list("services", capacity.services, [this](const engine::ServiceCapacity& it) {
      service("service", it.service);
      json_.field("demand_ns", it.demand);
      json_.field("throughput_micro_per_second", it.throughput);
      json_.field("peak_throughput_micro_per_second", it.peak_throughput);
      json_.field("utilisation_ppm", it.utilisation_ppm);
      json_.field("peak_utilisation_ppm", it.peak_utilisation_ppm);
      json_.field("limit_micro_per_second", it.limit);
      when("saturated_ns", it.saturated);
      json_.field("knee_micro_per_second", it.knee);
      json_.field("knee_utilisation_ppm", it.knee_utilisation_ppm);
    });
    json_.begin_array("order");
    for (const engine::ServiceIndex it : capacity.order) {
      json_.value(engine::service_name(scenario_, it));
    }
    json_.end();
    json_.field("headroom_ppm", capacity.headroom_ppm);
    list("little", capacity.little, [this](const engine::LittleCheck& it) {
      service("service", it.service);
      json_.field("inside_milli", it.inside_milli);
      json_.field("expected_milli", it.expected_milli);
      json_.field("deviation_ppm", it.deviation_ppm);
      json_.field("both_sides", it.both_sides);
      json_.field("holds", it.holds);
    });
    json_.field("violations", std::uint64_t{capacity.violations});
    json_.field("text", capacity.text);
    json_.end();
  }

  const engine::Scenario& scenario_;
  const engine::Analysis& analysis_;
  JsonWriter& json_;
};

}  // namespace

void write_analysis(const Report& report, JsonWriter& json) {
  AnalysisWriter(report, json).write();
}

}  // namespace shaketable::reports
