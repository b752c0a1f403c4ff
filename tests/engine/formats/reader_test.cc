#include "engine/formats/reader.h"

#include <string>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using std::chrono_literals::operator""s;

/// A document and what was said about it.
class ReaderTest : public testing::Test {
 protected:
  const Node* parse(const std::string& text) {
    documents_ = parse_documents("f.yaml", text, diagnostics_);
    return documents_ ? &documents_->front().root() : nullptr;
  }
  /// Everything that was reported, without excerpts: one `line:column code message [hint]` a line.
  std::string reports() {
    std::string out;
    for (const Diagnostic& item : diagnostics_.sorted()) {
      out += std::to_string(item.line) + ':' + std::to_string(item.column) + ' ' + item.code + ' ' +
             item.message + (item.hint.empty() ? "" : " [" + item.hint + ']') + '\n';
    }
    return out;
  }

  Diagnostics diagnostics_;
  std::optional<std::vector<Document>> documents_;
};

TEST_F(ReaderTest, ReadsAMapAndReportsEveryMistakeInOneGo) {
  MapReader map(parse("timeout: 5\nretires: 3\nmode: slwo\nzzz: 1\n"), diagnostics_, "a service");
  const auto timeout = read_duration(map.optional("timeout"), diagnostics_);
  const auto retries = read_integer(map.optional("retries"), diagnostics_, {0, 10});
  constexpr std::string_view kModes[] = {"fast", "slow"};
  const auto mode = read_word(map.required("mode"), diagnostics_, kModes, "a mode");
  map.required("instances");
  map.finish();

  EXPECT_FALSE(timeout || retries || mode);
  EXPECT_EQ(reports(),
            "1:1 ST1102 a service needs the key \"instances\"\n"
            "1:10 ST1104 \"5\" has no unit [5ms]\n"
            "2:1 ST1103 unknown key \"retires\" in a service [retries]\n"
            "3:7 ST1107 \"slwo\" is not a mode [slow]\n"
            "4:1 ST1103 unknown key \"zzz\" in a service\n");
}

TEST_F(ReaderTest, AbsentKeysAreSilent) {
  MapReader map(parse("a: 1\n"), diagnostics_, "a map");
  map.optional("a");
  EXPECT_EQ(read_duration(map.optional("b"), diagnostics_).value_or(15s), 15s);
  EXPECT_FALSE(read_bool(map.optional("c"), diagnostics_).has_value());
  map.finish();
  EXPECT_EQ(reports(), "");
}

TEST_F(ReaderTest, AnotherKindOfNodeIsReportedOnceAndThenActsEmpty) {
  MapReader map(parse("- a\n"), diagnostics_, "a service");
  EXPECT_FALSE(map.ok());
  EXPECT_EQ(map.required("name"), nullptr);
  map.finish();
  EXPECT_EQ(reports(), "1:1 ST1101 found a list instead\n");
}

TEST_F(ReaderTest, ANullPointerIsSilent) {
  MapReader map(nullptr, diagnostics_, "a service");
  EXPECT_EQ(map.required("name"), nullptr);
  map.finish();
  EXPECT_TRUE(read_sequence(nullptr, diagnostics_, "a list").empty());
  EXPECT_TRUE(read_entries(nullptr, diagnostics_, "a map").empty());
  EXPECT_EQ(reports(), "");
}

TEST_F(ReaderTest, AnEmptyValueIsNotAValue) {
  MapReader map(parse("a:\nb: 1\n"), diagnostics_, "a map");
  EXPECT_FALSE(read_string(map.optional("a"), diagnostics_).has_value());
  EXPECT_EQ(reports(), "2:1 ST1101 found nothing instead\n");
}

TEST_F(ReaderTest, KnowsWhereAKeyStands) {
  MapReader map(parse("a: 1\nb: 2\n"), diagnostics_, "a map");
  ASSERT_NE(map.key_node("b"), nullptr);
  EXPECT_EQ(map.key_node("b")->line(), 2);
  EXPECT_EQ(map.key_node("c"), nullptr);
}

TEST_F(ReaderTest, NamesOnlyTheFirstOfVeryManyUnknownKeys) {
  std::string text;
  for (int i = 0; i < 1000; ++i) {
    text += "k" + std::to_string(i) + ": 1\n";
  }
  MapReader map(parse(text), diagnostics_, "a map");
  map.optional("timeout");
  map.finish();

  EXPECT_EQ(diagnostics_.error_count(), 21U);
  EXPECT_EQ(diagnostics_.sorted().back().message, "and 980 more unknown keys in a map");
}

