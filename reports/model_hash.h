#pragma once

#include <string>

#include "engine/scenario/source.h"

namespace shaketable::reports {

/// What tells whether two runs were made from the same model: SHA-256, 64 hexadecimal digits, over
/// the texts of all files in their order and the `--set` arguments, each behind its length. Names
/// of files and the seed are not part of it.
[[nodiscard]] std::string model_hash(const engine::ScenarioSource& source);

}  // namespace shaketable::reports
