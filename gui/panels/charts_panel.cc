#include "gui/panels/charts_panel.h"

#include <QDragEnterEvent>
#include <QHBoxLayout>
#include <QLabel>
#include <QMenu>
#include <QMimeData>
#include <QScrollArea>
#include <QToolButton>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/panels/menu_heading.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

enum Chart : std::size_t { kTraffic, kErrors, kLatency, kBusy };

constexpr char kArrow[] = " -> ";

// The name of a line, and its colour.
std::pair<QString, int> style_of(ChartMetric metric) {
  switch (metric) {
    case ChartMetric::kRate:
      return {QObject::tr("answers"), 0};
    case ChartMetric::kErrors:
      return {QObject::tr("errors"), ChartLine::kFailingColor};
    case ChartMetric::kTimeouts:
      return {QObject::tr("timeouts"), 1};
    case ChartMetric::kRefused:
      return {QObject::tr("refused"), 3};
    case ChartMetric::kRetries:
      return {QObject::tr("retries"), 1};
    case ChartMetric::kP50:
      return {QStringLiteral("p50"), 0};
    case ChartMetric::kP90:
      return {QStringLiteral("p90"), 2};
    case ChartMetric::kP99:
      return {QStringLiteral("p99"), 1};
    case ChartMetric::kActive:
      return {QObject::tr("in flight"), 0};
    case ChartMetric::kPending:
      return {QObject::tr("pending"), 1};
    case ChartMetric::kUtilisation:
      return {QObject::tr("busy"), 3};
    case ChartMetric::kQueue:
      return {QObject::tr("waiting"), 1};
    case ChartMetric::kInFlight:
      return {QObject::tr("inside"), 2};
    case ChartMetric::kInstances:
      return {QObject::tr("up"), 0};
  }
  return {};
}

}  // namespace

QByteArray subject_data(const Selection& subject) {
  return QByteArray::fromStdString(subject.kind == Selection::Kind::kEdge
                                       ? subject.caller + kArrow + subject.service
                                       : subject.service);
}

Selection subject_of(const QByteArray& data) {
  const qsizetype arrow = data.indexOf(kArrow);
  if (arrow >= 0) {
    return Selection::of_edge(
        data.left(arrow).toStdString(),
        data.mid(arrow + static_cast<qsizetype>(sizeof kArrow) - 1).toStdString());
  }
  return data.isEmpty() ? Selection{} : Selection::of_service(data.toStdString());
}

ChartsPanel::ChartsPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setAcceptDrops(true);
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(8, 4, 8, 6);
  column->setSpacing(2);
  auto* const head = new QHBoxLayout;
  heading_ = new QLabel(this);
  heading_->setObjectName(QStringLiteral("charts_heading"));
  head->addWidget(heading_, 1);
  more_ = new QToolButton(this);
  more_->setObjectName(QStringLiteral("add_chart"));
  more_->setText(tr("+ Chart"));
  more_->setToolTip(
      tr("Add a chart of what is selected that stays; services and calls of the "
         "outline can be dragged here, too"));
  more_->setAccessibleName(tr("Add a chart"));
  head->addWidget(more_);
  column->addLayout(head);
  auto* const area = new QScrollArea(this);
  area->setWidgetResizable(true);
  area->setFrameShape(QFrame::NoFrame);
  area->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
  auto* const inside = new QWidget(area);
  row_ = new QHBoxLayout(inside);
  row_->setContentsMargins(0, 0, 0, 0);
  row_->setSpacing(6);
  area->setWidget(inside);
  column->addWidget(area, 1);
  charts_ = {new ChartView(tr("Traffic"), ChartUnit::kPerSecond, this),
             new ChartView(tr("Errors"), ChartUnit::kPercent, this),
             new ChartView(tr("Latency"), ChartUnit::kMilliseconds, this),
             new ChartView(tr("Busy"), ChartUnit::kPercent, this)};
  for (ChartView* const chart : charts_) {
    adopt(chart);
  }
  connect(more_, &QToolButton::clicked, this, [this] {
    menu_of(workbench_.selection())->popup(more_->mapToGlobal(QPoint(0, more_->height())));
  });
  for (const auto change : {&Workbench::moment_changed, &Workbench::selection_changed,
                            &Workbench::runs_changed, &Workbench::cursor_changed}) {
    connect(&workbench_, change, this, &ChartsPanel::refresh);
  }
  connect(&workbench_, &Workbench::opened, this, [this] {
    while (!added_.empty()) {
      remove(added_.back().chart);
    }
  });
  refresh();
}

