#include "engine/result/detail_reader.h"

#include <algorithm>
#include <string>
#include <tuple>

#include "engine/judge/units.h"
#include "engine/record/latency_rows.h"
#include "engine/result/series_reader.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kMostStep = 10'000'000;  // Between two buckets; series are shorter.

// Pairs are read one number at a time: `what` says what is missing when the list ends between them.
bool next_of_group(JsonCursor& cursor, const char* what) {
  if (cursor.next_item()) {
    return true;
  }
  cursor.fail(what);
  return false;
}

Outcome outcome_named(JsonCursor& cursor) {
  const std::string word = cursor.string();
  for (std::size_t o = 0; o < kOutcomes; ++o) {
    if (word == name_of_outcome(o)) {
      return static_cast<Outcome>(o);
    }
  }
  cursor.fail("no outcome is called so");
  return Outcome::kOk;
}

}  // namespace

std::vector<LatencyCell> read_latency_cells(JsonCursor& cursor) {
  std::vector<LatencyCell> cells;
  std::uint64_t bucket = 0;
  cursor.enter_array();
  while (cursor.next_item()) {
    bucket += cursor.unsigned_number(kMostStep);
    LatencyCell cell{.bucket = static_cast<std::uint32_t>(std::min(bucket, kMostStep))};
    if (!next_of_group(cursor, "a bucket without its row")) {
      break;
    }
    cell.row = static_cast<std::uint32_t>(cursor.unsigned_number(kLatencyRows - 1));
    if (!next_of_group(cursor, "a row without its count")) {
      break;
    }
    cell.count = cursor.unsigned_number(kMostCount);
    const bool rises = cells.empty() || std::pair(cells.back().bucket, cells.back().row) <
                                            std::pair(cell.bucket, cell.row);
    if (!rises || cell.count == 0) {
      cursor.fail(rises ? "a cell of no answer" : "the cells are not in order");
    }
    cells.push_back(cell);
  }
  return cells;
}

std::vector<StatusCell> read_statuses(JsonCursor& cursor) {
  std::vector<StatusCell> cells;
  cursor.enter_array();
  while (cursor.next_item()) {
    StatusCell cell;
    std::vector<std::pair<std::uint32_t, std::uint64_t>> counts;
    std::string key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "outcome") {
        cell.outcome = outcome_named(cursor);
      } else if (key == "status") {
        cell.status = static_cast<std::uint16_t>(cursor.unsigned_number(999));
      } else if (key == "steps_and_counts") {
        std::uint64_t bucket = 0;
        cursor.enter_array();
        while (cursor.next_item()) {
          bucket += cursor.unsigned_number(kMostStep);
          if (!next_of_group(cursor, "a step without its count")) {
            break;
          }
          counts.emplace_back(static_cast<std::uint32_t>(std::min(bucket, kMostStep)),
                              cursor.unsigned_number(kMostCount));
        }
      } else {
        cursor.skip();
      }
    }
    for (const auto& [bucket, count] : counts) {
      cell.bucket = bucket;
      cell.count = count;
      cells.push_back(cell);
    }
  }
  const auto place = [](const StatusCell& it) {
    return std::tuple(it.bucket, it.outcome, it.status);
  };
  std::sort(cells.begin(), cells.end(),
            [&](const StatusCell& l, const StatusCell& r) { return place(l) < place(r); });
  const auto twice = std::adjacent_find(
      cells.begin(), cells.end(),
      [&](const StatusCell& l, const StatusCell& r) { return place(l) == place(r); });
  if (twice != cells.end()) {
    cursor.fail("a status has two counts for one bucket");
  }
  return cells;
}

std::optional<std::string> check_details(const Series& series) {
  std::vector<std::uint64_t> sums(series.points.size());
  for (const LatencyCell& cell : series.latencies) {
    if (cell.bucket >= sums.size()) {
      return "`latency_cells` has buckets that the points do not have";
    }
    sums[cell.bucket] += cell.count;
  }
  for (std::size_t i = 0; i < sums.size() && !series.latencies.empty(); ++i) {
    if (sums[i] != series.points[i].count) {
      return "`latency_cells` of bucket " + std::to_string(i) + " do not add up to its `count`";
    }
  }
  std::array<std::uint64_t, kOutcomes> left{};
  for (std::size_t i = 0; i < series.statuses.size(); ++i) {
    const StatusCell& cell = series.statuses[i];
    if (cell.bucket >= series.points.size()) {
      return "`statuses` has buckets that the points do not have";
    }
    if (i == 0 || series.statuses[i - 1].bucket != cell.bucket) {
      left = series.points[cell.bucket].outcomes;
    }
    std::uint64_t& rest = left[static_cast<std::size_t>(cell.outcome)];
    if (cell.count > rest) {
      return "`statuses` has more answers in bucket " + std::to_string(cell.bucket) +
             " than the points have";
    }
    rest -= cell.count;
  }
  return std::nullopt;
}

namespace {

bool instance_column(JsonCursor& cursor, const std::string& key,
                     std::vector<InstancePoint>& points) {
  if (key != "count" && key != "errors" && key != "latency_sum_ns" && key != "max_ns") {
    return false;
  }
  std::size_t i = 0;
  cursor.enter_array();
  for (; cursor.next_item(); ++i) {
    if (i == points.size()) {
      cursor.fail("more points than the series have");
      return true;
    }
    InstancePoint& point = points[i];
    if (key == "count") {
      point.count = cursor.unsigned_number(kMostCount);
    } else if (key == "errors") {
      point.errors = cursor.unsigned_number(kMostCount);
    } else if (key == "latency_sum_ns") {
      point.latency_sum = cursor.number(0, kMostLatencySum);
    } else {
      point.max = cursor.number(0, kMostTime);
    }
  }
  if (i != points.size()) {
    cursor.fail("fewer points than the series have");
  }
  return true;
}

ServiceIndex service_named(JsonCursor& cursor, const Scenario& scenario) {
  const std::string name = cursor.string();
  const std::vector<Service>& services = scenario.mesh.services;
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    if (services[s].name == name) {
      return s;
    }
  }
  cursor.fail("the scenario has no such service");
  return kNone;
}

}  // namespace

std::vector<InstanceSeries> read_instances(JsonCursor& cursor, const Scenario& scenario,
                                           std::size_t points) {
  constexpr std::uint64_t kMostInstances = 10'000'000;
  std::vector<InstanceSeries> all;
  cursor.enter_array();
  while (cursor.next_item()) {
    InstanceSeries it;
    it.points.resize(points);
    std::string key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (key == "service") {
        it.service = service_named(cursor, scenario);
      } else if (key == "instance") {
        it.instance = static_cast<std::uint32_t>(cursor.unsigned_number(kMostInstances));
      } else if (!instance_column(cursor, key, it.points)) {
        cursor.skip();
      }
    }
    if (it.service == kNone || it.instance == kNone) {
      cursor.fail("these figures are of no instance");
    }
    const bool sound = std::all_of(it.points.begin(), it.points.end(),
                                   [](const InstancePoint& p) { return p.errors <= p.count; });
    if (!sound) {
      cursor.fail("an instance has more errors than answers");
    }
    all.push_back(std::move(it));
  }
  return all;
}

}  // namespace shaketable::engine
