#pragma once

#include <cstdint>
#include <vector>

#include "proxy/core/types.h"

namespace shaketable::proxy {

/// What the driver must do. Carried out in order, after the input that caused it has returned.
enum class ActionKind : std::uint8_t {
  kOpenConnection,   ///< Connect to `host`; answer with on_connected or on_connect_failed.
  kCloseConnection,  ///< `connection` is not used any more.
  kSendRequest,      ///< Send stream `stream`'s request as `attempt` on `connection` to `host`.
  kCancelAttempt,    ///< Reset `attempt` upstream; its answers are not wanted any more.
  kForwardResponse,  ///< Pass `attempt`'s response to the downstream; ends the stream if `last`.
  kLocalReply,       ///< Answer the downstream with `status` and `flags`; ends the stream.
  kResetDownstream,  ///< Reset the downstream stream: a response had begun and cannot go on.
};

/// A plain value, 40 bytes. Tokens are what the driver gave for the stream or attempt.
struct Action {
  ActionKind kind = ActionKind::kLocalReply;
  std::uint8_t attempts = 0;  ///< Ends of a stream: attempts made in all.
  std::uint16_t status = 0;
  std::uint32_t flags = 0;  ///< ResponseFlag bits; kSendRequest: kSend* bits.
  std::uint32_t proxy = 0;  ///< Whose action it is (Sidecar::id()).
  std::uint32_t host = 0;   ///< HostConfig::id.
  std::uint64_t token = 0;  ///< Stream token (or attempt token with kCancelAttempt).
  std::uint64_t attempt = kNoHandle;
  std::uint64_t connection = kNoHandle;
};
static_assert(sizeof(Action) == 40);

/// Bits of Action::flags with kSendRequest.
enum SendFlag : std::uint32_t {
  kSendRetry = 1U << 0,   ///< Not the first attempt.
  kSendMirror = 1U << 1,  ///< A shadow: its response is discarded, `token` is the original's.
};

/// Bit of Action::flags with kForwardResponse: the body goes on, the stream is not over yet.
inline constexpr std::uint32_t kForwardMore = 1U << 31;

using ActionList = std::vector<Action>;

}  // namespace shaketable::proxy
