#include <chrono>
#include <string>

#include <gtest/gtest.h>

#include "proxy/app/proxy_file.h"
#include "tests/proxy/app/proxy_file_fixture.h"

// `routes:` and `virtual_hosts:` of a proxy's file.
namespace shaketable::proxy::app {
namespace {

using std::chrono::seconds;

const std::string kClusters =
    "listen: 127.0.0.1:1\n"
    "clusters: {a: 10.0.0.1:80, b: 10.0.0.2:80, c: 10.0.0.3:80}\n";

/// The routes of the file's one virtual host.
std::vector<Route> routes_of(const std::string& text) {
  live::LiveConfig config = config_of(kClusters + text);
  EXPECT_EQ(config.core.outbound.size(), 1U);
  return config.core.outbound.empty() ? std::vector<Route>{}
                                      : std::move(config.core.outbound.front().routes);
}

TEST(ProxyFileRoutesTest, KeepTheirOrderAndLeadToClusters) {
  const auto routes = routes_of(
      "routes:\n"
      "  - {name: api, match: {prefix: /api/, method: POST}, to: b}\n"
      "  - {split: {a: 90%, c: 10%}}\n");

  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].name, "api");
  EXPECT_EQ(routes[0].match.path.text, "/api/");
  EXPECT_EQ(routes[0].match.headers.at(0).name, ":method");
  EXPECT_EQ(routes[0].clusters.at(0).cluster, 1U);
  ASSERT_EQ(routes[1].clusters.size(), 2U);
  EXPECT_EQ(routes[1].clusters[0].weight, 90U);
  EXPECT_EQ(routes[1].clusters[1].cluster, 2U);
}

TEST(ProxyFileRoutesTest, AreOneForEachOfTheirMatches) {
  const auto routes = routes_of("routes: [{match: [{path: /x}, {regex: '/y.*'}], to: a}]\n");

  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].match.path.kind, PathMatch::Kind::kExact);
  EXPECT_EQ(routes[1].match.path.kind, PathMatch::Kind::kRegex);
}

TEST(ProxyFileRoutesTest, AnswerByThemselves) {
  const auto routes = routes_of(
      "routes:\n"
      "  - {match: {path: /old}, redirect: {path: /new, status: 308}}\n"
      "  - {direct_response: {status: 404, body: nothing here}}\n");

  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].action, Route::Action::kRedirect);
  EXPECT_EQ(routes[0].redirect->status, 308U);
  EXPECT_EQ(routes[1].action, Route::Action::kDirectResponse);
  EXPECT_EQ(routes[1].direct_response->body, "nothing here");
}

TEST(ProxyFileRoutesTest, ChangeRequestsMirrorThemAndInjectFaults) {
  const auto routes = routes_of(
      "routes:\n"
      "  - to: a\n"
      "    rewrite: {prefix: /v2/, authority: a.test}\n"
      "    mirror: {to: c, percent: 5%}\n"
      "    fault: {delay: {fixed_delay: 2s, percent: 10%}}\n"
      "    request_headers: {set: {X-Team: shop}, add: {via: proxy}, remove: [cookie]}\n"
      "    response_headers: {remove: [server]}\n");

  ASSERT_EQ(routes.size(), 1U);
  const Route& route = routes[0];
  EXPECT_EQ(route.rewrite->prefix, "/v2/");
  EXPECT_EQ(route.mirrors.at(0).cluster, 2U);
  EXPECT_EQ(route.mirrors.at(0).ppm, 50'000U);
  EXPECT_EQ(route.fault->delay_ppm, 100'000U);
  ASSERT_EQ(route.request_headers.size(), 3U);
  EXPECT_EQ(route.request_headers[0].name, "x-team");
  EXPECT_EQ(route.request_headers[1].op, HeaderMutation::Op::kAdd);
  EXPECT_EQ(route.request_headers[2].op, HeaderMutation::Op::kRemove);
  EXPECT_EQ(route.response_headers.at(0).name, "server");
}

TEST(ProxyFileRoutesTest, TakeSettingsFromTheirVirtualHostAndTheDefaults) {
  const live::LiveConfig config = config_of(
      kClusters +
      "defaults: {timeout: 9s, retries: 4}\n"
      "virtual_hosts:\n"
      "  shop:\n"
      "    domains: [shop.test]\n"
      "    timeout: 3s\n"
      "    routes: [{match: {path: /slow}, to: a, timeout: 0s, retries: false}, {to: b}]\n");

  const auto& routes = config.core.outbound.at(0).routes;
  EXPECT_EQ(routes.at(0).timeout, Duration{0});
  EXPECT_FALSE(routes.at(0).retry.has_value());
  EXPECT_EQ(routes.at(1).timeout, seconds(3));
  EXPECT_EQ(routes.at(1).retry->num_retries, 4U);
}

TEST(ProxyFileRoutesTest, BelongToADirection) {
  const live::LiveConfig config = config_of(
      "listeners: {in: {address: 127.0.0.1:1, direction: inbound}}\n"
      "clusters: {a: 10.0.0.1:80}\n"
      "virtual_hosts:\n"
      "  admin: {direction: inbound, domains: ['*'], routes: [{to: a}]}\n"
      "  shop.test: {routes: [{to: a}]}\n");

  ASSERT_EQ(config.core.inbound.size(), 1U);
  EXPECT_EQ(config.core.inbound[0].name, "admin");
  ASSERT_EQ(config.core.outbound.size(), 1U);
  EXPECT_EQ(config.core.outbound[0].domains, std::vector<std::string>{"shop.test"});
}

TEST(ProxyFileRoutesTest, TakeDomainsWithWildcardsAndPorts) {
  const live::LiveConfig config =
      config_of(kClusters +
                "virtual_hosts:\n"
                "  x: {domains: [a.test, '*.a.test', a.*, 'a.test:8080', '127.0.0.1', '*'], "
                "routes: [{to: a}]}\n");

  EXPECT_EQ(config.core.outbound.at(0).domains.size(), 6U);
}

TEST(ProxyFileRoutesTest, OfTcpListenersGoByServerName) {
  const live::LiveConfig config = config_of(
      "listeners:\n"
      "  db:\n"
      "    address: 127.0.0.1:1\n"
      "    protocol: tcp\n"
      "    tcp_routes: [{server_names: [A.test, '*.b.test'], to: a}]\n"
      "    to: b\n"
      "clusters: {a: 10.0.0.1:80, b: 10.0.0.2:80}\n");

  const auto& routes = config.listeners.at(0).tcp_routes;
  ASSERT_EQ(routes.size(), 2U);
  EXPECT_EQ(routes[0].server_names, (std::vector<std::string>{"a.test", "*.b.test"}));
  EXPECT_EQ(routes[1].cluster, "b");
  EXPECT_TRUE(config.clusters[0].is_tcp && config.clusters[1].is_tcp);
  EXPECT_TRUE(config.core.outbound.empty()) << "connections have no authority";
}

}  // namespace
}  // namespace shaketable::proxy::app
