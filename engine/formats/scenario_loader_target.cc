#include <algorithm>
#include <charconv>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"

// What a fault hits and what an expectation looks at: texts that name parts of the mesh.
namespace shaketable::engine {
namespace {

std::uint32_t instances_of(const Service& service) {
  std::uint32_t total = 0;
  for (const Version& version : service.versions) {
    total += version.instances;
  }
  return total;
}

/// `catalog-2`: the service and the number from 0; kNone twice when the text is no instance.
std::pair<ServiceIndex, std::uint32_t> split_instance(std::string_view text,
                                                      const LoaderContext& names) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos || dash + 1 == text.size()) {
    return {kNone, kNone};
  }
  const std::string_view digits = text.substr(dash + 1);
  std::uint32_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  const ServiceIndex service = names.find(text.substr(0, dash));
  if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || service == kNone) {
    return {kNone, kNone};
  }
  return {service, number - 1};  // "-0" becomes kNone, which no service has.
}

bool check_instance(const Node& node, FaultTarget& target, LoaderContext& names) {
  const Service& service = names.mesh.services[target.service];
  if (target.instance < instances_of(service)) {
    return true;
  }
  if (instances_of(service) == 0) {
    return false;  // Reported with the service.
  }
  names.error(node, code::kBadTarget,
              quoted(service.name) + " has " + std::to_string(instances_of(service)) +
                  " instances, numbered from 1",
              quoted(service.name + "-1") + " to " +
                  quoted(service.name + "-" + std::to_string(instances_of(service))));
  return false;
}

std::optional<FaultTarget> read_target_map(const Node& node, ScenarioContext& context) {
  LoaderContext& names = context.names;
  FaultTarget target;
  ObjectReader map(&node, spec::kTarget, context.diagnostics);
  const Node* const service = map.get("service");
  const Node* const endpoint = map.get("endpoint");
  const Node* const version = map.get("version");
  const Node* const instance = map.get("instance");
  const Node* const zone = map.get("zone");
  map.finish();
  const std::size_t errors = context.diagnostics.error_count();
  if (service != nullptr) {
    target.service = names.service(*service);
  } else if (endpoint != nullptr || version != nullptr || instance != nullptr) {
    names.error(node, code::kBadTarget, "endpoint, version and instance are parts of a service",
                "`service` beside them");
  }
  if (target.service != kNone && endpoint != nullptr) {
    target.endpoint = names.endpoint(target.service, *endpoint);
  }
  if (target.service != kNone && version != nullptr) {
    target.version = names.version(target.service, *version);
  }
  if (zone != nullptr) {
    target.zone = names.zone(*zone);
  }
  const auto number = read_count(instance, context.diagnostics, 1, 1'000'000);
  if (number && target.service != kNone) {
    target.instance = *number - 1;
    check_instance(*instance, target, names);
  }
  if (node.entries().empty()) {
    names.error(node, code::kBadTarget, "the target is empty", "a service or a zone");
  }
  return context.diagnostics.error_count() == errors ? std::optional(target) : std::nullopt;
}

/// The rest behind a service's name: a version or an endpoint.
bool read_part(const Node& part, ServiceIndex service, VersionIndex& version,
               EndpointIndex& endpoint, LoaderContext& names) {
  const Service& owner = names.mesh.services[service];
  version = find_version(owner, part.text());
  if (version != kNone) {
    return true;
  }
  const bool looks_like_endpoint =
      part.text().find('/') != std::string_view::npos || find_endpoint(owner, part.text()) != kNone;
  if (!looks_like_endpoint) {
    names.version(service, part);  // Reports.
    return false;
  }
  endpoint = names.endpoint(service, part);
  return endpoint != kNone;
}

void unknown(const Node& node, const char* code, const char* what,
             std::vector<std::string> candidates, LoaderContext& names) {
  if (names.diagnostics.is_full()) {
    candidates.clear();
  } else {
    candidates.insert(candidates.begin(), names.service_names.begin(), names.service_names.end());
  }
  names.error(node, code, quoted(node.text()) + " is " + what, "",
              nearest_of(node.text(), candidates, names.diagnostics));
}

