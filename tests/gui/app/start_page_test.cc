#include "gui/app/start_page.h"

#include <QCoreApplication>
#include <QFontMetrics>
#include <QImage>
#include <QListWidget>
#include <QPixmap>

#include <gtest/gtest.h>

namespace shaketable::gui {
namespace {

/// Whether anything is drawn in this part of a list but its ground.
bool is_written(QListWidget& list, const QRect& place) {
  const QImage image = list.viewport()->grab(place).toImage();
  const QRgb ground = image.pixel(0, 0);
  for (int y = 0; y < image.height(); ++y) {
    for (int x = 0; x < image.width(); ++x) {
      if (image.pixel(x, y) != ground) {
        return true;
      }
    }
  }
  return false;
}

TEST(StartPageTest, EntriesHaveTheirTextBelowTheirNames) {
  StartPage page;
  page.set_theme(Theme::light());
  page.resize(1600, 800);
  page.show();
  QListWidget& samples = page.samples();
  ASSERT_GT(samples.count(), 0);
  QCoreApplication::processEvents();
  const int line = QFontMetrics(samples.font()).height();
  const QRect entry = samples.visualItemRect(samples.item(0));
  EXPECT_GE(entry.height(), 2 * line);
  EXPECT_TRUE(is_written(samples, entry.adjusted(12, line + 12, -12, -4)));
}

TEST(StartPageTest, AnEmptyListOfFilesSaysWhatItIsFor) {
  StartPage page;
  page.set_theme(Theme::light());
  page.resize(1600, 800);
  page.show();
  auto& recent = *page.findChild<QListWidget*>(QStringLiteral("recent"));
  const QRect beginning(12, 8, 200, 30);
  EXPECT_TRUE(is_written(recent, beginning));
  page.set_recent({{.path = QStringLiteral("/nowhere/gone.yaml")}});
  ASSERT_EQ(recent.count(), 1);
  EXPECT_FALSE(recent.item(0)->flags().testFlag(Qt::ItemIsEnabled));
  EXPECT_TRUE(recent.item(0)->text().contains(QStringLiteral("not there")));
}

TEST(StartPageTest, EntriesGrowWhenTheirTextNeedsMoreLines) {
  StartPage page;
  page.resize(2400, 800);
  page.show();
  QListWidget& samples = page.samples();
  QCoreApplication::processEvents();
  const int before = samples.visualItemRect(samples.item(0)).height();

  page.resize(700, 800);
  for (int i = 0; i < 1'000 && samples.visualItemRect(samples.item(0)).height() == before; ++i) {
    QCoreApplication::processEvents();
  }

  EXPECT_GT(samples.visualItemRect(samples.item(0)).height(), before);
}

}  // namespace
}  // namespace shaketable::gui
