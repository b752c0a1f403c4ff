#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/record/trace.h"
#include "engine/sim/tracer.h"

namespace shaketable::engine {

/// Makes the spans of one trace out of its rows, at the end of a run.
class TraceBuilder {
 public:
  /// All must outlive the builder.
  TraceBuilder(const Tracer& tracer, const OpenTrace& trace, const TraceWorld& world);
  [[nodiscard]] Trace build();

 private:
  using Owned = std::vector<std::pair<RowIndex, RowIndex>>;  ///< (owner, row), by owner.
  /// What happened to a call so far, while its attempts are put in order.
  struct Progress {
    std::uint32_t span;      ///< Of the call.
    Instant attempt_from{};  ///< When the attempt began that is not sent yet.
    bool is_sent = false;
    std::uint32_t last_attempt = kNone;  ///< Span of the last one that was sent.
    std::string cause;                   ///< Why the last one failed.
  };

  void collect();
  /// The (owner, row) pairs of one owner.
  [[nodiscard]] static std::span<const std::pair<RowIndex, RowIndex>> rows_of(const Owned& rows,
                                                                              RowIndex owner);
  std::uint32_t add(const Span& span);
  void add_event(std::uint32_t span, Instant at, SpanEventKind kind, std::string reason);

  void add_root(RowIndex row);
  void add_call(RowIndex row, std::uint32_t parent);
  void add_attempts(RowIndex row, std::uint32_t span);
  void add_attempt(RowIndex row, const CallRow& call, Progress& progress, Instant next);
  void add_pending(const CallRow& call, Progress& progress, Instant to);
  void add_decision(const CallRow& call, const NoteRow& note, Progress& progress);
  void add_call_note(const CallRow& call, const NoteRow& note, Progress& progress);
  [[nodiscard]] Instant end_of_attempt(const HopRow& hop, const CallRow& call, Instant next) const;
  void add_hop(RowIndex row, std::uint32_t parent);
  void add_inbound(RowIndex row, const HopRow& hop, std::uint32_t parent);
  void add_application(RowIndex row, const HopRow& hop, std::uint32_t parent);
  void add_work(std::uint32_t application, std::vector<std::pair<Instant, Instant>> busy);
  void add_hop_notes(RowIndex row, std::uint32_t span);
  void add_network(const HopRow& hop, std::uint32_t parent, bool is_response);
  void set_place(Span& span, std::uint32_t instance) const;
  void set_peer(Span& span, std::uint32_t instance) const;
  void sort_siblings();

  [[nodiscard]] Instant end_of(const CallRow& call) const;
  [[nodiscard]] EndpointIndex endpoint_of(GlobalEndpoint endpoint, ServiceIndex service) const;
  [[nodiscard]] std::string instance_name(std::uint32_t instance) const;

  const Tracer& tracer_;
  const OpenTrace& rows_;
  const TraceWorld& world_;
  Trace trace_;
  Owned calls_, hops_, call_notes_, hop_notes_;
};

}  // namespace shaketable::engine
