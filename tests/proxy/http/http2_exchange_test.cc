#include <gtest/gtest.h>

#include "tests/proxy/http/http2_support.h"

// A client codec against a server codec, in memory.
namespace shaketable::proxy::http::test {
namespace {

TEST(Http2ExchangeTest, CarriesARequestAndItsResponse) {
  Http2Pair pair;
  RequestMessage request = get("/a?b=c");
  request.headers.add("accept", "text/plain");
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    ResponseMessage answer = response(200, BodyKind::kLength);
    answer.headers.add("content-length", "5");
    pair.server.send_response(stream, answer, false);
    pair.server.send_data(stream, "hello", true);
  };

  EXPECT_EQ(pair.client.send_request(request, true), 1U);
  pair.exchange();

  EXPECT_EQ(pair.server_handler.log.text(),
            "request 1 GET http://h.test/a?b=c none [accept: text/plain] end\n");
  EXPECT_EQ(pair.client_handler.log.text(),
            "response 1 200 length=5 [content-length: 5]\ndata 1 hello\nend 1\n");
  EXPECT_EQ(pair.client.stream_count(), 0U);
  EXPECT_EQ(pair.server.stream_count(), 0U);
  EXPECT_EQ(pair.server.phase(), Phase::kIdle);
}

TEST(Http2ExchangeTest, StreamsABodyBothWaysWithTrailers) {
  Http2Pair pair;
  const StreamNumber stream = pair.client.send_request(post("/grpc"), false);
  pair.client.send_data(stream, "ping", false);
  pair.exchange();
  pair.server.send_response(stream, response(200), false);
  pair.server.send_data(stream, "pong", false);
  pair.exchange();
  HeaderList trailers;
  trailers.add("x-checksum", "1");
  pair.client.send_trailers(stream, trailers);
  pair.exchange();
  trailers.clear();
  trailers.add("grpc-status", "0");
  pair.server.send_trailers(stream, trailers);
  pair.exchange();

  EXPECT_EQ(pair.server_handler.log.text(),
            "request 1 POST http://h.test/grpc until-end\ndata 1 ping\n"
            "trailers 1 [x-checksum: 1]\n");
  EXPECT_EQ(pair.client_handler.log.text(),
            "response 1 200 until-end\ndata 1 pong\ntrailers 1 [grpc-status: 0]\n");
  EXPECT_EQ(pair.server.stream_count(), 0U);
}

TEST(Http2ExchangeTest, NeverWritesWhatHttp2DoesNotHave) {
  Http2Pair pair;
  RequestMessage request = get();
  request.headers.add("connection", "close");
  request.headers.add("transfer-encoding", "chunked");
  request.headers.add("x-split", "a\r\nb: c");
  request.headers.add("x-fine", "a");
  pair.client.send_request(request, true);
  pair.exchange();

  EXPECT_EQ(pair.server_handler.log.text(), "request 1 GET http://h.test/ none [x-fine: a] end\n");
}

TEST(Http2ExchangeTest, GoesOnAfterItsBuffersWereReleased) {
  Http2Pair pair;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    pair.server.send_response(stream, response(204, BodyKind::kNone), true);
  };
  for (int i = 0; i < 3; ++i) {
    pair.client.send_request(get("/" + std::to_string(i)), true);
    pair.exchange();
    pair.client.release_buffers();
    pair.server.release_buffers();
  }

  EXPECT_EQ(pair.client_handler.log.count("response"), 3U);
}

TEST(Http2ExchangeTest, AnswersWithTrailersOnly) {
  Http2Pair pair;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    ResponseMessage answer = response(200, BodyKind::kNone);
    answer.headers.add("grpc-status", "12");
    pair.server.send_response(stream, answer, true);
  };
  const StreamNumber stream = pair.client.send_request(post(), false);
  pair.client.send_data(stream, "x", true);
  pair.exchange();

  EXPECT_EQ(pair.client_handler.log.text(), "response 1 200 none [grpc-status: 12] end\n");
}

