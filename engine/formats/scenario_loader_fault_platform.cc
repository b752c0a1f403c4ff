#include <charconv>
#include <optional>
#include <string>
#include <string_view>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"

// Faults of what the platform gives to services: rollouts, machines, memory, caches, links, names,
// certificates and clocks.
namespace shaketable::engine {
namespace {

constexpr Duration kNoticed = std::chrono::seconds(40);    ///< node-monitor-grace-period.
constexpr Duration kRestarted = std::chrono::seconds(10);  ///< The kubelet's first back-off.
constexpr std::uint64_t kMemory = std::uint64_t{512} << 20;
constexpr Bounds<Duration> kSome{Duration(1), kMaxReadDuration};

class PlatformFaultReader {
 public:
  PlatformFaultReader(ObjectReader& map, Fault& fault, ScenarioContext& context)
      : map_(map), fault_(fault), context_(context), diagnostics_(context.diagnostics) {}

  void read() {
    read_deploy(map_.get("deploy"));
    read_node(map_.get("node_loss"));
    read_leak(map_.get("leak"));
    read_flag("cache_flush", FaultKind::kCacheFlush);
    read_flag("dns_stale", FaultKind::kDnsStale);
    read_flag("cert_expire", FaultKind::kCertExpire);
    if (const Node* bandwidth = map_.get("bandwidth")) {
      fault_.kind = FaultKind::kBandwidth;
      assign(fault_.bytes, read_bandwidth(bandwidth, diagnostics_));
    }
    if (const Node* delay = map_.get("discovery_delay")) {
      fault_.kind = FaultKind::kDiscoveryDelay;
      assign(fault_.amount, read_duration(delay, diagnostics_, kSome));
    }
    read_clock(map_.get("clock_skew"));
    check_whole_services();
    check_certificates();
  }

 private:
  void read_flag(std::string_view key, FaultKind kind) {
    const Node* const node = map_.get(key);
    if (node == nullptr) {
      return;
    }
    fault_.kind = kind;
    if (!read_bool(node, diagnostics_).value_or(true)) {
      context_.names.error(*node, code::kBadFault, quoted(key) + " is `true`", "true, or no fault");
    }
  }

  void read_deploy(const Node* node) {
    if (node == nullptr) {
      return;
    }
    fault_.kind = FaultKind::kDeploy;
    check_one_version(map_.get("on"), "deployed", fault_.target, context_);
    if (!is_word(*node, "true")) {
      ObjectReader inner(node, spec::kFaultDeploy, diagnostics_);
      read_limit(inner.get("surge"), fault_.surge);
      read_limit(inner.get("unavailable"), fault_.unavailable);
      const Node* const to = inner.get("to");
      if (to != nullptr && fault_.target.service != kNone) {
        fault_.to = context_.names.version(fault_.target.service, *to);
      }
      inner.finish();
    }
    if (fault_.target.service == kNone) {
      return;
    }
    const Service& service = context_.names.mesh.services[fault_.target.service];
    const VersionIndex version = fault_.target.version == kNone ? 0 : fault_.target.version;
    const std::uint32_t replicas = service.versions[version].instances;
    const RolloutStep step = rollout_step(fault_, replicas);
    const std::uint64_t at_once = std::uint64_t{step.surge} + step.unavailable;
    const auto rounds = static_cast<std::int64_t>((replicas + at_once - 1) / at_once);
    fault_.amount = std::max(service.start_delay * rounds, Duration(1));
  }

  /// `25%` or `2`, as Kubernetes has it.
  void read_limit(const Node* node, RolloutLimit& limit) {
    if (node == nullptr) {
      return;
    }
    if (node->is_scalar() && node->text().ends_with('%')) {
      assign(limit.ppm, read_ppm(node, diagnostics_));
      limit.count = 0;
    } else if (const auto count = read_count(node, diagnostics_, 0, kMaxScaled)) {
      limit = {*count, 0};
    }
  }

