#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/deadline_queue.h"
#include "proxy/base/rng.h"
#include "proxy/core/sidecar.h"
#include "proxy/core/worker.h"
#include "proxy/live/access_log.h"
#include "proxy/live/exporter.h"
#include "proxy/live/listener.h"
#include "proxy/live/log_file.h"
#include "proxy/live/open_sockets.h"
#include "proxy/live/reactor.h"
#include "proxy/live/recorded_core.h"
#include "proxy/live/shared.h"
#include "proxy/live/snapshot.h"
#include "proxy/live/stable_pool.h"
#include "proxy/live/stats.h"
#include "proxy/live/stream.h"

namespace shaketable::proxy::live {

/// One thread of the proxy: its event loop, its connections, its streams and its own core. The
/// driver of the boundary that proxy/core/README.md draws: it gives the core its inputs and
/// carries out what the core answers. Nothing of it is shared but the snapshot.
class LiveWorker {
 public:
  LiveWorker(std::uint32_t number, std::uint64_t seed, std::shared_ptr<const Snapshot> snapshot,
             const Shared& shared, std::unique_ptr<JournalWriter> journal = nullptr);
  ~LiveWorker();

  [[nodiscard]] Reactor& reactor() { return reactor_; }
  [[nodiscard]] DeadlineQueue& timers() { return timers_; }
  [[nodiscard]] Instant now() const { return reactor_.now(); }
  [[nodiscard]] const Snapshot& snapshot() const { return *snapshot_; }
  [[nodiscard]] const LiveConfig& config() const { return snapshot_->config; }
  [[nodiscard]] RecordedCore& sidecar() { return *sidecar_; }
  [[nodiscard]] Worker& core() { return core_; }

  // ---- from the process (on the worker's thread)
  /// Listens on sockets that are open already, parallel to the snapshot's listeners.
  void listen(const std::vector<int>& sockets);
  /// Duplicates of its listening sockets, for a successor.
  [[nodiscard]] OpenSockets duplicate_sockets() const;
  void apply(std::shared_ptr<const Snapshot> snapshot, const std::vector<int>& sockets);
  /// The same configuration with other endpoints for these clusters.
  void apply_endpoints(std::shared_ptr<const Snapshot> snapshot,
                       const std::vector<ClusterIndex>& clusters);
  /// Closes the listeners (also the admin port's with `everything`, when a successor has it) and
  /// lets what is under way end.
  void begin_drain(bool everything = false);
  [[nodiscard]] bool is_draining() const { return is_draining_; }
  /// Takes no further request on the connections that are left.
  void finish_drain();
  /// After begin_drain: no connection is left. Any thread.
  [[nodiscard]] bool is_drained() const { return is_drained_.load(std::memory_order_relaxed); }
  void close_all();
  /// Runs the event loop until the reactor is stopped.
  void run();
  [[nodiscard]] StatsSnapshot snapshot_stats();
  void flush_log();
  /// Where the access log goes from now on; null when it is off. Before `apply`.
  void log_to(std::shared_ptr<LogWriter> writer);

  // ---- for connections
  void accept(int fd, const SocketAddress& peer, std::shared_ptr<const ListenerState> listener);
  /// A listener that could not take a connection wants to try again then.
  void accept_again_at(Instant at) { accepts_at_ = std::min(accepts_at_, at); }
  void add_dirty(Link& link) { dirty_.push_back(&link); }
  /// Ends each event: carries out actions, sends what there is, destroys what is closed.
  void finish();
  /// A head has begun to come and has not ended (or has now).
  void count_slow_head(bool begins) { slow_heads_ += begins ? 1U : ~0U; }
  /// How long it may take. Clients that send their heads drop by drop count on there being many of
  /// them: those beyond the usual have to hurry.
  [[nodiscard]] Duration head_patience() const;
  void bury(Downstream& connection);
  void bury(Upstream& connection);
  [[nodiscard]] std::string& read_buffer() { return read_buffer_; }
  [[nodiscard]] std::string& plain_buffer() { return plain_buffer_; }
  [[nodiscard]] std::string& no_output() { return no_output_; }
  /// Memory for ciphertext between its making and its sending; connections lend it from here and
  /// give it back, so that an idle one holds none.
  [[nodiscard]] std::string& cipher_buffer() { return cipher_buffer_; }
  /// Names a connection in `timers()`.
  [[nodiscard]] static std::uint64_t timer_payload(const Link& link) {
    return reinterpret_cast<std::uint64_t>(&link);
  }
  /// The same, for the look at its streams: an object's address is even.
  [[nodiscard]] static std::uint64_t stall_payload(const Link& link) {
    return timer_payload(link) | kStallBit;
  }

