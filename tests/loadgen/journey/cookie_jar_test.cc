#include "loadgen/journey/cookie_jar.h"

#include <string>

#include <gtest/gtest.h>

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Instant;
using proxy::kStart;

std::string header_of(const CookieJar& jar, const std::string& path, Instant now = kStart,
                      const std::string& host = "") {
  std::string out;
  jar.append_header(host, path, now, out);
  return out;
}

TEST(CookieJarTest, SendsCookiesBackBelowTheirPath) {
  CookieJar jar;
  jar.set("a=1; Path=/shop", "", "/", kStart);
  jar.set("b = 2 ", "", "/shop/cart", kStart);
  jar.set("c=3; path=/; HttpOnly; Secure", "", "/", kStart);

  EXPECT_EQ(header_of(jar, "/shop/cart"), "a=1; b=2; c=3");
  EXPECT_EQ(header_of(jar, "/shop"), "a=1; b=2; c=3");
  EXPECT_EQ(header_of(jar, "/shopping"), "c=3");
  EXPECT_EQ(header_of(jar, "/", kStart, "https://other"), "");
}

TEST(CookieJarTest, ReplacesAndForgets) {
  CookieJar jar;
  jar.set("a=1; Path=/", "", "/", kStart);
  jar.set("a=2; Path=/; Max-Age=10", "", "/", kStart);
  EXPECT_EQ(header_of(jar, "/", kStart + 9s), "a=2");
  EXPECT_EQ(header_of(jar, "/", kStart + 10s), "");

  jar.set("a=3; Path=/", "", "/", kStart);
  jar.set("a=; Path=/; Max-Age=0", "", "/", kStart);
  EXPECT_TRUE(jar.empty());
  jar.set("a=3; Path=/", "", "/", kStart);
  jar.set("a=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT", "", "/", kStart);
  EXPECT_TRUE(jar.empty());
  jar.set("a=3; Path=/; Expires=Thu, 01 Jan 2099 00:00:00 GMT", "", "/", kStart);
  EXPECT_EQ(jar.find("a"), "3");
}

TEST(CookieJarTest, HoldsSoManyAndSoLongOnes) {
  CookieJar jar;
  for (std::size_t i = 0; i < 2 * CookieJar::kMaxCookies; ++i) {
    jar.set("n" + std::to_string(i) + "=1", "", "/", kStart);
  }
  EXPECT_EQ(jar.size(), CookieJar::kMaxCookies);
  EXPECT_EQ(jar.find("n0"), "");
  jar.set("long=" + std::string(CookieJar::kMaxCookieBytes, 'x'), "", "/", kStart);
  EXPECT_EQ(jar.find("long"), "");
  jar.set("no pair", "", "/", kStart);
  jar.set("=x", "", "/", kStart);
  EXPECT_EQ(jar.size(), CookieJar::kMaxCookies);
}

}  // namespace
}  // namespace shaketable::loadgen
