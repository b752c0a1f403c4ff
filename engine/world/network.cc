#include "engine/world/network.h"

#include <algorithm>

namespace shaketable::engine {
namespace {

constexpr Duration kLastTimeout = std::chrono::seconds(120);

bool hits(const NetworkFault& fault, const Place& from, const Place& to) {
  if (is_everything(fault.other) && !is_everything(fault.one)) {
    const bool leaves = is_at(fault.one, from);
    const bool enters = is_at(fault.one, to);
    return leaves != enters && (leaves || !fault.one_way);
  }
  return (is_at(fault.one, from) && is_at(fault.other, to)) ||
         (!fault.one_way && is_at(fault.one, to) && is_at(fault.other, from));
}

}  // namespace

Duration NetworkModel::give_up_after() {
  Duration waited{0};
  Duration timeout = kDataRetransmission.first;
  for (int sent = 0; sent < kDataRetransmission.transmissions; ++sent) {
    waited += timeout;
    timeout = std::min(timeout * 2, kLastTimeout);
  }
  return waited;
}

void NetworkModel::remove(std::uint32_t id) {
  std::erase_if(faults_, [id](const NetworkFault& fault) { return fault.id == id; });
  narrow_.remove(id);
  find_plain();
}

void NetworkModel::set_loss(std::uint32_t id, std::uint32_t loss_ppm) {
  for (NetworkFault& fault : faults_) {
    fault.loss_ppm = fault.id == id ? loss_ppm : fault.loss_ppm;
  }
}

void NetworkModel::find_plain() {
  for (const bool same_zone : {false, true}) {
    const Link& link = same_zone ? network_.same_zone : network_.cross_zone;
    is_plain_[same_zone ? 1 : 0] = faults_.empty() && cut_off_ == 0 && link.loss_ppm == 0 &&
                                   link.latency.is_constant() && narrow_.are_wide(same_zone);
  }
}

Duration NetworkModel::delay(proxy::Instant now, const Place& from, const Place& to,
                             proxy::Rng& rng, const Retransmission& again) const {
  const Link& link = from.zone == to.zone ? network_.same_zone : network_.cross_zone;
  Duration waited{0};
  Duration timeout = again.first;
  for (int sent = 0; sent < again.transmissions; ++sent) {
    if (!is_lost(now + waited, from, to, link.loss_ppm, rng)) {
      return waited + link.latency.sample(rng);
    }
    waited += timeout;
    timeout = std::min(timeout * 2, kLastTimeout);
  }
  return Duration{-1};
}

bool NetworkModel::is_lost(proxy::Instant at, const Place& from, const Place& to,
                           std::uint32_t link_loss_ppm, proxy::Rng& rng) const {
  if (from.is_cut_off || to.is_cut_off) {
    return true;
  }
  if (rng.chance_ppm(link_loss_ppm)) {
    return true;
  }
  return std::any_of(faults_.begin(), faults_.end(), [&](const NetworkFault& fault) {
    return at < fault.until && hits(fault, from, to) && rng.chance_ppm(fault.loss_ppm);
  });
}

}  // namespace shaketable::engine
