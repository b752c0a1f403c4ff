#include "engine/judge/cascade.h"

#include <algorithm>
#include <numeric>
#include <random>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/judge/health.h"
#include "engine/judge/names.h"
#include "tests/support/record_builder.h"
#include "tests/support/shop_run.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Cascade cascade_of(RecordBuilder& builder) {
  const RunRecord record = builder.finish();
  return find_cascade(builder.scenario, record, health_of_services(builder.scenario, record));
}

// "b by fault", "a <- b by errors"
std::vector<std::string> told(const Scenario& scenario, const Cascade& cascade) {
  std::vector<std::string> lines;
  for (const CascadeStep& step : cascade.steps) {
    std::string line = service_name(scenario, step.service);
    if (step.parent != kNone) {
      line += " <- " + service_name(scenario, cascade.steps[step.parent].service);
    }
    lines.push_back(line + " by " + name_of(step.mechanism));
  }
  return lines;
}

// a calls b, b calls c; c is slow and fails from 20 to 40.
RecordBuilder chain() {
  RecordBuilder builder({"a", "b", "c"}, 60);
  const auto bad = [](Duration usual, Duration slow) {
    return std::vector<Traffic>{
        {0, 20, 100, 0, usual}, {20, 40, 40, 60, slow}, {40, 60, 100, 0, usual}};
  };
  builder.service("c", bad(10ms, 100ms))
      .service("b", bad(12ms, 102ms))
      .service("a", bad(14ms, 104ms))
      .edge("b", "c", bad(11ms, 101ms))
      .edge("a", "b", bad(13ms, 103ms))
      .fault("slow", FaultKind::kSlow, "c", 20, 20);
  return builder;
}

TEST(CascadeTest, ARunInWhichNothingHappensHasNoCauses) {
  RecordBuilder builder({"a"}, 30);
  builder.service("a", {{0, 30, 100, 0, 10ms}});

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(cascade.steps, IsEmpty());
  EXPECT_THAT(cascade.roots, IsEmpty());
  EXPECT_EQ(cascade.headline, "");
}

TEST(CascadeTest, TroubleClimbsFromTheFaultToTheEntryWithinOneBucket) {
  RecordBuilder builder = chain();

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade),
              ElementsAre("c by fault", "b <- c by errors", "a <- b by errors"));
  ASSERT_EQ(cascade.roots.size(), 1U);
  EXPECT_EQ(cascade.roots[0].fault, 0U);
  EXPECT_EQ(cascade.roots[0].services, 3U);
  EXPECT_EQ(cascade.roots[0].recovered, proxy::kStart + 40s);
  EXPECT_EQ(cascade.steps[2].depth, 2U);
  EXPECT_THAT(cascade.headline, HasSubstr("fault slow at 20.0 s"));
}

TEST(CascadeTest, AnswersWhyAServiceIsRedDownToTheRoot) {
  RecordBuilder builder = chain();

  const Cascade cascade = cascade_of(builder);

  ASSERT_EQ(cascade.why.size(), 3U);
  EXPECT_EQ(cascade.why[0].service, builder.index_of("a"));
  EXPECT_THAT(cascade.why[0].steps, ElementsAre(2U, 1U, 0U));
  EXPECT_THAT(cascade.why[0].text, HasSubstr("a 20.0 s: gets errors from b"));
  EXPECT_THAT(cascade.why[0].text, HasSubstr("root: fault slow"));
}

TEST(CascadeTest, AFaultOnABystanderAtTheSameMomentIsACoincidence) {
  RecordBuilder builder = chain();
  builder.scenario.mesh.services.push_back({.name = "d"});
  builder.service("d", {{0, 60, 100, 0, 10ms}}).edge("a", "d", {{0, 60, 100, 0, 11ms}});
  builder.fault("red-herring", FaultKind::kDelay, "d", 20, 20);

  const Cascade cascade = cascade_of(builder);

  ASSERT_EQ(cascade.roots.size(), 1U);
  EXPECT_EQ(cascade.roots[0].fault, 0U);
  ASSERT_EQ(cascade.coincidences.size(), 1U);
  EXPECT_EQ(cascade.coincidences[0].fault, 1U);
  EXPECT_FALSE(cascade.coincidences[0].is_remedy);
}

