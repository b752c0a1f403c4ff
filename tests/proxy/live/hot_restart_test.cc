#include "proxy/live/hot_restart.h"

#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/live/address.h"
#include "proxy/live/hot_restart_messages.h"
#include "proxy/live/listener.h"
#include "proxy/live/log.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::live {
namespace {

ListenerConfig listener_of(AddressText address) {
  ListenerConfig listener;
  listener.address = std::move(address);
  return listener;
}

AddressText bound_address(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  (void)::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length);
  return address_text(address);
}

/// A process that runs: the server on a thread with its own loop.
class HotRestartTest : public testing::Test {
 protected:
  void start_server(int listeners = 2) {
    for (int i = 0; i < listeners; ++i) {
      const auto fd = open_listening_socket("127.0.0.1:0", false);
      ASSERT_TRUE(fd.has_value());
      listening_.push_back(*fd);
    }
    auto server = HotRestartServer::open(
        reactor_, path_, 4,
        {[this](std::function<void(OpenSockets)> done) { gather(std::move(done)); },
         [this] { ++handed_over_; }},
        log_, patience_);
    ASSERT_TRUE(server.has_value()) << server.error().message;
    server_ = std::move(*server);
    loop_ = std::thread([this] { reactor_.run(); });
  }
  void stop_server() {
    if (loop_.joinable()) {
      reactor_.stop();
      loop_.join();
    }
    server_.reset();
  }
  /// Not in the destructor: the server's thread calls `gather` of the whole object.
  void TearDown() override {
    stop_server();
    hot_restart::close_all(listening_);
  }
  virtual void gather(std::function<void(OpenSockets)> done) {
    OpenSockets sockets;
    for (const int fd : listening_) {
      sockets.add({bound_address(fd), {}, ::fcntl(fd, F_DUPFD_CLOEXEC, 0), false});
    }
    done(std::move(sockets));
  }
  /// A peer that does not follow the rules.
  int connect_plainly() {
    SocketAddress address;
    const auto fd = hot_restart::open_socket(path_, 0, address);
    EXPECT_EQ(::connect(*fd, address.get(), address.length), 0);
    return *fd;
  }

  TemporaryFolder folder_;
  std::string path_ = folder_ / "restart";
  Logger log_{{.level = LogLevel::kOff}};
  Reactor reactor_;
  std::vector<int> listening_;
  int handed_over_ = 0;
  Duration patience_ = kHotRestartPatience;
  std::unique_ptr<HotRestartServer> server_;
  std::thread loop_;
};

TEST_F(HotRestartTest, PassesEverySocketAndGivesWay) {
  start_server(3);

  auto client = HotRestartClient::connect(path_, "test 2");

  ASSERT_TRUE(client.has_value()) << client.error().message;
  ASSERT_NE(*client, nullptr);
  EXPECT_EQ((*client)->epoch(), 5U);
  OpenSockets sockets = (*client)->take_sockets();
  ASSERT_EQ(sockets.sockets().size(), 3U);
  const AddressText wanted = bound_address(listening_[1]);
  const int fd = sockets.take(listener_of(wanted));
  EXPECT_EQ(bound_address(fd), wanted);
  ::close(fd);
  EXPECT_EQ(sockets.take(listener_of(wanted)), -1) << "taken";

  const auto finished = (*client)->finish();
  stop_server();
  EXPECT_TRUE(finished.has_value()) << finished.error().message;
  EXPECT_EQ(handed_over_, 1);
  EXPECT_NE(::access(path_.c_str(), F_OK), 0) << "the path is the successor's now";
}

TEST_F(HotRestartTest, AConnectionThatWaitsIsAcceptedByTheSuccessor) {
  start_server(1);
  const auto address = parse_address(bound_address(listening_[0]));
  const int caller = ::socket(AF_INET, SOCK_STREAM, 0);
  ASSERT_EQ(::connect(caller, address->get(), address->length), 0);

  auto client = HotRestartClient::connect(path_, "test");
  OpenSockets sockets = (*client)->take_sockets();
  ASSERT_TRUE((*client)->finish().has_value());
  stop_server();
  hot_restart::close_all(std::exchange(listening_, {}));  // the old process is gone

  const int fd = ::accept(sockets.sockets()[0].fd, nullptr, nullptr);
  EXPECT_GE(fd, 0);
  ::close(fd);
  ::close(caller);
}

