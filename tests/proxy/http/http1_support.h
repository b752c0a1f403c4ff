#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/http1_client.h"
#include "proxy/http/http1_server.h"

/// What the HTTP/1 tests share: handlers that write down what they hear, as lines of text.
namespace shaketable::proxy::http {

/// Lines of events. Pieces of a body are joined, so that the same body in other pieces is the same.
class EventLog {
 public:
  void add(std::string line) { lines_.push_back(std::move(line)); }
  void add_data(StreamNumber stream, Bytes data, bool end) {
    const std::string head = "data " + std::to_string(stream) + " ";
    if (!data.empty()) {
      if (lines_.empty() || !lines_.back().starts_with(head)) {
        lines_.push_back(head);
      }
      lines_.back().append(data);
    }
    if (end) {
      lines_.push_back("end " + std::to_string(stream));
    }
  }
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }
  [[nodiscard]] bool has(std::string_view part) const {
    for (const std::string& line : lines_) {
      if (line.find(part) != std::string::npos) {
        return true;
      }
    }
    return false;
  }

 private:
  std::vector<std::string> lines_;
};

inline std::string to_text(const HeaderList& headers) {
  std::string text;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    text.append("|").append(headers[i].name).append("=").append(headers[i].value);
  }
  return text;
}

inline std::string to_text(BodyKind kind, std::uint64_t length) {
  switch (kind) {
    case BodyKind::kNone:
      return "none";
    case BodyKind::kLength:
      return std::to_string(length);
    case BodyKind::kUntilEnd:
      return "until-end";
    case BodyKind::kTunnel:
      return "tunnel";
  }
  return "?";
}

/// A downstream that answers each request as soon as it is whole, unless told not to.
class ServerRecorder : public ServerHandler {
 public:
  explicit ServerRecorder(const CodecLimits& limits = {}, bool is_tls = false)
      : codec(*this, limits, is_tls) {}
  virtual ~ServerRecorder() = default;

  void on_request(StreamNumber stream, RequestMessage& request, bool end) override {
    events.add("request " + std::to_string(stream) + " " + request.method + " " + request.scheme +
               " " + request.authority + " " + request.path + " " +
               to_text(request.body, request.content_length) +
               (request.expects_continue ? " expects" : "") +
               (request.accepts_trailers ? " trailers" : "") +
               (request.upgrade.empty() ? "" : " upgrade=" + request.upgrade) +
               to_text(request.headers));
    last = stream;
    if (accepts_h2c && codec.offers_h2c()) {
      settings = codec.h2c_settings();
      codec.accept_h2c();
    }
    if (end) {
      events.add("end " + std::to_string(stream));
      answer();
    }
  }
  void on_request_data(StreamNumber stream, Bytes bytes, bool end) override {
    events.add_data(stream, bytes, end);
    if (end) {
      answer();
    }
  }
  void on_request_trailers(StreamNumber stream, HeaderList& trailers) override {
    events.add("trailers " + std::to_string(stream) + to_text(trailers));
    answer();
  }
  void on_request_reset(StreamNumber stream, StreamError error) override {
    events.add("reset " + std::to_string(stream) + " " + std::to_string(static_cast<int>(error)));
  }
  void on_response_drained(StreamNumber stream) override {
    events.add("drained " + std::to_string(stream));
  }

  void answer() {
    if (answers) {
      send(200, "ok");
    }
  }
  /// A whole response with a length to the last request.
  void send(std::uint16_t status, std::string_view body) {
    ResponseMessage response;
    response.status = status;
    response.body = BodyKind::kLength;
    response.content_length = body.size();
    codec.send_response(last, response, body.empty());
    codec.send_data(last, body, /*end=*/true);
  }
  /// All at once, as far as the codec takes it; returns what it did not take.
  std::string_view feed(std::string_view bytes) {
    bytes.remove_prefix(codec.receive(bytes));
    return bytes;
  }
  std::string take_output() {
    std::string output;
    output.swap(codec.output());
    codec.fill_output();
    return output;
  }

  EventLog events;
  Http1ServerCodec codec;
  StreamNumber last = 0;
  bool answers = true;
  bool accepts_h2c = false;
  std::string settings;
};

/// An upstream connection.
class ClientRecorder : public ClientHandler {
 public:
  explicit ClientRecorder(const CodecLimits& limits = {}) : codec(*this, limits) {}
  virtual ~ClientRecorder() = default;

  void on_informational(StreamNumber stream, ResponseMessage& response) override {
    events.add("informational " + describe(stream, response));
  }
  void on_response(StreamNumber stream, ResponseMessage& response, bool end) override {
    events.add("response " + describe(stream, response));
    if (end) {
      events.add("end " + std::to_string(stream));
    }
  }
  void on_response_data(StreamNumber stream, Bytes bytes, bool end) override {
    events.add_data(stream, bytes, end);
  }
  void on_response_trailers(StreamNumber stream, HeaderList& trailers) override {
    events.add("trailers " + std::to_string(stream) + to_text(trailers));
  }
  void on_response_reset(StreamNumber stream, StreamError error) override {
    events.add("reset " + std::to_string(stream) + " " + std::to_string(static_cast<int>(error)));
  }
  void on_request_drained(StreamNumber stream) override {
    events.add("drained " + std::to_string(stream));
  }
  void on_going_away() override { events.add("going away"); }

  /// Sends a request without a body and forgets its bytes.
  StreamNumber request(std::string method = "GET") {
    RequestMessage message;
    message.method = std::move(method);
    message.authority = "h.test";
    message.path = "/v";
    const StreamNumber stream = codec.send_request(message, /*end=*/true);
    codec.output().clear();
    return stream;
  }
  std::string take_output() {
    std::string output;
    output.swap(codec.output());
    codec.fill_output();
    return output;
  }

  EventLog events;
  Http1ClientCodec codec;

 private:
  static std::string describe(StreamNumber stream, const ResponseMessage& response) {
    return std::to_string(stream) + " " + std::to_string(response.status) + " " +
           to_text(response.body, response.content_length) +
           (response.upgrade.empty() ? "" : " upgrade=" + response.upgrade) +
           to_text(response.headers);
  }
};

}  // namespace shaketable::proxy::http
