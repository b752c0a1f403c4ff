#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "proxy/telemetry/record.h"

namespace shaketable::engine {

/// Turns the sidecars' rare records into the run's events: circuits that open and close, ejections,
/// panics; and into explanations of what did not happen.
///
/// A circuit is open from its first refusal until none has happened for `kCircuitHold`: at its
/// limit a breaker opens and closes with every request, and nobody wants to read that.
class EventLog {
 public:
  static constexpr Duration kCircuitHold = std::chrono::seconds(1);
  static constexpr std::size_t kMaxEvents = 20'000;

  /// `caller` is the service whose sidecar wrote it, `number` the number of the host within its
  /// service.
  void add(const proxy::TelemetryRecord& record, ServiceIndex caller, std::uint32_t number);
  void add(RunEvent event);
  /// An application had no place for a request; folded into an event a second.
  void on_queue_full(Instant now, ServiceIndex service, std::uint32_t number);
  void explain(Instant now, ServiceIndex service, ServiceIndex caller, const std::string& text,
               std::uint64_t count);

  /// Closes circuits that have been quiet. Call it now and then, in order of time.
  void advance(Instant now);
  void finish(Instant now, RunRecord& record);

  /// In the order in which they were added; valid until the next one is.
  [[nodiscard]] std::span<const RunEvent> events() const { return events_; }

 private:
  struct Circuit {
    ServiceIndex caller, service;
    proxy::Resource resource;
    bool open = false;
    Instant opened{}, last{};
    std::uint64_t refused = 0;
    std::size_t event = 0;  ///< The opening's place in `events_`; its count is kept up to date.
  };

  void on_overflow(const proxy::TelemetryRecord& record, ServiceIndex caller);
  void on_not_ejected(const proxy::TelemetryRecord& record, ServiceIndex caller);
  Circuit& circuit_of(ServiceIndex caller, ServiceIndex service, proxy::Resource resource);

  std::vector<RunEvent> events_;
  std::uint64_t dropped_ = 0;
  std::vector<Circuit> circuits_;
  std::vector<Explanation> explanations_;
  struct FullQueue {
    ServiceIndex service;
    Instant first{};  ///< Of those that are folded into the event.
    std::size_t event = 0;
  };
  std::vector<FullQueue> full_queues_;
};

/// "max_pending_requests" and the like.
[[nodiscard]] std::string resource_name(proxy::Resource resource);

}  // namespace shaketable::engine
