#include "engine/judge/story.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/health.h"
#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::ElementsAre;

std::vector<std::string> lines_of(const Story& story) {
  std::vector<std::string> lines;
  for (const StoryLine& line : story.lines) {
    lines.push_back(line.subject + ": " + line.what);
  }
  return lines;
}

Story told(RecordBuilder& builder, std::size_t limit = 25) {
  const RunRecord record = builder.finish();
  return tell_story(builder.scenario, record, health_of_services(builder.scenario, record),
                    find_lanes(builder.scenario, record).lanes, limit);
}

TEST(StoryTest, TellsFaultsEventsAndHealthInOrderOfTime) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("b", {{0, 20, 100, 0, 10ms}, {20, 30, 50, 50, 10ms}, {30, 60, 100, 0, 10ms}})
      .fault("b-slow", FaultKind::kDelay, "b", 20, 10)
      .event(22s, EventKind::kCircuitOpen, "a", "b", "max_requests");

  EXPECT_THAT(lines_of(told(builder)),
              ElementsAre("b-slow: begins", "b: leaves its normal state", "a -> b: circuit open",
                          "b-slow: ends", "b: back to normal"));
}

TEST(StoryTest, EqualEventsThatFollowEachOtherAreOneLine) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(10s, EventKind::kOverflow, "a", "b", "max_requests", 3)
      .event(14s, EventKind::kOverflow, "a", "b", "max_requests", 4)
      .event(18s, EventKind::kOverflow, "a", "b", "max_requests", 5)
      .event(30s, EventKind::kOverflow, "a", "b", "max_requests", 1);

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 2U);
  EXPECT_EQ(story.lines[0].count, 12U);
  EXPECT_EQ(story.lines[0].until, proxy::kStart + 18s);
  EXPECT_EQ(story.lines[1].at, proxy::kStart + 30s);
}

TEST(StoryTest, TellsAPushOnceAndWhoseCallersItReaches) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.fault("push", FaultKind::kConfigPush, "a", 20, 0)
      .event(20s, EventKind::kConfigPush, "", "", "push");
  for (const ServiceIndex service : {1U, 1U, 0U}) {
    builder.scenario.faults[0].policies.emplace_back().service = service;
  }

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 1U);
  EXPECT_EQ(story.lines[0].subject, "push");
  EXPECT_EQ(story.lines[0].evidence, "new policies for calls to b, a pushed to the sidecars");
}

TEST(StoryTest, TellsThatAPushIsTakenBack) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.fault("push", FaultKind::kConfigPush, "a", 20, 10);

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 2U);
  EXPECT_EQ(story.lines[1].at, proxy::kStart + 30s);
  EXPECT_EQ(story.lines[1].what, "ends");
  EXPECT_EQ(story.lines[1].evidence, "the policies of before are pushed again");
}

TEST(StoryTest, DifferentReasonsAndEdgesStayApart) {
  RecordBuilder builder({"a", "b", "c"}, 60);
  builder.event(10s, EventKind::kOverflow, "a", "b", "max_requests")
      .event(11s, EventKind::kOverflow, "a", "b", "max_pending_requests")
      .event(12s, EventKind::kOverflow, "c", "b", "max_requests");

  EXPECT_EQ(told(builder).lines.size(), 3U);
}

TEST(StoryTest, AnEjectionNamesTheInstance) {
  RecordBuilder builder({"a", "catalog"}, 60);
  builder.event(63s, EventKind::kEjection, "a", "catalog", "5 consecutive 5xx");
  builder.record.events[0].instance = 1;

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 1U);
  EXPECT_EQ(story.lines[0].subject, "catalog-2");
  EXPECT_EQ(story.lines[0].what, "ejected");
  EXPECT_EQ(story.lines[0].evidence, "5 consecutive 5xx");
}