/// Nothing in the mesh is named so: report the nearest, or the part behind a service that is.
void report_unknown_target(const Node& node, LoaderContext& names) {
  unknown(node, code::kBadTarget, "no service, version, endpoint, instance or zone of the mesh",
          names.mesh.zones, names);
}

std::optional<Subject> read_edge(const EdgeText& edge, const Node& node, ScenarioContext& context) {
  Subject subject;
  subject.kind = Subject::Kind::kEdge;
  subject.text = std::string(node.text());
  subject.caller = context.names.service(*edge.caller);
  subject.service = context.names.service(*edge.callee);
  if (subject.caller == kNone || subject.service == kNone) {
    return std::nullopt;
  }
  if (!context.edges.contains({subject.caller, subject.service})) {
    context.names.error(node, code::kUnknownEdge,
                        quoted(edge.caller->text()) + " never calls " + quoted(edge.callee->text()),
                        "a caller and a service that it calls");
    return std::nullopt;
  }
  return subject;
}

/// A load, a load and its journey, or a journey whose name is unique.
bool find_journey(std::string_view text, const Scenario& scenario, Subject& subject) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < scenario.loads.size(); ++i) {
    const Load& load = scenario.loads[i];
    if (text == load.name) {
      subject.load = i;
      subject.journey = kNone;
      return true;
    }
    for (std::uint32_t j = 0; j < load.journeys.size(); ++j) {
      const std::string& name = load.journeys[j].name;
      const bool with_load = text.size() == load.name.size() + 1 + name.size() &&
                             text.starts_with(load.name) && text.ends_with(name);
      if (text == name || with_load) {
        subject.load = i;
        subject.journey = j;
        ++found;
      }
    }
  }
  return found == 1;
}

}  // namespace

Node trimmed(const Node& node, std::size_t offset, std::size_t length) {
  const std::string_view text = node.text().substr(offset, length);
  const std::size_t begin = std::min(text.find_first_not_of(' '), text.size());
  const std::size_t last = text.find_last_not_of(' ');
  const std::size_t end = last == std::string_view::npos ? begin : last + 1;
  return NodeEditor::part(node, offset + begin, end - begin);
}

EdgeText split_edge(const Node& node) {
  const std::size_t arrow = node.text().find("->");
  if (arrow == std::string_view::npos) {
    return {};
  }
  return {trimmed(node, 0, arrow), trimmed(node, arrow + 2, node.text().size())};
}

std::optional<FaultTarget> read_target(const Node* node, ScenarioContext& context) {
  if (node == nullptr) {
    return std::nullopt;
  }
  if (node->is_map()) {
    return read_target_map(*node, context);
  }
  if (!read_name(node, context.diagnostics)) {
    return std::nullopt;
  }
  LoaderContext& names = context.names;
  const std::string_view text = node->text();
  FaultTarget target;
  std::size_t rest = 0;
  target.service = names.split_service(text, rest);
  const ZoneIndex zone = find_zone(names.mesh, text);
  if (target.service != kNone && zone != kNone) {
    names.error(*node, code::kAmbiguous, quoted(text) + " is a service and a zone",
                "{service: ...} or {zone: ...}");
    return std::nullopt;
  }
  if (target.service != kNone) {
    const bool whole = rest == std::string_view::npos;
    const Node part = NodeEditor::part(*node, whole ? 0 : rest, text.size());
    if (whole || read_part(part, target.service, target.version, target.endpoint, names)) {
      return target;
    }
    return std::nullopt;
  }
  if (zone != kNone) {
    target.zone = zone;
    return target;
  }
  std::tie(target.service, target.instance) = split_instance(text, names);
  if (target.service != kNone) {
    return check_instance(*node, target, names) ? std::optional(target) : std::nullopt;
  }
  report_unknown_target(*node, names);
  return std::nullopt;
}

