#pragma once

#include <cstdint>

#include "engine/mesh/model.h"
#include "engine/world/instance.h"
#include "engine/world/plan.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/core/types.h"

/// What exists while requests run: visits (seen by the instance that works), and calls (seen by the
/// one who waits). A visit waits for at most one call at a time, so its call is a part of it; the
/// calls of the load, which nobody makes, are things of their own.
namespace shaketable::engine {

/// Slab id; 0 is none.
using VisitId = std::uint64_t;
/// Names a call of a visit (the visit's slot and the number of the call, with kStepCall) or of the
/// load (a slab id with kLoadCall); 0 is none. The highest bit is kInboundToken's.
using CallId = std::uint64_t;
inline constexpr CallId kLoadCall = CallId{1} << 62;
inline constexpr CallId kStepCall = CallId{1} << 61;

/// One request at one instance, from the moment it is sent until its answer has left; also a branch
/// of a parallel step, which has a parent and no transport.
///
///     kTravelling --arrives--> kAtProxy --> kWaiting --worker free--> kRunning --end--> kAnswering
///
/// A request that neither calls nor queues touches the first cache line only. What is in the second
/// one is set before it is read: `reset` leaves it alone.
struct alignas(64) Visit {
  enum class State : std::uint8_t { kTravelling, kAtProxy, kWaiting, kRunning, kAnswering };

  VisitId id = 0;            ///< Of this visit; the slab's.
  std::uint64_t origin = 0;  ///< Who gets the answer, see `call`, `attempt` and `parent`.
  Instant arrived{};
  /// In this instance's sidecar. Of a branch, which is in none: the slot of the one after it that
  /// is under way, kNoVisit = none.
  proxy::StreamId stream = 0;
  proxy::AttemptId local = 0;  ///< That sidecar's attempt at its application.
  std::uint32_t instance = 0;
  std::uint32_t caller_instance = kNone;  ///< kNone = the load.
  GlobalEndpoint endpoint = 0;
  std::uint32_t op = 0;        ///< The next one.
  std::uint16_t headers = 0;   ///< Header set, see Shapes.
  std::uint16_t status = 200;  ///< Of the answer.
  /// Status of the failed step that ends it; 0 = none. Of an answer up to kLastGrpcStatus: its
  /// grpc-status, and `status` is what that maps to.
  std::uint16_t failure = 0;
  State state : 3 = State::kTravelling;
  bool is_branch : 1 = false;
  bool by_attempt : 1 = false;      ///< The caller has a sidecar.
  bool cancelled : 1 = false;       ///< Nobody waits for the answer any more.
  bool was_reset : 1 = false;       ///< Ends as a reset of the stream, not as an answer.
  bool has_flags : 1 = false;       ///< `flags` is not empty.
  bool admitted : 1 = false;        ///< Holds a worker, loop or place in its instance.
  bool is_hanging : 1 = false;      ///< Swallowed by a blackhole.
  bool is_unknown : 1 = false;      ///< Routed to a service that has no such endpoint: 404.
  bool is_delayed : 1 = false;      ///< By a delay fault: `work` says for how long.
  bool is_parallel : 1 = false;     ///< Has begun a parallel step: `pending` counts.
  bool is_calling : 1 = false;      ///< `last_call` is under way.
  bool caller_is_gone : 1 = false;  ///< The caller's instance has died since.
  bool callee_is_gone : 1 = false;  ///< This instance has died since.

  CallId last_call = 0;  ///< Numbers the calls in all lives of the slot.
  /// Of that call: StreamId in the own sidecar; without, a VisitId, 0 = nobody was up, and it fails
  /// at once. During a parallel step: the slot of its newest branch under way, kNoVisit = none.
  std::uint64_t callee = 0;
  proxy::TimerHandle timeout{};   ///< Of that call: the own client gives up.
  Instant began{};                ///< That call; work at an instance that has been paused.
  Duration pause_mark{0};         ///< Instance::paused_by when the current work began.
  Duration work{0};               ///< Of a delay fault; that waits for the loop; left over a pause.
  std::uint32_t flags = 0;        ///< ResponseFlags of the callee's sidecar. Of a branch: the one
                                  ///< before it that is under way, kNoVisit = none.
  std::uint32_t next = kNoVisit;  ///< In a VisitQueue.
  std::uint32_t pending = 0;      ///< Branches under way that the step waits for.
  std::uint32_t loop = 0;

