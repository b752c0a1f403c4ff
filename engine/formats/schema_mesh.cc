#include <span>

#include "engine/formats/schema_spec.h"

// What a mesh file may say. Defaults are those of the real tools; where a tool has none, the text
// says whose figure it is.
namespace shaketable::engine::spec {
namespace {

constexpr KeyUse kRequired = KeyUse::kRequired;
constexpr KeyUse kIgnored = KeyUse::kIgnored;

constexpr KeySpec kMeshKeys[] = {
    {"mesh", "name", "The name of the mesh.", "the file's name"},
    {"about", "text", "What the mesh is, for readers."},
    {"zones", "[name]", "Failure zones; instances are spread over them round robin.", "[zone-1]"},
    {"nodes", "integer",
     "Machines, for `node_loss`: node-1 and so on, spread over the zones round robin. Instances of "
     "a service are spread over those of their zone."},
    {"network", "network", "Delay and loss between instances, and what the platform does."},
    {"services", "{service}", "What exists, by name.", "", kRequired},
    {"queues", "{queue}", "Message queues.", "", kIgnored},
    {"traffic", "traffic", "Policies of the sidecars, by destination."},
    {"policies", "[path]",
     "Files of policies as they run in production (Istio), relative to this file. What `traffic` "
     "says for the same destination wins."},
};

constexpr KeySpec kNetworkKeys[] = {
    {"same_zone", "link|duration", "Between instances of one zone.", "0.25ms"},
    {"cross_zone", "link|duration", "Between instances of different zones.", "1ms"},
    {"discovery_delay", "duration", "Until sidecars learn of a dead or a new instance.", "1s"},
    {"tls", "bool", "mTLS between sidecars: one more round trip for a new connection.", "true"},
};

constexpr KeySpec kLinkKeys[] = {
    {"latency", "time", "One way, drawn for every message by itself."},
    {"loss", "percent", "Messages that are lost and sent again after the retransmission time-out.",
     "0%"},
    {"bandwidth", "bytes_per_second",
     "What leaves each instance this way; messages wait for each other.", "unlimited"},
};

constexpr KeySpec kServiceKeys[] = {
    {"about", "text", "What the service is, for readers."},
    {"entry", "bool", "Load may enter here.", "false"},
    {"instances", "integer", "How many run; with `versions`, of each that does not say.", "1"},
    {"autoscale", "autoscale", "Lets the number follow how busy they are.", "stays as it is"},
    {"start_delay", "duration", "Until an instance that is added is ready.", "10s"},
    {"termination_grace_period", "duration",
     "How long an instance that is taken away goes on with what it has.", "30s"},
    {"runtime", "runtime", "What executes the work.", "{go: {cpus: 2}}"},
    {"sidecar", "bool|sidecar", "false: outside the mesh. A map: what the proxy costs.", "true"},
    {"cache", "cache", "Answers all endpoints but POST, PUT, PATCH and DELETE from memory."},
    {"endpoints", "{endpoint}",
     "By method and path (`GET /products`); a name without method is a POST to /name.", "",
     kRequired},
    {"versions", "{version|null}", "What a canary splits over.", "v1 alone"},
    {"labels", "{text}", "Kubernetes labels of every version, for imported policies."},
    {"namespace", "name", "Kubernetes namespace, for imported policies.", "default"},
    {"ports", "[integer]", "Ports of the service, for imported policies.", "[80]"},
};

constexpr KeySpec kAutoscaleKeys[] = {
    {"min", "integer", "Never fewer instances.", "the service's instances"},
    {"max", "integer", "Never more instances.", "", kRequired},
    {"target", "percent", "Wanted share of busy workers or CPUs: `utilisation`.", "80%"},
    {"interval", "duration", "How often it looks.", "15s"},
    {"tolerance", "percent", "It does nothing while the ratio to the target is as near to 1.",
     "10%"},
    {"scale_up_stabilization", "duration", "More only when it has wanted more for so long.", "0s"},
    {"scale_down_stabilization", "duration", "Fewer only when it has wanted fewer for so long.",
     "5m"},
};

constexpr KeySpec kSidecarKeys[] = {
    {"cpu_per_request", "duration", "CPU time of the proxy for a request and its answer.", "0.2ms"},
    {"latency", "duration", "Added to each pass through the proxy, beyond the CPU time.", "0ms"},
    {"cpus", "integer", "Worker threads of the proxy (Istio: concurrency).", "2"},
};

constexpr KeySpec kVersionKeys[] = {
    {"instances", "integer", "How many of this version run.", "the service's"},
    {"runtime", "runtime", "What executes the work of this version.", "the service's"},
    {"endpoints", "{endpoint}",
     "Changes to endpoints of the service; what is not said stays as the service has it."},
    {"labels", "{text}", "Kubernetes labels beside `version`."},
};

constexpr KeySpec kEndpointKeys[] = {
    {"work", "time", "CPU time of a request; stretched when CPUs are short.", "0ms"},
    {"wait", "time", "Time that passes without the CPU (a driver, a disk).", "0ms"},
    {"calls", "[step]", "What the endpoint does after work and wait, in order."},
    {"errors", "percent|errors", "Requests that fail by themselves, after their first work.", "0%"},
    {"cache", "cache", "Answers this endpoint from memory.", "the service's"},
    {"request_size", "bytes", "Of a request on the network, for `bandwidth`.", "1KiB"},
    {"response_size", "bytes", "Of its answer.", "4KiB"},
};

constexpr KeySpec kErrorsKeys[] = {
    {"rate", "percent", "Share of the requests.", "", kRequired},
    {"status", "integer", "What they answer.", "500"},
};

constexpr KeySpec kCacheKeys[] = {
    {"hit_ratio", "percent", "Share of the requests that need no work and no calls.", "",
     kRequired},
    {"hit_time", "time", "How long such an answer takes.", "0.1ms"},
    {"ttl", "duration",
     "How long an entry lives: decides how fast the cache is full again after a `cache_flush`.",
     "1m"},
};

constexpr KeySpec kStepKeys[] = {
    {"work", "time", "CPU time."},
    {"wait", "time", "Time without the CPU."},
    {"parallel", "[step]",
     "All at once; takes as long as the slowest, or until the first failure."},
    {"sequence", "[step]", "One after the other; for branches of `parallel`."},
    {"publish", "name", "Fire and forget into a queue.", "", kIgnored},
};

constexpr KeySpec kCallKeys[] = {
    {"call", "name", "The endpoint that is called.", "", kRequired},
    {"optional", "bool", "The endpoint survives a failure of this call.", "false"},
    {"timeout", "duration", "The caller's own client gives up after it.", "never"},
    {"probability", "percent", "Share of the requests that make this call.", "100%"},
};

constexpr KeySpec kRuntimeKeys[] = {
    {"gunicorn", "runtime_settings|null",
     "Sync workers, one request each: `workers` 1, `queue` 2048 (its backlog)."},
    {"uwsgi", "runtime_settings|null", "Processes: `workers` 1, `queue` 100 (its listen queue)."},
    {"django", "runtime_settings|null", "As gunicorn: `workers` 1, `queue` 2048."},
    {"threads", "runtime_settings|null",
     "A pool of threads: `pool` 200, `queue` 100 (Tomcat's maxThreads and acceptCount)."},
    {"gevent", "runtime_settings|null",
     "Processes whose requests wait together: `workers` 1, `queue` 2048."},
    {"uvicorn", "runtime_settings|null", "Event loops: `workers` 1, `queue` 2048 (its backlog)."},
    {"aiohttp", "runtime_settings|null", "Event loops: `workers` 1, `queue` 128 (its backlog)."},
    {"tornado", "runtime_settings|null", "Event loops: `workers` 1, `queue` 128 (its backlog)."},
    {"node", "runtime_settings|null", "Event loops: `workers` 1, `queue` 511 (its backlog)."},
    {"go", "runtime_settings|null",
     "Requests share the CPUs fairly; work ends when the caller gives up."},
    {"jvm", "runtime_settings|null", "Requests share the CPUs fairly; `gc` pauses stop them all."},
    {"envoy", "runtime_settings|null", "A gateway: requests share the CPUs fairly."},
};

constexpr KeySpec kRuntimeSettingsKeys[] = {
    {"workers", "integer", "Worker processes or event loops.", "1"},
    {"pool", "integer", "threads: the size of the pool.", "200"},
    {"queue", "integer", "Places to wait for a worker; beyond them requests are turned away.",
     "the tool's backlog"},
    {"when_full", "word:when_full",
     "refuse: the connection is refused (a full backlog); reject: the answer is 503.",
     "reject for threads, else refuse"},
    {"cpus", "integer", "CPUs of an instance; more runnable work than that is stretched.", "2"},
    {"speed", "decimal", "Scales CPU work: 3.0 is three times as fast.", "1.0"},
    {"gil", "bool", "threads: CPU work of an instance is serial (one CPU).", "false"},
    {"max_in_flight", "integer", "go, jvm, envoy: requests at once, beyond: 503. 0 = no limit.",
     "0"},
    {"cancel", "bool", "Work stops when its caller has given up.", "true for go and envoy"},
    {"gc", "pauses", "Stop-the-world pauses of each instance."},
};

constexpr KeySpec kPausesKeys[] = {
    {"every", "duration", "From the start of one pause to the next.", "", kRequired},
    {"for", "duration", "How long each lasts.", "", kRequired},
};

constexpr KeySpec kDistributionKeys[] = {
    {"constant", "duration", "Always the same."},
    {"exponential", "duration", "Exponential, by its mean."},
    {"normal", "[duration]", "[mean, standard deviation]; never below zero."},
    {"lognormal", "lognormal", "By median and p99, or by median and sigma, or by mu and sigma."},
    {"uniform", "[duration]", "[least, most]."},
    {"pareto", "pareto", "A heavy tail: least value and shape."},
    {"gamma", "gamma", "By shape and scale, or by shape and mean."},
    {"hyperexponential", "[pair]", "A mixture of exponentials: [[share, mean], ...]."},
    {"empirical", "[pair]|path",
     "Measured quantiles: [[p50, 8ms], [p99, 40ms], ...]. Or a YAML or JSON file, relative to this "
     "one, with such a list or with one of measured times (`- 8ms`), each as likely as the "
     "others."},
};

constexpr KeySpec kLognormalKeys[] = {
    {"median", "duration", "Half of the values are below."},
    {"p99", "duration", "99 of 100 values are below."},
    {"mu", "decimal", "Mean of the logarithm of the value in seconds; may be negative."},
    {"sigma", "decimal", "Standard deviation of the logarithm."},
};

constexpr KeySpec kParetoKeys[] = {
    {"scale", "duration", "The least value.", "", kRequired},
    {"shape", "decimal", "The tail's exponent; at most 1 has no mean.", "", kRequired},
};

constexpr KeySpec kGammaKeys[] = {
    {"shape", "decimal", "1 is the exponential, larger ones are narrower.", "", kRequired},
    {"scale", "duration", "Mean divided by shape."},
    {"mean", "duration", "The mean, instead of the scale."},
};

constexpr KeySpec kQueueKeys[] = {
    {"broker", "text", "amqp, kafka, ...", "", kIgnored},
    {"consumers", "consumers", "Who takes messages out: service and endpoint.", "", kIgnored},
    {"prefetch", "integer", "Messages in work at once per consumer.", "", kIgnored},
    {"redeliver", "integer", "Attempts after a failure.", "", kIgnored},
    {"dead_letter", "bool", "Whether failed messages are kept.", "", kIgnored},
};

}  // namespace

const ObjectSpec kMesh{"mesh", "a mesh", "What exists: services, their calls, their policies.",
                       kMeshKeys};
// All but the name and the description: for `--set`, where those are the scenario's.
const ObjectSpec kMeshSections{"mesh", "a mesh", "", std::span(kMeshKeys).subspan(2)};
const ObjectSpec kNetwork{"network", "the network", "Between instances.", kNetworkKeys};
const ObjectSpec kLink{"link", "a link", "One-way delay and loss.", kLinkKeys};
const ObjectSpec kService{"service", "a service", "A service of the mesh.", kServiceKeys};
const ObjectSpec kAutoscale{"autoscale", "an autoscaler",
                            "Kubernetes' HorizontalPodAutoscaler (v2): within 15 s at most twice "
                            "as many or four more, any number fewer.",
                            kAutoscaleKeys};
const ObjectSpec kSidecar{"sidecar", "the cost of a sidecar", "What one proxy costs.",
                          kSidecarKeys};
const ObjectSpec kVersion{"version", "a version", "One version of a service.", kVersionKeys};
const ObjectSpec kEndpoint{"endpoint_map", "an endpoint", "What a request does.", kEndpointKeys};
const ObjectSpec kErrors{"errors", "errors", "Failures of the service itself.", kErrorsKeys};
const ObjectSpec kCache{"cache", "a cache", "Answers from memory.", kCacheKeys};
const ObjectSpec kStep{"step_map",
                       "a step",
                       "One step; a call is written `service: endpoint` or `service: {call: ...}`.",
                       kStepKeys,
                       "name|call",
                       true};
const ObjectSpec kCall{"call", "a call", "A call to another service.", kCallKeys};
const ObjectSpec kRuntime{"runtime_map", "a runtime", "An execution model and its settings.",
                          kRuntimeKeys,  "",          true};
const ObjectSpec kRuntimeSettings{"runtime_settings", "the settings of a runtime",
                                  "Settings of a runtime.", kRuntimeSettingsKeys};
const ObjectSpec kPauses{"pauses", "pauses", "Regular stop-the-world pauses.", kPausesKeys};
const ObjectSpec kDistribution{
    "distribution", "a distribution", "A random time.", kDistributionKeys, "", true};
const ObjectSpec kLognormal{"lognormal", "a lognormal distribution", "Log-normal.", kLognormalKeys};
const ObjectSpec kPareto{"pareto", "a Pareto distribution", "Pareto.", kParetoKeys};
const ObjectSpec kGamma{"gamma", "a gamma distribution", "Gamma.", kGammaKeys};
const ObjectSpec kQueue{"queue", "a queue", "A message queue (not modelled).", kQueueKeys};
const ObjectSpec kConsumers{"consumers", "consumers", "By service.", {}, "name"};

}  // namespace shaketable::engine::spec
