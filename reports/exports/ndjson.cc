#include "reports/exports/ndjson.h"

#include <cstdint>
#include <string_view>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "proxy/telemetry/response_flags.h"
#include "reports/exports/export_spans.h"
#include "reports/json_words.h"
#include "reports/json_writer.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;

class LineWriter {
 public:
  explicit LineWriter(const Report& report) : report_(report) {}

  std::string write() {
    write_run();
    write_expectations();
    write_services();
    write_faults();
    write_story();
    write_events();
    write_requests();
    write_points();
    begin("end");
    json_.field("lines", lines_);
    end();
    return std::move(out_);
  }

 private:
  void begin(const char* type) {
    json_ = JsonWriter(0);
    json_.begin_object();
    json_.field("type", type);
    ++lines_;
  }
  void end() {
    json_.end();
    out_ += json_.take();
  }
  void instant(std::string_view key, Instant at) {
    json_.key(key);
    if (at == proxy::kNever) {
      json_.null();
    } else {
      json_.value(proxy::nanoseconds_of(at));
    }
  }
  void text_or_null(std::string_view key, bool exists, const std::string& text) {
    json_.key(key);
    if (exists) {
      json_.value(std::string_view(text));
    } else {
      json_.null();
    }
  }
  void service(std::string_view key, engine::ServiceIndex index) {
    text_or_null(key, index != kNone,
                 index == kNone ? "" : engine::service_name(report_.scenario, index));
  }

  void write_run() {
    begin("run");
    json_.field("format", "shaketable-ndjson");
    json_.field("version", std::int64_t{1});
    json_.field("producer", std::string("shaketable ") + kVersion);
    json_.field("scenario", report_.scenario.name);
    json_.field("file", report_.scenario.file);
    json_.field("seed", report_.record.seed);
    json_.field("fingerprint", hexadecimal_of(report_.record.fingerprint));
    instant("ended_ns", report_.record.ended);
    json_.field("requests", report_.record.statistics.requests);
    json_.field("passed", report_.verdict.passed);
    json_.field("partial", report_.verdict.partial);
    json_.field("headline", report_.verdict.headline);
    end();
  }

  void write_expectations() {
    for (const engine::ExpectationVerdict& it : report_.verdict.expectations) {
      begin("expectation");
      json_.field("state", key_of(it.state));
      json_.field("text", it.text);
      json_.field("wanted", it.wanted);
      json_.field("got", it.got);
      json_.field("where", it.where);
      instant("from_ns", it.from);
      instant("to_ns", it.to);
      instant("when_ns", it.when.value_or(proxy::kNever));
      json_.field("file", it.mark.file);
      json_.field("line", static_cast<std::int64_t>(it.mark.line));
      end();
    }
  }

  void write_services() {
    for (const engine::GoldenSignals& it : report_.verdict.signals) {
      begin("service");
      json_.field("service", engine::service_name(report_.scenario, it.service));
      json_.field("requests", it.requests);
      json_.field("errors", it.errors);
      json_.field("rate_micro_per_second", it.rate);
      json_.field("success_ppm", it.success_ppm);
      json_.field("p50_ns", it.p50);
      json_.field("p99_ns", it.p99);
      json_.field("max_ns", it.max);
      json_.field("retries", it.retries);
      end();
    }
  }

  void write_faults() {
    for (std::uint32_t f = 0; f < report_.scenario.faults.size(); ++f) {
      const engine::Fault& fault = report_.scenario.faults[f];
      begin("fault");
      json_.field("fault", engine::fault_name(report_.scenario, f));
      json_.field("kind", engine::name_of(fault.kind));
      json_.field("what", engine::fault_words(report_.scenario, f));
      instant("from_ns", fault.at);
      instant("to_ns", engine::end_of_fault(fault));
      end();
    }
  }

