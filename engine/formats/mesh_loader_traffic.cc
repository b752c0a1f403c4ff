#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// `traffic:`: one entry for each destination, on top of the defaults, and refinements by caller.
namespace shaketable::engine {
namespace {

/// Entries by pair; a mesh may have as many as there are callers and callees.
class PolicyTable {
 public:
  PolicyTable(std::vector<DestinationPolicy>& policies, const Mesh& mesh)
      : policies_(policies), mesh_(mesh) {
    for (std::size_t i = 0; i < policies.size(); ++i) {
      places_.emplace(PolicyPair{policies[i].service, policies[i].from}, i);
    }
  }

  /// The entry of a pair; made from the destination's general entry, or from the defaults.
  DestinationPolicy& at(ServiceIndex service, ServiceIndex from) {
    if (const auto found = places_.find({service, from}); found != places_.end()) {
      return policies_[found->second];
    }
    DestinationPolicy entry;
    if (const auto general = places_.find({service, kNone}); general != places_.end()) {
      entry = policies_[general->second];
    } else {
      entry.policy = mesh_.default_policy;
      entry.default_route = mesh_.default_route;
    }
    entry.service = service;
    entry.from = from;
    places_.emplace(PolicyPair{service, from}, policies_.size());
    policies_.push_back(std::move(entry));
    return policies_.back();
  }

  [[nodiscard]] std::size_t size() const { return policies_.size(); }

 private:
  std::vector<DestinationPolicy>& policies_;
  const Mesh& mesh_;
  std::map<PolicyPair, std::size_t> places_;
};

/// Each version of a service that has several (or names them) is a subset.
void add_version_subsets(DestinationPolicy& entry, const Mesh& mesh) {
  for (const Version& version : mesh.services[entry.service].versions) {
    const auto same = [&](const Subset& subset) { return subset.name == version.name; };
    if (std::any_of(entry.subsets.begin(), entry.subsets.end(), same)) {
      continue;
    }
    Subset subset;
    subset.name = version.name;
    subset.mark = version.mark;
    for (const Label& label : version.labels) {
      if (label.key == "version") {
        subset.labels.push_back(label);
      }
    }
    entry.subsets.push_back(std::move(subset));
  }
}

void read_mtls(const Node* node, bool defaults, LoaderContext& context) {
  const auto word = read_enum(node, context.diagnostics, words::kMtls, "an mTLS mode");
  if (!word) {
    return;
  }
  const bool tls = *word == words::Mtls::kOn;
  if (defaults) {
    context.mesh.network.tls = tls;
  } else if (tls != context.mesh.network.tls) {
    context.warn(*node, code::kNotModelled,
                 "\"mtls\" of one destination is not modelled: it has no effect on this run");
  }
}

/// What `routes`, `split` and `mirror` of an entry make of its rules.
struct RuleParts {
  const Node* routes = nullptr;
  const Node* split = nullptr;
  const Node* mirror = nullptr;
};

/// Rules in their order, and at the end one for everything else. Settings of the entry reach the
/// rules of an earlier layer (an imported file, the mesh below a scenario) as well.
void build_rules(const RuleParts& parts, const Node& node, DestinationPolicy& entry,
                 LoaderContext& context) {
  if (parts.split == nullptr && parts.routes == nullptr && parts.mirror == nullptr) {
    return;
  }
  RouteRule last;
  if (!entry.rules.empty()) {
    last = entry.rules.back();
  } else {
    last.destinations = {{entry.service, "", 1}};
  }
  last.route = entry.default_route;
  last.mark = mark_of(parts.split != nullptr ? parts.split : &node);
  if (parts.split != nullptr) {
    last.destinations = read_split(parts.split, entry.service, context);
  }
  if (parts.mirror != nullptr) {
    last.mirrors = read_mirrors(parts.mirror, entry.service, context);
  }
  if (parts.routes != nullptr) {
    DestinationPolicy base = entry;
    base.rules = {last};
    entry.rules = read_routes(parts.routes, base, context);
  } else if (!entry.rules.empty()) {
    entry.rules.pop_back();
  }
  entry.rules.push_back(std::move(last));
}

/// An entry whose settings change, but whose rules stay: the rules take the new settings over.
void update_rules(const proxy::Route& before, DestinationPolicy& entry) {
  const proxy::Route& now = entry.default_route;
  for (RouteRule& rule : entry.rules) {
    if (now.timeout != before.timeout) {
      rule.route.timeout = now.timeout;
    }
    if (now.idle_timeout != before.idle_timeout) {
      rule.route.idle_timeout = now.idle_timeout;
    }
  }
}

class EntryReader {
 public:
  EntryReader(std::vector<DestinationPolicy>& policies, LoaderContext& context)
      : policies_(policies, context.mesh), context_(context) {}

