#pragma once

#include <QString>
#include <cstddef>
#include <cstdint>
#include <optional>
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
enum class LampState : std::uint8_t {
  kOpen,     ///< Its span is not over.
  kHolding,  ///< Nor in a run that goes on, and what there is so far is fine.
  kHeld,
  kBroken,
  kKnown,    ///< Broken, and marked so.
  kUnknown,  ///< Nothing to measure.
};

/// "● held"; `so_far`: its span is not over.
[[nodiscard]] QString lamp_words(LampState state, bool so_far);

/// The lanes of a scenario in their order: load, faults, configuration, expectations.
[[nodiscard]] std::vector<ScenarioLane> lanes_of(const engine::Scenario& scenario,
                                                 const engine::ScenarioSource& source,
                                                 engine::Instant end);
/// How an expectation stood at a moment of a run: broken from when it broke, held once its span is
/// over or what it waits for has happened, open until then. `judged_to`: how far a run that goes on
/// was judged; what holds there is holding.
[[nodiscard]] LampState lamp_at(const engine::ExpectationVerdict& verdict, engine::Instant moment,
                                std::optional<engine::Instant> judged_to = std::nullopt);

/// The rate that an open loop plans at a moment, per second; for a closed loop its workers.
[[nodiscard]] double planned_load(const engine::Load& load, engine::Instant at);

}  // namespace shaketable::gui
