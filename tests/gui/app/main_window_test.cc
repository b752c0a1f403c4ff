#include "gui/app/main_window.h"

#include <QComboBox>
#include <QFile>
#include <QLabel>
#include <QLineEdit>
#include <QListWidget>
#include <QMenu>
#include <QTemporaryDir>
#include <QTest>
#include <random>

#include <gtest/gtest.h>

#include "gui/app/command_palette.h"
#include "gui/app/fault_dialog.h"
#include "gui/document/mesh_edits.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class MainWindowTest : public testing::Test {
 protected:
  MainWindowTest() {
    window_.workbench().create(QStringLiteral("shop.yaml"), kTestShop);
    window_.show();
    window_.canvas().fit();
  }

  Workbench& bench() { return window_.workbench(); }
  QPoint middle_of(const std::string& service) {
    const SceneNode& node =
        window_.canvas().scene().nodes()[*window_.canvas().scene().find(service)];
    return window_.canvas().to_view(node.box.center()).toPoint();
  }
  QAction& action(const char* name) { return *window_.action(QLatin1String(name)); }
  [[nodiscard]] QString status() const {
    return window_.findChild<QLabel*>(QStringLiteral("status"))->text();
  }

  MainWindow window_;
};

/// The action of a menu, or of a menu inside of it, with this text.
QAction* find_in(const QMenu& menu, const QString& text) {
  for (QAction* const each : menu.actions()) {
    if (each->text() == text) {
      return each;
    }
    if (each->menu() != nullptr) {
      if (QAction* const inner = find_in(*each->menu(), text)) {
        return inner;
      }
    }
  }
  return nullptr;
}

std::string file_text(const QString& path) {
  QFile file(path);
  EXPECT_TRUE(file.open(QIODevice::ReadOnly)) << path.toStdString();
  return file.readAll().toStdString();
}

TEST_F(MainWindowTest, TheStatusTellsHowManyEventsAreOverAndHowManyPlanned) {
  const auto figures = [this] {
    return window_.findChild<QLabel*>(QStringLiteral("figures"))->text();
  };
  run_and_pause_at(bench(), Instant(2s));
  const std::uint64_t planned = bench().shown()->status.pending_events;
  EXPECT_GT(planned, 0);
  EXPECT_TRUE(figures().contains(QStringLiteral(" events, %1 planned").arg(planned)))
      << figures().toStdString();

  run_to_end(bench());
  EXPECT_FALSE(figures().contains(QStringLiteral("planned"))) << "nothing of it comes any more";
}

TEST_F(MainWindowTest, DrawsAMeshFromNothingSavesItAndOpensItAgain) {
  const QTemporaryDir folder;
  bench().create(QStringLiteral("new.yaml"),
                 "services:\n  web: {entry: true, endpoints: {GET /: {work: 1ms}}}\n"
                 "load: {users: {rate: 10/s, request: GET /}}\n");
  CanvasView& canvas = window_.canvas();
  canvas.fit();
  const QPoint ground(canvas.width() - 60, canvas.height() - 60);
  QTest::mouseDClick(&canvas, Qt::LeftButton, {}, ground);
  ASSERT_EQ(bench().scenario()->mesh.services.size(), 2);
  EXPECT_EQ(bench().selection(), Selection::of_service("service"));

  const QRectF web = canvas.scene().nodes()[*canvas.scene().find("web")].box;
  const QPoint port = canvas.to_view(QPointF(web.right(), web.center().y())).toPoint();
  QTest::mousePress(&canvas, Qt::LeftButton, {}, port);
  QTest::mouseMove(&canvas, middle_of("service") + QPoint(2, 2));
  QTest::mouseRelease(&canvas, Qt::LeftButton, {}, middle_of("service"));
  ASSERT_EQ(canvas.scene().edges().size(), 1);

  const QString path = folder.filePath(QStringLiteral("new.yaml"));
  ASSERT_TRUE(window_.save_to(path));
  const std::string written = file_text(path);
  EXPECT_EQ(written, text_of(bench()));
  ASSERT_TRUE(window_.open(path));
  EXPECT_EQ(bench().scenario()->mesh.services.size(), 2);
  EXPECT_EQ(canvas.scene().edges().size(), 1);
  run_to_end(bench());
  EXPECT_TRUE(bench().shown()->result->run.verdict.passed);
}

