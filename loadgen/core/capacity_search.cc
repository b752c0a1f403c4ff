#include "loadgen/core/capacity_search.h"

#include <algorithm>
#include <cmath>

#include "proxy/base/assert.h"
#include "proxy/base/bits.h"

namespace shaketable::loadgen {
namespace {

constexpr std::uint64_t kOne = 1'000'000;

std::uint64_t times_ppm(std::uint64_t value, std::uint64_t ppm) {
  constexpr std::uint64_t kMost = std::uint64_t{1} << 62U;
  const auto product = static_cast<proxy::Int128>(value) * ppm / kOne;
  return static_cast<std::uint64_t>(std::min(product, static_cast<proxy::Int128>(kMost)));
}

}  // namespace

CapacitySearch::CapacitySearch(const CapacitySearchOptions& options)
    : options_(options), level_(options.first) {
  ASSERT(options.first > 0 && options.most >= options.first);
  ASSERT(options.step > 0 || options.growth_ppm > kOne);
}

std::optional<CapacityTrial> CapacitySearch::next() const {
  return state_ == State::kDone ? std::nullopt : std::optional(CapacityTrial{level_, repeat_});
}

void CapacitySearch::on_result(bool holds) { holds ? held() : failed(); }

std::uint64_t CapacitySearch::above(std::uint64_t level) const {
  const std::uint64_t next =
      options_.step > 0 ? level + options_.step : times_ppm(level, options_.growth_ppm);
  return std::min(std::max(next, level + 1), options_.most);
}

std::uint64_t CapacitySearch::below(std::uint64_t level) const {
  if (options_.step > 0) {
    return level > options_.step ? level - options_.step : level / 2;
  }
  return std::min(times_ppm(level, kOne * kOne / options_.growth_ppm), level - 1);
}

void CapacitySearch::held() {
  switch (state_) {
    case State::kClimb:
      holds_ = level_;
      if (level_ == options_.most) {
        state_ = State::kConfirm;
        narrow();
        return;
      }
      level_ = above(level_);
      return;
    case State::kDescend:
    case State::kBisect:
      holds_ = level_;
      narrow();
      return;
    case State::kConfirm:
      if (++repeat_ > options_.confirmations) {
        repeat_ = 0;
        state_ = State::kDone;
      }
      return;
    case State::kDone:
      return;
  }
}

void CapacitySearch::failed() {
  fails_ = fails_ == 0 ? level_ : std::min(fails_, level_);
  switch (state_) {
    case State::kClimb:
    case State::kDescend:
      if (holds_ > 0) {
        narrow();
        return;
      }
      state_ = level_ == 1 ? State::kDone : State::kDescend;
      level_ = state_ == State::kDone ? level_ : below(level_);
      return;
    case State::kBisect:
      narrow();
      return;
    case State::kConfirm:
      // It held once and failed now: it has failed, and what lies below is open again.
      repeat_ = 0;
      holds_ = 0;
      level_ = std::max<std::uint64_t>(times_ppm(level_, kOne - options_.precision_ppm), 1);
      level_ = level_ == fails_ ? level_ - 1 : level_;
      state_ = level_ == 0 ? State::kDone : State::kDescend;
      return;
    case State::kDone:
      return;
  }
}

/// Takes the middle of the gap, or confirms its lower end if it is small.
void CapacitySearch::narrow() {
  const bool is_small = fails_ == 0 || fails_ - holds_ <= 1 ||
                        static_cast<proxy::Int128>(fails_ - holds_) * kOne <=
                            static_cast<proxy::Int128>(holds_) * options_.precision_ppm;
  if (!is_small) {
    state_ = State::kBisect;
    level_ = holds_ + (fails_ - holds_) / 2;
    return;
  }
  level_ = holds_;
  repeat_ = 1;
  state_ = options_.confirmations == 0 ? State::kDone : State::kConfirm;
}

// ---- windows
// -------------------------------------------------------------------------------------

SlidingVerdict::SlidingVerdict(const Options& options, proxy::Instant start)
    : options_(options),
      slot_length_(std::max(options.window / std::int64_t{kSlots}, proxy::Duration(1))),
      start_(start) {}

void SlidingVerdict::restart(proxy::Instant now) {
  start_ = now;
  current_ = 0;
  std::fill(std::begin(slots_), std::end(slots_), Slot{});
  total_ = failures_ = slow_ = 0;
}

void SlidingVerdict::move_to(proxy::Instant now) {
  const std::int64_t wanted = (now - start_) / slot_length_;
  const std::int64_t steps = std::min<std::int64_t>(wanted - current_, kSlots);
  for (std::int64_t i = 1; i <= steps; ++i) {
    // Only the last `kSlots` matter, however long nothing came.
    Slot& slot = slots_[static_cast<std::size_t>(wanted - steps + i) % kSlots];
    total_ -= slot.total;
    failures_ -= slot.failures;
    slow_ -= slot.slow;
    slot = {};
  }
  current_ = std::max(current_, wanted);
}

void SlidingVerdict::add(proxy::Instant now, bool success, proxy::Duration latency) {
  move_to(now);
  Slot& slot = slots_[static_cast<std::size_t>(current_) % kSlots];
  const bool is_slow =
      options_.latency_limit > proxy::Duration::zero() && latency > options_.latency_limit;
  ++slot.total;
  ++total_;
  slot.failures += success ? 0U : 1U;
  failures_ += success ? 0U : 1U;
  slot.slow += is_slow ? 1U : 0U;
  slow_ += is_slow ? 1U : 0U;
}

WindowVerdict SlidingVerdict::decide(proxy::Instant now) {
  move_to(now);
  const bool is_late = now - start_ >= options_.longest;
  if (total_ == 0) {
    return is_late ? WindowVerdict::kFails : WindowVerdict::kUndecided;  // nothing is answered
  }
  // A quantile above the limit is a share of slow results above what the quantile leaves.
  const auto slow_tolerance = static_cast<std::uint32_t>(kOne - options_.latency_quantile_ppm);
  if (is_late) {
    const bool holds = failures_ * kOne <= total_ * options_.tolerance_ppm &&
                       (options_.latency_limit == proxy::Duration::zero() ||
                        slow_ * kOne <= total_ * slow_tolerance);
    return holds ? WindowVerdict::kHolds : WindowVerdict::kFails;
  }
  if (total_ < options_.least) {
    return WindowVerdict::kUndecided;
  }
  const Interval failed = wilson(failures_, total_, options_.confidence);
  const Interval slow = wilson(slow_, total_, options_.confidence);
  const bool has_limit = options_.latency_limit > proxy::Duration::zero();
  if (failed.low_ppm > options_.tolerance_ppm || (has_limit && slow.low_ppm > slow_tolerance)) {
    return WindowVerdict::kFails;
  }
  const bool is_full = now - start_ >= options_.window;
  const bool holds =
      failed.high_ppm <= options_.tolerance_ppm && (!has_limit || slow.high_ppm <= slow_tolerance);
  return is_full && holds ? WindowVerdict::kHolds : WindowVerdict::kUndecided;
}

Interval wilson(std::uint64_t part, std::uint64_t whole, std::uint32_t deviations) {
  if (whole == 0) {
    return {};
  }
  // sqrt is exact to the last bit on every machine (IEEE 754); the rest are plain operations.
  const auto n = static_cast<double>(whole);
  const double p = static_cast<double>(part) / n;
  const double z = deviations;
  const double scale = 1.0 / (1.0 + z * z / n);
  const double center = (p + z * z / (2.0 * n)) * scale;
  const double half = z * std::sqrt(p * (1.0 - p) / n + z * z / (4.0 * n * n)) * scale;
  const auto ppm = [](double share) {
    return static_cast<std::uint32_t>(std::clamp(share, 0.0, 1.0) * 1e6 + 0.5);
  };
  return {ppm(center - half), ppm(center + half)};
}

}  // namespace shaketable::loadgen
