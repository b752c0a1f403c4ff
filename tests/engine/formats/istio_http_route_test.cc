#include "engine/mesh/model.h"
#include "tests/engine/formats/istio_fixture.h"

namespace shaketable::engine {
namespace {

using proxy::HeaderMutation;
using proxy::PathMatch;
using proxy::Route;
using proxy::StringMatch;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::Test;

class IstioHttpRouteTest : public IstioTest {
 protected:
  /// A route to reviews with further fields, each line indented by 4.
  void read_fields(const std::string& fields) {
    read_http("  - route: [{destination: {host: reviews}}]\n" + fields);
  }
};

TEST_F(IstioHttpRouteTest, ARouteWithoutFieldsHasIstiosDefaults) {
  read_fields("");

  EXPECT_EQ(reports(), "");
  EXPECT_EQ(rule().route.timeout, 0s);
  ASSERT_TRUE(rule().route.retry);
  EXPECT_EQ(rule().route.retry->num_retries, 2U);
  EXPECT_EQ(rule().route.retry->retry_on, istio_default_retries().retry_on);
  EXPECT_TRUE(rule().route.retry->previous_hosts);
  EXPECT_EQ(destinations(rule()), "reviews:1");
}

TEST_F(IstioHttpRouteTest, TimeoutAndRetriesAreReadInFull) {
  read_fields(
      "    timeout: 1m1.5s\n"
      "    retries: {attempts: 3, perTryTimeout: 250ms, retryOn: ' 5xx, reset ,503,429', backoff: "
      "50ms,\n              retryIgnorePreviousHosts: false}\n");

  EXPECT_EQ(reports(), "");
  EXPECT_EQ(rule().route.timeout, 61'500ms);
  const proxy::RetryPolicy& retry = *rule().route.retry;
  EXPECT_EQ(retry.num_retries, 3U);
  EXPECT_EQ(retry.per_try_timeout, 250ms);
  EXPECT_EQ(retry.retry_on, proxy::kRetryOn5xx | proxy::kRetryOnReset | proxy::kRetryOnStatusCodes);
  EXPECT_EQ(retry.status_codes, (std::vector<std::uint16_t>{503, 429}));
  EXPECT_EQ(retry.backoff_base, 50ms);
  EXPECT_EQ(retry.backoff_max, 500ms);
  EXPECT_FALSE(retry.previous_hosts);
}

TEST_F(IstioHttpRouteTest, NoAttemptsSwitchRetriesOff) {
  read_fields("    retries: {attempts: 0}\n");
  EXPECT_EQ(reports(), "");
  EXPECT_FALSE(rule().route.retry);

  read_fields("    retries: {perTryTimeout: 2s}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3022"}));
  EXPECT_FALSE(rule().route.retry);
}

TEST_F(IstioHttpRouteTest, AZeroTimeoutIsOff) {
  read_fields("    timeout: 0s\n");
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(rule().route.timeout, 0s);
}

TEST_F(IstioHttpRouteTest, WarnsOfAPerTryTimeoutThatNobodyRetries) {
  read_fields("    retries: {attempts: 3, perTryTimeout: 1s}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3022"}));
}

TEST_F(IstioHttpRouteTest, WarnsOfATimeoutBelowTheTimeoutOfATry) {
  read_fields("    timeout: 1s\n    retries: {attempts: 3, perTryTimeout: 2s, retryOn: 5xx}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3022"}));
}

