#include "gui/analysis/canary_panel.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QSplitter>
#include <QVBoxLayout>
#include <algorithm>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/chart_link.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

enum Column : int { kVersion, kRateNow, kErrorsNow, kP99Now, kErrorsAll, kP99All, kColumns };
enum CanaryChart : std::size_t { kShareChart, kErrorChart, kLatencyChart };
constexpr int kDecided = Qt::UserRole;

QString with_interval(const engine::Interval& it, std::string (*format)(std::int64_t)) {
  return words(format(it.value)) +
         QStringLiteral("  (%1–%2)").arg(words(format(it.low)), words(format(it.high)));
}

std::string duration_text(std::int64_t ns) { return engine::format_duration(ns); }

// The span of equal weights that a moment lies in.
const engine::SplitSpan* split_span_at(const engine::CanaryAnalysis& canary, engine::Instant at) {
  const engine::SplitSpan* found = nullptr;
  for (const engine::SplitSpan& span : canary.split) {
    found = found == nullptr || span.from <= at ? &span : found;
  }
  return found;
}

// As much as two lines hold; the table below has all of it.
QString beginning_of(const QString& text) {
  constexpr qsizetype kTwoLines = 112;
  if (text.size() <= kTwoLines) {
    return text;
  }
  return text.left(std::max<qsizetype>(text.lastIndexOf(QLatin1Char(' '), kTwoLines), 1)) +
         QStringLiteral(" …");
}

}  // namespace

CanaryPanel::CanaryPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("canary_panel"));
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(0, 0, 0, 0);
  auto* const split = new QSplitter(Qt::Horizontal, this);
  row->addWidget(split);
  create_left(split);
  auto* const right = new QWidget(split);
  auto* const charts = new QHBoxLayout(right);
  charts->setContentsMargins(4, 6, 8, 6);
  charts_ = {new ChartView(tr("Share"), ChartUnit::kPercent, right),
             new ChartView(tr("Errors"), ChartUnit::kPercent, right),
             new ChartView(tr("p99"), ChartUnit::kMilliseconds, right)};
  for (ChartView* const chart : charts_) {
    charts->addWidget(chart, 1);
    link(*chart, workbench_);
  }
  split->setSizes({520, 440});
  split->setStretchFactor(1, 1);
  connect(service_, &QComboBox::currentIndexChanged, this, [this] {
    rebuild();
    refresh_moment();
  });
  connect(versions_, &QTreeWidget::itemClicked, this, [this](QTreeWidgetItem* item) {
    if (item->data(0, kDecided).isValid()) {
      workbench_.play_back(0);
      workbench_.look_at(engine::Instant(engine::Duration(item->data(0, kDecided).toLongLong())));
    }
  });
  connect(&workbench_, &Workbench::analysis_changed, this, &CanaryPanel::refresh);
  connect(&workbench_, &Workbench::runs_changed, this, &CanaryPanel::refresh);
  connect(&workbench_, &Workbench::moment_changed, this, &CanaryPanel::refresh_moment);
  connect(&workbench_, &Workbench::selection_changed, this, &CanaryPanel::follow_selection);
  rebuild();
}

void CanaryPanel::create_left(QWidget* parent) {
  auto* const left = new QWidget(parent);
  auto* const column = new QVBoxLayout(left);
  column->setContentsMargins(10, 6, 4, 6);
  column->setSpacing(4);
  auto* const head = new QHBoxLayout;
  service_ = new QComboBox(left);
  service_->setObjectName(QStringLiteral("canary_service"));
  service_->setAccessibleName(tr("Service with several versions"));
  head->addWidget(service_);
  words_ = new QLabel(left);
  words_->setObjectName(QStringLiteral("canary_words"));
  words_->setWordWrap(true);
  words_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  words_->setMaximumHeight(2 * fontMetrics().lineSpacing());  // All of it is in the tool tip.
  words_->setAlignment(Qt::AlignLeft | Qt::AlignTop);
  head->addWidget(words_, 1);
  column->addLayout(head);
  bars_ = new SplitBars(left);
  column->addWidget(bars_);
  versions_ = new QTreeWidget(left);
  versions_->setObjectName(QStringLiteral("versions"));
  versions_->setAccessibleName(tr("Versions"));
  versions_->setHeaderLabels({tr("Version"), tr("Rate"), tr("Errors"), tr("p99"),
                              tr("Errors, whole run"), tr("p99, whole run")});
  versions_->headerItem()->setToolTip(
      kErrorsAll, tr("Over the measured run; in brackets where the true figure lies with 95 %"));
  versions_->setIndentation(12);
  versions_->header()->setSectionResizeMode(QHeaderView::ResizeToContents);
  column->addWidget(versions_, 1);
}

void CanaryPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  bars_->set_theme(theme);
  for (ChartView* const chart : charts_) {
    chart->set_theme(theme);
  }
  rebuild();
  refresh_moment();
}

void CanaryPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh();
}

const engine::CanaryAnalysis* CanaryPanel::canary() const {
  if (run_ == nullptr || service_->currentIndex() < 0) {
    return nullptr;
  }
  const auto& canaries = run_->run.verdict.analysis.canaries;
  const auto index = static_cast<std::size_t>(service_->currentIndex());
  return index < canaries.size() ? &canaries[index] : nullptr;
}

QString CanaryPanel::version_name(std::size_t version) const {
  const auto& versions = run_->scenario.scenario.mesh.services[canary()->service].versions;
  return version < versions.size() ? words(versions[version].name) : QStringLiteral("?");
}

void CanaryPanel::refresh() {
  if (!isVisible()) {
    return;
  }
  const auto run = workbench_.analysed();
  if (run != run_) {
    run_ = run;
    QStringList names;
    if (run_ != nullptr) {
      for (const engine::CanaryAnalysis& each : run_->run.verdict.analysis.canaries) {
        names << words(engine::service_name(run_->scenario.scenario, each.service));
      }
    }
    QStringList before;
    for (int i = 0; i < service_->count(); ++i) {
      before << service_->itemText(i);
    }
    if (names != before) {
      const QString chosen = service_->currentText();
      const QSignalBlocker quiet(service_);
      service_->clear();
      service_->addItems(names);
      const QString selected = words(workbench_.selection().service);
      const qsizetype index = names.indexOf(names.contains(selected) ? selected : chosen);
      service_->setCurrentIndex(names.isEmpty() ? -1
                                                : static_cast<int>(std::max<qsizetype>(0, index)));
    }
    rebuild();
  }
  refresh_moment();
}

void CanaryPanel::follow_selection() {
  const int index =
      service_->findText(QString::fromStdString(workbench_.selection().service), Qt::MatchExactly);
  if (index >= 0) {
    service_->setCurrentIndex(index);
  }
}

