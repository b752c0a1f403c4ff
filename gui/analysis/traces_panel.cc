#include "gui/analysis/traces_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kPlace = Qt::UserRole, kNumber = Qt::UserRole + 1, kStart = Qt::UserRole + 2;
constexpr int kSpan = Qt::UserRole, kDecidedAt = Qt::UserRole + 1;
constexpr int kMostRequests = 2'000;

struct Kind {
  const char* title;
  unsigned reasons;  // TraceReason bits; 0: all.
};
constexpr Kind kKinds[] = {{"All requests", 0},
                           {"Failed", engine::kKeptAsFailed},
                           {"Slowest", engine::kKeptAsSlow},
                           {"Random", engine::kKeptAsRandom}};

QString reasons_of(const engine::Trace& trace) {
  QStringList parts;
  for (const auto& [bit, word] :
       {std::pair(unsigned{engine::kKeptAsFailed}, QObject::tr("failed")),
        std::pair(unsigned{engine::kKeptAsSlow}, QObject::tr("slow")),
        std::pair(unsigned{engine::kKeptAsRandom}, QObject::tr("random"))}) {
    if ((trace.reasons & bit) != 0) {
      parts << word;
    }
  }
  return parts.join(QStringLiteral(", "));
}

bool passes_through(const engine::Trace& trace, engine::ServiceIndex caller,
                    engine::ServiceIndex service) {
  return std::any_of(trace.spans.begin(), trace.spans.end(), [&](const engine::Span& span) {
    return caller == engine::kNone ? span.service == service || span.peer == service
                                   : span.kind == engine::SpanKind::kCall &&
                                         span.service == caller && span.peer == service;
  });
}

/// A row that is sorted by figures rather than by their text.
class RequestItem : public QTreeWidgetItem {
 public:
  using QTreeWidgetItem::QTreeWidgetItem;

  bool operator<(const QTreeWidgetItem& other) const override {
    const int column = treeWidget() == nullptr ? 0 : treeWidget()->sortColumn();
    const QVariant own = data(column, kStart), others = other.data(column, kStart);
    return own.isValid() && others.isValid() ? own.toLongLong() < others.toLongLong()
                                             : QTreeWidgetItem::operator<(other);
  }
};

}  // namespace

TracesPanel::TracesPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("traces_panel"));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(0, 0, 0, 0);
  auto* const split = new QSplitter(Qt::Horizontal, this);
  column->addWidget(split);
  create_list(split);
  auto* const area = new QScrollArea(split);
  area->setWidgetResizable(true);
  area->setMinimumWidth(330);
  area->setFrameShape(QFrame::NoFrame);
  waterfall_ = new WaterfallView(area);
  area->setWidget(waterfall_);
  decisions_ = new QTreeWidget(split);
  decisions_->setObjectName(QStringLiteral("decisions"));
  decisions_->setAccessibleName(tr("Decisions of sidecars, clients and hosts"));
  decisions_->setHeaderLabels({tr("#"), tr("After"), tr("Decision")});
  decisions_->setRootIsDecorated(false);
  decisions_->setAllColumnsShowFocus(true);
  decisions_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  decisions_->header()->setSectionResizeMode(2, QHeaderView::Stretch);
  decisions_->header()->setStretchLastSection(false);
  split->setSizes({330, 400, 230});
  split->setStretchFactor(1, 1);
  connect(decisions_, &QTreeWidget::currentItemChanged, this, [this](QTreeWidgetItem* item) {
    waterfall_->highlight(item == nullptr ? engine::kNone : item->data(0, kSpan).toUInt());
  });
  connect(decisions_, &QTreeWidget::itemActivated, this, [this](QTreeWidgetItem* item) {
    workbench_.play_back(0);
    workbench_.look_at(engine::Instant(engine::Duration(item->data(0, kDecidedAt).toLongLong())));
  });
  connect(waterfall_, &WaterfallView::service_asked, this, [this](const QString& service) {
    workbench_.select(Selection::of_service(service.toStdString()));
  });
  connect(&workbench_, &Workbench::analysis_changed, this, &TracesPanel::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &TracesPanel::refresh);
  connect(&workbench_, &Workbench::selection_changed, this, [this] {
    if (selected_only_->isChecked()) {
      rebuild();
    }
  });
}

