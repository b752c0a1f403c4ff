#include "gui/panels/outline_panel.h"

#include <QHeaderView>
#include <QLineEdit>
#include <QMimeData>
#include <QPainter>
#include <QPixmap>
#include <QVBoxLayout>
#include <utility>

#include "gui/canvas/canvas_painter.h"
#include "gui/panels/charts_panel.h"

namespace shaketable::gui {
namespace {

constexpr int kServiceName = Qt::UserRole;
constexpr int kCallerName = Qt::UserRole + 1;
constexpr int kIndex = Qt::UserRole + 2;

Selection subject_of_item(const QTreeWidgetItem& item) {
  const std::string service = item.data(0, kServiceName).toString().toStdString();
  const std::string caller = item.data(0, kCallerName).toString().toStdString();
  return caller.empty() ? Selection::of_service(service) : Selection::of_edge(caller, service);
}

/// Services and calls can be dragged out of it: into the charts.
class OutlineTree : public QTreeWidget {
 public:
  explicit OutlineTree(QWidget* parent) : QTreeWidget(parent) {
    setDragEnabled(true);
    setDragDropMode(QAbstractItemView::DragOnly);
  }

 protected:
  [[nodiscard]] QStringList mimeTypes() const override { return {QLatin1String(kSubjectMime)}; }
  [[nodiscard]] QMimeData* mimeData(const QList<QTreeWidgetItem*>& items) const override {
    auto* const made = new QMimeData;
    if (!items.isEmpty()) {
      const QByteArray subject = subject_data(subject_of_item(*items.front()));
      made->setData(QLatin1String(kSubjectMime), subject);
      made->setText(QString::fromUtf8(subject));
    }
    return made;
  }
};

QIcon glyph(NodeHealth health, const QColor& color) {
  QPixmap pixmap(28, 28);
  pixmap.fill(Qt::transparent);
  QPainter painter(&pixmap);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.scale(2, 2);
  draw_health_glyph(painter, health, QPointF(7, 7), 9, color);
  painter.end();
  pixmap.setDevicePixelRatio(2);
  return QIcon(pixmap);
}

}  // namespace

OutlinePanel::OutlinePanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  search_ = new QLineEdit(this);
  search_->setObjectName(QStringLiteral("search"));
  search_->setPlaceholderText(tr("Find a service"));
  search_->setClearButtonEnabled(true);
  search_->setAccessibleName(tr("Find a service"));
  auto* const frame = new QVBoxLayout;
  frame->setContentsMargins(8, 8, 8, 6);
  frame->addWidget(search_);
  column->addLayout(frame);
  tree_ = new OutlineTree(this);
  tree_->setObjectName(QStringLiteral("outline"));
  tree_->setAccessibleName(tr("Outline of the mesh"));
  tree_->setColumnCount(2);
  tree_->setHeaderHidden(true);
  tree_->header()->setStretchLastSection(false);
  tree_->header()->setSectionResizeMode(0, QHeaderView::Stretch);
  tree_->header()->setSectionResizeMode(1, QHeaderView::ResizeToContents);
  tree_->setIndentation(14);
  tree_->setAllColumnsShowFocus(true);
  tree_->setMinimumWidth(180);  // Names can be read beside their rates.
  tree_->setUniformRowHeights(true);
  tree_->setContextMenuPolicy(Qt::CustomContextMenu);
  column->addWidget(tree_, 1);
  connect(search_, &QLineEdit::textChanged, this, [this](const QString& text) {
    filter(text);
    Q_EMIT search_changed(text);
  });
  connect(tree_, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
    if (!is_filling_ && item != nullptr) {
      workbench_.select(selection_of(*item));
    }
  });
  connect(tree_, &QTreeWidget::itemActivated, this,
          [this](QTreeWidgetItem* item) { Q_EMIT activated(selection_of(*item)); });
  connect(tree_, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
    if (QTreeWidgetItem* const item = tree_->itemAt(at)) {
      Q_EMIT context_asked(selection_of(*item), tree_->viewport()->mapToGlobal(at));
    }
  });
  connect(&workbench_, &Workbench::document_changed, this, &OutlinePanel::rebuild);
  connect(&workbench_, &Workbench::moment_changed, this, &OutlinePanel::refresh_states);
  connect(&workbench_, &Workbench::selection_changed, this, &OutlinePanel::refresh_selection);
  rebuild();
}

void OutlinePanel::set_theme(const Theme& theme) {
  theme_ = theme;
  names_.clear();
  rebuild();
}

Selection OutlinePanel::selection_of(const QTreeWidgetItem& item) { return subject_of_item(item); }

