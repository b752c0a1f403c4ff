#include "engine/formats/source_text.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace shaketable::engine {
namespace {

constexpr std::size_t kLimit = 1000;

/// A directory that is removed with everything in it.
class ReadRegularFileTest : public testing::Test {
 protected:
  ReadRegularFileTest() {
    std::string name = testing::TempDir() + "/source_text_XXXXXX";
    directory_ = ::mkdtemp(name.data());
  }
  ~ReadRegularFileTest() override { std::filesystem::remove_all(directory_); }

  std::string path(const std::string& name) { return (directory_ / name).string(); }
  void write(const std::string& name, const std::string& text) {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  std::string code() {
    const auto found = diagnostics_.sorted();
    return found.size() == 1 ? found.front().code : "";
  }

  std::filesystem::path directory_;
  Diagnostics diagnostics_;
};

TEST_F(ReadRegularFileTest, ReadsAFile) {
  write("a.yaml", "a: 1\n");
  EXPECT_EQ(read_regular_file(path("a.yaml"), kLimit, diagnostics_), "a: 1\n");
  EXPECT_TRUE(diagnostics_.empty());
}

TEST_F(ReadRegularFileTest, ReadsThroughASymbolicLink) {
  write("a.yaml", "a: 1\n");
  std::filesystem::create_symlink(path("a.yaml"), path("link.yaml"));
  EXPECT_EQ(read_regular_file(path("link.yaml"), kLimit, diagnostics_), "a: 1\n");
}

TEST_F(ReadRegularFileTest, TakesExactlyTheLimit) {
  write("full.yaml", std::string(kLimit, 'x'));
  write("over.yaml", std::string(kLimit + 1, 'x'));
  EXPECT_TRUE(read_regular_file(path("full.yaml"), kLimit, diagnostics_).has_value());
  EXPECT_FALSE(read_regular_file(path("over.yaml"), kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1003");
}

TEST_F(ReadRegularFileTest, RefusesAMissingFile) {
  EXPECT_FALSE(read_regular_file(path("none.yaml"), kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1001");
}

TEST_F(ReadRegularFileTest, RefusesANameWithANulInside) {
  EXPECT_FALSE(read_regular_file(std::string("/tmp\0x", 6), kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1001");
}

TEST_F(ReadRegularFileTest, RefusesADirectory) {
  EXPECT_FALSE(read_regular_file(directory_.string(), kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1002");
}

TEST_F(ReadRegularFileTest, RefusesAPipeWithoutWaitingForAWriter) {
  ASSERT_EQ(::mkfifo(path("pipe.yaml").c_str(), 0600), 0);
  EXPECT_FALSE(read_regular_file(path("pipe.yaml"), kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1002");
}

TEST_F(ReadRegularFileTest, RefusesADevice) {
  EXPECT_FALSE(read_regular_file("/dev/zero", kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1002");
}

TEST_F(ReadRegularFileTest, RefusesALinkToItself) {
  std::filesystem::create_symlink(path("loop.yaml"), path("loop.yaml"));
  EXPECT_FALSE(read_regular_file(path("loop.yaml"), kLimit, diagnostics_).has_value());
  EXPECT_EQ(code(), "ST1001");
}

TEST(NormalizeTextTest, RemovesByteOrderMarkAndCarriageReturns) {
  Diagnostics diagnostics;
  std::string text =
      "\xef\xbb\xbf"
      "a: 1\r\nb: 2\rc: 3\n\r\n";
  EXPECT_TRUE(normalize_text("f", text, diagnostics));
  EXPECT_EQ(text, "a: 1\nb: 2\nc: 3\n\n");
}

struct BadTextCase {
  const char* name;
  std::string text;
  int line;
  int column;
};

class BadTextTest : public testing::TestWithParam<BadTextCase> {};

TEST_P(BadTextTest, IsRefusedWhereItIsBad) {
  Diagnostics diagnostics;
  std::string text = GetParam().text;

  EXPECT_FALSE(normalize_text("f", text, diagnostics));

  ASSERT_EQ(diagnostics.sorted().size(), 1U);
  const Diagnostic found = diagnostics.sorted().front();
  EXPECT_EQ(found.code, "ST1004");
  EXPECT_EQ(found.line, GetParam().line);
  EXPECT_EQ(found.column, GetParam().column);
}

INSTANTIATE_TEST_SUITE_P(Texts, BadTextTest,
                         testing::Values(BadTextCase{"Nul", std::string("a: x\0y\n", 7), 1, 5},
                                         BadTextCase{"Stray", "a: 1\nb: \xff\n", 2, 4},
                                         BadTextCase{"Overlong", "a: \xc0\xae", 1, 4},
                                         BadTextCase{"Surrogate", "a: \xed\xa0\x80", 1, 4},
                                         BadTextCase{"CutShort", "a\r\n\xe2\x82", 2, 1},
                                         BadTextCase{"Escape", "\n\n \x1b[2J", 3, 2},
                                         BadTextCase{"EndOfTransmission", "\x04", 1, 1},
                                         BadTextCase{"Delete", "a\x7f", 1, 2},
                                         BadTextCase{"Utf16",
                                                     "\xff\xfe"
                                                     "a",
                                                     1, 1}),
                         [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace shaketable::engine
