#include <gtest/gtest.h>

#include "gui/workbench/workbench.h"
#include "tests/gui/support/gui_test_support.h"
#include "tests/gui/support/test_trouble.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class TimeTest : public testing::Test {
 protected:
  TimeTest() {
    bench_.create(QStringLiteral("trouble.yaml"), kTestTrouble);
    run_to_end(bench_);
  }
  Workbench bench_;
};

TEST_F(TimeTest, ATripIsAPolicyThatStepsIn) {
  bench_.look_at(Instant(5s));
  bench_.jump(true, Jump::kTrip);
  const Instant first = bench_.moment();
  EXPECT_GE(first, Instant(10s)) << "nothing trips before the fault";
  bool trips = false;
  for (const engine::RunEvent& event : bench_.shown()->history.events()) {
    trips = trips || (event.at == first && (event.kind == engine::EventKind::kCircuitOpen ||
                                            event.kind == engine::EventKind::kEjection ||
                                            event.kind == engine::EventKind::kPanic));
  }
  EXPECT_TRUE(trips);
  bench_.jump(true, Jump::kTrip);
  EXPECT_GT(bench_.moment(), first);
  bench_.look_at(first);
  bench_.jump(false, Jump::kTrip);
  EXPECT_EQ(bench_.moment(), first) << "there is none before";
}

TEST_F(TimeTest, AJumpToErrorsFindsWhereClientsBeginToSeeThem) {
  bench_.look_at(Instant(0s));
  bench_.jump(true, Jump::kError);
  const RunHistory& history = bench_.shown()->history;
  ASSERT_GT(bench_.moment(), Instant(0s));
  const std::size_t bucket = history.bucket_at(bench_.moment());
  EXPECT_GT(history.clients_at(bucket).errors, 0);
  EXPECT_TRUE(bucket == 0 || history.clients_at(bucket - 1).errors == 0);
}

TEST_F(TimeTest, PlayingGoesBothWaysAtTheChosenSpeed) {
  bench_.look_at(Instant(10s));
  bench_.set_play_speed(50);
  bench_.play(false);
  EXPECT_EQ(bench_.play_back_speed(), -50);
  bench_.set_play_speed(0.5);
  EXPECT_EQ(bench_.play_back_speed(), -0.5) << "while it goes on";
  bench_.play(true);
  EXPECT_EQ(bench_.play_back_speed(), 0.5);
  bench_.play(true);
  EXPECT_EQ(bench_.play_back_speed(), 0) << "the same way again stops it";
}

TEST_F(TimeTest, TheCursorAndTheMarksAreTheWindows) {
  int changes = 0;
  QObject::connect(&bench_, &Workbench::cursor_changed, &bench_, [&changes] { ++changes; });
  bench_.point_at(Instant(3s));
  bench_.point_at(Instant(3s));
  EXPECT_EQ(changes, 1);
  bench_.set_mark(Mark::kA, Instant(4s));
  bench_.set_mark(Mark::kB, Instant(9s));
  EXPECT_EQ(bench_.mark(Mark::kA), Instant(4s));
  EXPECT_EQ(bench_.mark(Mark::kB), Instant(9s));
  EXPECT_EQ(changes, 3);
}

TEST_F(TimeTest, ChartsShowAPartOfTheTimeOrAllOfIt) {
  EXPECT_EQ(bench_.range_to(), bench_.end());
  bench_.show_range(Instant(8s), Instant(14s));
  EXPECT_EQ(bench_.range_from(), Instant(8s));
  EXPECT_EQ(bench_.range_to(), Instant(14s));
  bench_.show_range(Instant(-5s), Instant(900s));
  EXPECT_EQ(bench_.range_from(), Instant(0s)) << "more than there is means all";
  EXPECT_EQ(bench_.range_to(), bench_.end());
  bench_.show_range(Instant(8s), Instant(14s));
  bench_.show_range({}, {});
  EXPECT_EQ(bench_.range_to(), bench_.end());
}

TEST_F(TimeTest, ARunIsCalledWhatAPersonCallsIt) {
  EXPECT_EQ(title_of(*bench_.shown()), QStringLiteral("run 1"));
  bench_.name_run(0, QStringLiteral("  with a breaker "));
  EXPECT_EQ(title_of(*bench_.shown()), QStringLiteral("with a breaker"));
  bench_.name_run(0, QString());
  EXPECT_EQ(title_of(*bench_.shown()), QStringLiteral("run 1"));
}

}  // namespace
}  // namespace shaketable::gui
