#include <QDialogButtonBox>
#include <QDir>
#include <QDockWidget>
#include <QFile>
#include <QLineEdit>
#include <QMenu>
#include <QMenuBar>
#include <QPushButton>
#include <QSettings>
#include <QTemporaryDir>
#include <QTest>
#include <QToolBar>
#include <QTreeWidget>
#include <random>

#include <gtest/gtest.h>

#include "gui/analysis/sweep_panel.h"
#include "gui/app/history_panel.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/recovery.h"
#include "gui/app/samples.h"
#include "gui/app/shortcut_editor.h"
#include "gui/app/tour.h"
#include "gui/document/mesh_edits.h"
#include "gui/document/value_edits.h"
#include "gui/panels/find_bar.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

class EditingTest : public testing::Test {
 protected:
  EditingTest() {
    window_.workbench().create(QStringLiteral("shop.yaml"), kTestShop);
    window_.show();
    window_.canvas().fit();
  }
  ~EditingTest() override { QSettings().clear(); }

  Workbench& bench() { return window_.workbench(); }
  QAction& action(const char* name) { return *window_.action(QLatin1String(name)); }

  MainWindow window_;
};

TEST_F(EditingTest, TheSixWizardsAreInMenusAndOpenOnWhatIsSelected) {
  for (const Selection& selection :
       {Selection::of_service("stock"), Selection::of_edge("shop", "stock")}) {
    const auto menu = window_.context_menu(selection);
    std::size_t found = 0;
    for (QAction* const act : menu->actions()) {
      found += act->menu() != nullptr && act->menu()->actions().size() == 6 &&
                       act->menu()->actions().front()->text().startsWith(
                           QStringLiteral("Traffic Shifting"))
                   ? 1
                   : 0;
    }
    EXPECT_EQ(found, 1);
  }
  for (const WizardInfo& info : wizard_infos()) {
    ASSERT_NE(window_.action(QLatin1String(info.action)), nullptr);
    EXPECT_TRUE(action(info.action).isEnabled());
  }
}

TEST_F(EditingTest, GroupsAreMadeCollapsedAndUndoneAsMovesAre) {
  window_.canvas().select_all();
  window_.group_selected_as("team");
  ASSERT_EQ(window_.canvas().scene().groups().size(), 1);
  const auto menu = window_.group_menu("team");
  menu->actions()[1]->trigger();  // Below the heading: collapse.
  EXPECT_TRUE(window_.canvas().scene().groups().front().collapsed);
  action("undo").trigger();
  EXPECT_FALSE(window_.canvas().scene().groups().front().collapsed);
  action("undo").trigger();
  EXPECT_TRUE(window_.canvas().scene().groups().empty());
  action("redo").trigger();
  EXPECT_EQ(window_.canvas().scene().groups().size(), 1);
}

TEST_F(EditingTest, GroupsAreKeptBesideTheScenario) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  ASSERT_TRUE(window_.save_to(path));
  window_.canvas().select_services({"stock"});
  window_.group_selected_as("data");
  EXPECT_TRUE(window_.isWindowModified());
  action("save").trigger();
  EXPECT_FALSE(window_.isWindowModified());
  MainWindow other;
  ASSERT_TRUE(other.open(path));
  ASSERT_EQ(other.canvas().scene().groups().size(), 1);
  EXPECT_EQ(other.canvas().scene().groups().front().name, "data");
}

TEST_F(EditingTest, SeveralServicesAreRemovedAsOneStep) {
  bench().edit(add_service(bench().document().source(), "extra"));
  bench().edit(add_service(bench().document().source(), "more"));
  const std::string before = text_of(bench());
  window_.canvas().select_services({"extra", "more"});
  action("remove").trigger();
  EXPECT_EQ(bench().scenario()->mesh.services.size(), 2);
  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), before);
}

