#include <string>
#include <vector>

#include "engine/cli/cli.h"
#include "engine/cli/huge_pages.h"

/// The `shaketable` command.
int main(int argc, char** argv) {
  shaketable::engine::use_huge_pages();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(
      shaketable::engine::run_cli(arguments, shaketable::engine::standard_streams()));
}
