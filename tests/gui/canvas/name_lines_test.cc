#include "gui/canvas/name_lines.h"

#include <QApplication>

#include <gtest/gtest.h>

namespace shaketable::gui {
namespace {

using Lines = std::pair<QString, QString>;

class NameLinesTest : public testing::Test {
 protected:
  /// Broken for the width that a text takes.
  Lines lines(const char* name, const char* as_wide_as) const {
    return name_lines(QLatin1String(name), metrics_,
                      metrics_.horizontalAdvance(QLatin1String(as_wide_as)) + 0.5);
  }
  QFontMetricsF metrics_{QApplication::font()};
};

TEST_F(NameLinesTest, ANameThatFitsIsOneLine) {
  EXPECT_EQ(lines("cart", "cartservice"), Lines("cart", ""));
}

TEST_F(NameLinesTest, NamesAreBrokenWhereAPersonWould) {
  EXPECT_EQ(lines("checkout-api", "checkout-"), Lines("checkout-", "api"));
  EXPECT_EQ(lines("checkoutApi", "checkout"), Lines("checkout", "Api"));
  EXPECT_EQ(lines("checkoutservice", "checkouts"), Lines("checkout", "service"));
  EXPECT_EQ(lines("ingressgateway", "ingressgat"), Lines("ingress", "gateway"));
  EXPECT_EQ(lines("transactionhistory", "transactionhis"), Lines("transaction", "history"));
}

TEST_F(NameLinesTest, TheLatestSeamThatFitsIsTaken) {
  EXPECT_EQ(lines("a-b-c-dddddddddd", "a-b-c-d").first, "a-b-c-");
}

TEST_F(NameLinesTest, WithoutASeamAHyphenTellsThatItGoesOn) {
  const auto [first, second] = lines("aaaaaaaaaaaaaaaa", "aaaaaaaa-");
  EXPECT_EQ(first, "aaaaaaaa-");
  EXPECT_EQ(second, "aaaaaaaa");
}

TEST_F(NameLinesTest, WhatIsTooLongForTwoLinesIsElided) {
  const auto [first, second] = lines("recommendationservice", "recomme");
  EXPECT_TRUE(first.endsWith(QStringLiteral("…")));
  EXPECT_EQ(second, "service");
}

}  // namespace
}  // namespace shaketable::gui
