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

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

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
