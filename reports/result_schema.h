#pragma once

/// Texts that the build puts into the program; see CMakeLists.txt, shaketable_embed().
namespace shaketable::reports::assets {

/// JSON Schema (draft-07) of the JSON result, version 1: scenarios/result.schema.json, which is
/// also what `shaketable schema result` prints.
extern const char* const kResultSchema;

}  // namespace shaketable::reports::assets
