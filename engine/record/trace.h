#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/mesh/model.h"
#include "engine/record/outcome.h"
#include "proxy/base/time.h"

/// Single requests, followed through the mesh: what each of its stations took, and what the
/// sidecars decided on the way. Plain data.
namespace shaketable::engine {

using proxy::Instant;

/// What a span measures. A request is a tree of them:
///
///     client
///      +- network (request)
///      +- inbound                  the host, behind its sidecar
///      |   +- queue                waits for a worker or a loop
///      |   +- application
///      |       +- work, wait       in pieces, between the calls
///      |       +- call             as the application's client sees it: the sidecar's outbound
///      side |           +- pending      waits for a connection |           +- attempt      one try
///      at one host |           |   +- network (request), inbound ..., network (response) | +-
///      back_off     before the next attempt
///      +- network (response)
///
/// What a span spends outside of its children is its own time: of `inbound` the proxy's CPU.
enum class SpanKind : std::uint8_t {
  kClient,       ///< The root: from the moment that the load intended to the answer.
  kNetwork,      ///< The way of one message, `is_response` says which.
  kInbound,      ///< From the arrival at the host until the answer leaves it.
  kQueue,        ///< Waits for a worker, or for the event loop.
  kApplication,  ///< Holds a worker or a place.
  kWork,         ///< The application works (with what contention and pauses add).
  kWait,         ///< The application waits for something that is no call.
  kCall,         ///< A call of the application to another service, with all its attempts.
  kPending,      ///< An attempt waits for a connection of its pool.
  kAttempt,      ///< One try at one host.
  kBackOff,      ///< Until the next attempt.
};
inline constexpr std::size_t kSpanKinds = 11;

/// "client", "back_off" and so on.
[[nodiscard]] const char* name_of(SpanKind kind);

/// What a sidecar, a client or a host decided about the request of a span.
enum class SpanEventKind : std::uint8_t {
  kRetry,         ///< Another attempt will be made.
  kNoRetry,       ///< The attempt failed, and there will be no other one.
  kOverflow,      ///< A circuit breaker refused.
  kHostsSkipped,  ///< Hosts that the load balancer may not choose: ejected, or the panic ended
                  ///< that.
  kNoHost,        ///< Nobody to send it to.
  kTimeout,       ///< Somebody stopped waiting.
  kFault,         ///< A fault was injected.
  kConnection,    ///< A connection was refused, timed out, or ended.
  kMirror,        ///< A copy was sent elsewhere.
  kQueueFull,     ///< The application had no place left.
  kCancelled,     ///< Nobody waits for this any more.
  kLost,          ///< The message never arrived.
};
inline constexpr std::size_t kSpanEventKinds = 12;

/// "retry", "hosts_skipped" and so on.
[[nodiscard]] const char* name_of(SpanEventKind kind);

/// One decision, with its reason as a person would say it.
struct SpanEvent {
  std::uint32_t span = 0;  ///< Index into Trace::spans.
  Instant at{};
  SpanEventKind kind = SpanEventKind::kRetry;
  std::string reason;  ///< "503 is in retry_on, attempt 2 of 3 after 21 ms".
};

/// One piece of a request's way. Indexes that do not apply are kNone.
struct Span {
  std::uint32_t parent = kNone;  ///< Index into Trace::spans, smaller than the own one.
  SpanKind kind = SpanKind::kClient;
  Instant from{}, to{};
  ServiceIndex service = kNone;    ///< Whose time it is; of network: the sender. kNone = the load.
  std::uint32_t instance = kNone;  ///< Number within the service.
  ServiceIndex peer = kNone;       ///< Client, call, attempt, network: who is asked, or receives.
  std::uint32_t peer_instance = kNone;
  EndpointIndex endpoint = kNone;  ///< Of the callee (client, call, attempt), else of `service`.
  std::uint16_t status = 0;        ///< HTTP; 0 = there was no answer, or it does not apply.
  std::uint32_t flags = 0;         ///< proxy::ResponseFlag bits.
  Outcome outcome = Outcome::kOk;  ///< Client, call, attempt, inbound.
  std::uint16_t attempt = 0;       ///< Attempts count from 1; of a call: how many were made.
  bool is_response = false;        ///< kNetwork: on the way back.
  bool is_mirror = false;          ///< kAttempt: a copy, whose answer nobody gets.
  bool has_sidecar = false;        ///< Client, call, attempt: the caller's; inbound: the host's.
  bool is_cancelled = false;       ///< Nobody waited for its end any more.
  bool is_open = false;            ///< Not over when the run ended: `to` is that moment.
};

/// Why a trace was kept, as bits.
enum TraceReason : std::uint8_t {
  kKeptAsSlow = 1,    ///< Among the slowest of its journey.
  kKeptAsFailed = 2,  ///< An example of how requests of its journey failed.
  kKeptAsRandom = 4,  ///< Picked by its id: what usual requests look like.
  kKeptInShare = 8,   ///< All requests were kept, or a share of them; see TraceStatistics.
};

/// One request of the load with all that it caused.
struct Trace {
  std::uint64_t id_high = 0, id_low = 0;  ///< 128 bits, a function of the seed and `number`.
  std::uint64_t number = 0;               ///< Of the request among all of the load, from 1.
  std::uint32_t load = kNone;             ///< Index into Scenario::loads.
  std::uint32_t journey = kNone;          ///< Within the load; kNone = it has none.
  std::uint8_t reasons = 0;               ///< TraceReason bits.
  std::vector<Span> spans;        ///< Parents first; siblings in order of time. [0] is the client.
  std::vector<SpanEvent> events;  ///< In order of time.

  [[nodiscard]] const Span& root() const { return spans.front(); }
  [[nodiscard]] proxy::Duration duration() const { return root().to - root().from; }
};

/// Which requests were followed.
struct TraceStatistics {
  std::uint64_t followed = 0;  ///< Requests that could have been kept.
  std::uint64_t missed = 0;    ///< Others: not in the sample, or too many were under way.
  /// Of the requests that ended well, and of those that failed: the share that was kept beside the
  /// examples of each journey, ppm. 1,000,000 = all.
  std::uint64_t kept_good_ppm = 0, kept_failed_ppm = 0;
};

}  // namespace shaketable::engine