// Everything that does not depend on the moment.
void CanaryPanel::rebuild() {
  versions_->clear();
  series_.clear();
  service_->setVisible(service_->count() > 1);
  const engine::CanaryAnalysis* const it = canary();
  if (it == nullptr) {
    words_->setText(run_ == nullptr
                        ? tr("Run a scenario in which a service has several versions: their split "
                             "and their signals are compared here.")
                        : tr("No service with several versions got requests."));
    bars_->set_versions({});
    bars_->set_bars({});
    for (ChartView* const chart : charts_) {
      chart->set_lines({}, std::chrono::seconds(1));
      chart->set_hint(run_ == nullptr ? tr("Run the scenario to see figures")
                                      : tr("No versions to compare"));
    }
    return;
  }
  words_->setText(beginning_of(words(it->text)));
  words_->setToolTip(words(it->text));
  std::vector<QString> names;
  const auto& all = run_->scenario.scenario.mesh.services[it->service].versions;
  for (std::size_t v = 0; v < all.size(); ++v) {
    names.push_back(version_name(v));
    series_.push_back(
        engine::find_series(run_->run.record, {.kind = engine::Subject::Kind::kVersion,
                                               .service = it->service,
                                               .version = static_cast<engine::VersionIndex>(v)}));
  }
  bars_->set_versions(names);
  for (const engine::VersionSignals& signal : it->versions) {
    QStringList cells;
    for (int column = 0; column < kColumns; ++column) {
      cells << QString();
    }
    cells[kVersion] = version_name(signal.version) +
                      (signal.version == it->baseline ? tr(" (baseline)") : QString());
    cells[kErrorsAll] = with_interval(signal.error_ppm, engine::format_ppm);
    cells[kP99All] = with_interval(signal.p99, duration_text);
    auto* const item = new QTreeWidgetItem(versions_, cells);
    QFont bold = item->font(0);
    bold.setWeight(QFont::DemiBold);
    item->setFont(kVersion, bold);
    item->setForeground(kVersion, theme_.series[version_color(signal.version)]);
    list_opinions(*item, *it, signal.version);
    item->setExpanded(true);
  }
  draw_charts();
}

void CanaryPanel::list_opinions(QTreeWidgetItem& item, const engine::CanaryAnalysis& it,
                                engine::VersionIndex version) {
  for (const engine::CanaryOpinion& opinion : it.opinions) {
    if (opinion.version != version) {
      continue;
    }
    const QString verdict = !opinion.known   ? tr("○ too little to judge")
                            : opinion.passed ? tr("● would go on")
                                             : tr("◆ would roll back");
    QString text =
        QString::fromLatin1(engine::name_of(opinion.judge)) + QStringLiteral(": ") + verdict;
    if (opinion.decided != proxy::kNever) {
      text += tr(" at %1").arg(clock_text(opinion.decided));
    }
    text += QStringLiteral(" – ") + words(opinion.text);
    auto* const line = new QTreeWidgetItem(&item, {text});
    line->setFirstColumnSpanned(true);
    line->setToolTip(0, text);
    line->setForeground(0, !opinion.known   ? theme_.muted
                           : opinion.passed ? theme_.healthy
                                            : theme_.failing);
    if (opinion.decided != proxy::kNever) {
      line->setData(0, kDecided, static_cast<qlonglong>(proxy::nanoseconds_of(opinion.decided)));
    }
  }
}

std::vector<std::int64_t> CanaryPanel::split_at(std::size_t bucket) const {
  const std::size_t versions = series_.size();
  std::vector<std::uint64_t> counts(versions, 0);
  std::uint64_t all = 0;
  for (std::size_t v = 0; v < versions; ++v) {
    const engine::Series* const series = series_of(v);
    counts[v] =
        series != nullptr && bucket < series->points.size() ? series->points[bucket].count : 0;
    all += counts[v];
  }
  std::vector<std::int64_t> shares;
  for (std::size_t v = 0; v < versions && all > 0; ++v) {
    shares.push_back(engine::share_in_ppm(counts[v], all));
  }
  return shares;
}

