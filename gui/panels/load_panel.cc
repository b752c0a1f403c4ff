#include "gui/panels/load_panel.h"

#include <QGridLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QToolButton>
#include <algorithm>
#include <cmath>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "gui/document/text_edit.h"
#include "gui/panels/scenario_lanes.h"

namespace shaketable::gui {
namespace {

constexpr double kDecade = 100;  ///< Steps of the slider for ten times as much.

QString factor_text(double factor) {
  return QStringLiteral("× %1").arg(factor, 0, 'f', factor < 0.995 ? 2 : factor < 9.95 ? 1 : 0);
}

// Two digits are what a hand means.
double rounded_factor(double factor) {
  const double step = factor < 1 ? 0.05 : factor < 3 ? 0.1 : 0.5;
  return std::max(0.1, std::round(factor / step) * step);
}

}  // namespace

int slider_of(double factor) {
  return static_cast<int>(std::lround(std::log10(std::clamp(factor, 0.1, 10.0)) * kDecade));
}

double factor_of(int slider) { return rounded_factor(std::pow(10.0, slider / kDecade)); }

std::vector<LoadPart> load_parts(const engine::Scenario& scenario) {
  std::map<std::string, int> uses;
  for (const engine::Load& load : scenario.loads) {
    ++uses[load.name];
    for (const engine::Journey& journey : load.journeys) {
      ++uses[journey.name];
    }
  }
  std::vector<LoadPart> parts;
  for (std::uint32_t l = 0; l < scenario.loads.size(); ++l) {
    const engine::Load& load = scenario.loads[l];
    parts.push_back({.name = load.name, .load = l});
    for (std::uint32_t j = 0; load.journeys.size() > 1 && j < load.journeys.size(); ++j) {
      const std::string& name = load.journeys[j].name;
      if (load.journeys[j].weight > 0) {
        parts.push_back(
            {.name = uses[name] == 1 ? name : load.name + " " + name, .load = l, .journey = j});
      }
    }
  }
  return parts;
}

double load_factor(const engine::Scenario& scenario, const LoadPart& part, engine::Instant at) {
  double factor = 1;
  for (const engine::Fault& fault : scenario.faults) {
    const bool hits = fault.kind == engine::FaultKind::kLoad &&
                      (fault.load == engine::kNone || fault.load == part.load) &&
                      fault.journey == part.journey;
    if (hits && fault.at <= at && engine::end_of_fault(fault) > at) {
      factor *= fault.factor_ppm * 1e-6;
    }
  }
  return factor;
}

LoadPanel::LoadPanel(Workbench& workbench, QWidget* parent)
    : QWidget(parent), workbench_(workbench), grid_(new QGridLayout(this)) {
  setObjectName(QStringLiteral("load_panel"));
  setAutoFillBackground(true);
  setBackgroundRole(QPalette::Base);
  grid_->setContentsMargins(14, 10, 14, 10);
  grid_->setHorizontalSpacing(14);
  grid_->setVerticalSpacing(8);
  grid_->setColumnStretch(1, 1);
  about_ = new QLabel(this);
  about_->setForegroundRole(QPalette::PlaceholderText);
  about_->setWordWrap(true);
  grid_->addWidget(about_, 0, 0, 1, 5);
  connect(&workbench_, &Workbench::document_changed, this, &LoadPanel::rebuild);
  connect(&workbench_, &Workbench::runs_changed, this, &LoadPanel::rebuild);
  connect(&workbench_, &Workbench::moment_changed, this, &LoadPanel::refresh);
  rebuild();
}

const engine::Scenario* LoadPanel::scenario() const {
  const RunEntry* const run = workbench_.going_on();
  return run != nullptr ? &run->scenario->scenario : workbench_.scenario();
}

void LoadPanel::rebuild() {
  const engine::Scenario* const now = scenario();
  const std::vector<LoadPart> parts = now == nullptr ? std::vector<LoadPart>() : load_parts(*now);
  const bool is_same = std::equal(parts.begin(), parts.end(), rows_.begin(), rows_.end(),
                                  [](const LoadPart& a, const Row& b) { return a == b.part; });
  if (!is_same) {
    for (const Row& row : rows_) {
      for (QWidget* const widget :
           std::initializer_list<QWidget*>{row.title, row.slider, row.factor, row.now, row.reset}) {
        delete widget;
      }
    }
    grid_->setRowStretch(static_cast<int>(rows_.size()) + 1, 0);
    rows_.clear();
    for (const LoadPart& part : parts) {
      add_row(part, *now);
    }
    grid_->setRowStretch(static_cast<int>(rows_.size()) + 1, 1);
  }
  refresh();
}

void LoadPanel::add_row(const LoadPart& part, const engine::Scenario& scenario) {
  const int line = static_cast<int>(rows_.size()) + 1;
  const engine::Load& load = scenario.loads[part.load];
  const bool is_journey = part.journey != engine::kNone;
  const QString name = words(is_journey ? load.journeys[part.journey].name : load.name);
  Row row{.part = part,
          .title = new QLabel(name, this),
          .slider = new QSlider(Qt::Horizontal, this),
          .factor = new QLabel(this),
          .now = new QLabel(this),
          .reset = new QToolButton(this)};
  if (is_journey) {
    row.title->setIndent(18);
    row.title->setToolTip(tr("A journey of %1").arg(words(load.name)));
  } else {
    QFont font = row.title->font();
    font.setWeight(QFont::DemiBold);
    row.title->setFont(font);
  }
  row.slider->setRange(slider_of(0.1), slider_of(10));
  row.slider->setTracking(true);
  row.slider->setAccessibleName(tr("Load of %1, times the planned one").arg(words(part.name)));
  row.factor->setMinimumWidth(fontMetrics().horizontalAdvance(QStringLiteral("× 0.00 ")));
  row.reset->setText(tr("as planned"));
  grid_->addWidget(row.title, line, 0);
  grid_->addWidget(row.slider, line, 1);
  grid_->addWidget(row.factor, line, 2);
  grid_->addWidget(row.now, line, 3);
  grid_->addWidget(row.reset, line, 4);
  rows_.push_back(row);
  connect(row.slider, &QSlider::valueChanged, this, [this, row](int value) {
    row.factor->setText(factor_text(factor_of(value)));
    if (!row.slider->isSliderDown()) {
      let_go(row);
    }
  });
  connect(row.slider, &QSlider::sliderReleased, this, [this, row] { let_go(row); });
  connect(row.reset, &QToolButton::clicked, this,
          [this, name = part.name] { set_factor(name, 1.0); });
}

void LoadPanel::refresh() {
  const engine::Scenario* const now = scenario();
  const RunEntry* const run = workbench_.going_on();
  about_->setText(now == nullptr || now->loads.empty() ? tr("The scenario sends no load.")
                  : run != nullptr
                      ? tr("Moved now, it holds from now on; \"Keep what was done\" saves it.")
                      : tr("No run is going on: what is moved is written into the scenario, "
                           "at the moment that is shown."));
  const engine::Instant at = moment();
  const bool is_done = run == nullptr || run->number != wanted_run_ ||
                       run->status.acts >= wanted_acts_ || !run->status.problem.empty();
  if (is_done) {
    wanted_.clear();
  }
  for (const Row& row : rows_) {
    if (now == nullptr || row.part.load >= now->loads.size()) {
      return;
    }
    const double factor = current(*now, row.part, at);
    if (!row.slider->isSliderDown()) {
      const QSignalBlocker quiet(row.slider);
      row.slider->setValue(slider_of(factor));
      row.factor->setText(factor_text(factor));
    }
    const double much = sent(*now, row.part, at);
    const bool is_closed = now->loads[row.part.load].workers > 0;
    row.now->setText(is_closed ? tr("%1 workers").arg(much, 0, 'f', much < 10 ? 1 : 0)
                               : tr("%1/s").arg(much, 0, 'f', much < 10 ? 1 : 0));
    row.reset->setEnabled(std::abs(factor - 1) > 1e-3);
  }
}

double LoadPanel::current(const engine::Scenario& scenario, const LoadPart& part,
                          engine::Instant at) const {
  const auto asked = wanted_.find(part.name);
  return asked != wanted_.end() ? asked->second : load_factor(scenario, part, at);
}

// What a part sends, journeys by their weights: those of one that is changed leave the others be.
double LoadPanel::sent(const engine::Scenario& scenario, const LoadPart& part,
                       engine::Instant at) const {
  double planned = 0, wanted = 0;
  const LoadPart* whole = &part;
  for (const Row& row : rows_) {
    if (row.part.load != part.load) {
      continue;
    }
    if (row.part.journey == engine::kNone) {
      whole = &row.part;
      continue;
    }
    const double weight = scenario.loads[part.load].journeys[row.part.journey].weight;
    const double changed = weight * current(scenario, row.part, at);
    planned += weight;
    wanted += part.journey == engine::kNone || part.journey == row.part.journey ? changed : 0;
  }
  return planned_load(scenario.loads[part.load], at) * current(scenario, *whole, at) *
         (planned > 0 ? wanted / planned : 1);
}

// An act begins just after the moment at which it was asked for.
engine::Instant LoadPanel::moment() const {
  const RunEntry* const run = workbench_.going_on();
  return run != nullptr ? run->status.now + std::chrono::microseconds(1) : workbench_.moment();
}

QSlider* LoadPanel::slider(const std::string& name) const {
  for (const Row& row : rows_) {
    if (row.part.name == name) {
      return row.slider;
    }
  }
  return nullptr;
}

void LoadPanel::let_go(const Row& row) {
  set_factor(row.part.name, factor_of(row.slider->value()));
}

// Factors of faults that are on multiply: the new one makes up for those before it.
void LoadPanel::set_factor(const std::string& name, double factor) {
  const engine::Scenario* const now = scenario();
  const std::vector<LoadPart> parts = now == nullptr ? std::vector<LoadPart>() : load_parts(*now);
  const auto part = std::find_if(parts.begin(), parts.end(),
                                 [&](const LoadPart& each) { return each.name == name; });
  if (part == parts.end()) {
    return;
  }
  const double times = factor / current(*now, *part, moment());
  if (std::abs(times - 1) < 1e-3) {
    return;
  }
  if (const RunEntry* const run = workbench_.going_on()) {
    wanted_acts_ = std::max(wanted_.empty() ? 0 : wanted_acts_, run->status.acts) + 1;
    wanted_run_ = run->number;
    wanted_[name] = factor;
  }
  std::string text = QString::number(times, 'f', 6).toStdString();  // A factor has millionths.
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') {
    text.pop_back();
  }
  std::string fault = name + "-load";
  std::replace(fault.begin(), fault.end(), ' ', '-');
  workbench_.break_now(fault, "load: {times: " + text + ", of: " + yaml_scalar(name) + "}");
}

}  // namespace shaketable::gui
