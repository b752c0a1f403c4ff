#include "loadgen/core/arrival_loop.h"

#include <algorithm>

#include "proxy/base/assert.h"

namespace shaketable::loadgen {
namespace {

using proxy::Instant;

/// The part of a Poisson process that is one share's.
std::vector<RateStage> share_of(std::vector<RateStage> stages, Arrivals arrivals, Share share) {
  if (arrivals == Arrivals::kPoisson) {
    for (RateStage& stage : stages) {
      stage.from_ups /= share.count;
      stage.to_ups /= share.count;
    }
  }
  return stages;
}

std::uint64_t limit_of(std::uint64_t limit, Share share) {
  return limit == 0
             ? 0
             : std::max<std::uint64_t>((limit + share.count - 1 - share.index) / share.count, 1);
}

}  // namespace

ArrivalLoop::ArrivalLoop(const LoadPlan& plan, proxy::Rng rng, Share share)
    : arrivals_(share_of(plan.stages, plan.arrivals, share), plan.arrivals, plan.start, plan.stop,
                plan.arrivals == Arrivals::kPoisson ? rng.stream("arrivals", share.index)
                                                    : rng.stream("arrivals", 0)),
      picker_(plan.journeys),
      pick_rng_(rng.stream("journey", share.index)),
      limit_(limit_of(plan.max_in_flight, share)),
      when_full_(plan.when_full),
      stop_on_failure_(plan.stop_on_failure),
      is_stopped_(picker_.count() == 0),
      stride_(plan.arrivals == Arrivals::kPoisson ? 1 : share.count) {
  ASSERT(share.count > 0 && share.index < share.count);
  for (std::uint32_t i = 0; stride_ > 1 && i < share.index; ++i) {
    arrivals_.advance();
  }
}

std::optional<RunStart> ArrivalLoop::next_run(Instant now) {
  if (has_room() && !waiting_.empty()) {
    const Instant intended = waiting_.front();
    waiting_.pop_front();
    return start_run(intended);
  }
  while (!is_stopped_ && arrivals_.next() <= now) {
    const Instant intended = arrivals_.next();
    for (std::uint32_t i = 0; i < stride_; ++i) {
      arrivals_.advance();
    }
    ++arrived_;
    if (has_room()) {
      return start_run(intended);
    }
    if (when_full_ == WhenFull::kWait) {
      ++delayed_;
      waiting_.push_back(intended);
    } else {
      ++dropped_;
    }
  }
  return std::nullopt;
}

RunStart ArrivalLoop::start_run(Instant intended) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(is_running_.size()));
    is_running_.push_back(false);
  }
  const std::uint32_t user = free_.back();
  free_.pop_back();
  is_running_[user] = true;
  most_ = std::max(most_, ++in_flight_);
  return {user, picker_.pick(pick_rng_), started_++, intended, true};
}

void ArrivalLoop::on_run_finished(Instant /*now*/, std::uint32_t user, bool success) {
  if (user >= is_running_.size() || !is_running_[user]) {
    return;
  }
  is_running_[user] = false;
  free_.push_back(user);
  --in_flight_;
  if (!success && stop_on_failure_) {
    stop();
  }
}

void ArrivalLoop::stop() {
  is_stopped_ = true;
  dropped_ += waiting_.size();
  waiting_.clear();
}

}  // namespace shaketable::loadgen
