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

/// What a fault of a kind may say beside the kind.
enum Setting : std::uint16_t {
  kShare = 1,       ///< `percent`
  kRamp = 2,        ///< `ramp`
  kCount = 4,       ///< `instances`
  kRestart = 8,     ///< `restart_after`
  kDeath = 16,      ///< What it hits is back after `for`.
  kPlaceless = 32,  ///< No `on`.
  kAnywhere = 64,   ///< Without `on` it hits everything.
};

struct Kind {
  std::string_view key;  ///< In the words of the file.
  std::uint16_t settings = 0;
};

constexpr Kind kKinds[] = {
    {"delay", kShare | kRamp},
    {"abort", kShare | kRamp},
    {"reset", kShare | kRamp},
    {"blackhole", kShare | kRamp},
    {"partition", 0},
    {"kill", kRestart | kDeath},
    {"pause", kCount},
    {"slow", kCount | kRamp},
    {"loss", kShare | kRamp | kAnywhere},
    {"load", kRamp | kPlaceless},
    {"config_push", kPlaceless},
    {"zone_loss", kRestart | kDeath | kPlaceless},
    {"scale", 0},
    {"deploy", 0},
    {"node_loss", kRestart | kDeath | kPlaceless},
    {"leak", kCount | kRestart},
    {"cache_flush", kAnywhere},
    {"bandwidth", 0},
    {"dns_stale", kAnywhere},
    {"discovery_delay", kAnywhere},
    {"cert_expire", kAnywhere},
    {"clock_skew", kCount},
};

const Kind* find_kind(std::string_view key) {
  const Kind* const found = std::ranges::find(kKinds, key, &Kind::key);
  return found == std::end(kKinds) ? nullptr : found;
}

/// "delay, abort and loss": the kinds with a setting, or without it.
std::string names_of_kinds(std::uint16_t setting, bool with = true) {
  std::vector<std::string_view> names;
  for (const Kind& kind : kKinds) {
    if (((kind.settings & setting) != 0) == with) {
      names.push_back(kind.key);
    }
  }
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + std::string(names[i]);
  }
  return text;
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
    read_fault_place({.on = on_, .between = between_, .kind = kind_ == nullptr ? "" : kind_->key},
                     fault_, context_);
    read_requests(map);
    read_network(map);
    read_instances(map);
    read_load(map.get("load"));
    if (const Node* push = map.get("config_push")) {
      fault_.kind = FaultKind::kConfigPush;
      pushes_.read(*push, fault_);
    }
    read_platform_fault(map, fault_, context_);
    map.finish();
    if (map.ok() && kind_ != nullptr) {
      check();
    }
  }

 private:
  bool has(Setting setting) const { return kind_ != nullptr && (kind_->settings & setting) != 0; }

  void find_kind() {
    int written = 0;
    if (!node_->is_map()) {
      return;
    }
    for (const MapEntry& entry : node_->entries()) {
      if (const Kind* kind = engine::find_kind(entry.key->text())) {
        ++written;
        kind_ = kind;
      }
    }
    if (written != 1) {
      context_.names.error(
          *node_, code::kBadFault,
          written == 0 ? "this fault does nothing"
                       : "a fault is of one kind, this one is of " + std::to_string(written),
          "one of " + names_of_kinds(0, false));
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
    const bool kills = has(kDeath);
    if (restart != nullptr && !has(kRestart)) {
      misplaced(*restart, names_of_kinds(kRestart));
    } else if (restart != nullptr && !kills) {  // A leak: of each instance, whenever it is killed.
    } else if (restart != nullptr && (length != nullptr || until != nullptr)) {
      context_.names.error(*restart, code::kContradiction,
                           "`for` of a kill is when the instances are back, as `restart_after`",
                           "one of the two");
    } else if (kills && restart == nullptr) {
      std::swap(fault_.restart_after, fault_.length);
    }
  }

  void misplaced(const Node& node, const std::string& kinds) {
    report_misplaced(node, kind_ == nullptr ? "" : kind_->key, kinds, context_);
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
    }
    if (const Node* scale = map.get("scale")) {
      fault_.kind = FaultKind::kScale;
      assign(fault_.instances, read_count(scale, diagnostics_, 1, kMaxScaled));
      check_one_version(on_, "scaled", fault_.target, context_);
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
    if (percent_ != nullptr && !has(kShare)) {
      misplaced(*percent_, names_of_kinds(kShare));
    }
    if (ramp_ != nullptr && !has(kRamp)) {
      misplaced(*ramp_, names_of_kinds(kRamp));
    }
    if (instances_ != nullptr && !has(kCount)) {
      misplaced(*instances_, names_of_kinds(kCount) + "; `kill` has its number itself");
    }
    if (on_ != nullptr && has(kPlaceless) && !has(kDeath)) {
      misplaced(*on_, "faults of services; `load` has `of`");
    } else if (on_ != nullptr && has(kPlaceless)) {
      misplaced(*on_, "other kinds; this one names what is lost");
    }
    if (on_ != nullptr && fault_.target.endpoint != kNone && !hits_requests(kind_->key)) {
      context_.names.error(*on_, code::kBadTarget, "only requests are those of one endpoint",
                           "a service, a version, an instance or a zone");
    }
    const bool is_somewhere = on_ != nullptr || between_ != nullptr;
    if (!is_somewhere && !has(kPlaceless) && !has(kAnywhere)) {
      const bool cuts = cuts_messages(kind_->key);
      context_.names.error(*node_, code::kBadTarget, "the fault hits nothing",
                           "`on: service`" + std::string(cuts ? ", or `between`" : ""));
    }
  }

  Fault& fault_;
  ScenarioContext& context_;
  PushReader& pushes_;
  Diagnostics& diagnostics_;
  const Kind* kind_ = nullptr;
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