void OutlinePanel::rebuild() {
  const engine::Scenario* const scenario = workbench_.scenario();
  std::vector<std::string> names;
  if (scenario != nullptr) {
    for (const engine::Service& service : scenario->mesh.services) {
      names.push_back(service.name);
    }
  }
  const MeshShape& shape = workbench_.shape();
  if (names != names_ || shape.edges != shape_.edges) {
    names_ = names;
    shape_ = shape;
    index_.clear();
    for (std::size_t i = 0; i < names_.size(); ++i) {
      index_.emplace(names_[i], static_cast<int>(i));
    }
    shown_.assign(names_.size(), {});
    is_filling_ = true;
    tree_->clear();
    QList<QTreeWidgetItem*> items;
    for (std::size_t i = 0; i < names_.size(); ++i) {
      auto* const item = new QTreeWidgetItem({QString::fromStdString(names_[i])});
      item->setData(0, kServiceName, QString::fromStdString(names_[i]));
      item->setData(0, kIndex, static_cast<int>(i));
      item->setForeground(1, theme_.muted);
      items.append(item);
    }
    for (std::size_t e = 0; e < shape_.edges.size(); ++e) {
      const auto& [from, to] = shape_.edges[e];
      auto* const item =
          new QTreeWidgetItem(items[static_cast<int>(from)],
                              {QStringLiteral("→ %1").arg(QString::fromStdString(names_[to]))});
      item->setData(0, kServiceName, QString::fromStdString(names_[to]));
      item->setData(0, kCallerName, QString::fromStdString(names_[from]));
      item->setData(0, kIndex, static_cast<int>(e));
      item->setForeground(1, theme_.muted);
    }
    tree_->addTopLevelItems(items);
    is_filling_ = false;
    filter(search_->text());
  }
  refresh_states();
  refresh_selection();
}

void OutlinePanel::refresh_states() {
  const auto& look = workbench_.look();
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* const item = tree_->topLevelItem(i);
    const auto index = static_cast<std::size_t>(i);
    const bool known = look && index < look->nodes.size() && look->nodes[index].has_run;
    const NodeHealth health = known ? look->nodes[index].health : NodeHealth::kNoData;
    const double now = known ? look->nodes[index].rate : -1;
    Shown& shown = shown_[index];
    if (shown.health != health) {
      shown.health = health;
      item->setIcon(0, glyph(health, theme_.of(health)));
      item->setData(0, Qt::AccessibleTextRole,
                    item->text(0) + QStringLiteral(", ") + QLatin1String(name_of(health)));
    }
    if (shown.rate != now) {
      shown.rate = now;
      const QString rate = known ? QString::fromStdString(rate_text(now)) : QString();
      if (item->text(1) != rate) {
        item->setText(1, rate);
      }
    }
    for (int j = 0; item->isExpanded() && j < item->childCount(); ++j) {
      QTreeWidgetItem* const call = item->child(j);
      const auto edge = static_cast<std::size_t>(call->data(0, kIndex).toInt());
      const bool flows = look && edge < look->edges.size() && look->edges[edge].rate > 0;
      QString text = flows ? QString::fromStdString(rate_text(look->edges[edge].rate)) : QString();
      if (flows && look->edges[edge].circuit_open) {
        text = tr("OPEN %1").arg(text);
      }
      if (call->text(1) != text) {
        call->setText(1, text);
      }
    }
  }
}

QTreeWidgetItem* OutlinePanel::item_of(const Selection& selection) const {
  const bool is_edge = selection.kind == Selection::Kind::kEdge;
  const auto top = index_.find(is_edge ? selection.caller : selection.service);
  QTreeWidgetItem* const item = selection.kind == Selection::Kind::kNothing || top == index_.end()
                                    ? nullptr
                                    : tree_->topLevelItem(top->second);
  if (!is_edge || item == nullptr) {
    return item;
  }
  for (int j = 0; j < item->childCount(); ++j) {
    if (selection_of(*item->child(j)) == selection) {
      return item->child(j);
    }
  }
  return nullptr;
}

void OutlinePanel::refresh_selection() {
  const Selection& selection = workbench_.selection();
  is_filling_ = true;
  QTreeWidgetItem* const found = item_of(selection);
  tree_->setCurrentItem(found);
  if (found == nullptr) {
    tree_->clearSelection();
  }
  is_filling_ = false;
}

void OutlinePanel::filter(const QString& text) {
  const QString wanted = text.trimmed();
  for (int i = 0; i < tree_->topLevelItemCount(); ++i) {
    QTreeWidgetItem* const item = tree_->topLevelItem(i);
    item->setHidden(!wanted.isEmpty() && !item->text(0).contains(wanted, Qt::CaseInsensitive));
  }
}

}  // namespace shaketable::gui
