#include <QInputDialog>
#include <QMenu>
#include <algorithm>
#include <span>
#include <utility>

#include "engine/judge/units.h"
#include "gui/analysis/sweep_panel.h"
#include "gui/app/command_palette.h"
#include "gui/app/fault_dialog.h"
#include "gui/app/main_window.h"
#include "gui/app/panel_tabs.h"
#include "gui/document/mesh_edits.h"
#include "gui/panels/menu_heading.h"
#include "gui/workbench/words.h"

// What a person does to the mesh and to a run, with mouse and keys.
namespace shaketable::gui {
namespace {

constexpr const char* kLengths[] = {"1s", "5s", "10s", "30s", "1m", ""};

constexpr const char* kRamps[] = {"", "2s", "5s", "10s", "30s"};

}  // namespace

void MainWindow::add_service_at(const QPointF& at) {
  const std::string name = free_name(workbench_.document().source(), "services", "service");
  const QPointF place = canvas_->scene().free_place(at);
  if (!workbench_.edit(add_service(workbench_.document().source(), name))) {
    return;
  }
  put_box(name, place);
  workbench_.select(Selection::of_service(name));
}

// The place of a box that an edit has made: one step with the edit.
void MainWindow::put_box(const std::string& service, const QPointF& place) {
  if (const auto node = canvas_->scene().find(service)) {
    canvas_->scene().move(*node, place);
    is_joined_ = true;
    boxes_moved();
    is_joined_ = false;
  }
}

void MainWindow::rename_selected() {
  const std::string name = workbench_.selection().service;
  bool is_wanted = false;
  const QString other =
      QInputDialog::getText(this, tr("Rename"),
                            tr("New name of %1").arg(QString::fromStdString(name)),
                            QLineEdit::Normal, QString::fromStdString(name), &is_wanted)
          .trimmed();
  if (!is_wanted || other.isEmpty() || other.toStdString() == name) {
    return;
  }
  const auto node = canvas_->scene().find(name);
  const bool is_pinned = node && canvas_->scene().nodes()[*node].pinned;
  const bool is_held = node && canvas_->scene().nodes()[*node].held;
  const QPointF place = node ? canvas_->scene().nodes()[*node].box.topLeft() : QPointF();
  if (workbench_.edit(rename_service(workbench_.document().source(), name, other.toStdString()))) {
    if (is_pinned) {
      canvas_->scene().hold({other.toStdString()}, is_held);
      put_box(other.toStdString(), place);
    }
    workbench_.select(Selection::of_service(other.toStdString()));
  }
}

void MainWindow::remove_selected() {
  const Selection selection = workbench_.selection();
  const std::set<std::string> many = canvas_->selected();
  if (selection.kind == Selection::Kind::kService && many.size() > 1) {
    remove_services(many);
    return;
  }
  const engine::ScenarioSource& source = workbench_.document().source();
  const bool is_gone =
      selection.kind == Selection::Kind::kService
          ? workbench_.edit(remove_service(source, selection.service))
      : selection.kind == Selection::Kind::kEdge
          ? workbench_.edit(disconnect_services(source, selection.caller, selection.service))
          : false;
  if (is_gone) {
    workbench_.select({});
  }
}

// All of them, as one step.
void MainWindow::remove_services(const std::set<std::string>& services) {
  DocumentEdit all{.label = "Delete " + std::to_string(services.size()) + " services",
                   .changes = {}};
  engine::ScenarioSource now = workbench_.document().source();
  for (const std::string& service : services) {
    auto edit = remove_service(now, service);
    if (!edit) {
      workbench_.edit(edit);  // Says why.
      return;
    }
    now = with_edit(std::move(now), *edit);
    all.changes.insert(all.changes.end(), edit->changes.begin(), edit->changes.end());
  }
  if (workbench_.edit(all)) {
    workbench_.select({});
  }
}

void MainWindow::connect_with(const std::string& callee) {
  workbench_.edit(
      connect_services(workbench_.document().source(), workbench_.selection().service, callee));
}

// ---- breaking -------------------------------------------------------------------------------

void MainWindow::break_with(const FaultChoice& choice) {
  workbench_.break_now(choice.name, fault_text(choice, fault_length_, fault_ramp_));
}

// What the loader has against a fault that would begin at the moment; empty: nothing.
QString MainWindow::why_no_fault(const std::string& name, const std::string& what) const {
  const RunEntry* const run = workbench_.going_on();
  const engine::ScenarioSource& source =
      run != nullptr ? run->scenario->source : workbench_.document().source();
  const std::string at = duration_yaml(workbench_.moment().time_since_epoch());
  const auto edit = set_value(source, {"faults", free_name(source, "faults", name)},
                              "{at: " + at + ", " + what + "}");
  if (!edit) {
    return words_of(edit.error());
  }
  const EditPreview after = preview(source, *edit);
  if (after.loads || after.problems.empty()) {
    return {};
  }
  const engine::Diagnostic& problem = after.problems.front();
  return QString::fromStdString(problem.message) +
         (problem.expected.empty()
              ? QString()
              : tr("; expected %1").arg(QString::fromStdString(problem.expected)));
}

void MainWindow::break_dialog(const Selection& selection, const QString& kind) {
  if (workbench_.scenario() == nullptr) {
    return;
  }
  const bool goes_on = workbench_.going_on() != nullptr;
  FaultDialog dialog(selection, *workbench_.scenario(),
                     goes_on ? tr("now") : tr("at %1").arg(clock_text(workbench_.moment())), this);
  dialog.set_check([this](const std::string& name, const std::string& what) {
    return why_no_fault(name, what);
  });
  if (const QString why = dialog.why_not(kind, *workbench_.scenario());
      !kind.isEmpty() && !dialog.choose(kind) && !why.isEmpty()) {
    Q_EMIT workbench_.said(why, false);
    return;
  }
  if (dialog.exec() == QDialog::Accepted) {
    workbench_.break_now(dialog.name(), dialog.what());
  }
}

void MainWindow::add_break_menu(QMenu& menu, const Selection& selection) {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    return;
  }
  const bool goes_on = workbench_.going_on() != nullptr;
  add_heading(menu, goes_on ? tr("Break it now") : tr("Break it in the next run"));
  for (const FaultGroup& group : faults_for(selection, *scenario)) {
    QMenu* const inner = menu.addMenu(icon(Icon::kBolt, theme_), group.title);
    for (const FaultChoice& choice : group.choices) {
      inner->addAction(choice.title, this, [this, choice] { break_with(choice); });
    }
  }
  const auto add_times = [this, &menu](const QString& title, std::span<const char* const> times,
                                       std::string& chosen, const QString& none) {
    const auto name = [&none](const std::string& time) {
      return time.empty() ? none : QString::fromStdString(time);
    };
    QMenu* const inner = menu.addMenu(title.arg(name(chosen)));
    for (const char* const time : times) {
      QAction* const act = inner->addAction(name(time), this, [&chosen, time] { chosen = time; });
      act->setCheckable(true);
      act->setChecked(chosen == time);
    }
  };
  add_times(tr("For how long: %1"), kLengths, fault_length_, tr("until it is stopped"));
  add_times(tr("Rising within: %1"), kRamps, fault_ramp_, tr("at once"));
  menu.addAction(tr("Any fault …"), this, [this, selection] { break_dialog(selection); });
}

