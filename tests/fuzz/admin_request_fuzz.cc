#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <boost/json.hpp>

#include "proxy/live/admin.h"
#include "tests/fuzz/require.h"

// Asks the admin port arbitrary things: the first byte chooses method and peer, then the path, the
// authority, the authorization header and the body, a line each. What must hold: no crash; a
// stranger learns nothing and changes nothing; JSON pages are JSON; text pages are printable.
namespace shaketable::proxy::live {
namespace {

LiveConfig make_config() {
  LiveConfig config;
  config.admin.address = "127.0.0.1:15000";
  config.admin.token = "a long secret";
  config.hosts = {{"127.0.0.1:80"}};
  ClusterConfig cluster;
  cluster.name = "cart";
  cluster.hosts = std::make_shared<const HostSet>(HostSet{{0, 1}});
  config.core.clusters = {cluster};
  config.clusters.resize(1);
  Route route;
  route.name = "checkout";
  route.clusters = {{0, 1}};
  config.core.outbound = {{"all", {"*"}, {route}}};
  return config;
}

StatsSnapshot make_stats() {
  StatsSnapshot stats;
  stats.clusters.emplace_back().name = "cart";
  stats.clusters.back().hosts.emplace_back();
  stats.listeners.emplace_back().name = "in";
  return stats;
}

std::string_view take_line(std::string_view& text) {
  const std::size_t end = std::min(text.find('\n'), text.size());
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return line;
}

void check(const AdminResponse& response) {
  require(response.status >= 200 && response.status <= 599);
  if (response.content_type == "application/json") {
    boost::json::error_code error;
    boost::json::parse(response.body, error);
    require(!error);
  }
  for (const char c : response.body) {
    require(c == '\n' || (c >= ' ' && c <= '~') || response.content_type == "application/json");
  }
}

void run(std::string_view bytes) {
  static const LiveConfig kConfig = make_config();
  static const StatsSnapshot kStats = make_stats();
  static const ServerInfo kServer;
  if (bytes.empty()) {
    return;
  }
  const auto choice = static_cast<unsigned char>(bytes[0]);
  bytes.remove_prefix(1);
  constexpr std::array<std::string_view, 4> kMethods = {"GET", "POST", "DELETE", "PUT"};
  AdminRequest request;
  request.method = kMethods[choice % 4];
  request.peer_is_loopback = (choice & 4U) != 0;
  request.path = take_line(bytes);
  request.authority = take_line(bytes);
  http::HeaderList headers;
  headers.add("authorization", take_line(bytes));
  request.headers = &headers;
  request.body = bytes;

  RuntimeFaults faults;
  int changes = 0;
  AdminContext context;
  context.config = &kConfig;
  context.stats = &kStats;
  context.server = &kServer;
  context.faults = &faults;
  context.commands.drain = [&changes] { ++changes; };
  context.commands.quit = [&changes] { ++changes; };
  context.commands.reload = [&changes]() -> Result<std::uint64_t> { return ++changes; };
  context.commands.set_log_level = [&changes](LogLevel) { ++changes; };
  context.commands.apply_faults = [&]() -> Result<void> {
    ++changes;
    ProxyConfig core = kConfig.core;
    faults.apply(core);
    return {};
  };
  (void)AdminPages::needs(request.path);
  const AdminResponse response = AdminPages::handle(request, context);
  check(response);
  const bool has_token =
      headers.find("authorization")->find(kConfig.admin.token) != std::string_view::npos;
  if (!request.peer_is_loopback && !has_token) {
    require(response.status == 401 && changes == 0 && faults.all().empty());
  }
  require(changes == 0 || request.method == "POST" || request.method == "DELETE");
}

}  // namespace
}  // namespace shaketable::proxy::live

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  shaketable::proxy::live::run({reinterpret_cast<const char*>(data), size});
  return 0;
}