void ChartsPanel::adopt(ChartView* chart) {
  row_->addWidget(chart, 1);
  link(*chart, workbench_);
  connect(chart, &ChartView::export_asked, this,
          [this, chart](ChartFormat format) { Q_EMIT export_asked(chart, format); });
}

void ChartsPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  for (ChartView* const chart : all()) {
    chart->set_theme(theme);
  }
}

std::vector<ChartView*> ChartsPanel::added() const {
  std::vector<ChartView*> charts;
  for (const Added& each : added_) {
    charts.push_back(each.chart);
  }
  return charts;
}

std::vector<ChartView*> ChartsPanel::all() const {
  std::vector<ChartView*> charts = charts_;
  for (ChartView* const chart : added()) {
    charts.push_back(chart);
  }
  return charts;
}

QString ChartsPanel::subject() const { return subject_title(workbench_.selection()); }

void ChartsPanel::add(const Selection& subject, ChartMetric metric) {
  const auto same = std::find_if(added_.begin(), added_.end(), [&](const Added& each) {
    return each.subject == subject && each.chart->unit() == unit_of(metric);
  });
  if (same != added_.end()) {
    if (std::find(same->metrics.begin(), same->metrics.end(), metric) == same->metrics.end()) {
      same->metrics.push_back(metric);
    }
  } else {
    auto* const chart = new ChartView(
        subject_title(subject) + QStringLiteral(" · ") + title_of(metric), unit_of(metric), this);
    chart->set_theme(theme_);
    chart->set_removable(true);
    adopt(chart);
    connect(chart, &ChartView::removal_asked, this, [this, chart] { remove(chart); });
    added_.push_back({chart, subject, {metric}});
  }
  made_.reset();
  refresh();
}

void ChartsPanel::remove(const ChartView* chart) {
  const auto found = std::find_if(added_.begin(), added_.end(),
                                  [chart](const Added& each) { return each.chart == chart; });
  if (found != added_.end()) {
    row_->removeWidget(found->chart);
    found->chart->hide();
    found->chart->deleteLater();
    added_.erase(found);
  }
}

QMenu* ChartsPanel::menu_of(const Selection& subject) {
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->setObjectName(QStringLiteral("chart_menu"));
  add_heading(*menu, subject_title(subject));
  for (const ChartMetric metric : kChartMetrics) {
    if (is_known(metric, subject)) {
      menu->addAction(title_of(metric), this, [this, subject, metric] { add(subject, metric); });
    }
  }
  return menu;
}

std::vector<ChartLine> ChartsPanel::lines_of(const Selection& subject,
                                             const std::vector<ChartMetric>& metrics,
                                             const std::vector<ChartMetric>& compared) const {
  std::vector<ChartLine> lines;
  if (const RunEntry* const baseline = workbench_.baseline()) {
    for (const ChartMetric metric : compared) {
      const auto [name, color] = style_of(metric);
      lines.push_back({title_of(*baseline) + QLatin1Char(' ') + name,
                       values_of(*baseline, subject, metric), color, true});
    }
  }
  if (const RunEntry* const shown = workbench_.shown()) {
    for (const ChartMetric metric : metrics) {
      const auto [name, color] = style_of(metric);
      lines.push_back({name, values_of(*shown, subject, metric), color, false});
    }
  }
  return lines;
}

