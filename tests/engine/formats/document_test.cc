#include "engine/formats/document.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

/// A node in one line: quoted scalars in quotes, null as ~.
std::string text_of(const Node& node) {
  std::string out;
  switch (node.kind()) {
    case NodeKind::kNull:
      return "~";
    case NodeKind::kScalar:
      out = node.is_plain() ? std::string(node.text()) : '"' + std::string(node.text()) + '"';
      break;
    case NodeKind::kSequence:
      for (const Node* item : node.items()) {
        out += (out.empty() ? "" : ", ") + text_of(*item);
      }
      out = '[' + out + ']';
      break;
    case NodeKind::kMap:
      for (const MapEntry& entry : node.entries()) {
        out += (out.empty() ? "" : ", ") + std::string(entry.key->text()) + ": " +
               text_of(*entry.value);
      }
      out = '{' + out + '}';
      break;
  }
  return (node.tag().empty() ? "" : '!' + std::string(node.tag()) + ' ') + out;
}

std::string loaded(const std::string& text, const LoadOptions& options = {}) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", text, diagnostics, options);
  if (!documents || diagnostics.has_errors()) {
    return render(diagnostics, false);
  }
  std::string out;
  for (const Document& document : *documents) {
    out += (out.empty() ? "" : " --- ") + text_of(document.root());
  }
  return out;
}

/// `line:column code` of the first mistake.
std::string refusal(const std::string& text, const LoadOptions& options = {}) {
  Diagnostics diagnostics;
  (void)parse_documents("f.yaml", text, diagnostics, options);
  if (!diagnostics.has_errors()) {
    return "accepted";
  }
  const Diagnostic first = diagnostics.sorted().front();
  return std::to_string(first.line) + ':' + std::to_string(first.column) + ' ' + first.code;
}

std::string repeated(const std::string& piece, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) {
    out += piece;
  }
  return out;
}

struct TextCase {
  const char* name;
  std::string text;
  std::string result;
};

std::string name_of(const testing::TestParamInfo<TextCase>& param_info) {
  return param_info.param.name;
}

class AcceptedYamlTest : public testing::TestWithParam<TextCase> {};

TEST_P(AcceptedYamlTest, BecomesATree) { EXPECT_EQ(loaded(GetParam().text), GetParam().result); }

INSTANTIATE_TEST_SUITE_P(
    Texts, AcceptedYamlTest,
    testing::Values(
        TextCase{"Map", "a: 1\nb: x y\n", "{a: 1, b: x y}"},
        TextCase{"Quotes", "a: \"1\"\nb: 'it''s'\n", "{a: \"1\", b: \"it's\"}"},
        TextCase{"Escapes", "a: \"\\x1b\\u20ac\\t\"\n", "{a: \"\x1b\u20ac\t\"}"},
        TextCase{"Nulls", "a:\nb: ~\nc: null\nd: ''\n", "{a: ~, b: ~, c: ~, d: \"\"}"},
        TextCase{"Norway", "country: no\nport: 010\ntime: 1:30\n",
                 "{country: no, port: 010, time: 1:30}"},
        TextCase{"ListBelowKey", "a:\n- 1\n- b: 2\n  c: 3\n", "{a: [1, {b: 2, c: 3}]}"},
        TextCase{"Flow", "{a: [1, {b: 2}], \"c\":3,}", "{a: [1, {b: 2}], c: 3}"},
        TextCase{"FlowOverLines", "a: [\n  1,\n\t2\n]\n", "{a: [1, 2]}"},
        TextCase{"BlockScalar", "a: |\n  x: [\n\n  \"{{ y }}\nb: 1\n",
                 "{a: \"x: [\n\n\"{{ y }}\n\", b: 1}"},
        TextCase{"FoldedScalar", "a: >-\n  x\n  y\n", "{a: \"x y\"}"},
        TextCase{"BlockScalarAfterAnchor", "&k a: |\n ' [\nb: 1\n", "{a: \"' [\n\", b: 1}"},
        TextCase{"BlockScalarInList", "- |\n ' [\n- |-\n {\n", "[\"' [\n\", \"{\"]"},
        TextCase{"PlainOverLines", "a: x\n  \"y [\nb: 1\n", "{a: x \"y [, b: 1}"},
        TextCase{"QuotedOverLines", "a: \"x\n  y\"\n", "{a: \"x y\"}"},
        TextCase{"Comments", "# it's\na: 1 # [\"\nb: x#y\n", "{a: 1, b: x#y}"},
        TextCase{"Urls", "a: http://x:80/\nb: [http://y, c:d]\n",
                 "{a: http://x:80/, b: [http://y, c:d]}"},
        TextCase{"TemplateInQuotes", "a: \"{{ x }}\"\nb: '{{'\n", "{a: \"{{ x }}\", b: \"{{\"}"},
        TextCase{"TemplateInComment", "a: 1 # {{ x }}\n", "{a: 1}"},
        TextCase{"Alias", "a: &x [1]\nb: *x\n", "{a: [1], b: [1]}"},
        TextCase{"AliasAsKey", "a: &x k\n*x : v\n", "{a: k, k: v}"},
        TextCase{"Merge", "d: &d {x: 1, y: 1}\ns: {<<: *d, y: 2}\n",
                 "{d: {x: 1, y: 1}, s: {y: 2, x: 1}}"},
        TextCase{"MergeOfSeveral", "a: &a {x: 1}\nb: &b {x: 2, y: 2}\nc: {<<: [*a, *b]}\n",
                 "{a: {x: 1}, b: {x: 2, y: 2}, c: {x: 1, y: 2}}"},
        TextCase{"QuotedMergeKeyIsAKey", "{\"<<\": 1}", "{<<: 1}"},
        TextCase{"OwnTags", "a: !!str 1\nb: !!int \"2\"\nc: !!map {}\nd: !!null\n",
                 "{a: \"1\", b: 2, c: {}, d: ~}"},
        TextCase{"Markers", "%YAML 1.2\n---\na: 1\n...\n", "{a: 1}"},
        TextCase{"EmptyDocumentsDoNotCount", "---\n---\na: 1\n---\n", "{a: 1}"},
        TextCase{"ByteOrderMark",
                 "\xef\xbb\xbf"
                 "a: 1\n",
                 "{a: 1}"},
        TextCase{"CarriageReturns", "a: 1\r\nb: |\r\n  x\r\n", "{a: 1, b: \"x\n\"}"},
        TextCase{"TopLevelScalar", "hello\n", "hello"}, TextCase{"TopLevelList", "- a\n", "[a]"},
        TextCase{"QuotedKeysWithoutValue", "'a':\n\"b\\\"\" :\n'it''s':\n",
                 "{a: ~, b\": ~, it's: ~}"},
        TextCase{"ExplicitKey", "? a\n: b\n", "{a: b}"},
        TextCase{"Deepest", repeated("[", 64) + repeated("]", 64),
                 repeated("[", 64) + repeated("]", 64)}),
    name_of);

