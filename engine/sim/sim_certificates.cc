#include <algorithm>

#include "engine/sim/simulator.h"

/// Certificates that have run out, and clocks that are wrong: who gets no connection.
namespace shaketable::engine {

/// Both sides of mutual TLS look at each other's certificate; one that refuses is enough.
bool Simulator::is_handshake_refused(std::uint32_t caller, std::uint32_t callee) {
  if (!has_tls(callee)) {
    return false;
  }
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    const bool has_expired = fault_active_[f] && faults_[f].kind == FaultKind::kCertExpire;
    if (has_expired && (hits(faults_[f], caller) || hits(faults_[f], callee))) {
      return true;
    }
  }
  return !certificates_.accept_each_other(caller, callee, now());
}

/// Several wrong clocks at one instance add up.
void Simulator::move_clocks(std::uint32_t index, bool back) {
  const Duration amount = faults_[index].amount;
  for (const std::uint32_t instance : fault_targets_[index]) {
    certificates_.move_clock(instance, back ? -amount : amount);
  }
}

/// Who comes later to a whole that has wrong clocks gets one, too.
void Simulator::join_clock_skews(std::uint32_t index) {
  for (std::uint32_t f = 0; f < faults_.size(); ++f) {
    std::vector<std::uint32_t>& targets = fault_targets_[f];
    if (fault_active_[f] && faults_[f].kind == FaultKind::kClockSkew && faults_[f].instances == 0 &&
        hits(faults_[f], index) &&
        std::find(targets.begin(), targets.end(), index) == targets.end()) {
      targets.push_back(index);
      certificates_.move_clock(index, faults_[f].amount);
    }
  }
}

}  // namespace shaketable::engine
