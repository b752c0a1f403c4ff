#include <QApplication>
#include <QDir>
#include <QFile>
#include <QFontInfo>
#include <QImage>
#include <QPainter>
#include <algorithm>
#include <cstdlib>

#include <gtest/gtest.h>

#include "gui/analysis/canary_panel.h"
#include "gui/analysis/lanes_view.h"
#include "gui/analysis/traces_panel.h"
#include "gui/canvas/canvas_view.h"
#include "gui/panels/chart_view.h"
#include "tests/gui/support/gui_test_support.h"
#include "tests/gui/support/test_trouble.h"

// Pictures as they should look, in one style and one font, against those in this folder. Both are
// made smaller before they are compared, and some of it may differ: how edges are smoothed and
// glyphs are hinted is not ours. SHAKETABLE_WRITE_GOLDEN=1 writes them anew: look at each.
namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

constexpr char kFolder[] = "tests/gui/golden/";
constexpr double kMostMean = 3.0;   // Of 255, over all points.
constexpr int kTile = 10;           // Points a side of a square that may differ by
constexpr double kMostOfTile = 48;  // so much on average: glyphs may, a badge that is gone may not.

QImage half(const QImage& image) {
  return image.convertToFormat(QImage::Format_RGB32)
      .scaled(image.size() / 2, Qt::IgnoreAspectRatio, Qt::SmoothTransformation);
}

struct Difference {
  double mean = 0, worst_tile = 0;
  [[nodiscard]] bool is_small() const { return mean <= kMostMean && worst_tile <= kMostOfTile; }
};

double difference_of(QRgb a, QRgb b) {
  return std::max({std::abs(qRed(a) - qRed(b)), std::abs(qGreen(a) - qGreen(b)),
                   std::abs(qBlue(a) - qBlue(b))});
}

Difference difference_of(const QImage& a, const QImage& b) {
  Difference result;
  for (int top = 0; top < a.height(); top += kTile) {
    for (int left = 0; left < a.width(); left += kTile) {
      double sum = 0;
      for (int y = top; y < std::min(top + kTile, a.height()); ++y) {
        for (int x = left; x < std::min(left + kTile, a.width()); ++x) {
          sum += difference_of(a.pixel(x, y), b.pixel(x, y));
        }
      }
      result.mean += sum / a.width() / a.height();
      result.worst_tile = std::max(result.worst_tile, sum / kTile / kTile);
    }
  }
  return result;
}

class GoldenTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(QFontInfo(QApplication::font()).family(), QStringLiteral("DejaVu Sans"))
        << "the pictures are made in it; fonts-dejavu-core has it";
    bench_.create(QStringLiteral("trouble.yaml"), kTestTrouble);
    run_to_end(bench_);
    bench_.look_at(Instant(13s));
  }

  void compare(const QString& name, const QImage& picture) {
    const QString path = QLatin1String(kFolder) + name + QStringLiteral(".png");
    const QImage seen = half(picture);
    if (qEnvironmentVariableIsSet("SHAKETABLE_WRITE_GOLDEN")) {
      ASSERT_TRUE(seen.save(path, "PNG", 0)) << path.toStdString();
      return;
    }
    const QImage golden = QImage(path).convertToFormat(QImage::Format_RGB32);
    ASSERT_FALSE(golden.isNull()) << path.toStdString();
    ASSERT_EQ(seen.size(), golden.size()) << path.toStdString();
    const Difference found = difference_of(seen, golden);
    const QString kept = QDir::temp().filePath(QStringLiteral("shaketable-%1-seen.png").arg(name));
    if (!found.is_small()) {
      seen.save(kept);
    }
    EXPECT_TRUE(found.is_small()) << path.toStdString() << ": " << found.mean
                                  << " of 255 on average, " << found.worst_tile
                                  << " in one place; what was seen: " << kept.toStdString();
  }

  void draw_canvas(CanvasView& canvas) {
    canvas.resize(840, 300);
    canvas.show_mesh(*bench_.scenario());
    canvas.set_look(bench_.look());
    canvas.set_trail(
        {.services = {"door", "shop", "stock"}, .edges = {{"door", "shop"}, {"shop", "stock"}}});
    canvas.set_notes({{"stock", QStringLiteral("1 · +1.0 s")}});
    canvas.show();
    canvas.fit();
  }

  Workbench bench_;
};

TEST_F(GoldenTest, TheCanvasShowsTroubleByDay) {
  CanvasView canvas;
  draw_canvas(canvas);
  compare(QStringLiteral("canvas-light"), canvas.grab().toImage());
}

TEST_F(GoldenTest, TheCanvasShowsUtilisationByNight) {
  CanvasView canvas;
  canvas.set_theme(Theme::night());
  draw_canvas(canvas);
  canvas.set_trail({});
  canvas.set_overlay(Overlay::kUtilisation);
  compare(QStringLiteral("canvas-dark"), canvas.grab().toImage());
}

TEST_F(GoldenTest, LanesStandUnderEachOther) {
  LanesView lanes(bench_);
  lanes.resize(840, 260);
  lanes.show();
  lanes.resize(840, 260);
  compare(QStringLiteral("lanes"), lanes.grab().toImage());
}

TEST_F(GoldenTest, AChartHasItsBandsItsMomentAndItsCursors) {
  ChartView chart(QStringLiteral("Latency"), ChartUnit::kMilliseconds);
  chart.resize(420, 180);
  std::vector<double> fast, slow;
  for (int i = 0; i < 60; ++i) {
    fast.push_back(10 + i % 3);
    slow.push_back(i >= 20 && i < 32 ? 400 + 10 * (i % 7) : 40 + i % 5);
  }
  chart.set_span(Instant(60s));
  chart.set_bands({{QStringLiteral("slow-disk"), Instant(20s), Instant(32s)}});
  chart.set_lines({{QStringLiteral("p50"), fast, 0},
                   {QStringLiteral("p99"), slow, 1},
                   {QStringLiteral("before"), fast, 1, true}},
                  1s);
  chart.set_moment(Instant(45s));
  chart.set_marks(Instant(10s), Instant(28s));
  compare(QStringLiteral("chart"), chart.grab().toImage());
}

TEST_F(GoldenTest, ARequestIsAWaterfall) {
  const auto& traces = bench_.analysed()->run.record.traces;
  const auto failed = std::find_if(traces.begin(), traces.end(), [](const engine::Trace& trace) {
    return (trace.reasons & engine::kKeptAsFailed) != 0;
  });
  ASSERT_NE(failed, traces.end());
  WaterfallView waterfall;
  waterfall.resize(700, 240);
  waterfall.show_trace(bench_.analysed(), static_cast<std::size_t>(failed - traces.begin()));
  compare(QStringLiteral("waterfall"), waterfall.grab().toImage());
}

TEST_F(GoldenTest, AMissingBadgeIsNoticed) {
  const QImage page =
      QImage(QLatin1String(kFolder) + "canvas-light.png").convertToFormat(QImage::Format_RGB32);
  ASSERT_FALSE(page.isNull());
  QImage without = page;
  QPainter painter(&without);
  painter.fillRect(QRect(276, 79, 28, 13), page.pixelColor(2, 2));  // OPEN, below the circuit.
  painter.end();
  EXPECT_FALSE(difference_of(page, without).is_small());
  EXPECT_TRUE(difference_of(page, page).is_small());
}

}  // namespace
}  // namespace shaketable::gui
