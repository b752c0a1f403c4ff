#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/scenario_loader_push.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"
#include "loadgen/core/grpc_status.h"
#include "proxy/base/grpc_status.h"

// `faults:`. Each is of exactly one kind.
namespace shaketable::engine {
namespace {

/// Keys that are kinds, in the words of the file.
constexpr std::string_view kKinds[] = {
    "delay", "abort", "reset", "blackhole",   "partition", "kill", "pause",
    "slow",  "loss",  "load",  "config_push", "zone_loss", "scale"};

/// Kinds that are accepted and not modelled: the schema's ignored keys.
bool is_ignored_kind(std::string_view key) {
  const KeySpec* spec = find_key(spec::kFault, key);
  return spec != nullptr && spec->use == KeyUse::kIgnored;
}

std::string names_of_kinds() {
  std::string names;
  for (const std::string_view kind : kKinds) {
    names += (names.empty() ? "" : ", ") + std::string(kind);
  }
  return names;
}

class FaultReader {
 public:
  FaultReader(Fault& fault, ScenarioContext& context, PushReader& pushes)
      : fault_(fault), context_(context), pushes_(pushes), diagnostics_(context.diagnostics) {}

  void read(const Node& node) {
    node_ = &node;
    ObjectReader map(&node, spec::kFault, diagnostics_);
    [[maybe_unused]] const auto about = read_string(map.get("about"), diagnostics_);
    find_kind();
    read_times(map);
    on_ = map.get("on");
    between_ = map.get("between");
    instances_ = map.get("instances");
    percent_ = map.get("percent");
    assign(fault_.ppm, read_ppm(percent_, diagnostics_));
    assign(fault_.instances, read_count(instances_, diagnostics_, 1, 1'000'000));
    read_fault_place({.on = on_, .between = between_, .kind = kind_}, fault_, context_);
    read_requests(map);
    read_network(map);
    read_instances(map);
    read_load(map.get("load"));
    if (const Node* push = map.get("config_push")) {
      fault_.kind = FaultKind::kConfigPush;
      pushes_.read(*push, fault_);
    }
    map.finish();
    if (map.ok()) {
      check();
    }
  }

 private:
  bool is(std::string_view kind) const { return kind_ == kind; }

  void find_kind() {
    int written = 0;
    if (!node_->is_map()) {
      return;
    }
    for (const MapEntry& entry : node_->entries()) {
      const std::string_view key = entry.key->text();
      const bool kind = std::find(std::begin(kKinds), std::end(kKinds), key) != std::end(kKinds);
      if (kind || is_ignored_kind(key)) {
        ++written;
        kind_ = key;
        ignored_ = !kind;
      }
    }
    if (written != 1) {
      context_.names.error(
          *node_, code::kBadFault,
          written == 0 ? "this fault does nothing"
                       : "a fault is of one kind, this one is of " + std::to_string(written),
          "one of " + names_of_kinds());
    }
    if (ignored_) {  // Kept by name, so that expectations can refer to it, without any effect.
      fault_.kind = FaultKind::kSlow;
      fault_.unmodelled = kind_;
    }
  }

  void read_times(ObjectReader& map) {
    if (const auto at = read_duration(map.get("at"), diagnostics_)) {
      fault_.at = Instant(*at);
    }
    constexpr Bounds<Duration> kSome{Duration(1), kMaxReadDuration};
    const Node* const length = map.get("for");
    const Node* const until = map.get("until");
    const Node* const restart = map.get("restart_after");
    assign(fault_.length, read_duration(length, diagnostics_, kSome));
    ramp_ = map.get("ramp");
    assign(fault_.ramp, read_duration(ramp_, diagnostics_));
    if (const auto end = read_duration(until, diagnostics_)) {
      fault_.length = Instant(*end) - fault_.at;
      if (fault_.length <= Duration::zero()) {
        context_.names.error(*until, code::kBadWindow, "the fault ends before it begins",
                             "a time behind `at`");
      }
      if (length != nullptr) {
        context_.names.error(*until, code::kContradiction, "`for` and `until` exclude each other",
                             "one of the two");
      }
    }
    assign(fault_.restart_after, read_duration(restart, diagnostics_, kSome));
    const bool kills = is("kill") || is("zone_loss");
    if (restart != nullptr && !kills) {
      misplaced(*restart, "kill and zone_loss");
    } else if (restart != nullptr && (length != nullptr || until != nullptr)) {
      context_.names.error(*restart, code::kContradiction,
                           "`for` of a kill is when the instances are back, as `restart_after`",
                           "one of the two");
    } else if (kills && restart == nullptr) {
      std::swap(fault_.restart_after, fault_.length);
    }
  }

  void misplaced(const Node& node, const char* kinds) {
    report_misplaced(node, kind_, kinds, context_);
  }

  /// `true`, a percent, or {percent}.
  void read_part(const Node* node, FaultKind kind, bool flag_allowed) {
    if (node == nullptr) {
      return;
    }
    fault_.kind = kind;
    if (flag_allowed && is_word(*node, "true")) {
      return;
    }
    if (!node->is_map()) {
      set_ppm(node);
      return;
    }
    ObjectReader map(node, spec::kFaultPart, diagnostics_);
    set_ppm(map.get("percent"));
    map.finish();
  }

