#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_endpoint.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

// `services:`. First all names, because calls go both ways through the file; then the contents.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kMaxOfVersion = 100'000;

/// Labels of a map on top of `labels`.
void read_labels(const Node* node, std::vector<Label>& labels, LoaderContext& context) {
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of labels")) {
    const auto value = read_string(entry.value, context.diagnostics, 253);
    if (!read_name(entry.key, context.diagnostics) || !value) {
      continue;
    }
    const auto same = [&](const Label& label) { return label.key == entry.key->text(); };
    const auto found = std::find_if(labels.begin(), labels.end(), same);
    if (found != labels.end()) {
      found->value = *value;
    } else if (labels.size() == kMaxLabels) {
      context.error(*entry.key, code::kTooMany, "too many labels", "at most 64");
      return;
    } else {
      labels.push_back({std::string(entry.key->text()), *value});
    }
  }
}

class ServiceReader {
 public:
  ServiceReader(ServiceIndex index, LoaderContext& context)
      : context_(context), service_(context.mesh.services[index]) {}

  void read(const MapEntry& entry) {
    Diagnostics& diagnostics = context_.diagnostics;
    ObjectReader map(entry.value, spec::kService, diagnostics);
    [[maybe_unused]] const auto about = read_string(map.get("about"), diagnostics);
    assign(service_.entry, read_bool(map.get("entry"), diagnostics));
    assign(instances_, read_count(map.get("instances"), diagnostics, 1, kMaxOfVersion));
    read_runtime(map.get("runtime"), runtime_, context_);
    read_sidecar(map.get("sidecar"));
    cache_ = read_cache(map.get("cache"), context_);
    assign(service_.kube_namespace, read_name(map.get("namespace"), diagnostics));
    labels_.push_back({"app", service_.name});
    read_labels(map.get("labels"), labels_, context_);
    read_ports(map.get("ports"));
    read_endpoints(map.get("endpoints"));
    read_versions(map.get("versions"));
    read_autoscale(map.get("autoscale"));
    assign(service_.start_delay, read_duration(map.get("start_delay"), diagnostics));
    assign(service_.termination_grace_period,
           read_duration(map.get("termination_grace_period"), diagnostics));
    map.finish();
  }

 private:
  void read_autoscale(const Node* node) {
    if (node == nullptr) {
      return;
    }
    if (service_.versions.size() > 1) {
      context_.error(*node, code::kContradiction,
                     "an autoscaler is of one version, this service has " +
                         std::to_string(service_.versions.size()),
                     "no `versions`, or no `autoscale`");
    }
    Diagnostics& diagnostics = context_.diagnostics;
    ObjectReader map(node, spec::kAutoscale, diagnostics);
    Autoscale settings{.min = instances_, .max = instances_};
    const Node* const max = map.get("max");
    assign(settings.min, read_count(map.get("min"), diagnostics, 1, kMaxScaled));
    assign(settings.max, read_count(max, diagnostics, 1, kMaxScaled));
    const Node* const target = map.get("target");
    assign(settings.target_ppm, read_ppm(target, diagnostics));
    if (settings.target_ppm == 0) {
      context_.error(*target, code::kOutOfRange, "no instance is ever as idle as that",
                     "a share above 0 %");
    }
    // What it remembers is a few thousand moments at most.
    constexpr Bounds<Duration> kPeriod{std::chrono::seconds(1), std::chrono::hours(1)};
    constexpr Bounds<Duration> kStabilization{Duration::zero(), std::chrono::hours(1)};
    assign(settings.interval, read_duration(map.get("interval"), diagnostics, kPeriod));
    assign(settings.tolerance_ppm, read_ppm(map.get("tolerance"), diagnostics));
    assign(settings.scale_up_stabilization,
           read_duration(map.get("scale_up_stabilization"), diagnostics, kStabilization));
    assign(settings.scale_down_stabilization,
           read_duration(map.get("scale_down_stabilization"), diagnostics, kStabilization));
    map.finish();
    if (max != nullptr && settings.max < settings.min) {
      context_.error(*max, code::kContradiction,
                     "`max` is less than `min`, which is " + std::to_string(settings.min),
                     "at least " + std::to_string(settings.min));
    }
    service_.autoscale = settings;
  }

