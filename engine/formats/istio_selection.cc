#include "engine/formats/istio_selection.h"

#include <algorithm>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_hosts.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

constexpr std::string_view kMesh = "mesh";
constexpr std::size_t kAnyHostFit = 1;  // Of the host "*".

// Labels that Kubernetes' users put on all pods of a service, and on those of a version.
constexpr std::string_view kServiceLabels[] = {"app", "app.kubernetes.io/name", "k8s-app",
                                               "service.istio.io/canonical-name"};
constexpr std::string_view kVersionLabels[] = {"app.kubernetes.io/version",
                                               "service.istio.io/canonical-revision"};

template <std::size_t N>
bool contains(const std::string_view (&words)[N], std::string_view word) {
  return std::find(std::begin(words), std::end(words), word) != std::end(words);
}

std::string_view label_value(const Service& service, const Version& version, std::string_view key) {
  for (const Label& label : version.labels) {
    if (label.key == key) {
      return label.value;
    }
  }
  if (contains(kServiceLabels, key)) {
    return service.name;
  }
  return key == "version" || contains(kVersionLabels, key) ? std::string_view(version.name)
                                                           : std::string_view();
}

// `exportTo` of a rule as seen from another namespace; its own always sees it.
bool is_exported(const std::vector<std::string>& export_to, const std::string& rule_namespace,
                 const std::string& client_namespace) {
  if (export_to.empty()) {
    return true;
  }
  return std::any_of(export_to.begin(), export_to.end(), [&](const std::string& to) {
    return to == "*" || to == client_namespace || (to == "." && rule_namespace == client_namespace);
  });
}

bool is_for_mesh(const std::vector<std::string>& gateways) {
  return std::find(gateways.begin(), gateways.end(), kMesh) != gateways.end();
}

bool is_for_gateways(const std::vector<std::string>& gateways) {
  return std::any_of(gateways.begin(), gateways.end(),
                     [](const std::string& gateway) { return gateway != kMesh; });
}

std::string name_of(const ObjectMeta& meta) {
  return quoted(meta.kube_namespace + "/" + meta.name);
}

}  // namespace

void OnceDiagnostics::say(const SourceMark& mark, Severity severity, const char* code,
                          std::string message, std::string hint) {
  const std::string key = mark.file + ":" + std::to_string(mark.line) + ":" +
                          std::to_string(mark.column) + ":" + code + ":" + message;
  if (said_.insert(key).second) {
    diagnostics_.add({.severity = severity,
                      .code = code,
                      .file = mark.file,
                      .line = mark.line,
                      .column = mark.column,
                      .message = std::move(message),
                      .expected = {},
                      .hint = std::move(hint)});
  }
}

std::size_t best_fit(const VirtualService& rule, const Service& service) {
  std::size_t best = 0;
  for (const Host& host : rule.hosts) {
    best = std::max(best, host_fit(host.text, service));
  }
  return best;
}

bool routes_to(const VirtualService& rule, const Service& service) {
  for (const HttpRoute& route : rule.http) {
    for (const Destination& to : route.destinations) {
      if (host_fit(to.host, service) > 0) {
        return true;
      }
    }
  }
  return false;
}

bool takes_all(const proxy::RouteMatch& match) {
  using Kind = proxy::PathMatch::Kind;
  const proxy::PathMatch& path = match.path;
  const bool any_path = path.kind == Kind::kAny ||
                        (path.kind == Kind::kPrefix && path.text == "/") ||
                        (path.kind == Kind::kRegex && path.text == ".*");
  return any_path && match.headers.empty() && match.query.empty();
}

bool Selector::is_gateway(const Service& service) {
  return service.entry && !service.versions.empty() &&
         service.versions.front().runtime.name == "envoy";
}

const Selector::Candidates& Selector::candidates(ServiceIndex index) {
  std::optional<Candidates>& cached = candidates_[index];
  if (cached) {
    return *cached;
  }
  const Service& service = mesh_.services[index];
  cached.emplace();
  for (std::uint32_t i = 0; i < objects_.virtual_services.size(); ++i) {
    const VirtualService& rule = objects_.virtual_services[i];
    const std::size_t fit = best_fit(rule, service);
    const bool reaches = is_for_gateways(rule.gateways) && routes_to(rule, service);
    if (fit > 0 || reaches) {
      cached->virtual_services.push_back({i, fit, reaches});
    }
  }
  for (std::uint32_t i = 0; i < objects_.destination_rules.size(); ++i) {
    const std::size_t fit = host_fit(objects_.destination_rules[i].host.text, service);
    if (fit > 0) {
      cached->destination_rules.push_back({i, fit, false});
    }
  }
  return *cached;
}

