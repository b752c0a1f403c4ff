#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "proxy/base/time.h"
#include "proxy/http/message.h"

/// What the proxy asks of a protocol, the same for HTTP/1.1 and HTTP/2. Codecs are sans-IO: bytes
/// that came from the peer go in by `receive`, bytes for the peer collect in `output()`, there is
/// no socket, no clock and no thread in them. Callbacks come during `receive` and `receive_end`
/// only, except `on_drained`, which also comes when output is taken; a handler may call any
/// function of the codec from within a callback but `receive`.
namespace shaketable::proxy::http {

/// A request and its response on one connection: HTTP/2's stream id; HTTP/1: 1, 3, 5, ...
using StreamNumber = std::uint32_t;

/// Why a stream ended early.
enum class StreamError : std::uint8_t {
  kCancelled,       ///< The peer (or we) lost interest; CANCEL, NO_ERROR.
  kRefused,         ///< Not processed, may be repeated; REFUSED_STREAM, or behind a GOAWAY.
  kProtocol,        ///< Broken message: PROTOCOL_ERROR, a bad body, a bad length.
  kInternal,        ///< Any other code.
  kConnectionLost,  ///< The connection ended under it.
};

/// What was wrong with bytes from the peer: one counter each. See counter_name().
enum class ProtocolError : std::uint8_t {
  kNone,
  kBadRequestLine,
  kBadStatusLine,
  kBadHeader,   ///< Name, value, folding, bare CR or LF, NUL.
  kBadHost,     ///< Missing, repeated or invalid.
  kBadFraming,  ///< Content-Length and Transfer-Encoding that do not agree, or are invalid.
  kBadChunk,
  kUnsupportedCoding,   ///< 501.
  kUnsupportedVersion,  ///< 505.
  kHeadersTooLarge,     ///< 431 (414 for the target).
  kTooManyHeaders,      ///< 431.
  kTrailersTooLarge,
  kUnexpectedBytes,  ///< Of an upstream that talks before it is asked, or after its body.
  kFlood,            ///< A frame or reset budget is used up: ENHANCE_YOUR_CALM.
  kHttp2,            ///< Any other HTTP/2 connection error.
  kTooMuchOutput,    ///< The peer makes us answer without reading what we say.
};
[[nodiscard]] std::string_view counter_name(ProtocolError error);

struct CodecLimits {
  std::size_t max_head_bytes = 60 * 1024;  ///< Request line and fields; also trailers.
  std::size_t max_target_bytes = 16 * 1024;
  std::size_t max_headers = 200;
  std::size_t max_chunk_extension_bytes = 4 * 1024;  ///< In one message.
  std::size_t high_water = 64 * 1024;        ///< Unsent body bytes of a stream before is_blocked().
  std::size_t max_output = 4 * 1024 * 1024;  ///< Unsent control bytes; beyond: kTooMuchOutput.
  std::uint32_t max_concurrent_streams = 100;
  std::uint32_t stream_window = 256 * 1024;
  std::uint32_t connection_window = 1024 * 1024;
  std::uint32_t resets_a_second = 100;  ///< HTTP/2 streams that the peer may reset, with burst
  std::uint32_t reset_burst = 1000;     ///< of this many.
  std::uint32_t frame_budget = 10'000;  ///< Frames that carry nothing (PING, SETTINGS, PRIORITY,
                                        ///< empty DATA, unknown, tiny WINDOW_UPDATE) for which
                                        ///< useful ones earn new ones; see http2 README part.

  friend bool operator==(const CodecLimits&, const CodecLimits&) = default;
};

/// Where a connection stands, for its timeouts.
enum class Phase : std::uint8_t {
  kIdle,     ///< No message under way: idle timeout.
  kHead,     ///< Part of a head has come: header timeout.
  kBody,     ///< A body is being read: body timeout between two pieces.
  kWaiting,  ///< A whole message came; our (or the peer's) answer is due: no timeout of ours.
  kTunnel,  ///< Upgraded; HTTP/2: only streams that may be silent for long (gRPC, and what is being
            ///< answered while it comes).
};

/// A peer's bytes, in order, as text that may hold any byte.
using Bytes = std::string_view;

/// What server and client side have in common.
class Codec {
 public:
  virtual ~Codec() = default;
  Codec(const Codec&) = delete;
  Codec& operator=(const Codec&) = delete;