void CanaryPanel::refresh_moment() {
  const engine::CanaryAnalysis* const it = canary();
  const RunEntry* const entry = workbench_.shown();
  if (!isVisible() || it == nullptr || entry == nullptr) {
    return;
  }
  const engine::Instant moment = workbench_.moment();
  const std::size_t bucket = entry->history.bucket_at(moment);
  const engine::SplitSpan* const span = split_span_at(*it, moment);
  std::vector<SplitBars::Bar> bars(3);
  bars[0] = {tr("Wanted"), {}, tr("no weights: split by hosts")};
  bars[1] = {tr("Got"), {}, tr("nothing yet")};
  bars[2] = {tr("At %1").arg(clock_text(moment)), split_at(bucket), tr("no requests")};
  if (span != nullptr) {
    bars[0].ppm = span->wanted_ppm;
    bars[1].title = tr("Since %1").arg(clock_text(span->from));
    for (const engine::Interval& share : span->share_ppm) {
      bars[1].ppm.push_back(share.value);
    }
  }
  bars_->set_bars(std::move(bars));
  const double seconds = std::max(proxy::to_seconds(run_->run.record.bucket), 1e-9);
  for (int i = 0; i < versions_->topLevelItemCount(); ++i) {
    QTreeWidgetItem& item = *versions_->topLevelItem(i);
    const engine::Series* const series =
        series_of(it->versions[static_cast<std::size_t>(i)].version);
    const bool is_there =
        series != nullptr && bucket < series->points.size() && series->points[bucket].count > 0;
    const engine::Point point = is_there ? series->points[bucket] : engine::Point{};
    const std::uint64_t errors = engine::errors_of(point.outcomes);
    item.setText(kRateNow, words(rate_text(static_cast<double>(point.count) / seconds)));
    item.setText(kErrorsNow,
                 is_there ? words(engine::format_ppm(engine::share_in_ppm(errors, point.count)))
                          : QStringLiteral("–"));
    item.setText(kP99Now,
                 is_there ? words(engine::format_duration(point.p99)) : QStringLiteral("–"));
    item.setForeground(kErrorsNow,
                       errors * 100 >= point.count && errors > 0 ? theme_.failing : theme_.text);
  }
}

// Shares with what was wanted dashed, errors and p99, a line for each version.
void CanaryPanel::draw_charts() {
  const engine::CanaryAnalysis& it = *canary();
  const engine::RunRecord& record = run_->run.record;
  std::vector<ChartLine> share, errors, latency;
  std::size_t buckets = 0;
  for (const engine::VersionSignals& signal : it.versions) {
    const engine::Series* const series = series_of(signal.version);
    buckets = std::max(buckets, series == nullptr ? 0 : series->points.size());
  }
  std::vector<std::vector<std::int64_t>> splits;
  for (std::size_t b = 0; b < buckets; ++b) {
    splits.push_back(split_at(b));
  }
  for (const engine::VersionSignals& signal : it.versions) {
    const engine::Series* const series = series_of(signal.version);
    const int color = version_color(signal.version);
    const QString name = version_name(signal.version);
    ChartLine wanted{name + tr(" wanted"), std::vector<double>(buckets, -1), color, true};
    ChartLine got{name, std::vector<double>(buckets, -1), color, false};
    ChartLine bad = got, slow = got;
    for (std::size_t b = 0; b < buckets; ++b) {
      if (signal.version < splits[b].size()) {
        got.values[b] = static_cast<double>(splits[b][signal.version]) / 1e4;
      }
      const engine::Instant at(record.bucket * static_cast<std::int64_t>(b));
      const engine::SplitSpan* const span = split_span_at(it, at);
      if (span != nullptr && signal.version < span->wanted_ppm.size()) {
        wanted.values[b] = static_cast<double>(span->wanted_ppm[signal.version]) / 1e4;
      }
      if (series != nullptr && b < series->points.size() && series->points[b].count > 0) {
        const engine::Point& point = series->points[b];
        bad.values[b] = static_cast<double>(
                            engine::share_in_ppm(engine::errors_of(point.outcomes), point.count)) /
                        1e4;
        slow.values[b] = static_cast<double>(point.p99) / 1e6;
      }
    }
    if (std::any_of(wanted.values.begin(), wanted.values.end(), [](double v) { return v >= 0; })) {
      share.push_back(std::move(wanted));
    }
    share.push_back(std::move(got));
    errors.push_back(std::move(bad));
    latency.push_back(std::move(slow));
  }
  charts_[kShareChart]->set_lines(std::move(share), record.bucket);
  charts_[kErrorChart]->set_lines(std::move(errors), record.bucket);
  charts_[kLatencyChart]->set_lines(std::move(latency), record.bucket);
  for (ChartView* const chart : charts_) {
    chart->set_bands(fault_bands(workbench_));
  }
}

}  // namespace shaketable::gui
