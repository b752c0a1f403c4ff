#include "proxy/live/journal.h"

#include <memory>
#include <string>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/live/replay.h"
#include "tests/proxy/live/recorded_host.h"
#include "tests/support/core_fixture.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

ProxyConfig small_config() {
  return support::config_with({support::cluster_with(1)}, {support::route_to()});
}

/// A log that can be read.
class LogFile {
 public:
  explicit LogFile(const std::string& path)
      : path_(path), fd_(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600)) {}
  ~LogFile() { ::close(fd_); }
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

  [[nodiscard]] Logger::Options options() const { return {.descriptor = fd_}; }
  [[nodiscard]] std::string text() const { return TemporaryFolder::read(path_); }

 private:
  std::string path_;
  int fd_;
};

TEST(JournalWriterTest, AFullDiskEndsTheJournalWithALineAndNothingElse) {
  const TemporaryFolder folder;
  const LogFile file(folder / "log");
  Logger log(file.options());
  auto journal = JournalWriter::open({.path = "/dev/full", .log = &log});
  ASSERT_TRUE(journal.has_value()) << journal.error().message;

  // The thread finds out some time after the first flush.
  for (int i = 0; i < 10'000'000 && (*journal)->is_on(); ++i) {
    (*journal)->body().assign(100, 'x');
    (*journal)->add(kStart);
    (*journal)->flush();
  }

  EXPECT_FALSE((*journal)->is_on());
  EXPECT_EQ((*journal)->flush_at(), kNever);
  (*journal)->add(kStart);
  journal->reset();
  EXPECT_NE(file.text().find("journal_stopped"), std::string::npos);
  EXPECT_NE(file.text().find("No space left on device"), std::string::npos) << file.text();
}

TEST(JournalWriterTest, ADiskThatIsTooSlowEndsTheJournalToo) {
  const TemporaryFolder folder;
  const LogFile file(folder / "log");
  Logger log(file.options());
  auto journal = JournalWriter::open({.path = folder / "j", .max_pending = 1000, .log = &log});
  ASSERT_TRUE(journal.has_value());

  (*journal)->body().assign(2000, 'x');
  (*journal)->add(kStart);
  (*journal)->flush();

  EXPECT_FALSE((*journal)->is_on());
  EXPECT_NE(file.text().find("the disk is too slow"), std::string::npos);
}

TEST(JournalWriterTest, SaysWhichFileItCannotWrite) {
  Logger log({.level = LogLevel::kOff});

  const auto journal = JournalWriter::open({.path = "/no/such/folder/j", .log = &log});

  ASSERT_FALSE(journal.has_value());
  EXPECT_EQ(journal.error().where, "/no/such/folder/j");
}

TEST(JournalWriterTest, IsFlushedATenthOfASecondAfterTheFirstInput) {
  const TemporaryFolder folder;
  Logger log({.level = LogLevel::kOff});
  auto journal = JournalWriter::open({.path = folder / "j", .log = &log});
  EXPECT_EQ((*journal)->flush_at(), kNever);

  (*journal)->body() = "one";
  (*journal)->add(instant_at(1'000));
  (*journal)->body() = "two";
  (*journal)->add(instant_at(2'000));
  EXPECT_EQ((*journal)->flush_at(), instant_at(100'001'000));

  (*journal)->flush();
  EXPECT_EQ((*journal)->flush_at(), kNever);
}

TEST(JournalWriterTest, KeepsTheJournalOfBeforeAndShowsNothingToOthers) {
  const TemporaryFolder folder;
  const std::string path = folder.write("j", "the one of before");

  { const RecordedHost host(small_config(), path); }

  EXPECT_EQ(TemporaryFolder::read(path + ".previous"), "the one of before");
  struct stat info {};
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777U, 0600U);
  EXPECT_TRUE(replay(path)->is_same());
}

TEST(JournalWriterTest, SeveralWorkersHaveAFileEach) {
  EXPECT_EQ(journal_path("j", 0, 1), "j");
  EXPECT_EQ(journal_path("j", 0, 4), "j.0");
  EXPECT_EQ(journal_path("j", 3, 4), "j.3");
}

TEST(RecordedCoreTest, GoesOnWithoutItsJournal) {
  RecordedHost host(small_config(), "/dev/full");

  for (int i = 0; i < 2000; ++i) {
    host.request(std::string(2000, 'x'));
    host.run_for(2ms);
  }

  EXPECT_EQ(host.count(ActionKind::kForwardResponse), 2000U);
}

TEST(RecordedCoreTest, DoesNotWriteDownWakeUpsThatAreTooEarly) {
  const TemporaryFolder folder;
  {
    RecordedHost host(small_config(), folder / "j");
    for (int i = 0; i < 10; ++i) {
      host.core().on_deadline(host.now());
    }
  }

  EXPECT_EQ(replay(folder / "j")->inputs, 0U);
}

}  // namespace
}  // namespace shaketable::proxy::live
