#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "reports/report.h"

/// What several writers say in the same words. Texts are not escaped yet.
namespace shaketable::reports {

/// "payment-brownout, seed 7, 180 s simulated"
[[nodiscard]] std::string run_line(const Report& report);

/// "ok", "FAIL", "known", "FIXED", "n/a": four to five letters in a column.
[[nodiscard]] const char* short_name(engine::ExpectationState state);
/// "held", "broken", "known failure", "held although marked as failing", "not measurable".
[[nodiscard]] const char* long_name(engine::ExpectationState state);

/// Column heads of the golden signals: service, requests, rps, success, p50, p99, retries, busy,
/// at worst.
[[nodiscard]] std::vector<std::string> signal_heads();
/// The cells of one service in that order. A figure that does not exist is "-".
[[nodiscard]] std::vector<std::string> signal_cells(const Report& report,
                                                    const engine::GoldenSignals& signals);

/// "gateway -> payment: circuit open (max_pending_requests), 12 times until 63.1 s"
[[nodiscard]] std::string story_text(const engine::StoryLine& line);

/// "196 of 7,535 requests of the load had no answer when the run ended; ..."; empty below one in a
/// hundred. Rates are of answers: silence would look like success.
[[nodiscard]] std::string unanswered_text(const Report& report);

/// "3 lines that say less are left out".
[[nodiscard]] std::string left_out_text(std::size_t lines);

/// "2 of 10 services: payment (60.0 s), gateway (62.0 s)"; "nobody left its normal state".
[[nodiscard]] std::string spread_text(const Report& report, const engine::Spread& spread,
                                      std::size_t most_names);

/// "back to normal at 91.0 s, after 31 s" or "not back when the run ended, out since 61.0 s".
[[nodiscard]] std::string recovery_text(const engine::ServiceHealth& health);

/// "catalog -> price: not ejected: ... (12 times from 61.0 s)"
[[nodiscard]] std::string explanation_text(const Report& report,
                                           const engine::Explanation& explanation);

/// "wanted < 400 ms, got 812 ms"
[[nodiscard]] std::string wanted_and_got(const engine::ExpectationVerdict& expectation);

/// "gateway GET /products, 10-180 s"
[[nodiscard]] std::string where_and_when(const engine::ExpectationVerdict& expectation);

/// Sixteen hexadecimal digits.
[[nodiscard]] std::string hexadecimal_of(std::uint64_t number);

/// Services by how much they have to tell: worst state first, then most requests, then index.
[[nodiscard]] std::vector<engine::ServiceIndex> by_importance(const Report& report);

}  // namespace shaketable::reports
