#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "proxy/base/bits.h"

namespace shaketable::proxy {

/// The inverse distribution function of one shape, as a table that is fine in both tails.
///
/// A draw of 64 bits is folded into its distance `v` from the nearer end. Each halving of v (an
/// octave) has 64 nodes, down to a tail of 2^-41 where the table becomes flat; values between two
/// nodes are interpolated. The error of an interpolated exponential quantile is below 4e-5 of the
/// mean, anywhere. Nodes are fixed-point numbers, so that a draw is integer arithmetic only.
///
/// 41 KB, of which the common octaves (94 % of the draws) are 4 KB.
struct QuantileTable {
  static constexpr int kSubBucketBits = 6;
  static constexpr int kOctaves = 40;
  static constexpr std::size_t kNodesPerSide = (std::size_t{kOctaves} << kSubBucketBits) + 1;
  /// Draws nearer to an end than this are treated as if they were this near.
  static constexpr std::uint64_t kLeastTail = std::uint64_t{1} << (63 - kOctaves);

  /// Nodes of the lower half from the tail to the median, then those of the upper half.
  std::array<std::int64_t, 2 * kNodesPerSide> nodes;
  /// A node n stands for the value n / 2^fraction_bits.
  int fraction_bits = 0;

  /// The fixed-point value that belongs to the 64-bit draw.
  [[nodiscard]] std::int64_t lookup(std::uint64_t draw) const {
    const auto side = static_cast<std::uint64_t>(static_cast<std::int64_t>(draw) >> 63);
    std::uint64_t tail = draw ^ side;
    tail = tail < kLeastTail ? kLeastTail : tail;
    const int zeros = std::countl_zero(tail);
    const std::uint64_t normalised = tail << zeros;  // 1, six bits of the node, then the fraction
    const std::size_t node = (static_cast<std::size_t>(kOctaves - zeros) << kSubBucketBits) +
                             static_cast<std::size_t>((normalised >> (63 - kSubBucketBits)) & 63U) +
                             (side & kNodesPerSide);
    const std::int64_t left = nodes[node];
    const std::int64_t step = nodes[node + 1] - left;
    const auto fraction =
        static_cast<std::int64_t>((normalised << (kSubBucketBits + 1)) >> 1);  // of 2^63
    return left + static_cast<std::int64_t>((static_cast<Int128>(step) * fraction) >> 63);
  }
};

/// The tail probability of each node, and how to fill the nodes from exact quantiles.
class QuantileTableBuilder {
 public:
  /// Tail probability (distance from the nearer end, 0 < p <= 0.5) of the i-th node of a side.
  [[nodiscard]] static double tail_probability(std::size_t node);

  /// Sets the value of the i-th node; `upper` chooses the side.
  void set(std::size_t node, bool upper, double value) {
    values_[node + (upper ? QuantileTable::kNodesPerSide : 0)] = value;
  }

  /// Rounds everything to fixed point. At most 48 fraction bits, fewer if the values are large.
  [[nodiscard]] std::shared_ptr<const QuantileTable> build() const;

 private:
  std::vector<double> values_ = std::vector<double>(2 * QuantileTable::kNodesPerSide);
};

/// The same table with fewer integer bits, for scales that its values would overflow with; values
/// that do not fit any more are cut off at the largest one.
[[nodiscard]] std::shared_ptr<const QuantileTable> with_fraction_bits(const QuantileTable& table,
                                                                      int fraction_bits);

/// Lets distributions of equal shape share one table. Belongs to whoever builds a configuration;
/// not thread-safe. The tables live as long as the distributions that use them.
class QuantileTablePool {
 public:
  /// What makes two shapes equal: the kind and the bits of its parameters.
  using Key = std::vector<std::uint64_t>;

  /// The table under `key`, made by `make()` the first time.
  template <class Make>
  std::shared_ptr<const QuantileTable> find_or_make(const Key& key, Make&& make) {
    std::shared_ptr<const QuantileTable>& table = tables_[key];
    if (table == nullptr) {
      table = make();
    }
    return table;
  }

  [[nodiscard]] std::size_t size() const { return tables_.size(); }

 private:
  std::map<Key, std::shared_ptr<const QuantileTable>> tables_;
};

}  // namespace shaketable::proxy
