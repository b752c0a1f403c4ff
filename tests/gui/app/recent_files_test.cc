#include "gui/app/recent_files.h"

#include <QFile>
#include <QListWidget>
#include <QMenu>
#include <QSettings>
#include <QTemporaryDir>

#include <gtest/gtest.h>

#include "gui/app/main_window.h"
#include "gui/app/start_page.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class RecentFilesTest : public testing::Test {
 protected:
  RecentFilesTest() { QSettings().clear(); }
  ~RecentFilesTest() override { QSettings().clear(); }

  static QString file(int number) { return QStringLiteral("/srv/mesh-%1.yaml").arg(number); }
  static QStringList paths() {
    QStringList all;
    for (const RecentFile& each : recent_files()) {
      all << each.path;
    }
    return all;
  }
};

TEST_F(RecentFilesTest, TheNewestTenAreRememberedAndThePinnedOnesForever) {
  remember_file(file(0));
  pin_file(file(0), true);
  for (int i = 1; i <= 12; ++i) {
    remember_file(file(i));
  }
  ASSERT_EQ(recent_files().size(), 11);
  EXPECT_EQ(recent_files()[0], (RecentFile{file(0), true}));
  EXPECT_EQ(recent_files()[1], (RecentFile{file(12), false}));
  EXPECT_FALSE(paths().contains(file(2)));

  pin_file(file(0), false);
  EXPECT_EQ(recent_files()[0], (RecentFile{file(0), false})) << "gone at once would be a surprise";
  forget_file(file(0));
  EXPECT_FALSE(paths().contains(file(0)));
}

TEST_F(RecentFilesTest, TheMenuOfTheWindowHasThemAndPinsWhatIsOpen) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  QFile file(path);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(kTestShop);
  file.close();
  MainWindow window;
  QAction& pin = *window.action(QStringLiteral("pin_file"));
  EXPECT_FALSE(pin.isEnabled()) << "nothing is open";
  ASSERT_TRUE(window.open(path));
  ASSERT_TRUE(pin.isEnabled());
  EXPECT_FALSE(pin.isChecked());
  pin.trigger();
  EXPECT_EQ(recent_files()[0], (RecentFile{path, true}));

  MainWindow other;
  ASSERT_TRUE(other.open(path));
  EXPECT_TRUE(other.action(QStringLiteral("pin_file"))->isChecked());
  other.action(QStringLiteral("pin_file"))->trigger();
  EXPECT_EQ(recent_files()[0], (RecentFile{path, false}));
}

TEST_F(RecentFilesTest, TheStartPageShowsPinnedOnesFirstAndItsMenuChangesThat) {
  remember_file(file(1));
  remember_file(file(2));
  StartPage page;
  page.set_recent(recent_files());
  ASSERT_EQ(page.recent().count(), 2);
  EXPECT_TRUE(page.recent().item(0)->icon().isNull());

  page.recent_menu(file(1))->actions().front()->trigger();
  EXPECT_TRUE(page.recent().item(0)->text().startsWith(QStringLiteral("mesh-1.yaml")));
  EXPECT_FALSE(page.recent().item(0)->icon().isNull());

  page.recent_menu(file(1))->actions().back()->trigger();
  ASSERT_EQ(page.recent().count(), 1);
  EXPECT_EQ(paths(), QStringList{file(2)});
}

}  // namespace
}  // namespace shaketable::gui
