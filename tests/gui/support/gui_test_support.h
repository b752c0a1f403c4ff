#pragma once

#include <QEventLoop>
#include <QTimer>
#include <chrono>
#include <functional>
#include <string>

#include "engine/formats/scenario_loader.h"
#include "engine/sim/simulation.h"
#include "gui/workbench/workbench.h"
#include "tests/gui/support/test_shop.h"

namespace shaketable::gui {

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
