#include <QLayout>
#include <QLineEdit>
#include <QSlider>
#include <QTest>
#include <algorithm>

#include <gtest/gtest.h>

#include "gui/document/item_edits.h"
#include "gui/panels/find_bar.h"
#include "gui/panels/load_panel.h"
#include "gui/panels/scenario_panel.h"
#include "gui/workbench/time_edits.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class FindBarTest : public testing::Test {
 protected:
  FindBarTest() : bar_(bench_) {
    bench_.create(QStringLiteral("shop.yaml"), kTestShop);
    QObject::connect(&bar_, &FindBar::found_changed,
                     [this](const std::optional<std::vector<bool>>& found) { found_ = found; });
    QObject::connect(&bar_, &FindBar::hidden_changed,
                     [this](const std::vector<bool>& hidden) { hidden_ = hidden; });
    bar_.begin();
  }

  Workbench bench_;
  FindBar bar_;
  std::optional<std::vector<bool>> found_;
  std::vector<bool> hidden_;
};

TEST_F(FindBarTest, FindsAndHidesWhatIsTyped) {
  QTest::keyClicks(&bar_.find(), QStringLiteral("runtime = gunicorn"));
  EXPECT_EQ(found_, (std::vector<bool>{false, true}));
  EXPECT_EQ(bar_.verdict(), QStringLiteral("1 of 2 found"));
  QTest::keyClicks(&bar_.hide_line(), QStringLiteral("entry"));
  EXPECT_EQ(hidden_, (std::vector<bool>{true, false}));
  QTest::keyClick(&bar_.find(), Qt::Key_Escape);
  EXPECT_FALSE(bar_.isVisible());
  EXPECT_FALSE(found_.has_value());
  EXPECT_EQ(hidden_, (std::vector<bool>{false, false}));
}

TEST_F(FindBarTest, AMistakeDoesNotMoveTheDrawingBelow) {
  const auto height = [this] {
    return std::max(bar_.sizeHint().height(), bar_.layout()->totalHeightForWidth(600));
  };
  bar_.begin();
  const int before = height();
  bar_.find_line().setText(QStringLiteral("errors >> 5"));
  ASSERT_GT(bar_.verdict().size(), 20);
  EXPECT_EQ(height(), before);
}

TEST_F(FindBarTest, AMistakeIsSaidAndWhatWasFoundStays) {
  bar_.find().setText(QStringLiteral("stock"));
  bar_.find().setText(QStringLiteral("stock and rps >"));
  EXPECT_TRUE(bar_.verdict().contains(QStringLiteral("value is missing")));
  EXPECT_EQ(found_, (std::vector<bool>{false, true}));
}

TEST_F(FindBarTest, FollowsTheMomentOfTheRun) {
  bar_.find().setText(QStringLiteral("rps > 50"));
  EXPECT_EQ(found_, (std::vector<bool>{false, false})) << "nothing is known before a run";
  run_to_end(bench_);
  bench_.look_at(Instant(10s));
  EXPECT_EQ(found_, (std::vector<bool>{true, true}));
}

TEST_F(FindBarTest, EnterGoesFromOneToTheNext) {
  QStringList asked;
  QObject::connect(&bar_, &FindBar::reveal_asked, [&](const QString& name) { asked << name; });
  bar_.find().setText(QStringLiteral("instances >= 2"));
  for (int i = 0; i < 3; ++i) {
    QTest::keyClick(&bar_.find(), Qt::Key_Return);
  }
  EXPECT_EQ(asked,
            (QStringList{QStringLiteral("shop"), QStringLiteral("stock"), QStringLiteral("shop")}));
}

class LoadPanelTest : public testing::Test {
 protected:
  LoadPanelTest() : panel_(bench_) { bench_.create(QStringLiteral("shop.yaml"), kTestShop); }

  Workbench bench_;
  LoadPanel panel_;
};

TEST_F(LoadPanelTest, TheSliderIsLogarithmicAndStopsAtRoundFactors) {
  EXPECT_EQ(factor_of(0), 1);
  EXPECT_EQ(factor_of(slider_of(10)), 10);
  EXPECT_NEAR(factor_of(slider_of(0.1)), 0.1, 1e-9);
  EXPECT_NEAR(factor_of(slider_of(2)), 2, 1e-9);
}

