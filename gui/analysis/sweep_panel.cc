#include "gui/analysis/sweep_panel.h"

#include <QComboBox>
#include <QCompleter>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QStringListModel>
#include <QTableWidget>
#include <QVBoxLayout>
#include <algorithm>
#include <utility>

#include "engine/judge/units.h"
#include "gui/canvas/overlay.h"
#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kPoll = 60;  // Milliseconds.
constexpr std::size_t kMostCells = 400;

QString title_of(SweepMetric metric) {
  switch (metric) {
    case SweepMetric::kErrors:
      return QObject::tr("Errors of clients");
    case SweepMetric::kP99:
      return QObject::tr("Latency p99 of clients");
    case SweepMetric::kP50:
      return QObject::tr("Latency p50 of clients");
    case SweepMetric::kRate:
      return QObject::tr("Answers per second");
    case SweepMetric::kRetries:
      return QObject::tr("Retries per request");
  }
  return {};
}

double value_of(SweepMetric metric, const SweepCell& cell) {
  switch (metric) {
    case SweepMetric::kErrors:
      return static_cast<double>(cell.errors_ppm);
    case SweepMetric::kP99:
      return static_cast<double>(cell.p99);
    case SweepMetric::kP50:
      return static_cast<double>(cell.p50);
    case SweepMetric::kRate:
      return static_cast<double>(cell.rate);
    case SweepMetric::kRetries:
      return static_cast<double>(cell.retries_ppm);
  }
  return 0;
}

QString text_of(SweepMetric metric, const SweepCell& cell) {
  switch (metric) {
    case SweepMetric::kErrors:
      return words(engine::format_ppm(cell.errors_ppm));
    case SweepMetric::kP99:
      return words(engine::format_duration(cell.p99));
    case SweepMetric::kP50:
      return words(engine::format_duration(cell.p50));
    case SweepMetric::kRate:
      return words(rate_text(static_cast<double>(cell.rate) * 1e-6));
    case SweepMetric::kRetries:
      return QStringLiteral("%1").arg(static_cast<double>(cell.retries_ppm) * 1e-6, 0, 'f', 2);
  }
  return {};
}

// "traffic.stock.timeout"
QString words_of(const KeyPath& path) {
  QStringList keys;
  for (const std::string& key : path) {
    keys << words(key);
  }
  return keys.join(QLatin1Char('.'));
}

KeyPath path_of(const QString& text) {
  KeyPath path;
  for (const QString& key : text.trimmed().split(QLatin1Char('.'), Qt::SkipEmptyParts)) {
    path.push_back(key.trimmed().toStdString());
  }
  return path;
}

// Settings that people try values of; any other can be typed.
QStringList settings_of(const engine::Scenario& scenario) {
  QStringList settings;
  for (const engine::Load& load : scenario.loads) {
    settings << QStringLiteral("load.%1.%2")
                    .arg(words(load.name),
                         load.workers > 0 ? QStringLiteral("workers") : QStringLiteral("rate"));
  }
  for (const engine::Service& service : scenario.mesh.services) {
    const QString name = words(service.name);
    settings << QStringLiteral("services.%1.instances").arg(name);
    for (const char* const key :
         {"timeout", "retries.attempts", "retries.per_try_timeout", "circuit_breakers.max_requests",
          "circuit_breakers.max_pending_requests", "circuit_breakers.max_connections",
          "outlier_detection.consecutive_5xx", "outlier_detection.max_ejection_percent"}) {
      settings << QStringLiteral("traffic.%1.%2").arg(name, QLatin1String(key));
    }
  }
  return settings;
}

}  // namespace

