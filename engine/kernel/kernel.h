#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/kernel/event.h"
#include "engine/kernel/fingerprint.h"
#include "engine/kernel/heap_set.h"
#include "engine/kernel/lanes.h"
#include "engine/kernel/radix_set.h"
#include "engine/kernel/reference_set.h"
#include "proxy/base/assert.h"
#include "proxy/base/ids.h"

namespace shaketable::engine {

/// A registered constant delay.
using LaneId = proxy::Id<struct LaneTag>;

/// Why a run came back.
enum class RunStatus : std::uint8_t {
  kReachedTime,  ///< Everything up to the given time has happened; `now()` is that time.
  kIdle,         ///< Nothing is scheduled any more.
  kPaused,       ///< `pause()` was called.
  kBreak,        ///< The predicate held after the last event.
};

/// The virtual clock and the future events of one simulation.
///
/// Events happen in the order of (time, scheduling), so a run is a function of its input alone:
/// `fingerprint()` is equal for every event set, compiler and machine. The handler given to a run
/// is called as `handler(const Event&)` and may schedule; it is inlined, there is no virtual call.
///
/// No allocation per event once the greatest number of pending events has been reached. Not
/// thread-safe except for `pause()`.
template <class Queue>
class BasicKernel {
 public:
  /// Events between two looks at the pause flag.
  static constexpr std::uint64_t kPauseInterval = 4096;

  BasicKernel() = default;
  BasicKernel(const BasicKernel&) = delete;
  BasicKernel& operator=(const BasicKernel&) = delete;

  /// The time of the event being handled, or the end of the last run.
  [[nodiscard]] Instant now() const { return now_; }

  /// Schedules an event. `at` must not lie in the past and not be kNever.
  void schedule(Instant at, EventBody body) {
    ASSERT(at >= now_);
    ASSERT(at < kNever);
    queue_.push(make_event(at, body));
  }

  /// Schedules an event after a delay >= 0 that differs from call to call.
  void schedule_after(Duration delay, EventBody body) { schedule(now_ + delay, body); }

  /// Schedules an event after a registered constant delay: much cheaper.
  [[gnu::always_inline]] void schedule_after(LaneId delay, EventBody body) {
    const Instant at = now_ + delays_[delay.index()];
    if (delay.index() < Queue::kMaxLanes) [[likely]] {
      // Lanes are given out in the order of registering.
      queue_.push_lane(delay.index(), at, next_seq_++, body);
    } else {
      schedule(at, body);
    }
  }

  /// Makes a delay (>= 0) a constant one; the same delay gives the same id. Any number of delays
  /// may be registered: the first 16 get a lane, the others go the ordinary way.
  LaneId register_delay(Duration delay) {
    ASSERT(delay >= Duration::zero());
    for (std::size_t i = 0; i < delays_.size(); ++i) {
      if (delays_[i] == delay) {
        return LaneId::from_index(i);
      }
    }
    delays_.push_back(delay);
    if (queue_.lane_count() < Queue::kMaxLanes) {
      queue_.add_lane();
    }
    return LaneId::from_index(delays_.size() - 1);
  }

  /// Lets everything up to and including `end` happen, then sets `now()` to `end` (to the last
  /// event's time if `end` is kNever). After each event `break_when()` is asked whether to stop.
  template <class Handler, class Predicate>
  RunStatus run_until(Instant end, Handler&& handler, Predicate&& break_when) {
    return run_until<0>(end, handler, break_when, [](auto, const Event&) {});
  }