ChartsPanel::Made ChartsPanel::wanted() const {
  Made made{.selection = workbench_.selection(),
            .scenario = workbench_.document().scenario(),
            .end = workbench_.end()};
  if (const RunEntry* const shown = workbench_.shown()) {
    made.run = shown->number;
    made.generation = shown->generation;
    made.buckets = shown->history.buckets();
    made.scenario = shown->scenario;
  }
  if (const RunEntry* const baseline = workbench_.baseline()) {
    made.baseline = baseline->number;
    made.baseline_buckets = baseline->history.buckets();
  }
  return made;
}

void ChartsPanel::refresh() {
  if (isVisible()) {
    refresh_now();
  }
}

void ChartsPanel::refresh_now() {
  if (const Made now = wanted(); now != made_) {
    made_ = now;
    refresh_lines();
    const std::vector<ChartBand> bands = fault_bands(workbench_);
    for (ChartView* const chart : all()) {
      chart->set_bands(bands);
    }
  }
  refresh_heading();
}

void ChartsPanel::refresh_lines() {
  const Selection& selection = workbench_.selection();
  const RunEntry* const shown = workbench_.shown();
  const proxy::Duration bucket =
      shown == nullptr ? proxy::Duration(std::chrono::seconds(1)) : shown->history.bucket();
  const auto set = [&](ChartView& chart, const Selection& subject,
                       const std::vector<ChartMetric>& metrics,
                       const std::vector<ChartMetric>& compared) {
    chart.set_lines(lines_of(subject, metrics, compared), bucket);
  };
  std::vector<ChartMetric> errors = {ChartMetric::kErrors};
  if (selection.kind == Selection::Kind::kEdge) {
    errors.push_back(ChartMetric::kRetries);
  }
  set(*charts_[kTraffic], selection, {ChartMetric::kRate}, {ChartMetric::kRate});
  set(*charts_[kErrors], selection, errors, errors);
  set(*charts_[kLatency], selection, {ChartMetric::kP50, ChartMetric::kP90, ChartMetric::kP99},
      {ChartMetric::kP99});
  const bool is_service = selection.kind == Selection::Kind::kService;
  charts_[kBusy]->setVisible(is_service);
  if (is_service) {
    set(*charts_[kBusy], selection, {ChartMetric::kUtilisation}, {ChartMetric::kUtilisation});
  }
  for (const Added& each : added_) {
    set(*each.chart, each.subject, each.metrics, each.metrics);
  }
}

QString ChartsPanel::heading() const {
  const RunEntry* const shown = workbench_.shown();
  if (shown == nullptr) {
    return tr("run the scenario to see figures");
  }
  const RunEntry* const baseline = workbench_.baseline();
  return baseline == nullptr ? title_of(*shown)
                             : tr("%1, dashed: %2").arg(title_of(*shown), title_of(*baseline));
}

void ChartsPanel::refresh_heading() {
  const RunEntry* const shown = workbench_.shown();
  QString text = QStringLiteral("<b>%1</b>").arg(subject().toHtmlEscaped());
  if (shown == nullptr || workbench_.baseline() != nullptr) {
    text += QStringLiteral(" · ") + heading().toHtmlEscaped();
  }
  const auto a = workbench_.mark(Mark::kA), b = workbench_.mark(Mark::kB);
  if (a && b) {
    text +=
        tr(" · A %1, B %2, %3 apart")
            .arg(clock_text(*a), clock_text(*b),
                 value_text(ChartUnit::kMilliseconds, 1000 * std::abs(proxy::to_seconds(*b - *a))));
  } else if (a || b) {
    text += tr(" · %1 %2, Shift and drag draws a span")
                .arg(a ? QStringLiteral("A") : QStringLiteral("B"), clock_text(a ? *a : *b));
  }
  heading_->setText(text);
}

void ChartsPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

void ChartsPanel::dragEnterEvent(QDragEnterEvent* event) {
  if (event->mimeData()->hasFormat(QLatin1String(kSubjectMime))) {
    event->acceptProposedAction();
  }
}

void ChartsPanel::dropEvent(QDropEvent* event) {
  event->acceptProposedAction();
  const Selection subject = subject_of(event->mimeData()->data(QLatin1String(kSubjectMime)));
  menu_of(subject)->popup(mapToGlobal(event->position().toPoint()));
}

}  // namespace shaketable::gui