TEST_F(HotRestartTest, ManySocketsTakeSeveralMessages) {
  start_server(static_cast<int>(hot_restart::kMaxDescriptors) * 2 + 5);

  auto client = HotRestartClient::connect(path_, "test");

  ASSERT_TRUE(client.has_value()) << client.error().message;
  EXPECT_EQ((*client)->take_sockets().sockets().size(), listening_.size());
}

TEST_F(HotRestartTest, NobodyAtThePathIsNoPredecessor) {
  EXPECT_EQ(*HotRestartClient::connect(path_, "test"), nullptr);

  start_server();
  stop_server();
  EXPECT_EQ(*HotRestartClient::connect(path_, "test"), nullptr);
}

TEST_F(HotRestartTest, ASocketThatADeadProcessLeftIsReplaced) {
  SocketAddress address;
  const auto dead = hot_restart::open_socket(path_, 0, address);
  ASSERT_EQ(::bind(*dead, address.get(), address.length), 0);
  ::close(*dead);
  EXPECT_EQ(*HotRestartClient::connect(path_, "test"), nullptr);

  start_server();

  EXPECT_NE(*HotRestartClient::connect(path_, "test"), nullptr);
}

TEST_F(HotRestartTest, DoesNotTakeAPathThatIsInUse) {
  start_server();

  const auto second = HotRestartServer::open(reactor_, path_, 0, {}, log_);

  ASSERT_FALSE(second.has_value());
  EXPECT_EQ(second.error().where, path_);
}

TEST_F(HotRestartTest, ASuccessorThatDiesChangesNothing) {
  start_server();
  { auto client = HotRestartClient::connect(path_, "test"); }  // took the sockets, never got ready

  auto again = HotRestartClient::connect(path_, "test");

  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(handed_over_, 0);
  EXPECT_TRUE((*again)->finish().has_value());
}

TEST_F(HotRestartTest, RefusesOtherVersionsAndSaysSo) {
  start_server();
  const int fd = connect_plainly();
  hot_restart::Message message;
  message.body = "\x63\x01x";  // version 99

  ASSERT_TRUE(hot_restart::send(fd, message));
  ASSERT_TRUE(hot_restart::receive(fd, message));

  EXPECT_EQ(message.kind, hot_restart::Kind::kRefusal);
  EXPECT_NE(message.body.find("it speaks version 1"), std::string::npos);
  EXPECT_FALSE(hot_restart::receive(fd, message)) << "and hangs up";
  ::close(fd);
}

TEST_F(HotRestartTest, NonsenseIsHungUpOn) {
  start_server();
  for (const std::string& bytes : {std::string("\0", 1), std::string("\x09"), std::string("\x04"),
                                   std::string("\x01\xff\xff\xff"), std::string("\x01")}) {
    const int fd = connect_plainly();
    ASSERT_EQ(::send(fd, bytes.data(), bytes.size(), 0), static_cast<ssize_t>(bytes.size()));
    hot_restart::Message message;
    while (hot_restart::receive(fd, message)) {
      EXPECT_EQ(message.kind, hot_restart::Kind::kRefusal);
    }
    ::close(fd);
  }
  EXPECT_EQ(handed_over_, 0);
  EXPECT_NE(*HotRestartClient::connect(path_, "test"), nullptr) << "still there for a proper one";
}

TEST_F(HotRestartTest, DescriptorsThatNobodyAskedForAreClosed) {
  start_server();
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
  const int fd = connect_plainly();
  hot_restart::Message message = hot_restart::hello("test");
  message.fds = {ends[0]};
  ASSERT_TRUE(hot_restart::send(fd, message));
  ::close(ends[0]);

  char byte = 0;
  EXPECT_EQ(::read(ends[1], &byte, 1), 0) << "its last copy is gone";
  ::close(ends[1]);
  ::close(fd);
}