TEST_F(LoadPanelTest, WithoutARunItIsWrittenIntoTheScenario) {
  panel_.set_factor("customers", 2);
  EXPECT_NE(text_of(bench_).find("load: {times: 2, of: customers}"), std::string::npos)
      << text_of(bench_);
  bench_.undo();
  EXPECT_EQ(text_of(bench_), kTestShop);
}

TEST_F(LoadPanelTest, FactorsOfARunMakeUpForThoseBeforeAndAreSavedAsFaults) {
  run_and_pause_at(bench_, Instant(2s));
  panel_.set_factor("customers", 2);
  panel_.set_factor("customers", 3);
  wait_for([&] { return bench_.shown()->status.acts == 2; });
  const engine::Scenario& now = bench_.shown()->scenario->scenario;
  EXPECT_NEAR(load_factor(now, load_parts(now).front(), Instant(3s)), 3, 1e-5);
  EXPECT_EQ(panel_.slider("customers")->value(), slider_of(3));
  panel_.set_factor("customers", 1);
  wait_for([&] { return bench_.shown()->status.acts == 3; });
  const engine::Scenario& again = bench_.shown()->scenario->scenario;
  EXPECT_NEAR(load_factor(again, load_parts(again).front(), Instant(3s)), 1, 1e-5);
  bench_.set_speed(RunHandle::kAsFastAsItGoes);
  bench_.run_until(Instant(20s));
  wait_for([&] { return bench_.shown()->result != nullptr; });
  const std::uint64_t fingerprint = bench_.shown()->status.fingerprint;
  bench_.keep_acts();
  run_to_end(bench_);
  EXPECT_EQ(bench_.shown()->status.fingerprint, fingerprint);
}

TEST_F(LoadPanelTest, EachJourneyOfALoadHasASliderAndItsActsReplay) {
  std::string text = kTestShop;
  const std::string load = "{customers: {rate: 100/s, request: GET /}}";
  text.replace(text.find(load), load.size(),
               "{customers: {rate: 100/s, scenarios: {look: {weight: 3, steps: [GET /]}, "
               "buy: {steps: [GET /]}}}, bots: {rate: 1/s, scenarios: {look: {steps: [GET /]}, "
               "crawl: {steps: [GET /]}}}}");
  bench_.create(QStringLiteral("shop.yaml"), text);
  ASSERT_TRUE(bench_.document().is_good());
  for (const char* const name : {"customers", "buy", "customers look", "bots", "bots look"}) {
    EXPECT_NE(panel_.slider(name), nullptr) << name;
  }
  EXPECT_EQ(panel_.slider("look"), nullptr) << "two loads have one";
  run_and_pause_at(bench_, Instant(2s));
  panel_.slider("customers look")->setValue(slider_of(0.5));
  panel_.slider("buy")->setValue(slider_of(3));
  wait_for([&] { return bench_.shown()->status.acts == 2; });
  EXPECT_EQ(panel_.slider("buy")->value(), slider_of(3));
  EXPECT_EQ(panel_.slider("customers")->value(), slider_of(1));
  bench_.set_speed(RunHandle::kAsFastAsItGoes);
  bench_.run_until(Instant(20s));
  wait_for([&] { return bench_.shown()->result != nullptr; });
  const std::uint64_t fingerprint = bench_.shown()->status.fingerprint;
  bench_.keep_acts();
  EXPECT_NE(text_of(bench_).find("of: buy"), std::string::npos);
  run_to_end(bench_);
  EXPECT_EQ(bench_.shown()->status.fingerprint, fingerprint);
}

