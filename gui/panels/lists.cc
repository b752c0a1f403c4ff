#include "gui/panels/lists.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/formats/codes.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kFile = Qt::UserRole;
constexpr int kLine = Qt::UserRole + 1;
constexpr int kColumn = Qt::UserRole + 2;
constexpr int kAt = Qt::UserRole;
constexpr int kEvent = Qt::UserRole + 1;
constexpr std::size_t kMostListed = 5'000;

void set_up(QTreeWidget& list, const QStringList& heads, std::initializer_list<int> widths) {
  list.setHeaderLabels(heads);
  list.setRootIsDecorated(false);
  list.setUniformRowHeights(true);
  list.setAllColumnsShowFocus(true);
  int column = 0;
  for (const int width : widths) {
    list.setColumnWidth(column++, width);
  }
}

}  // namespace

// ---- problems -------------------------------------------------------------------------------

ProblemsPanel::ProblemsPanel(Workbench& workbench, QWidget* parent)
    : QTreeWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("problems"));
  setAccessibleName(tr("Problems"));
  set_up(*this, {tr("Kind"), tr("Code"), tr("Problem"), tr("Place")}, {88, 70, 640, 200});
  header()->setStretchLastSection(false);
  header()->setSectionResizeMode(2, QHeaderView::Stretch);
  header()->setSectionResizeMode(3, QHeaderView::ResizeToContents);
  const auto go = [this](QTreeWidgetItem* item) {
    const std::string file = item->data(0, kFile).toString().toStdString();
    const int line = item->data(0, kLine).toInt();
    workbench_.select_at(file, line, item->data(0, kColumn).toInt());
    Q_EMIT workbench_.place_asked(file, line);
  };
  connect(this, &QTreeWidget::itemClicked, this, go);
  connect(this, &QTreeWidget::itemActivated, this, go);
  connect(&workbench_, &Workbench::document_changed, this, &ProblemsPanel::refresh);
  refresh();
}

void ProblemsPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  revision_ = ~std::uint64_t{0};
  refresh();
}

void ProblemsPanel::refresh() {
  if (revision_ == workbench_.document().revision()) {
    return;
  }
  revision_ = workbench_.document().revision();
  clear();
  QList<QTreeWidgetItem*> items;
  for (const engine::Diagnostic& problem : workbench_.document().problems()) {
    QString text = words(problem.message);
    if (!problem.expected.empty()) {
      text += tr("; expected %1").arg(words(problem.expected));
    }
    if (!problem.hint.empty()) {
      text += problem.hint.find(' ') == std::string::npos
                  ? tr("; did you mean “%1”?").arg(words(problem.hint))
                  : QStringLiteral("; ") + words(problem.hint);
    }
    const bool is_error = problem.severity == engine::Severity::kError;
    const QString kind = is_error                                         ? tr("◆ error")
                         : problem.severity == engine::Severity::kWarning ? tr("▲ warning")
                                                                          : tr("○ note");
    const QString place = words(problem.file).section(QLatin1Char('/'), -1) +
                          QStringLiteral(":%1:%2").arg(problem.line).arg(problem.column);
    auto* const item = new QTreeWidgetItem({kind, words(problem.code), text, place});
    item->setForeground(0, is_error                                         ? theme_.failing
                           : problem.severity == engine::Severity::kWarning ? theme_.degraded_ink
                                                                            : theme_.muted);
    item->setForeground(3, theme_.muted);
    item->setToolTip(2, text);
    if (const engine::CodeInfo* const info = engine::find_code(problem.code)) {
      item->setToolTip(1, QStringLiteral("<p><b>%1</b></p><p>%2</p>")
                              .arg(words(std::string(info->title)).toHtmlEscaped(),
                                   words(std::string(info->text)).toHtmlEscaped()));
    }
    item->setData(0, kFile, words(problem.file));
    item->setData(0, kLine, problem.line);
    item->setData(0, kColumn, problem.column);
    items.append(item);
  }
  addTopLevelItems(items);
}

// ---- events ---------------------------------------------------------------------------------

