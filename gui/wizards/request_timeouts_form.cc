#include <QGridLayout>
#include <QVBoxLayout>

#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_form.h"

namespace shaketable::gui {
namespace {

struct Condition {
  const char* name;
  std::uint32_t bit;
};

constexpr Condition kConditions[] = {{"5xx", proxy::kRetryOn5xx},
                                     {"gateway-error", proxy::kRetryOnGatewayError},
                                     {"reset", proxy::kRetryOnReset},
                                     {"connect-failure", proxy::kRetryOnConnectFailure},
                                     {"refused-stream", proxy::kRetryOnRefusedStream},
                                     {"unavailable", proxy::kRetryOnUnavailable},
                                     {"cancelled", proxy::kRetryOnCancelled},
                                     {"retriable-4xx", proxy::kRetryOnRetriable4xx}};

/// The timeout of the whole request, and the retries within it.
class RequestTimeoutsForm : public PolicyForm {
 public:
  RequestTimeoutsForm(const PolicySubject& subject, QWidget* parent)
      : PolicyForm(parent), subject_(subject) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    timeout_ = new OptionalDuration(tr("The caller &waits at most"), QStringLiteral("1s"), this);
    timeout_->setObjectName(QStringLiteral("timeout"));
    column->addWidget(timeout_);
    retries_ = new OptionalNumber(tr("&Retries beyond the first try"), 1, 20, 2, this);
    retries_->setObjectName(QStringLiteral("retries"));
    column->addWidget(retries_);
    per_try_ = new OptionalDuration(tr("Each &try waits at most"), QStringLiteral("250ms"), this);
    per_try_->setObjectName(QStringLiteral("per_try"));
    column->addWidget(per_try_);
    auto* const grid = new QGridLayout;
    column->addWidget(remark(tr("It is tried again on"), this));
    column->addLayout(grid);
    const auto& retry = subject.route().retry;
    for (std::size_t i = 0; i < std::size(kConditions); ++i) {
      on_[i] = new QCheckBox(QString::fromLatin1(kConditions[i].name), this);
      on_[i]->setObjectName(QString::fromLatin1(kConditions[i].name));
      on_[i]->setChecked(retry && (retry->retry_on & kConditions[i].bit) != 0);
      grid->addWidget(on_[i], static_cast<int>(i / 2), static_cast<int>(i % 2));
      connect(on_[i], &QCheckBox::toggled, this, &PolicyForm::changed);
    }
    timeout_->set(subject.route().timeout);
    const bool retries = retry && retry->num_retries > 0 && retry->retry_on != 0;
    retries_->set(retries ? std::optional(static_cast<int>(retry->num_retries)) : std::nullopt);
    per_try_->set(retry ? retry->per_try_timeout : proxy::Duration::zero());
    conditions_before_ = conditions();
    refresh();
    connect(timeout_, &OptionalDuration::changed, this, &PolicyForm::changed);
    connect(per_try_, &OptionalDuration::changed, this, &PolicyForm::changed);
    connect(retries_, &OptionalNumber::changed, this, [this] {
      refresh();
      Q_EMIT changed();
    });
  }

  // Only what differs from what holds is written, so that defaults stay defaults.
  [[nodiscard]] std::vector<ValueChange> changes() const override {
    std::vector<ValueChange> all;
    const proxy::Route& route = subject_.route();
    const auto set = [&](KeyPath path, const std::string& value, bool is_default) {
      const bool is_written = !written_value(subject_.source, path).empty();
      if (is_written || !is_default) {
        all.push_back({std::move(path), value});
      }
    };
    const std::string timeout = timeout_->value();
    set(subject_.at({"timeout"}), timeout.empty() ? "0s" : timeout,
        timeout.empty() && route.timeout == proxy::Duration::zero());
    if (!retries_->value()) {
      set(subject_.at({"retries"}), "false", !route.retry || route.retry->num_retries == 0);
      return all;
    }
    const bool had_retries = route.retry && route.retry->num_retries > 0;
    set(subject_.at({"retries", "attempts"}), std::to_string(*retries_->value()),
        had_retries && static_cast<int>(route.retry->num_retries) == *retries_->value());
    const std::string per_try = per_try_->value();
    set(subject_.at({"retries", "per_try_timeout"}), per_try.empty() ? "0s" : per_try,
        per_try.empty() &&
            (!route.retry || route.retry->per_try_timeout == proxy::Duration::zero()));
    if (conditions() != conditions_before_ || !had_retries) {
      all.push_back({subject_.at({"retries", "retry_on"}), "[" + conditions() + "]"});
    }
    return all;
  }

 private:
  void refresh() {
    const bool retries = retries_->value().has_value();
    per_try_->setEnabled(retries);
    for (QCheckBox* const box : on_) {
      box->setEnabled(retries);
    }
  }

  [[nodiscard]] std::string conditions() const {
    std::string text;
    for (std::size_t i = 0; i < std::size(kConditions); ++i) {
      if (on_[i]->isChecked()) {
        text += (text.empty() ? "" : ", ") + std::string(kConditions[i].name);
      }
    }
    return text;
  }

  PolicySubject subject_;
  OptionalDuration* timeout_ = nullptr;
  OptionalNumber* retries_ = nullptr;
  OptionalDuration* per_try_ = nullptr;
  QCheckBox* on_[std::size(kConditions)] = {};
  std::string conditions_before_;
};

}  // namespace

PolicyForm* make_request_timeouts(const PolicySubject& subject, QWidget* parent) {
  return new RequestTimeoutsForm(subject, parent);
}

}  // namespace shaketable::gui
