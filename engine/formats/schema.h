#pragma once

#include <span>
#include <string>
#include <string_view>

#include "engine/formats/schema_spec.h"

namespace shaketable::engine {

/// The JSON Schema (draft-07) of mesh and scenario files, made from the tables that the loader
/// reads by (schema_spec.h): the text of scenarios/schema.json, with a line break at its end.
///
/// It describes forms: keys, kinds of values, units, words. References between the parts of a file
/// and bounds of numbers are the loader's alone.
[[nodiscard]] std::string schema_json();

/// The parts of a schema: what a file is, and the tables of its words.
struct SchemaParts {
  std::string_view title;
  std::string_view description;
  std::string_view root;  ///< JSON members of the root that say what the document is.
  std::span<const ObjectSpec* const> objects;
  std::span<const AliasSpec> aliases;
  std::span<const ScalarSpec> scalars;
  std::span<const WordSpec> words;
};

/// The schema of any file that is read by such tables. Only the definitions that are given are in
/// it, in their order.
[[nodiscard]] std::string schema_json(const SchemaParts& parts);

}  // namespace shaketable::engine