// A delay in front of b, which b itself does not see.
TEST(CascadeTest, AFaultIsFoundBehindACallThoughItsTargetStaysWell) {
  RecordBuilder builder({"a", "b"}, 60);
  const auto slow = [](Duration usual, Duration delayed) {
    return std::vector<Traffic>{
        {0, 20, 100, 0, usual}, {20, 40, 100, 0, delayed}, {40, 60, 100, 0, usual}};
  };
  builder.service("b", {{0, 60, 100, 0, 10ms}})
      .service("a", slow(14ms, 414ms))
      .edge("a", "b", slow(12ms, 412ms))
      .fault("delayed", FaultKind::kDelay, "b", 20, 20);
  builder.scenario.faults[0].time = Distribution::constant(400ms);

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade), ElementsAre("a by slow"));
  ASSERT_EQ(cascade.roots.size(), 1U);
  EXPECT_EQ(cascade.roots[0].fault, 0U);
  EXPECT_EQ(cascade.roots[0].mechanism, Mechanism::kFault);
  EXPECT_EQ(cascade.roots[0].service, builder.index_of("b"));
  EXPECT_THAT(cascade.steps[0].text, HasSubstr("b itself stayed in its normal state"));
  EXPECT_THAT(cascade.coincidences, IsEmpty());
}

TEST(CascadeTest, ACallThatSlowsDownWithoutAFaultIsNamed) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.service("b", {{0, 60, 100, 0, 10ms}})
      .service("a", {{0, 20, 100, 0, 14ms}, {20, 40, 100, 0, 414ms}, {40, 60, 100, 0, 14ms}})
      .edge("a", "b", {{0, 20, 100, 0, 12ms}, {20, 40, 100, 0, 412ms}, {40, 60, 100, 0, 12ms}})
      .fault("earlier", FaultKind::kDelay, "b", 15, 1);

  const Cascade cascade = cascade_of(builder);

  ASSERT_EQ(cascade.steps.size(), 1U);
  EXPECT_EQ(cascade.steps[0].callee, builder.index_of("b"));
  EXPECT_EQ(cascade.roots[0].fault, kNone);
  EXPECT_THAT(cascade.roots[0].text, HasSubstr("a at 20.0 s: waits for b"));
}

TEST(CascadeTest, ASmallFaultOnTheCallerDoesNotExplainTheErrorsOfItsCallee) {
  RecordBuilder builder = chain();
  builder.fault("red-herring", FaultKind::kDelay, "a", 20, 20);
  builder.scenario.faults[1].time = Distribution::constant(1ms);

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade),
              ElementsAre("c by fault", "b <- c by errors", "a <- b by errors"));
}

TEST(CascadeTest, AnOptionalCallDoesNotExplainErrors) {
  RecordBuilder builder({"a", "b"}, 60);
  const std::vector<Traffic> bad{
      {0, 20, 100, 0, 10ms}, {20, 40, 40, 60, 10ms}, {40, 60, 100, 0, 10ms}};
  builder.service("a", bad).service("b", bad).edge("a", "b", bad);
  builder.fault("broken", FaultKind::kAbort, "a", 20, 20);
  builder.fault("broken-too", FaultKind::kAbort, "b", 20, 20);
  Step call{.kind = Step::Kind::kCall};
  call.call = {.service = builder.index_of("b"), .endpoint = 0, .optional = true};
  builder.scenario.mesh.services[0].versions.resize(1);
  builder.scenario.mesh.services[0].versions[0].endpoints.push_back({.steps = {call}});

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade), ElementsAre("b by fault", "a by fault"));
  EXPECT_EQ(cascade.roots.size(), 2U);
}