  void read_node(const Node* node) {
    if (node == nullptr) {
      return;
    }
    fault_.kind = FaultKind::kNodeLoss;
    fault_.amount = kNoticed;
    if (!node->is_map()) {
      fault_.node = node_of(*node);
      return;
    }
    ObjectReader inner(node, spec::kFaultNode, diagnostics_);
    if (const Node* name = inner.get("node")) {
      fault_.node = node_of(*name);
    }
    assign(fault_.amount, read_duration(inner.get("noticed_after"), diagnostics_));
    inner.finish();
  }

  std::uint32_t node_of(const Node& node) {
    const std::uint32_t nodes = context_.names.mesh.nodes;
    if (nodes == 0) {
      context_.names.error(node, code::kBadTarget, "nobody said on which machines instances run",
                           "`nodes: 6` in the mesh, beside `zones`");
      return kNone;
    }
    constexpr std::string_view kPrefix = "node-";
    const std::string_view text = node.is_scalar() ? node.text() : std::string_view();
    std::uint32_t number = 0;
    if (text.starts_with(kPrefix)) {
      std::from_chars(text.data() + kPrefix.size(), text.data() + text.size(), number);
    }
    if (number == 0 || number > nodes || node_name(number - 1) != text) {
      context_.names.error(node, code::kBadTarget, quoted(text) + " is no node of the mesh",
                           nodes == 1 ? "node-1" : "one of node-1 to " + node_name(nodes - 1));
      return kNone;
    }
    return number - 1;
  }

  void read_leak(const Node* node) {
    const Node* const restart = map_.get("restart_after");
    if (node == nullptr) {
      return;
    }
    fault_.kind = FaultKind::kLeak;
    ObjectReader inner(node, spec::kFaultLeak, diagnostics_);
    const Node* const every = inner.get("every");
    const Node* const memory = inner.get("memory");
    const Node* const limit = inner.get("limit");
    inner.finish();
    assign(fault_.amount, read_duration(every, diagnostics_, kSome));
    if (const auto bytes = read_bytes(memory, diagnostics_, {1, std::int64_t{1} << 40})) {
      fault_.bytes = static_cast<std::uint64_t>(*bytes);
      fault_.limit_bytes = kMemory;
      fault_.restart_after = restart == nullptr ? kRestarted : fault_.restart_after;
    }
    if (const auto bytes = read_bytes(limit, diagnostics_, {1, std::int64_t{1} << 50})) {
      fault_.limit_bytes = static_cast<std::uint64_t>(*bytes);
    }
    if ((every == nullptr) == (memory == nullptr)) {
      context_.names.error(*node, code::kBadFault, "what leaks: slots or memory?",
                           "`{every: 5s}`, or `{memory: 64KiB, limit: 512MiB}`");
    } else if (every != nullptr && (limit != nullptr || restart != nullptr)) {
      context_.names.error(limit != nullptr ? *limit : *restart, code::kBadFault,
                           "nobody is killed for lost slots", "`memory` instead of `every`");
    } else if (every != nullptr) {
      check_slots(*every);
    }
  }

  /// Event loops, and CPUs that all requests share, have no number of places that could run out.
  void check_slots(const Node& node) {
    const FaultTarget& target = fault_.target;
    if (target.service == kNone) {
      return;
    }
    const Service& service = context_.names.mesh.services[target.service];
    for (VersionIndex v = 0; v < service.versions.size(); ++v) {
      const Runtime& runtime = service.versions[v].runtime;
      if ((target.version == kNone || target.version == v) && !has_slots(runtime)) {
        context_.names.error(node, code::kBadTarget,
                             quoted(service.name) + " has no slots to lose: " + runtime.name +
                                 " takes any number of requests",
                             "workers, or a `max_in_flight`; or a leak of `memory`");
        return;
      }
    }
  }

