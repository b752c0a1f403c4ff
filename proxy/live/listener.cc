#include "proxy/live/listener.h"

#include <cerrno>
#include <system_error>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "proxy/live/worker.h"

namespace shaketable::proxy::live {
namespace {

constexpr int kBacklog = 4096;
/// Connections taken in one go: others have to get their turn.
constexpr int kAcceptsAtOnce = 64;
constexpr int kMaxUnsent = 128 * 1024;
constexpr Duration kPause = std::chrono::milliseconds(100);

tl::unexpected<Error> cannot(const char* what, const AddressText& address) {
  return fail(std::string(what) + ": " + std::system_category().message(errno), address);
}

/// A Unix socket that nobody listens on any more is in the way of its successor.
void remove_stale(const SocketAddress& address) {
  const auto* local = reinterpret_cast<const sockaddr_un*>(&address.storage);
  struct stat info {};
  if (::stat(local->sun_path, &info) != 0 || !S_ISSOCK(info.st_mode)) {
    return;
  }
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe >= 0 && ::connect(probe, address.get(), address.length) != 0 && errno == ECONNREFUSED) {
    ::unlink(local->sun_path);
  }
  ::close(probe);
}

}  // namespace

Result<int> open_listening_socket(const AddressText& address, bool is_first) {
  const auto parsed = parse_address(address);
  if (!parsed.has_value()) {
    return tl::unexpected<Error>(parsed.error());
  }
  const int fd = ::socket(parsed->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) {
    return cannot("cannot open a socket", address);
  }
  const int on = 1;
  if (parsed->is_unix()) {
    remove_stale(*parsed);
  } else {
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (!is_first) {
      ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    }
  }
  if (::bind(fd, parsed->get(), parsed->length) != 0) {
    auto error = cannot("cannot listen there", address);
    ::close(fd);
    return error;
  }
  if (is_first && !parsed->is_unix()) {
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);  // from now on for our own
  }
  if (::listen(fd, kBacklog) != 0) {
    auto error = cannot("cannot listen there", address);
    ::close(fd);
    return error;
  }
  return fd;
}

Listener::Listener(LiveWorker& worker, int fd, std::shared_ptr<const ListenerState> state)
    : worker_(worker), state_(std::move(state)), socket_(worker.reactor(), fd, *this) {
  socket_.want_read();
}

void Listener::resume() {
  resumes_at_ = kNever;
  socket_.want_read();
}

void Listener::on_readable() {
  for (int i = 0; i < kAcceptsAtOnce; ++i) {
    SocketAddress peer;
    peer.length = sizeof peer.storage;
    const int fd = ::accept4(socket_.fd(), reinterpret_cast<sockaddr*>(&peer.storage), &peer.length,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN) {
        break;
      }
      if (errno == EINTR || errno == ECONNABORTED) {
        continue;
      }
      // Out of descriptors or memory: what is there goes on, newcomers wait in the backlog.
      worker_.on_accept_error(*state_, errno);
      resumes_at_ = after(worker_.now(), kPause);
      worker_.accept_again_at(resumes_at_);
      worker_.finish();
      return;
    }
    if (!peer.is_unix()) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      // What a client does not read waits in our own bounded buffers, not in the kernel's.
      const int unsent = kMaxUnsent;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &unsent, sizeof unsent);
    }
    worker_.accept(fd, peer, state_);
  }
  socket_.want_read();
  worker_.finish();
}

}  // namespace shaketable::proxy::live
