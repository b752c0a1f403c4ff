#include "gui/app/start_page.h"

#include <QFileInfo>
#include <QGridLayout>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPainter>
#include <QPushButton>
#include <QStyledItemDelegate>
#include <QVBoxLayout>
#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/cli/templates.h"
#include "gui/app/samples.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/icons.h"

namespace shaketable::gui {
namespace {

const QString kFirst = QStringLiteral("first");
const QString kEmpty = QStringLiteral("empty");
constexpr const char* kEmptyText =
    "# A mesh that is to be drawn: a double click on the ground adds a service.\n"
    "scenario: my-mesh\n"
    "run: {duration: 30s, seed: 1}\n";

// What a template says about itself: its `about:`, or its first comment.
QString about_of(const QString& text) {
  for (const QString& line : text.split(QLatin1Char('\n'))) {
    if (line.startsWith(QLatin1String("about:"))) {
      return line.mid(6).trimmed();
    }
  }
  const QString first = text.section(QLatin1Char('\n'), 0, 0);
  return first.startsWith(QLatin1Char('#')) ? first.mid(1).trimmed() : QString();
}

/// Draws an entry of a list: its first line as a name, the rest below it, over as many lines as it
/// needs; its icon in the upper right corner.
class NameAndText : public QStyledItemDelegate {
 public:
  using QStyledItemDelegate::QStyledItemDelegate;

  void paint(QPainter* painter, const QStyleOptionViewItem& option,
             const QModelIndex& index) const override {
    QStyleOptionViewItem entry = option;
    initStyleOption(&entry, index);
    const QString text = index.data().toString();  // With line feeds, which the option has not.
    const QIcon sign = std::exchange(entry.icon, QIcon());  // At the right, not before the name.
    entry.text.clear();
    const QWidget* const list = option.widget;
    list->style()->drawControl(QStyle::CE_ItemViewItem, &entry, painter, list);
    const QColor faint = entry.palette.color(QPalette::PlaceholderText);
    const bool is_enabled = entry.state.testFlag(QStyle::State_Enabled);
    QRect place = entry.rect.adjusted(kAcross, kDown, -kAcross, -kDown);
    if (!sign.isNull()) {
      const QRect corner(place.right() - kSign, place.top(), kSign, kSign);
      sign.paint(painter, corner);
      place.setRight(corner.left() - kAcross);
    }
    painter->save();
    painter->setFont(name_font(entry));
    painter->setPen(is_enabled ? entry.palette.color(QPalette::Text) : faint);
    const QFontMetrics name_metrics(painter->font());
    painter->drawText(place, Qt::AlignLeft | Qt::AlignTop,
                      name_metrics.elidedText(text.section(QLatin1Char('\n'), 0, 0), Qt::ElideRight,
                                              place.width()));
    place.setTop(place.top() + name_metrics.height() + kBetween);
    painter->setFont(entry.font);
    painter->setPen(faint);
    painter->drawText(place, kWrapped, text.section(QLatin1Char('\n'), 1));
    painter->restore();
  }

  [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option,
                               const QModelIndex& index) const override {
    QStyleOptionViewItem entry = option;
    initStyleOption(&entry, index);
    const auto* const list = qobject_cast<const QListView*>(option.widget);
    const int width = list == nullptr ? 300 : list->viewport()->width() - 2 * list->spacing();
    const QRect room(0, 0, std::max(width - 2 * kAcross, 40), 10'000);
    const QString text = index.data().toString().section(QLatin1Char('\n'), 1);
    const int below =
        text.isEmpty() ? 0
                       : kBetween + entry.fontMetrics.boundingRect(room, kWrapped, text).height();
    return {width, 2 * kDown + QFontMetrics(name_font(entry)).height() + below};
  }

 private:
  static constexpr int kAcross = 10, kDown = 8, kBetween = 2, kSign = 16;
  static constexpr int kWrapped = Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap;

  static QFont name_font(const QStyleOptionViewItem& entry) {
    QFont font = entry.font;
    font.setWeight(QFont::DemiBold);
    return font;
  }
};

/// A list whose entries wrap their text: their heights follow its width, which a list heeds only
/// across its flow.
class TextList : public QListWidget {
 public:
  explicit TextList(QWidget* parent) : QListWidget(parent) {
    setItemDelegate(new NameAndText(this));
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setResizeMode(QListView::Adjust);
    setSpacing(2);
  }