bool Selector::is_concerned(ServiceIndex index) {
  const Candidates& found = candidates(index);
  return !found.destination_rules.empty() ||
         std::any_of(found.virtual_services.begin(), found.virtual_services.end(),
                     [&](const Candidate& candidate) {
                       // The host * is for gateways alone, and names no service.
                       return candidate.reaches || candidate.fit > kAnyHostFit;
                     });
}

Selection Selector::select(ServiceIndex service, ServiceIndex client) {
  Selection selection;
  if (is_gateway(mesh_.services[client])) {
    selection.rows = gateway_rows(service, client);
  }
  if (selection.rows.empty()) {
    selection.rows = sidecar_rows(service, client);
  }
  selection.destination_rules = destination_rules(service, client);
  return selection;
}

// On a gateway the routes of all VirtualServices for a host stand one after the other, oldest
// first, and those that take everything go to the end. The host that clients use at the gateway is
// not modelled: the table concerns a service when something in it names or reaches the service. The
// host * alone does not, or a rule for one service would cut off all others.
std::vector<RouteRow> Selector::gateway_rows(ServiceIndex service, ServiceIndex client) {
  std::vector<RouteRow> rows;
  bool is_concerned = false;
  for (const Candidate& candidate : candidates(service).virtual_services) {
    const VirtualService& rule = objects_.virtual_services[candidate.index];
    if (is_for_gateways(rule.gateways) && is_exported(rule.export_to, rule.meta.kube_namespace,
                                                      mesh_.services[client].kube_namespace)) {
      is_concerned = is_concerned || candidate.reaches || candidate.fit > kAnyHostFit;
      add_rows(candidate.index, service, client, true, rows);
    }
  }
  if (!is_concerned) {
    return {};
  }
  std::stable_partition(rows.begin(), rows.end(), [this](const RouteRow& row) {
    const HttpRoute& route = objects_.virtual_services[row.virtual_service].http[row.route];
    return row.match != kNone && !takes_all(route.matches[row.match].match);
  });
  return rows;
}

// In a sidecar a host belongs to one VirtualService: the one with the most specific host, then the
// oldest. The others do nothing for it.
std::vector<RouteRow> Selector::sidecar_rows(ServiceIndex service, ServiceIndex client) {
  std::uint32_t owner = kNone;
  std::size_t owner_fit = 0;
  for (const Candidate& candidate : candidates(service).virtual_services) {
    const VirtualService& rule = objects_.virtual_services[candidate.index];
    const std::size_t fit = candidate.fit;
    if (fit == 0 || !is_for_mesh(rule.gateways) ||
        !is_exported(rule.export_to, rule.meta.kube_namespace,
                     mesh_.services[client].kube_namespace)) {
      continue;
    }
    if (fit > owner_fit) {
      owner = candidate.index;
      owner_fit = fit;
    } else if (fit == owner_fit) {
      const ObjectMeta& winner = objects_.virtual_services[owner].meta;
      remarks_.say(rule.meta.mark, Severity::kWarning, code::kIstioHostTaken,
                   "VirtualService " + name_of(rule.meta) + " has no effect on " +
                       quoted(mesh_.services[service].name) + ": " + name_of(winner) + " at " +
                       winner.mark.file + ":" + std::to_string(winner.mark.line) +
                       (winner.created.empty() ? " comes first" : " is older") +
                       " and owns the host");
    }
  }
  std::vector<RouteRow> rows;
  if (owner != kNone) {
    add_rows(owner, service, client, false, rows);
  }
  return rows;
}

