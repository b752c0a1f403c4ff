#include "engine/judge/names.h"

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

}  // namespace
}  // namespace shaketable::engine
