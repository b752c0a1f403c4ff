#include <QApplication>
#include <QDialog>
#include <QImage>
#include <QLineEdit>
#include <QMenu>
#include <QTest>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "gui/app/main_window.h"
#include "gui/document/mesh_edits.h"
#include "gui/panels/find_bar.h"
#include "tests/bench/gui/slowdown.h"
#include "tests/gui/support/gui_test_support.h"

/// What the window costs, against what it may cost: CPU time of this process, which a busy machine
/// disturbs least. `./dev bench gui`.
namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

double cpu_ms() { return 1000.0 * static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

/// The least of several tries.
double least_ms(int tries, const std::function<void()>& act) {
  double least = 1e9;
  for (int i = 0; i < tries; ++i) {
    const double begin = cpu_ms();
    act();
    least = std::min(least, cpu_ms() - begin);
  }
  return least;
}

void print(const char* what, double value, const char* unit, double limit) {
  std::printf("%-58s %9.2f %-3s  limit %7.1f  %s\n", what, value, unit, limit,
              value <= limit ? "ok" : "OVER");
}

/// A mesh of `services` in layers of ten, each calling three of the next layer.
std::string layered_mesh(int services) {
  std::string text = "services:\n";
  constexpr int kLayer = 10;
  for (int i = 0; i < services; ++i) {
    text += "  s" + std::to_string(i) + ": {";
    text += i < kLayer ? "entry: true, " : "";
    text += "endpoints: {GET /: {work: 0.1ms, calls: [";
    for (int call = 0; call < 3; ++call) {
      const int callee = (i / kLayer + 1) * kLayer + (i + call * 3) % kLayer;
      if (callee < services) {
        text += (call > 0 ? ", " : "") + ("{s" + std::to_string(callee)) +
                ": {call: GET /, probability: 34%}}";
      }
    }
    text += "]}}}\n";
  }
  return text + "load: {users: {rate: 50/s, request: s0 GET /}}\nrun: {duration: 10s}\n";
}

void measure_mesh(int services, double frame_limit) {
  const ScenarioDocument document =
      ScenarioDocument::from_text("mesh.yaml", layered_mesh(services));
  if (!document.is_good()) {
    std::printf("the mesh of %d services cannot be read: %s\n", services,
                document.problems().front().message.c_str());
    return;
  }
  CanvasView canvas;
  canvas.resize(1600, 900);
  canvas.show_mesh(document.scenario()->scenario);
  canvas.show();
  canvas.fit();
  MeshLook look;
  look.nodes.resize(canvas.scene().nodes().size());
  look.edges.resize(canvas.scene().edges().size());
  for (NodeLook& node : look.nodes) {
    node.has_run = true;
    node.health = NodeHealth::kHealthy;
    node.rate = 100;
  }
  for (EdgeLook& edge : look.edges) {
    edge.health = NodeHealth::kHealthy;
    edge.rate = 400;
    edge.p50_us = 5000;
  }
  QImage image(canvas.size(), QImage::Format_RGB32);
  const std::string name =
      std::to_string(services) + " services, " + std::to_string(look.edges.size()) + " calls: ";
  const double whole = least_ms(3, [&] {
    canvas.set_look(look);
    canvas.fit();  // Otherwise a large mesh would be drawn anew only now and then.
    canvas.render(&image);
  });
  canvas.set_moving(true);
  canvas.render(&image);
  constexpr int kFrames = 20;
  const double frame = least_ms(3,
                                [&] {
                                  for (int i = 0; i < kFrames; ++i) {
                                    canvas.render(&image);
                                  }
                                }) /
                       kFrames;
  print((name + "drawn anew").c_str(), whole, "ms", 120);
  print((name + "a frame with requests").c_str(), frame, "ms", frame_limit);
}

/// Ten thousand services in a hundred namespaces, each calling three others of its own or of the
/// next one.
std::string huge_mesh() {
  constexpr int kServices = 10'000, kSpace = 100;
  std::string text = "services:\n";
  for (int i = 0; i < kServices; ++i) {
    const int space = i / kSpace, place = i % kSpace;
    text += "  s" + std::to_string(i) + ": {namespace: team-" + std::to_string(space) + ", ";
    text += i == 0 ? "entry: true, " : "";
    text += "endpoints: {GET /: {work: 0.1ms, calls: [";
    std::string calls;
    for (const int callee : {i + 1 + place % 7, i + 11, i + kSpace}) {
      const bool is_near = callee / kSpace == space || callee == i + kSpace;
      if (callee < kServices && is_near) {
        calls += (calls.empty() ? "" : ", ") + ("{s" + std::to_string(callee)) +
                 ": {call: GET /, probability: 1%}}";
      }
    }
    text += calls + "]}}}\n";
  }
  return text + "load: {users: {rate: 50/s, request: s0 GET /}}\nrun: {duration: 10s}\n";
}

// What a person waits for with ten thousand services.
void measure_huge() {
  MainWindow window;
  window.show();
  Workbench& bench = window.workbench();
  const std::string text = huge_mesh();
  const auto wait = [&](const char* what, double limit, const std::function<void()>& act) {
    const double begin = cpu_ms();
    act();
    QApplication::processEvents();
    print((std::string("10,000 services: ") + what).c_str(), cpu_ms() - begin, "ms", limit);
  };
  double begin = cpu_ms();
  const auto read = ScenarioDocument::from_text("huge.yaml", text);
  print("10,000 services: what reading alone takes", cpu_ms() - begin, "ms", 4000);
  if (!read.is_good()) {
    std::printf("the huge mesh cannot be read: %s\n", read.problems().front().message.c_str());
    return;
  }
  wait("open, by namespace", 6000, [&] { bench.create(QStringLiteral("huge.yaml"), text); });
  auto* const search = window.outline().findChild<QLineEdit*>(QStringLiteral("search"));
  wait("a letter of a search", 200, [&] { search->setText(QStringLiteral("s77")); });
  wait("clear the search", 200, [&] { search->clear(); });
  wait("a letter in Find", 200, [&] {
    window.find_bar().begin();
    window.find_bar().find_line().setText(QStringLiteral("near(s4242, 2)"));
  });
  wait("reveal what was found, its group opens", 500,
       [&] { QTest::keyClick(&window.find_bar().find_line(), Qt::Key_Return); });
  wait("select a service", 100, [&] { bench.select(Selection::of_service("s5151")); });
  wait("its menu", 200, [&] { static_cast<void>(window.context_menu(bench.selection())); });
  wait("the command palette", 300, [&] {
    window.action(QStringLiteral("palette"))->trigger();
    QApplication::processEvents();
    delete window.findChild<QDialog*>(QStringLiteral("palette"));
  });
  wait("expand all groups", 3000, [&] { window.action(QStringLiteral("expand_all"))->trigger(); });
  wait("zoom", 400, [&] { window.canvas().zoom(1.25); });
  wait("collapse all groups", 2000,
       [&] { window.action(QStringLiteral("collapse_all"))->trigger(); });
  wait("change a setting", 5000, [&] {
    bench.edit(set_value(bench.document().source(), {"services", "s5151", "instances"}, "3"));
  });
  run_to_end(bench);
  wait("go to a moment of its run", 200, [&] { bench.look_at(engine::Instant(4s)); });
  wait("another moment", 200, [&] { bench.look_at(engine::Instant(7s)); });
}

void measure_window(const char* big_scenario) {
  const double begin = cpu_ms();
  MainWindow window;
  window.show();
  QApplication::processEvents();
  print("start to a usable window", cpu_ms() - begin, "ms", 1000);
  print("open a thousand services",
        least_ms(2,
                 [&] {
                   window.open(QString::fromLatin1(big_scenario));
                   QApplication::processEvents();
                 }),
        "ms", 2000);
}

void measure_scrubbing() {
  MainWindow window;
  std::string text = layered_mesh(50);
  text.replace(text.find("duration: 10s"), 13, "duration: 600s");
  window.workbench().create(QStringLiteral("mesh.yaml"), text);
  window.show();
  run_to_end(window.workbench());
  double worst = 0;
  for (int i = 1; i <= 20; ++i) {
    const double begin = cpu_ms();
    window.workbench().look_at(engine::Instant(i * 29s));
    QApplication::processEvents();
    worst = std::max(worst, cpu_ms() - begin);
  }
  print("go to a moment of a 10-minute run of 50 services, worst", worst, "ms", 50);
  print("figures of that run for each hour",
        6.0 * static_cast<double>(window.workbench().shown()->history.bytes()) / 1e6, "MB", 500);
}

// What the window takes from a run: what is handed over to it, and what is judged for it.
void measure_a_watched_run() {
  constexpr int kRounds = 15;
  constexpr double kLimit = 10;
  std::string text = layered_mesh(50);
  text.replace(text.find("duration: 10s"), 13, "duration: 120s");
  text.replace(text.find("rate: 50/s"), 10, "rate: 2000/s");
  const Slowdown found = measure_slowdown(text, kRounds);
  print("to be watched takes the thread of a run more CPU", found.others, "%", kLimit);
  const char* const all = "a run in the window takes more CPU than beside it";
  if (found.high - found.low <= kLimit) {
    print(all, found.percent, "%", kLimit);
  } else {
    std::printf("%-58s %9.2f %%    the machine is too busy to tell\n", all, found.percent);
  }
  std::printf(
      "  half of the rounds from %.1f to %.1f %%; CPU: alone %.0f ms, beside a window (busy %.0f "
      "%%) "
      "%.0f ms, in it (busy %.0f %%) %.0f ms\n",
      found.low, found.high, found.alone, found.busy_beside, found.beside, found.busy_watched,
      found.watched);
}

}  // namespace
}  // namespace shaketable::gui