void Selector::add_rows(std::uint32_t index, ServiceIndex service, ServiceIndex client,
                        bool at_gateway, std::vector<RouteRow>& rows) {
  const VirtualService& rule = objects_.virtual_services[index];
  for (std::uint32_t r = 0; r < rule.http.size(); ++r) {
    const HttpRoute& route = rule.http[r];
    if (route.matches.empty()) {
      rows.push_back({index, r, kNone});
      return;
    }
    for (std::uint32_t m = 0; m < route.matches.size(); ++m) {
      const Match& match = route.matches[m];
      if (!applies(match, service, client, at_gateway)) {
        continue;
      }
      rows.push_back({index, r, m});
      if (takes_all(match.match)) {
        return;
      }
    }
  }
}

bool Selector::applies(const Match& match, ServiceIndex service, ServiceIndex client,
                       bool at_gateway) {
  if (match.never ||
      (match.port != 0 && !is_called_port(match.port, mesh_.services[service], match.mark))) {
    return false;
  }
  if (!match.gateways.empty()) {
    return at_gateway ? is_for_gateways(match.gateways) : is_for_mesh(match.gateways);
  }
  const Service& caller = mesh_.services[client];
  if (!match.source_namespace.empty() && match.source_namespace != caller.kube_namespace) {
    return false;
  }
  return labels_match(match.source_labels, caller, match.mark, "sourceLabels");
}

bool Selector::labels_match(const std::vector<Label>& labels, const Service& client,
                            const SourceMark& mark, const char* what) {
  std::size_t matching = 0;
  for (const Version& version : client.versions) {
    matching += std::all_of(labels.begin(), labels.end(), [&](const Label& label) {
      return label_value(client, version, label.key) == label.value;
    });
  }
  if (matching > 0 && matching < client.versions.size()) {
    remarks_.say(mark, Severity::kWarning, code::kIstioSourceLabels,
                 std::string(what) + " match only some versions of " + quoted(client.name) +
                     ": policies of callers are not modelled by version, so this is left out for "
                     "all of them");
  }
  return matching == client.versions.size();
}

bool Selector::is_called_port(std::uint32_t port, const Service& service, const SourceMark& mark) {
  if (service.ports.empty() || service.ports.front() == port) {
    return true;  // Without ports any number is the service's own.
  }
  const bool is_other =
      std::find(service.ports.begin(), service.ports.end(), port) != service.ports.end();
  remarks_.say(mark, Severity::kWarning, code::kIstioUnknownPort,
               "this match on port " + std::to_string(port) + " is left out: calls to " +
                   quoted(service.name) + " go to its " + (is_other ? "first port " : "port ") +
                   std::to_string(service.ports.front()));
  return false;
}

std::vector<std::uint32_t> Selector::destination_rules(ServiceIndex service, ServiceIndex client) {
  const std::string& own = mesh_.services[client].kube_namespace;
  const std::string& theirs = mesh_.services[service].kube_namespace;
  std::vector<std::uint32_t> rules;
  if (own != options_.root_namespace) {
    rules = rules_in(own, service, client, false);
  }
  if (rules.empty() && theirs != own) {
    rules = rules_in(theirs, service, client, true);
  }
  return rules.empty() ? rules_in(options_.root_namespace, service, client, true) : rules;
}

// The rules of one namespace with the most specific host that fits. Rules with a workload selector
// stand apart from the others and win for the callers that they select.
std::vector<std::uint32_t> Selector::rules_in(const std::string& kube_namespace,
                                              ServiceIndex service, ServiceIndex client,
                                              bool only_exported) {
  std::vector<std::uint32_t> rules;
  std::size_t best = 0;
  bool best_selects = false;
  for (const Candidate& candidate : candidates(service).destination_rules) {
    const DestinationRule& rule = objects_.destination_rules[candidate.index];
    const Service& caller = mesh_.services[client];
    const std::size_t fit = candidate.fit;
    const bool selects = !rule.workload_selector.empty();
    if (rule.meta.kube_namespace != kube_namespace ||
        (only_exported &&
         !is_exported(rule.export_to, rule.meta.kube_namespace, caller.kube_namespace)) ||
        (selects && !labels_match(rule.workload_selector, caller, rule.meta.mark,
                                  "workloadSelector.matchLabels"))) {
      continue;
    }
    if (std::pair(selects, fit) > std::pair(best_selects, best)) {
      rules.clear();
      best = fit;
      best_selects = selects;
    }
    if (std::pair(selects, fit) == std::pair(best_selects, best)) {
      rules.push_back(candidate.index);
    }
  }
  return rules;
}

}  // namespace shaketable::engine::istio
