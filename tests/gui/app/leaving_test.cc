#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QMessageBox>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <csignal>

#include <gtest/gtest.h>

#include "gui/app/end_signals.h"
#include "gui/app/main_window.h"
#include "gui/app/recovery.h"
#include "gui/document/mesh_edits.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

/// Windows that are left, by a person or by a crash, and what comes back.
class LeavingTest : public testing::Test {
 protected:
  LeavingTest() {
    qputenv("XDG_STATE_HOME", state_.path().toUtf8());
    path_ = folder_.filePath(QStringLiteral("shop.yaml"));
    QFile file(path_);
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(kTestShop);
  }
  ~LeavingTest() override { QSettings().clear(); }

  /// A window with the file, whose changes outlive a crash.
  std::unique_ptr<MainWindow> opened() {
    auto window = std::make_unique<MainWindow>();
    window->show();
    window->use_recovery();
    EXPECT_TRUE(window->open(path_));
    return window;
  }
  static void change(MainWindow& window) {
    EXPECT_TRUE(window.workbench().edit(set_value(window.workbench().document().source(),
                                                  {"services", "stock", "instances"}, "7")));
  }
  /// Lets a fault happen in a run that is paused.
  static void shake(MainWindow& window) {
    Workbench& bench = window.workbench();
    run_and_pause_at(bench, Instant(2s));
    bench.break_now("stock-errors", "on: stock, abort: {status: 503}, for: 3s");
    wait_for([&] { return bench.shown()->status.acts == 1; });
  }
  static void press(MainWindow& window, const QString& button) {
    for (QPushButton* const each : window.message().findChildren<QPushButton*>()) {
      if (each->isVisible() && each->text() == button) {
        QTest::mouseClick(each, Qt::LeftButton);
        return;
      }
    }
    ADD_FAILURE() << "no button " << button.toStdString() << " beside "
                  << window.message().text().toStdString();
  }
  /// Answers the next question whether to save.
  void answer(MainWindow& window, QMessageBox::StandardButton with) {
    QObject::connect(&answering_, &QTimer::timeout, &window, [this, &window, with] {
      if (auto* const box = window.findChild<QMessageBox*>(QStringLiteral("leave"))) {
        answering_.stop();
        asked_ = box->text();
        box->button(with)->click();
      }
    });
    answering_.start(1);
  }

  QTemporaryDir state_, folder_;
  QString path_, asked_;
  QTimer answering_;
};

TEST_F(LeavingTest, PlacesOfBoxesOutliveACrash) {
  Places places;
  {
    const auto window = opened();
    window->canvas().select_services({"stock"});
    QTest::keyClick(&window->canvas(), Qt::Key_Down, Qt::ShiftModifier);
    places = window->canvas().scene().pinned();
    ASSERT_EQ(places.size(), 1);
    EXPECT_TRUE(window->recovery()->keep());
  }
  MainWindow again;
  again.show();
  again.use_recovery();
  press(again, QStringLiteral("Restore"));
  EXPECT_EQ(again.canvas().scene().pinned(), places);
  EXPECT_TRUE(again.isWindowModified());
}

TEST_F(LeavingTest, WhatWasDoneToARunOutlivesACrash) {
  {
    const auto window = opened();
    shake(*window);
    EXPECT_TRUE(window->recovery()->keep());
  }
  MainWindow again;
  again.show();
  again.use_recovery();
  press(again, QStringLiteral("Restore"));
  ASSERT_NE(again.workbench().scenario(), nullptr);
  ASSERT_EQ(again.workbench().scenario()->faults.size(), 2) << text_of(again.workbench());
  again.action(QStringLiteral("undo"))->trigger();
  EXPECT_EQ(text_of(again.workbench()), kTestShop);
}

TEST_F(LeavingTest, AllThatWasLeftIsOfferedAndCanBeGivenUp) {
  for (const char* const instances : {"7", "8"}) {
    const auto window = opened();
    EXPECT_TRUE(window->workbench().edit(set_value(window->workbench().document().source(),
                                                   {"services", "stock", "instances"}, instances)));
    EXPECT_TRUE(window->recovery()->keep());
  }
  ASSERT_EQ(Recovery::left_behind().size(), 2);
  EXPECT_EQ(Recovery::changes_of(Recovery::left_behind().front()).size(), 1);
  MainWindow again;
  again.show();
  again.use_recovery();
  EXPECT_TRUE(again.message().text().contains(QStringLiteral("1 document")));
  press(again, QStringLiteral("Discard"));
  EXPECT_EQ(Recovery::left_behind().size(), 1);
  EXPECT_FALSE(again.message().text().isEmpty()) << "the other one is offered next";
  press(again, QStringLiteral("Restore"));
  EXPECT_TRUE(again.message().text().isEmpty());
  EXPECT_TRUE(again.workbench().document().is_modified());
}

TEST_F(LeavingTest, WhatWasDoneToARunIsAskedForAndSavedAsFaults) {
  const auto window = opened();
  shake(*window);
  answer(*window, QMessageBox::Save);
  EXPECT_TRUE(window->close());
  EXPECT_TRUE(asked_.contains(QStringLiteral("run 1"))) << asked_.toStdString();
  QFile file(path_);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_TRUE(file.readAll().contains("stock-errors"));
}

TEST_F(LeavingTest, WhatIsKeptIsNotAskedForAgain) {
  const auto window = opened();
  shake(*window);
  window->action(QStringLiteral("keep_acts"))->trigger();
  window->action(QStringLiteral("save"))->trigger();
  EXPECT_TRUE(window->close());
  EXPECT_TRUE(asked_.isEmpty());
}

TEST_F(LeavingTest, TheAnswerCancelStays) {
  const auto window = opened();
  change(*window);
  answer(*window, QMessageBox::Cancel);
  EXPECT_FALSE(window->close());
  EXPECT_TRUE(window->workbench().document().is_modified());
  answer(*window, QMessageBox::Discard);
  EXPECT_TRUE(window->close());
  EXPECT_TRUE(Recovery::left_behind().empty());
}

TEST_F(LeavingTest, BeingToldToEndKeepsWhatWasJustTyped) {
  {
    const auto window = opened();
    const EndSignals ends;
    int number = 0;
    QObject::connect(&ends, &EndSignals::asked_to_end, window.get(), [&](int signal) {
      window->keep_all();
      number = signal;
    });
    change(*window);
    std::raise(SIGTERM);
    wait_for([&] { return number != 0; });
    EXPECT_EQ(number, SIGTERM);
  }
  EXPECT_EQ(Recovery::left_behind().size(), 1);
}

}  // namespace
}  // namespace shaketable::gui
