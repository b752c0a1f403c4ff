#include "engine/cli/progress.h"

#include <algorithm>
#include <sstream>

#include <gtest/gtest.h>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr ProgressState kQuarter{.simulated = 30s, .total = 120s, .events = 6'400'000};

TEST(ProgressTest, TellsSimulatedTimeSpeedAndTimeLeft) {
  EXPECT_EQ(Progress::text(kQuarter, 2s), "30 s of 120 s (25 %), 3.2 M events/s, 6 s left");
}

TEST(ProgressTest, DoesNotGuessTheTimeLeftTooEarly) {
  EXPECT_EQ(Progress::text({.simulated = 0s, .total = 120s, .events = 999}, 1s),
            "0 s of 120 s (0 %), 999 events/s");
}

TEST(ProgressTest, SeveralRunsAreCounted) {
  ProgressState state = kQuarter;
  state.runs = 8;
  state.done = 2;

  EXPECT_EQ(Progress::text(state, 2s).substr(0, 13), "2 of 8 runs, ");
}

TEST(ProgressTest, ATerminalShowsOneLineThatGoesAway) {
  std::ostringstream out;
  Progress progress(out, true, 80);

  progress.update(kQuarter, 0ms);
  progress.update(kQuarter, 50ms);
  progress.update(kQuarter, 250ms);
  progress.finish();

  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\r'), 3) << "two lines and the end";
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_TRUE(text.ends_with("\r\x1b[K"));
}

TEST(ProgressTest, ALogGetsALineEachTenSeconds) {
  std::ostringstream out;
  Progress progress(out, false, 80);

  for (auto elapsed = 0s; elapsed <= 25s; elapsed += 1s) {
    progress.update(kQuarter, elapsed);
  }
  progress.finish();

  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 2);
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

}  // namespace
}  // namespace shaketable::engine
