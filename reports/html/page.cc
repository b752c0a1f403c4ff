#include "reports/html/page.h"

#include <algorithm>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/units.h"
#include "reports/html/chart_data.h"
#include "reports/html/example_traces.h"
#include "reports/rows.h"

namespace shaketable::reports {

using engine::Point;
using engine::RunRecord;
using engine::ServiceIndex;
using engine::Subject;

Page::Page(const Report& of, const HtmlOptions& with, const PageLimits& within)
    : report(of),
      options(with),
      limits(within),
      bands(bands_of(of.scenario, of.record)),
      charted(by_importance(of)),
      is_charted(of.scenario.mesh.services.size()),
      services(of.scenario.mesh.services.size()),
      traces(choose_traces(of.record, within.traces)),
      gauges(of.scenario.mesh.services.size()) {
  charted.resize(std::min(charted.size(), limits.charted_services));
  for (const ServiceIndex service : charted) {
    is_charted[service] = true;
  }
  for (const engine::Series& series : of.record.series) {
    const Subject& subject = series.subject;
    if (subject.service >= services.size()) {
      continue;
    }
    if (subject.kind == Subject::Kind::kService) {
      services[subject.service] = &series;
    } else if (subject.kind == Subject::Kind::kEdge) {
      edges[{subject.caller, subject.service}] = &series;
    }
  }
  for (const engine::ServiceGauges& it : of.record.gauges) {
    if (it.service < gauges.size()) {
      gauges[it.service] = &it;
    }
  }
}

Chart Page::new_chart(std::string title, std::string description, ChartUnit unit) const {
  Chart chart;
  chart.title = std::move(title);
  chart.description = std::move(description);
  chart.unit = unit;
  chart.step_ns = std::max<std::int64_t>(report.record.bucket.count(), 1);
  chart.end_ns = std::max<std::int64_t>(proxy::nanoseconds_of(report.record.ended), 1);
  return chart;
}

void Page::add(Chart chart) {
  if (chart.lines.empty()) {
    return;
  }
  thin_out(chart, limits.points);
  out += "<figure class=\"chart\" data-chart=\"" + std::to_string(chart_data.size()) +
         "\"><p class=\"title\">" + safe(chart.title, 90) + "</p><div class=\"static\">" +
         svg_chart(chart, bands) + "</div></figure>\n";
  chart_data.push_back(data_of(chart));
}

void Page::leave_out(const std::string& sentence) {
  out += "<p class=\"note\">" + safe(sentence, 600) + "</p>\n";
  left_out.push_back(sentence);
}

std::vector<Tone> tones_over_time(const Page& page, ServiceIndex service) {
  const RunRecord& record = page.report.record;
  const engine::Series* series = page.services[service];
  const engine::ServiceGauges* gauges = page.gauges[service];
  const std::size_t buckets = std::max(series == nullptr ? 0 : series->points.size(),
                                       gauges == nullptr ? 0 : gauges->points.size());
  std::vector<Tone> tones(buckets, Tone::kNoData);
  for (std::size_t i = 0; i < buckets; ++i) {
    const bool used = series != nullptr && i < series->points.size() && series->points[i].count > 0;
    const bool busy =
        gauges != nullptr && i < gauges->points.size() && gauges->points[i].in_flight_milli >= 500;
    tones[i] = used || busy ? Tone::kHealthy : Tone::kNoData;
  }
  const std::int64_t bucket = std::max<std::int64_t>(record.bucket.count(), 1);
  for (const engine::Episode& episode : page.report.verdict.health[service].episodes) {
    const auto from = static_cast<std::size_t>(proxy::nanoseconds_of(episode.from) / bucket);
    const std::int64_t end = proxy::nanoseconds_of(std::min(episode.to, record.ended));
    for (std::size_t i = from; i < buckets && static_cast<std::int64_t>(i) * bucket < end; ++i) {
      const Point* point =
          series != nullptr && i < series->points.size() ? &series->points[i] : nullptr;
      const bool half_failed = point != nullptr && point->count > 0 &&
                               engine::errors_of(point->outcomes) * 2 >= point->count;
      const bool stalled = episode.by_stall && (point == nullptr || point->count == 0);
      tones[i] = half_failed || stalled ? Tone::kFailing : Tone::kDegraded;
    }
  }
  for (std::size_t i = 0; gauges != nullptr && i < gauges->points.size(); ++i) {
    tones[i] = gauges->points[i].instances_up == 0 ? Tone::kDown : tones[i];
  }
  return tones;
}

namespace {

// Length of each bucket; the last one ends with the run.
std::int64_t length_of(const RunRecord& record, std::size_t bucket) {
  const std::int64_t length = std::max<std::int64_t>(record.bucket.count(), 1);
  const std::int64_t rest =
      proxy::nanoseconds_of(record.ended) - static_cast<std::int64_t>(bucket) * length;
  return rest > 0 ? std::min(length, rest) : length;
}

template <class Count>
ChartValues rates(const RunRecord& record, const std::vector<Point>& points, Count&& count) {
  ChartValues values;
  values.reserve(points.size());
  for (std::size_t i = 0; i < points.size(); ++i) {
    values.emplace_back(engine::rate_of(count(points[i]), engine::Duration(length_of(record, i))) /
                        100'000);
  }
  return values;
}

}  // namespace

ChartValues rate_values(const RunRecord& record, const std::vector<Point>& points) {
  return rates(record, points, [](const Point& point) { return point.count; });
}

ChartValues outcome_values(const RunRecord& record, const std::vector<Point>& points,
                           std::size_t outcome) {
  return rates(record, points, [outcome](const Point& point) { return point.outcomes[outcome]; });
}

ChartValues error_values(const RunRecord& record, const std::vector<Point>& points) {
  return rates(record, points,
               [](const Point& point) { return engine::errors_of(point.outcomes); });
}

ChartValues latency_values(const std::vector<Point>& points, std::int64_t Point::*figure) {
  ChartValues values;
  values.reserve(points.size());
  for (const Point& point : points) {
    values.push_back(point.count > 0 ? std::optional(point.*figure / 1'000) : std::nullopt);
  }
  return values;
}

Chart traffic_chart(const Page& page, const engine::Series& series, const std::string& name) {
  const RunRecord& record = page.report.record;
  Chart chart = page.new_chart("Requests and errors",
                               name + ": answers a second and errors by kind", ChartUnit::kRate);
  chart.lines.push_back({.name = "all", .values = rate_values(record, series.points)});
  const bool is_edge = series.subject.kind == Subject::Kind::kEdge;
  for (std::size_t o = 1; o < engine::kOutcomes; ++o) {
    const bool any = std::any_of(series.points.begin(), series.points.end(),
                                 [o](const Point& point) { return point.outcomes[o] > 0; });
    if (any) {
      chart.lines.push_back({.name = outcome_words(o),
                             .values = outcome_values(record, series.points, o),
                             .color = o,
                             .filled = true});
    }
  }
  if (is_edge && series.total.retries > 0) {
    chart.lines.push_back(
        {.name = "retries",
         .values = rates(record, series.points, [](const Point& point) { return point.retries; }),
         .color = 6});
  }
  return chart;
}

Chart latency_chart(const Page& page, const engine::Series& series, const std::string& name) {
  Chart chart = page.new_chart(
      "Latency", name + ": p50, p90, p95, p99 and the slowest answer over time", ChartUnit::kTime);
  chart.lines.push_back(
      {.name = "max", .values = latency_values(series.points, &Point::max), .color = 7});
  chart.lines.push_back(
      {.name = "p99", .values = latency_values(series.points, &Point::p99), .color = 2});
  chart.lines.push_back(
      {.name = "p95", .values = latency_values(series.points, &Point::p95), .color = 4});
  chart.lines.push_back(
      {.name = "p90", .values = latency_values(series.points, &Point::p90), .color = 1});
  chart.lines.push_back(
      {.name = "p50", .values = latency_values(series.points, &Point::p50), .color = 6});
  return chart;
}

}  // namespace shaketable::reports
