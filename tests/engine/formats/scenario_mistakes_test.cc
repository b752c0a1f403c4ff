#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "engine/formats/scenario_loader.h"

// Typical mistakes and what the user reads about them. The expected texts lie beside the files;
// SHAKETABLE_UPDATE_GOLDEN=1 writes them anew.
namespace shaketable::engine {
namespace {

constexpr const char* kFolder = "tests/golden/scenario_mistakes";

std::string text_of(const std::filesystem::path& path) {
  std::ifstream stream(path);
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

TEST(ScenarioMistakesTest, AreReportedAllAtOnceWithPlaceAndAdvice) {
  const bool update = std::getenv("SHAKETABLE_UPDATE_GOLDEN") != nullptr;
  ASSERT_GE(names().size(), 10U);
  for (const std::string& name : names()) {
    const std::filesystem::path file = std::filesystem::path(kFolder) / (name + ".yaml");
    std::filesystem::path golden = file;
    golden.replace_extension(".txt");

    Diagnostics diagnostics;
    const auto scenario = parse_scenario(name + ".yaml", text_of(file), {}, diagnostics);
    const std::string report = render(diagnostics, /*color=*/false);

    EXPECT_FALSE(scenario.has_value()) << name;
    if (update) {
      std::ofstream(golden) << report;
    }
    EXPECT_EQ(report, text_of(golden)) << name;
  }
}

}  // namespace
}  // namespace shaketable::engine
