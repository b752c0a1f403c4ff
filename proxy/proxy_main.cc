#include <string>
#include <vector>

#include "proxy/app/proxy_cli.h"

/// The `shaketable-proxy` command.
int main(int argc, char** argv) {
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(
      shaketable::proxy::app::run_proxy_cli(arguments, shaketable::engine::standard_streams()));
}
