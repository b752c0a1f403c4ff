#include <string>
#include <vector>

#include "loadgen/app/load_cli.h"

/// The `shaketable-load` command.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(
      shaketable::loadgen::app::run_load_cli(arguments, shaketable::engine::standard_streams()));
}
