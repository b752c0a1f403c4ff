#pragma once

#include <array>
#include <cstdint>

#include "proxy/base/deadline_queue.h"
#include "proxy/base/time.h"
#include "proxy/core/compiled_config.h"
#include "proxy/core/types.h"

/// The objects that live in a worker's slabs: one per request, attempt and upstream connection.
/// Only data; `Sidecar` and `UpstreamCluster` move them through their states.
namespace shaketable::proxy {

class UpstreamCluster;

/// End of an intrusive list of slots.
inline constexpr std::uint32_t kNil = 0xffff'ffffU;

/// One downstream request.
///
///     kDelayed --fault delay over--> kInFlight --retriable end--> kBackingOff --+
///                                      |    ^                                  |
///                                      |    +------------- back-off over ------+
///                                      +--response headers--> kResponding --end--> (gone)
///
/// Local replies, resets and the route timeout end it from every state.
struct ActiveStream {
  enum class State : std::uint8_t { kDelayed, kInFlight, kBackingOff, kResponding };

  State state = State::kInFlight;
  Direction direction = Direction::kOutbound;
  std::uint8_t attempts = 0;  ///< Made so far.
  bool holds_retry = false;   ///< Counted in CircuitBreaker::retries.
  bool holds_fault = false;   ///< Counted as active fault.
  bool replayable = true;
  std::uint16_t retries_left = 0;
  std::uint32_t proxy = 0;
  std::uint32_t flags = 0;
  std::uint32_t epoch = 0;  ///< Configuration that it was routed with.
  std::uint16_t tried_count = 0;
  std::array<std::uint16_t, 5> tried{};  ///< Slots of the hosts tried last.
  const CompiledRoute* route = nullptr;
  UpstreamCluster* cluster = nullptr;
  AttemptId attempt = kNoHandle;
  Instant deadline = kNever;  ///< Route timeout.
  TimerHandle timeout{};      ///< For the deadline; not armed while a per-try timeout comes first.
  TimerHandle idle{};         ///< Stream idle timeout.
  TimerHandle pause{};        ///< Fault delay or back-off.
  std::uint64_t token = 0;
};

/// One try at one upstream host; a mirror is one without a stream.
///
///     kPending --connection--> kAwaitingHeaders --headers--> kStreaming --end--> (gone)
///
/// Resets, timeouts and cancellation end it from every state.
struct UpstreamRequest {
  enum class State : std::uint8_t { kPending, kAwaitingHeaders, kStreaming };

  State state = State::kPending;
  bool is_mirror = false;
  bool is_retry = false;
  std::uint32_t slot = 0;     ///< Host within the cluster.
  std::uint32_t next = kNil;  ///< In the host's pending list, or in its connection's list.
  std::uint32_t previous = kNil;
  std::uint32_t connection = kNil;
  UpstreamCluster* cluster = nullptr;
  StreamId stream = kNoHandle;
  TimerHandle per_try{};  ///< Mirrors: their only timeout.
  Duration per_try_timeout{0};
  std::uint64_t token = 0;         ///< The driver's, for kCancelAttempt.
  std::uint64_t stream_token = 0;  ///< The stream's, for kSendRequest.
};

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
  std::uint32_t previous = kNil;
  std::uint32_t first_attempt = kNil;
  UpstreamCluster* cluster = nullptr;
  TimerHandle connect_timeout{};
  Instant idle_since{};
};

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
