#include "loadgen/live/target_url.h"

#include <gtest/gtest.h>

namespace shaketable::loadgen::live {
namespace {

TEST(TargetUrlTest, TakesAUrlApart) {
  const auto url = parse_target("http://shop.test:8080/cart/?q=1&r=a%20b");

  ASSERT_TRUE(url.has_value());
  EXPECT_FALSE(url->origin.is_tls);
  EXPECT_EQ(url->origin.host, "shop.test");
  EXPECT_EQ(url->origin.port, 8080);
  EXPECT_EQ(url->origin.authority(), "shop.test:8080");
  EXPECT_EQ(url->path, "/cart/");
  EXPECT_EQ(url->base_path(), "/cart");
  EXPECT_EQ(url->query, "q=1&r=a%20b");
}

TEST(TargetUrlTest, LeavesThePortOfTheSchemeOut) {
  EXPECT_EQ(parse_target("https://shop.test")->origin.authority(), "shop.test");
  EXPECT_EQ(parse_target("https://shop.test")->origin.port, 443);
  EXPECT_EQ(parse_target("HTTP://shop.test:443/")->origin.authority(), "shop.test:443");
  EXPECT_EQ(parse_target("http://[::1]:81/")->origin.authority(), "[::1]:81");
  EXPECT_EQ(parse_target("http://[::1]/")->origin.authority(), "[::1]");
  EXPECT_EQ(parse_target("127.0.0.1:9000")->origin.port, 9000);
}

TEST(TargetUrlTest, KnowsUnixSockets) {
  for (const char* text : {"unix:/run/app.sock:/a?b=c", "unix:///run/app.sock:/a?b=c"}) {
    const auto url = parse_target(text);
    ASSERT_TRUE(url.has_value()) << text;
    EXPECT_EQ(url->origin.unix_path, "/run/app.sock");
    EXPECT_EQ(url->origin.authority(), "localhost");
    EXPECT_EQ(url->path, "/a");
    EXPECT_EQ(url->query, "b=c");
  }
  EXPECT_TRUE(parse_target("unix:/run/app.sock").has_value());
}

TEST(TargetUrlTest, RefusesWhatCannotBeLoaded) {
  for (const char* text :
       {"", "ftp://a/", "http://", "http://a:0/", "http://a:99999/", "http://a:b/", "http://u@a/",
        "http://a/#f", "http://a/ b", "http://[::1", "unix:", "http://a/\x01", "http://a b/"}) {
    EXPECT_FALSE(parse_target(text).has_value()) << text;
  }
}

}  // namespace
}  // namespace shaketable::loadgen::live
