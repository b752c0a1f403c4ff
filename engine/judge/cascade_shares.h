#pragma once

#include <algorithm>
#include <cstdint>

#include "engine/judge/run_view.h"

/// How much of a step one thing explains: shares in ppm, what is beyond the normal state.
namespace shaketable::engine {

inline constexpr std::int64_t kAll = 1'000'000;          ///< ppm
inline constexpr std::int64_t kLeastStrength = 100'000;  ///< ppm; what explains less is no cause.

/// At most kAll; 0 of nothing, or for a negative part.
[[nodiscard]] inline std::int64_t share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : std::min(static_cast<std::int64_t>(scaled(part, kAll, whole)), kAll);
}
[[nodiscard]] inline std::int64_t share(std::int64_t part, std::int64_t whole) {
  return part <= 0 || whole <= 0
             ? 0
             : share(static_cast<std::uint64_t>(part), static_cast<std::uint64_t>(whole));
}

/// Failures beyond what was normal for as many answers.
[[nodiscard]] inline std::uint64_t excess_errors(const Sums& now, const Sums& normal) {
  const std::uint64_t usual = scaled(normal.errors, now.count, normal.count);
  return now.errors > usual ? now.errors - usual : 0;
}

/// The calls of an edge as the step that makes them sees them: from 400 on an answer fails it, its
/// own mistakes included, which are no failures of the callee.
[[nodiscard]] inline Sums as_seen_by_caller(Sums sums) {
  sums.errors += sums.of(Outcome::kClientError);
  return sums;
}

/// Three failures, and one in a hundred, before errors count as a way.
[[nodiscard]] inline bool has_errors(const Sums& now, const Sums& normal) {
  const std::uint64_t excess = excess_errors(now, normal);
  return excess >= 3 && excess * 100 >= now.count;
}

/// ns by which the p99 of an edge is above its normal one; 0 without answers.
[[nodiscard]] inline std::int64_t slower_by(const EdgeRecord& edge, const Sums& now) {
  return edge.p99 > 0 && now.count > 0 ? std::max<std::int64_t>(now.p99 - edge.p99, 0) : 0;
}

}  // namespace shaketable::engine
