#include "proxy/app/load_config.h"

#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "proxy/app/address.h"
#include "proxy/app/host_table.h"
#include "proxy/app/proxy_file.h"

namespace shaketable::proxy::app {
namespace {

namespace code = engine::code;

void complain(const char* code, std::string message, std::string expected,
              engine::Diagnostics& diagnostics) {
  diagnostics.add({.code = code, .message = std::move(message), .expected = std::move(expected)});
}

void set_admin(const std::string& text, live::LiveConfig& config,
               engine::Diagnostics& diagnostics) {
  const auto address = parse_address(text);
  if (!address || address->kind == Address::Kind::kName) {
    complain(code::kBadAddress, engine::quoted(text) + " is no address to listen at",
             "--admin with an address, such as 127.0.0.1:9901", diagnostics);
    return;
  }
  if (!is_loopback(*address) && config.admin.token.empty()) {
    complain(code::kNeedsToken, "the admin port is not on loopback and has no token",
             "--admin with an address such as 127.0.0.1:9901, or `admin: {token_file: ...}` in the "
             "file",
             diagnostics);
  }
  config.admin.address = text;
}

void set_dns_server(const std::string& text, live::LiveConfig& config,
                    engine::Diagnostics& diagnostics) {
  if (!is_name_server(text)) {
    complain(code::kBadAddress, engine::quoted(text) + " is no name server",
             "--dns-server with an IPv4 address and a port, such as 127.0.0.1:8600", diagnostics);
    return;
  }
  config.dns_server = text;
}

/// What the command line says beats the file.
void apply_options(const LoadRequest& request, live::LiveConfig& config,
                   engine::Diagnostics& diagnostics) {
  if (request.concurrency) {
    config.concurrency = *request.concurrency;
  }
  if (request.drain_time) {
    config.drain_time = *request.drain_time;
  }
  if (!request.admin.empty()) {
    set_admin(request.admin, config, diagnostics);
  }
  if (!request.dns_server.empty()) {
    set_dns_server(request.dns_server, config, diagnostics);
  }
  if (!request.node.empty()) {
    config.node = request.node;
  }
  if (request.access_log) {
    config.access_log.format = *request.access_log;
  }
}

std::optional<live::LiveConfig> load(const LoadRequest& request, engine::Diagnostics& diagnostics) {
  auto config = request.mesh.empty() ? load_proxy_file(request.config, diagnostics)
                                     : load_workload(request.mesh, request.sidecar, diagnostics);
  if (config) {
    apply_options(request, *config, diagnostics);
  }
  return diagnostics.has_errors() ? std::nullopt : std::move(config);
}

}  // namespace

LoadResult load_config(const LoadRequest& request, const live::LiveConfig* previous) {
  engine::Diagnostics diagnostics;
  auto config = load(request, diagnostics);
  std::string remarks = engine::render(diagnostics, request.color);
  if (!config) {
    return tl::unexpected(std::move(remarks));
  }
  config->core.version = 1;
  if (previous != nullptr) {
    keep_host_ids(*previous, *config);
    config->core.version = previous->core.version + 1;
  }
  return LoadedConfig{*std::move(config), std::move(remarks)};
}

}  // namespace shaketable::proxy::app
