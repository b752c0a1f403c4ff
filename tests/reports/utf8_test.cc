#include "reports/utf8.h"

#include <gtest/gtest.h>

namespace shaketable::reports {
namespace {

TEST(Utf8Test, TellsTextFromBytes) {
  for (const char* text : {"", "plain\r\n", "\xc3\xa4", "\xef\xbf\xbd", "\xf0\x9f\x92\xa5"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const char* text :
       {"\xff", "a\xc3", "\xc3(", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

}  // namespace
}  // namespace shaketable::reports
