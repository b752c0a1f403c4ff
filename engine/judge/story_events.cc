#include <algorithm>
#include <charconv>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/story_parts.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr Duration kSameStory = std::chrono::seconds(5);  // Gap up to which equal events are one.

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
    case EventKind::kScaled:
      break;
  }
  return false;
}

bool concerns_an_instance(EventKind kind) {
  return kind == EventKind::kInstanceDown || kind == EventKind::kInstanceUp;
}

std::string subject_of(const Scenario& scenario, const RunEvent& event) {
  if (concerns_an_instance(event.kind)) {
    return instance_name(scenario, event.service, event.instance);
  }
  return edge_name(scenario, event.caller, event.service);
}

// "max_retries = 11": a budget moves with the load, the limit is the same one.
struct Reason {
  std::string limit;  // The whole text where no figure ends it.
  std::int64_t low = -1, high = -1;
};

Reason reason_of(const std::string& text) {
  const std::size_t sign = text.rfind(" = ");
  Reason reason{.limit = text};
  if (sign == std::string::npos || text.size() - sign - 3 > 9) {
    return reason;
  }
  std::int64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data() + sign + 3, end, value);
  if (parsed.ec == std::errc() && parsed.ptr == end) {
    reason = {text.substr(0, sign), value, value};
  }
  return reason;
}

std::string words_of(const Reason& reason) {
  if (reason.low < 0) {
    return reason.limit;
  }
  return reason.limit + " = " + std::to_string(reason.low) +
         (reason.high > reason.low ? " to " + std::to_string(reason.high) : "");
}

using EventKey = std::tuple<EventKind, ServiceIndex, ServiceIndex, std::uint32_t, std::string>;
using EdgeKey = std::tuple<EventKind, ServiceIndex, ServiceIndex>;
using GroupKey = std::tuple<EventKind, Instant, std::string>;

// Events of instances that share their moment and reason: a zone that dies.
std::map<GroupKey, std::vector<const RunEvent*>> groups_of(const RunRecord& record) {
  std::map<GroupKey, std::vector<const RunEvent*>> groups;
  for (const RunEvent& event : record.events) {
    if (concerns_an_instance(event.kind)) {
      groups[GroupKey{event.kind, event.at, event.reason}].push_back(&event);
    }
  }
  return groups;
}

StoryLine line_of(const Scenario& scenario, const std::vector<const RunEvent*>& group) {
  constexpr std::size_t kNamed = 4;
  const RunEvent& first = *group.front();
  StoryLine line{.at = first.at,
                 .until = first.at,
                 .kind = first.kind,
                 .subject = format_count(group.size()) + " instances",
                 .what = first.kind == EventKind::kInstanceDown ? "down" : "up",
                 .evidence = first.reason.empty() ? "" : first.reason + ": "};
  for (std::size_t i = 0; i < group.size() && i < kNamed; ++i) {
    line.evidence +=
        (i == 0 ? "" : ", ") + instance_name(scenario, group[i]->service, group[i]->instance);
  }
  if (group.size() > kNamed) {
    line.evidence += " and " + format_count(group.size() - kNamed) + " more";
  }
  return line;
}

// Folds equal events that follow each other closely, and ranks what remains.
class EventTeller {
 public:
  EventTeller(const Scenario& scenario, const RunRecord& record, std::vector<Candidate>& out)
      : scenario_(scenario), record_(record), groups_(groups_of(record)), out_(out) {}

  void tell() {
    for (const RunEvent& event : record_.events) {
      if (is_told_elsewhere(event.kind) || is_of_a_group(event)) {
        continue;
      }
      Reason reason = reason_of(event.reason);
      const std::uint32_t instance = concerns_an_instance(event.kind) ? event.instance : kNone;
      const EventKey key{event.kind, event.service, event.caller, instance, reason.limit};
      const auto found = open_.find(key);
      if (found != open_.end() && event.at - out_[found->second.first].line.until <= kSameStory) {
        fold(event, reason, found->second);
        continue;
      }
      open_[key] = {out_.size(), reason};
      add({.at = event.at,
           .until = event.at,
           .kind = event.kind,
           .subject = subject_of(scenario_, event),
           .what = words_for(event.kind),
           .evidence = event.reason,
           .count = event.count,
           .service = event.service},
          EdgeKey{event.kind, event.service, event.caller});
    }
  }

 private:
  // The faults of the scenario say it already, or the lanes do.
  static bool is_told_elsewhere(EventKind kind) {
    return kind == EventKind::kFaultStart || kind == EventKind::kFaultEnd ||
           kind == EventKind::kConfigPush || kind == EventKind::kCircuitOpen ||
           kind == EventKind::kCircuitClose || kind == EventKind::kEjection ||
           kind == EventKind::kUnejection;
  }

  // Of a group the first event tells all.
  bool is_of_a_group(const RunEvent& event) {
    constexpr std::size_t kLeast = 3;
    const auto found = groups_.find(GroupKey{event.kind, event.at, event.reason});
    if (found == groups_.end() || found->second.size() < kLeast) {
      return false;
    }
    if (found->second.front() == &event) {
      add(line_of(scenario_, found->second), EdgeKey{event.kind, kNone, kNone});
    }
    return true;
  }

  void fold(const RunEvent& event, const Reason& reason, std::pair<std::size_t, Reason>& place) {
    StoryLine& line = out_[place.first].line;
    line.until = event.at;
    line.count += event.count;
    place.second.low = std::min(place.second.low, reason.low);
    place.second.high = std::max(place.second.high, reason.high);
    line.evidence = words_of(place.second);
  }

  void add(StoryLine line, const EdgeKey& edge) {
    const int rank = rank_of(line.kind, seen_.insert(edge).second);
    out_.push_back({.line = std::move(line), .rank = rank, .place = 1});
  }

  const Scenario& scenario_;
  const RunRecord& record_;
  std::map<GroupKey, std::vector<const RunEvent*>> groups_;
  std::vector<Candidate>& out_;
  std::map<EventKey, std::pair<std::size_t, Reason>> open_;  // Where the latest line of a key is.
  std::set<EdgeKey> seen_;
};

}  // namespace

int rank_of(EventKind kind, bool is_first) {
  return (is_first ? 2 : 5) + (is_routine(kind) ? 1 : 0);
}

void add_events(const Scenario& scenario, const RunRecord& record, std::vector<Candidate>& out) {
  EventTeller(scenario, record, out).tell();
}

}  // namespace shaketable::engine
