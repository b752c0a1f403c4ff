#include "loadgen/core/csv.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "loadgen/core/text_template.h"

namespace shaketable::loadgen {
namespace {

using Rows = std::vector<std::vector<std::string>>;

TEST(CsvTest, ReadsQuotesLineBreaksAndBlankLines) {
  EXPECT_EQ(*parse_csv("\xef\xbb\xbf"
                       "a,b\r\n\r\n\"x\ny\",\"\"\"q\"\"\"\n,\n"),
            (Rows{{"a", "b"}, {"x\ny", "\"q\""}, {"", ""}}));
  EXPECT_EQ(*parse_csv("a;b", ';'), (Rows{{"a", "b"}}));
  EXPECT_TRUE(parse_csv("")->empty());
}

TEST(CsvTest, NamesTheLineOfAMistake) {
  EXPECT_EQ(parse_csv("a,b\nc\n").error().where, "line 2");
  EXPECT_EQ(parse_csv("a\n\"x\n").error().where, "line 2");
  EXPECT_EQ(parse_csv("a\n\"x\"y\n").error().where, "line 2");
  EXPECT_FALSE(parse_csv("a\nb\n", ',', {.max_rows = 1}).has_value());
  EXPECT_FALSE(parse_csv("a,b\n", ',', {.max_rows = 9, .max_columns = 1}).has_value());
}

TEST(TextTemplateTest, PutsValuesIntoTheirPlaces) {
  VariableNames names;
  const auto text = TextTemplate::parse("/a/${x}/${y}$${z}", names);
  ASSERT_TRUE(text.has_value());
  std::string out;
  text->render(std::vector<std::string>{"1", "2"}, out);
  EXPECT_EQ(out, "/a/1/2${z}");
  EXPECT_EQ(names.names(), (std::vector<std::string>{"x", "y"}));
  EXPECT_FALSE(text->is_constant());
  for (const char* wrong : {"${", "${}", "${a b}", "x${y"}) {
    EXPECT_FALSE(TextTemplate::parse(wrong, names).has_value()) << wrong;
  }
}

}  // namespace
}  // namespace shaketable::loadgen
