#include <QHBoxLayout>
#include <QVBoxLayout>

#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_form.h"

namespace shaketable::gui {
namespace {

/// A delay and an abort, each for a share of the requests.
class FaultInjectionForm : public PolicyForm {
 public:
  FaultInjectionForm(const PolicySubject& subject, QWidget* parent)
      : PolicyForm(parent), subject_(subject) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    delay_ = new OptionalDuration(tr("&Delay requests by"), QStringLiteral("2s"), this);
    delay_->setObjectName(QStringLiteral("delay"));
    delay_share_ = add_share(*column, delay_);
    abort_ = new OptionalNumber(tr("&Abort them with the status"), 200, 599, 503, this);
    abort_->setObjectName(QStringLiteral("abort"));
    abort_share_ = add_share(*column, abort_);
    column->addWidget(remark(
        tr("This holds for the whole run. To let something happen at a moment, use Shake."), this));
    if (const auto& fault = subject.route().fault) {
      delay_->set(fault->delay_ppm > 0 ? fault->fixed_delay : proxy::Duration::zero());
      set_share(delay_share_, fault->delay_ppm);
      abort_->set(fault->abort_ppm > 0 ? std::optional<int>(fault->abort_status) : std::nullopt);
      set_share(abort_share_, fault->abort_ppm);
    }
    connect(delay_, &OptionalDuration::changed, this, &PolicyForm::changed);
    connect(abort_, &OptionalNumber::changed, this, &PolicyForm::changed);
  }

  [[nodiscard]] std::vector<ValueChange> changes() const override {
    const bool delays = !delay_->value().empty(), aborts = abort_->value().has_value();
    if (!delays && !aborts) {
      return {{subject_.at({"fault"}), std::string()}};
    }
    std::string text;
    if (delays) {
      text = "delay: {fixed_delay: " + delay_->value() +
             ", percent: " + percent_text(delay_share_->value()) + "}";
    }
    if (aborts) {
      text += (delays ? ", " : "") + std::string("abort: {status: ") +
              std::to_string(*abort_->value()) +
              ", percent: " + percent_text(abort_share_->value()) + "}";
    }
    return {{subject_.at({"fault"}), "{" + text + "}"}};
  }

 private:
  QSpinBox* add_share(QVBoxLayout& column, QWidget* field) {
    auto* const row = new QHBoxLayout;
    auto* const share = new QSpinBox(this);
    share->setRange(1, 100);
    share->setValue(10);
    share->setSuffix(tr(" % of the requests"));
    share->setAccessibleName(tr("Share of the requests"));
    row->addWidget(field, 1);
    row->addWidget(share);
    column.addLayout(row);
    connect(share, &QSpinBox::valueChanged, this, &PolicyForm::changed);
    return share;
  }

  static void set_share(QSpinBox* box, std::uint32_t ppm) {
    if (ppm > 0) {
      box->setValue(static_cast<int>((ppm + 5'000) / 10'000));
    }
  }

  PolicySubject subject_;
  OptionalDuration* delay_ = nullptr;
  OptionalNumber* abort_ = nullptr;
  QSpinBox* delay_share_ = nullptr;
  QSpinBox* abort_share_ = nullptr;
};

}  // namespace

PolicyForm* make_fault_injection(const PolicySubject& subject, QWidget* parent) {
  return new FaultInjectionForm(subject, parent);
}

}  // namespace shaketable::gui
