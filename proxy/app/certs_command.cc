#include <ctime>
#include <ostream>
#include <sstream>

#include <CLI/CLI.hpp>

#include "engine/formats/printable.h"
#include "proxy/app/certs.h"

namespace shaketable::proxy::app {
namespace {

constexpr char kName[] = "shaketable-proxy certs";

constexpr char kAbout[] =
    "Makes a certificate authority for tests and certificates of workloads: keys of P-256, SPIFFE "
    "ids.\n"
    "Whoever has ca.key can pass for every workload; it is for tests, not for production.";

constexpr char kCertsFooter[] =
    "Examples:\n"
    "  shaketable-proxy certs --out certs --trust-domain mesh.test --workload cart --workload "
    "shop/till\n"
    "  shaketable-proxy certs --out certs --workload orders            # the same authority\n"
    "  shaketable-proxy certs --out certs --workload cart --force      # a new one\n"
    "  shaketable-proxy certs --out certs --revoke cart                # writes crl.pem\n"
    "\n"
    "Exit codes:  0 done   2 wrong arguments, or files that are there already   3 cannot write";

}  // namespace

void add_certs_options(CLI::App& app, CertsRequest& it) {
  app.add_option("--out", it.out, "Folder of all files; made when missing")
      ->type_name("DIR")
      ->required();
  app.add_option("--trust-domain", it.trust_domain,
                 "Trust domain of the SPIFFE ids; needed for a new authority")
      ->type_name("NAME");
  app.add_option("--workload", it.workloads,
                 "Makes NAME.pem and NAME.key; NAMESPACE/NAME, /any/path or a whole SPIFFE id are "
                 "fine, too")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--name", it.names, "A further DNS name or address of the workloads")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--days", it.days, "Life of what is made now [30]")->type_name("N");
  app.add_option("--ca-days", it.ca_days, "Life of a new authority [3650]")->type_name("N");
  app.add_option("--ca-key", it.ca_key, "The authority's key [DIR/ca.key]")->type_name("FILE");
  app.add_option("--revoke", it.revoke, "Adds a workload's (or a file's) certificate to crl.pem")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_flag("--crl", it.write_crl, "Writes crl.pem anew, even with nothing to revoke");
  app.add_flag("--force", it.force, "Replaces workloads' files; never the authority's");
}

namespace {

engine::ExitCode tell_error(const Error& error, const engine::Streams& streams) {
  streams.err << "shaketable-proxy: ";
  if (!error.where.empty()) {
    streams.err << engine::printable(error.where, 300) << ": ";
  }
  streams.err << engine::printable(error.message, 300);
  if (!error.expected.empty()) {
    streams.err << "; expected: " << engine::printable(error.expected, 300);
  }
  streams.err << '\n';
  return error.message.starts_with("cannot write") || error.message.starts_with("cannot make")
             ? engine::ExitCode::kRuntime
             : engine::ExitCode::kUsage;
}

}  // namespace

engine::ExitCode run_certs(std::span<const std::string> arguments, const engine::Streams& streams) {
  CLI::App app{kAbout, kName};
  app.get_formatter()->column_width(28);
  app.footer(kCertsFooter);
  CertsRequest request;
  add_certs_options(app, request);
  try {
    std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
    app.parse(reversed);
  } catch (const CLI::ParseError& error) {
    std::ostringstream out;
    std::ostringstream err;
    if (app.exit(error, out, err) == 0) {
      streams.out << out.str();
      return engine::ExitCode::kPassed;
    }
    streams.err << "shaketable-proxy: " << engine::printable(error.what(), 300) << "\nTry `"
                << kName << " --help`.\n";
    return engine::ExitCode::kUsage;
  }
  const auto made = make_certs(request, std::time(nullptr));
  if (!made) {
    return tell_error(made.error(), streams);
  }
  for (const std::string& sentence : *made) {
    streams.out << engine::printable(sentence, 3000) << '\n';
  }
  if (made->empty()) {
    streams.out << "Nothing to do: the authority is there, and no --workload was given.\n";
  }
  return engine::ExitCode::kPassed;
}

}  // namespace shaketable::proxy::app
