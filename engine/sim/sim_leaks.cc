#include <algorithm>
#include <cstdint>

#include "engine/sim/simulator_inl.h"

/// What instances lose little by little: slots, memory, and what was in their caches.
namespace shaketable::engine {
namespace {

constexpr std::uint32_t kFillSteps = 20;

/// Share, ppm, of what a cache should have that is not there again so long after it was emptied.
///
/// A key that is asked for `m` times within the life of an entry is found m / (1 + m) of the times
/// (the first one fetches it), so m = h / (1 - h) from the hit ratio h; after a part x of that life
/// it has still not been asked for with probability exp(-m x). In 20 steps, each with the series of
/// exp(m / 20) up to its square: a step is never more than the whole.
std::uint32_t missing_ppm(Duration since, Duration ttl, std::uint32_t hit_ppm) {
  const auto steps = static_cast<std::uint64_t>(since.count() / (ttl.count() / kFillSteps + 1));
  if (steps >= kFillSteps) {
    return 0;
  }
  constexpr std::uint64_t kOne = proxy::kPpmOne;
  const std::uint64_t misses =
      std::max<std::uint64_t>(kOne - std::min<std::uint64_t>(hit_ppm, kOne), 1);
  const std::uint64_t asked =
      std::min(std::uint64_t{hit_ppm} * kOne / misses / kFillSteps, 1'000 * kOne);
  const std::uint64_t grows = kOne + asked + asked * asked / (2 * kOne);
  std::uint64_t missing = kOne;
  for (std::uint64_t step = 0; step < steps; ++step) {
    missing = missing * kOne / grows;
  }
  return static_cast<std::uint32_t>(missing);
}

}  // namespace

// ---- slots ------------------------------------------------------------------------------------

void Simulator::start_leak(std::uint32_t index) {
  if (faults_[index].bytes == 0) {
    leak_slots(index);
    return;
  }
  for (const std::uint32_t instance : fault_targets_[index]) {
    instances_[instance].faults.push_back(index);
    instances_[instance].set(kQuirkFaults, true);
  }
}

/// One of each instance, and again after a while.
void Simulator::leak_slots(std::uint32_t index) {
  if (!fault_active_[index]) {
    return;
  }
  const std::vector<std::uint32_t> targets = targets_of(faults_[index]);
  for (const std::uint32_t instance : targets) {
    leak_slot(instance);
  }
  kernel_.schedule(now() + faults_[index].amount,
                   {.kind = static_cast<std::uint8_t>(SimEvent::kFault),
                    .flags = kFaultGoesOn,
                    .target = index});
}

/// A slot that is free, or as many as are owed; else the next that becomes free.
void Simulator::leak_slot(std::uint32_t index) {
  Instance& instance = instances_[index];
  const bool has_workers = instance.model == RuntimeModel::kWorkers;
  const std::uint32_t slots = has_workers ? instance.workers : instance.runtime->max_in_flight;
  if (!instance.up || instance.leaked + instance.owed >= slots) {
    return;
  }
  ++instance.owed;
  while (instance.owed > 0 && instance.busy < slots) {
    --instance.owed;
    ++instance.leaked;
    ++instance.busy;
    if (has_workers) {
      recorder_.levels(instance.place.service).busy.add(now());
    }
  }
}

void Simulator::stop_leak(std::uint32_t index) {
  if (faults_[index].bytes != 0) {
    for (const std::uint32_t i : fault_targets_[index]) {
      std::erase(instances_[i].faults, index);
      instances_[i].set(kQuirkFaults, !instances_[i].faults.empty());
    }
    return;
  }
  const auto is_still_leaking = [&](std::uint32_t instance) {
    for (std::uint32_t f = 0; f < faults_.size(); ++f) {
      if (fault_active_[f] && faults_[f].kind == FaultKind::kLeak && faults_[f].bytes == 0 &&
          hits(faults_[f], instance)) {
        return true;
      }
    }
    return false;
  };
  for (std::uint32_t i = 0; i < instances_.size(); ++i) {
    if (hits(faults_[index], i) && !is_still_leaking(i)) {
      give_slots_back(instances_[i]);
    }
  }
}

void Simulator::give_slots_back(Instance& instance) {
  instance.owed = 0;
  for (; instance.leaked > 0; --instance.leaked) {
    --instance.busy;
    if (instance.model == RuntimeModel::kWorkers) {
      recorder_.levels(instance.place.service).busy.remove(now());
      let_next_in(instance);
    }
  }
}

// ---- memory -----------------------------------------------------------------------------------

/// It is killed once the request that took the last of it has been dealt with.
void Simulator::lose_memory(Instance& instance, std::uint32_t index) {
  const Fault& fault = faults_[index];
  const bool was_alive = instance.leaked_bytes < fault.limit_bytes;
  instance.leaked_bytes += fault.bytes;
  if (was_alive && instance.leaked_bytes >= fault.limit_bytes) {
    const auto self = static_cast<std::uint32_t>(&instance - instances_.data());
    kernel_.schedule(
        now(),
        {.kind = static_cast<std::uint8_t>(SimEvent::kOutOfMemory), .target = self, .arg = index});
  }
}

void Simulator::on_out_of_memory(std::uint32_t index, std::uint32_t fault) {
  if (instances_[index].leaked_bytes >= faults_[fault].limit_bytes) {
    kill(index, faults_[fault].restart_after, "out of memory");
  }
}

// ---- caches -----------------------------------------------------------------------------------

/// Caches are empty while some flush lasts, and fill from its end on.
void Simulator::flush_caches(std::uint32_t index) {
  for (const std::uint32_t i : fault_targets_[index]) {
    bool is_kept_empty = false;
    for (std::uint32_t f = 0; f < faults_.size(); ++f) {
      is_kept_empty =
          is_kept_empty || (fault_active_[f] && faults_[f].kind == FaultKind::kCacheFlush &&
                            faults_[f].length > Duration::zero() && hits(faults_[f], i));
    }
    instances_[i].is_cold = true;
    instances_[i].filled_from = is_kept_empty ? proxy::kNever : now();
  }
}

/// Whether what would be a hit is not, because the cache has been flushed.
bool Simulator::is_lost_from_cache(const Visit& visit, Instance& instance) {
  if (instance.filled_from == proxy::kNever) {
    return true;
  }
  const EndpointPlan& plan = plans_.endpoints[instance.plan_of(visit.endpoint)];
  const std::uint32_t missing =
      missing_ppm(now() - instance.filled_from, plan.cache_ttl, plan.cache_hit_ppm);
  return instance.choice_rng.chance_ppm(missing);
}

}  // namespace shaketable::engine