class RefusedYamlTest : public testing::TestWithParam<TextCase> {};

TEST_P(RefusedYamlTest, NamesThePlaceAndTheMistake) {
  EXPECT_EQ(refusal(GetParam().text), GetParam().result);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, RefusedYamlTest,
    testing::Values(
        TextCase{"Empty", "", "1:1 ST1014"}, TextCase{"OnlyComment", "# x\n", "1:1 ST1014"},
        TextCase{"OnlyNull", "~\n", "1:1 ST1014"},
        TextCase{"UnclosedDoubleQuote", "a: 1\nb: \"x\nc: 2\n", "2:4 ST1005"},
        TextCase{"UnclosedSingleQuote", "a: 'it''s\n", "1:4 ST1005"},
        TextCase{"UnclosedBracket", "a: [1, {b: 2}\nc: 3\n", "1:4 ST1005"},
        TextCase{"WrongBracket", "a: {b: [1}]\n", "1:10 ST1005"},
        TextCase{"StrayBracket", "a: ]\n", "1:4 ST1005"},
        TextCase{"EmptyEntry", "a: [1,,2]\n", "1:7 ST1005"},
        TextCase{"MissingColonAtTheEnd", "a: b\nc\n", "2:1 ST1005"},
        TextCase{"MissingColonAfterQuote", "a: b\n'c'\n", "2:1 ST1005"},
        TextCase{"MissingColonBefore", "a: b\nc\nd: e\n", "3:2 ST1005"},
        TextCase{"SetInBraces", "a: {x, y}\n", "1:5 ST1005"},
        TextCase{"Indentation", "a:\n  b: 1\n c: 2\n", "3:2 ST1005"},
        TextCase{"ColonInValue", "a: b: c\n", "1:5 ST1005"},
        TextCase{"ListInValue", "a: - b\n", "1:4 ST1005"},
        TextCase{"TextAfterValue", "{a: 1} x\n", "1:8 ST1005"},
        TextCase{"TextAfterQuotedKey", "\"a\":1\n", "1:4 ST1005"},
        TextCase{"Reserved", "a: @x\n", "1:4 ST1005"},
        TextCase{"EndlessInYamlCpp", "--- ,1\n", "1:5 ST1005"},
        TextCase{"Escape", "a: \"\\q\"\n", "1:7 ST1005"},
        TextCase{"Template", "a: 1\nb: {{ .Values.x }}\n", "2:4 ST1006"},
        TextCase{"TemplateInText", "a: x-{{ .Values.x }}\n", "1:6 ST1006"},
        TextCase{"TemplateLine", "{{- if .x }}\na: 1\n", "1:1 ST1006"},
        TextCase{"DeepFlow", repeated("[", 65) + repeated("]", 65), "1:65 ST1007"},
        TextCase{"DeepList", repeated("- ", 65) + "x", "1:129 ST1007"},
        TextCase{"DeepKeys", repeated("? ", 70) + "x", "1:129 ST1007"},
        TextCase{"DeepOpenBraces", repeated("{a: ", 70), "1:257 ST1007"},
        TextCase{"UndefinedAlias", "a: *x\n", "1:4 ST1009"},
        TextCase{"CyclicList", "a: &a [*a]\n", "1:8 ST1009"},
        TextCase{"CyclicMap", "c: &c {d: *c}\n", "1:11 ST1009"},
        TextCase{"AliasOfAnotherDocument", "--- &a x\n--- *a\n", "2:5 ST1009"},
        TextCase{"MergeOfText", "a: {<<: x}\n", "1:9 ST1009"},
        TextCase{"DuplicateKey", "a: 1\nb: 2\na: 3\n", "3:1 ST1010"},
        TextCase{"DuplicateQuotedKey", "{a: 1, \"a\": 2}", "1:8 ST1010"},
        TextCase{"DuplicateMergeKey", "a: &a {x: 1}\nb: {<<: *a, <<: *a}\n", "2:13 ST1010"},
        TextCase{"ForeignTag", "a: !!python/object x\n", "1:4 ST1011"},
        TextCase{"LocalTag", "a: !Ref x\n", "1:4 ST1011"},
        TextCase{"TagThatDoesNotFit", "a: !!map x\n", "1:4 ST1011"},
        TextCase{"ListAsKey", "? [a]\n: 1\n", "1:3 ST1012"},
        TextCase{"NullAsKey", "~: 1\n", "1:1 ST1012"}, TextCase{"NoKey", ": 1\n", "1:1 ST1012"},
        TextCase{"LongKey", std::string(5000, 'k') + ": 1\n", "1:1 ST1012"},
        TextCase{"TwoDocuments", "a: 1\n---\nb: 1\n", "3:1 ST1013"},
        TextCase{"Tab", "a:\n\tb: 1\n", "2:1 ST1015"},
        TextCase{"TabAfterSpaces", "a:\n  \tb: 1\n", "2:3 ST1015"}),
    name_of);

