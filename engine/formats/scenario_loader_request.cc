#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/formats/scenario_loader_parts.h"

// Requests of the load: `GET /x` of the entry service that has it, or `gateway GET /x`.
namespace shaketable::engine {
namespace {

void report_unknown(const Node& node, ScenarioContext& context) {
  std::vector<std::string> known;
  if (!context.diagnostics.is_full()) {
    for (const auto& service : context.names.mesh.services) {
      if (service.entry) {
        known.insert(known.end(), service.endpoint_names.begin(), service.endpoint_names.end());
      }
    }
  }
  context.names.error(node, code::kUnknownEndpoint,
                      "no entry service has an endpoint " + quoted(node.text()),
                      known.empty() ? "" : "an endpoint such as " + quoted(known.front()),
                      nearest_of(node.text(), known, context.diagnostics));
}

/// Whether a request fits an endpoint whose path has places: `GET /products/{id}`. A place takes
/// one segment, `${...}` in the request fits places only.
bool fits(std::string_view pattern, std::string_view request) {
  bool has_place = false;
  while (!pattern.empty() || !request.empty()) {
    const std::size_t end = std::min(pattern.find('/'), pattern.size());
    const std::size_t other_end = std::min(request.find('/'), request.size());
    const std::string_view segment = pattern.substr(0, end);
    const bool is_place = segment.starts_with('{') && segment.ends_with('}');
    has_place = has_place || is_place;
    if ((is_place ? other_end == 0 : segment != request.substr(0, other_end)) ||
        (end < pattern.size()) != (other_end < request.size())) {
      return false;
    }
    pattern.remove_prefix(std::min(end + 1, pattern.size()));
    request.remove_prefix(std::min(other_end + 1, request.size()));
  }
  return has_place;
}

/// The endpoint of an entry service that the request fits, in order of the mesh.
std::optional<LoadRequest> find_pattern(std::string_view request, const ScenarioContext& context) {
  const std::vector<Service>& services = context.names.mesh.services;
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    const std::vector<std::string>& names = services[s].endpoint_names;
    for (EndpointIndex e = 0; services[s].entry && e < names.size(); ++e) {
      if (fits(names[e], request)) {
        return LoadRequest{s, e, {}, ""};
      }
    }
  }
  return std::nullopt;
}

/// The entry service that has the endpoint; reports and returns nothing when not exactly one has.
std::optional<LoadRequest> find_entry(const Node& node, ScenarioContext& context) {
  const auto found = context.entries.find(node.text());
  if (found == context.entries.end()) {
    if (auto pattern = find_pattern(node.text(), context)) {
      return pattern;
    }
    report_unknown(node, context);
    return std::nullopt;
  }
  const std::vector<ServiceIndex>& owners = found->second;
  const std::vector<Service>& services = context.names.mesh.services;
  if (owners.size() > 1) {
    context.names.error(node, code::kAmbiguous,
                        quoted(services[owners[0]].name) + " and " +
                            quoted(services[owners[1]].name) + " both have " + quoted(node.text()),
                        "the service's name before it");
    return std::nullopt;
  }
  return LoadRequest{owners[0], find_endpoint(services[owners[0]], node.text()), {}, ""};
}

}  // namespace

void collect_entries(ScenarioContext& context) {
  const std::vector<Service>& services = context.names.mesh.services;
  for (ServiceIndex i = 0; i < services.size(); ++i) {
    if (services[i].entry) {
      for (const std::string& name : services[i].endpoint_names) {
        context.entries[name].push_back(i);
      }
    }
  }
}

std::optional<LoadRequest> read_request(const Node* node, ScenarioContext& context) {
  if (node == nullptr || !read_name(node, context.diagnostics)) {
    return std::nullopt;
  }
  const std::string_view text = node->text();
  const std::size_t mark = text.find('?');
  const Node target = NodeEditor::part(*node, 0, std::min(mark, text.size()));
  std::size_t rest = 0;
  std::optional<LoadRequest> request;
  const ServiceIndex service = context.names.split_service(target.text(), rest);
  if (service == kNone) {
    request = find_entry(target, context);
  } else {
    const Service& owner = context.names.mesh.services[service];
    request = LoadRequest{service, kNone, {}, ""};
    if (rest != std::string_view::npos) {
      const Node name = NodeEditor::part(*node, rest, target.text().size() - rest);
      request->endpoint = context.names.endpoint(service, name);
    } else if (owner.endpoint_names.size() == 1) {
      request->endpoint = 0;
    } else {
      context.names.error(target, code::kAmbiguous, quoted(owner.name) + " has several endpoints",
                          quoted(owner.name + " METHOD /path"));
    }
    if (!owner.entry) {
      context.names.error(target, code::kNotAnEntry,
                          quoted(owner.name) + " is no entry: load cannot come in there",
                          "an entry service, or `entry: true` in " + quoted(owner.name));
    }
  }
  if (request && mark != std::string_view::npos) {
    request->query = std::string(text.substr(mark + 1));
  }
  return request;
}

}  // namespace shaketable::engine