TEST(Http2ExchangeTest, TellsInformationalResponses) {
  Http2Pair pair;
  RequestMessage request = post();
  request.expects_continue = true;
  request.accepts_trailers = true;
  const StreamNumber stream = pair.client.send_request(request, false);
  pair.exchange();
  EXPECT_TRUE(pair.server_handler.log.has("until-end te expect"));
  pair.server.send_informational(stream, response(100));
  ResponseMessage hints = response(103);
  hints.headers.add("link", "</a.css>");
  pair.server.send_informational(stream, hints);
  pair.server.send_response(stream, response(204, BodyKind::kNone), true);
  pair.exchange();

  EXPECT_EQ(pair.client_handler.log.text(),
            "informational 1 100 until-end\ninformational 1 103 until-end [link: </a.css>]\n"
            "response 1 204 none end\n");
}

TEST(Http2ExchangeTest, NeverSendsABodyForHeadOr304) {
  Http2Pair pair;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage& request, bool) {
    ResponseMessage answer = response(request.method == "HEAD" ? 200 : 304, BodyKind::kLength);
    answer.headers.add("content-length", "5");
    pair.server.send_response(stream, answer, false);
    pair.server.send_data(stream, "hello", true);
  };
  RequestMessage head = get();
  head.method = "HEAD";
  pair.client.send_request(head, true);
  pair.client.send_request(get(), true);
  pair.exchange();

  EXPECT_EQ(pair.client_handler.log.text(),
            "response 1 200 none [content-length: 5] end\n"
            "response 3 304 none [content-length: 5] end\n");
  EXPECT_EQ(pair.server_handler.log.count("reset"), 0U);
}

TEST(Http2ExchangeTest, ForgetsAHeadResponseThatTheHandlerHasNotEnded) {
  Http2Pair pair;
  RequestMessage head = get();
  head.method = "HEAD";
  const StreamNumber stream = pair.client.send_request(head, true);
  pair.exchange();
  pair.server.send_response(stream, response(200), false);
  pair.exchange();
  pair.server.send_data(stream, "late", true);
  pair.exchange();

  EXPECT_EQ(pair.client_handler.log.text(), "response 1 200 none end\n");
  EXPECT_EQ(pair.server_handler.log.count("reset"), 0U);
}

struct CodeCase {
  StreamError given;
  std::string_view heard;
};

TEST(Http2ExchangeTest, MapsResetsBothWays) {
  for (const CodeCase& code :
       {CodeCase{StreamError::kCancelled, "cancelled"}, CodeCase{StreamError::kRefused, "refused"},
        CodeCase{StreamError::kProtocol, "protocol"},
        CodeCase{StreamError::kInternal, "internal"}}) {
    Http2Pair pair;
    pair.client.send_request(post(), false);
    pair.client.send_request(post(), false);
    pair.exchange();
    pair.client.reset(1, code.given);
    pair.server.reset(3, code.given);
    pair.exchange();

    EXPECT_TRUE(pair.server_handler.log.has("reset 1 " + std::string(code.heard)));
    EXPECT_EQ(pair.client_handler.log.text(), "reset 3 " + std::string(code.heard) + "\n");
    EXPECT_EQ(pair.client.stream_count() + pair.server.stream_count(), 0U);
  }
}

TEST(Http2ExchangeTest, CancelsARequestThatWasNotSentYet) {
  Http2Pair pair;
  const StreamNumber stream = pair.client.send_request(get(), true);
  pair.client.reset(stream, StreamError::kCancelled);
  pair.exchange();

  EXPECT_EQ(pair.client.stream_count(), 0U);
  EXPECT_EQ(pair.client_handler.log.text(), "");
  EXPECT_EQ(pair.server_handler.log.count("lost"), 0U);
}

TEST(Http2ExchangeTest, StopsARequestWhoseAnswerIsWhole) {
  Http2Pair pair;
  const StreamNumber stream = pair.client.send_request(post(), false);
  pair.client.send_data(stream, "part", false);
  pair.exchange();
  pair.server.send_response(stream, response(413, BodyKind::kNone), true);
  pair.exchange();
  pair.client.send_data(stream, "more", true);
  pair.exchange();

  EXPECT_EQ(pair.client_handler.log.text(), "response 1 413 none end\n");
  EXPECT_EQ(pair.server_handler.log.count("reset"), 0U);
  EXPECT_EQ(pair.client.stream_count() + pair.server.stream_count(), 0U);
  EXPECT_FALSE(pair.client.has_failed());
}

