#include "engine/formats/printable.h"

#include <string>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

struct PrintableCase {
  const char* name;
  std::string text;
  std::string shown;
};

class PrintableTest : public testing::TestWithParam<PrintableCase> {};

TEST_P(PrintableTest, ShowsWhatATerminalMayShow) {
  EXPECT_EQ(printable(GetParam().text), GetParam().shown);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, PrintableTest,
    testing::Values(PrintableCase{"PlainText", "retries: 3", "retries: 3"},
                    PrintableCase{"Umlauts", "größe", "größe"},
                    PrintableCase{"LineBreaks", "a\r\n\tb", "a\\r\\n\\tb"},
                    PrintableCase{"EscapeSequence", "\x1b[2J", "\\x1b[2J"},
                    PrintableCase{"Nul", std::string("a\0b", 3), "a\\x00b"},
                    PrintableCase{"C1Control", "\xc2\x9b", "\\x9b"},
                    PrintableCase{"RightToLeftOverride", "\u202egnp.exe", "\\u{202e}gnp.exe"},
                    PrintableCase{"ZeroWidthSpace", "a\u200bb", "a\\u{200b}b"},
                    PrintableCase{"LineSeparator", "a\u2028b", "a\\u{2028}b"},
                    PrintableCase{"TagCharacter", "\U000E0041", "\\u{0e0041}"},
                    PrintableCase{"StrayByte", "a\xff", "a\\xff"},
                    PrintableCase{"Overlong", "\xc0\xae", "\\xc0\\xae"},
                    PrintableCase{"Surrogate", "\xed\xa0\x80", "\\xed\\xa0\\x80"},
                    PrintableCase{"CutShort", "\xe2\x82", "\\xe2\\x82"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(PrintableTest, ShortensWithoutCuttingAnEscapeOrACodePoint) {
  EXPECT_EQ(printable("abcdefgh", 8), "abcdefgh");
  EXPECT_EQ(printable("abcdefghi", 8), "abcde...");
  EXPECT_EQ(printable("\n\n\n\n\n", 8), "\\n\\n...");
  EXPECT_EQ(printable("ééééé", 8), "éé...");
  EXPECT_EQ(printable(std::string(1 << 20, 'x'), 20).size(), 20U);
}

TEST(PrintableTest, NeverExceedsATinyLimit) {
  for (std::size_t limit = 0; limit < 6; ++limit) {
    EXPECT_LE(printable("\x1b\x1b\x1b", limit).size(), limit) << limit;
  }
}

TEST(PrintableTest, QuotesNames) { EXPECT_EQ(quoted("a\nb"), "\"a\\nb\""); }

TEST(DecodeUtf8Test, ReadsTheEndsOfEachLength) {
  EXPECT_EQ(decode_utf8("\x7f", 0).value, U'\x7f');
  EXPECT_EQ(decode_utf8("\xc2\x80", 0).value, U'\x80');
  EXPECT_EQ(decode_utf8("\xe0\xa0\x80", 0).value, U'\u0800');
  EXPECT_EQ(decode_utf8("\xf0\x90\x80\x80", 0).value, U'\U00010000');
  EXPECT_EQ(decode_utf8("\xf4\x8f\xbf\xbf", 0).value, U'\U0010FFFF');
  EXPECT_FALSE(decode_utf8("\xf4\x90\x80\x80", 0).valid);
  EXPECT_FALSE(decode_utf8("\xe0\x9f\xbf", 0).valid);
  EXPECT_FALSE(decode_utf8("\xf0\x8f\xbf\xbf", 0).valid);
  EXPECT_FALSE(decode_utf8("\xf8\x88\x80\x80\x80", 0).valid);
}

}  // namespace
}  // namespace shaketable::engine
