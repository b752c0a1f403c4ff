#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/number_text.h"

// Shared by the readers of numbers and measures; users of the folder include `reader.h` instead.
namespace shaketable::engine {

/// A unit as it is written, and what one of it is.
struct Unit {
  std::string_view name;
  std::int64_t scale;  ///< In units of the result.
};

/// What a measure is, for messages and hints.
struct Measure {
  std::string_view name;      ///< "a duration".
  std::string_view examples;  ///< "such as 250ms, 10s or 1m30s".
};

/// Takes one scalar apart as one measure, and reports what is wrong with it.
class MeasureReader {
 public:
  /// All three must outlive the reader.
  MeasureReader(const Node& node, const Measure& measure, Diagnostics& diagnostics)
      : node_(node), measure_(measure), diagnostics_(diagnostics) {}

  /// Reports `message` with the examples of the measure.
  void fail(const char* code, std::string message, std::string hint = "");
  /// Reports that the text is not this measure at all.
  void fail_malformed();
  /// Reports that the value is not within `smallest` and `largest`.
  void fail_range(std::string_view smallest, std::string_view largest);
  /// Reports that `unit`, found behind `number`, is missing or not one of `units`.
  void fail_unit(std::string_view number, std::string_view unit, std::span<const Unit> units);

  /// The quantity at the start of `text`, or a report.
  std::optional<Quantity> quantity(std::string_view text);
  /// `quantity * scale`, or a report about its size or precision; `finest` is what 1/scale is.
  std::optional<std::int64_t> scaled(const Quantity& quantity, std::int64_t scale,
                                     std::string_view finest);

 private:
  const Node& node_;
  const Measure& measure_;
  Diagnostics& diagnostics_;
};

}  // namespace shaketable::engine
