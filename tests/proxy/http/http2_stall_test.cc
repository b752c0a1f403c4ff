#include <cstdint>
#include <string>

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
