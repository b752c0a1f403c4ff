#include "proxy/http/http2_budget.h"

#include <gtest/gtest.h>

#include "tests/proxy/http/http2_support.h"

// Floods: what carries nothing is bounded, what is useful is not.
namespace shaketable::proxy::http::test {
namespace {

using enum FrameType;
using namespace std::chrono_literals;

constexpr std::uint8_t kEnd = kFlagEndStream;
constexpr std::uint8_t kWhole = kFlagEndHeaders;

std::string repeat(std::string_view text, int count) {
  std::string all;
  for (int i = 0; i < count; ++i) {
    all += text;
  }
  return all;
}

/// Feeds copies until the connection fails; how many it took.
int copies_until_failure(RawServer& server, std::string_view bytes, int most) {
  for (int i = 0; i < most; ++i) {
    (void)server.codec.receive(bytes);
    server.codec.output().clear();
    if (server.codec.has_failed()) {
      return i + 1;
    }
  }
  return most + 1;
}

struct Flood {
  std::string_view name;
  std::string before;
  std::string unit;
  int at_most;
};

std::ostream& operator<<(std::ostream& out, const Flood& flood) { return out << flood.name; }

const Flood kFloods[] = {
    {"Ping", "", frame(kPing, 0, 0, "12345678"), 10'000},
    {"PingAck", "", frame(kPing, kFlagAck, 0, "12345678"), 10'000},
    {"EmptySettings", "", frame(kSettings, 0, 0), 1'000},
    {"Settings", "", frame(kSettings, 0, 0, settings_entry(4, 65535)), 1'000},
    {"Priority", "", frame(kPriority, 0, 7, u32(3) + "\x10"), 10'000},
    {"UnknownFrames", "", frame(FrameType{0x7f}, 0, 0, std::string(100, 'x')), 10'000},
    {"WindowUpdates", "", frame(kWindowUpdate, 0, 0, u32(1)), 10'000},
    {"EmptyData", frame(kHeaders, kWhole, 1, block("POST")), frame(kData, 0, 1), 10'033},
    {"PaddingOnlyData", frame(kHeaders, kWhole, 1, block("POST")),
     frame(kData, 0x8, 1, std::string("\x03\0\0\0", 4)), 10'033},
    {"DataOfAnEndedStream", frame(kHeaders, kWhole, 1, block("POST")), frame(kData, 0, 1), 10'033},
    {"EmptyContinuations", frame(kHeaders, kEnd, 1, block()), frame(kContinuation, 0, 1), 12},
    {"LongContinuations", frame(kHeaders, kEnd, 1, block()),
     frame(kContinuation, 0, 1, repeat(literal("x-a", std::string(100, 'b')), 20)), 12},
};

class Http2FloodTest : public testing::TestWithParam<Flood> {};

TEST_P(Http2FloodTest, EndsTheConnection) {
  RawServer server;
  (void)server.codec.receive(GetParam().before);

  EXPECT_LE(copies_until_failure(server, GetParam().unit, 20'000), GetParam().at_most);
  EXPECT_EQ(server.codec.error(), ProtocolError::kFlood);
}

INSTANTIATE_TEST_SUITE_P(Floods, Http2FloodTest, testing::ValuesIn(kFloods),
                         [](const auto& flood) { return std::string(flood.param.name); });

TEST(Http2BudgetTest, TellsTheClientWhyItHasToGo) {
  RawServer server;
  std::string answer;
  for (int i = 0; i < 20'000 && !server.codec.has_failed(); ++i) {
    (void)server.codec.receive(frame(kWindowUpdate, 0, 0, u32(1)));
    answer += server.codec.output();
    server.codec.output().clear();
  }

  EXPECT_EQ(verdict(frames_of(answer)), "GOAWAY 11");
}

TEST(Http2BudgetTest, ForgivesPingsOfAQuietConnectionAsTimeGoesBy) {
  RawServer server;
  Instant now = kStart + 5s;
  for (int i = 0; i < 50'000; ++i) {
    server.codec.set_now(now += 200ms);
    (void)server.codec.receive(frame(kPing, 0, 0, "12345678"));
    server.codec.output().clear();
  }

  EXPECT_FALSE(server.codec.has_failed());
}

TEST(Http2BudgetTest, ForgivesWhatUsefulRequestsBringAlong) {
  RawServer server;
  server.handler.react = [&server](StreamNumber stream, RequestMessage&, bool) {
    server.codec.send_response(stream, response(200), false);
    server.codec.send_data(stream, std::string(2000, 'b'), true);
  };
  const std::string fuss = frame(kPriority, 0, 1, u32(3) + "\x10") +
                           frame(kPing, 0, 0, "12345678") + frame(kWindowUpdate, 0, 0, u32(2000));
  for (StreamNumber stream = 1; stream < 40'001; stream += 2) {
    (void)server.codec.receive(frame(kHeaders, kWhole | kEnd, stream, block()) + fuss);
    server.codec.fill_output();
    server.codec.output().clear();
    server.handler.log.clear();
  }

  EXPECT_EQ(server.codec.error(), ProtocolError::kNone);
}

TEST(Http2BudgetTest, ForgivesWindowUpdatesOfAStreamOfSmallMessages) {
  RawServer server;
  (void)server.feed(frame(kHeaders, kWhole, 1, block("POST", "/chat")));
  server.codec.send_response(1, response(200), false);
  const std::string updates =
      frame(kWindowUpdate, 0, 0, u32(50)) + frame(kWindowUpdate, 0, 1, u32(50));
  for (int i = 0; i < 50'000; ++i) {
    server.codec.send_data(1, std::string(50, 'm'), false);
    server.codec.fill_output();
    server.codec.output().clear();
    (void)server.codec.receive(updates);
    (void)server.codec.receive(frame(kData, 0, 1, "m"));
  }

  EXPECT_EQ(server.codec.error(), ProtocolError::kNone);
}

TEST(Http2BudgetTest, BearsAWindowThatOpensByteByByteUnlessItRains) {
  RawServer server({}, settings_entry(4, 0));
  (void)server.feed(frame(kHeaders, kWhole | kEnd, 1, block()) +
                    frame(kWindowUpdate, 0, 0, u32(1'000'000)));
  server.codec.send_response(1, response(200), false);
  server.codec.send_data(1, std::string(300'000, 'b'), true);
  const std::string update = frame(kWindowUpdate, 0, 1, u32(1));

  EXPECT_EQ(copies_until_failure(server, update, 90'000), 90'001);
  EXPECT_LE(copies_until_failure(server, update, 90'000), 20'100);
  EXPECT_EQ(server.codec.error(), ProtocolError::kFlood);
}

TEST(Http2BudgetTest, BearsDataOfAResetStreamUpToItsWindow) {
  const CodecLimits limits;
  RawServer server;
  (void)server.feed(frame(kHeaders, kWhole, 1, block("POST")));
  server.codec.reset(1, StreamError::kRefused);
  (void)server.take();
  const std::string data = frame(kData, 0, 1, std::string(16'000, 'x'));
  const int frames = copies_until_failure(server, data, 1000);

  EXPECT_GE(frames, static_cast<int>(limits.stream_window / 16'000));
  EXPECT_LE(frames, static_cast<int>(2 * limits.stream_window / 16'000 + 1));
}

/// Requests that are reset at once, `count` of them.
void reset_rapidly(RawServer& server, StreamNumber& stream, int count) {
  for (int i = 0; i < count && !server.codec.has_failed(); ++i, stream += 2) {
    (void)server.codec.receive(frame(kHeaders, kWhole | kEnd, stream, block()) +
                               frame(kRstStream, 0, stream, u32(8)));
    server.codec.output().clear();
    server.handler.log.clear();
  }
}

TEST(Http2BudgetTest, BoundsResetsByBurstAndRate) {
  RawServer server;
  StreamNumber stream = 1;
  reset_rapidly(server, stream, 1000);
  EXPECT_FALSE(server.codec.has_failed());
  server.codec.set_now(kStart + 1s);
  reset_rapidly(server, stream, 100);
  EXPECT_FALSE(server.codec.has_failed());
  reset_rapidly(server, stream, 1);

  EXPECT_EQ(server.codec.error(), ProtocolError::kFlood);
}

TEST(Http2BudgetTest, CountsStreamsThatTheClientMakesUsReset) {
  struct Unit {
    std::string_view name;
    std::string extra;
  };
  for (const Unit& unit : {Unit{"bad header", literal("Connection", "close")},
                           Unit{"too many headers", repeat(literal("a", "b"), 200)}}) {
    CodecLimits limits;
    limits.max_headers = 100;
    RawServer server(limits);
    StreamNumber stream = 1;
    for (; stream < 10'000 && !server.codec.has_failed(); stream += 2) {
      (void)server.codec.receive(frame(kHeaders, kWhole | kEnd, stream, block() + unit.extra));
      server.codec.output().clear();
    }
    EXPECT_EQ(server.codec.error(), ProtocolError::kFlood) << unit.name;
    EXPECT_LE(stream, 2 * 1001U + 3) << unit.name;
    EXPECT_TRUE(server.handler.log.lines().empty());
  }
}

TEST(Http2BudgetTest, AnswersATooLargeHeadWith431AndALongPathWith414) {
  Http2Pair pair;
  RequestMessage large = get();
  large.headers.add("x-large", std::string(61 * 1024, 'x'));
  pair.client.send_request(large, true);
  pair.client.send_request(get("/" + std::string(17 * 1024, 'p')), true);
  const StreamNumber body = pair.client.send_request(large, false);
  pair.client.send_data(body, "body", true);
  pair.client.send_request(get("/fine"), true);
  pair.exchange();

  EXPECT_EQ(pair.server_handler.log.text(), "request 7 GET http://h.test/fine none end\n");
  EXPECT_TRUE(pair.client_handler.log.has("response 1 431"));
  EXPECT_TRUE(pair.client_handler.log.has("response 3 414"));
  EXPECT_TRUE(pair.client_handler.log.has("response 5 431"));
  EXPECT_EQ(pair.server.take_stream_error(), ProtocolError::kHeadersTooLarge);
  EXPECT_EQ(pair.server.stream_count(), 1U);
}

TEST(Http2BudgetTest, EndsAConnectionForAHeaderBomb) {
  RawServer server;
  std::string bomb = "\x40" + literal("x", std::string(4000, 'A')).substr(1);
  bomb.append(8000, '\xbe');  // the dynamic entry, again and again: 32 MB
  const auto answer = server.feed(frame(kHeaders, kWhole | kEnd, 1, block() + bomb));

  EXPECT_EQ(verdict(answer), "GOAWAY 11");
  EXPECT_EQ(server.handler.log.text(), "");
}

TEST(Http2BudgetTest, EndsAConnectionThatNeverReadsItsAnswers) {
  RawServer server;
  server.handler.react = [&server](StreamNumber stream, RequestMessage&, bool) {
    ResponseMessage answer = response(200, BodyKind::kNone);
    answer.headers.add("x-large", std::string(50'000, 'x'));
    server.codec.send_response(stream, answer, true);
  };
  std::size_t most = 0;
  for (StreamNumber stream = 1; stream < 2001 && !server.codec.has_failed(); stream += 2) {
    (void)server.codec.receive(frame(kHeaders, kWhole | kEnd, stream, block()));
    most = std::max(most, server.codec.output().size());
  }

  EXPECT_EQ(server.codec.error(), ProtocolError::kTooMuchOutput);
  EXPECT_LE(most, 5U << 20U);
}

TEST(Http2BudgetTest, LetsAServerResetWhatItLikes) {
  RawClient client;
  for (int i = 0; i < 5000; ++i) {
    const StreamNumber stream = client.codec.send_request(get(), true);
    (void)client.take();
    (void)client.feed(frame(kRstStream, 0, stream, u32(7)));
  }

  EXPECT_FALSE(client.codec.has_failed());
  EXPECT_EQ(client.handler.log.count("refused"), 5000U);
}

TEST(Http2BudgetTest, BoundsAServersFloodsToo) {
  RawClient client;
  for (int i = 0; i < 20'000 && !client.codec.has_failed(); ++i) {
    (void)client.codec.receive(frame(kPing, 0, 0, "12345678"));
    client.codec.output().clear();
  }

  EXPECT_EQ(client.codec.error(), ProtocolError::kFlood);
}

TEST(BudgetTest, GrowsWithTimeUpToItsCapacity) {
  Budget budget(10, 2);
  budget.begin(kStart + 10s);
  EXPECT_TRUE(budget.spend(10, kStart + 10s));
  EXPECT_FALSE(budget.spend(1, kStart + 10s));
  EXPECT_FALSE(budget.spend(1, kStart + 10s + 499ms));
  EXPECT_TRUE(budget.spend(1, kStart + 10s + 500ms));
  EXPECT_TRUE(budget.spend(10, kStart + 100h));
  EXPECT_FALSE(budget.spend(1, kStart + 100h));
  budget.earn(100);
  EXPECT_EQ(budget.left(), 10U);
}

TEST(BudgetTest, DoesNotGrowWithoutTime) {
  Budget budget(1, 1000);
  EXPECT_TRUE(budget.spend(1, kStart));
  EXPECT_FALSE(budget.spend(1, kStart));
  EXPECT_FALSE(budget.spend(1, kStart - 1s)) << "time that goes back";
}

}  // namespace
}  // namespace shaketable::proxy::http::test
