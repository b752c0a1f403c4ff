#include "engine/judge/rollout.h"

#include <algorithm>
#include <utility>

namespace shaketable::engine {
namespace {

// Distance of `canary` of `total` from the weight, as a fraction with that total.
std::int64_t distance(std::int64_t canary, std::int64_t total, std::int64_t weight) {
  const std::int64_t apart = canary * 100 - weight * total;
  return apart < 0 ? -apart : apart;
}

// The counts that come nearest to the weight with all replicas, or with one more where a surge is
// allowed. Of two that are equally near the larger canary counts. A weight between is never none or
// all, unless there is but one replica and no room for a second.
ArgoCounts nearest_counts(const ArgoStep& step) {
  const std::int64_t down = step.replicas * step.set_weight / 100;
  const std::int64_t up = (step.replicas * step.set_weight + 99) / 100;
  const bool is_edge =
      step.set_weight == 0 || step.set_weight == 100 || (step.replicas == 1 && step.max_surge == 0);
  ArgoCounts best{step.replicas, 0};
  std::int64_t best_total = 0;  // None yet.
  const auto consider = [&](std::int64_t canary, std::int64_t total) {
    // distance / total < best distance / best total
    if (best_total == 0 || distance(canary, total, step.set_weight) * best_total <
                               distance(best.canary, best_total, step.set_weight) * total) {
      best = {total - canary, canary};
      best_total = total;
    }
  };
  const std::int64_t most = step.replicas + (step.max_surge > 0 ? 1 : 0);
  for (std::int64_t total = step.replicas; total <= most; ++total) {
    const bool is_tied = total * step.set_weight % 100 == 50;
    if (up < total || is_edge) {
      consider(up, total);
    }
    if (!is_tied && (down != 0 || is_edge)) {
      consider(down, total);
    }
  }
  return best;
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
  const ArgoCounts wanted = nearest_counts(step);
  const std::int64_t most = step.replicas + step.max_surge;
  std::int64_t room = most - step.stable.spec - step.canary.spec;
  ArgoCounts next;
  next.stable = grown(step.stable.spec, wanted.stable, room);
  next.canary = grown(step.canary.spec, wanted.canary, room);

  const bool is_increasing = wanted.canary >= step.canary.spec;
  std::int64_t spare = dependable(step.canary, !is_increasing) +
                       dependable(step.stable, is_increasing) -
                       (step.replicas - step.max_unavailable);
  next.canary = shrunk(next.canary, step.canary.spec, wanted.canary, spare);
  next.stable = shrunk(next.stable, step.stable.spec, wanted.stable, spare);

  // Still too many: replicas that are not available yet can go at once.
  std::int64_t beyond = next.stable + next.canary - most;
  next.canary = shrunk(next.canary, next.canary, step.canary.available, beyond);
  next.stable = shrunk(next.stable, next.stable, step.stable.available, beyond);
  return next;
}

}  // namespace shaketable::engine
