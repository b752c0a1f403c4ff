#include "proxy/live/log.h"

#include <algorithm>
#include <string>

#include <boost/json.hpp>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/support/hostile_names.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

std::int64_t fake_now = 0;

/// A logger that writes into a file, at a time that the test sets.
struct LogTest : testing::Test {
  LogTest() { fake_now = 1'795'232'006'123'456'789; }
  ~LogTest() override { close(descriptor); }

  Logger::Options options(Logger::Format format = Logger::Format::kText) const {
    Logger::Options result;
    result.format = format;
    result.descriptor = descriptor;
    result.burst = 3;
    result.node = "cart-1";
    result.clock = [] { return fake_now; };
    return result;
  }
  [[nodiscard]] std::string text() const { return TemporaryFolder::read(path); }

  TemporaryFolder folder;
  std::string path = folder / "log";
  int descriptor = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
};

TEST_F(LogTest, WritesALineWithFields) {
  Logger(options()).warning("accept_failed", "no descriptors left", {{"listener", "in \"1\""}});
  EXPECT_EQ(text(),
            "[2026-11-21T03:33:26.123Z] [warning] accept_failed: no descriptors left "
            "listener=\"in \\x221\\x22\"\n");
}

TEST_F(LogTest, WritesJson) {
  Logger(options(Logger::Format::kJson)).error("reload_failed", "bad\nfile", {{"where", "a:1"}});
  EXPECT_EQ(text(),
            "{\"time\":\"2026-11-21T03:33:26.123Z\",\"level\":\"error\",\"node\":\"cart-1\","
            "\"kind\":\"reload_failed\",\"message\":\"bad\\u000afile\",\"where\":\"a:1\"}\n");
}

TEST_F(LogTest, TheMistakesOfAFileKeepTheirLines) {
  constexpr auto kLines = LogField::Shape::kLines;
  const std::string why = "a.yaml:1:2: unknown key \"x\"\n    1 | x: \x1b[2J\n      | ^\n";
  Logger(options()).error("reload_refused", "nothing changes", {{"why", why, kLines}, {"n", "2"}});
  EXPECT_EQ(text(),
            "[2026-11-21T03:33:26.123Z] [error] reload_refused: nothing changes n=\"2\"\n"
            "    a.yaml:1:2: unknown key \"x\"\n        1 | x: \\x1b[2J\n          | ^\n");
}

TEST_F(LogTest, LinesOfALongTextAreCutAndStayOneLineOfJson) {
  std::string many;
  for (int i = 0; i < 2'000; ++i) {
    many += "0123456789\n";
  }
  Logger(options()).error("a", "b", {{"why", many, LogField::Shape::kLines}});
  EXPECT_GT(text().size(), 16U * 1024);
  EXPECT_LT(text().size(), 24U * 1024);
  EXPECT_TRUE(text().ends_with("...\n"));
  Logger(options(Logger::Format::kJson))
      .error("a", "b", {{"why", "1\n2", LogField::Shape::kLines}});
  EXPECT_TRUE(text().ends_with("\"why\":\"1\\u000a2\"}\n")) << text();
}

TEST_F(LogTest, LevelsChoose) {
  Logger log(options());
  log.debug("a", "hidden");
  log.info("b", "shown");
  log.set_level(LogLevel::kDebug);
  log.debug("c", "shown too");
  log.set_level(LogLevel::kOff);
  log.error("d", "hidden");
  EXPECT_EQ(text(),
            "[2026-11-21T03:33:26.123Z] [info] b: shown\n"
            "[2026-11-21T03:33:26.123Z] [debug] c: shown too\n");
  EXPECT_FALSE(log.is_on(LogLevel::kError));
}

TEST_F(LogTest, AStormOfOneKindBecomesAFewLines) {
  Logger log(options());
  for (int i = 0; i < 1000; ++i) {
    log.warning("storm", "again");
  }
  log.warning("other", "not held back");
  EXPECT_EQ(log.suppressed(), 997U);
  fake_now += 1'000'000'000;
  log.warning("storm", "later");
  log.warning("storm", "held back");

  const std::string all = text();
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 5);
  EXPECT_NE(all.find("storm: later (997 such messages were held back)\n"), std::string::npos);
  EXPECT_NE(all.find("other: not held back\n"), std::string::npos);
}

TEST_F(LogTest, AClockThatJumpsBackDoesNotSilenceAnybodyForLong) {
  Logger log(options());
  for (int i = 0; i < 5; ++i) {
    log.info("kind", "before");
  }
  fake_now -= 3'600'000'000'000;
  log.info("kind", "at the jump");
  fake_now += 1'000'000'000;
  log.info("kind", "after");
  EXPECT_NE(text().find("after"), std::string::npos);
}

TEST_F(LogTest, SecretsAreNotWritten) {
  for (const auto format : {Logger::Format::kText, Logger::Format::kJson}) {
    Logger log(options(format));
    log.error("a", "peer sent authorization: Bearer hunter2-token, and more");
    log.error("b", "-----BEGIN RSA PRIVATE KEY-----\nMIIabc");
    log.error("c", "x", {{"admin_token", "hunter2"}, {"Set-Cookie", "id=hunter2"}});
    log.error("d", "x", {{"header", "basic aHVudGVyMg=="}});
  }
  EXPECT_EQ(text().find("hunter2"), std::string::npos) << text();
  EXPECT_EQ(text().find("aHVudGVyMg"), std::string::npos) << text();
  EXPECT_EQ(text().find("MIIabc"), std::string::npos) << text();
  EXPECT_NE(text().find("and more"), std::string::npos) << text();
}

TEST_F(LogTest, HostileTextStaysOnItsLine) {
  Logger log(options(Logger::Format::kJson));
  for (const std::string& name : hostile_names()) {
    fake_now += 1'000'000'000;
    log.info("kind", name, {{"field", name}});
  }
  const std::string all = text();
  std::size_t begin = 0;
  std::size_t lines = 0;
  for (std::size_t end = 0; (end = all.find('\n', begin)) != std::string::npos; begin = end + 1) {
    boost::json::error_code error;
    boost::json::parse(all.substr(begin, end - begin), error);
    EXPECT_FALSE(error);
    ++lines;
  }
  EXPECT_EQ(lines, hostile_names().size());
}

TEST_F(LogTest, ADescriptorThatIsGoneIsNoTrouble) {
  Logger::Options broken = options();
  broken.descriptor = -1;
  Logger logger(broken);

  logger.error("a", "lost");

  EXPECT_EQ(logger.suppressed(), 0U) << "lost, not held back";
  EXPECT_TRUE(logger.is_on(LogLevel::kError)) << "it goes on trying";
}

TEST(LogLevelTest, NamesAreRead) {
  for (const LogLevel level :
       {LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo, LogLevel::kDebug, LogLevel::kOff}) {
    EXPECT_EQ(read_level(level_name(level)), level);
  }
  EXPECT_EQ(read_level("warn"), LogLevel::kWarning);
  EXPECT_EQ(read_level("INFO"), std::nullopt);
}

}  // namespace
}  // namespace shaketable::proxy::live
