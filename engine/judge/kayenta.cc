#include "engine/judge/kayenta.h"

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

#include "engine/judge/statistics.h"

namespace shaketable::engine {
namespace {

using proxy::Uint128;

constexpr std::int64_t kOne = 1'000'000;
constexpr std::int64_t kPercent = 1'000'000;  // A percent in a score's unit.

// Sum of t^3 - t over groups of equal values.
Uint128 ties_of(std::vector<std::int64_t> values) {
  std::sort(values.begin(), values.end());
  Uint128 sum = 0;
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i;
    while (end < values.size() && values[end] == values[i]) {
      ++end;
    }
    const Uint128 t = end - i;
    sum += t * t * t - t;
    i = end;
  }
  return sum;
}

// Standard deviation of the U statistic, in millionths.
std::uint64_t sigma_micro(const std::vector<std::int64_t>& x, const std::vector<std::int64_t>& y) {
  const Uint128 pairs = static_cast<Uint128>(x.size()) * y.size();
  const Uint128 n = x.size() + y.size();
  if (n < 2) {
    return 0;
  }
  const Uint128 ties = ties_of(x) + ties_of(y);
  // pairs / 12 x ((n + 1) - ties / (n (n - 1))), millionths of a millionth for the root
  const Uint128 scale = static_cast<Uint128>(kOne) * kOne;
  const Uint128 whole = (n + 1) * n * (n - 1) - ties;
  return square_root(pairs * whole * (scale / 12 / 1'000) / (n * (n - 1)) * 1'000);
}

// Difference with this rank from above (1 is the greatest), within the list.
std::int64_t from_above(const std::vector<std::int64_t>& descending, std::int64_t rank) {
  const auto last = static_cast<std::int64_t>(descending.size());
  return descending[static_cast<std::size_t>(std::clamp<std::int64_t>(rank, 1, last) - 1)];
}

std::int64_t rounded_up(std::int64_t micro) { return micro / kOne + (micro % kOne > 0 ? 1 : 0); }

__int128 sum_of(const std::vector<std::int64_t>& values) {
  __int128 sum = 0;
  for (const std::int64_t value : values) {
    sum += value;
  }
  return sum;
}

}  // namespace

const char* name_of(MetricClass metric_class) {
  switch (metric_class) {
    case MetricClass::kPass:
      return "Pass";
    case MetricClass::kHigh:
      return "High";
    case MetricClass::kLow:
      return "Low";
    case MetricClass::kNoData:
      return "Nodata";
  }
  return "";
}

const char* name_of(ScoreClass score_class) {
  switch (score_class) {
    case ScoreClass::kPass:
      return "Pass";
    case ScoreClass::kMarginal:
      return "Marginal";
    case ScoreClass::kFail:
      return "Fail";
  }
  return "";
}

// Between two neighbouring differences d the statistic is U(d) - pairs/2 with U the number of
// differences above d. Its z value, half a step nearer to zero, falls through +z at the lower end
// of the interval and through -z at the upper one: each is the difference where U falls so low.
MannWhitney mann_whitney(const std::vector<std::int64_t>& experiment,
                         const std::vector<std::int64_t>& control, std::int64_t z_micro) {
  std::vector<std::int64_t> differences;
  differences.reserve(experiment.size() * control.size());
  for (const std::int64_t x : experiment) {
    for (const std::int64_t y : control) {
      differences.push_back(x - y);
    }
  }
  if (differences.empty()) {
    return {};
  }
  std::sort(differences.begin(), differences.end(), std::greater<>());
  const auto pairs = static_cast<std::int64_t>(differences.size());
  const auto reach = static_cast<std::int64_t>(
      static_cast<Uint128>(sigma_micro(experiment, control)) * static_cast<std::uint64_t>(z_micro) /
      static_cast<std::uint64_t>(kOne));
  const std::int64_t middle = pairs * (kOne / 2);
  const std::size_t half = differences.size() / 2;
  MannWhitney result;
  result.low = from_above(differences, rounded_up(middle + kOne / 2 + reach));
  result.high =
      from_above(differences, rounded_up(std::max<std::int64_t>(middle - kOne / 2 - reach, kOne)));
  result.estimate = differences[half];
  return result;
}

std::int64_t mean_ratio_ppm(const std::vector<std::int64_t>& experiment,
                            const std::vector<std::int64_t>& control) {
  const __int128 above = sum_of(experiment) * static_cast<__int128>(control.size());
  const __int128 below = sum_of(control) * static_cast<__int128>(experiment.size());
  return below == 0 ? kOne : static_cast<std::int64_t>(above * kOne / below);
}

MetricClass classify(const std::vector<std::int64_t>& experiment,
                     const std::vector<std::int64_t>& control, Direction direction,
                     const KayentaConfig& config) {
  if (experiment.empty() || control.empty()) {
    return MetricClass::kNoData;
  }
  const MannWhitney test = mann_whitney(experiment, control, config.z_micro);
  const std::int64_t shift = test.estimate < 0 ? -test.estimate : test.estimate;
  const auto bound =
      static_cast<std::int64_t>(static_cast<__int128>(shift) * config.tolerance_ppm / kOne);
  const std::int64_t ratio = mean_ratio_ppm(experiment, control);
  if (direction != Direction::kDecrease && test.low > bound &&
      ratio >= config.effect_increase_ppm) {
    return MetricClass::kHigh;
  }
  if (direction != Direction::kIncrease && test.high < -bound &&
      ratio <= config.effect_decrease_ppm) {
    return MetricClass::kLow;
  }
  return MetricClass::kPass;
}

std::int64_t kayenta_score(const std::vector<JudgedMetric>& metrics,
                           const std::vector<GroupWeight>& weights) {
  struct Group {
    std::int64_t passed = 0, with_data = 0;
  };
  std::map<std::string, Group> groups;
  for (const JudgedMetric& metric : metrics) {
    if (metric.critical && metric.metric_class != MetricClass::kPass) {
      return 0;
    }
    Group& group = groups[metric.group];
    group.passed += metric.metric_class == MetricClass::kPass ? 1 : 0;
    group.with_data += metric.metric_class == MetricClass::kNoData ? 0 : 1;
  }
  const auto weight_of = [&weights](const std::string& name) {
    const auto found = std::find_if(weights.begin(), weights.end(),
                                    [&](const GroupWeight& w) { return w.group == name; });
    return found == weights.end() ? -1 : found->percent;
  };
  std::int64_t given = 0;
  std::int64_t without = 0;
  for (const auto& [name, group] : groups) {
    if (group.with_data > 0) {
      const std::int64_t weight = weight_of(name);
      given += std::max<std::int64_t>(weight, 0);
      without += weight < 0 ? 1 : 0;
    }
  }
  __int128 sum = 0;
  __int128 total = 0;
  for (const auto& [name, group] : groups) {
    if (group.with_data == 0) {
      continue;
    }
    const std::int64_t weight = weight_of(name);
    const __int128 micro =
        weight >= 0
            ? static_cast<__int128>(weight) * kPercent
            : static_cast<__int128>(std::max<std::int64_t>(100 - given, 0)) * kPercent / without;
    sum += micro * 100 * group.passed / group.with_data;
    total += micro;
  }
  return total == 0 ? 0 : static_cast<std::int64_t>(sum * kPercent / total);
}

ScoreClass classify_score(std::int64_t score, std::int64_t pass, std::int64_t marginal) {
  if (score >= pass * kPercent) {
    return ScoreClass::kPass;
  }
  return score >= marginal * kPercent ? ScoreClass::kMarginal : ScoreClass::kFail;
}

}  // namespace shaketable::engine
