#pragma once

#include <QString>
#include <string>

#include "engine/judge/cascade.h"
#include "engine/scenario/model.h"
#include "gui/canvas/canvas_painter.h"

namespace shaketable::gui {

/// The answer to "why is this red?" for a service, or null when it never left its normal state.
[[nodiscard]] const engine::WhyPath* why_of(const engine::Scenario& scenario,
                                            const engine::Cascade& cascade,
                                            const std::string& service);
/// The way from the service to where its trouble began, for the canvas.
[[nodiscard]] Trail trail_of(const engine::Scenario& scenario, const engine::Cascade& cascade,
                             const engine::WhyPath& why);
/// "pool exhausted".
[[nodiscard]] QString words_of(engine::Mechanism mechanism);

}  // namespace shaketable::gui
