#include "engine/world/certificates.h"

namespace shaketable::engine {

using proxy::Duration;
using proxy::Instant;

Certificates::Sidecar& Certificates::sidecar(std::uint32_t instance) {
  if (sidecars_.size() <= instance) {
    sidecars_.resize(instance + 1);
  }
  return sidecars_[instance];
}

void Certificates::issue(std::uint32_t instance, Instant now) { sidecar(instance).issued = now; }

void Certificates::move_clock(std::uint32_t instance, Duration by) {
  sidecar(instance).clock += by;
}

Duration Certificates::age(std::uint32_t instance, Instant now) {
  Sidecar& owner = sidecar(instance);
  if (!owner.issued) {
    proxy::Rng rng = master_.stream("certificate", instance);
    const auto before = static_cast<std::int64_t>(rng.below(kRenewedAfter.count()));
    owner.issued = proxy::kStart - Duration(before);
    draws_ += rng.draws();
  }
  return (now - *owner.issued) % kRenewedAfter;
}

bool Certificates::accept_each_other(std::uint32_t one, std::uint32_t other, Instant now) {
  return accepts(one, other, now) && accepts(other, one, now);
}

/// By the clock of `one`. While it is right, every certificate is good: none gets older than 12 h.
bool Certificates::accepts(std::uint32_t one, std::uint32_t other, Instant now) {
  const Duration ahead = sidecar(one).clock;
  if (ahead == Duration::zero()) {
    return true;
  }
  const Duration seen = age(other, now) + ahead;
  return seen >= -kGoodBefore && seen <= kGoodFor;
}

}  // namespace shaketable::engine
