#include "engine/sim/event_log.h"

#include <algorithm>
#include <utility>

namespace shaketable::engine {
namespace {

/// As the configuration writes it.
std::string detector_name(proxy::EjectionCause cause) {
  switch (cause) {
    case proxy::EjectionCause::kConsecutive5xx:
      return "consecutive_5xx";
    case proxy::EjectionCause::kConsecutiveGatewayFailure:
      return "consecutive_gateway_failure";
    case proxy::EjectionCause::kConsecutiveLocalOriginFailure:
      return "consecutive_local_origin_failure";
    case proxy::EjectionCause::kSuccessRate:
      return "success_rate";
    case proxy::EjectionCause::kFailurePercentage:
      return "failure_percentage";
  }
  return "";
}

std::string cause_text(proxy::EjectionCause cause, std::uint64_t value) {
  switch (cause) {
    case proxy::EjectionCause::kConsecutive5xx:
      return std::to_string(value) + " consecutive 5xx";
    case proxy::EjectionCause::kConsecutiveGatewayFailure:
      return std::to_string(value) + " consecutive gateway failures";
    case proxy::EjectionCause::kConsecutiveLocalOriginFailure:
      return std::to_string(value) + " consecutive local origin failures";
    case proxy::EjectionCause::kSuccessRate:
      return "success rate " + std::to_string(value / 10'000) + " % is an outlier";
    case proxy::EjectionCause::kFailurePercentage:
      return "failure percentage " + std::to_string(value / 10'000) + " %";
  }
  return {};
}

}  // namespace

std::string resource_name(proxy::Resource resource) {
  switch (resource) {
    case proxy::Resource::kConnections:
      return "max_connections";
    case proxy::Resource::kPendingRequests:
      return "max_pending_requests";
    case proxy::Resource::kRequests:
      return "max_requests";
    case proxy::Resource::kRetries:
      return "max_retries";
  }
  return {};
}

void EventLog::add(const proxy::TelemetryRecord& record, ServiceIndex caller,
                   std::uint32_t number) {
  RunEvent event;
  event.at = record.at;
  event.service = record.tag;
  event.caller = caller;
  event.count = record.count;
  switch (record.kind) {
    case proxy::RecordKind::kOverflow:
      on_overflow(record, caller);
      return;
    case proxy::RecordKind::kNotEjected:
      on_not_ejected(record, caller);
      return;
    case proxy::RecordKind::kEjected:
      event.kind = EventKind::kEjection;
      event.instance = number;
      event.reason = cause_text(static_cast<proxy::EjectionCause>(record.reason), record.a);
      break;
    case proxy::RecordKind::kUnejected:
      event.kind = EventKind::kUnejection;
      event.instance = number;
      event.reason = "after " + std::to_string(record.a / 1'000'000'000) + " s";
      break;
    case proxy::RecordKind::kPanicEntered:
      event.kind = EventKind::kPanic;
      event.reason = std::to_string(record.a) + " of " + std::to_string(record.b) +
                     " hosts healthy: all are used";
      break;
    case proxy::RecordKind::kNoHealthyHost:
      explain(record.at, record.tag, caller, "no healthy upstream host: 503 UH", record.count);
      return;
    case proxy::RecordKind::kConnectFailed:
      explain(
          record.at, record.tag, caller,
          record.reason == 0 ? "connection refused, unreachable, or TLS failed" : "connect timeout",
          record.count);
      return;
    case proxy::RecordKind::kConfigApplied:
    case proxy::RecordKind::kPanicLeft:
      return;
  }
  add(std::move(event));
}

void EventLog::add(RunEvent event) {
  if (events_.size() >= kMaxEvents) {
    ++dropped_;
    return;
  }
  events_.push_back(std::move(event));
}

EventLog::Circuit& EventLog::circuit_of(ServiceIndex caller, ServiceIndex service,
                                        proxy::Resource resource) {
  const auto found = std::find_if(circuits_.begin(), circuits_.end(), [&](const Circuit& circuit) {
    return circuit.caller == caller && circuit.service == service && circuit.resource == resource;
  });
  if (found != circuits_.end()) {
    return *found;
  }
  circuits_.push_back({caller, service, resource});
  return circuits_.back();
}

void EventLog::on_overflow(const proxy::TelemetryRecord& record, ServiceIndex caller) {
  const auto resource = static_cast<proxy::Resource>(record.reason);
  if (resource == proxy::Resource::kConnections) {
    // Nothing was refused: the request waits for a connection that exists. It may be each request,
    // so the text is put together once.
    Circuit& limit = circuit_of(caller, record.tag, resource);
    if (limit.refused == 0) {
      limit.event = explanations_.size();
      explanations_.push_back(
          {"no further connection: max_connections = " + std::to_string(record.a), record.tag,
           caller, 0, record.at, record.at});
    }
    limit.refused += record.count;
    explanations_[limit.event].count += record.count;
    explanations_[limit.event].last = record.at;
    return;
  }
  Circuit& circuit = circuit_of(caller, record.tag, resource);
  circuit.last = record.at;
  // Nothing tells when retries are allowed again: an event a second as long as they are not.
  const bool goes_on =
      resource != proxy::Resource::kRetries || record.at - circuit.opened < kCircuitHold;
  if (circuit.open && !goes_on && circuit.event < events_.size()) {
    events_[circuit.event].count = circuit.refused;
  }
  if (circuit.open && goes_on) {
    circuit.refused += record.count;
    return;
  }
  circuit.open = true;
  circuit.opened = record.at;
  circuit.refused = record.count;
  circuit.event = events_.size();
  RunEvent event;
  event.at = record.at;
  event.kind =
      resource == proxy::Resource::kRetries ? EventKind::kOverflow : EventKind::kCircuitOpen;
  event.service = record.tag;
  event.caller = caller;
  event.reason = resource_name(resource) + " = " + std::to_string(record.a);
  add(std::move(event));
}

void EventLog::on_not_ejected(const proxy::TelemetryRecord& record, ServiceIndex caller) {
  if (static_cast<proxy::NotEjectedCause>(record.reason) ==
      proxy::NotEjectedCause::kMaxEjectionPercent) {
    explain(record.at, record.tag, caller,
            "not ejected: max_ejection_percent " + std::to_string(record.a) + " % of " +
                std::to_string(record.b) + " hosts allows no further one",
            record.count);
    return;
  }
  const std::string detector =
      detector_name(static_cast<proxy::EjectionCause>(static_cast<std::uint8_t>(record.a)));
  explain(
      record.at, record.tag, caller,
      detector + " saw enough errors but ejects nobody: enforcing_" + detector + " is below 100 %",
      record.count);
}

void EventLog::on_queue_full(Instant now, ServiceIndex service, std::uint32_t number) {
  auto found = std::find_if(full_queues_.begin(), full_queues_.end(),
                            [&](const FullQueue& queue) { return queue.service == service; });
  if (found != full_queues_.end() && now - found->first < kCircuitHold) {
    if (found->event < events_.size()) {
      ++events_[found->event].count;
    }
    return;
  }
  if (found == full_queues_.end()) {
    full_queues_.push_back({service, now, 0});
    found = full_queues_.end() - 1;
  }
  found->first = now;
  found->event = events_.size();
  RunEvent event;
  event.at = now;
  event.kind = EventKind::kQueueFull;
  event.service = service;
  event.instance = number;
  event.reason = "no place left for requests";
  add(std::move(event));
}

void EventLog::explain(Instant now, ServiceIndex service, ServiceIndex caller,
                       const std::string& text, std::uint64_t count) {
  const auto found =
      std::find_if(explanations_.begin(), explanations_.end(), [&](const Explanation& explanation) {
        return explanation.service == service && explanation.caller == caller &&
               explanation.text == text;
      });
  if (found != explanations_.end()) {
    found->count += count;
    found->last = now;
    return;
  }
  explanations_.push_back({text, service, caller, count, now, now});
}

void EventLog::advance(Instant now) {
  for (Circuit& circuit : circuits_) {
    if (!circuit.open || now - circuit.last < kCircuitHold) {
      continue;
    }
    circuit.open = false;
    if (circuit.event < events_.size()) {
      events_[circuit.event].count = circuit.refused;
    }
    if (circuit.resource == proxy::Resource::kRetries) {
      continue;
    }
    RunEvent event;
    event.at = circuit.last;
    event.kind = EventKind::kCircuitClose;
    event.service = circuit.service;
    event.caller = circuit.caller;
    event.reason = resource_name(circuit.resource);
    event.count = circuit.refused;
    add(std::move(event));
  }
}

void EventLog::finish(Instant now, RunRecord& record) {
  advance(now);
  for (const Circuit& circuit : circuits_) {
    if (circuit.open && circuit.event < events_.size()) {
      events_[circuit.event].count = circuit.refused;
    }
  }
  // A circuit's end is known only a second later; put everything back into the order of time.
  std::stable_sort(events_.begin(), events_.end(),
                   [](const RunEvent& a, const RunEvent& b) { return a.at < b.at; });
  record.events = std::move(events_);
  record.events_dropped = dropped_;
  record.explanations = std::move(explanations_);
}

}  // namespace shaketable::engine
