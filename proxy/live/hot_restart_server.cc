#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "proxy/config/wire.h"
#include "proxy/live/hot_restart.h"
#include "proxy/live/hot_restart_messages.h"
#include "proxy/live/log.h"

namespace shaketable::proxy::live {

using hot_restart::Kind;
using hot_restart::Message;

/// A successor's connection.
///
///     kGreeting --hello--> kGathering --all workers answered--> kWaiting --ready--> (gone)
///
/// It ends from every state when the peer goes away, says something else, or stays silent.
class HotRestartServer::Session final : private Reactor::Events,
                                        public std::enable_shared_from_this<Session> {
 public:
  Session(HotRestartServer& server, int fd)
      : server_(server),
        deadline_(after(server.reactor_.now(), server.patience_)),
        socket_(server.reactor_, fd, *this) {
    socket_.want_read();
  }

  [[nodiscard]] Instant deadline() const { return deadline_; }

 private:
  enum class State : std::uint8_t { kGreeting, kGathering, kWaiting };

  void on_readable() override;
  void on_writable() override {}
  bool on_message(const Message& message);
  bool greet(const Message& message);
  void on_gathered(const OpenSockets& sockets);
  [[nodiscard]] bool send_sockets(const OpenSockets& sockets) const;

  HotRestartServer& server_;
  State state_ = State::kGreeting;
  Instant deadline_;
  Reactor::Descriptor socket_;
};

void HotRestartServer::Session::on_readable() {
  const std::shared_ptr<Session> self = shared_from_this();  // may be ended below
  Message message;
  if (!hot_restart::receive(socket_.fd(), message)) {
    if (errno == EAGAIN) {
      socket_.want_read();
    } else {
      server_.log_.warning("hot_restart_broken", "the successor went away; nothing changes");
      server_.end_session();
    }
    return;
  }
  hot_restart::close_all(message.fds);  // none is expected
  if (on_message(message)) {
    socket_.want_read();
  } else {
    server_.end_session();
  }
}

/// False when the session is over.
bool HotRestartServer::Session::on_message(const Message& message) {
  switch (state_) {
    case State::kGreeting:
      return greet(message);
    case State::kGathering:
      return false;
    case State::kWaiting: {
      if (message.kind != Kind::kReady) {
        return false;
      }
      server_.give_up_path();
      Message bye;
      bye.kind = Kind::kBye;
      (void)hot_restart::send(socket_.fd(), bye);
      server_.hooks_.hand_over();
      return false;
    }
  }
  return false;
}

bool HotRestartServer::Session::greet(const Message& message) {
  ByteReader in(message.body);
  const std::uint64_t version = in.number();
  const std::string program(in.text(256));
  if (message.kind != Kind::kHello || !in.is_complete() || version != kHotRestartVersion) {
    Message refusal;
    refusal.kind = Kind::kRefusal;
    ByteWriter(refusal.body)
        .text("it speaks version " + std::to_string(kHotRestartVersion) + " of hot restarts");
    (void)hot_restart::send(socket_.fd(), refusal);
    server_.log_.warning("hot_restart_refused", "the successor speaks another version");
    return false;
  }
  server_.log_.info("hot_restart", "a successor asks for the sockets", {{"program", program}});
  state_ = State::kGathering;
  server_.hooks_.gather([weak = weak_from_this()](OpenSockets sockets) {
    if (const std::shared_ptr<Session> session = weak.lock()) {
      session->on_gathered(sockets);
    }
  });
  return true;
}

void HotRestartServer::Session::on_gathered(const OpenSockets& sockets) {
  if (!socket_.is_open()) {
    return;
  }
  state_ = State::kWaiting;
  deadline_ = after(server_.reactor_.now(), server_.patience_);
  if (!send_sockets(sockets)) {
    server_.log_.warning("hot_restart_broken", std::system_category().message(errno));
    server_.end_session();
  }
}

bool HotRestartServer::Session::send_sockets(const OpenSockets& sockets) const {
  const auto& all = sockets.sockets();
  for (std::size_t begin = 0; begin < all.size(); begin += hot_restart::kMaxDescriptors) {
    Message message;
    message.kind = Kind::kSockets;
    ByteWriter out(message.body);
    const std::size_t end = std::min(begin + hot_restart::kMaxDescriptors, all.size());
    for (std::size_t i = begin; i < end; ++i) {
      out.text(all[i].address);
      message.fds.push_back(all[i].fd);
    }
    if (!hot_restart::send(socket_.fd(), message)) {
      return false;
    }
  }
  Message last;
  last.kind = Kind::kEnd;
  ByteWriter out(last.body);
  out.number(all.size());
  out.number(server_.epoch_);
  return hot_restart::send(socket_.fd(), last);
}

// ---- the path ----------------------------------------------------------------------------------

Result<std::unique_ptr<HotRestartServer>> HotRestartServer::open(Reactor& reactor,
                                                                 const std::string& path,
                                                                 std::uint32_t epoch, Hooks hooks,
                                                                 Logger& log, Duration patience) {
  SocketAddress address;
  const auto probe = hot_restart::open_socket(path, 0, address);
  if (!probe.has_value()) {
    return tl::unexpected<Error>(probe.error());
  }
  struct stat info {};
  if (::lstat(path.c_str(), &info) == 0 && S_ISSOCK(info.st_mode) &&
      ::connect(*probe, address.get(), address.length) != 0 && errno == ECONNREFUSED) {
    ::unlink(path.c_str());  // left by a process that is dead
  }
  ::close(*probe);
  const auto fd = hot_restart::open_socket(path, SOCK_NONBLOCK, address);
  if (!fd.has_value()) {
    return tl::unexpected<Error>(fd.error());
  }
  if (::bind(*fd, address.get(), address.length) != 0 || ::chmod(path.c_str(), 0600) != 0 ||
      ::listen(*fd, 8) != 0) {
    const int error = errno;
    ::close(*fd);
    return fail("cannot listen for a successor: " + std::system_category().message(error), path);
  }
  return std::unique_ptr<HotRestartServer>(
      new HotRestartServer(reactor, *fd, path, epoch, std::move(hooks), log, patience));
}

HotRestartServer::HotRestartServer(Reactor& reactor, int fd, std::string path, std::uint32_t epoch,
                                   Hooks hooks, Logger& log, Duration patience)
    : reactor_(reactor),
      listening_(reactor, fd, *this),
      path_(std::move(path)),
      epoch_(epoch),
      hooks_(std::move(hooks)),
      log_(log),
      patience_(patience) {
  listening_.want_read();
}

HotRestartServer::~HotRestartServer() { give_up_path(); }

void HotRestartServer::give_up_path() {
  if (!path_.empty()) {
    ::unlink(path_.c_str());
    path_.clear();
    listening_.close();
  }
}

void HotRestartServer::on_readable() {
  const int fd = ::accept4(listening_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (fd >= 0 && hot_restart::is_trusted(fd)) {
    session_ = std::make_shared<Session>(*this, fd);
    return;  // the next one has to wait for the end of this
  }
  if (fd >= 0) {
    log_.warning("hot_restart_refused", "a process of another user asked for the sockets");
    ::close(fd);
  }
  if (fd >= 0 || errno == EAGAIN) {
    listening_.want_read();
  }  // else out of descriptors: check_patience tries again
}

void HotRestartServer::end_session() {
  session_.reset();
  if (listening_.is_open()) {
    listening_.want_read();
  }
}

void HotRestartServer::check_patience() {
  if (session_ != nullptr && session_->deadline() <= reactor_.now()) {
    log_.warning("hot_restart_broken", "the successor is silent; nothing changes");
    end_session();
  } else if (session_ == nullptr && listening_.is_open()) {
    listening_.want_read();
  }
}

}  // namespace shaketable::proxy::live
