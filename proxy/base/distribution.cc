#include "proxy/base/distribution.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "proxy/base/assert.h"

namespace shaketable::proxy {
namespace {

constexpr double kDraws = 18446744073709551616.0;  // 2^64
constexpr std::int64_t kLargestValue = std::int64_t{1} << 62;

std::int64_t round_to_nanoseconds(double nanoseconds) {
  ASSERT(nanoseconds >= 0);
  const double cut = std::fmin(nanoseconds, static_cast<double>(kLargestValue));
  return static_cast<std::int64_t>(cut + 0.5);
}

std::uint64_t draw_of(double quantile) {
  return quantile >= 1 ? ~std::uint64_t{0} : static_cast<std::uint64_t>(quantile * kDraws);
}

}  // namespace

Distribution Distribution::constant(Duration value) {
  ASSERT(value >= Duration::zero());
  return {Kind::kConstant, 0, value.count()};
}

Distribution Distribution::uniform(Duration low, Duration high) {
  ASSERT(low >= Duration::zero());
  ASSERT(low <= high);
  if (low == high) {
    return constant(low);
  }
  return {Kind::kUniform, (high - low).count() + 1, low.count()};
}

Distribution Distribution::empirical(std::span<const QuantilePoint> points) {
  ASSERT(!points.empty());
  Segments segments;
  double previous = 0;
  std::int64_t low = points.front().value.count();
  ASSERT(low >= 0);
  for (const QuantilePoint& point : points) {
    ASSERT(point.quantile >= previous && point.quantile <= 1);
    ASSERT(point.value.count() >= low);
    if (point.quantile > previous) {
      segments.push_back({draw_of(previous), low, point.value.count()});
    }
    previous = point.quantile;
    low = point.value.count();
  }
  if (previous < 1) {
    segments.push_back({draw_of(previous), low, low});
  }
  return from_segments(std::move(segments));
}

Distribution Distribution::discrete(std::span<const WeightedValue> values) {
  std::uint64_t total = 0;
  for (const WeightedValue& entry : values) {
    ASSERT(entry.value >= Duration::zero());
    ASSERT(entry.weight >> 32 == 0);
    total += entry.weight;
  }
  ASSERT(total > 0);
  Segments segments;
  std::uint64_t before = 0;
  for (const WeightedValue& entry : values) {
    if (entry.weight > 0) {
      const auto first = static_cast<std::uint64_t>((static_cast<Uint128>(before) << 64) / total);
      segments.push_back({first, entry.value.count(), entry.value.count()});
    }
    before += entry.weight;
  }
  return from_segments(std::move(segments));
}

Distribution Distribution::from_segments(Segments segments) {
  ASSERT(!segments.empty());
  if (segments.size() == 1 && segments[0].low == segments[0].high) {
    return constant(Duration(segments[0].low));
  }
  Distribution result(Kind::kSegments, 0, 0);
  result.segments_ = std::make_shared<const Segments>(std::move(segments));
  return result;
}

Distribution Distribution::from_table(std::shared_ptr<const QuantileTable> table, double unit_ns,
                                      std::int64_t offset) {
  ASSERT(unit_ns >= 0);
  // The scale must stay below 2^62: a large unit needs a table with fewer integer bits.
  double scale = std::fmin(unit_ns, static_cast<double>(kLargestValue));
  int needed = 2;
  while (needed < 62 && std::ldexp(scale, 64 - needed) >= static_cast<double>(kLargestValue)) {
    ++needed;
  }
  if (needed > table->fraction_bits) {
    table = with_fraction_bits(*table, needed);
  }
  scale =
      std::fmin(std::ldexp(scale, 64 - table->fraction_bits), static_cast<double>(kLargestValue));
  Distribution result(Kind::kTable, static_cast<std::int64_t>(scale + 0.5), offset);
  result.table_ = std::move(table);
  return result;
}

double Distribution::unit_ns() const {
  return std::ldexp(static_cast<double>(scale_), table_->fraction_bits - 64);
}

Distribution Distribution::scaled(double factor) const {
  ASSERT(factor >= 0);
  const std::int64_t offset =
      offset_ < 0 ? 0 : round_to_nanoseconds(static_cast<double>(offset_) * factor);
  switch (kind_) {
    case Kind::kConstant:
      return constant(Duration(offset));
    case Kind::kUniform: {
      const auto high = static_cast<double>(offset_) + static_cast<double>(scale_ - 1);
      return uniform(Duration(offset), Duration(round_to_nanoseconds(high * factor)));
    }
    case Kind::kTable:
      return factor == 0 ? Distribution() : from_table(table_, unit_ns() * factor, offset);
    case Kind::kSegments: {
      Segments segments = *segments_;
      for (Segment& segment : segments) {
        segment.low = round_to_nanoseconds(static_cast<double>(segment.low) * factor);
        segment.high = round_to_nanoseconds(static_cast<double>(segment.high) * factor);
      }
      return from_segments(std::move(segments));
    }
  }
  return {};
}

Duration Distribution::sample_segments(std::uint64_t draw) const {
  const Segments& segments = *segments_;
  const auto above = std::upper_bound(
      segments.begin() + 1, segments.end(), draw,
      [](std::uint64_t value, const Segment& segment) { return value < segment.first_draw; });
  const Segment& segment = *(above - 1);
  if (segment.low == segment.high) {
    return Duration(segment.low);
  }
  const std::uint64_t width =
      (above == segments.end() ? 0 : above->first_draw) - segment.first_draw;
  const auto rise = static_cast<Uint128>(segment.high - segment.low);
  const std::uint64_t position = draw - segment.first_draw;
  // A width of 2^64 (one segment from 0 to 1) wraps to 0.
  const Uint128 step = width == 0 ? (rise * position) >> 64 : rise * position / width;
  return Duration(segment.low + static_cast<std::int64_t>(step));
}

Duration Distribution::mean() const {
  switch (kind_) {
    case Kind::kConstant:
      return Duration(offset_);
    case Kind::kUniform:
      return Duration(offset_ + (scale_ - 1) / 2);
    case Kind::kTable:
      return Duration(round_to_nanoseconds(mean_of_table()));
    case Kind::kSegments:
      return Duration(round_to_nanoseconds(mean_of_segments()));
  }
  return Duration::zero();
}

double Distribution::mean_of_table() const {
  const auto value = [this](std::size_t index) {
    const double node =
        std::ldexp(static_cast<double>(table_->nodes[index]), -table_->fraction_bits);
    return std::fmax(0.0, static_cast<double>(offset_) + node * unit_ns());
  };
  double sum = 0;
  for (std::size_t side = 0; side < 2; ++side) {
    const std::size_t base = side * QuantileTable::kNodesPerSide;
    sum += QuantileTableBuilder::tail_probability(0) * value(base);
    for (std::size_t i = 0; i + 1 < QuantileTable::kNodesPerSide; ++i) {
      const double probability =
          QuantileTableBuilder::tail_probability(i + 1) - QuantileTableBuilder::tail_probability(i);
      sum += probability * 0.5 * (value(base + i) + value(base + i + 1));
    }
  }
  return sum;
}

double Distribution::mean_of_segments() const {
  double sum = 0;
  for (std::size_t i = 0; i < segments_->size(); ++i) {
    const Segment& segment = (*segments_)[i];
    const double end =
        i + 1 < segments_->size() ? static_cast<double>((*segments_)[i + 1].first_draw) : kDraws;
    const double probability = (end - static_cast<double>(segment.first_draw)) / kDraws;
    sum +=
        probability * 0.5 * (static_cast<double>(segment.low) + static_cast<double>(segment.high));
  }
  return sum;
}

Duration Distribution::quantile_ppm(std::uint32_t ppm) const {
  const std::uint64_t draw =
      ppm >= 1'000'000 ? ~std::uint64_t{0}
                       : static_cast<std::uint64_t>((static_cast<Uint128>(ppm) << 64) / 1'000'000);
  return sample_with(draw);
}

}  // namespace shaketable::proxy
