#include "gui/panels/property_tree.h"

#include <QHeaderView>
#include <QStyledItemDelegate>
#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/formats/schema_spec.h"
#include "gui/canvas/qt_words.h"
#include "gui/document/parsed_source.h"

namespace shaketable::gui {
namespace {

constexpr int kPathRole = Qt::UserRole;
constexpr int kSpecRole = Qt::UserRole + 1;
constexpr int kDeepest = 3;

QStringList to_list(const KeyPath& path) {
  QStringList list;
  for (const std::string& key : path) {
    list.append(QString::fromStdString(key));
  }
  return list;
}

KeyPath to_path(const QStringList& list) {
  KeyPath path;
  for (const QString& key : list) {
    path.push_back(key.toStdString());
  }
  return path;
}

// The object that a value of this type may be, if any.
const engine::ObjectSpec* object_of(std::string_view type) {
  while (!type.empty()) {
    const std::size_t bar = type.find('|');
    const std::string_view one = type.substr(0, bar);
    if (const engine::ObjectSpec* const object = engine::find_object(one)) {
      return object;
    }
    type = bar == std::string_view::npos ? std::string_view() : type.substr(bar + 1);
  }
  return nullptr;
}

const engine::KeySpec* spec_of(const QTreeWidgetItem& item) {
  return static_cast<const engine::KeySpec*>(item.data(0, kSpecRole).value<const void*>());
}

QString documentation_of(const engine::KeySpec& key) {
  QString html =
      QStringLiteral("<b>%1</b> · %2<br>%3")
          .arg(words(key.key).toHtmlEscaped(),
               words(key.type).toHtmlEscaped().replace(QLatin1Char('|'), QStringLiteral(" | ")),
               words(key.doc).toHtmlEscaped());
  if (!key.fallback.empty()) {
    html += QObject::tr("<br>Default: %1").arg(words(key.fallback).toHtmlEscaped());
  }
  if (key.use == engine::KeyUse::kIgnored) {
    html += QObject::tr("<br>Not modelled yet: it has no effect.");
  }
  return html;
}

// Only values are edited, and only of keys.
class ValueDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  QWidget* createEditor(QWidget* parent, const QStyleOptionViewItem& option,
                        const QModelIndex& index) const override {
    return index.column() == 1 ? QStyledItemDelegate::createEditor(parent, option, index) : nullptr;
  }

 protected:
  // Where nothing is written, what holds then is shown faintly.
  void initStyleOption(QStyleOptionViewItem* option, const QModelIndex& index) const override {
    QStyledItemDelegate::initStyleOption(option, index);
    if (index.column() == 1 && option->text.isEmpty()) {
      option->text = index.data(Qt::UserRole).toString();
      const QColor faint = option->palette.color(QPalette::Disabled, QPalette::Text);
      option->palette.setColor(QPalette::Text, faint);
      option->palette.setColor(QPalette::HighlightedText, faint);
      option->font.setItalic(true);
    }
  }
};

}  // namespace

PropertyTree::PropertyTree(Workbench& workbench, QWidget* parent)
    : QTreeWidget(parent), workbench_(workbench) {
  setColumnCount(2);
  setHeaderLabels({tr("Setting"), tr("Value")});
  setAccessibleName(tr("Configuration"));
  setItemDelegate(new ValueDelegate(this));
  setEditTriggers(QAbstractItemView::DoubleClicked | QAbstractItemView::EditKeyPressed |
                  QAbstractItemView::SelectedClicked | QAbstractItemView::AnyKeyPressed);
  header()->setStretchLastSection(true);
  header()->setMinimumSectionSize(60);
  setColumnWidth(0, 170);
  setIndentation(14);
  setUniformRowHeights(true);
  connect(this, &QTreeWidget::itemChanged, this, &PropertyTree::take_over);
  connect(this, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
    const engine::KeySpec* const spec = item == nullptr ? nullptr : spec_of(*item);
    Q_EMIT documentation_changed(spec == nullptr ? QString() : documentation_of(*spec));
  });
  setContextMenuPolicy(Qt::CustomContextMenu);
  connect(this, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
    const QTreeWidgetItem* const item = itemAt(at);
    const KeyPath path =
        item == nullptr ? KeyPath() : to_path(item->data(0, kPathRole).toStringList());
    if (!path.empty()) {
      Q_EMIT menu_asked(path, viewport()->mapToGlobal(at));
    }
  });
  connect(&workbench_, &Workbench::document_changed, this, [this] { refresh(); });
}

void PropertyTree::show_parts(std::vector<Part> parts) {
  const auto same = [](const Part& a, const Part& b) {
    return a.path == b.path && a.object == b.object && a.title == b.title;
  };
  if (std::equal(parts.begin(), parts.end(), parts_.begin(), parts_.end(), same)) {
    return;
  }
  parts_ = std::move(parts);
  rebuild();
}

