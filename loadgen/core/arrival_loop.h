#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "loadgen/core/journey_picker.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/core/open_loop.h"
#include "loadgen/core/replay.h"
#include "loadgen/core/run_start.h"
#include "proxy/base/fifo_ring.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// Which journey begins when, whatever has become of those before: an open loop, with a limit of
/// runs at once.
///
///     arrival --below the limit--> run
///             --limit, kDrop-----> counted, gone
///             --limit, kWait-----> queue --a run ends--> run (latency counts from the arrival)
///
/// A user is a slot: it belongs to one run, then to another. Inputs carry `now`, which must not go
/// backwards. Allocates for more slots and a longer queue than ever before only. Not thread-safe.
class ArrivalLoop {
 public:
  /// `plan` is not kept. Of a limit, a share has its part: numbers below the remainder one more.
  ArrivalLoop(const LoadPlan& plan, proxy::Rng rng, Share share = {});

  /// When `next_run` may have something to say, if nothing is finished before.
  [[nodiscard]] proxy::Instant next_deadline() const {
    if (has_room() && !waiting_.empty()) {
      return waiting_.front();
    }
    return is_stopped_ ? proxy::kNever : next_arrival();
  }

  /// What begins now. Call it until it returns nothing.
  std::optional<RunStart> next_run(proxy::Instant now);

  /// The end of a run. Ignored if that user has none.
  void on_run_finished(proxy::Instant now, std::uint32_t user, bool success);

  /// Load fault: the rate is `factor_ppm` / 1'000'000 times the plan's from `now` on.
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm) {
    std::visit([&](auto& arrivals) { arrivals.set_factor(now, factor_ppm); }, arrivals_);
  }

  /// Load fault: which journeys are chosen how often; see `JourneyPicker::set_factors`.
  std::uint32_t set_journey_factors(std::span<const std::uint32_t> factors_ppm) {
    return picker_.set_factors(factors_ppm);
  }

  /// Nothing begins any more; what waits is dropped.
  void stop();

  [[nodiscard]] bool is_over() const { return in_flight_ == 0 && next_deadline() == proxy::kNever; }
  /// Runs under way.
  [[nodiscard]] std::uint32_t in_flight() const { return in_flight_; }
  [[nodiscard]] std::uint32_t most_in_flight() const { return most_; }
  /// Arrivals so far, whatever became of them.
  [[nodiscard]] std::uint64_t arrived() const { return arrived_; }
  /// Arrivals that the limit turned away, or that still waited at the end.
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Arrivals that had to wait for another run to end.
  [[nodiscard]] std::uint64_t delayed() const { return delayed_; }
  [[nodiscard]] std::size_t waiting() const { return waiting_.size(); }
  [[nodiscard]] std::uint64_t draws() const {
    return pick_rng_.draws() +
           std::visit([](const auto& arrivals) { return arrivals.draws(); }, arrivals_);
  }

 private:
  [[nodiscard]] bool has_room() const { return limit_ == 0 || in_flight_ < limit_; }
  [[nodiscard]] proxy::Instant next_arrival() const {
    return std::visit([](const auto& arrivals) { return arrivals.next(); }, arrivals_);
  }
  void advance() {
    std::visit([](auto& arrivals) { arrivals.advance(); }, arrivals_);
  }
  [[nodiscard]] RunStart start_run(proxy::Instant intended);

  std::variant<OpenLoop, Replay> arrivals_;
  JourneyPicker picker_;
  proxy::Rng pick_rng_;
  std::uint64_t limit_;
  WhenFull when_full_;
  bool stop_on_failure_;
  bool is_stopped_ = false;
  Share share_;
  std::uint32_t stride_;             ///< Every so many arrivals one is ours.
  std::vector<bool> is_running_;     ///< By user.
  std::vector<std::uint32_t> free_;  ///< Users without a run.
  proxy::FifoRing<proxy::Instant> waiting_;
  std::uint32_t in_flight_ = 0;
  std::uint32_t most_ = 0;
  std::uint64_t arrived_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t delayed_ = 0;
};

}  // namespace shaketable::loadgen
