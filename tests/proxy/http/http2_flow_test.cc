#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <malloc.h>

#include "tests/proxy/http/http2_support.h"

// Windows, queues, and what a peer that does not read can make us keep.
namespace shaketable::proxy::http::test {
namespace {

using enum FrameType;

constexpr std::size_t kFillMost = 64 * 1024 + 16 * 1024 + 9;

/// Gives a stream as much of a long body as it takes.
void pour(Codec& codec, StreamNumber stream) {
  while (!codec.is_blocked(stream)) {
    codec.send_data(stream, std::string(8192, 'b'), false);
  }
}

std::size_t data_bytes(const std::vector<Frame>& frames, StreamNumber stream) {
  std::size_t sum = 0;
  for (const Frame& frame : frames) {
    sum += frame.type == kData && frame.stream == stream ? frame.payload.size() : 0;
  }
  return sum;
}

std::string request(StreamNumber stream) {
  return frame(kHeaders, kFlagEndHeaders | kFlagEndStream, stream, block());
}

TEST(Http2FlowTest, BlocksAResponseThatNobodyReadsAndDrainsItLater) {
  Http2Pair pair;
  pair.client_handler.keeps_bodies = false;
  const StreamNumber stream = pair.client.send_request(get(), true);
  pair.exchange();
  pair.client.pause_stream(stream);
  pair.server.send_response(stream, response(200), false);
  const std::string body(1'000'000, 'b');
  pair.server.send_data(stream, body, true);
  EXPECT_TRUE(pair.server.is_blocked(stream));
  pair.exchange();
  EXPECT_EQ(pair.client_handler.body_bytes, 16U * 1024) << "the first window";
  pair.client.resume_stream(stream);
  pair.exchange();

  EXPECT_EQ(pair.client_handler.body_bytes, body.size());
  EXPECT_TRUE(pair.client_handler.log.has("end 1"));
}

TEST(Http2FlowTest, TellsWhenABlockedStreamHasDrained) {
  Http2Pair pair;
  pair.client_handler.keeps_bodies = false;
  const StreamNumber stream = pair.client.send_request(get(), true);
  pair.exchange();
  pair.server.send_response(stream, response(200), false);
  int rounds = 0;
  pair.server_handler.react_to_drained = [&](StreamNumber id) {
    EXPECT_FALSE(pair.server.is_blocked(id));
    if (++rounds < 10) {
      pour(pair.server, id);
    } else {
      pair.server.send_data(id, {}, true);
    }
  };
  pour(pair.server, stream);
  pair.exchange();

  EXPECT_EQ(rounds, 10);
  EXPECT_TRUE(pair.client_handler.log.has("end 1"));
  EXPECT_GE(pair.client_handler.body_bytes, CodecLimits{}.high_water + 9U * 8192);
}

TEST(Http2FlowTest, TakesOnePieceForAStreamWhoseWindowIsClosed) {
  RawServer server({}, settings_entry(4, 0));
  std::vector<StreamNumber> drained;
  server.handler.react_to_drained = [&drained](StreamNumber id) { drained.push_back(id); };
  (void)server.feed(request(1) + request(3));
  for (const StreamNumber stream : {1U, 3U}) {
    server.codec.send_response(stream, response(200), false);
    server.codec.send_data(stream, std::string(8192, 'b'), false);
  }
  EXPECT_TRUE(server.codec.is_blocked(1));
  EXPECT_TRUE(server.codec.is_blocked(3));

  (void)server.feed(frame(kWindowUpdate, 0, 1, u32(100'000)));
  EXPECT_EQ(drained, std::vector<StreamNumber>{1});
  EXPECT_FALSE(server.codec.is_blocked(1));
  server.codec.send_data(1, std::string(8192, 'b'), false);
  EXPECT_FALSE(server.codec.is_blocked(1)) << "it flows";
  EXPECT_TRUE(server.codec.is_blocked(3));
}

TEST(Http2FlowTest, TakesOnePieceForEachStreamWhileTheConnectionTakesNothing) {
  RawServer server;
  (void)server.feed(request(1) + request(3));
  server.codec.set_congested(true);
  for (const StreamNumber stream : {1U, 3U}) {
    server.codec.send_response(stream, response(200), false);
    server.codec.send_data(stream, std::string(8192, 'b'), false);
    EXPECT_TRUE(server.codec.is_blocked(stream));
  }

  server.codec.set_congested(false);
  std::vector<StreamNumber> drained;
  server.handler.react_to_drained = [&drained](StreamNumber id) { drained.push_back(id); };
  (void)server.feed({});
  EXPECT_THAT(drained, testing::UnorderedElementsAre(1U, 3U));
  server.codec.send_data(1, std::string(8192, 'b'), false);
  EXPECT_FALSE(server.codec.is_blocked(1)) << "it flows";
}

TEST(Http2FlowTest, OnePausedResponseStopsNoOther) {
  Http2Pair pair;
  pair.client_handler.keeps_bodies = false;
  for (int i = 0; i < 50; ++i) {
    const StreamNumber stream = pair.client.send_request(get(), true);
    pair.client.pause_stream(stream);
  }
  const StreamNumber last = pair.client.send_request(get(), true);
  pair.exchange();
  for (StreamNumber stream = 1; stream <= last; stream += 2) {
    pair.server.send_response(stream, response(200), false);
    pair.server.send_data(stream, std::string(200'000, 'b'), true);
  }
  pair.exchange();

  EXPECT_TRUE(pair.client_handler.log.has("end " + std::to_string(last)));
  EXPECT_EQ(pair.client_handler.body_bytes, 50U * 16 * 1024 + 200'000);
}

TEST(Http2FlowTest, OnePausedUploadStopsNoOther) {
  Http2Pair pair;
  pair.server_handler.keeps_bodies = false;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    if (stream <= 7) {
      pair.server.pause_stream(stream);
    }
  };
  for (int i = 0; i < 5; ++i) {
    const StreamNumber stream = pair.client.send_request(post(), false);
    pair.client.send_data(stream, std::string(3'000'000, 'u'), true);
  }
  pair.exchange();

  EXPECT_TRUE(pair.server_handler.log.has("end 9"));
  EXPECT_EQ(pair.server_handler.body_bytes, 4U * 256 * 1024 + 3'000'000);
  pair.server.resume_stream(3);
  pair.exchange();
  EXPECT_TRUE(pair.server_handler.log.has("end 3"));
}

TEST(Http2FlowTest, HoldsTheConnectionsWindowWhenAClientsPausedUploadsHoldFarTooMuch) {
  Http2Pair pair;
  pair.server_handler.keeps_bodies = false;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    pair.server.pause_stream(stream);
  };
  for (int i = 0; i < 60; ++i) {
    const StreamNumber stream = pair.client.send_request(post(), false);
    pair.client.send_data(stream, std::string(300'000, 'u'), true);
  }
  pair.exchange();
  const CodecLimits limits;
  EXPECT_LE(pair.server_handler.body_bytes, 5U * limits.connection_window + 32 * 1024);

  for (StreamNumber stream = 1; stream < 121; stream += 2) {
    pair.server.resume_stream(stream);
    pair.server_handler.react = nullptr;
  }
  pair.exchange();
  EXPECT_EQ(pair.server_handler.body_bytes, 60U * 300'000);
  EXPECT_EQ(pair.server_handler.log.count("end "), 60U);
}

TEST(Http2FlowTest, ServesResponsesByTurns) {
  RawServer server({}, settings_entry(4, 0x7fff'ffffU));
  (void)server.feed(frame(kWindowUpdate, 0, 0, u32(0x7fff'0000U)) + request(1) + request(3));
  for (const StreamNumber stream : {1U, 3U}) {
    server.codec.send_response(stream, response(200), false);
    pour(server.codec, stream);
  }
  server.codec.fill_output();
  const std::vector<Frame> frames = frames_of(server.codec.output());

  EXPECT_GE(data_bytes(frames, 1), 2U * 16384);
  EXPECT_GE(data_bytes(frames, 3), 2U * 16384);
}

TEST(Http2FlowTest, SendsUploadsByTurns) {
  // A server that knows no RFC 7540 priorities, as ours does.
  RawClient client({}, settings_entry(4, 0x7fff'ffffU) + settings_entry(9, 1));
  (void)client.feed(frame(kWindowUpdate, 0, 0, u32(0x7fff'0000U)));
  for (int i = 0; i < 2; ++i) {
    pour(client.codec, client.codec.send_request(post(), false));
  }
  client.codec.fill_output();
  const std::vector<Frame> frames = frames_of(client.codec.output());

  EXPECT_GE(data_bytes(frames, 1), 2U * 16384);
  EXPECT_GE(data_bytes(frames, 3), 2U * 16384);
}

TEST(Http2FlowTest, FillsTheOutputOnlySoFar) {
  CodecLimits limits;
  limits.high_water = 256 * 1024;
  RawServer server(limits, settings_entry(4, 0x7fff'ffffU));
  (void)server.feed(frame(kWindowUpdate, 0, 0, u32(0x7fff'0000U)) + request(1));
  server.codec.send_response(1, response(200), false);
  pour(server.codec, 1);
  for (int i = 0; i < 10; ++i) {
    server.codec.fill_output();
    (void)server.codec.receive(frame(kPing, 0, 0, "12345678"));
  }

  EXPECT_LE(server.codec.output().size(), kFillMost + 10 * 17);
  EXPECT_TRUE(server.codec.is_blocked(1));
}

TEST(Http2FlowTest, SendsNoMoreThanTheWindows) {
  RawServer server({}, settings_entry(4, 1));
  (void)server.feed(request(1));
  server.codec.send_response(1, response(200), false);
  server.codec.send_data(1, "abc", true);
  EXPECT_EQ(data_bytes(server.take(), 1), 1U);
  EXPECT_EQ(data_bytes(server.feed(frame(kSettings, 0, 0, settings_entry(4, 0))), 1), 0U);
  // The window is now -1: two more are needed before a byte goes.
  EXPECT_EQ(data_bytes(server.feed(frame(kWindowUpdate, 0, 1, u32(1))), 1), 0U);
  const std::vector<Frame> last = server.feed(frame(kWindowUpdate, 0, 1, u32(2)));

  EXPECT_EQ(data_bytes(last, 1), 2U);
  EXPECT_EQ(last.back().flags & kFlagEndStream, kFlagEndStream);
}

TEST(Http2FlowTest, RefusesWhatComesBeyondAStreamsWindow) {
  RawServer server;
  server.handler.keeps_bodies = false;
  server.handler.react = [&server](StreamNumber stream, RequestMessage&, bool) {
    server.codec.pause_stream(stream);
  };
  std::vector<Frame> answer =
      server.feed(frame(kHeaders, kFlagEndHeaders, 1, block("POST", "/stall")));
  for (int i = 0; i < 17 && verdict(answer).empty(); ++i) {
    answer = server.feed(frame(kData, 0, 1, std::string(16'000, 'x')));
  }

  EXPECT_EQ(verdict(answer), "RST 1 3");
  EXPECT_TRUE(server.handler.log.has("reset 1 internal"));
  EXPECT_LE(server.handler.body_bytes, 256U * 1024 + 16'000) << "and the frame that broke it";
}

// Large pieces are mapped by themselves, and counted apart.
std::size_t heap_in_use() {
  const struct mallinfo2 heap = mallinfo2();
  return heap.uordblks + heap.hblkhd;
}
bool has_heap_figures() {
  const std::size_t before = heap_in_use();
  const auto probe = std::make_unique<std::string>(1'000'000, 'x');
  return heap_in_use() > before;
}

/// A client opens 100 large downloads and never takes a byte.
void open_and_never_read(std::string_view settings) {
  if (!has_heap_figures()) {
    GTEST_SKIP() << "no figures of the heap under this allocator";
  }
  const std::size_t before = heap_in_use();
  RawServer server({}, settings);
  std::string requests;
  for (StreamNumber stream = 1; stream < 201; stream += 2) {
    requests += request(stream);
  }
  (void)server.codec.receive(requests);
  for (StreamNumber stream = 1; stream < 201; stream += 2) {
    server.codec.send_response(stream, response(200), false);
    pour(server.codec, stream);
    server.codec.fill_output();
  }
  EXPECT_LE(heap_in_use() - before, 100U * 16 * 1024);
  EXPECT_LE(server.codec.output().size(), kFillMost);
}

TEST(Http2FlowTest, KeepsLittleForAClientWithoutAWindow) {
  open_and_never_read(settings_entry(4, 0));
}

TEST(Http2FlowTest, KeepsLittleForAClientThatNeverReads) {
  open_and_never_read(settings_entry(4, 0x7fff'ffffU));
}

TEST(Http2FlowTest, GivesTheMemoryOfEndedStreamsBack) {
  if (!has_heap_figures()) {
    GTEST_SKIP() << "no figures of the heap under this allocator";
  }
  Http2Pair pair;
  pair.client_handler.keeps_bodies = false;
  pair.server_handler.react = [&pair](StreamNumber stream, RequestMessage&, bool) {
    pair.server.send_response(stream, response(200), false);
    pair.server.send_data(stream, std::string(200'000, 'b'), true);
  };
  const auto run = [&pair] {
    for (int i = 0; i < 90; ++i) {
      pair.client.send_request(get(), true);
    }
    pair.exchange();
    pair.client_handler.log.clear();
    pair.server_handler.log.clear();
  };
  run();
  const std::size_t before = heap_in_use();
  for (int i = 0; i < 20; ++i) {
    run();
  }

  EXPECT_LE(heap_in_use(), before + 64 * 1024);
}

TEST(Http2FlowTest, AnIdleConnectionIsSmall) {
  if (!has_heap_figures()) {
    GTEST_SKIP() << "no figures of the heap under this allocator";
  }
  const std::size_t before = heap_in_use();
  RawServer server;
  const std::size_t used = heap_in_use() - before;

  RecordProperty("bytes", static_cast<int>(used));
  EXPECT_LE(used, 32U * 1024) << "nghttp2's frame buffer of 16 KiB is most of it";
}

}  // namespace
}  // namespace shaketable::proxy::http::test