  void read_clock(const Node* node) {
    if (node == nullptr) {
      return;
    }
    fault_.kind = FaultKind::kClockSkew;
    if (!node->is_map()) {
      assign(fault_.amount, read_duration(node, diagnostics_, kSome));
      return;
    }
    ObjectReader inner(node, spec::kFaultClock, diagnostics_);
    const Node* const ahead = inner.get("ahead");
    const Node* const behind = inner.get("behind");
    inner.finish();
    assign(fault_.amount, read_duration(ahead, diagnostics_, kSome));
    if (const auto skew = read_duration(behind, diagnostics_, kSome)) {
      fault_.amount = -*skew;
    }
    if ((ahead == nullptr) == (behind == nullptr)) {
      context_.names.error(*node, code::kBadFault, "how wrong are the clocks?",
                           "`5m`, `{ahead: 5m}` or `{behind: 5m}`");
    }
  }

  /// Names and endpoints are those of whole services.
  void check_whole_services() {
    const bool of_names =
        fault_.kind == FaultKind::kDnsStale || fault_.kind == FaultKind::kDiscoveryDelay;
    const FaultTarget& target = fault_.target;
    const Node* const on = map_.get("on");
    if (!of_names || on == nullptr) {
      return;
    }
    if (target.version != kNone || target.instance != kNone || target.zone != kNone) {
      context_.names.error(*on, code::kBadTarget, "its address is that of a whole service",
                           "`on: service`");
    } else if (fault_.kind == FaultKind::kDnsStale && target.service != kNone &&
               !is_resolved(target.service)) {
      context_.names.error(
          *on, code::kBadTarget,
          "whoever calls " + quoted(context_.names.mesh.services[target.service].name) +
              " has a sidecar, and sidecars do not ask for names",
          "an entry service, a caller with `sidecar: false`; or `discovery_delay`");
    }
  }

  [[nodiscard]] bool is_resolved(ServiceIndex callee) const {
    const std::vector<Service>& services = context_.names.mesh.services;
    return services[callee].entry ||
           std::any_of(context_.edges.begin(), context_.edges.end(), [&](const auto& edge) {
             return edge.second == callee && !services[edge.first].sidecar;
           });
  }

  void check_certificates() {
    if ((fault_.kind == FaultKind::kCertExpire || fault_.kind == FaultKind::kClockSkew) &&
        !context_.names.mesh.network.tls) {
      const Node* const node =
          map_.get(fault_.kind == FaultKind::kCertExpire ? "cert_expire" : "clock_skew");
      context_.names.error(*node, code::kBadFault, "without mTLS nobody looks at certificates",
                           "`network: {tls: true}`, or no such fault");
    }
  }

  ObjectReader& map_;
  Fault& fault_;
  ScenarioContext& context_;
  Diagnostics& diagnostics_;
};

}  // namespace

void read_platform_fault(ObjectReader& map, Fault& fault, ScenarioContext& context) {
  PlatformFaultReader(map, fault, context).read();
}

void check_one_version(const Node* on, std::string_view what, const FaultTarget& target,
                       ScenarioContext& context) {
  if (on == nullptr || target.service == kNone) {
    if (on != nullptr && target.zone != kNone) {
      context.names.error(*on, code::kBadTarget, "a zone has no number of instances of its own",
                          "`on: service`");
    }
    return;
  }
  const Service& service = context.names.mesh.services[target.service];
  if (target.instance != kNone || target.endpoint != kNone || target.zone != kNone) {
    context.names.error(*on, code::kBadTarget,
                        "only a service or a version can be " + std::string(what),
                        "`on: " + service.name + "`");
  } else if (target.version == kNone && service.versions.size() > 1) {
    context.names.error(*on, code::kBadTarget,
                        quoted(service.name) + " has several versions: which is it?",
                        "`on: " + service.name + " " + service.versions.front().name + "`");
  }
}

}  // namespace shaketable::engine
