#include <QApplication>
#include <QDragEnterEvent>
#include <QDropEvent>
#include <QImage>
#include <QKeyEvent>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPainter>
#include <QTest>
#include <QToolButton>

#include <gtest/gtest.h>

#include "gui/panels/charts_panel.h"
#include "gui/panels/inspector_panel.h"
#include "gui/panels/lists.h"
#include "gui/panels/outline_panel.h"
#include "gui/panels/runs_panel.h"
#include "gui/panels/source_panel.h"
#include "gui/panels/timeline_bar.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class PanelsTest : public testing::Test {
 protected:
  PanelsTest() { bench_.create(QStringLiteral("shop.yaml"), kTestShop); }
  Workbench bench_;
};

// ---- charts ---------------------------------------------------------------------------------

TEST_F(PanelsTest, ChartsFollowTheSelection) {
  ChartsPanel charts(bench_);
  charts.show();
  run_to_end(bench_);

  EXPECT_EQ(charts.subject(), QStringLiteral("All clients"));
  ASSERT_FALSE(charts.charts()[0]->lines().empty());
  EXPECT_NEAR(charts.charts()[0]->value_at(0, Instant(15s)), 100, 60) << "100 requests a second";
  EXPECT_TRUE(charts.charts()[3]->isHidden());

  bench_.select(Selection::of_service("stock"));
  EXPECT_EQ(charts.subject(), QStringLiteral("stock"));
  EXPECT_FALSE(charts.charts()[3]->isHidden()) << "a service has workers that are busy";
  bench_.select(Selection::of_edge("shop", "stock"));
  EXPECT_EQ(charts.charts()[1]->lines().size(), 2) << "errors and retries";
  EXPECT_EQ(charts.csv().count(QLatin1Char('\n')),
            static_cast<qsizetype>(bench_.shown()->history.buckets()) + 1);
}

TEST_F(PanelsTest, AnyMetricOfAnythingBecomesAChartThatStays) {
  ChartsPanel charts(bench_);
  charts.resize(900, 200);
  charts.show();
  run_to_end(bench_);
  const Selection stock = Selection::of_service("stock");
  charts.add(stock, ChartMetric::kQueue);
  charts.add(stock, ChartMetric::kInFlight);
  charts.add(stock, ChartMetric::kP99);
  charts.add(Selection::of_edge("shop", "stock"), ChartMetric::kRetries);

  ASSERT_EQ(charts.added().size(), 3) << "equal units of one subject share a chart";
  EXPECT_EQ(charts.added()[0]->lines().size(), 2);
  EXPECT_EQ(charts.added()[1]->title(), QStringLiteral("stock · Latency p99"));
  bench_.select(Selection::of_service("shop"));
  EXPECT_EQ(charts.added()[1]->title(), QStringLiteral("stock · Latency p99"));
  EXPECT_TRUE(charts.csv().contains(QStringLiteral("stock · Queue waiting")));
  Q_EMIT charts.added()[0]->removal_asked();
  EXPECT_EQ(charts.added().size(), 2);
}

TEST_F(PanelsTest, ADragFromTheOutlineOffersTheMetricsOfItsSubject) {
  for (const Selection& subject :
       {Selection::of_service("stock"), Selection::of_edge("shop", "stock")}) {
    EXPECT_EQ(subject_of(subject_data(subject)), subject);
  }
  ChartsPanel charts(bench_);
  charts.show();
  QMimeData data;
  data.setData(QLatin1String(kSubjectMime), subject_data(Selection::of_edge("shop", "stock")));
  QDragEnterEvent enter(QPoint(40, 40), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&charts, &enter);
  EXPECT_TRUE(enter.isAccepted());
  QDropEvent drop(QPointF(40, 40), Qt::CopyAction, &data, Qt::LeftButton, Qt::NoModifier);
  QApplication::sendEvent(&charts, &drop);
  auto* const menu = charts.findChild<QMenu*>(QStringLiteral("chart_menu"));
  ASSERT_NE(menu, nullptr);
  QStringList titles;
  for (const QAction* const action : menu->actions()) {
    titles << action->text();
  }
  EXPECT_TRUE(titles.contains(title_of(ChartMetric::kRetries)));
  EXPECT_FALSE(titles.contains(title_of(ChartMetric::kQueue))) << "a call has no queue";
  menu->close();
}

