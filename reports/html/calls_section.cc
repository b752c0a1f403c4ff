#include <algorithm>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/chart_data.h"
#include "reports/html/page.h"
#include "reports/html/topology.h"

namespace shaketable::reports {
namespace {

using engine::Series;
using engine::Subject;

std::vector<const Series*> by_errors(const Page& page) {
  std::vector<const Series*> edges;
  for (const auto& [key, series] : page.edges) {
    edges.push_back(series);
  }
  std::stable_sort(edges.begin(), edges.end(), [](const Series* left, const Series* right) {
    const auto weight = [](const Series* series) {
      return std::tuple(engine::errors_of(series->total.outcomes), series->total.retries,
                        series->total.count);
    };
    return weight(left) > weight(right);
  });
  return edges;
}

std::string latency_of(const engine::WindowTotals& total, std::uint32_t ppm) {
  if (total.count == 0) {
    return "-";
  }
  const std::int64_t value = total.latency.percentile(ppm);
  return keyed(value, engine::format_duration(value));
}

std::vector<std::string> row_of(const Page& page, const Series& series, const std::string& name,
                                bool with_line) {
  const engine::WindowTotals& total = series.total;
  const std::uint64_t errors = engine::errors_of(total.outcomes);
  const Tone tone = tone_of(&total);
  return {name,
          keyed(static_cast<std::int64_t>(tone),
                marked(tone, tone == Tone::kNoData ? "no data" : class_of(tone))),
          engine::format_count(total.count),
          total.count > 0
              ? engine::format_ppm(engine::share_in_ppm(total.count - errors, total.count))
              : "-",
          latency_of(total, 500'000),
          latency_of(total, 990'000),
          engine::format_count(total.retries),
          with_line ? sparkline(rate_values(page.report.record, series.points),
                                error_values(page.report.record, series.points),
                                "Rate and errors over the run")
                    : ""};
}

}  // namespace

void write_calls(Page& page) {
  const std::vector<const Series*> edges = by_errors(page);
  if (edges.empty()) {
    return;
  }
  page.out += begin_section("calls", "Calls");
  Table table{
      .caption = "Seen by the callers, after their retries; most errors first.",
      .heads = {"Call", "State", "Requests", "Success", "p50", "p99", "Retries", "Rate and errors"},
      .numbers_from = 2,
      .numbers_to = 7,
      .name = "calls"};
  for (std::size_t i = 0; i < edges.size() && i < page.limits.edge_rows; ++i) {
    const Subject& subject = edges[i]->subject;
    const std::string name = safe(engine::service_name(page.report.scenario, subject.caller), 60) +
                             " &rarr; " + service_link(page.report.scenario, subject.service);
    table.rows.push_back(row_of(page, *edges[i], name, i < page.limits.sparklines));
  }
  page.out += markup_of(table);
  if (edges.size() > page.limits.edge_rows) {
    page.leave_out(std::to_string(edges.size() - page.limits.edge_rows) +
                   " calls with fewer errors are not in the table; the JSON result has them.");
  }
  std::size_t charted = 0;
  for (const Series* series : edges) {
    if (charted == page.limits.charted_edges || series->total.count == 0) {
      break;
    }
    const std::string name =
        engine::edge_name(page.report.scenario, series->subject.caller, series->subject.service);
    page.out += "<h3>" + safe(name, 140) + "</h3>\n<div class=\"charts\">\n";
    page.add(traffic_chart(page, *series, name));
    page.add(latency_chart(page, *series, name));
    page.out += "</div>\n";
    ++charted;
  }
  if (charted < edges.size()) {
    page.leave_out("Charts of the " + std::to_string(charted) +
                   " calls with the most errors and retries, of " + std::to_string(edges.size()) +
                   ".");
  }
  page.out += "</section>\n";
}

void write_clients(Page& page) {
  std::vector<const Series*> journeys;
  for (const Series& series : page.report.record.series) {
    if (series.subject.kind == Subject::Kind::kJourney) {
      journeys.push_back(&series);
    }
  }
  if (journeys.empty()) {
    return;
  }
  constexpr std::size_t kMostJourneys = 20;
  page.out += begin_section("clients", "What clients saw");
  Table table{.caption = "Each load and journey, from the client's side.",
              .heads = {"Client", "State", "Requests", "Success", "p50", "p99", "Retries",
                        "Rate and errors"},
              .numbers_from = 2,
              .numbers_to = 7,
              .name = "clients"};
  for (const Series* series : journeys) {
    table.rows.push_back(
        row_of(page, *series, safe(engine::subject_name(page.report.scenario, series->subject), 80),
               table.rows.size() < page.limits.sparklines));
  }
  page.out += markup_of(table);
  for (std::size_t i = 0; i < journeys.size() && i < kMostJourneys; ++i) {
    const std::string name = engine::subject_name(page.report.scenario, journeys[i]->subject);
    page.out += "<h3>" + safe(name, 120) + "</h3>\n<div class=\"charts\">\n";
    page.add(traffic_chart(page, *journeys[i], name));
    page.add(latency_chart(page, *journeys[i], name));
    page.out += "</div>\n";
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
