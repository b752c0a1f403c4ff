#pragma once

#include <string>
#include <string_view>

#include "engine/judge/replications.h"
#include "reports/report.h"

/// Words about several runs of one scenario that every writer shares. Texts are not escaped yet.
namespace shaketable::reports {

/// A value in the unit of an expectation's verdict: "81.2 ms" for "ns".
[[nodiscard]] std::string format_in_unit(std::string_view unit, std::int64_t value);

/// "60-98 %": whole percents, rounded outwards; a share of so few runs is not known better.
[[nodiscard]] std::string whole_percents(const engine::ConfidenceInterval& share);

/// "9/10"
[[nodiscard]] std::string held_of(const engine::ReplicatedExpectation& expectation);

/// "held in 9 of 10 runs (60-98 % of all seeds); got 98.1-99.9 %, median 99.1 % (98.9-99.4 %);
/// not with seed 7"
[[nodiscard]] std::string replicated_text(const engine::ReplicatedExpectation& expectation,
                                          std::string_view unit);

/// The verdict that counts: over all seeds when there are several, else the run's own.
[[nodiscard]] bool passed_over_seeds(const Report& report);
[[nodiscard]] const std::string& headline_over_seeds(const Report& report);

/// "10 runs, seeds 1-10"; "4 of 10 runs, seeds 1-4" after an interruption.
[[nodiscard]] std::string seeds_text(const engine::Replications& replications);

}  // namespace shaketable::reports
