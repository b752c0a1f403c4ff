#include "engine/sim/simulator_inl.h"
#include "proxy/telemetry/response_flags.h"

/// Callers who give up, and calls that nobody answers.
namespace shaketable::engine {

void Simulator::on_call_timeout(CallId id) {
  if ((id & kLoadCall) != 0) {
    LoadCall* const call = load_calls_.find(id & ~kLoadCall);
    if (call == nullptr) {
      return;
    }
    call->timeout = {};
    call->has_no_answer = true;
    trace_note_of_call(id,
                       call->is_refused ? NoteRow::Kind::kNobodyUp : NoteRow::Kind::kClientTimeout);
    if (!call->is_refused) {
      cancel_direct(call->direct, kNone);
      end_call(id, 504, proxy::kFlagUpstreamRequestTimeout, 1);
      return;
    }
  } else {
    Visit* const caller = find_caller(id);
    if (caller == nullptr) {
      return;
    }
    caller->timeout = {};
    const bool is_refused = caller->callee == 0 && !instances_[caller->instance].has_sidecar;
    trace_note_of_call(id, is_refused ? NoteRow::Kind::kNobodyUp : NoteRow::Kind::kClientTimeout);
    if (caller->callee != 0 || instances_[caller->instance].has_sidecar) {
      abandon_call(*caller);
      end_call(id, 504, proxy::kFlagUpstreamRequestTimeout, 1);
      return;
    }
  }
  end_call(id, 503, proxy::kFlagUpstreamConnectionFailure, 1);
}

/// Whoever waited goes away; what is under way upstream is told.
void Simulator::abandon_call(Visit& caller) {
  if (!instances_[caller.instance].has_sidecar) {
    cancel_direct(caller.callee, caller.instance);
  } else if (caller.callee != 0) {
    sidecar(caller.instance).on_downstream_reset(now(), caller.callee);
  }
}

void Simulator::cancel_direct(VisitId direct, std::uint32_t from) {
  if (Visit* const visit = visits_.find(direct); visit != nullptr) {
    if (is_tracing_) {
      tracer_.on_cancelled(*visit, now());
    }
    if (visit->was_reset) {
      free_visit(*visit);  // a reset is all that is still to come
      return;
    }
    send_message(SimEvent::kCancelArrives, *visit, from, visit->instance, now());
  }
}

}  // namespace shaketable::engine
