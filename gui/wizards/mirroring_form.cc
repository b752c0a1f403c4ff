#include <QFormLayout>
#include <algorithm>

#include "gui/canvas/qt_words.h"
#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_form.h"

namespace shaketable::gui {
namespace {

/// To whom copies go, and of how many requests.
class MirroringForm : public PolicyForm {
 public:
  MirroringForm(const PolicySubject& subject, QWidget* parent)
      : PolicyForm(parent), subject_(subject) {
    auto* const form = new QFormLayout(this);
    form->setContentsMargins(0, 0, 0, 0);
    to_ = new QComboBox(this);
    to_->setObjectName(QStringLiteral("mirror_to"));
    to_->addItem(tr("nobody"), QString());
    if (subject.callee().versions.size() > 1) {
      for (const std::string& version : subject.versions()) {
        to_->addItem(tr("version %1").arg(words(version)), words(version));
      }
    }
    for (const engine::Service& service : subject.scenario.mesh.services) {
      if (service.name != subject.callee().name) {
        to_->addItem(tr("service %1").arg(words(service.name)), words(service.name));
      }
    }
    percent_ = new QSpinBox(this);
    percent_->setObjectName(QStringLiteral("mirror_percent"));
    percent_->setRange(1, 100);
    percent_->setValue(100);
    percent_->setSuffix(tr(" % of the requests"));
    form->addRow(tr("Copies go &to"), to_);
    form->addRow(tr("&Of"), percent_);
    form->addRow(remark(
        tr("Copies are work for whoever gets them; callers neither wait for them nor see them."),
        this));
    if (const engine::RouteRule* const rule = subject.last_rule();
        rule != nullptr && !rule->mirrors.empty() &&
        rule->mirrors.front().to.service != engine::kNone) {
      const engine::RouteRule::Mirror& mirror = rule->mirrors.front();
      const std::string name = mirror.to.service == subject.service
                                   ? mirror.to.subset
                                   : subject.scenario.mesh.services[mirror.to.service].name;
      to_->setCurrentIndex(std::max(0, to_->findData(words(name))));
      percent_->setValue(static_cast<int>(mirror.ppm / 10'000));
    }
    percent_->setEnabled(to_->currentIndex() > 0);
    connect(to_, &QComboBox::currentIndexChanged, this, [this](int index) {
      percent_->setEnabled(index > 0);
      Q_EMIT changed();
    });
    connect(percent_, &QSpinBox::valueChanged, this, &PolicyForm::changed);
  }

  [[nodiscard]] std::vector<ValueChange> changes() const override {
    if (to_->currentIndex() <= 0) {
      return {{subject_.at({"mirror"}), std::string()}};
    }
    return {{subject_.at({"mirror"}),
             "{to: " + yaml_scalar(to_->currentData().toString().toStdString()) +
                 ", percent: " + percent_text(percent_->value()) + "}"}};
  }

 private:
  PolicySubject subject_;
  QComboBox* to_ = nullptr;
  QSpinBox* percent_ = nullptr;
};

}  // namespace

PolicyForm* make_mirroring(const PolicySubject& subject, QWidget* parent) {
  return new MirroringForm(subject, parent);
}

}  // namespace shaketable::gui