TEST_F(PanelsTest, TheCursorsAAndBTellTheDifference) {
  ChartsPanel charts(bench_);
  charts.resize(1200, 200);
  charts.show();
  run_to_end(bench_);
  ChartView& latency = *charts.charts()[2];
  const auto point = [&](Instant at) { return QPoint(static_cast<int>(latency.x_of(at)), 80); };
  QTest::mousePress(&latency, Qt::LeftButton, Qt::ShiftModifier, point(Instant(2s)));
  ASSERT_TRUE(bench_.mark(Mark::kA).has_value());
  EXPECT_FALSE(bench_.mark(Mark::kB).has_value());
  bench_.set_mark(Mark::kB, Instant(7s));

  EXPECT_NEAR(proxy::to_seconds(bench_.mark(Mark::kA)->time_since_epoch()), 2, 0.2);
  EXPECT_TRUE(latency.reading_of(2).contains(QStringLiteral("→"))) << "from A to B";
  EXPECT_TRUE(latency.reading_of(2).contains(QStringLiteral("(+"))) << "the disk is slow at B";
  bench_.set_mark(Mark::kA, std::nullopt);
  EXPECT_FALSE(latency.reading_of(2).contains(QStringLiteral("→")));
}

TEST_F(PanelsTest, ASpikeOfOneBucketIsSeenAmongTenThousand) {
  ChartView chart(QStringLiteral("Errors"), ChartUnit::kPercent);
  chart.resize(300, 120);
  std::vector<double> values(10'000, 0);
  const QColor red = Theme::light().failing;
  const auto reds = [&] {
    const QImage image = chart.grab().toImage();
    int count = 0;
    for (int y = 26; y < 60; ++y) {
      for (int x = 0; x < image.width(); ++x) {
        count += image.pixelColor(x, y).red() > 150 && image.pixelColor(x, y).blue() < 120 ? 1 : 0;
      }
    }
    return count;
  };
  chart.set_span(Instant(10'000s));
  chart.set_lines({{QStringLiteral("e"), values, ChartLine::kFailingColor}}, 1s);
  const int without = reds();
  values[6'123] = 100;
  chart.set_lines({{QStringLiteral("e"), values, ChartLine::kFailingColor}}, 1s);

  EXPECT_GT(reds(), without + 10) << red.name().toStdString();
}

TEST_F(PanelsTest, HoweverManyFaultsAtOnceLeaveAChartReadable) {
  const auto painted = [](int bands) {
    QImage image(20, 10, QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    fill_bands(painter, std::vector<QRectF>(static_cast<std::size_t>(bands), {4, 0, 12, 10}),
               Theme::light().fault_band);
    return image.pixelColor(10, 5);
  };
  EXPECT_NE(painted(1), painted(0));
  EXPECT_NE(painted(2), painted(1)) << "more than one is seen";
  EXPECT_EQ(painted(20), painted(2));
}

// ---- the time -------------------------------------------------------------------------------

TEST_F(PanelsTest, AClickOnTheTimelineGoesBackInTime) {
  TimelineBar bar(bench_);
  bar.resize(900, 60);
  bar.show();
  run_to_end(bench_);
  TimelineStrip& strip = bar.strip();
  const double x = strip.x_of(Instant(7s));
  QTest::mouseClick(&strip, Qt::LeftButton, {}, QPoint(static_cast<int>(x), 30));

  EXPECT_NEAR(proxy::to_seconds(bench_.moment().time_since_epoch()), 7, 0.1);
  const Instant before = bench_.moment();
  QTest::keyClick(&strip, Qt::Key_Left);
  EXPECT_LT(bench_.moment(), before);
  QTest::keyClick(&strip, Qt::Key_End);
  EXPECT_EQ(bench_.moment(), Instant(20s));
  QTest::keyClick(&strip, Qt::Key_Home);
  EXPECT_EQ(bench_.moment(), Instant(0s));
}

TEST_F(PanelsTest, AFaultIsMovedAlongTheTimeline) {
  TimelineBar bar(bench_);
  bar.resize(900, 60);
  bar.show();
  TimelineStrip& strip = bar.strip();
  const auto point = [&](Instant at) { return QPoint(static_cast<int>(strip.x_of(at)), 8); };
  QTest::mousePress(&strip, Qt::LeftButton, {}, point(Instant(7s)));
  QTest::mouseMove(&strip, point(Instant(10s)));
  QTest::mouseRelease(&strip, Qt::LeftButton, {}, point(Instant(10s)));

  const auto at = proxy::to_seconds(bench_.scenario()->faults.front().at.time_since_epoch());
  EXPECT_NEAR(at, 8, 0.11) << "it began at 5 s and was moved by 3 s";
  bench_.undo();
  EXPECT_EQ(text_of(bench_), kTestShop);
  QTest::mousePress(&strip, Qt::LeftButton, {}, point(Instant(10s)));
  QTest::mouseMove(&strip, point(Instant(12s)));
  QTest::mouseRelease(&strip, Qt::LeftButton, {}, point(Instant(12s)));
  EXPECT_NEAR(proxy::to_seconds(bench_.scenario()->faults.front().length), 7, 0.11);
}

// ---- the inspector --------------------------------------------------------------------------

TEST_F(PanelsTest, TheInspectorEditsEveryKeyOfTheSchema) {
  InspectorPanel inspector(bench_);
  bench_.select(Selection::of_service("stock"));
  PropertyTree& tree = inspector.properties();
  QTreeWidgetItem* const attempts = tree.find({"traffic", "stock", "retries", "attempts"});
  ASSERT_NE(attempts, nullptr);
  EXPECT_EQ(attempts->text(1), QStringLiteral("2"));

  attempts->setText(1, QStringLiteral("4"));
  EXPECT_NE(text_of(bench_).find("attempts: 4"), std::string::npos);
  EXPECT_NE(text_of(bench_).find("# what people read"), std::string::npos) << "comments stay";

  QTreeWidgetItem* const timeout = tree.find({"traffic", "stock", "timeout"});
  ASSERT_NE(timeout, nullptr);
  timeout->setText(1, QStringLiteral("1s"));
  EXPECT_NE(text_of(bench_).find("timeout: 1s"), std::string::npos);
  timeout->setText(1, QString());
  bench_.undo();
  bench_.undo();
  bench_.undo();
  EXPECT_EQ(text_of(bench_), kTestShop);
}

TEST_F(PanelsTest, AValueThatIsNoneIsRefusedAndTheOldOneStays) {
  InspectorPanel inspector(bench_);
  bench_.select(Selection::of_service("stock"));
  QTreeWidgetItem* const attempts =
      inspector.properties().find({"traffic", "stock", "retries", "attempts"});
  QString said;
  QObject::connect(&bench_, &Workbench::said, &bench_, [&](const QString& text) { said = text; });
  attempts->setText(1, QStringLiteral("many"));

  EXPECT_EQ(text_of(bench_), kTestShop);
  EXPECT_EQ(attempts->text(1), QStringLiteral("2"));
  EXPECT_FALSE(said.isEmpty());
}

TEST_F(PanelsTest, TheInspectorShowsFiguresOfTheMoment) {
  InspectorPanel inspector(bench_);
  bench_.select(Selection::of_service("stock"));
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("gunicorn")));
  run_to_end(bench_);
  bench_.look_at(Instant(7s));
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("50 times as long")));
  bench_.look_at(Instant(4s));
  EXPECT_FALSE(inspector.figures().contains(QStringLiteral("50 times as long")));
}

TEST_F(PanelsTest, TheInspectorTellsWhatAnAutoscalerDidAndWhy) {
  Workbench bench;
  bench.create(QStringLiteral("shop.yaml"), R"(
services:
  shop: {entry: true, start_delay: 2s, autoscale: {max: 4, target: 50%, interval: 5s},
         runtime: {go: {cpus: 1}}, endpoints: {GET /: {work: 8ms}}}
load: {customers: {rate: 100/s, request: GET /}}
run: {duration: 20s}
)");
  const InspectorPanel inspector(bench);
  bench.select(Selection::of_service("shop"));
  run_to_end(bench);
  bench.look_at(Instant(15s));
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("1 to 4, at 50 % busy")))
      << inspector.figures().toStdString();
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("1 -&gt; 2: ")));
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("2 of 2 up")));
  bench.look_at(Instant(2s));
  EXPECT_FALSE(inspector.figures().contains(QStringLiteral("-&gt; 2: ")));
}

