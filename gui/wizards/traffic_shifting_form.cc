#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "gui/canvas/qt_words.h"
#include "gui/wizards/form_fields.h"
#include "gui/wizards/policy_form.h"

namespace shaketable::gui {
namespace {

constexpr int kAll = 100;
constexpr int kCanary = 10;  ///< Percent that a new version begins with.

// Percents that add up to 100 of the weights of versions.
std::vector<std::pair<std::string, int>> shares_now(const PolicySubject& subject) {
  std::vector<std::pair<std::string, int>> shares;
  std::vector<std::uint64_t> weights;
  std::uint64_t sum = 0;
  const engine::RouteRule* const rule = subject.last_rule();
  for (const engine::Version& version : subject.callee().versions) {
    std::uint64_t weight = rule == nullptr ? version.instances : 0;
    if (rule != nullptr) {
      for (const engine::RouteDestination& to : rule->destinations) {
        const bool is_it = to.service == subject.service && to.subset == version.name;
        const bool is_all = to.service == subject.service && to.subset.empty();
        weight += is_it ? to.weight : is_all ? version.instances : 0;
      }
    }
    weights.push_back(weight);
    sum += weight;
  }
  int left = kAll;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const bool is_last = i + 1 == weights.size();
    const int share =
        is_last ? left : static_cast<int>(sum == 0 ? 0 : (weights[i] * kAll + sum / 2) / sum);
    shares.emplace_back(subject.callee().versions[i].name, std::min(share, left));
    left -= shares.back().second;
  }
  return shares;
}

/// A share for each version; a service with one version gets a second.
class TrafficShiftingForm : public PolicyForm {
 public:
  TrafficShiftingForm(const PolicySubject& subject, QWidget* parent)
      : PolicyForm(parent), subject_(subject), shares_(new SharesEditor(this)) {
    auto* const column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    auto all = shares_now(subject);
    if (all.size() == 1) {
      is_new_ = true;
      column->addWidget(
          remark(tr("%1 has one version. A second one joins it, with a share of the requests.")
                     .arg(words(subject.callee().name)),
                 this));
      all.front().second = kAll - kCanary;
      all.emplace_back(all.front().first == "v2" ? "v3" : "v2", kCanary);
      instances_ = new QSpinBox(this);
      instances_->setObjectName(QStringLiteral("new_instances"));
      instances_->setRange(1, 1000);
      instances_->setPrefix(tr("instances of it: "));
      column->addWidget(instances_);
      connect(instances_, &QSpinBox::valueChanged, this, &PolicyForm::changed);
    }
    shares_->set(all);
    if (subject.last_rule() != nullptr && !is_new_) {
      held_ = all;
    }
    column->addWidget(shares_);
    connect(shares_, &SharesEditor::changed, this, &PolicyForm::changed);
  }

  [[nodiscard]] std::vector<ValueChange> changes() const override {
    std::vector<ValueChange> all;
    const engine::Service& service = subject_.callee();
    const auto shares = shares_->shares();
    if (shares == held_) {
      return all;
    }
    if (is_new_) {
      const std::string added = "{instances: " + std::to_string(instances_->value()) + "}";
      const KeyPath versions{"services", service.name, "versions"};
      if (written_value(subject_.source, versions).empty()) {
        all.push_back({versions, "{" + yaml_scalar(shares.front().first) + ": {instances: " +
                                     std::to_string(service.versions.front().instances) + "}, " +
                                     shares.back().first + ": " + added + "}"});
      } else {
        KeyPath path = versions;
        path.push_back(shares.back().first);
        all.push_back({path, added});
      }
    }
    std::string split;
    for (const auto& [name, share] : shares) {
      split += (split.empty() ? "" : ", ") + yaml_scalar(name) + ": " + percent_text(share);
    }
    all.push_back({subject_.at({"split"}), "{" + split + "}"});
    return all;
  }

 private:
  PolicySubject subject_;
  SharesEditor* shares_ = nullptr;
  QSpinBox* instances_ = nullptr;
  /// What holds already, wherever that is written; empty: nothing does.
  std::vector<std::pair<std::string, int>> held_;
  bool is_new_ = false;
};

}  // namespace

PolicyForm* make_traffic_shifting(const PolicySubject& subject, QWidget* parent) {
  return new TrafficShiftingForm(subject, parent);
}

}  // namespace shaketable::gui
