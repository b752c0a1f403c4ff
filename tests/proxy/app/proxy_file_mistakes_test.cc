#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/app/proxy_file.h"
#include "tests/support/golden.h"

// Typical mistakes and what the user reads about them. The expected texts lie beside the files;
// SHAKETABLE_UPDATE_GOLDEN=1 writes them anew.
namespace shaketable::proxy::app {
namespace {

const std::string kFolder = "tests/golden/proxy_mistakes/";

std::string text_of(const std::string& path) {
  std::ifstream stream(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

std::vector<std::string> names() {
  std::vector<std::string> result;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    if (entry.path().extension() == ".yaml") {
      result.push_back(entry.path().stem().string());
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

TEST(ProxyFileMistakesTest, AreReportedAllAtOnceWithPlaceAndAdvice) {
  ASSERT_GE(names().size(), 10U);
  for (const std::string& name : names()) {
    engine::Diagnostics diagnostics;
    const auto config =
        parse_proxy_file(name + ".yaml", text_of(kFolder + name + ".yaml"), diagnostics);
    const std::string report = engine::render(diagnostics, /*color=*/false);

    EXPECT_FALSE(config.has_value()) << name;
    EXPECT_EQ(report, golden("proxy_mistakes/" + name + ".txt", report)) << name;
  }
}

TEST(ProxyFileMistakesTest, AreReportedOnceWhenAnAliasRepeatsThem) {
  engine::Diagnostics diagnostics;
  const auto config = parse_proxy_file("alias.yaml",
                                       "listen: 127.0.0.1:1\n"
                                       "clusters:\n"
                                       "  a: &a {endpoints: nowhere}\n"
                                       "  b: *a\n",
                                       diagnostics);

  EXPECT_FALSE(config.has_value());
  EXPECT_EQ(diagnostics.sorted().size(), 1U) << engine::render(diagnostics, false);
}

}  // namespace
}  // namespace shaketable::proxy::app
