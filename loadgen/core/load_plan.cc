#include "loadgen/core/load_plan.h"

#include <algorithm>

namespace shaketable::loadgen {

bool compare(std::int64_t value, Comparison comparison, std::int64_t number) {
  switch (comparison) {
    case Comparison::kEqual:
      return value == number;
    case Comparison::kNotEqual:
      return value != number;
    case Comparison::kLess:
      return value < number;
    case Comparison::kLessEqual:
      return value <= number;
    case Comparison::kGreater:
      return value > number;
    case Comparison::kGreaterEqual:
      return value >= number;
    case Comparison::kContains:
    case Comparison::kMatches:
    case Comparison::kExists:
      return false;
  }
  return false;
}

bool is_known_in_virtual_time(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kSucceeded:
    case Condition::Kind::kStatus:
    case Condition::Kind::kLatency:
    case Condition::Kind::kChance:
      return true;
    case Condition::Kind::kHeader:
    case Condition::Kind::kBody:
    case Condition::Kind::kBodySize:
    case Condition::Kind::kJson:
    case Condition::Kind::kVariable:
    case Condition::Kind::kGrpcStatus:
      return false;
  }
  return false;
}

bool contains(const std::vector<std::pair<std::uint16_t, std::uint16_t>>& ranges,
              std::uint16_t status) {
  return std::any_of(ranges.begin(), ranges.end(), [status](const auto& range) {
    return status >= range.first && status <= range.second;
  });
}

namespace {

void collect(const std::vector<Step>& steps, std::vector<std::uint32_t>& found) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kRequest) {
      found.push_back(step.request);
    }
    collect(step.steps, found);
    collect(step.otherwise, found);
  }
}

}  // namespace

std::vector<std::uint32_t> requests_of(const std::vector<Step>& steps) {
  std::vector<std::uint32_t> found;
  collect(steps, found);
  return found;
}

}  // namespace shaketable::loadgen
