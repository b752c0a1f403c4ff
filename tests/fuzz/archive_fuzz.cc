#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "proxy/config/archive.h"

// Feeds arbitrary bytes to the reader of binary configurations. What must hold: no crash, and what
// was read is written as the very same bytes.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shaketable::proxy;  // NOLINT(google-build-using-namespace)
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto config = read_archive(bytes); config.has_value()) {
    if (write_archive(*config) != bytes) {
      std::abort();
    }
  }
  return 0;
}
