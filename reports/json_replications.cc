#include "reports/json_replications.h"

#include <optional>

#include "reports/json_words.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

template <class T>
void optional(std::string_view key, const std::optional<T>& value, JsonWriter& json) {
  json.key(key);
  if (value) {
    json.value(*value);
  } else {
    json.null();
  }
}

void write_expectation(const engine::ReplicatedExpectation& it,
                       const engine::ExpectationVerdict& verdict, JsonWriter& json) {
  json.begin_object();
  json.field("text", verdict.text);
  json.field("passed", it.passed);
  json.field("fine", it.fine);
  json.field("of", it.of);
  json.field("share_low_ppm", it.share.low);
  json.field("share_high_ppm", it.share.high);
  json.field("unit", verdict.unit);
  optional("lowest", it.lowest, json);
  optional("median", it.median, json);
  optional("highest", it.highest, json);
  const auto edge = [&it](std::int64_t engine::ConfidenceInterval::*member) {
    return it.median_lies ? std::optional((*it.median_lies).*member) : std::nullopt;
  };
  optional("median_low", edge(&engine::ConfidenceInterval::low), json);
  optional("median_high", edge(&engine::ConfidenceInterval::high), json);
  optional("first_bad_seed", it.first_bad_seed, json);
  json.end();
}

void write_signal(const engine::SignalSummary& it, JsonWriter& json) {
  json.begin_object();
  json.field("kind", key_of(it.kind));
  json.field("name", it.name);
  json.field("count", it.count);
  json.field("errors", it.errors);
  json.field("retries", it.retries);
  json.field("rate_micro_per_second", it.rate);
  json.field("mean_ns", it.mean);
  json.field("p50_ns", it.p50);
  json.field("p99_ns", it.p99);
  optional("utilisation_ppm", it.utilisation_ppm, json);
  json.end();
}

void write_run(const engine::RunSummary& run, JsonWriter& json) {
  json.begin_object();
  json.field("seed", run.seed);
  json.field("fingerprint", hexadecimal_of(run.fingerprint));
  json.field("passed", run.passed);
  json.field("interrupted", run.interrupted);
  json.begin_array("expectations");
  for (const engine::ExpectationSummary& it : run.expectations) {
    json.begin_object();
    json.field("state", key_of(it.state));
    optional("value", it.value, json);
    json.end();
  }
  json.end();
  json.begin_array("signals");
  for (const engine::SignalSummary& it : run.signals) {
    write_signal(it, json);
  }
  json.end();
  json.end();
}

}  // namespace

void write_replications(const Report& report, JsonWriter& json) {
  if (report.replications == nullptr) {
    return;
  }
  const engine::Replications& all = *report.replications;
  json.begin_object("replications");
  json.field("asked", all.asked);
  json.field("required", all.required);
  json.field("passed", all.passed);
  json.field("headline", all.headline);
  json.begin_array("expectations");
  for (std::size_t i = 0; i < all.expectations.size(); ++i) {
    write_expectation(all.expectations[i], report.verdict.expectations[i], json);
  }
  json.end();
  json.begin_array("runs");
  for (const engine::RunSummary& run : all.runs) {
    write_run(run, json);
  }
  json.end();
  json.end();
}

}  // namespace shaketable::reports
