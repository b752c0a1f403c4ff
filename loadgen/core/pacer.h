#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "loadgen/core/arrival_loop.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/core/run_start.h"
#include "loadgen/core/worker_loop.h"

namespace shaketable::loadgen {

/// The closed or the open loop of a load behind one face, for those who carry out either.
class Pacer {
 public:
  /// `plan` is not kept.
  Pacer(const LoadPlan& plan, proxy::Rng rng, Share share = {})
      : loop_(plan.workers > 0 ? Loop(std::in_place_type<WorkerLoop>, plan, rng, share)
                               : Loop(std::in_place_type<ArrivalLoop>, plan, rng, share)) {}

  /// When `next_run` may have something to say, if nothing is finished before.
  [[nodiscard]] proxy::Instant next_deadline() const {
    return std::visit([](const auto& loop) { return loop.next_deadline(); }, loop_);
  }
  /// What begins now. Call it until it returns nothing, after every `on_run_finished`, too.
  std::optional<RunStart> next_run(proxy::Instant now) {
    return std::visit([&](auto& loop) { return loop.next_run(now); }, loop_);
  }
  void on_run_finished(proxy::Instant now, std::uint32_t user, bool success) {
    std::visit([&](auto& loop) { loop.on_run_finished(now, user, success); }, loop_);
  }
  void set_factor(proxy::Instant now, std::uint32_t factor_ppm) {
    std::visit([&](auto& loop) { loop.set_factor(now, factor_ppm); }, loop_);
  }
  std::uint32_t set_journey_factors(std::span<const std::uint32_t> factors_ppm) {
    return std::visit([&](auto& loop) { return loop.set_journey_factors(factors_ppm); }, loop_);
  }
  void stop() {
    std::visit([](auto& loop) { loop.stop(); }, loop_);
  }
  [[nodiscard]] bool is_over() const {
    return std::visit([](const auto& loop) { return loop.is_over(); }, loop_);
  }
  [[nodiscard]] std::uint64_t draws() const {
    return std::visit([](const auto& loop) { return loop.draws(); }, loop_);
  }
  /// Null if it is the other one.
  [[nodiscard]] const WorkerLoop* closed() const { return std::get_if<WorkerLoop>(&loop_); }
  [[nodiscard]] const ArrivalLoop* open() const { return std::get_if<ArrivalLoop>(&loop_); }

 private:
  using Loop = std::variant<WorkerLoop, ArrivalLoop>;
  Loop loop_;
};

}  // namespace shaketable::loadgen
