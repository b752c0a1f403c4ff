#pragma once

#include <cstdint>
#include <vector>

#include "proxy/base/bits.h"
#include "proxy/base/time.h"

namespace shaketable::engine {

/// CPUs of one instance that runnable jobs share fairly (processor sharing): with n jobs on c CPUs
/// each runs at full speed while n <= c, and at c/n of it beyond. Work is really stretched: a job's
/// end moves with every arrival and departure.
///
/// Virtual service time is counted in 1/256 ns, so rounding stays below a nanosecond per change.
/// Cost: O(log jobs). No allocation once the greatest number of jobs was reached.
class SharedCpu {
 public:
  explicit SharedCpu(std::uint32_t cpus) : cpus_(cpus == 0 ? 1 : cpus) {}

  /// A job that needs `work` of a CPU.
  void add(proxy::Instant now, std::uint32_t job, proxy::Duration work);
  /// When the next job ends if nothing changes; kNever while idle or stopped.
  [[nodiscard]] proxy::Instant next_end(proxy::Instant now) const;
  /// Takes out a job that has ended by `now`; false when none has.
  bool take_ended(proxy::Instant now, std::uint32_t& job);
  /// A stop-the-world: nothing advances until `resume`.
  void stop(proxy::Instant now);
  void resume(proxy::Instant now);
  /// Forgets all jobs.
  void clear(proxy::Instant now);

  [[nodiscard]] std::uint32_t jobs() const { return static_cast<std::uint32_t>(heap_.size()); }

 private:
  static constexpr unsigned kFractionBits = 8;

  struct Job {
    std::uint64_t end;  ///< In virtual service time.
    std::uint64_t order;
    std::uint32_t id;
  };
  [[nodiscard]] static bool later(const Job& a, const Job& b) {
    return a.end != b.end ? a.end > b.end : a.order > b.order;
  }
  void advance(proxy::Instant now);

  std::uint32_t cpus_;
  bool stopped_ = false;
  proxy::Instant updated_{};
  std::uint64_t served_ = 0;  ///< Virtual service time: what each job has got since the start.
  std::uint64_t order_ = 0;
  std::vector<Job> heap_;
};

}  // namespace shaketable::engine
