#pragma once

#include <string>

namespace shaketable {

/// The contents of tests/golden/<name>, to compare an output with; tests run in the root of the
/// tree. With SHAKETABLE_UPDATE_GOLDEN=1 in the environment the file is first replaced by `actual`,
/// and the change is looked at in the diff.
[[nodiscard]] std::string golden(const std::string& name, const std::string& actual);

}  // namespace shaketable
