#include "proxy/http/spiffe_id.h"

#include <string>

#include <gtest/gtest.h>

namespace shaketable::proxy::http {
namespace {

using std::string_literals::operator""s;

TEST(SpiffeIdTest, TakesAnIdApart) {
  const auto id = parse_spiffe_id("spiffe://mesh.test/ns/shop/sa/cart");

  ASSERT_TRUE(id);
  EXPECT_EQ(id->trust_domain, "mesh.test");
  EXPECT_EQ(id->path, "/ns/shop/sa/cart");
}

TEST(SpiffeIdTest, ReadsTheIdOfATrustDomain) {
  const auto id = parse_spiffe_id("spiffe://mesh.test");

  ASSERT_TRUE(id);
  EXPECT_EQ(id->path, "");
}

TEST(SpiffeIdTest, AcceptsEveryCharacterThatTheSpecificationNames) {
  EXPECT_TRUE(parse_spiffe_id("spiffe://a-b_c.0/A-Z.a_z/09"));
  EXPECT_TRUE(parse_spiffe_id("spiffe://1/..."));
}

TEST(SpiffeIdTest, AcceptsExactlyTheLengthsOfTheSpecification) {
  const std::string prefix = "spiffe://mesh.test/";
  EXPECT_TRUE(parse_spiffe_id(prefix + std::string(kMaxSpiffeIdBytes - prefix.size(), 'x')));
  EXPECT_FALSE(parse_spiffe_id(prefix + std::string(kMaxSpiffeIdBytes - prefix.size() + 1, 'x')));
  EXPECT_TRUE(is_trust_domain(std::string(kMaxTrustDomainBytes, 'x')));
  EXPECT_FALSE(is_trust_domain(std::string(kMaxTrustDomainBytes + 1, 'x')));
}

class BadSpiffeIdTest : public testing::TestWithParam<std::string> {};

TEST_P(BadSpiffeIdTest, IsRefused) { EXPECT_FALSE(parse_spiffe_id(GetParam())); }

INSTANTIATE_TEST_SUITE_P(
    Ids, BadSpiffeIdTest,
    testing::Values("", "spiffe:", "spiffe://", "spiffe:///ns/a", "spiffe:/mesh.test/a",
                    "https://mesh.test/a", "Spiffe://mesh.test/a", "SPIFFE://mesh.test/a",
                    " spiffe://mesh.test/a", "spiffe://MESH.test/a", "spiffe://mesh.test/",
                    "spiffe://mesh.test/a/", "spiffe://mesh.test//a", "spiffe://mesh.test/a//b",
                    "spiffe://mesh.test/./a", "spiffe://mesh.test/a/..", "spiffe://mesh.test/../a",
                    "spiffe://mesh.test/%61", "spiffe://mesh%2etest/a", "spiffe://mesh.test/a?x",
                    "spiffe://mesh.test?x", "spiffe://mesh.test/a#x", "spiffe://mesh.test#x",
                    "spiffe://u@mesh.test/a", "spiffe://u:p@mesh.test/a",
                    "spiffe://mesh.test:443/a", "spiffe://[::1]/a", "spiffe://mesh.test/*",
                    "spiffe://mesh.test/a b", "spiffe://mesh.test/a\n", "spiffe://mesh.test\n/a",
                    "spiffe://mesh.test/a\t", "spiffe://mesh.test/a\0b"s,
                    "spiffe://mesh.test\0.evil/a"s, "spiffe://mesh.test/caf\xc3\xa9",
                    "spiffe://m\xc3\xa9sh.test/a", "spiffe://mesh.test\\a",
                    "spiffe://mesh.test/a\\b", "spiffe://mesh.test/a;b", "spiffe://mesh.test/a,b",
                    "spiffe://mesh.test/a:b", "spiffe://mesh.test/~a"),
    [](const auto& param_info) { return "Number" + std::to_string(param_info.index); });

}  // namespace
}  // namespace shaketable::proxy::http
