#include "engine/formats/codes.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>
#include <set>
#include <string>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

/// Every "STnnnn" in the sources of a folder.
std::set<std::string> codes_in(const std::string& folder) {
  std::set<std::string> codes;
  const std::regex pattern("\"(ST[0-9]{4})\"");
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    std::ifstream stream(entry.path());
    const std::string text{std::istreambuf_iterator<char>(stream), {}};
    for (std::sregex_iterator it(text.begin(), text.end(), pattern), end; it != end; ++it) {
      codes.insert((*it)[1]);
    }
  }
  return codes;
}

TEST(CodesTest, ExplainsEveryCodeOfTheSources) {
  for (const char* folder : {"engine/formats", "engine/mesh", "engine/scenario"}) {
    for (const std::string& code : codes_in(folder)) {
      EXPECT_NE(find_code(code), nullptr) << code << " in " << folder;
    }
  }
}

TEST(CodesTest, KeepsTheTableInOrderWithoutRepetition) {
  const auto table = code_table();
  ASSERT_FALSE(table.empty());
  for (std::size_t i = 0; i < table.size(); ++i) {
    EXPECT_FALSE(table[i].title.empty()) << table[i].code;
    EXPECT_FALSE(table[i].text.empty()) << table[i].code;
    EXPECT_TRUE(i == 0 || table[i - 1].code < table[i].code) << table[i].code;
  }
}

TEST(CodesTest, FindsACodeInAnyCase) {
  ASSERT_NE(find_code("st1103"), nullptr);
  EXPECT_EQ(find_code("st1103")->code, "ST1103");
  EXPECT_EQ(find_code("ST9999"), nullptr);
  EXPECT_EQ(find_code(""), nullptr);
}

}  // namespace
}  // namespace shaketable::engine
