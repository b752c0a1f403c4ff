#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <vector>

#include "loadgen/live/event_loop.h"
#include "loadgen/live/live_run.h"
#include "loadgen/live/load_runner.h"
#include "loadgen/live/transport.h"

namespace shaketable::loadgen::live {

/// One thread of a run: a loop, a transport, and its share of every load.
///
///     kRunning --stop(), or `options.stop`--> kEnding --all done, or the grace is over--> cut,
///     done
class LoadThread {
 public:
  LoadThread(const LiveRunOptions& options, Share share, NameService& names, proxy::Instant begin);

  /// Before `run`: fails when the loads cannot be carried out.
  /// `values` are what global set-ups have left, by load; may be empty. With `is_fixture` nothing
  /// runs but `begin_fixtures`.
  proxy::Result<void> prepare(const std::vector<std::shared_ptr<const CompiledLoad>>& loads,
                              const std::vector<std::vector<std::string>>& values,
                              bool is_fixture = false);
  /// Begins the global set-up or tear-down of each load that has one.
  void begin_fixtures(Phase phase);
  /// Until everything is over.
  void run();

  /// Any thread: nothing new begins.
  void stop();
  /// Any thread: what is under way ends now.
  void cut();
  [[nodiscard]] bool is_over() const { return is_over_.load(std::memory_order_acquire); }
  [[nodiscard]] LiveView& view() { return view_; }
  /// A load of this thread wants all threads to end.
  [[nodiscard]] bool wants_end() const { return wants_end_.load(std::memory_order_relaxed); }

  // --- once it is over -------------------------------------------------------------------------
  [[nodiscard]] const std::vector<std::unique_ptr<LoadRunner>>& runners() const { return runners_; }
  [[nodiscard]] const TransportCounters& counters() const { return transport_.counters(); }
  [[nodiscard]] proxy::Instant ended_at() const { return ended_at_; }
  [[nodiscard]] std::uint64_t cancelled() const { return cancelled_; }

 private:
  void turn();
  void publish();
  void heed_wishes();
  [[nodiscard]] bool all_over() const;

  const LiveRunOptions& options_;
  Share share_;
  proxy::Instant begin_;
  EventLoop loop_;
  Transport transport_;
  std::vector<std::unique_ptr<LoadRunner>> runners_;
  LiveView view_;
  proxy::Instant publish_at_{};
  proxy::Instant stop_at_ = proxy::kNever;
  proxy::Instant cut_at_ = proxy::kNever;
  proxy::Instant ended_at_{};
  std::uint64_t cancelled_ = 0;
  bool is_ending_ = false;
  bool is_cut_ = false;
  std::atomic<bool> wants_stop_{false}, wants_cut_{false}, is_over_{false};
  std::atomic<bool> wants_end_{false};
};

}  // namespace shaketable::loadgen::live
