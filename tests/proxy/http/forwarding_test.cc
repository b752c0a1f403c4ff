#include "proxy/http/forwarding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace shaketable::proxy::http {
namespace {

using namespace std::chrono_literals;
using testing::Optional;

constexpr std::array<std::uint8_t, 16> kRandom = {0xff, 0xff, 0xff, 0xff, 0, 0, 0xff, 0,
                                                  0xff, 0,    0,    0,    0, 0, 0,    1};

RequestMessage make_request(std::string method = "GET", std::string path = "/a") {
  RequestMessage request;
  request.method = std::move(method);
  request.scheme = "http";
  request.authority = "shop.test:80";
  request.path = std::move(path);
  return request;
}

TEST(ForwardingTest, SaysWhereARequestCameFrom) {
  RequestMessage request = make_request();
  request.headers.add("x-forwarded-for", "192.0.2.7");

  EXPECT_EQ(prepare_request(request, {.peer_address = "192.0.2.1"}, kRandom), 0);

  EXPECT_THAT(request.headers.find("x-forwarded-for"),
              Optional(std::string("192.0.2.7, 192.0.2.1")));
  EXPECT_THAT(request.headers.find("x-forwarded-proto"), Optional(std::string("http")));
  EXPECT_THAT(request.headers.find("x-request-id"),
              Optional(std::string("ffffffff-0000-4f00-bf00-000000000001")));
}

TEST(ForwardingTest, KeepsARequestIdThatIsOne) {
  RequestMessage request = make_request();
  request.headers.add("x-request-id", "abc");
  EXPECT_EQ(prepare_request(request, {}, kRandom), 0);
  EXPECT_THAT(request.headers.find("x-request-id"), Optional(std::string("abc")));

  for (const std::size_t size : {std::size_t{0}, std::size_t{1000}}) {
    RequestMessage other = make_request();
    other.headers.add("x-request-id", std::string(size, 'a'));
    EXPECT_EQ(prepare_request(other, {}, kRandom), 0);
    EXPECT_EQ(other.headers.find("x-request-id")->size(), 36U);
  }
}

TEST(ForwardingTest, BelievesNobodyWhoTheyAreAndSaysItItself) {
  RequestMessage request = make_request();
  request.headers.add("x-forwarded-client-cert", "URI=spiffe://evil/admin");
  request.headers.add("x-mesh-identity", "evil");
  request.headers.add("proxy", "http://evil.test");

  EXPECT_EQ(prepare_request(request,
                            {.direction = Direction::kInbound,
                             .peer_id = "spiffe://mesh.test/ns/shop/sa/cart",
                             .own_id = "spiffe://mesh.test/ns/shop/sa/stock"},
                            kRandom),
            0);

  EXPECT_EQ(request.headers.count("x-forwarded-client-cert"), 1U);
  EXPECT_THAT(request.headers.find("x-forwarded-client-cert"),
              Optional(std::string("By=spiffe://mesh.test/ns/shop/sa/stock;URI=spiffe://mesh.test/"
                                   "ns/shop/sa/cart")));
  EXPECT_FALSE(request.headers.contains("x-mesh-identity"));
  EXPECT_FALSE(request.headers.contains("proxy"));
}

TEST(ForwardingTest, BelievesNothingFromOutsideOfTheMesh) {
  const auto make = [] {
    RequestMessage request = make_request();
    for (const std::string_view name : {"x-forwarded-for", "x-forwarded-proto", "x-envoy-internal",
                                        "x-request-id", "forwarded", "x-real-ip", "x-other"}) {
      request.headers.add(name, "told");
    }
    return request;
  };
  RequestMessage edge = make();
  EXPECT_EQ(prepare_request(edge, {.peer_address = "192.0.2.1", .is_edge = true}, kRandom), 0);
  EXPECT_THAT(edge.headers.find("x-forwarded-for"), Optional(std::string("192.0.2.1")));
  EXPECT_THAT(edge.headers.find("x-forwarded-proto"), Optional(std::string("http")));
  EXPECT_FALSE(edge.headers.contains("x-envoy-internal"));
  EXPECT_FALSE(edge.headers.contains("forwarded"));
  EXPECT_FALSE(edge.headers.contains("x-real-ip"));
  EXPECT_TRUE(edge.headers.contains("x-other"));

  RequestMessage inside = make();
  EXPECT_EQ(prepare_request(inside, {}, kRandom), 0);
  EXPECT_THAT(inside.headers.find("x-forwarded-proto"), Optional(std::string("told")));
  EXPECT_TRUE(inside.headers.contains("x-envoy-internal"));
}

TEST(ForwardingTest, AnswersForItselfWhatMustNotGoOn) {
  RequestMessage trace = make_request("TRACE");
  EXPECT_EQ(prepare_request(trace, {}, kRandom), 405);
  RequestMessage connect = make_request("CONNECT", "");
  EXPECT_EQ(prepare_request(connect, {}, kRandom), 405);
  EXPECT_EQ(prepare_request(connect, {.allows_connect = true}, kRandom), 0);

  RequestMessage options = make_request("OPTIONS", "*");
  options.headers.add("max-forwards", "1");
  EXPECT_EQ(prepare_request(options, {}, kRandom), 0);
  EXPECT_THAT(options.headers.find("max-forwards"), Optional(std::string("0")));
  EXPECT_EQ(prepare_request(options, {}, kRandom), 200);
}

TEST(ForwardingTest, GivesARequestOfHttp10AHost) {
  RequestMessage request = make_request();
  request.authority.clear();
  EXPECT_EQ(prepare_request(request, {.default_authority = "192.0.2.9:80"}, kRandom), 0);
  EXPECT_EQ(request.authority, "192.0.2.9:80");
  request.authority.clear();
  EXPECT_EQ(prepare_request(request, {}, kRandom), 0);
  EXPECT_EQ(request.authority, "localhost");
}

TEST(ForwardingTest, RefusesWhatHttp1CouldNotSay) {
  std::vector<RequestMessage> requests(6, make_request());
  requests[0].authority = "h.test/evil";
  requests[1].path = "/a b";
  requests[2].path = "http://x/";
  requests[3].method = "GET /";
  requests[4].path = "/a\\..\\b";
  requests[5].path = "";
  for (RequestMessage& request : requests) {
    request.version = Version::kHttp2;
    EXPECT_EQ(prepare_request(request, {}, kRandom), 400) << request.path;
  }
}

struct PathCase {
  std::string_view path, normal;
};
class NormalizePathTest : public testing::TestWithParam<PathCase> {};

TEST_P(NormalizePathTest, GivesTheOneForm) {
  std::string path(GetParam().path);

  ASSERT_TRUE(normalize_path(path));
  EXPECT_EQ(path, GetParam().normal);
  ASSERT_TRUE(normalize_path(path));
  EXPECT_EQ(path, GetParam().normal) << "the second time, too";
}

INSTANTIATE_TEST_SUITE_P(
    Paths, NormalizePathTest,
    testing::Values(PathCase{"/", "/"}, PathCase{"/a/b?c=/../d", "/a/b?c=/../d"},
                    PathCase{"/pub/../admin", "/admin"}, PathCase{"/pub/%2e%2e/admin", "/admin"},
                    PathCase{"/./admin", "/admin"}, PathCase{"/../../x", "/x"},
                    PathCase{"/a/..", "/"}, PathCase{"/a/.", "/a/"}, PathCase{"/a/b/..?x", "/a/?x"},
                    PathCase{"/.a/..b/...", "/.a/..b/..."}, PathCase{"/%41%2f%7e", "/A%2F~"},
                    PathCase{"/a//../b", "/a/b"}, PathCase{"/%252e%252e/a", "/%252e%252e/a"},
                    PathCase{"/pub/..%2fadmin", "/pub/..%2Fadmin"}, PathCase{"//", "//"},
                    PathCase{"/..", "/"}));

TEST(ForwardingTest, RefusesPathsWithoutANormalForm) {
  for (const std::string_view text : {"", "a", "?x", "/%", "/%4", "/%zz", "/a\\b", "/a%00"}) {
    std::string path(text);
    EXPECT_FALSE(normalize_path(path)) << text;
  }
}

TEST(ForwardingTest, RewritesAndMutatesARequest) {
  RequestMessage request = make_request("GET", "/api/v1/x?q=1");
  Route route;
  route.match.path = {.kind = PathMatch::Kind::kPrefix, .text = "/api"};
  route.rewrite = Rewrite{.prefix = "/internal", .authority = "stock.test"};
  route.request_headers = {{HeaderMutation::Op::kSet, "X-Env", "test"},
                           {HeaderMutation::Op::kAdd, "x-env", "more"},
                           {HeaderMutation::Op::kRemove, "x-gone", ""},
                           {HeaderMutation::Op::kSet, "content-length", "1"},
                           {HeaderMutation::Op::kSet, "x-forwarded-client-cert", "evil"},
                           {HeaderMutation::Op::kSet, "x-split", "a\r\nb: c"},
                           {HeaderMutation::Op::kSet, "bad name", "x"}};
  request.headers.add("x-gone", "1");

  apply_route(request, route);

  EXPECT_EQ(request.path, "/internal/v1/x?q=1");
  EXPECT_EQ(request.authority, "stock.test");
  EXPECT_THAT(request.headers.find("x-envoy-original-path"),
              Optional(std::string("/api/v1/x?q=1")));
  EXPECT_EQ(request.headers.count("x-env"), 2U);
  EXPECT_EQ(request.headers.size(), 3U);
}

TEST(ForwardingTest, SetsTheHostByAMutationOnlyIfItIsOne) {
  RequestMessage request = make_request();
  Route route;
  route.request_headers = {{HeaderMutation::Op::kSet, "Host", "a b"},
                           {HeaderMutation::Op::kSet, ":authority", "other.test"}};

  apply_route(request, route);

  EXPECT_EQ(request.authority, "other.test");
  EXPECT_TRUE(request.headers.empty());
}

TEST(ForwardingTest, StampsEachAttemptAnew) {
  RequestMessage request = make_request();

  stamp_attempt(request, {.number = 1, .expected_timeout = 1500ms});
  stamp_attempt(request, {.number = 2, .expected_timeout = 700ms, .is_timeout_retry = true});

  EXPECT_EQ(request.headers.count("x-envoy-attempt-count"), 1U);
  EXPECT_THAT(request.headers.find("x-envoy-attempt-count"), Optional(std::string("2")));
  EXPECT_THAT(request.headers.find("x-envoy-expected-rq-timeout-ms"), Optional(std::string("700")));
  EXPECT_THAT(request.headers.find("x-envoy-is-timeout-retry"), Optional(std::string("true")));
}

TEST(ForwardingTest, GivesResponsesTimeDateAndTheRoutesFields) {
  ResponseMessage response;
  response.headers.add("x-forwarded-client-cert", "leaked");
  Route route;
  route.response_headers = {{HeaderMutation::Op::kSet, "x-served-by", "shop"}};

  prepare_response(response, &route, {.upstream_time = 12'700us, .date = "now"});

  EXPECT_THAT(response.headers.find("x-envoy-upstream-service-time"), Optional(std::string("12")));
  EXPECT_THAT(response.headers.find("date"), Optional(std::string("now")));
  EXPECT_THAT(response.headers.find("x-served-by"), Optional(std::string("shop")));
  EXPECT_FALSE(response.headers.contains("x-forwarded-client-cert"));
}

TEST(ForwardingTest, MakesRedirects) {
  const RequestMessage request = make_request("GET", "/old/x?q=1");
  const PathMatch match{.kind = PathMatch::Kind::kPrefix, .text = "/old"};
  const auto location = [&](const Redirect& redirect) {
    return redirect_location(redirect, match, request);
  };
  Redirect https;
  https.scheme = "https";
  EXPECT_EQ(location(https), "https://shop.test/old/x?q=1");
  https.port = 8443;
  EXPECT_EQ(location(https), "https://shop.test:8443/old/x?q=1");
  Redirect host;
  host.authority = "new.test";
  host.strip_query = true;
  EXPECT_EQ(location(host), "http://new.test/old/x");
  Redirect path;
  path.path = "/new";
  EXPECT_EQ(location(path), "http://shop.test:80/new?q=1");
  Redirect prefix;
  prefix.prefix_rewrite = "/new";
  EXPECT_EQ(location(prefix), "http://shop.test:80/new/x?q=1");
}

TEST(ForwardingTest, RepliesInTheWordsOfTheClient) {
  RequestMessage request = make_request();
  ResponseMessage response;
  EXPECT_TRUE(make_local_reply(response, request, 503, "no healthy upstream"));
  EXPECT_EQ(response.status, 503);
  EXPECT_EQ(response.content_length, 19U);

  request.headers.add("content-type", "application/grpc+proto");
  EXPECT_FALSE(make_local_reply(response, request, 503, "no healthy upstream"));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.headers.find("grpc-status"), Optional(std::string("14")));
  EXPECT_THAT(response.headers.find("grpc-message"), Optional(std::string("no healthy upstream")));

  RequestMessage head = make_request("HEAD");
  EXPECT_FALSE(make_local_reply(response, head, 503, "no healthy upstream"));
  EXPECT_EQ(response.content_length, 19U);
}

TEST(ForwardingTest, NamesTheShadow) {
  EXPECT_EQ(shadow_authority("shop.test:80"), "shop.test-shadow:80");
  EXPECT_EQ(shadow_authority("shop.test"), "shop.test-shadow");
  EXPECT_EQ(shadow_authority("[::1]:80"), "[::1]:80");
}

}  // namespace
}  // namespace shaketable::proxy::http
