#include "gui/app/fault_kinds.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "gui/document/text_edit.h"

namespace shaketable::gui {
namespace {

constexpr std::array<FaultKindInfo, 21> kKinds = {{
    {.key = "delay",
     .title = "Delay",
     .about = "Requests take longer",
     .size_label = "Adds",
     .size = "200ms",
     .size_hint = "200ms, or a distribution: {exponential: 1s}",
     .has_percent = true,
     .has_ramp = true,
     .on_service = true,
     .on_edge = true},
    {.key = "abort",
     .title = "Abort",
     .about = "Requests are answered with an error at once",
     .size_label = "Status",
     .size = "503",
     .size_hint = "200 to 599, or of gRPC: UNAVAILABLE",
     .has_percent = true,
     .has_ramp = true,
     .on_service = true,
     .on_edge = true},
    {.key = "reset",
     .title = "Reset",
     .about = "Requests are reset",
     .has_percent = true,
     .has_ramp = true,
     .on_service = true,
     .on_edge = true},
    {.key = "blackhole",
     .title = "Black hole",
     .about = "Requests are accepted and never answered",
     .has_percent = true,
     .has_ramp = true,
     .on_service = true,
     .on_edge = true},
    {.key = "slow",
     .title = "Slow",
     .about = "CPU work takes this many times as long",
     .size_label = "Times",
     .size = "10x",
     .size_hint = "10x",
     .has_instances = true,
     .has_ramp = true,
     .on_service = true},
    {.key = "pause",
     .title = "Pause",
     .about = "Instances stand still, as in a stop-the-world collection",
     .has_instances = true,
     .on_service = true},
    {.key = "kill",
     .title = "Kill",
     .about = "Instances die",
     .size_label = "How many",
     .size = "1",
     .size_hint = "a number, or all",
     .length_hint = "never",
     .on_service = true},
    {.key = "scale",
     .title = "Scale",
     .about = "A service gets another number of instances",
     .size_label = "Instances",
     .size = "1",
     .size_hint = "a number",
     .on_service = true},
    {.key = "deploy",
     .title = "Deploy",
     .about = "A rolling update: instances are replaced a few at a time",
     .size_label = "Surge",
     .size = "25%",
     .size_hint = "25%, or a number",
     .more_label = "Unavailable",
     .more = "25%",
     .more_hint = "25%, or a number",
     .length = "",
     .length_hint = "until it is done",
     .on_service = true},
    {.key = "leak",
     .title = "Leak",
     .about = "Instances lose a slot every so often, or memory with each request",
     .size_label = "Loses",
     .size = "5s",
     .size_hint = "5s: a slot as often; 64KiB: with each request",
     .more_label = "Memory",
     .more = "512MiB",
     .more_hint = "what an instance has; when all is lost it is killed",
     .has_instances = true,
     .on_service = true},
    {.key = "cache_flush",
     .title = "Cache flush",
     .about = "Caches are empty, and fill again",
     .length = "",
     .length_hint = "at once",
     .on_service = true,
     .on_ground = true},
    {.key = "bandwidth",
     .title = "Bandwidth",
     .about = "So much passes in a second, and messages wait for each other",
     .size_label = "At most",
     .size = "1MiB/s",
     .size_hint = "64KiB/s, 10MB/s",
     .on_service = true,
     .on_edge = true},
    {.key = "discovery_delay",
     .title = "Late discovery",
     .about = "Sidecars learn late who is dead and who is new",
     .size_label = "How late",
     .size = "30s",
     .size_hint = "30s",
     .length = "1m",
     .on_service = true,
     .on_ground = true},
    {.key = "dns_stale",
     .title = "Stale DNS",
     .about = "Callers without a sidecar keep the addresses that they have",
     .length = "1m",
     .on_service = true,
     .on_ground = true},
    {.key = "cert_expire",
     .title = "Expired certificates",
     .about = "No new mTLS connection from or to its sidecars",
     .length = "1m",
     .on_service = true,
     .on_ground = true},
    {.key = "clock_skew",
     .title = "Clock skew",
     .about = "Clocks are wrong, and take certificates for expired, or for not valid yet",
     .size_label = "Ahead",
     .size = "13h",
     .size_hint = "13h; behind: -5m",
     .length = "1m",
     .has_instances = true,
     .on_service = true},
    {.key = "partition",
     .title = "Partition",
     .about = "No message passes",
     .has_ways = true,
     .on_edge = true},
    {.key = "loss",
     .title = "Loss",
     .about = "Messages are lost",
     .has_percent = true,
     .has_ramp = true,
     .on_edge = true},
    {.key = "load",
     .title = "Load",
     .about = "Clients send this many times as much",
     .size_label = "Times",
     .size = "2",
     .size_hint = "2, or 0.5",
     .has_ramp = true,
     .on_ground = true},
    {.key = "zone_loss",
     .title = "Zone loss",
     .about = "All instances of a zone die",
     .length_hint = "never",
     .on_ground = true},
    {.key = "node_loss",
     .title = "Node loss",
     .about = "A machine is gone with its instances, and nobody is told",
     .more_label = "Noticed after",
     .more = "40s",
     .more_hint = "until its instances are no endpoints any more",
     .length = "1m",
     .length_hint = "never",
     .on_ground = true},
}};

bool is_number(const std::string& text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string place_yaml(const FaultWish& wish) {
  if (wish.where.kind == Selection::Kind::kNothing) {
    return {};
  }
  const std::string hit = wish.part.empty() ? wish.where.service : wish.part;
  if (wish.where.kind != Selection::Kind::kEdge) {
    return "on: " + yaml_scalar(hit) + ", ";
  }
  return wish.kind->hits_requests()
             ? "on: " + yaml_scalar(wish.where.caller + " -> " + hit) + ", "
             : "between: [" + yaml_scalar(wish.where.caller) + ", " + yaml_scalar(hit) + "], ";
}

std::string deploy_yaml(const FaultWish& wish) {
  const std::string to = wish.to.empty() ? "" : "to: " + yaml_scalar(wish.to) + ", ";
  return "deploy: {" + to + "surge: " + wish.size + ", unavailable: " + wish.more + "}";
}

std::string leak_yaml(const FaultWish& wish) {
  return wish.size.ends_with('B') ? "leak: {memory: " + wish.size + ", limit: " + wish.more + "}"
                                  : "leak: {every: " + wish.size + "}";
}

std::string effect_yaml(const FaultWish& wish, const std::string& percent) {
  const std::string key = wish.kind->key;
  const std::string share = percent.empty() ? "" : ", percent: " + percent;
  if (key == "delay") {
    return "delay: {add: " + wish.size + share + "}";
  }
  if (key == "abort") {
    return (is_number(wish.size) ? "abort: {status: " : "abort: {grpc_status: ") + wish.size +
           share + "}";
  }
  if (key == "reset" || key == "blackhole") {
    return key + ": " + (percent.empty() ? "true" : percent);
  }
  if (key == "loss") {
    return "loss: " + (percent.empty() ? "100%" : percent);
  }
  if (key == "partition") {
    return wish.one_way ? "partition: one_way" : "partition: true";
  }
  if (key == "zone_loss") {
    return "zone_loss: " + yaml_scalar(wish.zone);
  }
  if (key == "node_loss") {
    return "node_loss: {node: " + yaml_scalar(wish.node) + ", noticed_after: " + wish.more + "}";
  }
  if (key == "deploy") {
    return deploy_yaml(wish);
  }
  if (key == "leak") {
    return leak_yaml(wish);
  }
  if (key == "clock_skew" && wish.size.starts_with('-')) {
    return "clock_skew: {behind: " + wish.size.substr(1) + "}";
  }
  if (key == "load" && !wish.load.empty()) {
    return "load: {times: " + wish.size + ", of: " + yaml_scalar(wish.load) + "}";
  }
  return key + ": " + (wish.kind->size_label == nullptr ? "true" : wish.size);
}

}  // namespace

bool FaultKindInfo::hits_requests() const {
  const std::string_view is = key;
  return is == "delay" || is == "abort" || is == "reset" || is == "blackhole";
}

bool FaultKindInfo::kills() const {
  const std::string_view is = key;
  return is == "kill" || is == "zone_loss" || is == "node_loss";
}

bool FaultKindInfo::hits_versions() const {
  const std::string_view is = key;
  return is != "dns_stale" && is != "discovery_delay";
}

bool FaultKindInfo::hits_instances() const {
  const std::string_view is = key;
  return hits_versions() && is != "scale" && is != "deploy";
}

std::span<const FaultKindInfo> fault_kinds() { return kKinds; }

const FaultKindInfo* find_fault_kind(const QString& key) {
  const auto found = std::find_if(kKinds.begin(), kKinds.end(), [&key](const FaultKindInfo& kind) {
    return key == QLatin1String(kind.key);
  });
  return found == kKinds.end() ? nullptr : &*found;
}

std::vector<std::string> parts_of(const engine::Service& service, const FaultKindInfo& kind) {
  constexpr std::uint32_t kMostInstances = 20;
  std::vector<std::string> parts;
  std::uint32_t instances = 0;
  for (const engine::Version& version : service.versions) {
    instances += version.instances;
    if (service.versions.size() > 1 && kind.hits_versions()) {
      parts.push_back(service.name + " " + version.name);
    }
  }
  for (std::uint32_t i = 0;
       kind.hits_instances() && instances > 1 && i < std::min(instances, kMostInstances); ++i) {
    parts.push_back(service.name + "-" + std::to_string(i + 1));
  }
  for (const std::string& endpoint : service.endpoint_names) {
    if (kind.hits_requests() && service.endpoint_names.size() > 1) {
      parts.push_back(service.name + " " + endpoint);
    }
  }
  return parts;
}

std::string fault_yaml(const FaultWish& wish) {
  const bool is_part = wish.kind->has_percent && wish.percent < 100;
  const std::string percent =
      is_part ? QString::number(wish.percent, 'g', 6).toStdString() + "%" : std::string();
  std::string text = place_yaml(wish);
  if (wish.kind->has_instances && wish.instances > 0) {
    text += "instances: " + std::to_string(wish.instances) + ", ";
  }
  text += effect_yaml(wish, percent);
  if (!wish.length.empty()) {
    text += (wish.kind->kills() ? ", restart_after: " : ", for: ") + wish.length;
  }
  if (wish.kind->has_ramp && !wish.ramp.empty()) {
    text += ", ramp: " + wish.ramp;
  }
  return text;
}

std::string fault_name_for(const FaultWish& wish) {
  const std::string key = wish.kind->key;
  std::string subject;
  if (key == "zone_loss") {
    return wish.zone + "-lost";
  }
  if (key == "node_loss") {
    return wish.node + "-lost";
  }
  if (key == "load") {
    subject = wish.load.empty() ? "all" : wish.load;
    std::replace(subject.begin(), subject.end(), ' ', '-');  // "shoppers buy"
  } else if (wish.where.kind == Selection::Kind::kEdge) {
    subject = wish.where.caller + "-" + wish.where.service;
  } else {
    subject = !wish.part.empty()                             ? wish.part
              : wish.where.kind == Selection::Kind::kNothing ? "all"
                                                             : wish.where.service;
    std::replace(subject.begin(), subject.end(), ' ', '-');
    std::erase_if(subject, [](char c) { return c == '/' || c == '{' || c == '}' || c == '*'; });
  }
  return subject + "-" + key;
}

}  // namespace shaketable::gui
