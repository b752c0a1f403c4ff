#include "loadgen/app/stream_lines.h"

#include <sstream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace shaketable::loadgen::app {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

live::LiveProgress progress_at(proxy::Duration elapsed, std::uint64_t requests) {
  live::LiveProgress progress;
  progress.elapsed = elapsed;
  progress.news.requests = requests;
  progress.news.runs = requests;
  progress.news.failed = 1;
  progress.news.errors.add("status \"503\"");
  progress.news.latency.add(5'000'000, requests);
  progress.users = 3;
  return progress;
}

std::vector<json::object> objects_of(const std::string& text) {
  std::vector<json::object> objects;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    objects.push_back(json::parse(line).as_object());
  }
  return objects;
}

std::string text_of(const json::object& object, const char* key) {
  return std::string(object.at(key).as_string());
}

TEST(StreamLinesTest, WritesALineForEachSecondBetweenItsBeginAndItsEnd) {
  std::ostringstream out;
  StreamLines lines("-", out);
  ASSERT_TRUE(lines.open());
  lines.begin("http://127.0.0.1/", 1'234, 7);
  for (int tick = 1; tick <= 5; ++tick) {
    lines.update(progress_at(tick * 400ms, 10));
  }
  RunResult result;
  result.elapsed = 2s;
  result.thresholds = {{.source = "p99 < 1s", .actual = "5 ms", .holds = true, .was_judged = true}};
  lines.end(result);

  const auto objects = objects_of(out.str());

  ASSERT_EQ(objects.size(), 4U) << out.str();
  EXPECT_EQ(text_of(objects[0], "type"), "begin");
  EXPECT_EQ(objects[0].at("seed").to_number<std::int64_t>(), 7);
  EXPECT_EQ(text_of(objects[1], "type"), "interval");
  EXPECT_EQ(objects[1].at("from_ns").to_number<std::int64_t>(), 0);
  EXPECT_EQ(objects[1].at("to_ns").to_number<std::int64_t>(), 1'200'000'000);
  EXPECT_EQ(objects[1].at("requests").to_number<std::int64_t>(), 30);
  EXPECT_EQ(objects[1].at("errors").as_object().at("status \"503\"").to_number<std::int64_t>(), 3);
  EXPECT_EQ(objects[1].at("users").to_number<std::int64_t>(), 3);
  // What came after the last whole second is written before the end.
  EXPECT_EQ(objects[2].at("from_ns").to_number<std::int64_t>(), 1'200'000'000);
  EXPECT_EQ(objects[2].at("requests").to_number<std::int64_t>(), 20);
  EXPECT_EQ(text_of(objects[3], "type"), "end");
  const json::object& threshold = objects[3].at("thresholds").as_array().front().as_object();
  EXPECT_TRUE(threshold.at("holds").as_bool());
}

TEST(StreamLinesTest, FlushesEachLineIntoItsFile) {
  const TemporaryFolder folder;
  const std::string path = folder / "stream.ndjson";
  std::ostringstream out;
  StreamLines lines(path, out);
  ASSERT_TRUE(lines.open());
  lines.begin("x", 1, 1);

  EXPECT_EQ(objects_of(TemporaryFolder::read(path)).size(), 1U);
  EXPECT_EQ(out.str(), "");
}

TEST(StreamLinesTest, WritesNothingWithoutAPathAndRefusesOneThatCannotBe) {
  std::ostringstream out;
  StreamLines none("", out);
  ASSERT_TRUE(none.open());
  none.begin("x", 1, 1);
  none.update(progress_at(2s, 1));
  none.end({});
  EXPECT_EQ(out.str(), "");

  EXPECT_FALSE(StreamLines("/nowhere/at/all.ndjson", out).open());
}

}  // namespace
}  // namespace shaketable::loadgen::app
