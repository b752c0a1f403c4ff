#include "gui/app/fault_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QFormLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QSpinBox>
#include <QVBoxLayout>
#include <algorithm>
#include <string_view>

#include "engine/mesh/compile.h"
#include "engine/mesh/model.h"
#include "gui/canvas/qt_words.h"
#include "gui/panels/load_panel.h"

namespace shaketable::gui {
namespace {

constexpr int kAllOf = 100;  // Percent.

/// "10 %", and "0.25 %" where that is meant.
class ShareBox : public QDoubleSpinBox {
 public:
  using QDoubleSpinBox::QDoubleSpinBox;
  [[nodiscard]] QString textFromValue(double value) const override {
    return locale().toString(value, 'g', 5);
  }
};

QString place_words(const Selection& selection) {
  switch (selection.kind) {
    case Selection::Kind::kService:
      return words(selection.service);
    case Selection::Kind::kEdge:
      return words(selection.caller + " → " + selection.service);
    case Selection::Kind::kNothing:
      break;
  }
  return QObject::tr("the whole scenario");
}

// Whether somebody asks for the service by its name.
bool is_resolved(const engine::Mesh& mesh, engine::ServiceIndex service) {
  if (service == engine::kNone || mesh.services[service].entry) {
    return true;
  }
  for (engine::ServiceIndex caller = 0; caller < mesh.services.size(); ++caller) {
    const std::vector<engine::ServiceIndex> callees = engine::callees_of(mesh, caller);
    if (!mesh.services[caller].sidecar &&
        std::find(callees.begin(), callees.end(), service) != callees.end()) {
      return true;
    }
  }
  return false;
}

// What the kind needs and the scenario does not have; empty: nothing.
QString what_is_missing(std::string_view kind, const engine::Scenario& scenario,
                        engine::ServiceIndex service) {
  const engine::Mesh& mesh = scenario.mesh;
  if (kind == "node_loss" && mesh.nodes == 0) {
    return QObject::tr("The mesh does not say how many machines it has: nodes: 6");
  }
  if (kind == "load" && scenario.loads.empty()) {
    return QObject::tr("Nobody sends any load");
  }
  if (kind == "dns_stale" && !is_resolved(mesh, service)) {
    return QObject::tr("Whoever calls %1 has a sidecar, and sidecars do not ask for names")
        .arg(words(mesh.services[service].name));
  }
  if ((kind == "cert_expire" || kind == "clock_skew") && !mesh.network.tls) {
    return QObject::tr("Without mTLS nobody looks at certificates");
  }
  return {};
}

// Without a number of workers or of requests at once there are no slots to lose.
const char* first_size(const FaultKindInfo& kind, const std::optional<engine::Service>& service) {
  const auto has_slots = [](const engine::Version& version) {
    return engine::has_slots(version.runtime);
  };
  const bool is_of_memory =
      std::string_view(kind.key) == "leak" && service.has_value() &&
      !std::all_of(service->versions.begin(), service->versions.end(), has_slots);
  return is_of_memory ? "64KiB" : kind.size;
}

}  // namespace

FaultDialog::FaultDialog(const Selection& selection, const engine::Scenario& scenario,
                         const QString& when, QWidget* parent)
    : QDialog(parent), selection_(selection) {
  setObjectName(QStringLiteral("fault"));
  setWindowTitle(tr("Break %1 %2").arg(place_words(selection), when));
  auto* const column = new QVBoxLayout(this);
  column->setContentsMargins(16, 14, 16, 14);
  column->setSpacing(10);
  form_ = new QFormLayout;
  column->addLayout(form_);
  const engine::ServiceIndex hit = engine::find_service(scenario.mesh, selection_.service);
  if (hit != engine::kNone) {
    service_ = scenario.mesh.services[hit];
  }
  kind_ = new QComboBox(this);
  kind_->setObjectName(QStringLiteral("fault_kind"));
  for (const FaultKindInfo& kind : fault_kinds()) {
    if (kind.fits(selection_.kind) && what_is_missing(kind.key, scenario, hit).isEmpty()) {
      kind_->addItem(tr(kind.title), QLatin1String(kind.key));
    }
  }
  about_ = new QLabel(this);
  about_->setForegroundRole(QPalette::PlaceholderText);
  form_->addRow(tr("&Kind"), kind_);
  form_->addRow(QString(), about_);
  add_fields(scenario);
  preview_ = new QLabel(this);
  preview_->setTextInteractionFlags(Qt::TextSelectableByMouse);
  preview_->setWordWrap(true);
  QFont fixed(QStringLiteral("monospace"));
  fixed.setStyleHint(QFont::Monospace);
  preview_->setFont(fixed);
  column->addWidget(preview_);
  problem_ = new QLabel(this);
  problem_->setObjectName(QStringLiteral("fault_problem"));
  problem_->setWordWrap(true);
  problem_->hide();
  column->addWidget(problem_);
  auto* const buttons = new QDialogButtonBox(QDialogButtonBox::Ok | QDialogButtonBox::Cancel, this);
  buttons->button(QDialogButtonBox::Ok)->setText(tr("Break it"));
  column->addWidget(buttons);
  connect(buttons, &QDialogButtonBox::accepted, this, &FaultDialog::accept);
  connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
  connect(kind_, &QComboBox::currentIndexChanged, this, &FaultDialog::choose_kind);
  setMinimumWidth(440);
  choose_kind();
}

void FaultDialog::add_fields(const engine::Scenario& scenario) {
  part_ = new QComboBox(this);
  part_->setObjectName(QStringLiteral("fault_part"));
  size_label_ = new QLabel(this);
  size_ = new QLineEdit(this);
  size_->setObjectName(QStringLiteral("fault_size"));
  percent_ = new ShareBox(this);
  percent_->setRange(0.01, kAllOf);
  percent_->setValue(kAllOf);
  instances_ = new QSpinBox(this);
  instances_->setRange(0, 1'000'000);
  instances_->setSpecialValueText(tr("all"));
  one_way_ = new QCheckBox(
      tr("only from %1 to %2").arg(words(selection_.caller), words(selection_.service)), this);
  zone_ = new QComboBox(this);
  for (const std::string& zone : scenario.mesh.zones) {
    zone_->addItem(words(zone));
  }
  node_ = new QComboBox(this);
  for (std::uint32_t node = 0; node < scenario.mesh.nodes; ++node) {
    node_->addItem(words(engine::node_name(node)));
  }
  to_ = new QComboBox(this);
  to_->addItem(tr("the same version"), QString());
  if (service_ && service_->versions.size() > 1) {
    for (const engine::Version& version : service_->versions) {
      to_->addItem(words(version.name), words(version.name));
    }
  }
  more_label_ = new QLabel(this);
  more_ = new QLineEdit(this);
  more_->setObjectName(QStringLiteral("fault_more"));
  load_ = new QComboBox(this);
  load_->addItem(tr("all loads"), QString());
  for (const LoadPart& part : load_parts(scenario)) {
    load_->addItem(words(part.name), words(part.name));
  }
  length_label_ = new QLabel(this);
  length_ = new QLineEdit(this);
  length_->setObjectName(QStringLiteral("fault_length"));
  ramp_ = new QLineEdit(this);
  ramp_->setObjectName(QStringLiteral("fault_ramp"));
  ramp_->setPlaceholderText(tr("at once; 5s: rises to its size in that time"));
  name_ = new QLineEdit(this);
  form_->addRow(tr("Whi&ch"), part_);
  form_->addRow(tr("B&y"), to_);
  form_->addRow(size_label_, size_);
  form_->addRow(more_label_, more_);
  form_->addRow(tr("&Share"), percent_);
  form_->addRow(tr("&Instances"), instances_);
  form_->addRow(tr("&Direction"), one_way_);
  form_->addRow(tr("&Zone"), zone_);
  form_->addRow(tr("N&ode"), node_);
  form_->addRow(tr("&Of"), load_);
  form_->addRow(length_label_, length_);
  form_->addRow(tr("&Ramp"), ramp_);
  form_->addRow(tr("&Name"), name_);
  for (QLineEdit* const edit : {size_, more_, length_, ramp_, name_}) {
    connect(edit, &QLineEdit::textChanged, this, &FaultDialog::refresh);
  }
  connect(percent_, &QDoubleSpinBox::valueChanged, this, &FaultDialog::refresh);
  connect(instances_, &QSpinBox::valueChanged, this, &FaultDialog::refresh);
  connect(one_way_, &QCheckBox::toggled, this, &FaultDialog::refresh);
  for (QComboBox* const choice : {zone_, node_, load_, part_, to_}) {
    connect(choice, &QComboBox::currentIndexChanged, this, [this] {
      name_->setText(words(fault_name_for(wish())));
      refresh();
    });
  }
}

QString FaultDialog::why_not(const QString& key, const engine::Scenario& scenario) const {
  return kind_->findData(key) >= 0
             ? QString()
             : what_is_missing(key.toStdString(), scenario,
                               engine::find_service(scenario.mesh, selection_.service));
}

bool FaultDialog::choose(const QString& key) {
  const int index = kind_->findData(key);
  kind_->setCurrentIndex(std::max(index, 0));
  return index >= 0;
}

// The whole service, or a part of it that the kind can hit.
void FaultDialog::fill_parts(const FaultKindInfo& kind) {
  const QSignalBlocker quiet(part_);
  const QVariant before = part_->currentData();
  part_->clear();
  const bool is_of_one = kind.hits_versions() && !kind.hits_instances() && service_.has_value() &&
                         service_->versions.size() > 1;
  if (!is_of_one) {  // Each version has a number of instances of its own.
    part_->addItem(tr("all of %1").arg(words(selection_.service)), QString());
  }
  if (service_) {
    for (const std::string& part : parts_of(*service_, kind)) {
      part_->addItem(tr("only %1").arg(words(part)), words(part));
    }
  }
  part_->setCurrentIndex(std::max(part_->findData(before), 0));
}

// Only fields that the kind has are there.
void FaultDialog::choose_kind() {
  const FaultKindInfo* const kind = find_fault_kind(kind_->currentData().toString());
  if (kind == nullptr) {
    return;
  }
  const auto show = [this](QWidget* field, bool is_there) {
    field->setVisible(is_there);
    if (QWidget* const label = form_->labelForField(field)) {
      label->setVisible(is_there);
    }
  };
  const auto is = [kind](std::string_view key) { return key == kind->key; };
  about_->setText(tr(kind->about));
  fill_parts(*kind);
  show(part_, part_->count() > 1 && selection_.kind != Selection::Kind::kNothing);
  show(size_, kind->size_label != nullptr);
  show(to_, is("deploy") && to_->count() > 1);
  show(more_, kind->more_label != nullptr);
  show(percent_, kind->has_percent);
  show(instances_, kind->has_instances);
  show(one_way_, kind->has_ways);
  show(zone_, is("zone_loss"));
  show(node_, is("node_loss"));
  show(load_, is("load"));
  show(ramp_, kind->has_ramp);
  size_label_->setText(kind->size_label == nullptr ? QString() : tr(kind->size_label));
  size_->setText(QLatin1String(first_size(*kind, service_)));
  size_->setPlaceholderText(QLatin1String(kind->size_hint));
  size_->setToolTip(QLatin1String(kind->size_hint));
  more_label_->setText(kind->more_label == nullptr ? QString() : tr(kind->more_label));
  more_->setText(QLatin1String(kind->more));
  more_->setToolTip(tr(kind->more_hint));
  percent_->setSuffix(kind->hits_requests() ? tr(" % of the requests") : tr(" % of the messages"));
  length_label_->setText(kind->kills() ? tr("Back after") : tr("How long"));
  length_->setText(QLatin1String(kind->length));
  length_->setPlaceholderText(tr(kind->length_hint));
  name_->setText(words(fault_name_for(wish())));
  refresh();
}

FaultWish FaultDialog::wish() const {
  const auto text = [](const QLineEdit* line) { return line->text().trimmed().toStdString(); };
  return {.kind = find_fault_kind(kind_->currentData().toString()),
          .where = selection_,
          .part = part_->currentData().toString().toStdString(),
          .size = text(size_),
          .more = text(more_),
          .percent = percent_->value(),
          .instances = static_cast<std::uint32_t>(instances_->value()),
          .one_way = one_way_->isChecked(),
          .zone = zone_->currentText().toStdString(),
          .node = node_->currentText().toStdString(),
          .to = to_->currentData().toString().toStdString(),
          .load = load_->currentData().toString().toStdString(),
          .length = text(length_),
          .ramp = text(ramp_)};
}

void FaultDialog::refresh() {
  problem_->hide();
  if (wish().kind != nullptr) {
    preview_->setText(words(name() + ": {" + what() + "}"));
  }
  if (isVisible()) {
    grow();
  }
}

void FaultDialog::accept() {
  const QString wrong = wish().kind == nullptr ? tr("There is nothing to break")
                        : check_               ? check_(name(), what())
                                               : QString();
  if (wrong.isEmpty()) {
    QDialog::accept();
    return;
  }
  problem_->setText(QStringLiteral("◆ ") + wrong);
  problem_->show();
  grow();
}

// Where lines of text become more, the fields keep their height.
void FaultDialog::grow() {
  layout()->activate();
  const int wanted =
      layout()->hasHeightForWidth() ? layout()->totalHeightForWidth(width()) : sizeHint().height();
  resize(width(), std::max(height(), wanted));
}

void FaultDialog::showEvent(QShowEvent* event) {
  QDialog::showEvent(event);
  grow();
}

std::string FaultDialog::name() const { return name_->text().trimmed().toStdString(); }

std::string FaultDialog::what() const { return fault_yaml(wish()); }

QString FaultDialog::problem() const { return problem_->isHidden() ? QString() : problem_->text(); }

}  // namespace shaketable::gui
