#include "proxy/http/grammar.h"

#include <gtest/gtest.h>

namespace shaketable::proxy::http {
namespace {

TEST(GrammarTest, KnowsTokens) {
  EXPECT_TRUE(is_token("GET"));
  EXPECT_TRUE(is_token("X!#$%&'*+-.^_`|~9"));
  for (const std::string_view text : {"", "a b", "a:", "a\t", "\x80", "(", "a,b", "a/b"}) {
    EXPECT_FALSE(is_token(text)) << text;
  }
}

TEST(GrammarTest, FindsAControlCharacterAtEveryPlaceOfAValue) {
  for (std::size_t size = 0; size < 80; ++size) {
    std::string value(size, 'x');
    EXPECT_TRUE(is_field_value(value)) << size;
    for (std::size_t at = 0; at < size; ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        value[at] = static_cast<char>(byte);
        const bool is_good = byte == '\t' || (byte >= 0x20 && byte != 0x7f);
        ASSERT_EQ(is_field_value(value), is_good) << size << " " << at << " " << byte;
      }
      value[at] = 'x';
    }
  }
}

TEST(GrammarTest, KnowsAuthorities) {
  for (const std::string_view text :
       {"h.test", "H.TEST:8080", "a-b_c.test", "1.2.3.4:80", "[::1]:80", "[::]", "[1::]",
        "[2001:db8::ffff:1.2.3.4]", "[1:2:3:4:5:6:7:8]", "a:", "a%20b", "a!$&'()*+;=~"}) {
    EXPECT_TRUE(is_authority(text)) << text;
  }
  for (const std::string_view text : {"",
                                      ":80",
                                      "a b",
                                      "u@a",
                                      "a:b:c",
                                      "a,b",
                                      "a/b",
                                      "a?x",
                                      "a#x",
                                      "a\\b",
                                      "a%zz",
                                      "a%2",
                                      "[::1",
                                      "::1",
                                      "a:8o",
                                      "a:65536",
                                      "a:000080",
                                      "[::1]x",
                                      "[1:2:3:4:5:6:7]",
                                      "[1::2::3]",
                                      "[::1%25e]",
                                      "[v1.x]",
                                      "[12345::]",
                                      "[1:2:3:4:5:6:7:8:9]",
                                      "[::1.2.3.256]",
                                      "[]",
                                      "[:]",
                                      "a\x80"}) {
    EXPECT_FALSE(is_authority(text)) << text;
  }
  EXPECT_TRUE(is_authority_with_port("a:1"));
  EXPECT_FALSE(is_authority_with_port("a"));
  EXPECT_FALSE(is_authority_with_port("a:"));
}

TEST(GrammarTest, KnowsTargets) {
  for (const std::string_view text :
       {"/", "/a/b;c=d", "/%41?x[]={a}|b\\c^`", "//x", "/a?b?c", "/a|b^c[d]", "/*"}) {
    EXPECT_TRUE(is_origin_form(text)) << text;
  }
  for (const std::string_view text : {"", "a", "*", "/a b", "/a#b", "/%zz", "/%4", "/a\\b", "/\"",
                                      "/<", "/a?\"", "/\x7f", "/\xc3", "/{a}"}) {
    EXPECT_FALSE(is_origin_form(text)) << text;
  }
}

TEST(GrammarTest, ReadsLengthsAsDecimalNumbersThatFit) {
  std::uint64_t value = 7;
  EXPECT_TRUE(parse_content_length("010", value));
  EXPECT_EQ(value, 10U);
  EXPECT_TRUE(parse_content_length("9223372036854775807", value));
  EXPECT_EQ(value, 9223372036854775807U);
  for (const std::string_view text : {"", "-1", "+1", "1 ", "0x1", "1,1", "9223372036854775808",
                                      "18446744073709551621", "\xef\xbc\x95"}) {
    EXPECT_FALSE(parse_content_length(text, value)) << text;
  }
}

TEST(GrammarTest, ReadsListsWithoutTheirEmptyElements) {
  ListReader list(" , a ,,\tb;q=1, ");
  std::string_view element;

  EXPECT_TRUE(list.next(element));
  EXPECT_EQ(element, "a");
  EXPECT_TRUE(list.next(element));
  EXPECT_EQ(element, "b;q=1");
  EXPECT_FALSE(list.next(element));
}

}  // namespace
}  // namespace shaketable::proxy::http
