#include "gui/app/command_palette.h"

#include <QAction>
#include <QKeyEvent>
#include <QLineEdit>
#include <QListWidget>
#include <QPainter>
#include <QStyle>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

namespace shaketable::gui {

namespace {

constexpr std::size_t kMostListed = 60;
constexpr int kDetailRole = Qt::UserRole + 1;

}  // namespace

int match_score(const QString& text, const QString& typed) {
  int score = 0;
  qsizetype at = 0;
  const QString low = text.toLower();
  for (const QChar c : typed.toLower()) {
    if (c.isSpace()) {
      continue;
    }
    const qsizetype found = low.indexOf(c, at);
    if (found < 0) {
      return -1;
    }
    const bool begins_word = found == 0 || !text[found - 1].isLetterOrNumber();
    score += (found == at ? 4 : 0) + (begins_word ? 3 : 0) + 1;
    at = found + 1;
  }
  return score * 10 - static_cast<int>(std::min<qsizetype>(text.size(), 9));
}

namespace {

// The detail stands at the right edge, fainter.
class PaletteDelegate : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;
  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    const QString detail = index.data(kDetailRole).toString();
    QStyleOptionViewItem title = option;
    if (!detail.isEmpty()) {
      title.rect.setRight(option.rect.right() - option.fontMetrics.horizontalAdvance(detail) - 24);
    }
    QStyleOptionViewItem ground = option;
    initStyleOption(&ground, index);
    ground.text.clear();
    option.widget->style()->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);
    title.state &= ~(QStyle::State_Selected | QStyle::State_MouseOver | QStyle::State_HasFocus);
    QStyledItemDelegate::paint(painter, title, index);
    painter->setPen(option.palette.color(QPalette::PlaceholderText));
    painter->drawText(option.rect.adjusted(0, 0, -12, 0), Qt::AlignRight | Qt::AlignVCenter,
                      detail);
  }

  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                               const QModelIndex& index) const override {
    return QStyledItemDelegate::sizeHint(option, index) + QSize(0, 8);
  }
};

}  // namespace

QString title_of(const QAction& action) {
  const QString menu = action.property(kMenuTitle).toString();
  return menu.isEmpty() ? action.text() : CommandPalette::tr("%1: %2").arg(menu, action.text());
}

CommandPalette::CommandPalette(std::vector<PaletteEntry> entries, QWidget* parent)
    : QDialog(parent, Qt::Dialog | Qt::FramelessWindowHint), entries_(std::move(entries)) {
  setObjectName(QStringLiteral("palette"));
  setAttribute(Qt::WA_DeleteOnClose);
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(10, 10, 10, 10);
  line_ = new QLineEdit(this);
  line_->setPlaceholderText(tr("Type a command or the name of a service"));
  line_->setAccessibleName(tr("Command"));
  line_->installEventFilter(this);
  column->addWidget(line_);
  list_ = new QListWidget(this);
  list_->setAccessibleName(tr("Commands"));
  list_->setFocusPolicy(Qt::NoFocus);
  list_->setUniformItemSizes(true);
  list_->setItemDelegate(new PaletteDelegate(list_));
  column->addWidget(list_);
  connect(line_, &QLineEdit::textChanged, this, &CommandPalette::filter);
  connect(line_, &QLineEdit::returnPressed, this, &CommandPalette::carry_out);
  connect(list_, &QListWidget::itemClicked, this, &CommandPalette::carry_out);
  resize(560, 380);
  if (parent != nullptr) {
    const QPoint middle = parent->mapToGlobal(QPoint(parent->width() / 2, parent->height() / 7));
    move(middle - QPoint(width() / 2, 0));
  }
  filter({});
  line_->setFocus();
}

void CommandPalette::filter(const QString& text) {
  std::vector<std::pair<int, std::size_t>> found;
  for (std::size_t i = 0; i < entries_.size() && (!text.isEmpty() || i < kMostListed); ++i) {
    const int score = match_score(entries_[i].title, text);
    if (score >= 0 || text.isEmpty()) {
      found.emplace_back(text.isEmpty() ? 0 : -score, i);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  list_->clear();
  for (const auto& [score, index] : found) {
    const PaletteEntry& entry = entries_[index];
    auto* const item = new QListWidgetItem(entry.title);
    item->setData(kDetailRole, entry.detail);
    item->setData(Qt::UserRole, static_cast<qulonglong>(index));
    list_->addItem(item);
    if (static_cast<std::size_t>(list_->count()) >= kMostListed) {
      break;
    }
  }
  if (found.empty()) {
    auto* const none = new QListWidgetItem(tr("Nothing is called so"), list_);
    none->setFlags(Qt::NoItemFlags);
    return;
  }
  list_->setCurrentRow(0);
}

void CommandPalette::carry_out() {
  const QListWidgetItem* const item = list_->currentItem();
  if (item == nullptr) {
    return;
  }
  const auto act = entries_[item->data(Qt::UserRole).toULongLong()].act;
  accept();
  act();
}

bool CommandPalette::eventFilter(QObject* watched, QEvent* event) {
  if (event->type() == QEvent::KeyPress) {
    const int key = static_cast<QKeyEvent*>(event)->key();
    const int step = key == Qt::Key_Down ? 1 : key == Qt::Key_Up ? -1 : 0;
    if (step != 0 && list_->currentRow() >= 0) {
      list_->setCurrentRow((list_->currentRow() + step + list_->count()) % list_->count());
      return true;
    }
  }
  return QDialog::eventFilter(watched, event);
}

}  // namespace shaketable::gui
