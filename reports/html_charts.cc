#include <algorithm>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/svg_chart.h"

namespace shaketable::reports {
namespace {

constexpr std::size_t kMostPoints = 240;
constexpr std::size_t kMostRows = 24;

// Several buckets as one: sums of counts, the worst of latencies, so that a spike survives.
struct Summary {
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::int64_t p50 = 0;
  std::int64_t p99 = 0;
};

struct Summaries {
  std::vector<Summary> items;
  std::int64_t step_ns = 1;
};

Summaries summarise(const Report& report, const engine::Series& series, std::size_t most) {
  const std::size_t group = std::max<std::size_t>((series.points.size() + most - 1) / most, 1);
  Summaries result{.step_ns = report.record.bucket.count() * static_cast<std::int64_t>(group)};
  for (std::size_t i = 0; i < series.points.size(); i += group) {
    Summary sum;
    for (std::size_t j = i; j < std::min(i + group, series.points.size()); ++j) {
      const engine::Point& point = series.points[j];
      sum.count += point.count;
      sum.errors += engine::errors_of(point.outcomes);
      sum.p50 = std::max(sum.p50, point.p50);
      sum.p99 = std::max(sum.p99, point.p99);
    }
    result.items.push_back(sum);
  }
  return result;
}

std::vector<ChartBand> bands_of(const Report& report) {
  constexpr std::size_t kMostBands = 12;
  std::vector<ChartBand> bands;
  for (std::uint32_t i = 0; i < report.scenario.faults.size() && bands.size() < kMostBands; ++i) {
    bands.push_back(
        {.name = engine::fault_name(report.scenario, i),
         .from_ns = proxy::nanoseconds_of(report.scenario.faults[i].at),
         .to_ns = proxy::nanoseconds_of(engine::end_of_fault(report.scenario.faults[i]))});
  }
  return bands;
}

std::string format_latency(std::int64_t ns) { return engine::format_duration(ns); }

Chart chart_for(const Report& report, const Summaries& summaries) {
  Chart chart;
  chart.bands = bands_of(report);
  chart.step_ns = summaries.step_ns;
  chart.end_ns = std::max<std::int64_t>(proxy::nanoseconds_of(report.record.ended), 1);
  return chart;
}

std::string rate_chart(const Report& report, const Summaries& summaries, const std::string& name) {
  Chart chart = chart_for(report, summaries);
  ChartLine all{.name = "requests/s", .css_class = "healthy", .color = "#0b6fb8"};
  ChartLine failed{.name = "errors/s", .css_class = "failing", .color = "#b3261e"};
  failed.filled = true;
  const engine::Duration step{summaries.step_ns};
  for (const Summary& sum : summaries.items) {
    all.values.emplace_back(engine::rate_of(sum.count, step));
    failed.values.emplace_back(engine::rate_of(sum.errors, step));
  }
  chart.title = name + ": requests and errors per second over the run";
  chart.lines = {std::move(failed), std::move(all)};
  chart.format = engine::format_rate;
  return svg_chart(chart);
}

std::string latency_chart(const Report& report, const Summaries& summaries,
                          const std::string& name) {
  Chart chart = chart_for(report, summaries);
  ChartLine p50{.name = "p50", .css_class = "second", .color = "#007a5a", .dashes = "5 3"};
  ChartLine p99{.name = "p99", .css_class = "degraded", .color = "#c77c02"};
  for (const Summary& sum : summaries.items) {
    const bool any = sum.count > 0;
    p50.values.push_back(any ? std::optional(sum.p50) : std::nullopt);
    p99.values.push_back(any ? std::optional(sum.p99) : std::nullopt);
  }
  chart.title = name + ": median and 99th percentile of the latency over the run";
  chart.lines = {std::move(p99), std::move(p50)};
  chart.may_be_logarithmic = true;
  chart.format = format_latency;
  return svg_chart(chart);
}

std::string figures(const Summaries& summaries, const std::string& name) {
  HtmlTable table;
  table.caption = for_html(name) + ": sums of " + engine::format_duration(summaries.step_ns) +
                  ", latencies are the worst second of each";
  table.heads = {"from", "requests/s", "errors", "p50", "p99"};
  table.numbers_from = 1;
  table.numbers_to = 5;
  std::int64_t at = 0;
  for (const Summary& sum : summaries.items) {
    const bool any = sum.count > 0;
    table.rows.push_back(
        {engine::format_instant(proxy::instant_at(at)),
         engine::format_rate(engine::rate_of(sum.count, engine::Duration(summaries.step_ns))),
         any ? engine::format_ppm(engine::share_in_ppm(sum.errors, sum.count)) : "-",
         any ? engine::format_duration(sum.p50) : "-",
         any ? engine::format_duration(sum.p99) : "-"});
    at += summaries.step_ns;
  }
  return "<details><summary>Figures</summary>" + html_table(table) + "</details>";
}

}  // namespace

std::string html_service_charts(const Report& report, engine::ServiceIndex service) {
  const std::string name = engine::service_name(report.scenario, service);
  const engine::Series* series = engine::find_series(
      report.record, {.kind = engine::Subject::Kind::kService, .service = service});
  std::string out = "<h3 id=\"service-" + std::to_string(service) + "\">" + for_html(name) + ' ' +
                    html_state(report.verdict.signals[service].worst) + "</h3>\n";
  if (series == nullptr || series->points.empty()) {
    return out + "<p class=\"dim\">Nothing was recorded.</p>\n";
  }
  const Summaries summaries = summarise(report, *series, kMostPoints);
  out += "<div class=\"charts\"><figure>" + rate_chart(report, summaries, name) +
         "</figure><figure>" + latency_chart(report, summaries, name) + "</figure></div>\n";
  return out + figures(summarise(report, *series, kMostRows), name) + '\n';
}

}  // namespace shaketable::reports
