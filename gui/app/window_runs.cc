#include <QComboBox>
#include <QToolBar>
#include <QToolButton>
#include <array>

#include "engine/judge/units.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/app/run_until_dialog.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

// How runs go: their speed, and how far.
namespace shaketable::gui {
namespace {

struct Speed {
  const char* title;
  double seconds_per_second;
  const char* about;
};

constexpr std::array<Speed, 8> kSpeeds = {
    {{"¼× speed", 0.25, "A second of the run takes four"},
     {"1× speed", 1, "As in reality"},
     {"2× speed", 2, ""},
     {"5× speed", 5, ""},
     {"10× speed", 10, ""},
     {"30× speed", 30, ""},
     {"Fast", RunHandle::kAsFastAsItGoes, "As fast as it goes; the window follows"},
     {"Express", RunHandle::kAsFastAsItGoes,
      "As fast as it goes; the window looks twice a second and disturbs nothing"}}};
constexpr int kUsualSpeed = 4, kFast = 6, kExpress = 7;

}  // namespace

void MainWindow::create_run_actions() {
  const auto key = [](const char* text) {
    return QList<QKeySequence>{QKeySequence(QLatin1String(text))};
  };
  add_action("run", tr("Run"), key("F5"), Icon::kRun, [this] { workbench_.run_or_pause(); });
  add_action("fast", tr("Run fast"), key("F6"), Icon::kFast, [this] { run_at(kFast); });
  add_action("express", tr("Run express"), key("F7"), {}, [this] { run_at(kExpress); });
  add_action("run_until", tr("Run until …"), key("Ctrl+F10"), {}, [this] { ask_run_until(); });
  add_action("restart", tr("Run again from the start"), key("Ctrl+Shift+F5"), {},
             [this] { workbench_.begin_run(); });
  add_action("stop", tr("Stop and judge"), key("Shift+F5"), Icon::kStop,
             [this] { workbench_.stop(); });
  add_action("step", tr("Step one event"), key("F10"), Icon::kStep, [this] { workbench_.step(1); });
}

void MainWindow::run_at(int speed) {
  speed_->setCurrentIndex(speed);
  const RunEntry* const run = workbench_.going_on();
  if (run == nullptr || run->status.state != RunState::kRunning) {
    workbench_.run_or_pause();
  }
}

void MainWindow::create_speeds(QToolBar& bar) {
  speed_ = new QComboBox(&bar);
  speed_->setObjectName(QStringLiteral("speed"));
  speed_->setAccessibleName(tr("Speed of the run"));
  speed_->setToolTip(tr("Speed of the run"));
  for (const Speed& speed : kSpeeds) {
    speed_->addItem(tr(speed.title));
    speed_->setItemData(speed_->count() - 1, tr(speed.about), Qt::ToolTipRole);
  }
  speed_->setCurrentIndex(kUsualSpeed);
  connect(speed_, &QComboBox::currentIndexChanged, this, [this](int index) {
    workbench_.set_express(index == kExpress);
    workbench_.set_speed(kSpeeds[static_cast<std::size_t>(index)].seconds_per_second);
    refresh_moment();
  });
  bar.addWidget(speed_);
}

void MainWindow::ask_run_until() {
  const RunEntry* const run = workbench_.going_on();
  const auto scenario = run != nullptr ? run->scenario : workbench_.document().scenario();
  if (scenario == nullptr) {
    return;
  }
  const engine::Scenario& of = scenario->scenario;
  RunUntilDialog dialog(
      scenario, run != nullptr ? run->status.now : engine::Instant{},
      run != nullptr ? run->status.end : engine::Instant(of.run.duration + of.run.drain), this);
  if (dialog.exec() != QDialog::Accepted) {
    return;
  }
  if (auto awaited = dialog.awaited()) {
    workbench_.run_until(std::move(awaited->rule), awaited->words);
  }
}

// What stands behind the titles of the groups of panels: how it ended, and what is wrong.
void MainWindow::refresh_notes() {
  const RunEntry* const shown = workbench_.shown();
  const bool is_judged = shown != nullptr && shown->result != nullptr;
  const bool has_passed = is_judged && shown->result->run.verdict.passed;
  below_->set_note(1, !is_judged ? QString() : has_passed ? tr("●") : tr("◆"));
  below_->group_button(1).setToolTip(
      is_judged ? QString::fromStdString(shown->result->run.verdict.headline) : QString());
  const std::size_t problems = workbench_.document().problems().size();
  const bool has_errors = workbench_.document().errors() > 0;
  below_->set_note(
      2, problems == 0 ? QString()
                       : QStringLiteral("%1 %2").arg(has_errors ? tr("◆") : tr("▲")).arg(problems));
  below_->group_button(2).setToolTip(problems == 0 ? QString() : counted(problems, "problem"));
  below_->setTabText(below_->indexOf(problems_),
                     problems == 0 ? tr("Problems") : tr("Problems (%1)").arg(problems));
}

}  // namespace shaketable::gui
