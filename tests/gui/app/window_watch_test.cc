#include <QComboBox>
#include <QFile>
#include <QImage>
#include <QLineEdit>
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

TEST_F(WindowWatchTest, PoliciesOfIstioAreImportedAsOneStep) {
  const QTemporaryDir folder;
  const QString rule = folder.filePath(QStringLiteral("shop-rule.yaml"));
  QFile file(rule);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(
      "apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: stock}\n"
      "spec:\n  hosts: [stock]\n  http:\n  - timeout: 700ms\n"
      "    route:\n    - destination: {host: stock}\n");
  file.close();
  ASSERT_TRUE(window_.save_to(folder.filePath(QStringLiteral("trouble.yaml"))));
  const std::string before = text_of(bench());

  ASSERT_TRUE(window_.import_policies({rule})) << window_.message().text().toStdString();
  EXPECT_NE(text_of(bench()).find("policies: [shop-rule.yaml]"), std::string::npos)
      << text_of(bench());
  EXPECT_EQ(bench().document().source().files.size(), 2);
  EXPECT_TRUE(bench().document().is_good());
  window_.import_policies({rule});
  EXPECT_EQ(text_of(bench()).find("shop-rule"), text_of(bench()).rfind("shop-rule"))
      << "a file is named once";
  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), before);
  EXPECT_FALSE(window_.import_policies({folder.filePath(QStringLiteral("nothing.yaml"))}));
  EXPECT_EQ(text_of(bench()), before);
}

TEST_F(WindowWatchTest, TheLoadOfAFileIsImportedAsOneStep) {
  const QTemporaryDir folder;
  const QString load = folder.filePath(QStringLiteral("night.yaml"));
  const std::string before = text_of(bench());
  std::string names;
  for (const engine::Load& each : bench().scenario()->loads) {
    names += (names.empty() ? "" : ", ") + each.name + ": {rate: 7/s, request: GET /}";
  }
  QFile file(load);
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(("load: {" + names + "}\n").c_str());
  file.close();
  ASSERT_TRUE(window_.save_to(folder.filePath(QStringLiteral("trouble.yaml"))));

  ASSERT_TRUE(window_.import_load(load)) << window_.message().text().toStdString();
  EXPECT_NE(text_of(bench()).find("load: night.yaml"), std::string::npos) << text_of(bench());
  EXPECT_EQ(bench().scenario()->loads.front().stages.front().from_ups, 7'000'000);
  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), before);
  EXPECT_FALSE(window_.import_load(folder.filePath(QStringLiteral("nothing.yaml"))));
  EXPECT_EQ(text_of(bench()), before);
}

TEST_F(WindowWatchTest, ChartsAndEventsAreWrittenAsPicturesAndTables) {
  const QTemporaryDir folder;
  const auto path = [&folder](const char* name) { return folder.filePath(QLatin1String(name)); };
  EXPECT_FALSE(window_.export_charts(path("charts.csv"), ChartFormat::kCsv)) << "nothing ran";
  EXPECT_FALSE(action("charts_svg").isEnabled());
  run_to_end(bench());
  bench().select(Selection::of_service("stock"));
  ASSERT_TRUE(action("charts_svg").isEnabled());
  window_.action(QStringLiteral("tab6"))->trigger();  // The charts cannot be seen.

  ASSERT_TRUE(window_.export_charts(path("charts.svg"), ChartFormat::kSvg));
  const QByteArray drawing = read(path("charts.svg"));
  EXPECT_TRUE(drawing.contains("<svg"));
  EXPECT_TRUE(drawing.contains("Latency")) << "text stays text";
  EXPECT_TRUE(drawing.contains("<path"));
  ASSERT_TRUE(window_.export_charts(path("charts.png"), ChartFormat::kPng));
  EXPECT_EQ(QImage(path("charts.png")).size(), window_.charts().drawn_size() * 2);
  const ChartView* const latency = window_.charts().charts()[2];
  ASSERT_TRUE(window_.export_charts(path("latency.csv"), ChartFormat::kCsv, latency));
  EXPECT_TRUE(read(path("latency.csv")).startsWith("time_s,\"Latency p50\",\"Latency p90\""));
  EXPECT_EQ(read(path("latency.csv")).count('\n'),
            static_cast<qsizetype>(bench().shown()->history.buckets()) + 1);

  ASSERT_TRUE(window_.export_events(path("events.csv")));
  const QByteArray events = read(path("events.csv"));
  EXPECT_TRUE(events.startsWith("at_ns,event,service,caller,instance,fault,reason,count\r\n"));
  EXPECT_EQ(events.count('\n'),
            static_cast<qsizetype>(bench().shown()->history.events().size()) + 1);
  window_.events()
      .findChild<QLineEdit*>(QStringLiteral("event_filter"))
      ->setText(QStringLiteral("ejected"));
  ASSERT_TRUE(window_.export_events(path("ejected.csv")));
  EXPECT_LT(read(path("ejected.csv")).count('\n'), events.count('\n')) << "as they are listed";
  ASSERT_TRUE(window_.export_tables(folder.path()));
  EXPECT_FALSE(read(path("series.csv")).isEmpty());
  EXPECT_EQ(read(path("events.csv")).left(20), events.left(20)) << "the same columns";
  EXPECT_FALSE(window_.export_charts(QStringLiteral("/nowhere/at/all.png"), ChartFormat::kPng));
}

}  // namespace
}  // namespace shaketable::gui
