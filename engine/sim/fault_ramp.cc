#include "engine/sim/fault_ramp.h"

namespace shaketable::engine {
namespace {

std::uint32_t part_of(std::uint32_t size, std::uint32_t level_ppm) {
  return static_cast<std::uint32_t>(std::uint64_t{size} * level_ppm / proxy::kPpmOne);
}

/// From 1 up or down to the factor.
std::uint32_t factor_at(std::uint32_t factor_ppm, std::uint32_t level_ppm) {
  return factor_ppm >= proxy::kPpmOne
             ? proxy::kPpmOne + part_of(factor_ppm - proxy::kPpmOne, level_ppm)
             : proxy::kPpmOne - part_of(proxy::kPpmOne - factor_ppm, level_ppm);
}

}  // namespace

Fault fault_at_step(const Fault& full, std::uint32_t step) {
  const std::uint32_t level = ramp_level_ppm(step);
  Fault fault = full;
  if (level == proxy::kPpmOne) {
    return fault;
  }
  switch (full.kind) {
    case FaultKind::kDelay:
      fault.time = full.time.scaled(static_cast<double>(level) / proxy::kPpmOne);
      break;
    case FaultKind::kAbort:
    case FaultKind::kReset:
    case FaultKind::kBlackhole:
    case FaultKind::kLoss:
      fault.ppm = part_of(full.ppm, level);
      break;
    case FaultKind::kSlow:
    case FaultKind::kLoad:
      fault.factor_ppm = factor_at(full.factor_ppm, level);
      break;
    case FaultKind::kPartition:
    case FaultKind::kKill:
    case FaultKind::kPause:
    case FaultKind::kConfigPush:
    case FaultKind::kScale:
    case FaultKind::kDeploy:
    case FaultKind::kNodeLoss:
    case FaultKind::kLeak:
    case FaultKind::kCacheFlush:
    case FaultKind::kBandwidth:
    case FaultKind::kDnsStale:
    case FaultKind::kDiscoveryDelay:
    case FaultKind::kCertExpire:
    case FaultKind::kClockSkew:
      break;
  }
  return fault;
}

}  // namespace shaketable::engine
