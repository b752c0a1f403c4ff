#include "engine/judge/replications.h"

#include <algorithm>

#include "proxy/base/assert.h"

namespace shaketable::engine {
namespace {

ReplicatedExpectation replicated(std::span<const RunSummary> runs, std::size_t index,
                                 std::uint64_t required) {
  ReplicatedExpectation result{.fine = 0, .of = runs.size()};
  std::vector<std::int64_t> values;
  for (const RunSummary& run : runs) {
    const ExpectationSummary& it = run.expectations[index];
    result.fine += is_fine(it.state) ? 1 : 0;
    if (!is_fine(it.state) && !result.first_bad_seed) {
      result.first_bad_seed = run.seed;
    }
    if (it.value) {
      values.push_back(*it.value);
    }
  }
  result.share = wilson_interval(result.fine, result.of);
  result.passed = result.fine >= required;
  if (!values.empty()) {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    result.lowest = *low;
    result.highest = *high;
    result.median = median_of(values);
    result.median_lies = median_interval(values);
  }
  return result;
}

// "PASSED: every expectation held in at least 9 of 10 runs, seeds 1-10"
std::string headline_of(const Replications& all) {
  const std::size_t runs = all.runs.size();
  const std::size_t passed = static_cast<std::size_t>(std::count_if(
      all.runs.begin(), all.runs.end(), [](const RunSummary& run) { return run.passed; }));
  const auto bad = std::count_if(all.expectations.begin(), all.expectations.end(),
                                 [](const ReplicatedExpectation& it) { return !it.passed; });
  std::string text = all.asked > runs ? "INTERRUPTED, " : "";
  text += all.passed ? "PASSED" : "FAILED";
  text += all.asked > runs ? " SO FAR: " : ": ";
  if (bad > 0) {
    text += std::to_string(bad) + " of " + std::to_string(all.expectations.size()) +
            (all.expectations.size() == 1 ? " expectation" : " expectations") +
            " did not hold in " + (all.required < runs ? "enough" : "all") + " runs; ";
  }
  text += std::to_string(passed) + " of " + std::to_string(runs) + " runs passed";
  if (all.required < all.asked) {
    text += ", each expectation must hold in " + std::to_string(all.required);
  }
  return text;
}

}  // namespace

Replications replicate(std::vector<RunSummary> runs, std::uint64_t asked, std::uint64_t required) {
  ASSERT(!runs.empty());
  Replications result{.runs = std::move(runs), .asked = asked, .required = required};
  // Of runs that were interrupted, the same number may fail as of all.
  const std::uint64_t missing = asked - std::min<std::uint64_t>(asked, result.runs.size());
  const std::uint64_t wanted = required > missing ? required - missing : 1;
  for (std::size_t i = 0; i < result.runs.front().expectations.size(); ++i) {
    result.expectations.push_back(replicated(result.runs, i, wanted));
    result.passed = result.passed && result.expectations.back().passed;
  }
  result.headline = headline_of(result);
  return result;
}

}  // namespace shaketable::engine
