#include "proxy/http/http1_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/http/http1_support.h"

namespace shaketable::proxy::http {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view kGet = "GET /v HTTP/1.1\r\nHost: h.test\r\n\r\n";
constexpr std::string_view kAnswer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

TEST(Http1ServerTest, DeliversARequestAndWritesItsResponse) {
  ServerRecorder server;

  EXPECT_THAT(server.feed("GET /a?b=c HTTP/1.1\r\nHost: h.test:80\r\nX-A:  b \r\n\r\n"), IsEmpty());

  EXPECT_THAT(server.events.lines(),
              ElementsAre("request 1 GET http h.test:80 /a?b=c none|x-a=b", "end 1"));
  EXPECT_EQ(server.take_output(), kAnswer);
  EXPECT_EQ(server.codec.phase(), Phase::kIdle);
  EXPECT_FALSE(server.codec.wants_close());
}

TEST(Http1ServerTest, GivesRequestsTheSchemeOfTheConnection) {
  ServerRecorder server({}, /*is_tls=*/true);

  server.feed(kGet);

  EXPECT_TRUE(server.events.has("GET https h.test"));
}

TEST(Http1ServerTest, AnswersPipelinedRequestsOneAfterTheOther) {
  ServerRecorder server;
  server.answers = false;
  const std::string two = std::string(kGet) + std::string(kGet);

  const std::string_view rest = server.feed(two);

  EXPECT_EQ(rest, kGet) << "the second one waits";
  EXPECT_TRUE(server.codec.is_paused());
  EXPECT_EQ(server.codec.phase(), Phase::kWaiting);
  server.send(200, "ok");
  EXPECT_FALSE(server.codec.is_paused());
  EXPECT_THAT(server.feed(rest), IsEmpty());
  EXPECT_EQ(server.last, 3U);
}

TEST(Http1ServerTest, ReadsOnWhileARequestIsAnsweredSoThatItNoticesTheClientsEnd) {
  ServerRecorder server;
  server.answers = false;
  server.feed(kGet);

  EXPECT_FALSE(server.codec.is_paused());
  server.codec.receive_end();

  EXPECT_TRUE(server.events.has("reset 1 4"));
  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, JoinsChunksAndGivesTrailersOn) {
  ServerRecorder server;

  server.feed(
      "POST /v HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: Chunked\r\nTE: trailers\r\n\r\n"
      "5;a=\"b;c\"\r\nhello\r\n1 ; x = y\r\n!\r\n00\r\nX-Sum: 1\r\nHost: evil\r\n\r\n");

  EXPECT_THAT(server.events.lines(), ElementsAre("request 1 POST http h.test /v until-end trailers",
                                                 "data 1 hello!", "trailers 1|x-sum=1"));
}

TEST(Http1ServerTest, RemovesWhatSpeaksOfTheConnection) {
  ServerRecorder server;

  server.feed(
      "GET /v HTTP/1.1\r\nHost: h.test\r\nConnection: keep-alive, X-Hop\r\nX-Hop: 1\r\n"
      "Keep-Alive: 5\r\nProxy-Connection: x\r\nTE: gzip\r\nUpgrade: foo\r\nHTTP2-Settings: a\r\n"
      "Proxy-Authorization: b\r\nTransfer_Encoding: chunked\r\nX-Keep: 1\r\nUser_Id: 7\r\n\r\n");

  EXPECT_THAT(server.events.lines(),
              ElementsAre("request 1 GET http h.test /v none|x-keep=1|user_id=7", "end 1"));
}

TEST(Http1ServerTest, RefusesConnectionOptionsThatWouldChangeTheMessage) {
  for (const std::string_view option : {"Host", "content-length", "Transfer-Encoding", "a b"}) {
    ServerRecorder server;
    server.feed("GET /v HTTP/1.1\r\nHost: h.test\r\nConnection: " + std::string(option) +
                "\r\n\r\n");
    EXPECT_THAT(server.take_output(), StartsWith("HTTP/1.1 400 ")) << option;
  }
}

struct ErrorCase {
  std::string_view input;
  std::string_view answer;
  ProtocolError error;
};

class Http1ServerErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(Http1ServerErrorTest, AnswersAndCloses) {
  ServerRecorder server;

  server.feed(GetParam().input);

