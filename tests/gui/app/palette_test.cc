#include <QApplication>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDropEvent>
#include <QLineEdit>
#include <QMimeData>
#include <QPushButton>
#include <QRadioButton>
#include <QTest>
#include <QTimer>
#include <QToolButton>
#include <set>

#include <gtest/gtest.h>

#include "gui/app/fault_dialog.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/run_until_dialog.h"
#include "gui/panels/palette_panel.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

/// Does something with the next dialog that stands in the way, once it is there.
void answer_next_dialog(const std::function<void(QDialog&)>& act) {
  auto* const timer = new QTimer(qApp);
  QObject::connect(timer, &QTimer::timeout, timer, [timer, act] {
    auto* const dialog = qobject_cast<QDialog*>(QApplication::activeModalWidget());
    if (dialog != nullptr && dialog->isVisible()) {
      timer->stop();
      timer->deleteLater();
      act(*dialog);
    }
  });
  timer->start(1);
}

class PaletteTest : public testing::Test {
 protected:
  PaletteTest() {
    bench().create(QStringLiteral("shop.yaml"), kTestShop);
    window_.show();
    window_.canvas().fit();
  }

  Workbench& bench() { return window_.workbench(); }
  CanvasView& canvas() { return window_.canvas(); }
  QPointF middle_of(const std::string& service) {
    const auto node = canvas().scene().find(service);
    return canvas().to_view(canvas().scene().nodes()[*node].box.center());
  }
  QPointF middle_of_the_call() {
    return canvas().to_view(canvas().scene().edges().front().at(0.5));
  }
  /// Drags a row of the palette to a point of the drawing and lets go; whether it was taken.
  bool drop(const char* key, const QPointF& at) {
    QTreeWidgetItem* const row = window_.palette_panel().row(QLatin1String(key));
    EXPECT_NE(row, nullptr) << key;
    const std::unique_ptr<QMimeData> data(
        window_.palette_panel().model()->mimeData({window_.palette_panel().indexFromItem(row)}));
    QDragEnterEvent enter(at.toPoint(), Qt::CopyAction, data.get(), Qt::LeftButton, {});
    QApplication::sendEvent(&canvas(), &enter);
    QDragMoveEvent move(at.toPoint(), Qt::CopyAction, data.get(), Qt::LeftButton, {});
    QApplication::sendEvent(&canvas(), &move);
    if (!move.isAccepted()) {
      QDragLeaveEvent leave;
      QApplication::sendEvent(&canvas(), &leave);
      return false;
    }
    EXPECT_FALSE(canvas().grab().isNull()) << "where it would land is shown";
    QDropEvent event(at, Qt::CopyAction, data.get(), Qt::LeftButton, {});
    QApplication::sendEvent(&canvas(), &event);
    return event.isAccepted();
  }

  MainWindow window_;
};

TEST_F(PaletteTest, AServiceIsDroppedOnTheGroundAndLoadOnAService) {
  ASSERT_TRUE(drop("service", QPointF(canvas().width() / 2.0, canvas().height() - 12.0)));
  EXPECT_EQ(bench().scenario()->mesh.services.size(), 3);
  EXPECT_EQ(canvas().scene().pinned().size(), 1) << "it stays where it was dropped";
  const std::size_t loads = bench().scenario()->loads.size();
  ASSERT_TRUE(drop("send_load", middle_of("stock")));
  EXPECT_EQ(bench().scenario()->loads.size(), loads + 1);
  EXPECT_FALSE(drop("send_load", QPointF(3, 3))) << "the ground answers no requests";
}

