#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/scenario/model.h"

namespace shaketable::engine {

/// When a run that nobody interrupts ends: its duration and the drain after it.
[[nodiscard]] Instant end_of_run(const RunSpec& run);

/// The whole measured run: from the end of the warm-up to the end of the run.
[[nodiscard]] Window measured_window(const RunSpec& run);

/// `window` with both edges inside the run. A window without a text that starts with the run is one
/// that nobody wrote, so it is the measured run. `from == to` when nothing of it lies in the run.
[[nodiscard]] Window resolve(const Window& window, const RunSpec& run);

/// Every window over which some metric of `scenario` needs exact totals, resolved and without
/// duplicates (the text does not count). The measured run is always the first. The simulator hands
/// the list to its recorder, and `Series::windows` is parallel to it.
[[nodiscard]] std::vector<Window> windows_of(const Scenario& scenario);

/// Position of the window with the same edges, or `windows.size()`.
[[nodiscard]] std::size_t window_index(std::span<const Window> windows, const Window& window);

}  // namespace shaketable::engine
