#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/distribution.h"
#include "proxy/base/ids.h"
#include "proxy/base/time.h"
#include "proxy/config/policy.h"
#include "proxy/config/route.h"

/// What exists: services, how they call each other, the network between them, and the policies of
/// their sidecars. Plain data that the loader fills, `check()` looks over and `compile()` turns
/// into proxy configurations. References are names in the files and indexes here.
namespace shaketable::engine {

using proxy::Distribution;
using proxy::Duration;

/// Where something was written, for messages. `line` 0 = it was not written but is a default.
struct SourceMark {
  std::string file;
  int line = 0;
  int column = 0;
};

using ServiceIndex = std::uint32_t;
using EndpointIndex = std::uint32_t;  ///< Within its service.
using VersionIndex = std::uint32_t;   ///< Within its service.
using ZoneIndex = std::uint32_t;
inline constexpr std::uint32_t kNone = 0xffff'ffffU;

/// How a service spends its time; decides how it fails.
enum class RuntimeModel : std::uint8_t {
  kWorkers,    ///< One request per worker from start to end (gunicorn, uwsgi, django, threads).
  kEventLoop,  ///< Loops on which CPU work is serial and waits overlap (uvicorn, aiohttp, gevent).
  kShared,     ///< All requests share the CPUs fairly (go, jvm, envoy).
};

struct Runtime {
  std::string name = "go";  ///< As written: gunicorn, uvicorn, threads, go, ...
  RuntimeModel model = RuntimeModel::kShared;
  std::uint32_t workers = 0;  ///< Workers of the pool, or loops; unused with kShared.
  std::uint32_t queue = 0;    ///< Waiting places in front of the workers (backlog); then refused.
  std::uint32_t cpus = 2;     ///< CPUs of one instance; more runnable work than that is stretched.
  std::uint32_t max_in_flight = 0;      ///< kShared: requests at once; 0 = no limit; beyond: 503.
  std::uint32_t speed_ppm = 1'000'000;  ///< Scales CPU work: 3,000,000 = three times as fast.
  bool refuse_connection = true;  ///< Queue full: true = connection refused, false = a 503 answer.
  bool cancel = false;      ///< A caller that gave up stops the work (go); false = it runs on.
  Duration pause_every{0};  ///< Stop-the-world pauses (jvm gc); 0 = none.
  Duration pause_for{0};
};

/// Whether so many requests run at once and no more: places that can all be taken.
[[nodiscard]] inline bool has_slots(const Runtime& runtime) {
  return runtime.model == RuntimeModel::kWorkers || runtime.max_in_flight > 0;
}

struct Step;

/// A call to another service.
struct CallStep {
  ServiceIndex service = kNone;
  EndpointIndex endpoint = kNone;
  std::uint32_t probability_ppm = 1'000'000;
  Duration timeout{0};    ///< The caller's own client gives up after it; 0 = never.
  bool optional = false;  ///< Its failure is survived.
};

/// One step of an endpoint, in order. A failed call that is not optional ends the endpoint with
/// `failure_status` of a bad gateway kind (502; 504 when the caller's own timeout fired).
struct Step {
  enum class Kind : std::uint8_t {
    kWork,      ///< CPU time, stretched by contention.
    kWait,      ///< Time without the CPU.
    kCall,      ///< One call.
    kParallel,  ///< All branches at once; the step ends with the slowest, or the first failure.
  };
  Kind kind = Kind::kWork;
  Distribution time;                        ///< kWork, kWait.
  CallStep call;                            ///< kCall.
  std::vector<std::vector<Step>> branches;  ///< kParallel.
  SourceMark mark;
};

struct Endpoint {
  std::string name;             ///< "GET /products", unique in the service.
  std::string method;           ///< "GET"
  std::string path;             ///< "/products"
  std::vector<Step> steps;      ///< `work` first, `wait` second, then `calls` in their order.
  std::uint32_t error_ppm = 0;  ///< Requests that fail by themselves, after their first work.
  std::uint16_t error_status = 500;
  std::uint32_t cache_hit_ppm = 0;  ///< Answered after `cache_hit_time` without the steps.
  Distribution cache_hit_time;
  Duration cache_ttl = std::chrono::minutes(1);  ///< How long an entry lives.
  std::uint32_t request_bytes = 1'024;           ///< On the network, with its head.
  std::uint32_t response_bytes = 4'096;
  SourceMark mark;
};

struct Label {
  std::string key, value;
};

/// One version of a service; a service without `versions:` has one, named "v1".
struct Version {
  std::string name = "v1";
  std::uint32_t instances = 1;
  Runtime runtime;
  std::vector<Endpoint> endpoints;  ///< Same names and order as the service's, overrides applied.
  std::vector<Label> labels;        ///< {"version", name} is always among them.
  SourceMark mark;
};

/// What one proxy costs. Default: 0.2 ms of CPU for a request, the figure that Istio publishes.
struct SidecarCost {
  Duration cpu_per_request = std::chrono::microseconds(200);  ///< Both ways together.
  Duration latency{0};     ///< Beyond the CPU time, per pass (request and response apart).
  std::uint32_t cpus = 2;  ///< Worker threads of the proxy (`concurrency`).
};

/// How many instances run follows how busy they are: Kubernetes' HorizontalPodAutoscaler (v2), with
/// its default policies: at most twice as many or four more within 15 s, any number fewer.
struct Autoscale {
  std::uint32_t min = 1;
  std::uint32_t max = 1;
  std::uint32_t target_ppm = 800'000;     ///< Wanted share of busy workers or CPUs.
  std::uint32_t tolerance_ppm = 100'000;  ///< Nothing changes while the ratio is as near to 1.
  Duration interval = std::chrono::seconds(15);
  Duration scale_up_stabilization{0};  ///< The least of what was wanted within it counts.
  Duration scale_down_stabilization = std::chrono::minutes(5);  ///< The most.
};

struct Service {
  std::string name;
  std::string kube_namespace = "default";
  bool entry = false;  ///< Load may enter here.
  bool sidecar = true;
  SidecarCost sidecar_cost;
  std::vector<std::string> endpoint_names;
  std::vector<Version> versions;
  std::vector<std::uint16_t> ports;                 ///< Empty = 80. For policies that name a port.
  std::optional<Autoscale> autoscale;               ///< Of its only version.
  Duration start_delay = std::chrono::seconds(10);  ///< Until a new instance is ready.
  Duration termination_grace_period = std::chrono::seconds(30);  ///< Of one that is taken away.
  SourceMark mark;
};

struct Link {
  Distribution latency;         ///< One way, every message by itself.
  std::uint32_t loss_ppm = 0;   ///< A lost message is sent again after the retransmission time-out.
  std::uint64_t bandwidth = 0;  ///< Bytes a second that leave an instance this way; 0 = no limit.
};

struct Network {
  Link same_zone;                                      ///< Default 0.25 ms.
  Link cross_zone;                                     ///< Default 1 ms.
  Duration discovery_delay = std::chrono::seconds(1);  ///< Until sidecars learn of a dead endpoint.
  bool tls = true;  ///< mTLS between sidecars: one more round trip for a new connection.
};

/// Settings of calls to one destination (Istio's trafficPolicy, our `traffic:` entry).
struct ClusterPolicy {
  proxy::LbPolicy lb_policy = proxy::LbPolicy::kLeastRequest;  ///< Istio's default.
  std::uint32_t choice_count = 2;
  bool full_scan = false;
  proxy::UpstreamProtocol protocol = proxy::UpstreamProtocol::kHttp1;
  std::uint32_t max_concurrent_streams = 100;
  std::uint32_t max_requests_per_connection = 0;
  Duration connect_timeout = std::chrono::seconds(10);
  Duration pool_idle_timeout = std::chrono::hours(1);
  proxy::CircuitBreakers circuit_breakers{proxy::kUnlimited, proxy::kUnlimited, proxy::kUnlimited,
                                          proxy::kUnlimited, std::nullopt};
  std::optional<proxy::OutlierDetection> outlier_detection;
  std::uint32_t panic_threshold_percent = 50;
};

/// A named part of a destination: the versions that carry all its labels.
struct Subset {
  std::string name;
  std::vector<Label> labels;
  std::optional<ClusterPolicy> policy;  ///< Complete: overrides already merged by the reader.
  SourceMark mark;
};

/// Where a share of the traffic goes.
struct RouteDestination {
  ServiceIndex service = kNone;  ///< kNone: unknown host; requests get 503 NC.
  std::string subset;            ///< Empty = all versions. Unknown subset: 503 NC.
  std::uint32_t weight = 1;
};

/// One rule of a destination's routes; the first match wins. `route.clusters` and the clusters of
/// `route.mirrors` are left empty here: `compile()` fills them from `destinations` and `mirrors`.
struct RouteRule {
  proxy::Route route;
  std::vector<RouteDestination> destinations;
  struct Mirror {
    RouteDestination to;
    std::uint32_t ppm = 1'000'000;
  };
  std::vector<Mirror> mirrors;
  SourceMark mark;
};

/// All policies for calls to `service` by `from` (kNone = every caller without an own entry).
struct DestinationPolicy {
  ServiceIndex service = kNone;
  ServiceIndex from = kNone;
  ClusterPolicy policy;
  std::vector<Subset> subsets;
  std::vector<RouteRule> rules;  ///< Empty: everything to all versions with `default_route`.
  proxy::Route default_route;    ///< Timeout, retries, fault used when `rules` is empty.
  SourceMark mark;
};

struct Mesh {
  std::string name;
  std::vector<std::string> zones;  ///< At least one, "zone-1" by default.
  std::uint32_t nodes = 0;         ///< Machines, spread over the zones round robin; 0 = unknown.
  Network network;
  std::vector<Service> services;
  /// At most one entry for each (service, from); services without one use `default_policy`.
  std::vector<DestinationPolicy> policies;
  ClusterPolicy default_policy;
  proxy::Route default_route;  ///< Retries as Istio's default (2, connect-failure ...), no timeout.
};

/// Index by name, or kNone.
[[nodiscard]] ServiceIndex find_service(const Mesh& mesh, std::string_view name);
[[nodiscard]] EndpointIndex find_endpoint(const Service& service, std::string_view name);
[[nodiscard]] VersionIndex find_version(const Service& service, std::string_view name);
[[nodiscard]] ZoneIndex find_zone(const Mesh& mesh, std::string_view name);

/// "node-3" of number 2.
[[nodiscard]] std::string node_name(std::uint32_t node);

/// Istio's retry policy where none is written: 2 retries on connect-failure, refused-stream,
/// unavailable and cancelled, other hosts first.
[[nodiscard]] proxy::RetryPolicy istio_default_retries();

/// The route that a service gets when nothing is written: no timeout, Istio's default retries.
[[nodiscard]] proxy::Route istio_default_route();

}  // namespace shaketable::engine