  /// The present moment, for budgets that grow with time. The driver tells it once for each batch
  /// of input; without it such a budget is what its burst is.
  void set_now(Instant now) { now_ = now; }
  /// What was wrong with messages that cost the peer only their stream, one at a time, for the
  /// counters; kNone when there is no more.
  [[nodiscard]] bool has_stream_error() const { return stream_errors_ > 0; }
  [[nodiscard]] ProtocolError take_stream_error() {
    for (std::size_t i = 0; stream_errors_ > 0 && i < stream_error_counts_.size(); ++i) {
      if (stream_error_counts_[i] > 0) {
        --stream_error_counts_[i];
        --stream_errors_;
        return static_cast<ProtocolError>(i);
      }
    }
    return ProtocolError::kNone;
  }

  /// Takes bytes of the peer and returns how many it used; fewer than given when it is paused
  /// (is_paused) or has_failed. The rest must be given again, in front of what came later.
  virtual std::size_t receive(Bytes bytes) = 0;
  /// The peer will send no more.
  virtual void receive_end() = 0;

  /// Bytes for the peer. HTTP/2 puts frames there up to a bounded amount: call `fill_output`, send
  /// what `output` holds, erase what was sent, repeat until it stays empty.
  virtual void fill_output() = 0;
  [[nodiscard]] std::string& output() { return output_; }
  /// Whether the connection takes no more for now. Until it is told otherwise, once all is sent,
  /// streams are blocked (HTTP/2: at a few KiB each): a peer that reads nothing must not make us
  /// keep much of what it asked for.
  virtual void set_congested(bool is_congested) {
    is_congested_ = is_congested;
    was_blocked_ = was_blocked_ || is_congested;
  }

  /// Body bytes of a stream, in order, then `end`. Never refused: look at is_blocked. HTTP/1 frames
  /// it as the head said. Unknown or ended streams are ignored, also in all functions below.
  virtual void send_data(StreamNumber stream, Bytes bytes, bool end) = 0;
  virtual void send_trailers(StreamNumber stream, const HeaderList& trailers) = 0;  // ends it
  /// More than the high-water mark of the stream's body waits to be sent, or see set_congested.
  [[nodiscard]] virtual bool is_blocked(StreamNumber stream) const = 0;
  /// Ends a stream early. HTTP/1: the connection goes with it.
  virtual void reset(StreamNumber stream, StreamError error) = 0;

  /// Back-pressure for what the peer sends on a stream. Between pause_stream and resume_stream no
  /// more than about a window (HTTP/1: one receive) of its body comes.
  virtual void pause_stream(StreamNumber stream) = 0;
  virtual void resume_stream(StreamNumber stream) = 0;
  /// HTTP/1: no bytes are wanted now (paused stream, a pipelined request while its forerunner is
  /// being answered, or more than the high-water mark waits to be sent). Ask again after every call
  /// and after output was taken; then give the bytes that were left. While a request is answered
  /// and nothing was left, it is false: read on, or nobody notices that the client goes. HTTP/2:
  /// never.
  [[nodiscard]] virtual bool is_paused() const = 0;

  /// Ends the connection in good order: HTTP/2 GOAWAY (the first of two), HTTP/1 `connection:
  /// close` with the response under way or the next one. A while later, when what was on its way
  /// has come, `finish_drain` sends the final GOAWAY and ends an HTTP/1 connection that is idle.
  virtual void drain() = 0;
  virtual void finish_drain() = 0;
  /// No stream is under way and no new one will be: close once the output is sent.
  [[nodiscard]] virtual bool wants_close() const = 0;
  /// The peer broke the protocol. Its error answer (if it gets one) is in the output; send it, then
  /// close.
  [[nodiscard]] bool has_failed() const { return error_ != ProtocolError::kNone; }
  [[nodiscard]] ProtocolError error() const { return error_; }
  /// Close by a TCP reset: the peer would take an orderly end for the end of a body that it is not.
  [[nodiscard]] bool must_abort() const { return must_abort_; }
  /// Body bytes of a stream wait for a window that the peer has to open. HTTP/1: never, its peer
  /// stops the connection.
  [[nodiscard]] virtual bool has_waiting_bodies() const { return false; }
  /// Resets the streams whose waiting body has not moved between the calls before this one: call it
  /// at regular intervals while has_waiting_bodies(), and it finds a stream that has not moved for
  /// two to three of them (gRPC: 20 to 21). A peer that opens no window must not hold what was sent
  /// to it, and whoever sends it, for ever. Their handlers are told kCancelled. Returns how many it
  /// has reset.
  virtual std::size_t reset_stalled() { return 0; }
  /// Frees memory that an idle connection need not hold; it comes back with the next message. For a
  /// driver that has seen phase() kIdle for a while. Not from within a callback.
  virtual void release_buffers() {}
  [[nodiscard]] virtual Phase phase() const = 0;
  /// Streams under way.
  [[nodiscard]] virtual std::size_t stream_count() const = 0;
  [[nodiscard]] virtual Version version() const = 0;

