#include "engine/judge/metastability.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<Metastability> found_in(RecordBuilder& builder) {
  const RunRecord record = builder.finish();
  return find_metastability(
      builder.scenario, record,
      find_cascade(builder.scenario, record, health_of_services(builder.scenario, record)));
}

// b is slow from 20 to 25; the trouble lasts until `back`, with so many retries a request.
RecordBuilder after_a_hiccup(int back, std::uint64_t retries) {
  RecordBuilder builder({"a", "b"}, 120);
  builder
      .service("b", {{0, 20, 100, 0, 10ms}, {20, back, 100, 300, 900ms}, {back, 120, 100, 0, 10ms}})
      .service("a", {{0, 20, 100, 0, 11ms}, {20, back, 0, 100, 1s}, {back, 120, 100, 0, 11ms}})
      .edge("a", "b",
            {{0, 20, 100, 0, 11ms}, {20, back, 0, 100, 1s, retries}, {back, 120, 100, 0, 11ms}})
      .gauges("b", 500'000)
      .fault("hiccup", FaultKind::kSlow, "b", 20, 5);
  for (std::size_t i = 20; i < static_cast<std::size_t>(back); ++i) {
    builder.record.gauges[0].points[i].utilisation_ppm = 1'000'000;
  }
  return builder;
}

TEST(MetastabilityTest, WhatEndsWithItsTriggerIsNone) {
  RecordBuilder builder = after_a_hiccup(25, 0);

  EXPECT_THAT(found_in(builder), IsEmpty());
}

TEST(MetastabilityTest, WorkingOffABacklogIsNoLoop) {
  RecordBuilder builder = after_a_hiccup(33, 0);

  const std::vector<Metastability> found = found_in(builder);

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_FALSE(found[0].sustained);
  EXPECT_THAT(found[0].text, HasSubstr("worked off in 8 s"));
}

TEST(MetastabilityTest, RetriesThatFeedThemselvesAreNamedWithWhatWouldEndThem) {
  RecordBuilder builder = after_a_hiccup(90, 300);

  const std::vector<Metastability> found = found_in(builder);

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_TRUE(found[0].sustained);
  EXPECT_EQ(found[0].loop, SustainingLoop::kRetries);
  EXPECT_EQ(found[0].service, builder.index_of("b"));
  EXPECT_EQ(found[0].caller, builder.index_of("a"));
  EXPECT_EQ(found[0].capacity, 200'000'000) << "100/s at 50 %";
  EXPECT_EQ(found[0].offered, 400'000'000);
  EXPECT_EQ(found[0].safe_load_ppm, 500'000) << "200 of 400";
  EXPECT_EQ(found[0].safe_budget_ppm, 1'000'000) << "200 / 100 - 1";
}

TEST(MetastabilityTest, AServiceThatNeverComesBackIsSustainedToTheEnd) {
  RecordBuilder builder = after_a_hiccup(120, 300);

  const std::vector<Metastability> found = found_in(builder);

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].bad_until, proxy::kNever);
  EXPECT_THAT(found[0].text, HasSubstr("it went on to the end of the run"));
}

TEST(MetastabilityTest, InstancesThatStayDownAreTheReason) {
  RecordBuilder builder = after_a_hiccup(90, 0);
  for (std::size_t i = 20; i < 90; ++i) {
    builder.record.gauges[0].points[i].instances_up = 0;
  }

  const std::vector<Metastability> found = found_in(builder);

  ASSERT_THAT(found, SizeIs(1));
  EXPECT_EQ(found[0].loop, SustainingLoop::kDown);
}

}  // namespace
}  // namespace shaketable::engine
