#include "proxy/http/http1_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/http/http1_support.h"

namespace shaketable::proxy::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

RequestMessage make_request(std::string method, BodyKind body = BodyKind::kNone,
                            std::uint64_t length = 0) {
  RequestMessage request;
  request.method = std::move(method);
  request.authority = "h.test";
  request.path = "/v?q";
  request.body = body;
  request.content_length = length;
  return request;
}

TEST(Http1ClientTest, WritesRequestsWithTheirFraming) {
  ClientRecorder client;
  RequestMessage request = make_request("GET");
  request.headers.add("x-a", "b");
  request.headers.add("connection", "evil");
  request.headers.add("content-length", "7");
  request.accepts_trailers = true;
  EXPECT_EQ(client.codec.send_request(request, /*end=*/true), 1U);
  EXPECT_EQ(
      client.take_output(),
      "GET /v?q HTTP/1.1\r\nhost: h.test\r\nx-a: b\r\nte: trailers\r\nconnection: te\r\n\r\n");
  client.codec.receive("HTTP/1.1 204 No Content\r\n\r\n");

  EXPECT_EQ(client.codec.send_request(make_request("POST", BodyKind::kLength, 2), false), 3U);
  client.codec.send_data(3, "ab", /*end=*/true);
  EXPECT_EQ(client.take_output(),
            "POST /v?q HTTP/1.1\r\nhost: h.test\r\ncontent-length: 2\r\n\r\nab");
  client.codec.receive("HTTP/1.1 204 No Content\r\n\r\n");

  client.codec.send_request(make_request("POST", BodyKind::kUntilEnd), /*end=*/false);
  client.codec.send_data(5, "ab", /*end=*/true);
  EXPECT_EQ(client.take_output(),
            "POST /v?q HTTP/1.1\r\nhost: h.test\r\ntransfer-encoding: chunked\r\n\r\n"
            "2\r\nab\r\n0\r\n\r\n");
  client.codec.receive("HTTP/1.1 204 No Content\r\n\r\n");

  client.codec.send_request(make_request("POST"), /*end=*/true);
  EXPECT_THAT(client.take_output(), HasSubstr("content-length: 0\r\n"));
}

TEST(Http1ClientTest, PutsCookieCrumbsTogether) {
  ClientRecorder client;
  RequestMessage request = make_request("GET");
  request.headers.add("cookie", "a=1");
  request.headers.add("x-a", "b");
  request.headers.add("cookie", "c=2");

  client.codec.send_request(request, /*end=*/true);

  EXPECT_THAT(client.take_output(), HasSubstr("\r\ncookie: a=1; c=2\r\nx-a: b\r\n\r\n"));
}

TEST(Http1ClientTest, RefusesRequestsThatWouldBeOthersOnTheWire) {
  std::vector<RequestMessage> requests(5, make_request("GET"));
  requests[0].path = "/v HTTP/1.1\r\nx: y";
  requests[1].method = "GET /x";
  requests[2].authority = "h.test/evil";
  requests[3].path = "";
  requests[4].path = "*";
  for (const RequestMessage& request : requests) {
    ClientRecorder client;
    EXPECT_EQ(client.codec.send_request(request, /*end=*/true), 0U);
    EXPECT_THAT(client.take_output(), IsEmpty());
    EXPECT_TRUE(client.codec.can_send());
  }
}

TEST(Http1ClientTest, ReadsResponsesByTheirFraming) {
  ClientRecorder client;
  client.request();
  client.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-A: b\r\n\r\nhello");
  client.request();
  client.codec.receive(
      "HTTP/1.1 404 \r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n");
  client.request("HEAD");
  client.codec.receive("HTTP/1.1 200\r\nContent-Length: 5\r\n\r\n");
  client.request();
  client.codec.receive("HTTP/1.1 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\n\r\nto the end");
  client.codec.receive_end();

  EXPECT_THAT(client.events.lines(),
              ElementsAre("response 1 200 5|content-length=5|x-a=b", "data 1 hello", "end 1",
                          "response 3 404 until-end", "data 3 hello", "trailers 3|x-t=1",
                          "response 5 200 none|content-length=5", "end 5",
                          "response 7 200 until-end", "data 7 to the end", "end 7", "going away"));
}

