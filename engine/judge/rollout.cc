#include "engine/judge/rollout.h"

#include <algorithm>
#include <utility>

namespace shaketable::engine {
namespace {

std::int64_t share_rounded_up(std::int64_t whole, std::int64_t percent) {
  return (whole * percent + 99) / 100;
}

// Up towards `wanted` by at most `room`, which shrinks by what was used.
std::int64_t grown(std::int64_t count, std::int64_t wanted, std::int64_t& room) {
  const std::int64_t more =
      std::clamp<std::int64_t>(wanted - count, 0, std::max<std::int64_t>(room, 0));
  room -= more;
  return count + more;
}

// Down towards `wanted` by at most `room`.
std::int64_t shrunk(std::int64_t count, std::int64_t from, std::int64_t wanted,
                    std::int64_t& room) {
  const std::int64_t less =
      std::clamp<std::int64_t>(from - wanted, 0, std::max<std::int64_t>(room, 0));
  room -= less;
  return less > 0 ? from - less : count;
}

// What may be counted on while something is taken away: replicas that are about to go are gone.
std::int64_t dependable(const ArgoReplicas& replicas, bool ignore_availability) {
  return ignore_availability ? replicas.spec : std::min(replicas.spec, replicas.available);
}

}  // namespace

std::vector<std::int64_t> FlaggerRollout::linear_weights(std::int64_t max_weight,
                                                         std::int64_t step_weight) {
  std::vector<std::int64_t> weights;
  for (std::int64_t w = step_weight; step_weight > 0 && w <= max_weight; w += step_weight) {
    weights.push_back(w);
  }
  return weights;
}

FlaggerRollout::FlaggerRollout(Config config) : config_(std::move(config)) {
  if (config_.step_weights.empty()) {
    state_ = State::kPromoted;
  }
}

void FlaggerRollout::on_check(bool passed) {
  if (state_ != State::kProgressing) {
    return;
  }
  if (!passed) {
    if (++failed_ >= config_.threshold) {
      state_ = State::kRolledBack;
    }
    return;
  }
  if (++step_ >= config_.step_weights.size()) {
    state_ = State::kPromoted;
  }
}

std::int64_t FlaggerRollout::weight() const {
  switch (state_) {
    case State::kProgressing:
      return config_.step_weights[step_];
    case State::kPromoted:
      return 100;
    case State::kRolledBack:
      return 0;
  }
  return 0;
}

bool flagger_check(std::uint64_t requests, std::uint64_t errors, std::int64_t threshold_ppm) {
  if (requests == 0) {
    return false;
  }
  const std::uint64_t good = requests - std::min(errors, requests);
  return static_cast<__int128>(good) * 1'000'000 >=
         static_cast<__int128>(threshold_ppm) * static_cast<__int128>(requests);
}

ArgoCounts argo_next_counts(const ArgoStep& step) {
  const std::int64_t wanted_stable = share_rounded_up(step.replicas, 100 - step.set_weight);
  const std::int64_t wanted_canary = share_rounded_up(step.replicas, step.set_weight);
  const bool is_uneven = step.replicas * step.set_weight % 100 != 0;  // Both were rounded up.
  std::int64_t room =
      step.replicas + step.max_surge + (is_uneven ? 1 : 0) - step.stable.spec - step.canary.spec;
  ArgoCounts next;
  next.stable = grown(step.stable.spec, wanted_stable, room);
  next.canary = grown(step.canary.spec, wanted_canary, room);

  const bool is_increasing = wanted_canary >= step.canary.spec;
  std::int64_t spare = dependable(step.canary, !is_increasing) +
                       dependable(step.stable, is_increasing) -
                       (step.replicas - step.max_unavailable);
  next.canary = shrunk(next.canary, step.canary.spec, wanted_canary, spare);
  next.stable = shrunk(next.stable, step.stable.spec, wanted_stable, spare);
  return next;
}

}  // namespace shaketable::engine
