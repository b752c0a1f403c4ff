#pragma once

#include <QString>
#include <string>
#include <vector>

#include "engine/scenario/model.h"
#include "gui/canvas/selection.h"

namespace shaketable::gui {

/// Something that can be let happen with one click.
struct FaultChoice {
  QString title;             ///< "10× slower"
  std::string name;          ///< What the scenario will call it.
  std::string what;          ///< As a scenario says it, without `at` and how long.
  bool kills = false;        ///< How long is then until the instances are back.
  bool rises = false;        ///< It can have a ramp.
  bool ends_itself = false;  ///< Has no length.
};

struct FaultGroup {
  QString title;  ///< "Slow down"
  std::vector<FaultChoice> choices;
};

/// What can be done to what is selected: a service, the network between two, or the load.
[[nodiscard]] std::vector<FaultGroup> faults_for(const Selection& selection,
                                                 const engine::Scenario& scenario);

/// The whole fault without `at`. `length` is YAML, "10s"; empty: until it is stopped. `ramp` is how
/// long it rises to its size, for faults that can; empty: not at all.
[[nodiscard]] std::string fault_text(const FaultChoice& choice, const std::string& length,
                                     const std::string& ramp);

}  // namespace shaketable::gui
