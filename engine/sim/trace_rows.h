#pragma once

#include <cstdint>
#include <vector>

#include "engine/mesh/model.h"
#include "engine/world/plan.h"
#include "proxy/base/time.h"
#include "proxy/telemetry/decision.h"

/// What the tracer writes while requests run: rows of moments, linked to the trace that they belong
/// to. Spans are made of them at the end of the run, for the few requests that are kept.
namespace shaketable::engine {

using proxy::Instant;

/// Number of a row in its pool; 0 is one that nobody reads, for all that is not followed.
using RowIndex = std::uint32_t;

/// A moment that has not come (yet): before the start of every run.
inline constexpr Instant kNotYet{Duration{-1}};

/// A call, as its caller sees it; the request of the load is one, too.
struct CallRow {
  RowIndex next = 0;             ///< In its trace, or in the list of free rows.
  RowIndex trace = 0;            ///< Row of its OpenTrace.
  RowIndex parent = 0;           ///< The caller's hop; 0 = the load.
  std::uint32_t caller = kNone;  ///< Instance.
  Instant from{}, to{};
  ServiceIndex service = kNone;
  GlobalEndpoint endpoint = kNone;
  std::uint32_t flags = 0;
  std::uint16_t status = 0;
  std::uint16_t sent = 0;      ///< Attempts that were sent.
  std::uint16_t attempts = 0;  ///< As the sidecar counts them.
  bool has_sidecar = false;
  bool was_abandoned = false;
};

/// A request at an instance, with the attempt that sent it there.
struct HopRow {
  RowIndex next = 0;
  RowIndex trace = 0;
  RowIndex call = 0;  ///< That it serves.
  std::uint32_t instance = kNone;
  std::uint32_t caller = kNone;  ///< Instance.
  GlobalEndpoint endpoint = kNone;
  std::uint16_t attempt = 0;  ///< From 1; 0 = a mirror.
  std::uint16_t status = 0;
  std::uint32_t flags = 0;
  std::uint32_t holders = 0;  ///< Visits that write to it.
  bool by_sidecar = false;
  bool was_reset = false;
  bool was_cancelled = false;
  bool has_received = false;  ///< `received` is when the answer was there, not when it was lost.
  Instant sent{}, departed{}, arrived{}, entered{}, begun{}, ended{};
  Instant answered{}, answer_departed{}, received{}, cancelled{};
};

/// Something that was decided, or a piece of time with a name of its own.
struct NoteRow {
  enum class Kind : std::uint8_t {
    kDecision,       ///< Of a sidecar: `decision`.
    kWait,           ///< The application waits until `until`.
    kLoopWait,       ///< The request waited for its event loop since `until`.
    kQueueFull,      ///< The application refused it.
    kFault,          ///< A fault of the scenario: `decision.a` is its number.
    kHostsSkipped,   ///< `decision.a` hosts of `decision.host` are ejected, `reason` 1 = panic.
    kClientTimeout,  ///< The caller's own client gave up.
    kCancelled,      ///< The caller does not wait any more.
    kLost,           ///< A message of the hop never arrived.
    kNobodyUp,       ///< No instance is known to be up.
  };
  RowIndex next = 0;
  RowIndex owner = 0;
  bool is_of_hop = false;  ///< Else of a call.
  Kind kind = Kind::kDecision;
  Instant until{};
  proxy::Decision decision;  ///< `at` counts for all kinds.
};

/// Rows that are given back are used again, the last one first. Only indexes stay valid.
template <class Row>
class RowPool {
 public:
  RowPool() : rows_(1) {}

  [[nodiscard]] RowIndex take() {
    if (free_ == 0) {
      rows_.emplace_back();
      return static_cast<RowIndex>(rows_.size() - 1);
    }
    const RowIndex row = free_;
    free_ = rows_[row].next;
    return row;
  }
  /// Gives back a whole list.
  void give_back(RowIndex first, RowIndex last) {
    if (first != 0) {
      rows_[last].next = free_;
      free_ = first;
    }
  }
  /// Rows ever used, the one that nobody reads among them.
  [[nodiscard]] RowIndex size() const { return static_cast<RowIndex>(rows_.size()); }
  [[nodiscard]] Row& operator[](RowIndex row) { return rows_[row]; }
  [[nodiscard]] const Row& operator[](RowIndex row) const { return rows_[row]; }

 private:
  std::vector<Row> rows_;
  RowIndex free_ = 0;
};

/// Rows of one kind that belong to a trace, in order of time.
struct RowList {
  RowIndex first = 0, last = 0;

  template <class Row>
  void append(RowPool<Row>& pool, RowIndex row) {
    pool[row].next = 0;
    if (first == 0) {
      first = row;
    } else {
      pool[last].next = row;
    }
    last = row;
  }
};

/// A request of the load that is followed, under way or kept.
struct OpenTrace {
  RowIndex next = 0;        ///< In the list of free rows.
  std::uint32_t open = 0;   ///< Calls and hops that are not over.
  std::uint32_t rows = 0;   ///< In its lists.
  std::uint32_t holds = 0;  ///< Samples that keep it.
  std::uint32_t load = kNone;
  std::uint32_t journey = 0;
  std::uint64_t number = 0;
  std::uint64_t id_high = 0, id_low = 0;
  std::uint8_t reasons = 0;  ///< TraceReason bits.
  bool is_used = false;
  RowList calls, hops, notes;  ///< The first call is the load's.
};

}  // namespace shaketable::engine