  void read_sidecar(const Node* node) {
    if (node == nullptr || !node->is_map()) {
      assign(service_.sidecar, read_bool(node, context_.diagnostics));
      return;
    }
    ObjectReader map(node, spec::kSidecar, context_.diagnostics);
    SidecarCost& cost = service_.sidecar_cost;
    assign(cost.cpu_per_request, read_duration(map.get("cpu_per_request"), context_.diagnostics));
    assign(cost.latency, read_duration(map.get("latency"), context_.diagnostics));
    assign(cost.cpus, read_count(map.get("cpus"), context_.diagnostics, 1, 4'096));
    map.finish();
  }

  void read_ports(const Node* node) {
    for (const Node* item : read_sequence(node, context_.diagnostics, "a list of ports")) {
      if (const auto port = read_count(item, context_.diagnostics, 1, 65'535)) {
        service_.ports.push_back(static_cast<std::uint16_t>(*port));
      }
    }
  }

  /// The names are in the service already, in the same order.
  void read_endpoints(const Node* node) {
    for (const MapEntry& entry : read_entries(node, context_.diagnostics, "a map of endpoints")) {
      if (find_endpoint(service_, entry.key->text()) == parts_.size()) {
        parts_.push_back(read_endpoint(*entry.value, context_));
        names_.push_back(read_endpoint_name(*entry.key, context_).value_or(EndpointName{}));
      }
    }
    if (node != nullptr && node->is_map() && node->entries().empty()) {
      context_.error(*node, code::kMissingKey, quoted(service_.name) + " has no endpoint",
                     "at least one, such as GET /");
    }
  }

  void read_versions(const Node* node) {
    if (node == nullptr) {
      add_version("v1", nullptr, service_.mark);
      return;
    }
    for (const MapEntry& entry : read_entries(node, context_.diagnostics, "a map of versions")) {
      if (service_.versions.size() == kMaxVersions) {
        context_.error(*entry.key, code::kTooMany, "a service has too many versions", "at most 64");
        break;
      }
      if (const auto name = read_name(entry.key, context_.diagnostics)) {
        add_version(*name, entry.value, mark_of(entry.key));
      }
    }
    if (node->is_map() && node->entries().empty()) {
      context_.error(*node, code::kMissingKey, quoted(service_.name) + " has no version",
                     "at least one, or no `versions`");
    }
  }

  void add_version(const std::string& name, const Node* node, SourceMark mark) {
    Version version;
    version.name = name;
    version.instances = instances_;
    version.runtime = runtime_;
    version.labels.push_back({"version", name});
    version.mark = std::move(mark);
    for (const Label& label : labels_) {
      if (label.key != "version") {  // Only a version itself may say what its label is.
        version.labels.push_back(label);
      }
    }
    std::vector<EndpointParts> parts = parts_;
    if (node != nullptr && !node->is_null()) {  // `v2:` alone is a version like the others.
      ObjectReader map(node, spec::kVersion, context_.diagnostics);
      assign(version.instances,
             read_count(map.get("instances"), context_.diagnostics, 0, kMaxOfVersion));
      read_runtime(map.get("runtime"), version.runtime, context_);
      read_labels(map.get("labels"), version.labels, context_);
      read_overrides(map.get("endpoints"), parts);
      map.finish();
    }
    for (std::size_t i = 0; i < parts.size() && counts(parts[i], node); ++i) {
      version.endpoints.push_back(
          build_endpoint(service_.endpoint_names[i], names_[i], parts[i], cache_));
    }
    service_.versions.push_back(std::move(version));
  }

  /// Adds the steps of an endpoint to those of the mesh; false when there are too many.
  bool counts(const EndpointParts& parts, const Node* node) {
    const std::size_t before = context_.steps;
    context_.steps += 2 + (parts.calls ? count_steps(*parts.calls) : 0);
    if (before <= kMaxSteps && context_.steps > kMaxSteps && node != nullptr) {
      context_.error(*node, code::kTooMany, "the endpoints of all versions have too many steps",
                     "at most 2,000,000");
    }
    return context_.steps <= kMaxSteps || node == nullptr;
  }

  static std::size_t count_steps(const std::vector<Step>& steps) {
    std::size_t count = steps.size();
    for (const Step& step : steps) {
      for (const std::vector<Step>& branch : step.branches) {
        count += count_steps(branch);
      }
    }
    return count;
  }

  void read_overrides(const Node* node, std::vector<EndpointParts>& parts) {
    const auto self = static_cast<ServiceIndex>(&service_ - context_.mesh.services.data());
    for (const MapEntry& entry : read_entries(node, context_.diagnostics, "a map of endpoints")) {
      const EndpointIndex index = context_.endpoint(self, *entry.key);
      EndpointParts over = read_endpoint(*entry.value, context_);
      if (index < parts.size()) {
        overlay(parts[index], std::move(over));
      }
    }
  }

  LoaderContext& context_;
  Service& service_;
  std::uint32_t instances_ = 1;
  Runtime runtime_;
  std::optional<CacheParts> cache_;
  std::vector<Label> labels_;
  std::vector<EndpointParts> parts_;  ///< Parallel to the service's endpoint_names.
  std::vector<EndpointName> names_;
};

/// The names of a service and its endpoints, so that calls find them wherever they stand.
void read_names(const MapEntry& entry, LoaderContext& context) {
  Service service;
  service.name = std::string(entry.key->text());
  service.mark = mark_of(entry.key);
  const Node* endpoints = entry.value->is_map() ? entry.value->find("endpoints") : nullptr;
  if (endpoints != nullptr && endpoints->is_map()) {
    for (const MapEntry& endpoint : endpoints->entries()) {
      if (service.endpoint_names.size() == kMaxEndpoints) {
        context.error(*endpoint.key, code::kTooMany, "a service has too many endpoints",
                      "at most 1,000");
        break;
      }
      if (read_endpoint_name(*endpoint.key, context)) {
        service.endpoint_names.emplace_back(endpoint.key->text());
      }
    }
  }
  context.service_names.push_back(service.name);
  context.services.emplace(context.service_names.back(),
                           static_cast<ServiceIndex>(context.mesh.services.size()));
  context.mesh.services.push_back(std::move(service));
}

bool is_usable_name(const Node& key, LoaderContext& context) {
  if (!read_name(&key, context.diagnostics)) {
    return false;
  }
  if (find_key(spec::kStep, key.text()) != nullptr || key.text() == "defaults") {
    context.error(key, code::kReservedName, quoted(key.text()) + " means something else in a mesh",
                  "another name");
    return false;
  }
  if (key.text().find("->") != std::string_view::npos) {
    context.error(key, code::kReservedName, "\"->\" separates caller and callee",
                  "a name without it");
    return false;
  }
  return true;
}

void check_totals(const Node& node, LoaderContext& context) {
  std::size_t total = 0;
  bool entry = false;
  for (const Service& service : context.mesh.services) {
    std::size_t of_service = 0;
    for (const Version& version : service.versions) {
      of_service += version.instances;
    }
    if (of_service == 0 && !service.versions.empty()) {
      context.diagnostics.add({.code = code::kOutOfRange,
                               .file = service.mark.file,
                               .line = service.mark.line,
                               .column = service.mark.column,
                               .message = quoted(service.name) + " has no instance at all",
                               .expected = "at least one in one of its versions"});
    }
    total += std::max<std::size_t>(of_service, service.autoscale ? service.autoscale->max : 0);
    entry = entry || service.entry;
  }
  if (total > kMaxInstances) {
    context.error(node, code::kTooMany, "the mesh has " + std::to_string(total) + " instances",
                  "at most 200,000");
  }
  if (!entry && !context.mesh.services.empty()) {
    context.error(node, code::kNoEntry, "no service is an entry, so that load could come in",
                  "`entry: true` in one service");
  }
}

}  // namespace

void read_services(const Node* node, LoaderContext& context) {
  const auto entries = read_entries(node, context.diagnostics, "a map of services");
  if (node == nullptr || !node->is_map()) {
    return;
  }
  if (entries.empty() || entries.size() > kMaxServices) {
    context.error(*node, entries.empty() ? code::kNoService : code::kTooMany,
                  "the mesh has " + std::to_string(entries.size()) + " services", "1 to 20,000");
    return;
  }
  // Views into the names are the keys of the look-up: the vector must not move.
  context.service_names.reserve(entries.size());
  context.mesh.services.reserve(entries.size());
  std::vector<MapEntry> usable;
  for (const MapEntry& entry : entries) {
    if (is_usable_name(*entry.key, context)) {
      read_names(entry, context);
      usable.push_back(entry);
    }
  }
  for (std::size_t i = 0; i < usable.size(); ++i) {
    ServiceReader(static_cast<ServiceIndex>(i), context).read(usable[i]);
  }
  check_totals(*node, context);
  check_call_cycles(context);
}

}  // namespace shaketable::engine