TEST_F(EditingTest, AServiceOverSeveralLinesIsDuplicated) {
  bench().create(QStringLiteral("block.yaml"),
                 "services:\n  web:  # the door\n    entry: true\n    endpoints:\n      GET /:\n"
                 "        work: 1ms\n");
  bench().select(Selection::of_service("web"));
  action("duplicate").trigger();
  ASSERT_EQ(bench().scenario()->mesh.services.size(), 2) << text_of(bench());
  EXPECT_EQ(bench().scenario()->mesh.services[1].name, "web-copy");
  EXPECT_TRUE(bench().scenario()->mesh.services[1].entry);
}

TEST_F(EditingTest, FindFadesAndHideTakesAway) {
  action("find").trigger();
  window_.find_bar().find().setText(QStringLiteral("stock"));
  EXPECT_EQ(window_.canvas().faded(), std::set<std::string>{"shop"});
  window_.find_bar().hide_line().setText(QStringLiteral("stock"));
  EXPECT_EQ(window_.canvas().scene().shown(), 1);
  window_.find_bar().end();
  EXPECT_EQ(window_.canvas().scene().shown(), 2);
  EXPECT_TRUE(window_.canvas().faded().empty());
}

TEST_F(EditingTest, KeysAreChangedKeptAndSetBack) {
  action("shortcuts").trigger();
  auto* const editor = window_.findChild<ShortcutEditor*>();
  ASSERT_NE(editor, nullptr);
  editor->choose(QStringLiteral("layout"));
  editor->assign(QKeySequence(QStringLiteral("Ctrl+J")));
  EXPECT_EQ(action("layout").shortcut(), QKeySequence(QStringLiteral("Ctrl+J")));
  {
    MainWindow other;
    EXPECT_EQ(other.action(QStringLiteral("layout"))->shortcut(),
              QKeySequence(QStringLiteral("Ctrl+J")));
  }
  editor->assign(QKeySequence(QStringLiteral("Ctrl+D")));
  EXPECT_EQ(action("layout").shortcut(), QKeySequence(QStringLiteral("Ctrl+J")))
      << "it is another one's: " << editor->verdict().toStdString();
  editor->assign(QKeySequence(QStringLiteral("Ctrl+D")));
  EXPECT_EQ(action("layout").shortcut(), QKeySequence(QStringLiteral("Ctrl+D")));
  EXPECT_TRUE(action("duplicate").shortcut().isEmpty());
  editor->reset_all();
  EXPECT_EQ(action("layout").shortcut(), QKeySequence(QStringLiteral("Ctrl+L")));
  EXPECT_EQ(action("duplicate").shortcut(), QKeySequence(QStringLiteral("Ctrl+D")));
}

TEST_F(EditingTest, KeysThatAreSetBackAreNobodyElsesAnyMore) {
  action("shortcuts").trigger();
  auto* const editor = window_.findChild<ShortcutEditor*>();
  ASSERT_NE(editor, nullptr);
  const QKeySequence keys(QStringLiteral("Ctrl+D"));
  editor->choose(QStringLiteral("layout"));
  editor->assign(keys);
  editor->assign(keys);
  ASSERT_EQ(action("layout").shortcut(), keys);
  editor->choose(QStringLiteral("duplicate"));
  editor->reset();

  EXPECT_EQ(action("duplicate").shortcut(), keys);
  EXPECT_FALSE(action("layout").shortcuts().contains(keys));
  EXPECT_TRUE(editor->verdict().contains(action("layout").text()));
}

TEST_F(EditingTest, NoTwoActionsHaveTheSameKey) {
  std::map<QString, QString> seen;
  for (QAction* const act : window_.actions()) {
    for (const QKeySequence& keys : act->shortcuts()) {
      const auto [known, is_new] = seen.emplace(keys.toString(), act->objectName());
      EXPECT_TRUE(is_new) << keys.toString().toStdString() << " of "
                          << act->objectName().toStdString() << " and "
                          << known->second.toStdString();
    }
  }
}

