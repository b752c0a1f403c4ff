#include "engine/formats/schema_spec.h"

// What a scenario file may say beside its mesh.
namespace shaketable::engine::spec {
namespace {

constexpr KeyUse kRequired = KeyUse::kRequired;
constexpr KeyUse kIgnored = KeyUse::kIgnored;

constexpr KeySpec kScenarioKeys[] = {
    {"scenario", "name", "The name of the scenario.", "the file's name"},
    {"about", "text", "What it shows, for readers."},
    {"mesh", "path|mesh",
     "A mesh file, relative to this one, or the mesh itself. A file with `services` of its own is "
     "its own mesh; `mesh` is then its name."},
    {"zones", "[name]", "As in a mesh; needs `services` beside it."},
    {"services", "{service}", "As in a mesh: the scenario holds its mesh."},
    {"queues", "{queue}", "Message queues.", "", kIgnored},
    {"network", "network", "As in a mesh; on top of what the mesh file says."},
    {"traffic", "traffic", "As in a mesh; on top of what the mesh file says, key by key."},
    {"policies", "[path]", "As in a mesh; after those of the mesh file."},
    {"run", "run", "How long, and from which seed."},
    {"load", "path|{load}", "Who sends requests, by name; or a load file whose `load` is taken."},
    {"target", "text|load_target",
     "Where the load goes when it is real (`shaketable-load`); virtual time has no use for it."},
    {"faults", "{fault}", "What happens, by name."},
    {"expect", "[expectation]", "What must hold."},
    {"canary", "canary", "What the judges of canary tools are asked for, where versions run."},
};

constexpr KeySpec kRunKeys[] = {
    {"duration", "duration", "Simulated time.", "60s"},
    {"warm_up", "duration", "Not measured where an expectation names no window.", "0s"},
    {"seed", "integer", "Same seed, same run.", "1"},
    {"drain", "duration", "After the duration: no new load, work goes on.", "0s"},
};

constexpr KeySpec kCanaryKeys[] = {
    {"interval", "duration", "flagger, argo: time between two checks, in whole buckets of the run.",
     "ten buckets"},
    {"kayenta", "canary_kayenta", "Statistics over the whole canary, and a score."},
    {"flagger", "canary_flagger", "Checks, and a weight that rises with each that passes."},
    {"argo", "canary_argo", "Measurements, and a limit on those that fail."},
};

constexpr KeySpec kKayentaKeys[] = {
    {"pass", "integer", "Score of 100 from which it passes.", "95"},
    {"marginal", "integer", "Score from which it is marginal; below, it fails.", "75"},
    {"confidence", "percent", "Of the Mann-Whitney test (confLevel).", "98%"},
    {"tolerance", "percent", "Of the shift, that the interval must leave behind.", "25%"},
    {"effect_size", "factor", "A metric is High only when its mean is this many times the other's.",
     "1x"},
    {"weights", "canary_weights", "How much each metric weighs in the score."},
    {"critical", "[word:canary_metric]", "When one of these does not pass, the score is 0."},
};

constexpr KeySpec kCanaryWeightsKeys[] = {
    {"errors", "integer", "Share of errors; percent of the score.", "50"},
    {"latency", "integer", "p99; percent of the score.", "50"},
};

constexpr KeySpec kFlaggerKeys[] = {
    {"threshold", "integer", "Failed checks at which it rolls back.", "5"},
    {"success_rate", "percent", "request-success-rate: at least.", "99%"},
    {"p99", "duration", "request-duration: at most.", "500ms"},
    {"max_weight", "integer", "maxWeight, percent: promoted after it.", "50"},
    {"step_weight", "integer", "stepWeight, percent: what a passing check adds.", "5"},
    {"step_weights", "[integer]", "stepWeights, percent: instead of the two before."},
};

constexpr KeySpec kArgoKeys[] = {
    {"failure_limit", "integer", "failureLimit: it fails with the first failure beyond.", "3"},
    {"success_rate", "percent", "successCondition: at least.", "95%"},
    {"p99", "duration", "successCondition: at most.", "not looked at"},
};

constexpr KeySpec kFaultKeys[] = {
    {"about", "text", "What happens, for readers."},
    {"at", "duration", "When it begins.", "0s"},
    {"for", "duration", "How long it lasts.", "until the end of the run"},
    {"until", "duration", "When it ends, instead of `for`."},
    {"ramp", "duration",
     "It rises from nothing to its size in this time, along a line of 20 steps: the time that "
     "`delay` adds, the share of abort, reset, blackhole and loss, the factor of slow and load "
     "(from 1).",
     "0s"},
    {"on", "target|target_map",
     "What it hits: a service, `catalog GET /products`, `payment v2`, the instance `catalog-2`, a "
     "zone; the calls of one caller, `gateway -> payment`."},
    {"between", "[target|target_map]", "partition, loss: two of them."},
    {"percent", "percent", "Share of the requests or messages.", "100%"},
    {"instances", "integer", "pause, slow: how many of the target's instances.", "all"},
    {"delay", "time|fault_delay", "Requests take longer."},
    {"abort", "integer|fault_abort", "Requests are answered with this status at once."},
    {"reset", "true|percent|fault_part", "Requests are reset."},
    {"blackhole", "true|percent|fault_part", "Requests are accepted and never answered."},
    {"partition", "true|word:partition", "No message passes."},
    {"kill", "integer|word:all", "This many instances die."},
    {"restart_after", "duration", "kill: they are back after it.", "never"},
    {"pause", "true", "Instances stand still (stop-the-world)."},
    {"slow", "factor", "CPU work takes this many times as long."},
    {"loss", "percent|fault_part", "Messages are lost."},
    {"load", "factor|fault_load", "The load times this."},
    {"config_push", "config_push", "New policies reach the sidecars one by one."},
    {"zone_loss", "name", "All instances of a zone die."},
    {"scale", "integer", "So many instances from then on, and as before once it is over."},
    {"bandwidth", "any", "Less throughput.", "", kIgnored},
    {"leak", "any", "Slots or memory run out.", "", kIgnored},
    {"cache_flush", "any", "Caches are emptied.", "", kIgnored},
    {"clock_skew", "any", "Clocks disagree.", "", kIgnored},
    {"dns_stale", "any", "Names point to dead instances.", "", kIgnored},
    {"discovery_delay", "any", "Endpoints are learned late.", "", kIgnored},
    {"cert_expire", "any", "Certificates run out.", "", kIgnored},
    {"deploy", "any", "A rolling update.", "", kIgnored},
    {"node_loss", "any", "A node dies.", "", kIgnored},
};

constexpr KeySpec kFaultDelayKeys[] = {
    {"add", "time", "How much longer.", "", kRequired},
    {"percent", "percent", "Share of the requests.", "100%"},
};

constexpr KeySpec kFaultAbortKeys[] = {
    {"status", "integer", "The answer.", "503"},
    {"percent", "percent", "Share of the requests.", "100%"},
    {"grpc_status", "grpc_status",
     "Instead of `status`: HTTP 200 with this grpc-status. Retries and outlier detection see it as "
     "Envoy does, callers as the HTTP status it maps to."},
};

constexpr KeySpec kFaultPartKeys[] = {
    {"percent", "percent", "Share of the requests or messages.", "100%"},
};

constexpr KeySpec kFaultLoadKeys[] = {
    {"times", "factor", "The rate (or the workers) times this.", "", kRequired},
    {"of", "name",
     "One entry of `load`, or one of its journeys: `buy`, or `shoppers buy` where several loads "
     "have one of that name.",
     "all"},
};

constexpr KeySpec kConfigPushKeys[] = {
    {"traffic", "traffic",
     "The new policies, on top of the old ones. `defaults` (all but `mtls`) are the base of every "
     "destination, as they are in a mesh."},
    {"policies", "[path]",
     "Istio files, relative to this one, with `traffic` on top: their objects take the place of "
     "those of the same kind, namespace and name, as `kubectl apply` does; all others stay."},
    {"delay", "time", "Until a sidecar has them, drawn for each.", "0s"},
};

constexpr KeySpec kTargetKeys[] = {
    {"service", "name", "A service."},
    {"endpoint", "name", "One of its endpoints."},
    {"version", "name", "One of its versions."},
    {"instance", "integer", "One of its instances, from 1."},
    {"zone", "name", "Instances in this zone."},
};

constexpr KeySpec kExpectationKeys[] = {
    {"metric", "word:metric", "What is measured."},
    {"of", "subject",
     "On what: a service, `gateway GET /products`, `payment v2`, `gateway -> payment`, a load or a "
     "journey.",
     "the only entry service"},
    {"must", "bound", "`< 400ms`, `>= 99%`, `10% +- 2%`, `<= 2 services`."},
    {"during", "window",
     "`before X`, `during X`, `after X` (X a fault), `10s..40s`, `last 30s`, `first 30s`.",
     "the run after its warm-up"},
    {"event", "word:event", "What must happen."},
    {"within", "window", "`10s of X`, `20s of end of X`, `10s`, `10s..40s`."},
    {"never", "bool", "event: it must not happen; recovered: it must not recover.", "false"},
    {"recovered", "subject", "Back in its own normal state by then, and it stays there."},
    {"blast_radius", "name", "The fault whose reach is bounded by `must`."},
    {"fails", "bool", "The expectation is known to fail; passing is then an error.", "false"},
};

}  // namespace

const ObjectSpec kScenario{"scenario", "a scenario", "What happens to a mesh, and what must hold.",
                           kScenarioKeys};
const ObjectSpec kRun{"run", "the run", "How long, and from which seed.", kRunKeys};
const ObjectSpec kCanary{"canary", "canary settings",
                         "What Kayenta, Flagger and Argo Rollouts are asked for.", kCanaryKeys};
const ObjectSpec kKayenta{"canary_kayenta", "settings of Kayenta", "Kayenta's canary config.",
                          kKayentaKeys};
const ObjectSpec kCanaryWeights{"canary_weights", "weights", "groupWeights; together 100.",
                                kCanaryWeightsKeys};
const ObjectSpec kFlagger{"canary_flagger", "settings of Flagger", "Flagger's canary analysis.",
                          kFlaggerKeys};
const ObjectSpec kArgo{"canary_argo", "settings of Argo", "A metric of Argo's AnalysisTemplate.",
                       kArgoKeys};
const ObjectSpec kFault{"fault", "a fault", "Something that happens, of exactly one kind.",
                        kFaultKeys};
const ObjectSpec kFaultDelay{"fault_delay", "a delay", "Requests take longer.", kFaultDelayKeys};
const ObjectSpec kFaultAbort{"fault_abort", "an abort", "Requests are answered at once.",
                             kFaultAbortKeys};
const ObjectSpec kFaultPart{"fault_part", "a part", "How many.", kFaultPartKeys};
const ObjectSpec kFaultLoad{"fault_load", "a surge", "More (or less) load.", kFaultLoadKeys};
const ObjectSpec kConfigPush{"config_push", "a config push", "New policies.", kConfigPushKeys};
const ObjectSpec kTarget{"target_map", "a target", "All parts that are written must fit.",
                         kTargetKeys};
const ObjectSpec kExpectation{"expectation", "an expectation",
                              "A metric, an event, a recovery or a blast radius.",
                              kExpectationKeys};

}  // namespace shaketable::engine::spec
