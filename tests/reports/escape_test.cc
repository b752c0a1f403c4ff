#include "reports/escape.h"

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "tests/support/hostile_names.h"

namespace shaketable::reports {
namespace {

TEST(EscapeTest, ATerminalSeesNoControlCharacter) {
  EXPECT_EQ(for_terminal("\x1b[31mred"), "\\x1b[31mred");
  EXPECT_EQ(for_terminal("two\nlines\t"), "two\\nlines\\t");
  EXPECT_EQ(for_terminal("\xe2\x80\xaegnp.exe"), "\\u{202e}gnp.exe");
  EXPECT_EQ(for_terminal("caf\xc3\xa9 \xe2\x86\x92"), "caf\xc3\xa9 \xe2\x86\x92");
}

TEST(EscapeTest, BytesThatAreNotUtf8BecomeReplacementCharacters) {
  EXPECT_EQ(for_terminal("a\xff"), "a\xef\xbf\xbd");
  EXPECT_EQ(for_html("\xc0\xaf"), "\xef\xbf\xbd\xef\xbf\xbd") << "an overlong slash";
  EXPECT_EQ(for_html("\xed\xa0\x80"), "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd") << "a surrogate";
  EXPECT_EQ(for_json("\xe2\x82"), "\xef\xbf\xbd\xef\xbf\xbd") << "cut off";
}

TEST(EscapeTest, HtmlKeepsNoMarkup) {
  EXPECT_EQ(for_html("<a href=\"x\">'&"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  EXPECT_EQ(for_html("a\nb\x07"), "a\nb\\u0007");
}

TEST(EscapeTest, XmlHoldsNoControlCharacters) {
  EXPECT_EQ(for_xml("a\nb\x01]]>"), "a\\nb\\u0001]]&gt;");
}

TEST(EscapeTest, JsonComesBackAsItWas) {
  for (const std::string& name : hostile_names()) {
    if (name.find('\xff') != std::string::npos) {
      continue;  // Not UTF-8: cannot come back.
    }
    const boost::json::value value = boost::json::parse('"' + for_json(name) + '"');
    EXPECT_EQ(std::string(value.as_string()), name);
  }
}

TEST(EscapeTest, JsonMayStandInAScriptBlock) {
  EXPECT_EQ(for_json("</script>"), "\\u003c/script>");
  EXPECT_EQ(for_json("\xf0\x9f\x98\x80"), "\xf0\x9f\x98\x80");
  EXPECT_EQ(for_json("\xf3\xa0\x81\x81"), "\\udb40\\udc41") << "an invisible tag character";
}

TEST(EscapeTest, MarkdownMakesNoTableLinkOrMention) {
  EXPECT_EQ(for_markdown("a|b`c`[d](http://e) <f> @g"),
            "a\\|b\\`c\\`\\[d\\](http&#58;//e) &lt;f> &#64;g");
  EXPECT_EQ(for_markdown("www.example.com"), "www&#46;example.com");
  EXPECT_EQ(for_markdown("success_rate of _x_: 5"), "success_rate of \\_x\\_: 5");
  EXPECT_EQ(for_markdown("two\nlines"), "two\\\\nlines");
}

TEST(EscapeTest, WidthCountsColumnsNotBytes) {
  EXPECT_EQ(display_width("caf\xc3\xa9"), 4U);
  EXPECT_EQ(display_width("\xe6\xbc\xa2"), 2U) << "a wide character";
  EXPECT_EQ(display_width("e\xcc\x81"), 1U) << "a combining accent";
}

TEST(EscapeTest, ShorteningNeverCutsACharacter) {
  EXPECT_EQ(shortened("checkout", 8), "checkout");
  EXPECT_EQ(shortened("checkout", 7), "chec...");
  EXPECT_EQ(shortened("\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2", 5), "\xe6\xbc\xa2...");
  EXPECT_EQ(shortened("checkout", 2), "..");
}

}  // namespace
}  // namespace shaketable::reports
