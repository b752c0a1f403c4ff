#include "gui/app/file_claim.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gui/app/main_window.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class FileClaimTest : public testing::Test {
 protected:
  FileClaimTest() { write(path_); }

  static void write(const QString& path) {
    QFile file(path);
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(kTestShop);
  }

  QTemporaryDir folder_;
  QString path_ = folder_.filePath(QStringLiteral("shop.yaml"));
};

TEST_F(FileClaimTest, AFileThatIsOpenElsewhereIsRefusedAndItsWindowAskedToShowItself) {
  FileClaim first, second;
  QSignalSpy asked(&first, &FileClaim::show_asked);
  ASSERT_TRUE(first.take(path_));
  EXPECT_TRUE(first.take(path_)) << "its own";

  EXPECT_FALSE(second.take(path_));
  wait_for([&] { return asked.count() == 1; });
}

TEST_F(FileClaimTest, AFileIsFreeOnceItsWindowHasAnotherOrIsClosed) {
  const QString other = folder_.filePath(QStringLiteral("other.yaml"));
  FileClaim second;
  {
    FileClaim first;
    ASSERT_TRUE(first.take(path_));
    ASSERT_TRUE(first.take(other));
    EXPECT_TRUE(second.take(path_));
    EXPECT_FALSE(first.take(path_));
    EXPECT_FALSE(second.take(other)) << "who is refused keeps what he had";
  }
  EXPECT_TRUE(second.take(other));
}

TEST_F(FileClaimTest, EveryWayToWriteAPathIsTheSameFile) {
  const QString link = folder_.filePath(QStringLiteral("link.yaml"));
  ASSERT_TRUE(QFile::link(path_, link));
  FileClaim first, second;
  ASSERT_TRUE(first.take(path_));
  EXPECT_FALSE(second.take(link));
  EXPECT_FALSE(second.take(folder_.filePath(QStringLiteral("./shop.yaml"))));
}

TEST_F(FileClaimTest, WhatACrashLeftHoldsNobodyUp) {
  const pid_t child = fork();
  if (child == 0) {
    FileClaim claim;
    _exit(claim.take(path_) ? 0 : 1);  // Without giving it up.
  }
  int status = 1;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  ASSERT_EQ(status, 0);

  FileClaim next, second;
  EXPECT_TRUE(next.take(path_));
  QSignalSpy asked(&next, &FileClaim::show_asked);
  EXPECT_FALSE(second.take(path_));
  wait_for([&] { return asked.count() == 1; });
}

TEST_F(FileClaimTest, AWindowDoesNotOpenWhatAnotherHas) {
  MainWindow first, second;
  first.claim_files();
  second.claim_files();
  first.show();
  second.show();
  ASSERT_TRUE(first.open(path_));
  first.showMinimized();

  EXPECT_FALSE(second.open(path_));
  EXPECT_TRUE(second.message().text().contains(QStringLiteral("open in another window")))
      << second.message().text().toStdString();
  EXPECT_FALSE(second.workbench().has_file());
  wait_for([&] { return !first.isMinimized(); });
}

TEST_F(FileClaimTest, AWindowDoesNotSaveOverWhatAnotherHas) {
  MainWindow first, second;
  first.claim_files();
  second.claim_files();
  ASSERT_TRUE(first.open(path_));
  second.workbench().create(QStringLiteral("other.yaml"), "services: {}\n");

  EXPECT_FALSE(second.save_to(path_));
  EXPECT_TRUE(second.message().text().contains(QStringLiteral("open in another window")));
  QFile file(path_);
  ASSERT_TRUE(file.open(QIODevice::ReadOnly));
  EXPECT_EQ(file.readAll().toStdString(), kTestShop);
  EXPECT_TRUE(second.save_to(folder_.filePath(QStringLiteral("free.yaml"))));
}

TEST_F(FileClaimTest, AFileThatCannotBeReadLeavesTheOneBeforeClaimed) {
  MainWindow first;
  first.claim_files();
  ASSERT_TRUE(first.open(path_));
  EXPECT_FALSE(first.open(folder_.filePath(QStringLiteral("gone.yaml"))));

  FileClaim other;
  EXPECT_FALSE(other.take(path_));
}

}  // namespace
}  // namespace shaketable::gui
