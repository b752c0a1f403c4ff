#pragma once

#include <QEventLoop>
#include <QTimer>
#include <chrono>
#include <functional>
#include <string>

#include "engine/formats/scenario_loader.h"
#include "engine/sim/simulation.h"
#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// Two services, a fault from 5 to 10 s, and something to expect.
inline constexpr char kTestShop[] = R"(scenario: shop   # what people read
services:
  shop:  {entry: true, instances: 2, endpoints: {GET /: {work: 2ms, calls: [stock: GET /items]}}}
  stock: {instances: 3, runtime: {gunicorn: {workers: 4}}, endpoints: {GET /items: {work: 8ms}}}
traffic:
  stock: {retries: {attempts: 2, per_try_timeout: 200ms, retry_on: [5xx]},
          outlier_detection: {consecutive_5xx: 5, max_ejection_percent: 34%}}
load: {customers: {rate: 100/s, request: GET /}}
run: {duration: 20s, seed: 3}
faults: {slow-disk: {at: 5s, for: 5s, on: stock-2, slow: 50x}}
expect:
  - {metric: p99, of: customers, must: "< 100ms", during: during slow-disk}
)";

/// Lets events happen until the condition holds, however long that takes.
inline void wait_for(const std::function<bool()>& condition) {
  QEventLoop loop;
  QTimer timer;
  QObject::connect(&timer, &QTimer::timeout, &loop, [&] {
    if (condition()) {
      loop.quit();
    }
  });
  timer.start(1);
  loop.exec();
}

/// Runs the document from the start, as fast as it goes, until it is judged.
inline void run_to_end(Workbench& workbench) {
  workbench.set_speed(RunHandle::kAsFastAsItGoes);
  workbench.begin_run();
  wait_for([&] { return workbench.shown()->result != nullptr; });
}

/// Begins a run and pauses it at a moment.
inline void run_and_pause_at(Workbench& workbench, engine::Instant at) {
  workbench.run_until(at);
  wait_for([&] {
    return workbench.reached() >= at && workbench.shown()->status.state == RunState::kPaused;
  });
}

/// The text of the scenario's own file.
inline std::string text_of(const Workbench& workbench) {
  const std::string* const text = workbench.document().text_of(workbench.document().path());
  return text == nullptr ? std::string() : *text;
}

}  // namespace shaketable::gui