// All others as a menu or, where that would be endless, to be found by typing.
void MainWindow::add_call_menu(QMenu& menu, const Selection& selection) {
  constexpr std::size_t kMenu = 40;
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr) {
    return;
  }
  const auto& services = scenario->mesh.services;
  if (services.size() > kMenu) {
    menu.addAction(icon(Icon::kConnect, theme_), tr("Let it call …"), this, [this] {
      std::vector<PaletteEntry> entries;
      for (const engine::Service& service : workbench_.scenario()->mesh.services) {
        entries.push_back({QString::fromStdString(service.name), QString(),
                           [this, name = service.name] { connect_with(name); }});
      }
      (new CommandPalette(std::move(entries), this))->open();
    });
    return;
  }
  QMenu* const calls = menu.addMenu(icon(Icon::kConnect, theme_), tr("Let it call"));
  for (const engine::Service& service : services) {
    if (service.name != selection.service) {
      calls->addAction(QString::fromStdString(service.name), this,
                       [this, name = service.name] { connect_with(name); });
    }
  }
}

std::unique_ptr<QMenu> MainWindow::context_menu(const Selection& selection) {
  auto menu = std::make_unique<QMenu>();
  add_break_menu(*menu, selection);
  menu->addSeparator();
  const auto add = [&](const char* name) { menu->addAction(action(QLatin1String(name))); };
  const auto show_text = [&](const KeyPath& path) {
    menu->addAction(tr("Show in the text"), this, [this, path] {
      const WrittenPlace place = written_place(workbench_.document().source(), path);
      if (!place.file.empty()) {
        Q_EMIT workbench_.place_asked(place.file, place.line);
      }
    });
  };
  switch (selection.kind) {
    case Selection::Kind::kService: {
      add_call_menu(*menu, selection);
      fill_policy_menu(*menu->addMenu(icon(Icon::kShield, theme_), tr("Policies of its calls")));
      show_text({"services", selection.service});
      add("send_load");
      add("hold");
      add("rename");
      add("copy");
      add("duplicate");
      add("remove");
      break;
    }
    case Selection::Kind::kEdge:
      fill_policy_menu(*menu->addMenu(icon(Icon::kShield, theme_), tr("Policies of these calls")));
      show_text({"traffic", selection.service});
      add("remove");
      break;
    case Selection::Kind::kNothing:
      add("add");
      add("paste");
      add("layout");
      add("fit");
      break;
  }
  return menu;
}

