#include "loadgen/app/argument_values.h"

#include <array>
#include <charconv>
#include <string_view>
#include <utility>

#include "engine/formats/number_text.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Duration;
using proxy::fail;
using proxy::Result;

struct Unit {
  std::string_view name;
  std::int64_t size;
};

constexpr std::array<Unit, 6> kTimes = {{{"h", 3'600'000'000'000},
                                         {"ms", 1'000'000},
                                         {"us", 1'000},
                                         {"ns", 1},
                                         {"m", 60'000'000'000},
                                         {"s", 1'000'000'000}}};
constexpr std::array<Unit, 9> kSizes = {{{"", 1},
                                         {"B", 1},
                                         {"kB", 1'000},
                                         {"KB", 1'000},
                                         {"MB", 1'000'000},
                                         {"GB", 1'000'000'000},
                                         {"KiB", 1 << 10},
                                         {"MiB", 1 << 20},
                                         {"GiB", 1 << 30}}};

/// A quantity in one of the units; -1 when it is none.
template <std::size_t N>
std::int64_t scaled(const engine::Quantity& quantity, const std::array<Unit, N>& units) {
  for (const Unit& unit : units) {
    if (quantity.unit == unit.name && !quantity.negative) {
      const auto value = engine::scale_exactly(quantity, unit.size);
      return value.error.has_value() ? -1 : value.value;
    }
  }
  return -1;
}

/// "1m30s": each piece a number and a unit.
std::int64_t sum_of_pieces(std::string_view text) {
  std::int64_t sum = 0;
  while (!text.empty()) {
    std::size_t end = text.find_first_not_of("0123456789.");
    end = end == std::string_view::npos ? text.size() : text.find_first_of("0123456789", end);
    const std::string_view piece = text.substr(0, end);
    text.remove_prefix(piece.size());
    const auto quantity = engine::split_quantity(piece);
    const std::int64_t value = quantity ? scaled(*quantity, kTimes) : -1;
    if (value < 0 || __builtin_add_overflow(sum, value, &sum)) {
      return -1;
    }
  }
  return sum;
}

}  // namespace

Result<Duration> duration_value(const std::string& text) {
  constexpr std::int64_t kMost = 366LL * 24 * 3'600'000'000'000;
  const auto quantity = engine::split_quantity(text);
  const std::int64_t value = quantity && quantity->unit.empty() && !quantity->negative
                                 ? engine::scale_exactly(*quantity, 1'000'000'000).value
                                 : sum_of_pieces(text);
  if (text.empty() || value < 0 || value > kMost) {
    return fail("'" + text + "' is no duration", "", "such as 250ms, 10s or 1m30s");
  }
  return Duration(value);
}

Result<std::uint64_t> rate_value(const std::string& text) {
  constexpr std::int64_t kMicro = 1'000'000;
  constexpr std::int64_t kMost = 10'000'000 * kMicro;
  const auto quantity = engine::split_quantity(text);
  std::int64_t value = -1;
  if (quantity && !quantity->negative) {
    if (quantity->unit.empty() || quantity->unit == "/s") {
      value = engine::scale_exactly(*quantity, kMicro).value;
    } else if (quantity->unit == "/m" || quantity->unit == "/min") {
      value = engine::scale_exactly(*quantity, kMicro).value / 60;
    } else if (quantity->unit == "/h") {
      value = engine::scale_exactly(*quantity, kMicro).value / 3600;
    }
  }
  if (value <= 0 || value > kMost) {
    return fail("'" + text + "' is no rate", "", "such as 500/s, 30/m or 2000, up to 10000000/s");
  }
  return static_cast<std::uint64_t>(value);
}

Result<Share> share_value(const std::string& text) {
  std::uint32_t index = 0;
  std::uint32_t count = 0;
  const char* const end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, index);
  if (first.ec == std::errc{} && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, count);
    if (second.ec == std::errc{} && second.ptr == end && index >= 1 && index <= count &&
        count <= 100'000) {
      return Share{index - 1, count};
    }
  }
  return fail("'" + text + "' is no share", "", "i/n with i from 1 to n, such as 1/4");
}

Result<std::vector<std::uint32_t>> quantiles_value(const std::string& text) {
  std::vector<std::uint32_t> result;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    std::string_view one = rest.substr(0, comma);
    rest.remove_prefix(comma == std::string_view::npos ? rest.size() : comma + 1);
    one.remove_prefix(one.starts_with('p') ? 1 : 0);
    const auto quantity = engine::split_quantity(one);
    const auto value =
        quantity ? engine::scale_exactly(*quantity, 10'000) : engine::ScaledQuantity{};
    if (!quantity || quantity->negative || !quantity->unit.empty() || value.error.has_value() ||
        value.value <= 0 || value.value > 1'000'000 || result.size() == 20) {
      return fail("'" + text + "' are no percentiles", "", "up to 20 such as 50,90,99.9");
    }
    result.push_back(static_cast<std::uint32_t>(value.value));
  }
  if (result.empty()) {
    return fail("no percentile is given", "", "up to 20 such as 50,90,99.9");
  }
  return result;
}

Result<std::uint64_t> size_value(const std::string& text) {
  const auto quantity = engine::split_quantity(text);
  const std::int64_t value = quantity ? scaled(*quantity, kSizes) : -1;
  if (value < 0) {
    return fail("'" + text + "' is no size", "", "bytes, or such as 64KiB or 10MB");
  }
  return static_cast<std::uint64_t>(value);
}

}  // namespace shaketable::loadgen::app
