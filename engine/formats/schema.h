#pragma once

#include <string>

namespace shaketable::engine {

/// The JSON Schema (draft-07) of mesh and scenario files, made from the tables that the loader
/// reads by (schema_spec.h): the text of scenarios/schema.json, with a line break at its end.
///
/// It describes forms: keys, kinds of values, units, words. References between the parts of a file
/// and bounds of numbers are the loader's alone.
[[nodiscard]] std::string schema_json();

}  // namespace shaketable::engine
