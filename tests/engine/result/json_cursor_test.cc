#include "engine/result/json_cursor.h"

#include <string>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

std::string problem_of(const std::string& text) {
  JsonCursor cursor(text);
  cursor.skip();
  cursor.finish();
  if (!cursor.problem()) {
    return "";
  }
  const JsonCursor::Problem& it = *cursor.problem();
  return std::to_string(it.offset) + " " + it.path + ": " + it.message;
}

TEST(JsonCursorTest, ReadsMembersAndItemsInTheirOrder) {
  JsonCursor cursor(R"({"a": [1, -2, 3], "skipped": {"x": [true, null, "}"]}, "b": "text"})");
  std::string key;
  std::int64_t sum = 0;
  std::string text;

  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "a") {
      cursor.enter_array();
      while (cursor.next_item()) {
        sum += cursor.number(-10, 10);
      }
    } else if (key == "b") {
      text = cursor.string();
    } else {
      cursor.skip();
    }
  }
  cursor.finish();

  EXPECT_FALSE(cursor.failed());
  EXPECT_EQ(sum, 2);
  EXPECT_EQ(text, "text");
}

TEST(JsonCursorTest, DecodesEscapes) {
  JsonCursor cursor(R"("\"\\\/\b\f\n\r\tA\u00e4\u202E\ud83d\ude00")");

  EXPECT_EQ(cursor.string(), "\"\\/\b\f\n\r\tA\u00e4\u202e\U0001f600");
  EXPECT_FALSE(cursor.failed());
}

TEST(JsonCursorTest, SaysWhereTheFirstProblemIs) {
  EXPECT_EQ(problem_of("{\"a\": [1, {\"b\": x}]}"), "16 a[1].b: a value was expected");
  EXPECT_EQ(problem_of("{\"a\": [1, 2"),
            "11 a[1]: the text ends where a comma or the end of the array was expected");
  EXPECT_EQ(problem_of("{\"a\": \"abc"), "10 a: the text ends inside a string");
  EXPECT_EQ(problem_of("{} {}"), "3 : something comes behind the end");
  EXPECT_EQ(problem_of("[1 2]"), "3 [0]: a comma or the end of the array was expected");
  EXPECT_EQ(problem_of("[1.5]"), "1 [0]: a whole number was expected");
  EXPECT_EQ(problem_of("[01]"), "1 [0]: a number with a leading zero");
  EXPECT_EQ(problem_of("[99999999999999999999]"), "1 [0]: the number is too large");
  EXPECT_EQ(problem_of("[\"\\ud800\"]"), "8 [0]: half of a pair of escapes in a string");
  EXPECT_EQ(problem_of("{a: 1}"), "1 : a key in quotes was expected");
  EXPECT_EQ(problem_of(""), "0 : the text ends where a value was expected");
  EXPECT_EQ(problem_of("{\"a\": 1} "), "");
}

TEST(JsonCursorTest, EndsAtTheLimitOfDepthWithoutRecursion) {
  const std::string deep(1'000'000, '[');

  EXPECT_EQ(problem_of(deep).substr(0, 3), "32 ");
}

TEST(JsonCursorTest, AfterAProblemEverythingGivesItsDefault) {
  JsonCursor cursor("[x]");
  cursor.enter_array();
  ASSERT_TRUE(cursor.next_item());

  EXPECT_EQ(cursor.unsigned_number(9), 0U);
  EXPECT_EQ(cursor.string(), "");
  EXPECT_FALSE(cursor.boolean());
  EXPECT_FALSE(cursor.next_item());
  EXPECT_EQ(cursor.problem()->message, "a number was expected");
}

TEST(JsonCursorTest, NumbersStayWithinTheirLimits) {
  JsonCursor high("12");
  EXPECT_EQ(high.unsigned_number(11), 0U);
  EXPECT_TRUE(high.failed());
  JsonCursor low("-1");
  EXPECT_EQ(low.number(0, 5), 0);
  EXPECT_TRUE(low.failed());
  JsonCursor largest("18446744073709551615");
  EXPECT_EQ(largest.unsigned_number(UINT64_MAX), UINT64_MAX);
}

}  // namespace
}  // namespace shaketable::engine
