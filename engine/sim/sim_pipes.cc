#include <algorithm>

#include "engine/sim/simulator_inl.h"

/// Narrow links: messages that wait for each other, at their sender's pipe and at their receiver's.
namespace shaketable::engine {
namespace {

/// At most: an answer that is an error is a head and a line.
constexpr std::uint32_t kErrorBytes = 1'024;

}  // namespace

/// 0 for what takes no room: cancellations and resets.
std::uint32_t Simulator::bytes_of(SimEvent kind, const Visit& visit) const {
  const bool is_request = kind == SimEvent::kRequestArrives;
  if (!is_request && (kind != SimEvent::kResponseArrives || visit.was_reset)) {
    return 0;
  }
  const MessageSizes& sizes =
      visit.is_unknown ? plans_.unknown_sizes
                       : plans_.sizes[instances_[visit.instance].plan_of(visit.endpoint)];
  if (is_request) {
    return sizes.request;
  }
  return visit.status < kFirstFailure ? sizes.response : std::min(sizes.response, kErrorBytes);
}

/// A message passes the pipe once. A copy of it that is sent again takes no room.
void Simulator::send_through_pipes(SimEvent kind, Visit& visit, std::uint32_t from,
                                   std::uint32_t to, Instant departure) {
  const LinkEnd sender = link_end(from, to);
  const LinkEnd receiver = link_end(to, from);
  NarrowLinks& narrow = network_.narrow();
  const Instant leaves = narrow.leave(departure, sender, receiver, bytes_of(kind, visit));
  const Duration delay = link_delay(leaves, from, to);
  if (delay < Duration::zero()) {
    on_undeliverable(kind, visit, leaves);
    return;
  }
  const Instant arrival = proxy::after(leaves, delay);
  if (!narrow.is_narrow_in(sender, receiver)) {
    deliver_at(arrival, kind, visit, to);
  } else if (arrival < proxy::kNever) {
    // Others may be sent later and be there before: whose turn it is shows when it gets there.
    kernel_.schedule(arrival, {.kind = static_cast<std::uint8_t>(SimEvent::kPipeReached),
                               .flags = static_cast<std::uint8_t>(kind),
                               .target = to,
                               .arg = visit.id});
  }
}

void Simulator::on_pipe_reached(SimEvent kind, Visit& visit) {
  const bool is_request = kind == SimEvent::kRequestArrives;
  const std::uint32_t from = is_request ? visit.caller_instance : visit.instance;
  const std::uint32_t to = is_request ? visit.instance : visit.caller_instance;
  const Instant arrival =
      network_.narrow().enter(now(), link_end(from, to), link_end(to, from), bytes_of(kind, visit));
  deliver_at(arrival, kind, visit, to);
}

void Simulator::deliver_at(Instant arrival, SimEvent kind, Visit& visit, std::uint32_t to) {
  if (arrival < proxy::kNever) {
    kernel_.schedule(arrival,
                     {.kind = static_cast<std::uint8_t>(kind), .target = to, .arg = visit.id});
  }
}

void Simulator::start_bandwidth(std::uint32_t index) {
  const Fault& fault = faults_[index];
  network_.add(RateLimit{.id = index,
                         .one = place_of(fault.target),
                         .other = place_of(fault.other),
                         .rate = fault.bytes});
}

}  // namespace shaketable::engine
