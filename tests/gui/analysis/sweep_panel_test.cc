#include "gui/analysis/sweep_panel.h"

#include <QComboBox>
#include <QLineEdit>
#include <QPushButton>
#include <QTableWidget>
#include <QTest>

#include <gtest/gtest.h>

#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class SweepPanelTest : public testing::Test {
 protected:
  SweepPanelTest() {
    bench_.create(QStringLiteral("shop.yaml"), kTestShop);
    panel_.resize(900, 240);
    panel_.show();
  }
  void run_all() {
    QTest::mouseClick(&panel_.run_button(), Qt::LeftButton);
    wait_for([&] { return panel_.run_button().text() == QStringLiteral("Run all"); });
  }

  Workbench bench_;
  SweepPanel panel_{bench_};
};

TEST_F(SweepPanelTest, RunsEveryChoiceAndShowsWhatCameOfIt) {
  panel_.path(0).setText(QStringLiteral("services.stock.instances"));
  panel_.values(0).setText(QStringLiteral("2, 3"));
  panel_.path(1).setText(QStringLiteral("load.customers.rate"));
  panel_.values(1).setText(QStringLiteral("50/s, 100/s, 200/s"));
  run_all();

  ASSERT_EQ(panel_.table().columnCount(), 2);
  ASSERT_EQ(panel_.table().rowCount(), 3);
  EXPECT_EQ(panel_.table().verticalHeaderItem(1)->text(), QStringLiteral("rate 100/s"));
  panel_.metric().setCurrentIndex(3);
  EXPECT_TRUE(panel_.table().item(0, 0)->text().endsWith(QStringLiteral("/s")))
      << panel_.table().item(0, 0)->text().toStdString();
  EXPECT_NE(panel_.table().item(0, 0)->background(), panel_.table().item(2, 0)->background())
      << "the least and the most have other colours";
  EXPECT_TRUE(panel_.verdict().contains(QStringLiteral("of 6 runs passed")))
      << panel_.verdict().toStdString();
}

TEST_F(SweepPanelTest, TheValuesOfACellAreTakenOverAsOneStep) {
  EXPECT_FALSE(panel_.take_button().isEnabled());
  panel_.propose({"services", "stock", "instances"});
  EXPECT_EQ(panel_.path(0).text(), QStringLiteral("services.stock.instances"));
  panel_.values(0).setText(QStringLiteral("2, 5"));
  run_all();
  panel_.table().setCurrentCell(0, 1);
  ASSERT_TRUE(panel_.take_button().isEnabled());
  QTest::mouseClick(&panel_.take_button(), Qt::LeftButton);
  EXPECT_EQ(written_value(bench_.document().source(), {"services", "stock", "instances"}), "5");
  bench_.undo();
  EXPECT_EQ(text_of(bench_), kTestShop);
}

TEST_F(SweepPanelTest, WhatCannotRunSaysWhy) {
  EXPECT_FALSE(panel_.run_button().isEnabled()) << "nothing is chosen yet";
  panel_.path(0).setText(QStringLiteral("services.stock.instances"));
  EXPECT_FALSE(panel_.run_button().isEnabled());
  panel_.values(0).setText(QStringLiteral("1..90, 1..90, 1..90, 1..90, 1..90"));
  EXPECT_FALSE(panel_.run_button().isEnabled());
  EXPECT_TRUE(panel_.verdict().contains(QStringLiteral("too many")));
  panel_.values(0).setText(QStringLiteral("many, 2"));
  run_all();
  EXPECT_TRUE(panel_.table().item(0, 0)->text().contains(QStringLiteral("cannot run")));
  EXPECT_FALSE(panel_.table().item(0, 0)->toolTip().isEmpty());
  EXPECT_TRUE(panel_.table().item(0, 1)->text().contains(QStringLiteral("%")));
}

TEST_F(SweepPanelTest, IsStoppedAndForgottenWithItsDocument) {
  panel_.path(0).setText(QStringLiteral("services.stock.instances"));
  panel_.values(0).setText(QStringLiteral("2..90"));
  QTest::mouseClick(&panel_.run_button(), Qt::LeftButton);
  EXPECT_EQ(panel_.run_button().text(), QStringLiteral("Stop"));
  QTest::mouseClick(&panel_.run_button(), Qt::LeftButton);
  EXPECT_EQ(panel_.run_button().text(), QStringLiteral("Run all"));
  bench_.create(QStringLiteral("other.yaml"), kTestShop);
  EXPECT_EQ(panel_.sweep(), nullptr);
  EXPECT_EQ(panel_.table().columnCount(), 0);
}

}  // namespace
}  // namespace shaketable::gui
