#pragma once

#include <cstdint>

#include "engine/mesh/model.h"
#include "engine/world/instance.h"
#include "engine/world/plan.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/slot_map.h"
#include "proxy/core/types.h"

/// The two things that exist while requests run: calls (seen by the one who waits) and visits (seen
/// by the instance that works).
namespace shaketable::engine {

/// Packed SlotMap handle; 0 is none.
using CallId = std::uint64_t;
using VisitId = std::uint64_t;

/// A call that somebody waits for: a step of a visit, or a request of the load.
struct Call {
  VisitId caller = 0;            ///< The visit that waits; 0 = the load.
  proxy::StreamId stream = 0;    ///< In the caller's sidecar; 0 = it has none.
  VisitId direct = 0;            ///< Without a sidecar: the callee's visit.
  Instant start{};               ///< Intended start, with a load.
  proxy::TimerHandle timeout{};  ///< The caller's own client gives up.
  std::uint32_t edge = kNone;    ///< The recorder's number; kNone with a load.
  std::uint32_t caller_instance = kNone;
  GlobalEndpoint endpoint = 0;
  ServiceIndex service = kNone;  ///< The callee.
  std::uint32_t headers = 0;     ///< Header set, see Shapes.
  std::uint32_t load = kNone;    ///< Index of the load, with its worker and journey.
  std::uint32_t worker = 0;
  std::uint16_t journey = 0;
  bool optional = false;
  bool refused = false;  ///< Nobody was up: it fails at once.
};

/// One request at one instance, from the moment it is sent until its answer has left; also a branch
/// of a parallel step, which has a `parent` and no transport.
///
///     kTravelling --arrives--> kAtProxy --> kWaiting --worker free--> kRunning --end--> kAnswering
struct Visit {
  enum class State : std::uint8_t { kTravelling, kAtProxy, kWaiting, kRunning, kAnswering };

  State state = State::kTravelling;
  bool is_branch = false;
  bool cancelled = false;      ///< Nobody waits for the answer any more.
  bool was_reset = false;      ///< Ends as a reset of the stream, not as an answer.
  bool admitted = false;       ///< Holds a worker, loop or place in its instance.
  bool is_hanging = false;     ///< Swallowed by a blackhole.
  bool is_unknown = false;     ///< Routed to a service that has no such endpoint: 404.
  std::uint16_t status = 200;  ///< Of the answer.
  std::uint16_t failure = 0;   ///< Status of the failed step that ends it; 0 = none.
  std::uint32_t instance = 0;
  std::uint32_t instance_generation = 0;
  std::uint32_t caller_instance = kNone;  ///< kNone = the load.
  std::uint32_t caller_generation = 0;
  GlobalEndpoint endpoint = 0;
  std::uint32_t headers = 0;
  std::uint32_t flags = 0;  ///< ResponseFlags of the callee's sidecar.
  // Execution.
  std::uint32_t plan = 0;
  std::uint32_t op = 0;
  std::uint32_t loop = 0;
  std::uint32_t next = kNoVisit;  ///< In a VisitQueue.
  std::uint32_t pending = 0;      ///< Branches under way that the step waits for.
  VisitId parent = 0;             ///< Of a branch.
  Duration work{0};               ///< Of a delay fault; that waits for the loop; left over a pause.
  Duration pause_mark{0};         ///< Instance::paused_by when the current work began.
  Instant began{};                ///< Current work.
  Instant arrived{};
  // Transport.
  CallId call = 0;
  CallId waiting_for = 0;        ///< The call of the current step.
  proxy::AttemptId attempt = 0;  ///< In the caller's sidecar; 0 = it has none.
  proxy::StreamId stream = 0;    ///< In the callee's sidecar.
  proxy::AttemptId local = 0;    ///< The callee's sidecar's attempt at its application.
};

/// Marks tokens of inbound streams, which name visits; those of outbound streams name calls.
inline constexpr std::uint64_t kInboundToken = std::uint64_t{1} << 63;

using CallMap = proxy::SlotMap<Call>;
using VisitMap = proxy::SlotMap<Visit>;

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
