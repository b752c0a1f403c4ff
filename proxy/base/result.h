#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace shaketable::proxy {

/// Why something from the outside world (a file, a configuration, the network) was not usable.
/// Programmer's mistakes are `ASSERT`s and bad traffic is a normal outcome; neither is an Error.
struct Error {
  std::string message;   ///< What is wrong, one sentence without a full stop.
  std::string where;     ///< `file:line:column`, a path or an address; may be empty.
  std::string expected;  ///< What would have been accepted; may be empty.

  friend bool operator==(const Error&, const Error&) = default;
};

/// A value, or the reason why there is none.
template <class T>
using Result = tl::expected<T, Error>;

/// Builds the failing side of a `Result`: `return fail("unknown unit", where, "ns, us, ms, s");`.
[[nodiscard]] inline tl::unexpected<Error> fail(std::string message, std::string where = {},
                                                std::string expected = {}) {
  return tl::unexpected<Error>(Error{std::move(message), std::move(where), std::move(expected)});
}

}  // namespace shaketable::proxy
