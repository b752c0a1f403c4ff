#include "loadgen/live/websocket.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::loadgen::live {
namespace {

using Event = WebSocketClient::Event;

/// Events and messages of bytes that come in pieces of `size`.
std::vector<std::string> events_of(const std::string& bytes, std::size_t size, std::string& out) {
  WebSocketClient client(1000);
  std::vector<std::string> result;
  for (std::size_t at = 0; at < bytes.size(); at += size) {
    const std::string piece = bytes.substr(at, size);
    std::string_view input = piece;
    while (true) {
      const Event event = client.receive(input, 0, out);
      if (event == Event::kMore) {
        break;
      }
      result.push_back(event == Event::kMessage  ? std::string(client.message())
                       : event == Event::kClosed ? "<closed>"
                                                 : "<broken>");
      if (event == Event::kBroken) {
        return result;
      }
    }
  }
  return result;
}

const std::string kHello("\x81\x05Hello", 7);

TEST(WebSocketClientTest, JoinsFragmentsHoweverTheyComeCut) {
  const std::string bytes = kHello + std::string("\x01\x03Hel", 5) + std::string("\x89\x01!", 3) +
                            std::string("\x80\x02lo", 4) + std::string("\x82\x7e\x00\x80", 4) +
                            std::string(128, 'b') + std::string("\x88\x02\x03\xe8", 4);
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    std::string out;
    EXPECT_EQ(events_of(bytes, size, out),
              (std::vector<std::string>{"Hello", "Hello", std::string(128, 'b'), "<closed>"}))
        << size;
    // A pong with the ping's byte, then our close with the server's code; masked with zeros.
    EXPECT_EQ(out, std::string("\x8a\x81\0\0\0\0!\x88\x82\0\0\0\0\x03\xe8", 15));
  }
}

TEST(WebSocketClientTest, RefusesWhatNoServerMaySend) {
  const std::vector<std::string> bad = {
      std::string("\x81\x85\1\2\3\4Hello", 11),  // masked
      std::string("\xc1\x01x", 3),               // a reserved bit
      std::string("\x80\x01x", 3),               // a continuation of nothing
      std::string("\x83\x01x", 3),               // an unknown kind
      std::string("\x09\x01x", 3),               // a control frame in pieces
      std::string("\x81\x7e\x10\x00", 4),        // too long
      std::string("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff", 10),
      std::string("\x01\x01x\x81\x01y", 6),  // a message within a message
  };
  for (const std::string& bytes : bad) {
    std::string out;
    EXPECT_EQ(events_of(bytes, 100, out), std::vector<std::string>{"<broken>"});
  }
}

TEST(WebSocketClientTest, MasksWhatItSays) {
  WebSocketClient client;
  std::string out;
  client.send_message("Hello", false, 0x3d21fa37, out);

  // RFC 6455 section 5.7.
  EXPECT_EQ(out, std::string("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58", 11));
}

TEST(WebSocketClientTest, ClosesOnce) {
  WebSocketClient client;
  std::string out;
  client.send_close(1000, 0, out);
  client.send_close(1000, 0, out);

  EXPECT_EQ(out.size(), 8U);
}

TEST(WebSocketClientTest, KnowsWhatTheHandshakeOwes) {
  // RFC 6455 section 1.3.
  EXPECT_EQ(WebSocketClient::accept_value("dGhlIHNhbXBsZSBub25jZQ=="),
            "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
}

}  // namespace
}  // namespace shaketable::loadgen::live
