#include "proxy/app/address.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/formats/document.h"
#include "tests/support/hostile_names.h"

namespace shaketable::proxy::app {
namespace {

using Kind = Address::Kind;

TEST(AddressTest, TakesIpAddressesNamesAndPaths) {
  const auto v4 = parse_address("127.0.0.1:8080");
  ASSERT_TRUE(v4.has_value());
  EXPECT_EQ(v4->kind, Kind::kIp);
  EXPECT_EQ(v4->port, 8080U);
  const auto v6 = parse_address("[::1]:1");
  ASSERT_TRUE(v6.has_value());
  EXPECT_EQ(v6->host, "::1");
  const auto name = parse_address("payment.shop-1.svc:65535");
  ASSERT_TRUE(name.has_value());
  EXPECT_EQ(name->kind, Kind::kName);
  EXPECT_EQ(name->port, 65'535U);
  const auto path = parse_address("unix:/run/app.sock");
  ASSERT_TRUE(path.has_value());
  EXPECT_EQ(path->kind, Kind::kUnix);
  EXPECT_EQ(path->host, "/run/app.sock");
}

TEST(AddressTest, RefusesEverythingElse) {
  for (const char* text : {"",
                           ":",
                           ":80",
                           "80",
                           "a:",
                           "a:0",
                           "a:65536",
                           "a:080",
                           "a:+1",
                           "a:1x",
                           "a: 1",
                           "1.2.3:80",
                           "1.2.3.4.5:80",
                           "256.0.0.1:80",
                           "::1:80",
                           "[::1]",
                           "[::1:80",
                           "[127.0.0.1]:80",
                           "a b:80",
                           "-:80x",
                           "a..b:80",
                           ".a:80",
                           "http://a:80",
                           "unix:",
                           "unix:a",
                           "unix:/",
                           "a:80/path"}) {
    EXPECT_FALSE(parse_address(text).has_value()) << text;
  }
  EXPECT_FALSE(parse_address("unix:/" + std::string(107, 'x')).has_value()) << "too long to bind";
  EXPECT_FALSE(parse_address(std::string(254, 'x') + ":80").has_value());
  EXPECT_FALSE(parse_address(std::string("unix:/a\0b", 9)).has_value());
  EXPECT_FALSE(parse_address(std::string("127.0.0.1\0:80", 13)).has_value());
  for (const std::string& name : hostile_names()) {
    EXPECT_FALSE(parse_address(name).has_value()) << name;
  }
}

TEST(AddressTest, KnowsWhoCanReachIt) {
  for (const char* text : {"127.0.0.1:1", "127.9.9.9:1", "[::1]:1", "unix:/a", "localhost:1"}) {
    EXPECT_TRUE(is_loopback(*parse_address(text))) << text;
  }
  for (const char* text : {"0.0.0.0:1", "[::]:1", "10.0.0.1:1", "a.test:1"}) {
    EXPECT_FALSE(is_loopback(*parse_address(text))) << text;
  }
  EXPECT_TRUE(is_any(*parse_address("0.0.0.0:1")));
  EXPECT_TRUE(is_any(*parse_address("[0:0::0]:1")));
  EXPECT_FALSE(is_any(*parse_address("[::1]:1")));
}

}  // namespace
}  // namespace shaketable::proxy::app
