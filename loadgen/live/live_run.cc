#include "loadgen/live/live_run.h"

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <utility>

#include "loadgen/live/load_thread.h"

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;
using proxy::Result;

/// The threads of a run, and how they end.
class Crew {
 public:
  Crew(const LiveRunOptions& options, NameService& names)
      : options_(options), names_(names), begin_(monotonic_now() + options.start_in) {}

  Result<void> prepare(const std::vector<std::shared_ptr<const CompiledLoad>>& loads) {
    const std::uint32_t count = std::max(options_.threads, 1U);
    for (std::uint32_t i = 0; i < count; ++i) {
      const Share share{options_.share.index * count + i, options_.share.count * count};
      members_.push_back(std::make_unique<LoadThread>(options_, share, names_, begin_));
      if (auto ready = members_.back()->prepare(loads); !ready) {
        return ready;
      }
    }
    return {};
  }

  /// Runs them all; true if the watcher ended it.
  bool run(const std::function<Wish(const LiveProgress&)>& watch) {
    std::vector<std::thread> threads;
    running_ = members_.size();
    for (const auto& member : members_) {
      threads.emplace_back([this, &member] {
        member->run();
        const std::lock_guard lock(mutex_);
        --running_;
        ended_.notify_one();
      });
    }
    const bool was_stopped = attend(watch);
    for (std::thread& thread : threads) {
      thread.join();
    }
    watch(progress());
    return was_stopped;
  }

  LiveRunResult result(std::size_t loads) const {
    LiveRunResult sum;
    for (const auto& member : members_) {
      sum.elapsed = std::max(sum.elapsed, member->ended_at() - begin_);
      sum.cancelled += member->cancelled();
      const TransportCounters& of = member->counters();
      sum.connections.merge({.opened = of.connections,
                             .failed = of.failed_connections,
                             .closed_by_server = of.closed_by_server,
                             .http2 = of.http2,
                             .resumed = of.resumed,
                             .repeated = of.repeated,
                             .bytes_in = of.bytes_in,
                             .bytes_out = of.bytes_out,
                             .connect_time = of.connect_time,
                             .slowest_connect = of.slowest_connect});
    }
    for (std::size_t i = 0; i < loads; ++i) {
      LoadStats all = members_.front()->runners()[i]->stats();
      for (std::size_t j = 1; j < members_.size(); ++j) {
        all.merge(members_[j]->runners()[i]->stats());
      }
      sum.loads.push_back(std::move(all));
    }
    return sum;
  }

 private:
  LiveProgress progress() {
    LiveProgress now;
    now.elapsed = monotonic_now() - begin_;
    for (const auto& member : members_) {
      member->view().take(now.news, now.users, now.in_flight, now.connections);
    }
    return now;
  }

  bool attend(const std::function<Wish(const LiveProgress&)>& watch) {
    Wish last = Wish::kGoOn;
    std::unique_lock lock(mutex_);
    while (!ended_.wait_for(lock, options_.tick, [this] { return running_ == 0; })) {
      lock.unlock();
      const Wish wish = watch(progress());
      for (const auto& member : members_) {
        if (wish == Wish::kStop && last == Wish::kGoOn) {
          member->stop();
        } else if (wish == Wish::kCut && last != Wish::kCut) {
          member->cut();
        }
      }
      last = std::max(last, wish);
      lock.lock();
    }
    return last != Wish::kGoOn;
  }

  const LiveRunOptions& options_;
  NameService& names_;
  Instant begin_;
  std::vector<std::unique_ptr<LoadThread>> members_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
};

}  // namespace

Result<LiveRunResult> run_live(const std::vector<std::shared_ptr<const CompiledLoad>>& loads,
                               const LiveRunOptions& options, NameService& names,
                               const std::function<Wish(const LiveProgress&)>& watch) {
  Crew crew(options, names);
  if (const auto ready = crew.prepare(loads); !ready) {
    return tl::unexpected(ready.error());
  }
  const bool was_stopped = crew.run(watch);
  LiveRunResult result = crew.result(loads.size());
  result.was_stopped = was_stopped;
  return result;
}

}  // namespace shaketable::loadgen::live
