#include <cstddef>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "proxy/http/grammar.h"
#include "proxy/http/http2_client.h"
#include "proxy/http/http2_server.h"
#include "proxy/http/preface.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to the HTTP/2 codecs, cut into pieces, while a handler answers, pauses and
// resets. The first byte chooses the side, whether the peer reads, and whether the driver's timers
// come; the second the pieces. What must hold: no crash, no leak, events in their order (head,
// body, end or reset, nothing after), requests that HTTP/1.1 can not misread, output within its
// bounds.
namespace shaketable::proxy::http {
namespace {

void require_fields(const HeaderList& headers) {
  for (std::size_t i = 0; i < headers.size(); ++i) {
    require(is_token(headers[i].name) && is_field_value(headers[i].value));
    require(headers[i].name != "transfer-encoding" && headers[i].name != "connection" &&
            headers[i].name != "host" && headers[i].name != "upgrade");
  }
}

/// Streams that are open for the handler.
class Order {
 public:
  void begin(StreamNumber stream, bool end) {
    require(seen_.insert(stream).second);
    if (!end) {
      open_.insert(stream);
    }
  }
  void data(StreamNumber stream, bool end) {
    require(open_.count(stream) == 1);
    if (end) {
      open_.erase(stream);
    }
  }
  void reset(StreamNumber stream) {
    require(seen_.count(stream) == 1 && reset_.insert(stream).second);
    open_.erase(stream);
  }
  void silence(StreamNumber stream) { open_.erase(stream); }

 private:
  std::set<StreamNumber> seen_;
  std::set<StreamNumber> open_;
  std::set<StreamNumber> reset_;
};

struct Server final : ServerHandler {
  Server() : codec(*this, limits(), false) {}
  static CodecLimits limits() {
    CodecLimits limits;
    limits.max_head_bytes = 4096;
    limits.max_headers = 20;
    limits.frame_budget = 500;
    limits.reset_burst = 50;
    limits.max_concurrent_streams = 10;
    return limits;
  }

  void on_request(StreamNumber stream, RequestMessage& request, bool end) override {
    order.begin(stream, end);
    require(is_token(request.method));
    require(is_authority(request.authority));
    require(request.method == "CONNECT" || request.path == "*" || is_origin_form(request.path));
    require_fields(request.headers);
    ResponseMessage response;
    response.headers.add("server", "fuzz");
    switch (stream % 7) {
      case 1:
        codec.send_response(stream, response, true);
        break;
      case 3:
        codec.send_informational(stream, response);
        codec.send_response(stream, response, false);
        codec.send_data(stream, std::string(70'000, 'b'), false);
        codec.send_trailers(stream, response.headers);
        break;
      case 5:
        codec.pause_stream(stream);
        break;
      case 0:
        codec.reset(stream, StreamError::kRefused);
        order.silence(stream);
        break;
      default:
        break;
    }
  }
  void on_request_data(StreamNumber stream, Bytes bytes, bool end) override {
    order.data(stream, end);
    codec.send_data(stream, bytes, end);
    codec.resume_stream(stream > 4 ? stream - 4 : stream);
  }
  void on_request_trailers(StreamNumber stream, HeaderList& trailers) override {
    order.data(stream, /*end=*/true);
    require_fields(trailers);
  }
  void on_request_reset(StreamNumber stream, StreamError) override { order.reset(stream); }
  void on_response_drained(StreamNumber stream) override { codec.send_data(stream, "x", true); }

  Order order;
  Http2ServerCodec codec;
};

struct Client final : ClientHandler {
  Client() : codec(*this, Server::limits()) {
    RequestMessage request;
    request.method = "POST";
    request.scheme = "http";
    request.authority = "h.test";
    request.path = "/";
    for (int i = 0; i < 4; ++i) {
      const StreamNumber stream = codec.send_request(request, i % 2 == 0);
      order.begin(stream, /*end=*/false);
      codec.send_data(stream, std::string(20'000, 'u'), i == 3);
    }
  }
  void on_informational(StreamNumber, ResponseMessage& response) override {
    require(response.status >= 100 && response.status < 200);
  }
  void on_response(StreamNumber stream, ResponseMessage& response, bool end) override {
    order.data(stream, end);
    require(response.status >= 200 && response.status <= 999);
    require_fields(response.headers);
  }
  void on_response_data(StreamNumber stream, Bytes, bool end) override { order.data(stream, end); }
  void on_response_trailers(StreamNumber stream, HeaderList& trailers) override {
    order.data(stream, /*end=*/true);
    require_fields(trailers);
  }
  void on_response_reset(StreamNumber stream, StreamError) override { order.reset(stream); }
  void on_request_drained(StreamNumber stream) override { codec.send_data(stream, "x", true); }
  void on_going_away() override { require(!codec.can_send()); }

  Order order;
  Http2ClientCodec codec;
};

/// What a driver's timers do; `tick` is called behind each piece.
void look(Codec& codec) {
  (void)codec.reset_stalled();
  if (codec.phase() == Phase::kIdle) {
    codec.release_buffers();
  }
}

void feed(Codec& codec, std::string_view bytes, std::size_t piece, bool reads,
          const std::function<void()>& tick) {
  Instant now = kStart;
  while (!bytes.empty() && !codec.has_failed()) {
    codec.set_now(now += std::chrono::milliseconds(1));
    const std::string_view next = bytes.substr(0, piece);
    const std::size_t used = codec.receive(next);
    require(used == next.size() || codec.has_failed());
    bytes.remove_prefix(next.size());
    codec.fill_output();
    require(codec.output().size() <= (5U << 20U));
    if (reads) {
      codec.output().clear();
    }
    tick();
  }
  codec.drain();
  codec.finish_drain();
  codec.fill_output();
  codec.receive_end();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) {
    return 0;
  }
  const std::size_t piece = data[1] == 0 ? size : data[1];
  const std::string bytes(reinterpret_cast<const char*>(data + 2), size - 2);
  const std::string settings("\0\0\0\x04\0\0\0\0\0\0\0\0\x04\x01\0\0\0\0", 18);
  const bool reads = (data[0] & 2U) == 0;
  const bool has_timers = (data[0] & 4U) != 0;
  if ((data[0] & 1U) == 0) {
    Server server;
    feed(server.codec, std::string(kHttp2Preface) + settings + bytes, piece, reads, [&] {
      if (has_timers) {
        look(server.codec);
        (void)server.codec.refuse_late_bodies();
      }
    });
  } else {
    Client client;
    client.codec.fill_output();
    feed(client.codec, settings + bytes, piece, reads, [&] {
      if (has_timers) {
        look(client.codec);
      }
    });
  }
  return 0;
}

}  // namespace shaketable::proxy::http