class Http1ClientBadResponseTest : public testing::TestWithParam<std::string_view> {};

TEST_P(Http1ClientBadResponseTest, IsResetAndTheConnectionNotUsedAgain) {
  ClientRecorder client;
  client.request();

  client.codec.receive(GetParam());

  EXPECT_TRUE(client.events.has("reset 1 2"));
  EXPECT_FALSE(client.events.has("end 1"));
  EXPECT_TRUE(client.codec.has_failed());
  EXPECT_TRUE(client.codec.wants_close());
  EXPECT_FALSE(client.codec.can_send());
}

INSTANTIATE_TEST_SUITE_P(
    Heads, Http1ClientBadResponseTest,
    testing::Values(
        "HELLO\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n", "HTTP/1.1 2000 OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n", "HTTP/1.1 600 X\r\n\r\n", "HTTP/1.1 200OK\r\n\r\n",
        "\r\nHTTP/1.1 200 OK\r\n\r\n", "HTTP/1.1 200 OK\n\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\nx",
        "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nZZ\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nX-A : b\r\n\r\n", "HTTP/1.1 200 OK\r\nX-A: a\r\n b\r\n\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: evil\r\n\r\nevil"));

TEST(Http1ClientTest, DoesNotTakeBytesBehindAResponseForTheNextOne) {
  ClientRecorder client;
  client.request();

  client.codec.receive(
      "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"
      "evil");

  EXPECT_TRUE(client.events.has("end 1")) << "the response itself was good";
  EXPECT_EQ(client.codec.error(), ProtocolError::kUnexpectedBytes);
  EXPECT_FALSE(client.codec.can_send());
  EXPECT_TRUE(client.events.has("going away"));
}

TEST(Http1ClientTest, RefusesToHearWhatItDidNotAsk) {
  ClientRecorder client;

  client.codec.receive("HTTP/1.1 408 Request Timeout\r\n\r\n");

  EXPECT_EQ(client.codec.error(), ProtocolError::kUnexpectedBytes);
  EXPECT_TRUE(client.codec.wants_close());
}

TEST(Http1ClientTest, TellsAnEndInTheMiddleFromAGoodOne) {
  for (const std::string_view start :
       {"", "HTTP/1.1 200", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhell",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"}) {
    ClientRecorder client;
    client.request();
    client.codec.receive(start);
    client.codec.receive_end();
    EXPECT_TRUE(client.events.has("reset 1 4")) << start;
    EXPECT_TRUE(client.codec.wants_close());
  }
}

TEST(Http1ClientTest, PassesInformationalResponsesOnButNotEndlessly) {
  ClientRecorder client;
  client.request();
  client.codec.receive("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n");
  client.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_THAT(client.events.lines(), ElementsAre("informational 1 103 none|link=</a>",
                                                 "response 1 200 0|content-length=0", "end 1"));

  client.request();
  for (int i = 0; i < 40; ++i) {
    client.codec.receive("HTTP/1.1 100 Continue\r\n\r\n");
  }
  EXPECT_EQ(client.codec.error(), ProtocolError::kFlood);
}

TEST(Http1ClientTest, DoesNotReuseAConnectionThatTheServerClosesOrWhoseRequestIsNotWhole) {
  ClientRecorder closing;
  closing.request();
  closing.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(closing.codec.wants_close());
  EXPECT_THAT(closing.events.lines().back(), "going away");

  ClientRecorder old;
  old.request();
  old.codec.receive("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n");
  EXPECT_FALSE(old.codec.can_send());

  ClientRecorder early;
  early.codec.send_request(make_request("POST", BodyKind::kLength, 10), /*end=*/false);
  early.codec.receive("HTTP/1.1 413 No\r\nContent-Length: 0\r\n\r\n");
  EXPECT_TRUE(early.events.has("end 1"));
  EXPECT_TRUE(early.codec.wants_close());
}

