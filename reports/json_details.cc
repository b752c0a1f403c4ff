#include "reports/json_details.h"

#include <map>
#include <utility>
#include <vector>

#include "engine/judge/units.h"
#include "reports/json_record.h"

namespace shaketable::reports {

void write_series_details(const engine::Series& series, JsonWriter& json) {
  if (!series.latencies.empty()) {
    json.begin_array("latency_cells");
    std::uint32_t last = 0;
    for (const engine::LatencyCell& cell : series.latencies) {
      json.value(cell.bucket - last);
      json.value(cell.row);
      json.value(cell.count);
      last = cell.bucket;
    }
    json.end();
  }
  if (series.statuses.empty()) {
    return;
  }
  using Key = std::pair<engine::Outcome, std::uint16_t>;
  std::map<Key, std::vector<std::pair<std::uint32_t, std::uint64_t>>> by_status;
  for (const engine::StatusCell& cell : series.statuses) {
    by_status[{cell.outcome, cell.status}].emplace_back(cell.bucket, cell.count);
  }
  json.begin_array("statuses");
  for (const auto& [key, counts] : by_status) {
    json.begin_object();
    json.field("outcome", engine::name_of_outcome(static_cast<std::size_t>(key.first)));
    json.field("status", std::uint64_t{key.second});
    json.begin_array("steps_and_counts");
    std::uint32_t last = 0;
    for (const auto& [bucket, count] : counts) {
      json.value(bucket - last);
      json.value(count);
      last = bucket;
    }
    json.end();
    json.end();
  }
  json.end();
}

namespace {

template <class Get>
void column(std::string_view key, const std::vector<engine::InstancePoint>& points, Get&& get,
            JsonWriter& json) {
  json.begin_array(key);
  for (const engine::InstancePoint& point : points) {
    json.value(get(point));
  }
  json.end();
}

}  // namespace

void write_instances(const Report& report, JsonWriter& json) {
  using engine::InstancePoint;
  if (report.record.instances.empty()) {
    return;
  }
  json.begin_array("instances");
  for (const engine::InstanceSeries& it : report.record.instances) {
    json.begin_object();
    write_service("service", report.scenario, it.service, json);
    json.field("instance", std::uint64_t{it.instance});
    column(
        "count", it.points, [](const InstancePoint& p) { return p.count; }, json);
    column(
        "errors", it.points, [](const InstancePoint& p) { return p.errors; }, json);
    column(
        "latency_sum_ns", it.points, [](const InstancePoint& p) { return p.latency_sum; }, json);
    column(
        "max_ns", it.points, [](const InstancePoint& p) { return p.max; }, json);
    json.end();
  }
  json.end();
}

}  // namespace shaketable::reports
