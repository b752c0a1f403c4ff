#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/base/rng.h"
#include "tests/proxy/http/http1_support.h"
#include "tests/support/allocation_counter.h"

// However the network cuts a connection's bytes, the events and the answers are the same; and what
// one side writes, the other one reads.
namespace shaketable::proxy::http {
namespace {

const std::vector<std::string>& request_streams() {
  static const std::vector<std::string> streams = {
      "GET /a HTTP/1.1\r\nHost: h.test\r\n\r\nHEAD /b HTTP/1.1\r\nHost: h.test\r\n\r\n",
      "\r\nPOST /a HTTP/1.1\r\nHost: h.test\r\nContent-Length: 5\r\n\r\nhello\r\n"
      "GET http://x.test/b?c HTTP/1.0\r\nConnection: keep-alive\r\nHost: h.test\r\n\r\n",
      "POST /a HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a;b = \"c\\\"d\" ;e=f\r\nhello\r\n001\r\n!\r\n000;x\r\nX-T: 1\r\nX-U:\t2 \r\n\r\n"
      "OPTIONS * HTTP/1.1\r\nHost: h.test\r\nConnection: close\r\n\r\nGET /c HTTP/1.1\r\n",
      "POST /a HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhelloX\r\n",
      "POST /a HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n5;=\r\nhello\r\n",
      "POST /a HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T : 1\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: h.test\r\nX-A: b\rc\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: h.test\n\r\n",
      "GET /a\r\n\r\n",
      "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n",
      "GET /chat HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
      "GET /a HTTP/1.1\r\nHost: h.test\r\nCon",
  };
  return streams;
}

/// Gives the bytes in pieces of `sizes`, again and again; what is left of one goes before the next.
template <class Recorder>
std::string run(Recorder& recorder, std::string_view bytes, const std::vector<std::size_t>& sizes) {
  std::string left;
  for (std::size_t i = 0; !bytes.empty(); ++i) {
    const std::string_view piece = bytes.substr(0, sizes[i % sizes.size()]);
    bytes.remove_prefix(piece.size());
    left.append(piece);
    left.erase(0, recorder.codec.receive(left));
  }
  recorder.codec.receive_end();
  std::string result = recorder.take_output() + "\n";
  for (const std::string& line : recorder.events.lines()) {
    result.append(line).append("\n");
  }
  return result + (recorder.codec.wants_close() ? "closes " : "stays ") +
         std::to_string(static_cast<int>(recorder.codec.error()));
}

std::vector<std::size_t> random_sizes(Rng& rng) {
  std::vector<std::size_t> sizes(1 + rng.below(8));
  for (std::size_t& size : sizes) {
    size = 1 + rng.below(20);
  }
  return sizes;
}

TEST(Http1SplitTest, RequestsAreTheSameHoweverTheyAreCut) {
  Rng rng(7);
  for (const std::string& bytes : request_streams()) {
    ServerRecorder whole;
    const std::string expected = run(whole, bytes, {bytes.size()});
    for (int i = 0; i < 200; ++i) {
      const std::vector<std::size_t> sizes =
          i == 0 ? std::vector<std::size_t>{1} : random_sizes(rng);
      ServerRecorder cut;
      ASSERT_EQ(run(cut, bytes, sizes), expected) << bytes;
    }
    for (std::size_t first = 1; first < bytes.size(); ++first) {
      ServerRecorder cut;
      ASSERT_EQ(run(cut, bytes, {first, bytes.size()}), expected) << bytes << first;
    }
  }
}

TEST(Http1SplitTest, ResponsesAreTheSameHoweverTheyAreCut) {
  const std::vector<std::string> responses = {
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
      "5;a\r\nhello\r\n0\r\nX-T: 1\r\n\r\n",
      "HTTP/1.0 200 OK\r\nX-A: b\r\n\r\nuntil the end",
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZ\r\n",
      "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n",
      "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
      "HTTP/1.1 200 OK\r\nX-A\r\n\r\n"};
  Rng rng(8);
  for (const std::string& bytes : responses) {
    ClientRecorder whole;
    whole.request();
    const std::string expected = run(whole, bytes, {bytes.size()});
    for (int i = 0; i < 200; ++i) {
      const std::vector<std::size_t> sizes =
          i == 0 ? std::vector<std::size_t>{1} : random_sizes(rng);
      ClientRecorder cut;
      cut.request();
      ASSERT_EQ(run(cut, bytes, sizes), expected) << bytes;
    }
  }
}

std::string random_text(Rng& rng, std::string_view alphabet, std::size_t at_most) {
  std::string text(1 + rng.below(at_most), 'x');
  for (char& c : text) {
    c = alphabet[rng.below(alphabet.size())];
  }
  return text;
}

TEST(Http1SplitTest, AServerReadsWhatAClientWrote) {
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Rng rng(seed);
    RequestMessage request;
    request.method = random_text(rng, "GETPOS-", 8);
    request.authority = random_text(rng, "abc.-", 20);
    request.path = "/" + random_text(rng, "abc/?&=%41", 3);
    request.path = request.path.find('%') == std::string::npos ? request.path : "/%41";
    for (std::uint64_t i = rng.below(20); i > 0; --i) {
      request.headers.add("x-" + random_text(rng, "abcXYZ_-", 10),
                          random_text(rng, "v\"\\,;:=()\xc3\xa9", 60));
    }
    const std::string body = random_text(rng, "body\r\n0\0", 5000);
    request.body = rng.chance_ppm(500'000) ? BodyKind::kUntilEnd : BodyKind::kLength;
    request.content_length = body.size();
    ClientRecorder client;
    ASSERT_EQ(client.codec.send_request(request, /*end=*/false), 1U) << seed;
    const std::size_t half = rng.below(body.size());
    client.codec.send_data(1, std::string_view(body).substr(0, half), /*end=*/false);
    client.codec.send_data(1, std::string_view(body).substr(half), /*end=*/true);

    ServerRecorder server;
    const std::string wire = client.take_output();
    ASSERT_THAT(server.feed(wire), testing::IsEmpty()) << seed << wire;

    HeaderList expected = request.headers;
    if (request.body == BodyKind::kLength) {
      expected.add("content-length", std::to_string(body.size()));
    }
    ASSERT_THAT(
        server.events.lines(),
        testing::ElementsAre("request 1 " + request.method + " http " + request.authority + " " +
                                 request.path + " " +
                                 to_text(request.body, request.content_length) + to_text(expected),
                             "data 1 " + body, "end 1"))
        << seed;
  }
}

/// A downstream whose requests go to an upstream codec; nothing is written down.
struct Hop final : ServerHandler, ClientHandler {
  void on_request(StreamNumber stream, RequestMessage& request, bool end) override {
    current = stream;
    upstream = client.send_request(request, end);
  }
  void on_request_data(StreamNumber, Bytes bytes, bool end) override {
    client.send_data(upstream, bytes, end);
  }
  void on_request_trailers(StreamNumber, HeaderList& trailers) override {
    client.send_trailers(upstream, trailers);
  }
  void on_request_reset(StreamNumber, StreamError) override {}
  void on_response_drained(StreamNumber) override {}
  void on_informational(StreamNumber, ResponseMessage&) override {}
  void on_response(StreamNumber, ResponseMessage& response, bool end) override {
    server.send_response(current, response, end);
  }
  void on_response_data(StreamNumber, Bytes bytes, bool end) override {
    server.send_data(current, bytes, end);
  }
  void on_response_trailers(StreamNumber, HeaderList& trailers) override {
    server.send_trailers(current, trailers);
  }
  void on_response_reset(StreamNumber, StreamError) override {}
  void on_request_drained(StreamNumber) override {}
  void on_going_away() override {}

