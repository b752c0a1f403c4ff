#include "proxy/http/client_hello.h"

#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/http/tls_fixture.h"

namespace shaketable::proxy::http::test {
namespace {

using std::string_literals::operator""s;

std::string number(std::size_t value, int bytes) {
  std::string text;
  for (int i = bytes - 1; i >= 0; --i) {
    text += static_cast<char>(value >> (8U * static_cast<unsigned>(i)) & 0xffU);
  }
  return text;
}
std::string vector(int bytes, const std::string& content) {
  return number(content.size(), bytes) + content;
}
std::string extension(std::size_t kind, const std::string& content) {
  return number(kind, 2) + vector(2, content);
}
std::string server_name(const std::string& name) {
  return extension(0, vector(2, "\0"s + vector(2, name)));
}
std::string alpn(const std::vector<std::string>& protocols) {
  std::string list;
  for (const std::string& it : protocols) {
    list += vector(1, it);
  }
  return extension(16, vector(2, list));
}
std::string message(const std::string& extensions) {
  return "\x01" + vector(3, "\x03\x03" + std::string(32, 'r') + vector(1, "") +
                                vector(2, "\x13\x01") + vector(1, "\0"s) + vector(2, extensions));
}
std::string record(const std::string& content) { return "\x16\x03\x01" + vector(2, content); }

TEST(GuessTlsTest, NeedsThreeBytesToBeSure) {
  EXPECT_EQ(guess_tls(""), TlsGuess::kMore);
  EXPECT_EQ(guess_tls("\x16"), TlsGuess::kMore);
  EXPECT_EQ(guess_tls("\x16\x03"), TlsGuess::kMore);
  EXPECT_EQ(guess_tls("\x16\x03\x01"), TlsGuess::kYes);
}

TEST(GuessTlsTest, TellsOtherProtocolsAtTheFirstByteThatDiffers) {
  EXPECT_EQ(guess_tls("G"), TlsGuess::kNo);
  EXPECT_EQ(guess_tls("PRI * HTTP/2.0"), TlsGuess::kNo);
  EXPECT_EQ(guess_tls("\x16\x02"), TlsGuess::kNo);
  EXPECT_EQ(guess_tls("\x16\x03\x09"), TlsGuess::kNo);
  EXPECT_EQ(guess_tls("\x80\x2e\x01"), TlsGuess::kNo) << "SSL 2";
}

TEST(ClientHelloTest, NamesServerAndProtocols) {
  const ClientHello hello =
      read_client_hello(record(message(server_name("Shop.TEST") + alpn({"h2", "http/1.1"}))));

  EXPECT_TRUE(hello.complete);
  EXPECT_EQ(hello.server_name, "shop.test");
  EXPECT_THAT(hello.alpn, testing::ElementsAre("h2", "http/1.1"));
}

TEST(ClientHelloTest, ReadsWhatOpensslWrites) {
  TestAuthority authority;
  TlsConfig config = authority.config("");
  config.server_name = "cart.shop.test";
  config.alpn = {"h2"};
  TlsSession client(client_context(config));
  client.start();

  const ClientHello hello = read_client_hello(client.output());

  EXPECT_TRUE(hello.complete);
  EXPECT_EQ(hello.server_name, "cart.shop.test");
  EXPECT_THAT(hello.alpn, testing::ElementsAre("h2"));
}

TEST(ClientHelloTest, MayHaveNoExtensions) {
  const std::string old =
      "\x01" + vector(3, "\x03\x03" + std::string(32, 'r') + vector(1, std::string(32, 's')) +
                             vector(2, "\xc0\x2f") + vector(1, "\0"s));
  const ClientHello hello = read_client_hello(record(old));

  EXPECT_TRUE(hello.complete && hello.valid);
  EXPECT_EQ(hello.server_name, "");
}

TEST(ClientHelloTest, IsIncompleteAtEveryLengthBelowItsOwn) {
  const std::string bytes = record(message(server_name("shop.test") + alpn({"h2"})));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const ClientHello hello = read_client_hello(std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(hello.complete) << size;
    EXPECT_TRUE(hello.valid) << size;
  }
}

TEST(ClientHelloTest, MayBeCutIntoRecordsAnywhere) {
  const std::string whole = message(server_name("shop.test"));
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const std::string bytes = record(whole.substr(0, cut)) + record(whole.substr(cut));
    const ClientHello hello = read_client_hello(bytes + "further bytes");
    EXPECT_TRUE(hello.complete) << cut;
    EXPECT_EQ(hello.server_name, "shop.test") << cut;
  }
}

TEST(ClientHelloTest, MayNotBeCutIntoHundredsOfRecords) {
  std::string bytes;
  for (const char c : message(server_name("shop.test"))) {
    bytes += record(std::string(1, c));
  }
  EXPECT_FALSE(read_client_hello(bytes).valid);
}

TEST(ClientHelloTest, IsRefusedWhenItPromisesTooMuch) {
  EXPECT_FALSE(read_client_hello("\x16\x03\x01\x40\x00\x01\x00\x40\x00"s).valid);
  EXPECT_TRUE(read_client_hello("\x16\x03\x01\x40\x00\x01\x00\x3f\x00"s).valid);
  EXPECT_FALSE(read_client_hello("\x16\x03\x01\xff\xff\x01"s).valid) << "record too large";
  EXPECT_FALSE(read_client_hello("\x16\x03\x01\x00\x00"s).valid) << "empty record";
}

TEST(ClientHelloTest, IsTheFirstMessage) {
  EXPECT_FALSE(read_client_hello(record("\x02\x00\x00\x01\x00"s)).valid);
}

class BrokenClientHelloTest : public testing::TestWithParam<std::string> {};

TEST_P(BrokenClientHelloTest, IsRefused) {
  const ClientHello hello = read_client_hello(record(message(GetParam())));

  EXPECT_FALSE(hello.valid);
  EXPECT_FALSE(hello.complete);
  EXPECT_EQ(hello.server_name, "");
}

INSTANTIATE_TEST_SUITE_P(
    Extensions, BrokenClientHelloTest,
    testing::Values(server_name("a.test") + server_name("b.test"), server_name(""),
                    server_name("a\0.test"s), server_name("a\n.test"), server_name("a test"),
                    server_name(std::string(256, 'a')), extension(0, ""), extension(0, "\0\0"s),
                    extension(0, vector(2, "\1"s + vector(2, "a.test"))),
                    extension(0, vector(2, "\0"s + vector(2, "a.test")) + "x"),
                    extension(0, vector(2, "\0"s + vector(2, "a") + "\0"s + vector(2, "b"))),
                    alpn({""}), alpn({}), alpn({"h2"}) + alpn({"h2"}),
                    extension(16, vector(2, "\5h2")), "\0"s, "\0\0\0"s, "\0\0\0\5"s),
    [](const auto& param_info) { return "Number" + std::to_string(param_info.index); });

TEST(ClientHelloTest, LosesNoByteBetweenItsParts) {
  const std::string good = message(server_name("a.test"));
  std::string trailing = good + "x";
  trailing[3] = static_cast<char>(trailing[3] + 1);  // The message counts the byte as its own.
  EXPECT_FALSE(read_client_hello(record(trailing)).valid);
}

}  // namespace
}  // namespace shaketable::proxy::http::test
