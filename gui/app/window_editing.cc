#include <QMenu>
#include <QMenuBar>

#include "gui/app/main_window.h"
#include "gui/document/value_edits.h"
#include "gui/wizards/policy_wizard.h"

// What helps to edit: wizards, load.
namespace shaketable::gui {

void MainWindow::create_editing_actions() {
  for (const WizardInfo& info : wizard_infos()) {
    add_action(info.action, tr("%1 …").arg(tr(info.title)), {}, {}, [this, kind = info.kind] {
      show_wizard(kind);
    })->setStatusTip(tr(info.about));
  }
  add_action("send_load", tr("Send load to it"), {}, {}, [this] { send_load(); });
}

// Requests to what is selected, or to the first service.
void MainWindow::send_load() {
  const engine::Scenario* const scenario = workbench_.scenario();
  if (scenario == nullptr || scenario->mesh.services.empty()) {
    return;
  }
  const Selection& selection = workbench_.selection();
  workbench_.edit(
      add_load(workbench_.document().source(), selection.kind == Selection::Kind::kService
                                                   ? selection.service
                                                   : scenario->mesh.services.front().name));
}

void MainWindow::create_editing_menus() {
  QMenu* const policies = new QMenu(tr("&Policies"), this);
  fill_policy_menu(*policies);
  menuBar()->insertMenu(menuBar()->actions().value(2), policies);
}

void MainWindow::fill_policy_menu(QMenu& menu) {
  for (const WizardInfo& info : wizard_infos()) {
    menu.addAction(action(QLatin1String(info.action)));
  }
}

void MainWindow::show_wizard(WizardKind kind) {
  source_->take_over();
  auto* const wizard = new PolicyWizard(kind, workbench_, theme_, this);
  wizard->setAttribute(Qt::WA_DeleteOnClose);
  wizard->open();
}

void MainWindow::refresh_editing_actions() {
  const bool has_services =
      workbench_.scenario() != nullptr && !workbench_.scenario()->mesh.services.empty();
  for (const WizardInfo& info : wizard_infos()) {
    action(QLatin1String(info.action))->setEnabled(has_services);
  }
  action(QStringLiteral("send_load"))->setEnabled(has_services);
}

}  // namespace shaketable::gui
