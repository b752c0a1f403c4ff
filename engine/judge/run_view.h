#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/judge/health.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

/// The record of a run, indexed by service and edge for the analyses.
namespace shaketable::engine {

/// Some buckets of a series, added up.
struct Sums {
  std::array<std::uint64_t, kOutcomes> outcomes{};
  std::uint64_t count = 0;
  std::uint64_t errors = 0;
  std::uint64_t retries = 0;
  std::int64_t latency_sum = 0;
  std::int64_t p99 = 0;       ///< The greatest of the buckets.
  std::uint64_t buckets = 0;  ///< How many there are, empty ones included.

  [[nodiscard]] std::uint64_t of(Outcome outcome) const {
    return outcomes[static_cast<std::size_t>(outcome)];
  }
};

/// Buckets [from, to) by number.
struct BucketSpan {
  std::size_t from = 0, to = 0;
};

/// The sums over the buckets of `span` that exist.
[[nodiscard]] Sums sums_of(const Series& series, const BucketSpan& span);

/// An edge that was used.
struct EdgeRecord {
  ServiceIndex caller = kNone, service = kNone;
  const Series* series = nullptr;
  Sums normal;           ///< Over the baseline of the run.
  std::int64_t p99 = 0;  ///< Normal: what 90 % of the baseline's buckets stay below; 0: unknown.
};

/// Indexes of one record; both arguments must outlive it.
class RunView {
 public:
  RunView(const Scenario& scenario, const RunRecord& record);

  [[nodiscard]] const Scenario& scenario() const { return scenario_; }
  [[nodiscard]] const RunRecord& record() const { return record_; }
  [[nodiscard]] std::size_t services() const { return own_.size(); }
  [[nodiscard]] std::size_t buckets() const { return buckets_; }
  [[nodiscard]] std::size_t bucket_at(Instant at) const;
  [[nodiscard]] Instant start_of(std::size_t bucket) const;
  /// The buckets in which everything was normal; empty when that is not known.
  [[nodiscard]] const BucketSpan& baseline() const { return baseline_; }

  /// The service as itself sees it; nullptr when it was not recorded.
  [[nodiscard]] const Series* own(ServiceIndex service) const { return own_[service]; }
  [[nodiscard]] const ServiceGauges* gauges(ServiceIndex service) const { return gauges_[service]; }
  [[nodiscard]] const std::vector<EdgeRecord>& edges() const { return edges_; }
  /// Numbers of the edges out of a service, and into it.
  [[nodiscard]] const std::vector<std::uint32_t>& out_of(ServiceIndex service) const {
    return out_[service];
  }
  [[nodiscard]] const std::vector<std::uint32_t>& into(ServiceIndex service) const {
    return into_[service];
  }

  /// Requests that came to the service in `span`, answered or not: answers, and what piled up. By
  /// the callers' count of attempts where that is more.
  [[nodiscard]] std::uint64_t offered(ServiceIndex service, const BucketSpan& span) const;
  /// The same on average over as many buckets of the baseline; nothing when that is not known.
  [[nodiscard]] std::optional<std::uint64_t> normally_offered(ServiceIndex service,
                                                              std::uint64_t buckets) const;
  /// Means of the gauges over `span`; 0 without any.
  [[nodiscard]] std::uint64_t utilisation(ServiceIndex service, const BucketSpan& span) const;
  [[nodiscard]] std::uint64_t queue_milli(ServiceIndex service, const BucketSpan& span) const;
  [[nodiscard]] std::uint64_t inside_milli(ServiceIndex service, const BucketSpan& span) const;

 private:
  template <class Get>
  [[nodiscard]] std::uint64_t mean_gauge(ServiceIndex service, const BucketSpan& span,
                                         Get&& get) const;
  void add_edge(const Series& series);

  const Scenario& scenario_;
  const RunRecord& record_;
  std::size_t buckets_ = 0;
  BucketSpan baseline_;
  std::vector<const Series*> own_;
  std::vector<const ServiceGauges*> gauges_;
  std::vector<EdgeRecord> edges_;
  std::vector<std::vector<std::uint32_t>> out_, into_;
};

/// `value` x `factor` / `divisor` without overflow, rounded down; 0 when the divisor is.
[[nodiscard]] std::uint64_t scaled(std::uint64_t value, std::uint64_t factor,
                                   std::uint64_t divisor);

}  // namespace shaketable::engine
