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
/// of a parallel step, which has a `parent` and no transport.
///
///     kTravelling --arrives--> kAtProxy --> kWaiting --worker free--> kRunning --end--> kAnswering
///
/// A request that neither queues nor branches touches the first two cache lines only.
struct alignas(64) Visit {
  enum class State : std::uint8_t { kTravelling, kAtProxy, kWaiting, kRunning, kAnswering };

  // What travels.
  VisitId id = 0;                ///< Of this visit; the slab's.
  CallId call = 0;               ///< That it answers; 0 = a mirror's, or a branch.
  proxy::AttemptId attempt = 0;  ///< In the caller's sidecar; 0 = it has none.
  Instant arrived{};
  std::uint32_t instance = 0;
  std::uint32_t caller_instance = kNone;  ///< kNone = the load.
  GlobalEndpoint endpoint = 0;
  std::uint32_t plan = 0;
  std::uint32_t headers = 0;   ///< Header set, see Shapes.
  std::uint32_t flags = 0;     ///< ResponseFlags of the callee's sidecar.
  std::uint16_t status = 200;  ///< Of the answer.
  std::uint16_t failure = 0;   ///< Status of the failed step that ends it; 0 = none.
  State state = State::kTravelling;
  bool is_branch : 1 = false;
  bool cancelled : 1 = false;       ///< Nobody waits for the answer any more.
  bool was_reset : 1 = false;       ///< Ends as a reset of the stream, not as an answer.
  bool admitted : 1 = false;        ///< Holds a worker, loop or place in its instance.
  bool is_hanging : 1 = false;      ///< Swallowed by a blackhole.
  bool is_unknown : 1 = false;      ///< Routed to a service that has no such endpoint: 404.
  bool is_delayed : 1 = false;      ///< By a delay fault: `work` says for how long.
  bool is_parallel : 1 = false;     ///< Has begun a parallel step: `pending` counts.
  bool is_refused : 1 = false;      ///< Nobody is up for its current call, which fails at once.
  bool caller_is_gone : 1 = false;  ///< The caller's instance has died since.
  bool callee_is_gone : 1 = false;  ///< This instance has died since.

  // Execution.
  proxy::StreamId stream = 0;    ///< In this instance's sidecar.
  proxy::AttemptId local = 0;    ///< That sidecar's attempt at its application.
  Instant began{};               ///< Current work or call.
  Duration pause_mark{0};        ///< Instance::paused_by when the current work began.
  CallId calling = 0;            ///< The call of the current step; 0 = none is under way.
  std::uint64_t callee = 0;      ///< Of that call: StreamId in the own sidecar; without, a VisitId.
  proxy::TimerHandle timeout{};  ///< Of that call: the own client gives up.
  std::uint32_t op = 0;          ///< The next one.
  std::uint32_t calls_made = 0;  ///< In all lives of the slot; names the calls.

  // What few requests need. Set before it is read, never reset.
  Duration work{0};               ///< Of a delay fault; that waits for the loop; left over a pause.
  VisitId parent = 0;             ///< Of a branch.
  std::uint32_t next = kNoVisit;  ///< In a VisitQueue.
  std::uint32_t pending = 0;      ///< Branches under way that the step waits for.
  std::uint32_t loop = 0;

  [[nodiscard]] std::uint32_t slot() const { return static_cast<std::uint32_t>(id); }

  /// Makes a new visit of what was left in the slot.
  void reset() {
    call = 0;
    attempt = 0;
    caller_instance = kNone;
    flags = 0;
    status = 200;
    failure = 0;
    state = State::kTravelling;
    is_branch = cancelled = was_reset = admitted = is_hanging = is_unknown = is_delayed = false;
    is_parallel = is_refused = caller_is_gone = callee_is_gone = false;
    stream = 0;
    local = 0;
    pause_mark = Duration{0};
    calling = 0;
  }
};
static_assert(sizeof(Visit) == 192);

/// A request of the load, as its client sees it.
struct alignas(64) LoadCall {
  std::uint64_t id = 0;          ///< The slab's.
  VisitId direct = 0;            ///< The callee's visit.
  Instant start{};               ///< Intended.
  proxy::TimerHandle timeout{};  ///< The client gives up.
  std::uint32_t load = kNone;
  std::uint32_t worker = 0;
  std::uint16_t journey = 0;
  bool is_refused = false;  ///< Nobody was up: it fails at once.
};

/// What a call asks, whoever makes it.
struct Outgoing {
  std::uint32_t caller_instance = kNone;  ///< kNone = the load.
  ServiceIndex service = kNone;           ///< The callee.
  GlobalEndpoint endpoint = 0;
  std::uint32_t headers = 0;
};

/// Marks tokens of inbound streams, which name visits; those of outbound streams name calls.
inline constexpr std::uint64_t kInboundToken = std::uint64_t{1} << 63;

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
  kFault,          ///< target: fault, flags: 0 starts, 1 ends.
  kRestart,        ///< target: instance.
  kDiscovery,      ///< target: service. Endpoints have changed.
  kConfigArrives,  ///< target: instance, arg: fault.
  kGcPause,        ///< target: instance, flags: 0 starts, 1 ends.
  kBucketEnd,      ///< Or the edge of a window.
  kBegin,          ///< arg: visit. Has its worker and starts.
};

}  // namespace shaketable::engine