TEST_F(PanelsTest, AnInspectorThatIsPinnedStaysWithItsSubject) {
  InspectorPanel inspector(bench_);
  const InspectorPanel pinned(bench_, nullptr, Selection::of_service("stock"));
  bench_.select(Selection::of_service("shop"));
  EXPECT_EQ(inspector.subject(), Selection::of_service("shop"));
  EXPECT_EQ(pinned.subject(), Selection::of_service("stock"));
  run_to_end(bench_);
  bench_.look_at(Instant(7s));
  EXPECT_NE(pinned.figures(), inspector.figures());

  auto* const back = inspector.findChild<QToolButton*>(QStringLiteral("inspect_back"));
  auto* const forth = inspector.findChild<QToolButton*>(QStringLiteral("inspect_forth"));
  bench_.select(Selection::of_service("stock"));
  EXPECT_FALSE(forth->isEnabled());
  QTest::mouseClick(back, Qt::LeftButton);
  EXPECT_EQ(inspector.subject(), Selection::of_service("shop"));
  QTest::mouseClick(forth, Qt::LeftButton);
  EXPECT_EQ(inspector.subject(), Selection::of_service("stock"));
}

TEST_F(PanelsTest, UndoInTheTextIsTheUndoOfTheDocument) {
  SourcePanel source(bench_);
  source.show();
  QTest::keyClicks(&source.text(), QStringLiteral("# x"));
  source.take_over();
  ASSERT_NE(text_of(bench_), kTestShop);
  QKeyEvent undo(QEvent::ShortcutOverride, Qt::Key_Z, Qt::ControlModifier);
  undo.ignore();
  QApplication::sendEvent(&source.text(), &undo);
  EXPECT_FALSE(undo.isAccepted()) << "the window's own undo gets the key";
  QKeyEvent copy(QEvent::ShortcutOverride, Qt::Key_C, Qt::ControlModifier);
  copy.ignore();
  QApplication::sendEvent(&source.text(), &copy);
  EXPECT_TRUE(copy.isAccepted()) << "copying is about the text";
}

