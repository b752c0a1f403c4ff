#include "proxy/live/activation.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include <sys/socket.h>
#include <unistd.h>

#include "proxy/live/address.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::uint32_t kMaxSockets = 4096;

std::uint32_t number_in(const char* name) {
  const char* const text = std::getenv(name);
  std::uint32_t value = 0;
  if (text != nullptr) {
    const char* const end = text + std::strlen(text);
    const auto [stop, error] = std::from_chars(text, end, value);
    value = error == std::errc{} && stop == end ? value : 0;
  }
  return value;
}

AddressText bound_address(int fd) {
  SocketAddress address;
  address.length = sizeof address.storage;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address.storage), &address.length) != 0) {
    return {};
  }
  return address_text(address);
}

/// Takes the next name off "a:b:c".
std::string next_name(std::string_view& names) {
  const std::size_t size = std::min(names.find(':'), names.size());
  std::string name(names.substr(0, size));
  names.remove_prefix(std::min(names.size(), size + 1));
  return name;
}

}  // namespace

OpenSockets activated_sockets(int first) {
  OpenSockets result;
  const bool is_ours = number_in("LISTEN_PID") == static_cast<std::uint32_t>(::getpid());
  const std::uint32_t count = number_in("LISTEN_FDS");
  const char* const text = std::getenv("LISTEN_FDNAMES");
  std::string_view names = text == nullptr ? "" : text;
  if (is_ours && count <= kMaxSockets) {
    for (int fd = first; fd < first + static_cast<int>(count); ++fd) {
      const std::string name = next_name(names);
      if (adopt_listening_socket(fd)) {
        result.add({bound_address(fd), name, fd, true});
      } else {
        ::close(fd);
      }
    }
  }
  ::unsetenv("LISTEN_PID");
  ::unsetenv("LISTEN_FDS");
  ::unsetenv("LISTEN_FDNAMES");
  return result;
}

}  // namespace shaketable::proxy::live
