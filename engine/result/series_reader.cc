#include "engine/result/series_reader.h"

#include <array>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "engine/judge/units.h"
#include "engine/record/histogram_buckets.h"
#include "engine/result/detail_reader.h"

namespace shaketable::engine {
namespace {

std::optional<std::size_t> outcome_of(const std::string& key) {
  for (std::size_t o = 0; o < kOutcomes; ++o) {
    if (key == name_of_outcome(o)) {
      return o;
    }
  }
  return std::nullopt;
}

class SeriesReader {
 public:
  SeriesReader(JsonCursor& cursor, const Scenario& scenario, const std::vector<Window>& windows)
      : cursor_(cursor), scenario_(scenario), windows_(windows) {}

  std::vector<Series> read() {
    std::vector<Series> all;
    cursor_.enter_array();
    while (cursor_.next_item()) {
      all.push_back(one());
      if (all.back().points.size() != all.front().points.size()) {
        cursor_.fail("a series has " + std::to_string(all.back().points.size()) +
                     " points, the first one has " + std::to_string(all.front().points.size()));
      }
    }
    return all;
  }

 private:
  // ---- the subject ---------------------------------------------------------------------------

  void kind(Subject& subject) {
    const std::string word = cursor_.string();
    constexpr std::array<std::pair<const char*, Subject::Kind>, 5> kKinds{{
        {"service", Subject::Kind::kService},
        {"endpoint", Subject::Kind::kEndpoint},
        {"version", Subject::Kind::kVersion},
        {"edge", Subject::Kind::kEdge},
        {"journey", Subject::Kind::kJourney},
    }};
    for (const auto& [name, kind] : kKinds) {
      if (word == name) {
        subject.kind = kind;
        return;
      }
    }
    cursor_.fail("no series is of this kind");
  }

  std::uint32_t index(std::size_t size, const char* what) {
    const auto value = static_cast<std::uint32_t>(cursor_.unsigned_number(kNone - 1));
    if (value >= size) {
      cursor_.fail(std::string("the scenario has no such ") + what);
      return kNone;
    }
    return value;
  }

  void place(Subject& subject) {
    const Mesh& mesh = scenario_.mesh;
    cursor_.enter_object();
    std::string key;
    while (cursor_.next_key(key)) {
      const Service* service = subject.service == kNone ? nullptr : &mesh.services[subject.service];
      if (key == "service") {
        subject.service = index(mesh.services.size(), "service");
      } else if (key == "caller") {
        subject.caller = index(mesh.services.size(), "service");
      } else if (key == "endpoint") {
        subject.endpoint =
            index(service == nullptr ? 0 : service->endpoint_names.size(), "endpoint");
      } else if (key == "version") {
        subject.version = index(service == nullptr ? 0 : service->versions.size(), "version");
      } else if (key == "load") {
        subject.load = index(scenario_.loads.size(), "load");
      } else if (key == "journey") {
        subject.journey = index(
            subject.load == kNone ? 0 : scenario_.loads[subject.load].journeys.size(), "journey");
      } else if (key == "text") {
        subject.text = cursor_.string();
      } else {
        cursor_.skip();
      }
    }
  }

  void check(const Subject& subject) {
    bool complete = false;
    switch (subject.kind) {
      case Subject::Kind::kService:
        complete = subject.service != kNone;
        break;
      case Subject::Kind::kEndpoint:
        complete = subject.service != kNone && subject.endpoint != kNone;
        break;
      case Subject::Kind::kVersion:
        complete = subject.service != kNone && subject.version != kNone;
        break;
      case Subject::Kind::kEdge:
        complete = subject.service != kNone && subject.caller != kNone;
        break;
      case Subject::Kind::kJourney:
        complete = subject.load != kNone;
        break;
    }
    if (!complete) {
      cursor_.fail("`place` does not say whose series this is");
    }
  }

  // ---- totals --------------------------------------------------------------------------------

  proxy::Histogram histogram() {
    HistogramParts parts;
    cursor_.enter_object();
    std::string key;
    constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
    while (cursor_.next_key(key)) {
      if (key == "sum_ns") {
        parts.sum = cursor_.number(0, kMost);
      } else if (key == "mean_ns") {
        parts.mean = cursor_.number(0, kMost);
      } else if (key == "min_ns") {
        parts.min = cursor_.number(0, kMost);
      } else if (key == "max_ns") {
        parts.max = cursor_.number(0, kMost);
      } else if (key == "steps_and_counts") {
        parts.buckets = buckets();
      } else {
        cursor_.skip();
      }
    }
    std::optional<proxy::Histogram> made = histogram_of(parts);
    if (!made) {
      cursor_.fail("the histogram contradicts itself");
      return {};
    }
    return std::move(*made);
  }

