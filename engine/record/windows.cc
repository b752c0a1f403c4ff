#include "engine/record/windows.h"

#include <algorithm>

namespace shaketable::engine {

Instant end_of_run(const RunSpec& run) {
  return proxy::after(proxy::after(proxy::kStart, run.duration), run.drain);
}

Window measured_window(const RunSpec& run) {
  const Instant end = end_of_run(run);
  return {.from = std::min(proxy::after(proxy::kStart, run.warm_up), end), .to = end, .text = {}};
}

Window resolve(const Window& window, const RunSpec& run) {
  const bool unwritten = window.text.empty() && window.from == proxy::kStart &&
                         (window.to == proxy::kNever || window.to == proxy::kStart);
  if (unwritten) {
    return measured_window(run);
  }
  const Instant end = end_of_run(run);
  Window result = window;
  result.from = std::clamp(window.from, proxy::kStart, end);
  result.to = std::clamp(window.to, result.from, end);
  return result;
}

std::vector<Window> windows_of(const Scenario& scenario) {
  std::vector<Window> windows{measured_window(scenario.run)};
  for (const Expectation& expectation : scenario.expectations) {
    const auto* metric = std::get_if<MetricExpectation>(&expectation.what);
    if (metric == nullptr) {
      continue;
    }
    const Window window = resolve(metric->window, scenario.run);
    if (window_index(windows, window) == windows.size()) {
      windows.push_back(window);
    }
  }
  return windows;
}

std::size_t window_index(std::span<const Window> windows, const Window& window) {
  const auto found = std::find_if(windows.begin(), windows.end(), [&window](const Window& other) {
    return other.from == window.from && other.to == window.to;
  });
  return static_cast<std::size_t>(found - windows.begin());
}

}  // namespace shaketable::engine
