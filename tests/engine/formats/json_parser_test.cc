#include "engine/formats/json_parser.h"

#include <string>

#include <gtest/gtest.h>

#include "engine/formats/document.h"

namespace shaketable::engine {
namespace {

std::string text_of(const Node& node) {
  std::string out;
  for (const Node* item : node.items()) {
    out += (out.empty() ? "" : ",") + text_of(*item);
  }
  for (const MapEntry& entry : node.entries()) {
    out += (out.empty() ? "" : ",") + std::string(entry.key->text()) + ':' + text_of(*entry.value);
  }
  switch (node.kind()) {
    case NodeKind::kNull:
      return "null";
    case NodeKind::kScalar:
      return node.is_plain() ? std::string(node.text()) : '\'' + std::string(node.text()) + '\'';
    case NodeKind::kSequence:
      return '[' + out + ']';
    case NodeKind::kMap:
      return '{' + out + '}';
  }
  return out;
}

/// The tree in one line, or `line:column code` of the first mistake.
std::string parsed(const std::string& text) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.json", text, diagnostics);
  if (!diagnostics.has_errors()) {
    return text_of(documents->front().root());
  }
  const Diagnostic first = diagnostics.sorted().front();
  return std::to_string(first.line) + ':' + std::to_string(first.column) + ' ' + first.code;
}

struct JsonCase {
  const char* name;
  std::string text;
  std::string result;
};

class JsonParserTest : public testing::TestWithParam<JsonCase> {};

TEST_P(JsonParserTest, ReadsOrRefuses) { EXPECT_EQ(parsed(GetParam().text), GetParam().result); }

INSTANTIATE_TEST_SUITE_P(
    Texts, JsonParserTest,
    testing::Values(
        JsonCase{"Object", R"({"a": 1, "b": [true, false, null], "c": {}})",
                 "{a:1,b:[true,false,null],c:{}}"},
        JsonCase{"Numbers", "[0, -1, 1.50, 1e3, -0.1E-2, 1e999]", "[0,-1,1.50,1e3,-0.1E-2,1e999]"},
        JsonCase{"Escapes", R"(["\"\\\/\b\f\n\r\t\u0041\u20ac"])", "['\"\\/\b\f\n\r\tA\u20ac']"},
        JsonCase{"SurrogatePair", R"("\ud83d\ude00")", "'\U0001F600'"},
        JsonCase{"EscapedNul", R"(["x\u0000y"])", std::string("['x\0y']", 7)},
        JsonCase{"TabsAndMark", "\xef\xbb\xbf{\n\t\"a\":\t1\n}\n", "{a:1}"},
        JsonCase{"MergeKeyIsAKey", R"({"<<": {"a": 1}})", "{<<:{a:1}}"},
        JsonCase{"Empty", "", "1:1 ST1014"}, JsonCase{"Blank", " \n ", "2:2 ST1014"},
        JsonCase{"Null", "null", "1:1 ST1014"}, JsonCase{"Trailing", "{\"a\":1} x", "1:9 ST1005"},
        JsonCase{"TwoValues", "{}\n{}", "2:1 ST1005"},
        JsonCase{"TrailingComma", "[1,]", "1:4 ST1005"},
        JsonCase{"TrailingCommaInObject", "{\"a\":1,}", "1:8 ST1005"},
        JsonCase{"MissingComma", "[1 2]", "1:4 ST1005"},
        JsonCase{"MissingColon", "{\"a\" 1}", "1:6 ST1005"},
        JsonCase{"UnquotedKey", "{a:1}", "1:2 ST1005"},
        JsonCase{"WrongBracket", "{\"a\":[1}", "1:8 ST1005"},
        JsonCase{"Truncated", "{\"a\":[{\"b\"", "1:11 ST1005"},
        JsonCase{"NaN", "{\"a\": NaN}", "1:7 ST1005"},
        JsonCase{"Infinity", "[-Infinity]", "1:2 ST1005"},
        JsonCase{"LeadingZero", "[010]", "1:2 ST1005"}, JsonCase{"Plus", "[+1]", "1:2 ST1005"},
        JsonCase{"BarePoint", "[1.]", "1:2 ST1005"}, JsonCase{"Hex", "[0x1]", "1:2 ST1005"},
        JsonCase{"BareExponent", "[1e]", "1:2 ST1005"},
        JsonCase{"Comment", "[1] // x", "1:5 ST1005"},
        JsonCase{"UnclosedString", "[\"a\n\"]", "1:2 ST1005"},
        JsonCase{"StringToTheEnd", "\"a", "1:1 ST1005"},
        JsonCase{"BackslashAtTheEnd", "\"a\\", "1:3 ST1005"},
        JsonCase{"BadEscape", "[\"\\x41\"]", "1:3 ST1005"},
        JsonCase{"ShortEscape", "[\"\\u12\"]", "1:3 ST1005"},
        JsonCase{"LoneSurrogate", "[\"\\ud800\"]", "1:3 ST1005"},
        JsonCase{"LoneLowSurrogate", "[\"\\udc00\"]", "1:3 ST1005"},
        JsonCase{"TabInString", "[\"\t\"]", "1:3 ST1005"},
        JsonCase{"DuplicateKey", "{\"a\":1,\n\"a\":2}", "2:1 ST1010"},
        JsonCase{"Template", "{{ .x }}", "1:1 ST1006"},
        JsonCase{"Placeholder", "{\"a\": $NAME}", "1:7 ST1006"},
        JsonCase{"Deep", std::string(100'000, '['), "1:65 ST1007"}),
    [](const auto& param_info) { return param_info.param.name; });

TEST(JsonParserTest, SaysWhichBracketIsOpen) {
  Diagnostics diagnostics;
  EXPECT_FALSE(parse_documents("f.json", "{\"a\":\n [1, 2", diagnostics).has_value());
  EXPECT_EQ(diagnostics.sorted().front().message,
            "the file ends inside the '[' of line 2 column 2");
}

TEST(JsonParserTest, IsChosenByTheEndOfTheName) {
  Diagnostics diagnostics;
  EXPECT_TRUE(parse_documents("f.yaml", "{a: 1}", diagnostics).has_value());
  EXPECT_FALSE(parse_documents("f.json", "{a: 1}", diagnostics).has_value());
}

}  // namespace
}  // namespace shaketable::engine
