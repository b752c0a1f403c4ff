#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "loadgen/results/run_result.h"

namespace shaketable::loadgen {

struct SummaryOptions {
  std::vector<std::uint32_t> quantiles_ppm = {500'000, 900'000, 990'000, 999'000};
  bool color = false;
};

/// The result of a run as a person reads it on a terminal.
[[nodiscard]] std::string summary_text(const RunResult& result, const SummaryOptions& options);

}  // namespace shaketable::loadgen
