#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "engine/mesh/model.h"
#include "engine/scenario/canary_settings.h"
#include "loadgen/core/load_plan.h"
#include "proxy/base/distribution.h"
#include "proxy/base/time.h"

/// What happens to a mesh: load, faults, and what must hold. Plain data, filled by the loader.
namespace shaketable::engine {

using proxy::Instant;

/// Requests per second as an integer: micro-requests per second (1/s = 1,000,000).
using RateUps = std::uint64_t;

// ---- load -------------------------------------------------------------------------------------

/// A request that the load sends: to an entry service.
struct LoadRequest {
  ServiceIndex service = kNone;
  EndpointIndex endpoint = kNone;
  std::vector<Label> headers;  ///< Lower-case names.
  std::string query;           ///< Without "?".
};

using loadgen::Arrivals;
using loadgen::Journey;
using loadgen::RateStage;
using JourneyStep = loadgen::Step;

/// One entry of `load:`: what the user wrote, and what its requests are in this mesh.
struct Load : loadgen::LoadPlan {
  std::vector<LoadRequest> targets;  ///< By request of the plan.
  SourceMark mark;
  std::vector<SourceMark> journey_marks;  ///< By journey.

  /// Adds a request to `target` with that name; returns its number.
  std::uint32_t add_request(LoadRequest target, std::string request_name = {});
  /// Makes the load send nothing but this: one journey of one step, named as the load.
  void set_request(const LoadRequest& target);
};

/// True for an open loop that sends one request and is judged by nothing but its status: users,
/// checks and limits do not come into it.
[[nodiscard]] bool is_plain_open_loop(const Load& load);

// ---- faults -----------------------------------------------------------------------------------

/// What a fault hits. All set parts must match; all unset = everything.
struct FaultTarget {
  ServiceIndex service = kNone;
  EndpointIndex endpoint = kNone;
  VersionIndex version = kNone;
  std::uint32_t instance = kNone;  ///< Number of the instance within its service, from 0.
  ZoneIndex zone = kNone;
};

enum class FaultKind : std::uint8_t {
  kDelay,       ///< Adds `time` to `percent` of the requests that reach the target.
  kAbort,       ///< Answers `percent` of them with `status` at once.
  kReset,       ///< Resets the stream of `percent` of them.
  kBlackhole,   ///< Accepts and never answers `percent` of them.
  kPartition,   ///< No message passes between `target` and `other` (one or both ways).
  kKill,        ///< `instances` of the target die; back after `restart_after` (0 = never).
  kPause,       ///< The target stops (stop-the-world) while the fault lasts.
  kSlow,        ///< CPU work takes `factor` times as long.
  kLoss,        ///< Loses `percent` of the messages between `target` and `other`.
  kLoad,        ///< The rate (open) or the workers (closed) of `load` times `factor`.
  kConfigPush,  ///< New policies, arriving at each sidecar after its own `time`.
  kScale,       ///< The target is to have `instances`; after `length` as many as before.
  kDeploy,      ///< The target's instances are replaced, a few at a time (a rolling update).
  kNodeLoss,    ///< Machine `node` is gone with its instances; back after `restart_after`.
  kLeak,        ///< The target's instances lose slots one by one, or memory until they are killed.
  kCacheFlush,  ///< Caches of the target are empty while it lasts, and fill again after it.
  kBandwidth,   ///< `bytes` a second pass to, and as many from, each instance of the target.
  kDnsStale,    ///< Who calls the target without a sidecar keeps the addresses that it has.
  kDiscoveryDelay,  ///< Sidecars learn `amount` late of who serves the target.
  kCertExpire,      ///< No new mTLS connection succeeds with sidecars of the target.
  kClockSkew,       ///< Clocks of the target are `amount` ahead; negative: behind.
};

/// True if the instances are gone until `Fault::restart_after`, which is the end of such a fault.
[[nodiscard]] constexpr bool is_death(FaultKind kind) {
  return kind == FaultKind::kKill || kind == FaultKind::kNodeLoss;
}

/// How many instances a rolling update may have too many, or too few: a number or a share.
struct RolloutLimit {
  std::uint32_t count = 0;      ///< Where `ppm` is 0.
  std::uint32_t ppm = 250'000;  ///< Kubernetes' default.
};

struct Fault {
  std::string name;
  FaultKind kind = FaultKind::kDelay;
  Instant at{};
  /// 0 = until the end of the run; kKill, kNodeLoss: see `restart_after`. kCacheFlush: 0 = at once,
  /// kDeploy: until it is done.
  Duration length{0};
  Duration ramp{0};  ///< Requests, kSlow, kLoss, kLoad: from nothing to its size in this time.
  FaultTarget target;
  FaultTarget other;     ///< kPartition, kLoss, kBandwidth: the far end. Of requests: who calls.
                         ///< Unset = all.
  bool one_way = false;  ///< kPartition: only target -> other.
  std::uint32_t ppm = 1'000'000;
  std::uint32_t instances = 0;           ///< kKill, kPause, kSlow, kLeak, kClockSkew: how many of
                                         ///< the target; 0 = all. kScale: how many there are to be.
  Distribution time;                     ///< kDelay; kConfigPush: delay of each sidecar.
  std::uint16_t status = 503;            ///< kAbort; of a gRPC status the HTTP status it maps to.
  std::uint8_t grpc_status = 0;          ///< kAbort: HTTP 200 with this grpc-status; 0 = no gRPC.
  std::uint32_t factor_ppm = 1'000'000;  ///< kSlow, kLoad.
  Duration restart_after{0};             ///< kKill, kNodeLoss; kLeak: of one without memory.
  std::uint32_t load = kNone;            ///< kLoad: index into Scenario::loads; kNone = all.
  std::uint32_t journey = kNone;         ///< kLoad: index within its load; kNone = all of them.
  std::vector<DestinationPolicy>
      policies;                   ///< kConfigPush: replace those of the same (service, from).
  std::uint64_t bytes = 0;        ///< kBandwidth: a second. kLeak: of a request; 0 = slots leak.
  std::uint64_t limit_bytes = 0;  ///< kLeak: what an instance has; it is killed when all is lost.
  /// kDiscoveryDelay: how late. kClockSkew: how far ahead. kNodeLoss: until the platform notices.
  /// kLeak: from the loss of a slot to that of the next. kDeploy: how long it takes if nothing
  /// comes between.
  Duration amount{0};
  std::uint32_t node = kNone;  ///< kNodeLoss.
  VersionIndex to = kNone;     ///< kDeploy: of the new instances; kNone = the target's.
  RolloutLimit surge;          ///< kDeploy: instances beyond the wanted number; rounded up.
  RolloutLimit unavailable;    ///< kDeploy: ready ones below the wanted number; rounded down.
  SourceMark mark;
};

/// When a fault is over; kNever when it lasts to the end of the run.
[[nodiscard]] Instant end_of_fault(const Fault& fault);

/// How many of `replicas` a rolling update replaces at once; at least one.
struct RolloutStep {
  std::uint32_t surge = 0;
  std::uint32_t unavailable = 0;
};
[[nodiscard]] RolloutStep rollout_step(const Fault& deploy, std::uint32_t replicas);

// ---- expectations -----------------------------------------------------------------------------

/// What a metric is measured on.
struct Subject {
  enum class Kind : std::uint8_t { kService, kEndpoint, kVersion, kEdge, kJourney };
  Kind kind = Kind::kService;
  ServiceIndex service = kNone;  ///< kEdge: the callee.
  ServiceIndex caller = kNone;   ///< kEdge.
  EndpointIndex endpoint = kNone;
  VersionIndex version = kNone;
  std::uint32_t load = kNone;     ///< kJourney.
  std::uint32_t journey = kNone;  ///< kJourney: within its load; kNone = the whole load.
  std::string text;               ///< As written: "gateway -> payment".
};

/// A span of the run. Faults may move its edges; the loader has resolved them to instants.
struct Window {
  Instant from{};
  Instant to = proxy::kNever;  ///< kNever = end of the run.
  std::string text;            ///< As written: "before provider-slow"; empty = whole run.
};

enum class Metric : std::uint8_t {
  kSuccessRate,  ///< ppm of requests answered below 500.
  kErrorRate,    ///< ppm of the others.
  kRps,          ///< Answers per second, in micro-requests per second.
  kGoodput,      ///< Successful answers per second, in micro-requests per second.
  kMean,         ///< Latency in ns, from here on to kP999.
  kP50,
  kP90,
  kP95,
  kP99,
  kP999,
  kMax,
  kRetryRatio,   ///< Retries per request, ppm.
  kUtilisation,  ///< Busy share of workers or CPUs, ppm.
  kQueue,        ///< Mean number of waiting requests, millionths.
  kRequests,     ///< A count.
  kShare,        ///< Share of a version in its service's requests, ppm (canary share).
};

enum class Comparison : std::uint8_t { kLess, kLessEqual, kGreater, kGreaterEqual, kWithin };

/// `must: "< 400ms"`; kWithin: `must: "10% +- 2%"`.
struct Bound {
  Comparison comparison = Comparison::kLess;
  std::int64_t value = 0;      ///< In the metric's unit.
  std::int64_t tolerance = 0;  ///< kWithin.
  std::string text;            ///< As written.
};

enum class EventKind : std::uint8_t {
  kCircuitOpen,
  kCircuitClose,
  kEjection,
  kUnejection,
  kOverflow,
  kPanic,
  kQueueFull,
  kFaultStart,
  kFaultEnd,
  kInstanceDown,
  kInstanceUp,
  kConfigPush,
  kDegraded,   ///< A service left its normal state (found by the judge).
  kRecovered,  ///< It is back.
  kScaled,     ///< A service is to have another number of instances.
};

struct MetricExpectation {
  Metric metric = Metric::kSuccessRate;
  Subject subject;
  Bound bound;
  Window window;
};

struct EventExpectation {
  EventKind event = EventKind::kCircuitOpen;
  Subject subject;
  Window window;       ///< It must happen within it.
  bool never = false;  ///< It must not happen at all.
};

/// The subject is back in its own normal state within `window` and stays there to the end.
struct RecoveryExpectation {
  Subject subject;
  Window window;       ///< from = end of the fault; to = deadline.
  bool never = false;  ///< Expected not to recover (a metastable failure).
};

struct BlastRadiusExpectation {
  std::uint32_t fault = kNone;  ///< Index into Scenario::faults.
  Bound bound;                  ///< In services.
};

struct Expectation {
  std::variant<MetricExpectation, EventExpectation, RecoveryExpectation, BlastRadiusExpectation>
      what;
  std::string text;               ///< One line, as a person would say it.
  bool expected_to_fail = false;  ///< `fails: true`: shown as a known failure; passing is an error.
  SourceMark mark;
};

struct RunSpec {
  Duration duration = std::chrono::seconds(60);
  Duration warm_up{0};  ///< Not measured by expectations without a window.
  std::uint64_t seed = 1;
  Duration drain = std::chrono::seconds(0);  ///< After the duration: no new load, work goes on.
};

struct Scenario {
  std::string name;
  std::string about;
  std::string file;  ///< As given on the command line.
  Mesh mesh;
  RunSpec run;
  std::vector<Load> loads;
  std::vector<Fault> faults;
  std::vector<Expectation> expectations;
  CanarySettings canary;
};

}  // namespace shaketable::engine
