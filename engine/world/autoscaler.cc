#include "engine/world/autoscaler.h"

#include <algorithm>
#include <chrono>

#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

using proxy::Instant;

/// The default policies of `behavior.scaleUp`: within this time at most twice as many, or this many
/// more, whichever is more.
constexpr Duration kScaleUpPeriod = std::chrono::seconds(15);
constexpr std::uint32_t kScaleUpInstances = 4;

/// Instances that would be as busy as wanted, when together they are as busy as `busy_ppm` of one.
std::uint32_t share_out(std::uint64_t busy_ppm, std::uint32_t target_ppm) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>((busy_ppm + target_ppm - 1) / target_ppm, kNone));
}

}  // namespace

std::uint32_t Autoscaler::decide(Instant now, const Sample& sample) {
  const std::uint32_t clamped = std::clamp(sample.wanted, settings_.min, settings_.max);
  if (proposals_.empty()) {
    proposals_.push_back({now, clamped});
  }
  if (clamped != sample.wanted) {
    return clamped;
  }
  const std::uint32_t proposed = stabilized(now, sample.wanted, by_metric(sample));
  return std::clamp(limited(now, sample.wanted, proposed), settings_.min, settings_.max);
}

/// Instances that do not work are taken for idle when there might have to be more, those that are
/// down for fully busy when there might have to be fewer; if that turns the answer, nothing
/// changes.
std::uint32_t Autoscaler::by_metric(const Sample& sample) const {
  if (sample.ready == 0) {
    return sample.wanted;
  }
  const std::uint64_t target = settings_.target_ppm;
  const std::uint64_t sum = sample.busy_ppm * sample.ready;
  const auto is_near = [&](std::uint64_t busy, std::uint64_t instances) {
    const std::uint64_t wanted = target * instances;
    const std::uint64_t off = busy > wanted ? busy - wanted : wanted - busy;
    return static_cast<proxy::Uint128>(off) * proxy::kPpmOne <=
           static_cast<proxy::Uint128>(wanted) * settings_.tolerance_ppm;
  };
  const bool is_more = sample.busy_ppm > target;
  const std::uint32_t down = sample.wanted - sample.ready - sample.starting;
  if (down == 0 && (sample.starting == 0 || !is_more)) {
    return is_near(sum, sample.ready) ? sample.wanted : share_out(sum, settings_.target_ppm);
  }
  const std::uint64_t filled =
      is_more ? sum : sum + std::max<std::uint64_t>(target, proxy::kPpmOne) * down;
  const std::uint32_t counted = sample.ready + down + (is_more ? sample.starting : 0);
  const bool is_still_more = filled > target * counted;
  if (is_near(filled, counted) || is_more != is_still_more) {
    return sample.wanted;
  }
  const std::uint32_t proposed = share_out(filled, settings_.target_ppm);
  return is_still_more ? std::max(proposed, sample.wanted) : std::min(proposed, sample.wanted);
}

std::uint32_t Autoscaler::stabilized(Instant now, std::uint32_t wanted, std::uint32_t proposed) {
  const Duration longest =
      std::max(settings_.scale_up_stabilization, settings_.scale_down_stabilization);
  std::erase_if(proposals_, [&](const Note& note) { return note.at + longest <= now; });
  std::uint32_t up = proposed;
  std::uint32_t down = proposed;
  for (const Note& note : proposals_) {
    if (note.at + settings_.scale_up_stabilization > now) {
      up = std::min(up, note.count);
    }
    if (note.at + settings_.scale_down_stabilization > now) {
      down = std::max(down, note.count);
    }
  }
  proposals_.push_back({now, proposed});
  if (wanted < up) {
    return up;
  }
  return wanted > down ? down : wanted;
}

std::uint32_t Autoscaler::limited(Instant now, std::uint32_t wanted, std::uint32_t proposed) {
  if (proposed <= wanted) {
    return proposed;
  }
  std::erase_if(additions_, [&](const Note& note) { return note.at + kScaleUpPeriod <= now; });
  std::uint32_t added = 0;
  for (const Note& note : additions_) {
    added += note.count;
  }
  const std::uint32_t before = wanted - std::min(added, wanted);
  const std::uint32_t most = std::max({before * 2, before + kScaleUpInstances, wanted});
  const std::uint32_t allowed = std::min({proposed, most, settings_.max});
  additions_.push_back({now, allowed - wanted});
  return allowed;
}

}  // namespace shaketable::engine
