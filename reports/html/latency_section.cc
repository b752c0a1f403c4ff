#include <algorithm>
#include <array>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/chart_data.h"
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
    if (series.subject.kind == Subject::Kind::kJourney && series.total.count > 0 &&
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
      "logarithmic axis, with the percentiles. Right: the same over time; the darker, the larger "
      "the "
      "share of that moment's answers, drawn from p50, p90, p99 and the slowest of each "
      "bucket.</p>\n";
  for (const Series* series : chosen) {
    const std::string name =
        series->subject.kind == Subject::Kind::kService
            ? engine::service_name(page.report.scenario, series->subject.service)
            : engine::subject_name(page.report.scenario, series->subject) + " (client)";
    page.out +=
        "<div class=\"charts\"><figure class=\"chart\"><p class=\"title\">" + safe(name, 90) +
        " <span class=\"dim\">distribution</span></p>" +
        svg_histogram(series->total.latency, name + ": distribution of latencies") +
        "</figure><figure class=\"chart\"><p class=\"title\">" + safe(name, 90) +
        " <span class=\"dim\">over time</span></p>" +
        svg_heat_map(page.report.record, *series, page.bands, name + ": latencies over time") +
        "</figure></div>\n";
  }
  page.out += "</section>\n";
}

namespace {

// The first bucket with an outcome, and the one with most of it.
struct When {
  std::size_t first = 0;
  std::size_t most = 0;
  std::uint64_t greatest = 0;
};

When when_of(const Series& series, std::size_t outcome) {
  When when;
  for (std::size_t i = 0; i < series.points.size(); ++i) {
    const std::uint64_t count = series.points[i].outcomes[outcome];
    when.first = when.greatest == 0 && count > 0 ? i : when.first;
    if (count > when.greatest) {
      when.greatest = count;
      when.most = i;
    }
  }
  return when;
}

// What the sidecars gave as reason on the edges into a service, most frequent first.
std::string reasons_into(const Page& page, engine::ServiceIndex service) {
  std::vector<std::pair<std::string, std::uint64_t>> reasons;
  for (const engine::RunEvent& event : page.report.record.events) {
    if (event.service != service || event.reason.empty() ||
        (event.kind != engine::EventKind::kOverflow &&
         event.kind != engine::EventKind::kQueueFull &&
         event.kind != engine::EventKind::kCircuitOpen &&
         event.kind != engine::EventKind::kEjection)) {
      continue;
    }
    const std::string words = std::string(engine::words_for(event.kind)) + ": " + event.reason;
    const auto found = std::find_if(reasons.begin(), reasons.end(),
                                    [&words](const auto& it) { return it.first == words; });
    if (found == reasons.end()) {
      reasons.emplace_back(words, event.count);
    } else {
      found->second += event.count;
    }
  }
  std::stable_sort(reasons.begin(), reasons.end(),
                   [](const auto& l, const auto& r) { return l.second > r.second; });
  std::string text;
  for (std::size_t i = 0; i < reasons.size() && i < 2; ++i) {
    text += (i == 0 ? "" : "; ") + reasons[i].first + " (" +
            engine::format_count(reasons[i].second) + ")";
  }
  return text;
}

}  // namespace

void write_errors(Page& page) {
  struct Row {
    const Series* series;
    std::size_t outcome;
    std::uint64_t count;
  };
  std::vector<Row> rows;
  for (const Series& series : page.report.record.series) {
    const bool told = series.subject.kind == Subject::Kind::kEdge ||
                      series.subject.kind == Subject::Kind::kJourney;
    for (std::size_t o = 1; told && o < engine::kOutcomes; ++o) {
      if (series.total.outcomes[o] > 0) {
        rows.push_back({&series, o, series.total.outcomes[o]});
      }
    }
  }
  page.out += begin_section("errors", "Errors");
  if (rows.empty()) {
    page.out += "<p>Not one request failed.</p>\n</section>\n";
    return;
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const Row& l, const Row& r) { return l.count > r.count; });
  constexpr std::size_t kMostRows = 100;
  Table table{
      .caption = "By who was told and how, most frequent first; measured run.",
      .heads = {"Seen by", "Kind", "Count", "Share", "First", "Most", "Reasons of the sidecars"},
      .numbers_from = 2,
      .numbers_to = 4,
      .name = "errors"};
  for (std::size_t i = 0; i < rows.size() && i < kMostRows; ++i) {
    const Row& row = rows[i];
    const Subject& subject = row.series->subject;
    const bool is_edge = subject.kind == Subject::Kind::kEdge;
    const When when = when_of(*row.series, row.outcome);
    const auto at = [&page](std::size_t bucket) {
      return time_link(proxy::after(proxy::kStart,
                                    page.report.record.bucket * static_cast<std::int64_t>(bucket)));
    };
    table.rows.push_back(
        {safe(is_edge ? engine::edge_name(page.report.scenario, subject.caller, subject.service)
                      : engine::subject_name(page.report.scenario, subject) + " (client)",
              120),
         outcome_words(row.outcome), engine::format_count(row.count),
         engine::format_ppm(engine::share_in_ppm(row.count, row.series->total.count)),
         at(when.first),
         at(when.most) + ", " + engine::format_count(when.greatest) + " in a bucket",
         is_edge ? safe(reasons_into(page, subject.service), 200) : ""});
  }
  page.out += markup_of(table);
  if (rows.size() > kMostRows) {
    page.leave_out(std::to_string(rows.size() - kMostRows) +
                   " rarer kinds of errors are in the JSON result.");
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
