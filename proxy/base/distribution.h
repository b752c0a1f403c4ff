#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "proxy/base/bits.h"
#include "proxy/base/quantile_table.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::proxy {

/// A random duration: one draw in, integer nanoseconds out, the same ones on every machine.
///
/// Smooth shapes are inverse distribution functions in integer tables (see QuantileTable), cut off
/// at the quantiles 2^-41 and 1 - 2^-41; mean and second moment of an exponential are within
/// 0.01 %. Uniform, constant and empirical ones are exact. Values are never negative and at most
/// 2^60 ns (36 years); longer ones are cut there.
///
/// The factories' preconditions are asserted: whoever reads a configuration checks it first.
/// Copies share the immutable table. Sampling is thread-safe, allocation-free and takes about 4 ns.
class Distribution {
 public:
  /// One exponential branch of a hyperexponential distribution.
  struct Branch {
    double probability = 0;  ///< > 0; divided by the sum over all branches.
    Duration mean{};         ///< > 0
  };
  /// One point of an empirical inverse distribution function.
  struct QuantilePoint {
    double quantile = 0;  ///< In [0, 1].
    Duration value{};     ///< >= 0
  };
  /// One point mass.
  struct WeightedValue {
    Duration value{};          ///< >= 0
    std::uint64_t weight = 0;  ///< Relative; below 2^32.
  };

  /// Always zero.
  Distribution() = default;

  /// Always `value` (>= 0). Sampling draws nothing.
  static Distribution constant(Duration value);
  /// Every integer of nanoseconds in [low, high] alike; 0 <= low <= high.
  static Distribution uniform(Duration low, Duration high);
  /// Exponential with that mean (>= 0). All exponentials share one table.
  static Distribution exponential(Duration mean);
  /// Normal; values below zero become zero. All normals share one table.
  static Distribution normal(Duration mean, Duration standard_deviation);
  /// Lognormal with that median (> 0) and 99th percentile (>= median).
  static Distribution lognormal(Duration median, Duration p99, QuantileTablePool* pool = nullptr);
  /// Lognormal whose logarithm (of seconds) is normal with `mu` and `sigma` (>= 0).
  static Distribution lognormal_mu_sigma(double mu, double sigma,
                                         QuantileTablePool* pool = nullptr);
  /// Pareto: P(X > x) = (scale / x)^shape for x >= scale; shape > 0. A mean exists above shape 1,
  /// a variance above 2; below that `mean()` is the one of the cut-off distribution.
  static Distribution pareto(Duration scale, double shape, QuantileTablePool* pool = nullptr);
  /// Gamma with mean shape * scale; 0.05 <= shape <= 10,000. Building one takes milliseconds.
  static Distribution gamma(double shape, Duration scale, QuantileTablePool* pool = nullptr);
  /// The sum of `stages` (1 to 10,000) exponentials, with that mean in all.
  static Distribution erlang(std::uint32_t stages, Duration mean,
                             QuantileTablePool* pool = nullptr);
  /// A mixture of exponentials; at least one branch.
  static Distribution hyperexponential(std::span<const Branch> branches,
                                       QuantileTablePool* pool = nullptr);
  /// Straight lines between the points, whose quantiles and values must not decrease; flat before
  /// the first and after the last one.
  static Distribution empirical(std::span<const QuantilePoint> points);
  /// One of the values, in proportion to the weights; the sum of the weights is > 0.
  static Distribution discrete(std::span<const WeightedValue> values);

  /// The same shape, stretched by `factor` (>= 0).
  [[nodiscard]] Distribution scaled(double factor) const;

  /// A random value; one draw, none if the value is constant.
  [[nodiscard]] Duration sample(Rng& rng) const {
    return kind_ == Kind::kConstant ? Duration(offset_) : sample_with(rng.next());
  }

  /// The value that belongs to a draw: the quantile `draw / 2^64`.
  [[nodiscard]] Duration sample_with(std::uint64_t draw) const {
    switch (kind_) {
      case Kind::kTable: {
        constexpr Int128 kHalf = Int128{1} << 63;
        const Int128 product = static_cast<Int128>(table_->lookup(draw)) * scale_ + kHalf;
        const std::int64_t value = offset_ + static_cast<std::int64_t>(product >> 64);
        return Duration(value < 0 ? 0 : value);
      }
      case Kind::kConstant:
        return Duration(offset_);
      case Kind::kUniform:
        return Duration(offset_ + static_cast<std::int64_t>(
                                      multiply_high(draw, static_cast<std::uint64_t>(scale_))));
      case Kind::kSegments:
        return sample_segments(draw);
    }
    return Duration::zero();
  }

  /// The mean of what `sample` returns (computed from the table; microseconds of work).
  [[nodiscard]] Duration mean() const;
  /// The value below which a part `ppm` / 1,000,000 of all samples lies.
  [[nodiscard]] Duration quantile_ppm(std::uint32_t ppm) const;
  /// True if every sample is the same and none costs a draw.
  [[nodiscard]] bool is_constant() const { return kind_ == Kind::kConstant; }

 private:
  enum class Kind : std::uint8_t { kConstant, kUniform, kTable, kSegments };

  /// Draws from `first_draw` up to the next segment's are mapped to the line from low to high.
  struct Segment {
    std::uint64_t first_draw = 0;
    std::int64_t low = 0;
    std::int64_t high = 0;
  };
  using Segments = std::vector<Segment>;

  Distribution(Kind kind, std::int64_t scale, std::int64_t offset)
      : kind_(kind), scale_(scale), offset_(offset) {}
  static Distribution from_table(std::shared_ptr<const QuantileTable> table, double unit_ns,
                                 std::int64_t offset);
  static Distribution from_segments(Segments segments);

  [[nodiscard]] Duration sample_segments(std::uint64_t draw) const;
  [[nodiscard]] double unit_ns() const;
  [[nodiscard]] double mean_of_table() const;
  [[nodiscard]] double mean_of_segments() const;

  Kind kind_ = Kind::kConstant;
  /// kTable: nanoseconds of the value 1, times 2^(64 - fraction_bits). kUniform: number of values.
  std::int64_t scale_ = 0;
  /// kConstant: the value; kUniform: the lowest one; kTable: added to each.
  std::int64_t offset_ = 0;
  std::shared_ptr<const QuantileTable> table_;
  std::shared_ptr<const Segments> segments_;
};

}  // namespace shaketable::proxy
