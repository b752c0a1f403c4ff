#include "proxy/live/spare_memory.h"

#include <gtest/gtest.h>

namespace shaketable::proxy::live {
namespace {

constexpr std::uint64_t kMiB = 1U << 20U;

ProcessUsage usage(std::uint64_t resident_mib, std::uint64_t in_use_mib) {
  ProcessUsage result;
  result.resident_bytes = resident_mib * kMiB;
  result.heap_bytes = in_use_mib * kMiB;
  return result;
}

TEST(SpareMemoryTest, IsNotWorthItWhileWhatIsThereIsInUse) {
  SpareMemory spare;
  EXPECT_FALSE(spare.is_worth_it(usage(12, 2)));
  EXPECT_FALSE(spare.is_worth_it(usage(112, 102)));
  EXPECT_FALSE(spare.is_worth_it(usage(115, 102))) << "a little is always free";
}

TEST(SpareMemoryTest, IsWorthItBehindAPeak) {
  SpareMemory spare;
  EXPECT_FALSE(spare.is_worth_it(usage(12, 2)));
  EXPECT_FALSE(spare.is_worth_it(usage(52, 42)));
  EXPECT_TRUE(spare.is_worth_it(usage(52, 3)));
}

TEST(SpareMemoryTest, IsWorthItAgainBehindThePeakThatFollows) {
  SpareMemory spare;
  EXPECT_FALSE(spare.is_worth_it(usage(12, 2)));
  EXPECT_TRUE(spare.is_worth_it(usage(52, 3)));
  spare.note_given_back(usage(15, 3));
  EXPECT_FALSE(spare.is_worth_it(usage(15, 3)));
  // Nobody looked while the peak lasted.
  EXPECT_TRUE(spare.is_worth_it(usage(52, 3)));
}

TEST(SpareMemoryTest, IsNotWorthItAgainForWhatCannotBeGivenBack) {
  SpareMemory spare;
  EXPECT_FALSE(spare.is_worth_it(usage(12, 2)));
  EXPECT_TRUE(spare.is_worth_it(usage(52, 12)));
  spare.note_given_back(usage(50, 12));
  EXPECT_FALSE(spare.is_worth_it(usage(50, 12)));
  EXPECT_FALSE(spare.is_worth_it(usage(53, 12)));
  EXPECT_TRUE(spare.is_worth_it(usage(56, 12)));
}

}  // namespace
}  // namespace shaketable::proxy::live
