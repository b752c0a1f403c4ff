#include "proxy/base/assert.h"

#include <cstdio>
#include <cstdlib>

namespace shaketable::proxy {

[[gnu::cold, gnu::noinline]] void assertion_failed(const char* file, int line,
                                                   const char* condition) {
  std::fprintf(stderr, "%s:%d: assertion failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace shaketable::proxy
