#include "engine/formats/scenario_loader_push.h"

#include <algorithm>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/istio_import.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_override.h"
#include "engine/formats/schema_reader.h"

namespace shaketable::engine {
namespace {

constexpr LoadOptions kSeveral = {.several_documents = true, .limits = {}};

const Node* defaults_of(const Node* traffic) {
  return traffic != nullptr && traffic->is_map() ? traffic->find("defaults") : nullptr;
}

/// What of a mesh its policies are made of; puts it back at the end.
class KeptPolicies {
 public:
  explicit KeptPolicies(Mesh& mesh)
      : mesh_(mesh),
        policies_(std::move(mesh.policies)),
        policy_(mesh.default_policy),
        route_(mesh.default_route),
        tls_(mesh.network.tls) {}
  ~KeptPolicies() {
    mesh_.policies = std::move(policies_);
    mesh_.default_policy = policy_;
    mesh_.default_route = route_;
    mesh_.network.tls = tls_;
  }
  KeptPolicies(const KeptPolicies&) = delete;
  KeptPolicies& operator=(const KeptPolicies&) = delete;

  [[nodiscard]] bool tls() const { return tls_; }

 private:
  Mesh& mesh_;
  std::vector<DestinationPolicy> policies_;
  ClusterPolicy policy_;
  proxy::Route route_;
  bool tls_;
};

}  // namespace

void PushReader::read(const Node& node, Fault& fault) {
  ObjectReader map(&node, spec::kConfigPush, context_.diagnostics);
  Keys keys{.traffic = map.get("traffic"), .policies = map.get("policies")};
  keys.defaults = defaults_of(keys.traffic);
  assign(fault.time, read_time(map.get("delay"), context_.names));
  map.finish();
  if (!map.ok()) {
    return;
  }
  if (keys.traffic == nullptr && keys.policies == nullptr) {
    context_.names.error(node, code::kBadFault, "this push changes nothing",
                         "`traffic`, `policies`, or both");
  } else if (keys.defaults == nullptr && keys.policies == nullptr) {
    read_entries_only(*keys.traffic, fault);
  } else {
    read_layer(node, keys, fault);
  }
  pushed_policies_ += fault.policies.size();
  if (pushed_policies_ > kMaxPushedPolicies) {
    context_.names.error(node, code::kTooMany,
                         "the pushes make too many pairs of destination and caller",
                         "at most 200,000 in all");
    fault.policies.clear();
  }
}

void PushReader::read_entries_only(const Node& traffic, Fault& fault) {
  std::vector<DestinationPolicy> all = mesh_.policies;
  const std::vector<PolicyPair> pairs = read_traffic(&traffic, all, context_.names);
  const std::set<PolicyPair> written(pairs.begin(), pairs.end());
  for (DestinationPolicy& policy : all) {
    if (written.contains({policy.service, policy.from})) {
      fault.policies.push_back(std::move(policy));
    }
  }
}

void PushReader::read_layer(const Node& node, const Keys& keys, Fault& fault) {
  if (whole_.size() == kMaxWholePushes) {
    context_.names.error(node, code::kTooMany, "too many pushes with `defaults` or `policies`",
                         "at most 1,000");
    return;
  }
  Whole whole{.fault = context_.scenario.faults.size(), .services = {}};
  build(keys, whole, fault);
  whole_.push_back(std::move(whole));
}

void PushReader::build(const Keys& keys, Whole& whole, Fault& fault) {
  const KeptPolicies kept(mesh_);
  const Mesh fresh = default_mesh();
  mesh_.policies.clear();
  mesh_.default_policy = fresh.default_policy;
  mesh_.default_route = fresh.default_route;
  const std::vector<PolicyLayer>& layers = context_.names.layers;
  for (const PolicyLayer& layer : layers) {
    read_traffic_defaults(defaults_of(layer.traffic), below());
  }
  mesh_.network.tls = kept.tls();  // The layers' `mtls` may lose to `network.tls`.
  if (keys.defaults != nullptr) {
    read_defaults(*keys.defaults);
  }
  IstioPush push = read_istio_push(standing_documents(), pushed_documents(keys.policies), mesh_,
                                   context_.diagnostics);
  mesh_.policies = std::move(push.policies);
  for (const PolicyLayer& layer : layers) {
    read_traffic(layer.traffic, mesh_.policies, below());
  }
  const std::vector<PolicyPair> pairs = read_traffic(keys.traffic, mesh_.policies, context_.names);
  const std::set<PolicyPair> written(pairs.begin(), pairs.end());
  whole.services.insert(push.concerned.begin(), push.concerned.end());
  for (DestinationPolicy& policy : mesh_.policies) {
    if (keys.defaults != nullptr || whole.services.contains(policy.service) ||
        written.contains({policy.service, policy.from})) {
      fault.policies.push_back(std::move(policy));
    }
  }
  if (keys.defaults != nullptr) {
    add_defaults_of_the_rest(fault);
    for (ServiceIndex service = 0; service < mesh_.services.size(); ++service) {
      whole.services.insert(service);
    }
  }
}

/// `mtls` alone belongs to the network, whose connections are opened in one way for the whole run.
void PushReader::read_defaults(const Node& defaults) {
  const bool tls = mesh_.network.tls;
  read_traffic_defaults(&defaults, context_.names);
  if (mesh_.network.tls != tls) {
    mesh_.network.tls = tls;
    context_.names.error(*defaults.find("mtls"), code::kBadFault,
                         "a push cannot switch mTLS: all connections of a run are opened alike",
                         "`mtls` in the `defaults` of the mesh, or `network.tls`");
  }
}

/// Destinations without an entry follow the defaults; in a push they need one to have new ones.
void PushReader::add_defaults_of_the_rest(Fault& fault) const {
  std::set<ServiceIndex> known;
  for (const DestinationPolicy& policy : fault.policies) {
    if (policy.from == kNone) {
      known.insert(policy.service);
    }
  }
  for (ServiceIndex service = 0; service < mesh_.services.size(); ++service) {
    if (!known.contains(service)) {
      DestinationPolicy policy;
      policy.service = service;
      policy.policy = mesh_.default_policy;
      policy.default_route = mesh_.default_route;
      policy.mark = fault.mark;
      fault.policies.push_back(std::move(policy));
    }
  }
}

std::vector<Document> PushReader::pushed_documents(const Node* policies) {
  std::vector<Document> documents;
  for (const Node* item : read_sequence(policies, context_.diagnostics, "a list of files")) {
    const auto path = read_name(item, context_.diagnostics);
    if (!path) {
      continue;
    }
    const std::string folder =
        is_argument(item->file()) ? context_.names.folder : folder_of(item->file());
    const std::string file = in_folder(folder, *path);
    auto known = pushed_.find(file);
    if (known == pushed_.end()) {
      known = pushed_.emplace(file, load_documents(file, context_.diagnostics, kSeveral)).first;
    }
    if (!known->second) {
      context_.names.error(*item, code::kBadFault,
                           "the policies of " + quoted(*path, 200) + " cannot be used",
                           "a file of Istio objects, its path relative to this file");
      continue;
    }
    documents.insert(documents.end(), known->second->begin(), known->second->end());
  }
  return documents;
}

/// The Istio files of the mesh and of the scenario, from the texts that were read of them.
const std::vector<Document>& PushReader::standing_documents() {
  if (standing_) {
    return *standing_;
  }
  standing_.emplace();
  for (const PolicyLayer& layer : context_.names.layers) {
    for (const std::string& file : policy_files(layer, below())) {
      const std::string* const text = context_.diagnostics.source(file);
      const auto documents =
          text == nullptr ? std::nullopt : parse_documents(file, *text, silent_, kSeveral);
      if (documents) {
        standing_->insert(standing_->end(), documents->begin(), documents->end());
      }
    }
  }
  return *standing_;
}

LoaderContext& PushReader::below() {
  if (!below_) {
    below_.emplace(LoaderContext{silent_, mesh_});
    below_->services = context_.names.services;
    below_->service_names = context_.names.service_names;
    below_->folder = context_.names.folder;
  }
  return *below_;
}

void PushReader::finish() {
  if (whole_.empty()) {
    return;
  }
  std::map<ServiceIndex, std::set<ServiceIndex>> callers;
  const auto collect = [&](const std::vector<DestinationPolicy>& policies) {
    for (const DestinationPolicy& policy : policies) {
      if (policy.from != kNone) {
        callers[policy.service].insert(policy.from);
      }
    }
  };
  collect(mesh_.policies);
  std::vector<Fault>& faults = context_.scenario.faults;
  for (const Fault& fault : faults) {
    collect(fault.policies);
  }
  for (const Whole& whole : whole_) {
    std::vector<DestinationPolicy>& policies = faults[whole.fault].policies;
    std::map<PolicyPair, std::size_t> places;
    for (std::size_t i = 0; i < policies.size(); ++i) {
      places.emplace(PolicyPair{policies[i].service, policies[i].from}, i);
    }
    for (const auto& [service, froms] : callers) {
      const auto general = places.find({service, kNone});
      if (!whole.services.contains(service) || general == places.end()) {
        continue;
      }
      for (const ServiceIndex from : froms) {
        if (!places.contains({service, from}) && ++pushed_policies_ <= kMaxPushedPolicies) {
          DestinationPolicy policy = policies[general->second];
          policy.from = from;
          policies.push_back(std::move(policy));
        }
      }
    }
  }
}

}  // namespace shaketable::engine
