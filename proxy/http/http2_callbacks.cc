#include <algorithm>
#include <array>

#include "proxy/http/http2_native.h"

// What nghttp2 tells. Nothing here ends the session at once: see Http2Session::fail_later.
namespace shaketable::proxy::http {
namespace {

/// What useful work earns: a request may come with a PRIORITY or two, window updates and PINGs that
/// measure the way; DATA of ours is answered by two window updates.
constexpr std::uint32_t kEarnedByBlock = 32;
constexpr std::uint32_t kEarnedByData = 2;
/// A DATA frame of ours shorter than this is a crumb when only a tiny window made it so short: it
/// earns as much as it took to ask for it, while crumbs do not come in masses.
constexpr std::size_t kUsefulData = 1024;

std::string_view view(nghttp2_rcbuf* buffer) {
  const nghttp2_vec bytes = nghttp2_rcbuf_get_buf(buffer);
  return {reinterpret_cast<const char*>(bytes.base), bytes.len};
}

}  // namespace

struct Http2Callbacks {
  static Http2Session& self(void* user_data) { return *static_cast<Http2Session*>(user_data); }
  static StreamNumber id_of(const nghttp2_frame* frame) {
    return static_cast<StreamNumber>(frame->hd.stream_id);
  }

  static int on_begin_headers(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Session& me = self(user);
    using Kind = Http2HeadReader::Kind;
    const Http2Stream* stream = me.streams_.find(id_of(frame));
    if (me.is_server()) {
      me.block_kind_ = stream == nullptr ? Kind::kRequest : Kind::kTrailers;
      if (stream == nullptr && me.streams_.size() >= me.limits_.max_concurrent_streams) {
        me.refuse(id_of(frame));
        return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
      }
      if (stream == nullptr) {
        // Round robin: the same urgency for all, whatever the client says, and in small turns.
        const nghttp2_extpri fair{NGHTTP2_EXTPRI_DEFAULT_URGENCY, 1};
        nghttp2_session_change_extpri_stream_priority(session, frame->hd.stream_id, &fair, 1);
      }
    } else {
      me.block_kind_ = stream != nullptr && stream->head_sent ? Kind::kTrailers : Kind::kResponse;
    }
    me.head.begin(me.block_kind_);
    return 0;
  }

  static int on_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf* name,
                       nghttp2_rcbuf* value, std::uint8_t, void* user) {
    Http2Session& me = self(user);
    me.head.field(view(name), view(value));
    if (me.head.is_bomb()) {
      me.fail_later(ProtocolError::kFlood, Http2Code::kEnhanceYourCalm);
      return NGHTTP2_ERR_CALLBACK_FAILURE;  // not one field more: each costs a look at its bytes
    }
    return 0;
  }

  /// Bad bytes in a field: nghttp2 would drop the field, we refuse the message.
  static int on_invalid_header(nghttp2_session*, const nghttp2_frame*, nghttp2_rcbuf*,
                               nghttp2_rcbuf*, std::uint8_t, void*) {
    return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  }

  static int on_frame_recv(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    Http2Session& me = self(user);
    const bool end = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
    const StreamNumber id = id_of(frame);
    if (frame->hd.type == NGHTTP2_DATA) {
      if (end && me.chunk_stream_ == 0) {
        me.chunk_stream_ = id;
        me.chunk_ = {};
      }
      me.flush_chunk(end);
      if (end) {
        me.frames_.earn(1);
      }
    } else if (frame->hd.type == NGHTTP2_HEADERS) {
      Http2Stream* stream = me.streams_.find(id);
      if (stream == nullptr || !stream->silenced) {
        me.frames_.earn(kEarnedByBlock);
        me.side_.on_block(id, stream, me.block_kind_, end);
      }
    } else if (frame->hd.type == NGHTTP2_GOAWAY) {
      me.peer_goaway_ = true;
      me.side_.on_goaway();
    }
    return 0;
  }

  static int on_data_chunk(nghttp2_session*, std::uint8_t, std::int32_t stream_id,
                           const std::uint8_t* data, std::size_t size, void* user) {
    Http2Session& me = self(user);
    const auto id = static_cast<StreamNumber>(stream_id);
    Http2Stream* stream = me.streams_.find(id);
    me.consume(stream, id, size);
    if (stream == nullptr || stream->silenced) {
      return 0;
    }
    me.flush_chunk(/*end=*/false);
    stream->received += size;
    stream->silences = 0;
    me.frames_.earn(size < kUsefulData ? 1 : kEarnedByData);
    me.chunk_stream_ = id;
    me.chunk_ = Bytes(reinterpret_cast<const char*>(data), size);
    return 0;
  }