  /// `node`: the entry; `callers`: from whom (kNone = everybody).
  void read(ServiceIndex service, ServiceIndex from, const Node& node, bool nested) {
    ObjectReader map(&node, spec::kDestination, context_.diagnostics);
    const Node* const from_node = map.get("from");
    const std::vector<ServiceIndex> callers = callers_of(from_node, from, nested);
    const Node* const retries = find(node, "retries");
    const Node* const fault = find(node, "fault");
    const std::size_t before_all = written_.size();
    for (const ServiceIndex caller : callers) {
      if (policies_.size() >= kMaxPolicies) {
        if (!std::exchange(too_many_, true)) {
          context_.error(node, code::kTooMany, "too many pairs of destination and caller",
                         "at most 100,000");
        }
        break;
      }
      DestinationPolicy& entry = policies_.at(service, caller);
      entry.mark = mark_of(&node);
      written_.emplace_back(service, caller);
      add_version_subsets(entry, context_.mesh);
      const proxy::Route before = entry.default_route;
      read_cluster_keys(map, entry.policy, context_);
      read_route_keys(map, entry.default_route, &entry.policy.circuit_breakers, context_);
      update_rules(before, entry);
      for (RouteRule& rule : entry.rules) {
        rule.route.retry = retries != nullptr ? entry.default_route.retry : rule.route.retry;
        rule.route.fault = fault != nullptr ? entry.default_route.fault : rule.route.fault;
      }
      read_mtls(map.get("mtls"), false, context_);
      const RuleParts parts{map.get("routes"), map.get("split"), map.get("mirror")};
      build_rules(parts, node, entry, context_);
    }
    if (written_.size() == before_all) {
      skip(map);
    }
    map.finish();
    if (from_node != nullptr && from_node->is_map() && !nested) {
      for (const MapEntry& item : from_node->entries()) {
        const ServiceIndex caller = context_.service(*item.key);
        if (caller != kNone) {
          read(service, caller, *item.value, true);
        }
      }
    }
  }

  [[nodiscard]] const std::vector<PolicyPair>& written() const { return written_; }

 private:
  static const Node* find(const Node& node, std::string_view key) {
    return node.is_map() ? node.find(key) : nullptr;
  }

  /// To whom the entry applies; empty after a mistake.
  std::vector<ServiceIndex> callers_of(const Node* node, ServiceIndex from, bool nested) {
    if (node == nullptr) {
      return {from};
    }
    if (nested) {
      context_.error(*node, code::kContradiction, "the caller is named already",
                     "no `from` within `from`");
      return {from};
    }
    if (node->is_map()) {
      return {kNone};
    }
    std::vector<ServiceIndex> callers;
    const auto add = [&](const Node& item) {
      if (const ServiceIndex caller = context_.service(item); caller != kNone) {
        callers.push_back(caller);
      }
    };
    if (node->is_scalar()) {
      add(*node);
    } else {
      for (const Node* item : read_sequence(node, context_.diagnostics, "a list of callers")) {
        add(*item);
      }
    }
    return callers;
  }

