#include "loadgen/app/statsd.h"

#include <array>
#include <string>
#include <vector>

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

namespace shaketable::loadgen::app {
namespace {

using namespace std::chrono_literals;

/// A UDP port of 127.0.0.1. Datagrams on the loopback are there when send() returns.
class Receiver {
 public:
  Receiver() {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    fd_ = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    socklen_t length = sizeof(address);
    const timeval patience{.tv_sec = 60, .tv_usec = 0};
    EXPECT_EQ(::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)), 0);
    EXPECT_EQ(::bind(fd_, reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~Receiver() { ::close(fd_); }
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  /// Waits for a datagram.
  [[nodiscard]] std::string take() const {
    std::array<char, 65'536> buffer{};
    const auto size = ::recv(fd_, buffer.data(), buffer.size(), 0);
    return size > 0 ? std::string(buffer.data(), static_cast<std::size_t>(size)) : std::string();
  }

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

bool has_line(const std::string& datagram, const std::string& line) {
  return ("\n" + datagram + "\n").find("\n" + line + "\n") != std::string::npos;
}

TEST(StatsdTest, SendsWhatHappenedInALoadAndInItsSteps) {
  const Receiver receiver;
  live::NameService names;
  Statsd statsd;
  ASSERT_TRUE(statsd.open("udp://" + receiver.address(), "ours", names));
  live::LiveProgress progress;
  progress.news.requests = 9;
  progress.news.failed = 2;
  progress.news.runs = 4;
  progress.news.latency.add(1'000'000);
  progress.news.latency.add(64'000'000, 8);
  progress.users = 10;
  WatchedCounts step;
  step.load = "shoppers";
  step.of = "GET /a?b";
  step.requests = 9;
  progress.news.watched = {step};

  statsd.update(progress);
  const std::string datagram = receiver.take();

  for (const char* line : {"ours.requests:9|c", "ours.failed:2|c", "ours.runs:4|c",
                           "ours.users:10|g", "ours.shoppers.GET__a_b.requests:9|c"}) {
    EXPECT_TRUE(has_line(datagram, line)) << line << "\n" << datagram;
  }
  // Eight of one latency are one line that stands for eight.
  EXPECT_NE(datagram.find("|ms|@0.125"), std::string::npos) << datagram;
  EXPECT_NE(datagram.find("ours.latency:1"), std::string::npos) << datagram;
}

TEST(StatsdTest, SendsNothingLongerThanADatagramThatEveryNetworkTakes) {
  const Receiver receiver;
  live::NameService names;
  Statsd statsd;
  ASSERT_TRUE(statsd.open(receiver.address(), "ours", names));
  live::LiveProgress progress;
  progress.news.requests = 1'000;
  std::int64_t latency = 1'000;
  for (int i = 0; i < 200; ++i) {
    progress.news.latency.add(latency);
    latency += latency / 20;
  }

  statsd.update(progress);
  std::size_t datagrams = 0;
  std::string last;
  while (!has_line(last, "ours.connections:0|g")) {
    last = receiver.take();
    EXPECT_LE(last.size(), 1'400U);
    ++datagrams;
    ASSERT_NE(last, "");
  }

  EXPECT_GT(datagrams, 1U);
}

TEST(StatsdTest, IsSilentWithoutAnAddressAndGoesOnWhenNobodyListens) {
  live::NameService names;
  Statsd none;
  ASSERT_TRUE(none.open("", "x", names));
  none.update({});
  std::string nobody;
  {
    const Receiver gone;
    nobody = gone.address();
  }
  Statsd statsd;
  ASSERT_TRUE(statsd.open(nobody, "x", names));
  for (int i = 0; i < 3; ++i) {
    statsd.update({});
  }
}

TEST(StatsdTest, RefusesWhatIsNoAddress) {
  live::NameService names;
  for (const char* address : {"127.0.0.1", "tcp://127.0.0.1:1", ":", "127.0.0.1:port"}) {
    EXPECT_FALSE(Statsd().open(address, "x", names)) << address;
  }
}

TEST(StatsdTest, KeepsLettersAndDigitsOfNames) {
  EXPECT_EQ(statsd_part("GET /a.b:c|d@e-9"), "GET__a_b_c_d_e-9");
}

}  // namespace
}  // namespace shaketable::loadgen::app
