#include "proxy/core/compiled_config.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::proxy {
namespace {

Route named(std::string name) {
  Route route;
  route.name = std::move(name);
  return route;
}

VirtualHost virtual_host(std::string name, std::vector<std::string> domains) {
  return {name, std::move(domains), {named(name)}};
}

std::string host_of(const RouteTable& table, std::string_view authority) {
  RequestHead head;
  head.method = "GET";
  head.authority = authority;
  head.path = "/";
  const CompiledRoute* route = table.match(head);
  return route == nullptr ? "none" : route->route.name;
}

TEST(RouteTableTest, KnowsTheOneRouteThatNothingIsAskedFor) {
  const RouteTable plain({virtual_host("inbound", {"*"})});
  VirtualHost picky = virtual_host("inbound", {"*"});
  picky.routes[0].match.path = {PathMatch::Kind::kPrefix, "/"};

  ASSERT_NE(plain.only_route(), nullptr);
  EXPECT_EQ(plain.only_route()->route.name, "inbound");
  EXPECT_EQ(RouteTable({picky}).only_route(), nullptr);
  EXPECT_EQ(RouteTable({virtual_host("named", {"shop.test"})}).only_route(), nullptr);
  EXPECT_EQ(RouteTable({virtual_host("a", {"*"}), virtual_host("b", {"b.test"})}).only_route(),
            nullptr);
  EXPECT_EQ(RouteTable({}).only_route(), nullptr);
}

TEST(RouteTableTest, PrefersExactThenLongestSuffixThenLongestPrefixThenEverything) {
  const RouteTable table(
      {virtual_host("star", {"*"}), virtual_host("prefix", {"shop.*"}),
       virtual_host("long prefix", {"shop.eu.*"}), virtual_host("suffix", {"*.test"}),
       virtual_host("long suffix", {"*.shop.test"}),
       virtual_host("dash suffix", {"*-eu.shop.test"}), virtual_host("exact", {"www.shop.test"})});

  EXPECT_EQ(host_of(table, "www.shop.test"), "exact");
  EXPECT_EQ(host_of(table, "api.shop.test"), "long suffix");
  EXPECT_EQ(host_of(table, "api-eu.shop.test"), "dash suffix");
  EXPECT_EQ(host_of(table, "other.test"), "suffix");
  EXPECT_EQ(host_of(table, "shop.de"), "prefix");
  EXPECT_EQ(host_of(table, "shop.eu.de"), "long prefix");
  EXPECT_EQ(host_of(table, "shop.eu.test"), "suffix") << "a suffix beats a prefix";
  EXPECT_EQ(host_of(table, "elsewhere"), "star");
}

TEST(RouteTableTest, LetsAWildcardStandForAtLeastOneCharacter) {
  const RouteTable table({virtual_host("suffix", {"*.test"}), virtual_host("prefix", {"shop.*"})});

  EXPECT_EQ(host_of(table, ".test"), "none");
  EXPECT_EQ(host_of(table, "shop."), "none");
  EXPECT_EQ(host_of(table, "a.test"), "suffix");
}

TEST(RouteTableTest, IgnoresCaseAndThePortUnlessADomainNamesIt) {
  const RouteTable table({virtual_host("plain", {"Shop.Test"}),
                          virtual_host("port", {"shop.test:9000"}),
                          virtual_host("prefix", {"shop.*"}), virtual_host("suffix", {"*.other"}),
                          virtual_host("six", {"[::1]"})});

  EXPECT_EQ(host_of(table, "SHOP.test"), "plain");
  EXPECT_EQ(host_of(table, "shop.test:8080"), "plain") << "not the wildcard of the same beginning";
  EXPECT_EQ(host_of(table, "shop.test:9000"), "port");
  EXPECT_EQ(host_of(table, "shop.other:80"), "suffix");
  EXPECT_EQ(host_of(table, "[::1]:80"), "six");
}

TEST(RouteTableTest, KnowsNobodyWithoutAFittingDomain) {
  const RouteTable table({virtual_host("a", {"a.test"})});
  const RouteTable star({virtual_host("star", {"*"})});

  EXPECT_EQ(host_of(table, "b.test"), "none");
  EXPECT_EQ(host_of(table, ""), "none");
  EXPECT_EQ(host_of(table, std::string(10'000, 'a')), "none");
  EXPECT_EQ(host_of(star, std::string(10'000, 'a')), "star");
}

TEST(RouteTableTest, TakesTheFirstRouteThatMatches) {
  Route first = named("cart");
  first.match.path = {PathMatch::Kind::kPrefix, "/cart"};
  Route second = named("shadowed");
  second.match.path = {PathMatch::Kind::kExact, "/cart/1"};
  const RouteTable table({{"host", {"*"}, {first, second, named("rest")}}});
  RequestHead head;
  head.authority = "x";

  head.path = "/cart/1?x=1";
  EXPECT_EQ(table.match(head)->route.name, "cart");
  head.path = "/other";
  EXPECT_EQ(table.match(head)->route.name, "rest");
}

TEST(CompiledConfigTest, RemembersExactlyWhatTheFullMatchSays) {
  // Random tables and shapes: the memo, asked in any order and often, equals the full match.
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Rng rng(seed);
    ProxyConfig plain;
    const std::vector<std::string> domains = {"a.test", "b.test", "*.test", "a.*", "*"};
    for (std::size_t i = rng.below(4) + 1; i > 0; --i) {
      VirtualHost host;
      host.domains = {domains[rng.below(domains.size())]};
      for (std::size_t j = rng.below(4); j > 0; --j) {
        Route route;
        route.match.path = {static_cast<PathMatch::Kind>(rng.below(4)),
                            "/" + std::string(rng.below(3), 'x')};
        if (rng.below(3) == 0) {
          route.match.headers.push_back(
              {":method", {StringMatch::Kind::kExact, "POST"}, rng.below(2) == 0});
        }
        host.routes.push_back(route);
      }
      (rng.below(2) == 0 ? plain.outbound : plain.inbound).push_back(host);
    }
    CompiledConfig config(plain);
    const std::vector<std::string> authorities = {"a.test", "b.test:80", "c.test", "a.org", "z"};
    const std::vector<std::string> paths = {"/", "/x", "/xx?q", "/y", "/x/y"};
    for (int i = 0; i < 400; ++i) {
      RequestHead head;
      head.shape = static_cast<std::uint32_t>(rng.below(50));
      head.authority = authorities[head.shape % 5];
      head.path = paths[head.shape / 5 % 5];
      head.method = head.shape < 25 ? "GET" : "POST";
      const Direction direction = rng.below(2) == 0 ? Direction::kOutbound : Direction::kInbound;
      RequestHead without = head;
      without.shape = RequestHead::kNoShape;

      ASSERT_EQ(config.route(direction, head), config.route(direction, without)) << "seed " << seed;
    }
  }
}

TEST(CompiledConfigTest, CountsTheVersionsOfEndpoints) {
  ProxyConfig plain;
  plain.clusters.resize(2);
  CompiledConfig config(plain);

  config.set_hosts(1, std::make_shared<const HostSet>(HostSet{{7, 1}}));

  EXPECT_EQ(config.hosts_version(0), 0U);
  EXPECT_EQ(config.hosts_version(1), 1U);
  EXPECT_TRUE(config.hosts(0).empty());
  EXPECT_EQ(config.hosts(1)[0].id, 7U);
}

}  // namespace
}  // namespace shaketable::proxy
