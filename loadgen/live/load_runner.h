#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "loadgen/core/pacer.h"
#include "loadgen/journey/compiled_load.h"
#include "loadgen/journey/session.h"
#include "loadgen/live/exchange.h"
#include "loadgen/live/live_view.h"
#include "loadgen/live/request_encoding.h"
#include "loadgen/live/target_url.h"
#include "loadgen/live/transport.h"
#include "loadgen/live/watch_list.h"
#include "loadgen/live/websocket.h"
#include "loadgen/results/load_stats.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/rng.h"

namespace shaketable::loadgen::live {

class LoadRunner;

/// A WebSocket of a user.
struct Talk {
  WebSocketClient socket;
  std::string key;
  std::uint32_t mask = 0;
  bool is_open = false;     ///< The handshake is over.
  bool is_closing = false;  ///< We have said that we are done.
};

/// A user of a load: a session and the exchange that it waits for.
struct LoadUser : Exchange {
  enum class Doing : std::uint8_t {
    kNothing,
    kRun,
    kTearDown,     ///< Of its session; the next run waits for it.
    kLastSession,  ///< Tear-down of its session at the end of the load ...
    kLastWorker,   ///< ... and its own.
    kFixture,      ///< Global set-up or tear-down.
  };

  LoadUser(LoadRunner& whose, std::uint32_t which, Session what)
      : runner(whose), number(which), session(std::move(what)) {}

  LoadRunner& runner;
  std::uint32_t number;
  Session session;
  RunStart run;
  proxy::Instant intended{};  ///< Of the request under way, in load time.
  Doing doing = Doing::kNothing;
  Phase phase = Phase::kRun;  ///< Of the request under way.
  bool has_session = false;   ///< Some run has begun.
  bool has_started = false;   ///< The run has sent a request.
  bool awaits_frame = false;  ///< `wait` is the end of its patience.
  ConnectionOwner connections;
  std::unique_ptr<Talk> talk;
  std::unique_ptr<EncodedRequest> encoded;  ///< Of a request that is not the same each time.
  proxy::TimerHandle wait{};
};

/// One load on one thread: asks the pacer which run begins, drives the sessions, and counts.
///
/// Load time begins with `begin`; the loop's clock goes on by itself.
class LoadRunner {
 public:
  struct Setting {
    std::shared_ptr<const CompiledLoad> load;
    TargetUrl target;
    proxy::Rng rng;
    Share share;
    proxy::Instant begin{};     ///< Of load time, by the loop's clock.
    proxy::Duration warm_up{};  ///< What is due in it is sent, and counted apart.
    bool may_leave = false;     ///< Redirects may lead to origins that the load does not name.
    std::vector<std::string> values;   ///< Of the global set-up; see Session::adopt.
    bool is_fixture = false;           ///< Nothing but `begin_fixture`.
    bool watches_steps = false;        ///< Counts each step for those who watch ...
    std::vector<std::string> watched;  ///< ... and these parts of the load.
  };

  /// Fails if an origin of the plan cannot be used.
  static proxy::Result<std::unique_ptr<LoadRunner>> make(EventLoop& loop, Transport& transport,
                                                         Setting setting);
  LoadRunner(const LoadRunner&) = delete;
  LoadRunner& operator=(const LoadRunner&) = delete;

  /// Begins what is due, goes on with those whose wait is over.
  void turn();
  /// An exchange of a user of this runner is done, or has news.
  void on_done(LoadUser& user);
  /// Nothing new begins.
  void stop();
  /// What is under way ends now, as cancelled.
  void cut();

  /// Carries out a global set-up or tear-down, which is over when `is_over`.
  void begin_fixture(Phase phase);
  /// What the set-up has left for the sessions.
  [[nodiscard]] const std::vector<std::string>& fixture_values() const;

