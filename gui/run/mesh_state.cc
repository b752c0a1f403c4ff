#include "gui/run/mesh_state.h"

#include "engine/judge/names.h"

namespace shaketable::gui {

MeshState state_at(const std::vector<engine::RunEvent>& events,
                   const std::vector<engine::Fault>& faults, engine::Instant at) {
  MeshState state;
  for (const engine::RunEvent& event : events) {
    if (event.at > at) {
      break;
    }
    const MeshState::Pair pair{event.caller, event.service};
    switch (event.kind) {
      case engine::EventKind::kCircuitOpen:
        state.open_circuits[pair] = event.reason;
        break;
      case engine::EventKind::kCircuitClose:
        state.open_circuits.erase(pair);
        break;
      case engine::EventKind::kEjection:
        state.ejected[event.service].insert(event.instance);
        break;
      case engine::EventKind::kUnejection:
        state.ejected[event.service].erase(event.instance);
        break;
      case engine::EventKind::kInstanceDown:
        state.down[event.service].insert(event.instance);
        break;
      case engine::EventKind::kInstanceUp:
        state.down[event.service].erase(event.instance);
        break;
      case engine::EventKind::kFaultStart:
        state.faults.insert(event.fault);
        break;
      case engine::EventKind::kFaultEnd:
        state.faults.erase(event.fault);
        break;
      case engine::EventKind::kScaled:
        state.scaled.insert(event.service);
        break;
      case engine::EventKind::kOverflow:
      case engine::EventKind::kPanic:
      case engine::EventKind::kQueueFull:
      case engine::EventKind::kConfigPush:
      case engine::EventKind::kDegraded:
      case engine::EventKind::kRecovered:
        break;
    }
  }
  std::erase_if(state.faults, [&](std::uint32_t fault) {
    return fault < faults.size() && engine::end_of_fault(faults[fault]) <= at;
  });
  return state;
}

NodeHealth health_of(const Sample& sample) {
  if (sample.count == 0) {
    return NodeHealth::kNoData;
  }
  const double share = sample.error_share();
  return share >= 0.25   ? NodeHealth::kFailing
         : share >= 0.01 ? NodeHealth::kDegraded
                         : NodeHealth::kHealthy;
}

NodeHealth health_of(const Sample& sample, const Level& level, bool has_run) {
  return has_run && level.instances_up == 0 ? NodeHealth::kDown : health_of(sample);
}

const char* name_of(NodeHealth health) {
  switch (health) {
    case NodeHealth::kNoData:
      return "no data";
    case NodeHealth::kHealthy:
      return "healthy";
    case NodeHealth::kDegraded:
      return "degraded";
    case NodeHealth::kFailing:
      return "failing";
    case NodeHealth::kDown:
      return "down";
  }
  return "";
}

}  // namespace shaketable::gui