void TracesPanel::create_list(QWidget* parent) {
  auto* const left = new QWidget(parent);
  auto* const column = new QVBoxLayout(left);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  auto* const row = new QHBoxLayout;
  row->setContentsMargins(8, 5, 8, 5);
  row->setSpacing(8);
  kind_ = new QComboBox(left);
  kind_->setObjectName(QStringLiteral("trace_kind"));
  kind_->setAccessibleName(tr("Which requests"));
  for (const Kind& kind : kKinds) {
    kind_->addItem(tr(kind.title));
  }
  filter_ = new QLineEdit(left);
  filter_->setObjectName(QStringLiteral("trace_filter"));
  filter_->setPlaceholderText(tr("Service, reason, or > 100 ms"));
  filter_->setClearButtonEnabled(true);
  filter_->setAccessibleName(tr("Filter requests"));
  selected_only_ = new QCheckBox(tr("Selected"), left);
  selected_only_->setToolTip(tr("Only those that pass through what is selected"));
  row->addWidget(kind_);
  row->addWidget(filter_, 1);
  row->addWidget(selected_only_);
  column->addLayout(row);
  list_ = new QTreeWidget(left);
  list_->setObjectName(QStringLiteral("traces"));
  list_->setAccessibleName(tr("Requests that were followed"));
  list_->setHeaderLabels({tr("At"), tr("Took"), tr("Outcome"), tr("Journey"), tr("Kept as")});
  list_->setRootIsDecorated(false);
  list_->setAllColumnsShowFocus(true);
  list_->setUniformRowHeights(true);
  list_->setSortingEnabled(true);
  list_->sortByColumn(0, Qt::AscendingOrder);
  list_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  list_->header()->setStretchLastSection(false);
  column->addWidget(list_, 1);
  connect(kind_, &QComboBox::currentIndexChanged, this, &TracesPanel::rebuild);
  connect(filter_, &QLineEdit::textChanged, this, &TracesPanel::rebuild);
  connect(selected_only_, &QCheckBox::toggled, this, &TracesPanel::rebuild);
  connect(list_, &QTreeWidget::currentItemChanged, this, &TracesPanel::show_current);
  connect(list_, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) {
    workbench_.play_back(0);
    workbench_.look_at(engine::Instant(engine::Duration(item->data(0, kStart).toLongLong())));
  });
}

void TracesPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  waterfall_->set_theme(theme);
  rebuild();
}

void TracesPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

void TracesPanel::refresh() {
  if (isVisible() && workbench_.analysed() != run_) {
    run_ = workbench_.analysed();
    rebuild();
  }
}

QString TracesPanel::journey_of(const engine::Trace& trace) const {
  return words(engine::subject_name(
      run_->scenario.scenario,
      {.kind = engine::Subject::Kind::kJourney, .load = trace.load, .journey = trace.journey}));
}

// The text is a part of a name or a reason, or a length: "> 100" (ms), "> 1.5 s".
bool TracesPanel::is_wanted(const engine::Trace& trace) const {
  const unsigned reasons = kKinds[std::max(0, kind_->currentIndex())].reasons;
  if (trace.spans.empty() || (reasons != 0 && (trace.reasons & reasons) == 0)) {
    return false;
  }
  const engine::Scenario& scenario = run_->scenario.scenario;
  const Selection& selection = workbench_.selection();
  if (selected_only_->isChecked() && selection.kind != Selection::Kind::kNothing &&
      !passes_through(trace, engine::find_service(scenario.mesh, selection.caller),
                      engine::find_service(scenario.mesh, selection.service))) {
    return false;
  }
  const QString text = filter_->text().trimmed();
  if (text.startsWith(QLatin1Char('>'))) {
    QString digits = text.mid(1).trimmed();
    const bool in_seconds =
        digits.endsWith(QLatin1Char('s')) && !digits.endsWith(QStringLiteral("ms"));
    digits.remove(QLatin1Char('m')).remove(QLatin1Char('s'));
    return proxy::to_seconds(trace.duration()) > digits.toDouble() / (in_seconds ? 1 : 1000);
  }
  const auto holds = [&text](const std::string& words_) {
    return words(words_).contains(text, Qt::CaseInsensitive);
  };
  return text.isEmpty() || journey_of(trace).contains(text, Qt::CaseInsensitive) ||
         std::any_of(trace.events.begin(), trace.events.end(),
                     [&](const engine::SpanEvent& event) { return holds(event.reason); }) ||
         std::any_of(trace.spans.begin(), trace.spans.end(), [&](const engine::Span& span) {
           return span.service != engine::kNone &&
                  holds(engine::service_name(scenario, span.service));
         });
}