TEST(Http1ClientTest, OpensTheTunnelThatWasAskedFor) {
  ClientRecorder client;
  RequestMessage request = make_request("GET", BodyKind::kTunnel);
  request.upgrade = "websocket";
  client.codec.send_request(request, /*end=*/false);
  EXPECT_THAT(client.take_output(), HasSubstr("upgrade: websocket\r\nconnection: upgrade\r\n"));
  client.codec.send_data(1, "too early", /*end=*/false);
  EXPECT_THAT(client.take_output(), IsEmpty());

  client.codec.receive(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n?y");
  client.codec.send_data(1, "!x", /*end=*/false);

  EXPECT_TRUE(client.events.has("response 1 101 tunnel upgrade=websocket"));
  EXPECT_TRUE(client.events.has("data 1 ?y"));
  EXPECT_EQ(client.take_output(), "!x");
  client.codec.receive_end();
  EXPECT_TRUE(client.events.has("end 1"));
}

TEST(Http1ClientTest, SpeaksConnect) {
  ClientRecorder client;
  RequestMessage request = make_request("CONNECT", BodyKind::kTunnel);
  request.authority = "h.test:443";
  request.path.clear();
  client.codec.send_request(request, /*end=*/false);
  EXPECT_EQ(client.take_output(), "CONNECT h.test:443 HTTP/1.1\r\nhost: h.test:443\r\n\r\n");

  client.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nraw bytes");

  EXPECT_TRUE(client.events.has("response 1 200 tunnel"));
  EXPECT_TRUE(client.events.has("data 1 raw bytes"));
}

TEST(Http1ClientTest, PausesAndTellsWhenTheRequestMayGoOn) {
  ClientRecorder client;
  client.codec.send_request(make_request("POST", BodyKind::kUntilEnd), /*end=*/false);
  client.codec.send_data(1, std::string(100'000, 'x'), /*end=*/false);
  EXPECT_TRUE(client.codec.is_blocked(1));
  client.take_output();
  EXPECT_TRUE(client.events.has("drained 1"));
  client.codec.send_data(1, "", /*end=*/true);

  client.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n");
  client.codec.pause_stream(1);
  EXPECT_EQ(client.codec.receive("abcd"), 0U);
  client.codec.resume_stream(1);
  EXPECT_EQ(client.codec.receive("abcd"), 4U);
  EXPECT_TRUE(client.codec.can_send());
}

TEST(Http1ClientTest, BlocksARequestWhileTheConnectionTakesNothing) {
  ClientRecorder client;
  client.codec.send_request(make_request("POST", BodyKind::kUntilEnd), /*end=*/false);
  client.codec.set_congested(true);
  EXPECT_TRUE(client.codec.is_blocked(1));
  client.codec.set_congested(false);
  EXPECT_FALSE(client.codec.is_blocked(1));
}

TEST(Http1ClientTest, MayBeAskedForTheNextRequestFromWithinTheEndOfTheLast) {
  struct Chain : ClientRecorder {
    void on_response_data(StreamNumber stream, Bytes bytes, bool end) override {
      ClientRecorder::on_response_data(stream, bytes, end);
      if (end && stream == 1) {
        next = request();
      }
    }
    StreamNumber next = 0;
  };
  Chain client;
  client.request();
  client.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(client.next, 3U);

  client.codec.receive("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");

  EXPECT_TRUE(client.events.has("end 3"));
}

TEST(Http1ClientTest, DropsTheConnectionWithACancelledRequest) {
  ClientRecorder client;
  client.request();

  client.codec.reset(1, StreamError::kCancelled);

  EXPECT_TRUE(client.codec.wants_close());
  EXPECT_EQ(client.codec.stream_count(), 0U);
  EXPECT_THAT(client.events.lines(), Not(testing::Contains("reset 1 0")));
}

}  // namespace
}  // namespace shaketable::proxy::http
