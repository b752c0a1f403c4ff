#include "engine/judge/expectations.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/judge.h"
#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

Instant at_second(int seconds) { return proxy::kStart + std::chrono::seconds(seconds); }

// a -> b; b is slow and fails from 20 to 30 s of 60 s, and so does a, a second later.
RecordBuilder two_services() {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("a", {{0, 21, 100, 0, 20ms}, {21, 31, 80, 20, 500ms}, {31, 60, 100, 0, 20ms}})
      .service("b", {{0, 20, 50, 0, 10ms}, {20, 30, 25, 25, 400ms}, {30, 60, 50, 0, 10ms}})
      .edge("a", "b", {{0, 20, 50, 0, 11ms}, {20, 30, 30, 20, 400ms, 9}, {30, 60, 50, 0, 11ms}})
      .fault("b-slow", FaultKind::kDelay, "b", 20, 10)
      .event(22500ms, EventKind::kCircuitOpen, "a", "b", "max_requests")
      .event(24s, EventKind::kOverflow, "a", "b", "max_requests", 40);
  return builder;
}

ExpectationVerdict judged(RecordBuilder builder, Expectation expectation) {
  builder.expect(std::move(expectation));
  const RunRecord record = builder.finish();
  return judge(builder.scenario, record).expectations.back();
}

Expectation event_within(EventKind kind, Subject subject, int from_s, int to_s) {
  return {.what = EventExpectation{.event = kind,
                                   .subject = std::move(subject),
                                   .window = seconds_window(from_s, to_s, "within")}};
}

TEST(MetricExpectationTest, HoldsWithItsMargin) {
  RecordBuilder builder = two_services();
  const ExpectationVerdict verdict =
      judged(builder, expect_metric(Metric::kP99, builder.service_subject("a"), Comparison::kLess,
                                    100'000'000, 0, 20));

  EXPECT_EQ(verdict.state, ExpectationState::kHeld);
  EXPECT_EQ(verdict.where, "a");
  EXPECT_EQ(verdict.wanted, "< 100 ms");
  ASSERT_TRUE(verdict.margin.has_value());
  EXPECT_EQ(*verdict.margin, 80'000'000);
  EXPECT_FALSE(verdict.when.has_value());
}

