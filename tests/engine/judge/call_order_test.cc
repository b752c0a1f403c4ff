#include "engine/judge/call_order.h"

#include <gtest/gtest.h>

#include "tests/support/record_builder.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

TEST(CallOrderTest, CalleesComeBeforeTheirCallers) {
  RecordBuilder builder({"shop", "catalog", "price", "erp"}, 2);
  const std::vector<Traffic> some{{0, 2, 1, 0, 1ms}};
  builder.edge("shop", "price", some)
      .edge("shop", "catalog", some)
      .edge("catalog", "price", some)
      .edge("price", "erp", some);

  const std::vector<std::size_t> place = callees_first(builder.scenario, builder.finish());

  EXPECT_EQ(place, (std::vector<std::size_t>{3, 2, 1, 0}));
}

TEST(CallOrderTest, ACycleIsCutSomewhere) {
  RecordBuilder builder({"a", "b"}, 2);
  const std::vector<Traffic> some{{0, 2, 1, 0, 1ms}};
  builder.edge("a", "b", some).edge("b", "a", some);

  EXPECT_EQ(callees_first(builder.scenario, builder.finish()), (std::vector<std::size_t>{1, 0}));
}

}  // namespace
}  // namespace shaketable::engine