  /// Reads the entry into nothing, so that its mistakes are reported without a caller, too.
  void skip(ObjectReader& map) {
    ClusterPolicy policy;
    proxy::Route route;
    read_cluster_keys(map, policy, context_);
    read_route_keys(map, route, &policy.circuit_breakers, context_);
    for (const char* key : {"mtls", "routes", "split", "mirror"}) {
      map.get(key);
    }
  }

  PolicyTable policies_;
  LoaderContext& context_;
  std::vector<PolicyPair> written_;
  bool too_many_ = false;
};

}  // namespace

void read_traffic_defaults(const Node* node, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  Mesh& mesh = context.mesh;
  ObjectReader map(node, spec::kDestination, context.diagnostics);
  read_cluster_keys(map, mesh.default_policy, context);
  read_route_keys(map, mesh.default_route, &mesh.default_policy.circuit_breakers, context);
  read_mtls(map.get("mtls"), true, context);
  for (const char* key : {"routes", "split", "mirror", "from"}) {
    if (const Node* value = map.get(key)) {
      context.error(*value, code::kContradiction,
                    quoted(key) + " belongs to one destination, not to the defaults",
                    "an entry of `traffic` for a service");
    }
  }
  map.finish();
}

std::vector<PolicyPair> read_traffic(const Node* node, std::vector<DestinationPolicy>& policies,
                                     LoaderContext& context) {
  if (node == nullptr) {
    return {};
  }
  ObjectReader map(node, spec::kTraffic, context.diagnostics);
  map.get("defaults");
  // General entries first: those of single callers are built on them.
  EntryReader reader(policies, context);
  for (const bool single : {false, true}) {
    for (const MapEntry& item : map.others()) {
      const Node* from = item.value->is_map() ? item.value->find("from") : nullptr;
      if ((from != nullptr && !from->is_map()) != single) {
        continue;
      }
      if (const ServiceIndex service = context.service(*item.key); service != kNone) {
        reader.read(service, kNone, *item.value, false);
      }
    }
  }
  map.finish();
  return reader.written();
}

std::vector<NamedWeight> read_weights(const Node* node, std::string_view what,
                                      LoaderContext& context) {
  std::vector<NamedWeight> result;
  std::uint64_t sum = 0;
  std::size_t percents = 0;
  bool mistake = false;
  for (const MapEntry& item : read_entries(node, context.diagnostics, what)) {
    const bool percent = item.value->text().ends_with('%');
    const auto weight = percent ? read_ppm(item.value, context.diagnostics)
                                : read_count(item.value, context.diagnostics, 0, proxy::kUnlimited);
    if (!weight) {
      mistake = true;
      continue;
    }
    percents += percent ? 1 : 0;
    sum += *weight;
    result.push_back({item.key, *weight});
  }
  if (mistake || node == nullptr || !node->is_map()) {
    return result;
  }
  if (percents != 0 && percents != result.size()) {
    context.error(*node, code::kBadWeights, "percents and plain weights are mixed",
                  "all of one kind");
  } else if (sum == 0) {
    context.error(*node, code::kBadWeights, "all weights are zero: no request could go anywhere",
                  "at least one weight above zero");
  } else if (sum > proxy::kUnlimited) {
    context.error(*node, code::kBadWeights, "the sum of the weights is too large",
                  "at most 4294967295");
  }
  const auto whole = [](const NamedWeight& share) { return share.weight % 10'000 == 0; };
  if (percents != 0 && std::all_of(result.begin(), result.end(), whole)) {
    for (NamedWeight& share : result) {
      share.weight /= 10'000;
    }
  }
  return result;
}

std::vector<RouteDestination> read_split(const Node* node, ServiceIndex service,
                                         LoaderContext& context) {
  std::vector<RouteDestination> result;
  for (const NamedWeight& share : read_weights(node, "a map of versions", context)) {
    if (context.version(service, *share.name) != kNone) {
      result.push_back({service, std::string(share.name->text()), share.weight});
    }
  }
  return result;
}

}  // namespace shaketable::engine
