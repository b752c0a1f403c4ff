#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/proxy/http/http2_support.h"

// Streams whose peer opens no window for what waits to be sent.
namespace shaketable::proxy::http::test {
namespace {

using enum FrameType;

std::string request(StreamNumber stream) {
  return frame(kHeaders, kFlagEndHeaders | kFlagEndStream, stream, block());
}

void answer(RawServer& server, StreamNumber stream, std::size_t size, bool end) {
  server.codec.send_response(stream, response(200), false);
  server.codec.send_data(stream, std::string(size, 'b'), end);
}

TEST(Http2StallTest, ResetsAResponseWhoseWindowStaysClosed) {
  RawServer server({}, settings_entry(4, 0));
  EXPECT_FALSE(server.codec.has_waiting_bodies());
  (void)server.feed(request(1));
  answer(server, 1, 100, true);
  EXPECT_TRUE(server.codec.has_waiting_bodies());
  EXPECT_EQ(server.codec.reset_stalled(), 0U);
  EXPECT_EQ(server.codec.reset_stalled(), 0U);
  (void)server.take();
  EXPECT_EQ(server.codec.reset_stalled(), 1U);
  EXPECT_EQ(verdict(server.take()), "RST 1 8");
  EXPECT_FALSE(server.codec.has_waiting_bodies());
  EXPECT_EQ(server.codec.stream_count(), 0U);
  EXPECT_FALSE(server.handler.log.has("reset")) << "all of it had been handed over";
}

TEST(Http2StallTest, TellsWhoStillSendsTheResponse) {
  RawServer server({}, settings_entry(4, 0));
  (void)server.feed(request(1) + request(3));
  answer(server, 1, 100, false);
  server.codec.send_response(3, response(200), false);  // nothing waits on it
  for (int i = 0; i < 3; ++i) {
    (void)server.codec.reset_stalled();
  }
  EXPECT_TRUE(server.handler.log.has("reset 1 cancelled"));
  EXPECT_FALSE(server.handler.log.has("reset 3"));
  EXPECT_EQ(verdict(server.take()), "RST 1 8");
}

TEST(Http2StallTest, LetsAResponseBeThatMovesALittle) {
  RawServer server({}, settings_entry(4, 0));
  (void)server.feed(request(1));
  answer(server, 1, 100, true);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(server.codec.reset_stalled(), 0U);
    EXPECT_EQ(server.codec.reset_stalled(), 0U);
    (void)server.feed(frame(kWindowUpdate, 0, 1, u32(1)));
  }
  EXPECT_TRUE(server.codec.has_waiting_bodies());
}

TEST(Http2StallTest, LetsStreamsBeThatWaitForTheirTurn) {
  // The connection's window lets one frame through at a time: each of the eight waits for long.
  RawServer server({}, settings_entry(4, 0x7fff'ffffU));
  std::string requests;
  for (StreamNumber stream = 1; stream < 17; stream += 2) {
    requests += request(stream);
  }
  (void)server.feed(requests);
  for (StreamNumber stream = 1; stream < 17; stream += 2) {
    answer(server, stream, 1'000'000, true);
  }
  (void)server.take();
  for (int i = 0; i < 24; ++i) {
    EXPECT_EQ(server.codec.reset_stalled(), 0U);
    (void)server.feed(frame(kWindowUpdate, 0, 0, u32(16'384)));
  }
  EXPECT_EQ(server.codec.stream_count(), 8U);
}

TEST(Http2StallTest, ResetsAllStreamsOfAConnectionWhoseWindowStaysClosed) {
  RawServer server({}, settings_entry(4, 0x7fff'ffffU));
  (void)server.feed(request(1) + request(3));
  answer(server, 1, 100'000, true);
  answer(server, 3, 100'000, false);
  (void)server.take();
  std::size_t count = 0;
  for (int i = 0; i < 4; ++i) {  // what was sent before the first call counts as moved
    count += server.codec.reset_stalled();
  }
  EXPECT_EQ(count, 2U);
  EXPECT_TRUE(server.handler.log.has("reset 3 cancelled"));
  (void)server.take();
  EXPECT_EQ(server.codec.stream_count(), 0U);
}

TEST(Http2StallTest, GivesConversationsTenTimesAsLong) {
  RawServer server({}, settings_entry(4, 0));
  (void)server.feed(frame(kHeaders, kFlagEndHeaders, 1,
                          block("POST", "/grpc") + literal("content-type", "application/grpc")) +
                    frame(kData, kFlagEndStream, 1, std::string(5, '\0')));
  answer(server, 1, 100, false);
  for (int i = 0; i < 20; ++i) {
    EXPECT_EQ(server.codec.reset_stalled(), 0U);
  }
  EXPECT_EQ(server.codec.reset_stalled(), 1U);
}

std::string upload(StreamNumber stream, std::string_view extra = {}) {
  return frame(kHeaders, kFlagEndHeaders, stream, block("POST", "/up") + std::string(extra)) +
         frame(kData, 0, stream, "begun");
}

TEST(Http2StallTest, RefusesARequestWhoseBodyStops) {
  RawServer server;
  EXPECT_FALSE(server.codec.awaits_bodies());
  (void)server.feed(upload(1) + upload(3));
  EXPECT_TRUE(server.codec.awaits_bodies());
  EXPECT_EQ(server.codec.refuse_late_bodies(), 0U);
  EXPECT_EQ(server.codec.refuse_late_bodies(), 0U);
  (void)server.feed(frame(kData, 0, 3, "goes on"));
  EXPECT_EQ(server.codec.refuse_late_bodies(), 1U);
  EXPECT_TRUE(server.handler.log.has("reset 1 cancelled"));
  EXPECT_FALSE(server.handler.log.has("reset 3"));
  const std::vector<Frame> frames = server.take();
  EXPECT_EQ(frames.front().type, kHeaders);
  EXPECT_EQ(frames.front().stream, 1U);
  EXPECT_EQ(verdict(frames), "RST 1 0");

  (void)server.feed(frame(kData, kFlagEndStream, 1, "late") +
                    frame(kData, kFlagEndStream, 3, "end"));
  EXPECT_FALSE(server.codec.has_failed()) << "what was under way is ignored";
  EXPECT_FALSE(server.codec.awaits_bodies());
  EXPECT_TRUE(server.handler.log.has("end 3"));
}

TEST(Http2StallTest, SaysThatTheRequestTookTooLong) {
  Http2Pair pair;
  const StreamNumber stream = pair.client.send_request(post(), false);
  pair.client.send_data(stream, "begun", false);
  pair.exchange();
  for (int i = 0; i < 3; ++i) {
    (void)pair.server.refuse_late_bodies();
  }
  pair.exchange();
  EXPECT_TRUE(pair.client_handler.log.has("408")) << pair.client_handler.log.text();
  EXPECT_EQ(pair.client.stream_count(), 0U);
  EXPECT_EQ(pair.server.stream_count(), 0U);
}

TEST(Http2StallTest, RefusesNoBodyThatWaitsForUsOrMayBeSilent) {
  RawServer server;
  (void)server.feed(upload(1) + upload(3, literal("content-type", "application/grpc")) + upload(5));
  server.codec.pause_stream(1);
  server.codec.send_response(5, response(200), false);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(server.codec.refuse_late_bodies(), 0U);
  }
  server.codec.resume_stream(1);
  EXPECT_EQ(server.codec.refuse_late_bodies(), 0U);
  EXPECT_EQ(server.codec.refuse_late_bodies(), 0U);
  EXPECT_EQ(server.codec.refuse_late_bodies(), 1U);
}

TEST(Http2StallTest, LetsAHandlerResetOtherStreamsWhenItHearsOfOne) {
  RawServer server({}, settings_entry(4, 0));
  (void)server.feed(request(1) + request(3));
  answer(server, 1, 100, false);
  answer(server, 3, 100, false);
  for (int i = 0; i < 2; ++i) {
    (void)server.codec.reset_stalled();
  }
  server.handler.react_to_reset = [&server](StreamNumber) {
    server.codec.reset(1, StreamError::kInternal);
    server.codec.reset(3, StreamError::kInternal);
  };
  (void)server.codec.reset_stalled();
  EXPECT_EQ(server.handler.log.count("reset"), 1U);
  (void)server.take();
  EXPECT_EQ(server.codec.stream_count(), 0U);
}

}  // namespace
}  // namespace shaketable::proxy::http::test
