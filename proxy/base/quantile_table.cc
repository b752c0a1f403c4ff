#include "proxy/base/quantile_table.h"

#include <cmath>

#include "proxy/base/assert.h"

namespace shaketable::proxy {
namespace {

constexpr double kLargestNode = 4611686018427387904.0;  // 2^62

/// Fraction bits beyond 48 would take precision from the scale; see Distribution.
constexpr int kMaxFractionBits = 48;

}  // namespace

double QuantileTableBuilder::tail_probability(std::size_t node) {
  // Node i of octave o stands at 2^(o - kOctaves - 1) * (1 + i / 64): exact in a double.
  const std::size_t octave = node >> QuantileTable::kSubBucketBits;
  const std::size_t sub_bucket = node & ((1U << QuantileTable::kSubBucketBits) - 1);
  const double mantissa = 1.0 + static_cast<double>(sub_bucket) / 64.0;
  const auto exponent = static_cast<std::uint64_t>(1023 - QuantileTable::kOctaves - 1) + octave;
  return mantissa * std::bit_cast<double>(exponent << 52);
}

std::shared_ptr<const QuantileTable> QuantileTableBuilder::build() const {
  double largest = 0;
  for (const double value : values_) {
    largest = std::fmax(largest, std::fabs(value));
  }
  auto table = std::make_shared<QuantileTable>();
  table->fraction_bits = kMaxFractionBits;
  double unit = static_cast<double>(std::uint64_t{1} << kMaxFractionBits);
  while (table->fraction_bits > 0 && largest * unit >= kLargestNode) {
    unit /= 2;
    --table->fraction_bits;
  }
  for (std::size_t i = 0; i < values_.size(); ++i) {
    const double scaled = values_[i] * unit;
    ASSERT(!std::isnan(scaled));
    const double cut = std::fmin(std::fmax(scaled, -kLargestNode), kLargestNode);
    table->nodes[i] = static_cast<std::int64_t>(cut < 0 ? cut - 0.5 : cut + 0.5);
  }
  return table;
}

std::shared_ptr<const QuantileTable> with_fraction_bits(const QuantileTable& table,
                                                        int fraction_bits) {
  ASSERT(fraction_bits >= table.fraction_bits && fraction_bits <= 62);
  const int shift = fraction_bits - table.fraction_bits;
  const std::int64_t limit = (std::int64_t{1} << 62) >> shift;
  auto result = std::make_shared<QuantileTable>();
  result->fraction_bits = fraction_bits;
  for (std::size_t i = 0; i < table.nodes.size(); ++i) {
    const std::int64_t node = table.nodes[i];
    const std::int64_t cut = node > limit ? limit : (node < -limit ? -limit : node);
    result->nodes[i] = cut << shift;
  }
  return result;
}

}  // namespace shaketable::proxy