TEST_F(EditingTest, TheTourGoesOnAsThingsAreDone) {
  action("tour").trigger();
  ASSERT_NE(window_.tour(), nullptr);
  EXPECT_EQ(window_.tour()->step(), 0);
  bench().select(Selection::of_service("stock"));
  EXPECT_EQ(window_.tour()->step(), 1);
  run_and_pause_at(bench(), engine::Instant(1s));
  EXPECT_EQ(window_.tour()->step(), 2);
  QTest::mouseClick(&window_.tour()->offer_button(), Qt::LeftButton);
  wait_for([&] { return window_.tour()->step() == 3; });
  bench().run_until(engine::Instant(4s));
  wait_for([&] { return bench().reached() >= engine::Instant(4s); });
  QTest::mouseClick(&window_.tour()->offer_button(), Qt::LeftButton);
  EXPECT_EQ(window_.tour()->step(), 4);
  bool is_over = false;
  QObject::connect(window_.tour(), &Tour::ended, [&] { is_over = true; });
  QTest::mouseClick(&window_.tour()->next_button(), Qt::LeftButton);
  EXPECT_TRUE(is_over);
}

TEST_F(EditingTest, SampleProjectsLoadAndAreNotWrittenOver) {
  const QTemporaryDir folder;
  for (int i = 0; i < static_cast<int>(sample_projects().size()); ++i) {
    ASSERT_TRUE(window_.open_sample(i, folder.path()));
    EXPECT_TRUE(bench().document().is_good());
    EXPECT_FALSE(bench().scenario()->mesh.services.empty());
  }
  const std::string path = bench().document().path();
  QFile file(QString::fromStdString(path));
  ASSERT_TRUE(file.open(QIODevice::Append));
  file.write("# mine\n");
  file.close();
  ASSERT_TRUE(window_.open_sample(static_cast<int>(sample_projects().size()) - 1, folder.path()));
  EXPECT_TRUE(text_of(bench()).ends_with("# mine\n"));
}

TEST_F(EditingTest, AFolderThatCannotBeWrittenKeepsTheRecoveryCopyAndSaysSo) {
  const QTemporaryDir folder;
  const QString home = folder.filePath(QStringLiteral("home"));
  ASSERT_TRUE(QDir().mkpath(home));
  const QString path = home + QStringLiteral("/shop.yaml");
  ASSERT_TRUE(window_.save_to(path));
  window_.use_recovery();
  ASSERT_TRUE(bench().edit(
      set_value(bench().document().source(), {"services", "stock", "instances"}, "5")));
  // Nobody, not even root, writes into a folder that is a file.
  ASSERT_TRUE(QFile::remove(path));
  ASSERT_TRUE(QDir().rmdir(home));
  QFile in_its_place(home);
  ASSERT_TRUE(in_its_place.open(QIODevice::WriteOnly));
  in_its_place.close();
  action("save").trigger();
  EXPECT_TRUE(window_.message().text().contains(QStringLiteral("kept")))
      << window_.message().text().toStdString();
  EXPECT_TRUE(window_.isWindowModified());
  EXPECT_FALSE(
      QDir(Recovery::folder()).entryList({QStringLiteral("*.json")}, QDir::Files).isEmpty());
  window_.recovery()->forget();
}

TEST_F(EditingTest, AFileThatChangesOnTheDiskAsksAndWhatIsTakenCanBeUndone) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  ASSERT_TRUE(window_.save_to(path));
  ASSERT_TRUE(bench().edit(
      set_value(bench().document().source(), {"services", "stock", "instances"}, "5")));
  const std::string mine = text_of(bench());
  std::string theirs = kTestShop;
  theirs.replace(theirs.find("8ms"), 3, "9ms");
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
  file.write(QByteArray::fromStdString(theirs));
  file.close();
  wait_for([&] { return window_.message().text().contains(QStringLiteral("another program")); });
  EXPECT_EQ(text_of(bench()), mine) << "nothing is lost before somebody has chosen";

  QTimer look;
  QObject::connect(&look, &QTimer::timeout, [&] {
    auto* const dialog = window_.findChild<QDialog*>(QStringLiteral("disk"));
    if (dialog != nullptr && dialog->isVisible()) {
      look.stop();
      QTest::mouseClick(dialog->findChild<QDialogButtonBox*>()->buttons().front(), Qt::LeftButton);
    }
  });
  look.start(1);
  for (QPushButton* const button : window_.message().findChildren<QPushButton*>()) {
    if (button->text() == QStringLiteral("Compare …")) {
      QTest::mouseClick(button, Qt::LeftButton);
      break;
    }
  }
  EXPECT_EQ(text_of(bench()), theirs);
  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), mine);
}

