#pragma once

#include <cstddef>
#include <vector>

#include "engine/record/run_record.h"

namespace shaketable::reports {

/// Whether a request ended in `outcome` for who is told of it by a series: the clients of a load,
/// or the callers of an edge (any of its calls).
[[nodiscard]] bool is_example(const engine::Trace& trace, const engine::Subject& subject,
                              std::size_t outcome);

/// The requests that a page shows: failed ones, slow ones, then usual ones, a third of `most` each;
/// and beyond `most` one for each of the most frequent kinds of errors that none of them shows, at
/// most half as many again.
[[nodiscard]] std::vector<const engine::Trace*> choose_traces(const engine::RunRecord& record,
                                                              std::size_t most);

/// One kind of errors: who was told, how, and how often.
struct ErrorKind {
  const engine::Series* series = nullptr;
  std::size_t outcome = 0;
  std::uint64_t count = 0;
};

/// Of edges and clients, over the measured run, the most frequent first.
[[nodiscard]] std::vector<ErrorKind> error_kinds(const engine::RunRecord& record);

}  // namespace shaketable::reports
