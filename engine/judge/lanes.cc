#include "engine/judge/lanes.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/policy_effects.h"

namespace shaketable::engine {
namespace {

// What a lane is about. Circuits of one edge have a lane for each limit.
using LaneKey = std::tuple<LaneKind, ServiceIndex, ServiceIndex, std::uint32_t, std::string>;

// Events that say "it happened" without an end hold as long as the log folds them.
constexpr Duration kHold = std::chrono::seconds(1);

// "max_pending_requests = 20" without the figure: a push may change it.
std::string limit_of(const std::string& reason) {
  return reason.substr(0, std::min(reason.find(' '), reason.size()));
}

class LaneBuilder {
 public:
  LaneBuilder(const Scenario& scenario, const RunRecord& record)
      : scenario_(scenario), record_(record) {}

  std::vector<Lane> build(std::uint64_t& left_out) {
    add_faults();
    for (const RunEvent& event : record_.events) {
      add_event(event);
    }
    std::vector<Lane> lanes;
    for (auto& [key, lane] : lanes_) {
      if (lane.spans.empty()) {
        continue;  // Only the end was seen: the beginning is among the events that were dropped.
      }
      finish(lane);
      lanes.push_back(std::move(lane));
    }
    std::stable_sort(lanes.begin(), lanes.end(), [](const Lane& l, const Lane& r) {
      return std::tuple(l.kind, l.spans.front().from) < std::tuple(r.kind, r.spans.front().from);
    });
    if (lanes.size() > kMostLanes) {
      left_out = lanes.size() - kMostLanes;
      lanes.resize(kMostLanes);
    }
    return lanes;
  }

 private:
  void add_faults() {
    for (std::uint32_t f = 0; f < scenario_.faults.size(); ++f) {
      const Fault& fault = scenario_.faults[f];
      if (fault.at > record_.ended) {
        continue;
      }
      const bool is_push = fault.kind == FaultKind::kConfigPush;
      Lane& lane = lane_of(is_push ? LaneKind::kConfigPush : LaneKind::kFault, kNone,
                           fault.target.service, f, "");
      lane.instance = fault.target.instance;
      lane.fault = f;
      lane.name = fault_name(scenario_, f);
      lane.spans.push_back({fault.at, end_of_fault(fault), fault_words(scenario_, f), 1});
    }
  }

  Lane& lane_of(LaneKind kind, ServiceIndex caller, ServiceIndex service, std::uint32_t number,
                const std::string& limit) {
    const auto [found, is_new] = lanes_.try_emplace(LaneKey{kind, caller, service, number, limit});
    if (is_new) {
      found->second.kind = kind;
      found->second.caller = caller;
      found->second.service = service;
    }
    return found->second;
  }

  void add_event(const RunEvent& event) {
    switch (event.kind) {
      case EventKind::kCircuitOpen:
        open(on_edge(LaneKind::kCircuit, event), event, proxy::kNever);
        return;
      case EventKind::kCircuitClose:
        close(on_edge(LaneKind::kCircuit, event), event);
        return;
      case EventKind::kOverflow:
        open(on_edge(LaneKind::kRetryBudget, event), event, proxy::after(event.at, kHold));
        return;
      case EventKind::kPanic:
        open(on_edge(LaneKind::kPanic, event), event, proxy::after(event.at, kHold));
        return;
      case EventKind::kQueueFull:
        open(on_service(LaneKind::kQueueFull, event), event, proxy::after(event.at, kHold));
        return;
      case EventKind::kEjection:
        open(of_host(LaneKind::kEjection, event), event, proxy::kNever);
        return;
      case EventKind::kUnejection:
        close_one(of_host(LaneKind::kEjection, event), event);
        return;
      case EventKind::kInstanceDown:
        open(of_host(LaneKind::kInstanceDown, event), event, proxy::kNever);
        return;
      case EventKind::kInstanceUp:
        close_one(of_host(LaneKind::kInstanceDown, event), event);
        return;
      case EventKind::kScaled:
        change(on_service(LaneKind::kScale, event), event);
        return;
      case EventKind::kFaultStart:
      case EventKind::kFaultEnd:
      case EventKind::kConfigPush:
      case EventKind::kDegraded:
      case EventKind::kRecovered:
        return;
    }
  }

