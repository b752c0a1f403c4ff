#include <vector>

#include <gtest/gtest.h>

#include "loadgen/live/exchange.h"

namespace shaketable::loadgen::live {
namespace {

std::vector<Exchange*> drained(ExchangeList& list) {
  std::vector<Exchange*> all;
  while (Exchange* const exchange = list.pop_front()) {
    all.push_back(exchange);
  }
  return all;
}

TEST(ExchangeListTest, TakesOneOutWhereverItStands) {
  for (std::size_t place = 0; place < 3; ++place) {
    Exchange exchanges[3];
    ExchangeList list;
    for (Exchange& exchange : exchanges) {
      list.push_back(exchange);
    }

    EXPECT_TRUE(list.remove(exchanges[place]));
    EXPECT_EQ(list.size(), 2U);
    EXPECT_FALSE(list.remove(exchanges[place]));
    list.push_back(exchanges[place]);

    std::vector<Exchange*> expected;
    for (std::size_t i = 0; i < 3; ++i) {
      if (i != place) {
        expected.push_back(&exchanges[i]);
      }
    }
    expected.push_back(&exchanges[place]);
    EXPECT_EQ(drained(list), expected);
    EXPECT_TRUE(list.empty());
  }
}

TEST(ExchangeListTest, LeavesOneOfAnotherListAlone) {
  Exchange exchange;
  ExchangeList one;
  ExchangeList other;
  one.push_back(exchange);

  EXPECT_FALSE(other.remove(exchange));
  EXPECT_EQ(one.size(), 1U);
  EXPECT_EQ(other.size(), 0U);
  EXPECT_EQ(one.pop_front(), &exchange);
  EXPECT_EQ(exchange.list, nullptr);
  EXPECT_EQ(one.pop_front(), nullptr);
}

}  // namespace
}  // namespace shaketable::loadgen::live