TEST_F(EditingTest, TheHistoryListsStepsAndGoesToOne) {
  window_.tabs().show_page(window_.tabs().indexOf(&window_.history_panel()));
  HistoryPanel& history = window_.history_panel();
  EXPECT_EQ(history.count(), 1);
  ASSERT_TRUE(bench().edit(add_service(bench().document().source(), "tax")));
  window_.canvas().select_services({"stock"});
  QTest::keyClick(&window_.canvas(), Qt::Key_Down);
  action("duplicate").trigger();
  ASSERT_EQ(history.count(), 4);
  EXPECT_EQ(history.item(1)->text(), QStringLiteral("Add tax"));
  EXPECT_EQ(history.item(2)->text(), QStringLiteral("Move boxes"));
  EXPECT_EQ(history.item(3)->text(), QStringLiteral("Duplicate stock"));
  EXPECT_EQ(history.currentRow(), 3);
  const std::string end = text_of(bench());

  QTest::mouseClick(history.viewport(), Qt::LeftButton, {},
                    history.visualItemRect(history.item(0)).center());
  EXPECT_EQ(text_of(bench()), kTestShop);
  EXPECT_TRUE(window_.canvas().scene().pinned().empty());
  ASSERT_EQ(history.count(), 4) << "what was taken back can be done again";
  EXPECT_EQ(history.currentRow(), 0);
  QTest::mouseClick(history.viewport(), Qt::LeftButton, {},
                    history.visualItemRect(history.item(3)).center());
  EXPECT_EQ(text_of(bench()), end);
  EXPECT_EQ(window_.canvas().scene().pinned().size(), 2);
}

TEST_F(EditingTest, ASettingOfTheInspectorIsTriedShownAndTakenBack) {
  bench().select(Selection::of_service("stock"));
  const auto unwritten = window_.setting_menu({"traffic", "stock", "timeout"});
  EXPECT_EQ(unwritten->actions().size(), 1) << "nothing is written that could be shown";
  const KeyPath percent = {"traffic", "stock", "outlier_detection", "max_ejection_percent"};
  const auto menu = window_.setting_menu(percent);
  ASSERT_EQ(menu->actions().size(), 3);
  menu->actions()[0]->trigger();
  EXPECT_EQ(window_.tabs().currentWidget(), &window_.sweep_panel());
  EXPECT_EQ(window_.sweep_panel().path(0).text(),
            QStringLiteral("traffic.stock.outlier_detection.max_ejection_percent"));
  menu->actions()[2]->trigger();
  EXPECT_TRUE(written_value(bench().document().source(), percent).empty());
}

TEST_F(EditingTest, OnAWallThereIsTheMeshAndItsTimeAlone) {
  action("wall").trigger();
  EXPECT_FALSE(window_.menuBar()->isVisible());
  for (const QDockWidget* const dock : window_.findChildren<QDockWidget*>()) {
    EXPECT_FALSE(dock->isVisible());
  }
  EXPECT_TRUE(window_.canvas().isVisible());
  EXPECT_TRUE(window_.timeline().isVisible());
  action("wall").trigger();
  EXPECT_TRUE(window_.menuBar()->isVisible());
  EXPECT_TRUE(window_.findChild<QToolBar*>(QStringLiteral("tools"))->isVisible());
  EXPECT_TRUE(window_.inspector().isVisible());
  EXPECT_FALSE(window_.isFullScreen());
}

