#include <QActionGroup>
#include <QButtonGroup>
#include <QDockWidget>
#include <QHBoxLayout>
#include <QMenu>
#include <QMenuBar>
#include <QSettings>
#include <QToolButton>

#include "gui/analysis/cascade_panel.h"
#include "gui/app/command_palette.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/panels/scenario_panel.h"

// The window is arranged otherwise for editing, for running and for analysing.
namespace shaketable::gui {
namespace {

constexpr int kShareBelow = 36;  ///< Percent of the window, where what a run means is read.

// In settings and names of actions.
const char* word_of(Perspective perspective) {
  switch (perspective) {
    case Perspective::kEdit:
      return "edit";
    case Perspective::kRun:
      return "run";
    case Perspective::kAnalyse:
      return "analyse";
  }
  return "";
}

QString setting_of(Perspective perspective, const char* what) {
  return QStringLiteral("perspective/%1/%2")
      .arg(QLatin1String(word_of(perspective)), QLatin1String(what));
}

}  // namespace

void MainWindow::create_perspectives(QMenu& view) {
  auto* const corner = new QWidget(menuBar());
  auto* const row = new QHBoxLayout(corner);
  row->setContentsMargins(0, 0, 6, 0);
  row->setSpacing(2);
  corner->setStyleSheet(
      QStringLiteral("QToolButton { padding: 1px 8px; }"));  // As low as the menus.
  auto* const choices = new QActionGroup(this);
  QMenu* const menu = view.addMenu(tr("Arranged for"));
  const std::array titles = {tr("Editing"), tr("Running"), tr("Analysing")};
  for (std::size_t i = 0; i < kPerspectives.size(); ++i) {
    const std::string name = std::string("perspective_") + word_of(kPerspectives[i]);
    QAction* const made =
        add_action(name.c_str(), titles[i], {QKeySequence(QStringLiteral("Ctrl+%1").arg(i + 1))},
                   {}, [this, i] { set_perspective(kPerspectives[i]); });
    made->setCheckable(true);
    made->setProperty(kMenuTitle, menu->title());
    made->setChecked(kPerspectives[i] == perspective_);
    made->setToolTip(tr("The window as it was left while %1").arg(titles[i].toLower()));
    choices->addAction(made);
    menu->addAction(made);
    auto* const button = new QToolButton(corner);
    button->setDefaultAction(made);
    button->setObjectName(QString::fromStdString(name));
    row->addWidget(button);
  }
  menu->addSeparator();
  QAction* const usual =
      add_action("perspective_usual", tr("As at first"), {}, {}, [this] { arrange({}); });
  usual->setProperty(kMenuTitle, menu->title());
  menu->addAction(usual);
  menuBar()->setCornerWidget(corner, Qt::TopRightCorner);
}

void MainWindow::set_perspective(Perspective perspective) {
  set_wall(false);
  if (perspective != perspective_) {
    arrangement_of(perspective_) = arrangement();
    perspective_ = perspective;
    arrange(arrangement_of(perspective));
  }
  action(QStringLiteral("perspective_") + QLatin1String(word_of(perspective)))->setChecked(true);
}

Arrangement& MainWindow::arrangement_of(Perspective perspective) {
  return arrangements_[static_cast<std::size_t>(perspective)];
}

Arrangement MainWindow::arrangement() const {
  return {.docks = saveState(), .page = below_->currentIndex(), .has_source = !source_->isHidden()};
}

void MainWindow::arrange(const Arrangement& wanted) {
  if (workbench_.document().source().files.empty()) {
    return;  // It will be when there is something to arrange.
  }
  const bool is_usual = wanted.docks.isEmpty();
  restoreState(is_usual ? usual_docks_ : wanted.docks);
  if (is_usual) {
    findChild<QDockWidget*>(QStringLiteral("dock_outline"))->raise();
    arrange_usually();
    return;
  }
  below_->show_page(wanted.page);
  if (wanted.has_source == source_->isHidden()) {
    show_source(wanted.has_source);
  }
}

// How a perspective is first seen.
void MainWindow::arrange_usually() {
  source_->hide();
  action(QStringLiteral("source"))->setChecked(false);
  switch (perspective_) {
    case Perspective::kEdit:
      findChild<QDockWidget*>(QStringLiteral("dock_palette"))->raise();
      below_->show_page(below_->indexOf(scenario_panel_));
      return;
    case Perspective::kRun:
      below_->show_page(below_->indexOf(charts_));
      return;
    case Perspective::kAnalyse:
      below_->show_page(below_->indexOf(cascade_));
      set_height_below(height() * kShareBelow / 100);
      return;
  }
}

void MainWindow::keep_arrangements() {
  if (!workbench_.document().source().files.empty()) {
    arrangement_of(perspective_) = arrangement();
  }
  QSettings settings;
  settings.setValue(QStringLiteral("perspective/now"), QLatin1String(word_of(perspective_)));
  for (const Perspective each : kPerspectives) {
    const Arrangement& kept = arrangement_of(each);
    settings.setValue(setting_of(each, "docks"), kept.docks);
    settings.setValue(setting_of(each, "page"), kept.page);
    settings.setValue(setting_of(each, "text"), kept.has_source);
  }
}

void MainWindow::restore_arrangements() {
  const QSettings settings;
  const QString now = settings.value(QStringLiteral("perspective/now")).toString();
  for (const Perspective each : kPerspectives) {
    arrangement_of(each) = {.docks = settings.value(setting_of(each, "docks")).toByteArray(),
                            .page = settings.value(setting_of(each, "page"), -1).toInt(),
                            .has_source = settings.value(setting_of(each, "text")).toBool()};
    if (now == QLatin1String(word_of(each))) {
      perspective_ = each;
    }
  }
  action(QStringLiteral("perspective_") + QLatin1String(word_of(perspective_)))->setChecked(true);
  arrange(arrangement_of(perspective_));
}

}  // namespace shaketable::gui