TEST(StoryTest, WhenThereIsTooMuchTheTellingLinesStay) {
  RecordBuilder builder({"a", "b"}, 200);
  builder.fault("late", FaultKind::kDelay, "b", 190, 5);
  for (int i = 0; i < 10; ++i) {
    builder.event(std::chrono::seconds(10 * i), EventKind::kCircuitOpen, "a", "b", "max_requests")
        .event(std::chrono::seconds(10 * i + 5), EventKind::kCircuitClose, "a", "b",
               "max_requests");
  }

  const Story story = told(builder, 4);

  EXPECT_EQ(story.left_out, 18U);
  EXPECT_THAT(lines_of(story), ElementsAre("a -> b: circuit open", "a -> b: circuit closed",
                                           "late: begins", "late: ends"));
}

TEST(StoryTest, ALongOpenCircuitSaysHowLongAndWhatItRefused) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(20s, EventKind::kCircuitOpen, "a", "b", "max_requests = 5", 40)
      .event(30s, EventKind::kCircuitClose, "a", "b", "max_requests", 40);

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 2U);
  EXPECT_EQ(story.lines[0].evidence, "max_requests = 5");
  EXPECT_EQ(story.lines[1].at, proxy::kStart + 30s);
  EXPECT_EQ(story.lines[1].evidence, "after 10 s and 40 requests refused");
}

TEST(StoryTest, ACircuitThatFlapsIsOneLine) {
  RecordBuilder builder({"a", "b"}, 60);
  for (int i = 0; i < 4; ++i) {
    builder.event(std::chrono::seconds(5 * i), EventKind::kCircuitOpen, "a", "b", "max_requests")
        .event(std::chrono::seconds(5 * i) + 20ms, EventKind::kCircuitClose, "a", "b",
               "max_requests", 2);
  }

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 1U);
  EXPECT_EQ(story.lines[0].count, 4U);
  EXPECT_EQ(story.lines[0].until, proxy::kStart + 15s);
  EXPECT_EQ(story.lines[0].evidence, "max_requests; for 80 ms in all, 8 requests refused");
}

TEST(StoryTest, ALimitThatMovesIsOneLineWithItsRange) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.event(10s, EventKind::kOverflow, "a", "b", "max_retries = 11", 3)
      .event(12s, EventKind::kOverflow, "a", "b", "max_retries = 9", 4)
      .event(14s, EventKind::kOverflow, "a", "b", "max_retries = 13", 5);

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 1U);
  EXPECT_EQ(story.lines[0].count, 12U);
  EXPECT_EQ(story.lines[0].evidence, "max_retries = 9 to 13");
}

TEST(StoryTest, AServiceThatFlapsIsToldOfOnce) {
  RecordBuilder builder({"a"}, 80);
  builder.service("a", {{0, 20, 100, 0, 10ms},
                        {20, 25, 50, 50, 10ms},
                        {25, 35, 100, 0, 10ms},
                        {35, 40, 20, 80, 10ms},
                        {40, 80, 100, 0, 10ms}});

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 2U);
  EXPECT_EQ(story.lines[0].count, 2U);
  EXPECT_EQ(story.lines[0].evidence, "up to 80 % errors");
  EXPECT_EQ(story.lines[1].evidence, "after 10 s outside in all");
}

TEST(StoryTest, InstancesThatDieTogetherAreOneLine) {
  RecordBuilder builder({"a", "b", "c"}, 60);
  for (const char* name : {"a", "b", "c"}) {
    builder.event(10s, EventKind::kInstanceDown, "", name, "killed");
    builder.record.events.back().instance = 0;
  }

  const Story story = told(builder);

  ASSERT_EQ(story.lines.size(), 1U);
  EXPECT_EQ(story.lines[0].subject, "3 instances");
  EXPECT_EQ(story.lines[0].evidence, "killed: a-1, b-1, c-1");
}

TEST(StoryTest, WhatLiesBehindAnInterruptionIsNotTold) {
  RecordBuilder builder({"a"}, 60);
  builder.fault("f", FaultKind::kDelay, "a", 20, 20);
  builder.record.ended = proxy::kStart + 30s;

  EXPECT_THAT(lines_of(told(builder)), ElementsAre("f: begins"));
}

}  // namespace
}  // namespace shaketable::engine
