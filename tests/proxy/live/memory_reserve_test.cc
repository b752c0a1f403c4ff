#include "proxy/live/memory_reserve.h"

#include <new>

#include <gtest/gtest.h>

namespace shaketable::proxy::live {
namespace {

/// The handler stays with the test's process no longer than the test.
class MemoryReserveTest : public testing::Test {
 protected:
  MemoryReserveTest() { keep_memory_reserve(); }
  ~MemoryReserveTest() override { std::set_new_handler(nullptr); }

  /// As operator new does when there is no memory.
  static void fail_an_allocation() { std::get_new_handler()(); }
};

TEST_F(MemoryReserveTest, LetsAnAllocationThatFailedBeTriedAgain) {
  const std::uint64_t before = memory_shortages();
  fail_an_allocation();
  EXPECT_EQ(memory_shortages(), before + 1);
  renew_memory_reserve();
  fail_an_allocation();
  EXPECT_EQ(memory_shortages(), before + 2);
  renew_memory_reserve();
}

TEST_F(MemoryReserveTest, EndsWithAMessageWhenTheReserveIsUsedUp) {
  EXPECT_EXIT(
      {
        fail_an_allocation();
        fail_an_allocation();
      },
      testing::ExitedWithCode(3), "out of memory");
}

TEST_F(MemoryReserveTest, IsTakenOnce) {
  renew_memory_reserve();
  renew_memory_reserve();
  EXPECT_EXIT(
      {
        fail_an_allocation();
        fail_an_allocation();
      },
      testing::ExitedWithCode(3), "out of memory");
}

}  // namespace
}  // namespace shaketable::proxy::live
