#pragma once

#include <string>
#include <vector>

#include "proxy/live/live_config.h"

namespace shaketable::proxy::live {

/// Listening sockets that somebody else has opened: a predecessor (hot_restart.h) or the service
/// manager (activation.h). Owns the descriptors; those that nobody takes are closed with it.
class OpenSockets {
 public:
  struct Socket {
    AddressText address;  ///< As in the predecessor's configuration, or as bound.
    std::string name;     ///< LISTEN_FDNAMES; may be empty.
    int fd = -1;
    bool is_shared = false;  ///< All workers listen on this one, each on its own duplicate.
  };

  OpenSockets() = default;
  ~OpenSockets() { clear(); }
  OpenSockets(OpenSockets&& other) noexcept;
  OpenSockets& operator=(OpenSockets&& other) noexcept;

  /// Takes the descriptor over.
  void add(Socket socket) { sockets_.push_back(std::move(socket)); }
  void add(OpenSockets others);
  /// A descriptor for a listener, which belongs to the caller; -1 if there is none. By name first,
  /// then by address. A shared one is duplicated and stays.
  [[nodiscard]] int take(const ListenerConfig& listener);
  /// The same, without those that are shared: what is left when every worker has one.
  [[nodiscard]] int take_surplus(const ListenerConfig& listener);

  [[nodiscard]] const std::vector<Socket>& sockets() const { return sockets_; }
  [[nodiscard]] bool empty() const { return sockets_.empty(); }
  void clear();

 private:
  std::vector<Socket> sockets_;
};

/// Whether the descriptor is a listening stream socket; makes it non-blocking and not inherited.
[[nodiscard]] bool adopt_listening_socket(int fd);

}  // namespace shaketable::proxy::live
