#include "gui/app/recovery.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include "gui/document/mesh_edits.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class RecoveryTest : public testing::Test {
 protected:
  RecoveryTest() {
    qputenv("XDG_STATE_HOME", state_.path().toUtf8());
    path_ = folder_.filePath(QStringLiteral("shop.yaml"));
    QFile file(path_);
    EXPECT_TRUE(file.open(QIODevice::WriteOnly));
    file.write(kTestShop);
  }

  static bool change(Workbench& bench) {
    return bench.edit(
        set_value(bench.document().source(), {"services", "stock", "instances"}, "7"));
  }

  QTemporaryDir state_, folder_;
  QString path_;
};

TEST_F(RecoveryTest, ChangesOutliveACrash) {
  std::string changed;
  {
    Workbench bench;
    ASSERT_TRUE(bench.open(path_));
    Recovery recovery(bench);
    ASSERT_TRUE(change(bench));
    changed = text_of(bench);
    recovery.keep();
    EXPECT_TRUE(Recovery::left_behind().empty()) << "its program still lives";
  }  // It went away without saving and without being closed.
  const std::vector<Unsaved> left = Recovery::left_behind();
  ASSERT_EQ(left.size(), 1);
  EXPECT_EQ(left.front().path, path_);

  Workbench again;
  Recovery::restore(again, left.front());
  EXPECT_EQ(text_of(again), changed);
  EXPECT_TRUE(again.document().is_modified());
  again.undo();
  EXPECT_EQ(text_of(again), kTestShop);
  Recovery::remove(left.front());
  EXPECT_TRUE(Recovery::left_behind().empty());
}

TEST_F(RecoveryTest, NothingIsKeptOfWhatIsSaved) {
  {
    Workbench bench;
    ASSERT_TRUE(bench.open(path_));
    Recovery recovery(bench);
    ASSERT_TRUE(change(bench));
    recovery.keep();
    ASSERT_TRUE(bench.save());
    recovery.keep();
  }
  EXPECT_TRUE(Recovery::left_behind().empty());
}

TEST_F(RecoveryTest, ARecordThatIsNoneIsPassedOver) {
  QDir().mkpath(Recovery::folder());
  for (const char* const text : {"", "{", "[]", R"({"path": 3, "files": []})"}) {
    QFile file(QDir(Recovery::folder()).filePath(QStringLiteral("x.json")));
    ASSERT_TRUE(file.open(QIODevice::WriteOnly | QIODevice::Truncate));
    file.write(text);
    file.close();
    EXPECT_TRUE(Recovery::left_behind().empty()) << text;
  }
}

}  // namespace
}  // namespace shaketable::gui
