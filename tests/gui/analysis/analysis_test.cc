#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>
#include <QTest>
#include <set>

#include <gtest/gtest.h>

#include "engine/judge/names.h"
#include "gui/analysis/canary_panel.h"
#include "gui/analysis/cascade_panel.h"
#include "gui/analysis/lanes_view.h"
#include "gui/analysis/traces_panel.h"
#include "gui/analysis/why.h"
#include "tests/gui/support/gui_test_support.h"
#include "tests/gui/support/test_trouble.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class AnalysisTest : public testing::Test {
 protected:
  AnalysisTest() { bench_.create(QStringLiteral("trouble.yaml"), kTestTrouble); }

  [[nodiscard]] const engine::Analysis& analysis() const {
    return bench_.analysed()->run.verdict.analysis;
  }
  [[nodiscard]] const engine::Scenario& ran() const { return bench_.analysed()->scenario.scenario; }

  Workbench bench_;
};

// ---- why ------------------------------------------------------------------------------------

TEST_F(AnalysisTest, TheWayBackFromARedServiceEndsWhereTheTroubleBegan) {
  run_to_end(bench_);
  const engine::WhyPath* const why = why_of(ran(), analysis().cascade, "door");
  ASSERT_NE(why, nullptr);
  const Trail trail = trail_of(ran(), analysis().cascade, *why);

  ASSERT_FALSE(trail.services.empty());
  EXPECT_EQ(trail.services.front(), "door");
  ASSERT_FALSE(trail.edges.empty());
  const std::set<std::string> on_the_way(trail.services.begin(), trail.services.end());
  for (const auto& [caller, callee] : trail.edges) {
    EXPECT_TRUE(on_the_way.contains(caller) || on_the_way.contains(callee)) << caller << callee;
  }
  EXPECT_EQ(why_of(ran(), analysis().cascade, "nobody"), nullptr);
}

TEST_F(AnalysisTest, TheCascadeTellsEveryStepUnderItsCause) {
  CascadePanel panel(bench_);
  panel.show();
  run_to_end(bench_);

  const engine::Cascade& cascade = analysis().cascade;
  ASSERT_FALSE(cascade.roots.empty());
  EXPECT_TRUE(panel.headline().contains(QString::fromStdString(cascade.headline).toHtmlEscaped()));
  ASSERT_GE(panel.steps().topLevelItemCount(), static_cast<int>(cascade.roots.size()));
  std::size_t shown = 0;
  for (QTreeWidgetItemIterator it(&panel.steps()); *it != nullptr; ++it) {
    for (const engine::CascadeStep& step : cascade.steps) {
      shown += (*it)->text(2) == QString::fromStdString(step.text) &&
                       (*it)->text(1) ==
                           QString::fromStdString(engine::service_name(ran(), step.service)) &&
                       (*it)->parent() != nullptr
                   ? 1
                   : 0;
    }
  }
  EXPECT_GE(shown, cascade.steps.size());
  ASSERT_FALSE(cascade.amplification.empty());
  EXPECT_EQ(panel.amplification().topLevelItemCount(),
            static_cast<int>(cascade.amplification.size()) +
                (cascade.worst_path.services.empty() ? 0 : 1));
}

TEST_F(AnalysisTest, AClickOnAStepLeadsToItsMomentAndService) {
  CascadePanel panel(bench_);
  panel.show();
  run_to_end(bench_);
  QTreeWidgetItem* const root = panel.steps().topLevelItem(0);
  Q_EMIT panel.steps().itemClicked(root, 0);

  const engine::RootCause& cause = analysis().cascade.roots.front();
  EXPECT_EQ(bench_.moment(), cause.at + bench_.shown()->history.bucket());
  if (cause.service != engine::kNone) {
    EXPECT_EQ(bench_.selection(),
              Selection::of_service(engine::service_name(ran(), cause.service)));
  }
  bench_.select(Selection::of_service("door"));
  EXPECT_TRUE(panel.headline().contains(QStringLiteral("Why is door red?")));
}

TEST_F(AnalysisTest, ARunThatGoesOnIsExplainedAsFarAsItCame) {
  CascadePanel panel(bench_);
  panel.show();
  run_and_pause_at(bench_, Instant(14s));
  wait_for([&] {
    return bench_.analysed() != nullptr && bench_.analysed()->run.record.ended >= Instant(14s);
  });

  EXPECT_EQ(bench_.shown()->result, nullptr);
  EXPECT_TRUE(bench_.analysed()->run.record.interrupted);
  EXPECT_FALSE(analysis().cascade.steps.empty());
  EXPECT_GT(panel.steps().topLevelItemCount(), 0);
}

// ---- states ---------------------------------------------------------------------------------

TEST_F(AnalysisTest, LanesSayWhatIsOpenAtTheMomentAndWhy) {
  LanesView lanes(bench_);
  lanes.resize(1000, 400);
  lanes.show();
  EXPECT_EQ(lanes.rows(), 0);
  run_to_end(bench_);
  ASSERT_GT(lanes.rows(), 0);
  const auto circuit = [&]() -> std::size_t {
    for (std::size_t row = 0; row < lanes.rows(); ++row) {
      const engine::Lane* const lane = lanes.lane_of(row);
      if (lane != nullptr && lane->kind == engine::LaneKind::kCircuit) {
        return row;
      }
    }
    return lanes.rows();
  }();
  ASSERT_LT(circuit, lanes.rows()) << "the slow stock opens a circuit";
  const engine::Lane& lane = *lanes.lane_of(circuit);
  bench_.look_at(lane.spans.front().from);
  EXPECT_TRUE(lanes.state_of(lane).startsWith(QStringLiteral("OPEN: max_requests")))
      << lanes.state_of(lane).toStdString();
  bench_.look_at(Instant(1s));
  EXPECT_EQ(lanes.state_of(lane), QStringLiteral("closed"));

  QTest::mouseClick(&lanes, Qt::LeftButton, {}, lanes.point_of(circuit, Instant(12s)));
  EXPECT_NEAR(proxy::to_seconds(bench_.moment().time_since_epoch()), 12, 0.1);
  EXPECT_EQ(bench_.selection(), Selection::of_edge(engine::service_name(ran(), lane.caller),
                                                   engine::service_name(ran(), lane.service)));
}

