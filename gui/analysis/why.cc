#include "gui/analysis/why.h"

#include <algorithm>

#include "engine/judge/names.h"

namespace shaketable::gui {

const engine::WhyPath* why_of(const engine::Scenario& scenario, const engine::Cascade& cascade,
                              const std::string& service) {
  const engine::ServiceIndex wanted = engine::find_service(scenario.mesh, service);
  const auto found =
      std::find_if(cascade.why.begin(), cascade.why.end(),
                   [wanted](const engine::WhyPath& why) { return why.service == wanted; });
  return wanted == engine::kNone || found == cascade.why.end() ? nullptr : &*found;
}

Trail trail_of(const engine::Scenario& scenario, const engine::Cascade& cascade,
               const engine::WhyPath& why) {
  Trail trail;
  for (const std::uint32_t place : why.steps) {
    if (place >= cascade.steps.size()) {
      continue;
    }
    const engine::CascadeStep& step = cascade.steps[place];
    const std::string name = engine::service_name(scenario, step.service);
    if (std::find(trail.services.begin(), trail.services.end(), name) == trail.services.end()) {
      trail.services.push_back(name);
    }
    if (step.caller != engine::kNone && step.callee != engine::kNone) {
      trail.edges.emplace_back(engine::service_name(scenario, step.caller),
                               engine::service_name(scenario, step.callee));
    }
  }
  return trail;
}

QString words_of(engine::Mechanism mechanism) {
  return QString::fromLatin1(engine::name_of(mechanism))
      .replace(QLatin1Char('_'), QLatin1Char(' '));
}

}  // namespace shaketable::gui
