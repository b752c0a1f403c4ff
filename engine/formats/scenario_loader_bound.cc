#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/formats/scenario_loader_parts.h"

// `must:` of an expectation: a comparison and a value in the unit of the metric.
namespace shaketable::engine {
namespace {

/// How the value of a bound is written.
enum class Unit : std::uint8_t { kPercent, kRatio, kRate, kTime, kNumber, kCount, kServices };

Unit unit_of(Metric metric) {
  switch (metric) {
    case Metric::kSuccessRate:
    case Metric::kErrorRate:
    case Metric::kUtilisation:
    case Metric::kShare:
      return Unit::kPercent;
    case Metric::kRetryRatio:
      return Unit::kRatio;
    case Metric::kRps:
    case Metric::kGoodput:
      return Unit::kRate;
    case Metric::kMean:
    case Metric::kP50:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP99:
    case Metric::kP999:
    case Metric::kMax:
      return Unit::kTime;
    case Metric::kQueue:
      return Unit::kNumber;
    case Metric::kRequests:
      return Unit::kCount;
  }
  return Unit::kCount;
}

const char* example_of(Unit unit) {
  switch (unit) {
    case Unit::kPercent:
      return "a bound such as \">= 99%\" or \"10% +- 2%\"";
    case Unit::kRatio:
      return "a bound such as \"< 20%\" or \"< 0.2\"";
    case Unit::kRate:
      return "a bound such as \">= 100/s\"";
    case Unit::kTime:
      return "a bound such as \"< 400ms\"";
    case Unit::kNumber:
    case Unit::kCount:
      return "a bound such as \"< 10\"";
    case Unit::kServices:
      return "a bound such as \"<= 2 services\"";
  }
  return "";
}

std::optional<std::int64_t> read_value(const Node& node, Unit unit, Diagnostics& diagnostics) {
  constexpr std::int64_t kMost = 1'000'000'000'000'000;
  switch (unit) {
    case Unit::kPercent:
      return read_percent(&node, diagnostics);
    case Unit::kRatio:
      return node.text().ends_with('%') ? read_percent(&node, diagnostics, {0, 1'000'000'000})
                                        : read_decimal(&node, diagnostics, {0, 1'000'000'000});
    case Unit::kRate:
      return read_rate(&node, diagnostics);
    case Unit::kTime: {
      const auto value = read_duration(&node, diagnostics);
      return value ? std::optional<std::int64_t>(value->count()) : std::nullopt;
    }
    case Unit::kNumber:
      return read_decimal(&node, diagnostics);
    case Unit::kCount:
      return read_integer(&node, diagnostics, {0, kMost});
    case Unit::kServices: {
      const std::size_t space = std::min(node.text().find(' '), node.text().size());
      const std::string_view word = node.text().substr(space);
      const Node number = NodeEditor::part(
          node, 0, word == " services" || word == " service" ? space : node.text().size());
      return read_integer(&number, diagnostics, {0, 1'000'000});
    }
  }
  return std::nullopt;
}

/// `10% +- 2%`: where the sign stands, and how long it is.
std::pair<std::size_t, std::size_t> find_tolerance(std::string_view text) {
  for (const std::string_view sign : {"+-", "+/-", "\xc2\xb1"}) {
    if (const std::size_t at = text.find(sign); at != std::string_view::npos) {
      return {at, sign.size()};
    }
  }
  return {std::string_view::npos, 0};
}

std::optional<Bound> read(const Node* node, Unit unit, ScenarioContext& context) {
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_scalar() || node->text().empty()) {
    context.names.error(*node, code::kBadBound, "this is no bound", example_of(unit));
    return std::nullopt;
  }
  constexpr std::pair<std::string_view, Comparison> kSigns[] = {
      {"<=", Comparison::kLessEqual},    {"<", Comparison::kLess},
      {">=", Comparison::kGreaterEqual}, {">", Comparison::kGreater},
      {"==", Comparison::kWithin},       {"=", Comparison::kWithin}};
  const std::string_view text = node->text();
  const auto [tolerance_at, tolerance_size] = find_tolerance(text);
  Bound bound;
  bound.text = std::string(text);
  if (tolerance_at != std::string_view::npos) {
    const Node value_node = trimmed(*node, 0, tolerance_at);
    const Node tolerance_node = trimmed(*node, tolerance_at + tolerance_size, text.size());
    const auto value = read_value(value_node, unit, context.diagnostics);
    const auto tolerance = read_value(tolerance_node, unit, context.diagnostics);
    bound.comparison = Comparison::kWithin;
    bound.value = value.value_or(0);
    bound.tolerance = tolerance.value_or(0);
    return value && tolerance ? std::optional(bound) : std::nullopt;
  }
  for (const auto& [sign, comparison] : kSigns) {
    if (text.starts_with(sign)) {
      const Node value_node = trimmed(*node, sign.size(), text.size());
      const auto value = read_value(value_node, unit, context.diagnostics);
      bound.comparison = comparison;
      bound.value = value.value_or(0);
      return value ? std::optional(bound) : std::nullopt;
    }
  }
  context.names.error(
      *node, code::kBadBound,
      quoted(text) + " does not begin with a comparison: <, <=, >, >= or ==", example_of(unit));
  return std::nullopt;
}

}  // namespace

std::optional<Bound> read_bound(const Node* node, Metric metric, ScenarioContext& context) {
  return read(node, unit_of(metric), context);
}

std::optional<Bound> read_service_bound(const Node* node, ScenarioContext& context) {
  return read(node, Unit::kServices, context);
}

}  // namespace shaketable::engine
