#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "proxy/config/wire.h"
#include "proxy/live/hot_restart.h"
#include "proxy/live/hot_restart_messages.h"

namespace shaketable::proxy::live {
namespace {

using hot_restart::Kind;
using hot_restart::Message;

/// Sockets come in messages of up to 64; nobody has more than this many.
constexpr int kMaxMessages = 1024;
constexpr std::size_t kMaxText = 4096;

tl::unexpected<Error> silent_peer() {
  const int error = errno;
  return fail(error == 0 ? "the running proxy broke off"
              : error == EAGAIN
                  ? "the running proxy does not answer"
                  : "the running proxy broke off: " + std::system_category().message(error));
}

}  // namespace

Result<std::unique_ptr<HotRestartClient>> HotRestartClient::connect(const std::string& path,
                                                                    std::string_view program,
                                                                    Duration patience) {
  SocketAddress address;
  const auto fd = hot_restart::open_socket(path, 0, address);
  if (!fd.has_value()) {
    return tl::unexpected<Error>(fd.error());
  }
  std::unique_ptr<HotRestartClient> client(new HotRestartClient(*fd));
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(patience);
  const timeval wait{seconds.count(),
                     static_cast<suseconds_t>((patience - seconds).count() / 1000)};
  ::setsockopt(*fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof wait);
  ::setsockopt(*fd, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof wait);
  if (::connect(*fd, address.get(), address.length) != 0) {
    if (errno == ENOENT || errno == ECONNREFUSED) {
      return nullptr;  // nobody is there
    }
    return fail("cannot ask the running proxy: " + std::system_category().message(errno), path);
  }
  if (!hot_restart::is_trusted(*fd)) {
    return fail("the process that listens there is another user's", path);
  }
  if (!hot_restart::send(*fd, hot_restart::hello(program))) {
    return silent_peer();
  }
  if (auto received = client->receive_sockets(); !received.has_value()) {
    received.error().where = path;
    return tl::unexpected<Error>(received.error());
  }
  return client;
}

HotRestartClient::~HotRestartClient() { ::close(fd_); }

Result<void> HotRestartClient::receive_sockets() {
  Message message;
  std::uint64_t count = 0;
  for (int i = 0; i < kMaxMessages; ++i) {
    if (!hot_restart::receive(fd_, message)) {
      return silent_peer();
    }
    ByteReader in(message.body);
    if (message.kind == Kind::kRefusal) {
      return fail("the running proxy refuses: " + std::string(in.text(kMaxText)));
    }
    if (message.kind == Kind::kEnd) {
      const std::uint64_t promised = in.number();
      epoch_ = static_cast<std::uint32_t>(in.number_up_to(0xffff'fffe)) + 1;
      return in.is_complete() && promised == count
                 ? Result<void>()
                 : fail("the running proxy's sockets did not all arrive");
    }
    for (const int fd : message.fds) {
      const AddressText address(in.text(kMaxText));
      if (in.ok() && adopt_listening_socket(fd)) {
        sockets_.add({address, {}, fd, false});
        ++count;
      } else {
        ::close(fd);
      }
    }
    if (message.kind != Kind::kSockets || !in.is_complete()) {
      break;
    }
  }
  return fail("the running proxy says what this one does not understand");
}

Result<void> HotRestartClient::finish() {
  Message message;
  message.kind = Kind::kReady;
  if (!hot_restart::send(fd_, message) || !hot_restart::receive(fd_, message)) {
    return silent_peer();
  }
  hot_restart::close_all(message.fds);
  return message.kind == Kind::kBye ? Result<void>() : fail("the running proxy does not give way");
}

}  // namespace shaketable::proxy::live
