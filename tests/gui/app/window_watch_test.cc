#include <QComboBox>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>

#include <gtest/gtest.h>

#include "gui/app/main_window.h"
#include "tests/gui/support/gui_test_support.h"
#include "tests/gui/support/test_trouble.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class WindowWatchTest : public testing::Test {
 protected:
  WindowWatchTest() {
    bench().create(QStringLiteral("trouble.yaml"), kTestTrouble);
    window_.show();
    window_.canvas().fit();
  }

  Workbench& bench() { return window_.workbench(); }
  QAction& action(const char* name) { return *window_.action(QLatin1String(name)); }
  QPoint middle_of(const std::string& service) {
    const CanvasScene& scene = window_.canvas().scene();
    return window_.canvas().to_view(scene.nodes()[*scene.find(service)].box.center()).toPoint();
  }
  static QByteArray read(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
  }

  MainWindow window_;
};

TEST_F(WindowWatchTest, AClickOnARedServiceShowsTheWayToTheCause) {
  run_to_end(bench());
  bench().look_at(Instant(13s));
  EXPECT_TRUE(window_.canvas().trail().services.empty());
  QTest::mouseClick(&window_.canvas(), Qt::LeftButton, {}, middle_of("door"));

  ASSERT_FALSE(window_.canvas().trail().services.empty());
  EXPECT_EQ(window_.canvas().trail().services.front(), "door");
  EXPECT_FALSE(window_.canvas().trail().edges.empty());
  bench().select({});
  EXPECT_TRUE(window_.canvas().trail().services.empty());
}

TEST_F(WindowWatchTest, TheColoursAreChosenByActionAndByTheBar) {
  action("overlay5").trigger();
  EXPECT_EQ(window_.canvas().overlay(), Overlay::kErrors);
  EXPECT_EQ(window_.overlays().choice().currentText(), title_of(Overlay::kErrors));
  window_.overlays().choice().setCurrentIndex(0);
  EXPECT_EQ(window_.canvas().overlay(), Overlay::kHealth);
}

TEST_F(WindowWatchTest, JumpsAndPlayingAreActionsOfARun) {
  EXPECT_FALSE(action("next_trip").isEnabled());
  run_to_end(bench());
  bench().look_at(Instant(1s));
  ASSERT_TRUE(action("next_trip").isEnabled());
  action("next_trip").trigger();
  EXPECT_GE(bench().moment(), Instant(10s));
  window_.timeline().speed().setCurrentText(QStringLiteral("2×"));
  action("replay_backwards").trigger();
  EXPECT_EQ(bench().play_back_speed(), -2);
  action("replay_backwards").trigger();
  EXPECT_EQ(bench().play_back_speed(), 0);
}

TEST_F(WindowWatchTest, ChangedServicesAreRingedWhileTwoRunsAreCompared) {
  run_to_end(bench());
  std::string other = kTestTrouble;
  other.replace(other.find("slow: 20x"), 9, "slow: 1.1x");
  bench().type("trouble.yaml", other);
  run_to_end(bench());
  EXPECT_TRUE(window_.canvas().rings().empty());
  bench().set_baseline(0);

  ASSERT_TRUE(window_.canvas().rings().contains("stock"));
  EXPECT_EQ(window_.canvas().rings().at("stock"), Ring::kBetter);
  bench().set_baseline(std::nullopt);
  EXPECT_TRUE(window_.canvas().rings().empty());
}

TEST_F(WindowWatchTest, TheMeshIsWrittenAsLinesAndTheScenarioAsItRan) {
  const QTemporaryDir folder;
  run_and_pause_at(bench(), Instant(3s));
  bench().break_now("broken", "on: stock, abort: {status: 503, percent: 10%}");
  wait_for([&] { return bench().shown()->status.acts == 1; });
  const QString svg = folder.filePath(QStringLiteral("mesh.svg"));
  ASSERT_TRUE(window_.export_svg(svg));
  const QByteArray drawing = read(svg);
  EXPECT_TRUE(drawing.contains("<svg"));
  EXPECT_TRUE(drawing.contains(">stock</text>")) << "text stays text";

  const QString yaml = folder.filePath(QStringLiteral("kept.yaml"));
  ASSERT_TRUE(window_.export_yaml(yaml));
  const QByteArray text = read(yaml);
  EXPECT_TRUE(text.contains("broken:")) << "what was done to the run is in it";
  EXPECT_FALSE(QByteArray::fromStdString(text_of(bench())).contains("broken:"))
      << "the document is as it was";
  EXPECT_FALSE(window_.export_svg(QStringLiteral("/nowhere/at/all.svg")));
}

}  // namespace
}  // namespace shaketable::gui
