#include "proxy/live/worker.h"

#include <algorithm>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "proxy/base/assert.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kReadBuffer = 32 * 1024;
constexpr Duration kLogFlush = std::chrono::milliseconds(100);

/// The worker's own copy: its clusters carry the numbers of its statistics.
std::shared_ptr<CompiledConfig> compile(const Snapshot& snapshot, WorkerStats& stats) {
  ProxyConfig config = snapshot.config.core;
  stats.adopt(config);
  return std::make_shared<CompiledConfig>(std::move(config));
}

}  // namespace

LiveWorker::LiveWorker(std::uint32_t number, std::uint64_t seed,
                       std::shared_ptr<const Snapshot> snapshot, const Shared& shared,
                       std::unique_ptr<JournalWriter> journal)
    : shared_(shared),
      snapshot_(std::move(snapshot)),
      rng_(Rng(seed).stream("live", number)),
      log_formatter_(snapshot_->config.access_log.format),
      tracer_(snapshot_->config.tracing, snapshot_->config.node) {
  compiled_ = compile(*snapshot_, stats_);
  read_buffer_.resize(kReadBuffer);
  reactor_.set_wake([this] { on_wake(); });
  sidecar_ = std::make_unique<RecordedCore>(core_, number, seed, compiled_, reactor_.now(),
                                            std::move(journal), shared_.program);
}

LiveWorker::~LiveWorker() {
  close_all();
  finish();
}

// ---- life -------------------------------------------------------------------------------------

void LiveWorker::listen(const std::vector<int>& sockets) {
  ASSERT(sockets.size() == snapshot_->listeners.size());
  for (std::size_t i = 0; i < sockets.size(); ++i) {
    if (sockets[i] >= 0) {
      listeners_.push_back(std::make_unique<Listener>(*this, sockets[i], snapshot_->listeners[i]));
    }
  }
}

/// Listeners that stay keep their socket (`sockets` has -1 for them), new ones get theirs, and
/// those that are gone close; connections of before end in good order when their listener is gone.
void LiveWorker::apply(std::shared_ptr<const Snapshot> snapshot, const std::vector<int>& sockets) {
  snapshot_ = std::move(snapshot);
  compiled_ = compile(*snapshot_, stats_);
  log_formatter_ = AccessLogFormatter(config().access_log.format);
  tracer_.set_config(config().tracing, config().node);
  sidecar_->on_config(now(), compiled_);
  std::vector<std::unique_ptr<Listener>> kept;
  for (std::size_t i = 0; i < snapshot_->listeners.size(); ++i) {
    const auto& wanted = snapshot_->listeners[i];
    if (sockets[i] >= 0) {
      kept.push_back(std::make_unique<Listener>(*this, sockets[i], wanted));
      continue;
    }
    for (auto& old : listeners_) {  // several, if a predecessor had more workers
      if (old != nullptr && old->state()->config.address == wanted->config.address) {
        old->replace(wanted);
        kept.push_back(std::move(old));
      }
    }
  }
  listeners_ = std::move(kept);
  downstreams_.for_each([&](std::unique_ptr<Downstream>& connection) {
    const bool stays = std::any_of(listeners_.begin(), listeners_.end(), [&](const auto& listener) {
      return listener->state()->config.address == connection->listener().config.address;
    });
    if (!stays) {
      connection->drain();
      connection->finish_drain();
    }
  });
  if (is_draining_) {
    listeners_.clear();
  }
  finish();
}

void LiveWorker::apply_endpoints(std::shared_ptr<const Snapshot> snapshot,
                                 const std::vector<ClusterIndex>& clusters) {
  snapshot_ = std::move(snapshot);
  for (const ClusterIndex cluster : clusters) {
    sidecar_->set_hosts(cluster, config().core.clusters[cluster].hosts);
  }
  finish();
}

