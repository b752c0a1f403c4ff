#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/record/outcome.h"
#include "engine/record/trace.h"
#include "engine/scenario/model.h"
#include "proxy/base/histogram.h"
#include "proxy/base/time.h"

/// What a run leaves behind: time series, histograms and rare events, as plain data. The simulator
/// (later also the live driver) writes it; judge and reports read it and nothing else.
namespace shaketable::engine {

/// One bucket of a series. Latencies are ns over the answers that ended in the bucket.
struct Point {
  std::array<std::uint64_t, kOutcomes> outcomes{};
  std::uint64_t count = 0;    ///< Sum of `outcomes`.
  std::uint64_t retries = 0;  ///< Edges only: attempts beyond the first.
  std::int64_t latency_sum = 0;
  std::int64_t p50 = 0, p90 = 0, p95 = 0, p99 = 0, max = 0;
};

/// Answers of one bucket whose latency lies in one row of a heat map (latency_rows.h).
struct LatencyCell {
  std::uint32_t bucket = 0;
  std::uint32_t row = 0;
  std::uint64_t count = 0;

  friend bool operator==(const LatencyCell&, const LatencyCell&) = default;
};

/// Answers of one bucket with another status than `usual_status()` of their outcome.
struct StatusCell {
  std::uint32_t bucket = 0;
  Outcome outcome = Outcome::kOk;
  std::uint16_t status = 0;
  std::uint64_t count = 0;

  friend bool operator==(const StatusCell&, const StatusCell&) = default;
};

/// A gauge averaged over a bucket.
struct Gauge {
  std::uint64_t queue_milli = 0;      ///< Mean number waiting, thousandths.
  std::uint64_t utilisation_ppm = 0;  ///< Busy workers or CPUs over those that exist.
  std::uint64_t in_flight_milli = 0;  ///< Mean number of requests inside.
  std::uint32_t instances_up = 0;
};

/// A window that some expectation asks for: the answers that ended in [from, to).
struct WindowTotals {
  Instant from{}, to{};
  std::array<std::uint64_t, kOutcomes> outcomes{};
  std::uint64_t count = 0;
  std::uint64_t retries = 0;
  proxy::Histogram latency;
};

/// Series of one subject. Services, endpoints and versions are seen by the callee (its inbound
/// side), edges by the caller (after retries), journeys and loads by the client. Clients of the
/// load have no sidecar that would count: what they ask of an instance that is dead, or of a
/// service without a living one, is a kConnection of the service (with the first version in the
/// latter case).
struct Series {
  Subject subject;
  std::vector<Point> points;          ///< One per bucket, from the start of the run.
  WindowTotals total;                 ///< From the end of the warm-up to the end.
  std::vector<WindowTotals> windows;  ///< Parallel to RunRecord::windows.
  /// By bucket, then row: every answer, for loads, their journeys and, in meshes of up to
  /// kMostDetailedServices, services; empty for others.
  std::vector<LatencyCell> latencies;
  std::vector<StatusCell> statuses;  ///< By bucket, then outcome and status.
};

/// Larger meshes have no latency cells of services and no instances in their record.
inline constexpr std::size_t kMostDetailedServices = 64;

/// One bucket of one instance, as it sees itself.
struct InstancePoint {
  std::uint64_t count = 0;                ///< Answers.
  std::uint64_t errors = 0;               ///< Those that are not kOk.
  std::int64_t latency_sum = 0, max = 0;  ///< ns
};

/// What one instance answered.
struct InstanceSeries {
  ServiceIndex service = kNone;
  std::uint32_t instance = kNone;  ///< Number within the service.
  std::vector<InstancePoint> points;
};

/// Utilisation and queue of one service (all its instances).
struct ServiceGauges {
  ServiceIndex service = kNone;
  std::vector<Gauge> points;
};

/// Something rare that happened. Subjects that do not apply are kNone.
struct RunEvent {
  Instant at{};
  EventKind kind = EventKind::kOverflow;
  ServiceIndex service = kNone;  ///< The destination, or where it happened.
  ServiceIndex caller = kNone;   ///< The service whose sidecar decided.
  std::uint32_t instance =
      kNone;  ///< Number within the service (of the ejected host, of the dead one).
  std::uint32_t fault = kNone;  ///< Index into Scenario::faults.
  std::string reason;           ///< "max_pending_requests", "5 consecutive 5xx", ...
  std::uint64_t count = 1;      ///< Equal events that were folded into this one (proxies, hosts).
};

/// A message that was refused or ignored although a user would expect it to act, with its reason:
/// "not ejected: cap of 10 % of 4 hosts is zero". Counted, first and last moment kept.
struct Explanation {
  std::string text;
  ServiceIndex service = kNone, caller = kNone;
  std::uint64_t count = 0;
  Instant first{}, last{};
};

struct RunStatistics {
  std::uint64_t events = 0;    ///< Kernel events.
  std::uint64_t hops = 0;      ///< Requests between services (attempts that reached one).
  std::uint64_t requests = 0;  ///< Sent by the load.
  std::uint64_t in_flight_at_end = 0;
  std::uint64_t peak_in_flight = 0;
  std::uint64_t draws = 0;  ///< Random numbers.
  std::uint64_t ties = 0;   ///< Events that shared their moment with the one before.
};

struct RunRecord {
  std::uint64_t seed = 0;
  Instant ended{};  ///< Virtual time at which the run ended.
  bool interrupted = false;
  Duration bucket = std::chrono::seconds(1);
  std::uint64_t fingerprint = 0;
  std::vector<std::uint64_t> checkpoints;  ///< Fingerprint every 2^20 events.
  RunStatistics statistics;
  std::vector<Window> windows;  ///< All that the expectations ask for, without duplicates.
  std::vector<Series> series;   ///< Services, then endpoints, versions, edges, journeys; by index.
  std::vector<ServiceGauges> gauges;
  std::vector<InstanceSeries> instances;  ///< By service, then number; see kMostDetailedServices.
  std::vector<RunEvent> events;           ///< In order of time.
  std::uint64_t events_dropped = 0;       ///< Beyond the cap.
  std::vector<Explanation> explanations;
  std::vector<Trace> traces;  ///< Those that were kept, by their request's number.
  TraceStatistics tracing;
};

/// The series of a subject, or nullptr when it was not recorded (an edge that was never used).
[[nodiscard]] const Series* find_series(const RunRecord& record, const Subject& subject);

}  // namespace shaketable::engine
