#include "proxy/live/log_file.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

/// "line 7\n"
std::string numbered(int number) { return "line " + std::to_string(number) + "\n"; }

/// Files may not grow beyond some bytes while it lives, as on a full disk (but with EFBIG).
class SmallDisk {
 public:
  explicit SmallDisk(rlim_t bytes) : handler_(signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~SmallDisk() {
    setrlimit(RLIMIT_FSIZE, &before_);
    signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(LogFileTest, AppendsToWhatIsThere) {
  const TemporaryFolder folder;
  const std::string path = folder.write("access.log", "old\n");
  LogFile file({.path = path});
  ASSERT_TRUE(file.open().has_value());
  file.append("one\ntwo\n");
  EXPECT_EQ(TemporaryFolder::read(path), "old\none\ntwo\n");
  EXPECT_EQ(file.counters().lines_written, 2U);
}

TEST(LogFileTest, RotatesBySizeWithoutCuttingALine) {
  const TemporaryFolder folder;
  LogFile file({.path = folder / "a", .max_bytes = 20, .keep = 2});
  for (int i = 0; i < 8; ++i) {
    file.append(numbered(i));
  }
  // 7 bytes each, so two in a file.
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(6) + numbered(7));
  EXPECT_EQ(TemporaryFolder::read(folder / "a.1"), numbered(4) + numbered(5));
  EXPECT_EQ(TemporaryFolder::read(folder / "a.2"), numbered(2) + numbered(3));
  EXPECT_EQ(folder.count(), 3U);
  EXPECT_EQ(file.counters().rotations, 3U);
  EXPECT_EQ(file.counters().lines_written, 8U);
  EXPECT_EQ(file.counters().errors, 0U);
}

TEST(LogFileTest, ABatchIsSpreadOverFilesByLines) {
  const TemporaryFolder folder;
  LogFile file({.path = folder / "a", .max_bytes = 20, .keep = 9});
  std::string batch;
  for (int i = 0; i < 5; ++i) {
    batch += numbered(i);
  }
  batch += std::string(30, 'x') + "\n";  // longer than a file may be: it gets one of its own
  batch += numbered(9);
  file.append(batch);
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(9));
  EXPECT_EQ(TemporaryFolder::read(folder / "a.1"), std::string(30, 'x') + "\n");
  EXPECT_EQ(TemporaryFolder::read(folder / "a.2"), numbered(4));
  EXPECT_EQ(TemporaryFolder::read(folder / "a.4"), numbered(0) + numbered(1));
}

TEST(LogFileTest, KeepingNoneEmptiesTheFile) {
  const TemporaryFolder folder;
  LogFile file({.path = folder / "a", .max_bytes = 10, .keep = 0});
  file.append(numbered(1));
  file.append(numbered(2));
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(2));
  EXPECT_EQ(folder.count(), 1U);
}

TEST(LogFileTest, ReopensAfterSomebodyElseMovedTheFile) {
  const TemporaryFolder folder;
  LogFile file({.path = folder / "a"});
  file.append(numbered(1));
  std::filesystem::rename(folder / "a", folder / "moved");
  file.append(numbered(2));
  file.reopen();
  file.append(numbered(3));
  EXPECT_EQ(TemporaryFolder::read(folder / "moved"), numbered(1) + numbered(2));
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(3));
}

TEST(LogFileTest, AMissingFolderIsAnErrorThatNamesIt) {
  LogFile file({.path = "/nonexistent/access.log"});
  const Result<void> opened = file.open();
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().where, "/nonexistent/access.log");
  EXPECT_NE(opened.error().message.find("No such file"), std::string::npos);
}

TEST(LogFileTest, AFullDeviceCostsLinesAndNothingElse) {
  LogFile file({.path = "/dev/full", .max_pending_bytes = 20});
  ASSERT_TRUE(file.open().has_value());
  for (int i = 0; i < 6; ++i) {
    file.append(numbered(i));
  }
  EXPECT_GE(file.counters().errors, 6U);
  EXPECT_EQ(file.counters().last_error, ENOSPC);
  EXPECT_EQ(file.counters().lines_written, 0U);
  EXPECT_EQ(file.counters().lines_dropped, 4U) << "two lines of seven bytes are kept";
  EXPECT_TRUE(file.has_pending());
}

