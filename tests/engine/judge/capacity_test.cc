#include "engine/judge/capacity.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

RecordBuilder two_services() {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("a", {{0, 60, 100, 0, 5ms}})
      .service("b", {{0, 60, 100, 0, 20ms}})
      .gauges("a", 200'000)
      .gauges("b", 800'000);
  for (Service& service : builder.scenario.mesh.services) {
    service.sidecar = false;
    service.versions.resize(1);
    service.versions[0].runtime.cpus = 4;
  }
  return builder;
}

Capacity capacity_of(RecordBuilder& builder) {
  const RunRecord record = builder.finish();
  return find_capacity(builder.scenario, record);
}

TEST(CapacityTest, TheUtilisationLawSaysWhatFillsUpFirst) {
  RecordBuilder builder = two_services();

  const Capacity capacity = capacity_of(builder);

  EXPECT_THAT(capacity.order, ElementsAre(1U, 0U));
  EXPECT_EQ(capacity.services[1].limit, 125'000'000) << "100/s at 80 %";
  EXPECT_EQ(capacity.services[1].demand, 32'000'000) << "80 % of 4 CPUs for 100 answers a second";
  EXPECT_EQ(capacity.headroom_ppm, 1'250'000);
  EXPECT_THAT(capacity.text, HasSubstr("b fills up first"));
}

TEST(CapacityTest, LittlesLawHoldsInARecordThatAgreesWithItself) {
  RecordBuilder builder = two_services();

  const Capacity capacity = capacity_of(builder);

  ASSERT_THAT(capacity.little, SizeIs(2));
  EXPECT_EQ(capacity.violations, 0U);
  EXPECT_EQ(capacity.little[1].inside_milli, 2'000U);
  EXPECT_EQ(capacity.little[1].expected_milli, 2'000U);
  EXPECT_TRUE(capacity.little[1].both_sides);
}

TEST(CapacityTest, AGaugeThatLosesRequestsIsABugAndSaid) {
  RecordBuilder builder = two_services();
  RunRecord record = builder.finish();
  for (Gauge& gauge : record.gauges[1].points) {
    gauge.in_flight_milli /= 2;
  }

  const Capacity capacity = find_capacity(builder.scenario, record);

  EXPECT_EQ(capacity.violations, 1U);
  EXPECT_FALSE(capacity.little[1].holds);
  EXPECT_THAT(capacity.little[1].text, HasSubstr("Little's law is violated at b"));
}

TEST(CapacityTest, MoreInsideThanAnsweredIsABugOnlyWhenNobodyGaveUp) {
  RecordBuilder builder = two_services();
  RunRecord record = builder.finish();
  for (Gauge& gauge : record.gauges[1].points) {
    gauge.in_flight_milli *= 2;
  }
  EXPECT_EQ(find_capacity(builder.scenario, record).violations, 1U);

  record.series[0].total.outcomes[static_cast<std::size_t>(Outcome::kTimeout)] = 1;

  const Capacity capacity = find_capacity(builder.scenario, record);
  EXPECT_EQ(capacity.violations, 0U);
  EXPECT_FALSE(capacity.little[1].both_sides);
}

TEST(CapacityTest, TheKneeIsWhereLatencyBeginsToClimb) {
  RecordBuilder builder({"a"}, 100);
  std::vector<Traffic> traffic;
  for (int second = 0; second < 100; ++second) {
    const auto rate = static_cast<std::uint64_t>(100 + 4 * second);
    traffic.push_back({second, second + 1, rate, 0, second < 70 ? 10ms : 40ms});
  }
  builder.service("a", traffic).gauges("a", 0);
  for (int second = 0; second < 100; ++second) {
    builder.record.gauges[0].points[static_cast<std::size_t>(second)].utilisation_ppm =
        static_cast<std::uint64_t>(200'000 + 8'000 * second);
  }

  const Capacity capacity = capacity_of(builder);

  EXPECT_EQ(capacity.services[0].knee, 380'000'000) << "100 + 4 x 70 a second";
  EXPECT_EQ(capacity.services[0].knee_utilisation_ppm, 760'000);
  EXPECT_EQ(capacity.services[0].saturated, proxy::kStart + 94s);
}

TEST(CapacityTest, FlatLatencyHasNoKnee) {
  RecordBuilder builder = two_services();

  EXPECT_EQ(capacity_of(builder).services[1].knee, 0);
}

}  // namespace
}  // namespace shaketable::engine
