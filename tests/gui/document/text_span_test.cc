#include "gui/document/text_span.h"

#include <gtest/gtest.h>

#include "engine/formats/diagnostic.h"

namespace shaketable::gui {
namespace {

class TextSpanTest : public testing::Test {
 protected:
  // What is found of the value of `key` at the top of the text.
  std::string value_of(const std::string& text, std::string_view key) {
    engine::Diagnostics diagnostics;
    const auto documents = engine::parse_documents("a.yaml", text, diagnostics);
    if (!documents) {
      ADD_FAILURE() << engine::render(diagnostics, false);
      return {};
    }
    const SpanFinder finder(text);
    for (const engine::MapEntry& entry : documents->front().root().entries()) {
      if (entry.key->text() == key) {
        const TextSpan span = finder.value_span(entry);
        return text.substr(span.begin, span.size());
      }
    }
    ADD_FAILURE() << "no " << key;
    return {};
  }
};

TEST_F(TextSpanTest, FindsScalarsAsTheyAreWritten) {
  EXPECT_EQ(value_of("a: 1 # one\nb: 2\n", "a"), "1");
  EXPECT_EQ(value_of("a: \"x # \\\" y\" # c\nb: 2\n", "a"), "\"x # \\\" y\"");
  EXPECT_EQ(value_of("a: 'it''s'\nb: 2\n", "a"), "'it''s'");
  EXPECT_EQ(value_of("a: two words   \nb: 2\n", "a"), "two words");
  EXPECT_EQ(value_of("a: two\n  words\nb: 2\n", "a"), "two\n  words");
  EXPECT_EQ(value_of("a: |\n  text\n\n  more\nb: 2\n", "a"), "|\n  text\n\n  more");
}

TEST_F(TextSpanTest, FindsCollections) {
  EXPECT_EQ(value_of("a: {x: [1, \"}\"], y: 2} # c\nb: 2\n", "a"), "{x: [1, \"}\"], y: 2}");
  EXPECT_EQ(value_of("a: [1, # ]\n    2]\nb: 2\n", "a"), "[1, # ]\n    2]");
  EXPECT_EQ(value_of("a:\n  x: 1\n  y: {z: 2}   # c\nb: 2\n", "a"), "x: 1\n  y: {z: 2}");
  EXPECT_EQ(value_of("a:\n- 1\n- 2\nb: 2\n", "a").back(), '2');
}

TEST_F(TextSpanTest, KnowsValuesThatAreNotThere) {
  EXPECT_EQ(value_of("a:\nb: 2\n", "a"), "");
  EXPECT_EQ(value_of("a: # nothing\nb: 2\n", "a"), "");
  EXPECT_EQ(value_of("a: ~\nb: 2\n", "a"), "~");
  EXPECT_EQ(value_of("b: &x {k: 1}\na: *x\n", "a"), "*x");
  EXPECT_EQ(value_of("b: &x {k: 1}\na: *x\n", "b").back(), '}');
}

}  // namespace
}  // namespace shaketable::gui
