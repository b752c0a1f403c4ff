#pragma once

#include <algorithm>
#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/base/assert.h"
#include "proxy/http/codec.h"
#include "proxy/http/message.h"

namespace shaketable::proxy::http {

/// Body bytes that wait to be sent. Takes little more memory than they have (a string would take up
/// to twice as much), and gives that of a long queue back when it has been sent.
class BodyQueue {
 public:
  void append(Bytes bytes);
  [[nodiscard]] std::size_t size() const { return end_ - begin_; }
  /// The first `count` bytes; a view until the next change.
  [[nodiscard]] Bytes front(std::size_t count) const { return {memory_.get() + begin_, count}; }
  void consume(std::size_t count) {
    begin_ += count;
    if (begin_ == end_) {
      clear();
    }
  }
  void clear() {
    begin_ = end_ = 0;
    if (capacity_ > kKeep) {
      memory_.reset();
      capacity_ = 0;
    }
  }

 private:
  struct Free {
    void operator()(char* memory) const { std::free(memory); }
  };
  static constexpr std::size_t kKeep = 16 * 1024;

  std::unique_ptr<char, Free> memory_;
  std::size_t capacity_ = 0;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
};

/// The window of a response, until it flows: a client that reads nothing can then make us keep
/// little of what a server sends.
inline constexpr std::uint32_t kFirstWindow = 16 * 1024;

/// One stream, from its request to the close of both directions. The handler's view may end
/// earlier: nothing is told to it any more once both `receive_ended` and `send_ended`, or
/// `silenced`.
struct Http2Stream {
  StreamNumber id = 0;
  bool receive_ended = false;  ///< The peer's end was told.
  bool send_ended = false;     ///< The handler has given everything.
  bool silenced = false;       ///< Reset by us, or told that it is over.
  bool head_sent = false;      ///< Servers: the final response. Clients: the final response came.
  bool bodiless = false;       ///< The head ends it: body and trailers of the handler are dropped.
  bool is_head_request = false;
  bool is_connect = false;           ///< CONNECT, also an extended one.
  bool is_extended_connect = false;  ///< With `protocol` (RFC 8441).
  bool has_trailers = false;
  bool waits_for_data = false;          ///< nghttp2 has put it aside until it is resumed.
  bool paused = false;                  ///< By the handler: received bytes open no window.
  bool blocked = false;                 ///< The handler has been told so, and waits for drained.
  bool drain_due = false;               ///< Its drained is about to be told.
  bool is_receiving = false;            ///< The body of the peer is under way.
  bool may_be_silent = false;           ///< Though it is receiving.
  std::uint8_t stalls = 0;              ///< Calls of reset_stalled since its queue moved.
  std::uint8_t silences = 0;            ///< Calls of late_bodies since the peer's body moved.
  std::uint32_t held = 0;               ///< Received while paused.
  std::uint32_t window = kFirstWindow;  ///< Of a response: what may come unread.
  std::uint64_t received = 0;           ///< Body bytes.
  BodyQueue queue;
  HeaderList trailers;
  std::string protocol;

  /// Ready for a new request; keeps what little memory it has.
  void recycle() {
    queue.clear();
    trailers.clear();
    Http2Stream fresh;
    fresh.queue = std::move(queue);
    fresh.trailers = std::move(trailers);
    *this = std::move(fresh);
  }
};

/// The streams of a connection by number. Numbers only grow; pointers stay valid until erase.
class Http2Streams {
 public:
  [[nodiscard]] Http2Stream* find(StreamNumber id) const {
    const auto it = std::lower_bound(
        live_.begin(), live_.end(), id,
        [](const std::unique_ptr<Http2Stream>& stream, StreamNumber n) { return stream->id < n; });
    return it != live_.end() && (*it)->id == id ? it->get() : nullptr;
  }
  Http2Stream& add(StreamNumber id) {
    ASSERT(live_.empty() || live_.back()->id < id);
    if (spare_.empty()) {
      live_.push_back(std::make_unique<Http2Stream>());
    } else {
      live_.push_back(std::move(spare_.back()));
      spare_.pop_back();
    }
    live_.back()->id = id;
    return *live_.back();
  }
  void erase(StreamNumber id) {
    const auto it = std::lower_bound(
        live_.begin(), live_.end(), id,
        [](const std::unique_ptr<Http2Stream>& stream, StreamNumber n) { return stream->id < n; });
    ASSERT(it != live_.end() && (*it)->id == id);
    if (spare_.size() < kSpare) {
      (*it)->recycle();
      spare_.push_back(std::move(*it));
    }
    live_.erase(it);
  }
  /// Frees what is kept for streams to come.
  void release_spare() {
    spare_.clear();
    spare_.shrink_to_fit();
  }
  [[nodiscard]] std::size_t size() const { return live_.size(); }
  [[nodiscard]] bool empty() const { return live_.empty(); }
  /// The i-th in the order of numbers.
  [[nodiscard]] Http2Stream& at(std::size_t i) const { return *live_[i]; }

 private:
  static constexpr std::size_t kSpare = 16;
  std::vector<std::unique_ptr<Http2Stream>> live_;
  std::vector<std::unique_ptr<Http2Stream>> spare_;
};

/// What became of the client's latest streams. nghttp2 forgets closed streams, and then can not
/// tell a late frame of one that we reset (to be ignored) from one that was never opened or had
/// ended (a connection error; RFC 9113 sections 5.1 and 5.1.1).
class StreamHistory {
 public:
  enum class Fate : std::uint8_t {
    kUnknown,  ///< Too long ago.
    kSkipped,  ///< A later one was opened instead.
    kOpened,   ///< And ended by the client.
    kReset,    ///< By us: what was under way may still come.
  };

  [[nodiscard]] StreamNumber highest() const { return highest_; }
  /// `id` is odd and above highest().
  void open(StreamNumber id) {
    const std::size_t to = id / 2;
    const std::size_t from = std::max<std::size_t>(highest_ == 0 ? 0 : highest_ / 2 + 1,
                                                   to >= kWindow ? to - kWindow + 1 : 0);
    for (std::size_t i = from; i <= to; ++i) {
      opened_.reset(i % kWindow);
      reset_.reset(i % kWindow);
    }
    opened_.set(to % kWindow);
    highest_ = id;
  }
  void note_reset(StreamNumber id) {
    if (is_recent(id)) {
      reset_.set(id / 2 % kWindow);
    }
  }
  /// Of an odd number up to highest().
  [[nodiscard]] Fate fate(StreamNumber id) const {
    if (!is_recent(id)) {
      return Fate::kUnknown;
    }
    const std::size_t bit = id / 2 % kWindow;
    return reset_.test(bit) ? Fate::kReset : opened_.test(bit) ? Fate::kOpened : Fate::kSkipped;
  }

 private:
  [[nodiscard]] bool is_recent(StreamNumber id) const {
    return id <= highest_ && highest_ / 2 - id / 2 < kWindow;
  }

  static constexpr std::size_t kWindow = 512;
  StreamNumber highest_ = 0;
  std::bitset<kWindow> opened_;
  std::bitset<kWindow> reset_;
};

}  // namespace shaketable::proxy::http
