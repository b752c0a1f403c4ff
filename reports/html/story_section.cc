#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/page.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

const char* kind_class(const engine::StoryLine& line) {
  switch (line.kind) {
    case engine::EventKind::kFaultStart:
      return "begin";
    case engine::EventKind::kCircuitOpen:
    case engine::EventKind::kEjection:
    case engine::EventKind::kOverflow:
    case engine::EventKind::kPanic:
    case engine::EventKind::kQueueFull:
    case engine::EventKind::kInstanceDown:
    case engine::EventKind::kDegraded:
      return "bad";
    case engine::EventKind::kCircuitClose:
    case engine::EventKind::kUnejection:
    case engine::EventKind::kInstanceUp:
    case engine::EventKind::kRecovered:
      return "good";
    case engine::EventKind::kFaultEnd:
    case engine::EventKind::kConfigPush:
    case engine::EventKind::kScaled:
      break;
  }
  return "plain";
}

void spread(Page& page) {
  const Report& report = page.report;
  if (report.verdict.spread.empty()) {
    return;
  }
  constexpr std::size_t kMostNames = 30;
  page.out += "<h3 id=\"spread\">How far each fault spread</h3>\n";
  Table table{.caption =
                  "Services that left their normal state after a fault began and before the "
                  "next one did, first to leave first.",
              .heads = {"Fault", "What it did", "From", "To", "Spread"}};
  for (const engine::Spread& it : report.verdict.spread) {
    const engine::Fault& fault = report.scenario.faults[it.fault];
    const engine::Instant end = engine::end_of_fault(fault);
    table.rows.push_back({safe(engine::fault_name(report.scenario, it.fault), 80),
                          safe(engine::fault_words(report.scenario, it.fault)), time_link(fault.at),
                          end == proxy::kNever ? "the end" : time_link(end),
                          safe(spread_text(report, it, kMostNames), 2'000)});
  }
  page.out += markup_of(table);
}

void recoveries(Page& page) {
  constexpr std::size_t kMostRows = 60;
  const Report& report = page.report;
  Table table{.caption = "Every service that left its normal state, and when it was back.",
              .heads = {"Service", "Left at", "Worst", "Recovery"}};
  std::size_t more = 0;
  for (const engine::ServiceHealth& health : report.verdict.health) {
    if (!health.left()) {
      continue;
    }
    if (table.rows.size() == kMostRows) {
      ++more;
      continue;
    }
    std::int64_t errors = 0;
    std::int64_t slowest = 0;
    for (const engine::Episode& episode : health.episodes) {
      errors = std::max(errors, episode.worst_error_ppm);
      slowest = std::max(slowest, episode.worst_p99);
    }
    table.rows.push_back(
        {service_link(report.scenario, health.service),
         time_link(report.scenario, health.episodes.front().from, health.service),
         engine::format_ppm(errors) + " errors, p99 " + engine::format_duration(slowest),
         safe(recovery_text(health))});
  }
  if (table.rows.empty()) {
    return;
  }
  page.out += "<h3>How they recovered</h3>\n" + markup_of(table);
  if (more > 0) {
    page.leave_out(std::to_string(more) +
                   " more services left their normal state; the table of "
                   "services shows the worst of each.");
  }
}

}  // namespace

void write_story(Page& page) {
  const Report& report = page.report;
  page.out += begin_section("story", "What happened");
  if (report.verdict.story.empty()) {
    page.out += "<p>Nothing out of the ordinary.</p>\n";
  } else {
    page.out += "<ol class=\"story\">\n";
    for (const engine::StoryLine& line : report.verdict.story) {
      page.out += std::string("<li class=\"") + kind_class(line) + "\"><span class=\"t\">" +
                  time_link(report.scenario, line.at, line.service) + "</span> " +
                  safe(story_text(line), 500) + "</li>\n";
    }
    page.out += "</ol>\n";
  }
  if (report.verdict.story_left_out > 0) {
    page.leave_out(left_out_text(report.verdict.story_left_out) +
                   " of the story; the JSON result has all events.");
  }
  spread(page);
  recoveries(page);
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
