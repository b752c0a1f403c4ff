#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "engine/sim/simulation.h"

namespace shaketable::gui {

/// One bucket of something that answers requests, as small as a long run needs it to be.
struct Sample {
  std::uint32_t count = 0;
  std::uint32_t errors = 0;                 ///< Answers of 500 and above, and requests without one.
  std::uint32_t retries = 0;                ///< Edges only.
  std::uint32_t timeouts = 0, refused = 0;  ///< Of `errors`; refused: by a breaker, or no host.
  std::uint32_t p50_us = 0, p90_us = 0, p99_us = 0;

  [[nodiscard]] double error_share() const {
    return count == 0 ? 0.0 : static_cast<double>(errors) / static_cast<double>(count);
  }
};

/// One bucket of a service's gauges.
struct Level {
  std::uint32_t queue_milli = 0;
  std::uint32_t in_flight_milli = 0;
  std::uint32_t utilisation_ppm = 0;
  std::uint32_t instances_up = 0;
};

/// How full the circuit breaker of a pair was at the end of a bucket, in the caller's sidecar that
/// had most; without a limit (proxy::kUnlimited) nothing is known.
struct Fill {
  std::uint32_t requests = 0, max_requests = proxy::kUnlimited;
  std::uint32_t pending = 0, max_pending = proxy::kUnlimited;

  [[nodiscard]] bool is_known() const {
    return max_requests != proxy::kUnlimited || max_pending != proxy::kUnlimited;
  }
};

/// A service pair over the run. Buckets before its first request are there, and empty.
struct EdgeHistory {
  engine::ServiceIndex caller = engine::kNone;
  engine::ServiceIndex service = engine::kNone;
  std::vector<Sample> samples;
  std::vector<Fill> fills;  ///< By bucket; shorter where nothing has a limit.
};

/// What the window shows of a run: the buckets that are over, of everything, and the rare events.
///
/// The run's thread fills one with what is new and hands it over; the window appends it to its own.
/// Not thread-safe.
class RunHistory {
 public:
  /// Takes over whatever `live` has beyond what was taken before.
  void append(const engine::LiveRecord& live);
  /// Takes over how full breakers were at the end of a bucket.
  void note(std::size_t bucket, const std::vector<engine::BreakerLevel>& levels);
  /// Appends a history that begins where this one ends, and empties it.
  void append(RunHistory& newer);
  /// Forgets the contents, not how far it has come.
  void hand_over(RunHistory& to);

  [[nodiscard]] std::size_t buckets() const { return buckets_; }
  [[nodiscard]] engine::Duration bucket() const { return bucket_; }
  void set_bucket(engine::Duration bucket) { bucket_ = bucket; }
  /// The last bucket that is over at `at`; 0 when none is.
  [[nodiscard]] std::size_t bucket_at(engine::Instant at) const;
  [[nodiscard]] bool has(engine::Instant at) const;

  [[nodiscard]] const std::vector<std::vector<Sample>>& services() const { return services_; }
  [[nodiscard]] const std::vector<std::vector<Level>>& levels() const { return levels_; }
  [[nodiscard]] const std::vector<std::vector<Sample>>& loads() const { return loads_; }
  [[nodiscard]] const std::vector<EdgeHistory>& edges() const { return edges_; }
  [[nodiscard]] const std::vector<engine::RunEvent>& events() const { return events_; }
  /// Number of the pair among `edges()`, or its size.
  [[nodiscard]] std::size_t edge(engine::ServiceIndex caller, engine::ServiceIndex service) const;

  [[nodiscard]] Sample service_at(engine::ServiceIndex service, std::size_t bucket) const;
  [[nodiscard]] Level level_at(engine::ServiceIndex service, std::size_t bucket) const;
  [[nodiscard]] Sample edge_at(std::size_t edge, std::size_t bucket) const;
  [[nodiscard]] Fill fill_at(std::size_t edge, std::size_t bucket) const;
  /// All that the clients of all loads got.
  [[nodiscard]] Sample clients_at(std::size_t bucket) const;

  /// Bytes of the samples.
  [[nodiscard]] std::size_t bytes() const;

 private:
  using Samples = std::vector<Sample>;

  Samples& place_of(const engine::Series& series);
  EdgeHistory& edge_of(engine::ServiceIndex caller, engine::ServiceIndex service);

  engine::Duration bucket_ = std::chrono::seconds(1);
  std::size_t first_ = 0;    ///< Bucket of the first samples: what came before was handed over.
  std::size_t buckets_ = 0;  ///< Over so far, from the start of the run.
  std::size_t events_seen_ = 0;
  std::vector<Samples> services_, loads_;
  Samples unused_;  ///< Of series that the window does not show.
  std::vector<std::vector<Level>> levels_;
  std::vector<EdgeHistory> edges_;
  std::map<std::pair<engine::ServiceIndex, engine::ServiceIndex>, std::size_t> edge_index_;
  std::vector<engine::RunEvent> events_;
};

}  // namespace shaketable::gui
