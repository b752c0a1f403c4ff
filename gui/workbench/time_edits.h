#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/scenario/model.h"
#include "engine/scenario/source.h"
#include "gui/document/text_edit.h"
#include "proxy/base/result.h"

/// What is moved about in the time of a scenario, as changes of its text. Pure.
namespace shaketable::gui {

/// A duration on the grid on which hands move things: 0.1 s, and 0.5 s in runs of 30 s and more.
[[nodiscard]] engine::Duration on_grid(engine::Duration duration, engine::Instant end_of_run);

/// Lets a fault begin at another moment and last as long as before.
[[nodiscard]] proxy::Result<DocumentEdit> move_fault(const engine::ScenarioSource& source,
                                                     const engine::Fault& fault,
                                                     engine::Instant at);
/// Lets a fault begin and end at these moments, in the key that says its end: `for`, `until` or
/// `restart_after`.
[[nodiscard]] proxy::Result<DocumentEdit> stretch_fault(const engine::ScenarioSource& source,
                                                        const engine::Fault& fault,
                                                        engine::Instant from, engine::Instant to);
/// Lets a load begin and end at these moments; from the start, or to the end of the run, the key is
/// taken out.
[[nodiscard]] proxy::Result<DocumentEdit> stretch_load(const engine::ScenarioSource& source,
                                                       const engine::Load& load,
                                                       engine::Instant from, engine::Instant to,
                                                       engine::Instant end_of_run);

/// By expectation: whether its window is written as a span that hands can move, `5s..30s`.
[[nodiscard]] std::vector<bool> movable_windows(const engine::ScenarioSource& source);
/// Gives an expectation the span `from..to` as its `during`.
[[nodiscard]] proxy::Result<DocumentEdit> move_window(const engine::ScenarioSource& source,
                                                      std::size_t expectation, engine::Instant from,
                                                      engine::Instant to);

}  // namespace shaketable::gui