void TracesPanel::rebuild() {
  const std::uint64_t before = shown_;
  list_->setSortingEnabled(false);
  list_->clear();
  QList<QTreeWidgetItem*> items;
  QTreeWidgetItem* current = nullptr;
  const std::size_t count = run_ == nullptr ? 0 : run_->run.record.traces.size();
  for (std::size_t i = 0; i < count && items.size() < kMostRequests; ++i) {
    const engine::Trace& trace = run_->run.record.traces[i];
    if (!is_wanted(trace)) {
      continue;
    }
    const engine::Span& root = trace.root();
    const bool is_fine = root.outcome == engine::Outcome::kOk;
    QString outcome =
        QString::fromLatin1(engine::name_of_outcome(static_cast<std::size_t>(root.outcome)))
            .replace(QLatin1Char('_'), QLatin1Char(' '));
    if (root.status > 0) {
      outcome += QStringLiteral(" %1").arg(root.status);
    }
    auto* const item = new RequestItem(
        QStringList{clock_text(root.from), words(engine::format_duration(trace.duration())),
                    (is_fine ? QStringLiteral("● ") : QStringLiteral("◆ ")) + outcome,
                    journey_of(trace), reasons_of(trace)});
    item->setForeground(2, is_fine ? theme_.healthy : theme_.failing);
    item->setData(0, kPlace, static_cast<qulonglong>(i));
    item->setData(0, kNumber, static_cast<qulonglong>(trace.number));
    item->setData(0, kStart, static_cast<qlonglong>(proxy::nanoseconds_of(root.from)));
    item->setData(1, kStart, static_cast<qlonglong>(trace.duration().count()));
    items.append(item);
    current = trace.number == before ? item : current;
  }
  list_->addTopLevelItems(items);
  list_->setSortingEnabled(true);
  if (current == nullptr && !items.isEmpty()) {
    const auto worst = std::max_element(
        items.begin(), items.end(), [](const QTreeWidgetItem* a, const QTreeWidgetItem* b) {
          return a->data(1, kStart).toLongLong() < b->data(1, kStart).toLongLong();
        });
    current = *worst;
  }
  list_->setCurrentItem(current);
  if (current != nullptr) {
    list_->scrollToItem(current);
  }
  show_current();
}

void TracesPanel::show_current() {
  const QTreeWidgetItem* const item = list_->currentItem();
  decisions_->clear();
  if (item == nullptr || run_ == nullptr) {
    waterfall_->show_trace(nullptr, 0);
    return;
  }
  const auto place = static_cast<std::size_t>(item->data(0, kPlace).toULongLong());
  shown_ = item->data(0, kNumber).toULongLong();
  waterfall_->show_trace(run_, place);
  const engine::Trace* const trace = waterfall_->trace();
  for (std::size_t i = 0; trace != nullptr && i < trace->events.size(); ++i) {
    const engine::SpanEvent& event = trace->events[i];
    const QString kind = QString::fromLatin1(engine::name_of(event.kind))
                             .replace(QLatin1Char('_'), QLatin1Char(' '));
    auto* const line = new QTreeWidgetItem(
        decisions_,
        {QString::number(i + 1), words(engine::format_duration(event.at - trace->root().from)),
         kind + QStringLiteral(": ") + words(event.reason)});
    line->setToolTip(2, line->text(2));
    line->setData(0, kSpan, event.span);
    line->setData(0, kDecidedAt, static_cast<qlonglong>(proxy::nanoseconds_of(event.at)));
  }
  if (decisions_->topLevelItemCount() == 0) {
    auto* const none = new QTreeWidgetItem(
        decisions_, {QString(), QString(), tr("Nobody had to decide anything about this request")});
    none->setForeground(2, theme_.muted);
    none->setData(0, kSpan, engine::kNone);
  }
}

}  // namespace shaketable::gui
