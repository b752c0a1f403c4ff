#include <algorithm>

#include "gui/document/path_at.h"
#include "gui/workbench/workbench.h"

// From places of the text to what they are about.
namespace shaketable::gui {
namespace {

// What a fault hits; nothing for a whole zone or the load.
Selection subject_of(const engine::Scenario& scenario, const engine::Fault& fault) {
  const auto name = [&scenario](engine::ServiceIndex service) {
    return service < scenario.mesh.services.size() ? scenario.mesh.services[service].name
                                                   : std::string();
  };
  const std::string target = name(fault.target.service), other = name(fault.other.service);
  if (target.empty()) {
    return {};
  }
  if (other.empty()) {
    return Selection::of_service(target);
  }
  const bool cuts_messages = fault.kind == engine::FaultKind::kPartition ||
                             fault.kind == engine::FaultKind::kLoss ||
                             fault.kind == engine::FaultKind::kBandwidth;
  return cuts_messages ? Selection::of_edge(target, other) : Selection::of_edge(other, target);
}

Selection subject_of(const engine::Scenario& scenario, const KeyPath& path) {
  if (path.size() < 2) {
    return {};
  }
  const bool is_service =
      std::any_of(scenario.mesh.services.begin(), scenario.mesh.services.end(),
                  [&path](const engine::Service& service) { return service.name == path[1]; });
  if (is_service && path[0] == "services") {
    return Selection::of_service(path[1]);
  }
  if (is_service && path[0] == "traffic") {
    return path.size() > 3 && path[2] == "from" ? Selection::of_edge(path[3], path[1])
                                                : Selection::of_service(path[1]);
  }
  if (path[0] == "faults") {
    for (const engine::Fault& fault : scenario.faults) {
      if (fault.name == path[1]) {
        return subject_of(scenario, fault);
      }
    }
  }
  return {};
}

}  // namespace

bool Workbench::select_at(const std::string& file, int line, int column) {
  const engine::Scenario* const now = scenario();
  const Selection subject = now == nullptr
                                ? Selection{}
                                : subject_of(*now, path_at(document_.source(), file, line, column));
  if (subject.kind == Selection::Kind::kNothing) {
    return false;
  }
  select(subject);
  Q_EMIT reveal_asked(subject.service);
  return true;
}

}  // namespace shaketable::gui
