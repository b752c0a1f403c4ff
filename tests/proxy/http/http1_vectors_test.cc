#include <fstream>
#include <map>
#include <memory>

#include <boost/json.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "proxy/http/forwarding.h"
#include "tests/proxy/http/http1_support.h"
#include "tests/proxy/http/strict_backend.h"
#include "tests/support/shared_folder.h"

// The vectors of the shared suite h1-vectors, from codec to codec: requests that a client sends in
// raw bytes, and what of them reaches a backend that reads strictly; responses that a backend sends
// in raw bytes, and what of them reaches a client.
namespace shaketable::proxy::http {
namespace {

namespace json = boost::json;

/// A proxy of one downstream connection, as small as can be.
class SmallProxy final : public ServerHandler {
 public:
  explicit SmallProxy(std::string response) : response_(std::move(response)) {}

  void receive(std::string_view bytes) {
    input_.append(bytes);
    std::size_t used = 1;
    while (!input_.empty() && used > 0 && !server_.has_failed()) {
      used = server_.receive(input_);
      input_.erase(0, used);
      answer();
    }
    output_.append(server_.output());
    server_.output().clear();
  }
  void receive_end() { server_.receive_end(); }

  [[nodiscard]] const StrictBackend& backend() const { return backend_; }
  [[nodiscard]] const std::string& output() const { return output_; }
  [[nodiscard]] bool closes() const { return server_.wants_close(); }

 private:
  /// One upstream connection for each request: a pool adds nothing to what is judged here.
  struct Upstream : ClientRecorder {
    explicit Upstream(SmallProxy& owner) : proxy(owner) {}
    void on_informational(StreamNumber, ResponseMessage& response) override {
      proxy.server_.send_informational(proxy.stream_, response);
    }
    void on_response(StreamNumber, ResponseMessage& response, bool end) override {
      prepare_response(response, nullptr, {});
      begun = true;
      proxy.server_.send_response(proxy.stream_, response, end);
    }
    void on_response_data(StreamNumber, Bytes bytes, bool end) override {
      proxy.server_.send_data(proxy.stream_, bytes, end);
    }
    void on_response_trailers(StreamNumber, HeaderList& trailers) override {
      proxy.server_.send_trailers(proxy.stream_, trailers);
    }
    void on_response_reset(StreamNumber, StreamError) override {
      if (begun) {
        proxy.server_.reset(proxy.stream_, StreamError::kInternal);
      } else {
        proxy.reply(502);
      }
    }
    SmallProxy& proxy;
    StreamNumber number = 0;
    bool begun = false;
  };

  void on_request(StreamNumber stream, RequestMessage& request, bool end) override {
    stream_ = stream;
    request_ = request;
    static constexpr std::array<std::uint8_t, 16> kRandom{};
    const std::uint16_t status = prepare_request(request_, {.peer_address = "192.0.2.1"}, kRandom);
    upstream_ = status == 0 ? std::make_unique<Upstream>(*this) : nullptr;
    if (status != 0) {
      reply(status);
      return;
    }
    if (request_.expects_continue) {
      ResponseMessage go_on;
      go_on.status = 100;
      server_.send_informational(stream_, go_on);
      request_.expects_continue = false;
    }
    stamp_attempt(request_, {});
    upstream_->number = upstream_->codec.send_request(request_, end);
    ASSERT_NE(upstream_->number, 0U) << "accepted, but cannot be written: " << request_.path;
    forward(end);
  }
  void on_request_data(StreamNumber, Bytes bytes, bool end) override {
    if (upstream_ != nullptr) {
      upstream_->codec.send_data(upstream_->number, bytes, end);
      forward(end);
    }
  }
  void on_request_trailers(StreamNumber, HeaderList& trailers) override {
    if (upstream_ != nullptr) {
      upstream_->codec.send_trailers(upstream_->number, trailers);
      forward(/*end=*/true);
    }
  }
  void on_request_reset(StreamNumber, StreamError) override { upstream_ = nullptr; }
  void on_response_drained(StreamNumber) override {}

  void forward(bool end) {
    const std::size_t before = backend_.requests().size();
    backend_.receive(upstream_->take_output());
    must_answer_ = end && backend_.requests().size() == before + 1;
  }
  void answer() {
    if (must_answer_ && upstream_ != nullptr) {
      must_answer_ = false;
      upstream_->codec.receive(response_);
      upstream_->codec.receive_end();
    }
  }
  void reply(std::uint16_t status) {
    ResponseMessage response;
    response.status = status;
    server_.send_response(stream_, response, /*end=*/true);
  }

