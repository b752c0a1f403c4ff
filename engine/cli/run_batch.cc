#include "engine/cli/run_batch.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "engine/cli/interrupt.h"
#include "engine/record/windows.h"
#include "engine/sim/simulation.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

constexpr std::int64_t kSlices = 200;  // Of virtual time; between two of them a run can stop.

// What one run shows to the thread that watches.
struct Slot {
  std::atomic<std::int64_t> simulated{0};
  std::atomic<std::uint64_t> events{0};
  std::optional<RunRecord> record;  // Under the mutex.
  bool over = false;                // Likewise; without a record when it never began.
  Simulation* running = nullptr;    // Likewise.
};

class Batch {
 public:
  Batch(std::span<const RunTask> tasks, const BatchOptions& options)
      : tasks_(tasks), options_(options), slots_(tasks.size()) {}

  void run(const RunDone& done) {
    const std::size_t threads = std::min(std::max<std::size_t>(options_.jobs, 1), tasks_.size());
    std::vector<std::jthread> workers;
    for (std::size_t i = 0; i < threads; ++i) {
      workers.emplace_back([this] { work(); });
    }
    watch(done);
  }

 private:
  // ---- the workers --------------------------------------------------------------------------

  void work() {
    for (std::size_t task = next_++; task < tasks_.size(); task = next_++) {
      if (!must_stop()) {
        simulate(task);
      }
      const std::lock_guard lock(mutex_);
      slots_[task].over = true;
      changed_.notify_all();
    }
  }

  [[nodiscard]] bool must_stop() const {
    return given_up_.load() || InterruptGuard::is_interrupted();
  }

  void simulate(std::size_t task) {
    const Scenario& scenario = *tasks_[task].scenario;
    Simulation simulation(scenario, {.seed = tasks_[task].seed,
                                     .bucket = bucket_for(scenario.run.duration),
                                     .windows = windows_of(scenario),
                                     .traces = options_.traces});
    Slot& slot = slots_[task];
    set_running(slot, &simulation);
    const Duration slice = std::max(Duration(1), (simulation.end() - proxy::kStart) / kSlices);
    while (!simulation.finished() && !must_stop()) {
      simulation.run_until(std::min(proxy::after(simulation.now(), slice), simulation.end()));
      slot.simulated = proxy::nanoseconds_of(simulation.now());
      slot.events = simulation.events();
    }
    set_running(slot, nullptr);
    const bool interrupted = !simulation.finished();
    RunRecord record = simulation.take_record();
    record.interrupted = interrupted;
    const std::lock_guard lock(mutex_);
    slot.record = std::move(record);
  }

  void set_running(Slot& slot, Simulation* simulation) {
    const std::lock_guard lock(mutex_);
    slot.running = simulation;
  }

  // ---- the thread that watches ---------------------------------------------------------------

  void watch(const RunDone& done) {
    const auto begin = std::chrono::steady_clock::now();
    std::size_t next = 0;
    while (next < slots_.size()) {
      std::optional<RunRecord> record;
      {
        std::unique_lock lock(mutex_);
        changed_.wait_for(lock, 50ms, [&] { return slots_[next].over; });
        if (must_stop()) {
          pause_all();
        }
        if (!slots_[next].over) {
          lock.unlock();
          show(std::chrono::steady_clock::now() - begin);
          continue;
        }
        record = std::exchange(slots_[next].record, std::nullopt);
      }
      if (options_.progress != nullptr) {
        options_.progress->finish();
      }
      if (record && !given_up_ && !done(next, std::move(*record))) {
        given_up_ = true;
      }
      ++next;
    }
  }

  // Needs the mutex.
  void pause_all() {
    for (Slot& slot : slots_) {
      if (slot.running != nullptr) {
        slot.running->pause();
      }
    }
  }

  void show(Progress::RealTime elapsed) {
    if (options_.progress == nullptr) {
      return;
    }
    ProgressState state{.runs = tasks_.size()};
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      const Duration length = end_of_run(tasks_[i].scenario->run) - proxy::kStart;
      state.total += length;
      state.simulated += Duration(slots_[i].simulated.load());
      state.events += slots_[i].events.load();
    }
    {
      const std::lock_guard lock(mutex_);
      state.done = static_cast<std::size_t>(
          std::count_if(slots_.begin(), slots_.end(), [](const Slot& slot) { return slot.over; }));
    }
    options_.progress->update(state, elapsed);
  }

  std::span<const RunTask> tasks_;
  const BatchOptions& options_;
  std::vector<Slot> slots_;
  std::atomic<std::size_t> next_{0};
  std::atomic<bool> given_up_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
};

}  // namespace

void run_batch(std::span<const RunTask> tasks, const BatchOptions& options, const RunDone& done) {
  Batch(tasks, options).run(done);
}

Duration bucket_for(Duration duration) {
  constexpr std::int64_t kMostBuckets = 1'200;
  if (duration <= 3s) {
    return 10ms;
  }
  if (duration < 30s) {
    return 100ms;
  }
  const std::int64_t seconds = duration / 1s;
  return std::chrono::seconds((seconds + kMostBuckets - 1) / kMostBuckets);
}

}  // namespace shaketable::engine
