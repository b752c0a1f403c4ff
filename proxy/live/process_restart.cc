#include <utility>

#include "proxy/live/process.h"

// Taking over from a predecessor, and giving way to a successor.
namespace shaketable::proxy::live {

/// Takes the listening sockets of the process that runs; if there is none, waits for a successor
/// from now on, so that whoever sees a listener open finds the path, too.
Result<void> Process::ask_predecessor(OpenSockets& inherited) {
  if (options_.hot_restart.empty()) {
    return {};
  }
  auto predecessor = HotRestartClient::connect(options_.hot_restart, options_.version);
  if (!predecessor.has_value()) {
    return tl::unexpected<Error>(predecessor.error());
  }
  predecessor_ = std::move(*predecessor);
  if (predecessor_ != nullptr) {
    restart_epoch_ = predecessor_->epoch();
    inherited.add(predecessor_->take_sockets());
    return {};
  }
  return await_successor();
}

/// A predecessor with more workers had more sockets. Connections wait in each: somebody must accept
/// them. Those of listeners that are gone are closed.
void Process::share_surplus(OpenSockets& inherited) {
  std::size_t turn = 0;
  const auto& listeners = snapshot_->listeners;
  for (std::size_t i = 0; i < listeners.size(); ++i) {
    for (int fd = -1; (fd = inherited.take_surplus(listeners[i]->config)) >= 0;) {
      std::vector<int> row(listeners.size(), -1);
      row[i] = fd;
      threads_[turn++ % threads_.size()].worker->listen(row);
    }
  }
  for (const OpenSockets::Socket& socket : inherited.sockets()) {
    if (!socket.is_shared) {
      log_.info("listener_gone", "the predecessor listened there, this configuration does not",
                {{"address", socket.address}});
    }
  }
}

/// False when the predecessor has not given way: it goes on, this process must not.
bool Process::finish_take_over() {
  if (predecessor_ == nullptr) {
    return true;
  }
  const auto done = std::exchange(predecessor_, nullptr)->finish();
  if (!done.has_value()) {
    log_.error("hot_restart_failed", done.error().message);
    return false;
  }
  log_.info("hot_restart", "took over from the predecessor, which drains");
  if (const auto waiting = await_successor(); !waiting.has_value()) {
    // Without a place to wait at there is no further hot restart, but a proxy.
    log_.error("hot_restart_failed", waiting.error().message, {{"path", waiting.error().where}});
  }
  return true;
}

Result<void> Process::await_successor() {
  HotRestartServer::Hooks hooks;
  hooks.gather = [this](std::function<void(OpenSockets)> done) {
    gather<OpenSockets>([](LiveWorker& worker) { return worker.duplicate_sockets(); },
                        [](OpenSockets& all, OpenSockets part) { all.add(std::move(part)); },
                        std::move(done));
  };
  hooks.hand_over = [this] {
    is_handed_over_ = true;
    begin_drain();
  };
  auto server =
      HotRestartServer::open(main_, options_.hot_restart, restart_epoch_, std::move(hooks), log_);
  if (!server.has_value()) {
    return tl::unexpected<Error>(server.error());
  }
  hot_restart_ = std::move(*server);
  return {};
}

}  // namespace shaketable::proxy::live