  std::string response_, input_, output_;
  StrictBackend backend_;
  Http1ServerCodec server_{*this, CodecLimits{}, /*is_tls=*/false};
  RequestMessage request_;
  std::unique_ptr<Upstream> upstream_;
  StreamNumber stream_ = 0;
  bool must_answer_ = false;
};

/// The bytes of "raw" or "resp": text (each character a byte), repetitions, pauses.
std::vector<std::string> pieces_of(const json::value& raw) {
  std::vector<std::string> pieces(1);
  for (const json::value& part : raw.as_array()) {
    const auto add = [&pieces](std::string_view utf8) {
      for (std::size_t i = 0; i < utf8.size(); ++i) {
        const auto lead = static_cast<unsigned char>(utf8[i]);
        pieces.back().push_back(
            lead < 0x80 ? utf8[i]
                        : static_cast<char>((lead & 3U) << 6U |
                                            (static_cast<unsigned char>(utf8[++i]) & 0x3fU)));
      }
    };
    if (part.is_string()) {
      add(part.as_string());
    } else if (part.as_object().contains("rep")) {
      const json::array& rep = part.at("rep").as_array();
      for (std::int64_t i = 0; i < rep[1].as_int64(); ++i) {
        add(rep[0].as_string());
      }
    } else {
      pieces.emplace_back();
    }
  }
  return pieces;
}

std::vector<int> statuses_of(const std::string& output) {
  std::vector<int> statuses;
  for (std::size_t at = output.find("HTTP/1.1 "); at != std::string::npos;
       at = output.find("HTTP/1.1 ", at + 1)) {
    const int status = std::stoi(output.substr(at + 9, 3));
    if (status >= 200) {
      statuses.push_back(status);
    }
  }
  return statuses;
}

bool found(const json::value& pattern, const std::string& text) {
  RE2::Options options;
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  const RE2 regex(std::string(pattern.as_string()), options);
  return regex.ok() && RE2::PartialMatch(text, regex);
}

const json::array& list_of(const json::object& vector, std::string_view key) {
  static const json::array empty;
  const json::value* value = vector.if_contains(key);
  return value == nullptr ? empty : value->as_array();
}

std::int64_t number_of(const json::object& vector, std::string_view key) {
  const json::value* value = vector.if_contains(key);
  return value == nullptr ? 0 : value->as_int64();
}

std::string text_of(const json::object& vector, std::string_view key) {
  const json::value* value = vector.if_contains(key);
  return value == nullptr ? "" : std::string(value->as_string());
}

bool is_set(const json::object& vector, std::string_view key) {
  const json::value* value = vector.if_contains(key);
  return value != nullptr && value->as_bool();
}

/// Why the outcome of a request vector is wrong, or "".
std::string judge_request(const json::object& vector, const SmallProxy& proxy) {
  const std::vector<int> statuses = statuses_of(proxy.output());
  const auto forwarded = static_cast<std::int64_t>(proxy.backend().requests().size());
  const std::string expect = text_of(vector, "expect");
  const bool has_refused = !statuses.empty() && statuses.back() >= 400;
  if (!proxy.backend().complaint().empty()) {
    return "the backend refuses " + proxy.backend().complaint();
  }
  for (const StrictBackend::Request& request : proxy.backend().requests()) {
    if (request.target == "/SMUG" && !is_set(vector, "smug_ok")) {
      return "smuggled";
    }
  }
  for (const json::value& pattern : list_of(vector, "forbid")) {
    if (found(pattern, proxy.backend().bytes())) {
      return "forwarded " + std::string(pattern.as_string());
    }
  }
  if (expect == "incomplete") {
    return forwarded == 0 ? "" : "completed";
  }
  if (is_set(vector, "close") && !proxy.closes()) {
    return "does not close";
  }
  const bool is_accepted = forwarded == number_of(vector, "n") &&
                           statuses.size() >= static_cast<std::size_t>(forwarded) && !has_refused;
  if (is_accepted && vector.contains("blen") && forwarded > 0 &&
      static_cast<std::int64_t>(proxy.backend().requests()[0].body_size) !=
          number_of(vector, "blen")) {
    return "another length";
  }
  for (const json::value& pattern : list_of(vector, "need")) {
    if (is_accepted && !found(pattern, proxy.backend().bytes())) {
      return "does not forward " + std::string(pattern.as_string());
    }
  }
  const bool may_refuse = expect == "either" || text_of(vector, "alt").starts_with("reject");
  if (expect == "accept" || expect == "sanitize" || expect == "either") {
    return is_accepted || (may_refuse && (has_refused || proxy.closes())) ||
                   (!statuses.empty() && forwarded == 0 && statuses[0] < 300)
               ? ""
               : "is not accepted";
  }
  return forwarded <= number_of(vector, "pre") && (has_refused || proxy.closes())
             ? ""
             : "is not refused";
}

std::string judge_response(const json::object& vector, const SmallProxy& proxy) {
  for (const json::value& pattern : list_of(vector, "ban")) {
    if (found(pattern, proxy.output())) {
      return "the client sees " + std::string(pattern.as_string());
    }
  }
  for (const json::value& pattern : list_of(vector, "want")) {
    if (!found(pattern, proxy.output())) {
      return "the client does not see " + std::string(pattern.as_string());
    }
  }
  return "";
}

std::string judge(const json::object& vector) {
  std::string response = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const bool is_response = text_of(vector, "kind") == "resp";
  if (is_response) {
    response.clear();
    for (const std::string& piece : pieces_of(vector.at("resp"))) {
      response += piece;
    }
  }
  SmallProxy proxy(response);
  for (const std::string& piece : pieces_of(vector.at("raw"))) {
    proxy.receive(piece);
  }
  if (is_set(vector, "half")) {
    proxy.receive_end();
  }
  return is_response ? judge_response(vector, proxy) : judge_request(vector, proxy);
}

TEST(Http1VectorsTest, EachHasItsRightAnswer) {
  std::ifstream file(support::shared_folder() / "suites/h1-vectors/vectors.jsonl");
  if (!file) {
    GTEST_SKIP() << "no shared folder";
  }
  int count = 0;
  for (std::string line; std::getline(file, line); ++count) {
    const json::object vector = json::parse(line).as_object();
    const std::string wrong = judge(vector);
    EXPECT_EQ(wrong, "") << text_of(vector, "id") << " " << text_of(vector, "rule");
  }
  EXPECT_GT(count, 100);
}

}  // namespace
}  // namespace shaketable::proxy::http
