#include "proxy/live/text_output.h"

#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/support/hostile_names.h"

namespace shaketable::proxy::live {
namespace {

std::string utc(std::int64_t unix_ns) {
  std::string text;
  append_utc(unix_ns, text);
  return text;
}
std::string decimal(std::int64_t billionths, int places = 9) {
  std::string text;
  append_decimal(billionths, places, text);
  return text;
}
std::string json(std::string_view value, std::size_t limit = 1000) {
  std::string text;
  append_json(value, text, limit);
  return text;
}

TEST(TextOutputTest, WritesTimesOfTheCalendar) {
  EXPECT_EQ(utc(0), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(utc(1'795'232'006'123'456'789), "2026-11-21T03:33:26.123Z");
  EXPECT_EQ(utc(951'782'400'000'000'000), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(utc(4'107'542'399'999'000'000), "2100-02-28T23:59:59.999Z");
  EXPECT_EQ(utc(-5), "1970-01-01T00:00:00.000Z");
  std::string text;
  append_utc_seconds(INT64_MAX, text);
  EXPECT_EQ(text, "9999-12-31T23:59:59.");
}

TEST(TextOutputTest, WritesDecimalsWithoutTrailingZeros) {
  EXPECT_EQ(decimal(0), "0");
  EXPECT_EQ(decimal(1'500'000'000), "1.5");
  EXPECT_EQ(decimal(-250'000'000), "-0.25");
  EXPECT_EQ(decimal(1), "0.000000001");
  EXPECT_EQ(decimal(1'234'567'891, 3), "1.234");
  EXPECT_EQ(decimal(2'000'000'000, 3), "2");
  EXPECT_EQ(decimal(INT64_MIN, 0), "-9223372036");
}

TEST(TextOutputTest, JsonSurvivesHostileNames) {
  for (const std::string& name : hostile_names()) {
    boost::json::error_code error;
    boost::json::parse(json(name, 10'000), error);
    EXPECT_FALSE(error) << json(name, 10'000);
  }
  EXPECT_EQ(json("a\"b\\c\n"), "\"a\\\"b\\\\c\\u000a\"");
  EXPECT_EQ(json("gr\xc3\xbc\xc3\x9f"), "\"gr\xc3\xbc\xc3\x9f\"");
  EXPECT_EQ(json("\xff\xfe"), "\"\\ufffd\\ufffd\"");
  EXPECT_EQ(json("\xe2\x80\xae"), "\"\\u202e\"");
  EXPECT_EQ(json("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"") << "a surrogate is no character";
  EXPECT_EQ(json("\xc0\xaf"), "\"\\ufffd\\ufffd\"") << "too long a form";
  EXPECT_EQ(json("\xf0\x9f\x92\xa5"), "\"\xf0\x9f\x92\xa5\"");
}

TEST(TextOutputTest, CutsLongValuesBetweenCharacters) {
  EXPECT_EQ(json("abcdef", 3), "\"abc...\"");
  EXPECT_EQ(json("ab\xc3\xbc", 3), "\"ab...\"");
  std::string text;
  append_escaped("abcdef", text, 2);
  EXPECT_EQ(text, "ab...");
}

TEST(TextOutputTest, EscapedTextIsPrintableAscii) {
  for (const std::string& name : hostile_names()) {
    std::string text;
    append_escaped(name, text);
    for (const char c : text) {
      ASSERT_TRUE(c >= ' ' && c <= '~');
    }
  }
  std::string text;
  append_escaped("a\"b\\\n\xc3", text);
  EXPECT_EQ(text, "a\\x22b\\x5c\\x0a\\xc3");
}

TEST(TextOutputTest, TheWriterPutsCommas) {
  std::string text;
  JsonWriter writer(text);
  writer.begin_object().member("a", 1).key("b").begin_array().value("x").value(true).null();
  writer.begin_object().end_object().end_array().member("c", std::string_view("y")).end_object();
  EXPECT_EQ(text, R"({"a":1,"b":["x",true,null,{}],"c":"y"})");
}

}  // namespace
}  // namespace shaketable::proxy::live
