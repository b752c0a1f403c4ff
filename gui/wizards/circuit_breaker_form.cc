#include <QLabel>
#include <QVBoxLayout>

#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_form.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

struct Limit {
  const char* key;
  const char* title;
  std::uint32_t proxy::CircuitBreakers::*of;
  int usual;
};

constexpr Limit kLimits[] = {
    {"max_requests", "Requests in &flight", &proxy::CircuitBreakers::max_requests, 100},
    {"max_pending_requests", "Requests that wait for a &connection",
     &proxy::CircuitBreakers::max_pending_requests, 50},
    {"max_connections", "Connecti&ons to all instances", &proxy::CircuitBreakers::max_connections,
     100},
    {"max_retries", "Retr&ies in flight", &proxy::CircuitBreakers::max_retries, 3},
};

constexpr int kMostOf = 1'000'000;

/// Limits of each calling proxy, and outlier detection.
class CircuitBreakerForm : public PolicyForm {
 public:
  CircuitBreakerForm(const PolicySubject& subject, QWidget* parent)
      : PolicyForm(parent), subject_(subject) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->addWidget(remark(tr("The circuit opens when a calling proxy has more than"), this));
    const proxy::CircuitBreakers& now = subject.cluster().circuit_breakers;
    for (std::size_t i = 0; i < std::size(kLimits); ++i) {
      limits_[i] = new OptionalNumber(tr(kLimits[i].title), 1, kMostOf, kLimits[i].usual, this);
      limits_[i]->setObjectName(QString::fromLatin1(kLimits[i].key));
      const std::uint32_t limit = now.*kLimits[i].of;
      limits_[i]->set(limit == proxy::kUnlimited || limit > kMostOf
                          ? std::nullopt
                          : std::optional(static_cast<int>(limit)));
      column->addWidget(limits_[i]);
      connect(limits_[i], &OptionalNumber::changed, this, &PolicyForm::changed);
    }
    add_outliers(*column);
  }

  [[nodiscard]] std::vector<ValueChange> changes() const override {
    std::vector<ValueChange> all;
    bool any_limit = false;
    for (const OptionalNumber* const limit : limits_) {
      any_limit = any_limit || limit->value().has_value();
    }
    const proxy::CircuitBreakers& now = subject_.cluster().circuit_breakers;
    for (std::size_t i = 0; i < std::size(kLimits) && any_limit; ++i) {
      const auto value = limits_[i]->value();
      const bool is_so = value && now.*kLimits[i].of == static_cast<std::uint32_t>(*value);
      if (!is_so) {
        all.push_back({subject_.at({"circuit_breakers", kLimits[i].key}),
                       value ? std::to_string(*value) : std::string()});
      }
    }
    if (!any_limit) {
      all.push_back({subject_.at({"circuit_breakers"}), std::string()});
    }
    add_ejection(all);
    return all;
  }

 private:
  void add_outliers(QVBoxLayout& column) {
    ejects_ =
        new OptionalNumber(tr("&Eject an instance after this many 5xx in a row"), 1, 1000, 5, this);
    ejects_->setObjectName(QStringLiteral("consecutive_5xx"));
    interval_ = new OptionalDuration(tr("Looked at e&very"), QStringLiteral("10s"), this);
    ejection_ = new OptionalDuration(tr("Ejected &for, times the number of ejections"),
                                     QStringLiteral("30s"), this);
    most_ = new OptionalNumber(tr("At most this s&hare of the instances, %"), 1, 100, 50, this);
    if (const auto& outlier = subject_.cluster().outlier_detection) {
      ejects_->set(outlier->consecutive_5xx == 0
                       ? std::nullopt
                       : std::optional(static_cast<int>(outlier->consecutive_5xx)));
      interval_->set(outlier->interval);
      ejection_->set(outlier->base_ejection_time);
      most_->set(static_cast<int>(outlier->max_ejection_percent));
    }
    for (QWidget* const field :
         std::initializer_list<QWidget*>{ejects_, interval_, ejection_, most_}) {
      column.addWidget(field);
    }
    const auto refresh = [this] {
      const bool is_on = ejects_->value().has_value();
      for (QWidget* const field : std::initializer_list<QWidget*>{interval_, ejection_, most_}) {
        field->setEnabled(is_on);
      }
    };
    refresh();
    connect(ejects_, &OptionalNumber::changed, this, refresh);
    connect(ejects_, &OptionalNumber::changed, this, &PolicyForm::changed);
    connect(most_, &OptionalNumber::changed, this, &PolicyForm::changed);
    connect(interval_, &OptionalDuration::changed, this, &PolicyForm::changed);
    connect(ejection_, &OptionalDuration::changed, this, &PolicyForm::changed);
  }

  void add_ejection(std::vector<ValueChange>& all) const {
    const auto& now = subject_.cluster().outlier_detection;
    if (!ejects_->value()) {
      if (now) {
        all.push_back({subject_.at({"outlier_detection"}), "false"});
      }
      return;
    }
    const auto set = [&](const char* key, const std::string& value, bool is_so) {
      if (!is_so && !value.empty()) {
        all.push_back({subject_.at({"outlier_detection", key}), value});
      }
    };
    const std::uint32_t after = static_cast<std::uint32_t>(*ejects_->value());
    set("consecutive_5xx", std::to_string(after), now && now->consecutive_5xx == after);
    set("interval", interval_->value(), now && interval_->value() == duration_yaml(now->interval));
    set("base_ejection_time", ejection_->value(),
        now && ejection_->value() == duration_yaml(now->base_ejection_time));
    if (const auto most = most_->value()) {
      set("max_ejection_percent", percent_text(*most),
          now && now->max_ejection_percent == static_cast<std::uint32_t>(*most));
    }
  }

  PolicySubject subject_;
  OptionalNumber* limits_[std::size(kLimits)] = {};
  OptionalNumber* ejects_ = nullptr;
  OptionalDuration* interval_ = nullptr;
  OptionalDuration* ejection_ = nullptr;
  OptionalNumber* most_ = nullptr;
};

}  // namespace

PolicyForm* make_circuit_breaker(const PolicySubject& subject, QWidget* parent) {
  return new CircuitBreakerForm(subject, parent);
}

}  // namespace shaketable::gui
