#include <QActionGroup>
#include <QInputDialog>
#include <QMenu>
#include <algorithm>
#include <utility>

#include "gui/app/main_window.h"
#include "gui/panels/find_bar.h"
#include "gui/panels/menu_heading.h"

// What is found, hidden, grouped, and put in order.
namespace shaketable::gui {
namespace {

/// Meshes above this are shown by namespace, one box for each, when nobody has said otherwise.
constexpr std::size_t kHuge = 1'500;

struct Arranging {
  const char* action;
  const char* title;
  const char* key;
  Arrange how;
};

constexpr Arranging kArranging[] = {
    {"align_left", "Align left", "Ctrl+Shift+Left", Arrange::kLeft},
    {"align_centre", "Align centres", "", Arrange::kCentre},
    {"align_right", "Align right", "Ctrl+Shift+Right", Arrange::kRight},
    {"align_top", "Align top", "Ctrl+Shift+Up", Arrange::kTop},
    {"align_middle", "Align middles", "", Arrange::kMiddle},
    {"align_bottom", "Align bottom", "Ctrl+Shift+Down", Arrange::kBottom},
    {"distribute_across", "Equal gaps across", "Ctrl+Alt+Right", Arrange::kAcross},
    {"distribute_down", "Equal gaps down", "Ctrl+Alt+Down", Arrange::kDown}};

struct GroupChoice {
  const char* action;
  const char* title;
  GroupBy by;
};

constexpr GroupChoice kGroupChoices[] = {
    {"group_by_nothing", "No groups", GroupBy::kNothing},
    {"group_by_namespace", "Groups by namespace", GroupBy::kNamespace},
    {"group_by_zone", "Groups by zone", GroupBy::kZone},
    {"group_by_own", "Groups of my own", GroupBy::kOwn}};

}  // namespace

void MainWindow::create_group_actions() {
  const auto keys = [](const char* text) {
    return *text == 0 ? QList<QKeySequence>()
                      : QList<QKeySequence>{QKeySequence(QLatin1String(text))};
  };
  add_action("select_all", tr("Select all services"), {QKeySequence::SelectAll}, {},
             [this] { canvas_->select_all(); });
  for (const Arranging& each : kArranging) {
    add_action(each.action, tr(each.title), keys(each.key), {},
               [this, how = each.how] { canvas_->arrange(how); });
  }
  add_action("hold", tr("Keep in place"), keys("Ctrl+Alt+P"), {}, [this] {
    canvas_->hold_selected();
    refresh_group_actions();
  })->setCheckable(true);
  auto* const choices = new QActionGroup(this);
  for (const GroupChoice& each : kGroupChoices) {
    QAction* const made = add_action(each.action, tr(each.title), {}, {}, [this, by = each.by] {
      Grouping grouping = canvas_->scene().grouping();
      grouping.by = by;
      change_grouping(grouping);
    });
    made->setCheckable(true);
    choices->addAction(made);
  }
  add_action("group", tr("Group what is selected …"), keys("Ctrl+G"), {},
             [this] { group_selected(); });
  add_action("ungroup", tr("Ungroup what is selected"), keys("Ctrl+Shift+G"), {},
             [this] { ungroup_selected(); });
  add_action("collapse_all", tr("Collapse all groups"), {}, {}, [this] {
    Grouping grouping = canvas_->scene().grouping();
    for (const SceneGroup& group : canvas_->scene().groups()) {
      grouping.collapsed.insert(group.name);
    }
    change_grouping(grouping);
  });
  add_action("expand_all", tr("Expand all groups"), {}, {}, [this] {
    Grouping grouping = canvas_->scene().grouping();
    grouping.collapsed.clear();
    change_grouping(grouping);
  });
  add_action("focus_neighbours", tr("Show only what is near"), keys("Ctrl+Alt+F"), {}, [this] {
    find_bar_->begin();
    find_bar_->hide_line().setText(
        QStringLiteral("not near(\"%1\", 2)")
            .arg(QString::fromStdString(workbench_.selection().service)));
    canvas_->fit();
  });
  connect(canvas_, &CanvasView::group_activated, this,
          [this](const QString& name) { toggle_group(name.toStdString()); });
  connect(
      canvas_, &CanvasView::group_context_asked, this,
      [this](const QString& name, const QPoint& at) { group_menu(name.toStdString())->exec(at); });
  connect(find_bar_, &FindBar::found_changed, canvas_, &CanvasView::set_found);
  connect(find_bar_, &FindBar::hidden_changed, canvas_, &CanvasView::hide_services);
  connect(find_bar_, &FindBar::reveal_asked, this, [this](const QString& service) {
    const std::string name = service.toStdString();
    open_group_of(name);
    workbench_.select(Selection::of_service(name));
    canvas_->reveal(name);
  });
}

void MainWindow::fill_group_menus(QMenu& edit, QMenu& view) {
  edit.addSeparator();
  edit.addAction(action(QStringLiteral("select_all")));
  QMenu* const arrange = edit.addMenu(tr("Arrange"));
  for (const Arranging& each : kArranging) {
    arrange->addAction(action(QLatin1String(each.action)));
  }
  edit.addAction(action(QStringLiteral("hold")));
  edit.addAction(action(QStringLiteral("group")));
  edit.addAction(action(QStringLiteral("ungroup")));
  QMenu* const groups = view.addMenu(tr("Groups"));
  for (const GroupChoice& each : kGroupChoices) {
    groups->addAction(action(QLatin1String(each.action)));
  }
  groups->addSeparator();
  groups->addAction(action(QStringLiteral("collapse_all")));
  groups->addAction(action(QStringLiteral("expand_all")));
  view.addAction(action(QStringLiteral("focus_neighbours")));
}

void MainWindow::refresh_group_actions() {
  const std::size_t selected = canvas_->selected().size();
  for (const Arranging& each : kArranging) {
    const bool needs_three = each.how == Arrange::kAcross || each.how == Arrange::kDown;
    action(QLatin1String(each.action))->setEnabled(selected >= (needs_three ? 3U : 2U));
  }
  action(QStringLiteral("hold"))->setEnabled(selected > 0);
  action(QStringLiteral("hold"))->setChecked(canvas_->is_selection_held());
  const Grouping& grouping = canvas_->scene().grouping();
  for (const GroupChoice& each : kGroupChoices) {
    QAction* const choice = action(QLatin1String(each.action));
    choice->setChecked(grouping.by == each.by);
    choice->setEnabled(each.by != GroupBy::kOwn || !grouping.own.empty());
  }
  action(QStringLiteral("group"))->setEnabled(selected > 0);
  action(QStringLiteral("ungroup"))->setEnabled(selected > 0 && grouping.by == GroupBy::kOwn);
  const bool has_groups = !canvas_->scene().groups().empty();
  action(QStringLiteral("collapse_all"))->setEnabled(has_groups);
  action(QStringLiteral("expand_all"))->setEnabled(has_groups);
  action(QStringLiteral("select_all"))->setEnabled(!canvas_->scene().nodes().empty());
  action(QStringLiteral("focus_neighbours"))
      ->setEnabled(workbench_.selection().kind == Selection::Kind::kService);
}

void MainWindow::change_grouping(const Grouping& grouping) {
  canvas_->set_grouping(grouping);
  boxes_moved();
}

void MainWindow::toggle_group(const std::string& name) {
  Grouping grouping = canvas_->scene().grouping();
  if (grouping.collapsed.erase(name) == 0) {
    grouping.collapsed.insert(name);
  }
  change_grouping(grouping);
}

// A service that is found is seen: its group opens.
void MainWindow::open_group_of(const std::string& service) {
  const auto node = canvas_->scene().find(service);
  for (const SceneGroup& group : canvas_->scene().groups()) {
    const bool holds =
        node && std::find(group.members.begin(), group.members.end(), *node) != group.members.end();
    if (holds && group.collapsed) {
      toggle_group(group.name);
      return;
    }
  }
}

void MainWindow::group_selected() {
  bool is_wanted = false;
  const QString name =
      QInputDialog::getText(
          this, tr("Group"), tr("Name of the group, for example a team or a cluster"),
          QLineEdit::Normal, tr("group %1").arg(canvas_->scene().grouping().own.size() + 1),
          &is_wanted)
          .trimmed();
  if (is_wanted && !name.isEmpty()) {
    group_selected_as(name.toStdString());
  }
}

void MainWindow::group_selected_as(const std::string& name) {
  ungroup(canvas_->selected(), [&](Grouping& grouping) {
    std::vector<std::string>& members = grouping.own[name];
    members.insert(members.end(), canvas_->selected().begin(), canvas_->selected().end());
    grouping.by = GroupBy::kOwn;
  });
}

void MainWindow::ungroup_selected() {
  ungroup(canvas_->selected(), [](Grouping&) {});
}

// Takes services out of the groups that they are in, and does something more, as one step.
void MainWindow::ungroup(const std::set<std::string>& services,
                         const std::function<void(Grouping&)>& more) {
  Grouping grouping = canvas_->scene().grouping();
  for (auto& [name, members] : grouping.own) {
    std::erase_if(members, [&](const std::string& member) { return services.contains(member); });
  }
  more(grouping);
  std::erase_if(grouping.own, [](const auto& group) { return group.second.empty(); });
  if (grouping.own.empty() && grouping.by == GroupBy::kOwn) {
    grouping.by = GroupBy::kNothing;
  }
  change_grouping(grouping);
}

std::unique_ptr<QMenu> MainWindow::group_menu(const std::string& name) {
  auto menu = std::make_unique<QMenu>();
  const auto group = canvas_->scene().find_group(name);
  if (!group) {
    return menu;
  }
  const bool is_collapsed = canvas_->scene().groups()[*group].collapsed;
  add_heading(*menu, QString::fromStdString(name));
  menu->addAction(is_collapsed ? tr("Expand") : tr("Collapse"), this,
                  [this, name] { toggle_group(name); });
  menu->addAction(tr("Select its services"), this, [this, index = *group] {
    std::set<std::string> members;
    for (const std::size_t member : canvas_->scene().groups()[index].members) {
      members.insert(canvas_->scene().nodes()[member].name);
    }
    canvas_->select_services(std::move(members));
  });
  menu->addAction(action(QStringLiteral("collapse_all")));
  menu->addAction(action(QStringLiteral("expand_all")));
  if (canvas_->scene().grouping().by == GroupBy::kOwn) {
    menu->addSeparator();
    menu->addAction(tr("Take this group apart"), this, [this, name] {
      Grouping grouping = canvas_->scene().grouping();
      grouping.own.erase(name);
      grouping.collapsed.erase(name);
      if (grouping.own.empty()) {
        grouping.by = GroupBy::kNothing;
      }
      change_grouping(grouping);
    });
  }
  return menu;
}

// How a mesh is first seen.
Grouping MainWindow::usual_grouping() const {
  const engine::Scenario* const scenario = workbench_.scenario();
  Grouping grouping;
  if (scenario == nullptr || scenario->mesh.services.size() <= kHuge) {
    return grouping;
  }
  for (const engine::Service& service : scenario->mesh.services) {
    grouping.collapsed.insert(service.kube_namespace);
  }
  grouping.by = grouping.collapsed.size() > 1 ? GroupBy::kNamespace : GroupBy::kNothing;
  return grouping.by == GroupBy::kNothing ? Grouping() : grouping;
}

}  // namespace shaketable::gui
