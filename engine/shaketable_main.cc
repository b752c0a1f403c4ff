#include <string>
#include <vector>

#include "engine/cli/cli.h"

/// The `shaketable` command.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(
      shaketable::engine::run_cli(arguments, shaketable::engine::standard_streams()));
}