class ScenarioTracksTest : public testing::Test {
 protected:
  ScenarioTracksTest() : tracks_(bench_) {
    bench_.create(QStringLiteral("shop.yaml"), text_with_more());
    tracks_.resize(900, 300);
    tracks_.show();
  }
  static std::string text_with_more() {
    std::string text = kTestShop;
    text += "  - {metric: success_rate, of: shop, must: \">= 99%\", during: 2s..6s}\n";
    const std::string faults = "faults: {";
    text.insert(text.find(faults) + faults.size(),
                "push: {at: 12s, config_push: {traffic: {stock: {timeout: 2s}}}}, ");
    return text;
  }
  std::size_t lane(ScenarioLane::Kind kind, std::size_t nth = 0) {
    for (std::size_t i = 0; i < tracks_.lanes().size(); ++i) {
      if (tracks_.lanes()[i].kind == kind && nth-- == 0) {
        return i;
      }
    }
    ADD_FAILURE() << "no such lane";
    return 0;
  }
  void drag(const QPointF& from, Instant to) {
    const QPoint begin = from.toPoint();
    const QPoint end(static_cast<int>(std::lround(tracks_.x_of(to))), begin.y());
    QTest::mousePress(&tracks_, Qt::LeftButton, {}, begin);
    QTest::mouseMove(&tracks_, (begin + end) / 2);
    QTest::mouseMove(&tracks_, end);
    QTest::mouseRelease(&tracks_, Qt::LeftButton, {}, end);
  }

  Workbench bench_;
  ScenarioTracks tracks_;
};

TEST_F(ScenarioTracksTest, ShowsLoadFaultsConfigurationAndExpectations) {
  ASSERT_TRUE(bench_.document().is_good());
  ASSERT_EQ(tracks_.lanes().size(), 5);
  EXPECT_EQ(tracks_.lanes()[0].title, QStringLiteral("customers"));
  EXPECT_EQ(tracks_.lanes()[1].title, QStringLiteral("slow-disk"));
  EXPECT_TRUE(tracks_.lanes()[2].is_point);
  EXPECT_FALSE(tracks_.lanes()[3].can_move) << "its span is the fault's";
  EXPECT_TRUE(tracks_.lanes()[4].can_move);
}