TEST_F(HotRestartTest, ASuccessorThatIsSilentIsHungUpOn) {
  patience_ = 1ms;
  start_server();
  const int fd = connect_plainly();
  hot_restart::Message message;
  std::function<void()> check = [&] {
    server_->check_patience();
    reactor_.post(check);
  };
  reactor_.post(check);

  EXPECT_FALSE(hot_restart::receive(fd, message));
  EXPECT_EQ(errno, 0);
  stop_server();
  EXPECT_EQ(handed_over_, 0);
  ::close(fd);
}

TEST_F(HotRestartTest, APredecessorThatIsSilentIsNotWaitedForForever) {
  SocketAddress address;
  const int fd = *hot_restart::open_socket(path_, 0, address);
  ASSERT_EQ(::bind(fd, address.get(), address.length), 0);
  ASSERT_EQ(::listen(fd, 1), 0);

  const auto client = HotRestartClient::connect(path_, "test", 20ms);

  ASSERT_FALSE(client.has_value());
  EXPECT_EQ(client.error().message, "the running proxy does not answer");
  ::close(fd);
}

TEST(HotRestartMessagesTest, ProcessesOfTheSameUserAreTrusted) {
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), 0);

  EXPECT_TRUE(hot_restart::is_trusted(ends[0]));
  EXPECT_FALSE(hot_restart::is_trusted(-1));

  hot_restart::close_all({ends[0], ends[1]});
}

/// A predecessor that says what it is told and hangs up.
class BadPredecessor {
 public:
  BadPredecessor(const std::string& path, std::vector<hot_restart::Message> says) {
    SocketAddress address;
    fd_ = *hot_restart::open_socket(path, 0, address);
    EXPECT_EQ(::bind(fd_, address.get(), address.length), 0);
    EXPECT_EQ(::listen(fd_, 1), 0);
    thread_ = std::thread([this, says = std::move(says)] {
      const int peer = ::accept(fd_, nullptr, nullptr);
      hot_restart::Message hello;
      (void)hot_restart::receive(peer, hello);
      for (const hot_restart::Message& message : says) {
        (void)hot_restart::send(peer, message);
      }
      ::close(peer);
    });
  }
  ~BadPredecessor() {
    thread_.join();
    ::close(fd_);
  }
  BadPredecessor(const BadPredecessor&) = delete;
  BadPredecessor& operator=(const BadPredecessor&) = delete;

 private:
  int fd_ = -1;
  std::thread thread_;
};

std::string refusal_of(std::vector<hot_restart::Message> says) {
  const TemporaryFolder folder;
  const BadPredecessor predecessor(folder / "p", std::move(says));
  const auto client = HotRestartClient::connect(folder / "p", "test");
  EXPECT_FALSE(client.has_value());
  return client.has_value() ? "" : client.error().message;
}

hot_restart::Message message_of(hot_restart::Kind kind, std::string body = {},
                                std::vector<int> fds = {}) {
  hot_restart::Message message;
  message.kind = kind;
  message.body = std::move(body);
  message.fds = std::move(fds);
  return message;
}

TEST(HotRestartClientTest, SaysWhatIsWrongWithItsPredecessor) {
  using hot_restart::Kind;

  EXPECT_EQ(refusal_of({}), "the running proxy broke off");
  EXPECT_EQ(refusal_of({message_of(Kind::kRefusal, "\x02no")}), "the running proxy refuses: no");
  EXPECT_EQ(refusal_of({message_of(Kind::kEnd, std::string("\x03\0", 2))}),
            "the running proxy's sockets did not all arrive");
  EXPECT_EQ(refusal_of({message_of(Kind::kBye)}),
            "the running proxy says what this one does not understand");
  EXPECT_EQ(refusal_of({message_of(Kind::kSockets, "\x01x\x01y", {0})}),
            "the running proxy says what this one does not understand");
}

TEST(HotRestartClientTest, DoesNotServeWhenThePredecessorDoesNotGiveWay) {
  const TemporaryFolder folder;
  const BadPredecessor predecessor(folder / "p",
                                   {message_of(hot_restart::Kind::kEnd, std::string("\0\x07", 2))});
  auto client = HotRestartClient::connect(folder / "p", "test");
  ASSERT_TRUE(client.has_value()) << client.error().message;
  EXPECT_EQ((*client)->epoch(), 8U);

  EXPECT_FALSE((*client)->finish().has_value());
}

}  // namespace
}  // namespace shaketable::proxy::live
