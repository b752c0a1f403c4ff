#include <algorithm>
#include <string>
#include <utility>

#include "engine/sim/simulator_inl.h"

/// Machines: which instance runs on which, and what is gone when one is lost.
namespace shaketable::engine {

/// Instances of a service are spread evenly over the nodes of their zone, services begin at
/// different ones. `turn` 1 is the next node of the zone, and so on.
std::uint32_t Simulator::node_of(const Place& place, std::uint32_t turn) const {
  const auto zones =
      static_cast<std::uint32_t>(std::max<std::size_t>(scenario_.mesh.zones.size(), 1));
  const std::uint32_t nodes = scenario_.mesh.nodes;
  if (nodes <= place.zone) {
    return kNone;
  }
  const std::uint32_t in_zone = (nodes - place.zone + zones - 1) / zones;
  return place.zone + zones * ((place.number / zones + place.service + turn) % in_zone);
}

/// For an instance that starts: its own machine, or another one of the zone if that is lost. False
/// if all are.
bool Simulator::find_node(Instance& instance) {
  for (std::uint32_t turn = 0; turn < scenario_.mesh.nodes; ++turn) {
    const std::uint32_t node = node_of(instance.place, turn);
    if (node != kNone && lost_nodes_[node] == 0) {
      instance.node = node;
      cut_off(instance, false);
      return true;
    }
  }
  return scenario_.mesh.nodes == 0;
}

/// Nobody is left to say that they are gone: no message leaves or reaches the machine, peers keep
/// their connections, and the platform takes its time to notice.
void Simulator::lose_node(std::uint32_t index) {
  const Fault& fault = faults_[index];
  ++lost_nodes_[fault.node];
  for (const std::uint32_t i : fault_targets_[index]) {
    Instance& instance = instances_[i];
    cut_off(instance, true);
    if (!instance.up) {
      continue;
    }
    end_instance(i);
    report_down(instance, node_name(fault.node) + " lost");
    announce(i, false, fault.amount);
  }
  if (fault.restart_after > Duration::zero()) {
    kernel_.schedule(now() + fault.restart_after,
                     {.kind = static_cast<std::uint8_t>(SimEvent::kFault),
                      .flags = kFaultEnds,
                      .target = index});
  }
}

void Simulator::bring_node_back(std::uint32_t index) {
  const std::uint32_t node = faults_[index].node;
  if (--lost_nodes_[node] > 0) {
    return;  // Another fault holds it down.
  }
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (instances_[i].node == node && instances_[i].place.is_cut_off) {
      cut_off(instances_[i], false);
      restart(i, "restarted");
    }
  }
}

void Simulator::cut_off(Instance& instance, bool is_cut_off) {
  if (instance.place.is_cut_off != is_cut_off) {
    instance.place.is_cut_off = is_cut_off;
    network_.count_cut_off(is_cut_off ? 1 : -1);
  }
}

}  // namespace shaketable::engine