TEST(DocumentTest, MarksEveryNodeWithItsPlace) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", "a: 1\nb:\n  - größe: x\n", diagnostics);
  ASSERT_TRUE(documents.has_value());

  const Node& item = *documents->front().root().find("b")->items()[0];
  const MapEntry entry = item.entries()[0];

  EXPECT_EQ(item.file(), "f.yaml");
  EXPECT_EQ(item.line(), 3);
  EXPECT_EQ(item.column(), 5);
  EXPECT_EQ(entry.key->column(), 5);
  EXPECT_EQ(entry.value->line(), 3);
  EXPECT_EQ(entry.value->column(), 14) << "columns count bytes";
}

TEST(DocumentTest, FindsKeys) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", "a: 1\n", diagnostics);
  ASSERT_TRUE(documents.has_value());
  EXPECT_EQ(documents->front().root().find("a")->text(), "1");
  EXPECT_EQ(documents->front().root().find("b"), nullptr);
  EXPECT_EQ(documents->front().root().find("a")->find("x"), nullptr) << "not a map";
}

TEST(DocumentTest, KeepsNodesAliveAsLongAsAnyDocument) {
  Diagnostics diagnostics;
  std::optional<Document> last;
  {
    auto documents =
        parse_documents("f.yaml", "a: 1\n---\nb: 2\n", diagnostics, {.several_documents = true});
    ASSERT_TRUE(documents.has_value());
    last = documents->back();
  }
  EXPECT_EQ(text_of(last->root()), "{b: 2}");
  EXPECT_EQ(last->root().file(), "f.yaml");
}

TEST(DocumentTest, ReadsSeveralDocumentsOnRequest) {
  const LoadOptions several = {.several_documents = true};
  EXPECT_EQ(loaded("---\na: |\n  x\n---\n---\n# c\n---\nb: 1\n...\n---\nc: 1\n---\n", several),
            "{a: \"x\n\"} --- {b: 1} --- {c: 1}");
  EXPECT_EQ(refusal("{a: 1} x\n---\nb: 1\n", several), "1:8 ST1005");
  EXPECT_EQ(refusal("---\n# nothing\n---\n", several), "1:1 ST1014");
}

