#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/live/address.h"

/// The messages of a hot restart, as both sides send and read them. For hot_restart*.cc and tests.
namespace shaketable::proxy::live::hot_restart {

/// First byte of a message.
enum class Kind : std::uint8_t {
  kHello = 1,    ///< Version, program.
  kSockets = 2,  ///< One address for each descriptor that comes with it.
  kEnd = 3,      ///< How many sockets there were in all, the epoch.
  kReady = 4,
  kBye = 5,
  kRefusal = 6,  ///< Why.
};

/// Descriptors in one message; the kernel allows 253.
inline constexpr std::size_t kMaxDescriptors = 64;
inline constexpr std::size_t kMaxMessage = 64 * 1024;

struct Message {
  Kind kind = Kind::kHello;
  std::string body;      ///< Behind the first byte.
  std::vector<int> fds;  ///< The receiver's; close-on-exec.
};

[[nodiscard]] Message hello(std::string_view program);
/// Sends it whole; errno tells why not. The descriptors stay the sender's.
[[nodiscard]] bool send(int fd, const Message& message);
/// False at the end of the connection (errno 0), on a failure, and for what is no message (EPROTO).
[[nodiscard]] bool receive(int fd, Message& message);
void close_all(const std::vector<int>& fds);

/// Whether the process at the other end is of this process's user, or root's.
[[nodiscard]] bool is_trusted(int fd);

/// A SOCK_SEQPACKET socket and the address of `path`.
[[nodiscard]] Result<int> open_socket(const std::string& path, int flags, SocketAddress& address);

}  // namespace shaketable::proxy::live::hot_restart