  void set_ppm(const Node* node) {
    assign(fault_.ppm, read_ppm(node, diagnostics_));
    if (node != nullptr && percent_ != nullptr) {
      context_.names.error(*node, code::kContradiction, "the share is written twice", "once");
    }
  }

  void read_requests(ObjectReader& map) {
    if (const Node* delay = map.get("delay")) {
      fault_.kind = FaultKind::kDelay;
      if (delay->is_map() && (delay->find("add") != nullptr || delay->find("percent") != nullptr)) {
        ObjectReader inner(delay, spec::kFaultDelay, diagnostics_);
        assign(fault_.time, read_time(inner.get("add"), context_.names));
        set_ppm(inner.get("percent"));
        inner.finish();
      } else {
        assign(fault_.time, read_time(delay, context_.names));
      }
    }
    if (const Node* abort = map.get("abort")) {
      fault_.kind = FaultKind::kAbort;
      read_abort(*abort);
    }
    read_part(map.get("reset"), FaultKind::kReset, true);
    read_part(map.get("blackhole"), FaultKind::kBlackhole, true);
  }

  /// A status, or {status or grpc_status, percent}.
  void read_abort(const Node& abort) {
    if (!abort.is_map()) {
      assign(fault_.status, read_count(&abort, diagnostics_, 200, 599));
      return;
    }
    ObjectReader inner(&abort, spec::kFaultAbort, diagnostics_);
    const Node* const status = inner.get("status");
    const Node* const grpc = inner.get("grpc_status");
    set_ppm(inner.get("percent"));
    inner.finish();
    assign(fault_.status, read_count(status, diagnostics_, 200, 599));
    if (grpc == nullptr) {
      return;
    }
    if (status != nullptr) {
      context_.names.error(*grpc, code::kContradiction,
                           "`status` and `grpc_status` exclude each other", "one of the two");
    }
    const auto number =
        grpc->is_scalar() ? loadgen::grpc_status_of(grpc->text()) : std::optional<std::uint32_t>();
    if (!number || *number == 0) {
      context_.names.error(*grpc, code::kBadFault, "this is no failure that gRPC knows",
                           "a status such as UNAVAILABLE, or its number from 1 to 16");
      return;
    }
    fault_.grpc_status = static_cast<std::uint8_t>(*number);
    fault_.status = proxy::http_status_of_grpc(*number);
  }

  void read_network(ObjectReader& map) {
    read_part(map.get("loss"), FaultKind::kLoss, false);
    const Node* const partition = map.get("partition");
    if (partition == nullptr) {
      return;
    }
    fault_.kind = FaultKind::kPartition;
    if (!is_word(*partition, "true")) {
      const auto ways =
          read_enum(partition, diagnostics_, words::kPartition, "a kind of partition");
      fault_.one_way = ways == words::Ways::kOne;
    }
  }

  void read_instances(ObjectReader& map) {
    if (const Node* kill = map.get("kill")) {
      fault_.kind = FaultKind::kKill;
      if (!is_word(*kill, "all")) {
        assign(fault_.instances, read_count(kill, diagnostics_, 1, 1'000'000));
        check_count(*kill);
      }
    }
    if (const Node* zone = map.get("zone_loss")) {
      fault_.kind = FaultKind::kKill;
      fault_.target.zone = context_.names.zone(*zone);
      if (on_ != nullptr) {
        misplaced(*on_, "other kinds; a zone loss names its zone");
      }
    }
    if (const Node* scale = map.get("scale")) {
      fault_.kind = FaultKind::kScale;
      assign(fault_.instances, read_count(scale, diagnostics_, 1, kMaxScaled));
      check_scaled();
    }
    if (const Node* pause = map.get("pause")) {
      fault_.kind = FaultKind::kPause;
      if (!read_bool(pause, diagnostics_).value_or(true)) {
        context_.names.error(*pause, code::kBadFault, "a pause is `true`", "true, or no fault");
      }
    }
    if (const Node* slow = map.get("slow")) {
      fault_.kind = FaultKind::kSlow;
      assign(fault_.factor_ppm, read_factor(slow, diagnostics_));
      if (fault_.factor_ppm == 0) {
        context_.names.error(*slow, code::kOutOfRange, "work cannot take no time at all",
                             "a factor above zero; `pause` stops an instance");
      }
    }
  }

  /// It is one version that gets another number of instances.
  void check_scaled() {
    const FaultTarget& target = fault_.target;
    if (on_ == nullptr || target.service == kNone) {
      if (on_ != nullptr && target.zone != kNone) {
        context_.names.error(*on_, code::kBadTarget, "a zone has no number of instances of its own",
                             "`on: service`");
      }
      return;
    }
    const Service& service = context_.names.mesh.services[target.service];
    if (target.instance != kNone || target.endpoint != kNone) {
      context_.names.error(*on_, code::kBadTarget, "only a service or a version can be scaled",
                           "`on: " + service.name + "`");
    } else if (target.version == kNone && service.versions.size() > 1) {
      context_.names.error(*on_, code::kBadTarget,
                           quoted(service.name) + " has several versions: which is it?",
                           "`on: " + service.name + " " + service.versions.front().name + "`");
    }
  }