void PropertyTree::rebuild() {
  is_filling_ = true;
  clear();
  for (const Part& part : parts_) {
    const engine::ObjectSpec* const object = engine::find_object(part.object);
    auto* const top = new QTreeWidgetItem(this, {part.title});
    QFont font = top->font(0);
    font.setWeight(QFont::DemiBold);
    top->setFont(0, font);
    top->setFirstColumnSpanned(true);
    top->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable);
    if (object != nullptr) {
      fill(top, *object, part.path, 0);
    }
    top->setExpanded(true);
  }
  is_filling_ = false;
  refresh();
}

void PropertyTree::fill(QTreeWidgetItem* parent, const engine::ObjectSpec& object,
                        const KeyPath& path, int depth) {
  for (const engine::KeySpec& key : object.keys) {
    auto* const item = new QTreeWidgetItem(parent, {words(key.key)});
    KeyPath inner = path;
    inner.emplace_back(key.key);
    item->setData(0, kPathRole, to_list(inner));
    item->setData(0, kSpecRole, QVariant::fromValue(static_cast<const void*>(&key)));
    item->setFlags(Qt::ItemIsEnabled | Qt::ItemIsSelectable | Qt::ItemIsEditable);
    item->setToolTip(0, documentation_of(key));
    const engine::ObjectSpec* const nested = object_of(key.type);
    if (nested != nullptr && nested != &object && depth + 1 < kDeepest) {
      fill(item, *nested, inner, depth + 1);
    }
  }
}

// The files are parsed once for each text: of ten thousand services that takes its time.
struct PropertyTree::Parsed {
  explicit Parsed(const ScenarioDocument& document)
      : revision(document.revision()), text(document.source()), source(text) {}
  std::uint64_t revision;
  engine::ScenarioSource text;  ///< What `source` refers to.
  ParsedSource source;
};

PropertyTree::~PropertyTree() = default;

const ParsedSource& PropertyTree::parsed_source() {
  if (parsed_ == nullptr || parsed_->revision != workbench_.document().revision()) {
    parsed_ = std::make_unique<Parsed>(workbench_.document());
  }
  return parsed_->source;
}

void PropertyTree::refresh() {
  is_filling_ = true;
  const ParsedSource& parsed = parsed_source();
  for (int i = 0; i < topLevelItemCount(); ++i) {
    QTreeWidgetItem* const top = topLevelItem(i);
    for (int j = 0; j < top->childCount(); ++j) {
      refresh(top->child(j), parsed);
    }
  }
  is_filling_ = false;
}

void PropertyTree::refresh(QTreeWidgetItem* item, const ParsedSource& parsed) {
  const engine::KeySpec* const spec = spec_of(*item);
  const KeyPath path = to_path(item->data(0, kPathRole).toStringList());
  const QString written = QString::fromStdString(written_value(parsed, path));
  const QString shown = written.simplified();
  item->setText(1, shown);
  item->setToolTip(1, written);
  const bool is_written = !written.isEmpty();
  QFont font = item->font(0);
  font.setWeight(is_written ? QFont::DemiBold : QFont::Normal);
  item->setFont(0, font);
  if (spec != nullptr && !spec->fallback.empty()) {
    item->setData(1, Qt::UserRole, words(spec->fallback));
  }
  // A value of several lines is edited in the text, or key by key.
  const bool is_simple = !written.contains(QLatin1Char('\n'));
  item->setFlags(is_simple ? item->flags() | Qt::ItemIsEditable
                           : item->flags() & ~Qt::ItemIsEditable);
  for (int i = 0; i < item->childCount(); ++i) {
    refresh(item->child(i), parsed);
  }
}

QTreeWidgetItem* PropertyTree::find(const KeyPath& path) const {
  const QStringList wanted = to_list(path);
  QTreeWidgetItemIterator it(const_cast<PropertyTree*>(this));
  for (; *it != nullptr; ++it) {
    if ((*it)->data(0, kPathRole).toStringList() == wanted) {
      return *it;
    }
  }
  return nullptr;
}

void PropertyTree::take_over(QTreeWidgetItem* item, int column) {
  if (is_filling_ || column != 1) {
    return;
  }
  const KeyPath path = to_path(item->data(0, kPathRole).toStringList());
  const engine::ScenarioSource& source = workbench_.document().source();
  const std::string value = item->text(1).trimmed().toStdString();
  const std::string before = written_value(source, path);
  if (value == QString::fromStdString(before).simplified().toStdString()) {
    return;
  }
  auto edit = value.empty() ? remove_value(source, path) : set_value(source, path, value);
  if (edit) {
    edit->label = (value.empty() ? "Remove " : "Set ") + path.back();
  }
  if (!workbench_.edit(edit)) {
    refresh();  // What is written stays.
  }
}

}  // namespace shaketable::gui
