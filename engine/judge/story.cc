#include "engine/judge/story.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "engine/judge/call_order.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr Duration kSameStory = std::chrono::seconds(5);  // Gap up to which equal events are one.

// A line, how much would be lost without it (0 is the most telling), and its place among lines of
// the same moment: faults, then events, then what they did to the services, callees first.
struct Candidate {
  StoryLine line;
  int rank = 0;
  std::size_t place = 0;
};

// Routine that explains little by itself.
bool is_routine(EventKind kind) {
  switch (kind) {
    case EventKind::kCircuitClose:
    case EventKind::kUnejection:
    case EventKind::kInstanceUp:
    case EventKind::kConfigPush:
      return true;
    case EventKind::kCircuitOpen:
    case EventKind::kEjection:
    case EventKind::kOverflow:
    case EventKind::kPanic:
    case EventKind::kQueueFull:
    case EventKind::kFaultStart:
    case EventKind::kFaultEnd:
    case EventKind::kInstanceDown:
    case EventKind::kDegraded:
    case EventKind::kRecovered:
      break;
  }
  return false;
}

bool concerns_an_instance(EventKind kind) {
  return kind == EventKind::kEjection || kind == EventKind::kUnejection ||
         kind == EventKind::kInstanceDown || kind == EventKind::kInstanceUp;
}

std::string subject_of(const Scenario& scenario, const RunEvent& event) {
  if (concerns_an_instance(event.kind)) {
    return instance_name(scenario, event.service, event.instance);
  }
  return edge_name(scenario, event.caller, event.service);
}

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
    if (end <= record.ended) {
      add_fault(scenario, i, false, end, out);
    }
  }
}

void add_health(const Scenario& scenario, const RunRecord& record,
                const std::vector<ServiceHealth>& services, std::vector<Candidate>& out) {
  const std::vector<std::size_t> places = callees_first(scenario, record);
  for (const ServiceHealth& health : services) {
    const std::string name = service_name(scenario, health.service);
    const std::size_t place = 2 + places[health.service];
    for (std::size_t i = 0; i < health.episodes.size(); ++i) {
      const Episode& episode = health.episodes[i];
      const bool last = i + 1 == health.episodes.size();
      out.push_back({.line = {.at = episode.from,
                              .until = episode.from,
                              .kind = EventKind::kDegraded,
                              .subject = name,
                              .what = "leaves its normal state",
                              .evidence = episode_words(episode, health.baseline),
                              .service = health.service},
                     .rank = i == 0 ? 1 : 4,
                     .place = place});
      if (episode.to == proxy::kNever) {
        continue;
      }
      out.push_back({.line = {.at = episode.to,
                              .until = episode.to,
                              .kind = EventKind::kRecovered,
                              .subject = name,
                              .what = "back to normal",
                              .evidence = "after " + format_duration(episode.to - episode.from),
                              .service = health.service},
                     .rank = last ? 1 : 4,
                     .place = place});
    }
  }
}

using EventKey = std::tuple<EventKind, ServiceIndex, ServiceIndex, std::uint32_t, std::string>;
using EdgeKey = std::tuple<EventKind, ServiceIndex, ServiceIndex>;

// Folds equal events that follow each other closely, and ranks what remains.
void add_events(const Scenario& scenario, const RunRecord& record, std::vector<Candidate>& out) {
  std::map<EventKey, std::size_t> open;  // Where in `out` the latest line of a key is.
  std::map<EdgeKey, int> seen;
  for (const RunEvent& event : record.events) {
    if (event.kind == EventKind::kFaultStart || event.kind == EventKind::kFaultEnd ||
        event.kind == EventKind::kConfigPush) {
      continue;  // The faults of the scenario say it already.
    }
    const std::uint32_t instance = concerns_an_instance(event.kind) ? event.instance : kNone;
    const EventKey key{event.kind, event.service, event.caller, instance, event.reason};
    const auto found = open.find(key);
    if (found != open.end() && event.at - out[found->second].line.until <= kSameStory) {
      StoryLine& line = out[found->second].line;
      line.until = event.at;
      line.count += event.count;
      continue;
    }
    const int nth = seen[EdgeKey{event.kind, event.service, event.caller}]++;
    const int rank = nth == 0 ? (is_routine(event.kind) ? 3 : 2) : (is_routine(event.kind) ? 6 : 5);
    open[key] = out.size();
    out.push_back({.line = {.at = event.at,
                            .until = event.at,
                            .kind = event.kind,
                            .subject = subject_of(scenario, event),
                            .what = words_for(event.kind),
                            .evidence = event.reason,
                            .count = event.count,
                            .service = event.service},
                   .rank = rank,
                   .place = 1});
  }
}

}  // namespace

Story tell_story(const Scenario& scenario, const RunRecord& record,
                 const std::vector<ServiceHealth>& health, std::size_t limit) {
  std::vector<Candidate> candidates;
  add_faults(scenario, record, candidates);
  add_health(scenario, record, health, candidates);
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
