#include "engine/judge/names.h"

#include <algorithm>
#include <string>
#include <vector>

#include "engine/judge/units.h"
#include "loadgen/core/grpc_status.h"

namespace shaketable::engine {
namespace {

std::string journey_name(const Scenario& scenario, const Subject& subject) {
  if (subject.load >= scenario.loads.size()) {
    return "load";
  }
  const Load& load = scenario.loads[subject.load];
  if (subject.journey >= load.journeys.size()) {
    return load.name;
  }
  return load.journeys[subject.journey].name + " of " + load.name;
}

std::string target_name(const Scenario& scenario, const FaultTarget& target) {
  std::string text;
  if (target.service < scenario.mesh.services.size()) {
    const Service& service = scenario.mesh.services[target.service];
    text = target.instance == kNone ? service.name
                                    : instance_name(scenario, target.service, target.instance);
    if (target.version < service.versions.size()) {
      text += ' ' + service.versions[target.version].name;
    }
    if (target.endpoint < service.endpoint_names.size()) {
      text += ' ' + service.endpoint_names[target.endpoint];
    }
  }
  if (target.zone < scenario.mesh.zones.size()) {
    text += (text.empty() ? "zone " : " in zone ") + scenario.mesh.zones[target.zone];
  }
  return text.empty() ? "everything" : text;
}

std::string share_of_requests(const Fault& fault) {
  return fault.ppm == 1'000'000 ? "all requests" : format_ppm(fault.ppm) + " of requests";
}

/// "20 % of requests of gateway to payment".
std::string requests_of(const Scenario& scenario, const Fault& fault) {
  const FaultTarget& caller = fault.other;
  const bool anybody = caller.service == kNone && caller.version == kNone &&
                       caller.instance == kNone && caller.zone == kNone;
  return share_of_requests(fault) + (anybody ? "" : " of " + target_name(scenario, caller)) +
         " to " + target_name(scenario, fault.target);
}

std::string instances_of(const Scenario& scenario, const Fault& fault) {
  const std::string target = target_name(scenario, fault.target);
  if (fault.instances == 0) {
    return target;
  }
  return std::to_string(fault.instances) +
         (fault.instances == 1 ? " instance of " : " instances of ") + target;
}

std::string between(const Scenario& scenario, const Fault& fault) {
  const bool everybody =
      fault.other.service == kNone && fault.other.zone == kNone && fault.other.instance == kNone;
  const std::string other = everybody ? "everybody else" : target_name(scenario, fault.other);
  return fault.one_way ? "from " + target_name(scenario, fault.target) + " to " + other
                       : "between " + target_name(scenario, fault.target) + " and " + other;
}

std::string load_words(const Scenario& scenario, const Fault& fault) {
  std::string what = "all load";
  if (fault.load < scenario.loads.size()) {
    const Load& load = scenario.loads[fault.load];
    what = fault.journey < load.journeys.size()
               ? "journey " + load.journeys[fault.journey].name + " of " + load.name
               : "load " + load.name;
  }
  return what + " times " + format_millionths(fault.factor_ppm, 2);
}

std::string abort_words(const Fault& fault) {
  return fault.grpc_status == 0
             ? std::to_string(fault.status)
             : "gRPC status " + std::string(loadgen::grpc_status_name(fault.grpc_status));
}

// "3 instances" or "25 %".
std::string limit_words(const RolloutLimit& limit) {
  return limit.ppm == 0 ? std::to_string(limit.count) : format_ppm(limit.ppm);
}

std::string deploy_words(const Scenario& scenario, const Fault& fault) {
  std::string text = "rolling update of " + target_name(scenario, fault.target);
  if (fault.target.service < scenario.mesh.services.size()) {
    const auto& versions = scenario.mesh.services[fault.target.service].versions;
    text += fault.to < versions.size() ? " to " + versions[fault.to].name : "";
  }
  return text + ", at most " + limit_words(fault.surge) + " of the instances too many and " +
         limit_words(fault.unavailable) + " missing at a time";
}

std::string leak_words(const Scenario& scenario, const Fault& fault) {
  const std::string who = instances_of(scenario, fault);
  return fault.bytes == 0
             ? who + " loses a slot each " + format_duration(fault.amount)
             : who + " loses " + format_bytes(fault.bytes) + " of memory with each request, of " +
                   format_bytes(fault.limit_bytes);
}

// Whose callers get new policies; a long list ends after three.
std::string push_words(const Scenario& scenario, const Fault& fault) {
  constexpr std::size_t kMostNames = 3;
  std::vector<ServiceIndex> services;
  for (const DestinationPolicy& policy : fault.policies) {
    if (std::find(services.begin(), services.end(), policy.service) == services.end()) {
      services.push_back(policy.service);
    }
  }
  if (services.size() > kMostNames && services.size() == scenario.mesh.services.size()) {
    return "new policies for all calls pushed to the sidecars";
  }
  std::string names;
  for (std::size_t i = 0; i < std::min(services.size(), kMostNames); ++i) {
    names += (i == 0 ? "" : ", ") + service_name(scenario, services[i]);
  }
  if (services.size() > kMostNames) {
    names += " and " + std::to_string(services.size() - kMostNames) + " more";
  }
  return "new policies for calls to " + names + " pushed to the sidecars";
}

}  // namespace

std::string service_name(const Scenario& scenario, ServiceIndex service) {
  return service < scenario.mesh.services.size() ? scenario.mesh.services[service].name : "client";
}

std::string edge_name(const Scenario& scenario, ServiceIndex caller, ServiceIndex service) {
  const std::string to = service_name(scenario, service);
  return caller == kNone ? to : service_name(scenario, caller) + " -> " + to;
}

std::string instance_name(const Scenario& scenario, ServiceIndex service, std::uint32_t instance) {
  const std::string name = service_name(scenario, service);
  return instance == kNone ? name : name + '-' + std::to_string(instance + 1);
}

std::string fault_name(const Scenario& scenario, std::uint32_t fault) {
  if (fault >= scenario.faults.size()) {
    return "fault";
  }
  const Fault& it = scenario.faults[fault];
  return it.name.empty() ? name_of(it.kind) : it.name;
}

namespace {

/// What a fault does when it has its whole size.
std::string effect_words(const Scenario& scenario, const Fault& fault) {
  switch (fault.kind) {
    case FaultKind::kDelay:
      return requests_of(scenario, fault) + " delayed by " +
             (fault.time.is_constant() ? "" : "about ") + format_duration(fault.time.mean());
    case FaultKind::kAbort:
      return requests_of(scenario, fault) + " answered with " + abort_words(fault);
    case FaultKind::kReset:
      return requests_of(scenario, fault) + " reset";
    case FaultKind::kBlackhole:
      return requests_of(scenario, fault) + " never answered";
    case FaultKind::kPartition:
      return "no messages " + between(scenario, fault);
    case FaultKind::kKill:
      return instances_of(scenario, fault) + " killed";
    case FaultKind::kPause:
      return instances_of(scenario, fault) + " paused";
    case FaultKind::kSlow:
      return "CPU work of " + instances_of(scenario, fault) + " takes " +
             format_millionths(fault.factor_ppm, 2) + " times as long";
    case FaultKind::kLoss:
      return format_ppm(fault.ppm) + " of messages lost " + between(scenario, fault);
    case FaultKind::kLoad:
      return load_words(scenario, fault);
    case FaultKind::kConfigPush:
      return push_words(scenario, fault);
    case FaultKind::kScale:
      return target_name(scenario, fault.target) + " is to have " +
             std::to_string(fault.instances) + (fault.instances == 1 ? " instance" : " instances");
    case FaultKind::kDeploy:
      return deploy_words(scenario, fault);
    case FaultKind::kNodeLoss:
      return node_name(fault.node) + " lost with its instances, noticed after " +
             format_duration(fault.amount);
    case FaultKind::kLeak:
      return leak_words(scenario, fault);
    case FaultKind::kCacheFlush:
      return "caches of " + target_name(scenario, fault.target) + " emptied";
    case FaultKind::kBandwidth:
      return "at most " + format_bytes(fault.bytes) + "/s each way " + between(scenario, fault);
    case FaultKind::kDnsStale:
      return "who calls " + target_name(scenario, fault.target) +
             " without a sidecar keeps the addresses that it has";
    case FaultKind::kDiscoveryDelay:
      return "sidecars learn " + format_duration(fault.amount) + " late of instances of " +
             target_name(scenario, fault.target);
    case FaultKind::kCertExpire:
      return "certificates of " + target_name(scenario, fault.target) +
             " expired: no new mTLS connection from or to it";
    case FaultKind::kClockSkew:
      return "clocks of " + instances_of(scenario, fault) + " are " +
             format_duration(fault.amount < Duration::zero() ? -fault.amount : fault.amount) +
             (fault.amount < Duration::zero() ? " behind" : " ahead");
  }
  return "";
}

}  // namespace

std::string fault_words(const Scenario& scenario, std::uint32_t index) {
  if (index >= scenario.faults.size()) {
    return "";
  }
  const Fault& fault = scenario.faults[index];
  const std::string ramp = fault.ramp == Duration::zero()
                               ? std::string()
                               : ", rising to that within " + format_duration(fault.ramp);
  return effect_words(scenario, fault) + ramp;
}

std::string episode_words(const Episode& episode, const Baseline& baseline) {
  std::string text;
  if (episode.by_errors) {
    text = "up to " + format_ppm(episode.worst_error_ppm) + " errors";
  }
  if (episode.by_latency) {
    text += (text.empty() ? "p99 up to " : ", p99 up to ") + format_duration(episode.worst_p99);
    if (baseline.known) {
      text += " (normal: " + format_duration(baseline.p99) + ")";
    }
  }
  if (episode.by_stall) {
    text += (text.empty() ? "" : ", ") + std::string("hardly any answers, up to ") +
            format_count((episode.worst_inside_milli + 500) / 1'000) + " requests inside";
  }
  return text;
}

std::string subject_name(const Scenario& scenario, const Subject& subject) {
  if (!subject.text.empty()) {
    return subject.text;
  }
  const std::string service = service_name(scenario, subject.service);
  switch (subject.kind) {
    case Subject::Kind::kService:
      return subject.service == kNone ? "anywhere" : service;
    case Subject::Kind::kEdge:
      return edge_name(scenario, subject.caller, subject.service);
    case Subject::Kind::kJourney:
      return journey_name(scenario, subject);
    case Subject::Kind::kEndpoint:
    case Subject::Kind::kVersion:
      break;
  }
  if (subject.service >= scenario.mesh.services.size()) {
    return service;
  }
  const Service& it = scenario.mesh.services[subject.service];
  if (subject.kind == Subject::Kind::kVersion) {
    return subject.version < it.versions.size() ? service + ' ' + it.versions[subject.version].name
                                                : service;
  }
  return subject.endpoint < it.endpoint_names.size()
             ? service + ' ' + it.endpoint_names[subject.endpoint]
             : service;
}

}  // namespace shaketable::engine
