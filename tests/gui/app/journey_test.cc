#include <QApplication>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QFile>
#include <QFileDialog>
#include <QInputDialog>
#include <QLineEdit>
#include <QListWidget>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <algorithm>

#include <gtest/gtest.h>

#include "gui/app/command_palette.h"
#include "gui/app/main_window.h"
#include "gui/app/start_page.h"
#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_wizard.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

/// Does something with the next dialog that stands in the way, once it is there.
void with_next_dialog(const std::function<void(QWidget&)>& act) {
  auto* const timer = new QTimer(qApp);
  QObject::connect(timer, &QTimer::timeout, timer, [timer, act] {
    QWidget* const dialog = QApplication::activeModalWidget();
    if (dialog != nullptr && dialog->isVisible()) {
      timer->stop();
      timer->deleteLater();
      act(*dialog);
    }
  });
  timer->start(1);
}

/// Types a text into the first line of the next dialog, and presses Enter.
void type_into_next_dialog(const QString& text) {
  with_next_dialog([text](QWidget& dialog) {
    auto* const line = dialog.findChild<QLineEdit*>();
    ASSERT_NE(line, nullptr);
    line->selectAll();
    if (qobject_cast<QFileDialog*>(&dialog) != nullptr) {
      line->setText(text);  // Its completer looks at the disk for each letter.
    } else {
      QTest::keyClicks(line, text);
    }
    QTest::keyClick(line, Qt::Key_Return);
  });
}

/// A person with a mouse and a keyboard before an empty window.
class JourneyTest : public testing::Test {
 protected:
  JourneyTest() {
    QApplication::setAttribute(Qt::AA_DontUseNativeDialogs);
    window_.show();
    EXPECT_TRUE(QTest::qWaitForWindowExposed(&window_));
  }

  Workbench& bench() { return window_.workbench(); }
  CanvasView& canvas() { return window_.canvas(); }
  QPoint at(const std::string& service, double share = 0.5) {
    const QRectF& box = canvas().scene().nodes()[*canvas().scene().find(service)].box;
    return canvas().to_view(QPointF(box.left() + box.width() * share, box.center().y())).toPoint();
  }
  void double_click_ground(double across, double down) {
    const QPoint point(static_cast<int>(canvas().width() * across),
                       static_cast<int>(canvas().height() * down));
    QTest::mouseDClick(&canvas(), Qt::LeftButton, {}, point);
  }
  /// Selects a service with the mouse and renames it with F2.
  void rename(const std::string& service, const QString& name) {
    QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at(service));
    type_into_next_dialog(name);
    press(Qt::Key_F2);
  }
  void draw_call(const std::string& from, const std::string& to) {
    QTest::mousePress(&canvas(), Qt::LeftButton, {}, at(from, 1.0));
    QTest::mouseMove(&canvas(), (at(from, 1.0) + at(to)) / 2);
    QTest::mouseMove(&canvas(), at(to));
    QTest::mouseRelease(&canvas(), Qt::LeftButton, {}, at(to));
  }
  /// A key as the window gets it.
  void press(Qt::Key key, Qt::KeyboardModifiers modifiers = {}) {
    for (QAction* const act : window_.actions()) {
      if (act->shortcuts().contains(QKeySequence(modifiers.toInt() | key)) && act->isEnabled()) {
        act->trigger();  // Offscreen windows are never active, so keys reach no shortcut.
        return;
      }
    }
    ADD_FAILURE() << "no action has this key: "
                  << QKeySequence(modifiers.toInt() | key).toString().toStdString();
  }
  /// Chooses by typing into the command palette.
  void by_palette(const QString& typed) {
    press(Qt::Key_K, Qt::ControlModifier);
    auto* const palette = window_.findChild<CommandPalette*>();
    ASSERT_NE(palette, nullptr);
    QTest::keyClicks(&palette->line(), typed);
    ASSERT_GT(palette->list().count(), 0) << typed.toStdString();
    QTest::keyClick(&palette->line(), Qt::Key_Return);
    delete palette;
  }
  bool has_happened(engine::EventKind kind) {
    const auto& events = bench().shown()->history.events();
    return std::any_of(events.begin(), events.end(),
                       [&](const engine::RunEvent& event) { return event.kind == kind; });
  }

  MainWindow window_;
};

