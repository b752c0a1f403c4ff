#include "gui/panels/charts_panel.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <functional>
#include <utility>

#include "engine/judge/names.h"
#include "engine/mesh/model.h"

namespace shaketable::gui {
namespace {

enum Chart : std::size_t { kTraffic, kErrors, kLatency, kBusy, kCharts };

using SampleAt = std::function<Sample(std::size_t)>;

engine::ServiceIndex service_of(const RunEntry& entry, const std::string& name) {
  return engine::find_service(entry.scenario->scenario.mesh, name);
}

// The samples of what is selected, in this run.
SampleAt samples_of(const RunEntry& entry, const Selection& selection) {
  const RunHistory& history = entry.history;
  switch (selection.kind) {
    case Selection::Kind::kNothing:
      return [&history](std::size_t bucket) { return history.clients_at(bucket); };
    case Selection::Kind::kService: {
      const engine::ServiceIndex service = service_of(entry, selection.service);
      return
          [&history, service](std::size_t bucket) { return history.service_at(service, bucket); };
    }
    case Selection::Kind::kEdge: {
      const std::size_t edge =
          history.edge(service_of(entry, selection.caller), service_of(entry, selection.service));
      return [&history, edge](std::size_t bucket) { return history.edge_at(edge, bucket); };
    }
  }
  return [](std::size_t) { return Sample{}; };
}

}  // namespace

std::vector<ChartBand> fault_bands(const engine::Scenario& scenario, engine::Instant end) {
  std::vector<ChartBand> bands;
  for (const engine::Fault& fault : scenario.faults) {
    const bool is_death = fault.kind == engine::FaultKind::kKill;
    const engine::Instant over = is_death && fault.restart_after > engine::Duration::zero()
                                     ? fault.at + fault.restart_after
                                     : engine::end_of_fault(fault);
    bands.push_back({.name = QString::fromStdString(fault.name),
                     .from = fault.at,
                     .to = std::min(over, std::max(end, fault.at))});
  }
  return bands;
}

ChartsPanel::ChartsPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(8, 4, 8, 6);
  column->setSpacing(2);
  heading_ = new QLabel(this);
  heading_->setObjectName(QStringLiteral("charts_heading"));
  column->addWidget(heading_);
  auto* const row = new QHBoxLayout;
  row->setSpacing(6);
  column->addLayout(row, 1);
  charts_ = {new ChartView(tr("Traffic"), ChartUnit::kPerSecond, this),
             new ChartView(tr("Errors"), ChartUnit::kPercent, this),
             new ChartView(tr("Latency"), ChartUnit::kMilliseconds, this),
             new ChartView(tr("Busy"), ChartUnit::kPercent, this)};
  for (ChartView* const chart : charts_) {
    row->addWidget(chart, 1);
    connect(chart, &ChartView::moment_asked, &workbench_, [this](proxy::Instant at) {
      workbench_.play_back(0);
      workbench_.look_at(at);
    });
    connect(chart, &ChartView::cursor_moved, this, [this](std::optional<proxy::Instant> at) {
      for (ChartView* const other : charts_) {
        other->set_cursor(at);
      }
    });
  }
  connect(&workbench_, &Workbench::moment_changed, this, &ChartsPanel::refresh);
  connect(&workbench_, &Workbench::selection_changed, this, &ChartsPanel::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &ChartsPanel::refresh);
  refresh();
}

void ChartsPanel::set_theme(const Theme& theme) {
  for (ChartView* const chart : charts_) {
    chart->set_theme(theme);
  }
}

QString ChartsPanel::subject() const {
  const Selection& selection = workbench_.selection();
  switch (selection.kind) {
    case Selection::Kind::kNothing:
      return tr("All clients");
    case Selection::Kind::kService:
      return QString::fromStdString(selection.service);
    case Selection::Kind::kEdge:
      return QString::fromStdString(selection.caller + " → " + selection.service);
  }
  return {};
}

