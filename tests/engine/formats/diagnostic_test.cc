#include "engine/formats/diagnostic.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

Diagnostic error_at(int line, int column, std::string message) {
  return {.code = "ST1005",
          .file = "shop.yaml",
          .line = line,
          .column = column,
          .message = std::move(message)};
}

void keep_source(Diagnostics& diagnostics, const std::string& text) {
  diagnostics.add_source("shop.yaml", std::make_shared<const std::string>(text));
}

TEST(DiagnosticsTest, RendersPlaceSourceAndAdvice) {
  Diagnostics diagnostics;
  keep_source(diagnostics, "services:\n  retires: 3\n");
  Diagnostic diagnostic = error_at(2, 3, "unknown key \"retires\" in a service");
  diagnostic.code = "ST1103";
  diagnostic.expected = "one of retries, timeout";
  diagnostic.hint = "retries";
  diagnostics.add(diagnostic);

  EXPECT_EQ(render(diagnostics, /*color=*/false),
            "shop.yaml:2:3: error[ST1103]: unknown key \"retires\" in a service\n"
            "    2 |   retires: 3\n"
            "      |   ^\n"
            "      = expected: one of retries, timeout\n"
            "      = did you mean \"retries\"?\n");
}

TEST(DiagnosticsTest, PrintsInTheOrderOfTheFileAndEachRemarkOnce) {
  Diagnostics diagnostics;
  diagnostics.add(error_at(9, 1, "late"));
  diagnostics.add(error_at(2, 5, "right"));
  diagnostics.add(error_at(2, 1, "left"));
  diagnostics.add(error_at(2, 5, "right"));

  EXPECT_EQ(render(diagnostics, false),
            "shop.yaml:2:1: error[ST1005]: left\n"
            "shop.yaml:2:5: error[ST1005]: right\n"
            "shop.yaml:9:1: error[ST1005]: late\n");
}

TEST(DiagnosticsTest, LeavesOutWhatIsUnknown) {
  Diagnostics diagnostics;
  diagnostics.add({.severity = Severity::kWarning, .message = "no place"});
  diagnostics.add({.severity = Severity::kNote, .code = "ST1", .file = "a", .message = "a file"});

  EXPECT_EQ(render(diagnostics, false), "warning: no place\na: note[ST1]: a file\n");
  EXPECT_FALSE(diagnostics.has_errors());
  EXPECT_EQ(diagnostics.warning_count(), 1U);
}

TEST(DiagnosticsTest, CountsWhatItDoesNotKeep) {
  Diagnostics diagnostics(/*limit=*/2);
  for (int line = 1; line <= 5; ++line) {
    diagnostics.add(error_at(line, 1, "wrong"));
  }

  EXPECT_EQ(diagnostics.error_count(), 5U);
  EXPECT_EQ(render(diagnostics, false),
            "shop.yaml:1:1: error[ST1005]: wrong\n"
            "shop.yaml:2:1: error[ST1005]: wrong\n"
            "and 3 more\n");
}

TEST(DiagnosticsTest, AnErrorTakesThePlaceOfAWarningWhenFull) {
  Diagnostics diagnostics(/*limit=*/2);
  diagnostics.add({.severity = Severity::kWarning, .message = "first"});
  diagnostics.add({.severity = Severity::kWarning, .message = "second"});
  diagnostics.add(error_at(1, 1, "wrong"));

  EXPECT_EQ(render(diagnostics, false),
            "warning: first\nshop.yaml:1:1: error[ST1005]: wrong\nand 1 more\n");
}

TEST(DiagnosticsTest, ShowsAWindowOfALongLine) {
  Diagnostics diagnostics;
  keep_source(diagnostics, std::string(1000, 'a') + 'X' + std::string(1000, 'b') + '\n');
  diagnostics.add(error_at(1, 1001, "here"));

  const std::string out = render(diagnostics, false);

  EXPECT_LT(out.size(), 400U);
  const std::size_t excerpt = out.find("    1 | ");
  const std::size_t caret = out.find("      | ");
  ASSERT_NE(excerpt, std::string::npos);
  EXPECT_EQ(out.find('X') - excerpt, out.find('^') - caret);
}

TEST(DiagnosticsTest, PutsTheCaretUnderTheColumnOfWideText) {
  Diagnostics diagnostics;
  keep_source(diagnostics, "größe: 日本 x\n");
  // "größe: " has 9 bytes, each of the two characters has 3, then a blank: x is byte 17.
  diagnostics.add(error_at(1, 17, "here"));

  EXPECT_EQ(render(diagnostics, false),
            "shop.yaml:1:17: error[ST1005]: here\n"
            "    1 | größe: 日本 x\n"
            "      |             ^\n");
}

TEST(DiagnosticsTest, KeepsHostileTextFromTheTerminal) {
  Diagnostics diagnostics;
  diagnostics.add_source("\x1b[2J.yaml",
                         std::make_shared<const std::string>("a: \x1b[31m\u202e\n"));
  diagnostics.add({.code = "ST1\x07",
                   .file = "\x1b[2J.yaml",
                   .line = 1,
                   .column = 12,
                   .message = "bad\nline \x1b[31m",
                   .expected = "\u202e",
                   .hint = "\x9b"});

  EXPECT_EQ(render(diagnostics, false),
            "\\x1b[2J.yaml:1:12: error[ST1\\x07]: bad\\nline \\x1b[31m\n"
            "    1 | a: \\x1b[31m\\u{202e}\n"
            "      |                    ^\n"
            "      = expected: \\u{202e}\n"
            "      = did you mean \"\\x9b\"?\n");
}

TEST(DiagnosticsTest, ColoursOnlyOnRequest) {
  Diagnostics diagnostics;
  diagnostics.add(error_at(1, 1, "wrong"));

  EXPECT_EQ(render(diagnostics, false).find('\x1b'), std::string::npos);
  EXPECT_NE(render(diagnostics, true).find("\x1b[1;31merror[ST1005]:\x1b[0m"), std::string::npos);
}

TEST(DiagnosticsTest, SurvivesPlacesOutsideTheText) {
  Diagnostics diagnostics;
  keep_source(diagnostics, "a\n");
  diagnostics.add(error_at(1, 500, "column"));
  diagnostics.add(error_at(7, 3, "line"));

  EXPECT_EQ(render(diagnostics, false),
            "shop.yaml:1:500: error[ST1005]: column\n"
            "    1 | a\n"
            "      |  ^\n"
            "shop.yaml:7:3: error[ST1005]: line\n");
}

TEST(DiagnosticsTest, AHintOfSeveralWordsIsPrintedAsItIs) {
  const Diagnostic diagnostic = {.message = "a template", .hint = "render it first"};
  EXPECT_EQ(render(diagnostic, nullptr, false), "error: a template\n      = render it first\n");
}

}  // namespace
}  // namespace shaketable::engine
