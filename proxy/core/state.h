#pragma once

#include <array>
#include <cstdint>

#include "proxy/base/deadline_queue.h"
#include "proxy/base/time.h"
#include "proxy/core/compiled_config.h"
#include "proxy/core/types.h"

/// The objects that live in a worker's slabs: one per request with its attempt, and one per
/// upstream connection. Only data; `Sidecar` and `UpstreamCluster` move them through their states.
namespace shaketable::proxy {

class UpstreamCluster;
struct UpstreamHost;

/// End of an intrusive list of slots.
inline constexpr std::uint32_t kNil = 0xffff'ffffU;

/// One try at one upstream host. A stream has at most one at a time, which lives inside of it.
///
///     kNone --> kPending --connection--> kAwaitingHeaders --headers--> kStreaming --end--> kNone
///
/// Resets, timeouts and cancellation end it from every state.
struct UpstreamRequest {
  enum class State : std::uint8_t { kNone, kPending, kAwaitingHeaders, kStreaming };

  UpstreamHost* host = nullptr;
  std::uint32_t next = kNil;  ///< In the host's pending list, or in its connection's list.
  std::uint32_t previous = kNil;
  std::uint32_t connection = kNil;
  std::uint32_t sequence = 1;  ///< Odd; upper half of the AttemptId, goes on from stream to stream.
  std::uint64_t token = 0;     ///< The driver's, for kCancelAttempt.
};

/// Bits of ActiveStream::marks.
enum StreamMark : std::uint8_t {
  kHoldsRetry = 1U << 0,  ///< Counted in CircuitBreaker::retries.
  kHoldsFault = 1U << 1,  ///< Counted as active fault.
  kIsMirror = 1U << 2,
};

/// One downstream request with the attempt that is under way. A mirror is one without a downstream:
/// an attempt alone.
///
///     kDelayed --fault delay over--> kInFlight --retriable end--> kBackingOff --+
///                                      |    ^                                  |
///                                      |    +------------- back-off over ------+
///                                      +--response headers--> kResponding --end--> (gone)
///
/// Local replies, resets and the route timeout end it from every state.
///
/// Two cache lines, together with the 8 bytes of its slot: each request touches all of it twice.
struct ActiveStream {
  enum class State : std::uint8_t { kDelayed, kInFlight, kBackingOff, kResponding };

  State state = State::kInFlight;
  std::uint8_t attempts = 0;  ///< Made so far.
  std::uint8_t marks = 0;     ///< StreamMark bits: what makes it more than a plain stream.
  bool replayable = true;
  UpstreamRequest::State attempt_state = UpstreamRequest::State::kNone;
  std::uint16_t retries_left = 0;
  std::uint32_t proxy = 0;
  std::uint32_t flags = 0;
  std::uint32_t epoch = 0;  ///< Configuration that it was routed with.
  std::uint16_t tried_count = 0;
  std::array<std::uint16_t, 5> tried{};  ///< Slots of the hosts tried last.
  const CompiledRoute* route = nullptr;
  UpstreamCluster* cluster = nullptr;
  std::uint64_t token = 0;
  Instant deadline = kNever;  ///< Route timeout.
  TimerHandle timeout{};      ///< For the deadline; not armed while a per-try timeout comes first.
  TimerHandle idle{};         ///< Stream idle timeout.
  TimerHandle step{};         ///< Fault delay, back-off or per-try timeout: never two at once.
  UpstreamRequest attempt;

  [[nodiscard]] bool has(StreamMark mark) const { return (marks & mark) != 0; }
  void set(StreamMark mark) { marks = static_cast<std::uint8_t>(marks | mark); }
  void unset(StreamMark mark) { marks = static_cast<std::uint8_t>(marks & ~mark); }
};
static_assert(sizeof(ActiveStream) == 120);

/// The name of a stream's attempt, for the driver.
[[nodiscard]] inline AttemptId attempt_id(std::uint32_t slot, const ActiveStream& stream) {
  return std::uint64_t{stream.attempt.sequence} << 32 | slot;
}

/// One upstream connection.
///
///     kConnecting --connected--> kOpen --no more streams wanted--> kDraining --last stream-->
///     (gone)
///
/// It drains when it has served its number of requests, when an HTTP/1.1 request was given up on
/// it, and when its host, its cluster or its protocol has left the configuration.
struct UpstreamConnection {
  enum class State : std::uint8_t { kConnecting, kOpen, kDraining };

  State state = State::kConnecting;
  bool is_ready = false;  ///< In its host's list of connections that can take a stream.
  bool is_http1 = true;
  std::uint8_t era = 0;  ///< UpstreamCluster's when it was opened; another one drains it.
  std::uint32_t slot = 0;
  std::uint32_t max_streams = 1;  ///< At once.
  std::uint32_t streams = 0;      ///< Active now.
  std::uint32_t served = 0;       ///< In its life.
  std::uint32_t next = kNil;      ///< Ready list.
  std::uint32_t first_attempt = kNil;
  UpstreamCluster* cluster = nullptr;
  TimerHandle connect_timeout{};
  Instant idle_since{};
};
static_assert(sizeof(UpstreamConnection) == 56);  // a cache line with its slot

/// What a due timer is about; the low half of its payload is a slot (or a cluster of a proxy).
enum class TimerKind : std::uint8_t {
  kRouteTimeout,
  kStreamIdle,
  kStreamPause,
  kPerTry,
  kConnect,
  kClusterTick,
  kPoolIdle,
};

}  // namespace shaketable::proxy
