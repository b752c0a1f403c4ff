#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"
#include "engine/world/plan.h"
#include "proxy/base/prefetch.h"

namespace shaketable::engine {

/// Counts of one thing within the current bucket. Latencies fall into the buckets of
/// proxy::Histogram (128 to an octave), in arrays that are cleared in place.
///
/// A good answer touches the first cache line, and one of the counts.
class alignas(64) Cell {
 public:
  [[gnu::always_inline]] void add(Outcome outcome, std::uint16_t status, std::int64_t latency,
                                  std::uint32_t retries) {
    ++count_;
    if (outcome != Outcome::kOk || retries > 0 || status != usual_status(Outcome::kOk))
        [[unlikely]] {
      ++unusual_[static_cast<std::size_t>(outcome)];
      retries_ += retries;
      if (status != usual_status(outcome) && status != 0) {
        count_status(outcome, status, 1);
      }
    }
    sum_ += latency;
    if (latency > max_) [[unlikely]] {
      max_ = latency;
    }
    const auto value = static_cast<std::uint64_t>(latency < 0 ? 0 : latency);
    const unsigned octave = octave_of(value);
    if (octave - first_ >= octaves_) [[unlikely]] {  // below the first wraps to a large number
      make_room(octave);
    }
    ++counts_[place_of(value, octave)];
    used_ |= std::uint64_t{1} << octave;
  }
  /// Asks for the count that a latency will be added to, if there is one.
  void prefetch_count(std::int64_t latency) const {
    const auto value = static_cast<std::uint64_t>(latency < 0 ? 0 : latency);
    const unsigned octave = octave_of(value);
    if (octave - first_ < octaves_) {
      proxy::prefetch(&counts_[place_of(value, octave)]);
    }
  }

  /// Answers whose latency is `low` to `low` + `width` - 1 ns.
  struct Latencies {
    std::int64_t low;
    std::int64_t width;
    std::uint32_t count;
  };

  [[nodiscard]] std::uint64_t count() const { return count_; }
  /// Everything that was counted, in rising order, instead of what is in `result`. The functions
  /// that take such a list want the one of this cell as it is.
  void list_latencies(std::vector<Latencies>& result) const;
  /// The bucket as a point of a series.
  [[nodiscard]] Point point(std::span<const Latencies> latencies) const;
  /// Adds what a point does not hold to a series: latencies by row when asked, and statuses.
  void add_details(std::span<const Latencies> latencies, std::uint32_t bucket, bool has_latencies,
                   Series& series) const;
  /// Adds the bucket to totals.
  void add_to(std::span<const Latencies> latencies, WindowTotals& totals) const;
  /// Adds the bucket to another cell.
  void merge_into(Cell& other) const;
  void clear();

 private:
  static constexpr unsigned kBits = 7;
  static constexpr std::uint64_t kSubBuckets = 1U << kBits;

  [[nodiscard]] static unsigned octave_of(std::uint64_t value) {
    return static_cast<unsigned>(std::bit_width(value | (kSubBuckets - 1))) - kBits;
  }
  [[nodiscard]] std::size_t place_of(std::uint64_t value, unsigned octave) const {
    const unsigned shift = octave - (octave != 0 ? 1 : 0);
    return (octave - first_) * kSubBuckets + ((value >> shift) & (kSubBuckets - 1));
  }

  /// Answers with a status that is not the usual one of their outcome.
  struct StatusCount {
    Outcome outcome;
    std::uint16_t status;
    std::uint32_t count;
  };

  void make_room(unsigned octave);
  void count_status(Outcome outcome, std::uint16_t status, std::uint32_t count);
  /// Answers with this outcome. Good ones without a retry are not counted but inferred.
  [[nodiscard]] std::uint64_t outcomes(std::size_t outcome) const;

