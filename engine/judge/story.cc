#include "engine/judge/story.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "engine/judge/call_order.h"
#include "engine/judge/names.h"
#include "engine/judge/story_parts.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr Duration kSameTrouble = std::chrono::seconds(15);  // Gap up to which episodes are one.

void add_fault(const Scenario& scenario, std::uint32_t index, bool begins, Instant at,
               std::vector<Candidate>& out) {
  const Fault& fault = scenario.faults[index];
  StoryLine line{.at = at,
                 .until = at,
                 .kind = begins ? EventKind::kFaultStart : EventKind::kFaultEnd,
                 .subject = fault_name(scenario, index),
                 .what = begins ? "begins" : "ends",
                 .evidence = begins                                 ? fault_words(scenario, index)
                             : fault.kind == FaultKind::kConfigPush ? "the policies of before are "
                                                                      "pushed again"
                                                                    : "",
                 .service = fault.target.service};
  out.push_back({.line = std::move(line), .rank = 0});
}

// From the scenario, not from the events, so that a story has its faults even when the run kept no
// events any more.
void add_faults(const Scenario& scenario, const RunRecord& record, std::vector<Candidate>& out) {
  for (std::uint32_t i = 0; i < scenario.faults.size(); ++i) {
    const Fault& fault = scenario.faults[i];
    const Instant end = end_of_fault(fault);
    if (fault.at <= record.ended) {
      add_fault(scenario, i, true, fault.at, out);
    }
    if (end <= record.ended && end > fault.at) {
      add_fault(scenario, i, false, end, out);
    }
  }
}

// Several episodes as one: the worst of each symptom.
Episode worst_of(const std::vector<Episode>& episodes, std::size_t from, std::size_t last) {
  Episode worst = episodes[from];
  for (std::size_t i = from + 1; i <= last; ++i) {
    const Episode& it = episodes[i];
    worst.by_errors |= it.by_errors;
    worst.by_latency |= it.by_latency;
    worst.by_stall |= it.by_stall;
    worst.worst_error_ppm = std::max(worst.worst_error_ppm, it.worst_error_ppm);
    worst.worst_p99 = std::max(worst.worst_p99, it.worst_p99);
    worst.worst_inside_milli = std::max(worst.worst_inside_milli, it.worst_inside_milli);
  }
  worst.to = episodes[last].to;
  return worst;
}

// A service that leaves and comes back again and again is told of once.
void add_health(const Scenario& scenario, const RunRecord& record,
                const std::vector<ServiceHealth>& services, std::vector<Candidate>& out) {
  const std::vector<std::size_t> places = callees_first(scenario, record);
  for (const ServiceHealth& health : services) {
    const std::string name = service_name(scenario, health.service);
    const std::size_t place = 2 + places[health.service];
    const std::vector<Episode>& episodes = health.episodes;
    for (std::size_t first = 0, last = 0; first < episodes.size(); first = last + 1) {
      last = first;
      Duration outside = episodes[first].to - episodes[first].from;
      while (last + 1 < episodes.size() &&
             episodes[last + 1].from - episodes[last].to <= kSameTrouble) {
        ++last;
        outside += episodes[last].to - episodes[last].from;
      }
      const std::uint64_t times = last - first + 1;
      out.push_back(
          {.line = {.at = episodes[first].from,
                    .until = episodes[last].from,
                    .kind = EventKind::kDegraded,
                    .subject = name,
                    .what = "leaves its normal state",
                    .evidence = episode_words(worst_of(episodes, first, last), health.baseline),
                    .count = times,
                    .service = health.service},
           .rank = first == 0 ? 1 : 4,
           .place = place});
      if (episodes[last].to == proxy::kNever) {
        continue;
      }
      out.push_back({.line = {.at = episodes[last].to,
                              .until = episodes[last].to,
                              .kind = EventKind::kRecovered,
                              .subject = name,
                              .what = "back to normal",
                              .evidence = "after " + format_duration(outside) +
                                          (times == 1 ? "" : " outside in all"),
                              .service = health.service},
                     .rank = last + 1 == episodes.size() ? 1 : 4,
                     .place = place});
    }
  }
}

}  // namespace

Story tell_story(const Scenario& scenario, const RunRecord& record,
                 const std::vector<ServiceHealth>& health, const std::vector<Lane>& lanes,
                 std::size_t limit) {
  std::vector<Candidate> candidates;
  add_faults(scenario, record, candidates);
  add_health(scenario, record, health, candidates);
  add_lanes(lanes, candidates);
  add_events(scenario, record, candidates);
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& left, const Candidate& right) {
                     return std::tie(left.rank, left.line.at) < std::tie(right.rank, right.line.at);
                   });
  Story story;
  if (candidates.size() > limit) {
    story.left_out = candidates.size() - limit;
    candidates.resize(limit);
  }
  std::stable_sort(
      candidates.begin(), candidates.end(), [](const Candidate& left, const Candidate& right) {
        return std::tie(left.line.at, left.place) < std::tie(right.line.at, right.place);
      });
  for (Candidate& candidate : candidates) {
    story.lines.push_back(std::move(candidate.line));
  }
  return story;
}

}  // namespace shaketable::engine