  std::vector<HistogramBucket> buckets() {
    std::vector<HistogramBucket> result;
    std::uint32_t last = 0;
    cursor_.enter_array();
    while (cursor_.next_item()) {
      last += static_cast<std::uint32_t>(cursor_.unsigned_number(10'000));
      if (!cursor_.next_item()) {
        cursor_.fail("a step without its count");
        break;
      }
      result.push_back({.index = last, .count = cursor_.unsigned_number(kMostCount)});
    }
    return result;
  }

  WindowTotals totals(const Window& window) {
    WindowTotals total{.from = window.from, .to = window.to};
    cursor_.enter_object();
    std::string key;
    std::uint64_t sum = 0;
    while (cursor_.next_key(key)) {
      if (key == "from_ns") {
        total.from = instant();
      } else if (key == "to_ns") {
        total.to = instant();
      } else if (key == "count") {
        total.count = cursor_.unsigned_number(kMostCount);
      } else if (key == "retries") {
        total.retries = cursor_.unsigned_number(kMostCount);
      } else if (key == "histogram") {
        total.latency = histogram();
      } else if (const auto outcome = outcome_of(key)) {
        total.outcomes[*outcome] = cursor_.unsigned_number(kMostCount);
        sum += total.outcomes[*outcome];
      } else {
        cursor_.skip();
      }
    }
    if (total.to == proxy::kNever) {
      cursor_.fail("`to_ns` is missing");
    }
    if (sum != total.count) {
      cursor_.fail("the outcomes do not add up to `count`");
    }
    return total;
  }

  Instant instant() { return proxy::after(proxy::kStart, Duration(cursor_.number(0, kMostTime))); }

  void windows(Series& series) {
    cursor_.enter_array();
    while (cursor_.next_item()) {
      const std::size_t i = series.windows.size();
      if (i == windows_.size()) {
        cursor_.fail("the record has only " + std::to_string(i) + " windows");
        return;
      }
      if (cursor_.null()) {
        series.windows.push_back(series.total);
        series.windows.back().from = windows_[i].from;
        series.windows.back().to = windows_[i].to;
      } else {
        series.windows.push_back(totals(windows_[i]));
      }
    }
    if (series.windows.size() != windows_.size()) {
      cursor_.fail("the record has " + std::to_string(windows_.size()) + " windows");
    }
  }

  // ---- points --------------------------------------------------------------------------------

  // Columns may come in any order; the first one decides how many points there are.
  template <class Set>
  void column(std::vector<Point>& points, bool& is_first, Set&& set) {
    std::size_t i = 0;
    cursor_.enter_array();
    while (cursor_.next_item()) {
      if (is_first) {
        points.emplace_back();
      } else if (i == points.size()) {
        cursor_.fail("more points than the columns before");
        return;
      }
      set(points[i++]);
    }
    if (i != points.size()) {
      cursor_.fail("fewer points than the columns before");
    }
    is_first = false;
  }

  [[nodiscard]] static std::int64_t Point::*time_column(const std::string& key) {
    return key == "p50_ns"   ? &Point::p50
           : key == "p90_ns" ? &Point::p90
           : key == "p95_ns" ? &Point::p95
           : key == "p99_ns" ? &Point::p99
           : key == "max_ns" ? &Point::max
                             : nullptr;
  }

  std::vector<Point> points() {
    std::vector<Point> result;
    bool is_first = true;
    bool has_p95 = false;
    cursor_.enter_object();
    std::string key;
    while (cursor_.next_key(key)) {
      has_p95 = has_p95 || key == "p95_ns";
      if (const auto outcome = outcome_of(key)) {
        column(result, is_first, [&](Point& point) {
          point.outcomes[*outcome] = cursor_.unsigned_number(kMostCount);
        });
      } else if (key == "count") {
        column(result, is_first,
               [&](Point& point) { point.count = cursor_.unsigned_number(kMostCount); });
      } else if (key == "retries") {
        column(result, is_first,
               [&](Point& point) { point.retries = cursor_.unsigned_number(kMostCount); });
      } else if (key == "latency_sum_ns") {
        column(result, is_first,
               [&](Point& point) { point.latency_sum = cursor_.number(0, kMostLatencySum); });
      } else if (std::int64_t Point::*const member = time_column(key)) {
        column(result, is_first,
               [&](Point& point) { point.*member = cursor_.number(0, kMostTime); });
      } else {
        cursor_.skip();
      }
    }
    for (Point& point : result) {
      if (!has_p95) {  // Results of older programs: what is never above it stands in.
        point.p95 = point.p90;
      }
      std::uint64_t sum = 0;
      for (const std::uint64_t outcome : point.outcomes) {
        sum += outcome;
      }
      if (sum != point.count) {
        cursor_.fail("the outcomes of a bucket do not add up to `count`");
      }
    }
    return result;
  }

  Series one() {
    Series series;
    cursor_.enter_object();
    std::string key;
    while (cursor_.next_key(key)) {
      if (key == "kind") {
        kind(series.subject);
      } else if (key == "place") {
        place(series.subject);
      } else if (key == "total") {
        series.total = totals({});
      } else if (key == "windows") {
        windows(series);
      } else if (key == "points") {
        series.points = points();
      } else if (key == "latency_cells") {
        series.latencies = read_latency_cells(cursor_);
      } else if (key == "statuses") {
        series.statuses = read_statuses(cursor_);
      } else {
        cursor_.skip();
      }
    }
    if (!cursor_.failed()) {
      check(series.subject);
      if (auto problem = check_details(series)) {
        cursor_.fail(std::move(*problem));
      }
      if (series.windows.size() != windows_.size()) {
        cursor_.fail("the series has no `windows`");
      }
    }
    return series;
  }

  JsonCursor& cursor_;
  const Scenario& scenario_;
  const std::vector<Window>& windows_;
};

}  // namespace

std::vector<Series> read_series(JsonCursor& cursor, const Scenario& scenario,
                                const std::vector<Window>& windows) {
  return SeriesReader(cursor, scenario, windows).read();
}

}  // namespace shaketable::engine
