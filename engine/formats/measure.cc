#include "engine/formats/measure.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"

namespace shaketable::engine {
namespace {

/// Spellings of units in other tools, and ours.
struct Spelling {
  std::string_view theirs;
  std::string_view ours;
};
constexpr Spelling kSpellings[] = {
    {"sec", "s"},      {"secs", "s"},    {"second", "s"},  {"seconds", "s"},  {"S", "s"},
    {"min", "m"},      {"mins", "m"},    {"minute", "m"},  {"minutes", "m"},  {"M", "m"},
    {"hr", "h"},       {"hrs", "h"},     {"hour", "h"},    {"hours", "h"},    {"H", "h"},
    {"msec", "ms"},    {"millis", "ms"}, {"MS", "ms"},     {"Ms", "ms"},      {"\u00b5s", "us"},
    {"\u03bcs", "us"}, {"usec", "us"},   {"micros", "us"}, {"nanos", "ns"},   {"k", "kB"},
    {"K", "kB"},       {"M", "MB"},      {"G", "GB"},      {"Ki", "KiB"},     {"Mi", "MiB"},
    {"Gi", "GiB"},     {"Ti", "TiB"},    {"b", "B"},       {"bytes", "B"},    {"kb", "kB"},
    {"mb", "MB"},      {"gb", "GB"},     {"kib", "KiB"},   {"mib", "MiB"},    {"gib", "GiB"},
    {"rps", "/s"},     {"req/s", "/s"},  {"/sec", "/s"},   {"/second", "/s"}, {"/min", "/m"},
    {"/minute", "/m"}, {"/hour", "/h"},  {" %", "%"},      {"percent", "%"},  {"qps", "/s"},
};

std::string_view likely_unit(std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (unit.name == "ms" || unit.name == "KiB") {
      return unit.name;
    }
  }
  return units.empty() ? std::string_view() : units.front().name;
}

std::string_view our_spelling(std::string_view unit, std::span<const Unit> units) {
  while (unit.size() > 1 && unit.front() == ' ') {
    unit.remove_prefix(1);
  }
  const auto is_ours = [&](std::string_view name) {
    return std::ranges::any_of(units, [&](const Unit& u) { return u.name == name; });
  };
  if (is_ours(unit)) {
    return unit;  // Only the blank between number and unit was wrong.
  }
  for (const Spelling& spelling : kSpellings) {
    if (spelling.theirs == unit && is_ours(spelling.ours)) {
      return spelling.ours;
    }
  }
  return {};
}

std::string nearest_unit(std::string_view unit, std::span<const Unit> units) {
  std::vector<std::string_view> names;
  for (const Unit& candidate : units) {
    names.push_back(candidate.name);
  }
  return nearest_name(unit, names);
}

}  // namespace

void MeasureReader::fail(const char* code, std::string message, std::string hint) {
  report_at(node_,
            {.code = code,
             .message = std::move(message),
             .expected = std::string(measure_.examples),
             .hint = std::move(hint)},
            diagnostics_);
}

void MeasureReader::fail_malformed() {
  fail(code::kMalformed, quoted(node_.text()) + " is not " + std::string(measure_.name));
}

void MeasureReader::fail_range(std::string_view smallest, std::string_view largest) {
  report_at(node_,
            {.code = code::kOutOfRange,
             .message = quoted(node_.text(), 40) + " is out of range",
             .expected = std::string(measure_.name) + " from " + std::string(smallest) + " to " +
                         std::string(largest)},
            diagnostics_);
}

std::optional<Quantity> MeasureReader::quantity(std::string_view text) {
  std::optional<Quantity> split = split_quantity(text);
  if (!split) {
    fail_malformed();
  }
  return split;
}

void MeasureReader::fail_unit(std::string_view number, std::string_view unit,
                              std::span<const Unit> units) {
  if (unit.empty()) {
    fail(code::kUnit, quoted(node_.text(), 40) + " has no unit",
         std::string(number.substr(0, 30)) + std::string(likely_unit(units)));
    return;
  }
  std::string hint(our_spelling(unit, units));
  if (hint.empty()) {
    hint = nearest_unit(unit, units);
  }
  if (!hint.empty()) {
    hint = std::string(number.substr(0, 30)) + hint;
  }
  const bool is_number = unit.front() == 'e' || unit.front() == 'E' || unit.front() == '.' ||
                         unit.front() == ',' || unit.front() == '_' || unit.front() == 'x';
  fail(is_number ? code::kMalformed : code::kUnit,
       is_number ? quoted(node_.text(), 40) + " is not " + std::string(measure_.name)
                 : quoted(unit, 40) + " is not a unit of " + std::string(measure_.name),
       std::move(hint));
}

std::optional<std::int64_t> MeasureReader::scaled(const Quantity& quantity, std::int64_t scale,
                                                  std::string_view finest) {
  const ScaledQuantity result = scale_exactly(quantity, scale);
  if (!result.error) {
    return result.value;
  }
  switch (*result.error) {
    case QuantityError::kTooLarge:
      fail(code::kOutOfRange, quoted(node_.text(), 40) + " is too large");
      break;
    case QuantityError::kTooFine:
      fail(code::kOutOfRange, quoted(node_.text(), 40) + " is finer than " + std::string(finest));
      break;
  }
  return std::nullopt;
}

}  // namespace shaketable::engine