  std::uint64_t count_ = 0;
  std::uint64_t used_ = 0;  ///< Octaves that hold something, by bit.
  std::int64_t sum_ = 0;
  std::int64_t max_ = 0;
  std::vector<std::uint32_t> counts_;
  unsigned first_ = 0;                              ///< Octave of the first counts.
  unsigned octaves_ = 0;                            ///< For how many octaves there are counts.
  std::array<std::uint32_t, kOutcomes> unusual_{};  ///< Bad answers, and good ones with retries.
  std::uint64_t retries_ = 0;
  std::vector<StatusCount> statuses_;  ///< By outcome and status; nearly always empty.
};

/// Level of something over time: waiting requests, busy workers. Its integral since the start of
/// the run is `value x now - moments`, so a change is two additions.
struct Level {
  std::int64_t value = 0;
  std::uint64_t moments = 0;  ///< Sum of change x time in ns; overflows, differences do not.

  void add(Instant now) {
    ++value;
    moments += static_cast<std::uint64_t>(proxy::nanoseconds_of(now));
  }
  void remove(Instant now) {
    --value;
    moments -= static_cast<std::uint64_t>(proxy::nanoseconds_of(now));
  }
  void change(Instant now, std::int64_t delta) {
    value += delta;
    moments +=
        static_cast<std::uint64_t>(delta) * static_cast<std::uint64_t>(proxy::nanoseconds_of(now));
  }
  /// Value x ns since the start of the run.
  [[nodiscard]] std::uint64_t integral(Instant now) const {
    return static_cast<std::uint64_t>(value) *
               static_cast<std::uint64_t>(proxy::nanoseconds_of(now)) -
           moments;
  }
};

/// Gauges of one service.
struct alignas(64) ServiceLevels {
  Level waiting, busy, inside;
  std::uint64_t capacity = 0;  ///< Workers or CPUs that are up.
  std::uint32_t instances_up = 0;
};

/// Turns what happens into a RunRecord: one counter update per finished request on each side, all
/// aggregation at the ends of buckets.
class Recorder {
 public:
  Recorder(const Scenario& scenario, const Plans& plans, std::vector<Window> windows,
           Duration bucket, bool enabled);

  /// Makes the next instance known; they are counted from 0 in the order of these calls.
  void add_instance(ServiceIndex service, std::uint32_t number);

  /// The callee answered: `plan` is its endpoint and version.
  [[gnu::always_inline]] void on_served(std::uint32_t plan, std::uint32_t instance, Outcome outcome,
                                        std::uint16_t status, Duration latency) {
    if (enabled_) {
      add(served_[plan], outcome, status, latency.count(), 0);
      if (instance < instance_count_) {
        InstancePoint& point = instance_now_[instance];
        ++point.count;
        point.errors += outcome != Outcome::kOk ? 1 : 0;
        point.latency_sum += latency.count();
        if (latency.count() > point.max) [[unlikely]] {
          point.max = latency.count();
        }
      }
    }
  }
  /// The number of the edge between two services, for `on_called`.
  std::uint32_t edge_of(ServiceIndex caller, ServiceIndex callee);
  /// The caller got its answer.
  [[gnu::always_inline]] void on_called(std::uint32_t edge, Outcome outcome, std::uint16_t status,
                                        Duration latency, std::uint32_t retries) {
    if (enabled_) {
      add(edges_[edge].cell, outcome, status, latency.count(), retries);
    }
  }
  /// The client got its answer.
  void on_load(std::uint32_t load, std::uint32_t journey, Outcome outcome, std::uint16_t status,
               Duration latency) {
    if (enabled_) {
      add(journeys_[load][journey], outcome, status, latency.count(), 0);
    }
  }

  [[nodiscard]] ServiceLevels& levels(ServiceIndex service) { return levels_[service]; }

  /// Moments at which `close_bucket` must be called: ends of buckets and edges of windows.
  [[nodiscard]] Instant next_boundary() const { return next_boundary_; }
  void close_bucket(Instant now);

