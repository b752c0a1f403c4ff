#include <algorithm>

#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/page.h"

namespace shaketable::reports {
namespace {

using engine::InstancePoint;
using engine::InstanceSeries;

struct Row {
  const InstanceSeries* series = nullptr;
  std::uint64_t count = 0, errors = 0;
  std::int64_t sum = 0, max = 0;

  [[nodiscard]] std::int64_t mean() const {
    return count == 0 ? 0 : sum / static_cast<std::int64_t>(count);
  }
};

Row row_of(const InstanceSeries& series) {
  Row row{.series = &series};
  for (const InstancePoint& point : series.points) {
    row.count += point.count;
    row.errors += point.errors;
    row.sum += point.latency_sum;
    row.max = std::max(row.max, point.max);
  }
  return row;
}

ChartValues values_of(const InstanceSeries& series, std::uint64_t InstancePoint::*figure) {
  ChartValues values;
  for (const InstancePoint& point : series.points) {
    values.emplace_back(static_cast<std::int64_t>(point.*figure));
  }
  return values;
}

ChartValues means_of(const InstanceSeries& series) {
  ChartValues values;
  for (const InstancePoint& point : series.points) {
    values.push_back(
        point.count == 0
            ? std::nullopt
            : std::optional(point.latency_sum / static_cast<std::int64_t>(point.count) / 1'000));
  }
  return values;
}

// How often the sidecars of all callers put an instance aside.
std::uint64_t ejections_of(const engine::RunRecord& record, const InstanceSeries& series) {
  std::uint64_t count = 0;
  for (const engine::RunEvent& event : record.events) {
    const bool is_it = event.kind == engine::EventKind::kEjection &&
                       event.service == series.service && event.instance == series.instance;
    count += is_it ? event.count : 0;
  }
  return count;
}

}  // namespace

void write_instance_table(Page& page, engine::ServiceIndex service) {
  constexpr std::size_t kMostRows = 24;
  std::vector<Row> rows;
  std::uint64_t all = 0;
  for (const InstanceSeries& series : page.report.record.instances) {
    if (series.service == service) {
      rows.push_back(row_of(series));
      all += rows.back().count;
    }
  }
  if (rows.size() < 2 || all == 0 || page.limits.figures == 0) {
    return;
  }
  if (rows.size() > kMostRows) {
    std::stable_sort(rows.begin(), rows.end(), [](const Row& l, const Row& r) {
      return std::pair(l.errors, l.mean()) > std::pair(r.errors, r.mean());
    });
  }
  Table table{.caption = "Each instance as it sees itself, over the whole run.",
              .heads = {"Instance", "Requests", "Share", "Errors", "Mean", "Slowest", "Ejected",
                        "Requests and errors", "Mean latency"},
              .numbers_from = 1,
              .numbers_to = 7,
              .name = "instances"};
  for (std::size_t i = 0; i < rows.size() && i < kMostRows; ++i) {
    const Row& row = rows[i];
    table.rows.push_back(
        {safe(engine::instance_name(page.report.scenario, service, row.series->instance), 80),
         engine::format_count(row.count), engine::format_ppm(engine::share_in_ppm(row.count, all)),
         engine::format_count(row.errors),
         row.count == 0 ? "-" : keyed(row.mean(), engine::format_duration(row.mean())),
         row.count == 0 ? "-" : keyed(row.max, engine::format_duration(row.max)),
         engine::format_count(ejections_of(page.report.record, *row.series)),
         sparkline(values_of(*row.series, &InstancePoint::count),
                   values_of(*row.series, &InstancePoint::errors),
                   "Requests and errors over the run"),
         sparkline(means_of(*row.series), {}, "Mean latency over the run")});
  }
  page.out += "<details><summary>Instances (" + std::to_string(rows.size()) + ")</summary>" +
              markup_of(table) + "</details>\n";
  if (rows.size() > kMostRows) {
    page.leave_out(std::to_string(rows.size() - kMostRows) + " more instances of " +
                   engine::service_name(page.report.scenario, service) +
                   " are in the JSON result.");
  }
}

}  // namespace shaketable::reports