  /// What is said when the list is empty.
  void set_empty_text(const QString& text) {
    empty_ = text;
    viewport()->update();
  }

 protected:
  void paintEvent(QPaintEvent* event) override {
    QListWidget::paintEvent(event);
    if (count() == 0) {
      QPainter painter(viewport());
      painter.setPen(palette().color(QPalette::PlaceholderText));
      painter.drawText(viewport()->rect().adjusted(14, 12, -14, -12),
                       Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, empty_);
    }
  }
  void resizeEvent(QResizeEvent* event) override {
    QListWidget::resizeEvent(event);
    scheduleDelayedItemsLayout();
  }

 private:
  QString empty_;
};

}  // namespace

QStringList template_names() {
  QStringList names{kEmpty, kFirst};
  for (const engine::ScenarioTemplate& each : engine::scenario_templates()) {
    names.append(words(each.name));
  }
  return names;
}

QString template_text(const QString& name) {
  if (name == kEmpty) {
    return QString::fromUtf8(kEmptyText);
  }
  for (const engine::ScenarioTemplate& each : engine::scenario_templates()) {
    if (words(each.name) == name) {
      return words(each.text);
    }
  }
  return words(engine::first_scenario());
}

StartPage::StartPage(QWidget* parent) : QWidget(parent) {
  auto* const outer = new QVBoxLayout(this);
  outer->setContentsMargins(48, 40, 48, 40);
  outer->setSpacing(10);
  title_ = new QLabel(tr("Shaketable"), this);
  QFont font = title_->font();
  font.setPixelSize(26);
  font.setWeight(QFont::DemiBold);
  title_->setFont(font);
  outer->addWidget(title_);
  about_ = new QLabel(tr("Draw a mesh or open the files that you have, run it, click a service and "
                         "break it, and go back in time to see how the failure spread."),
                      this);
  about_->setWordWrap(true);
  outer->addWidget(about_);
  outer->addSpacing(14);
  auto* const grid = new QGridLayout;
  grid->setHorizontalSpacing(28);
  grid->setVerticalSpacing(12);
  grid->setRowStretch(1, 1);
  outer->addLayout(grid, 1);
  const auto list = [&](const QString& heading, const char* name) {
    const int column = grid->columnCount() - (grid->count() == 0 ? 1 : 0);
    grid->setColumnStretch(column, 1);
    auto* const label = new QLabel(heading, this);
    QFont bold = label->font();
    bold.setWeight(QFont::DemiBold);
    label->setFont(bold);
    grid->addWidget(label, 0, column);
    auto* const made = new TextList(this);
    made->setObjectName(QLatin1String(name));
    made->setAccessibleName(heading);
    grid->addWidget(made, 1, column);
    return std::pair(column, made);
  };
  const auto [new_column, templates] = list(tr("Begin with a template"), "templates");
  templates_ = templates;
  for (const QString& name : template_names()) {
    const QString about = about_of(template_text(name));
    auto* const item =
        new QListWidgetItem(about.isEmpty() ? name : name + QLatin1Char('\n') + about, templates_);
    item->setData(Qt::UserRole, name);
  }
  auto* const tour = new QPushButton(tr("Take the tour, in five steps"), this);
  tour->setObjectName(QStringLiteral("tour_button"));
  grid->addWidget(tour, 2, new_column, Qt::AlignLeft);
  connect(tour, &QPushButton::clicked, this, &StartPage::tour_asked);
  const auto [sample_column, samples] = list(tr("Try a sample project"), "samples");
  samples_ = samples;
  for (const SampleProject& sample : sample_projects()) {
    new QListWidgetItem(words(sample.name) + QLatin1Char('\n') + words(sample.about), samples_);
  }
  auto* const where = new QLabel(tr("Its files are put into a folder that you choose."), this);
  where->setForegroundRole(QPalette::PlaceholderText);
  grid->addWidget(where, 2, sample_column);
  const auto try_sample = [this](QListWidgetItem* item) {
    Q_EMIT sample_asked(samples_->row(item));
  };
  connect(samples_, &QListWidget::itemClicked, this, try_sample);
  connect(samples_, &QListWidget::itemActivated, this, try_sample);
  const auto [recent_column, recent] = list(tr("Open again"), "recent");
  recent_ = recent;
  recent->set_empty_text(
      tr("Files that were open stand here. Any file of a scenario or a mesh can "
         "also be dropped on this window."));
  auto* const browse = new QPushButton(tr("Open a file …"), this);
  browse->setDefault(true);
  grid->addWidget(browse, 2, recent_column, Qt::AlignLeft);
  const auto create = [this](QListWidgetItem* item) {
    const QString name = item->data(Qt::UserRole).toString();
    Q_EMIT create_asked(name, template_text(name));
  };
  connect(templates_, &QListWidget::itemClicked, this, create);
  connect(templates_, &QListWidget::itemActivated, this, create);
  const auto again = [this](QListWidgetItem* item) {
    Q_EMIT open_asked(item->data(Qt::UserRole).toString());
  };
  connect(recent_, &QListWidget::itemClicked, this, again);
  connect(recent_, &QListWidget::itemActivated, this, again);
  connect(browse, &QPushButton::clicked, this, &StartPage::browse_asked);
  recent_->setContextMenuPolicy(Qt::CustomContextMenu);
  connect(recent_, &QListWidget::customContextMenuRequested, this, [this](const QPoint& at) {
    if (const QListWidgetItem* const item = recent_->itemAt(at)) {
      recent_menu(item->data(Qt::UserRole).toString())->exec(recent_->viewport()->mapToGlobal(at));
    }
  });
}

void StartPage::set_theme(const Theme& theme) {
  theme_ = theme;
  for (int i = 0; i < recent_->count(); ++i) {
    if (!recent_->item(i)->icon().isNull()) {
      recent_->item(i)->setIcon(icon(Icon::kPin, theme_));
    }
  }
  about_->setStyleSheet(QStringLiteral("color: %1").arg(theme.muted.name()));
  setStyleSheet(QStringLiteral("QListWidget { border: 1px solid %1; border-radius: 8px; }"
                               "QListWidget::item { border-radius: 6px; }")
                    .arg(theme.border.name()));
  // After the style sheet, which takes palettes back.
  for (QListWidget* const list : {templates_, samples_, recent_}) {
    QPalette colors = list->palette();
    colors.setColor(QPalette::PlaceholderText, theme.muted);
    list->setPalette(colors);
  }
}

std::unique_ptr<QMenu> StartPage::recent_menu(const QString& path) {
  auto menu = std::make_unique<QMenu>();
  const std::vector<RecentFile> files = recent_files();
  const bool is_pinned =
      std::find(files.begin(), files.end(), RecentFile{path, true}) != files.end();
  menu->addAction(is_pinned ? tr("Do not keep it in this list") : tr("Keep it in this list"), this,
                  [this, path, is_pinned] {
                    pin_file(path, !is_pinned);
                    set_recent(recent_files());
                  });
  menu->addAction(tr("Take it out of this list"), this, [this, path] {
    forget_file(path);
    set_recent(recent_files());
  });
  return menu;
}

void StartPage::set_recent(const std::vector<RecentFile>& files) {
  recent_->clear();
  for (const auto& [path, is_pinned] : files) {
    const QFileInfo file(path);
    const QString where =
        file.exists() ? file.path() : tr("%1; it is not there any more").arg(file.path());
    auto* const item = new QListWidgetItem(file.fileName() + QLatin1Char('\n') + where, recent_);
    item->setData(Qt::UserRole, path);
    item->setToolTip(is_pinned ? tr("Kept in this list; a right click changes that")
                               : tr("A right click keeps it in this list"));
    if (is_pinned) {
      item->setIcon(icon(Icon::kPin, theme_));
    }
    if (!file.exists()) {
      item->setFlags(item->flags() & ~Qt::ItemIsEnabled);
    }
  }
}

}  // namespace shaketable::gui