TEST(CascadeTest, TwoFaultsApartHaveTheirOwnVictims) {
  RecordBuilder builder({"a", "b", "x", "y"}, 80);
  const auto bad = [](int from, int to) {
    return std::vector<Traffic>{
        {0, from, 100, 0, 10ms}, {from, to, 40, 60, 10ms}, {to, 80, 100, 0, 10ms}};
  };
  builder.service("a", bad(20, 30)).service("b", bad(20, 30)).edge("a", "b", bad(20, 30));
  builder.service("x", bad(50, 60)).service("y", bad(50, 60)).edge("x", "y", bad(50, 60));
  builder.fault("first", FaultKind::kAbort, "b", 20, 10);
  builder.fault("second", FaultKind::kAbort, "y", 50, 10);

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade),
              ElementsAre("b by fault", "a <- b by errors", "y by fault", "x <- y by errors"));
  ASSERT_EQ(cascade.roots.size(), 2U);
  EXPECT_THAT(cascade.roots[0].steps, ElementsAre(0U, 1U));
  EXPECT_THAT(cascade.roots[1].steps, ElementsAre(2U, 3U));
}

TEST(CascadeTest, ACallerThatRetriesOverloadsItsOtherCallee) {
  // gate retries front, because b fails; so front calls c three times as often, and c is full.
  RecordBuilder builder({"gate", "front", "b", "c"}, 60);
  builder.service("b", {{0, 20, 100, 0, 10ms}, {20, 60, 0, 300, 10ms}})
      .service("c", {{0, 20, 100, 0, 10ms}, {20, 60, 300, 0, 200ms}})
      .service("front", {{0, 20, 100, 0, 20ms}, {20, 60, 0, 300, 210ms}})
      .service("gate", {{0, 20, 100, 0, 21ms}, {20, 60, 0, 100, 600ms}})
      .edge("gate", "front", {{0, 20, 100, 0, 20ms}, {20, 60, 0, 100, 600ms, 200}})
      .edge("front", "b", {{0, 20, 100, 0, 11ms}, {20, 60, 0, 300, 11ms}})
      .edge("front", "c", {{0, 20, 100, 0, 11ms}, {20, 60, 300, 0, 200ms}})
      .gauges("c", 400'000);
  for (std::size_t i = 20; i < 60; ++i) {
    builder.record.gauges[0].points[i].utilisation_ppm = 1'000'000;
  }
  builder.fault("broken", FaultKind::kAbort, "b", 20, 40);

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade),
              ElementsAre("b by fault", "front <- b by errors", "c <- front by retries",
                          "gate <- front by errors"));
  ASSERT_EQ(cascade.amplification.size(), 1U);
  EXPECT_EQ(cascade.amplification[0].worst_ppm, 3'000'000);
}

