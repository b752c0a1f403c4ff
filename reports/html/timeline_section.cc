#include <algorithm>

#include "engine/judge/decimal.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/lanes.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::ServiceIndex;

Tone lane_tone(engine::LaneKind kind) {
  switch (kind) {
    case engine::LaneKind::kFault:
      return Tone::kNoData;
    case engine::LaneKind::kConfigPush:
    case engine::LaneKind::kScale:
      return Tone::kHealthy;
    case engine::LaneKind::kCircuit:
    case engine::LaneKind::kQueueFull:
      return Tone::kFailing;
    case engine::LaneKind::kRetryBudget:
    case engine::LaneKind::kPanic:
      return Tone::kDegraded;
    case engine::LaneKind::kEjection:
    case engine::LaneKind::kInstanceDown:
      break;
  }
  return Tone::kDown;
}

const char* title_of(engine::LaneKind kind) {
  switch (kind) {
    case engine::LaneKind::kFault:
      return "Faults";
    case engine::LaneKind::kConfigPush:
      return "Configuration pushes";
    case engine::LaneKind::kCircuit:
      return "Circuit breakers";
    case engine::LaneKind::kRetryBudget:
      return "Retry limits";
    case engine::LaneKind::kEjection:
      return "Ejected hosts";
    case engine::LaneKind::kPanic:
      return "Panic routing";
    case engine::LaneKind::kQueueFull:
      return "Full queues";
    case engine::LaneKind::kInstanceDown:
      return "Instances";
    case engine::LaneKind::kScale:
      return "Scaling";
  }
  return "";
}

