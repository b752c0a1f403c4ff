#include <algorithm>
#include <map>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/lanes.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::EventKind;
using engine::ServiceIndex;

constexpr std::int64_t kMoment = 0;  // Of things without a length; drawn as a narrow bar.

LaneGroup fault_lanes(const Page& page) {
  LaneGroup group{.title = "Faults", .lanes = {}};
  const engine::Scenario& scenario = page.report.scenario;
  const std::int64_t end = proxy::nanoseconds_of(page.report.record.ended);
  for (std::uint32_t i = 0; i < scenario.faults.size(); ++i) {
    const std::int64_t from = proxy::nanoseconds_of(scenario.faults[i].at);
    if (from >= end) {
      continue;
    }
    const std::int64_t to = proxy::nanoseconds_of(engine::end_of_fault(scenario.faults[i]));
    group.lanes.push_back({.name = engine::fault_name(scenario, i),
                           .spans = {{.from_ns = from,
                                      .to_ns = std::min(to, end),
                                      .tone = Tone::kDown,
                                      .words = engine::fault_words(scenario, i)}},
                           .service = scenario.faults[i].target.service});
  }
  return group;
}

// Only services that were ever something else than healthy.
LaneGroup health_lanes(const Page& page) {
  LaneGroup group{.title = "Services out of their normal state", .lanes = {}};
  const std::int64_t bucket = page.report.record.bucket.count();
  for (const ServiceIndex service : by_importance(page.report)) {
    if (tone_of(page.report.verdict.signals[service].worst) <= Tone::kHealthy) {
      continue;
    }
    Lane lane{.name = engine::service_name(page.report.scenario, service), .service = service};
    const std::vector<Tone> tones = tones_over_time(page, service);
    for (std::size_t i = 0; i < tones.size();) {
      std::size_t end = i + 1;
      while (end < tones.size() && tones[end] == tones[i]) {
        ++end;
      }
      if (tones[i] > Tone::kHealthy) {
        lane.spans.push_back({.from_ns = static_cast<std::int64_t>(i) * bucket,
                              .to_ns = static_cast<std::int64_t>(end) * bucket,
                              .tone = tones[i],
                              .words = class_of(tones[i])});
      }
      i = end;
    }
    group.lanes.push_back(std::move(lane));
  }
  return group;
}

LaneGroup circuit_lanes(const Page& page) {
  LaneGroup group{.title = "Circuit breakers that were open", .lanes = {}};
  std::map<EdgeKey, std::size_t> places;
  for (const CircuitSpan& span : circuit_spans(page.report.record)) {
    const auto [place, is_new] = places.emplace(span.edge, group.lanes.size());
    if (is_new) {
      group.lanes.push_back(
          {.name = engine::edge_name(page.report.scenario, span.edge.first, span.edge.second),
           .spans = {},
           .service = span.edge.second});
    }
    group.lanes[place->second].spans.push_back({.from_ns = span.from_ns,
                                                .to_ns = span.to_ns,
                                                .tone = Tone::kFailing,
                                                .words = "OPEN: " + span.reason});
  }
  return group;
}

LaneGroup ejection_lanes(const Page& page) {
  LaneGroup group{.title = "Ejected hosts", .lanes = {}};
  std::map<std::pair<ServiceIndex, std::uint32_t>, std::size_t> places;
  for (const EjectionSpan& span : ejection_spans(page.report.record)) {
    const auto [place, is_new] =
        places.emplace(std::pair(span.service, span.instance), group.lanes.size());
    if (is_new) {
      group.lanes.push_back(
          {.name = engine::instance_name(page.report.scenario, span.service, span.instance),
           .spans = {},
           .service = span.service});
    }
    std::string words = "EJECTED: " + span.reason;
    if (span.count > 1) {
      words += ", by " + std::to_string(span.count) + " sidecars";
    }
    group.lanes[place->second].spans.push_back({.from_ns = span.from_ns,
                                                .to_ns = span.to_ns,
                                                .tone = Tone::kDown,
                                                .words = words});
  }
  return group;
}

