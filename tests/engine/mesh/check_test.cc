#include "engine/mesh/check.h"

#include <gmock/gmock.h>

#include "tests/engine/formats/loader_fixture.h"

namespace shaketable::engine {
namespace {

/// What the check says about a chain gateway -> catalog -> price -> erp with these policies.
std::vector<std::string> findings(const std::string& traffic) {
  const Mesh mesh = mesh_of(
      "services:\n"
      "  gateway: {entry: true, endpoints: {GET /: {calls: [catalog]}}}\n"
      "  catalog: {instances: 4, endpoints: {GET /: {calls: [price]}}}\n"
      "  price: {endpoints: {GET /: {calls: [erp]}}, versions: {v1: {instances: 2}, v2: "
      "{instances: 0}}}\n"
      "  erp: {endpoints: {GET /: 1ms}}\n"
      "traffic: " +
      traffic);
  std::vector<std::string> result;
  for (const Finding& finding : check_mesh(mesh)) {
    EXPECT_GT(finding.mark.line, 0);
    result.push_back(finding.code + " " + finding.message);
  }
  return result;
}

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(CheckMeshTest, HasNothingToSayAboutDefaults) { EXPECT_THAT(findings("{}"), IsEmpty()); }

TEST(CheckMeshTest, FindsOutlierDetectionThatCanNeverEject) {
  EXPECT_THAT(findings("{catalog: {outlier_detection: {}}}"),
              ElementsAre(HasSubstr("ST1501 outlier detection of \"catalog\" can never eject a "
                                    "host: 10% of 4 is less than one")));
  EXPECT_THAT(findings("{catalog: {outlier_detection: {max_ejection_percent: 25%}}}"), IsEmpty());
  EXPECT_THAT(findings("{catalog: {outlier_detection: {always_eject_one_host: true}}}"), IsEmpty());
  EXPECT_THAT(findings("{defaults: {outlier_detection: {}}}").size(), 1U) << "one for all";
}

TEST(CheckMeshTest, FindsTriesThatDoNotFitIntoTheTimeout) {
  EXPECT_THAT(
      findings("{erp: {timeout: 500ms, retries: {attempts: 2, per_try_timeout: 250ms}}}"),
      ElementsAre(HasSubstr("ST1502 3 tries of 250ms to \"erp\" do not fit into the timeout of "
                            "500ms")));
  EXPECT_THAT(findings("{erp: {timeout: 750ms, retries: {attempts: 2, per_try_timeout: 250ms}}}"),
              IsEmpty());
}

/// What is said about routes of `shop`, which has GET /a, POST /a and GET /b; `next` has GET /a.
std::vector<std::string> about_routes(const std::string& entry) {
  const Mesh mesh = mesh_of(
      "services:\n"
      "  gateway: {entry: true, endpoints: {GET /: {calls: [shop: GET /a, shop: GET /b]}}}\n"
      "  shop: {endpoints: {GET /a: 1ms, POST /a: 1ms, GET /b: 1ms}}\n"
      "  next: {endpoints: {GET /a: 1ms, GET /new: 1ms}}\n"
      "traffic: {shop: " +
      entry + "}");
  std::vector<std::string> result;
  for (const Finding& finding : check_mesh(mesh)) {
    EXPECT_GT(finding.mark.line, 0);
    result.push_back(finding.code + " " + finding.message);
  }
  return result;
}

TEST(CheckMeshTest, FindsMirrorsToAServiceWithoutTheEndpoint) {
  EXPECT_THAT(about_routes("{mirror: {to: {service: next}}}"),
              ElementsAre("ST1517 copies of requests to \"shop\" go to \"next\", which has no "
                          "endpoint \"POST /a\", \"GET /b\": they are answered with 404, and "
                          "nobody sees it"));
  EXPECT_THAT(about_routes("{mirror: {to: {service: next}, percent: 0%}}"), IsEmpty());
}

TEST(CheckMeshTest, FindsRoutesToAServiceWithoutTheEndpoint) {
  const auto to_next = [](const std::string& match) {
    return about_routes("{routes: [{match: " + match + ", to: {service: next}}]}");
  };
  EXPECT_THAT(to_next("{path: /b}"),
              ElementsAre("ST1517 requests to \"shop\" go to \"next\", which has no endpoint "
                          "\"GET /b\": they are answered with 404"));
  EXPECT_THAT(to_next("{path: /a, method: GET}"), IsEmpty());
  EXPECT_THAT(to_next("{path: /a}"), ElementsAre(HasSubstr("no endpoint \"POST /a\":")));
  EXPECT_THAT(to_next("{prefix: /a, method: POST}").size(), 1U);
  EXPECT_THAT(to_next("{regex: '/b|/a'}"), IsEmpty()) << "nobody looks into those";
}

TEST(CheckMeshTest, SaysNothingOfEndpointsThatAnEarlierRouteTakesOrARewriteRenames) {
  EXPECT_THAT(about_routes("{routes: [{match: {path: /b}, split: {v1: 1}}, {match: {method: POST}, "
                           "split: {v1: 1}}, {to: {service: next}}]}"),
              Not(Contains(HasSubstr("ST1517"))));
  EXPECT_THAT(about_routes("{routes: [{match: {path: /b}, to: {service: next}, rewrite: {prefix: "
                           "/new}}]}"),
              IsEmpty());
}

TEST(CheckMeshTest, FindsCallersThatGiveUpBeforeTheirCallee) {
  EXPECT_THAT(
      findings("{catalog: {timeout: 1s}, price: {timeout: 2s}}"),
      ElementsAre(HasSubstr("ST1503 \"gateway\" gives up on \"catalog\" after 1000ms, which "
                            "itself waits up to 2000ms for \"price\"")));
  EXPECT_THAT(findings("{catalog: {timeout: 2s}, price: {timeout: 1s}}"), IsEmpty());
  EXPECT_THAT(findings("{defaults: {timeout: 15s}}"), IsEmpty()) << "equal by default";
}

TEST(CheckMeshTest, FindsRetriesThatMultiplyAlongAPath) {
  EXPECT_THAT(findings("{defaults: {retries: {attempts: 2, retry_on: 5xx}}}"),
              ElementsAre(HasSubstr("ST1504 retries multiply: one request may become 27 at the end "
                                    "of gateway -> catalog -> price -> erp")));
  EXPECT_THAT(findings("{erp: {retries: {attempts: 2, retry_on: 5xx}}}"), IsEmpty());
}

TEST(CheckMeshTest, FindsSharesOfVersionsWithoutInstances) {
  EXPECT_THAT(findings("{price: {split: {v1: 50%, v2: 50%}}}"),
              ElementsAre(HasSubstr("ST1505 \"price\" v2 gets traffic and has no instance")));
}

TEST(CheckMeshTest, FindsRoutesBehindOneThatTakesEverything) {
  EXPECT_THAT(
      findings("{price: {routes: [{match: {prefix: /}, to: v1}, {match: {path: /x}, to: v1}]}}"),
      ElementsAre(HasSubstr("ST1506 this route of \"price\" is never used")));
}

TEST(CheckMeshTest, NotesWeightsThatLookLikePercentsAndAreNot) {
  EXPECT_THAT(findings("{price: {split: {v1: 90, v2: 0}}}"), ElementsAre(HasSubstr("ST1507")));
  EXPECT_THAT(findings("{price: {split: {v1: 3, v2: 0}}}"), IsEmpty());
}

TEST(CheckMeshTest, FindsRetriesThatNeverHappen) {
  EXPECT_THAT(findings("{erp: {retries: {retry_on: []}}}"), ElementsAre(HasSubstr("ST1508")));
  EXPECT_THAT(findings("{erp: {retries: {retry_on: retriable-status-codes}}}"),
              ElementsAre(HasSubstr("ST1508")));
}

}  // namespace
}  // namespace shaketable::engine