  [[nodiscard]] std::uint32_t slot() const { return static_cast<std::uint32_t>(id); }
  /// The attempt of the caller's sidecar that it answers; 0 = it has none.
  [[nodiscard]] proxy::AttemptId attempt() const { return by_attempt ? origin : 0; }
  /// The call that it answers directly; 0 = a sidecar's attempt, or a branch.
  [[nodiscard]] CallId call() const { return by_attempt || is_branch ? 0 : origin; }
  /// Of a branch.
  [[nodiscard]] VisitId parent() const { return origin; }
  [[nodiscard]] std::uint32_t response_flags() const { return has_flags ? flags : 0; }
  void set_response_flags(std::uint32_t value) {
    has_flags = value != 0;
    if (has_flags) [[unlikely]] {
      flags = value;
    }
  }

  /// Makes a new visit of what was left in the slot.
  void reset() {
    origin = 0;
    stream = 0;
    local = 0;
    caller_instance = kNone;
    status = 200;
    failure = 0;
    state = State::kTravelling;
    is_branch = by_attempt = cancelled = was_reset = has_flags = admitted = is_hanging = false;
    is_unknown = is_delayed = is_parallel = is_calling = caller_is_gone = callee_is_gone = false;
  }
};
static_assert(sizeof(Visit) == 128);

/// A request of the load, as its client sees it.
struct alignas(64) LoadCall {
  std::uint64_t id = 0;          ///< The slab's.
  VisitId direct = 0;            ///< The callee's visit.
  Instant start{};               ///< Intended.
  proxy::TimerHandle timeout{};  ///< The client gives up.
  std::uint32_t load = kNone;
  std::uint32_t user = 0;
  std::uint16_t journey = 0;
  bool is_refused = false;     ///< Nobody was up: it fails at once.
  bool has_no_answer = false;  ///< Its client gave up, or nobody was up.
};

/// What a call asks, whoever makes it.
struct Outgoing {
  std::uint32_t caller_instance = kNone;  ///< kNone = the load.
  ServiceIndex service = kNone;           ///< The callee.
  GlobalEndpoint endpoint = 0;
  std::uint16_t headers = 0;
};

/// Marks tokens of inbound streams, which name visits; those of outbound streams name calls.
inline constexpr std::uint64_t kInboundToken = std::uint64_t{1} << 63;

/// Flags of SimEvent::kFault.
inline constexpr std::uint8_t kFaultEnds = 1;
inline constexpr std::uint8_t kFaultRises = 2;
inline constexpr std::uint8_t kFaultGoesOn = 3;

/// Kinds of kernel events.
enum class SimEvent : std::uint8_t {
  kLoadWake,          ///< target: load. It has something to send.
  kRequestArrives,    ///< arg: visit. At the callee's host.
  kRequestReady,      ///< arg: visit. Through the callee's proxy CPU.
  kWorkDone,          ///< arg: visit. CPU work that no other work can stretch.
  kWaitDone,          ///< arg: visit. Time that passed without the CPU.
  kCpuAlarm,          ///< target: instance, small: alarm generation.
  kResponseArrives,   ///< arg: visit. At the caller's host.
  kResponseReady,     ///< arg: visit. Through the caller's proxy CPU.
  kCancelArrives,     ///< arg: visit. At the callee's host.
  kConnectDone,       ///< target: caller instance, arg: connection, flags: 1 = refused.
  kConnectionClosed,  ///< target: caller instance, arg: connection.
  kCoreDeadline,
  kClientDeadline,
  kFault,          ///< target: fault, flags: 0 starts, kFaultEnds, kFaultRises (small: the step),
                   ///< kFaultGoesOn: a leak loses its next slot.
  kRestart,        ///< target: instance.
  kDiscovery,      ///< target: service. Endpoints have changed.
  kConfigArrives,  ///< target: instance, arg: fault.
  kGcPause,        ///< target: instance, flags: 0 starts, 1 ends.
  kBucketEnd,      ///< Or the edge of a window.
  kBegin,          ///< arg: visit. Has its worker and starts.
  kAutoscale,      ///< target: service. Its autoscaler looks.
  kReady,          ///< target: instance, small: generation. It has started.
  kGone,           ///< target: instance, small: generation. Its grace period is over.
  kOutOfMemory,    ///< target: instance, arg: fault. A leak has taken it all.
  kPipeReached,  ///< arg: visit, target: receiver, flags: the SimEvent of its arrival. The message
                 ///< is at the receiver's pipe.
};

}  // namespace shaketable::engine
