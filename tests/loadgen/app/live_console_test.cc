#include "loadgen/app/live_console.h"

#include <algorithm>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::loadgen::app {
namespace {

using namespace std::chrono_literals;

live::LiveProgress progress_at(proxy::Duration elapsed, std::uint64_t requests,
                               std::uint64_t failed) {
  live::LiveProgress progress;
  progress.elapsed = elapsed;
  progress.news.requests = requests;
  progress.news.failed = failed;
  progress.news.latency.add(2'000'000, requests);
  for (std::uint64_t i = 0; i < failed; ++i) {
    progress.news.errors.add("status 503");
  }
  progress.users = 3;
  progress.in_flight = 2;
  progress.connections = 4;
  return progress;
}

std::string all_of(const LiveConsole& console, std::size_t width) {
  std::string text;
  for (const std::string& line : console.lines(width)) {
    text += line + '\n';
  }
  return text;
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST(LiveConsoleTest, ShowsWhatThereIsOfTheFirstSecond) {
  LiveConsole console(10s, false);
  console.add(progress_at(500ms, 50, 0));

  const std::string text = all_of(console, 100);

  EXPECT_TRUE(has(text, "0 of 10 s")) << text;
  EXPECT_TRUE(has(text, "100/s")) << text;
  EXPECT_TRUE(has(text, "p50 2 ms") || has(text, "p50 2.0")) << text;
  EXPECT_FALSE(has(text, "errors")) << text;
}

TEST(LiveConsoleTest, ShowsTheLastWholeSecondAndWhatWasDoneInAll) {
  LiveConsole console(10s, false);
  console.add(progress_at(1s, 100, 0));
  console.add(progress_at(2s, 300, 30));
  console.add(progress_at(2100ms, 7, 0));

  const std::string text = all_of(console, 100);

  EXPECT_TRUE(has(text, "2 of 10 s")) << text;
  EXPECT_TRUE(has(text, "300/s")) << text;
  EXPECT_TRUE(has(text, "407 requests, 30 failed (7.37 %)")) << text;
  EXPECT_TRUE(has(text, "3 users, 2 in flight, 4 connections")) << text;
  EXPECT_TRUE(has(text, "status 503 x 30")) << text;
}

TEST(LiveConsoleTest, KeepsWithinTheWidth) {
  LiveConsole console(10s, false);
  for (int second = 1; second <= 200; ++second) {
    console.add(progress_at(std::chrono::seconds(second), 1'000, 1));
  }
  for (const std::size_t width : {30U, 60U, 80U, 200U}) {
    for (const std::string& line : console.lines(width)) {
      const auto columns = std::count_if(line.begin(), line.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
      });
      EXPECT_LE(static_cast<std::size_t>(columns), width) << line;
    }
  }
}

TEST(LiveConsoleTest, SaysOnlyTheTimeOfARunWithoutAnEnd) {
  LiveConsole console(0s, true);
  console.add(progress_at(3s, 1, 0));

  EXPECT_EQ(console.lines(80).front(), "  3 s");
}

TEST(SparkTextTest, ScalesTheLastValuesToTheGreatestOfThem) {
  EXPECT_EQ(spark_text({9'999, 0, 1, 8}, 3), " \u2582\u2588");
  EXPECT_EQ(spark_text({0, 0}, 5), "  ");
  EXPECT_EQ(spark_text({}, 5), "");
}

}  // namespace
}  // namespace shaketable::loadgen::app
