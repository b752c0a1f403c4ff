#pragma once

#include <cstdlib>

namespace shaketable {

/// What must hold under a fuzzer: it keeps the input that breaks it.
inline void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

}  // namespace shaketable