std::optional<Subject> read_subject(const Node* node, ScenarioContext& context) {
  if (node == nullptr || !read_name(node, context.diagnostics)) {
    return std::nullopt;
  }
  if (const EdgeText edge = split_edge(*node); edge.caller) {
    return read_edge(edge, *node, context);
  }
  LoaderContext& names = context.names;
  const std::string_view text = node->text();
  Subject subject;
  subject.text = std::string(text);
  std::size_t rest = 0;
  subject.service = names.split_service(text, rest);
  if (subject.service != kNone) {
    if (rest == std::string_view::npos) {
      return subject;
    }
    const Node part = NodeEditor::part(*node, rest, text.size() - rest);
    if (!read_part(part, subject.service, subject.version, subject.endpoint, names)) {
      return std::nullopt;
    }
    subject.kind = subject.version != kNone ? Subject::Kind::kVersion : Subject::Kind::kEndpoint;
    return subject;
  }
  if (find_journey(text, context.scenario, subject)) {
    subject.kind = Subject::Kind::kJourney;
    return subject;
  }
  std::vector<std::string> candidates;
  for (const Load& load : context.scenario.loads) {
    candidates.push_back(load.name);
    for (const Journey& journey : load.journeys) {
      candidates.push_back(journey.name);
    }
  }
  unknown(*node, code::kUnknownSubject,
          "no service, endpoint, version, edge, load or journey (or several journeys)",
          std::move(candidates), names);
  return std::nullopt;
}

void read_surge_target(const Node& node, Fault& surge, ScenarioContext& context) {
  Subject subject;
  if (find_journey(node.text(), context.scenario, subject)) {
    surge.load = subject.load;
    surge.journey = subject.journey;
    return;
  }
  std::vector<std::string> candidates;
  for (const Load& load : context.scenario.loads) {
    candidates.push_back(load.name);
    for (const Journey& journey : load.journeys) {
      candidates.push_back(journey.name);
    }
  }
  context.names.error(node, code::kUnknownLoad,
                      "no load and no single journey is named " + quoted(node.text()),
                      "an entry of `load`, or a journey of one: `buy`, `shoppers buy`",
                      nearest_of(node.text(), candidates, context.diagnostics));
}

std::uint32_t ScenarioContext::fault(const Node& node) {
  std::vector<std::string> candidates;
  for (std::uint32_t i = 0; i < scenario.faults.size(); ++i) {
    if (scenario.faults[i].name == node.text()) {
      return i;
    }
    candidates.push_back(scenario.faults[i].name);
  }
  names.error(node, code::kUnknownFault, "no fault is named " + quoted(node.text()), "",
              nearest_of(node.text(), candidates, diagnostics));
  return kNone;
}

namespace {

void add_callees(const std::vector<Step>& steps, std::set<ServiceIndex>& callees) {
  for (const Step& step : steps) {
    if (step.kind == Step::Kind::kCall) {
      callees.insert(step.call.service);
    }
    for (const std::vector<Step>& branch : step.branches) {
      add_callees(branch, callees);
    }
  }
}

}  // namespace

void collect_edges(ScenarioContext& context) {
  const Mesh& mesh = context.scenario.mesh;
  std::vector<std::vector<ServiceIndex>> led(mesh.services.size());
  for (const DestinationPolicy& policy : mesh.policies) {
    for (const RouteRule& rule : policy.rules) {
      for (const RouteDestination& to : rule.destinations) {
        if (to.service != kNone && to.service != policy.service) {
          led[policy.service].push_back(to.service);
        }
      }
    }
  }
  for (ServiceIndex caller = 0; caller < mesh.services.size(); ++caller) {
    std::set<ServiceIndex> callees;
    for (const Version& version : mesh.services[caller].versions) {
      for (const Endpoint& endpoint : version.endpoints) {
        add_callees(endpoint.steps, callees);
      }
    }
    for (const ServiceIndex callee : callees) {
      context.edges.emplace(caller, callee);
      for (const ServiceIndex further : led[callee]) {
        context.edges.emplace(caller, further);
      }
    }
  }
}

}  // namespace shaketable::engine
