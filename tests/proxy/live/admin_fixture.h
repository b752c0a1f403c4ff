#pragma once

#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "proxy/live/admin.h"
#include "tests/proxy/live/sample_stats.h"

namespace shaketable::proxy::live {

/// An admin port of sample_config(), and what its commands did.
class AdminTest : public testing::Test {
 protected:
  AdminTest() {
    context.now = kStart + 10s;
    context.config = &config;
    context.stats = &stats;
    context.server = &server;
    context.faults = &faults;
    context.commands.drain = [this] { ++drains; };
    context.commands.quit = [this] { ++quits; };
    context.commands.reload = [this]() -> Result<std::uint64_t> {
      if (reload_error.empty()) {
        return 4;
      }
      return fail(reload_error, "proxy.yaml:3:1", "a port");
    };
    context.commands.set_log_level = [this](LogLevel level) { log_level = level; };
    context.commands.apply_faults = [this]() -> Result<void> {
      ++applies;
      return apply_error.empty() ? Result<void>() : Result<void>(fail(apply_error));
    };
  }

  AdminResponse ask(std::string_view method, std::string_view path, std::string_view body = "") {
    AdminRequest request;
    request.method = method;
    request.path = path;
    request.authority = authority;
    request.headers = &headers;
    request.body = body;
    request.peer_is_loopback = is_loopback;
    return AdminPages::handle(request, context);
  }
  AdminResponse get(std::string_view path) { return ask("GET", path); }
  static std::string header_of(const AdminResponse& response, const std::string& name) {
    for (const auto& [key, value] : response.headers) {
      if (key == name) {
        return value;
      }
    }
    return "";
  }

  LiveConfig config = sample_config();
  StatsSnapshot stats = sample_stats();
  ServerInfo server = sample_server();
  RuntimeFaults faults;
  AdminContext context;
  http::HeaderList headers;
  std::string authority = "127.0.0.1:15000";
  bool is_loopback = true;

  int drains = 0, quits = 0, applies = 0;
  std::string reload_error, apply_error;
  LogLevel log_level = LogLevel::kInfo;
};

}  // namespace shaketable::proxy::live