TEST_F(PanelsTest, WithoutAnswersTheInspectorShowsNoLatency) {
  std::string text = kTestShop;
  const std::string one = "on: stock-2, slow: 50x";
  text.replace(text.find(one), one.size(), "on: stock, kill: all");
  bench_.create(QStringLiteral("shop.yaml"), text);
  InspectorPanel inspector(bench_);
  run_to_end(bench_);
  bench_.select(Selection::of_service("stock"));
  bench_.look_at(Instant(4s));
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("p50")));
  bench_.look_at(Instant(9s));
  EXPECT_FALSE(inspector.figures().contains(QStringLiteral("p50")));
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral("–")));
}

TEST_F(PanelsTest, WhyAServiceFailedIsShortUntilThereIsAskedForMore) {
  std::string text = kTestShop;
  const std::string one = "on: stock-2, slow: 50x";
  text.replace(text.find(one), one.size(), "on: stock, slow: 500x");
  bench_.create(QStringLiteral("shop.yaml"), text);
  InspectorPanel inspector(bench_);
  run_to_end(bench_);
  bench_.look_at(Instant(9s));
  bench_.select(Selection::of_service("shop"));
  const QString beginning = inspector.figures();
  ASSERT_TRUE(beginning.contains(QStringLiteral(">more</a>"))) << beginning.toStdString();

  auto* const label = inspector.findChild<QLabel*>(QStringLiteral("inspector_figures"));
  Q_EMIT label->linkActivated(QStringLiteral("why"));
  EXPECT_GT(inspector.figures().size(), beginning.size());
  EXPECT_TRUE(inspector.figures().contains(QStringLiteral(">less</a>")));
  Q_EMIT label->linkActivated(QStringLiteral("why"));
  EXPECT_EQ(inspector.figures(), beginning);
}