OpenSockets LiveWorker::duplicate_sockets() const {
  OpenSockets result;
  for (const auto& listener : listeners_) {
    if (const int fd = ::fcntl(listener->fd(), F_DUPFD_CLOEXEC, 0); fd >= 0) {
      result.add({listener->state()->config.address, {}, fd, false});
    }
  }
  return result;
}

void LiveWorker::begin_drain(bool everything) {
  is_draining_ = true;
  std::erase_if(listeners_, [everything](const auto& listener) {
    return everything || !listener->state()->is_admin;
  });
  downstreams_.for_each([](std::unique_ptr<Downstream>& connection) {
    if (!connection->listener().is_admin) {
      connection->drain();
    }
  });
  finish();
}

void LiveWorker::finish_drain() {
  downstreams_.for_each([](std::unique_ptr<Downstream>& connection) {
    if (!connection->listener().is_admin) {
      connection->finish_drain();
    }
  });
  finish();
}

void LiveWorker::run() { reactor_.run(); }

/// A drain ends with the last connection; those of the admin port do not count.
void LiveWorker::note_drained() {
  bool busy = false;
  downstreams_.for_each([&](std::unique_ptr<Downstream>& connection) {
    busy = busy || !connection->listener().is_admin;
  });
  is_drained_.store(!busy, std::memory_order_relaxed);
}

void LiveWorker::close_all() {
  listeners_.clear();
  downstreams_.for_each(
      [](std::unique_ptr<Downstream>& connection) { connection->lose(LinkEnd::kDrained); });
  for (const auto& upstream : upstreams_) {
    if (upstream != nullptr) {
      upstream->lose(LinkEnd::kDrained);
    }
  }
}

void LiveWorker::accept(int fd, const SocketAddress& peer,
                        std::shared_ptr<const ListenerState> listener) {
  if (downstreams_.size() >= config().limits.max_connections && !listener->is_admin) {
    ++stats_.listeners[stats_.listener_index(listener->config.name)].cx_overflow;
    ::close(fd);
    return;
  }
  const auto [handle, slot] = downstreams_.take();
  *slot = std::make_unique<Downstream>(*this, handle, std::move(listener));
  (*slot)->accept(fd, peer);
}

void LiveWorker::bury(Downstream& connection) {
  std::unique_ptr<Downstream>* const slot = downstreams_.find(connection.handle());
  ASSERT(slot != nullptr && slot->get() == &connection);
  std::erase(put_off_, &connection);
  graveyard_.push_back(std::move(*slot));
  downstreams_.give_back(connection.handle());
}

void LiveWorker::bury(Upstream& connection) {
  std::unique_ptr<Upstream>& slot = upstreams_[static_cast<std::uint32_t>(connection.id())];
  ASSERT(slot.get() == &connection);
  std::erase(put_off_, &connection);
  graveyard_.push_back(std::move(slot));
}

// ---- the loop ---------------------------------------------------------------------------------

void LiveWorker::finish() {
  if (std::exchange(finishing_, true)) {
    return;
  }
  do {
    carry_out_actions();
    // Settling one may make others dirty; the list grows while it is read.
    for (std::size_t i = 0; i < dirty_.size(); ++i) {
      if (dirty_[i]->may_wait() && !is_flushing_) {
        put_off(*dirty_[i]);
        continue;
      }
      dirty_[i]->settle();
      carry_out_actions();
    }
    dirty_.clear();
  } while (!core_.actions().empty());
  graveyard_.clear();
  if (!core_.telemetry().empty()) {
    read_telemetry();
  }
  if (tracer_.is_on()) {
    export_spans();
  }
  if (is_draining_) {
    note_drained();
  }
  if (!log_lines_.empty() && log_flush_at_ == kNever) {
    log_flush_at_ = after(now(), kLogFlush);
  }
  reactor_.wake_at(std::min({core_.next_deadline(), timers_.next(), log_flush_at_, export_at_,
                             accepts_at_, sidecar_->flush_at()}));
  finishing_ = false;
}

