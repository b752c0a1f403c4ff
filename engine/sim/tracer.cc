#include "engine/sim/tracer.h"

#include <algorithm>
#include <utility>

#include "engine/sim/simulator.h"
#include "engine/sim/trace_builder.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

/// A trace's notes end here: a request that is tried for ever must not fill the memory.
constexpr std::uint32_t kMostRowsOfOne = 20'000;

std::size_t journeys_of(const Scenario& scenario) {
  std::size_t count = 0;
  for (const Load& load : scenario.loads) {
    count += std::max<std::size_t>(load.journeys.size(), 1);
  }
  return count;
}

/// Whether an id below `ppm` of all.
bool is_sampled(std::uint64_t id, std::uint32_t ppm) {
  return ((id >> 32) * 1'000'000) >> 32 < ppm;
}

}  // namespace

Tracer::Tracer(const Scenario& scenario, const TraceOptions& options, std::uint64_t seed)
    : scenario_(scenario),
      options_(options),
      seed_(proxy::mix64(seed)),
      sample_(options, journeys_of(scenario)) {
  std::uint32_t first = 0;
  for (const Load& load : scenario.loads) {
    first_journey_.push_back(first);
    first += static_cast<std::uint32_t>(std::max<std::size_t>(load.journeys.size(), 1));
  }
}

// ---- calls ------------------------------------------------------------------------------------

RowIndex Tracer::add_call(RowIndex trace) {
  const RowIndex row = calls_.take();
  CallRow& call = calls_[row];
  call = CallRow{};
  call.trace = trace;
  call.to = kNotYet;
  OpenTrace& of = traces_[trace];
  of.calls.append(calls_, row);
  ++of.open;
  ++of.rows;
  ++under_way_;
  return row;
}

void Tracer::begin_load(const LoadRequestStart& start) {
  const std::uint64_t low = proxy::mix64(seed_ + start.number);
  if (!is_sampled(low, options_.sample_ppm) || under_way_ >= options_.most_under_way) {
    ++missed_;
    set(load_calls_, start.slot, 0);
    return;
  }
  ++followed_;
  const RowIndex row = traces_.take();
  OpenTrace& trace = traces_[row];
  trace = OpenTrace{};
  trace.is_used = true;
  trace.number = start.number;
  trace.load = start.load;
  trace.journey = start.journey;
  trace.id_low = low;
  trace.id_high = proxy::mix64(low ^ seed_);
  const RowIndex index = add_call(row);
  CallRow& call = calls_[index];
  call.from = start.intended;
  call.service = start.service;
  call.endpoint = start.endpoint;
  set(load_calls_, start.slot, index);
}

void Tracer::end_load(std::uint32_t slot, Instant now, std::uint16_t status, std::uint32_t flags) {
  const RowIndex row = call_of_load(slot);
  if (row == 0) {
    return;
  }
  load_calls_[slot] = 0;
  CallRow& call = calls_[row];
  call.to = now;
  call.status = status;
  call.flags = flags;
  call.attempts = 1;
  close(call.trace, now);
}

void Tracer::begin_call(const Visit& caller, const Op& op, Instant now, bool has_sidecar) {
  const RowIndex parent = hop_of(caller);
  if (parent == 0) {
    set(calls_of_, caller.slot(), 0);
    return;
  }
  const RowIndex row = add_call(hops_[parent].trace);
  CallRow& call = calls_[row];
  call.parent = parent;
  call.caller = caller.instance;
  call.from = now;
  call.service = op.service;
  call.endpoint = op.endpoint;
  call.has_sidecar = has_sidecar;
  set(calls_of_, caller.slot(), row);
}

void Tracer::end_call(const Visit& caller, Instant now, std::uint16_t status, std::uint32_t flags,
                      std::uint32_t attempts) {
  const RowIndex row = call_of(caller);
  if (row == 0) {
    return;
  }
  calls_of_[caller.slot()] = 0;
  CallRow& call = calls_[row];
  call.to = now;
  call.status = status;
  call.flags = flags;
  call.attempts = static_cast<std::uint16_t>(attempts);
  close(call.trace, now);
}

void Tracer::abandon_call(const Visit& caller, Instant now) {
  const RowIndex row = call_of(caller);
  if (row == 0) {
    return;
  }
  calls_of_[caller.slot()] = 0;
  CallRow& call = calls_[row];
  call.to = now;
  call.was_abandoned = true;
  call.attempts = call.sent;
  close(call.trace, now);
}

// ---- hops -------------------------------------------------------------------------------------

void Tracer::begin_hop(const Visit& visit, RowIndex call, Instant now, bool by_sidecar,
                       bool is_mirror) {
  if (call == 0) {
    set(hops_of_, visit.slot(), 0);
    return;
  }
  const RowIndex trace = calls_[call].trace;
  OpenTrace& of = traces_[trace];
  if (of.rows >= kMostRowsOfOne) {
    set(hops_of_, visit.slot(), 0);
    return;
  }
  const RowIndex row = hops_.take();
  HopRow& hop = hops_[row];
  hop = HopRow{};
  hop.trace = trace;
  hop.call = call;
  hop.instance = visit.instance;
  hop.caller = visit.caller_instance;
  hop.endpoint = visit.endpoint;
  hop.attempt = is_mirror ? std::uint16_t{0} : ++calls_[call].sent;
  hop.holders = 1;
  hop.by_sidecar = by_sidecar;
  hop.sent = now;
  hop.departed = hop.answer_departed = hop.arrived = hop.entered = hop.begun = hop.ended = kNotYet;
  hop.answered = hop.received = hop.cancelled = kNotYet;
  of.hops.append(hops_, row);
  ++of.open;
  ++of.rows;
  ++under_way_;
  set(hops_of_, visit.slot(), row);
}

