#include "loadgen/core/open_loop.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "proxy/base/assert.h"

namespace shaketable::loadgen {
namespace {

constexpr double kEndless = std::numeric_limits<double>::infinity();
constexpr double kNotConstant = std::numeric_limits<double>::quiet_NaN();

/// Half of what `needed_` can hold; the origin is moved before it is reached.
constexpr double kMostNeeded = 4e18;

/// Micro-requests per second as billionths of an arrival per nanosecond.
double rate_of(std::uint64_t ups) { return static_cast<double>(ups) * 1e-6; }

}  // namespace

OpenLoop::OpenLoop(std::vector<RateStage> stages, bool repeats, Arrivals arrivals,
                   proxy::Instant start, proxy::Instant stop, proxy::Rng rng)
    : unit_(proxy::Distribution::exponential(proxy::Duration(kOneArrival))),
      rng_(std::move(rng)),
      arrivals_(arrivals),
      start_(start),
      stop_(stop) {
  pieces_.reserve(stages.size() + 1);
  proxy::Instant begin = start;
  for (const RateStage& stage : stages) {
    ASSERT(stage.length >= proxy::Duration::zero());
    if (stage.length == proxy::Duration::zero()) {
      continue;
    }
    const auto length = static_cast<double>(stage.length.count());
    const double rate = rate_of(stage.from_ups);
    pieces_.push_back({rate, (rate_of(stage.to_ups) - rate) / length, length, begin});
    begin = proxy::after(begin, stage.length);
  }
  const bool has_rate = std::any_of(stages.begin(), stages.end(), [](const RateStage& stage) {
    return stage.length > proxy::Duration::zero() && (stage.from_ups > 0 || stage.to_ups > 0);
  });
  if (repeats && has_rate) {
    period_ = begin - start;
  } else {
    const double last = stages.empty() ? 0.0 : rate_of(stages.back().to_ups);
    pieces_.push_back({last, 0.0, kEndless, begin});
  }
  needed_ = arrivals_ == Arrivals::kConstant ? 0 : gap();
  enter(0, 0.0);
  solve();
}

void OpenLoop::set_factor(proxy::Instant now, std::uint32_t factor_ppm) {
  const proxy::Instant from = next_ <= now ? next_ : std::max(now, start_);
  if (has_mark_) {
    needed_ = mark_.needed;
    shift_ = mark_.shift;
    enter(mark_.piece, mark_.origin);
  }
  double offset = 0;
  // Walks the origin to `from` under the old factor: what was waited for is not needed again.
  while (true) {
    offset = static_cast<double>((from - begin_).count());
    const double end = pieces_[piece_].length;
    if (offset < end) {
      break;
    }
    needed_ -= std::llround(area(origin_, end));
    enter_next();
  }
  // `from` is never before the origin, but rounding may say so by a fraction of a nanosecond.
  offset = std::max(offset, origin_);
  needed_ = std::max<std::int64_t>(needed_ - std::llround(area(origin_, offset)), 0);
  if (from == next_) {
    needed_ = 0;
  }
  factor_ = static_cast<double>(factor_ppm) * 1e-6;
  enter(piece_, offset);
  solve();
}

/// The area below the rate between two offsets of the current piece.
double OpenLoop::area(double from, double to) const {
  const Piece& piece = pieces_[piece_];
  const double middle = piece.rate + piece.slope * (0.5 * (from + to));
  return middle * factor_ * (to - from);
}

void OpenLoop::enter(std::size_t piece, double origin) {
  piece_ = piece;
  origin_ = origin;
  const Piece& now = pieces_[piece_];
  begin_ = proxy::after(now.begin, shift_);
  limit_ = std::min(now.length, static_cast<double>((stop_ - begin_).count()));
  const double rate = now.rate * factor_;
  wait_ = kNotConstant;
  if (now.slope == 0.0 && rate > 0.0) {
    wait_ = 1.0 / rate;
    limit_ = std::min(limit_, origin_ + kMostNeeded * wait_);
  }
}

void OpenLoop::enter_next() {
  if (piece_ + 1 == pieces_.size()) {
    shift_ += period_;
    enter(0, 0.0);
  } else {
    enter(piece_ + 1, 0.0);
  }
}

/// Finds the place of the next arrival, going on to the next pieces as far as needed.
void OpenLoop::solve() {
  mark_ = {piece_, shift_, origin_, needed_};
  has_mark_ = true;
  while (true) {
    const Piece& piece = pieces_[piece_];
    const auto needed = static_cast<double>(needed_);
    if (static_cast<double>((stop_ - begin_).count()) <= origin_) {
      next_ = proxy::kNever;
      return;
    }
    if (!std::isnan(wait_)) {
      const double offset = origin_ + needed * wait_;
      if (offset < limit_) {
        place(offset);
        return;
      }
      if (offset < piece.length) {  // beyond `stop`, or time to move the origin
        enter(piece_, offset);
        needed_ = 0;
        continue;
      }
    } else if (piece.slope != 0.0) {
      // A slope of either sign has a positive rate somewhere in every part of the piece.
      const double whole = factor_ > 0.0 ? area(origin_, piece.length) : 0.0;
      if (whole > 0.0 && needed < whole) {
        solve_slope(needed);
        return;
      }
    } else if (piece.length == kEndless) {
      next_ = proxy::kNever;  // the rate stays zero; a factor cannot change that, a new run can
      return;
    }
    if (piece_ + 1 == pieces_.size() && (period_ == proxy::Duration::zero() || factor_ <= 0.0)) {
      next_ = proxy::kNever;
      return;
    }
    needed_ = std::max<std::int64_t>(needed_ - std::llround(area(origin_, piece.length)), 0);
    enter_next();
  }
}

/// Solves rate d + slope d^2 / 2 = needed for the way d from the origin, in the form that does not
/// cancel for small slopes.
void OpenLoop::solve_slope(double needed) {
  const Piece& piece = pieces_[piece_];
  const double rate = (piece.rate + piece.slope * origin_) * factor_;
  const double slope = piece.slope * factor_;
  const double root = std::sqrt(std::max(rate * rate + 2.0 * slope * needed, 0.0));
  const double way = needed == 0.0 ? 0.0 : 2.0 * needed / (rate + root);
  const double offset = std::min(origin_ + way, piece.length);
  if (offset >= static_cast<double>((stop_ - begin_).count())) {
    next_ = proxy::kNever;
    return;
  }
  place(offset);
}

}  // namespace shaketable::loadgen
