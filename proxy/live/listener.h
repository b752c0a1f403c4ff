#pragma once

#include <memory>

#include "proxy/live/downstream.h"
#include "proxy/live/reactor.h"

namespace shaketable::proxy::live {

class LiveWorker;

/// Opens, binds and listens; SO_REUSEPORT, so that every worker has a socket of its own. Returns
/// the descriptor. `is_first`: fails when anybody listens there already, also another process that
/// would share the port.
Result<int> open_listening_socket(const AddressText& address, bool is_first);

/// A listening socket of one worker. When descriptors or memory run out it stops accepting for a
/// moment: connections that are there go on.
class Listener final : private Reactor::Events {
 public:
  Listener(LiveWorker& worker, int fd, std::shared_ptr<const ListenerState> state);

  [[nodiscard]] const std::shared_ptr<const ListenerState>& state() const { return state_; }
  void replace(std::shared_ptr<const ListenerState> state) { state_ = std::move(state); }
  [[nodiscard]] int fd() const { return socket_.fd(); }
  /// Tries again after a pause.
  void resume();
  [[nodiscard]] Instant resumes_at() const { return resumes_at_; }

 private:
  void on_readable() override;
  void on_writable() override {}

  LiveWorker& worker_;
  std::shared_ptr<const ListenerState> state_;
  Reactor::Descriptor socket_;
  Instant resumes_at_ = kNever;
};

}  // namespace shaketable::proxy::live