TEST_F(IstioHttpRouteTest, NotesTriesThatTheTimeoutLeavesNoTimeFor) {
  read_fields("    timeout: 2s\n    retries: {attempts: 3, perTryTimeout: 1s, retryOn: 5xx}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"7 ST3022"}));
  EXPECT_NE(reports().find("2 of 4 tries"), std::string::npos) << reports();

  read_fields("    timeout: 4s\n    retries: {attempts: 3, perTryTimeout: 1s, retryOn: 5xx}\n");
  EXPECT_EQ(reports(), "");
}

TEST_F(IstioHttpRouteTest, WhatARouteDoesNotSayComesFromTheMesh) {
  mesh_.default_route.timeout = 15s;
  mesh_.default_route.retry.reset();
  read_fields("");
  EXPECT_EQ(rule().route.timeout, 15s);
  EXPECT_FALSE(rule().route.retry);

  read_fields("    timeout: 1s\n    retries: {attempts: 1}\n");
  EXPECT_EQ(rule().route.timeout, 1s);
  EXPECT_EQ(rule().route.retry->num_retries, 1U);
}

TEST_F(IstioHttpRouteTest, AnUnknownConditionOfRetriesIsRefusedWithTheNearest) {
  read_fields("    retries: {attempts: 3, retryOn: 'gateway-eror,600'}\n");
  EXPECT_TRUE(diagnostics_.has_errors());
  EXPECT_NE(reports().find("[gateway-error]"), std::string::npos) << reports();
  EXPECT_NE(reports().find("\"600\""), std::string::npos) << reports();
}

TEST_F(IstioHttpRouteTest, FaultsAreSharesOfAMillion) {
  read_fields(
      "    fault:\n"
      "      delay: {percentage: {value: 0.1}, fixedDelay: 7s}\n"
      "      abort: {percentage: {value: 12.5}, httpStatus: 503}\n");

  EXPECT_EQ(reports(), "");
  const proxy::FaultPolicy& fault = *rule().route.fault;
  EXPECT_EQ(fault.delay_ppm, 1'000U);
  EXPECT_EQ(fault.fixed_delay, 7s);
  EXPECT_EQ(fault.abort_ppm, 125'000U);
  EXPECT_EQ(fault.abort_status, 503);
}

TEST_F(IstioHttpRouteTest, AFaultWithoutPercentageNeverFires) {
  read_fields("    fault: {abort: {httpStatus: 503}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3021"}));
  EXPECT_EQ(rule().route.fault->abort_ppm, 0U);
}

TEST_F(IstioHttpRouteTest, TheOldPercentStillCounts) {
  read_fields("    fault: {delay: {percent: 40, fixedDelay: 5s}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3014"}));
  EXPECT_EQ(rule().route.fault->delay_ppm, 400'000U);
}

TEST_F(IstioHttpRouteTest, AnAbortOfGrpcIsSaidToBeAnApproximation) {
  read_fields("    fault: {abort: {percentage: {value: 100}, grpcStatus: UNAVAILABLE}}\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3010"}));
  EXPECT_EQ(rule().route.fault->abort_status, 503);
  EXPECT_EQ(rule().route.fault->abort_ppm, 1'000'000U);
}

TEST_F(IstioHttpRouteTest, WeightsAreKeptAndZeroIsDropped) {
  read_http(
      "  - route:\n"
      "    - {destination: {host: reviews, subset: v1}, weight: 80}\n"
      "    - {destination: {host: ratings}, weight: 30}\n"
      "    - {destination: {host: details}}\n");
  EXPECT_EQ(destinations(rule()), "reviews/v1:80 ratings:30");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3102", "10 ST3021"}));
}

TEST_F(IstioHttpRouteTest, TheWeightOfASingleDestinationIsIgnored) {
  read_http("  - route: [{destination: {host: reviews}, weight: 0}]\n");
  EXPECT_EQ(reports(), "");
  EXPECT_EQ(destinations(rule()), "reviews:1");
}

