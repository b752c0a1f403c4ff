#include <algorithm>

#include "engine/scenario/model.h"

namespace shaketable::engine {
namespace {

std::uint32_t part_of(const RolloutLimit& limit, std::uint32_t replicas, bool up) {
  if (limit.ppm == 0) {
    return limit.count;
  }
  const std::uint64_t product = std::uint64_t{replicas} * limit.ppm;
  return static_cast<std::uint32_t>((product + (up ? proxy::kPpmOne - 1 : 0)) / proxy::kPpmOne);
}

}  // namespace

Instant end_of_fault(const Fault& fault) {
  const bool is_done_by_itself = fault.kind == FaultKind::kDeploy && fault.length.count() == 0;
  const Duration length = is_death(fault.kind) ? fault.restart_after
                          : is_done_by_itself  ? fault.amount
                                               : fault.length;
  const bool is_moment = fault.kind == FaultKind::kCacheFlush && length == Duration::zero();
  return length == Duration::zero() && !is_moment ? proxy::kNever : proxy::after(fault.at, length);
}

RolloutStep rollout_step(const Fault& deploy, std::uint32_t replicas) {
  RolloutStep step{part_of(deploy.surge, replicas, true),
                   std::min(part_of(deploy.unavailable, replicas, false), replicas)};
  if (step.surge == 0 && step.unavailable == 0) {
    step.unavailable = 1;  // As Kubernetes does: otherwise nothing would ever happen.
  }
  return step;
}

}  // namespace shaketable::engine