  /// By the loop's clock.
  [[nodiscard]] proxy::Instant next_deadline() const;
  [[nodiscard]] bool is_over() const {
    return running_ == 0 && (is_fixture_ || (pacer_.is_over() && has_torn_down_));
  }
  /// The whole load should end: a set-up failed, or a run with `stop_on_failure`.
  [[nodiscard]] bool wants_end() const { return wants_end_; }
  /// Why a set-up failed; empty if none did.
  [[nodiscard]] const std::string& set_up_error() const { return set_up_error_; }
  /// The counts so far; final once it is over.
  [[nodiscard]] const LoadStats& stats() const { return stats_; }
  /// Fills what is counted elsewhere. Call it once, at the end.
  void finish_stats();
  /// What has happened since the last call, for people who watch.
  void publish(LiveView& view);
  /// Workers that are active, or runs under way, at the last `publish`.
  [[nodiscard]] std::uint64_t users() const { return users_now_; }

 private:
  LoadRunner(EventLoop& loop, Transport& transport, Setting setting);

  proxy::Result<void> find_origins();
  LoadUser& user_of(std::uint32_t number);
  std::unique_ptr<LoadUser> make_user(std::uint32_t number, std::uint64_t name);
  void begin_run(const RunStart& run);
  void start_run(LoadUser& user);
  void drive(LoadUser& user);
  void finish(LoadUser& user);
  void end_run(LoadUser& user);
  void tear_down();
  void wait_until(LoadUser& user, proxy::Instant until);
  void on_wait_over(LoadUser& user);
  void send(LoadUser& user, proxy::Instant intended);
  [[nodiscard]] std::optional<OriginIndex> origin_of(const RenderedRequest& request);
  void refuse(LoadUser& user, FailureKind kind, const std::string& text);
  void on_answer(LoadUser& user);
  void on_event_stream(LoadUser& user);
  void on_websocket(LoadUser& user);
  [[nodiscard]] bool opens(LoadUser& user);
  void open_websocket(LoadUser& user);
  void read_messages(LoadUser& user);
  void send_frame(LoadUser& user, bool is_binary);
  void close_websocket(LoadUser& user);
  void record(LoadUser& user, const Verdict& verdict);
  [[nodiscard]] std::string error_text(const LoadUser& user, const Verdict& verdict) const;
  EncodedRequest& encoded_for(LoadUser& user, const RenderedRequest& request, OriginIndex origin);
  void drop_fixture_steps();
  [[nodiscard]] Verdict judge(LoadUser& user);
  [[nodiscard]] Verdict tell_response(LoadUser& user, std::string_view body);
  [[nodiscard]] proxy::Instant load_time(proxy::Instant at) const {
    return proxy::Instant(at - begin_);
  }
  [[nodiscard]] proxy::Instant now() const { return load_time(loop_.now()); }

  EventLoop& loop_;
  Transport& transport_;
  std::shared_ptr<const CompiledLoad> load_;
  TargetUrl target_;
  proxy::Rng rng_;
  Share share_;
  proxy::Instant begin_;
  Pacer pacer_;
  proxy::DeadlineQueue waits_;
  std::vector<std::unique_ptr<LoadUser>> users_;
  std::vector<OriginIndex> origins_;                       ///< By request of the plan.
  std::vector<std::unique_ptr<EncodedRequest>> constant_;  ///< By request, once it was sent.
  std::vector<HeaderField> fields_, trailer_fields_;
  std::map<std::string, OriginIndex, std::less<>> found_origins_;  ///< Of redirects.
  std::unique_ptr<LoadUser> fixture_;
  bool is_fixture_;
  bool may_leave_;
  proxy::Instant measured_from_;
  std::vector<std::string> initial_values_;
  bool has_torn_down_ = false;
  bool wants_end_ = false;
  std::string set_up_error_;
  std::uint64_t masks_ = 0;  ///< WebSockets so far.
  std::size_t running_ = 0;  ///< Users that do anything.
  bool is_cutting_ = false;
  std::uint64_t users_now_ = 0;
  std::uint64_t published_drops_ = 0;
  LoadStats stats_;
  LiveCounts unpublished_;
  WatchList watched_;
};

}  // namespace shaketable::loadgen::live