Duration LiveWorker::head_patience() const {
  constexpr int kHurry = 5;
  const Duration patience = config().timeouts.head;
  return slow_heads_ > config().limits.slow_heads ? patience / kHurry : patience;
}

/// What became ready together with this event has more to say on the same connection: one write
/// for all of it, after them.
void LiveWorker::put_off(Link& link) {
  if (put_off_.empty()) {
    reactor_.post([this] {
      dirty_.insert(dirty_.end(), put_off_.begin(), put_off_.end());
      put_off_.clear();
      is_flushing_ = true;
      finish();
      is_flushing_ = false;
    });
  }
  put_off_.push_back(&link);
}

void LiveWorker::on_wake() {
  sidecar_->on_deadline(now());
  while (const auto payload = timers_.pop_due(now())) {
    Link* const link = reinterpret_cast<Link*>(*payload & ~kStallBit);
    if ((*payload & kStallBit) != 0) {
      link->on_stall_check();
    } else {
      link->on_timeout();
    }
  }
  if (accepts_at_ <= now()) {
    accepts_at_ = kNever;
    for (const auto& listener : listeners_) {
      if (listener->resumes_at() <= now()) {
        listener->resume();
      } else {
        accept_again_at(listener->resumes_at());
      }
    }
  }
  if (log_flush_at_ <= now()) {
    flush_log();
    log_flush_at_ = kNever;
  }
  sidecar_->flush_if_due(now());
  finish();
}

void LiveWorker::carry_out_actions() {
  // What is carried out may give the core new inputs; their actions are appended behind.
  if (std::exchange(carrying_out_, true)) {
    return;
  }
  for (std::size_t i = 0; i < core_.actions().size(); ++i) {
    const Action action = core_.actions()[i];
    carry_out(action);
  }
  core_.actions().clear();
  carrying_out_ = false;
}

void LiveWorker::carry_out(const Action& action) {
  switch (action.kind) {
    case ActionKind::kOpenConnection:
      open_connection(action);
      break;
    case ActionKind::kCloseConnection:
      close_connection(action);
      break;
    case ActionKind::kSendRequest:
      send_request(action);
      break;
    case ActionKind::kCancelAttempt:
      cancel_attempt(action);
      break;
    case ActionKind::kForwardResponse:
      forward_response(action);
      break;
    case ActionKind::kLocalReply:
      local_reply(action);
      break;
    case ActionKind::kResetDownstream:
      reset_downstream(action);
      break;
  }
}

// ---- upstream connections ---------------------------------------------------------------------

void LiveWorker::open_connection(const Action& action) {
  const auto slot = static_cast<std::uint32_t>(action.connection);
  if (slot >= upstreams_.size()) {
    upstreams_.resize(slot + 1);
  }
  // A connection is opened while its forerunner in the slot may still be waiting for its burial.
  ASSERT(upstreams_[slot] == nullptr);
  const ClusterIndex cluster = core_.connections[slot].cluster->index();
  upstreams_[slot] =
      std::make_unique<Upstream>(*this, action.connection, cluster, compiled_->cluster(cluster).tag,
                                 action.host, snapshot_->clusters[cluster]);
  count_connect(*upstreams_[slot], action.host);
  upstreams_[slot]->connect(snapshot_->hosts[action.host]);
}

void LiveWorker::close_connection(const Action& action) {
  if (Upstream* const up = find_upstream(action.connection)) {
    up->close_by_core();
  }
}

/// Null once it has been closed.
Upstream* LiveWorker::find_upstream(ConnectionId id) const {
  const auto slot = static_cast<std::uint32_t>(id);
  return slot < upstreams_.size() && upstreams_[slot] != nullptr && upstreams_[slot]->id() == id
             ? upstreams_[slot].get()
             : nullptr;
}

}  // namespace shaketable::proxy::live
