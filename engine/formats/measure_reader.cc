#include <algorithm>
#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/measure.h"
#include "engine/formats/number_text.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"

// The readers of numbers and measures that `reader.h` declares.
namespace shaketable::engine {
namespace {

constexpr std::array<Unit, 6> kDurationUnits = {{{"h", 3'600'000'000'000},
                                                 {"m", 60'000'000'000},
                                                 {"s", 1'000'000'000},
                                                 {"ms", 1'000'000},
                                                 {"us", 1'000},
                                                 {"ns", 1}}};
constexpr std::array<Unit, 9> kByteUnits = {{{"B", 1},
                                             {"kB", 1'000},
                                             {"KB", 1'000},
                                             {"MB", 1'000'000},
                                             {"GB", 1'000'000'000},
                                             {"KiB", std::int64_t{1} << 10},
                                             {"MiB", std::int64_t{1} << 20},
                                             {"GiB", std::int64_t{1} << 30},
                                             {"TiB", std::int64_t{1} << 40}}};

constexpr std::array<Unit, 9> kBandwidthUnits = {{{"B/s", 1},
                                                  {"kB/s", 1'000},
                                                  {"KB/s", 1'000},
                                                  {"MB/s", 1'000'000},
                                                  {"GB/s", 1'000'000'000},
                                                  {"KiB/s", std::int64_t{1} << 10},
                                                  {"MiB/s", std::int64_t{1} << 20},
                                                  {"GiB/s", std::int64_t{1} << 30},
                                                  {"TiB/s", std::int64_t{1} << 40}}};

constexpr Measure kDuration = {"a duration", "a duration such as 250ms, 10s or 1m30s"};
constexpr Measure kPercent = {"a percentage", "a percentage such as 12.5%"};
constexpr Measure kRate = {"a rate", "a rate such as 400/s, 30/m or 0.5/s"};
constexpr Measure kBytes = {"a size", "a size such as 512B, 64KiB or 1MB"};
constexpr Measure kBandwidth = {"a throughput", "a throughput such as 64KiB/s or 10MB/s"};
constexpr Measure kInteger = {"a whole number", "a whole number"};
constexpr Measure kDecimal = {"a number", "a number such as 2 or 0.25"};

std::string_view number_of(std::string_view text, const Quantity& quantity) {
  return text.substr(0, text.size() - quantity.unit.size());
}

/// The letters at the start of `text`, where the unit of a duration's component ends.
std::string_view unit_at_start(std::string_view text) {
  std::size_t end = 0;
  constexpr std::string_view kNumberStart = "0123456789+-";
  while (end < text.size() && kNumberStart.find(text[end]) == std::string_view::npos) {
    ++end;
  }
  return text.substr(0, end);
}

const Unit* find_unit(std::string_view name, std::span<const Unit> units) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? nullptr : &*found;
}

/// `value` with the largest duration unit that divides it.
std::string duration_text(std::int64_t nanoseconds) {
  for (const Unit& unit : kDurationUnits) {
    if (nanoseconds % unit.scale == 0 && nanoseconds != 0) {
      return std::to_string(nanoseconds / unit.scale) + std::string(unit.name);
    }
  }
  return "0s";
}

/// The total of the components of `text` in nanoseconds.
std::optional<std::int64_t> total_duration(MeasureReader& reader, std::string_view text) {
  std::int64_t total = 0;
  const Unit* previous = nullptr;
  bool negative = false;
  for (std::string_view rest = text; !rest.empty();) {
    std::optional<Quantity> part = reader.quantity(rest);
    if (!part) {
      return std::nullopt;
    }
    const std::string_view number = number_of(rest, *part);
    const std::string_view unit_name = unit_at_start(part->unit);
    const Unit* unit = find_unit(unit_name, kDurationUnits);
    if (unit == nullptr) {
      reader.fail_unit(number, part->unit, kDurationUnits);
      return std::nullopt;
    }
    const bool is_signed = number.front() == '-' || number.front() == '+';
    if (previous != nullptr && (unit->scale >= previous->scale || is_signed)) {
      reader.fail(code::kMalformed, "the parts of " + quoted(text, 40) +
                                        " must go from the largest unit to the smallest, "
                                        "without signs");
      return std::nullopt;
    }
    negative = negative || part->negative;
    part->negative = false;
    const std::optional<std::int64_t> value = reader.scaled(*part, unit->scale, "a nanosecond");
    if (!value) {
      return std::nullopt;
    }
    if (__builtin_add_overflow(total, *value, &total)) {
      reader.fail(code::kOutOfRange, quoted(text, 40) + " is too large");
      return std::nullopt;
    }
    previous = unit;
    rest = part->unit.substr(unit_name.size());
  }
  return negative ? -total : total;
}

/// A scalar whose quantity has one unit of `units`, times that unit's scale.
std::optional<std::int64_t> read_with_unit(MeasureReader& reader, std::string_view text,
                                           std::span<const Unit> units, std::string_view finest) {
  const std::optional<Quantity> quantity = reader.quantity(text);
  if (!quantity) {
    return std::nullopt;
  }
  const Unit* unit = find_unit(quantity->unit, units);
  if (unit == nullptr) {
    reader.fail_unit(number_of(text, *quantity), quantity->unit, units);
    return std::nullopt;
  }
  return reader.scaled(*quantity, unit->scale, finest);
}

template <typename Text>
std::optional<std::int64_t> within(std::optional<std::int64_t> value, Bounds<std::int64_t> bounds,
                                   MeasureReader& reader, const Text& text) {
  if (value && (*value < bounds.min || *value > bounds.max)) {
    reader.fail_range(text(bounds.min), text(bounds.max));
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::optional<proxy::Duration> read_duration(const Node* node, Diagnostics& diagnostics,
                                             Bounds<proxy::Duration> bounds) {
  const auto text = read_scalar(node, diagnostics, kDuration.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kDuration, diagnostics);
  if (text->empty()) {
    reader.fail_malformed();
    return std::nullopt;
  }
  const std::optional<std::int64_t> value =
      within(total_duration(reader, *text), {bounds.min.count(), bounds.max.count()}, reader,
             duration_text);
  return value ? std::optional(proxy::Duration(*value)) : std::nullopt;
}

std::optional<std::int64_t> read_percent(const Node* node, Diagnostics& diagnostics,
                                         Bounds<std::int64_t> ppm) {
  constexpr std::array<Unit, 1> kUnits = {{{"%", 10'000}}};
  const auto text = read_scalar(node, diagnostics, kPercent.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kPercent, diagnostics);
  return within(read_with_unit(reader, *text, kUnits, "0.0001%"), ppm, reader,
                [](std::int64_t value) { return decimal_text(value, 4) + '%'; });
}

std::optional<std::int64_t> read_rate(const Node* node, Diagnostics& diagnostics,
                                      Bounds<std::int64_t> micro_per_second) {
  constexpr std::array<Unit, 3> kUnits = {{{"/s", 1}, {"/m", 60}, {"/h", 3600}}};
  const auto text = read_scalar(node, diagnostics, kRate.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kRate, diagnostics);
  const std::optional<Quantity> quantity = reader.quantity(*text);
  if (!quantity) {
    return std::nullopt;
  }
  const Unit* unit = find_unit(quantity->unit, kUnits);
  if (unit == nullptr) {
    reader.fail_unit(number_of(*text, *quantity), quantity->unit, kUnits);
    return std::nullopt;
  }
  std::optional<std::int64_t> value =
      reader.scaled(*quantity, 1'000'000, "a millionth of a request");
  if (value && unit->scale > 1) {
    const std::int64_t magnitude = *value < 0 ? -*value : *value;
    const std::int64_t rounded =
        magnitude / unit->scale + (magnitude % unit->scale * 2 >= unit->scale ? 1 : 0);
    if (rounded == 0 && magnitude > 0) {
      reader.fail(code::kOutOfRange, quoted(*text, 40) + " is finer than a millionth a second");
      return std::nullopt;
    }
    value = *value < 0 ? -rounded : rounded;
  }
  return within(value, micro_per_second, reader,
                [](std::int64_t micro) { return decimal_text(micro, 6) + "/s"; });
}

std::optional<std::int64_t> read_bytes(const Node* node, Diagnostics& diagnostics,
                                       Bounds<std::int64_t> bytes) {
  const auto text = read_scalar(node, diagnostics, kBytes.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kBytes, diagnostics);
  return within(read_with_unit(reader, *text, kByteUnits, "a byte"), bytes, reader,
                [](std::int64_t value) { return std::to_string(value) + 'B'; });
}

std::optional<std::uint64_t> read_bandwidth(const Node* node, Diagnostics& diagnostics) {
  const auto text = read_scalar(node, diagnostics, kBandwidth.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kBandwidth, diagnostics);
  const std::optional<std::int64_t> value =
      within(read_with_unit(reader, *text, kBandwidthUnits, "a byte"), {1, std::int64_t{1} << 50},
             reader, [](std::int64_t bytes) { return std::to_string(bytes) + "B/s"; });
  return value ? std::optional(static_cast<std::uint64_t>(*value)) : std::nullopt;
}

std::optional<std::int64_t> read_integer(const Node* node, Diagnostics& diagnostics,
                                         Bounds<std::int64_t> bounds) {
  const auto text = read_scalar(node, diagnostics, kInteger.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kInteger, diagnostics);
  const std::optional<Quantity> quantity = reader.quantity(*text);
  if (!quantity) {
    return std::nullopt;
  }
  if (!quantity->unit.empty()) {
    reader.fail_malformed();
    return std::nullopt;
  }
  if (quantity->whole.size() > 1 && quantity->whole.front() == '0') {
    reader.fail(code::kMalformed,
                quoted(*text, 40) + " begins with a zero, which YAML 1.1 reads as octal",
                "write it without leading zeros");
    return std::nullopt;
  }
  return within(reader.scaled(*quantity, 1, "a whole number"), bounds, reader,
                [](std::int64_t value) { return std::to_string(value); });
}

std::optional<std::int64_t> read_decimal(const Node* node, Diagnostics& diagnostics,
                                         Bounds<std::int64_t> micro) {
  const auto text = read_scalar(node, diagnostics, kDecimal.examples);
  if (!text) {
    return std::nullopt;
  }
  MeasureReader reader(*node, kDecimal, diagnostics);
  const std::optional<Quantity> quantity = reader.quantity(*text);
  if (!quantity) {
    return std::nullopt;
  }
  if (!quantity->unit.empty()) {
    reader.fail_malformed();
    return std::nullopt;
  }
  return within(reader.scaled(*quantity, 1'000'000, "a millionth"), micro, reader,
                [](std::int64_t value) { return decimal_text(value, 6); });
}

}  // namespace shaketable::engine
