#pragma once

#include "engine/sim/simulator.h"

/// Callers: steps of visits that wait for an answer. The usual way; the rest is in sim_calls.cc.
namespace shaketable::engine {

/// The visit that waits for this call, nullptr if nobody does any more (or it is the load's).
inline Visit* Simulator::find_caller(CallId id) {
  if ((id & kStepCall) == 0) [[unlikely]] {
    return nullptr;
  }
  Visit& caller = visits_.at_slot(static_cast<std::uint32_t>(id));
  return caller.is_calling && caller.last_call == id ? &caller : nullptr;
}

/// The answer comes through `end_call`, never before this returns.
[[gnu::always_inline]] inline void Simulator::begin_call(Visit& caller, const Op& op) {
  const CallId id = next_call_id(caller);
  caller.last_call = id;
  caller.is_calling = true;
  caller.began = now();
  ++open_calls_;
  if (is_tracing_) [[unlikely]] {
    trace_call(caller, op);
  }
  caller.timeout = op.timeout > Duration::zero() ? client_timers_.arm(now(), op.timeout, id)
                                                 : proxy::TimerHandle{};
  if (instances_[caller.instance].has_sidecar) {
    caller.callee = sidecar(caller.instance)
                        .on_request(now(), proxy::Direction::kOutbound,
                                    shapes_.head(op.endpoint, caller.headers), id);
    return;
  }
  Visit* const callee = new_direct_visit(id, outgoing_of(caller));
  if (callee == nullptr) [[unlikely]] {
    caller.callee = 0;
    client_timers_.cancel(caller.timeout);
    caller.timeout = client_timers_.arm_irregular(now(), id);
    return;
  }
  caller.callee = callee->id;
  send_request(*callee);
}

/// Without a sidecar: the platform's service address, round robin over what it takes for alive.
/// Nullptr if that is nobody.
inline Visit* Simulator::new_direct_visit(CallId id, const Outgoing& call) {
  const std::vector<std::uint32_t>& up = resolved_[call.service];
  if (up.empty()) [[unlikely]] {
    return nullptr;
  }
  std::uint32_t& next = next_direct_[call.service];
  next = next >= up.size() ? 0 : next;
  Visit& visit = new_visit(id, call, up[next++]);
  if (is_tracing_) [[unlikely]] {
    trace_direct(id, visit);
  }
  return &visit;
}

inline void Simulator::end_call(CallId id, std::uint16_t status, std::uint32_t flags,
                                std::uint32_t attempts) {
  if ((id & kLoadCall) != 0) {
    end_load_call(id, status, flags);
  } else {
    end_step_call(id, status, flags, attempts);
  }
}

[[gnu::always_inline]] inline void Simulator::end_step_call(CallId id, std::uint16_t status,
                                                            std::uint32_t flags,
                                                            std::uint32_t attempts) {
  Visit* const caller = find_caller(id);
  if (caller == nullptr) [[unlikely]] {
    return;
  }
  const Op& op = op_of_call(*caller);
  if (is_tracing_) [[unlikely]] {
    trace_call_end(*caller, status, flags, attempts);
  }
  client_timers_.cancel(caller->timeout);
  forget_call(*caller);
  recorder_.on_called(op.edge, outcome_of(status, flags), status, now() - caller->began,
                      attempts > 1 ? attempts - 1 : 0);
  if (status >= kFirstFailure && !op.optional) [[unlikely]] {
    caller->failure = status == 504 ? std::uint16_t{504} : std::uint16_t{502};
  }
  run_visit(*caller);
}

/// Ends the call without a word; its timer must not be armed any more.
inline void Simulator::forget_call(Visit& caller) {
  caller.is_calling = false;
  --open_calls_;
}

}  // namespace shaketable::engine
