#pragma once

#include <string>
#include <string_view>

namespace shaketable::reports {

/// What stands under `digest` in a JSON result: "sha256:" and 64 hexadecimal digits over all that
/// comes before that member, `text`. White space between the tokens does not count, so a result
/// that was laid out anew, or whose line breaks were changed, is still the same.
[[nodiscard]] std::string result_digest(std::string_view text);

}  // namespace shaketable::reports
