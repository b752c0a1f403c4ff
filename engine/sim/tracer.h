#pragma once

#include <cstdint>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "engine/sim/simulation.h"
#include "engine/sim/trace_rows.h"
#include "engine/sim/trace_sample.h"
#include "engine/sim/visit.h"
#include "engine/world/plan.h"

namespace shaketable::engine {

/// What spans are named by, at the end of a run.
struct TraceWorld {
  const Scenario& scenario;
  const Plans& plans;
  std::vector<Place> places;  ///< By instance.
  Duration proxy_cost{0};     ///< What a proxy that has nothing else to do takes for a message.
  Instant now{};              ///< End of the run.
};

/// Follows requests of the load through the mesh and keeps some of them. The simulator says what
/// happens, by the slots of its visits; rows of moments are written while a request is under way,
/// and when its last part is over the samples decide whether they stay. Nothing flows back.
///
/// What is not followed has row 0, which takes everything and is never read: no call has to ask.
/// Memory is bounded by TraceOptions. Not thread-safe.
class Tracer {
 public:
  Tracer(const Scenario& scenario, const TraceOptions& options, std::uint64_t seed);

  [[nodiscard]] bool is_on() const { return options_.sample_ppm > 0; }

  // ---- calls
  struct LoadRequestStart {
    std::uint32_t slot;  ///< Of the LoadCall.
    std::uint64_t number;
    std::uint32_t load, journey;
    ServiceIndex service;
    GlobalEndpoint endpoint;
    Instant intended;
  };
  void begin_load(const LoadRequestStart& start);
  void end_load(std::uint32_t slot, Instant now, std::uint16_t status, std::uint32_t flags);
  void begin_call(const Visit& caller, const Op& op, Instant now, bool has_sidecar);
  void end_call(const Visit& caller, Instant now, std::uint16_t status, std::uint32_t flags,
                std::uint32_t attempts);
  /// The caller stops waiting, without an answer.
  void abandon_call(const Visit& caller, Instant now);

  /// The row of what a load call or a visit waits for; 0 = it is not followed.
  [[nodiscard]] RowIndex call_of_load(std::uint32_t slot) const { return at(load_calls_, slot); }
  [[nodiscard]] RowIndex call_of(const Visit& caller) const { return at(calls_of_, caller.slot()); }
  [[nodiscard]] RowIndex hop_of(const Visit& visit) const { return at(hops_of_, visit.slot()); }

  // ---- hops
  void begin_hop(const Visit& visit, RowIndex call, Instant now, bool by_sidecar, bool is_mirror);
  /// `branch` works for the same request as `visit`.
  void share_hop(const Visit& branch, const Visit& visit);
  /// A visit that nobody follows took the slot.
  void forget_slot(const Visit& visit);
  /// Waits for a worker.
  void on_queued(const Visit& visit, Instant now) { hops_[hop_of(visit)].entered = now; }
  /// Has its worker, or its place.
  void on_begun(const Visit& visit, Instant now) { hops_[hop_of(visit)].begun = now; }
  /// The answer leaves.
  void on_answered(const Visit& visit, Instant now, Instant departure);
  void on_cancelled(const Visit& visit, Instant now);
  /// The request leaves its caller's host at another moment than is usual.
  void on_departed(const Visit& visit, Instant departure) {
    hops_[hop_of(visit)].departed = departure;
  }
  /// The message that the visit stands for will not arrive.
  void on_lost(const Visit& visit, Instant now);
  /// The slot is about to be free.
  void on_freed(const Visit& visit, Instant now);

  // ---- notes
  void note_call(RowIndex call, NoteRow::Kind kind, const proxy::Decision& decision);
  void note_hop(RowIndex hop, NoteRow::Kind kind, const proxy::Decision& decision,
                Instant until = kNotYet);

  /// Makes spans of all that was kept; what is still under way counts as open. Call it once.
  void finish(const TraceWorld& world, RunRecord& record);

 private:
  friend class TraceBuilder;

  static RowIndex at(const std::vector<RowIndex>& rows, std::uint32_t slot) {
    return slot < rows.size() ? rows[slot] : 0;
  }
  static void set(std::vector<RowIndex>& rows, std::uint32_t slot, RowIndex row) {
    if (slot >= rows.size()) [[unlikely]] {
      rows.resize(std::size_t{2} * slot + 64);
    }
    rows[slot] = row;
  }
  RowIndex add_call(RowIndex trace);
  void add_note(RowIndex trace, const NoteRow& note);
  void close(RowIndex trace, Instant now);
  void end(RowIndex trace, Instant now);
  void let_go(RowIndex trace);

  const Scenario& scenario_;
  TraceOptions options_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> first_journey_;  ///< By load: its first number in the sample.
  TraceSample sample_;
  RowPool<OpenTrace> traces_;
  RowPool<CallRow> calls_;
  RowPool<HopRow> hops_;
  RowPool<NoteRow> notes_;
  std::vector<RowIndex> load_calls_;  ///< By slot of the LoadCall.
  std::vector<RowIndex> calls_of_;    ///< By slot of the visit that waits.
  std::vector<RowIndex> hops_of_;     ///< By slot of the visit.
  std::vector<RowIndex> dropped_;     ///< Scratch.
  std::uint64_t under_way_ = 0;       ///< Rows of traces that are not over.
  std::uint64_t followed_ = 0;
  std::uint64_t missed_ = 0;
};

}  // namespace shaketable::engine
