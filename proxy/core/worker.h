#pragma once

#include <cstdint>
#include <vector>

#include "proxy/base/deadline_queue.h"
#include "proxy/base/slot_map.h"
#include "proxy/core/action.h"
#include "proxy/core/state.h"
#include "proxy/telemetry/decision.h"
#include "proxy/telemetry/record.h"

namespace shaketable::proxy {

class Sidecar;

/// What the sidecars of one thread share: the slabs of their streams and connections, their timers,
/// and the lists that they write. The live proxy has one worker and one sidecar per thread; the
/// simulator drives thousands of sidecars with one worker, so that the state of a request that is
/// in flight is hot in the cache whichever proxy it is at.
///
/// A driver's loop: give an input; carry out `actions()` in order (doing so may give more inputs,
/// which append); clear them; read `telemetry()`; arrange to call `on_deadline` at
/// `next_deadline()`. Not thread-safe.
class Worker {
 public:
  /// An attempt that ended inside an input, to be handled before the input returns.
  struct FailedAttempt {
    std::uint32_t stream;
    ResetReason reason;
    bool timed_out;  ///< kConnectFailure by connect_timeout.
  };

  Worker() = default;
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  [[nodiscard]] ActionList& actions() { return actions_; }
  [[nodiscard]] TelemetryBuffer& telemetry() { return telemetry_; }
  /// Why streams went the way they went; empty unless the driver turned it on.
  [[nodiscard]] DecisionLog& decisions() { return decisions_; }

  /// Not later than the earliest deadline of any sidecar; kNever when there is none.
  [[nodiscard]] Instant next_deadline() const { return deadlines.next(); }
  /// Handles every deadline that is due. Calling too early is a no-op.
  void on_deadline(Instant now);

  /// The route that the attempt's stream follows, for what the driver does itself (rewrites); null
  /// for mirrors and for attempts that have ended. Valid until the stream ends.
  [[nodiscard]] const Route* route_of(AttemptId attempt);
  /// The connection that carries the attempt; kNoHandle when it has ended or waits for one.
  [[nodiscard]] ConnectionId connection_of(AttemptId attempt);
  /// Remembers the driver's own number for an attempt; it comes back with kCancelAttempt.
  void set_attempt_token(AttemptId attempt, std::uint64_t token) {
    if (ActiveStream* stream = find_attempt(attempt)) {
      stream->attempt.token = token;
    }
  }
  /// Attempts that are pending or under way, mirrors among them. Counts them one by one.
  [[nodiscard]] std::size_t attempt_count() const;

  /// Drops everything that is under way, without a word. To be called before all sidecars of the
  /// worker are destroyed at once: one alone has to look for its own among the streams of all.
  void forget_all() {
    streams = {};
    connections = {};
    deadlines = {};
    failed.clear();
  }

  // For Sidecar and UpstreamCluster.
  /// The stream whose attempt has that name, or nullptr when the attempt has ended.
  [[nodiscard]] ActiveStream* find_attempt(AttemptId id) {
    const auto slot = static_cast<std::uint32_t>(id);
    if (!streams.has_slot(slot)) {
      return nullptr;
    }
    ActiveStream& stream = streams[slot];
    const bool is_alive = stream.attempt.sequence == static_cast<std::uint32_t>(id >> 32) &&
                          stream.attempt_state != UpstreamRequest::State::kNone;
    return is_alive ? &stream : nullptr;
  }
  void attach(Sidecar& sidecar);
  void detach(const Sidecar& sidecar);
  [[nodiscard]] Sidecar& sidecar(std::uint32_t id) { return *sidecars_[id]; }

  SlotMap<ActiveStream> streams;
  SlotMap<UpstreamConnection> connections;
  DeadlineQueue deadlines;
  std::vector<FailedAttempt> failed;

 private:
  ActionList actions_;
  TelemetryBuffer telemetry_;
  DecisionLog decisions_;
  std::vector<Sidecar*> sidecars_;  // by id
};

/// Timer payloads: kind, proxy or generation-free slot, cluster.
[[nodiscard]] constexpr std::uint64_t timer_payload(TimerKind kind, std::uint32_t slot,
                                                    std::uint32_t cluster = 0) {
  return std::uint64_t{slot} | std::uint64_t{cluster} << 32 |
         std::uint64_t{static_cast<std::uint8_t>(kind)} << 56;
}

}  // namespace shaketable::proxy
