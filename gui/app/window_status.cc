#include <chrono>

#include "engine/judge/units.h"
#include "gui/app/main_window.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

// What the status bar says.
namespace shaketable::gui {

QString MainWindow::figures_tip() const {
  const QString same = tr("With this seed the run is the same again; the figures can be copied");
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr || shown->status.own_cpu.count() <= 0) {
    return same;
  }
  const double others = 100 * (std::chrono::duration<double>(shown->status.cpu) /
                                   std::chrono::duration<double>(shown->status.own_cpu) -
                               1);
  return same + QLatin1Char('\n') +
         tr("To be watched and judged on the way takes the run %1 % more").arg(others, 0, 'f', 1);
}

QString MainWindow::figures_text() const {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return {};
  }
  QString events = tr("%1 events").arg(words(engine::format_count(shown->status.events)));
  if (shown->is_going_on()) {
    events += tr(", %1 planned").arg(words(engine::format_count(shown->status.pending_events)));
  }
  return tr("seed %1 · %2 · fingerprint %3")
      .arg(shown->scenario->scenario.run.seed)
      .arg(events)
      .arg(shown->status.fingerprint, 16, 16, QLatin1Char('0'));
}

QString MainWindow::idle_text() const {
  const ScenarioDocument& document = workbench_.document();
  if (document.source().files.empty()) {
    return {};
  }
  return document.is_good()
             ? tr("Ready to run")
             : tr("Cannot run yet: %1, see Problems").arg(counted(document.errors(), "mistake"));
}

QString MainWindow::status_text() const {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return idle_text();
  }
  QString text;
  switch (shown->status.state) {
    case RunState::kRunning:
      text = tr("Run %1 is going on: %2 s a second, %3 events a second")
                 .arg(shown->number)
                 .arg(shown->status.seconds_per_second, 0, 'f', 1)
                 .arg(QString::fromStdString(engine::format_count(
                     static_cast<std::uint64_t>(shown->status.events_per_second))));
      break;
    case RunState::kPaused:
      text = tr("Run %1 is paused, %2 requests in flight")
                 .arg(shown->number)
                 .arg(shown->status.in_flight);
      break;
    case RunState::kJudging:
      text = tr("Run %1 is being judged").arg(shown->number);
      break;
    case RunState::kFailed:
      text = tr("Run %1 could not go on; %2")
                 .arg(shown->number)
                 .arg(QString::fromStdString(shown->status.problem));
      break;
    case RunState::kFinished:
      text = shown->result == nullptr
                 ? tr("Run %1 is being judged").arg(shown->number)
                 : tr("Run %1: %2")
                       .arg(shown->number)
                       .arg(QString::fromStdString(shown->result->run.verdict.headline));
      break;
  }
  if (workbench_.is_outdated()) {
    text += tr(" · the scenario has changed since");
    if (!workbench_.document().is_good()) {
      text += tr(", and has %1").arg(counted(workbench_.document().errors(), "mistake"));
    }
  }
  return text;
}

}  // namespace shaketable::gui
