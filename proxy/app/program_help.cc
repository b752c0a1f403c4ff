#include "proxy/app/program_help.h"

#include <CLI/CLI.hpp>

#include "proxy/app/argument_options.h"
#include "proxy/app/certs.h"
#include "proxy/app/proxy_cli.h"

namespace shaketable::proxy::app {

engine::ProgramHelp program_outline() {
  return {.name = kProgram,
          .purpose = "a sidecar and gateway with the policies that shaketable simulates",
          .about =
              "shaketable-proxy is a sidecar and gateway for HTTP/1.1, HTTP/2, gRPC and TCP, "
              "with the\n"
              "policies that `shaketable` simulates.",
          .default_command = "run",
          .commands = {},
          .exit_codes = {{"0", "It ended as asked."},
                         {"1", "A replay did something else than was recorded."},
                         {"2", "Wrong arguments, or a file that cannot be used."},
                         {"3", "A socket or a file could not be opened."}},
          .examples = {"shaketable-proxy run proxy.yaml --admin 127.0.0.1:9901",
                       "shaketable-proxy run --mesh shop.yaml --workload cart-1 --app "
                       "127.0.0.1:8080 --endpoints endpoints.yaml --certs certs",
                       "shaketable-proxy check proxy.yaml",
                       "shaketable-proxy certs --out certs --trust-domain mesh.test --workload "
                       "cart"}};
}

engine::ProgramHelp program_help() {
  CLI::App app;
  RawArguments raw;
  CertsRequest certs;
  define_command_line(app, raw);
  add_certs_options(*app.get_subcommand("certs"), certs);
  engine::ProgramHelp help = program_outline();
  help.commands = engine::commands_of(app);
  return help;
}

}  // namespace shaketable::proxy::app
