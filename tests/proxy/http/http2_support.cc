#include "tests/proxy/http/http2_support.h"

#include <algorithm>
#include <map>

namespace shaketable::proxy::http::test {

bool EventLog::has(std::string_view part) const { return count(part) > 0; }

std::size_t EventLog::count(std::string_view part) const {
  return static_cast<std::size_t>(std::count_if(
      lines_.begin(), lines_.end(),
      [part](const std::string& line) { return line.find(part) != std::string::npos; }));
}

std::string EventLog::text() const {
  std::string all;
  for (const std::string& line : lines_) {
    all += line + "\n";
  }
  return all;
}

std::string EventLog::text_by_stream() const {
  std::map<std::string, std::string> streams;
  for (const std::string& line : lines_) {
    const std::size_t begin = line.find(' ') + 1;
    const std::string stream = line.substr(begin, line.find(' ', begin) - begin);
    const bool is_data = line.rfind("data ", 0) == 0;
    streams[stream] += is_data ? line.substr(line.find(' ', begin) + 1) : "\n" + line + "\n";
  }
  std::string all;
  for (const auto& [stream, text] : streams) {
    all += text;
  }
  return all;
}

std::string text_of(const HeaderList& headers) {
  std::string text;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    text.append(" [").append(headers[i].name).append(": ").append(headers[i].value).append("]");
  }
  return text;
}

namespace {

std::string text_of(BodyKind body, std::uint64_t length) {
  switch (body) {
    case BodyKind::kNone:
      return " none";
    case BodyKind::kLength:
      return " length=" + std::to_string(length);
    case BodyKind::kUntilEnd:
      return " until-end";
    case BodyKind::kTunnel:
      return " tunnel";
  }
  return {};
}

}  // namespace

std::string text_of(const RequestMessage& request) {
  std::string text = request.method + " " + request.scheme + "://" + request.authority +
                     request.path + text_of(request.body, request.content_length);
  if (!request.upgrade.empty()) {
    text += " upgrade=" + request.upgrade;
  }
  if (request.accepts_trailers) {
    text += " te";
  }
  if (request.expects_continue) {
    text += " expect";
  }
  return text + text_of(request.headers);
}

std::string text_of(const ResponseMessage& response) {
  return std::to_string(response.status) + text_of(response.body, response.content_length) +
         (response.upgrade.empty() ? "" : " upgrade=" + response.upgrade) +
         text_of(response.headers);
}

std::string_view text_of(StreamError error) {
  switch (error) {
    case StreamError::kCancelled:
      return "cancelled";
    case StreamError::kRefused:
      return "refused";
    case StreamError::kProtocol:
      return "protocol";
    case StreamError::kInternal:
      return "internal";
    case StreamError::kConnectionLost:
      return "lost";
  }
  return {};
}

void RecordingServer::on_request(StreamNumber stream, RequestMessage& request, bool end) {
  log.add("request " + std::to_string(stream) + " " + text_of(request) + (end ? " end" : ""));
  if (react) {
    react(stream, request, end);
  }
}
void RecordingServer::on_request_data(StreamNumber stream, Bytes bytes, bool end) {
  body_bytes += bytes.size();
  log.add_data(stream, keeps_bodies ? bytes : Bytes{}, end);
  if (react_to_data) {
    react_to_data(stream, bytes, end);
  }
}
void RecordingServer::on_request_trailers(StreamNumber stream, HeaderList& trailers) {
  log.add("trailers " + std::to_string(stream) + text_of(trailers));
}
void RecordingServer::on_request_reset(StreamNumber stream, StreamError error) {
  log.add("reset " + std::to_string(stream) + " " + std::string(text_of(error)));
  if (react_to_reset) {
    react_to_reset(stream);
  }
}
void RecordingServer::on_response_drained(StreamNumber stream) {
  log.add("drained " + std::to_string(stream));
  if (react_to_drained) {
    react_to_drained(stream);
  }
}

void RecordingClient::on_informational(StreamNumber stream, ResponseMessage& response) {
  log.add("informational " + std::to_string(stream) + " " + text_of(response));
}
void RecordingClient::on_response(StreamNumber stream, ResponseMessage& response, bool end) {
  log.add("response " + std::to_string(stream) + " " + text_of(response) + (end ? " end" : ""));
}
void RecordingClient::on_response_data(StreamNumber stream, Bytes bytes, bool end) {
  body_bytes += bytes.size();
  log.add_data(stream, keeps_bodies ? bytes : Bytes{}, end);
  if (react_to_data) {
    react_to_data(stream, bytes, end);
  }
}
void RecordingClient::on_response_trailers(StreamNumber stream, HeaderList& trailers) {
  log.add("trailers " + std::to_string(stream) + text_of(trailers));
}
void RecordingClient::on_response_reset(StreamNumber stream, StreamError error) {
  log.add("reset " + std::to_string(stream) + " " + std::string(text_of(error)));
}
void RecordingClient::on_request_drained(StreamNumber stream) {
  log.add("drained " + std::to_string(stream));
  if (react_to_drained) {
    react_to_drained(stream);
  }
}

