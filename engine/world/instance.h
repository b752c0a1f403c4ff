#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/mesh/model.h"
#include "engine/world/network.h"
#include "engine/world/shared_cpu.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::engine {

using proxy::Instant;

/// End of an intrusive list of visits.
inline constexpr std::uint32_t kNoVisit = 0xffff'ffffU;

/// Visits in waiting, first come first served, linked through `Visit::next`.
struct VisitQueue {
  std::uint32_t first = kNoVisit;
  std::uint32_t last = kNoVisit;
  std::uint32_t length = 0;
};

/// One event loop: CPU work on it is serial.
struct LoopState {
  VisitQueue ready;  ///< Visits whose next work waits for the loop.
  std::uint32_t running = kNoVisit;
  std::uint32_t assigned = 0;  ///< Requests that live on it.
};

/// The CPU of a proxy: `cpus` workers that serve in order of arrival. Work is known when it comes,
/// so the end of it can be told at once and no event is needed.
class ProxyCpu {
 public:
  static constexpr std::uint32_t kMaxWorkers = 8;

  /// More than kMaxWorkers count as that many.
  void set_workers(std::uint32_t workers) {
    workers_ = workers == 0 ? 1 : (workers < kMaxWorkers ? workers : kMaxWorkers);
  }
  /// When work that arrives now is done.
  Instant serve(Instant now, Duration work) {
    Instant* best = free_at_.data();
    for (std::uint32_t i = 1; i < workers_; ++i) {
      best = free_at_[i] < *best ? &free_at_[i] : best;
    }
    *best = (*best < now ? now : *best) + work;
    return *best;
  }

 private:
  std::uint32_t workers_ = 1;
  std::array<Instant, kMaxWorkers> free_at_{};
};

/// Whether an instance is one of those that its service is to have.
enum class Membership : std::uint8_t {
  kMember,    ///< It is, up or not.
  kStarting,  ///< It will be, once it is ready.
  kLeaving,   ///< It was, and ends what it has begun.
  kGone       ///< It was.
};

/// What makes an instance unlike the usual one, as bits: most requests test one byte for 0.
enum Quirk : std::uint8_t {
  kQuirkFaults = 1,  ///< `faults` is not empty.
  kQuirkScaled = 2,  ///< CPU work does not take the time that is written: `speed_ppm`, `slow_ppm`.
  kQuirkPauses = 4,  ///< Has been paused at least once.
  kQuirkLoops = 8,   ///< RuntimeModel::kEventLoop.
  kQuirkContended = 16  ///< Has a `cpu`.
};

/// One running copy of a version of a service. What every request touches comes first, so that it
/// shares few cache lines: with thousands of instances that decides the speed.
struct alignas(64) Instance {
  Place place;
  const Runtime* runtime = nullptr;
  RuntimeModel model = RuntimeModel::kShared;  ///< The runtime's.
  bool up = true;
  Membership membership = Membership::kMember;
  bool has_sidecar = true;
  bool is_observed = false;      ///< Its queue's figures are kept.
  bool stops_cancelled = false;  ///< Runtime::cancel.
  std::uint8_t quirks = 0;
  /// Execution. `busy` counts taken workers (kWorkers) or requests inside (others).
  std::uint32_t busy = 0;
  std::uint32_t workers = 0;  ///< The runtime's, and its queue.
  std::uint32_t queue = 0;
  VisitQueue waiting;
  std::uint32_t plan_offset = 0;  ///< See `plan_of`.

  // The proxy's CPU. A pass costs `proxy_work` of it and `proxy_latency` beyond.
  alignas(64) Duration proxy_work{0};
  Duration proxy_latency{0};
  ProxyCpu proxy_cpu;

  alignas(64) proxy::Rng work_rng{0};

  std::uint32_t slow_ppm = 1'000'000;  ///< CPU work takes this much of its time (fault `slow`).
  std::uint32_t pauses = 0;            ///< Stop-the-world pauses under way at once.
  std::unique_ptr<SharedCpu> cpu;  ///< Only where more work can be runnable than there are CPUs.
  Duration paused_total{0};        ///< By pauses that are over.
  /// Faults that hit requests at this instance: indexes into the scenario's list.
  std::vector<std::uint32_t> faults;
  std::vector<LoopState> loops;
  proxy::Rng choice_rng{0};
  std::uint16_t cpu_alarm = 0;   ///< Generation of the alarm that counts.
  std::uint16_t generation = 0;  ///< Changes of `membership`: events of an earlier one are void.
  Instant cpu_alarm_at = proxy::kNever;
  Instant paused_at{};
  VisitQueue frozen;  ///< Whose work's end fell into the pause.
  /// Slots that leaks have taken (they count as busy), and that they take as soon as one is free.
  std::uint32_t leaked = 0, owed = 0;
  std::uint64_t leaked_bytes = 0;  ///< Of memory, since it started.
  std::uint32_t node = kNone;      ///< The machine that it runs on.
  bool is_known = false;           ///< Others know that it serves.
  bool is_cold = false;            ///< Its cache has been flushed.
  Instant filled_from{};           ///< Since when that fills again; kNever = not yet.
  VisitQueue held;                 ///< Who would have gone on to their next step in the pause.
  proxy::Rng network_rng{0};

  /// The plan of an endpoint of its service, by the number over all services.
  [[nodiscard]] std::uint32_t plan_of(std::uint32_t endpoint) const {
    return endpoint + plan_offset;
  }
  [[nodiscard]] bool has(Quirk quirk) const { return (quirks & quirk) != 0; }
  void set(Quirk quirk, bool on) {
    quirks = static_cast<std::uint8_t>(on ? quirks | quirk : quirks & ~quirk);
  }
  /// Time spent in stop-the-world pauses so far.
  [[nodiscard]] Duration paused_by(Instant now) const {
    return pauses > 0 ? paused_total + (now - paused_at) : paused_total;
  }
};

/// Whether more work can be runnable on an instance than it has CPUs.
[[nodiscard]] inline bool can_be_contended(const Runtime& runtime) {
  return runtime.model == RuntimeModel::kShared || runtime.workers > runtime.cpus;
}

}  // namespace shaketable::engine
