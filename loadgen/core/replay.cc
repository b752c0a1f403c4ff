#include "loadgen/core/replay.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen {
namespace {

constexpr std::uint64_t kOne = 1'000'000;

}  // namespace

Replay::Replay(std::vector<proxy::Duration> moments, proxy::Instant start, proxy::Instant stop)
    : moments_(std::move(moments)), start_(start), stop_(stop) {
  find();
}

void Replay::advance() {
  if (next_ == proxy::kNever) {
    return;
  }
  if (left_ > 1) {
    --left_;
    return;
  }
  left_ = 0;
  first_ahead_ = ++place_;
  find();
}

/// Finds the next moment with an arrival.
void Replay::find() {
  next_ = proxy::kNever;
  while (place_ < moments_.size()) {
    owed_ += factor_;
    left_ = owed_ / kOne;
    owed_ %= kOne;
    if (left_ > 0) {
      const proxy::Instant at = proxy::after(start_, moments_[place_]);
      next_ = at < stop_ ? at : proxy::kNever;
      return;
    }
    ++place_;
  }
}

void Replay::set_factor(proxy::Instant now, std::uint32_t factor_ppm) {
  factor_ = factor_ppm;
  if (next_ != proxy::kNever && next_ <= now) {
    return;  // it is due already and keeps its weight
  }
  // What was weighed by the old factor and is still to come is weighed anew.
  const auto ahead = std::upper_bound(moments_.begin(), moments_.end(), now - start_);
  place_ = std::max(first_ahead_, static_cast<std::size_t>(ahead - moments_.begin()));
  owed_ = kOne / 2;
  left_ = 0;
  find();
}

}  // namespace shaketable::loadgen
