#include <algorithm>
#include <map>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/chart_data.h"
#include "reports/html/example_traces.h"
#include "reports/html/page.h"

namespace shaketable::reports {
namespace {

using engine::Series;
using engine::Subject;

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

// The statuses that came with an outcome over the whole run, most frequent first.
std::string statuses_of(const Series& series, std::size_t outcome) {
  const auto which = static_cast<engine::Outcome>(outcome);
  std::uint64_t usual = 0;
  for (const engine::Point& point : series.points) {
    usual += point.outcomes[outcome];
  }
  std::map<std::uint16_t, std::uint64_t> counts;
  for (const engine::StatusCell& cell : series.statuses) {
    if (cell.outcome == which) {
      counts[cell.status] += cell.count;
      usual -= cell.count;
    }
  }
  if (usual > 0) {
    counts[engine::usual_status(which)] += usual;
  }
  std::vector<std::pair<std::uint16_t, std::uint64_t>> order(counts.begin(), counts.end());
  std::stable_sort(order.begin(), order.end(),
                   [](const auto& l, const auto& r) { return l.second > r.second; });
  std::string text;
  for (std::size_t i = 0; i < order.size() && i < 3; ++i) {
    text += (i == 0 ? "" : ", ") + std::to_string(order[i].first) +
            (order.size() > 1 ? " (" + engine::format_count(order[i].second) + ")" : "");
  }
  return text + (order.size() > 3 ? ", ..." : "");
}

// Links to requests that the page shows and that ended so.
std::string examples_of(const Page& page, const Subject& subject, std::size_t outcome) {
  constexpr std::size_t kMostExamples = 3;
  std::string links;
  std::size_t count = 0;
  for (const engine::Trace* trace : page.traces) {
    if (count < kMostExamples && is_example(*trace, subject, outcome)) {
      links += (count == 0 ? "<a href=\"#request=" : " <a href=\"#request=") +
               std::to_string(trace->number) + "\">" + engine::format_count(trace->number) + "</a>";
      ++count;
    }
  }
  return links;
}

}  // namespace

void write_errors(Page& page) {
  const std::vector<ErrorKind> rows = error_kinds(page.report.record);
  page.out += begin_section("errors", "Errors");
  if (rows.empty()) {
    page.out += "<p>Not one request failed.</p>\n</section>\n";
    return;
  }
  constexpr std::size_t kMostRows = 100;
  Table table{.caption = "By who was told and how, most frequent first; measured run.",
              .heads = {"Seen by", "Kind", "Status", "Count", "Share", "First", "Most",
                        "Reasons of the sidecars", "Examples"},
              .numbers_from = 3,
              .numbers_to = 5,
              .name = "errors"};
  for (std::size_t i = 0; i < rows.size() && i < kMostRows; ++i) {
    const ErrorKind& row = rows[i];
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
         outcome_words(row.outcome), statuses_of(*row.series, row.outcome),
         engine::format_count(row.count),
         engine::format_ppm(engine::share_in_ppm(row.count, row.series->total.count)),
         at(when.first),
         at(when.most) + ", " + engine::format_count(when.greatest) + " in a bucket",
         is_edge ? safe(reasons_into(page, subject.service), 200) : "",
         examples_of(page, subject, row.outcome)});
  }
  page.out += markup_of(table);
  if (rows.size() > kMostRows) {
    page.leave_out(std::to_string(rows.size() - kMostRows) +
                   " rarer kinds of errors are in the JSON result.");
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
