#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "proxy/base/distribution.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// Arrivals that do not wait for answers, in [start, stop).
///
/// The stages follow each other from `start`; after the last one its `to_ups` holds. A varying rate
/// is an exact change of time: the area below the rate between two arrivals is exponential
/// (Poisson) or one request (constant). A rate of zero yields no arrival until the rate grows.
///
///     rate |      ____            each arrival is where the area since the origin reaches
///          |  __./    \____...    `needed_`; the origin moves with stages and factors only, so
///          |_/_____________ t     that rounding errors do not add up
///
/// Times are exact to the nanosecond, equal on every machine. Cost: one draw and one multiplication
/// an arrival while the rate is constant, a square root while it changes; no allocation after
/// construction. Not thread-safe.
class OpenLoop {
 public:
  OpenLoop(std::vector<RateStage> stages, Arrivals arrivals, proxy::Instant start,
           proxy::Instant stop, proxy::Rng rng)
      : OpenLoop(std::move(stages), false, arrivals, start, stop, std::move(rng)) {}
  /// If it `repeats`, the stages begin again after the last one, for ever; their lengths together
  /// are above zero then.
  OpenLoop(std::vector<RateStage> stages, bool repeats, Arrivals arrivals, proxy::Instant start,
           proxy::Instant stop, proxy::Rng rng);

  /// Intended moment of the next arrival; `kNever` when there is none any more.
  [[nodiscard]] proxy::Instant next() const { return next_; }

  /// That arrival has been taken. Nothing happens if there was none.
  void advance() {
    if (next_ == proxy::kNever) {
      return;
    }
    needed_ += gap();
    const double offset = origin_ + static_cast<double>(needed_) * wait_;
    // Written so that a wait of "not constant" (NaN) takes the long way.
    if (offset < limit_) [[likely]] {
      has_mark_ = false;
      place(offset);
      return;
    }
    solve();
  }

  /// Load fault: from `now` on the rate is `factor_ppm` / 1'000'000 times the stages' one. Arrivals
  /// up to `now` should have been taken; one that is still there keeps its moment.
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm);

  /// Random numbers drawn so far, for the fingerprint.
  [[nodiscard]] std::uint64_t draws() const { return rng_.draws(); }

 private:
  /// A stage ready for use. Rates are in billionths of an arrival per nanosecond, lengths in ns.
  struct Piece {
    double rate = 0;
    double slope = 0;  ///< Change of the rate per nanosecond.
    double length = 0;
    proxy::Instant begin{};
  };

  /// One arrival, in the unit of `needed_`: billionths of an arrival.
  static constexpr std::int64_t kOneArrival = 1'000'000'000;

  [[nodiscard]] std::int64_t gap() {
    return arrivals_ == Arrivals::kConstant ? kOneArrival : unit_.sample(rng_).count();
  }
  void place(double offset) {
    const auto whole = static_cast<std::int64_t>(offset + 0.5);
    next_ = proxy::after(begin_, proxy::Duration(whole));
    next_ = next_ < stop_ ? next_ : proxy::kNever;
  }
  [[nodiscard]] double area(double from, double to) const;
  void enter(std::size_t piece, double origin);
  void enter_next();
  void solve();
  void solve_slope(double needed);

  std::vector<Piece> pieces_;
  proxy::Distribution unit_;  ///< Exponential, mean kOneArrival.
  proxy::Rng rng_;
  Arrivals arrivals_;
  double factor_ = 1;
  proxy::Instant start_, stop_;
  proxy::Instant next_ = proxy::kNever;

  /// Where the last long way to an arrival began. While that arrival is awaited a factor may change
  /// anywhere on the way, so the way must be taken back.
  struct Mark {
    std::size_t piece = 0;
    proxy::Duration shift{};
    double origin = 0;
    std::int64_t needed = 0;
  };
  Mark mark_;
  bool has_mark_ = false;

  std::size_t piece_ = 0;
  proxy::Duration shift_{};   ///< Of the pieces' begins: the repetitions before.
  proxy::Duration period_{};  ///< Of a repetition; 0 = there is none.
  proxy::Instant begin_{};    ///< Of the current piece.
  double origin_ = 0;         ///< Offset in the piece from which `needed_` counts.
  std::int64_t needed_ = 0;   ///< Area from the origin to the next arrival.
  double wait_ = 0;           ///< Nanoseconds per unit of area; NaN unless the rate is constant.
  double limit_ = 0;          ///< Offsets below it need no second look.
};

}  // namespace shaketable::loadgen
