#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "proxy/core/sidecar.h"
#include "proxy/core/worker.h"
#include "proxy/live/journal.h"

namespace shaketable::proxy::live {

/// The core of one worker, with exactly the inputs that a driver gives it. With a journal, each is
/// written down with the actions that it appended; without, that costs one branch.
///
/// Whoever drives a core past this class makes journals that cannot be replayed. Reading it
/// (`actions()`, `telemetry()`, `cluster()`) is free.
class RecordedCore {
 public:
  /// The core of `worker`, as Sidecar number 0; its random numbers come from `seed` and `number`.
  /// `journal` may be null. `program` is written into the journal's header.
  RecordedCore(Worker& worker, std::uint32_t number, std::uint64_t seed,
               std::shared_ptr<CompiledConfig> config, Instant start,
               std::unique_ptr<JournalWriter> journal = nullptr, const std::string& program = {});

  StreamId on_request(Instant now, Direction direction, const RequestHead& head,
                      std::uint64_t token) {
    const std::size_t before = worker_.actions().size();
    const StreamId stream = sidecar_.on_request(now, direction, head, token);
    if (journal_ != nullptr) [[unlikely]] {
      record_request(now, direction, head, token, stream, before);
    }
    return stream;
  }
  void on_downstream_reset(Instant now, StreamId stream) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_downstream_reset(now, stream);
    note(InputKind::kDownstreamReset, now, stream, before);
  }
  void on_not_replayable(StreamId stream) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_not_replayable(stream);
    note(InputKind::kNotReplayable, last_, stream, before);
  }
  void on_connected(Instant now, ConnectionId connection) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_connected(now, connection);
    note(InputKind::kConnected, now, connection, before);
  }
  void on_connect_failed(Instant now, ConnectionId connection) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_connect_failed(now, connection);
    note(InputKind::kConnectFailed, now, connection, before);
  }
  void on_connection_closed(Instant now, ConnectionId connection) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_connection_closed(now, connection);
    note(InputKind::kConnectionClosed, now, connection, before);
  }
  void on_connection_draining(Instant now, ConnectionId connection) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_connection_draining(now, connection);
    note(InputKind::kConnectionDraining, now, connection, before);
  }
  void on_tunnel(Instant now, StreamId stream) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_tunnel(now, stream);
    note(InputKind::kTunnel, now, stream, before);
  }
  void on_response(Instant now, AttemptId attempt, const ResponseHead& response) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_response(now, attempt, response);
    if (journal_ != nullptr) [[unlikely]] {
      record_response(now, attempt, response, before);
    }
  }
  void on_response_activity(Instant now, AttemptId attempt) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_response_activity(now, attempt);
    note(InputKind::kResponseActivity, now, attempt, before);
  }
  void on_response_end(Instant now, AttemptId attempt) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_response_end(now, attempt);
    note(InputKind::kResponseEnd, now, attempt, before);
  }
  void on_upstream_reset(Instant now, AttemptId attempt, ResetReason reason) {
    const std::size_t before = worker_.actions().size();
    sidecar_.on_upstream_reset(now, attempt, reason);
    note(InputKind::kUpstreamReset, now, attempt, before, static_cast<std::uint64_t>(reason));
  }
  void on_config(Instant now, std::shared_ptr<CompiledConfig> config);
  /// CompiledConfig::set_hosts of the configuration that is current.
  void set_hosts(ClusterIndex cluster, std::shared_ptr<const HostSet> hosts);

  /// Worker::on_deadline. A wake-up that is too early changes nothing and is not written down.
  void on_deadline(Instant now) {
    if (now < worker_.next_deadline()) {
      return;
    }
    const std::size_t before = worker_.actions().size();
    worker_.on_deadline(now);
    note(InputKind::kDeadline, now, kNoHandle, before);
  }
  /// Worker::set_attempt_token.
  void set_attempt_token(AttemptId attempt, std::uint64_t token) {
    const std::size_t before = worker_.actions().size();
    worker_.set_attempt_token(attempt, token);
    note(InputKind::kAttemptToken, last_, attempt, before, token);
  }

  [[nodiscard]] const Sidecar& sidecar() const { return sidecar_; }
  [[nodiscard]] const CompiledConfig& config() const { return sidecar_.config(); }
  [[nodiscard]] const UpstreamCluster* cluster(ClusterIndex index) const {
    return sidecar_.cluster(index);
  }

  /// When `flush_if_due` wants to be called; kNever without a journal.
  [[nodiscard]] Instant flush_at() const {
    return journal_ == nullptr ? kNever : journal_->flush_at();
  }
  void flush_if_due(Instant now) {
    if (journal_ != nullptr && journal_->flush_at() <= now) {
      journal_->flush();
    }
  }

 private:
  void note(InputKind kind, Instant now, std::uint64_t handle, std::size_t before,
            std::uint64_t value = 0) {
    if (journal_ != nullptr) [[unlikely]] {
      record(kind, now, handle, before, value);
    }
  }
  void record(InputKind kind, Instant now, std::uint64_t handle, std::size_t before,
              std::uint64_t value);
  void record_request(Instant now, Direction direction, const RequestHead& head,
                      std::uint64_t token, StreamId stream, std::size_t before);
  void record_response(Instant now, AttemptId attempt, const ResponseHead& response,
                       std::size_t before);
  std::string* begin(InputKind kind, Instant now);
  void end(std::string& body, std::size_t before);
  void follow_config(const ProxyConfig& config);
  [[nodiscard]] bool is_left_out(std::string_view name) const;

  Worker& worker_;
  std::shared_ptr<CompiledConfig> compiled_;
  Sidecar sidecar_;
  std::unique_ptr<JournalWriter> journal_;
  Instant last_;                            ///< Of the last input.
  std::vector<std::string> matched_names_;  ///< Headers that routes look at, sorted.
};

}  // namespace shaketable::proxy::live
