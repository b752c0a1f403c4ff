#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
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
#include "loadgen/results/load_stats.h"
#include "proxy/base/deadline_queue.h"
#include "proxy/base/rng.h"

namespace shaketable::loadgen::live {

class LoadRunner;

/// A user of a load: a session and the exchange that it waits for. A conversation or a request at a
/// time, never both.
struct LoadUser : Exchange {
  LoadUser(LoadRunner& whose, std::uint32_t which, Session what)
      : runner(whose), number(which), session(std::move(what)) {}

  LoadRunner& runner;
  std::uint32_t number;
  Session session;
  RunStart run;
  proxy::Instant intended{};  ///< Of the request under way, in load time.
  bool is_running = false;
  bool has_started = false;  ///< The run has sent a request.
  ConnectionOwner connections;
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
    proxy::Instant begin{};  ///< Of load time, by the loop's clock.
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

  /// By the loop's clock.
  [[nodiscard]] proxy::Instant next_deadline() const;
  [[nodiscard]] bool is_over() const { return running_ == 0 && pacer_.is_over(); }
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
  void begin_run(const RunStart& run);
  void drive(LoadUser& user);
  void send(LoadUser& user, proxy::Instant intended);
  void end_run(LoadUser& user);
  void record(LoadUser& user, const Verdict& verdict);
  void note_error(LoadUser& user, const Verdict& verdict);
  EncodedRequest& encoded_for(LoadUser& user, const RenderedRequest& request, OriginIndex origin);
  [[nodiscard]] Verdict judge(LoadUser& user);
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
  std::size_t running_ = 0;
  bool is_cutting_ = false;
  std::uint64_t users_now_ = 0;
  std::uint64_t published_drops_ = 0;
  LoadStats stats_;
  LiveCounts unpublished_;
};

}  // namespace shaketable::loadgen::live
