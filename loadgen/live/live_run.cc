#include "loadgen/live/live_run.h"

#include <algorithm>
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
  Crew(const LiveRunOptions& options, NameService& names, Instant begin)
      : options_(options), names_(names), begin_(begin) {}

  Result<void> prepare(const std::vector<std::shared_ptr<const CompiledLoad>>& loads,
                       const std::vector<std::vector<std::string>>& values) {
    const std::uint32_t count = std::max(options_.threads, 1U);
    for (std::uint32_t i = 0; i < count; ++i) {
      const Share share{options_.share.index * count + i, options_.share.count * count};
      members_.push_back(std::make_unique<LoadThread>(options_, share, names_, begin_));
      if (auto ready = members_.back()->prepare(loads, values); !ready) {
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
      for (const auto& runner : member->runners()) {
        sum.set_up_error = sum.set_up_error.empty() ? runner->set_up_error() : sum.set_up_error;
      }
      const TransportCounters& of = member->counters();
      sum.connections.merge({.opened = of.connections,
                             .failed = of.failed_connections,
                             .closed_by_server = of.closed_by_server,
                             .http2 = of.http2,
                             .resumed = of.resumed,
                             .repeated = of.repeated,
                             .held = of.held,
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
    sum.was_stopped_by_failure =
        sum.set_up_error.empty() && std::any_of(members_.begin(), members_.end(),
                                                [](const auto& it) { return it->wants_end(); });
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
      Wish wish = watch(progress());
      if (wish == Wish::kGoOn && std::any_of(members_.begin(), members_.end(),
                                             [](const auto& it) { return it->wants_end(); })) {
        wish = Wish::kStop;
        ends_itself_ = true;
      }
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
    return last != Wish::kGoOn && !ends_itself_;
  }

  const LiveRunOptions& options_;
  NameService& names_;
  Instant begin_;
  std::vector<std::unique_ptr<LoadThread>> members_;
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0;
  bool ends_itself_ = false;
};

/// Global set-ups and tear-downs: steps that one user carries out before and after everything.
class Fixtures {
 public:
  Fixtures(const std::vector<std::shared_ptr<const CompiledLoad>>& loads,
           const LiveRunOptions& options, NameService& names)
      : loads_(loads), options_(options), thread_(options_, Share{}, names, monotonic_now()) {
    options_.stop = Duration::zero();
  }

  [[nodiscard]] bool has(Phase phase) const {
    return std::any_of(loads_.begin(), loads_.end(),
                       [phase](const auto& load) { return load->has_fixture(phase); });
  }
  Result<void> prepare() { return thread_.prepare(loads_, {}, /*is_fixture=*/true); }
  /// Returns why it failed, empty if it did not.
  std::string carry_out(Phase phase) {
    thread_.begin_fixtures(phase);
    thread_.run();
    for (const auto& runner : thread_.runners()) {
      if (!runner->set_up_error().empty()) {
        return runner->set_up_error();
      }
    }
    return "";
  }
  [[nodiscard]] std::vector<std::vector<std::string>> values() const {
    std::vector<std::vector<std::string>> result;
    for (const auto& runner : thread_.runners()) {
      result.push_back(runner->fixture_values());
    }
    return result;
  }
  void add_stats(LiveRunResult& result) const {
    for (std::size_t i = 0; i < result.loads.size(); ++i) {
      result.loads[i].fixtures.merge(thread_.runners()[i]->stats().fixtures);
    }
  }

 private:
  const std::vector<std::shared_ptr<const CompiledLoad>>& loads_;
  LiveRunOptions options_;
  LoadThread thread_;
};

}  // namespace

Result<LiveRunResult> run_live(const std::vector<std::shared_ptr<const CompiledLoad>>& loads,
                               const LiveRunOptions& options, NameService& names,
                               const std::function<Wish(const LiveProgress&)>& watch) {
  const Instant called = monotonic_now();
  Fixtures fixtures(loads, options, names);
  const bool has_set_up = fixtures.has(Phase::kGlobalSetUp);
  const bool has_fixtures = has_set_up || fixtures.has(Phase::kGlobalTearDown);
  std::vector<std::vector<std::string>> values;
  if (has_fixtures) {
    if (const auto ready = fixtures.prepare(); !ready) {
      return tl::unexpected(ready.error());
    }
    if (const std::string error = fixtures.carry_out(Phase::kGlobalSetUp); !error.empty()) {
      return proxy::fail("the global set-up failed: " + error);
    }
    values = fixtures.values();
  }
  // What the set-up took is not taken from the load.
  const Instant begin =
      std::max(called + options.start_in, monotonic_now() + std::chrono::milliseconds(5));
  Crew crew(options, names, begin);
  if (const auto ready = crew.prepare(loads, values); !ready) {
    return tl::unexpected(ready.error());
  }
  const bool was_stopped = crew.run(watch);
  LiveRunResult result = crew.result(loads.size());
  result.was_stopped = was_stopped;
  if (has_fixtures) {
    fixtures.carry_out(Phase::kGlobalTearDown);
    fixtures.add_stats(result);
  }
  return result;
}

}  // namespace shaketable::loadgen::live
