#include "gui/wizards/form_fields.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <algorithm>

#include "gui/canvas/qt_words.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr int kWhole = 100;
constexpr int kFieldWidth = 110;

QHBoxLayout* row_of(QWidget* parent) {
  auto* const row = new QHBoxLayout(parent);
  row->setContentsMargins(0, 0, 0, 0);
  row->setSpacing(8);
  return row;
}

}  // namespace

OptionalNumber::OptionalNumber(const QString& title, int least, int most, int usual,
                               QWidget* parent)
    : QWidget(parent), tick_(new QCheckBox(title, this)), number_(new QSpinBox(this)) {
  QHBoxLayout* const row = row_of(this);
  number_->setRange(least, most);
  number_->setValue(usual);
  number_->setEnabled(false);
  number_->setFixedWidth(kFieldWidth);
  number_->setAccessibleName(title);
  row->addWidget(tick_, 1);
  row->addWidget(number_);
  connect(tick_, &QCheckBox::toggled, this, [this](bool is_on) {
    number_->setEnabled(is_on);
    Q_EMIT changed();
  });
  connect(number_, &QSpinBox::valueChanged, this, &OptionalNumber::changed);
}

void OptionalNumber::set(std::optional<int> value) {
  if (value) {
    number_->setValue(*value);
  }
  tick_->setChecked(value.has_value());
}

std::optional<int> OptionalNumber::value() const {
  return tick_->isChecked() ? std::optional(number_->value()) : std::nullopt;
}

OptionalDuration::OptionalDuration(const QString& title, const QString& usual, QWidget* parent)
    : QWidget(parent), tick_(new QCheckBox(title, this)), line_(new QLineEdit(usual, this)) {
  QHBoxLayout* const row = row_of(this);
  line_->setEnabled(false);
  line_->setFixedWidth(kFieldWidth);
  line_->setAccessibleName(title);
  line_->setToolTip(tr("For example 250ms, 1.5s, 2m"));
  row->addWidget(tick_, 1);
  row->addWidget(line_);
  connect(tick_, &QCheckBox::toggled, this, [this](bool is_on) {
    line_->setEnabled(is_on);
    Q_EMIT changed();
  });
  connect(line_, &QLineEdit::textChanged, this, &OptionalDuration::changed);
}

void OptionalDuration::set(proxy::Duration value) {
  const bool is_there = value > proxy::Duration::zero();
  if (is_there) {
    line_->setText(QString::fromStdString(duration_yaml(value)));
  }
  tick_->setChecked(is_there);
}

std::string OptionalDuration::value() const {
  return tick_->isChecked() ? line_->text().trimmed().toStdString() : std::string();
}

SharesEditor::SharesEditor(QWidget* parent) : QWidget(parent), grid_(new QGridLayout(this)) {
  grid_->setContentsMargins(0, 0, 0, 0);
  grid_->setHorizontalSpacing(10);
  grid_->setColumnStretch(1, 1);
}

void SharesEditor::set(const std::vector<std::pair<std::string, int>>& shares) {
  for (const Row& row : rows_) {
    delete row.slider;
    delete row.number;
    delete row.lock;
  }
  qDeleteAll(findChildren<QLabel*>());
  rows_.clear();
  for (const auto& [name, share] : shares) {
    const std::size_t number = rows_.size();
    Row row{.name = name, .value = share};
    auto* const label = new QLabel(words(name), this);
    row.slider = new QSlider(Qt::Horizontal, this);
    row.slider->setRange(0, kWhole);
    row.slider->setPageStep(10);
    row.slider->setAccessibleName(tr("Share of %1").arg(words(name)));
    row.number = new QSpinBox(this);
    row.number->setRange(0, kWhole);
    row.number->setSuffix(QStringLiteral(" %"));
    row.number->setFixedWidth(84);
    row.lock = new QCheckBox(tr("keep"), this);
    row.lock->setToolTip(tr("This share stays when others are moved"));
    row.lock->setVisible(shares.size() > 2);
    const int line = static_cast<int>(number);
    grid_->addWidget(label, line, 0);
    grid_->addWidget(row.slider, line, 1);
    grid_->addWidget(row.number, line, 2);
    grid_->addWidget(row.lock, line, 3);
    connect(row.slider, &QSlider::valueChanged, this,
            [this, number](int value) { move(number, value); });
    connect(row.number, &QSpinBox::valueChanged, this,
            [this, number](int value) { move(number, value); });
    rows_.push_back(row);
  }
  show_values();
}

// The others give or take, the first of them first, so that the sum stays.
void SharesEditor::move(std::size_t moved, int value) {
  int locked = 0;
  std::vector<std::size_t> free;
  for (std::size_t i = 0; i < rows_.size(); ++i) {
    if (i != moved && !rows_[i].lock->isChecked()) {
      free.push_back(i);
    } else if (i != moved) {
      locked += rows_[i].value;
    }
  }
  rows_[moved].value = free.empty() ? kWhole - locked : std::clamp(value, 0, kWhole - locked);
  int rest = kWhole - locked - rows_[moved].value;
  int before = 0;
  for (const std::size_t i : free) {
    before += rows_[i].value;
  }
  for (std::size_t place = 0; place < free.size(); ++place) {
    Row& row = rows_[free[place]];
    const bool is_last = place + 1 == free.size();
    const int parts = static_cast<int>(free.size() - place);
    const int share = before > 0 ? rest * row.value / before : rest / parts;
    before -= row.value;
    row.value = is_last ? rest : share;
    rest -= row.value;
  }
  show_values();
  Q_EMIT changed();
}

void SharesEditor::show_values() {
  for (const Row& row : rows_) {
    const QSignalBlocker no_slider(row.slider), no_number(row.number);
    row.slider->setValue(row.value);
    row.number->setValue(row.value);
  }
}

std::vector<std::pair<std::string, int>> SharesEditor::shares() const {
  std::vector<std::pair<std::string, int>> all;
  for (const Row& row : rows_) {
    all.emplace_back(row.name, row.value);
  }
  return all;
}

QSlider* SharesEditor::slider(std::size_t row) const {
  return row < rows_.size() ? rows_[row].slider : nullptr;
}

QSpinBox* SharesEditor::number(std::size_t row) const {
  return row < rows_.size() ? rows_[row].number : nullptr;
}

std::string percent_text(int percent) { return std::to_string(percent) + "%"; }

QLabel* remark(const QString& text, QWidget* parent) {
  auto* const label = new QLabel(text, parent);
  label->setWordWrap(true);
  label->setForegroundRole(QPalette::PlaceholderText);
  return label;
}

}  // namespace shaketable::gui