SweepPanel::SweepPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench) {
  setObjectName(QStringLiteral("sweep"));
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(10, 8, 10, 6);
  column->setSpacing(6);
  completer_ = new QCompleter(new QStringListModel(this), this);
  completer_->setCaseSensitivity(Qt::CaseInsensitive);
  completer_->setFilterMode(Qt::MatchContains);
  auto* const grid = new QGridLayout;
  grid->setHorizontalSpacing(8);
  grid->setVerticalSpacing(4);
  grid->setColumnStretch(1, 3);
  grid->setColumnStretch(3, 2);
  add_axis(*grid, 0, tr("Try"));
  add_axis(*grid, 1, tr("and"));
  run_ = new QPushButton(tr("Run all"), this);
  run_->setObjectName(QStringLiteral("sweep_run"));
  grid->addWidget(run_, 0, 4);
  take_ = new QPushButton(tr("Take these values"), this);
  take_->setObjectName(QStringLiteral("sweep_take"));
  take_->setToolTip(tr("Write the values of the chosen cell into the scenario"));
  grid->addWidget(take_, 1, 4);
  column->addLayout(grid);
  add_result();
  column->addWidget(table_, 1);
  connect(run_, &QPushButton::clicked, this, &SweepPanel::run_or_stop);
  timer_.setInterval(kPoll);
  connect(&timer_, &QTimer::timeout, this, &SweepPanel::poll);
  connect(&workbench_, &Workbench::document_changed, this, &SweepPanel::refresh_settings);
  connect(&workbench_, &Workbench::opened, this, [this] {
    sweep_.reset();
    is_running_ = false;
    make_table();
    refresh();
  });
  refresh();
}

SweepPanel::~SweepPanel() = default;

void SweepPanel::add_axis(QGridLayout& grid, std::size_t axis, const QString& title) {
  const int row = static_cast<int>(axis);
  grid.addWidget(new QLabel(title, this), row, 0);
  auto* const path = new QLineEdit(this);
  path->setObjectName(QStringLiteral("sweep_path%1").arg(axis + 1));
  path->setAccessibleName(axis == 0 ? tr("Setting") : tr("Second setting"));
  path->setPlaceholderText(axis == 0 ? tr("traffic.payment.retries.attempts")
                                     : tr("nothing more, or: load.users.rate"));
  path->setCompleter(completer_);
  path->setClearButtonEnabled(true);
  grid.addWidget(path, row, 1);
  grid.addWidget(new QLabel(QStringLiteral("="), this), row, 2);
  auto* const values = new QLineEdit(this);
  values->setObjectName(QStringLiteral("sweep_values%1").arg(axis + 1));
  values->setAccessibleName(axis == 0 ? tr("Its values") : tr("Values of the second setting"));
  values->setPlaceholderText(axis == 0 ? tr("0, 1, 2..4") : tr("100/s, 200/s"));
  grid.addWidget(values, row, 3);
  axes_[axis] = {path, values};
  connect(path, &QLineEdit::textChanged, this, &SweepPanel::refresh);
  connect(values, &QLineEdit::textChanged, this, &SweepPanel::refresh);
  connect(values, &QLineEdit::returnPressed, this, [this] {
    if (!is_running_ && run_->isEnabled()) {
      begin();
    }
  });
}

void SweepPanel::add_result() {
  auto* const row = new QHBoxLayout;
  row->setSpacing(8);
  metric_ = new QComboBox(this);
  metric_->setObjectName(QStringLiteral("sweep_metric"));
  metric_->setAccessibleName(tr("What is shown"));
  for (const SweepMetric metric : kSweepMetrics) {
    metric_->addItem(title_of(metric));
  }
  row->addWidget(metric_);
  words_ = new QLabel(this);
  words_->setObjectName(QStringLiteral("sweep_words"));
  words_->setWordWrap(true);
  row->addWidget(words_, 1);
  qobject_cast<QVBoxLayout*>(layout())->addLayout(row);
  table_ = new QTableWidget(this);
  table_->setObjectName(QStringLiteral("sweep_table"));
  table_->setAccessibleName(tr("What came of each choice of values"));
  table_->setEditTriggers(QAbstractItemView::NoEditTriggers);
  table_->setSelectionMode(QAbstractItemView::SingleSelection);
  table_->setFrameShape(QFrame::NoFrame);
  table_->horizontalHeader()->setDefaultSectionSize(104);
  connect(metric_, &QComboBox::currentIndexChanged, this, &SweepPanel::fill_table);
  connect(take_, &QPushButton::clicked, this, &SweepPanel::take);
  connect(table_, &QTableWidget::itemSelectionChanged, this, &SweepPanel::refresh);
}