TEST_F(ReaderTest, ReadsSequencesAndEntries) {
  const Node* root = parse("a: [1, 2]\nb: {c: 1}\n");
  EXPECT_EQ(read_sequence(root->find("a"), diagnostics_, "a list").size(), 2U);
  EXPECT_EQ(read_entries(root->find("b"), diagnostics_, "a map").size(), 1U);
  EXPECT_EQ(reports(), "");
  EXPECT_TRUE(read_sequence(root->find("b"), diagnostics_, "a list").empty());
  EXPECT_TRUE(read_entries(root->find("a"), diagnostics_, "a map").empty());
  EXPECT_EQ(reports(), "1:4 ST1101 found a list instead\n2:4 ST1101 found a map instead\n");
}

enum class Colour { kRed, kGreen };

TEST_F(ReaderTest, ReadsEnumerators) {
  constexpr EnumWord<Colour> kColours[] = {{"red", Colour::kRed}, {"green", Colour::kGreen}};
  const Node* root = parse("[green, grene, [red]]");
  EXPECT_EQ(read_enum(root->items()[0], diagnostics_, kColours, "a colour"), Colour::kGreen);
  EXPECT_FALSE(read_enum(root->items()[1], diagnostics_, kColours, "a colour").has_value());
  EXPECT_FALSE(read_enum(root->items()[2], diagnostics_, kColours, "a colour").has_value());
  EXPECT_FALSE(read_enum(nullptr, diagnostics_, kColours, "a colour").has_value());
  EXPECT_EQ(reports(),
            "1:9 ST1107 \"grene\" is not a colour [green]\n"
            "1:16 ST1101 found a list instead\n");
}

TEST_F(ReaderTest, ReadsBools) {
  const Node* root = parse("[true, False, \"true\", yes, off, treu, 1]");
  EXPECT_EQ(read_bool(root->items()[0], diagnostics_), true);
  EXPECT_EQ(read_bool(root->items()[1], diagnostics_), false);
  EXPECT_EQ(read_bool(root->items()[2], diagnostics_), true);
  for (std::size_t i = 3; i < 7; ++i) {
    EXPECT_FALSE(read_bool(root->items()[i], diagnostics_).has_value()) << i;
  }
  EXPECT_EQ(reports(),
            "1:23 ST1105 \"yes\" is neither true nor false [true]\n"
            "1:28 ST1105 \"off\" is neither true nor false [false]\n"
            "1:33 ST1105 \"treu\" is neither true nor false [true]\n"
            "1:39 ST1105 \"1\" is neither true nor false [true]\n");
}

TEST_F(ReaderTest, KeepsStringsAsTheyAreWritten) {
  const Node* root = parse("[no, 1.10, 010, \"\", longer]");
  EXPECT_EQ(read_string(root->items()[0], diagnostics_), "no");
  EXPECT_EQ(read_string(root->items()[1], diagnostics_), "1.10");
  EXPECT_EQ(read_string(root->items()[2], diagnostics_), "010");
  EXPECT_EQ(read_string(root->items()[3], diagnostics_), "");
  EXPECT_EQ(read_string(root->items()[4], diagnostics_, 5), std::nullopt);
  EXPECT_EQ(reports(), "1:21 ST1106 this text has 6 bytes; the limit is 5\n");
}

struct NameCase {
  const char* name;
  std::string text;
  bool good;
};

class ReadNameTest : public testing::TestWithParam<NameCase> {};

TEST_P(ReadNameTest, TakesPrintableNames) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", "- \"" + GetParam().text + "\"\n", diagnostics);
  ASSERT_TRUE(documents.has_value());
  const auto name = read_name(documents->front().root().items()[0], diagnostics);
  EXPECT_EQ(name.has_value(), GetParam().good);
  EXPECT_EQ(diagnostics.has_errors(), !GetParam().good);
}

INSTANTIATE_TEST_SUITE_P(
    Names, ReadNameTest,
    testing::Values(NameCase{"Plain", "payment-v2", true}, NameCase{"Path", "GET /a/{id}", true},
                    NameCase{"Unicode", "größe 日本", true},
                    NameCase{"Longest", std::string(253, 'a'), true},
                    NameCase{"TooLong", std::string(254, 'a'), false}, NameCase{"Empty", "", false},
                    NameCase{"Blank", " ", false}, NameCase{"LeadingBlank", " a", false},
                    NameCase{"Nul", "a\\0b", false}, NameCase{"Escape", "\\e[2J", false},
                    NameCase{"LineBreak", "a\\nb", false},
                    NameCase{"Override", "\\u202egnp", false},
                    NameCase{"ZeroWidth", "a\\u200bb", false}),
    [](const auto& param_info) { return param_info.param.name; });

}  // namespace
}  // namespace shaketable::engine
