#include "proxy/live/access_logs.h"

#include <memory>
#include <string>

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

AccessLogConfig text_log(const std::string& path) {
  AccessLogConfig config;
  config.format = AccessLogConfig::Format::kText;
  config.path = path;
  return config;
}

/// Makes it the log, as a reload does.
std::shared_ptr<LogWriter> load(AccessLogs& logs, const AccessLogConfig& config) {
  auto writer = logs.writer_for(config);
  if (!writer.has_value()) {
    ADD_FAILURE() << writer.error().message;
    return nullptr;
  }
  logs.use(*writer, config);
  return *writer;
}

void write(LogWriter& writer, std::string lines) {
  writer.submit(lines);
  writer.flush();
}

TEST(AccessLogsTest, GivesOneWriterToAFileThatIsLeftAndTakenUpAgain) {
  const TemporaryFolder folder;
  AccessLogs logs;
  // Whom a worker that has not heard of the reloads still writes to.
  const std::shared_ptr<LogWriter> first = load(logs, text_log(folder / "a"));
  EXPECT_NE(load(logs, text_log(folder / "b")), first);
  EXPECT_EQ(load(logs, text_log(folder / "a")), first);
  logs.close_unused();
  EXPECT_EQ(logs.current(), first);
  load(logs, {});
  EXPECT_EQ(logs.current(), nullptr);
  EXPECT_EQ(load(logs, text_log(folder / "a")), first);
}

TEST(AccessLogsTest, ChangesTheRotationOfAFileThatIsOpen) {
  const TemporaryFolder folder;
  AccessLogs logs;
  AccessLogConfig config = text_log(folder / "a");
  const std::shared_ptr<LogWriter> writer = load(logs, config);
  write(*writer, "one\ntwo\n");
  config.max_bytes = 8;
  config.keep = 1;
  EXPECT_EQ(load(logs, config), writer);
  write(*writer, "three\n");
  EXPECT_EQ(TemporaryFolder::read(folder / "a.1"), "one\ntwo\n");
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), "three\n");
}

TEST(AccessLogsTest, KeepsWhatWasCountedByFilesThatAreClosed) {
  const TemporaryFolder folder;
  AccessLogs logs;
  write(*load(logs, text_log(folder / "a")), "one\n");
  write(*load(logs, text_log(folder / "b")), "two\nthree\n");
  EXPECT_EQ(logs.counters().file.lines_written, 3U);
  logs.close_unused();
  EXPECT_EQ(logs.counters().file.lines_written, 3U);
  // The file is free: a new writer appends to it.
  write(*load(logs, text_log(folder / "a")), "four\n");
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), "one\nfour\n");
  EXPECT_EQ(logs.counters().file.lines_written, 4U);
}

TEST(AccessLogsTest, LeavesTheLogAsItIsWhenAnotherCannotBeOpened) {
  const TemporaryFolder folder;
  AccessLogs logs;
  const std::shared_ptr<LogWriter> writer = load(logs, text_log(folder / "a"));
  EXPECT_FALSE(logs.writer_for(text_log(folder / "missing/b")).has_value());
  EXPECT_EQ(logs.current(), writer);
}

}  // namespace
}  // namespace shaketable::proxy::live