// ---- lists ----------------------------------------------------------------------------------

TEST_F(PanelsTest, TheOutlineHasTheSelectionOfTheCanvasAndFindsByName) {
  OutlinePanel outline(bench_);
  ASSERT_EQ(outline.tree().topLevelItemCount(), 2);
  bench_.select(Selection::of_service("stock"));
  EXPECT_EQ(outline.tree().currentItem()->text(0), QStringLiteral("stock"));
  outline.tree().setCurrentItem(outline.tree().topLevelItem(0)->child(0));
  EXPECT_EQ(bench_.selection(), Selection::of_edge("shop", "stock"));

  outline.search().setText(QStringLiteral("sto"));
  EXPECT_TRUE(outline.tree().topLevelItem(0)->isHidden());
  EXPECT_FALSE(outline.tree().topLevelItem(1)->isHidden());
}

TEST_F(PanelsTest, EventsLeadToTheirMomentAndPlace) {
  EventsPanel events(bench_);
  events.show();
  run_to_end(bench_);
  ASSERT_GT(events.list().topLevelItemCount(), 1);
  QTreeWidgetItem* const first = events.list().topLevelItem(0);
  EXPECT_TRUE(first->text(1).contains(QStringLiteral("slow-disk")));
  Q_EMIT events.list().itemClicked(first, 0);

  EXPECT_EQ(bench_.moment(), Instant(5s));
  EXPECT_EQ(events.list().currentItem(), first) << "the moment is marked in the list";
}

TEST_F(PanelsTest, ProblemsNameTheLineWhileTheLastGoodMeshStays) {
  ProblemsPanel problems(bench_);
  std::string broken = kTestShop;
  broken.replace(broken.find("instances: 3"), 12, "instances: three");
  bench_.type("shop.yaml", broken);

  ASSERT_GE(problems.topLevelItemCount(), 1);
  EXPECT_TRUE(problems.topLevelItem(0)->text(3).startsWith(QStringLiteral("shop.yaml:4:")));
  EXPECT_NE(bench_.scenario(), nullptr);
  int line = 0;
  QObject::connect(&bench_, &Workbench::place_asked, &bench_,
                   [&](const std::string&, int asked) { line = asked; });
  Q_EMIT problems.itemClicked(problems.topLevelItem(0), 0);
  EXPECT_EQ(line, 4);
}

TEST_F(PanelsTest, TheCodeOfAProblemExplainsItself) {
  ProblemsPanel problems(bench_);
  bench_.type("shop.yaml", std::string(kTestShop) + "surprise: 3\n");
  ASSERT_GT(problems.topLevelItemCount(), 0);
  const QTreeWidgetItem* const item = problems.topLevelItem(0);
  EXPECT_GT(item->toolTip(1).size(), item->text(2).size()) << item->text(1).toStdString();
}

