#include "engine/world/plan.h"

#include <gtest/gtest.h>

#include "tests/support/scenario_builder.h"

namespace shaketable::engine {
namespace {

using namespace support;  // NOLINT(google-build-using-namespace)

TEST(PlansTest, FlattenStepsInOrder) {
  ScenarioBuilder build;
  build.service("price", workers(1), {work(1ms)});
  build.service("shop", workers(1), {work(2ms), wait(3ms), build.call_with_timeout("price", 9ms)});
  const Plans plans(build.scenario.mesh);

  const EndpointPlan& shop = plans.endpoints[plans.plan_of(build.scenario.mesh, 1, 0, 0)];
  const Op* op = &plans.ops[shop.first_op];
  EXPECT_EQ(op[0].kind, Op::Kind::kWork);
  EXPECT_EQ(op[1].kind, Op::Kind::kWait);
  EXPECT_EQ(op[2].kind, Op::Kind::kCall);
  EXPECT_EQ(op[2].service, 0);
  EXPECT_EQ(op[2].endpoint, plans.first_endpoint[0]);
  EXPECT_EQ(op[2].timeout, 9ms);
  EXPECT_EQ(op[3].kind, Op::Kind::kEnd);
  EXPECT_EQ(plans.endpoint_count, 2);
}

TEST(PlansTest, BranchesAreProgramsOfTheirOwn) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {parallel({{wait(1ms)}, {parallel({{work(2ms)}, {}})}})});
  const Plans plans(build.scenario.mesh);

  const Op& outer = plans.ops[plans.endpoints[0].first_op];
  ASSERT_EQ(outer.kind, Op::Kind::kParallel);
  ASSERT_EQ(outer.branch_count, 2);
  EXPECT_EQ(plans.ops[plans.branches[outer.first_branch]].kind, Op::Kind::kWait);
  const Op& inner = plans.ops[plans.branches[outer.first_branch + 1]];
  ASSERT_EQ(inner.kind, Op::Kind::kParallel);
  ASSERT_EQ(inner.branch_count, 2);
  EXPECT_EQ(plans.ops[plans.branches[inner.first_branch]].kind, Op::Kind::kWork);
  EXPECT_EQ(plans.ops[plans.branches[inner.first_branch + 1]].kind, Op::Kind::kEnd);
}

TEST(PlansTest, EachVersionHasItsOwn) {
  ScenarioBuilder build;
  build.service("price", workers(1), {work(1ms)});
  build.version("v2", workers(1), {wait(2ms), wait(3ms)});
  build.service("shop", workers(1), {});
  const Plans plans(build.scenario.mesh);

  EXPECT_EQ(plans.plan_of(build.scenario.mesh, 0, 1, 0), 1);
  EXPECT_EQ(plans.plan_of(build.scenario.mesh, 1, 0, 0), 2);
  EXPECT_EQ(plans.endpoints[1].version, 1);
  EXPECT_EQ(plans.ops[plans.endpoints[1].first_op].kind, Op::Kind::kWait);
  EXPECT_EQ(plans.ops[plans.endpoints[2].first_op].kind, Op::Kind::kEnd);
}

TEST(PlansTest, KeepTheSizesOfMessagesOfEachVersion) {
  ScenarioBuilder build;
  build.service("shop", workers(1), {});
  build["shop"].versions[0].endpoints[0].request_bytes = 10;
  build.version("v2", workers(1), {}).endpoints[0].response_bytes = 20;
  const Plans plans(build.scenario.mesh);

  ASSERT_EQ(plans.sizes.size(), 2);
  EXPECT_EQ(plans.sizes[0].request, 10);
  EXPECT_EQ(plans.sizes[0].response, 4'096);
  EXPECT_EQ(plans.sizes[1].request, 1'024);
  EXPECT_EQ(plans.sizes[1].response, 20);
  EXPECT_EQ(plans.unknown_sizes.response, 4'096);
}

}  // namespace
}  // namespace shaketable::engine