void SweepPanel::set_theme(const Theme& theme) {
  theme_ = theme;
  fill_table();
  refresh();
}

void SweepPanel::propose(const KeyPath& path) {
  const bool is_second = !axes_[0].path->text().isEmpty() && axes_[1].path->text().isEmpty() &&
                         axes_[0].path->text() != words_of(path);
  const AxisFields& axis = axes_[is_second ? 1 : 0];
  axis.path->setText(words_of(path));
  axis.values->setFocus();
}

void SweepPanel::showEvent(QShowEvent* event) {
  QWidget::showEvent(event);
  refresh_settings();
}

// What the lines offer: settings of the mesh as it is.
void SweepPanel::refresh_settings() {
  if (isVisible() && revision_ != workbench_.document().revision() &&
      workbench_.scenario() != nullptr) {
    revision_ = workbench_.document().revision();
    qobject_cast<QStringListModel*>(completer_->model())
        ->setStringList(settings_of(*workbench_.scenario()));
  }
  refresh();
}

std::optional<std::vector<SweepAxis>> SweepPanel::wanted(QString& problem) const {
  std::vector<SweepAxis> axes;
  std::size_t cells = 1;
  for (const AxisFields& fields : axes_) {
    SweepAxis axis{path_of(fields.path->text()), sweep_values(fields.values->text().toStdString())};
    if (axis.path.empty() && axis.values.empty()) {
      continue;
    }
    if (axis.path.empty() || axis.values.empty()) {
      problem = axis.path.empty() ? tr("Which setting is to have these values?")
                                  : tr("Values are parted by commas: 0, 1, 2..4");
      return std::nullopt;
    }
    cells *= axis.values.size();
    axes.push_back(std::move(axis));
  }
  if (axes.empty()) {
    problem =
        tr("Choose a setting and values: the scenario runs with each of them. A right click "
           "on a setting in the inspector brings it here.");
  } else if (cells > kMostCells) {
    problem = tr("%1 runs are too many, at most %2").arg(cells).arg(kMostCells);
  } else if (!workbench_.document().is_good()) {
    problem = tr("Nothing can run before the errors are gone; see Problems");
  } else {
    return axes;
  }
  return std::nullopt;
}

void SweepPanel::run_or_stop() {
  if (is_running_) {
    is_running_ = false;
    timer_.stop();
    sweep_->give_up();
    fill_table();
    refresh();
  } else {
    begin();
  }
}

void SweepPanel::begin() {
  QString problem;
  auto axes = wanted(problem);
  if (!axes) {
    return;
  }
  sweep_ = std::make_unique<Sweep>(workbench_.document().source(), std::move(*axes));
  is_running_ = true;
  shown_ = 0;
  make_table();
  timer_.start();
  refresh();
}

void SweepPanel::poll() {
  const std::size_t done = sweep_ == nullptr ? 0 : sweep_->done();  // More may be, a moment later.
  if (sweep_ != nullptr && done != shown_) {
    fill_table();
  }
  if (sweep_ == nullptr || done == sweep_->size()) {
    timer_.stop();
    is_running_ = false;
  }
  refresh();
}

void SweepPanel::make_table() {
  table_->clear();
  if (sweep_ == nullptr) {
    table_->setRowCount(0);
    table_->setColumnCount(0);
    return;
  }
  const auto names = [](const SweepAxis& axis) {
    QStringList values;
    for (const std::string& value : axis.values) {
      values << words(axis.path.back() + " " + value);
    }
    return values;
  };
  const auto& axes = sweep_->axes();
  const QStringList rows = axes.size() > 1 ? names(axes[1]) : QStringList{tr("result")};
  table_->setColumnCount(static_cast<int>(axes[0].values.size()));
  table_->setRowCount(static_cast<int>(rows.size()));
  table_->setHorizontalHeaderLabels(names(axes[0]));
  table_->setVerticalHeaderLabels(rows);
  for (int row = 0; row < table_->rowCount(); ++row) {
    for (int column = 0; column < table_->columnCount(); ++column) {
      auto* const item = new QTableWidgetItem(QStringLiteral("…"));
      item->setTextAlignment(Qt::AlignCenter);
      table_->setItem(row, column, item);
    }
  }
  table_->resizeColumnsToContents();
}

