#include "loadgen/core/arrival_loop.h"

#include <algorithm>
#include <utility>

#include "proxy/base/assert.h"

namespace shaketable::loadgen {
namespace {

using proxy::Instant;

/// True if every share sees the same arrivals and takes its own.
bool is_dealt(const LoadPlan& plan) {
  return !plan.recorded.empty() || plan.arrivals == Arrivals::kConstant;
}

std::variant<OpenLoop, Replay> arrivals_of(const LoadPlan& plan, const proxy::Rng& rng,
                                           Share share) {
  if (!plan.recorded.empty()) {
    return Replay(plan.recorded, plan.start, plan.stop);
  }
  std::vector<RateStage> stages = plan.stages;
  if (!is_dealt(plan)) {
    for (RateStage& stage : stages) {
      stage.from_ups /= share.count;
      stage.to_ups /= share.count;
    }
  }
  return OpenLoop(std::move(stages), plan.repeats, plan.arrivals, plan.start, plan.stop,
                  rng.stream("arrivals", is_dealt(plan) ? 0 : share.index));
}

std::uint64_t limit_of(std::uint64_t limit, Share share) {
  return limit == 0
             ? 0
             : std::max<std::uint64_t>((limit + share.count - 1 - share.index) / share.count, 1);
}

}  // namespace

ArrivalLoop::ArrivalLoop(const LoadPlan& plan, proxy::Rng rng, Share share)
    : arrivals_(arrivals_of(plan, rng, share)),
      picker_(plan.journeys),
      pick_rng_(rng.stream("journey", share.index)),
      limit_(limit_of(plan.max_in_flight, share)),
      when_full_(plan.when_full),
      stop_on_failure_(plan.stop_on_failure),
      is_stopped_(picker_.count() == 0),
      share_(share),
      stride_(is_dealt(plan) ? share.count : 1) {
  ASSERT(share.count > 0 && share.index < share.count);
  for (std::uint32_t i = 0; stride_ > 1 && i < share.index; ++i) {
    advance();
  }
}

std::optional<RunStart> ArrivalLoop::next_run(Instant now) {
  if (has_room() && !waiting_.empty()) {
    const Instant intended = waiting_.front();
    waiting_.pop_front();
    return start_run(intended);
  }
  while (!is_stopped_ && next_arrival() <= now) {
    const Instant intended = next_arrival();
    for (std::uint32_t i = 0; i < stride_; ++i) {
      advance();
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
  // Whoever waits does so in order, and only while nobody else can begin.
  const std::uint64_t own = arrived_ - 1 - waiting_.size();
  return {user, picker_.pick(pick_rng_), own * share_.count + share_.index, intended, true};
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
