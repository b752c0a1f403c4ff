#include <array>

#include "proxy/http/fields.h"
#include "proxy/http/grammar.h"
#include "proxy/http/http2_native.h"

// Messages to header blocks.
namespace shaketable::proxy::http {
namespace {

/// Fields whose value is new with every message: not worth a place in the peer's table, where each
/// would cost an entry here and there, and push out one that is used again. Short times come again.
bool is_unique(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 11:
      return name == "traceparent" || name == "x-b3-spanid";
    case 12:
      return name == "x-b3-traceid" || name == "x-request-id";
    default:
      return name == "x-b3-parentspanid" ||
             (value.size() > 1 && name == "x-envoy-upstream-service-time");
  }
}

nghttp2_nv native(std::string_view name, std::string_view value, std::uint8_t flags) {
  // nghttp2's interface is not const-correct; it copies both.
  auto* name_bytes = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data()));
  auto* value_bytes = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data()));
  return {name_bytes, value_bytes, name.size(), value.size(), flags};
}

/// Names that are literals are not copied.
void add_static(NativeFields& fields, std::string_view name, std::string_view value) {
  fields.push_back(native(name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME));
}

struct StatusText {
  explicit StatusText(std::uint16_t status)
      : text{static_cast<char>('0' + status / 100 % 10), static_cast<char>('0' + status / 10 % 10),
             static_cast<char>('0' + status % 10)} {}
  [[nodiscard]] std::string_view view() const { return {text.data(), text.size()}; }
  std::array<char, 3> text;
};

}  // namespace

void add_field(NativeFields& fields, std::string_view name, std::string_view value) {
  fields.push_back(native(name, value, is_unique(name, value) ? NGHTTP2_NV_FLAG_NO_INDEX : 0));
}

void add_headers(NativeFields& fields, const HeaderList& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    const Header header = headers[i];
    // Whatever a mutation may have added: HTTP/2 has no such field, and no such value.
    if (!is_hop_by_hop(header.name) && is_field_value(header.value)) [[likely]] {
      add_field(fields, header.name, header.value);
    }
  }
}

void Http2Session::submit_response(Http2Stream& stream, const ResponseMessage& response, bool end) {
  // Of an extended CONNECT, 200 is what 101 is in HTTP/1.
  const bool switches = response.status == 101 && stream.is_extended_connect;
  const StatusText status(switches ? std::uint16_t{200} : response.status);
  NativeFields& fields = native_->fields;
  fields.clear();
  add_static(fields, ":status", status.view());
  add_headers(fields, response.headers);
  stream.bodiless =
      !end && (stream.is_head_request || response.status == 204 || response.status == 304);
  stream.send_ended = end;
  const nghttp2_data_provider provider = data_provider(stream);
  nghttp2_submit_response(native_->session, static_cast<std::int32_t>(stream.id), fields.data(),
                          fields.size(), end || stream.bodiless ? nullptr : &provider);
}

/// Its end is still open for the client, until our own end has been sent: see on_frame_send.
void Http2Session::submit_refusal(Http2Stream& stream, const ResponseMessage& response) {
  end_silence_or_body(stream);
  submit_response(stream, response, /*end=*/true);
  stream.silenced = true;
}

void Http2Session::submit_informational(StreamNumber id, const ResponseMessage& response) {
  const StatusText status(response.status);
  NativeFields& fields = native_->fields;
  fields.clear();
  add_static(fields, ":status", status.view());
  add_headers(fields, response.headers);
  nghttp2_submit_headers(native_->session, NGHTTP2_FLAG_NONE, static_cast<std::int32_t>(id),
                         nullptr, fields.data(), fields.size(), nullptr);
}

bool Http2Session::can_request() const {
  const std::uint32_t peer_limit = nghttp2_session_get_remote_settings(
      native_->session, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  return !has_failed() && !draining_ && !peer_goaway_ && streams_.size() < peer_limit &&
         nghttp2_session_check_request_allowed(native_->session) != 0;
}

bool Http2Session::peer_allows_extended_connect() const {
  return nghttp2_session_get_remote_settings(native_->session,
                                             NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL) == 1;
}

StreamNumber Http2Session::submit_request(const RequestMessage& request, bool end) {
  const bool is_extended = request.body == BodyKind::kTunnel && !request.upgrade.empty() &&
                           peer_allows_extended_connect();
  const bool is_connect = request.method == "CONNECT";
  NativeFields& fields = native_->fields;
  fields.clear();
  add_static(fields, ":method", is_extended ? std::string_view("CONNECT") : request.method);
  if (is_extended) {
    add_static(fields, ":protocol", request.upgrade);
  }
  if (!is_connect) {
    add_static(fields, ":scheme", request.scheme);
    add_static(fields, ":path", request.path);
  }
  add_static(fields, ":authority", request.authority);
  add_headers(fields, request.headers);
  if (request.accepts_trailers) {
    add_static(fields, "te", "trailers");
  }
  if (request.expects_continue) {
    add_static(fields, "expect", "100-continue");
  }
  // An upgrade that can not be asked for is a request without a body.
  const bool ends = end || (request.body == BodyKind::kTunnel && !is_extended && !is_connect);
  const auto id = static_cast<StreamNumber>(nghttp2_session_get_next_stream_id(native_->session));
  Http2Stream& stream = open(id);
  stream.send_ended = ends;
  stream.is_head_request = request.method == "HEAD";
  stream.is_connect = is_connect || is_extended;
  stream.is_extended_connect = is_extended;
  if (is_extended) {
    stream.protocol = request.upgrade;
  }
  const nghttp2_data_provider provider = data_provider(stream);
  nghttp2_submit_request(native_->session, nullptr, fields.data(), fields.size(),
                         ends ? nullptr : &provider, nullptr);
  return id;
}

}  // namespace shaketable::proxy::http
