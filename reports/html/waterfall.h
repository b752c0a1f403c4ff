#pragma once

#include <string>
#include <vector>

#include "engine/record/trace.h"
#include "engine/scenario/model.h"

namespace shaketable::reports {

/// The request as bars under each other: callers above those that they call, attempts of one call
/// with their numbers, the critical path (engine/judge/critical_path.h) as
/// a thick line, decisions of the sidecars as marks with
/// their number in the list below. At most `most_rows` bars.
[[nodiscard]] std::string svg_waterfall(const engine::Scenario& scenario,
                                        const engine::Trace& trace, std::size_t most_rows);

/// The spans that `svg_waterfall` draws, in its order: those of the network and of an application's
/// single steps are in the bar of their parent; of more than `most_rows` the longest are drawn.
[[nodiscard]] std::vector<std::uint32_t> drawn_spans(const engine::Trace& trace,
                                                     std::size_t most_rows);

/// "checkout -> payment POST /charge, try 2".
[[nodiscard]] std::string span_words(const engine::Scenario& scenario, const engine::Span& span);

}  // namespace shaketable::reports