TEST_F(MainWindowTest, BreaksAServiceFromItsMenuWhileItRuns) {
  run_and_pause_at(bench(), Instant(2s));
  const auto menu = window_.context_menu(Selection::of_service("stock"));
  const QAction* const heading = menu->actions().front();
  EXPECT_EQ(heading->text(), QStringLiteral("Break it now"));
  EXPECT_FALSE(heading->isSeparator()) << "whose words a style sheet leaves out";
  EXPECT_FALSE(heading->isEnabled());
  QAction* const fail = find_in(*menu, QStringLiteral("503 for all"));
  ASSERT_NE(fail, nullptr);
  fail->trigger();
  wait_for([&] { return bench().shown()->status.acts == 1; });
  bench().run_until(Instant(4s));
  wait_for([&] { return bench().reached() >= Instant(4s); });

  EXPECT_EQ(bench().look()->nodes[1].faults.size(), 1);
  EXPECT_GT(bench().look()->nodes[0].error_share, 0.5);
  action("stop_faults").trigger();
  wait_for([&] { return bench().shown()->status.acts == 2; });
}

TEST_F(MainWindowTest, EveryFaultOfTheMenusIsOneThatTheLoaderTakes) {
  for (const Selection& selection :
       {Selection{}, Selection::of_service("stock"), Selection::of_edge("shop", "stock")}) {
    for (const FaultGroup& group : faults_for(selection, *bench().scenario())) {
      for (const FaultChoice& choice : group.choices) {
        for (const char* const length : {"10s", ""}) {
          for (const char* const ramp : {"", "2s"}) {
            const std::string what = fault_text(choice, length, ramp);
            EXPECT_TRUE(bench().plan_fault(choice.name, Instant(3s), what)) << what;
            bench().undo();
          }
        }
      }
    }
  }
  EXPECT_EQ(text_of(bench()), kTestShop);
}

TEST_F(MainWindowTest, EveryKindOfTheFaultDialogIsOneThatTheLoaderTakes) {
  for (const Selection& selection :
       {Selection{}, Selection::of_service("stock"), Selection::of_edge("shop", "stock")}) {
    FaultDialog dialog(selection, *bench().scenario(), QStringLiteral("now"));
    auto* const kinds = dialog.findChild<QComboBox*>(QStringLiteral("fault_kind"));
    ASSERT_GT(kinds->count(), 0);
    for (int i = 0; i < kinds->count(); ++i) {
      kinds->setCurrentIndex(i);
      dialog.findChild<QLineEdit*>(QStringLiteral("fault_ramp"))->setText(QStringLiteral("2s"));
      EXPECT_TRUE(bench().plan_fault(dialog.name(), Instant(3s), dialog.what())) << dialog.what();
      bench().undo();
    }
  }
}

TEST_F(MainWindowTest, UndoesMovesAndEditsInTheOrderInWhichTheyWereDone) {
  CanvasView& canvas = window_.canvas();
  const QPointF start = canvas.scene().nodes()[1].box.topLeft();
  bench().select(Selection::of_service("stock"));
  QTest::keyClick(&canvas, Qt::Key_Right, Qt::ShiftModifier);
  const QPointF moved = canvas.scene().nodes()[1].box.topLeft();
  ASSERT_NE(moved, start);
  ASSERT_TRUE(bench().edit(
      set_value(bench().document().source(), {"services", "stock", "instances"}, "5")));

  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), kTestShop);
  EXPECT_EQ(canvas.scene().nodes()[1].box.topLeft(), moved);
  action("undo").trigger();
  EXPECT_EQ(canvas.scene().nodes()[1].box.topLeft(), start);
  EXPECT_FALSE(action("undo").isEnabled());
  action("redo").trigger();
  EXPECT_EQ(canvas.scene().nodes()[1].box.topLeft(), moved);
  action("redo").trigger();
  EXPECT_NE(text_of(bench()), kTestShop);
}

TEST_F(MainWindowTest, PlacesOfBoxesAreKeptBesideTheScenario) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  ASSERT_TRUE(window_.save_to(path));
  ASSERT_TRUE(window_.open(path));
  window_.canvas().scene().move(1, QPointF(700, 222));
  Q_EMIT window_.canvas().boxes_moved();
  EXPECT_TRUE(window_.isWindowModified());
  action("save").trigger();
  EXPECT_FALSE(window_.isWindowModified());
  EXPECT_EQ(text_of(bench()), kTestShop) << "the scenario knows nothing of pictures";

  MainWindow other;
  ASSERT_TRUE(other.open(path));
  EXPECT_EQ(other.canvas().scene().nodes()[1].box.topLeft(), QPointF(700, 222));
}