// Things that happen at a moment: configuration pushes, panics, deaths.
LaneGroup event_lanes(const Page& page) {
  LaneGroup group{.title = "Configuration, panic, instances", .lanes = {}};
  std::map<std::pair<EventKind, ServiceIndex>, std::size_t> places;
  for (const engine::RunEvent& event : page.report.record.events) {
    Tone tone = Tone::kDegraded;
    if (event.kind == EventKind::kConfigPush || event.kind == EventKind::kInstanceUp) {
      tone = Tone::kHealthy;
    } else if (event.kind == EventKind::kInstanceDown) {
      tone = Tone::kDown;
    } else if (event.kind != EventKind::kPanic) {
      continue;
    }
    const auto [place, is_new] =
        places.emplace(std::pair(event.kind, event.service), group.lanes.size());
    if (is_new) {
      group.lanes.push_back({.name = std::string(engine::words_for(event.kind)) + ": " +
                                     engine::service_name(page.report.scenario, event.service),
                             .spans = {},
                             .service = event.service});
    }
    const std::int64_t at = proxy::nanoseconds_of(event.at);
    auto& spans = group.lanes[place->second].spans;
    if (spans.size() < 40) {
      spans.push_back({.from_ns = at,
                       .to_ns = at + kMoment,
                       .tone = tone,
                       .words = event.reason.empty() ? engine::words_for(event.kind) : event.reason});
    }
  }
  return group;
}

// Requests that waited, for the services where any did.
LaneGroup queue_lanes(const Page& page) {
  LaneGroup group{.title = "Requests that wait", .lanes = {}};
  for (const ServiceIndex service : page.charted) {
    const engine::ServiceGauges* gauges = page.gauges[service];
    if (gauges == nullptr) {
      continue;
    }
    Lane lane{.name = engine::service_name(page.report.scenario, service), .service = service};
    for (const engine::Gauge& gauge : gauges->points) {
      lane.values.emplace_back(static_cast<std::int64_t>(gauge.queue_milli));
      lane.top = std::max(lane.top, static_cast<std::int64_t>(gauge.queue_milli));
    }
    if (lane.top < 1'000) {
      continue;
    }
    lane.unit_words = "up to " + engine::format_millionths(lane.top * 1'000, lane.top < 10'000 ? 1 : 0);
    lane.color = 7;
    group.lanes.push_back(std::move(lane));
  }
  return group;
}

void spans_table(Page& page, const std::vector<LaneGroup>& groups) {
  constexpr std::size_t kMostRows = 300;
  Table table{.caption = "The bars above as text.", .heads = {"What", "Kind", "From", "To", "Why"}, .name = "timeline"};
  for (const LaneGroup& group : groups) {
    for (const Lane& lane : group.lanes) {
      for (const LaneSpan& span : lane.spans) {
        if (table.rows.size() < kMostRows) {
          table.rows.push_back({safe(lane.name, 80), safe(group.title),
                                time_link(proxy::instant_at(span.from_ns)),
                                time_link(proxy::instant_at(span.to_ns)), safe(span.words, 200)});
        }
      }
    }
  }
  if (!table.rows.empty()) {
    page.out += "<details><summary>The same as a table</summary>" + markup_of(table) + "</details>\n";
  }
}

}  // namespace

void write_timeline(Page& page) {
  std::vector<LaneGroup> groups{fault_lanes(page),  health_lanes(page), circuit_lanes(page),
                                ejection_lanes(page), event_lanes(page),  queue_lanes(page)};
  std::size_t left_out = 0;
  for (LaneGroup& group : groups) {
    if (group.lanes.size() > page.limits.lanes) {
      left_out += group.lanes.size() - page.limits.lanes;
      group.lanes.resize(page.limits.lanes);
    }
  }
  std::erase_if(groups, [](const LaneGroup& group) { return group.lanes.empty(); });
  page.out += begin_section("timeline", "States on one time axis");
  if (groups.empty()) {
    page.out += "<p>No fault, no breaker, no ejection, no queue: nothing changed its state.</p>\n</section>\n";
    return;
  }
  page.out += "<figure class=\"stage\" id=\"lanes\" data-left=\"230\" data-width=\"880\"><div class=\"scroll\" tabindex=\"0\" role=\"group\" "
              "aria-label=\"States on one time axis\">" +
              svg_lanes(page, groups) + "</div></figure>\n";
  if (left_out > 0) {
    page.leave_out(std::to_string(left_out) + " more rows of the time axis are in the JSON result.");
  }
  spans_table(page, groups);
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
