#include "engine/scenario/check.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/mesh/check_detours.h"

namespace shaketable::engine {
namespace {

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

class ScenarioCheck {
 public:
  explicit ScenarioCheck(const Scenario& scenario)
      : scenario_(scenario), end_(scenario.run.duration) {}

  std::vector<Finding> run() {
    if (scenario_.loads.empty()) {
      warn("ST1510", {scenario_.file, 1, 1}, "the scenario has no load: nothing will happen",
           "`load:` with workers or a rate");
    }
    if (scenario_.expectations.empty()) {
      findings_.push_back({FindingSeverity::kNote,
                           "ST1514",
                           "the scenario expects nothing, so it always passes",
                           "`expect:`",
                           {scenario_.file, 1, 1}});
    }
    for (const Load& load : scenario_.loads) {
      if (load.start >= end_) {
        warn("ST1513", load.mark, "the load " + quoted(load.name) + " begins after the run", "");
      }
    }
    for (const Fault& fault : scenario_.faults) {
      check_fault(fault);
    }
    if (!scenario_.loads.empty()) {
      check_reach();
      check_endpoints();
    }
    return std::move(findings_);
  }

 private:
  void warn(const char* code, const SourceMark& mark, std::string message, std::string hint) {
    findings_.push_back(
        {FindingSeverity::kWarning, code, std::move(message), std::move(hint), mark});
  }

  void check_fault(const Fault& fault) {
    if (fault.at >= end_) {
      warn("ST1511", fault.mark, "the fault " + quoted(fault.name) + " begins after the run",
           "a time before the duration of the run");
    }
    if (fault.length > Duration::zero() && fault.ramp > fault.length) {
      warn("ST1516", fault.mark,
           "the fault " + quoted(fault.name) + " is over before it has risen to its size",
           "a `ramp` that is not longer than the fault");
    }
    for (Finding& finding : check_detours(scenario_.mesh, fault.policies)) {
      findings_.push_back(std::move(finding));
    }
    const bool hits = fits(fault.target) && fits(fault.other);
    if (!hits) {
      warn("ST1512", fault.mark,
           "the fault " + quoted(fault.name) + " hits nothing: no instance fits its target", "");
    }
  }

  /// Instances are spread over the zones round robin, by their number within the service.
  [[nodiscard]] bool fits(const FaultTarget& target) const {
    if (target.service == kNone) {
      return true;
    }
    const Service& service = scenario_.mesh.services[target.service];
    std::uint32_t number = 0;
    for (VersionIndex v = 0; v < service.versions.size(); ++v) {
      for (std::uint32_t i = 0; i < service.versions[v].instances; ++i, ++number) {
        const auto zone = static_cast<ZoneIndex>(number % scenario_.mesh.zones.size());
        if ((target.version == kNone || target.version == v) &&
            (target.instance == kNone || target.instance == number) &&
            (target.zone == kNone || target.zone == zone)) {
          return true;
        }
      }
    }
    return false;
  }

  /// Services that no load reaches by calls or routes.
  void check_reach() {
    const Mesh& mesh = scenario_.mesh;
    std::vector<std::uint8_t> reached(mesh.services.size(), 0);
    std::vector<ServiceIndex> open;
    const auto visit = [&](ServiceIndex service) {
      if (service < reached.size() && reached[service] == 0) {
        reached[service] = 1;
        open.push_back(service);
      }
    };
    for (const Load& load : scenario_.loads) {
      for (const LoadRequest& target : load.targets) {
        visit(target.service);
      }
    }
    std::vector<std::vector<ServiceIndex>> led(mesh.services.size());
    const auto lead = [&](const std::vector<DestinationPolicy>& policies) {
      for (const DestinationPolicy& policy : policies) {
        for (const RouteRule& rule : policy.rules) {
          for (const RouteDestination& to : rule.destinations) {
            led[policy.service].push_back(to.service);
          }
          for (const RouteRule::Mirror& mirror : rule.mirrors) {
            led[policy.service].push_back(mirror.to.service);
          }
        }
      }
    };
    lead(mesh.policies);
    for (const Fault& fault : scenario_.faults) {
      lead(fault.policies);
    }
    while (!open.empty()) {
      const ServiceIndex service = open.back();
      open.pop_back();
      for (const Version& version : mesh.services[service].versions) {
        for (const Endpoint& endpoint : version.endpoints) {
          visit_steps(endpoint.steps, [&](const CallStep& call) { visit(call.service); });
        }
      }
      for (const ServiceIndex further : led[service]) {
        visit(further);
      }
    }
    report_unreached(reached);
  }