// "OPEN: max_requests = 10 (7,430)": the state first, for those who see no colours.
std::string words_of(const engine::Lane& lane, const engine::LaneSpan& span) {
  std::string state = engine::span_word(lane.kind);
  std::transform(state.begin(), state.end(), state.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  if (!span.reason.empty()) {
    state += ": " + span.reason;
  }
  if (span.count > 1) {
    state += lane.kind == engine::LaneKind::kEjection
                 ? ", by " + engine::format_count(span.count) + " sidecars"
                 : ", " + engine::format_count(span.count) + " times";
  }
  return state;
}

LaneGroup lanes_of(const Page& page, engine::LaneKind kind) {
  LaneGroup group{.title = title_of(kind), .lanes = {}};
  const std::int64_t end = proxy::nanoseconds_of(page.report.record.ended);
  for (const engine::Lane& lane : page.report.verdict.analysis.lanes.lanes) {
    if (lane.kind != kind) {
      continue;
    }
    DrawnLane drawn{.name = lane.name, .spans = {}, .service = lane.service};
    for (const engine::LaneSpan& span : lane.spans) {
      drawn.spans.push_back({.from_ns = proxy::nanoseconds_of(span.from),
                             .to_ns = std::min(proxy::nanoseconds_of(span.to), end),
                             .tone = lane_tone(kind),
                             .words = words_of(lane, span)});
    }
    group.lanes.push_back(std::move(drawn));
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
    DrawnLane lane{.name = engine::service_name(page.report.scenario, service), .service = service};
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

// What a version was to get, and got.
DrawnLane split_lane(const engine::CanaryAnalysis& canary, engine::VersionIndex version,
                     std::string name, std::int64_t end) {
  DrawnLane lane{.name = std::move(name), .service = canary.service};
  for (const engine::SplitSpan& span : canary.split) {
    if (version >= span.wanted_ppm.size() || version >= span.share_ppm.size() ||
        span.wanted_ppm[version] == 0) {
      continue;
    }
    lane.spans.push_back({.from_ns = proxy::nanoseconds_of(span.from),
                          .to_ns = std::min(proxy::nanoseconds_of(span.to), end),
                          .tone = Tone::kHealthy,
                          .words = "wanted " + engine::format_ppm(span.wanted_ppm[version]) +
                                   ", got " + engine::format_ppm(span.share_ppm[version].value)});
  }
  return lane;
}

// Versions beside the baseline: their share, and from when on a judge would have taken them back.
LaneGroup canary_lanes(const Page& page) {
  LaneGroup group{.title = "Canaries", .lanes = {}};
  const std::int64_t end = proxy::nanoseconds_of(page.report.record.ended);
  for (const engine::CanaryAnalysis& canary : page.report.verdict.analysis.canaries) {
    const engine::Service& service = page.report.scenario.mesh.services[canary.service];
    const auto name_of = [&](engine::VersionIndex version) {
      return service.name + ' ' + service.versions[version].name;
    };
    for (const engine::VersionSignals& it : canary.versions) {
      DrawnLane lane = split_lane(canary, it.version, name_of(it.version), end);
      if (it.version != canary.baseline && !lane.spans.empty()) {
        group.lanes.push_back(std::move(lane));
      }
    }
    const std::int64_t over = std::min(proxy::nanoseconds_of(canary.rolled_back), end);
    for (const engine::CanaryOpinion& it : canary.opinions) {
      const std::int64_t from = proxy::nanoseconds_of(it.decided);
      if (it.decided == proxy::kNever || from >= over) {
        continue;
      }
      std::string judge = engine::name_of(it.judge);
      judge.front() = static_cast<char>(judge.front() - 'a' + 'A');
      group.lanes.push_back({.name = name_of(it.version) + ", " + judge,
                             .spans = {{.from_ns = from,
                                        .to_ns = over,
                                        .tone = Tone::kDegraded,
                                        .words = "TAKEN BACK if " + judge + " had decided"}},
                             .service = canary.service});
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
    DrawnLane lane{.name = engine::service_name(page.report.scenario, service), .service = service};
    for (const engine::Gauge& gauge : gauges->points) {
      lane.values.emplace_back(static_cast<std::int64_t>(gauge.queue_milli));
      lane.top = std::max(lane.top, static_cast<std::int64_t>(gauge.queue_milli));
    }
    if (lane.top < 1'000) {
      continue;
    }
    lane.unit_words =
        "up to " + engine::format_decimal(lane.top * 1'000, lane.top < 10'000 ? 1 : 0);
    lane.color = 7;
    group.lanes.push_back(std::move(lane));
  }
  return group;
}

void spans_table(Page& page, const std::vector<LaneGroup>& groups) {
  constexpr std::size_t kMostRows = 300;
  Table table{.caption = "The bars above as text.",
              .heads = {"What", "Kind", "From", "To", "Why"},
              .name = "timeline"};
  for (const LaneGroup& group : groups) {
    for (const DrawnLane& lane : group.lanes) {
      for (const DrawnSpan& span : lane.spans) {
        if (table.rows.size() < kMostRows) {
          table.rows.push_back({safe(lane.name, 80), safe(group.title),
                                time_link(proxy::instant_at(span.from_ns)),
                                time_link(proxy::instant_at(span.to_ns)), safe(span.words, 200)});
        }
      }
    }
  }
  if (!table.rows.empty()) {
    page.out +=
        "<details><summary>The same as a table</summary>" + markup_of(table) + "</details>\n";
  }
}

// What each policy saved and cost.
void effects(Page& page) {
  const auto& all = page.report.verdict.analysis.lanes.effects;
  if (all.empty()) {
    return;
  }
  constexpr std::size_t kMostRows = 60;
  Table table{.caption =
                  "What acting policies did for their users and against them. Times and "
                  "refused healthy requests are estimates; the sentences above have the formulas.",
              .heads = {"On", "Policy", "Acted", "For", "Failed fast", "Waiting saved",
                        "Work avoided", "Healthy refused"},
              .numbers_from = 2,
              .numbers_to = 8,
              .name = "policy effects"};
  const auto time = [](std::int64_t ns) {
    return ns == 0 ? std::string("-") : keyed(ns, engine::format_duration(ns));
  };
  std::string words;
  for (std::size_t i = 0; i < all.size() && i < kMostRows; ++i) {
    const engine::PolicyEffect& it = all[i];
    words += "<li>" + safe(it.text, 500) + ".</li>\n";
    table.rows.push_back({safe(engine::edge_name(page.report.scenario, it.caller, it.service), 100),
                          safe(title_of(it.kind)), engine::format_count(it.acted),
                          engine::format_duration(it.active), engine::format_count(it.failed_fast),
                          time(it.waited_less_ns), time(it.work_avoided_ns),
                          engine::format_count(it.healthy_refused)});
  }
  page.out += "<h3>What the policies saved and cost</h3>\n<ul class=\"words\">\n" + words +
              "</ul>\n" + markup_of(table);
}

}  // namespace

void write_timeline(Page& page) {
  using engine::LaneKind;
  std::vector<LaneGroup> groups{lanes_of(page, LaneKind::kFault),
                                lanes_of(page, LaneKind::kConfigPush), canary_lanes(page),
                                health_lanes(page)};
  for (const LaneKind kind :
       {LaneKind::kCircuit, LaneKind::kRetryBudget, LaneKind::kEjection, LaneKind::kPanic,
        LaneKind::kQueueFull, LaneKind::kInstanceDown, LaneKind::kScale}) {
    groups.push_back(lanes_of(page, kind));
  }
  groups.push_back(queue_lanes(page));
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
    page.out +=
        "<p>No fault, no breaker, no ejection, no queue: nothing changed its "
        "state.</p>\n</section>\n";
    return;
  }
  page.out +=
      "<figure class=\"stage\" id=\"lanes\" data-left=\"230\" data-width=\"880\"><div "
      "class=\"scroll\" tabindex=\"0\" role=\"group\" "
      "aria-label=\"States on one time axis\">" +
      svg_lanes(page, groups) + "</div></figure>\n";
  if (left_out > 0) {
    page.leave_out(std::to_string(left_out) +
                   " more rows of the time axis are in the JSON result.");
  }
  spans_table(page, groups);
  effects(page);
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
