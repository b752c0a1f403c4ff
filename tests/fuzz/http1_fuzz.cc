#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/http/forwarding.h"
#include "proxy/http/grammar.h"
#include "proxy/http/http1_client.h"
#include "proxy/http/http1_server.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to one side of HTTP/1 and lets the other side write what was read to a
// second hop. The first byte chooses the side, the second how the bytes are cut. What must hold: no
// crash and no leak; events in their order; a message that was taken is read by the second hop as
// the same message, with the same body, and nothing beside it; memory within the limits.
namespace shaketable::proxy::http {
namespace {

void require_fields(const HeaderList& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    require(is_token(headers[i].name) && is_field_value(headers[i].value));
    for (const char c : headers[i].name) {
      require(c < 'A' || c > 'Z');
    }
  }
}

/// One message as it was told.
struct Told {
  std::string head, body;
  bool is_whole = false;
  bool is_reset = false;

  void add(Bytes bytes, bool end) {
    require(!is_whole && !is_reset);
    body.append(bytes);
    is_whole = end;
  }
};

std::string text_of(const HeaderList& headers) {
  std::string text;
  for (std::size_t i = 0; i < headers.size(); ++i) {
    text.append("\n").append(headers[i].name).append("=").append(headers[i].value);
  }
  return text;
}

/// Takes requests, answers the whole ones, and writes all of them to an upstream.
class Downstream : public ServerHandler {
 public:
  virtual ~Downstream() = default;
  void on_request(StreamNumber, RequestMessage& request, bool end) override {
    require_fields(request.headers);
    require(requests.empty() || requests.back().is_whole || requests.back().is_reset);
    Told told;
    told.head = request.method + " " + request.authority + " " + request.path + " " +
                request.upgrade + " " + std::to_string(static_cast<int>(request.body)) + " " +
                std::to_string(request.content_length) +
                (request.expects_continue ? " expects" : "") +
                (request.accepts_trailers ? " trailers" : "") + text_of(request.headers);
    told.is_whole = end;
    requests.push_back(told);
    const bool is_tunnel = request.body == BodyKind::kTunnel;
    request_ = request;
    if (request_.authority.empty()) {
      request_.authority = "localhost";  // as prepare_request does
    }
    if (upstream != nullptr) {
      upstream_number_ = upstream->send_request(request_, end);
      require(upstream_number_ != 0);
    }
    if (is_tunnel) {
      requests.back().is_reset = true;
    }
    if (end || is_tunnel) {
      answer();
    }
  }
  void on_request_data(StreamNumber, Bytes bytes, bool end) override {
    requests.back().add(bytes, end);
    if (upstream != nullptr) {
      upstream->send_data(upstream_number_, bytes, end);
    }
    if (end) {
      answer();
    }
  }
  void on_request_trailers(StreamNumber, HeaderList& trailers) override {
    require_fields(trailers);
    requests.back().add({}, /*end=*/true);
    if (upstream != nullptr) {
      upstream->send_trailers(upstream_number_, trailers);
    }
    answer();
  }
  void on_request_reset(StreamNumber, StreamError) override {
    require(!requests.back().is_reset);
    requests.back().is_reset = true;
  }
  void on_response_drained(StreamNumber) override {}

  void answer() {
    ResponseMessage response;
    codec.send_response(static_cast<StreamNumber>(requests.size() * 2 - 1), response, true);
    if (upstream != nullptr) {
      upstream->receive(request_.method == "CONNECT"
                            ? "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"
                            : "HTTP/1.1 204 No Content\r\n\r\n");
    }
  }

  Http1ServerCodec codec{*this, CodecLimits{}, /*is_tls=*/false};
  Http1ClientCodec* upstream = nullptr;
  std::vector<Told> requests;