TEST_F(PaletteTest, AFaultThatIsDroppedOnAServiceAsksForItsSizeAndBegins) {
  run_and_pause_at(bench(), Instant(2s));
  answer_next_dialog([](QDialog& dialog) {
    auto& fault = dynamic_cast<FaultDialog&>(dialog);
    EXPECT_EQ(fault.what(), "on: stock, delay: {add: 200ms}, for: 10s");
    fault.findChild<QLineEdit*>(QStringLiteral("fault_size"))->setText(QStringLiteral("120ms"));
    fault.accept();
  });
  ASSERT_TRUE(drop("delay", middle_of("stock")));
  wait_for([&] { return bench().shown()->status.acts == 1; });
  bench().run_until(Instant(4s));
  wait_for([&] { return bench().reached() >= Instant(4s); });
  EXPECT_GT(bench().look()->nodes[1].p50_us, 100'000);
}

TEST_F(PaletteTest, AFaultOnACallHitsThatCallerAlone) {
  answer_next_dialog([](QDialog& dialog) {
    auto& fault = dynamic_cast<FaultDialog&>(dialog);
    EXPECT_EQ(fault.what(), "on: shop -> stock, abort: {status: 503}, for: 10s");
    fault.accept();
  });
  ASSERT_TRUE(drop("abort", middle_of_the_call()));
  wait_for([&] { return bench().scenario()->faults.size() == 2; });
  EXPECT_EQ(bench().scenario()->faults.back().other.service, 0);
  EXPECT_FALSE(drop("partition", middle_of("stock"))) << "it is between two";
  EXPECT_FALSE(drop("kill", middle_of_the_call()));
}

TEST_F(PaletteTest, AFaultCanBeLimitedToAVersionAnInstanceOrAnEndpoint) {
  bench().create(QStringLiteral("parts.yaml"),
                 "services:\n  shop: {entry: true, endpoints: {GET /: {calls: [stock: GET /a]}}}\n"
                 "  stock:\n    versions: {v1: {instances: 2}, v2: {instances: 1}}\n"
                 "    endpoints: {GET /a: {work: 1ms}, GET /b: {work: 1ms}}\n"
                 "load: {users: {rate: 10/s, request: GET /}}\n");
  ASSERT_NE(bench().scenario(), nullptr);
  for (const Selection& selection :
       {Selection::of_service("stock"), Selection::of_edge("shop", "stock")}) {
    for (const FaultKindInfo& kind : fault_kinds()) {
      FaultDialog dialog(selection, *bench().scenario(), QStringLiteral("now"));
      if (!dialog.choose(QLatin1String(kind.key))) {
        continue;
      }
      auto* const part = dialog.findChild<QComboBox*>(QStringLiteral("fault_part"));
      const int wanted = kind.hits_requests()    ? 8
                         : kind.hits_instances() ? 6
                         : kind.hits_versions()  ? 2
                                                 : 1;
      EXPECT_EQ(part->count(), wanted)
          << kind.key
          << ": all, two versions, three instances, and for requests two endpoints; versions have "
             "their numbers";
      for (int i = 0; i < part->count(); ++i) {
        part->setCurrentIndex(i);
        const bool is_written = bench().plan_fault(dialog.name(), Instant(1s), dialog.what());
        EXPECT_TRUE(is_written) << dialog.name() << ": " << dialog.what();
        if (is_written) {
          bench().undo();
        }
      }
    }
  }
}

TEST_F(PaletteTest, EnterUsesAPartOnWhatIsSelected) {
  PalettePanel& palette = window_.palette_panel();
  bench().select(Selection::of_service("shop"));
  answer_next_dialog([](QDialog& dialog) {
    EXPECT_EQ(dynamic_cast<FaultDialog&>(dialog).what(), "on: shop, pause: true, for: 10s");
    dialog.accept();
  });
  Q_EMIT palette.itemActivated(palette.row(QStringLiteral("pause")), 0);
  wait_for([&] { return bench().scenario()->faults.size() == 2; });
  bench().select({});
  Q_EMIT palette.itemActivated(palette.row(QStringLiteral("pause")), 0);
  EXPECT_EQ(bench().scenario()->faults.size(), 2) << "nothing is selected";
}

TEST_F(PaletteTest, AFaultThatNeedsWhatTheMeshDoesNotHaveSaysSo) {
  QString told;
  QObject::connect(&bench(), &Workbench::said, &window_,
                   [&told](const QString& text, bool) { told = text; });
  Q_EMIT window_.palette_panel().itemActivated(
      window_.palette_panel().row(QStringLiteral("node_loss")), 0);
  wait_for([&] { return !told.isEmpty(); });
  EXPECT_TRUE(told.contains(QStringLiteral("how many machines"))) << told.toStdString();
}

TEST_F(PaletteTest, TheFieldsOfEveryFaultHaveTheirHeight) {
  for (std::size_t letters = 4; letters <= 28; letters += 3) {  // Which text is broken where?
    const std::string shop(letters, 'm'), stock(letters, 'w');
    bench().create(QStringLiteral("names.yaml"),
                   "services:\n  " + shop + ": {entry: true, endpoints: {GET /: {calls: [" + stock +
                       ": GET /]}}}\n  " + stock + ": {endpoints: {GET /: {work: 1ms}}}\n" +
                       "load: {users: {rate: 10/s, request: GET /}}\n");
    ASSERT_NE(bench().scenario(), nullptr);
    for (const Selection& selection :
         {Selection::of_service(stock), Selection::of_edge(shop, stock), Selection{}}) {
      for (const FaultKindInfo& kind : fault_kinds()) {
        FaultDialog dialog(selection, *bench().scenario(), QStringLiteral("now"), &window_);
        if (!dialog.choose(QLatin1String(kind.key))) {
          continue;
        }
        dialog.show();
        QApplication::processEvents();
        for (const QLineEdit* const field : dialog.findChildren<QLineEdit*>()) {
          if (field->isVisible() && field->parentWidget() == &dialog) {
            EXPECT_GE(field->height(), field->sizeHint().height()) << kind.key << " " << letters;
          }
        }
      }
    }
  }
}

TEST_F(PaletteTest, AFaultThatIsNoneKeepsTheDialogOpenWithTheReason) {
  FaultDialog dialog(Selection::of_service("stock"), *bench().scenario(), QStringLiteral("now"));
  dialog.set_check([](const std::string&, const std::string& what) {
    return what.find("fast") != std::string::npos ? QStringLiteral("no duration") : QString();
  });
  dialog.show();
  auto* const size = dialog.findChild<QLineEdit*>(QStringLiteral("fault_size"));
  size->setText(QStringLiteral("fast"));
  QApplication::processEvents();
  const int field = size->height();
  dialog.accept();
  QApplication::processEvents();
  EXPECT_EQ(size->height(), field) << "the dialog grows rather than squeeze its fields";
  EXPECT_TRUE(dialog.isVisible());
  EXPECT_TRUE(dialog.problem().contains(QStringLiteral("no duration")));
  size->setText(QStringLiteral("1s"));
  EXPECT_TRUE(dialog.problem().isEmpty());
  dialog.accept();
  EXPECT_FALSE(dialog.isVisible());
}

TEST(FaultYamlTest, SaysRampsDirectionsZonesAndGrpcStatuses) {
  const Selection edge = Selection::of_edge("shop", "stock");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("delay"),
                        .where = edge,
                        .size = "1s",
                        .percent = 30,
                        .length = "10s",
                        .ramp = "4s"}),
            "on: shop -> stock, delay: {add: 1s, percent: 30%}, for: 10s, ramp: 4s");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("abort"), .where = edge, .size = "UNAVAILABLE"}),
            "on: shop -> stock, abort: {grpc_status: UNAVAILABLE}");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("partition"), .where = edge, .one_way = true}),
            "between: [shop, stock], partition: one_way");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("zone_loss"), .zone = "eu-a", .length = "20s"}),
            "zone_loss: eu-a, restart_after: 20s");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("load"), .size = "3", .load = "buyers"}),
            "load: {times: 3, of: buyers}");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("kill"),
                        .where = Selection::of_service("stock"),
                        .size = "all",
                        .ramp = "4s"}),
            "on: stock, kill: all")
      << "what dies does not rise";
}

