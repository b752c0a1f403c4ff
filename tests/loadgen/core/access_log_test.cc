#include "loadgen/core/access_log.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::loadgen {
namespace {

using namespace std::chrono_literals;
using proxy::Duration;

constexpr char kCommon[] =
    R"(127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] "GET /apache_pb.gif?x=1 HTTP/1.0" 200 2326)";
constexpr char kEnvoy[] =
    R"([2016-04-15T20:17:00.310Z] "POST /api/v1/locations HTTP/2" 204 - 154 0 226 100 "10.0.35.28")";

TEST(AccessLogTest, ReadsTimesOfBothKinds) {
  EXPECT_EQ(parse_clf_time("10/Oct/2000:13:55:36 -0700"), 971'211'336'000'000'000);
  EXPECT_EQ(parse_iso_time("2000-10-10T20:55:36Z"), 971'211'336'000'000'000);
  EXPECT_EQ(parse_iso_time("2000-10-10T22:55:36.25+02:00"), 971'211'336'250'000'000);
  EXPECT_EQ(parse_iso_time("2024-02-29 00:00:00.000000001+0000"), 1'709'164'800'000'000'001);
  for (const char* wrong :
       {"", "2023-02-29T00:00:00Z", "2000-10-10T20:55:36", "2000-13-10T20:55:36Z",
        "10/Okt/2000:13:55:36 -0700", "99/Oct/2000:13:55:36 -0700"}) {
    EXPECT_FALSE(parse_iso_time(wrong).has_value()) << wrong;
    EXPECT_FALSE(parse_clf_time(wrong).has_value()) << wrong;
  }
}

TEST(AccessLogTest, ReadsLinesOfCommonCombinedAndEnvoyLogs) {
  const auto common = parse_log_line(kCommon, LogFormat::kAuto);
  ASSERT_TRUE(common.has_value());
  EXPECT_EQ(common->method, "GET");
  EXPECT_EQ(common->path, "/apache_pb.gif?x=1");
  EXPECT_EQ(common->status, 200);
  EXPECT_TRUE(
      parse_log_line(std::string(kCommon) + R"( "-" "curl/8 \"x\"")", LogFormat::kCombined));

  const auto envoy = parse_log_line(kEnvoy, LogFormat::kAuto);
  ASSERT_TRUE(envoy.has_value());
  EXPECT_EQ(envoy->time_ns, 1'460'751'420'310'000'000);
  EXPECT_EQ(envoy->method, "POST");
  EXPECT_EQ(envoy->status, 204);
  EXPECT_FALSE(parse_log_line(kEnvoy, LogFormat::kCommon).has_value());
}

TEST(AccessLogTest, CountsGarbageAsAnArrivalAndOtherLinesAsUnreadable) {
  const std::string text = std::string(kEnvoy) + "\n# note\n\nno log at all\n" +
                           R"([2016-04-15T20:17:01.310Z] "- - HTTP/1.1" 400)" + "\r\n";

  const auto log = read_access_log(text, LogFormat::kAuto);

  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->moments, (std::vector<Duration>{0ns, 1s}));
  EXPECT_EQ(log->unreadable, 1U);
  EXPECT_EQ(log->first_unreadable, 4U);
}

TEST(AccessLogTest, PutsEntriesInOrderAndSpreadsWholeSeconds) {
  const auto line = [](int second) {
    return "h - - [10/Oct/2000:13:55:0" + std::to_string(second) +
           " +0000] \"GET / HTTP/1.1\" 200 1\n";
  };

  const auto log =
      read_access_log(line(2) + line(1) + line(1) + line(1) + line(1), LogFormat::kCommon);

  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->reordered, 1U);
  EXPECT_EQ(log->moments, (std::vector<Duration>{0ms, 250ms, 500ms, 750ms, 1s}));
}

TEST(AccessLogTest, RefusesTextsWithoutAnyRequestAndTooManyOfThem) {
  EXPECT_FALSE(read_access_log("hello\n", LogFormat::kAuto).has_value());
  EXPECT_FALSE(read_access_log("", LogFormat::kAuto).has_value());
  LogLimits limits;
  limits.max_entries = 1;
  const std::string twice = std::string(kEnvoy) + "\n" + kEnvoy;
  EXPECT_FALSE(read_access_log(twice, LogFormat::kAuto, limits).has_value());
}

TEST(AccessLogTest, KeepsTheLinesOfWhatCanBeSentAgainInOrderOfTime) {
  const auto line = [](int second, const std::string& request) {
    return "h - - [10/Oct/2000:13:55:0" + std::to_string(second) + " +0000] \"" + request +
           "\" 200 1\n";
  };
  const std::string text = line(3, "GET /late HTTP/1.1") + line(1, "POST /a?x=%20 HTTP/1.1") +
                           line(1, "OPTIONS * HTTP/1.1") + line(1, "-") +
                           line(1, "GET /b HTTP/1.1");

  const auto log = read_access_log(text, LogFormat::kCommon, {.keeps_lines = true});

  ASSERT_TRUE(log.has_value());
  EXPECT_EQ(log->lines, (std::vector<std::string>{"POST /a?x=%20", "GET /b", "GET /late"}));
  EXPECT_EQ(log->moments.size(), log->lines.size());
  EXPECT_EQ(log->unreadable, 2U);
  EXPECT_EQ(scaled_lines(log->lines, 1'500'000).size(),
            scaled(log->moments, 1'000'000, 1'500'000).size());
  EXPECT_FALSE(read_access_log(text, LogFormat::kCommon, {.keeps_lines = true, .max_kept_lines = 2})
                   .has_value());
}

TEST(AccessLogTest, ScalesTimeAndNumber) {
  const std::vector<Duration> moments = {0s, 1s, 2s, 3s};

  EXPECT_EQ(scaled(moments, 2'000'000, 1'000'000), (std::vector<Duration>{0s, 500ms, 1s, 1500ms}));
  EXPECT_EQ(scaled(moments, 1'000'000, 1'500'000), (std::vector<Duration>{0s, 0s, 1s, 2s, 2s, 3s}));
  EXPECT_EQ(scaled(moments, 1'000'000, 500'000), (std::vector<Duration>{0s, 2s}));
}

}  // namespace
}  // namespace shaketable::loadgen