  Http1ServerCodec server{*this, CodecLimits{}, /*is_tls=*/false};
  Http1ClientCodec client{*this, CodecLimits{}};
  StreamNumber current = 0, upstream = 0;
};

TEST(Http1SplitTest, AWarmHopAllocatesNothingForARequest) {
  const std::string request =
      "POST /catalogue?tags=blue&order=price HTTP/1.1\r\nHost: catalogue.shop.test:8080\r\n"
      "User-Agent: something/1.0 (a long one)\r\nAccept: */*\r\nConnection: keep-alive\r\n"
      "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n";
  const std::string response =
      "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1024\r\n\r\n" +
      std::string(1024, 'x');
  Hop hop;
  const auto exchange = [&] {
    hop.server.receive(request);
    hop.client.output().clear();
    hop.client.receive(response);
    hop.server.output().clear();
  };
  exchange();
  exchange();

  const std::uint64_t before = support::allocation_count();
  for (int i = 0; i < 1000; ++i) {
    exchange();
  }

  EXPECT_EQ(support::allocation_count(), before);
  EXPECT_EQ(hop.current, 2U * 1001 + 1);
}

TEST(Http1SplitTest, AnIdleConnectionHoldsLittleMemory) {
  ServerRecorder server;
  server.feed("GET /" + std::string(5000, 'a') +
              " HTTP/1.1\r\nHost: h.test\r\nX-A: " + std::string(20'000, 'b') + "\r\n\r\n");
  server.take_output();

  server.codec.release_buffers();

  EXPECT_LE(sizeof(Http1ServerCodec), 1100U);
  EXPECT_EQ(server.codec.output().capacity(), std::string().capacity());
  server.feed("GET /b HTTP/1.1\r\nHost: h.test\r\n\r\n");
  EXPECT_TRUE(server.events.has("request 3 GET http h.test /b"));
}

}  // namespace
}  // namespace shaketable::proxy::http