TEST_F(EditingTest, AnInspectorIsPinnedUntilAnotherDocumentIsOpened) {
  bench().select(Selection::of_service("stock"));
  action("pin").trigger();
  bench().select(Selection::of_service("shop"));
  action("pin").trigger();
  EXPECT_EQ(window_.findChildren<InspectorPanel*>().size(), 3);
  bench().create(QStringLiteral("other.yaml"), kTestShop);
  wait_for([&] { return window_.findChildren<InspectorPanel*>().size() == 1; });
}

TEST_F(EditingTest, AChangeDuringARunOffersToRunAgain) {
  run_and_pause_at(bench(), engine::Instant(2s));
  ASSERT_TRUE(bench().edit(
      set_value(bench().document().source(), {"services", "stock", "instances"}, "5")));
  EXPECT_TRUE(window_.message().text().contains(QStringLiteral("does not know")));
  QPushButton* const again = window_.message().findChild<QPushButton*>();
  ASSERT_NE(again, nullptr);
  QTest::mouseClick(again, Qt::LeftButton);
  EXPECT_EQ(bench().runs().size(), 2);
  EXPECT_FALSE(bench().is_outdated());
}

TEST_F(EditingTest, RandomWorkIsAllUndoneAndAllRedone) {
  std::minstd_rand random(23);  // NOLINT(cert-msc51-cpp): the same work each time.
  const auto pick = [&](std::size_t below) { return random() % below; };
  for (int i = 0; i < 100; ++i) {
    const engine::ScenarioSource& source = bench().document().source();
    const auto& services = bench().scenario()->mesh.services;
    const std::string name = services[pick(services.size())].name;
    const std::string other = services[pick(services.size())].name;
    switch (pick(13)) {
      case 0:
        bench().edit(add_service(source, free_name(source, "services", "more")));
        break;
      case 1:
        bench().edit(connect_services(source, name, other));
        break;
      case 2:
        bench().edit(set_values(source, "policy",
                                {{{"traffic", name, "timeout"}, std::to_string(i + 1) + "s"},
                                 {{"traffic", name, "circuit_breakers", "max_requests"}, "9"},
                                 {{"traffic", name, "mirror"}, ""}}));
        break;
      case 3:
        window_.canvas().select_services({name, other});
        window_.canvas().arrange(pick(2) == 0 ? Arrange::kLeft : Arrange::kTop);
        break;
      case 4:
        window_.canvas().select_services({name});
        window_.group_selected_as(pick(2) == 0 ? "one" : "two");
        break;
      case 5:
        bench().select(Selection::of_service(name));
        action("duplicate").trigger();
        break;
      case 6:
        bench().type("shop.yaml", text_of(bench()) + "\n# " + std::to_string(i) + "\n");
        break;
      case 7:
        bench().edit(set_value(source, {"services", name, "instances"}, "4"));
        break;
      case 12:
        window_.canvas().select_services({name, other});
        action("copy").trigger();
        action("paste").trigger();
        break;
      case 8:
        bench().edit(rename_service(source, name, free_name(source, "services", "renamed")));
        break;
      case 9:
        bench().edit(disconnect_services(source, name, other));
        break;
      case 10:
        bench().plan_fault("slow", engine::Instant(1s), "on: " + name + ", slow: 2x");
        break;
      default:
        bench().edit(add_load(source, name));
        break;
    }
    ASSERT_TRUE(bench().document().is_good()) << text_of(bench());
  }
  const std::string end = text_of(bench());
  ASSERT_NE(end, kTestShop);
  const auto places = window_.canvas().scene().pinned();
  const Grouping grouping = window_.canvas().scene().grouping();
  while (action("undo").isEnabled()) {
    action("undo").trigger();
  }
  EXPECT_EQ(text_of(bench()), kTestShop);
  EXPECT_TRUE(window_.canvas().scene().pinned().empty());
  EXPECT_TRUE(window_.canvas().scene().groups().empty());
  while (action("redo").isEnabled()) {
    action("redo").trigger();
  }
  EXPECT_EQ(text_of(bench()), end);
  EXPECT_EQ(window_.canvas().scene().grouping(), grouping);
  EXPECT_EQ(window_.canvas().scene().pinned(), places);
}

}  // namespace
}  // namespace shaketable::gui