 protected:
  Codec() = default;
  std::string output_;
  ProtocolError error_ = ProtocolError::kNone;
  bool must_abort_ = false;
  Instant now_ = kStart;

  // Codecs of one stream at a time: it is blocked with the connection.
  [[nodiscard]] bool is_full(const CodecLimits& limits) const {
    return is_congested_ || output_.size() > limits.high_water;
  }
  void note_full(const CodecLimits& limits) { was_blocked_ = was_blocked_ || is_full(limits); }
  /// Whether what was blocked may go on; tells it once.
  [[nodiscard]] bool has_drained(const CodecLimits& limits) {
    return was_blocked_ && !is_congested_ && output_.size() <= limits.high_water / 2 &&
           std::exchange(was_blocked_, false);
  }

  void note_stream_error(ProtocolError error) {
    auto& count = stream_error_counts_[static_cast<std::size_t>(error)];
    if (count < std::numeric_limits<std::uint8_t>::max()) {
      ++count;
      ++stream_errors_;
    }
  }

 private:
  static constexpr std::size_t kErrors =
      static_cast<std::size_t>(ProtocolError::kTooMuchOutput) + 1;
  std::array<std::uint8_t, kErrors> stream_error_counts_{};
  std::uint16_t stream_errors_ = 0;
  bool is_congested_ = false;
  bool was_blocked_ = false;
};

/// What a server-side codec tells. Messages may be moved from.
class ServerHandler {
 public:
  /// A request. `end`: no body, no trailers follow.
  virtual void on_request(StreamNumber stream, RequestMessage& request, bool end) = 0;
  virtual void on_request_data(StreamNumber stream, Bytes bytes, bool end) = 0;
  virtual void on_request_trailers(StreamNumber stream, HeaderList& trailers) = 0;  // ends it
  /// The client reset it, or its connection failed.
  virtual void on_request_reset(StreamNumber stream, StreamError error) = 0;
  /// A blocked stream may take body bytes again.
  virtual void on_response_drained(StreamNumber stream) = 0;

 protected:
  ~ServerHandler() = default;
};

class ServerCodec : public Codec {
 public:
  /// The final response; with `end` nothing follows. A response to HEAD, 204 and 304 never has a
  /// body whatever is sent. HTTP/1 writes content-length, chunked or close as `response.body`
  /// and the client's version demand; with BodyKind::kTunnel (101, or 2xx to CONNECT) all further
  /// bytes are raw.
  virtual void send_response(StreamNumber stream, const ResponseMessage& response, bool end) = 0;
  /// 100, 103, ...; never 101.
  virtual void send_informational(StreamNumber stream, const ResponseMessage& response) = 0;
};

/// What a client-side codec tells.
class ClientHandler {
 public:
  virtual void on_informational(StreamNumber stream, ResponseMessage& response) = 0;
  virtual void on_response(StreamNumber stream, ResponseMessage& response, bool end) = 0;
  virtual void on_response_data(StreamNumber stream, Bytes bytes, bool end) = 0;
  virtual void on_response_trailers(StreamNumber stream, HeaderList& trailers) = 0;  // ends it
  /// The server reset it, its connection failed, or its message was broken.
  virtual void on_response_reset(StreamNumber stream, StreamError error) = 0;
  virtual void on_request_drained(StreamNumber stream) = 0;
  /// No new stream can start on the connection any more (GOAWAY, `connection: close`).
  virtual void on_going_away() = 0;

 protected:
  ~ClientHandler() = default;
};

class ClientCodec : public Codec {
 public:
  /// Starts a request; can_send must hold. Returns its number.
  virtual StreamNumber send_request(const RequestMessage& request, bool end) = 0;
  /// Whether a further stream can start now. HTTP/2: below the server's limit.
  [[nodiscard]] virtual bool can_send() const = 0;
};

}  // namespace shaketable::proxy::http
