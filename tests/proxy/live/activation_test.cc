#include "proxy/live/activation.h"

#include <cstdlib>
#include <string>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/live/address.h"
#include "proxy/live/listener.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

/// Far from what the test program has open.
constexpr int kFirst = 700;

ListenerConfig listener_of(std::string name, AddressText address) {
  ListenerConfig listener;
  listener.name = std::move(name);
  listener.address = std::move(address);
  return listener;
}

AddressText bound_address(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  return address_text(address);
}

class ActivationTest : public testing::Test {
 protected:
  ~ActivationTest() override {
    for (int i = 0; i < count_; ++i) {
      ::close(kFirst + i);
    }
  }
  /// Passes a descriptor on, as systemd would: blocking, and inherited.
  void pass(int fd) {
    ASSERT_GE(::dup2(fd, kFirst + count_), 0);
    (void)::fcntl(kFirst + count_, F_SETFL, 0);
    ::close(fd);
    ++count_;
  }
  AddressText pass_listening_socket(const AddressText& address = "127.0.0.1:0") {
    const auto fd = open_listening_socket(address, false);
    EXPECT_TRUE(fd.has_value());
    AddressText bound = bound_address(*fd);
    pass(*fd);
    return bound;
  }
  OpenSockets activate(const char* names = nullptr, int pid = ::getpid()) {
    (void)::setenv("LISTEN_PID", std::to_string(pid).c_str(), 1);
    (void)::setenv("LISTEN_FDS", std::to_string(count_).c_str(), 1);
    if (names != nullptr) {
      (void)::setenv("LISTEN_FDNAMES", names, 1);
    }
    OpenSockets result = activated_sockets(kFirst);
    if (pid == ::getpid()) {
      count_ = 0;  // they belong to the result
    }
    return result;
  }

  int count_ = 0;
};

TEST_F(ActivationTest, GivesEveryWorkerADuplicateOfTheSocketThatIsBoundThere) {
  const AddressText first = pass_listening_socket();
  const AddressText second = pass_listening_socket();
  OpenSockets sockets = activate();

  const int one = sockets.take(listener_of("in", second));
  const int two = sockets.take(listener_of("in", second));

  EXPECT_EQ(bound_address(one), second);
  EXPECT_EQ(bound_address(two), second);
  EXPECT_NE(one, two);
  EXPECT_NE(::fcntl(one, F_GETFL) & O_NONBLOCK, 0);
  EXPECT_NE(::fcntl(one, F_GETFD) & FD_CLOEXEC, 0);
  EXPECT_EQ(sockets.take(listener_of("other", "127.0.0.1:1")), -1);
  EXPECT_EQ(sockets.take_surplus(listener_of("in", first)), -1) << "shared ones are never too many";
  ::close(one);
  ::close(two);
}

TEST_F(ActivationTest, ANameCountsMoreThanAnAddress) {
  const AddressText first = pass_listening_socket();
  const AddressText second = pass_listening_socket();
  OpenSockets sockets = activate("web:admin");

  const int fd = sockets.take(listener_of("admin", first));

  EXPECT_EQ(bound_address(fd), second);
  ::close(fd);
}

TEST_F(ActivationTest, FindsUnixSocketsByTheirPath) {
  const TemporaryFolder folder;
  const AddressText address = pass_listening_socket("unix:" + (folder / "s"));
  OpenSockets sockets = activate();

  const int fd = sockets.take(listener_of("x", "unix:" + (folder / "s")));

  EXPECT_GE(fd, 0);
  ::close(fd);
}

TEST_F(ActivationTest, WritesOfOneAddressInSeveralFormsAreOne) {
  const AddressText bound = pass_listening_socket("[::1]:0");
  OpenSockets sockets = activate();

  const int fd = sockets.take(listener_of("x", "[0:0:0:0:0:0:0:1]" + bound.substr(5)));

  EXPECT_GE(fd, 0) << bound;
  ::close(fd);
}

TEST_F(ActivationTest, LeavesOutWhatDoesNotListen) {
  pass(::socket(AF_INET, SOCK_DGRAM, 0));
  pass(::socket(AF_INET, SOCK_STREAM, 0));
  pass(::open("/dev/null", O_RDONLY));
  const AddressText bound = pass_listening_socket();

  const OpenSockets sockets = activate("a:b:c:d");

  ASSERT_EQ(sockets.sockets().size(), 1U);
  EXPECT_EQ(sockets.sockets()[0].name, "d");
  EXPECT_EQ(sockets.sockets()[0].address, bound);
  EXPECT_EQ(::fcntl(kFirst, F_GETFD), -1) << "closed";
}

TEST_F(ActivationTest, SocketsForAnotherProcessAreNotOurs) {
  (void)pass_listening_socket();

  EXPECT_TRUE(activate(nullptr, ::getpid() + 1).empty());
  EXPECT_GE(::fcntl(kFirst, F_GETFD), 0) << "still open";
}

TEST_F(ActivationTest, LeavesNothingInTheEnvironment) {
  (void)pass_listening_socket();

  (void)activate("web");

  EXPECT_EQ(std::getenv("LISTEN_PID"), nullptr);
  EXPECT_EQ(std::getenv("LISTEN_FDS"), nullptr);
  EXPECT_EQ(std::getenv("LISTEN_FDNAMES"), nullptr);
}

TEST_F(ActivationTest, NonsenseInTheEnvironmentIsNothing) {
  for (const char* count : {"", "x", "-1", "99999999999", "4097", "1x"}) {
    (void)::setenv("LISTEN_PID", std::to_string(::getpid()).c_str(), 1);
    (void)::setenv("LISTEN_FDS", count, 1);
    EXPECT_TRUE(activated_sockets(kFirst).empty()) << count;
  }
}

}  // namespace
}  // namespace shaketable::proxy::live
