#include "proxy/live/hot_restart_messages.h"

#include <cerrno>
#include <cstring>
#include <system_error>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "proxy/config/wire.h"
#include "proxy/live/hot_restart.h"

namespace shaketable::proxy::live::hot_restart {
namespace {

constexpr std::size_t kControlSize = CMSG_SPACE(sizeof(int) * kMaxDescriptors);

/// Takes the descriptors out of the control data; false if there are more than there may be.
bool take_descriptors(msghdr& header, std::vector<int>& fds) {
  for (cmsghdr* control = CMSG_FIRSTHDR(&header); control != nullptr;
       control = CMSG_NXTHDR(&header, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) {
      continue;
    }
    const std::size_t count = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    const std::size_t before = fds.size();
    fds.resize(before + count);
    std::memcpy(fds.data() + before, CMSG_DATA(control), count * sizeof(int));
  }
  return (header.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) == 0;
}

}  // namespace

Message hello(std::string_view program) {
  Message message;
  ByteWriter out(message.body);
  out.number(kHotRestartVersion);
  out.text(program);
  return message;
}

bool send(int fd, const Message& message) {
  std::string bytes(1, static_cast<char>(message.kind));
  bytes += message.body;
  iovec data{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[kControlSize] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  if (!message.fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * message.fds.size());
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * message.fds.size());
    std::memcpy(CMSG_DATA(rights), message.fds.data(), sizeof(int) * message.fds.size());
  }
  ssize_t sent = 0;
  do {
    sent = ::sendmsg(fd, &header, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(bytes.size());
}

bool receive(int fd, Message& message) {
  std::string bytes(kMaxMessage, '\0');
  iovec data{bytes.data(), bytes.size()};
  alignas(cmsghdr) char control[kControlSize] = {};
  msghdr header{};
  header.msg_iov = &data;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof control;
  message.fds.clear();
  ssize_t size = 0;
  do {
    size = ::recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
  } while (size < 0 && errno == EINTR);
  if (size <= 0) {
    errno = size == 0 ? 0 : errno;
    return false;
  }
  const bool is_whole = take_descriptors(header, message.fds);
  const auto kind = static_cast<std::uint8_t>(bytes[0]);
  if (!is_whole || kind < static_cast<std::uint8_t>(Kind::kHello) ||
      kind > static_cast<std::uint8_t>(Kind::kRefusal)) {
    close_all(message.fds);
    message.fds.clear();
    errno = EPROTO;
    return false;
  }
  message.kind = static_cast<Kind>(kind);
  message.body.assign(bytes, 1, static_cast<std::size_t>(size) - 1);
  return true;
}

void close_all(const std::vector<int>& fds) {
  for (const int fd : fds) {
    ::close(fd);
  }
}

bool is_trusted(int fd) {
  ucred peer{};
  socklen_t length = sizeof peer;
  return ::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 &&
         (peer.uid == ::geteuid() || peer.uid == 0);
}

Result<int> open_socket(const std::string& path, int flags, SocketAddress& address) {
  const auto parsed = parse_address("unix:" + path);
  if (!parsed.has_value()) {
    return tl::unexpected<Error>(parsed.error());
  }
  address = *parsed;
  const int fd = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
  if (fd < 0) {
    return fail("cannot open a socket: " + std::system_category().message(errno), path);
  }
  return fd;
}

}  // namespace shaketable::proxy::live::hot_restart
