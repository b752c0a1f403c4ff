#include "tests/support/golden.h"

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace shaketable {

std::string golden(const std::string& name, const std::string& actual) {
  const std::string path = "tests/golden/" + name;
  const char* update = std::getenv("SHAKETABLE_UPDATE_GOLDEN");
  if (update != nullptr && std::string(update) == "1") {
    std::ofstream(path, std::ios::binary) << actual;
  }
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace shaketable