TEST_F(MainWindowTest, ABoxThatIsKeptInPlaceStaysThereInTheFileAsWell) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  ASSERT_TRUE(window_.save_to(path));
  bench().select(Selection::of_service("stock"));
  action("hold").trigger();
  EXPECT_TRUE(action("hold").isChecked());
  EXPECT_TRUE(window_.isWindowModified());
  action("undo").trigger();
  EXPECT_FALSE(window_.isWindowModified());
  action("redo").trigger();
  const QPointF place = window_.canvas().scene().nodes()[1].box.topLeft();
  action("save").trigger();

  MainWindow other;
  ASSERT_TRUE(other.open(path));
  ASSERT_TRUE(other.canvas().scene().nodes()[1].held);
  other.canvas().lay_out_again();
  EXPECT_LT((other.canvas().scene().nodes()[1].box.topLeft() - place).manhattanLength(), 0.3);
}

TEST_F(MainWindowTest, ABrokenFileOpensAtItsFirstMistakeWithWhatCouldBeRead) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("broken.yaml"));
  std::string broken = kTestShop;
  broken.replace(broken.find("instances: 2"), 12, "instances: x");
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(broken.c_str());
  file.close();

  ASSERT_TRUE(window_.open(path));

  EXPECT_EQ(window_.canvas().scene().nodes().size(), 2);
  EXPECT_TRUE(window_.message().text().startsWith(QStringLiteral("1 mistake")));
  EXPECT_EQ(window_.problems().topLevelItemCount(), 1);
  EXPECT_TRUE(window_.problems().isVisible());
  EXPECT_EQ(window_.source().text().textCursor().blockNumber() + 1, 3);
  EXPECT_EQ(status(), QStringLiteral("Cannot run yet: 1 mistake, see Problems"));
  action("run").trigger();
  EXPECT_TRUE(bench().runs().empty()) << "a part of a scenario does not run";
  bench().type(path.toStdString(), kTestShop);
  EXPECT_EQ(status(), QStringLiteral("Ready to run"));
  run_to_end(bench());
  bench().type(path.toStdString(), broken);
  EXPECT_TRUE(status().endsWith(QStringLiteral("has changed since, and has 1 mistake")))
      << status().toStdString();
}

TEST_F(MainWindowTest, APlacesFileThatIsNoneIsNoError) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  QFile file(QString::fromStdString(places_file(path.toStdString())));
  for (const char* const text : {"", "[]", "{\"services\": 3}", "{\"services\": {\"stock\": [1]}}",
                                 "{\"services\": {\"stock\": [\"a\", 1e300]}}"}) {
    ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(text);
    file.close();
    EXPECT_TRUE(read_layout(path.toStdString()).places.empty()) << text;
  }
}

TEST_F(MainWindowTest, WritesReportPictureAndFigures) {
  const QTemporaryDir folder;
  EXPECT_FALSE(action("report").isEnabled());
  run_to_end(bench());
  EXPECT_TRUE(action("report").isEnabled());
  const QString page = folder.filePath(QStringLiteral("shop.html"));
  ASSERT_TRUE(window_.export_report(page));
  EXPECT_NE(file_text(page).find("slow-disk"), std::string::npos);
  const QString picture = folder.filePath(QStringLiteral("shop.png"));
  ASSERT_TRUE(window_.export_picture(picture));
  EXPECT_GT(QImage(picture).width(), 1000);
  EXPECT_FALSE(window_.export_report(folder.filePath(QStringLiteral("no/such/folder.html"))));
}

TEST_F(MainWindowTest, TheCommandPaletteFindsByAFewLetters) {
  action("palette").trigger();
  auto* const palette = window_.findChild<CommandPalette*>();
  ASSERT_NE(palette, nullptr);
  QTest::keyClicks(&palette->line(), QStringLiteral("go sto"));
  EXPECT_TRUE(palette->list().item(0)->text().startsWith(QStringLiteral("Go to stock")));
  QTest::keyClick(&palette->line(), Qt::Key_Return);
  EXPECT_EQ(bench().selection(), Selection::of_service("stock"));
}

TEST_F(MainWindowTest, TheCommandPaletteSaysOfWhichMenuAnActionIs) {
  action("palette").trigger();
  auto* const palette = window_.findChild<CommandPalette*>();
  ASSERT_NE(palette, nullptr);
  for (const char* const title :
       {"Appearance: Always dark", "Arranged for: Editing", "Panel: Charts"}) {
    palette->line().setText(QLatin1String(title));
    ASSERT_GT(palette->list().count(), 0) << title;
    EXPECT_TRUE(palette->list().item(0)->text().startsWith(QLatin1String(title))) << title;
  }
}