TEST(FaultYamlTest, ARollingUpdateOfTheMenuHasNoLength) {
  FaultChoice choice;
  choice.what = "on: stock, deploy: true";
  choice.ends_itself = true;
  EXPECT_EQ(fault_text(choice, "10s", "5s"), "on: stock, deploy: true");
}

TEST(FaultYamlTest, SaysWhatThePlatformDoes) {
  const Selection stock = Selection::of_service("stock");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("deploy"),
                        .where = stock,
                        .part = "stock v1",
                        .size = "1",
                        .more = "0",
                        .to = "v2"}),
            "on: stock v1, deploy: {to: v2, surge: 1, unavailable: 0}");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("leak"), .where = stock, .size = "5s"}),
            "on: stock, leak: {every: 5s}");
  EXPECT_EQ(fault_yaml(
                {.kind = find_fault_kind("leak"), .where = stock, .size = "64KiB", .more = "1GiB"}),
            "on: stock, leak: {memory: 64KiB, limit: 1GiB}");
  EXPECT_EQ(
      fault_yaml(
          {.kind = find_fault_kind("node_loss"), .more = "40s", .node = "node-2", .length = "1m"}),
      "node_loss: {node: node-2, noticed_after: 40s}, restart_after: 1m");
  EXPECT_EQ(
      fault_yaml(
          {.kind = find_fault_kind("clock_skew"), .where = stock, .size = "-5m", .instances = 1}),
      "on: stock, instances: 1, clock_skew: {behind: 5m}");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("bandwidth"),
                        .where = Selection::of_edge("shop", "stock"),
                        .size = "1MiB/s"}),
            "between: [shop, stock], bandwidth: 1MiB/s");
  EXPECT_EQ(fault_yaml({.kind = find_fault_kind("cert_expire"), .length = "1m"}),
            "cert_expire: true, for: 1m");
  EXPECT_EQ(fault_name_for({.kind = find_fault_kind("cert_expire")}), "all-cert_expire");
  EXPECT_EQ(fault_name_for({.kind = find_fault_kind("node_loss"), .node = "node-2"}),
            "node-2-lost");
}