  const std::string output = server.take_output();
  EXPECT_THAT(output, StartsWith("HTTP/1.1 " + std::string(GetParam().answer)));
  EXPECT_THAT(output, HasSubstr("connection: close\r\n"));
  EXPECT_EQ(server.codec.error(), GetParam().error);
  EXPECT_TRUE(server.codec.wants_close());
  EXPECT_FALSE(server.events.has("end 1"));
}

INSTANTIATE_TEST_SUITE_P(
    Messages, Http1ServerErrorTest,
    testing::Values(
        ErrorCase{"GET /v HTTP/1.1\r\n\r\n", "400 Bad Request", ProtocolError::kBadHost},
        ErrorCase{"GET /v HTTP/1.1\r\nHost: a,b\r\n\r\n", "400", ProtocolError::kBadHost},
        ErrorCase{"GET /v#f HTTP/1.1\r\nHost: a\r\n\r\n", "400", ProtocolError::kBadRequestLine},
        ErrorCase{"GET /v HTTP/2.0\r\nHost: a\r\n\r\n", "505", ProtocolError::kUnsupportedVersion},
        ErrorCase{"GET /v HTTP/1.1\nHost: a\r\n\r\n", "400", ProtocolError::kBadRequestLine},
        ErrorCase{"GET /v HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", "400", ProtocolError::kBadHeader},
        ErrorCase{"POST /v HTTP/1.1\r\nHost: a\r\nExpect: coffee\r\nContent-Length: 1\r\n\r\n",
                  "417 Expectation Failed", ProtocolError::kBadHeader},
        ErrorCase{"POST /v HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
                  "501 Not Implemented", ProtocolError::kUnsupportedCoding},
        ErrorCase{"POST /v HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: "
                  "chunked\r\n\r\n",
                  "400", ProtocolError::kBadFraming},
        ErrorCase{"POST /v HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", "400",
                  ProtocolError::kBadFraming},
        ErrorCase{"CONNECT h.test:80 HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n", "400",
                  ProtocolError::kBadFraming},
        ErrorCase{"POST /v HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", "400",
                  ProtocolError::kBadChunk},
        ErrorCase{"\x16\x03\x01\x02", "400", ProtocolError::kBadRequestLine}));

TEST(Http1ServerTest, TellsWhichLimitWasPassed) {
  const std::string line(70 * 1024, 'a');
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"GET /" + line, "414 URI Too Long"},
      {"GET /v HTTP/1.1\r\nHost: h.test\r\nX-A: " + line, "431 Request Header Fields Too Large"},
      {"POST /v HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-A: " + line,
       "431"},
      {"POST /v HTTP/1.1\r\nHost: h.test\r\nTransfer-Encoding: chunked\r\n\r\n1;a=" + line, "400"},
      {std::string(33, 'M') + " /v HTTP/1.1\r\n", "501"}};
  for (const auto& [input, answer] : cases) {
    ServerRecorder server;
    server.feed(input);
    EXPECT_THAT(server.take_output(), StartsWith("HTTP/1.1 " + answer)) << input.substr(0, 30);
  }
  ServerRecorder server;
  std::string many = "GET /v HTTP/1.1\r\nHost: h.test\r\n";
  for (std::size_t i = 0; i < CodecLimits{}.max_headers; ++i) {
    many += "a: b\r\n";
  }
  server.feed(many);
  EXPECT_THAT(server.take_output(), StartsWith("HTTP/1.1 431"));
}

TEST(Http1ServerTest, SaysCloseAndStopsWhenTheClientAskedForIt) {
  ServerRecorder server;

  server.feed("GET /v HTTP/1.1\r\nHost: h.test\r\nConnection: ,, close ,,\r\n\r\n" +
              std::string(kGet));

  EXPECT_THAT(server.take_output(), HasSubstr("connection: close\r\n"));
  EXPECT_TRUE(server.codec.wants_close());
  EXPECT_EQ(server.last, 1U) << "nothing behind it is read";
}

