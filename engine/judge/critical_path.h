#pragma once

#include <vector>

#include "engine/record/trace.h"

namespace shaketable::engine {

/// A stretch of a request's time, and the innermost span that was waited for during it.
struct CriticalPiece {
  std::uint32_t span = 0;  ///< Index into Trace::spans.
  Instant from{}, to{};
};

/// Who was waited for, from the start of the request to its end: pieces without gaps and without
/// overlaps that cover the root. Where several branches ran at once, the one that ended last
/// counts; work that went on for nobody counts only as long as somebody waited for it. Mirrors
/// never count.
[[nodiscard]] std::vector<CriticalPiece> critical_path(const Trace& trace);

/// The critical time of one service in one kind of span.
struct WaitedFor {
  ServiceIndex service = kNone;  ///< kNone = the load and its network.
  SpanKind kind = SpanKind::kClient;
  proxy::Duration time{0};
};

/// The critical path summed up, the longest first; equal ones by service and kind.
[[nodiscard]] std::vector<WaitedFor> waited_for(const Trace& trace);

}  // namespace shaketable::engine
