#include "proxy/base/base64.h"

#include <string>

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

// RFC 4648 section 10.
TEST(Base64Test, GivesTheVectorsOfTheStandard) {
  EXPECT_EQ(to_base64(""), "");
  EXPECT_EQ(to_base64("f"), "Zg==");
  EXPECT_EQ(to_base64("fo"), "Zm8=");
  EXPECT_EQ(to_base64("foo"), "Zm9v");
  EXPECT_EQ(to_base64("foobar"), "Zm9vYmFy");
}

TEST(Base64Test, GivesBackEveryByte) {
  std::string bytes;
  for (int i = 0; i < 256; ++i) {
    bytes += static_cast<char>(i);
    EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
    EXPECT_EQ(from_base64(to_base64(bytes), Base64::kAny), bytes);
  }
}

TEST(Base64Test, RefusesWhatNoWriterWrites) {
  for (const char* text : {"Z", "Zg", "Zg=", "Zg=a", "Z===", "====", "Zh==", "Zm9=", "Zm9v\n",
                           "Zm 9", "Zm-_", "Zg==Zg=="}) {
    EXPECT_EQ(from_base64(text), std::nullopt) << text;
  }
}

TEST(Base64Test, ReadsTheUrlFormWithoutPaddingInItsOneWay) {
  EXPECT_EQ(from_base64("AAMAAABkAAQAAP__", Base64::kUrl),
            std::string("\0\3\0\0\0\x64\0\4\0\0\xff\xff", 12));
  EXPECT_EQ(from_base64("", Base64::kUrl), "");
  EXPECT_EQ(from_base64("YQ", Base64::kUrl), "a");
  for (const std::string_view text : {"A", "AA==", "A+", "A/", "YR", "AAAAA", "A A"}) {
    EXPECT_EQ(from_base64(text, Base64::kUrl), std::nullopt) << text;
  }
}

TEST(Base64Test, ReadsEitherFormWhereSendersDiffer) {
  for (const char* text : {"+/8=", "-_8=", "+/8", "-_8"}) {
    EXPECT_EQ(from_base64(text, Base64::kAny), "\xfb\xff") << text;
  }
  for (const char* text : {"A", "AA=", "A=AA", "A A="}) {
    EXPECT_EQ(from_base64(text, Base64::kAny), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace shaketable::proxy