int main(int argc, char** argv) {
  using namespace shaketable::gui;  // NOLINT(google-build-using-namespace)
  const std::vector<std::pair<std::string, std::function<void()>>> parts{
      {"window", [] { measure_window("scenarios/thousand-services.yaml"); }},
      {"frames",
       [] {
         measure_mesh(200, 3.3);
         measure_mesh(1000, 33);
       }},
      {"scrubbing", [] { measure_scrubbing(); }},
      {"run", [] { measure_a_watched_run(); }},
      {"huge", [] { measure_huge(); }},
  };
  const std::vector<std::string> wanted(argv + 1, argv + argc);
  for (const std::string& name : wanted) {
    if (std::none_of(parts.begin(), parts.end(),
                     [&](const auto& part) { return part.first == name; })) {
      std::fprintf(stderr, "no part '%s'; there are: window frames scrubbing run huge\n",
                   name.c_str());
      return 2;
    }
  }
  qputenv("QT_QPA_PLATFORM", "offscreen");
  QApplication::setStyle(QStringLiteral("fusion"));
  const QApplication app(argc, argv);
  QApplication::setOrganizationName(QStringLiteral("shaketable"));
  QApplication::setApplicationName(QStringLiteral("gui-bench"));
  for (const auto& [name, measure] : parts) {
    if (wanted.empty() || std::find(wanted.begin(), wanted.end(), name) != wanted.end()) {
      measure();
    }
  }
  return 0;
}