  static int on_invalid_frame(nghttp2_session*, const nghttp2_frame* frame, int lib_error,
                              void* user) {
    Http2Session& me = self(user);
    me.settings_refused_ |= frame->hd.type == NGHTTP2_SETTINGS;
    if (lib_error == NGHTTP2_ERR_HTTP_HEADER || lib_error == NGHTTP2_ERR_HTTP_MESSAGING) {
      me.counted_error_ = id_of(frame);
      me.side_.on_stream_error(lib_error == NGHTTP2_ERR_HTTP_HEADER ? ProtocolError::kBadHeader
                                                                    : ProtocolError::kBadFraming);
    }
    return 0;
  }

  static int on_stream_close(nghttp2_session*, std::int32_t stream_id, std::uint32_t code,
                             void* user) {
    self(user).close(static_cast<StreamNumber>(stream_id), code);
    return 0;
  }

  static int on_frame_send(nghttp2_session* session, const nghttp2_frame* frame, void* user) {
    Http2Session& me = self(user);
    if (frame->hd.type == NGHTTP2_GOAWAY) {
      note_goaway(me, frame->goaway.error_code);
    } else if (frame->hd.type == NGHTTP2_RST_STREAM) {
      note_reset(me, id_of(frame), frame->rst_stream.error_code);
    } else if (me.is_server() && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0 &&
               (frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS)) {
      Http2Stream* stream = me.streams_.find(id_of(frame));
      if (stream != nullptr && !stream->receive_ended) {
        // The whole answer is there: the rest of the request is not wanted (RFC 9113 section 8.1).
        me.silence(*stream);
        nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                  NGHTTP2_NO_ERROR);
      }
    }
    return 0;
  }

  static void note_goaway(Http2Session& me, std::uint32_t code) {
    if (code == NGHTTP2_NO_ERROR) {
      return;
    }
    me.goaway_sent_ = true;
    if (!me.has_failed()) {
      me.error_ = code == NGHTTP2_ENHANCE_YOUR_CALM ? ProtocolError::kFlood : ProtocolError::kHttp2;
    }
  }

  /// Resets that nobody here asked for are the peer's fault: they count as if it had sent them.
  static void note_reset(Http2Session& me, StreamNumber id, std::uint32_t code) {
    const Http2Stream* stream = me.streams_.find(id);
    const bool is_ours = stream != nullptr && stream->silenced;
    me.ignorable_ += me.limits_.stream_window;
    if (me.is_server()) {
      me.history_.note_reset(id);
      if (!is_ours && code != NGHTTP2_REFUSED_STREAM) {
        me.spend_reset();
      }
    }
    if (!is_ours && id != me.counted_error_ && code != NGHTTP2_REFUSED_STREAM) {
      me.side_.on_stream_error(ProtocolError::kHttp2);
    }
  }

  static int on_frame_not_send(nghttp2_session* session, const nghttp2_frame* frame, int error,
                               void* user) {
    Http2Session& me = self(user);
    if (frame->hd.type != NGHTTP2_HEADERS) {
      return 0;
    }
    if (!me.is_server() && frame->headers.cat == NGHTTP2_HCAT_REQUEST) {
      me.close(id_of(frame), NGHTTP2_REFUSED_STREAM);
    } else if (error == NGHTTP2_ERR_FRAME_SIZE_ERROR) {
      // A head that is larger than any peer takes.
      nghttp2_submit_rst_stream(session, NGHTTP2_FLAG_NONE, frame->hd.stream_id,
                                NGHTTP2_INTERNAL_ERROR);
    }
    return 0;
  }

  static ssize_t read_body(nghttp2_session* session, std::int32_t stream_id, std::uint8_t*,
                           std::size_t most, std::uint32_t* flags, nghttp2_data_source* source,
                           void* user) {
    Http2Session& me = self(user);
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    if (me.output_.size() >= kFill || me.has_failed()) {
      me.is_full_ = true;
      return NGHTTP2_ERR_PAUSE;
    }
    const std::size_t size = stream.queue.size();
    if (size == 0 && !stream.send_ended) {
      stream.waits_for_data = true;
      return NGHTTP2_ERR_DEFERRED;
    }
    // Clients have no priorities in nghttp2 that would share the connection by turns.
    if (!me.is_server() && me.served_ == stream.id && me.queues_ > 1) {
      me.served_ = 0;
      me.yielded_.push_back(stream.id);
      return NGHTTP2_ERR_DEFERRED;
    }
    *flags |= NGHTTP2_DATA_FLAG_NO_COPY;
    if (size <= most && stream.send_ended) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (stream.has_trailers) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        NativeFields& fields = me.native_->fields;
        fields.clear();
        add_headers(fields, stream.trailers);
        nghttp2_submit_trailer(session, stream_id, fields.data(), fields.size());
      }
    }
    return static_cast<ssize_t>(std::min(size, most));
  }

  static int send_body(nghttp2_session*, nghttp2_frame*, const std::uint8_t* frame_header,
                       std::size_t size, nghttp2_data_source* source, void* user) {
    Http2Session& me = self(user);
    auto& stream = *static_cast<Http2Stream*>(source->ptr);
    me.output_.append(reinterpret_cast<const char*>(frame_header), kFrameHeaderSize);
    me.output_.append(stream.queue.front(size));
    me.note_sent(stream, size);
    me.served_ = stream.id;
    if (size >= kUsefulData || stream.queue.size() == 0) {
      me.frames_.earn(kEarnedByData);
    } else if (me.crumbs_.spend(1, me.now_)) {
      me.frames_.earn(1);
    }
    return 0;
  }
};

