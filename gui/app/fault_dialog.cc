#include "gui/app/fault_dialog.h"

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>
#include <QVBoxLayout>

#include "gui/document/text_edit.h"

namespace shaketable::gui {

namespace {

constexpr int kNoShare = 100;

/// A kind of the format, and which of the fields it has.
struct Kind {
  const char* title;
  const char* key;
  const char* size_label;  ///< Null: no size.
  const char* size;        ///< To begin with.
  bool has_percent, has_instances;
  bool on_edge;     ///< Between two services.
  bool on_nothing;  ///< Of the whole scenario.
};

constexpr Kind kAllKinds[] = {
    {"Delay", "delay", "Adds", "200ms", true, false, false, false},
    {"Abort", "abort", "Status", "503", true, false, false, false},
    {"Reset", "reset", nullptr, "", true, false, false, false},
    {"Never answer", "blackhole", nullptr, "", true, false, false, false},
    {"Slow CPU work", "slow", "Times", "10x", false, true, false, false},
    {"Stop the world", "pause", nullptr, "", false, true, false, false},
    {"Kill", "kill", "How many", "1", false, false, false, false},
    {"Cut the network", "partition", nullptr, "", false, false, true, false},
    {"Lose messages", "loss", nullptr, "", true, false, true, false},
    {"Change the load", "load", "Times", "2", false, false, false, true},
};

}  // namespace

FaultDialog::FaultDialog(const Selection& selection, const QString& when, QWidget* parent)
    : QDialog(parent), selection_(selection) {
  setWindowTitle(tr("Let something happen %1").arg(when));
  auto* const column = new QVBoxLayout(this);
  auto* const form = new QFormLayout;
  column->addLayout(form);
  kind_ = new QComboBox(this);
  for (int i = 0; i < static_cast<int>(std::size(kAllKinds)); ++i) {
    const auto& each = kAllKinds[i];
    const bool fits = selection_.kind == Selection::Kind::kNothing ? each.on_nothing
                      : selection_.kind == Selection::Kind::kEdge
                          ? !each.on_nothing
                          : !each.on_edge && !each.on_nothing;
    if (fits) {
      kind_->addItem(tr(each.title), i);
    }
  }
  size_label_ = new QLabel(this);
  size_ = new QLineEdit(this);
  percent_ = new QDoubleSpinBox(this);
  percent_->setRange(0.01, kNoShare);
  percent_->setValue(kNoShare);
  percent_->setSuffix(tr(" % of the requests"));
  instances_ = new QSpinBox(this);
  instances_->setRange(0, 1'000'000);
  instances_->setSpecialValueText(tr("all"));
  length_ = new QLineEdit(QStringLiteral("10s"), this);
  length_->setPlaceholderText(tr("until it is stopped"));
  name_ = new QLineEdit(this);
  form->addRow(tr("&Kind"), kind_);
  form->addRow(size_label_, size_);
  form->addRow(tr("&Share"), percent_);
  form->addRow(tr("&Instances"), instances_);
  form->addRow(tr("How &long"), length_);
  form->addRow(tr("&Name"), name_);
  preview_ = new QLabel(this);
  preview_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  preview_->setWordWrap(true);
  QFont fixed(QStringLiteral("monospace"));
  fixed.setStyleHint(QFont::Monospace);
  preview_->setFont(fixed);
  column->addWidget(preview_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  buttons->button(QDialogButtonBox::Ok)->setText(tr("Let it happen"));
  column->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &QDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(kind_, &QComboBox::currentIndexChanged, this, &FaultDialog::choose_kind);
  for (QLineEdit* const edit : {size_, length_, name_}) {
    connect(edit, &QLineEdit::textChanged, this, &FaultDialog::refresh);
  }
  connect(percent_, &QDoubleSpinBox::valueChanged, this, &FaultDialog::refresh);
  connect(instances_, &QSpinBox::valueChanged, this, &FaultDialog::refresh);
  setMinimumWidth(420);
  choose_kind();
}

void FaultDialog::choose_kind() {
  const auto& of = kAllKinds[kind_->currentData().toInt()];
  size_label_->setText(of.size_label == nullptr ? QString() : tr(of.size_label));
  size_label_->setVisible(of.size_label != nullptr);
  size_->setVisible(of.size_label != nullptr);
  size_->setText(QString::fromLatin1(of.size));
  percent_->setEnabled(of.has_percent);
  instances_->setEnabled(of.has_instances);
  const std::string subject = selection_.kind == Selection::Kind::kNothing ? "load"
                              : of.on_edge ? selection_.caller + "-" + selection_.service
                                           : selection_.service;
  name_->setText(QString::fromStdString(subject + "-" + of.key));
  refresh();
}

void FaultDialog::refresh() {
  preview_->setText(QString::fromStdString(name() + ": {" + what() + "}"));
}

std::string FaultDialog::name() const { return name_->text().trimmed().toStdString(); }

std::string FaultDialog::what() const {
  const auto& of = kAllKinds[kind_->currentData().toInt()];
  const std::string key = of.key;
  const std::string size = size_->text().trimmed().toStdString();
  const std::string percent = QString::number(percent_->value(), 'g', 6).toStdString() + "%";
  const bool is_all = percent_->value() >= kNoShare;
  std::string text;
  if (of.on_edge) {
    text = "between: [" + yaml_scalar(selection_.caller) + ", " + yaml_scalar(selection_.service) +
           "], ";
  } else if (!of.on_nothing) {
    text = "on: " + yaml_scalar(selection_.service) + ", ";
  }
  if (of.has_instances && instances_->value() > 0) {
    text += "instances: " + std::to_string(instances_->value()) + ", ";
  }
  if (key == "delay") {
    text += "delay: {add: " + size + (is_all ? "}" : ", percent: " + percent + "}");
  } else if (key == "abort") {
    text += "abort: {status: " + size + (is_all ? "}" : ", percent: " + percent + "}");
  } else if (key == "reset" || key == "blackhole") {
    text += key + ": " + (is_all ? "true" : percent);
  } else if (key == "loss") {
    text += "loss: " + percent;
  } else if (of.size_label == nullptr) {
    text += key + ": true";
  } else {
    text += key + ": " + size;
  }
  const std::string length = length_->text().trimmed().toStdString();
  if (!length.empty()) {
    text += (key == "kill" ? ", restart_after: " : ", for: ") + length;
  }
  return text;
}

}  // namespace shaketable::gui
