#include "proxy/core/lb/load_balancer.h"

#include <algorithm>

#include "proxy/base/assert.h"

namespace shaketable::proxy {

bool EdfSchedule::later(const Entry& a, const Entry& b) {
  return a.deadline != b.deadline ? a.deadline > b.deadline : a.order > b.order;
}

void EdfSchedule::clear() {
  heap_.clear();
  now_ = 0;
  order_ = 0;
}

void EdfSchedule::add(double weight, std::uint32_t slot) {
  heap_.push_back({now_ + 1.0 / weight, order_++, slot});
  std::push_heap(heap_.begin(), heap_.end(), later);
}

std::uint32_t EdfSchedule::take() {
  std::pop_heap(heap_.begin(), heap_.end(), later);
  const Entry entry = heap_.back();
  heap_.pop_back();
  now_ = entry.deadline;
  return entry.slot;
}

LoadBalancer::LoadBalancer(const ClusterConfig& config)
    : policy_(config.lb_policy),
      choice_count_(std::max(config.choice_count, 1U)),
      details_(std::make_unique<Details>()) {
  details_->full_scan = config.full_scan;
}

void LoadBalancer::set_hosts(std::span<const LbHost> hosts, ActiveCounts active, Rng& rng) {
  Details& details = *details_;
  const std::uint64_t turns = turns_ + next_;
  details.hosts.assign(hosts.begin(), hosts.end());
  count_ = static_cast<std::uint32_t>(hosts.size());
  const auto differs = [hosts](const LbHost& host) { return host.weight != hosts[0].weight; };
  weighted_ = std::any_of(hosts.begin(), hosts.end(), differs);
  picks_of_two_ =
      policy_ == LbPolicy::kLeastRequest && choice_count_ == 2 && !weighted_ && !details.full_scan;
  in_order_ = true;
  details.total_weight = 0;
  for (std::uint32_t i = 0; i < count_; ++i) {
    details.total_weight += hosts[i].weight;
    in_order_ = in_order_ && hosts[i].slot == i;
  }
  // Replicas start at different places, or they would all pick the same host first.
  const bool is_first = !details.seed.has_value();
  if (is_first) {
    details.seed = rng.next();
  }
  start_turns(is_first ? *details.seed >> 1 : turns);  // far from the end of the numbers
  details.schedule.clear();
  if (!weighted_ || policy_ == LbPolicy::kRandom) {
    return;
  }
  for (const LbHost& host : details.hosts) {
    if (host.slot >= details.weights.size()) {
      details.weights.resize(host.slot + 1);
    }
    details.weights[host.slot] = host.weight;
    details.schedule.add(schedule_weight(host.slot, host.weight, active), host.slot);
  }
  for (std::uint64_t skip = *details.seed % count_; skip > 0; --skip) {
    pick_weighted(active);
  }
}

/// Continues with the candidate whose turn it is after so many picks.
void LoadBalancer::start_turns(std::uint64_t turns) {
  next_ = count_ == 0 ? 0 : static_cast<std::uint32_t>(turns % count_);
  turns_ = turns - next_;
}

std::uint32_t LoadBalancer::pick_one_of_many(ActiveCounts active, Rng& rng) {
  ASSERT(count_ > 0);
  switch (policy_) {
    case LbPolicy::kRandom:
      return pick_random(rng);
    case LbPolicy::kRoundRobin:
      if (weighted_) {
        return pick_weighted(active);
      }
      return pick_in_turn();
    case LbPolicy::kLeastRequest:
      return weighted_ ? pick_weighted(active) : pick_least_request(active, rng);
  }
  return slot_of(0);
}

std::uint32_t LoadBalancer::pick_in_turn() {
  const std::uint32_t slot = slot_of(next_);
  ++next_;
  if (next_ == count_) {
    turns_ += count_;
    next_ = 0;
  }
  return slot;
}

std::uint32_t LoadBalancer::pick_least_request(ActiveCounts active, Rng& rng) {
  if (details_->full_scan) {
    return pick_full_scan(active, rng);
  }
  std::uint32_t best = slot_of(rng.below(count_));
  for (std::uint32_t choice = 1; choice < choice_count_; ++choice) {
    const std::uint32_t other = slot_of(rng.below(count_));
    best = active[other] < active[best] ? other : best;
  }
  return best;
}

std::uint32_t LoadBalancer::pick_full_scan(ActiveCounts active, Rng& rng) {
  std::uint32_t best = slot_of(0);
  std::uint64_t ties = 1;
  for (std::uint32_t i = 1; i < count_; ++i) {
    const std::uint32_t slot = slot_of(i);
    if (active[slot] < active[best]) {
      best = slot;
      ties = 1;
    } else if (active[slot] == active[best] && rng.below(++ties) == 0) {
      best = slot;  // reservoir: each of the tied hosts is equally likely
    }
  }
  return best;
}

std::uint32_t LoadBalancer::pick_weighted(ActiveCounts active) {
  Details& details = *details_;
  const std::uint32_t slot = details.schedule.take();
  details.schedule.add(schedule_weight(slot, details.weights[slot], active), slot);
  return slot;
}

std::uint32_t LoadBalancer::pick_random(Rng& rng) {
  if (!weighted_) {
    return slot_of(rng.below(count_));
  }
  std::uint64_t point = rng.below(details_->total_weight);
  for (const LbHost& host : details_->hosts) {
    if (point < host.weight) {
      return host.slot;
    }
    point -= host.weight;
  }
  return details_->hosts.back().slot;
}

double LoadBalancer::schedule_weight(std::uint32_t slot, std::uint32_t weight,
                                     ActiveCounts active) const {
  if (policy_ == LbPolicy::kRoundRobin) {
    return weight;
  }
  return static_cast<double>(weight) / (static_cast<double>(active[slot]) + 1.0);
}

}  // namespace shaketable::proxy
