#include <string>

#include "engine/judge/metrics.h"
#include "engine/judge/units.h"
#include "reports/comparison_report.h"
#include "reports/comparison_rows.h"
#include "reports/json_words.h"
#include "reports/json_writer.h"
#include "reports/report.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::RunComparison;

using reports::key_of;

const char* key_of(Change change) {
  switch (change) {
    case Change::kSame:
      return "same";
    case Change::kBetter:
      return "better";
    case Change::kWorse:
      return "worse";
    case Change::kOther:
      return "different";
    case Change::kAdded:
      return "added";
    case Change::kRemoved:
      return "removed";
  }
  return "";
}

const char* key_of(engine::Pairing pairing) {
  switch (pairing) {
    case engine::Pairing::kNoIntervals:
      return "none";
    case engine::Pairing::kSeeds:
      return "seeds";
    case engine::Pairing::kBuckets:
      return "buckets";
    case engine::Pairing::kUnpairedRuns:
      return "unpaired_runs";
    case engine::Pairing::kUnpairedBuckets:
      return "unpaired_buckets";
  }
  return "";
}

class ComparisonWriter {
 public:
  explicit ComparisonWriter(const RunComparison& comparison) : comparison_(comparison) {}

  std::string write() {
    json_.begin_object();
    json_.field("format", "shaketable-comparison");
    json_.field("version", std::int64_t{1});
    json_.field("producer", std::string("shaketable ") + kVersion);
    json_.field("headline", comparison_.headline);
    json_.field("regression", comparison_.is_regression());
    json_.field("identical", comparison_.identical);
    json_.field("before", comparison_.before);
    json_.field("after", comparison_.after);
    json_.field("runs_before", comparison_.runs_before);
    json_.field("runs_after", comparison_.runs_after);
    json_.field("common_seeds", comparison_.common_seeds);
    json_.field("intervals_from", key_of(comparison_.pairing));
    regressions();
    expectations();
    figures();
    events();
    configuration();
    json_.end();
    return json_.take();
  }

 private:
  template <class T>
  void optional(std::string_view key, const std::optional<T>& value) {
    json_.key(key);
    if (value) {
      json_.value(*value);
    } else {
      json_.null();
    }
  }

  void state(std::string_view key, const std::optional<engine::ExpectationState>& value) {
    json_.key(key);
    if (value) {
      json_.value(key_of(*value));
    } else {
      json_.null();
    }
  }

  void regressions() {
    json_.begin_array("regressions");
    for (const engine::Regression& it : comparison_.regressions) {
      json_.begin_object();
      json_.field("what", it.what);
      json_.field("text", it.text);
      json_.end();
    }
    json_.end();
  }

  void expectations() {
    json_.begin_array("expectations");
    for (const engine::ExpectationChange& it : comparison_.expectations) {
      json_.begin_object();
      json_.field("text", it.text);
      json_.field("change", key_of(it.change));
      state("before", it.before);
      state("after", it.after);
      json_.field("fine_before", it.fine_before);
      json_.field("fine_after", it.fine_after);
      optional("value_before", it.value_before);
      optional("value_after", it.value_after);
      json_.field("got_before", it.got_before);
      json_.field("got_after", it.got_after);
      json_.end();
    }
    json_.end();
  }

  void figures() {
    json_.begin_array("figures");
    for (const engine::Delta& it : comparison_.deltas) {
      json_.begin_object();
      json_.field("kind", key_of(it.kind));
      json_.field("subject", it.subject);
      json_.field("metric", engine::name_of(it.metric));
      json_.field("unit", engine::unit_of(it.metric));
      optional("before", it.before);
      optional("after", it.after);
      optional("difference", it.difference);
      optional("relative_ppm", it.relative_ppm);
      json_.key("interval");
      if (it.interval) {
        json_.begin_array();
        json_.value(it.interval->low);
        json_.value(it.interval->high);
        json_.end();
      } else {
        json_.null();
      }
      json_.field("change", key_of(it.change));
      json_.end();
    }
    json_.end();
  }

  void events() {
    json_.begin_array("events");
    for (const engine::EventChange& it : comparison_.events) {
      json_.begin_object();
      json_.field("kind", engine::name_of(it.kind));
      json_.field("subject", it.subject);
      json_.field("before", it.before);
      json_.field("after", it.after);
      json_.end();
    }
    json_.end();
  }

  void configuration() {
    json_.begin_array("configuration");
    for (const engine::ConfigurationChange& it : comparison_.configuration) {
      json_.begin_object();
      json_.field("where", it.where);
      json_.field("before", it.before);
      json_.field("after", it.after);
      json_.end();
    }
    json_.end();
    json_.field("configuration_left_out", comparison_.configuration_left_out);
  }

  const RunComparison& comparison_;
  JsonWriter json_;
};

}  // namespace

std::string comparison_json(const RunComparison& comparison) {
  return ComparisonWriter(comparison).write();
}

}  // namespace shaketable::reports