  Lane& on_edge(LaneKind kind, const RunEvent& event) {
    Lane& lane = lane_of(kind, event.caller, event.service, kNone,
                         kind == LaneKind::kPanic ? "" : limit_of(event.reason));
    lane.name = edge_name(scenario_, event.caller, event.service);
    return lane;
  }

  Lane& on_service(LaneKind kind, const RunEvent& event) {
    Lane& lane = lane_of(kind, kNone, event.service, kNone, "");
    lane.name = service_name(scenario_, event.service);
    return lane;
  }

  Lane& of_host(LaneKind kind, const RunEvent& event) {
    Lane& lane = lane_of(kind, kNone, event.service, event.instance, "");
    lane.instance = event.instance;
    lane.name = instance_name(scenario_, event.service, event.instance);
    return lane;
  }

  // Sidecars decide each for itself: the span lasts while any of them says so.
  void open(Lane& lane, const RunEvent& event, Instant to) {
    int& depth = depth_[&lane];
    if (!lane.spans.empty() && lane.spans.back().to >= event.at) {
      LaneSpan& last = lane.spans.back();
      last.count += event.count;
      last.to = std::max(last.to, to);
      depth += to == proxy::kNever ? 1 : 0;
      return;
    }
    depth = to == proxy::kNever ? 1 : 0;
    if (lane.spans.size() >= kMostSpans) {
      ++lane.spans_left_out;
      return;
    }
    lane.spans.push_back({event.at, to, event.reason, event.count});
  }

  // The end of what was is the begin of what is.
  void change(Lane& lane, const RunEvent& event) {
    close(lane, event);
    if (lane.spans.size() >= kMostSpans) {
      ++lane.spans_left_out;
      return;
    }
    lane.spans.push_back({event.at, proxy::kNever, event.reason, 1});
  }

  void close(Lane& lane, const RunEvent& event) {
    if (!lane.spans.empty() && lane.spans.back().to == proxy::kNever) {
      lane.spans.back().to = event.at;
      lane.spans.back().count = event.count;
    }
  }

  void close_one(Lane& lane, const RunEvent& event) {
    int& depth = depth_[&lane];
    depth -= static_cast<int>(std::min<std::uint64_t>(event.count, 1));
    if (depth <= 0 && !lane.spans.empty() && lane.spans.back().to == proxy::kNever) {
      lane.spans.back().to = event.at;
    }
  }

  void finish(Lane& lane) {
    for (const LaneSpan& span : lane.spans) {
      lane.total += std::max(std::min(span.to, record_.ended) - span.from, Duration::zero());
    }
  }

  const Scenario& scenario_;
  const RunRecord& record_;
  std::map<LaneKey, Lane> lanes_;
  std::map<const Lane*, int> depth_;  // Looked up, never iterated.
};

}  // namespace

const char* name_of(LaneKind kind) {
  switch (kind) {
    case LaneKind::kFault:
      return "fault";
    case LaneKind::kConfigPush:
      return "config_push";
    case LaneKind::kCircuit:
      return "circuit";
    case LaneKind::kRetryBudget:
      return "retry_budget";
    case LaneKind::kEjection:
      return "ejection";
    case LaneKind::kPanic:
      return "panic";
    case LaneKind::kQueueFull:
      return "queue_full";
    case LaneKind::kInstanceDown:
      return "instance_down";
    case LaneKind::kScale:
      return "scale";
  }
  return "";
}

const char* span_word(LaneKind kind) {
  switch (kind) {
    case LaneKind::kFault:
      return "active";
    case LaneKind::kConfigPush:
      return "pushed";
    case LaneKind::kCircuit:
      return "open";
    case LaneKind::kRetryBudget:
      return "retries refused";
    case LaneKind::kEjection:
      return "ejected";
    case LaneKind::kPanic:
      return "panic";
    case LaneKind::kQueueFull:
      return "queue full";
    case LaneKind::kInstanceDown:
      return "down";
    case LaneKind::kScale:
      return "scaled";
  }
  return "";
}

Lanes find_lanes(const Scenario& scenario, const RunRecord& record) {
  Lanes result;
  result.lanes = LaneBuilder(scenario, record).build(result.left_out);
  result.effects = policy_effects(scenario, record, result.lanes);
  return result;
}

}  // namespace shaketable::engine