TEST(LogFileTest, WhatWasKeptIsWrittenWhenThereIsRoomAgain) {
  const TemporaryFolder folder;
  const std::string path = folder / "a";
  LogFile file({.path = path});
  {
    const SmallDisk disk(17);
    for (int i = 0; i < 4; ++i) {
      file.append(numbered(i));
    }
    EXPECT_EQ(TemporaryFolder::read(path), numbered(0) + numbered(1)) << "no torn line";
    EXPECT_TRUE(file.has_pending());
    EXPECT_GT(file.counters().errors, 0U);
  }
  file.retry();
  EXPECT_EQ(TemporaryFolder::read(path), numbered(0) + numbered(1) + numbered(2) + numbered(3));
  EXPECT_FALSE(file.has_pending());
  EXPECT_EQ(file.counters().lines_written, 4U);
  EXPECT_EQ(file.counters().lines_dropped, 0U);
}

TEST(LogFileTest, AFileThatCannotBeMovedGrowsOn) {
  const TemporaryFolder folder;
  // A folder of the name stands in the way.
  std::filesystem::create_directories(folder.path() + "/a.1/full");
  LogFile file({.path = folder / "a", .max_bytes = 10, .keep = 1});
  for (int i = 0; i < 3; ++i) {
    file.append(numbered(i));
  }
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(0) + numbered(1) + numbered(2));
  EXPECT_EQ(file.counters().rotations, 0U);
  EXPECT_GT(file.counters().errors, 0U);
}

TEST(LogFileTest, ABatchLargerThanTheLimitIsWrittenWhenItCanBe) {
  const TemporaryFolder folder;
  LogFile file({.path = folder / "a", .max_pending_bytes = 10});
  file.append(numbered(1) + numbered(2) + numbered(3));
  EXPECT_EQ(file.counters().lines_written, 3U);
  EXPECT_EQ(file.counters().lines_dropped, 0U);
}

TEST(LogWriterTest, WritesWhatIsSubmittedInOrder) {
  const TemporaryFolder folder;
  auto writer = LogWriter::make({.file = {.path = folder / "a"}});
  ASSERT_TRUE(writer.has_value());
  std::string expected, lines;
  for (int i = 0; i < 500; ++i) {
    lines += numbered(i);
    expected += numbered(i);
    EXPECT_EQ((*writer)->submit(lines), 0U);
    EXPECT_TRUE(lines.empty());
  }
  (*writer)->flush();
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), expected);
  EXPECT_EQ((*writer)->counters().file.lines_written, 500U);
}

TEST(LogWriterTest, TheDestructorWritesTheRest) {
  const TemporaryFolder folder;
  std::string lines = numbered(1);
  (*LogWriter::make({.file = {.path = folder / "a"}}))->submit(lines);
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(1));
}

TEST(LogWriterTest, AQueueThatIsFullDropsWholeBatches) {
  const TemporaryFolder folder;
  auto writer = LogWriter::make({.file = {.path = folder / "a"}, .max_queued_bytes = 10});
  std::string lines = numbered(1) + numbered(2);
  EXPECT_EQ((*writer)->submit(lines), 2U);
  EXPECT_TRUE(lines.empty());
  lines = numbered(3);
  (*writer)->submit(lines);
  (*writer)->flush();
  EXPECT_EQ((*writer)->counters().lines_dropped, 2U);
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(3));
}

TEST(LogWriterTest, ReopensInOrderWithTheLines) {
  const TemporaryFolder folder;
  auto writer = LogWriter::make({.file = {.path = folder / "a"}});
  std::string lines = numbered(1);
  (*writer)->submit(lines);
  (*writer)->flush();
  std::filesystem::rename(folder / "a", folder / "b");
  (*writer)->reopen();
  (*writer)->flush();
  lines = numbered(2);
  (*writer)->submit(lines);
  (*writer)->flush();
  EXPECT_EQ(TemporaryFolder::read(folder / "b"), numbered(1));
  EXPECT_EQ(TemporaryFolder::read(folder / "a"), numbered(2));
}

TEST(LogWriterTest, AFullDiskIsCountedAndDoesNotStopAnybody) {
  auto writer = LogWriter::make({.file = {.path = "/dev/full", .max_pending_bytes = 30}});
  ASSERT_TRUE(writer.has_value());
  for (int i = 0; i < 100; ++i) {
    std::string lines = numbered(i);
    (*writer)->submit(lines);
  }
  (*writer)->flush();
  const LogWriter::Counters counters = (*writer)->counters();
  EXPECT_GT(counters.file.errors, 0U);
  EXPECT_GT(counters.lines_dropped, 90U);
}

TEST(LogWriterTest, AnErrorAtTheStartIsReported) {
  EXPECT_FALSE(LogWriter::make({.file = {.path = "/nonexistent/a"}}).has_value());
}

}  // namespace
}  // namespace shaketable::proxy::live
