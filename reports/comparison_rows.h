#pragma once

#include <string>
#include <vector>

#include "engine/judge/comparison.h"

/// Words about two runs side by side that every writer shares. Texts are not escaped yet.
namespace shaketable::reports {

/// Column heads of `delta_cells`: what, figure, before, after, change, likely, meaning.
[[nodiscard]] std::vector<std::string> delta_heads();
/// The cells of one figure. The change is always signed; "-" is a figure that does not exist.
[[nodiscard]] std::vector<std::string> delta_cells(const engine::Delta& delta);

/// "better", "WORSE", "different", "new", "gone", "" (no change that matters).
[[nodiscard]] const char* word_for(engine::Change change);

/// The deltas that people should see: all of the clients' and those that matter; at most `most`,
/// the gravest first kept. `left_out` is how many more would matter.
[[nodiscard]] std::vector<engine::Delta> chosen_deltas(const engine::RunComparison& comparison,
                                                       std::size_t most, std::size_t& left_out);

/// "before: a.json, 3 runs; after: b.json, 3 runs".
[[nodiscard]] std::string sides_text(const engine::RunComparison& comparison);

/// Where the intervals come from, one sentence.
[[nodiscard]] std::string pairing_text(const engine::RunComparison& comparison);

/// "ok -> FAIL: 81 ms -> 97 ms", what became of an expectation.
[[nodiscard]] std::string expectation_change_text(const engine::RunComparison& comparison,
                                                  const engine::ExpectationChange& change);

/// "gateway -> payment: circuit open: 3 -> 0".
[[nodiscard]] std::string event_change_text(const engine::EventChange& change);

/// "mesh.yaml: services.catalog.instances: 2 -> 3", "... : 3 (new)", "... : 2 (gone)".
[[nodiscard]] std::string configuration_change_text(const engine::ConfigurationChange& change);

}  // namespace shaketable::reports