TEST_F(ScenarioTracksTest, AFaultIsMovedByItsBarAndStretchedByBothEnds) {
  const std::size_t fault = lane(ScenarioLane::Kind::kFault);
  const auto expect_span = [&](double from, double to) {
    const auto& lane = tracks_.lanes()[fault];
    EXPECT_NEAR(proxy::to_seconds(lane.from.time_since_epoch()), from, 0.16) << text_of(bench_);
    EXPECT_NEAR(proxy::to_seconds(lane.to.time_since_epoch()), to, 0.16) << text_of(bench_);
  };
  drag(tracks_.bar_of(fault).center(), Instant(9'500ms));
  expect_span(7, 12);
  QRectF bar = tracks_.bar_of(fault);
  drag(QPointF(bar.right() - 1, bar.center().y()), Instant(15s));
  expect_span(7, 15);
  bar = tracks_.bar_of(fault);
  drag(QPointF(bar.left() + 1, bar.center().y()), Instant(8s));
  expect_span(8, 15);
  for (int i = 0; i < 3; ++i) {
    bench_.undo();
  }
  EXPECT_EQ(text_of(bench_), text_with_more());
}

TEST_F(ScenarioTracksTest, APushAndTheSpanOfAnExpectationAreMoved) {
  const std::size_t push = lane(ScenarioLane::Kind::kConfiguration);
  drag(tracks_.bar_of(push).center(), Instant(15s));
  const auto seconds = [](Instant at) { return proxy::to_seconds(at.time_since_epoch()); };
  EXPECT_NEAR(seconds(tracks_.lanes()[push].from), 15, 0.16) << text_of(bench_);
  const std::size_t span = lane(ScenarioLane::Kind::kExpectation, 1);
  const QRectF bar = tracks_.bar_of(span);
  drag(QPointF(bar.right() - 1, bar.center().y()), Instant(18s));
  EXPECT_NEAR(seconds(tracks_.lanes()[span].to), 18, 0.16) << text_of(bench_);
  EXPECT_EQ(seconds(tracks_.lanes()[span].from), 2);
}

TEST_F(ScenarioTracksTest, ALoadBeginsAndEndsWhereItIsDragged) {
  const std::size_t load = lane(ScenarioLane::Kind::kLoad);
  const QRectF bar = tracks_.bar_of(load);
  drag(QPointF(bar.left() + 1, bar.center().y()), Instant(3s));
  EXPECT_NEAR(proxy::to_seconds(tracks_.lanes()[load].from.time_since_epoch()), 3, 0.16);
  const QRectF later = tracks_.bar_of(load);
  drag(QPointF(later.left() + 1, later.center().y()), Instant(0s));
  EXPECT_EQ(text_of(bench_), text_with_more()) << "from the start on is not written";
}

TEST_F(ScenarioTracksTest, ExpectationsLightUpAsTheyHoldOrBreak) {
  run_to_end(bench_);
  const ScenarioLane& p99 = tracks_.lanes()[lane(ScenarioLane::Kind::kExpectation, 0)];
  const ScenarioLane& success = tracks_.lanes()[lane(ScenarioLane::Kind::kExpectation, 1)];
  bench_.look_at(Instant(1s));
  EXPECT_EQ(tracks_.lamp(p99), LampState::kOpen);
  EXPECT_EQ(tracks_.lamp(success), LampState::kOpen);
  bench_.look_at(Instant(20s));
  EXPECT_NE(tracks_.lamp(p99), LampState::kOpen);
  EXPECT_NE(tracks_.lamp(success), LampState::kOpen);
  const auto& verdicts = bench_.shown()->result->run.verdict.expectations;
  EXPECT_EQ(tracks_.lamp(success) == LampState::kHeld,
            verdicts[1].state == engine::ExpectationState::kHeld);
  EXPECT_FALSE(tracks_.grab().isNull());
}

TEST_F(ScenarioTracksTest, ExpectationsLightUpWhileARunGoesOn) {
  run_and_pause_at(bench_, Instant(11s));
  wait_for([&] {
    return bench_.analysed() != nullptr && bench_.analysed()->run.record.ended >= Instant(11s);
  });
  ASSERT_EQ(bench_.shown()->result, nullptr);
  const ScenarioLane& p99 = tracks_.lanes()[lane(ScenarioLane::Kind::kExpectation, 0)];
  const ScenarioLane& success = tracks_.lanes()[lane(ScenarioLane::Kind::kExpectation, 1)];
  EXPECT_EQ(tracks_.lamp(p99), LampState::kBroken) << "the disk was slow from 5 to 10 s";
  EXPECT_EQ(tracks_.lamp(success), LampState::kHeld);

  bench_.edit(set_item_value(bench_.document().source(), {"expect"}, 0, "during", "14s..20s"));
  EXPECT_EQ(tracks_.lamp(tracks_.lanes()[lane(ScenarioLane::Kind::kExpectation, 0)]),
            LampState::kOpen)
      << "the run knows nothing of what is expected since";
}

TEST(TimeEditsTest, AFaultWithUntilKeepsItsLengthWhenItIsMoved) {
  const std::string text =
      "services: {a: {entry: true, endpoints: {GET /: {work: 1ms}}}}\n"
      "faults: {slow: {at: 2s, until: 5s, on: a, slow: 2x}, dead: {at: 1s, on: a, kill: 1, "
      "restart_after: 4s}}\n";
  const ScenarioDocument document = ScenarioDocument::from_text("a.yaml", text);
  ASSERT_NE(document.scenario(), nullptr);
  const auto& faults = document.scenario()->scenario.faults;
  const auto moved = move_fault(document.source(), faults[0], Instant(10s));
  ASSERT_TRUE(moved.has_value());
  EXPECT_NE(with_edit(document.source(), *moved).files[0].text.find("at: 10s, until: 13s"),
            std::string::npos);
  const auto longer = stretch_fault(document.source(), faults[1], Instant(1s), Instant(9s));
  ASSERT_TRUE(longer.has_value());
  EXPECT_NE(with_edit(document.source(), *longer).files[0].text.find("restart_after: 8s"),
            std::string::npos);
}

}  // namespace
}  // namespace shaketable::gui
