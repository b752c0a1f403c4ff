#include "reports/replication_rows.h"

#include "engine/judge/decimal.h"
#include "engine/judge/units.h"

namespace shaketable::reports {

std::string whole_percents(const engine::ConfidenceInterval& share) {
  const std::int64_t low = share.low / 10'000;
  const std::int64_t high = (share.high + 9'999) / 10'000;
  return std::to_string(low) + '-' + std::to_string(high) + " %";
}

std::string format_in_unit(std::string_view unit, std::int64_t value) {
  if (unit == "ns") {
    return engine::format_duration(value);
  }
  if (unit == "ppm") {
    return engine::format_ppm(value);
  }
  if (unit == "micro_per_second") {
    return engine::format_rate(value);
  }
  if (unit == "millionths") {
    return engine::format_decimal(value, 2);
  }
  return value < 0 ? std::to_string(value)
                   : engine::format_count(static_cast<std::uint64_t>(value));
}

std::string held_of(const engine::ReplicatedExpectation& expectation) {
  return std::to_string(expectation.fine) + '/' + std::to_string(expectation.of);
}

std::string replicated_text(const engine::ReplicatedExpectation& expectation,
                            std::string_view unit) {
  std::string text = "as wanted in " + std::to_string(expectation.fine) + " of " +
                     std::to_string(expectation.of) +
                     " runs (95 %: " + whole_percents(expectation.share) + " of all seeds)";
  if (expectation.median) {
    const auto words = [unit](std::int64_t value) { return format_in_unit(unit, value); };
    if (*expectation.lowest == *expectation.highest) {
      text += "; got " + words(*expectation.median) + " each time";
    } else {
      text += "; median " + words(*expectation.median);
      if (expectation.median_lies) {
        text += " (95 %: " + words(expectation.median_lies->low) + " to " +
                words(expectation.median_lies->high) + ')';
      }
      text += ", from " + words(*expectation.lowest) + " to " + words(*expectation.highest);
    }
  }
  if (expectation.first_bad_seed) {
    text += "; not with seed " + std::to_string(*expectation.first_bad_seed);
    if (expectation.of - expectation.fine > 1) {
      text += " and " + std::to_string(expectation.of - expectation.fine - 1) + " more";
    }
  }
  return text;
}

bool passed_over_seeds(const Report& report) {
  return report.replications != nullptr ? report.replications->passed : report.verdict.passed;
}

const std::string& headline_over_seeds(const Report& report) {
  return report.replications != nullptr ? report.replications->headline : report.verdict.headline;
}

std::string seeds_text(const engine::Replications& replications) {
  const std::size_t runs = replications.runs.size();
  std::string text = std::to_string(runs);
  if (runs < replications.asked) {
    text += " of " + std::to_string(replications.asked);
  }
  text += replications.asked == 1 ? " run, seed " : " runs, seeds ";
  text += std::to_string(replications.runs.front().seed);
  if (runs > 1) {
    text += '-' + std::to_string(replications.runs.back().seed);
  }
  return text;
}

}  // namespace shaketable::reports
