#include <gtest/gtest.h>

#include "tests/proxy/http/http2_support.h"

// The beginning and the end of connections: upgrade, drain, GOAWAY, loss.
namespace shaketable::proxy::http::test {
namespace {

using enum FrameType;

constexpr std::uint8_t kEnd = kFlagEndStream;
constexpr std::uint8_t kWhole = kFlagEndHeaders;

std::string request(StreamNumber stream) { return frame(kHeaders, kWhole | kEnd, stream, block()); }
std::string goaway(std::uint32_t last, std::uint32_t code = 0) {
  return frame(kGoaway, 0, 0, u32(last) + u32(code));
}
std::uint32_t last_stream(const Frame& frame) { return read_u32(frame.payload); }

TEST(Http2DrainTest, AnnouncesFirstAndThenNamesTheLastStream) {
  RawServer server;
  (void)server.feed(request(1));
  server.codec.drain();
  std::vector<Frame> frames = server.take();
  ASSERT_EQ(verdict(frames), "GOAWAY 0");
  EXPECT_EQ(last_stream(frames[0]), 0x7fff'ffffU);
  EXPECT_FALSE(server.codec.wants_close());

  // What crosses the announcement is still served.
  (void)server.feed(request(3));
  EXPECT_TRUE(server.handler.log.has("request 3"));
  server.codec.finish_drain();
  frames = server.take();
  ASSERT_EQ(verdict(frames), "GOAWAY 0");
  EXPECT_EQ(last_stream(frames[0]), 3U);

  // What comes later is not, and harms nobody.
  EXPECT_EQ(verdict(server.feed(frame(kHeaders, kWhole, 5, block("POST")) +
                                frame(kData, kEnd, 5, "late"))),
            "");
  EXPECT_FALSE(server.handler.log.has("request 5"));
  EXPECT_FALSE(server.codec.wants_close());
  server.codec.send_response(1, response(200, BodyKind::kNone), true);
  (void)server.take();
  EXPECT_FALSE(server.codec.wants_close());
  server.codec.send_response(3, response(200), false);
  server.codec.send_data(3, "done", true);
  (void)server.take();
  EXPECT_TRUE(server.codec.wants_close());
  EXPECT_FALSE(server.codec.has_failed());
}

TEST(Http2DrainTest, ClosesAnIdleConnectionOnceTheFinalGoawayIsOut) {
  RawServer server;
  server.codec.drain();
  server.codec.drain();
  EXPECT_FALSE(server.codec.wants_close()) << "a request may be under way";
  server.codec.finish_drain();
  server.codec.finish_drain();
  EXPECT_TRUE(server.codec.wants_close());
  EXPECT_EQ(verdict(server.take()), "GOAWAY 0, GOAWAY 0");
}

TEST(Http2DrainTest, LosesNoRequestOfAClientCodec) {
  Http2Pair pair;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    pair.server.send_response(stream, response(200), false);
    pair.server.send_data(stream, "ok", true);
  };
  pair.client.send_request(get("/1"), true);
  pair.client.fill_output();
  pair.server.drain();
  pair.to_client();  // the announcement crosses the request
  pair.to_server();
  pair.server.finish_drain();
  EXPECT_FALSE(pair.client.can_send());
  EXPECT_EQ(pair.client_handler.log.text(), "going away\n");
  pair.exchange();

  EXPECT_TRUE(pair.client_handler.log.has("end 1")) << pair.client_handler.log.text();
  EXPECT_TRUE(pair.client.wants_close());
  EXPECT_TRUE(pair.server.wants_close());
}

TEST(Http2DrainTest, ServesAClientThatGoesAway) {
  RawServer server;
  (void)server.feed(request(1) + goaway(0));
  EXPECT_FALSE(server.codec.wants_close());
  server.codec.send_response(1, response(200, BodyKind::kNone), true);
  (void)server.take();
  EXPECT_TRUE(server.codec.wants_close());
}

TEST(Http2ClientTest, TellsStreamsBehindAGoawayAsRefused) {
  RawClient client;
  for (int i = 0; i < 3; ++i) {
    client.codec.send_request(get(), true);
  }
  (void)client.take();
  (void)client.feed(goaway(0x7fff'ffffU));
  EXPECT_FALSE(client.codec.can_send());
  EXPECT_FALSE(client.codec.wants_close());
  (void)client.feed(goaway(1));

  EXPECT_EQ(client.handler.log.text(), "going away\nreset 3 refused\nreset 5 refused\n");
  (void)client.feed(frame(kHeaders, kWhole | kEnd, 1, literal(":status", "200")));
  EXPECT_TRUE(client.handler.log.has("response 1 200"));
  EXPECT_TRUE(client.codec.wants_close());
}

TEST(Http2ClientTest, TellsRequestsThatWereNotSentBeforeAGoawayAsRefused) {
  RawClient client;
  client.codec.send_request(get(), true);
  (void)client.feed(goaway(0));

  EXPECT_EQ(client.handler.log.text(), "going away\nreset 1 refused\n");
  EXPECT_EQ(client.codec.stream_count(), 0U);
}

TEST(Http2ClientTest, KeepsToTheServersLimitOfStreams) {
  RawClient client({}, settings_entry(3, 2));
  EXPECT_TRUE(client.codec.can_send());
  client.codec.send_request(get(), true);
  client.codec.send_request(get(), true);
  EXPECT_FALSE(client.codec.can_send());
  (void)client.take();
  (void)client.feed(frame(kHeaders, kWhole | kEnd, 1, literal(":status", "204")));
  EXPECT_TRUE(client.codec.can_send());
}

TEST(Http2ClientTest, DrainsByStartingNothingNew) {
  RawClient client;
  client.codec.send_request(get(), true);
  client.codec.drain();
  EXPECT_FALSE(client.codec.can_send());
  EXPECT_FALSE(client.codec.wants_close());
  (void)client.take();
  (void)client.feed(frame(kHeaders, kWhole | kEnd, 1, literal(":status", "204")));
  EXPECT_TRUE(client.codec.wants_close());
}

TEST(Http2ClientTest, RefusesAResponseHeadThatIsTooLarge) {
  RawClient client;
  client.codec.send_request(get(), true);
  (void)client.take();
  const std::string head = literal(":status", "200") + literal("x", std::string(16'000, 'x'));
  std::string bytes = frame(kHeaders, 0, 1, head);
  for (int i = 0; i < 4; ++i) {
    bytes += frame(kContinuation, i == 3 ? kWhole : 0, 1, literal("x", std::string(16'000, 'x')));
  }
  EXPECT_EQ(verdict(client.feed(bytes)), "RST 1 1");
  EXPECT_EQ(client.codec.take_stream_error(), ProtocolError::kHeadersTooLarge);
  EXPECT_EQ(client.handler.log.text(), "reset 1 protocol\n");
}

TEST(Http2LossTest, TellsBothSidesWhatWasUnderWay) {
  Http2Pair pair;
  pair.client.send_request(post(), false);
  pair.client.send_request(get(), true);
  pair.exchange();
  pair.server_handler.log.clear();
  pair.client.receive_end();
  pair.server.receive_end();
  pair.server.receive_end();

  EXPECT_EQ(pair.client_handler.log.text(), "reset 1 lost\nreset 3 lost\n");
  EXPECT_EQ(pair.server_handler.log.text(), "reset 1 lost\nreset 3 lost\n");
}

TEST(Http2LossTest, TellsNothingOfStreamsThatWereOver) {
  Http2Pair pair;
  pair.client.send_request(get(), true);
  pair.exchange();
  pair.server.send_response(1, response(200), false);
  pair.server.send_data(1, "all", true);
  pair.exchange();
  pair.client_handler.log.clear();
  pair.client.receive_end();
  pair.server.receive_end();

  EXPECT_EQ(pair.client_handler.log.text(), "");
  EXPECT_FALSE(pair.server_handler.log.has("reset"));
}

TEST(Http2LossTest, AHandlerMayResetEverythingWhileItIsTold) {
  RawServer server;
  server.handler.react_to_data = [&server](StreamNumber stream, Bytes, bool) {
    for (StreamNumber id = 1; id <= 5; id += 2) {
      server.codec.reset(id, StreamError::kCancelled);
    }
    server.codec.send_data(stream, "ignored", true);
    server.codec.fill_output();
  };
  std::string bytes;
  for (StreamNumber id = 1; id <= 5; id += 2) {
    bytes += frame(kHeaders, kWhole, id, block("POST"));
  }
  const auto answer = server.feed(bytes + frame(kData, 0, 3, "x") + frame(kData, kEnd, 5, "y"));

  EXPECT_EQ(verdict(answer), "RST 1 8, RST 3 8, RST 5 8");
  EXPECT_EQ(server.codec.stream_count(), 0U);
  EXPECT_EQ(server.handler.log.count("reset"), 0U);
}

TEST(Http2PhaseTest, SaysWhereTheConnectionStands) {
  RecordingServer handler;
  Http2ServerCodec codec(handler, {}, false);
  EXPECT_EQ(codec.phase(), Phase::kHead) << "the preface is due";
  (void)codec.receive(hello());
  EXPECT_EQ(codec.phase(), Phase::kIdle);
  const std::string head = frame(kHeaders, kWhole, 1, block("POST"));
  (void)codec.receive(head.substr(0, 4));
  EXPECT_EQ(codec.phase(), Phase::kHead);
  (void)codec.receive(head.substr(4, 20));
  EXPECT_EQ(codec.phase(), Phase::kHead);
  (void)codec.receive(head.substr(24));
  EXPECT_EQ(codec.phase(), Phase::kBody);
  (void)codec.receive(frame(kData, kEnd, 1, "x"));
  EXPECT_EQ(codec.phase(), Phase::kWaiting);
  codec.send_response(1, response(200, BodyKind::kNone), true);
  codec.fill_output();
  EXPECT_EQ(codec.phase(), Phase::kIdle);
  (void)codec.receive(frame(kHeaders, kEnd, 3, block()));
  EXPECT_EQ(codec.phase(), Phase::kHead) << "CONTINUATION is due";
}

TEST(Http2PhaseTest, LetsConversationsBeSilent) {
  RawServer server;
  (void)server.feed(frame(kHeaders, kWhole, 1, block("POST")));
  EXPECT_EQ(server.codec.phase(), Phase::kBody);
  server.codec.send_response(1, response(200), false);
  EXPECT_EQ(server.codec.phase(), Phase::kTunnel) << "answered while it goes on";
  (void)server.feed(frame(kHeaders, kWhole, 3,
                          block("POST") + literal("content-type", "application/grpc+proto")));
  EXPECT_EQ(server.codec.phase(), Phase::kTunnel);
  (void)server.feed(frame(kHeaders, kWhole, 5, block("POST")));
  EXPECT_EQ(server.codec.phase(), Phase::kBody);
  (void)server.feed(frame(kData, kEnd, 1, "x") + frame(kData, kEnd, 3, "x") +
                    frame(kData, kEnd, 5, "x"));
  EXPECT_EQ(server.codec.phase(), Phase::kWaiting);
}

// --- h2c by upgrade -----------------------------------------------------------------------------

TEST(Http2UpgradeTest, AnswersTheRequestOfHttp1OnStream1) {
  RecordingServer handler;
  Http2ServerCodec codec(handler, {}, false);
  RequestMessage first = get("/first");
  first.upgrade = "h2c";
  first.headers.add("http2-settings", "AAMAAABkAAQAoAAAAAIAAAAA");
  first.headers.add("accept", "a/b");

  ASSERT_TRUE(codec.upgrade("AAMAAABkAAQAoAAAAAIAAAAA", first));
  EXPECT_EQ(handler.log.text(), "request 1 GET http://h.test/first none [accept: a/b] end\n");
  codec.send_response(1, response(200), false);
  codec.send_data(1, "hello", true);
  codec.fill_output();
  const std::vector<Frame> before = frames_of(codec.output());
  ASSERT_GE(before.size(), 3U);
  EXPECT_EQ(before[0].type, kSettings);
  EXPECT_EQ(before.back().type, kData);
  EXPECT_EQ(before.back().stream, 1U);
  codec.output().clear();
  (void)codec.receive(hello() + request(3));
  EXPECT_TRUE(handler.log.has("request 3"));
  EXPECT_FALSE(codec.has_failed());
}

TEST(Http2UpgradeTest, UsesTheSettingsOfTheUpgrade) {
  RecordingServer handler;
  Http2ServerCodec codec(handler, {}, false);
  ASSERT_TRUE(codec.upgrade("AAQAAAAB", get()));  // an initial window of 1
  codec.send_response(1, response(200), false);
  codec.send_data(1, "hello", true);
  codec.fill_output();
  const std::vector<Frame> frames = frames_of(codec.output());

  EXPECT_EQ(frames.back().type, kData);
  EXPECT_EQ(frames.back().payload, "h");
}

TEST(Http2UpgradeTest, RefusesSettingsThatAreNone) {
  for (const std::string_view settings : {"AAMAAABk!", "AAMAAAB", "AAM", "AAIAAAAC"}) {
    RecordingServer handler;
    Http2ServerCodec codec(handler, {}, false);
    EXPECT_FALSE(codec.upgrade(settings, get())) << settings;
    EXPECT_EQ(handler.log.text(), "");
  }
}

TEST(Http2UpgradeTest, AnswersHeadWithoutABody) {
  RecordingServer handler;
  Http2ServerCodec codec(handler, {}, false);
  RequestMessage head = get();
  head.method = "HEAD";
  ASSERT_TRUE(codec.upgrade("", head));
  codec.send_response(1, response(200), false);
  codec.send_data(1, "hello", true);
  codec.fill_output();

  EXPECT_EQ(frames_of(codec.output()).back().type, kHeaders);
}

}  // namespace
}  // namespace shaketable::proxy::http::test
