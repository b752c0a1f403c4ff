#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

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

/// Actions in the order in which they are to be carried out. Carrying one out may append others:
/// read by index until the end, then clear. Keeps its memory.
class ActionList {
 public:
  void push_back(const Action& action) {
    if (size_ == capacity_) [[unlikely]] {
      reserve(std::max<std::size_t>(64, 2 * capacity_));
    }
    actions_[size_++] = action;
  }
  /// Room for so many without an allocation.
  [[gnu::noinline]] void reserve(std::size_t capacity) {
    if (capacity > capacity_) {
      auto larger = std::make_unique<Action[]>(capacity);
      std::copy(begin(), end(), larger.get());
      actions_ = std::move(larger);
      capacity_ = capacity;
    }
  }
  void clear() { size_ = 0; }

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Action& operator[](std::size_t index) const { return actions_[index]; }
  [[nodiscard]] const Action& back() const { return actions_[size_ - 1]; }
  [[nodiscard]] const Action* begin() const { return actions_.get(); }
  [[nodiscard]] const Action* end() const { return actions_.get() + size_; }

 private:
  std::unique_ptr<Action[]> actions_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace shaketable::proxy