  void write_story() {
    for (const engine::StoryLine& it : report_.verdict.story) {
      begin("story");
      instant("at_ns", it.at);
      instant("until_ns", it.until);
      json_.field("subject", it.subject);
      json_.field("what", it.what);
      json_.field("evidence", it.evidence);
      json_.field("count", it.count);
      end();
    }
  }

  void write_events() {
    for (const engine::RunEvent& it : report_.record.events) {
      begin("event");
      instant("at_ns", it.at);
      json_.field("event", engine::name_of(it.kind));
      service("service", it.service);
      service("caller", it.caller);
      const bool has_instance = it.instance != kNone && it.service != kNone;
      text_or_null(
          "instance", has_instance,
          has_instance ? engine::instance_name(report_.scenario, it.service, it.instance) : "");
      text_or_null("fault", it.fault != kNone,
                   it.fault == kNone ? "" : engine::fault_name(report_.scenario, it.fault));
      json_.field("reason", it.reason);
      json_.field("count", it.count);
      end();
    }
  }

  /// The requests that were kept, without their spans: those are in the traces.
  void write_requests() {
    for (const engine::Trace& it : report_.record.traces) {
      const engine::Span& root = it.root();
      begin("request");
      json_.field("trace_id",
                  trace_id_text({.id_high = it.id_high, .id_low = it.id_low, .spans = {}}));
      json_.field("number", it.number);
      json_.field("load", report_.scenario.loads[it.load].name);
      text_or_null(
          "journey", it.journey != kNone,
          it.journey == kNone ? "" : report_.scenario.loads[it.load].journeys[it.journey].name);
      instant("from_ns", root.from);
      instant("to_ns", root.to);
      json_.field("open", root.is_open);
      json_.field("status", std::uint64_t{root.status});
      json_.field("response_flags", proxy::response_flags_text(root.flags));
      json_.field("outcome", engine::name_of_outcome(static_cast<std::size_t>(root.outcome)));
      json_.begin_array("kept_as");
      for (const auto& [bit, word] : {std::pair<int, const char*>{engine::kKeptAsSlow, "slow"},
                                      {engine::kKeptAsFailed, "failed"},
                                      {engine::kKeptAsRandom, "random"},
                                      {engine::kKeptInShare, "share"}}) {
        if ((it.reasons & bit) != 0) {
          json_.value(word);
        }
      }
      json_.end();
      json_.field("spans", static_cast<std::uint64_t>(it.spans.size()));
      end();
    }
  }

  void write_points() {
    const std::int64_t width = report_.record.bucket.count();
    for (const engine::Series& series : report_.record.series) {
      for (std::size_t i = 0; i < series.points.size(); ++i) {
        const engine::Point& point = series.points[i];
        if (point.count == 0) {
          continue;
        }
        begin("point");
        json_.field("kind", key_of(series.subject.kind));
        json_.field("subject", engine::subject_name(report_.scenario, series.subject));
        json_.field("from_ns", width * static_cast<std::int64_t>(i));
        json_.field("to_ns", width * static_cast<std::int64_t>(i + 1));
        json_.field("requests", point.count);
        json_.field("retries", point.retries);
        json_.begin_object("outcomes");
        for (std::size_t outcome = 0; outcome < engine::kOutcomes; ++outcome) {
          if (point.outcomes[outcome] > 0) {
            json_.field(engine::name_of_outcome(outcome), point.outcomes[outcome]);
          }
        }
        json_.end();
        json_.field("mean_ns", point.latency_sum / static_cast<std::int64_t>(point.count));
        json_.field("p50_ns", point.p50);
        json_.field("p90_ns", point.p90);
        json_.field("p95_ns", point.p95);
        json_.field("p99_ns", point.p99);
        json_.field("max_ns", point.max);
        end();
      }
    }
  }

  const Report& report_;
  JsonWriter json_{0};
  std::string out_;
  std::uint64_t lines_ = 0;
};

}  // namespace

std::string ndjson(const Report& report) { return LineWriter(report).write(); }

}  // namespace shaketable::reports
