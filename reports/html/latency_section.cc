#include <algorithm>
#include <array>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/distribution.h"
#include "reports/html/page.h"

namespace shaketable::reports {
namespace {

using engine::Series;
using engine::Subject;

// Clients first, then the services with the most to tell.
std::vector<const Series*> subjects(const Page& page, std::size_t most) {
  std::vector<const Series*> chosen;
  for (const Series& series : page.report.record.series) {
    if (series.subject.kind == Subject::Kind::kJourney &&
        !is_only_journey(page.report.record, series.subject) && series.total.count > 0 &&
        chosen.size() < most) {
      chosen.push_back(&series);
    }
  }
  for (const engine::ServiceIndex service : page.charted) {
    const Series* series = page.services[service];
    if (series != nullptr && series->total.count > 0 && chosen.size() < most) {
      chosen.push_back(series);
    }
  }
  return chosen;
}

void percentiles(Page& page) {
  constexpr std::size_t kMostRows = 80;
  constexpr std::array<std::pair<const char*, std::uint32_t>, 6> kColumns{{{"p50", 500'000},
                                                                           {"p75", 750'000},
                                                                           {"p90", 900'000},
                                                                           {"p95", 950'000},
                                                                           {"p99", 990'000},
                                                                           {"p99.9", 999'000}}};
  Table table{.caption =
                  "Latency over the measured run. Services as they see themselves, clients "
                  "with everything that is before them.",
              .heads = {"Subject", "Answers", "Min", "Mean"},
              .numbers_from = 1,
              .name = "percentiles"};
  for (const auto& [name, ppm] : kColumns) {
    table.heads.emplace_back(name);
  }
  table.heads.emplace_back("Max");
  table.numbers_to = table.heads.size();
  const auto cell = [](std::int64_t ns) { return keyed(ns, engine::format_duration(ns)); };
  for (const Series* series : subjects(page, kMostRows)) {
    const proxy::Histogram& latency = series->total.latency;
    const std::string name =
        series->subject.kind == Subject::Kind::kService
            ? service_link(page.report.scenario, series->subject.service, 80)
            : safe(engine::subject_name(page.report.scenario, series->subject), 80) + " (client)";
    std::vector<std::string> row{name, engine::format_count(latency.count()), cell(latency.min()),
                                 cell(latency.mean())};
    for (const auto& [unused, ppm] : kColumns) {
      row.push_back(cell(latency.percentile(ppm)));
    }
    row.push_back(cell(latency.max()));
    table.rows.push_back(std::move(row));
  }
  page.out += markup_of(table);
}

}  // namespace

void write_latency(Page& page) {
  const std::vector<const Series*> chosen = subjects(page, page.limits.heat_maps);
  if (chosen.empty()) {
    return;
  }
  page.out += begin_section("latency", "Latency");
  percentiles(page);
  page.out +=
      "<h3>Distributions</h3>\n<p class=\"note\">Left: all answers of the measured run on a "
      "logarithmic axis, with the percentiles. Right: every answer over time; the darker, the "
      "larger "
      "the share of that moment's answers.</p>\n";
  std::size_t without_map = 0;
  for (const Series* series : chosen) {
    const std::string name =
        series->subject.kind == Subject::Kind::kService
            ? engine::service_name(page.report.scenario, series->subject.service)
            : engine::subject_name(page.report.scenario, series->subject) + " (client)";
    page.out += "<div class=\"charts\"><figure class=\"chart\"><p class=\"title\">" +
                safe(name, 90) + " <span class=\"dim\">distribution</span></p>" +
                svg_histogram(series->total.latency, name + ": distribution of latencies") +
                "</figure>";
    if (series->latencies.empty()) {
      ++without_map;
    } else {
      page.out +=
          "<figure class=\"chart\"><p class=\"title\">" + safe(name, 90) +
          " <span class=\"dim\">over time</span></p>" +
          svg_heat_map(page.report.record, *series, page.bands, name + ": latencies over time") +
          "</figure>";
    }
    page.out += "</div>\n";
  }
  if (without_map > 0) {
    page.leave_out("Latencies over time of " + std::to_string(without_map) +
                   " services are not drawn: runs of more than " +
                   std::to_string(engine::kMostDetailedServices) +
                   " services keep percentiles of each bucket, and all latencies of clients only.");
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