void Tracer::share_hop(const Visit& branch, const Visit& visit) {
  const RowIndex row = hop_of(visit);
  ++hops_[row].holders;
  set(hops_of_, branch.slot(), row);
}

void Tracer::forget_slot(const Visit& visit) { set(hops_of_, visit.slot(), 0); }

void Tracer::on_answered(const Visit& visit, Instant now, Instant departure) {
  HopRow& hop = hops_[hop_of(visit)];
  hop.answered = now;
  hop.answer_departed = departure;
  hop.status = visit.status;
  hop.flags = visit.response_flags();
  hop.was_reset = visit.was_reset;
}

void Tracer::on_cancelled(const Visit& visit, Instant now) {
  const RowIndex row = hop_of(visit);
  HopRow& hop = hops_[row];
  if (row != 0 && hop.cancelled == kNotYet && hop.received == kNotYet) {
    hop.cancelled = now;
    hop.was_cancelled = true;
  }
}

void Tracer::on_lost(const Visit& visit, Instant now) {
  note_hop(hop_of(visit), NoteRow::Kind::kLost, {.at = now});
}

void Tracer::on_freed(const Visit& visit, Instant now) {
  const RowIndex row = hop_of(visit);
  if (row == 0) {
    return;
  }
  hops_of_[visit.slot()] = 0;
  HopRow& hop = hops_[row];
  if (!visit.is_branch) {
    if (visit.state != Visit::State::kTravelling && hop.arrived == kNotYet) {
      hop.arrived = visit.arrived;
    }
    if (visit.state == Visit::State::kAnswering) {
      hop.received = now;
    } else if (hop.ended == kNotYet) {
      hop.ended = now;
    }
  }
  if (--hop.holders == 0) {
    close(hop.trace, now);
  }
}

// ---- notes ------------------------------------------------------------------------------------

void Tracer::add_note(RowIndex trace, const NoteRow& note) {
  OpenTrace& of = traces_[trace];
  if (of.rows >= kMostRowsOfOne) {
    return;
  }
  const RowIndex row = notes_.take();
  notes_[row] = note;
  of.notes.append(notes_, row);
  ++of.rows;
  ++under_way_;
}

void Tracer::note_call(RowIndex call, NoteRow::Kind kind, const proxy::Decision& decision) {
  if (call != 0) {
    NoteRow note;
    note.owner = call;
    note.kind = kind;
    note.decision = decision;
    add_note(calls_[call].trace, note);
  }
}

void Tracer::note_hop(RowIndex hop, NoteRow::Kind kind, const proxy::Decision& decision,
                      Instant until) {
  if (hop != 0) {
    NoteRow note;
    note.owner = hop;
    note.is_of_hop = true;
    note.kind = kind;
    note.until = until;
    note.decision = decision;
    add_note(hops_[hop].trace, note);
  }
}

// ---- ends -------------------------------------------------------------------------------------

/// One part of the trace is over.
void Tracer::close(RowIndex trace, Instant now) {
  if (--traces_[trace].open == 0) {
    end(trace, now);
  }
}

/// All of it is over, or the run is.
void Tracer::end(RowIndex row, Instant now) {
  OpenTrace& trace = traces_[row];
  under_way_ -= trace.rows;
  const CallRow& root = calls_[trace.calls.first];
  const bool is_open = root.to == kNotYet;
  const TraceSample::Candidate candidate{
      .trace = row,
      .rank = trace.id_high,
      .rows = trace.rows,
      .duration = (is_open ? now : root.to) - root.from,
      .outcome = is_open ? Outcome::kOk : outcome_of(root.status, root.flags),
      .is_open = is_open};
  const std::uint32_t journey = first_journey_[trace.load] + trace.journey;
  trace.holds = sample_.offer(journey, candidate, dropped_);
  if (trace.holds == 0) {
    let_go(row);
  }
  for (const RowIndex it : dropped_) {
    if (--traces_[it].holds == 0) {
      let_go(it);
    }
  }
  dropped_.clear();
}

void Tracer::let_go(RowIndex row) {
  OpenTrace& trace = traces_[row];
  calls_.give_back(trace.calls.first, trace.calls.last);
  hops_.give_back(trace.hops.first, trace.hops.last);
  notes_.give_back(trace.notes.first, trace.notes.last);
  trace.is_used = false;
  traces_.give_back(row, row);
}

void Tracer::finish(const TraceWorld& world, RunRecord& record) {
  if (!is_on()) {
    return;
  }
  for (RowIndex row = 1; row < traces_.size(); ++row) {
    if (traces_[row].is_used && traces_[row].open > 0) {
      end(row, world.now);
    }
  }
  std::vector<RowIndex> kept;
  sample_.for_each_kept([&](RowIndex row, TraceReason reason) {
    if (traces_[row].reasons == 0) {
      kept.push_back(row);
    }
    traces_[row].reasons = static_cast<std::uint8_t>(traces_[row].reasons | reason);
  });
  std::sort(kept.begin(), kept.end(),
            [&](RowIndex a, RowIndex b) { return traces_[a].number < traces_[b].number; });
  for (const RowIndex row : kept) {
    record.traces.push_back(TraceBuilder(*this, traces_[row], world).build());
  }
  record.tracing.followed = followed_;
  record.tracing.missed = missed_;
  record.tracing.kept_good_ppm = sample_.good_ppm();
  record.tracing.kept_failed_ppm = sample_.failed_ppm();
}

}  // namespace shaketable::engine
