#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

class Simulator;

/// What a run may keep of one service's queueing, as bits.
enum QueueFigure : std::uint8_t {
  kQueueWaits = 1,  ///< QueueSamples::waits.
  kQueueFound = 2,  ///< QueueSamples::found.
  kQueueEnds = 4,   ///< QueueSamples::ends.
};

/// Raw figures of one service's requests, for runs that are compared with theory.
struct QueueSamples {
  /// Nanoseconds from the arrival at the host until the application began, or until the client gave
  /// up on a runtime that notices; in order of that moment. Refused requests are not among them.
  std::vector<std::int64_t> waits;
  std::uint64_t gave_up = 0;         ///< Of `waits`: how many never began.
  std::vector<std::uint32_t> found;  ///< Requests that each arrival found inside its instance.
  std::vector<std::int64_t> ends;    ///< When requests left the application; ns since the start.
};

/// Which requests are followed through the mesh, and which of those are kept. Following requests
/// changes nothing of a run.
struct TraceOptions {
  std::uint32_t sample_ppm = 0;  ///< Share that is followed, chosen by trace id; 0 = nobody.
  std::uint32_t slowest = 5;     ///< Kept of each journey.
  std::uint32_t failed = 4;      ///< Kept of each journey, for each Outcome.
  std::uint32_t random = 5;      ///< Kept of each journey, of those that ended well.
  /// Hops and calls of further requests that are kept: all as long as they are not more, then a
  /// share by trace id. Half of it is for failed requests. 0 = the examples above alone.
  std::uint64_t most_kept = 0;
  /// Hops and calls of requests that are followed at one time; beyond, new ones are not followed.
  std::uint64_t most_under_way = 1'000'000;
};

struct SimulationOptions {
  std::uint64_t seed = 1;
  Duration bucket = std::chrono::seconds(1);  ///< Width of the points of a series.
  std::vector<Window> windows;                ///< All that will be asked for; see windows_of().
  bool record = true;                      ///< false: no series at all (benchmarks of the kernel).
  std::uint32_t keep_samples_of = kNone;   ///< Load whose raw latencies are kept (fidelity runs).
  std::uint32_t observe_queue_of = kNone;  ///< Service whose `queue_figures` are kept.
  std::uint8_t queue_figures = 0;          ///< QueueFigure bits.
  TraceOptions traces;
};

/// What a run has recorded so far, in place: nothing is copied.
struct LiveRecord {
  /// As RunRecord::series with the buckets that are over, all of the same number. Edges stand in
  /// the order of their first use; the only endpoint, version or journey of something has no
  /// answers here, because its series is made from the whole's at the end.
  std::span<const Series> series;
  std::span<const ServiceGauges> gauges;
  /// In the order in which they became known: a circuit's end is known a second later. The counts
  /// of events that are folded into one may still grow.
  std::span<const RunEvent> events;
};

/// What the sidecars of one service have in use of a destination, each figure of the sidecar in
/// which it is highest, against the limits of its circuit breaker; proxy::kUnlimited = none.
struct BreakerLevel {
  ServiceIndex caller = kNone, service = kNone;
  std::uint32_t requests = 0, max_requests = proxy::kUnlimited;
  std::uint32_t pending = 0, max_pending = proxy::kUnlimited;
  std::uint32_t connections = 0, max_connections = proxy::kUnlimited;

  friend bool operator==(const BreakerLevel&, const BreakerLevel&) = default;
};

/// One run of a scenario in virtual time: real sidecar cores, simulated services, network and load.
///
/// The result is a function of (scenario, seed, windows): same input, same bytes, on every machine.
/// Not thread-safe except for `pause`; independent simulations may run in parallel.
class Simulation {
 public:
  /// `scenario` must outlive the simulation and have passed the loader's checks.
  Simulation(const Scenario& scenario, SimulationOptions options);
  ~Simulation();
  Simulation(const Simulation&) = delete;
  Simulation& operator=(const Simulation&) = delete;

  /// Lets everything up to and including `end` happen.
  void run_until(Instant end);
  /// The whole duration, and the drain.
  void run_to_end();
  /// Lets the next `count` events happen; fewer if the run ends.
  std::uint64_t step(std::uint64_t count);
  /// Makes the current run return soon. Any thread, signal handlers too.
  void pause();

  [[nodiscard]] bool finished() const;
  [[nodiscard]] Instant now() const;
  /// End of the run: duration and drain.
  [[nodiscard]] Instant end() const;
  [[nodiscard]] std::uint64_t events() const;
  [[nodiscard]] std::uint64_t hops() const;
  [[nodiscard]] std::uint64_t fingerprint() const;
  [[nodiscard]] std::uint64_t in_flight() const;
  /// Events that are planned and have not happened yet.
  [[nodiscard]] std::uint64_t pending_events() const;

  /// Injects a fault now, as a click would; it is journaled with its virtual time.
  void inject(const Fault& fault);
  /// The faults injected so far, with their times: appended to the scenario they replay the run.
  [[nodiscard]] const std::vector<Fault>& journal() const;

  /// Raw latencies in ns of the load named by `keep_samples_of`, in order of completion.
  [[nodiscard]] const std::vector<std::int64_t>& samples() const;
  /// Raw figures of the service named by `observe_queue_of`.
  [[nodiscard]] const QueueSamples& queue_samples() const;
  /// Empties both: what was kept so far was the warm-up.
  void forget_samples();

  /// What was recorded until now, for whoever watches; valid until the simulation goes on. Looking
  /// changes nothing of the run. Without anything after `take_record`.
  [[nodiscard]] LiveRecord live() const;
  /// How full the circuit breakers are at this moment: of every destination with a limit whose
  /// callers have used it, by caller, then destination. Looking changes nothing.
  [[nodiscard]] std::vector<BreakerLevel> breakers() const;
  /// What `take_record` would give if the run were stopped here, as a copy: nothing of the run
  /// changes. Cost: linear in what was recorded.
  [[nodiscard]] RunRecord peek_record();
  /// What was recorded. Call it once, at the end or wherever the run was stopped.
  [[nodiscard]] RunRecord take_record();

 private:
  std::unique_ptr<Simulator> simulator_;
};

}  // namespace shaketable::engine
