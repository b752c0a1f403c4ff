#include "engine/judge/lanes.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_builder.h"
#include "tests/support/shop_run.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

Lanes lanes_of(RecordBuilder& builder) {
  const RunRecord record = builder.finish();
  return find_lanes(builder.scenario, record);
}

std::vector<Lane> of_kind(const Lanes& lanes, LaneKind kind) {
  std::vector<Lane> result;
  std::copy_if(lanes.lanes.begin(), lanes.lanes.end(), std::back_inserter(result),
               [kind](const Lane& lane) { return lane.kind == kind; });
  return result;
}

TEST(LanesTest, ACircuitIsOpenFromItsFirstRefusalToItsClosing) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(10s, EventKind::kCircuitOpen, "a", "b", "max_requests = 10", 400)
      .event(25s, EventKind::kCircuitClose, "a", "b", "max_requests", 400)
      .event(50s, EventKind::kCircuitOpen, "a", "b", "max_requests = 10", 7);

  const std::vector<Lane> circuits = of_kind(lanes_of(builder), LaneKind::kCircuit);

  ASSERT_THAT(circuits, SizeIs(1));
  ASSERT_THAT(circuits[0].spans, SizeIs(2));
  EXPECT_EQ(circuits[0].spans[0].to, proxy::kStart + 25s);
  EXPECT_EQ(circuits[0].spans[0].count, 400U);
  EXPECT_EQ(circuits[0].spans[1].to, proxy::kNever) << "open when the run ended";
  EXPECT_EQ(circuits[0].total, 25s);
}

TEST(LanesTest, EachLimitOfAnEdgeHasItsOwnLane) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(10s, EventKind::kCircuitOpen, "a", "b", "max_requests = 10")
      .event(11s, EventKind::kCircuitOpen, "a", "b", "max_pending_requests = 5")
      .event(12s, EventKind::kCircuitClose, "a", "b", "max_requests");

  const std::vector<Lane> circuits = of_kind(lanes_of(builder), LaneKind::kCircuit);

  ASSERT_THAT(circuits, SizeIs(2));
  EXPECT_EQ(circuits[0].spans[0].to, proxy::kStart + 12s);
  EXPECT_EQ(circuits[1].spans[0].to, proxy::kNever);
}

TEST(LanesTest, AScaledServiceIsAsItIsUntilItIsScaledAgain) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(10s, EventKind::kScaled, "", "b", "2 -> 4: 93 % busy, 80 % wanted")
      .event(40s, EventKind::kScaled, "", "b", "4 -> 3: 50 % busy, 80 % wanted");

  const std::vector<Lane> scaled = of_kind(lanes_of(builder), LaneKind::kScale);

  ASSERT_THAT(scaled, SizeIs(1));
  EXPECT_EQ(scaled[0].name, "b");
  ASSERT_THAT(scaled[0].spans, SizeIs(2));
  EXPECT_EQ(scaled[0].spans[0].to, proxy::kStart + 40s);
  EXPECT_EQ(scaled[0].spans[1].reason, "4 -> 3: 50 % busy, 80 % wanted");
}

TEST(LanesTest, AHostIsEjectedWhileAnySidecarSaysSo) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(10s, EventKind::kEjection, "a", "b", "5 consecutive 5xx")
      .event(12s, EventKind::kEjection, "a", "b", "5 consecutive 5xx")
      .event(40s, EventKind::kUnejection, "a", "b", "after 30 s")
      .event(42s, EventKind::kUnejection, "a", "b", "after 30 s");
  for (RunEvent& event : builder.record.events) {
    event.instance = 2;
  }

  const std::vector<Lane> hosts = of_kind(lanes_of(builder), LaneKind::kEjection);

  ASSERT_THAT(hosts, SizeIs(1));
  EXPECT_EQ(hosts[0].name, "b-3");
  ASSERT_THAT(hosts[0].spans, SizeIs(1));
  EXPECT_EQ(hosts[0].spans[0].from, proxy::kStart + 10s);
  EXPECT_EQ(hosts[0].spans[0].to, proxy::kStart + 42s);
  EXPECT_EQ(hosts[0].spans[0].count, 2U);
}

TEST(LanesTest, SpansOfALaneNeverOverlapAndStandInOrder) {
  RecordBuilder builder = shop_run();

  for (const Lane& lane : lanes_of(builder).lanes) {
    ASSERT_FALSE(lane.spans.empty()) << lane.name;
    for (std::size_t i = 1; i < lane.spans.size(); ++i) {
      EXPECT_LE(lane.spans[i - 1].to, lane.spans[i].from) << lane.name;
    }
  }
}

TEST(LanesTest, AnEndlessFlickerIsCutAndCounted) {
  RecordBuilder builder({"a", "b"}, 60);
  for (int i = 0; i < 2'000; ++i) {
    builder.event(10s + i * 20ms, EventKind::kCircuitOpen, "a", "b", "max_requests = 10")
        .event(10s + i * 20ms + 5ms, EventKind::kCircuitClose, "a", "b", "max_requests");
  }

  const std::vector<Lane> circuits = of_kind(lanes_of(builder), LaneKind::kCircuit);

  ASSERT_THAT(circuits, SizeIs(1));
  EXPECT_THAT(circuits[0].spans, SizeIs(kMostSpans));
  EXPECT_EQ(circuits[0].spans_left_out, 2'000 - kMostSpans);
}

TEST(LanesTest, ACircuitsCostIsTheShareThatWouldHaveSucceeded) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("b", {{0, 60, 100, 0, 10ms}})
      .edge("a", "b", {{0, 20, 100, 0, 10ms}, {20, 30, 50, 50, 10ms}, {30, 60, 100, 0, 10ms}})
      .gauges("b", 500'000)
      .event(20s, EventKind::kCircuitOpen, "a", "b", "max_requests = 10", 200)
      .event(29500ms, EventKind::kCircuitClose, "a", "b", "max_requests", 200);
  builder.fault("f", FaultKind::kAbort, "b", 20, 10);
  builder.scenario.mesh.services[1].versions.resize(1);
  builder.scenario.mesh.services[1].versions[0].runtime.cpus = 2;
  RunRecord record = builder.finish();
  for (Series& series : record.series) {
    if (series.subject.kind == Subject::Kind::kEdge) {
      for (std::size_t i = 20; i < 30; ++i) {
        series.points[i].outcomes[static_cast<std::size_t>(Outcome::kRefused)] = 20;
        series.points[i].outcomes[static_cast<std::size_t>(Outcome::kServerError)] = 30;
      }
    }
  }

  const Lanes lanes = find_lanes(builder.scenario, record);

  ASSERT_THAT(lanes.effects, SizeIs(1));
  const PolicyEffect& effect = lanes.effects[0];
  EXPECT_EQ(effect.acted, 200U);
  EXPECT_EQ(effect.failed_fast, 200U);
  EXPECT_EQ(effect.healthy_refused, 125U) << "500 of the 800 others succeeded";
  // Half of two CPUs for 100 answers a second: 10 ms each.
  EXPECT_EQ(effect.work_avoided_ns, 2'000'000'000);
  EXPECT_THAT(effect.text, HasSubstr("circuit open for 9.5 s"));
}

TEST(LanesTest, WithoutPoliciesAtWorkThereIsNothingToWeigh) {
  RecordBuilder builder({"a"}, 30);

  EXPECT_THAT(lanes_of(builder).effects, IsEmpty());
}

}  // namespace
}  // namespace shaketable::engine