TEST(MatchScoreTest, PrefersWordsOverScatteredLetters) {
  EXPECT_LT(match_score(QStringLiteral("Stop"), QStringLiteral("xyz")), 0);
  EXPECT_GT(match_score(QStringLiteral("Lay out again"), QStringLiteral("lay")),
            match_score(QStringLiteral("Play the recorded run"), QStringLiteral("lay")));
}

TEST_F(MainWindowTest, AProblemLeadsToItsLineInTheText) {
  std::string broken = kTestShop;
  broken.replace(broken.find("retries"), 7, "retires");
  bench().type("shop.yaml", broken);
  Q_EMIT window_.problems().itemClicked(window_.problems().topLevelItem(0), 0);

  EXPECT_FALSE(window_.source().isHidden());
  EXPECT_EQ(window_.source().text().textCursor().blockNumber() + 1, 6);
  EXPECT_FALSE(window_.canvas().scene().nodes().empty()) << "the last good mesh is still there";
}

TEST_F(MainWindowTest, LightAndDarkAreTwoLooksOfTheSame) {
  const QImage light = window_.canvas().grab().toImage();
  action("dark").trigger();
  const QImage dark = window_.canvas().grab().toImage();
  EXPECT_TRUE(window_.is_dark());
  EXPECT_GT(light.pixelColor(2, 2).lightness(), 200);
  EXPECT_LT(dark.pixelColor(2, 2).lightness(), 60);
  action("dark").trigger();
  EXPECT_EQ(window_.canvas().grab().toImage(), light);
}

TEST_F(MainWindowTest, EveryActionIsInAMenuAndHasAText) {
  for (QAction* const act : window_.actions()) {
    EXPECT_FALSE(act->text().isEmpty()) << act->objectName().toStdString();
  }
  EXPECT_EQ(action("run").text(), QStringLiteral("Run"));
  run_and_pause_at(bench(), Instant(1s));
  EXPECT_EQ(action("run").text(), QStringLiteral("Go on"));
}

TEST_F(MainWindowTest, LongNamesDoNotMakeTheWindowGrow) {
  bench().create(QStringLiteral("long.yaml"),
                 "services:\n  recommendation-of-the-day: {entry: true, endpoints: {GET /: {calls: "
                 "[catalog-of-everything: GET /]}}}\n"
                 "  catalog-of-everything: {endpoints: {GET /: {work: 1ms}}}\n"
                 "load: {users: {rate: 1/s, request: GET /}}\n");
  const int before = window_.minimumSizeHint().width();
  bench().select(Selection::of_edge("recommendation-of-the-day", "catalog-of-everything"));
  EXPECT_LE(window_.minimumSizeHint().width(), before + 40);
  EXPECT_LE(window_.inspector().minimumSizeHint().width(), 320);
}

TEST_F(MainWindowTest, ManyLoadsDoNotMakeTheWindowGrow) {
  std::string text(kTestShop);
  std::string loads = "load: {";
  for (int i = 0; i < 60; ++i) {
    loads += "customers-" + std::to_string(i) + ": {rate: 1/s, request: GET /}, ";
  }
  text.replace(text.find("load: {"), 7, loads);
  bench().create(QStringLiteral("many.yaml"), text);
  ASSERT_EQ(bench().scenario()->loads.size(), 61);
  QCoreApplication::processEvents();
  EXPECT_LT(window_.minimumSizeHint().height(), 800);
}

TEST_F(MainWindowTest, TheSpaceBarOnTheDrawingRunsAndPauses) {
  QTest::keyClick(&window_.canvas(), Qt::Key_Space);
  ASSERT_EQ(bench().runs().size(), 1);
  EXPECT_EQ(bench().shown()->status.state, RunState::kRunning);
  QTest::keyClick(&window_.canvas(), Qt::Key_Space);
  EXPECT_EQ(bench().shown()->status.state, RunState::kPaused);
}

TEST_F(MainWindowTest, CanBeClosedInTheMiddleOfARun) {
  auto other = std::make_unique<MainWindow>();
  other->workbench().create(QStringLiteral("shop.yaml"), kTestShop);
  other->show();
  other->workbench().begin_run();
  EXPECT_TRUE(other->close()) << "an untouched template is nothing to lose";
  other.reset();
}

}  // namespace
}  // namespace shaketable::gui
