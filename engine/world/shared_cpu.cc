#include "engine/world/shared_cpu.h"

#include <algorithm>

namespace shaketable::engine {

using proxy::Duration;
using proxy::Instant;

void SharedCpu::advance(Instant now) {
  const auto passed = static_cast<std::uint64_t>((now - updated_).count());
  updated_ = now;
  if (stopped_ || heap_.empty() || passed == 0) {
    return;
  }
  const std::uint64_t jobs = heap_.size();
  if (jobs <= cpus_) {
    served_ += passed << kFractionBits;
  } else {
    served_ += static_cast<std::uint64_t>((static_cast<proxy::Uint128>(passed) << kFractionBits) *
                                          cpus_ / jobs);
  }
}

void SharedCpu::add(Instant now, std::uint32_t job, Duration work) {
  advance(now);
  const std::uint64_t end = served_ + (static_cast<std::uint64_t>(work.count()) << kFractionBits);
  heap_.push_back({end, order_++, job});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

Instant SharedCpu::next_end(Instant now) const {
  if (heap_.empty() || stopped_) {
    return proxy::kNever;
  }
  // `served_` is as of `updated_`, and every change brings it up to date first.
  const std::uint64_t left = heap_.front().end > served_ ? heap_.front().end - served_ : 0;
  const std::uint64_t jobs = heap_.size();
  const proxy::Uint128 scaled =
      jobs <= cpus_ ? static_cast<proxy::Uint128>(left)
                    : (static_cast<proxy::Uint128>(left) * jobs + cpus_ - 1) / cpus_;
  const auto wait =
      static_cast<std::int64_t>((scaled + (1U << kFractionBits) - 1) >> kFractionBits);
  return std::max(now, updated_ + Duration(wait));
}

bool SharedCpu::take_ended(Instant now, std::uint32_t& job) {
  advance(now);
  if (heap_.empty() || stopped_ || heap_.front().end > served_) {
    return false;
  }
  job = heap_.front().id;
  std::pop_heap(heap_.begin(), heap_.end(), later);
  heap_.pop_back();
  return true;
}

void SharedCpu::stop(Instant now) {
  advance(now);
  stopped_ = true;
}

void SharedCpu::resume(Instant now) {
  advance(now);
  stopped_ = false;
}

void SharedCpu::clear(Instant now) {
  advance(now);
  heap_.clear();
  stopped_ = false;
}

}  // namespace shaketable::engine
