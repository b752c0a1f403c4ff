#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "proxy/http/codec.h"
#include "proxy/http/http2_budget.h"
#include "proxy/http/http2_frame.h"
#include "proxy/http/http2_head.h"
#include "proxy/http/http2_stream.h"

namespace shaketable::proxy::http {

/// What a side (server or client) makes of what its session reads.
class Http2Side {
 public:
  /// A whole header block; the message is in `Http2Session::head`, not finished yet. `stream` is
  /// null when it opens one.
  virtual void on_block(StreamNumber id, Http2Stream* stream, Http2HeadReader::Kind kind,
                        bool end) = 0;
  virtual void on_data(StreamNumber id, Bytes bytes, bool end) = 0;
  virtual void on_reset(StreamNumber id, StreamError error) = 0;
  virtual void on_drained(StreamNumber id) = 0;
  virtual void on_goaway() = 0;
  virtual void on_stream_error(ProtocolError error) = 0;

 protected:
  ~Http2Side() = default;
};

/// An HTTP/2 connection on nghttp2, the part that servers and clients share: bytes in and out, the
/// streams, their queues and windows, and what a peer may do before it has to go.
///
///     receive --> frame header: budgets, history --> nghttp2 --> callbacks --> Http2Side
///     send_*  --> queue of the stream --> nghttp2 asks for it --> output, at most kFill at a time
///
/// Windows: received bytes open the connection's window at once and the stream's window unless the
/// stream is paused, so that one paused stream stops nobody else. A server holds the connection's
/// window, too, while paused streams hold several connection windows in all.
class Http2Session {
 public:
  enum class Role : std::uint8_t { kServer, kClient };

  /// `side`, `output` and `error` belong to the codec and outlive the session. Its SETTINGS wait to
  /// be sent.
  Http2Session(Role role, const CodecLimits& limits, Http2Side& side, std::string& output,
               ProtocolError& error);
  ~Http2Session();
  Http2Session(const Http2Session&) = delete;
  Http2Session& operator=(const Http2Session&) = delete;

  // --- as in Codec ---
  std::size_t receive(Bytes bytes, Instant now);
  void receive_end();
  void fill_output();
  void set_congested(bool is_congested) { is_congested_ = is_congested; }
  void send_data(StreamNumber id, Bytes bytes, bool end);
  void send_trailers(StreamNumber id, const HeaderList& trailers);
  [[nodiscard]] bool is_blocked(StreamNumber id) const;
  void reset(StreamNumber id, StreamError error);
  void pause_stream(StreamNumber id);
  void resume_stream(StreamNumber id);
  void drain();
  void finish_drain();
  [[nodiscard]] bool has_waiting_bodies() const { return queues_ > 0; }
  std::size_t reset_stalled();
  /// Servers: a body is under way that the client must go on with.
  [[nodiscard]] bool awaits_bodies() const { return receiving_ > 0; }
  /// Servers: the streams whose body has not moved between the calls before this one, as
  /// reset_stalled finds those that wait for a window. Not those that are paused.
  [[nodiscard]] std::vector<StreamNumber> late_bodies();
  void release_buffers();
  [[nodiscard]] bool wants_close() const;
  [[nodiscard]] Phase phase() const;
  [[nodiscard]] std::size_t stream_count() const { return streams_.size(); }

  // --- for the sides ---
  Http2HeadReader head;

  [[nodiscard]] Http2Stream* find(StreamNumber id) const { return streams_.find(id); }
  Http2Stream& open(StreamNumber id) { return streams_.add(id); }
  /// Servers: makes stream 1 of a request that came by HTTP/1 with `upgrade: h2c`. `settings` are
  /// the decoded http2-settings. False when they are invalid.
  [[nodiscard]] bool upgrade(Bytes settings, bool is_head_request);
  /// The peer's half of the stream begins to be a body, or something that may be silent for long: a
  /// tunnel, a conversation. See phase().
  void begin_receive(Http2Stream& stream, bool may_be_silent);
  void end_receive(Http2Stream& stream);
  /// Refuses a message: resets its stream and counts.
  void reject(StreamNumber id, ProtocolError error);
  /// Ends a stream with a response in front of its request's end; the handler hears no more of it.
  void submit_refusal(Http2Stream& stream, const ResponseMessage& response);
  /// A message was useful: the peer may send some more frames that are not.
  void earn(std::uint32_t frames) { frames_.earn(frames); }
  /// A stream that the peer made useless, without a reset.
  void spend_reset();

