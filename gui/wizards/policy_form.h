#pragma once

#include <QString>
#include <QWidget>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <vector>

#include "engine/scenario/model.h"
#include "gui/document/value_edits.h"

namespace shaketable::gui {

/// The wizards, by the names that Istio's users know.
enum class WizardKind : std::uint8_t {
  kTrafficShifting,
  kRequestRouting,
  kFaultInjection,
  kRequestTimeouts,
  kCircuitBreaker,
  kMirroring,
};

struct WizardInfo {
  WizardKind kind = WizardKind::kTrafficShifting;
  const char* action;  ///< Name of the action: "wizard_traffic_shifting".
  const char* title;   ///< "Traffic Shifting"
  const char* about;   ///< One sentence.
};

[[nodiscard]] std::span<const WizardInfo> wizard_infos();
[[nodiscard]] const WizardInfo& info_of(WizardKind kind);

/// Whose calls a form is about, and what holds for them now.
struct PolicySubject {
  const engine::Scenario& scenario;
  const engine::ScenarioSource& source;
  engine::ServiceIndex service = engine::kNone;
  engine::ServiceIndex caller = engine::kNone;  ///< kNone: everybody.
  KeyPath path;                                 ///< Where the policy is written.

  [[nodiscard]] const engine::Service& callee() const { return scenario.mesh.services[service]; }
  /// That of the pair, else that of all callers; null when there is neither.
  [[nodiscard]] const engine::DestinationPolicy* policy() const;
  [[nodiscard]] const engine::ClusterPolicy& cluster() const;
  /// What requests meet that no rule takes.
  [[nodiscard]] const proxy::Route& route() const;
  /// The rule at the end, which takes what no other does; null when there are no rules.
  [[nodiscard]] const engine::RouteRule* last_rule() const;
  /// A path below the policy.
  [[nodiscard]] KeyPath at(std::initializer_list<const char*> keys) const;
  /// Names of the versions, "v1" for a service without any.
  [[nodiscard]] std::vector<std::string> versions() const;
};

/// The settings of a wizard. Starts from what holds now; `changes` are what has to be written for
/// what is set.
class PolicyForm : public QWidget {
  Q_OBJECT

 public:
  using QWidget::QWidget;

  [[nodiscard]] virtual std::vector<ValueChange> changes() const = 0;

 Q_SIGNALS:
  void changed();
};

/// The form of a wizard. The subject's references must outlive it.
[[nodiscard]] PolicyForm* make_form(WizardKind kind, const PolicySubject& subject, QWidget* parent);

// One for each kind.
[[nodiscard]] PolicyForm* make_traffic_shifting(const PolicySubject& subject, QWidget* parent);
[[nodiscard]] PolicyForm* make_request_routing(const PolicySubject& subject, QWidget* parent);
[[nodiscard]] PolicyForm* make_fault_injection(const PolicySubject& subject, QWidget* parent);
[[nodiscard]] PolicyForm* make_request_timeouts(const PolicySubject& subject, QWidget* parent);
[[nodiscard]] PolicyForm* make_circuit_breaker(const PolicySubject& subject, QWidget* parent);
[[nodiscard]] PolicyForm* make_mirroring(const PolicySubject& subject, QWidget* parent);

}  // namespace shaketable::gui
