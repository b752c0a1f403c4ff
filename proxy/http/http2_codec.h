#pragma once

#include "proxy/http/codec.h"
#include "proxy/http/http2_session.h"

namespace shaketable::proxy::http {

/// What both HTTP/2 codecs do by handing it to their session.
template <class Base>
class Http2Codec : public Base, protected Http2Side {
 public:
  std::size_t receive(Bytes bytes) final { return session_.receive(bytes, this->now_); }
  void receive_end() final { session_.receive_end(); }
  void fill_output() final { session_.fill_output(); }
  void set_congested(bool is_congested) final { session_.set_congested(is_congested); }
  void send_data(StreamNumber stream, Bytes bytes, bool end) final {
    session_.send_data(stream, bytes, end);
  }
  void send_trailers(StreamNumber stream, const HeaderList& trailers) final {
    session_.send_trailers(stream, trailers);
  }
  [[nodiscard]] bool is_blocked(StreamNumber stream) const final {
    return session_.is_blocked(stream);
  }
  void reset(StreamNumber stream, StreamError error) final { session_.reset(stream, error); }
  void pause_stream(StreamNumber stream) final { session_.pause_stream(stream); }
  void resume_stream(StreamNumber stream) final { session_.resume_stream(stream); }
  [[nodiscard]] bool is_paused() const final { return false; }
  void drain() final { session_.drain(); }
  void finish_drain() final { session_.finish_drain(); }
  [[nodiscard]] bool wants_close() const final { return session_.wants_close(); }
  [[nodiscard]] Phase phase() const final { return session_.phase(); }
  [[nodiscard]] bool has_waiting_bodies() const final { return session_.has_waiting_bodies(); }
  std::size_t reset_stalled() final { return session_.reset_stalled(); }
  void release_buffers() final { session_.release_buffers(); }
  [[nodiscard]] std::size_t stream_count() const final { return session_.stream_count(); }
  [[nodiscard]] Version version() const final { return Version::kHttp2; }

 protected:
  Http2Codec(Http2Session::Role role, const CodecLimits& limits)
      : session_(role, limits, *this, this->output_, this->error_) {}
  ~Http2Codec() override = default;

  void on_stream_error(ProtocolError error) final { this->note_stream_error(error); }

  Http2Session session_;
};

}  // namespace shaketable::proxy::http
