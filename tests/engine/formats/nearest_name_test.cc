#include "engine/formats/nearest_name.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

constexpr std::string_view kKeys[] = {"retries", "timeout",         "circuit_breakers",
                                      "mtls",    "max_connections", "per_try_timeout"};

struct NearestCase {
  const char* name;
  std::string_view word;
  std::string_view nearest;
};

class NearestNameTest : public testing::TestWithParam<NearestCase> {};

TEST_P(NearestNameTest, FindsWhatWasMeant) {
  EXPECT_EQ(nearest_name(GetParam().word, kKeys), GetParam().nearest);
}

INSTANTIATE_TEST_SUITE_P(
    Words, NearestNameTest,
    testing::Values(NearestCase{"Swapped", "retires", "retries"},
                    NearestCase{"Missing", "timout", "timeout"},
                    NearestCase{"Additional", "timeouts", "timeout"},
                    NearestCase{"Replaced", "retrief", "retries"},
                    NearestCase{"Case", "Retries", "retries"},
                    NearestCase{"Camel", "maxConnections", "max_connections"},
                    NearestCase{"Dashes", "per-try-timeout", "per_try_timeout"},
                    NearestCase{"CamelAndTypo", "maxConection", "max_connections"},
                    NearestCase{"Nothing", "instances", ""}, NearestCase{"Empty", "", ""},
                    NearestCase{"Short", "tls", "mtls"}, NearestCase{"TooShort", "m", ""}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(NearestNameTest, PrefersTheEarlierOfTwoEquallyNear) {
  constexpr std::string_view kNames[] = {"cat", "bat"};
  EXPECT_EQ(nearest_name("rat", kNames), "cat");
}

TEST(NearestNameTest, DoesNotOfferTheWordItself) {
  constexpr std::string_view kNames[] = {"timeout", "timeouts"};
  EXPECT_EQ(nearest_name("timeout", kNames), "timeouts");
}

TEST(NearestNameTest, IgnoresWordsAsLongAsAFile) {
  const std::string word(1 << 20, 'k');
  const std::vector<std::string_view> names = {"kkkk", word};
  EXPECT_EQ(nearest_name(word, names), "");
  EXPECT_EQ(nearest_name("kkk", names), "kkkk");
}

}  // namespace
}  // namespace shaketable::engine