// ---- tabs -----------------------------------------------------------------------------------

TEST_F(PaletteTest, TabsStandInGroupsOfWhichOneIsSeen) {
  PanelTabs& tabs = window_.tabs();
  const auto seen = [&tabs] {
    int count = 0;
    for (int i = 0; i < tabs.count(); ++i) {
      count += tabs.isTabVisible(i) ? 1 : 0;
    }
    return count;
  };
  ASSERT_EQ(tabs.groups(), 3);
  EXPECT_EQ(tabs.group(), 0);
  EXPECT_LE(seen(), 5);
  tabs.show_page(2);
  QTest::mouseClick(&tabs.group_button(2), Qt::LeftButton);
  EXPECT_EQ(tabs.group(), 2);
  EXPECT_EQ(tabs.group_of(tabs.currentIndex()), 2);
  QTest::mouseClick(&tabs.group_button(0), Qt::LeftButton);
  EXPECT_EQ(tabs.currentIndex(), 2) << "the tab that was looked at last";
  std::set<int> pages;
  for (int i = 1; i <= tabs.count(); ++i) {
    window_.action(QStringLiteral("tab%1").arg(i))->trigger();
    EXPECT_TRUE(tabs.isTabVisible(tabs.currentIndex()));
    EXPECT_TRUE(tabs.currentWidget()->isVisible());
    pages.insert(tabs.currentIndex());
  }
  EXPECT_EQ(static_cast<int>(pages.size()), tabs.count()) << "every page has an action";
}

TEST_F(PaletteTest, GroupsOfTabsTellHowARunEndedAndWhatIsWrong) {
  EXPECT_EQ(window_.tabs().group_button(1).text(), QStringLiteral("Explain"));
  run_to_end(bench());
  EXPECT_EQ(window_.tabs().group_button(1).text(), QStringLiteral("Explain ◆"))
      << "the disk was slow";
  std::string broken = kTestShop;
  broken.replace(broken.find("instances: 2"), 12, "instances: x");
  bench().type("shop.yaml", broken);
  EXPECT_TRUE(window_.tabs().group_button(2).text().startsWith(QStringLiteral("Scenario ◆")));
}

// ---- run until ------------------------------------------------------------------------------

TEST_F(PaletteTest, RunUntilTakesAMomentAnEventOrACondition) {
  RunUntilDialog dialog(bench().document().scenario(), Instant(2s), Instant(20s));
  const auto line = [&](const char* name) {
    return dialog.findChild<QLineEdit*>(QLatin1String(name));
  };
  ASSERT_TRUE(dialog.awaited().has_value());
  EXPECT_FALSE(dialog.awaited()->rule.events.empty()) << "an event to begin with";

  line("until_moment")->selectAll();
  QTest::keyClicks(line("until_moment"), QStringLiteral("12s"));
  ASSERT_TRUE(dialog.awaited().has_value());
  EXPECT_EQ(dialog.awaited()->rule.at, Instant(12s));
  line("until_moment")->setText(QStringLiteral("1s"));
  EXPECT_FALSE(dialog.awaited().has_value()) << "that is over";
  EXPECT_FALSE(dialog.problem().isEmpty());

  QTest::keyClicks(line("until_condition"), QStringLiteral("stock and errors > 5%"));
  ASSERT_TRUE(dialog.awaited().has_value()) << dialog.problem().toStdString();
  EXPECT_TRUE(dialog.awaited()->rule.condition != nullptr);
  line("until_condition")->setText(QStringLiteral("errors >"));
  EXPECT_FALSE(dialog.awaited().has_value());
  EXPECT_TRUE(dialog.problem().contains(QStringLiteral("expected")));
  line("until_condition")->setText(QStringLiteral("name = stock"));
  EXPECT_FALSE(dialog.awaited().has_value()) << "it is always so";
}

TEST_F(PaletteTest, RunUntilIsAnActionOfTheWindow) {
  answer_next_dialog([](QDialog& dialog) {
    dialog.findChild<QLineEdit*>(QStringLiteral("until_moment"))->setText(QStringLiteral("7s"));
    dialog.findChild<QRadioButton*>(QStringLiteral("by_moment"))->setChecked(true);
    dialog.accept();
  });
  window_.action(QStringLiteral("run_until"))->trigger();
  wait_for([&] { return bench().reached() >= Instant(7s); });
  wait_for([&] { return bench().shown()->status.state == RunState::kPaused; });
  EXPECT_EQ(bench().reached(), Instant(7s));
}

}  // namespace
}  // namespace shaketable::gui
