#include "proxy/http/http1_server.h"

#include "proxy/http/http1_writer.h"

// The connection: its ends, its flow. Requests are read in http1_server_read.cc, responses written
// in http1_server_write.cc.
namespace shaketable::proxy::http {

Http1ServerCodec::Http1ServerCodec(ServerHandler& handler, const CodecLimits& limits, bool is_tls)
    : handler_(handler), limits_(limits), is_tls_(is_tls), body_(limits) {}

// --- ends ------------------------------------------------------------------------------------

void Http1ServerCodec::stop() {
  reading_ = Reading::kStopped;
  has_left_ = false;
  is_paused_ = false;
}

void Http1ServerCodec::write_error(std::uint16_t status) {
  append_status_line(output_, status);
  append_content_length(output_, 0);
  append_field(output_, "connection", "close");
  output_.append("\r\n");
}

void Http1ServerCodec::fail(ParseFailure failure) {
  const bool is_open = writing_ != Writing::kIdle;
  error_ = failure.error;
  if (reading_ == Reading::kHead || writing_ == Writing::kAwaiting) {
    write_error(failure.status);
  } else {
    must_abort_ = is_open && writer_.framing() == BodyWriter::Framing::kRaw;
  }
  stop();
  writing_ = Writing::kIdle;
  if (is_open) {
    handler_.on_request_reset(stream_, StreamError::kProtocol);
  }
}

void Http1ServerCodec::refuse(std::uint16_t status) {
  const bool is_body = reading_ == Reading::kBody && writing_ == Writing::kAwaiting;
  if (reading_ != Reading::kHead && !is_body) {
    return;  // the response has begun
  }
  write_error(status);
  stop();
  if (is_body) {
    writing_ = Writing::kIdle;
    handler_.on_request_reset(stream_, StreamError::kCancelled);
  }
}

void Http1ServerCodec::reset(StreamNumber stream, StreamError /*error*/) {
  if (stream == stream_ && writing_ != Writing::kIdle) {
    must_abort_ = writing_ != Writing::kAwaiting && writer_.framing() == BodyWriter::Framing::kRaw;
    writing_ = Writing::kIdle;
    stop();
  }
}

/// A request may be on its way on a connection that looks idle: it is still served, as the last
/// one.
void Http1ServerCodec::drain() { draining_ = true; }

void Http1ServerCodec::finish_drain() {
  draining_ = true;
  if (phase() == Phase::kIdle) {
    stop();
  }
}

void Http1ServerCodec::release_buffers() {
  if (phase() != Phase::kIdle) {
    return;
  }
  request_ = RequestMessage();
  fields_.release();
  body_.release();
  lines_.release();
  std::string().swap(h2c_settings_);
  if (output_.empty()) {
    std::string().swap(output_);
  }
}

// --- flow ------------------------------------------------------------------------------------

void Http1ServerCodec::fill_output() {
  if (has_drained(limits_) && (writing_ == Writing::kBody || writing_ == Writing::kTunnel)) {
    handler_.on_response_drained(stream_);
  }
}

bool Http1ServerCodec::is_blocked(StreamNumber stream) const {
  return may_send(stream) && is_full(limits_);
}

void Http1ServerCodec::pause_stream(StreamNumber stream) {
  is_paused_ = is_paused_ || (stream == stream_ && writing_ != Writing::kIdle);
}

void Http1ServerCodec::resume_stream(StreamNumber stream) {
  is_paused_ = is_paused_ && stream != stream_;
}

bool Http1ServerCodec::is_paused() const {
  switch (reading_) {
    case Reading::kHead:
      return output_.size() > limits_.high_water;
    case Reading::kBody:
    case Reading::kTunnel:
      return is_paused_;
    case Reading::kWaiting:
      return has_left_;
    case Reading::kDraining:
    case Reading::kStopped:
    case Reading::kHandedOver:
      break;
  }
  return false;
}

bool Http1ServerCodec::wants_close() const {
  return reading_ == Reading::kStopped && writing_ == Writing::kIdle;
}

Phase Http1ServerCodec::phase() const {
  switch (reading_) {
    case Reading::kHead:
      return has_line_ || !lines_.partial().empty() ? Phase::kHead : Phase::kIdle;
    case Reading::kBody:
      return is_paused_ ? Phase::kWaiting : Phase::kBody;
    case Reading::kDraining:
      return Phase::kBody;
    case Reading::kTunnel:
      return Phase::kTunnel;
    case Reading::kWaiting:
    case Reading::kStopped:
    case Reading::kHandedOver:
      break;
  }
  return Phase::kWaiting;
}

std::size_t Http1ServerCodec::stream_count() const { return writing_ == Writing::kIdle ? 0 : 1; }

}  // namespace shaketable::proxy::http