  /// A service cannot lose more instances than it has.
  void check_count(const Node& node) {
    if (fault_.target.service == kNone) {
      return;
    }
    const Service& service = context_.names.mesh.services[fault_.target.service];
    std::uint32_t total = 0;
    for (std::size_t i = 0; i < service.versions.size(); ++i) {
      if (fault_.target.version == kNone || fault_.target.version == i) {
        total += service.versions[i].instances;
      }
    }
    total = fault_.target.instance != kNone ? 1 : total;
    if (fault_.instances > total) {
      context_.names.error(node, code::kBadTarget,
                           "the target has " + std::to_string(total) + " instances",
                           "at most " + std::to_string(total) + ", or all");
    }
  }

  void read_load(const Node* node) {
    if (node == nullptr) {
      return;
    }
    fault_.kind = FaultKind::kLoad;
    const Node* factor = node;
    if (node->is_map()) {
      ObjectReader map(node, spec::kFaultLoad, diagnostics_);
      factor = map.get("times");
      if (const Node* of = map.get("of")) {
        read_surge_target(*of, fault_, context_);
      }
      map.finish();
    }
    assign(fault_.factor_ppm, read_factor(factor, diagnostics_));
  }

  void check() {
    const bool share = hits_requests(kind_) || is("loss");
    const bool counted = is("pause") || is("slow");
    const bool placeless = is("load") || is("config_push");
    if (percent_ != nullptr && !share && !ignored_) {
      misplaced(*percent_, "delay, abort, reset, blackhole and loss");
    }
    if (ramp_ != nullptr && !share && !is("slow") && !is("load") && !ignored_) {
      misplaced(*ramp_, "delay, abort, reset, blackhole, loss, slow and load");
    }
    if (instances_ != nullptr && !counted && !ignored_) {
      misplaced(*instances_, "pause and slow; `kill` has its number itself");
    }
    if (on_ != nullptr && placeless) {
      misplaced(*on_, "faults of services; `load` has `of`");
    }
    const bool everywhere = is("loss") || is("zone_loss") || placeless || ignored_;
    if (on_ == nullptr && between_ == nullptr && !everywhere && !kind_.empty()) {
      context_.names.error(*node_, code::kBadTarget, "the fault hits nothing",
                           "`on: service`" + std::string(is("partition") ? ", or `between`" : ""));
    }
    if (ignored_) {
      fault_.factor_ppm = 1'000'000;
      fault_.kind = FaultKind::kSlow;
    }
  }

  Fault& fault_;
  ScenarioContext& context_;
  PushReader& pushes_;
  Diagnostics& diagnostics_;
  std::string_view kind_;
  bool ignored_ = false;
  const Node* node_ = nullptr;
  const Node* on_ = nullptr;
  const Node* between_ = nullptr;
  const Node* instances_ = nullptr;
  const Node* percent_ = nullptr;
  const Node* ramp_ = nullptr;
};

}  // namespace

std::optional<std::uint32_t> read_factor(const Node* node, Diagnostics& diagnostics) {
  if (node == nullptr) {
    return std::nullopt;
  }
  const std::string_view text = node->text();
  const Node number = NodeEditor::part(*node, 0, text.size() - (text.ends_with('x') ? 1 : 0));
  const auto value = read_decimal(&number, diagnostics, {0, 1'000'000'000});
  return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

Instant fault_end(const Fault& fault) {
  const Duration length = fault.kind == FaultKind::kKill ? fault.restart_after : fault.length;
  return length > Duration::zero() ? proxy::after(fault.at, length) : proxy::kNever;
}

namespace {

/// What all faults together ask for has its limit, as what a mesh has.
void check_scaled_total(const Node* node, ScenarioContext& context) {
  std::uint64_t total = 0;
  for (const Fault& fault : context.scenario.faults) {
    total += fault.kind == FaultKind::kScale ? fault.instances : 0;
  }
  if (total > kMaxInstances) {
    context.names.error(*node, code::kTooMany,
                        "the faults ask for " + std::to_string(total) + " instances",
                        "at most 200,000 in all");
  }
}

}  // namespace

void read_faults(const Node* node, ScenarioContext& context) {
  PushReader pushes(context);
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of faults")) {
    if (context.scenario.faults.size() == kMaxFaults) {
      context.names.error(*entry.key, code::kTooMany, "too many faults", "at most 10,000");
      return;
    }
    Fault fault;
    fault.name = read_name(entry.key, context.diagnostics).value_or("");
    fault.mark = mark_of(entry.key);
    FaultReader(fault, context, pushes).read(*entry.value);
    context.scenario.faults.push_back(std::move(fault));
  }
  check_scaled_total(node, context);
  pushes.finish();
}

}  // namespace shaketable::engine
