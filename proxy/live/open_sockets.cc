#include "proxy/live/open_sockets.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "proxy/live/address.h"

namespace shaketable::proxy::live {
namespace {

/// "[0:0::1]:80" and "[::1]:80" are one address.
AddressText normal_form(const AddressText& text) {
  const auto address = parse_address(text);
  return address.has_value() ? address_text(*address) : text;
}

bool is_for(const OpenSockets::Socket& socket, const ListenerConfig& listener) {
  if (!socket.name.empty() && socket.name == listener.name) {
    return true;
  }
  return socket.address == listener.address || socket.address == normal_form(listener.address);
}

}  // namespace

OpenSockets::OpenSockets(OpenSockets&& other) noexcept
    : sockets_(std::exchange(other.sockets_, {})) {}

OpenSockets& OpenSockets::operator=(OpenSockets&& other) noexcept {
  if (this != &other) {
    clear();
    sockets_ = std::exchange(other.sockets_, {});
  }
  return *this;
}

void OpenSockets::add(OpenSockets others) {
  for (Socket& socket : others.sockets_) {
    sockets_.push_back(std::move(socket));
  }
  others.sockets_.clear();
}

int OpenSockets::take(const ListenerConfig& listener) {
  auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket& socket) {
    return !socket.name.empty() && socket.name == listener.name;
  });
  if (found == sockets_.end()) {
    found = std::find_if(sockets_.begin(), sockets_.end(),
                         [&](const Socket& socket) { return is_for(socket, listener); });
  }
  if (found == sockets_.end()) {
    return -1;
  }
  if (found->is_shared) {
    return ::fcntl(found->fd, F_DUPFD_CLOEXEC, 0);
  }
  const int fd = found->fd;
  sockets_.erase(found);
  return fd;
}

int OpenSockets::take_surplus(const ListenerConfig& listener) {
  const auto found = std::find_if(sockets_.begin(), sockets_.end(), [&](const Socket& socket) {
    return !socket.is_shared && is_for(socket, listener);
  });
  if (found == sockets_.end()) {
    return -1;
  }
  const int fd = found->fd;
  sockets_.erase(found);
  return fd;
}

void OpenSockets::clear() {
  for (const Socket& socket : sockets_) {
    ::close(socket.fd);
  }
  sockets_.clear();
}

bool adopt_listening_socket(int fd) {
  int type = 0;
  int listens = 0;
  socklen_t length = sizeof type;
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &length) != 0 || type != SOCK_STREAM) {
    return false;
  }
  length = sizeof listens;
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &length) != 0 || listens == 0) {
    return false;
  }
  const int flags = ::fcntl(fd, F_GETFL);
  return flags >= 0 && ::fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
         ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

}  // namespace shaketable::proxy::live