 private:
  RequestMessage request_;
  StreamNumber upstream_number_ = 0;
};

/// Takes one final response, and writes it to a downstream.
class Upstream : public ClientHandler {
 public:
  virtual ~Upstream() = default;
  void on_informational(StreamNumber, ResponseMessage& response) override {
    require_fields(response.headers);
    require(response.status >= 100 && response.status < 200 && !has_head);
  }
  void on_response(StreamNumber, ResponseMessage& response, bool end) override {
    require_fields(response.headers);
    require(!has_head && !told.is_reset);
    has_head = true;
    is_tunnel = response.body == BodyKind::kTunnel;
    told.head = std::to_string(response.status);
    told.is_whole = end;
    if (downstream != nullptr && !is_tunnel) {
      downstream->send_response(1, response, end);
    }
  }
  void on_response_data(StreamNumber, Bytes bytes, bool end) override {
    require(has_head);
    told.add(bytes, end);
    if (downstream != nullptr && !is_tunnel) {
      downstream->send_data(1, bytes, end);
    }
  }
  void on_response_trailers(StreamNumber, HeaderList& trailers) override {
    require_fields(trailers);
    told.add({}, /*end=*/true);
    if (downstream != nullptr && !is_tunnel) {
      downstream->send_trailers(1, trailers);
    }
  }
  void on_response_reset(StreamNumber, StreamError) override {
    require(!told.is_reset && !told.is_whole);
    told.is_reset = true;
  }
  void on_request_drained(StreamNumber) override {}
  void on_going_away() override {}

  Http1ClientCodec codec{*this, CodecLimits{}};
  Http1ServerCodec* downstream = nullptr;
  Told told;
  bool has_head = false, is_tunnel = false;
};

/// Gives the bytes in pieces; what a codec leaves goes before the next one.
template <class CodecType>
void feed(CodecType& codec, std::string_view bytes, std::size_t piece) {
  std::string left;
  while (!bytes.empty() && !codec.has_failed()) {
    left.append(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
    std::size_t used = 1;
    while (!left.empty() && used > 0) {
      used = codec.receive(left);
      left.erase(0, used);
    }
    if (!left.empty() && !codec.is_paused() && !codec.has_failed()) {
      std::abort();
    }
    if (codec.is_paused()) {
      return;
    }
  }
}

void run_server(std::string_view bytes, std::size_t piece) {
  struct Ignore : Upstream {
    void on_response(StreamNumber, ResponseMessage&, bool) override {}
    void on_response_data(StreamNumber, Bytes, bool) override {}
    void on_response_reset(StreamNumber, StreamError) override {}
  };
  Downstream first;
  Ignore between;
  // An upstream connection of its own for each request would hide nothing; one shows what follows.
  first.upstream = &between.codec;
  feed(first.codec, bytes, piece);

  Downstream second;
  const std::string wire = between.codec.output();
  feed(second.codec, wire, wire.size());
  require(!second.codec.has_failed());
  require(second.requests.size() == first.requests.size());
  for (std::size_t i = 0; i < first.requests.size(); ++i) {
    const Told& a = first.requests[i];
    const Told& b = second.requests[i];
    require(a.body == b.body && a.is_whole == b.is_whole);
    require(a.head.substr(0, a.head.find(' ')) == b.head.substr(0, b.head.find(' ')));
  }
}

void run_client(std::string_view bytes, std::size_t piece, bool is_head) {
  RequestMessage request;
  request.method = is_head ? "HEAD" : "GET";
  request.authority = "h.test";
  request.path = "/";
  struct Silent : Downstream {
    void on_request(StreamNumber, RequestMessage&, bool) override {}
  };
  Silent downstream;
  downstream.codec.receive(request.method + " / HTTP/1.1\r\nHost: h.test\r\n\r\n");
  Upstream first;
  first.downstream = &downstream.codec;
  first.codec.send_request(request, /*end=*/true);
  feed(first.codec, bytes, piece);
  first.codec.receive_end();
  require(first.told.is_whole || first.told.is_reset || first.is_tunnel);

  Upstream second;
  second.codec.send_request(request, /*end=*/true);
  const std::string wire = downstream.codec.output();
  feed(second.codec, wire, wire.size() + 1);
  require(!second.codec.has_failed());
  require(second.has_head == first.has_head);
  require(second.told.is_whole == first.told.is_whole || first.is_tunnel);
  require(second.told.head == first.told.head && second.told.body == first.told.body);
}

void run_paths(std::string_view bytes) {
  std::string path(bytes);
  if (normalize_path(path)) {
    const std::string once = path;
    require(normalize_path(path) && path == once);
    require(is_origin_form(path) || !is_origin_form(bytes));
  }
}

}  // namespace
}  // namespace shaketable::proxy::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shaketable::proxy::http;
  if (size < 2) {
    return 0;
  }
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 2, size - 2);
  const std::size_t piece = data[1] == 0 ? bytes.size() + 1 : data[1];
  switch (data[0] % 4) {
    case 0:
      run_server(bytes, piece);
      break;
    case 1:
    case 2:
      run_client(bytes, piece, data[0] % 4 == 2);
      break;
    default:
      run_paths(bytes);
  }
  return 0;
}
