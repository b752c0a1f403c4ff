#pragma once

#include <cstddef>
#include <vector>

#include "engine/record/run_record.h"

/// What metrics over windows and metrics by bucket share.
namespace shaketable::engine {

/// Adds the counts of one point or window to another.
template <class Counts>
void add_counts(Counts& sum, const Counts& other) {
  for (std::size_t i = 0; i < sum.outcomes.size(); ++i) {
    sum.outcomes[i] += other.outcomes[i];
  }
  sum.count += other.count;
  sum.retries += other.retries;
}

/// Series to be added up for a subject: itself, or all journeys of a load without an own series.
[[nodiscard]] std::vector<const Series*> parts_of(const RunRecord& record, const Subject& subject);

/// Series that count the retries of a subject: for a service, the edges into it.
[[nodiscard]] std::vector<const Series*> retry_parts_of(const RunRecord& record,
                                                        const Subject& subject);

}  // namespace shaketable::engine