  void submit_response(Http2Stream& stream, const ResponseMessage& response, bool end);
  void submit_informational(StreamNumber id, const ResponseMessage& response);
  StreamNumber submit_request(const RequestMessage& request, bool end);
  [[nodiscard]] bool can_request() const;
  [[nodiscard]] bool peer_allows_extended_connect() const;

 private:
  friend struct Http2Callbacks;
  struct Native;

  [[nodiscard]] bool is_server() const { return role_ == Role::kServer; }
  [[nodiscard]] bool has_failed() const { return error_ != ProtocolError::kNone; }

  std::size_t take(Bytes bytes);
  std::size_t take_partial(Bytes bytes);
  void feed(Bytes bytes);
  void begin_frame(const FrameHeader& frame);
  void check_sequence(const FrameHeader& frame);
  void check_known_stream(const FrameHeader& frame);
  [[nodiscard]] static std::uint32_t cost(const FrameHeader& frame);

  void check_ignored(const FrameHeader& frame);

  void end_silence_or_body(Http2Stream& stream);
  void flush_chunk(bool end);
  void consume(Http2Stream* stream, StreamNumber id, std::size_t count);
  void release_held(Http2Stream& stream);
  void grow_window(Http2Stream& stream);

  void pump();
  bool pump_frames();
  bool tell_drained();
  [[nodiscard]] bool is_window_closed(const Http2Stream& stream) const;
  [[nodiscard]] std::size_t stream_limit(const Http2Stream& stream) const;
  void note_sent(Http2Stream& stream, std::size_t count);
  void resume(Http2Stream& stream);
  void drop_queue(Http2Stream& stream);
  void silence(Http2Stream& stream);
  void refuse(StreamNumber id);
  void announce_streams(std::size_t frame_begin);
  [[nodiscard]] bool is_over(const Http2Stream& stream) const;
  void close(StreamNumber id, std::uint32_t code);
  void tell_lost();
  void fail(ProtocolError error, Http2Code code);
  void fail_later(ProtocolError error, Http2Code code);
  void settle_failure();

  Role role_;
  CodecLimits limits_;
  Http2Side& side_;
  std::string& output_;
  ProtocolError& error_;
  std::unique_ptr<Native> native_;
  Http2Streams streams_;

  // What is being read.
  std::size_t preface_left_ = 0;
  FrameHeader frame_;
  std::uint32_t payload_left_ = 0;
  std::array<char, 16> partial_{};
  std::uint8_t partial_size_ = 0;
  bool in_block_ = false;  ///< CONTINUATION is due.
  std::uint32_t continuations_ = 0;
  bool settings_seen_ = false;
  bool settings_refused_ = false;
  bool streams_announced_ = false;
  Http2HeadReader::Kind block_kind_ = Http2HeadReader::Kind::kRequest;
  StreamNumber chunk_stream_ = 0;  ///< Of body bytes that are about to be told; 0 = none.
  Bytes chunk_;
  StreamNumber counted_error_ = 0;

  // What the peer may do.
  Instant now_ = kStart;
  bool clock_begun_ = false;
  Budget frames_;
  Budget resets_;
  Budget crumbs_;
  std::uint64_t ignorable_;  ///< Bytes that may still come for streams that were reset.
  StreamHistory history_;
  ProtocolError later_error_ = ProtocolError::kNone;
  Http2Code later_code_ = Http2Code::kNoError;

  // Sums over the streams.
  std::size_t queued_ = 0;       ///< Body bytes to be sent.
  std::uint32_t queues_ = 0;     ///< Streams that have some.
  std::size_t held_ = 0;         ///< Received by paused streams.
  std::size_t held_window_ = 0;  ///< Received, and kept from the connection's window.
  std::uint32_t receiving_ = 0;
  std::uint32_t silent_ = 0;

  std::vector<StreamNumber> drained_;
  std::vector<StreamNumber> yielded_;
  StreamNumber served_ = 0;     ///< Who sent the latest DATA.
  bool has_sent_body_ = false;  ///< Since the latest reset_stalled.
  bool is_full_ = false;        ///< `output_` has enough for now.
  bool is_congested_ = false;   ///< The connection takes no more for now.
  bool feeding_ = false;
  bool pumping_ = false;
  bool goaway_sent_ = false;  ///< With an error: nothing follows it.
  bool draining_ = false;
  bool drained_finally_ = false;
  bool peer_goaway_ = false;
};

}  // namespace shaketable::proxy::http
