#include "proxy/core/matcher.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

using StringKind = StringMatch::Kind;
using PathKind = PathMatch::Kind;

struct StringCase {
  const char* name;
  StringMatch match;
  const char* value;
  bool wanted;
};

class StringMatcherTest : public testing::TestWithParam<StringCase> {};

TEST_P(StringMatcherTest, Matches) {
  const StringCase& c = GetParam();

  EXPECT_EQ(StringMatcher(c.match).matches(c.value), c.wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, StringMatcherTest,
    testing::Values(
        StringCase{"ExactIsTheWholeValue", {StringKind::kExact, "abc"}, "abc", true},
        StringCase{"ExactMindsCase", {StringKind::kExact, "abc"}, "ABC", false},
        StringCase{"ExactIgnoresCaseWhenTold", {StringKind::kExact, "abc", true}, "aBC", true},
        StringCase{"PrefixBegins", {StringKind::kPrefix, "ab"}, "abc", true},
        StringCase{"PrefixIsNotInTheMiddle", {StringKind::kPrefix, "bc"}, "abc", false},
        StringCase{"SuffixEnds", {StringKind::kSuffix, "bc"}, "abc", true},
        StringCase{"SuffixIsNotLongerThanTheValue", {StringKind::kSuffix, "xabc"}, "abc", false},
        StringCase{"ContainsIsAnywhere", {StringKind::kContains, "b"}, "abc", true},
        StringCase{"ContainsIgnoresCaseWhenTold", {StringKind::kContains, "B", true}, "abc", true},
        StringCase{"RegexIsTheWholeValue", {StringKind::kRegex, "a.c"}, "abc", true},
        StringCase{"RegexIsNotAPart", {StringKind::kRegex, "b"}, "abc", false},
        StringCase{"BrokenRegexMatchesNothing", {StringKind::kRegex, "("}, "(", false},
        StringCase{"PresentTakesAnything", {StringKind::kPresent, ""}, "", true}),
    [](const auto& param) { return std::string(param.param.name); });

struct PathCase {
  const char* name;
  PathMatch match;
  const char* path;
  bool wanted;
};

class PathMatchTest : public testing::TestWithParam<PathCase> {};

TEST_P(PathMatchTest, Matches) {
  const PathCase& c = GetParam();
  RouteMatch match;
  match.path = c.match;
  RequestHead head;

  EXPECT_EQ(RouteMatcher(match).matches(head, c.path, ""), c.wanted);
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, PathMatchTest,
    testing::Values(
        PathCase{"AnyTakesAnything", {PathKind::kAny, ""}, "/x", true},
        PathCase{"ExactIsTheWholePath", {PathKind::kExact, "/foo"}, "/foo", true},
        PathCase{"ExactIsNotAPrefix", {PathKind::kExact, "/foo"}, "/foo/", false},
        PathCase{"ExactIgnoresCaseWhenTold", {PathKind::kExact, "/FOO", true}, "/foo", true},
        PathCase{"PrefixCutsWords", {PathKind::kPrefix, "/foo"}, "/foobar", true},
        PathCase{"PrefixIgnoresCaseWhenTold", {PathKind::kPrefix, "/FOO", true}, "/foobar", true},
        PathCase{"SegmentTakesItself", {PathKind::kSegmentPrefix, "/foo"}, "/foo", true},
        PathCase{"SegmentTakesWhatIsBelow", {PathKind::kSegmentPrefix, "/foo"}, "/foo/x", true},
        PathCase{"SegmentDoesNotCutWords", {PathKind::kSegmentPrefix, "/foo"}, "/foobar", false},
        PathCase{"SegmentIgnoresItsLastSlash", {PathKind::kSegmentPrefix, "/foo/"}, "/foo", true},
        PathCase{"SegmentOfRootTakesAll", {PathKind::kSegmentPrefix, "/"}, "/x", true},
        PathCase{"RegexIsTheWholePath", {PathKind::kRegex, "/item/[0-9]+"}, "/item/42", true},
        PathCase{"RegexIsNotAPart", {PathKind::kRegex, "/item/[0-9]+"}, "/item/42/x", false}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(RouteMatcherTest, NeedsAllHeadersAndParameters) {
  RouteMatch match;
  match.headers = {{":method", {StringKind::kExact, "POST"}, false},
                   {"x-user", {StringKind::kPrefix, "test-"}, false}};
  match.query = {{"debug", {StringKind::kExact, "1"}}};
  const RouteMatcher matcher(match);
  const std::vector<Header> headers = {{"x-other", "y"}, {"x-user", "test-7"}};
  RequestHead head;
  head.method = "POST";
  head.headers = headers;

  EXPECT_TRUE(matcher.matches(head, "/", "a=b&debug=1"));
  EXPECT_FALSE(matcher.matches(head, "/", "debug=2"));
  EXPECT_FALSE(matcher.matches(head, "/", "")) << "the parameter is missing";
  head.method = "GET";
  EXPECT_FALSE(matcher.matches(head, "/", "debug=1"));
}

TEST(RouteMatcherTest, InvertMatchesOtherValuesAndMissingHeaders) {
  RouteMatch match;
  match.headers = {{"x-user", {StringKind::kExact, "bot"}, true}};
  const RouteMatcher matcher(match);
  const std::vector<Header> bot = {{"x-user", "bot"}};
  const std::vector<Header> human = {{"x-user", "human"}};
  RequestHead head;

  EXPECT_TRUE(matcher.matches(head, "/", ""));
  head.headers = human;
  EXPECT_TRUE(matcher.matches(head, "/", ""));
  head.headers = bot;
  EXPECT_FALSE(matcher.matches(head, "/", ""));
}

TEST(RouteMatcherTest, ReadsPseudoHeaders) {
  RequestHead head;
  head.method = "PUT";
  head.authority = "a.test";
  head.scheme = "https";
  head.path = "/x?y";
  for (const auto& [name, value] :
       {std::pair(":method", "PUT"), std::pair(":authority", "a.test"), std::pair("host", "a.test"),
        std::pair(":scheme", "https"), std::pair(":path", "/x?y")}) {
    RouteMatch match;
    match.headers = {{name, {StringKind::kExact, value}, false}};

    EXPECT_TRUE(RouteMatcher(match).matches(head, "/x", "y")) << name;
  }
}

TEST(RouteMatcherTest, TakesTheFirstValueOfAParameter) {
  RouteMatch match;
  match.query = {{"a", {StringKind::kExact, "1"}}};
  RouteMatch flag;
  flag.query = {{"a", {StringKind::kPresent, ""}}};
  RequestHead head;

  EXPECT_TRUE(RouteMatcher(match).matches(head, "/", "a=1&a=2"));
  EXPECT_FALSE(RouteMatcher(match).matches(head, "/", "a=2&a=1"));
  EXPECT_FALSE(RouteMatcher(match).matches(head, "/", "ba=1&&aa=1"));
  EXPECT_TRUE(RouteMatcher(flag).matches(head, "/", "b&a"));
}

struct RewriteCase {
  const char* name;
  Rewrite rewrite;
  PathMatch match;
  const char* path;
  const char* wanted;
};

class RewriteTest : public testing::TestWithParam<RewriteCase> {};

TEST_P(RewriteTest, Rewrites) {
  const RewriteCase& c = GetParam();

  EXPECT_EQ(rewritten_path(c.rewrite, c.match, c.path), c.wanted);
}

Rewrite to_prefix(const char* prefix) { return {prefix, "", "", ""}; }

INSTANTIATE_TEST_SUITE_P(
    Kinds, RewriteTest,
    testing::Values(RewriteCase{"NothingToDo", {}, {PathKind::kAny, ""}, "/a?q", "/a?q"},
                    RewriteCase{"PrefixKeepsTheRest",
                                to_prefix("/v2"),
                                {PathKind::kPrefix, "/v1"},
                                "/v1/items?x=1",
                                "/v2/items?x=1"},
                    RewriteCase{"PrefixKeepsTheCutWord",
                                to_prefix("/bar"),
                                {PathKind::kPrefix, "/foo"},
                                "/foobar",
                                "/barbar"},
                    RewriteCase{"PrefixIsLiteralLikeEnvoys",
                                to_prefix("/"),
                                {PathKind::kPrefix, "/foo"},
                                "/foo/x",
                                "//x"},
                    RewriteCase{"ExactReplacesThePath",
                                to_prefix("/new"),
                                {PathKind::kExact, "/old"},
                                "/old?q=1",
                                "/new?q=1"},
                    RewriteCase{"RegexMatchReplacesThePath",
                                to_prefix("/new"),
                                {PathKind::kRegex, "/o.*"},
                                "/old/x",
                                "/new"},
                    RewriteCase{"SegmentJoinsWithOneSlash",
                                to_prefix("/"),
                                {PathKind::kSegmentPrefix, "/foo"},
                                "/foo/x",
                                "/x"},
                    RewriteCase{"SegmentOfItself",
                                to_prefix("/bar"),
                                {PathKind::kSegmentPrefix, "/foo"},
                                "/foo",
                                "/bar"},
                    RewriteCase{"SegmentIgnoresItsLastSlash",
                                to_prefix("/bar"),
                                {PathKind::kSegmentPrefix, "/foo/"},
                                "/foo/x",
                                "/bar/x"},
                    RewriteCase{"RegexReplacesAllMatches",
                                {"", "[0-9]+", "N", ""},
                                {PathKind::kAny, ""},
                                "/a1/b22?c=3",
                                "/aN/bN?c=3"},
                    RewriteCase{"RegexKnowsGroups",
                                {"", "^/(\\w+)/(\\w+)$", "/\\2/\\1", ""},
                                {PathKind::kAny, ""},
                                "/a/b",
                                "/b/a"}),
    [](const auto& param) { return std::string(param.param.name); });

TEST(RegexErrorTest, ExplainsWhatIsWrong) {
  EXPECT_EQ(regex_error("a+"), "");
  EXPECT_NE(regex_error("a("), "");
}

}  // namespace
}  // namespace shaketable::proxy
