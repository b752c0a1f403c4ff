#include <string>
#include <vector>

#include "proxy/app/proxy_cli.h"
#include "proxy/live/memory_reserve.h"

/// The `shaketable-proxy` command.
int main(int argc, char** argv) {
  shaketable::proxy::live::keep_memory_reserve();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  return static_cast<int>(
      shaketable::proxy::app::run_proxy_cli(arguments, shaketable::engine::standard_streams()));
}