bool Http2Pair::carry(Codec& from, Codec& to, std::size_t piece) {
  bool moved = false;
  for (;;) {
    from.fill_output();
    const std::string bytes = std::move(from.output());
    from.output().clear();
    if (bytes.empty()) {
      return moved;
    }
    moved = true;
    for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size() - at)) {
      (void)to.receive(std::string_view(bytes).substr(at, piece));
    }
  }
}

void Http2Pair::exchange(std::size_t piece) {
  bool moved = true;
  while (moved) {
    moved = carry(client, server, piece);
    moved |= carry(server, client, piece);
  }
}

RequestMessage get(std::string path) {
  RequestMessage request;
  request.method = "GET";
  request.scheme = "http";
  request.authority = "h.test";
  request.path = std::move(path);
  return request;
}

RequestMessage post(std::string path) {
  RequestMessage request = get(std::move(path));
  request.method = "POST";
  request.body = BodyKind::kUntilEnd;
  return request;
}

ResponseMessage response(std::uint16_t status, BodyKind body) {
  ResponseMessage result;
  result.status = status;
  result.body = body;
  return result;
}

std::string u32(std::uint32_t value) {
  std::string bytes;
  for (unsigned shift = 32; shift > 0;) {
    shift -= 8;
    bytes.push_back(static_cast<char>(value >> shift & 0xffU));
  }
  return bytes;
}

std::string frame(FrameType type, std::uint8_t flags, StreamNumber stream,
                  std::string_view payload) {
  std::string bytes = u32(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes.append(u32(stream)).append(payload);
}

namespace {

std::string hpack_string(std::string_view text) {
  std::string bytes;
  std::size_t left = text.size();
  if (left < 127) {
    bytes.push_back(static_cast<char>(left));
  } else {
    bytes.push_back(127);
    for (left -= 127; left >= 128; left /= 128) {
      bytes.push_back(static_cast<char>(left % 128 + 128));
    }
    bytes.push_back(static_cast<char>(left));
  }
  return bytes.append(text);
}

}  // namespace

std::string literal(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + hpack_string(name) + hpack_string(value);
}

std::string block(std::string_view method, std::string_view path) {
  return literal(":method", method) + literal(":scheme", "http") + literal(":path", path) +
         literal(":authority", "h.test");
}

std::string settings_entry(std::uint16_t id, std::uint32_t value) {
  return u32(id).substr(2) + u32(value);
}

std::string hello(std::string_view settings) {
  return std::string(kHttp2Preface) + frame(FrameType::kSettings, 0, 0, settings) +
         frame(FrameType::kSettings, kFlagAck, 0);
}

std::string server_hello(std::string_view settings) {
  return frame(FrameType::kSettings, 0, 0, settings) + frame(FrameType::kSettings, kFlagAck, 0);
}

std::vector<Frame> frames_of(std::string_view bytes) {
  std::vector<Frame> frames;
  while (bytes.size() >= kFrameHeaderSize) {
    const FrameHeader header = read_frame_header(bytes);
    frames.push_back({header.type, header.flags, header.stream,
                      std::string(bytes.substr(kFrameHeaderSize, header.length))});
    bytes.remove_prefix(std::min(bytes.size(), kFrameHeaderSize + header.length));
  }
  return frames;
}

RawServer::RawServer(const CodecLimits& limits, std::string_view settings)
    : codec(handler, limits, false) {
  (void)feed(hello(settings));
}
std::vector<Frame> RawServer::feed(std::string_view bytes) {
  (void)codec.receive(bytes);
  return take();
}
std::vector<Frame> RawServer::take() {
  codec.fill_output();
  const std::string out = std::move(codec.output());
  codec.output().clear();
  return frames_of(out);
}

RawClient::RawClient(const CodecLimits& limits, std::string_view settings)
    : codec(handler, limits) {
  codec.fill_output();
  codec.output().erase(0, kHttp2Preface.size());
  (void)feed(server_hello(settings));
}
std::vector<Frame> RawClient::feed(std::string_view bytes) {
  (void)codec.receive(bytes);
  return take();
}
std::vector<Frame> RawClient::take() {
  codec.fill_output();
  const std::string out = std::move(codec.output());
  codec.output().clear();
  return frames_of(out);
}

std::string verdict(const std::vector<Frame>& frames) {
  std::string text;
  for (const Frame& frame : frames) {
    if (frame.type == FrameType::kGoaway) {
      text += (text.empty() ? "" : ", ") + std::string("GOAWAY ") +
              std::to_string(read_u32(std::string_view(frame.payload).substr(4)));
    } else if (frame.type == FrameType::kRstStream) {
      text += (text.empty() ? "" : ", ") + std::string("RST ") + std::to_string(frame.stream) +
              " " + std::to_string(read_u32(frame.payload));
    }
  }
  return text;
}

}  // namespace shaketable::proxy::http::test
