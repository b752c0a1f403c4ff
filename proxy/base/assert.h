#pragma once

namespace shaketable::proxy {

/// Prints `file:line: assertion failed: condition` to standard error and aborts.
[[noreturn]] void assertion_failed(const char* file, int line, const char* condition);

}  // namespace shaketable::proxy

/// Checks a programmer's promise, in every build. Never for bad input, bad configuration or a bad
/// peer. One condition each, so that the message says which one broke. Cost: a predicted branch.
#define ASSERT(condition)                                                    \
  do {                                                                       \
    if (!(condition)) [[unlikely]] {                                         \
      ::shaketable::proxy::assertion_failed(__FILE__, __LINE__, #condition); \
    }                                                                        \
  } while (false)