namespace {

nghttp2_session_callbacks* make_callbacks() {
  nghttp2_session_callbacks* callbacks = nullptr;
  nghttp2_session_callbacks_new(&callbacks);
  using C = Http2Callbacks;
  nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, C::on_begin_headers);
  nghttp2_session_callbacks_set_on_header_callback2(callbacks, C::on_header);
  nghttp2_session_callbacks_set_on_invalid_header_callback2(callbacks, C::on_invalid_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, C::on_frame_recv);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, C::on_data_chunk);
  nghttp2_session_callbacks_set_on_invalid_frame_recv_callback(callbacks, C::on_invalid_frame);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, C::on_stream_close);
  nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, C::on_frame_send);
  nghttp2_session_callbacks_set_on_frame_not_send_callback(callbacks, C::on_frame_not_send);
  nghttp2_session_callbacks_set_send_data_callback(callbacks, C::send_body);
  return callbacks;
}

nghttp2_option* make_options(const CodecLimits& limits) {
  // nghttp2's own limits, for what ours do not see first.
  constexpr std::size_t kMaxSettings = 32;  // entries of one frame
  constexpr std::size_t kMaxAcks = 1000;    // answers to PING and SETTINGS that wait to be sent
  constexpr std::size_t kMaxSentBlock = 256 * 1024;
  nghttp2_option* options = nullptr;
  nghttp2_option_new(&options);
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_option_set_max_reserved_remote_streams(options, 0);
  nghttp2_option_set_max_settings(options, kMaxSettings);
  nghttp2_option_set_max_outbound_ack(options, kMaxAcks);
  nghttp2_option_set_max_send_header_block_length(options, kMaxSentBlock);
  nghttp2_option_set_max_continuations(options, max_continuations(limits) + 1);
  nghttp2_option_set_stream_reset_rate_limit(options, 2UL * limits.reset_burst + 10,
                                             2UL * limits.resets_a_second + 10);
  return options;
}

void submit_settings(nghttp2_session* session, bool is_server, const CodecLimits& limits) {
  const auto max_head = static_cast<std::uint32_t>(limits.max_head_bytes);
  if (is_server) {
    const std::array<nghttp2_settings_entry, 5> settings{{
        // First, for Http2Session::announce_streams. nghttp2 would end the connection for a stream
        // too many; we refuse the stream.
        {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, NGHTTP2_INITIAL_MAX_CONCURRENT_STREAMS},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, limits.stream_window},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, max_head},
        {NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 1},
        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1},
    }};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  } else {
    const std::array<nghttp2_settings_entry, 3> settings{{
        {NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, std::min(limits.stream_window, kFirstWindow)},
        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, max_head},
    }};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  }
  nghttp2_session_set_local_window_size(session, NGHTTP2_FLAG_NONE, 0,
                                        static_cast<std::int32_t>(limits.connection_window));
}

}  // namespace

nghttp2_session* make_native_session(Http2Session& session, bool is_server,
                                     const CodecLimits& limits) {
  nghttp2_session_callbacks* callbacks = make_callbacks();
  nghttp2_option* options = make_options(limits);
  nghttp2_session* result = nullptr;
  if (is_server) {
    nghttp2_session_server_new2(&result, callbacks, &session, options);
  } else {
    nghttp2_session_client_new2(&result, callbacks, &session, options);
  }
  nghttp2_option_del(options);
  nghttp2_session_callbacks_del(callbacks);
  ASSERT(result != nullptr);
  submit_settings(result, is_server, limits);
  return result;
}

nghttp2_data_provider data_provider(Http2Stream& stream) {
  nghttp2_data_provider provider{};
  provider.source.ptr = &stream;
  provider.read_callback = Http2Callbacks::read_body;
  return provider;
}

}  // namespace shaketable::proxy::http
