#include "proxy/http/proxy_protocol.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace shaketable::proxy::http {
namespace {

using std::string_literals::operator""s;
using Kind = ProxyAddresses::Kind;
using State = ProxyHeader::State;

const std::string kSignature = "\r\n\r\n\0\r\nQUIT\n"s;

std::string version2(std::string_view command_and_family, const std::string& body) {
  return kSignature + std::string(command_and_family) + static_cast<char>(body.size() >> 8U) +
         static_cast<char>(body.size() & 0xffU) + body;
}

TEST(ProxyProtocolTest, ReadsALineOfVersionOne) {
  const std::string line = "PROXY TCP4 192.0.2.1 198.51.100.7 5123 443\r\n";
  const ProxyHeader header = read_proxy_header(line + "GET / HTTP/1.1\r\n");

  ASSERT_EQ(header.state, State::kDone) << header.error;
  EXPECT_EQ(header.size, line.size());
  EXPECT_EQ(header.addresses,
            (ProxyAddresses{Kind::kIpv4, {"192.0.2.1", 5123}, {"198.51.100.7", 443}}));
}

TEST(ProxyProtocolTest, WritesAddressesOfVersionSixInOneWay) {
  const ProxyHeader header = read_proxy_header("PROXY TCP6 2001:DB8:0:0::1 ::1 0 65535\r\n");

  ASSERT_EQ(header.state, State::kDone) << header.error;
  EXPECT_EQ(header.addresses, (ProxyAddresses{Kind::kIpv6, {"2001:db8::1", 0}, {"::1", 65535}}));
}

TEST(ProxyProtocolTest, IgnoresWhatFollowsUnknown) {
  for (const std::string& line : {"PROXY UNKNOWN\r\n"s, "PROXY UNKNOWN ffff:: x 1 99999999\r\n"s}) {
    const ProxyHeader header = read_proxy_header(line);
    EXPECT_EQ(header.state, State::kDone);
    EXPECT_EQ(header.size, line.size());
    EXPECT_EQ(header.addresses.kind, Kind::kNone);
  }
}

TEST(ProxyProtocolTest, AsksForMoreAtEveryLengthBelowTheHeaders) {
  for (const std::string& bytes :
       {"PROXY TCP4 192.0.2.1 198.51.100.7 5123 443\r\n"s,
        version2("\x21\x11", "\xc0\0\2\1\xc6\x33\x64\7\x14\x03\1\xbb"s)}) {
    for (std::size_t size = 0; size < bytes.size(); ++size) {
      EXPECT_EQ(read_proxy_header(std::string_view(bytes).substr(0, size)).state, State::kMore);
    }
    EXPECT_EQ(read_proxy_header(bytes).state, State::kDone);
  }
}

class BadProxyHeaderTest : public testing::TestWithParam<std::string> {};

TEST_P(BadProxyHeaderTest, IsRefused) {
  const ProxyHeader header = read_proxy_header(GetParam());

  EXPECT_EQ(header.state, State::kInvalid);
  EXPECT_FALSE(header.error.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Lines, BadProxyHeaderTest,
    testing::Values("GET / HTTP/1.1\r\n", "P R", "proxy TCP4 ", "\x16\x03\x01",
                    "PROXY  TCP4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY TCP4  1.2.3.4 1.2.3.4 1 2\r\n",
                    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
                    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 01 2\r\n",
                    "PROXY TCP4 1.2.3.4 1.2.3.4 +1 2\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n",
                    "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n",
                    "PROXY TCP4 1.2.3.4.5 1.2.3.4 1 2\r\n", "PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n",
                    "PROXY TCP4 ::1 ::1 1 2\r\n", "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
                    "PROXY TCP6 fe80::1%lo ::1 1 2\r\n", "PROXY UDP4 1.2.3.4 1.2.3.4 1 2\r\n",
                    "PROXY tcp4 1.2.3.4 1.2.3.4 1 2\r\n", "PROXY UNKNOWN\rX",
                    "PROXY UNKNOWN \1\r\n", "PROXY \r\n", "PROXY TCP4 1.2.3.4\0 1.2.3.4 1 2\r\n"s,
                    "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\nGET\r\n",
                    "PROXY UNKNOWN " + std::string(100, 'x')),
    [](const auto& param_info) { return "Number" + std::to_string(param_info.index); });

INSTANTIATE_TEST_SUITE_P(BinaryHeaders, BadProxyHeaderTest,
                         testing::Values("\r\n\r\n\r\n", version2("\x11\x11", std::string(12, 'a')),
                                         version2("\x22\x11", std::string(12, 'a')),
                                         version2("\x21\x12", std::string(12, 'a')),
                                         version2("\x21\x41", std::string(12, 'a')),
                                         version2("\x21\x11", std::string(11, 'a')),
                                         version2("\x21\x21", std::string(35, 'a')),
                                         version2("\x21\x31", std::string(215, 'a')),
                                         version2("\x21\x31", "/a\n" + std::string(213, '\0')),
                                         version2("\x21\x11", std::string(12, 'a') + "\4\0"s),
                                         version2("\x21\x11", std::string(12, 'a') + "\4\0\2x"s),
                                         version2("\x21\x11", std::string(12, 'a') + "\3\0\4abcd"s),
                                         version2("\x21\x11", std::string(12, 'a') + "\3\0\3abc"s),
                                         kSignature + "\x21\x11\x10\x01"),
                         [](const auto& param_info) {
                           return "Number" + std::to_string(param_info.index);
                         });

TEST(ProxyProtocolTest, ReadsVersionTwo) {
  const std::string tlvs = "\2\0\6a.test\4\0\0"s;
  const std::string bytes = version2("\x21\x11", "\xc0\0\2\1\xc6\x33\x64\7\x14\x03\1\xbb"s + tlvs);
  const ProxyHeader header = read_proxy_header(bytes + "PRI * HTTP/2.0");

  ASSERT_EQ(header.state, State::kDone) << header.error;
  EXPECT_EQ(header.size, bytes.size());
  EXPECT_EQ(header.addresses,
            (ProxyAddresses{Kind::kIpv4, {"192.0.2.1", 5123}, {"198.51.100.7", 443}}));
}

TEST(ProxyProtocolTest, ChecksTheChecksum) {
  // CRC-32C of the header with four zeroes in its place.
  const std::string body = "\x7f\0\0\1\x7f\0\0\1\0\1\0\2\3\0\4"s;
  const std::string good = version2("\x21\x11", body + "\xe9\x16\x6d\x07"s);
  std::string bad = good;
  bad.back() = static_cast<char>(bad.back() ^ 1);

  EXPECT_EQ(read_proxy_header(bad).error, "wrong checksum");
  EXPECT_EQ(read_proxy_header(good).state, State::kDone) << read_proxy_header(good).error;
}

TEST(ProxyProtocolTest, IgnoresTheAddressesOfALocalConnection) {
  const std::string bytes = version2("\x20\x11", "whatever");
  const ProxyHeader header = read_proxy_header(bytes);

  EXPECT_EQ(header.state, State::kDone);
  EXPECT_EQ(header.size, bytes.size());
  EXPECT_EQ(header.addresses, ProxyAddresses{});
}

TEST(ProxyProtocolTest, ReadsUnixSockets) {
  const std::string from = "/run/a.sock" + std::string(97, '\0');
  const std::string to = "/run/b.sock" + std::string(97, '\0');
  const ProxyHeader header = read_proxy_header(version2("\x21\x31", from + to));

  EXPECT_EQ(header.addresses,
            (ProxyAddresses{Kind::kUnix, {"/run/a.sock", 0}, {"/run/b.sock", 0}}));
}

TEST(ProxyProtocolTest, ReadsWhatItWrites) {
  for (const ProxyAddresses& addresses :
       {ProxyAddresses{Kind::kIpv4, {"192.0.2.1", 5123}, {"198.51.100.7", 443}},
        ProxyAddresses{Kind::kIpv6, {"2001:db8::1", 1}, {"::1", 65535}},
        ProxyAddresses{Kind::kUnix, {"/run/a.sock", 0}, {"/run/b.sock", 0}}, ProxyAddresses{}}) {
    std::string bytes;
    append_proxy_header(addresses, bytes);
    const ProxyHeader header = read_proxy_header(bytes);

    EXPECT_EQ(header.state, State::kDone) << header.error;
    EXPECT_EQ(header.size, bytes.size());
    EXPECT_EQ(header.addresses, addresses);
  }
}

TEST(ProxyProtocolTest, WritesALocalHeaderWhenAnAddressIsNotOne) {
  std::string bytes;
  append_proxy_header({Kind::kIpv4, {"192.0.2.1", 1}, {"::1", 2}}, bytes);

  EXPECT_EQ(bytes, version2(std::string_view("\x20\0", 2), ""));
}

}  // namespace
}  // namespace shaketable::proxy::http