TEST(MetricExpectationTest, ABrokenOneSaysWhatWhereAndWhen) {
  RecordBuilder builder = two_services();
  const ExpectationVerdict verdict =
      judged(builder, expect_metric(Metric::kSuccessRate, builder.service_subject("a"),
                                    Comparison::kGreaterEqual, 990'000));

  EXPECT_EQ(verdict.state, ExpectationState::kBroken);
  EXPECT_EQ(verdict.got, "96.7 %");
  ASSERT_TRUE(verdict.when.has_value());
  EXPECT_EQ(*verdict.when, at_second(21));
  EXPECT_THAT(verdict.evidence, Contains("over 6,000 requests"));
  EXPECT_THAT(verdict.evidence, Contains("first broken at 21.0 s, worst 80 % at 21.0 s"));
}

TEST(MetricExpectationTest, NothingToMeasureIsNotAPass) {
  RecordBuilder builder = two_services();
  const ExpectationVerdict verdict = judged(
      builder,
      expect_metric(Metric::kErrorRate, builder.edge_subject("b", "a"), Comparison::kLess, 10));

  EXPECT_EQ(verdict.state, ExpectationState::kNotMeasurable);
  EXPECT_THAT(verdict.evidence, Contains("no request ended in the window"));
}

TEST(MetricExpectationTest, AnInterruptedRunSaysHowFarItCame) {
  RecordBuilder builder = two_services();
  builder.record.interrupted = true;
  builder.record.ended = at_second(15);

  const ExpectationVerdict partly = judged(
      builder,
      expect_metric(Metric::kP50, builder.service_subject("a"), Comparison::kLess, 1'000'000'000));
  const ExpectationVerdict not_at_all =
      judged(builder, expect_metric(Metric::kP50, builder.service_subject("a"), Comparison::kLess,
                                    1'000'000'000, 30, 40));

  EXPECT_THAT(partly.evidence, Contains(HasSubstr("only until 15.0 s")));
  EXPECT_EQ(not_at_all.state, ExpectationState::kNotMeasurable);
}

TEST(EventExpectationTest, MustHappenToTheSubjectWithinTheWindow) {
  RecordBuilder builder = two_services();
  const auto state = [&](Subject subject, int from_s, int to_s) {
    return judged(builder, event_within(EventKind::kCircuitOpen, std::move(subject), from_s, to_s))
        .state;
  };

  EXPECT_EQ(state(builder.edge_subject("a", "b"), 20, 30), ExpectationState::kHeld);
  EXPECT_EQ(state(builder.service_subject("b"), 20, 30), ExpectationState::kHeld);
  EXPECT_EQ(state(builder.service_subject("a"), 20, 30), ExpectationState::kBroken);
  EXPECT_EQ(state(builder.edge_subject("a", "b"), 23, 30), ExpectationState::kBroken);
}

TEST(EventExpectationTest, SaysWhenItHappenedAndWhy) {
  RecordBuilder builder = two_services();

  const ExpectationVerdict in_time =
      judged(builder, event_within(EventKind::kOverflow, builder.edge_subject("a", "b"), 20, 30));
  const ExpectationVerdict too_late =
      judged(builder, event_within(EventKind::kOverflow, builder.edge_subject("a", "b"), 20, 23));
  const ExpectationVerdict never =
      judged(builder, event_within(EventKind::kPanic, builder.edge_subject("a", "b"), 20, 30));

  EXPECT_EQ(in_time.got, "at 24.0 s (max_requests)");
  EXPECT_THAT(in_time.evidence, Contains("40 times in the window"));
  EXPECT_EQ(too_late.got, "first at 24.0 s (max_requests)");
  EXPECT_EQ(never.got, "it never happened");
}

TEST(EventExpectationTest, WhatDidNotHappenIsExplained) {
  RecordBuilder builder = two_services();
  builder.record.explanations.push_back({.text = "not ejected: cap of 10 % of 4 hosts is zero",
                                         .service = 1,
                                         .caller = 0,
                                         .count = 31,
                                         .first = at_second(21)});

  const ExpectationVerdict verdict =
      judged(builder, event_within(EventKind::kEjection, builder.service_subject("b"), 20, 30));

  EXPECT_THAT(verdict.evidence, Contains("not ejected: cap of 10 % of 4 hosts is zero, 31 times "
                                         "from 21.0 s"));
}

TEST(EventExpectationTest, WhatWasSaidAtAnotherTimeExplainsNothing) {
  RecordBuilder builder = two_services();
  builder.record.explanations.push_back(
      {.text = "late", .service = 1, .caller = 0, .first = at_second(31), .last = at_second(40)});
  builder.record.explanations.push_back(
      {.text = "early", .service = 1, .caller = 0, .first = at_second(2), .last = at_second(19)});

  const ExpectationVerdict verdict =
      judged(builder, event_within(EventKind::kEjection, builder.service_subject("b"), 20, 30));

  EXPECT_THAT(verdict.evidence, IsEmpty());
}

TEST(EventExpectationTest, NeverIsBrokenByTheFirstOne) {
  RecordBuilder builder = two_services();
  EventExpectation never{
      .event = EventKind::kCircuitOpen, .subject = builder.edge_subject("a", "b"), .never = true};

  const ExpectationVerdict broken = judged(builder, {.what = never});
  never.event = EventKind::kPanic;
  const ExpectationVerdict held = judged(builder, {.what = never});

  EXPECT_EQ(broken.state, ExpectationState::kBroken);
  EXPECT_EQ(*broken.when, proxy::kStart + 22500ms);
  EXPECT_EQ(held.state, ExpectationState::kHeld);
}

TEST(EventExpectationTest, DegradationIsFoundInTheFigures) {
  RecordBuilder builder = two_services();

  const ExpectationVerdict verdict =
      judged(builder, event_within(EventKind::kDegraded, builder.service_subject("a"), 20, 30));

  EXPECT_EQ(verdict.state, ExpectationState::kHeld);
  EXPECT_EQ(*verdict.when, at_second(21));
}

TEST(RecoveryExpectationTest, IsMeasuredFromTheEndOfTheFault) {
  RecordBuilder builder = two_services();
  RecoveryExpectation recovery{.subject = builder.service_subject("a"),
                               .window = seconds_window(30, 35, "within 5s")};

  const ExpectationVerdict in_time = judged(builder, {.what = recovery});
  recovery.window = {.from = at_second(30), .to = proxy::kStart + 30500ms, .text = "0.5s"};
  const ExpectationVerdict too_late = judged(builder, {.what = recovery});

  EXPECT_EQ(in_time.state, ExpectationState::kHeld);
  EXPECT_EQ(in_time.got, "back at 31.0 s, 1 s after 30.0 s");
  EXPECT_EQ(too_late.state, ExpectationState::kBroken);
}

TEST(RecoveryExpectationTest, FallingBackLaterBreaksIt) {
  RecordBuilder builder({"a"}, 60);
  builder
      .service("a", {{0, 20, 100, 0, 20ms},
                     {20, 30, 0, 100, 20ms},
                     {30, 45, 100, 0, 20ms},
                     {45, 60, 0, 100, 20ms}})
      .fault("f", FaultKind::kAbort, "a", 20, 10);
  const RecoveryExpectation recovery{.subject = builder.service_subject("a"),
                                     .window = seconds_window(30, 40, "within 10s")};

  const ExpectationVerdict verdict = judged(builder, {.what = recovery});

  EXPECT_EQ(verdict.state, ExpectationState::kBroken);
  EXPECT_EQ(verdict.got, "not back when the run ended");
}

TEST(RecoveryExpectationTest, AMetastableFailureMayBeExpected) {
  RecordBuilder builder({"a"}, 60);
  builder.service("a", {{0, 20, 100, 0, 20ms}, {20, 60, 10, 90, 2s}})
      .fault("f", FaultKind::kSlow, "a", 20, 5);
  RecoveryExpectation recovery{.subject = builder.service_subject("a"),
                               .window = seconds_window(25, 60, "never"),
                               .never = true};

  EXPECT_EQ(judged(builder, {.what = recovery}).state, ExpectationState::kHeld);
}

TEST(BlastRadiusTest, CountsTheServicesThatLeftTheirNormalState) {
  RecordBuilder builder = two_services();
  const BlastRadiusExpectation one{.fault = 0,
                                   .bound = {.comparison = Comparison::kLessEqual, .value = 1}};

  const ExpectationVerdict verdict = judged(builder, {.what = one});

  EXPECT_EQ(verdict.state, ExpectationState::kBroken);
  EXPECT_EQ(verdict.got, "2 services");
  EXPECT_THAT(verdict.evidence, Contains("b (20.0 s), a (21.0 s)"));
}

TEST(BlastRadiusTest, WhatBeginsWithTheNextFaultBelongsToThat) {
  RecordBuilder builder = two_services();
  builder.fault("a-slow", FaultKind::kSlow, "a", 21, 10);
  const RunRecord record = builder.finish();

  const Verdict verdict = judge(builder.scenario, record);

  ASSERT_EQ(verdict.spread[0].services.size(), 1U);
  EXPECT_EQ(verdict.spread[0].services[0].service, 1U);
  ASSERT_EQ(verdict.spread[1].services.size(), 1U);
  EXPECT_EQ(verdict.spread[1].services[0].service, 0U);
}

TEST(KnownFailureTest, PassesWhileItFailsAndFailsOnceItPasses) {
  RecordBuilder builder = two_services();
  Expectation broken =
      expect_metric(Metric::kRequests, builder.service_subject("a"), Comparison::kLess, 5);
  broken.expected_to_fail = true;
  Expectation held =
      expect_metric(Metric::kRequests, builder.service_subject("a"), Comparison::kGreater, 5);
  held.expected_to_fail = true;

  EXPECT_EQ(judged(builder, broken).state, ExpectationState::kKnownFailure);
  EXPECT_EQ(judged(builder, held).state, ExpectationState::kUnexpectedPass);
}

}  // namespace
}  // namespace shaketable::engine