  /// The same for a model that is larger than the cache. Before each event, `look(stage, event)` is
  /// shown events that come soon, each in `kStages` stages (see `Lanes::look_ahead`), so that it
  /// can prefetch what they will need: in each stage what the one before has made known. It must
  /// not change anything. Without `looks_ahead`, nothing is shown.
  template <std::size_t kStages, class Handler, class Predicate, class Look>
  RunStatus run_until(Instant end, Handler&& handler, Predicate&& break_when, Look&& look,
                      bool looks_ahead = kStages > 0) {
    ASSERT(end >= now_);
    Event event;
    while (true) {
      if (kStages > 0 && looks_ahead) [[unlikely]] {
        queue_.template look_ahead<kStages>(look);
      }
      if (!queue_.pop_until(end, event)) {
        break;
      }
      dispatch(event, handler);
      if (break_when()) {
        return RunStatus::kBreak;
      }
      if (events_ % kPauseInterval == 0 && take_pause()) {
        return RunStatus::kPaused;
      }
    }
    const bool idle = queue_.next_at() == kNever;
    if (end != kNever) {
      now_ = end;
    }
    return idle ? RunStatus::kIdle : RunStatus::kReachedTime;
  }

  template <class Handler>
  RunStatus run_until(Instant end, Handler&& handler) {
    return run_until(end, handler, [] { return false; });
  }

  /// Lets the next `count` events happen, fewer if there are no more. Returns how many did.
  template <class Handler>
  std::uint64_t step(std::uint64_t count, Handler&& handler) {
    Event event;
    std::uint64_t done = 0;
    while (done < count && queue_.pop_until(kNever, event)) {
      dispatch(event, handler);
      ++done;
    }
    return done;
  }

  /// Makes the current run, or the next one, return `kPaused` within kPauseInterval events. May be
  /// called from any thread or from a signal handler.
  void pause() { pause_requested_.store(true, std::memory_order_relaxed); }

  /// Time of the earliest scheduled event, `kNever` if there is none.
  [[nodiscard]] Instant next_at() { return queue_.next_at(); }
  /// Events that have happened.
  [[nodiscard]] std::uint64_t events() const { return events_; }
  /// Events that are scheduled.
  [[nodiscard]] std::size_t pending() const { return queue_.size(); }
  /// Events at the same time as the one before: their order is the order of scheduling, and a
  /// model whose result depends on it should be looked at.
  [[nodiscard]] std::uint64_t ties() const { return ties_; }
  /// Digest of all events so far, with its check-points.
  [[nodiscard]] const Fingerprint& fingerprint() const { return fingerprint_; }

 private:
  Event make_event(Instant at, EventBody body) { return event_of(at, next_seq_++, body); }

  template <class Handler>
  [[gnu::always_inline]] void dispatch(const Event& event, Handler&& handler) {
    if (event.at == now_ && events_ > 0) [[unlikely]] {
      ++ties_;
    }
    now_ = event.at;
    ++events_;
    fingerprint_.add(event, events_);
    handler(event);
  }

  bool take_pause() {
    return pause_requested_.load(std::memory_order_relaxed) &&
           pause_requested_.exchange(false, std::memory_order_relaxed);
  }

  Queue queue_;
  Instant now_ = kStart;
  std::uint64_t next_seq_ = 0;
  std::uint64_t events_ = 0;
  std::uint64_t ties_ = 0;
  Fingerprint fingerprint_;
  std::vector<Duration> delays_;  ///< By LaneId; the first kMaxLanes have a lane.
  std::atomic<bool> pause_requested_ = false;
};

/// Which event set the simulator uses: 0 radix heap and lanes, 1 4-ary heap and lanes, 2 the
/// standard priority queue without lanes. All give the same results; see README.md for the speed.
#ifndef SHAKETABLE_EVENT_SET
#define SHAKETABLE_EVENT_SET 0
#endif
#if SHAKETABLE_EVENT_SET == 0
using DefaultQueue = Lanes<RadixSet>;
#elif SHAKETABLE_EVENT_SET == 1
using DefaultQueue = Lanes<HeapSet>;
#elif SHAKETABLE_EVENT_SET == 2
using DefaultQueue = NoLanes<ReferenceSet>;
#else
#error "SHAKETABLE_EVENT_SET must be 0, 1 or 2"
#endif

using Kernel = BasicKernel<DefaultQueue>;

}  // namespace shaketable::engine