// What can be done with a setting of the inspector.
std::unique_ptr<QMenu> MainWindow::setting_menu(const KeyPath& path) {
  auto menu = std::make_unique<QMenu>();
  menu->addAction(tr("Try several values …"), this, [this, path] {
    below_->show_page(below_->indexOf(sweep_));
    sweep_->propose(path);
  });
  const WrittenPlace place = written_place(workbench_.document().source(), path);
  if (place.line == 0) {
    return menu;
  }
  menu->addAction(tr("Show in the text"), this,
                  [this, place] { Q_EMIT workbench_.place_asked(place.file, place.line); });
  menu->addAction(tr("Back to the default"), this, [this, path] {
    workbench_.edit(remove_value(workbench_.document().source(), path));
  });
  return menu;
}

// ---- places -----------------------------------------------------------------------------

void MainWindow::boxes_moved() {
  Layout now = layout_;
  now.places = canvas_->scene().pinned();
  now.grouping = canvas_->scene().grouping();
  const bool is_other_group = !(now.grouping == layout_.grouping);
  note_move(std::move(now), is_other_group ? tr("Change groups") : tr("Move boxes"));
}

// One more, one less, or other words.
void MainWindow::notes_changed() {
  Layout now = layout_;
  now.notes = workbench_.notes();
  const std::size_t before = layout_.notes.size(), after = now.notes.size();
  note_move(std::move(now), after > before   ? tr("Add a note")
                            : after < before ? tr("Remove a note")
                                             : tr("Change a note"));
}

// A drag is one step, and so is a press of an arrow key.
void MainWindow::note_move(Layout now, const QString& label) {
  if (now == layout_) {
    return;
  }
  moves_.push_back({.position = workbench_.document().position(),
                    .before = layout_,
                    .after = now,
                    .label = label,
                    .joined = is_joined_});
  moves_undone_.clear();
  layout_ = std::move(now);
  note_layout();
  refresh_title();
  refresh_actions();
}

// What the drawing and the notes are from now on.
void MainWindow::take_layout(const Layout& layout) {
  layout_ = layout;
  canvas_->set_grouping(layout_.grouping);
  canvas_->set_places(layout_.places);
  workbench_.set_notes(layout_.notes);
}

bool MainWindow::has_moved() const { return !(layout_ == saved_layout_); }

}  // namespace shaketable::gui