  // ---- counting (worker_records.cc)
  /// A look-up of a cluster's endpoints has ended.
  void count_update(ClusterIndex cluster, bool ok, bool is_changed);
  std::uint32_t count_accepted(const ListenerState& listener);
  void count_codec(const Downstream& connection);
  void count_link_end(const Downstream& connection);
  void count_stalled(const Downstream& connection, std::size_t streams);
  void count_late_bodies(const Downstream& connection, std::size_t streams);
  void count_stream_error(const Downstream& connection, http::ProtocolError error);
  void count_stream_error(const Upstream& connection, http::ProtocolError error);
  void count_connect(const Upstream& connection, std::uint32_t host);
  void count_ready(const Upstream& connection);
  void count_upstream_end(const Upstream& connection);
  void count_no_tcp_route(const Downstream& connection);
  void on_accept_error(const ListenerState& listener, int error);

  // ---- traces (worker_traces.cc)
  void on_spans_exported(SpanExport& done, std::uint64_t spans, bool taken);
  /// Any thread.
  [[nodiscard]] const ExportCounts& export_counts() const { return export_counts_; }

  // ---- the admin port (worker_admin.cc)
  void start_admin(Downstream& down, http::StreamNumber number, http::RequestMessage& request,
                   bool end);

  // ---- requests (worker_requests.cc)
  void start_stream(Downstream& down, http::StreamNumber number, http::RequestMessage& request,
                    bool end);
  void add_request_data(std::uint64_t stream, http::Bytes bytes, bool end);
  void add_request_trailers(std::uint64_t stream, http::HeaderList& trailers);
  void on_client_gone(std::uint64_t stream);
  /// Its request does not go on, and was answered for it with 408.
  void on_client_late(std::uint64_t stream);
  /// The upstream's connection takes no more for now.
  void pause_downstream(std::uint64_t stream);
  void resume_downstream(std::uint64_t stream);

  // ---- responses (worker_responses.cc)
  void on_informational(std::uint64_t stream, http::ResponseMessage& response);
  void on_response(std::uint64_t stream, http::ResponseMessage& response, bool end);
  void on_response_data(std::uint64_t stream, http::Bytes bytes, bool end);
  void on_response_trailers(std::uint64_t stream, http::HeaderList& trailers);
  /// `is_broken`: it is over because what came for it is not HTTP.
  void on_upstream_reset(std::uint64_t stream, http::StreamError error, bool is_broken);
  void on_upstream_lost(std::uint64_t stream, bool is_broken);
  /// The downstream's connection takes no more for now.
  void pause_upstream(std::uint64_t stream);
  void resume_upstream(std::uint64_t stream);

 private:
  static constexpr std::uint64_t kStallBit = 1;

  void carry_out_actions();
  void carry_out(const Action& action);
  void open_connection(const Action& action);
  void close_connection(const Action& action);
  void send_request(const Action& action);
  void send_body(Stream& stream, http::Bytes bytes, bool end);
  static void pause_blocked_request(Stream& stream);
  static void pause_blocked_response(Stream& stream);
  std::uint64_t start_mirror(Stream& original);
  void copy_to_mirrors(Stream& stream, http::Bytes bytes, bool end);
  void cancel_attempt(const Action& action);
  void detach_upstream(Stream& stream, http::StreamError error);
  void forward_response(const Action& action);
  void local_reply(Action action);
  void reset_downstream(const Action& action);
  void end_for_client(std::uint64_t handle, Stream& stream);
  void finish_stream(Stream& stream);
  void end_response(Stream& stream);
  void end_upstream(Stream& stream);
  void leave_connection(const Stream& stream);
  void note_client(Stream& stream, const Downstream& down);
  [[nodiscard]] Upstream* find_upstream(ConnectionId id) const;

