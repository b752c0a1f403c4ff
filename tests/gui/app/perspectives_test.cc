#include <QDockWidget>
#include <QSettings>
#include <QTest>
#include <QToolBar>
#include <QToolButton>

#include <gtest/gtest.h>

#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class PerspectivesTest : public testing::Test {
 protected:
  PerspectivesTest() { QSettings().clear(); }
  ~PerspectivesTest() override { QSettings().clear(); }

  static std::unique_ptr<MainWindow> window() {
    auto made = std::make_unique<MainWindow>();
    made->restore_arrangements();
    made->show();
    made->workbench().create(QStringLiteral("shop.yaml"), kTestShop);
    return made;
  }
  static QDockWidget& dock(MainWindow& window, const char* name) {
    return *window.findChild<QDockWidget*>(QLatin1String(name));
  }
  static QString page(MainWindow& window) {
    return window.tabs().tabText(window.tabs().currentIndex());
  }
};

TEST_F(PerspectivesTest, EachIsArrangedAsItWasLeft) {
  const auto window = PerspectivesTest::window();
  EXPECT_EQ(window->perspective(), Perspective::kRun);
  EXPECT_EQ(page(*window), QStringLiteral("Charts"));
  dock(*window, "dock_inspector").hide();
  window->action(QStringLiteral("tab5"))->trigger();
  EXPECT_EQ(page(*window), QStringLiteral("Events"));

  window->action(QStringLiteral("perspective_edit"))->trigger();
  EXPECT_TRUE(dock(*window, "dock_inspector").isVisible());
  EXPECT_EQ(page(*window), QStringLiteral("Tracks"));
  window->show_source(true);

  window->action(QStringLiteral("perspective_run"))->trigger();
  EXPECT_FALSE(dock(*window, "dock_inspector").isVisible());
  EXPECT_EQ(page(*window), QStringLiteral("Events"));
  EXPECT_FALSE(window->source().isVisible());
  window->action(QStringLiteral("perspective_edit"))->trigger();
  EXPECT_TRUE(window->source().isVisible());
  EXPECT_TRUE(window->findChild<QToolBar*>(QStringLiteral("tools"))->isVisible());
}

TEST_F(PerspectivesTest, AreAsTheyWereLeftWhenTheApplicationStartsAgain) {
  {
    const auto window = PerspectivesTest::window();
    dock(*window, "dock_outline").hide();
    window->action(QStringLiteral("perspective_analyse"))->trigger();
    EXPECT_EQ(page(*window), QStringLiteral("Why"));
    window->action(QStringLiteral("tab8"))->trigger();
    window->close();
  }
  const auto window = PerspectivesTest::window();
  EXPECT_EQ(window->perspective(), Perspective::kAnalyse);
  EXPECT_TRUE(window->action(QStringLiteral("perspective_analyse"))->isChecked());
  EXPECT_EQ(page(*window), QStringLiteral("Runs"));
  EXPECT_TRUE(dock(*window, "dock_outline").isVisible());
  window->set_perspective(Perspective::kRun);
  EXPECT_FALSE(dock(*window, "dock_outline").isVisible());
}

TEST_F(PerspectivesTest, AsAtFirstTakesBackWhatWasMovedAbout) {
  const auto window = PerspectivesTest::window();
  dock(*window, "dock_below").hide();
  dock(*window, "dock_outline").hide();
  window->action(QStringLiteral("perspective_usual"))->trigger();
  EXPECT_TRUE(dock(*window, "dock_below").isVisible());
  EXPECT_TRUE(dock(*window, "dock_outline").isVisible());
}

TEST_F(PerspectivesTest, ThePageBeforeAFileIsOpenHasNoPanels) {
  MainWindow window;
  window.restore_arrangements();
  window.show();
  EXPECT_FALSE(dock(window, "dock_outline").isVisible());
  window.set_perspective(Perspective::kEdit);
  EXPECT_FALSE(dock(window, "dock_outline").isVisible());
  window.workbench().create(QStringLiteral("shop.yaml"), kTestShop);
  EXPECT_TRUE(dock(window, "dock_outline").isVisible());
  EXPECT_EQ(page(window), QStringLiteral("Tracks"));
}

}  // namespace
}  // namespace shaketable::gui
