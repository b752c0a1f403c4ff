#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/http2_client.h"
#include "proxy/http/http2_frame.h"
#include "proxy/http/http2_server.h"
#include "proxy/http/preface.h"

// What the HTTP/2 tests share: handlers that write down what they hear, frames by hand.
namespace shaketable::proxy::http::test {

/// Events as lines; body bytes that follow each other are one event, however they were cut.
class EventLog {
 public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  void add_data(StreamNumber stream, Bytes bytes, bool end) {
    const std::string begin = "data " + std::to_string(stream) + " ";
    if (!bytes.empty()) {
      if (lines_.empty() || lines_.back().rfind(begin, 0) != 0) {
        lines_.push_back(begin);
      }
      lines_.back() += bytes;
    }
    if (end) {
      lines_.push_back("end " + std::to_string(stream));
    }
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] bool has(std::string_view part) const;
  [[nodiscard]] std::size_t count(std::string_view part) const;
  [[nodiscard]] std::string text() const;
  /// The events of each stream together: how streams take turns is nobody's business.
  [[nodiscard]] std::string text_by_stream() const;
  void clear() { lines_.clear(); }

 private:
  std::vector<std::string> lines_;
};

[[nodiscard]] std::string text_of(const RequestMessage& request);
[[nodiscard]] std::string text_of(const ResponseMessage& response);
[[nodiscard]] std::string text_of(const HeaderList& headers);
[[nodiscard]] std::string_view text_of(StreamError error);

struct RecordingServer final : ServerHandler {
  EventLog log;
  std::size_t body_bytes = 0;
  bool keeps_bodies = true;
  std::function<void(StreamNumber, RequestMessage&, bool)> react;
  std::function<void(StreamNumber, Bytes, bool)> react_to_data;
  std::function<void(StreamNumber)> react_to_drained, react_to_reset;

  void on_request(StreamNumber stream, RequestMessage& request, bool end) override;
  void on_request_data(StreamNumber stream, Bytes bytes, bool end) override;
  void on_request_trailers(StreamNumber stream, HeaderList& trailers) override;
  void on_request_reset(StreamNumber stream, StreamError error) override;
  void on_response_drained(StreamNumber stream) override;
};

struct RecordingClient final : ClientHandler {
  EventLog log;
  std::size_t body_bytes = 0;
  bool keeps_bodies = true;
  std::function<void(StreamNumber, Bytes, bool)> react_to_data;
  std::function<void(StreamNumber)> react_to_drained;

  void on_informational(StreamNumber stream, ResponseMessage& response) override;
  void on_response(StreamNumber stream, ResponseMessage& response, bool end) override;
  void on_response_data(StreamNumber stream, Bytes bytes, bool end) override;
  void on_response_trailers(StreamNumber stream, HeaderList& trailers) override;
  void on_response_reset(StreamNumber stream, StreamError error) override;
  void on_request_drained(StreamNumber stream) override;
  void on_going_away() override { log.add("going away"); }
};

/// A client and a server codec, with the wire in the test's hands.
struct Http2Pair {
  explicit Http2Pair(const CodecLimits& limits = {}) : Http2Pair(limits, limits) {}
  Http2Pair(const CodecLimits& client_limits, const CodecLimits& server_limits)
      : client(client_handler, client_limits), server(server_handler, server_limits, false) {}

  RecordingClient client_handler;
  RecordingServer server_handler;
  Http2ClientCodec client;
  Http2ServerCodec server;

  /// Carries bytes both ways until none is left, in pieces of at most `piece` bytes.
  void exchange(std::size_t piece = SIZE_MAX);
  /// Carries what one side has to say now.
  void to_server(std::size_t piece = SIZE_MAX) { (void)carry(client, server, piece); }
  void to_client(std::size_t piece = SIZE_MAX) { (void)carry(server, client, piece); }

 private:
  static bool carry(Codec& from, Codec& to, std::size_t piece);
};

[[nodiscard]] RequestMessage get(std::string path = "/");
[[nodiscard]] RequestMessage post(std::string path = "/");
[[nodiscard]] ResponseMessage response(std::uint16_t status, BodyKind body = BodyKind::kUntilEnd);

// --- frames by hand ---

struct Frame {
  FrameType type{};
  std::uint8_t flags = 0;
  StreamNumber stream = 0;
  std::string payload;
};

[[nodiscard]] std::string u32(std::uint32_t value);
[[nodiscard]] std::string frame(FrameType type, std::uint8_t flags, StreamNumber stream,
                                std::string_view payload = {});
/// A literal header field without indexing, without Huffman.
[[nodiscard]] std::string literal(std::string_view name, std::string_view value);
/// The block of `method path` on h.test.
[[nodiscard]] std::string block(std::string_view method = "GET", std::string_view path = "/");
[[nodiscard]] std::string settings_entry(std::uint16_t id, std::uint32_t value);
/// Preface, SETTINGS, and the acknowledgement of the server's.
[[nodiscard]] std::string hello(std::string_view settings = {});
/// What a server begins with.
[[nodiscard]] std::string server_hello(std::string_view settings = {});
[[nodiscard]] std::vector<Frame> frames_of(std::string_view bytes);

/// A server codec that is fed by hand.
struct RawServer {
  explicit RawServer(const CodecLimits& limits = {}, std::string_view settings = {});
  RecordingServer handler;
  Http2ServerCodec codec;
  /// Feeds bytes and returns the frames of the answer.
  std::vector<Frame> feed(std::string_view bytes);
  std::vector<Frame> take();
};

/// A client codec that is fed by hand; its preface is taken away.
struct RawClient {
  explicit RawClient(const CodecLimits& limits = {}, std::string_view settings = {});
  RecordingClient handler;
  Http2ClientCodec codec;
  std::vector<Frame> feed(std::string_view bytes);
  std::vector<Frame> take();
};

/// "GOAWAY 1", "RST 3 8 ..." of the frames: what a violation was answered with.
[[nodiscard]] std::string verdict(const std::vector<Frame>& frames);

}  // namespace shaketable::proxy::http::test
