#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "loadgen/core/load_plan.h"

/// Plans of a few words, for tests.
namespace shaketable::loadgen::testing {

inline Step request(std::uint32_t number) {
  Step step;
  step.request = number;
  return step;
}
inline Step think(proxy::Duration time) {
  Step step;
  step.kind = Step::Kind::kThink;
  step.think = proxy::Distribution::constant(time);
  return step;
}
inline Step loop(std::uint32_t count, std::vector<Step> steps) {
  Step step;
  step.kind = Step::Kind::kLoop;
  step.count = count;
  step.steps = std::move(steps);
  return step;
}
inline Step branch(Condition condition, std::vector<Step> then, std::vector<Step> otherwise = {}) {
  Step step;
  step.kind = Step::Kind::kBranch;
  step.condition = {std::move(condition)};
  step.steps = std::move(then);
  step.otherwise = std::move(otherwise);
  return step;
}
inline Condition status_is(std::uint16_t first, std::uint16_t last) {
  Condition condition;
  condition.kind = Condition::Kind::kStatus;
  condition.statuses = {{first, last}};
  return condition;
}
inline Condition chance(std::uint32_t ppm) {
  Condition condition;
  condition.kind = Condition::Kind::kChance;
  condition.number = ppm;
  return condition;
}
inline Journey journey(std::string name, std::uint32_t weight, std::vector<Step> steps) {
  Journey result;
  result.name = std::move(name);
  result.weight = weight;
  result.steps = std::move(steps);
  return result;
}

/// Enough requests for the numbers that tests use.
inline LoadPlan plan_of(std::uint32_t workers, std::vector<Journey> journeys) {
  LoadPlan plan;
  plan.name = "load";
  plan.workers = workers;
  plan.journeys = std::move(journeys);
  plan.requests.resize(32);
  for (Request& each : plan.requests) {
    each.name = "GET /";
    each.path = TextTemplate::constant("/");
  }
  return plan;
}
inline LoadPlan one_request_plan(std::uint32_t workers) {
  return plan_of(workers, {journey("only", 1, {request(7)})});
}
inline LoadPlan open_plan(std::uint64_t per_second, Arrivals arrivals, proxy::Duration length) {
  LoadPlan plan = one_request_plan(0);
  const std::uint64_t ups = per_second * 1'000'000;
  plan.stages = {{ups, ups, proxy::Duration::zero()}};
  plan.arrivals = arrivals;
  plan.stop = proxy::kStart + length;
  return plan;
}

}  // namespace shaketable::loadgen::testing
