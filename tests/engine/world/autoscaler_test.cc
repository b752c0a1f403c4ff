#include "engine/world/autoscaler.h"

#include <chrono>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using proxy::Instant;

Instant at(Duration offset) { return Instant{} + offset; }

Autoscale settings() {
  Autoscale settings;
  settings.min = 1;
  settings.max = 100;
  settings.target_ppm = 500'000;
  settings.scale_down_stabilization = 0s;
  return settings;
}

/// All instances work and are as busy as that.
Autoscaler::Sample all(std::uint32_t instances, std::uint64_t busy_ppm) {
  return {.wanted = instances, .ready = instances, .busy_ppm = busy_ppm};
}

TEST(AutoscalerTest, WantsAsManyAsWouldBeAsBusyAsWanted) {
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(4, 900'000)), 8U) << "7.2, rounded up";
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(10, 200'000)), 4U);
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(3, 0)), 1U);
}

TEST(AutoscalerTest, DoesNothingWithinItsTolerance) {
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(10, 550'000)), 10U);
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(10, 450'000)), 10U);
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(10, 551'000)), 12U);
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), all(10, 449'000)), 9U);
}

TEST(AutoscalerTest, StaysBetweenItsBounds) {
  Autoscale narrow = settings();
  narrow.min = 3;
  narrow.max = 6;
  EXPECT_EQ(Autoscaler(narrow).decide(at(15s), all(4, 1'000'000)), 6U);
  EXPECT_EQ(Autoscaler(narrow).decide(at(15s), all(4, 10'000)), 3U);
  EXPECT_EQ(Autoscaler(narrow).decide(at(15s), all(9, 500'000)), 6U) << "someone asked for more";
  EXPECT_EQ(Autoscaler(narrow).decide(at(15s), all(1, 0)), 3U);
}

TEST(AutoscalerTest, AddsAtMostAsManyAsThereWereOrFourWithinFifteenSeconds) {
  Autoscale eager = settings();
  eager.target_ppm = 10'000;
  eager.interval = 5s;
  Autoscaler scaler(eager);
  EXPECT_EQ(scaler.decide(at(5s), all(2, 1'000'000)), 6U) << "four more";
  EXPECT_EQ(scaler.decide(at(10s), all(6, 1'000'000)), 6U) << "that was less than 15 s ago";
  EXPECT_EQ(scaler.decide(at(20s), all(6, 1'000'000)), 12U) << "twice as many";
}

TEST(AutoscalerTest, GoesDownToTheMostThatItWantedWithinItsWindow) {
  Autoscale careful = settings();
  careful.scale_down_stabilization = 60s;
  Autoscaler scaler(careful);
  EXPECT_EQ(scaler.decide(at(15s), all(10, 500'000)), 10U);
  EXPECT_EQ(scaler.decide(at(30s), all(10, 100'000)), 10U);
  EXPECT_EQ(scaler.decide(at(74s), all(10, 300'000)), 10U) << "10 were wanted 59 s ago";
  EXPECT_EQ(scaler.decide(at(76s), all(10, 100'000)), 6U) << "6 were 2 s ago";
}

TEST(AutoscalerTest, GoesUpToTheLeastThatItWantedWithinItsWindow) {
  Autoscale calm = settings();
  calm.scale_up_stabilization = 30s;
  Autoscaler scaler(calm);
  EXPECT_EQ(scaler.decide(at(15s), all(4, 500'000)), 4U);
  EXPECT_EQ(scaler.decide(at(30s), all(4, 1'000'000)), 4U);
  EXPECT_EQ(scaler.decide(at(46s), all(4, 700'000)), 6U);
}

TEST(AutoscalerTest, TakesInstancesThatStartForIdle) {
  EXPECT_EQ(Autoscaler(settings())
                .decide(at(15s), {.wanted = 4, .ready = 2, .starting = 2, .busy_ppm = 1'000'000}),
            4U)
      << "2 x 100 % over 4 is as busy as wanted";
  EXPECT_EQ(Autoscaler(settings())
                .decide(at(15s), {.wanted = 3, .ready = 2, .starting = 1, .busy_ppm = 1'000'000}),
            4U);
}

TEST(AutoscalerTest, TakesInstancesThatAreDownForBusyBeforeItTakesAnyAway) {
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), {.wanted = 4, .ready = 2, .busy_ppm = 100'000}),
            4U)
      << "2 x 10 % and 2 x 100 % would even be too busy";
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), {.wanted = 8, .ready = 7, .busy_ppm = 100'000}),
            4U);
  EXPECT_EQ(Autoscaler(settings()).decide(at(15s), {.wanted = 8, .ready = 0, .busy_ppm = 0}), 8U)
      << "nobody can tell";
}

}  // namespace
}  // namespace shaketable::engine