void ChartsPanel::add_lines(const RunEntry& entry, bool is_baseline) {
  const Selection& selection = workbench_.selection();
  const SampleAt at = samples_of(entry, selection);
  const RunHistory& history = entry.history;
  const double seconds = std::max(proxy::to_seconds(history.bucket()), 1e-9);
  const std::size_t buckets = history.buckets();
  std::vector<double> rate(buckets), errors(buckets), retries(buckets);
  std::vector<double> p50(buckets), p90(buckets), p99(buckets);
  for (std::size_t i = 0; i < buckets; ++i) {
    const Sample sample = at(i);
    const bool some = sample.count > 0;
    rate[i] = sample.count / seconds;
    errors[i] = some ? 100.0 * sample.error_share() : -1;
    retries[i] = some ? 100.0 * sample.retries / sample.count : -1;
    p50[i] = some ? sample.p50_us / 1000.0 : -1;
    p90[i] = some ? sample.p90_us / 1000.0 : -1;
    p99[i] = some ? sample.p99_us / 1000.0 : -1;
  }
  const QString run = is_baseline ? tr("run %1 ").arg(entry.number) : QString();
  const auto add = [&](Chart chart, const QString& name, std::vector<double> values, int color) {
    lines_[chart].push_back({run + name, std::move(values), color, is_baseline});
  };
  add(kTraffic, tr("answers"), std::move(rate), 0);
  add(kErrors, tr("errors"), std::move(errors), ChartLine::kFailingColor);
  if (selection.kind == Selection::Kind::kEdge) {
    add(kErrors, tr("retries"), std::move(retries), 1);
  }
  if (!is_baseline) {
    add(kLatency, QStringLiteral("p50"), std::move(p50), 0);
    add(kLatency, QStringLiteral("p90"), std::move(p90), 2);
  }
  add(kLatency, QStringLiteral("p99"), std::move(p99), 1);
  if (selection.kind == Selection::Kind::kService) {
    const engine::ServiceIndex service = service_of(entry, selection.service);
    std::vector<double> busy(buckets), queue(buckets);
    for (std::size_t i = 0; i < buckets; ++i) {
      busy[i] = history.level_at(service, i).utilisation_ppm * 1e-4;
    }
    add(kBusy, tr("workers or CPUs"), std::move(busy), 3);
  }
}

void ChartsPanel::refresh() {
  if (!isVisible()) {
    return;
  }
  lines_.assign(kCharts, {});
  if (const RunEntry* const baseline = workbench_.baseline()) {
    add_lines(*baseline, true);
  }
  const RunEntry* const shown = workbench_.shown();
  if (shown != nullptr) {
    add_lines(*shown, false);
  }
  std::vector<ChartBand> bands;
  if (shown != nullptr) {
    bands = fault_bands(shown->scenario->scenario, workbench_.end());
  } else if (const engine::Scenario* const scenario = workbench_.scenario()) {
    bands = fault_bands(*scenario, workbench_.end());
  }
  const proxy::Duration bucket =
      shown == nullptr ? proxy::Duration(std::chrono::seconds(1)) : shown->history.bucket();
  for (std::size_t c = 0; c < charts_.size(); ++c) {
    charts_[c]->set_lines(std::move(lines_[c]), bucket);
    charts_[c]->set_span(workbench_.end());
    charts_[c]->set_bands(bands);
  }
  charts_[kBusy]->setVisible(workbench_.selection().kind == Selection::Kind::kService);
  refresh_moment();
}

void ChartsPanel::refresh_moment() {
  for (ChartView* const chart : charts_) {
    chart->set_moment(workbench_.moment());
  }
  const RunEntry* const shown = workbench_.shown();
  QString text = QStringLiteral("<b>%1</b>").arg(subject().toHtmlEscaped());
  if (shown == nullptr) {
    text += tr(" · run the scenario to see figures");
  } else if (workbench_.baseline() != nullptr) {
    text += tr(" · run %1, dashed: run %2").arg(shown->number).arg(workbench_.baseline()->number);
  }
  heading_->setText(text);
}

QString ChartsPanel::csv() const {
  QString text = QStringLiteral("time_s");
  std::size_t rows = 0;
  for (const ChartView* const chart : charts_) {
    for (const ChartLine& line : chart->lines()) {
      text += QStringLiteral(",\"%1 %2\"").arg(chart->accessibleName(), line.name);
      rows = std::max(rows, line.values.size());
    }
  }
  const RunEntry* const shown = workbench_.shown();
  const double seconds = shown == nullptr ? 1 : proxy::to_seconds(shown->history.bucket());
  text += QLatin1Char('\n');
  for (std::size_t row = 0; row < rows; ++row) {
    text += QString::number(static_cast<double>(row) * seconds);
    for (const ChartView* const chart : charts_) {
      for (const ChartLine& line : chart->lines()) {
        const bool is_there = row < line.values.size() && line.values[row] >= 0;
        text += QLatin1Char(',') + (is_there ? QString::number(line.values[row]) : QString());
      }
    }
    text += QLatin1Char('\n');
  }
  return text;
}

void ChartsPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

}  // namespace shaketable::gui
