#include "engine/cli/tolerance.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr std::array kMetrics{Metric::kSuccessRate, Metric::kErrorRate,  Metric::kRps,
                              Metric::kMean,        Metric::kP50,        Metric::kP99,
                              Metric::kRetryRatio,  Metric::kUtilisation};
constexpr char kWanted[] = "METRIC[:SUBJECT]=AMOUNT, as p99=10%, success_rate=0.1pp, p99:cart=5ms";

enum class Family { kShare, kLatency, kRate };

Family family_of(Metric metric) {
  return metric == Metric::kRps ? Family::kRate
         : metric == Metric::kMean || metric == Metric::kP50 || metric == Metric::kP99
             ? Family::kLatency
             : Family::kShare;
}

// "12.5" in millionths; nothing for anything else, and beyond twelve digits before the point.
std::optional<std::int64_t> millionths_of(std::string_view text) {
  constexpr std::size_t kDecimals = 6;
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view part =
      point == std::string_view::npos ? std::string_view("0") : text.substr(point + 1);
  if (whole.empty() || whole.size() > 12 || part.empty() || part.size() > kDecimals) {
    return std::nullopt;
  }
  std::string digits = std::string(whole) + std::string(part);
  digits.append(kDecimals - part.size(), '0');
  std::int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + (c - '0');
  }
  return value;
}

struct Unit {
  std::string_view ending;
  Tolerance::Kind kind;
  std::int64_t numerator, denominator;  ///< From millionths to the tolerance's unit.
};

std::span<const Unit> units_of(Family family) {
  using Kind = Tolerance::Kind;
  constexpr Unit kPercent{"%", Kind::kRelative, 1, 100};  // Millionths of percent to ppm.
  static constexpr std::array kShares{Unit{"pp", Kind::kPoints, 1, 100}, kPercent};
  static constexpr std::array kLatencies{
      kPercent, Unit{"ns", Kind::kAbsolute, 1, 1'000'000}, Unit{"us", Kind::kAbsolute, 1, 1'000},
      Unit{"ms", Kind::kAbsolute, 1, 1}, Unit{"s", Kind::kAbsolute, 1'000, 1}};
  static constexpr std::array kRates{kPercent, Unit{"/s", Kind::kAbsolute, 1, 1}};
  switch (family) {
    case Family::kShare:
      return kShares;
    case Family::kLatency:
      return kLatencies;
    case Family::kRate:
      return kRates;
  }
  return {};
}

proxy::Result<void> read_amount(std::string_view text, Tolerance& tolerance) {
  std::string expected;
  for (const Unit& unit : units_of(family_of(tolerance.metric))) {
    expected += (expected.empty() ? "a number with " : ", ") + std::string(unit.ending);
    if (!text.ends_with(unit.ending)) {
      continue;
    }
    std::string_view number = text.substr(0, text.size() - unit.ending.size());
    while (number.ends_with(' ')) {
      number.remove_suffix(1);
    }
    if (const auto value = millionths_of(number)) {
      tolerance.kind = unit.kind;
      // 12 digits before the point and 6 behind it: a thousand times as much still fits.
      tolerance.amount = *value > 9'000'000'000'000'000
                             ? 9'000'000'000'000'000
                             : *value * unit.numerator / unit.denominator;
      return {};
    }
  }
  return proxy::fail(
      quoted(std::string(text), 40) + " is no amount of " + name_of(tolerance.metric), {},
      expected);
}

proxy::Result<void> read_metric(const std::string& word, Tolerance& tolerance) {
  std::vector<std::string_view> names;
  std::string list;
  for (const Metric metric : kMetrics) {
    if (word == name_of(metric)) {
      tolerance.metric = metric;
      return {};
    }
    names.emplace_back(name_of(metric));
    list += (list.empty() ? "one of " : ", ") + std::string(name_of(metric));
  }
  const std::string nearest = nearest_name(word, names);
  return proxy::fail("there is no figure " + quoted(word, 40) +
                         (nearest.empty() ? "" : "; did you mean " + nearest + '?'),
                     {}, list);
}

}  // namespace

proxy::Result<Tolerance> parse_tolerance(const std::string& text) {
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos) {
    return proxy::fail(quoted(text, 80) + " has no `=`", {}, kWanted);
  }
  Tolerance tolerance;
  tolerance.text = text.substr(equals + 1);
  const std::size_t colon = text.find(':');
  const bool has_subject = colon < equals;
  if (has_subject) {
    tolerance.subject = text.substr(colon + 1, equals - colon - 1);
  }
  if (const auto read = read_metric(text.substr(0, has_subject ? colon : equals), tolerance);
      !read) {
    return tl::unexpected(read.error());
  }
  if (const auto read = read_amount(tolerance.text, tolerance); !read) {
    return tl::unexpected(read.error());
  }
  return tolerance;
}

}  // namespace shaketable::engine