TEST(Http2ExchangeTest, CarriesAConnectTunnel) {
  Http2Pair pair;
  RequestMessage request;
  request.method = "CONNECT";
  request.authority = "db.test:5432";
  request.body = BodyKind::kTunnel;
  const StreamNumber stream = pair.client.send_request(request, false);
  pair.exchange();
  pair.server.send_response(stream, response(200, BodyKind::kTunnel), false);
  pair.client.send_data(stream, "up", false);
  pair.server.send_data(stream, "down", false);
  pair.exchange();

  EXPECT_EQ(pair.server_handler.log.text(),
            "request 1 CONNECT http://db.test:5432 tunnel\ndata 1 up\n");
  EXPECT_EQ(pair.client_handler.log.text(), "response 1 200 tunnel\ndata 1 down\n");
  EXPECT_EQ(pair.server.phase(), Phase::kTunnel);
}

TEST(Http2ExchangeTest, CarriesAnUpgradeAsExtendedConnect) {
  Http2Pair pair;
  pair.exchange();  // the server's SETTINGS allow it
  RequestMessage request = get("/chat");
  request.upgrade = "websocket";
  request.body = BodyKind::kTunnel;
  request.headers.add("sec-websocket-version", "13");
  const StreamNumber stream = pair.client.send_request(request, false);
  pair.exchange();
  ResponseMessage answer = response(101, BodyKind::kTunnel);
  pair.server.send_response(stream, answer, false);
  pair.server.send_data(stream, "frame", false);
  pair.exchange();

  EXPECT_EQ(pair.server_handler.log.text(),
            "request 1 GET http://h.test/chat tunnel upgrade=websocket"
            " [sec-websocket-version: 13]\n");
  EXPECT_EQ(pair.client_handler.log.text(),
            "response 1 101 tunnel upgrade=websocket\ndata 1 frame\n");
}

TEST(Http2ExchangeTest, SendsAnUpgradePlainlyToAServerThatKnowsNone) {
  RawClient raw;
  RequestMessage request = get("/chat");
  request.upgrade = "websocket";
  request.body = BodyKind::kTunnel;
  raw.codec.send_request(request, false);
  const std::vector<Frame> frames = raw.take();

  ASSERT_EQ(frames.size(), 1U);
  EXPECT_EQ(frames[0].flags & kFlagEndStream, kFlagEndStream);
}

// The events must not depend on how TCP has cut the bytes.
TEST(Http2ExchangeTest, TellsTheSameWhateverTheCuts) {
  const auto run = [](std::size_t piece) {
    Http2Pair pair;
    pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
      pair.server.send_response(stream, response(200), false);
    };
    pair.server_handler.react_to_data = [&pair](StreamNumber stream, Bytes bytes, bool end) {
      pair.server.send_data(stream, bytes, false);
      if (end) {
        HeaderList trailers;
        trailers.add("grpc-status", "0");
        pair.server.send_trailers(stream, trailers);
      }
    };
    RequestMessage request = post("/echo");
    for (int i = 0; i < 60; ++i) {  // long enough for CONTINUATION
      request.headers.add("x-field-" + std::to_string(i), std::string(500, 'v'));
    }
    for (int i = 0; i < 3; ++i) {
      const StreamNumber stream = pair.client.send_request(request, false);
      pair.client.send_data(stream, std::string(i == 1 ? 70'000 : 700, 'b'), true);
    }
    pair.exchange(piece);
    EXPECT_EQ(pair.client.error(), ProtocolError::kNone) << piece;
    EXPECT_EQ(pair.server.error(), ProtocolError::kNone) << piece;
    return pair.server_handler.log.text_by_stream() + pair.client_handler.log.text_by_stream();
  };

  const std::string whole = run(SIZE_MAX);
  EXPECT_NE(whole.find("trailers 5 [grpc-status: 0]"), std::string::npos) << whole;
  for (const std::size_t piece : {1, 2, 3, 5, 7, 8, 9, 10, 13, 14, 23, 24, 25, 100, 1000, 16384}) {
    EXPECT_TRUE(run(static_cast<std::size_t>(piece)) == whole) << piece;
  }
}

}  // namespace
}  // namespace shaketable::proxy::http::test