TEST_F(JourneyTest, DrawsThreeServicesRunsBreaksLooksBackExportsAndOpensAgain) {
  const QTemporaryDir folder;
  auto& templates = window_.findChild<StartPage*>()->templates();
  QTest::mouseClick(templates.viewport(), Qt::LeftButton, {},
                    templates.visualItemRect(templates.item(0)).center());
  ASSERT_NE(text_of(bench()).find("my-mesh"), std::string::npos) << "the empty mesh";

  double_click_ground(0.2, 0.3);
  ASSERT_EQ(canvas().scene().nodes().size(), 1);
  rename("service", QStringLiteral("gateway"));
  EXPECT_EQ(canvas().scene().pinned().size(), 1) << "a box keeps its place under another name";
  canvas().fit();
  double_click_ground(0.9, 0.2);
  rename("service", QStringLiteral("orders"));
  canvas().fit();
  double_click_ground(0.9, 0.9);
  rename("service", QStringLiteral("payment"));
  canvas().fit();
  ASSERT_EQ(bench().scenario()->mesh.services.size(), 3) << text_of(bench());
  draw_call("gateway", "orders");
  draw_call("orders", "payment");
  ASSERT_EQ(canvas().scene().edges().size(), 2) << text_of(bench());

  QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at("gateway"));
  by_palette(QStringLiteral("send load"));
  ASSERT_EQ(bench().scenario()->loads.size(), 1) << text_of(bench());

  // A circuit breaker on the calls of one service to another, by the wizard.
  const QPoint line =
      canvas()
          .to_view(
              canvas().scene().edges()[*canvas().scene().find_edge("orders", "payment")].at(0.5))
          .toPoint();
  QTest::mouseClick(&canvas(), Qt::LeftButton, {}, line);
  ASSERT_EQ(bench().selection(), Selection::of_edge("orders", "payment"));
  by_palette(QStringLiteral("circuit breaker"));
  auto* const wizard = window_.findChild<PolicyWizard*>();
  ASSERT_NE(wizard, nullptr);
  auto* const limit = wizard->form()->findChild<OptionalNumber*>(QStringLiteral("max_requests"));
  limit->tick().setFocus();
  QTest::keyClick(&limit->tick(), Qt::Key_Space);
  limit->number().selectAll();
  QTest::keyClicks(&limit->number(), QStringLiteral("5"));
  QTest::mouseClick(&wizard->apply_button(), Qt::LeftButton);
  ASSERT_NE(text_of(bench()).find("max_requests: 5"), std::string::npos) << text_of(bench());

  const QString path = folder.filePath(QStringLiteral("drawn.yaml"));
  type_into_next_dialog(path);
  press(Qt::Key_S, Qt::ControlModifier);
  ASSERT_TRUE(QFile::exists(path));
  EXPECT_FALSE(window_.isWindowModified());

  // Run, and slow the payment down.
  run_and_pause_at(bench(), Instant(3s));
  EXPECT_FALSE(has_happened(engine::EventKind::kCircuitOpen));
  QTest::mouseClick(&canvas(), Qt::LeftButton, {}, at("payment"));
  by_palette(QStringLiteral("break: cpu work 10 times"));
  wait_for([&] { return bench().shown()->status.acts == 1; });
  bench().run_until(Instant(12s));
  wait_for([&] { return has_happened(engine::EventKind::kCircuitOpen); });
  press(Qt::Key_F6);  // As fast as it goes, to the end.
  wait_for([&] { return bench().shown()->result != nullptr; });

  // Back to when the circuit opened, on the time line.
  const auto& events = bench().shown()->history.events();
  const auto opened = std::find_if(events.begin(), events.end(), [](const auto& event) {
    return event.kind == engine::EventKind::kCircuitOpen;
  });
  TimelineStrip& strip = window_.timeline().strip();
  const int x = static_cast<int>(std::lround(strip.x_of(opened->at))) + 1;
  QTest::mouseClick(&strip, Qt::LeftButton, {}, QPoint(x, strip.height() - 8));
  EXPECT_FALSE(bench().follows());
  EXPECT_LT(bench().moment(), Instant(12s));
  ASSERT_TRUE(bench().look().has_value());

  const QString report = folder.filePath(QStringLiteral("drawn.html"));
  type_into_next_dialog(report);
  press(Qt::Key_R, Qt::ControlModifier);
  EXPECT_TRUE(QFile::exists(report));

  MainWindow again;
  ASSERT_TRUE(again.open(path));
  EXPECT_EQ(text_of(again.workbench()), text_of(bench()));
  EXPECT_EQ(again.canvas().scene().edges().size(), 2);
  const auto places = canvas().scene().pinned();
  ASSERT_EQ(again.canvas().scene().pinned().size(), places.size());
  for (const auto& [name, place] : again.canvas().scene().pinned()) {
    EXPECT_LT((place.at - places.at(name).at).manhattanLength(), 0.3) << name;
  }
}

}  // namespace
}  // namespace shaketable::gui
