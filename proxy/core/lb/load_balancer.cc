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
      full_scan_(config.full_scan) {}

void LoadBalancer::set_hosts(std::span<const LbHost> hosts, std::span<const std::uint32_t> active,
                             Rng& rng) {
  hosts_.assign(hosts.begin(), hosts.end());
  const auto differs = [this](const LbHost& host) { return host.weight != hosts_[0].weight; };
  weighted_ = std::any_of(hosts_.begin(), hosts_.end(), differs);
  total_weight_ = 0;
  for (const LbHost& host : hosts_) {
    total_weight_ += host.weight;
  }
  // Replicas start at different places, or they would all pick the same host first.
  if (!seed_.has_value()) {
    seed_ = rng.next();
    turns_ = *seed_ >> 1;  // far from the end of the numbers
  }
  next_ = hosts_.empty() ? 0 : turns_ % hosts_.size();
  schedule_.clear();
  if (!weighted_ || policy_ == LbPolicy::kRandom) {
    return;
  }
  weights_.assign(active.size(), 1);
  for (const LbHost& host : hosts_) {
    weights_[host.slot] = host.weight;
    schedule_.add(schedule_weight(host.slot, host.weight, active), host.slot);
  }
  for (std::uint64_t skip = *seed_ % hosts_.size(); skip > 0; --skip) {
    pick_weighted(active);
  }
}

std::uint32_t LoadBalancer::pick_one_of_many(std::span<const std::uint32_t> active, Rng& rng) {
  ASSERT(!hosts_.empty());
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
  return hosts_[0].slot;
}

std::uint32_t LoadBalancer::pick_in_turn() {
  const std::uint32_t slot = hosts_[next_].slot;
  ++turns_;
  ++next_;
  next_ = next_ == hosts_.size() ? 0 : next_;
  return slot;
}

std::uint32_t LoadBalancer::pick_least_request(std::span<const std::uint32_t> active, Rng& rng) {
  if (full_scan_) {
    return pick_full_scan(active, rng);
  }
  // Drawn with replacement, the first drawn wins a tie; both as in Envoy.
  std::uint32_t best = hosts_[rng.below(hosts_.size())].slot;
  for (std::uint32_t choice = 1; choice < choice_count_; ++choice) {
    const std::uint32_t other = hosts_[rng.below(hosts_.size())].slot;
    best = active[other] < active[best] ? other : best;
  }
  return best;
}

std::uint32_t LoadBalancer::pick_full_scan(std::span<const std::uint32_t> active, Rng& rng) {
  std::uint32_t best = hosts_[0].slot;
  std::uint64_t ties = 1;
  for (std::size_t i = 1; i < hosts_.size(); ++i) {
    const std::uint32_t slot = hosts_[i].slot;
    if (active[slot] < active[best]) {
      best = slot;
      ties = 1;
    } else if (active[slot] == active[best] && rng.below(++ties) == 0) {
      best = slot;  // reservoir: each of the tied hosts is equally likely
    }
  }
  return best;
}

std::uint32_t LoadBalancer::pick_weighted(std::span<const std::uint32_t> active) {
  const std::uint32_t slot = schedule_.take();
  schedule_.add(schedule_weight(slot, weights_[slot], active), slot);
  return slot;
}

std::uint32_t LoadBalancer::pick_random(Rng& rng) {
  if (!weighted_) {
    return hosts_[rng.below(hosts_.size())].slot;
  }
  std::uint64_t point = rng.below(total_weight_);
  for (const LbHost& host : hosts_) {
    if (point < host.weight) {
      return host.slot;
    }
    point -= host.weight;
  }
  return hosts_.back().slot;
}

double LoadBalancer::schedule_weight(std::uint32_t slot, std::uint32_t weight,
                                     std::span<const std::uint32_t> active) const {
  if (policy_ == LbPolicy::kRoundRobin) {
    return weight;
  }
  return static_cast<double>(weight) / (static_cast<double>(active[slot]) + 1.0);
}

}  // namespace shaketable::proxy