TEST(Http1ServerTest, KeepsAnHttp10ConnectionOnlyWhenAskedAndTheLengthIsKnown) {
  ServerRecorder plain;
  plain.feed("GET /v HTTP/1.0\r\n\r\n");
  EXPECT_THAT(plain.take_output(), HasSubstr("connection: close"));

  ServerRecorder kept;
  kept.feed("GET /v HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_THAT(kept.take_output(), HasSubstr("connection: keep-alive"));
  EXPECT_FALSE(kept.codec.wants_close());
}

TEST(Http1ServerTest, EndsABodyOfUnknownLengthByTheConnectionForHttp10) {
  ServerRecorder server;
  server.answers = false;
  server.feed("GET /v HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  ResponseMessage response;
  response.body = BodyKind::kUntilEnd;

  server.codec.send_response(1, response, /*end=*/false);
  server.codec.send_data(1, "abc", /*end=*/false);

  EXPECT_EQ(server.take_output(), "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc");
  server.codec.reset(1, StreamError::kInternal);
  EXPECT_TRUE(server.codec.must_abort()) << "an orderly close would look like the body's end";
}

TEST(Http1ServerTest, ChunksABodyOfUnknownLengthAndWritesTrailers) {
  ServerRecorder server;
  server.answers = false;
  server.feed(kGet);
  ResponseMessage response;
  response.body = BodyKind::kUntilEnd;
  response.headers.add("connection", "evil");
  response.headers.add("x-a", "b\r\nx-injected: 1");
  HeaderList trailers;
  trailers.add("x-sum", "1");
  trailers.add("set-cookie", "no");

  server.codec.send_response(1, response, /*end=*/false);
  server.codec.send_data(1, std::string(17, 'x'), /*end=*/false);
  server.codec.send_data(1, "", /*end=*/false);
  server.codec.send_trailers(1, trailers);

  EXPECT_EQ(server.take_output(),
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n11\r\nxxxxxxxxxxxxxxxxx\r\n"
            "0\r\nx-sum: 1\r\n\r\n");
  EXPECT_FALSE(server.codec.wants_close());
}

TEST(Http1ServerTest, NeverSendsABodyWhereThereIsNone) {
  ServerRecorder server;
  server.answers = false;
  server.feed("HEAD /v HTTP/1.1\r\nHost: h.test\r\n\r\n");
  server.send(200, "hello");
  EXPECT_EQ(server.take_output(), "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
  for (const std::uint16_t status : {std::uint16_t{204}, std::uint16_t{304}}) {
    server.feed(kGet);
    server.send(status, "hello");
    EXPECT_THAT(server.take_output(), Not(HasSubstr("hello")));
  }
  server.feed(kGet);
  server.codec.send_response(server.last, ResponseMessage{}, /*end=*/true);
  EXPECT_EQ(server.take_output(), "HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
}

TEST(Http1ServerTest, CutsTheConnectionUnderABodyThatIsNotAsLongAsPromised) {
  ServerRecorder server;
  server.answers = false;
  server.feed(kGet);
  ResponseMessage response;
  response.body = BodyKind::kLength;
  response.content_length = 5;

  server.codec.send_response(1, response, /*end=*/false);
  server.codec.send_data(1, "abc", /*end=*/true);

  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, KeepsTheConnectionWhenLittleIsLeftOfABodyThatNobodyWants) {
  ServerRecorder server;
  server.answers = false;
  server.feed("POST /v HTTP/1.1\r\nHost: h.test\r\nContent-Length: 10\r\n\r\n01234");
  server.send(403, "no");
  EXPECT_THAT(server.take_output(), Not(HasSubstr("close")));

  EXPECT_THAT(server.feed("56789" + std::string(kGet)), IsEmpty());

  EXPECT_EQ(server.last, 3U);
  EXPECT_FALSE(server.events.has("56789"));
}

TEST(Http1ServerTest, ClosesBehindAnEarlyResponseWhenMuchIsLeft) {
  ServerRecorder server;
  server.answers = false;
  server.feed("POST /v HTTP/1.1\r\nHost: h.test\r\nContent-Length: 1000000\r\n\r\n01234");

  server.send(413, "no");

  EXPECT_THAT(server.take_output(), HasSubstr("connection: close"));
  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, PassesTheExpectationOnAndSendsContinueToThoseWhoKnowIt) {
  ServerRecorder server;
  server.answers = false;
  server.feed(
      "POST /v HTTP/1.1\r\nHost: h.test\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_TRUE(server.events.has(" expects"));
  ResponseMessage go_on;
  go_on.status = 100;

  server.codec.send_informational(1, go_on);

  EXPECT_EQ(server.take_output(), "HTTP/1.1 100 Continue\r\n\r\n");
  ServerRecorder old;
  old.answers = false;
  old.feed("POST /v HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  old.codec.send_informational(1, go_on);
  EXPECT_FALSE(old.events.has(" expects"));
  EXPECT_THAT(old.take_output(), IsEmpty());
}

TEST(Http1ServerTest, ClosesWhenAClientThatWaitsForContinueGetsAFinalAnswer) {
  ServerRecorder server;
  server.answers = false;
  server.feed(
      "POST /v HTTP/1.1\r\nHost: h.test\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");

  server.send(403, "no");

  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, OpensATunnelForAnUpgradeThatTheUpstreamAccepted) {
  ServerRecorder server;
  server.answers = false;
  const std::string_view rest = server.feed(
      "GET /chat HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n!x");
  EXPECT_TRUE(server.events.has("tunnel upgrade=websocket"));
  EXPECT_EQ(rest, "!x") << "it may be a frame or a request";
  ResponseMessage response;
  response.status = 101;
  response.body = BodyKind::kTunnel;

  server.codec.send_response(1, response, /*end=*/false);
  server.feed(rest);
  server.codec.send_data(1, "?y", /*end=*/false);

  EXPECT_TRUE(server.events.has("data 1 !x"));
  EXPECT_EQ(server.take_output(),
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"
            "?y");
  server.codec.receive_end();
  EXPECT_TRUE(server.events.has("end 1"));
  server.codec.send_data(1, "", /*end=*/true);
  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, GoesOnWithHttpWhenAnUpgradeIsDeclinedButNotWhenConnectIs) {
  ServerRecorder upgrade;
  upgrade.answers = false;
  upgrade.feed(
      "GET /chat HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n");
  upgrade.send(400, "no");
  EXPECT_FALSE(upgrade.codec.wants_close());

  ServerRecorder connect;
  connect.answers = false;
  connect.feed("CONNECT h.test:443 HTTP/1.1\r\nHost: h.test:443\r\n\r\nGET /SMUG HTTP/1.1\r\n");
  connect.send(403, "no");
  EXPECT_TRUE(connect.codec.wants_close()) << "the client may have sent bytes for its tunnel";
}

TEST(Http1ServerTest, OffersH2cOfTheFirstRequestToTheDriver) {
  constexpr std::string_view kOffer =
      "GET / HTTP/1.1\r\nHost: h.test\r\nConnection: Upgrade, HTTP2-Settings\r\n"
      "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n";
  ServerRecorder server;
  server.answers = false;
  server.accepts_h2c = true;

  const std::string_view rest = server.feed(std::string(kOffer) + "PRI * HTTP/2.0");

  EXPECT_EQ(server.settings, "AAMAAABkAAQAAP__");
  EXPECT_EQ(rest.size(), 14U);
  EXPECT_EQ(server.take_output(),
            "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n");
  ServerRecorder tls({}, /*is_tls=*/true);
  tls.accepts_h2c = true;
  tls.feed(kOffer);
  EXPECT_EQ(tls.take_output(), kAnswer) << "only in clear text";
  ServerRecorder later;
  later.feed(kGet);
  later.accepts_h2c = true;
  later.feed(kOffer);
  EXPECT_THAT(later.take_output(), Not(HasSubstr("101")));
}

TEST(Http1ServerTest, PausesABodyAndPipelinedRequestsWhoseAnswersNobodyReads) {
  ServerRecorder server;
  server.answers = false;
  server.feed("POST /v HTTP/1.1\r\nHost: h.test\r\nContent-Length: 4\r\n\r\n");
  server.codec.pause_stream(1);
  EXPECT_EQ(server.feed("abcd"), "abcd");
  EXPECT_EQ(server.codec.phase(), Phase::kWaiting) << "it is not the client who is slow";
  server.codec.resume_stream(1);
  EXPECT_THAT(server.feed("abcd"), IsEmpty());

  server.send(200, std::string(100'000, 'x'));
  EXPECT_TRUE(server.codec.is_paused());
  EXPECT_EQ(server.feed(kGet), kGet);
  server.take_output();
  EXPECT_FALSE(server.codec.is_paused());
}

/// Of a length that nobody knows.
void begin_response(ServerRecorder& server) {
  server.answers = false;
  server.feed(kGet);
  ResponseMessage response;
  response.body = BodyKind::kUntilEnd;
  server.codec.send_response(1, response, /*end=*/false);
}

TEST(Http1ServerTest, TellsWhenABlockedResponseMayGoOn) {
  ServerRecorder server;
  begin_response(server);

  server.codec.send_data(1, std::string(100'000, 'x'), /*end=*/false);

  EXPECT_TRUE(server.codec.is_blocked(1));
  server.take_output();
  EXPECT_FALSE(server.codec.is_blocked(1));
  EXPECT_TRUE(server.events.has("drained 1"));
}

TEST(Http1ServerTest, BlocksAResponseWhileTheConnectionTakesNothing) {
  ServerRecorder server;
  begin_response(server);
  server.codec.set_congested(true);
  EXPECT_TRUE(server.codec.is_blocked(1));
  server.take_output();
  EXPECT_FALSE(server.events.has("drained 1"));

  server.codec.set_congested(false);
  EXPECT_FALSE(server.codec.is_blocked(1));
  server.codec.fill_output();
  EXPECT_TRUE(server.events.has("drained 1"));
}

TEST(Http1ServerTest, StillServesTheRequestThatWasOnItsWayWhenItBeganToDrain) {
  ServerRecorder server;
  server.codec.drain();
  EXPECT_FALSE(server.codec.wants_close());

  server.feed(kGet);

  EXPECT_THAT(server.take_output(), HasSubstr("connection: close"));
  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, DrainsInTheEndWhenIdleAndBehindTheResponseWhenNot) {
  ServerRecorder idle;
  idle.codec.drain();
  idle.codec.finish_drain();
  EXPECT_TRUE(idle.codec.wants_close());

  ServerRecorder busy;
  busy.answers = false;
  busy.feed(kGet);
  busy.codec.drain();
  EXPECT_FALSE(busy.codec.wants_close());
  busy.send(200, "ok");
  EXPECT_THAT(busy.take_output(), HasSubstr("connection: close"));
  EXPECT_TRUE(busy.codec.wants_close());
}

TEST(Http1ServerTest, RefusesAHeadThatDoesNotCome) {
  ServerRecorder server;
  server.feed("GET /v HTTP/1.1\r\nHost:");
  EXPECT_EQ(server.codec.phase(), Phase::kHead);

  server.codec.refuse(408);

  EXPECT_THAT(server.take_output(), StartsWith("HTTP/1.1 408 Request Timeout"));
  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http1ServerTest, RefusesABodyThatDoesNotCome) {
  ServerRecorder server;
  server.answers = false;
  server.feed("POST /v HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n012");
  EXPECT_EQ(server.codec.phase(), Phase::kBody);

  server.codec.refuse(408);

  EXPECT_THAT(server.take_output(), StartsWith("HTTP/1.1 408 Request Timeout"));
  EXPECT_TRUE(server.codec.wants_close());
  EXPECT_FALSE(server.codec.has_failed()) << "no mistake of the client's";
}

TEST(Http1ServerTest, DoesNotRefuseABodyWhoseResponseHasBegun) {
  ServerRecorder server;
  server.answers = false;
  server.feed("POST /v HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n012");
  ResponseMessage response;
  response.status = 200;
  response.body = BodyKind::kUntilEnd;
  server.codec.send_response(1, response, /*end=*/false);
  server.take_output();

  server.codec.refuse(408);

  EXPECT_EQ(server.take_output(), "");
}

TEST(Http1ServerTest, IgnoresWhatIsSentToStreamsOfThePast) {
  ServerRecorder server;
  server.feed(kGet);
  server.take_output();

  server.codec.send_response(1, ResponseMessage{}, /*end=*/true);
  server.codec.send_data(1, "late", /*end=*/true);
  server.codec.reset(1, StreamError::kInternal);
  server.codec.pause_stream(1);

  EXPECT_THAT(server.take_output(), IsEmpty());
  EXPECT_THAT(server.feed(kGet), IsEmpty());
}

TEST(Http1ServerTest, TakesSomeEmptyLinesBeforeARequestButNotEndlessOnes) {
  ServerRecorder server;
  server.feed("\r\n\r\n" + std::string(kGet));
  EXPECT_EQ(server.last, 1U);

  std::string many;
  for (int i = 0; i < 100; ++i) {
    many += "\r\n";
  }
  server.feed(many);
  EXPECT_TRUE(server.codec.has_failed());
}

}  // namespace
}  // namespace shaketable::proxy::http