  // worker_messages.cc: what the proxy changes in messages, and what it says itself
  [[nodiscard]] std::uint16_t prepare_request(Stream& stream);
  void refuse(Stream& stream, std::uint16_t status);
  [[nodiscard]] std::string_view http_date();
  void prepare_attempt(Stream& stream, http::RequestMessage& outgoing);
  void prepare_response(Stream& stream);
  bool make_local_reply(Stream& stream, const Action& action, http::ResponseMessage& response,
                        std::string& body);
  [[nodiscard]] const Route* match_again(const Stream& stream);
  // worker_records.cc: what it counts and writes down
  void count_attempt(Stream& stream);
  void count_protocol_error(const Downstream& connection);
  void count_handshake_end(const Downstream& connection);
  void count_tunnel(const Stream& stream, bool begins);
  void count_timeout(const Stream& stream);
  void count_response(const Stream& stream);
  /// An attempt has ended, with `failure` empty when it was answered.
  void attempt_over(Stream& stream, std::string_view failure);
  void record_end(const Stream& stream);
  /// Whether somebody will want its words: an access log, or a trace.
  [[nodiscard]] bool records_requests(const Stream& stream) const {
    return stream.trace.is_sampled || config().access_log.format != AccessLogConfig::Format::kOff;
  }
  [[nodiscard]] AccessRecord access_record(const Stream& stream) const;
  void read_telemetry();
  // worker_traces.cc
  void begin_trace(Stream& stream);
  void begin_attempt_span(Stream& stream, http::RequestMessage& outgoing);
  void end_attempt_span(Stream& stream, std::string_view failure);
  void end_request_span(const Stream& stream, const AccessRecord& record);
  void export_spans();
  // worker_admin.cc
  void ask_admin(Stream& stream);
  void answer_admin(std::uint64_t handle, const AdminResponse& answer);
  void note_drained();
  void put_off(Link& link);
  void on_wake();

  Shared shared_;
  Reactor reactor_;
  std::shared_ptr<const Snapshot> snapshot_;
  Worker core_;
  std::shared_ptr<CompiledConfig> compiled_;
  std::unique_ptr<RecordedCore> sidecar_;  ///< All inputs of the core go through it.
  DeadlineQueue timers_;
  Rng rng_;
  StablePool<std::unique_ptr<Downstream>> downstreams_;
  std::vector<std::unique_ptr<Upstream>> upstreams_;  ///< By the slot of their ConnectionId.
  StablePool<Stream> streams_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::vector<Link*> dirty_;
  std::vector<Link*> put_off_;  ///< Dirty, to be settled behind the events that are ready now.
  std::vector<std::unique_ptr<Link>> graveyard_;
  std::vector<Header> header_views_;
  ActionList actions_now_;
  http::RequestMessage outgoing_;
  http::ResponseMessage local_;
  std::string local_body_;
  std::string date_;
  std::time_t date_second_ = 0;
  WorkerStats stats_;
  AccessLogFormatter log_formatter_;
  std::shared_ptr<LogWriter> access_log_;
  std::string log_lines_;
  Instant log_flush_at_ = kNever;
  Instant accepts_at_ = kNever;  ///< When the first of the listeners that pause goes on.
  Tracer tracer_;
  std::unique_ptr<SpanExport> export_;  ///< The batch that is on its way.
  ExportCounts export_counts_;
  Instant export_at_ = kNever;
  std::string read_buffer_, plain_buffer_, no_output_, cipher_buffer_;
  std::uint32_t slow_heads_ = 0;
  bool finishing_ = false;
  bool is_flushing_ = false;
  bool carrying_out_ = false;
  bool is_draining_ = false;
  std::atomic<bool> is_drained_ = false;
};

}  // namespace shaketable::proxy::live
