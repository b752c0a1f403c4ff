#include "engine/judge/names.h"

#include <chrono>

#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

TEST(NamesTest, AFaultOfRequestsNamesTheirCallerIfItHasOne) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.fault("hole", FaultKind::kBlackhole, "b", 20, 0);
  EXPECT_EQ(fault_words(builder.scenario, 0), "all requests to b never answered");

  Fault& fault = builder.scenario.faults[0];
  fault.other.service = 0;
  fault.ppm = 200'000;
  EXPECT_EQ(fault_words(builder.scenario, 0), "20 % of requests of a to b never answered");
}

TEST(NamesTest, AFaultThatRisesSaysHowLong) {
  RecordBuilder builder({"a", "b"}, 60);
  builder.fault("rot", FaultKind::kSlow, "b", 20, 0);
  Fault& fault = builder.scenario.faults[0];
  fault.factor_ppm = 3'000'000;
  fault.ramp = std::chrono::seconds(10);

  EXPECT_EQ(fault_words(builder.scenario, 0),
            "CPU work of b takes 3 times as long, rising to that within 10 s");
}

TEST(NamesTest, APushToEverybodyDoesNotNameThemAll) {
  RecordBuilder builder({"a", "b", "c", "d"}, 60);
  builder.fault("push", FaultKind::kConfigPush, "a", 20, 0);
  Fault& fault = builder.scenario.faults[0];
  for (ServiceIndex service = 0; service < 4; ++service) {
    fault.policies.push_back({.service = service});
  }

  EXPECT_EQ(fault_words(builder.scenario, 0), "new policies for all calls pushed to the sidecars");
}

}  // namespace
}  // namespace shaketable::engine