TEST(CascadeTest, OverloadWithoutAFaultIsARootOfItsOwn) {
  RecordBuilder builder({"a"}, 60);
  builder.service("a", {{0, 40, 100, 0, 10ms}, {40, 60, 300, 0, 500ms}}).gauges("a", 400'000);
  for (std::size_t i = 40; i < 60; ++i) {
    builder.record.gauges[0].points[i].utilisation_ppm = 1'000'000;
  }

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(told(builder.scenario, cascade), ElementsAre("a by overload"));
  EXPECT_THAT(cascade.headline, HasSubstr("times the normal load"));
}

TEST(CascadeTest, WhatComesBackSoonAfterAChangeWasRemediedByIt) {
  RecordBuilder builder = chain();
  builder.scenario.faults[0].length = 0s;
  builder.fault("restart", FaultKind::kKill, "c", 38, 0);

  const Cascade cascade = cascade_of(builder);

  ASSERT_EQ(cascade.coincidences.size(), 1U);
  EXPECT_TRUE(cascade.coincidences[0].is_remedy);
  EXPECT_THAT(cascade.coincidences[0].text, HasSubstr("3 services back by 40.0 s"));
}

TEST(CascadeTest, AmplificationsMultiplyAlongThePath) {
  RecordBuilder builder({"a", "b", "c"}, 30);
  builder.edge("a", "b", {{0, 10, 100, 0, 1ms}, {10, 20, 100, 0, 1ms, 200}, {20, 30, 100, 0, 1ms}})
      .edge("b", "c", {{0, 10, 300, 0, 1ms}, {10, 20, 300, 0, 1ms, 600}, {20, 30, 100, 0, 1ms}});

  const Cascade cascade = cascade_of(builder);

  EXPECT_THAT(cascade.worst_path.services, ElementsAre(0U, 1U, 2U));
  EXPECT_EQ(cascade.worst_path.product_ppm, 9'000'000);
  EXPECT_EQ(cascade.worst_path.at, proxy::kStart + 10s);
}

TEST(CascadeTest, EachStepShowsItsEvidence) {
  RecordBuilder builder = chain();
  builder.event(20300ms, EventKind::kCircuitOpen, "b", "c", "max_requests = 10", 412);

  const Cascade cascade = cascade_of(builder);

  const std::vector<Evidence>& evidence = cascade.steps[1].evidence;
  const auto circuit = std::find_if(evidence.begin(), evidence.end(), [](const Evidence& it) {
    return it.mechanism == Mechanism::kCircuitOpen;
  });
  ASSERT_NE(circuit, evidence.end());
  EXPECT_EQ(circuit->count, 412U);
  EXPECT_THAT(circuit->text, HasSubstr("max_requests = 10"));
  EXPECT_EQ(cascade.roots[0].acted, proxy::kStart + 20300ms);
}

TEST(CascadeTest, ServicesThatCallEachOtherEndInOneRoot) {
  RecordBuilder builder({"a", "b"}, 60);
  const std::vector<Traffic> bad{
      {0, 20, 100, 0, 10ms}, {20, 40, 40, 60, 10ms}, {40, 60, 100, 0, 10ms}};
  builder.service("a", bad).service("b", bad).edge("a", "b", bad).edge("b", "a", bad);

  const Cascade cascade = cascade_of(builder);

  ASSERT_EQ(cascade.steps.size(), 2U);
  EXPECT_EQ(cascade.roots.size(), 1U);
  EXPECT_EQ(cascade.steps[1].parent, 0U);
}

// The order of services in the file is nobody's business.
TEST(CascadeTest, TheOrderOfTheServicesDoesNotChangeTheCauses) {
  std::vector<std::string> names{"a", "b", "c", "d", "e"};
  const auto traffic = [](Duration usual, Duration slow) {
    return std::vector<Traffic>{
        {0, 20, 100, 0, usual}, {20, 40, 40, 60, slow}, {40, 60, 100, 0, usual}};
  };
  std::mt19937 random(7);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(names.begin(), names.end(), random);
    RecordBuilder builder(names, 60);
    builder.service("c", traffic(10ms, 100ms))
        .service("b", traffic(12ms, 102ms))
        .service("a", traffic(14ms, 104ms))
        .service("d", {{0, 60, 50, 0, 5ms}})
        .service("e", {{0, 60, 50, 0, 5ms}})
        .edge("b", "c", traffic(11ms, 101ms))
        .edge("a", "b", traffic(13ms, 103ms))
        .edge("d", "e", {{0, 60, 50, 0, 6ms}})
        .fault("slow", FaultKind::kSlow, "c", 20, 20);

    const Cascade cascade = cascade_of(builder);

    EXPECT_THAT(told(builder.scenario, cascade),
                ElementsAre("c by fault", "b <- c by errors", "a <- b by errors"))
        << "round " << round;
  }
}

TEST(CascadeTest, ParentsComeBeforeTheirChildrenAndRootsHaveNone) {
  RecordBuilder builder = shop_run();

  const Cascade cascade = cascade_of(builder);

  ASSERT_FALSE(cascade.steps.empty());
  for (std::uint32_t s = 0; s < cascade.steps.size(); ++s) {
    const CascadeStep& step = cascade.steps[s];
    ASSERT_LT(step.root, cascade.roots.size());
    if (step.parent != kNone) {
      EXPECT_LT(step.parent, s);
      EXPECT_LE(cascade.steps[step.parent].at, step.at);
      EXPECT_EQ(cascade.steps[step.parent].root, step.root);
    }
    EXPECT_LE(step.evidence.size(), kMostEvidence);
    EXPECT_FALSE(step.text.empty());
  }
}

}  // namespace
}  // namespace shaketable::engine
