#pragma once

#include <QString>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/judge/verdict.h"
#include "engine/scenario/model.h"
#include "engine/scenario/source.h"

/// What happens in a scenario, as lanes over its time. Without widgets.
namespace shaketable::gui {

/// A lane of the scenario: something that happens over a span of it.
struct ScenarioLane {
  enum class Kind : std::uint8_t { kLoad, kFault, kConfiguration, kExpectation };
  Kind kind = Kind::kLoad;
  QString title;
  std::size_t index = 0;  ///< Into loads, faults or expectations of the scenario.
  engine::Instant from{}, to{};
  bool is_point = false;     ///< It has no end: a push.
  bool can_move = false;     ///< By its bar.
  bool can_stretch = false;  ///< By its ends.
};

/// How an expectation stands.
enum class LampState : std::uint8_t { kOpen, kHeld, kBroken, kKnown, kUnknown };

/// The lanes of a scenario in their order: load, faults, configuration, expectations.
[[nodiscard]] std::vector<ScenarioLane> lanes_of(const engine::Scenario& scenario,
                                                 const engine::ScenarioSource& source,
                                                 engine::Instant end);
/// How an expectation stood at a moment of a run: broken from when it broke, held once its span is
/// over, open until then. In a run that goes on the verdict tells what is so far.
[[nodiscard]] LampState lamp_at(const engine::ExpectationVerdict& verdict, engine::Instant moment);

/// The rate that an open loop plans at a moment, per second; for a closed loop its workers.
[[nodiscard]] double planned_load(const engine::Load& load, engine::Instant at);

}  // namespace shaketable::gui