TEST(DocumentTest, KeepsLocalTagsOnRequest) {
  const LoadOptions local = {.local_tags = true};
  EXPECT_EQ(loaded("a: !Ref x\nb: !Sub [1, !GetAtt y.z]\n", local),
            "{a: !Ref x, b: !Sub [1, !GetAtt y.z]}");
  EXPECT_EQ(refusal("a: !!binary x\n", local), "1:4 ST1011");
}

TEST(DocumentTest, ReportsAllMistakesThatLeaveTheShapeIntact) {
  Diagnostics diagnostics;
  const auto documents =
      parse_documents("f.yaml", "a: 1\na: 2\nb: !x 3\n? [c]\n: 4\n", diagnostics);

  ASSERT_TRUE(documents.has_value()) << "so that the contents can be checked in the same go";
  EXPECT_EQ(diagnostics.error_count(), 3U);
  EXPECT_EQ(text_of(documents->front().root()), "{a: 1, b: 3}");
}

TEST(DocumentTest, NamesBothPlacesOfADuplicateKey) {
  EXPECT_EQ(loaded("a: 1\nb: 2\na: 3\n"),
            "f.yaml:3:1: error[ST1010]: duplicate key \"a\", first given in line 1 column 1\n"
            "    3 | a: 3\n"
            "      | ^\n"
            "      = expected: each key once in a map\n");
}

TEST(DocumentTest, RefusesAliasesThatMultiply) {
  std::string laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string alias = "*a" + std::to_string(i - 1);
    laughs += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + alias +
              repeated(", " + alias, 9) + "]\n";
  }
  EXPECT_EQ(refusal(laughs), "5:45 ST1009");
}

TEST(DocumentTest, RefusesAliasesThatRepeatMuchText) {
  const std::string text =
      "a: &a " + std::string(100'000, 'x') + "\nb: [*a" + repeated(", *a", 200) + "]\n";
  EXPECT_EQ(refusal(text).substr(0, 2), "2:");
}

TEST(DocumentTest, ChargesMergedEntriesAsRepeated) {
  std::string text = "d: &d {a: 1, b: 2}\n";
  for (int i = 0; i < 100; ++i) {
    text += "s" + std::to_string(i) + ": {<<: *d}\n";
  }
  LoadOptions options;
  options.limits.max_alias_nodes = 100;
  EXPECT_EQ(loaded(text).substr(0, 1), "{");
  EXPECT_EQ(refusal(text, options).substr(refusal(text, options).find(' ')), " ST1009");
}

TEST(DocumentTest, KeepsToItsLimits) {
  LoadOptions options;
  options.limits.max_nodes = 10;
  EXPECT_EQ(loaded("[1, 2, 3, 4, 5, 6, 7, 8, 9]", options), "[1, 2, 3, 4, 5, 6, 7, 8, 9]");
  EXPECT_EQ(refusal("[1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", options), "1:29 ST1008");
  options.limits.max_bytes = 4;
  EXPECT_EQ(refusal("[1, 2]", options), "1:1 ST1003");
}

TEST(DocumentTest, RefusesWhatYamlCppWouldKeepInMemoryAtOnce) {
  EXPECT_EQ(refusal("a: [\n" + repeated("[],\n", 500'001) + "]\n"), "500002:1 ST1008");
}

TEST(DocumentTest, TakesManyDuplicatesWithoutSlowingDown) {
  std::string text;
  for (int i = 0; i < 20'000; ++i) {
    text += "k" + std::to_string(i % 10'000) + ": 1\n";
  }
  Diagnostics diagnostics;
  (void)parse_documents("f.yaml", text, diagnostics);
  EXPECT_EQ(diagnostics.error_count(), 10'000U);
  EXPECT_EQ(diagnostics.sorted().size(), Diagnostics::kDefaultLimit);
}

TEST(DocumentTest, ShowsTheSourceOfAMistake) {
  EXPECT_EQ(loaded("a: \x1b[2J\n"),
            "f.yaml:1:4: error[ST1004]: control character \\x1b does not belong in a text file\n"
            "    1 | a: \\x1b[2J\n"
            "      |    ^\n"
            "      = expected: an escape inside double quotes\n");
}

TEST(DocumentTest, LoadsFromAFileThatDoesNotExist) {
  Diagnostics diagnostics;
  EXPECT_FALSE(load_documents("/nonexistent/x.yaml", diagnostics).has_value());
  EXPECT_EQ(render(diagnostics, false),
            "/nonexistent/x.yaml: error[ST1001]: cannot read the file: No such file or directory\n"
            "      = expected: a readable file\n");
}

}  // namespace
}  // namespace shaketable::engine