TEST_F(IstioHttpRouteTest, DestinationsWithoutAnyWeightAreRefused) {
  read_http("  - route: [{destination: {host: reviews}}, {destination: {host: ratings}}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"7 ST3020"}));
}

TEST_F(IstioHttpRouteTest, MirrorsHaveShares) {
  read_fields("    mirror: {host: ratings}\n");
  ASSERT_EQ(rule().mirrors.size(), 1U);
  EXPECT_EQ(rule().mirrors[0].ppm, 1'000'000U);
  EXPECT_EQ(rule().mirrors[0].to.service, find_service(mesh_, "ratings"));

  read_fields("    mirror: {host: ratings}\n    mirrorPercentage: {value: 0}\n");
  EXPECT_TRUE(rule().mirrors.empty());

  read_fields(
      "    mirrors:\n"
      "    - {destination: {host: ratings}, percentage: {value: 25}}\n"
      "    - {destination: {host: details}}\n");
  ASSERT_EQ(rule().mirrors.size(), 2U);
  EXPECT_EQ(rule().mirrors[0].ppm, 250'000U);
  EXPECT_EQ(rule().mirrors[1].ppm, 1'000'000U);
}

TEST_F(IstioHttpRouteTest, RewritesAndRedirectsAndDirectResponses) {
  read_http(
      "  - {match: [{uri: {prefix: /a}}], rewrite: {uri: /b, authority: x.test},"
      " route: [{destination: {host: reviews}}]}\n"
      "  - {match: [{uri: {prefix: /r}}], redirect: {uri: /s, authority: y.test, port: 8080,"
      " redirectCode: 308}}\n"
      "  - {directResponse: {status: 418, body: {string: tea}}}\n");

  EXPECT_EQ(reports(), "");
  EXPECT_EQ(rule(0).route.rewrite->prefix, "/b");
  EXPECT_EQ(rule(0).route.rewrite->authority, "x.test");
  EXPECT_EQ(rule(1).route.action, Route::Action::kRedirect);
  EXPECT_EQ(rule(1).route.redirect->status, 308);
  EXPECT_EQ(rule(1).route.redirect->path, "/s");
  EXPECT_EQ(rule(1).route.redirect->port, 8080);
  EXPECT_TRUE(rule(1).destinations.empty());
  EXPECT_EQ(rule(2).route.action, Route::Action::kDirectResponse);
  EXPECT_EQ(rule(2).route.direct_response->status, 418);
  EXPECT_EQ(rule(2).route.direct_response->body, "tea");
}

TEST_F(IstioHttpRouteTest, HeadersOfTheRouteComeBeforeThoseOfItsDestination) {
  read_http(
      "  - headers: {request: {set: {X-A: '1'}, remove: [x-gone]}, response: {add: {x-r: "
      "'50%%'}}}\n"
      "    route:\n"
      "    - destination: {host: reviews}\n"
      "      headers: {request: {add: {x-b: '2'}}}\n");

  EXPECT_EQ(reports(), "");
  const std::vector<HeaderMutation>& request = rule().route.request_headers;
  ASSERT_EQ(request.size(), 3U);
  EXPECT_EQ(request[0].name, "x-a");
  EXPECT_EQ(request[1].op, HeaderMutation::Op::kRemove);
  EXPECT_EQ(request[2].name, "x-b");
  EXPECT_EQ(request[2].op, HeaderMutation::Op::kAdd);
  EXPECT_EQ(rule().route.response_headers[0].value, "50%");
}

TEST_F(IstioHttpRouteTest, MatchesAreOrAndTheirFieldsAnd) {
  read_http(
      "  - match:\n"
      "    - uri: {prefix: /API}\n"
      "      ignoreUriCase: true\n"
      "      method: {exact: GET}\n"
      "      headers: {End-User: {exact: jason}, x-there: {}, cookie: {regex: '.*user=j.*'}}\n"
      "      withoutHeaders: {x-debug: {exact: 'on'}}\n"
      "      queryParams: {page: {exact: '2'}}\n"
      "    - uri: {regex: '/v[0-9]+/.*'}\n"
      "    route: [{destination: {host: reviews}}]\n");

  EXPECT_EQ(reports(), "");
  ASSERT_EQ(reviews().rules.size(), 2U);
  const proxy::RouteMatch& match = rule(0).route.match;
  EXPECT_EQ(match.path.kind, PathMatch::Kind::kPrefix);
  EXPECT_EQ(match.path.text, "/API");
  EXPECT_TRUE(match.path.ignore_case);
  ASSERT_EQ(match.headers.size(), 5U);
  EXPECT_EQ(match.headers[0].name, ":method");
  EXPECT_EQ(match.headers[1].name, "end-user");
  EXPECT_EQ(match.headers[2].value.kind, StringMatch::Kind::kPresent);
  EXPECT_EQ(match.headers[3].value.kind, StringMatch::Kind::kRegex);
  EXPECT_TRUE(match.headers[4].invert);
  EXPECT_EQ(match.query[0].value.text, "2");
  EXPECT_EQ(rule(1).route.match.path.kind, PathMatch::Kind::kRegex);
  EXPECT_EQ(destinations(rule(1)), "reviews:1");
}

TEST_F(IstioHttpRouteTest, PseudoHeadersAmongHeadersAreIgnoredAsIstioDoes) {
  read_http(
      "  - match: [{headers: {method: {exact: GET}}}]\n"
      "    route: [{destination: {host: reviews}}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"7 ST3021"}));
  EXPECT_TRUE(rule().route.match.headers.empty());
}

TEST_F(IstioHttpRouteTest, LookAheadIsNoExpressionOfRe2) {
  read_http(
      "  - match: [{uri: {regex: '/(?!admin).*'}}]\n"
      "    route: [{destination: {host: reviews}}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"7 ST3020"}));
}

TEST_F(IstioHttpRouteTest, RoutesBehindOneThatTakesAllAreSaidToBeDead) {
  read_http(
      "  - route: [{destination: {host: reviews}}]\n"
      "  - match: [{uri: {prefix: /never}}]\n"
      "    route: [{destination: {host: ratings}}]\n");
  EXPECT_EQ(codes(), (std::vector<std::string>{"8 ST3110"}));
  EXPECT_EQ(reviews().rules.size(), 1U);
}

}  // namespace
}  // namespace shaketable::engine