  /// Faults of requests to an endpoint that nobody asks for. Routes to other services and rewritten
  /// paths lead anywhere: then nothing is said.
  void check_endpoints() {
    const bool has_some =
        std::any_of(scenario_.faults.begin(), scenario_.faults.end(), [](const Fault& fault) {
          return fault.target.service != kNone && fault.target.endpoint != kNone;
        });
    if (!has_some || has_detours()) {
      return;
    }
    const std::vector<std::vector<bool>> asked = asked_endpoints();
    for (const Fault& fault : scenario_.faults) {
      const FaultTarget& target = fault.target;
      if (target.service != kNone && target.endpoint != kNone &&
          !asked[target.service][target.endpoint]) {
        const Service& service = scenario_.mesh.services[target.service];
        warn("ST1512", fault.mark,
             "the fault " + quoted(fault.name) + " hits nothing: no load reaches " +
                 quoted(service.name + ' ' + service.endpoint_names[target.endpoint]),
             "");
      }
    }
  }

  [[nodiscard]] bool has_detours() const {
    const auto leads_away = [](const DestinationPolicy& policy) {
      return std::any_of(policy.rules.begin(), policy.rules.end(), [&](const RouteRule& rule) {
        const auto is_other = [&](const RouteDestination& to) {
          return to.service != policy.service;
        };
        return rule.route.rewrite.has_value() ||
               std::any_of(rule.destinations.begin(), rule.destinations.end(), is_other) ||
               std::any_of(rule.mirrors.begin(), rule.mirrors.end(),
                           [&](const RouteRule::Mirror& mirror) { return is_other(mirror.to); });
      });
    };
    const auto any = [&](const std::vector<DestinationPolicy>& policies) {
      return std::any_of(policies.begin(), policies.end(), leads_away);
    };
    return any(scenario_.mesh.policies) ||
           std::any_of(scenario_.faults.begin(), scenario_.faults.end(),
                       [&](const Fault& fault) { return any(fault.policies); });
  }

  /// By service and endpoint: whether a load or a call of an endpoint that is asked asks it.
  [[nodiscard]] std::vector<std::vector<bool>> asked_endpoints() const {
    const std::vector<Service>& services = scenario_.mesh.services;
    std::vector<std::vector<bool>> asked;
    for (const Service& service : services) {
      asked.emplace_back(service.endpoint_names.size(), false);
    }
    std::vector<std::pair<ServiceIndex, EndpointIndex>> open;
    const auto ask = [&](ServiceIndex service, EndpointIndex endpoint) {
      if (service < asked.size() && endpoint < asked[service].size() && !asked[service][endpoint]) {
        asked[service][endpoint] = true;
        open.emplace_back(service, endpoint);
      }
    };
    for (const Load& load : scenario_.loads) {
      for (const LoadRequest& target : load.targets) {
        ask(target.service, target.endpoint);
      }
    }
    const auto ask_of = [&](const CallStep& call) { ask(call.service, call.endpoint); };
    while (!open.empty()) {
      const auto [service, endpoint] = open.back();
      open.pop_back();
      for (const Version& version : services[service].versions) {
        if (endpoint < version.endpoints.size()) {
          visit_steps(version.endpoints[endpoint].steps, ask_of);
        }
      }
    }
    return asked;
  }

  template <typename Visit>
  static void visit_steps(const std::vector<Step>& steps, const Visit& visit) {
    for (const Step& step : steps) {
      if (step.kind == Step::Kind::kCall) {
        visit(step.call);
      }
      for (const std::vector<Step>& branch : step.branches) {
        visit_steps(branch, visit);
      }
    }
  }

  void report_unreached(const std::vector<std::uint8_t>& reached) {
    const auto count = std::count(reached.begin(), reached.end(), 0);
    if (count == 0) {
      return;
    }
    const auto first = std::find(reached.begin(), reached.end(), 0) - reached.begin();
    const Service& service = scenario_.mesh.services[static_cast<std::size_t>(first)];
    findings_.push_back({FindingSeverity::kNote, "ST1515",
                         "no load reaches " + quoted(service.name) +
                             (count > 1 ? " and " + std::to_string(count - 1) + " more" : ""),
                         "", service.mark});
  }

  const Scenario& scenario_;
  Instant end_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_scenario(const Scenario& scenario) {
  return ScenarioCheck(scenario).run();
}

}  // namespace shaketable::engine
