#pragma once

#include <span>
#include <string>

#include "engine/judge/comparison.h"
#include "reports/html/page.h"

/// Parts of pages that tell of two runs side by side: the page of a comparison has them all, the
/// page of a run with a baseline some of them. Changes are told by sign, word and colour.
namespace shaketable::reports {

/// A change by glyph and word; `kSame` says that nothing changed that matters.
[[nodiscard]] std::string marked(engine::Change change);

/// Which figures became worse by more than is allowed, or that none did.
[[nodiscard]] std::string regressions_table(const engine::RunComparison& comparison);

/// What each expectation gave before and after; empty when there are none.
[[nodiscard]] std::string expectation_changes_table(const engine::RunComparison& comparison,
                                                    std::size_t most_rows);

/// Figures with signed changes and their intervals, in the order given. `caption` is markup.
[[nodiscard]] std::string deltas_table(std::span<const engine::Delta> deltas,
                                       const std::string& caption);

/// Events that happened more or less often, and lines of the files that differ; empty when there
/// are none. What is beyond `most_rows` is said.
[[nodiscard]] std::string differences_tables(Page& page, const engine::RunComparison& comparison,
                                             std::size_t most_rows);

}  // namespace shaketable::reports