EventsPanel::EventsPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* const row = new QHBoxLayout;
  row->setContentsMargins(8, 6, 8, 6);
  row->setSpacing(8);
  filter_ = new QLineEdit(this);
  filter_->setObjectName(QStringLiteral("event_filter"));
  filter_->setPlaceholderText(tr("Filter events"));
  filter_->setClearButtonEnabled(true);
  filter_->setAccessibleName(tr("Filter events"));
  selected_only_ = new QCheckBox(tr("Only of what is selected"), this);
  row->addWidget(filter_, 1);
  row->addWidget(selected_only_);
  auto* const save = new QToolButton(this);
  save->setObjectName(QStringLiteral("export_events"));
  save->setText(tr("Export …"));
  save->setToolTip(tr("Write the events that are listed into a table (CSV)"));
  connect(save, &QToolButton::clicked, this, &EventsPanel::export_asked);
  row->addWidget(save);
  column->addLayout(row);
  list_ = new QTreeWidget(this);
  list_->setObjectName(QStringLiteral("events"));
  list_->setAccessibleName(tr("Events"));
  set_up(*list_, {tr("Time"), tr("What happened")}, {80, 400});
  column->addWidget(list_, 1);
  const auto go = [this](QTreeWidgetItem* item) {
    workbench_.play_back(0);
    workbench_.look_at(engine::Instant(engine::Duration(item->data(0, kAt).toLongLong())));
    const RunEntry* const shown = workbench_.shown();
    const auto number = static_cast<std::size_t>(item->data(0, kEvent).toULongLong());
    if (shown == nullptr || number >= shown->history.events().size()) {
      return;
    }
    const engine::Scenario& scenario = shown->scenario->scenario;
    const engine::RunEvent& event = shown->history.events()[number];
    if (event.service != engine::kNone && event.caller != engine::kNone) {
      workbench_.select(Selection::of_edge(engine::service_name(scenario, event.caller),
                                           engine::service_name(scenario, event.service)));
    } else if (event.service != engine::kNone) {
      workbench_.select(Selection::of_service(engine::service_name(scenario, event.service)));
    }
  };
  connect(list_, &QTreeWidget::itemClicked, this, go);
  connect(list_, &QTreeWidget::itemActivated, this, go);
  connect(filter_, &QLineEdit::textChanged, this, &EventsPanel::rebuild);
  connect(selected_only_, &QCheckBox::toggled, this, &EventsPanel::rebuild);
  connect(&workbench_, &Workbench::moment_changed, this, &EventsPanel::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &EventsPanel::refresh);
  connect(&workbench_, &Workbench::selection_changed, this, [this] {
    if (selected_only_->isChecked()) {
      rebuild();
    }
  });
}

void EventsPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  rebuild();
}

void EventsPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

bool EventsPanel::is_wanted(const engine::RunEvent& event, const QString& text) const {
  if (!filter_->text().trimmed().isEmpty() &&
      !text.contains(filter_->text().trimmed(), Qt::CaseInsensitive)) {
    return false;
  }
  const Selection& selection = workbench_.selection();
  const RunEntry* const shown = workbench_.shown();
  if (!selected_only_->isChecked() || selection.kind == Selection::Kind::kNothing ||
      shown == nullptr) {
    return true;
  }
  const engine::Mesh& mesh = shown->scenario->scenario.mesh;
  const engine::ServiceIndex service = engine::find_service(mesh, selection.service);
  if (selection.kind == Selection::Kind::kEdge) {
    return event.service == service && event.caller == engine::find_service(mesh, selection.caller);
  }
  return event.service == service || event.caller == service;
}

std::vector<engine::RunEvent> EventsPanel::wanted() const {
  std::vector<engine::RunEvent> events;
  if (const RunEntry* const shown = workbench_.shown()) {
    for (const engine::RunEvent& event : shown->history.events()) {
      if (is_wanted(event, words_of(shown->scenario->scenario, event))) {
        events.push_back(event);
      }
    }
  }
  return events;
}

void EventsPanel::add(std::size_t number) {
  const RunEntry& shown = *workbench_.shown();
  const engine::RunEvent& event = shown.history.events()[number];
  const QString text = words_of(shown.scenario->scenario, event);
  if (!is_wanted(event, text)) {
    return;
  }
  auto* const item = new QTreeWidgetItem({clock_text(event.at), text});
  item->setData(0, kAt, static_cast<qlonglong>(proxy::nanoseconds_of(event.at)));
  item->setData(0, kEvent, static_cast<qulonglong>(number));
  const bool is_bad =
      event.kind == engine::EventKind::kCircuitOpen || event.kind == engine::EventKind::kEjection ||
      event.kind == engine::EventKind::kInstanceDown || event.kind == engine::EventKind::kPanic ||
      event.kind == engine::EventKind::kFaultStart;
  item->setForeground(0, is_bad ? theme_.failing : theme_.muted);
  list_->addTopLevelItem(item);
}

void EventsPanel::rebuild() {
  list_->clear();
  listed_ = 0;
  last_ = {};
  refresh();
}

void EventsPanel::refresh() {
  const RunEntry* const shown = workbench_.shown();
  const int run = shown == nullptr ? 0 : shown->number;
  const std::uint64_t generation = shown == nullptr ? 0 : shown->generation;
  if (run != run_ || generation != generation_) {
    run_ = run;
    generation_ = generation;
    list_->clear();
    listed_ = 0;
    last_ = {};
  }
  if (!isVisible() || shown == nullptr) {
    return;
  }
  const auto& events = shown->history.events();
  // A circuit's end becomes known late and stands before what is listed already.
  if (listed_ > 0 && listed_ < events.size() && events[listed_ - 1].at != last_) {
    list_->clear();
    listed_ = 0;
  }
  while (listed_ < events.size() &&
         static_cast<std::size_t>(list_->topLevelItemCount()) < kMostListed) {
    add(listed_++);
  }
  last_ = listed_ == 0 ? engine::Instant{} : events[listed_ - 1].at;
  mark_moment();
}

// The last event up to the moment is the current one.
void EventsPanel::mark_moment() {
  const auto moment = proxy::nanoseconds_of(workbench_.moment());
  int first = 0, count = list_->topLevelItemCount();
  while (count > 0) {
    const int half = count / 2;
    if (list_->topLevelItem(first + half)->data(0, kAt).toLongLong() <= moment) {
      first += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  QTreeWidgetItem* const item = first == 0 ? nullptr : list_->topLevelItem(first - 1);
  if (item != list_->currentItem()) {
    list_->setCurrentItem(item);
    if (item != nullptr) {
      list_->scrollToItem(item);
    }
  }
}

}  // namespace shaketable::gui