// ---- versions -------------------------------------------------------------------------------

TEST_F(AnalysisTest, VersionsStandSideBySideWithTheSplitThatWasWanted) {
  CanaryPanel panel(bench_);
  panel.show();
  run_to_end(bench_);
  ASSERT_EQ(analysis().canaries.size(), 1);
  bench_.look_at(Instant(8s));

  const engine::CanaryAnalysis& canary = analysis().canaries.front();
  ASSERT_EQ(panel.bars().bars().size(), 3);
  EXPECT_EQ(panel.bars().bars()[0].ppm, (std::vector<std::int64_t>{900'000, 100'000}));
  ASSERT_EQ(panel.bars().bars()[1].ppm.size(), 2);
  EXPECT_EQ(panel.bars().bars()[1].ppm[1], canary.split.front().share_ppm[1].value);
  ASSERT_EQ(panel.bars().bars()[2].ppm.size(), 2);
  EXPECT_GT(panel.bars().bars()[2].ppm[0], 600'000) << "one bucket: a few requests";
  ASSERT_EQ(panel.versions().topLevelItemCount(), static_cast<int>(canary.versions.size()));
  EXPECT_GT(panel.versions().topLevelItem(1)->childCount(), 0) << "what the judges say";

  bench_.look_at(Instant(27s));
  EXPECT_EQ(panel.bars().bars()[0].ppm, (std::vector<std::int64_t>{1'000'000, 0}))
      << "it was rolled back";
  ASSERT_EQ(panel.charts().size(), 3);
  EXPECT_EQ(panel.charts()[1]->lines().size(), 2) << "errors of both versions";
}

TEST_F(AnalysisTest, WithoutVersionsTheCanaryViewSaysSo) {
  bench_.create(QStringLiteral("shop.yaml"), kTestShop);
  CanaryPanel panel(bench_);
  panel.show();
  run_to_end(bench_);

  EXPECT_EQ(panel.versions().topLevelItemCount(), 0);
  EXPECT_TRUE(panel.bars().bars().empty());
}

// ---- single requests ------------------------------------------------------------------------

TEST_F(AnalysisTest, ARequestShowsItsAttemptsAndTheReasonOfEachDecision) {
  TracesPanel panel(bench_);
  panel.resize(1200, 300);
  panel.show();
  run_to_end(bench_);
  const auto& traces = bench_.analysed()->run.record.traces;
  ASSERT_FALSE(traces.empty());
  EXPECT_EQ(panel.list().topLevelItemCount(), static_cast<int>(traces.size()));

  panel.kind().setCurrentIndex(1);
  ASSERT_GT(panel.list().topLevelItemCount(), 0);
  EXPECT_LT(panel.list().topLevelItemCount(), static_cast<int>(traces.size()));
  panel.list().setCurrentItem(panel.list().topLevelItem(0));
  const engine::Trace* const trace = panel.waterfall().trace();
  ASSERT_NE(trace, nullptr);
  EXPECT_NE(trace->reasons & engine::kKeptAsFailed, 0);
  ASSERT_FALSE(trace->events.empty()) << "a failed request was decided about";
  ASSERT_EQ(panel.decisions().topLevelItemCount(), static_cast<int>(trace->events.size()));
  EXPECT_TRUE(panel.decisions().topLevelItem(0)->text(2).contains(
      QString::fromStdString(trace->events.front().reason)));
  EXPECT_FALSE(panel.waterfall().bar_of(0).isEmpty());
  EXPECT_GE(panel.waterfall().bars().size(), 3);
}

TEST_F(AnalysisTest, RequestsAreFilteredByTextLengthAndSelection) {
  TracesPanel panel(bench_);
  panel.show();
  run_to_end(bench_);
  const int all = panel.list().topLevelItemCount();

  panel.filter().setText(QStringLiteral("> 50 ms"));
  const int slow = panel.list().topLevelItemCount();
  EXPECT_GT(slow, 0);
  EXPECT_LT(slow, all);
  panel.filter().setText(QStringLiteral("> 0.05 s"));
  EXPECT_EQ(panel.list().topLevelItemCount(), slow);
  panel.filter().setText(QStringLiteral("no such thing"));
  EXPECT_EQ(panel.list().topLevelItemCount(), 0);
  EXPECT_EQ(panel.waterfall().trace(), nullptr);
  panel.filter().clear();
  bench_.select(Selection::of_service("stock"));
  panel.selected_only().setChecked(true);
  EXPECT_GT(panel.list().topLevelItemCount(), 0);
  bench_.select(Selection::of_edge("stock", "door"));
  EXPECT_EQ(panel.list().topLevelItemCount(), 0) << "nobody calls that way";
}

}  // namespace
}  // namespace shaketable::gui