TEST_F(PanelsTest, TheVerdictListsExpectationsAndWhy) {
  VerdictPanel verdict(bench_);
  EXPECT_TRUE(verdict.topLevelItem(0)->text(0).contains(QStringLiteral("open")));
  run_and_pause_at(bench_, engine::Instant(std::chrono::seconds(11)));
  wait_for([&] { return verdict.topLevelItem(0)->text(0).contains(QStringLiteral("broken")); });
  EXPECT_FALSE(verdict.topLevelItem(0)->text(2).isEmpty()) << "what was measured so far";
  run_to_end(bench_);
  EXPECT_TRUE(verdict.topLevelItem(0)->text(1).startsWith(
      QString::fromStdString(bench_.shown()->result->run.verdict.headline)));
  EXPECT_GE(verdict.topLevelItemCount(), 2);
}

TEST_F(PanelsTest, TwoRunsAreCompared) {
  RunsPanel runs(bench_);
  ChartsPanel charts(bench_);
  charts.show();
  run_to_end(bench_);
  std::string other = kTestShop;
  other.replace(other.find("rate: 100/s"), 11, "rate: 200/s");
  bench_.type("shop.yaml", other);
  run_to_end(bench_);
  bench_.set_baseline(0);

  ASSERT_NE(runs.comparison(), nullptr);
  EXPECT_FALSE(runs.comparison()->identical);
  QTreeWidget& changes = runs.changes();
  EXPECT_GT(changes.topLevelItemCount(), 0);
  constexpr int kChange = 4;
  for (int row = 0; row < changes.topLevelItemCount(); ++row) {
    const QString change = changes.topLevelItem(row)->text(kChange);
    EXPECT_LT(changes.fontMetrics().horizontalAdvance(change), changes.columnWidth(kChange))
        << "by how much it changed is seen whole: " << change.toStdString();
  }
  const int end = changes.columnViewportPosition(kChange) + changes.columnWidth(kChange);
  EXPECT_LE(end, 660) << "without scrolling, in a window of 1280";
  EXPECT_TRUE(charts.charts()[0]->lines().front().dashed);
  EXPECT_NE(runs.comparison_page().find("<!DOCTYPE html>"), std::string::npos);
  EXPECT_FALSE(runs.changed_services().empty()) << "twice the load is felt";
  runs.list().topLevelItem(1)->setText(0, QStringLiteral("more load"));
  EXPECT_EQ(title_of(*bench_.shown()), QStringLiteral("more load"));
  bench_.set_baseline(std::nullopt);
  EXPECT_EQ(runs.comparison(), nullptr);
}

// ---- the text -------------------------------------------------------------------------------

TEST_F(PanelsTest, WhatIsTypedIsReadAndWhatIsDoneIsShown) {
  SourcePanel source(bench_);
  EXPECT_EQ(source.text().toPlainText().toStdString(), kTestShop);
  QTextCursor cursor = source.text().textCursor();
  cursor.setPosition(static_cast<int>(std::string(kTestShop).find("instances: 3")) + 11);
  source.text().setTextCursor(cursor);
  QTest::keyClicks(&source.text(), QStringLiteral("1"));
  source.take_over();

  EXPECT_NE(text_of(bench_).find("instances: 13"), std::string::npos);
  bench_.undo();
  EXPECT_EQ(source.text().toPlainText().toStdString(), kTestShop);
}

TEST_F(PanelsTest, MistakesAreMarkedInTheText) {
  SourcePanel source(bench_);
  std::string broken = kTestShop;
  broken.replace(broken.find("retries"), 7, "retires");
  bench_.type("shop.yaml", broken);

  ASSERT_FALSE(source.text().problems().empty());
  EXPECT_EQ(source.text().problems().front().line, 6);
  EXPECT_FALSE(source.text().extraSelections().isEmpty());
}

}  // namespace
}  // namespace shaketable::gui