// Colours from the least to the greatest; of answers per second more is better.
void SweepPanel::fill_table() {
  if (sweep_ == nullptr) {
    return;
  }
  const SweepMetric metric = kSweepMetrics.at(static_cast<std::size_t>(metric_->currentIndex()));
  shown_ = sweep_->done();  // Before the cells: one that comes in between is filled in next time.
  const std::vector<SweepCell> cells = sweep_->cells();
  double least = 0, most = 0;
  bool has_any = false;
  for (const SweepCell& cell : cells) {
    if (cell.state == SweepCell::State::kDone) {
      const double value = value_of(metric, cell);
      least = has_any ? std::min(least, value) : value;
      most = has_any ? std::max(most, value) : value;
      has_any = true;
    }
  }
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const auto columns = static_cast<std::size_t>(table_->columnCount());
    QTableWidgetItem* const item =
        table_->item(static_cast<int>(i / columns), static_cast<int>(i % columns));
    if (cells[i].state == SweepCell::State::kWaiting || item == nullptr) {
      continue;
    }
    if (cells[i].state == SweepCell::State::kRefused) {
      item->setText(tr("◆ cannot run"));
      item->setToolTip(words(cells[i].problem));
      item->setForeground(theme_.failing);
      continue;
    }
    const double share = most > least ? (value_of(metric, cells[i]) - least) / (most - least) : 0;
    const QColor ground = ramp(theme_, metric == SweepMetric::kRate ? 1 - share : share);
    item->setBackground(ground);
    item->setForeground(ground.lightness() > 128 ? QColor(0x10, 0x12, 0x15) : QColor(Qt::white));
    item->setText((cells[i].passed ? QStringLiteral("● ") : QStringLiteral("◆ ")) +
                  text_of(metric, cells[i]));
    QStringList tip{cells[i].passed ? tr("passed") : tr("failed")};
    for (const SweepMetric each : kSweepMetrics) {
      tip << title_of(each) + QStringLiteral(": ") + text_of(each, cells[i]);
    }
    item->setToolTip(tip.join(QLatin1Char('\n')));
  }
  table_->resizeColumnsToContents();
}

std::optional<std::size_t> SweepPanel::chosen() const {
  const auto items = table_->selectedItems();
  if (sweep_ == nullptr || items.isEmpty()) {
    return std::nullopt;
  }
  return static_cast<std::size_t>(items.front()->row()) *
             static_cast<std::size_t>(table_->columnCount()) +
         static_cast<std::size_t>(items.front()->column());
}

void SweepPanel::take() {
  if (const auto cell = chosen()) {
    workbench_.edit(sweep_->edit_for(workbench_.document().source(), *cell));
  }
}

QString SweepPanel::verdict() const { return words_->text(); }

void SweepPanel::refresh() {
  QString problem;
  const auto axes = wanted(problem);
  run_->setText(is_running_ ? tr("Stop") : tr("Run all"));
  run_->setEnabled(is_running_ || axes.has_value());
  take_->setEnabled(chosen().has_value());
  if (is_running_) {
    words_->setText(tr("%1 of %2 runs are over").arg(sweep_->done()).arg(sweep_->size()));
  } else if (!axes) {
    words_->setText(problem);
  } else if (sweep_ != nullptr && sweep_->done() == sweep_->size()) {
    const std::vector<SweepCell> cells = sweep_->cells();
    const auto passed = std::count_if(cells.begin(), cells.end(), [](const SweepCell& cell) {
      return cell.state == SweepCell::State::kDone && cell.passed;
    });
    words_->setText(tr("%1 of %2 runs passed; colours go from the best to the worst")
                        .arg(passed)
                        .arg(cells.size()));
  } else {
    std::size_t count = 1;
    for (const SweepAxis& axis : *axes) {
      count *= axis.values.size();
    }
    words_->setText(counted(count, "run"));
  }
}

}  // namespace shaketable::gui
