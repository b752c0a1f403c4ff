#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// Two or more versions of a service side by side: the wanted and the real split, their signals
/// with confidence intervals, and what the judges of canary tools would have said. Plain data;
/// `find_canaries()` makes it.
namespace shaketable::engine {

/// A figure and the interval in which the true one lies with 95 % confidence.
struct Interval {
  std::int64_t value = 0, low = 0, high = 0;
};

/// One version over the measured run.
struct VersionSignals {
  VersionIndex version = kNone;
  std::uint64_t requests = 0, errors = 0;
  std::int64_t rate = 0;       ///< Micro-requests per second.
  std::int64_t share_ppm = 0;  ///< Of all requests of the service.
  Interval error_ppm;          ///< Wilson's interval.
  Interval p50, p90, p99;      ///< ns; intervals by order statistics.
};

/// Weights do not change within one of these.
struct SplitSpan {
  Instant from{}, to{};
  std::uint32_t fault = kNone;           ///< The push that began it; kNone: the scenario's own.
  std::vector<std::int64_t> wanted_ppm;  ///< By version; empty: no weights, split by hosts.
  std::vector<std::uint64_t> requests;   ///< By version.
  std::vector<Interval> share_ppm;       ///< By version, what came about.
};

enum class CanaryJudge : std::uint8_t { kKayenta, kFlagger, kArgo };
[[nodiscard]] const char* name_of(CanaryJudge judge);

/// What one judge says of one version against the baseline.
struct CanaryOpinion {
  CanaryJudge judge = CanaryJudge::kKayenta;
  VersionIndex version = kNone;
  bool passed = false;
  bool known = false;                ///< False: there was too little to judge.
  std::int64_t score_ppm = 0;        ///< Kayenta: 0 to 100,000,000 (percent in ppm); else 0.
  Instant decided = proxy::kNever;   ///< Flagger, Argo: the check at which it would roll back.
  Instant promoted = proxy::kNever;  ///< Flagger: the check after which it would promote it.
  std::string text;                  ///< "Fail: score 50 (errors High, p99 Pass)"
};

/// One service with several versions.
struct CanaryAnalysis {
  ServiceIndex service = kNone;
  VersionIndex baseline = kNone;  ///< The version with the most requests before the first push.
  std::vector<VersionSignals> versions;
  std::vector<SplitSpan> split;
  std::vector<CanaryOpinion> opinions;
  /// Requests to other versions that failed beyond the baseline's share of failures,
  std::uint64_t failed = 0;
  /// and an upper estimate of how many of them a client saw until the roll-back (or the end): its
  /// failures beyond what was normal. The rest was retried or survived on the way.
  std::uint64_t users_hurt = 0;
  Instant rolled_back = proxy::kNever;  ///< The push that took the last weight from them.
  std::string text;
};

/// One for each service with several versions that got requests.
[[nodiscard]] std::vector<CanaryAnalysis> find_canaries(const Scenario& scenario,
                                                        const RunRecord& record);

}  // namespace shaketable::engine
