#include "loadgen/app/program_help.h"

#include <CLI/CLI.hpp>

#include "loadgen/app/argument_options.h"
#include "loadgen/app/load_cli.h"

namespace shaketable::loadgen::app {

engine::ProgramHelp program_outline() {
  return {
      .name = kProgram,
      .purpose = "put load on HTTP servers, and tell latencies that a stall cannot hide",
      .about =
          "shaketable-load puts load on HTTP/1.1 and HTTP/2 servers: a URL, or the "
          "journeys of a file.\n"
          "Latencies count from when a request was due, so that a server that stalls "
          "cannot hide it.",
      .default_command = "run",
      .commands = {},
      .exit_codes = {{"0", "The load ended as asked."},
                     {"1",
                      "A threshold was missed, too many runs failed, or something ended it "
                      "early."},
                     {"2", "Wrong arguments, or a file that cannot be used; nothing was sent."},
                     {"3", "The load could not be carried out; of `merge`: a part is missing."},
                     {"130", "Interrupted; the report tells what was done up to then."}},
      .examples = {
          "shaketable-load http://127.0.0.1:8080/ -c 10 -d 10s",
          "shaketable-load http://127.0.0.1:8080/cart -n 1000 -m POST --data @cart.json",
          "shaketable-load http://127.0.0.1:8080/ --rate 2000/s -d 1m --threshold 'p99 < 300ms'",
          "shaketable-load shop-load.yaml --threads 2 --html page.html",
          "shaketable-load --config molotov.json checkout",
          "shaketable-load merge one.json two.json --html both.html"}};
}

engine::ProgramHelp program_help() {
  CLI::App app;
  RawArguments raw;
  define_command_line(app, raw);
  engine::ProgramHelp help = program_outline();
  help.commands = engine::commands_of(app);
  return help;
}

}  // namespace shaketable::loadgen::app