  [[nodiscard]] bool enabled() const { return enabled_; }
  /// The buckets that are over; valid until the next call of a command.
  [[nodiscard]] std::span<const Series> series() const { return series_; }
  [[nodiscard]] std::span<const ServiceGauges> gauges() const { return gauges_; }
  /// The series so far, in the order of RunRecord::series; closes the current bucket.
  void finish(Instant now, RunRecord& record);

 private:
  /// A cell's series and where it is summed up.
  struct Edge {
    Cell cell;
    std::uint32_t series;
  };

  /// An answer that is not in its cell yet.
  struct Answer {
    Cell* cell;
    std::int64_t latency;
    std::uint32_t retries;
    std::uint16_t status;
    Outcome outcome;
  };
  /// More cells than this are more than the core's own cache holds. Their answers wait until some
  /// have come together, so that the cells and counts of all of them are fetched at once.
  static constexpr std::size_t kManyCells = 256;
  static constexpr std::size_t kMostWaiting = 64;

  [[gnu::always_inline]] void add(Cell& cell, Outcome outcome, std::uint16_t status,
                                  std::int64_t latency, std::uint32_t retries) {
    if (!has_many_cells_) [[likely]] {
      cell.add(outcome, status, latency, retries);
      return;
    }
    waiting_[waiting_count_++] = {&cell, latency, retries, status, outcome};
    proxy::prefetch(&cell);
    if (waiting_count_ == kMostWaiting) {
      add_waiting();
    }
  }
  [[gnu::noinline]] void add_waiting();
  std::uint32_t add_series(const Subject& subject);
  void flush(std::uint32_t series, const Cell& cell);
  /// `latencies_` are those of the cell.
  void add_point(Series& series, const Cell& cell) const;
  void flush_service(ServiceIndex service);
  [[nodiscard]] bool is_copy(const Series& series) const;
  [[nodiscard]] bool has_latencies(const Subject& subject) const;
  void fill_copies(Instant now);
  void flush_services();
  void flush_loads();
  void flush_gauges(Instant now);
  void end_point(Instant now);
  void set_next_boundary(Instant now);

  const Scenario& scenario_;
  const Plans& plans_;
  bool enabled_;
  bool has_many_cells_ = false;
  std::uint32_t waiting_count_ = 0;
  std::array<Answer, kMostWaiting> waiting_;
  Duration bucket_;
  Instant bucket_start_{};
  Instant part_start_{};
  Instant measured_from_{};
  std::size_t measured_window_ = 0;  ///< Its place in `windows_`; their number if it is not there.
  std::size_t buckets_ = 0;          ///< Closed so far.
  Instant next_boundary_{};
  std::vector<Window> windows_;
  std::vector<Instant> edges_of_windows_;  // ascending
  std::vector<Series> series_;
  std::vector<Cell> served_;  // by plan: the part since the last boundary
  std::vector<Edge> edges_;
  std::unordered_map<std::uint64_t, std::uint32_t> edge_index_;  // looked up, never iterated
  std::vector<std::vector<Cell>> journeys_;                      // by load and journey
  std::vector<Cell> whole_;                 // by series: the bucket, parts merged
  std::vector<Cell::Latencies> latencies_;  // of the cell that is being added; scratch
  // First series of each service's endpoints and versions, of each load's journeys.
  std::vector<std::uint32_t> service_series_, endpoint_series_, version_series_;
  std::vector<std::uint32_t> load_series_, journey_series_;
  /// Integrals of a service's levels at the start of the bucket.
  struct Integrals {
    std::uint64_t waiting = 0, busy = 0, inside = 0;
  };

  std::vector<ServiceLevels> levels_;
  std::vector<Integrals> integrals_;  ///< Parallel.
  std::vector<ServiceGauges> gauges_;
  std::vector<InstanceSeries> instances_;
  std::vector<InstancePoint> instance_now_;  ///< Parallel: the current bucket.
  std::size_t instance_count_ = 0;           ///< Of both; asked for at each answer.
  Cell scratch_service_;
  std::vector<Cell> scratch_parts_;
};

}  // namespace shaketable::engine
