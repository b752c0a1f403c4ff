#include "loadgen/app/sizing_level.h"

#include <algorithm>

#include <fmt/format.h>

#include "loadgen/results/text.h"

namespace shaketable::loadgen::app {
namespace {

constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kAsWritten = 1'000;  ///< Of a factor.
constexpr std::uint64_t kMostWorkers = 10'000;
constexpr std::uint64_t kMostRate = 1'000'000;
constexpr std::uint64_t kMostFactor = 100 * kAsWritten;

std::uint64_t times(std::uint64_t value, std::uint64_t level) {
  return static_cast<std::uint64_t>(static_cast<proxy::Uint128>(value) * level / kAsWritten);
}

bool has_constant_rate(const LoadPlan& plan) {
  return std::all_of(plan.stages.begin(), plan.stages.end(), [&](const RateStage& stage) {
    return stage.from_ups == stage.to_ups && stage.to_ups == plan.stages.front().to_ups;
  });
}

}  // namespace

proxy::Result<LevelScale> level_scale(const std::vector<LoadPlan>& loads) {
  for (const LoadPlan& plan : loads) {
    if (!plan.recorded.empty()) {
      return proxy::fail("--sizing: recorded arrivals are as they were; give the load a rate");
    }
  }
  const LoadPlan& only = loads.front();
  if (loads.size() == 1 && only.workers > 0) {
    return LevelScale{LevelKind::kWorkers, only.workers,
                      std::max<std::uint64_t>(kMostWorkers, only.workers)};
  }
  if (loads.size() == 1 && !only.stages.empty() && has_constant_rate(only) &&
      only.stages.front().to_ups >= kMillion) {
    const std::uint64_t rate = only.stages.front().to_ups / kMillion;
    return LevelScale{LevelKind::kRate, rate, std::max(kMostRate, rate)};
  }
  return LevelScale{LevelKind::kFactor, kAsWritten, kMostFactor};
}

std::vector<LoadPlan> loads_at(const std::vector<LoadPlan>& loads, LevelKind kind,
                               std::uint64_t level, proxy::Duration length) {
  std::vector<LoadPlan> result = loads;
  for (LoadPlan& plan : result) {
    plan.ramp_up = proxy::Duration::zero();
    plan.max_runs = 0;
    plan.worker_duration = proxy::Duration::zero();
    plan.stop = plan.start + length;
    plan.stop_on_failure = false;
    switch (kind) {
      case LevelKind::kWorkers:
        plan.workers = static_cast<std::uint32_t>(level);
        break;
      case LevelKind::kRate:
        plan.stages = {{level * kMillion, level * kMillion, proxy::Duration::zero()}};
        break;
      case LevelKind::kFactor:
        if (plan.workers > 0) {
          plan.workers =
              static_cast<std::uint32_t>(std::max<std::uint64_t>(times(plan.workers, level), 1));
        }
        for (RateStage& stage : plan.stages) {
          stage.from_ups = times(stage.from_ups, level);
          stage.to_ups = times(stage.to_ups, level);
        }
        break;
    }
  }
  return result;
}

std::string level_text(LevelKind kind, std::uint64_t level) {
  switch (kind) {
    case LevelKind::kWorkers:
      return count_text(level) + (level == 1 ? " worker" : " workers");
    case LevelKind::kRate:
      return count_text(level) + "/s";
    case LevelKind::kFactor:
      return fmt::format("{:.3g} of the load", static_cast<double>(level) / 1e3);
  }
  return "";
}

}  // namespace shaketable::loadgen::app
