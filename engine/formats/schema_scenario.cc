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
    {"nodes", "integer", "As in a mesh; needs `services` beside it."},
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
    {"between", "[target|target_map]", "partition, loss, bandwidth: two of them."},
    {"percent", "percent", "Share of the requests or messages.", "100%"},
    {"instances", "integer", "pause, slow, leak, clock_skew: how many of the target's instances.",
     "all"},
    {"delay", "time|fault_delay", "Requests take longer."},
    {"abort", "integer|fault_abort", "Requests are answered with this status at once."},
    {"reset", "true|percent|fault_part", "Requests are reset."},
    {"blackhole", "true|percent|fault_part", "Requests are accepted and never answered."},
    {"partition", "true|word:partition", "No message passes."},
    {"kill", "integer|word:all", "This many instances die."},
    {"restart_after", "duration",
     "kill, zone_loss, node_loss: they are back after it. leak: so is one without memory (10s).",
     "never"},
    {"pause", "true", "Instances stand still (stop-the-world)."},
    {"slow", "factor", "CPU work takes this many times as long."},
    {"loss", "percent|fault_part", "Messages are lost."},
    {"load", "factor|fault_load", "The load times this."},
    {"config_push", "config_push", "New policies reach the sidecars one by one."},
    {"zone_loss", "name", "All instances of a zone die."},
    {"scale", "integer", "So many instances from then on, and as before once it is over."},
    {"deploy", "true|fault_deploy",
     "A rolling update, as Kubernetes does it: new instances, a few at a time, and as many old "
     "ones "
     "go when the new are ready (the service's `start_delay`)."},
    {"node_loss", "name|fault_node",
     "A machine is gone, with its instances: nobody answers for them, and sidecars learn late of "
     "it. `node-1` to `node-N` of a mesh with `nodes: N`."},
    {"leak", "fault_leak", "Instances lose slots, or memory until they are killed."},
    {"cache_flush", "true",
     "Caches are empty, for as long as it lasts, and fill again after it: see their `ttl`."},
    {"bandwidth", "bytes_per_second",
     "So much passes in a second to each instance of the target, and so much from it; messages "
     "wait "
     "for each other. Their sizes are those of the endpoints. With `between`: to and from each "
     "instance of the first."},
    {"dns_stale", "true",
     "Who calls the target without a sidecar, clients included, goes on with the addresses that it "
     "has."},
    {"discovery_delay", "duration",
     "Sidecars learn so late of dead and new instances, instead of after the network's "
     "`discovery_delay`."},
    {"cert_expire", "true",
     "Certificates have run out: no new mTLS connection from or to the sidecars of the target; "
     "open "
     "ones go on."},
    {"clock_skew", "duration|fault_clock",
     "Clocks of the target are ahead by so much. Certificates are good from two minutes before "
     "they "
     "are issued for 24h, and renewed after 12h, as Istio has them: what its sidecars take for "
     "expired, or for not valid yet, gets no new mTLS connection."},
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

constexpr KeySpec kFaultDeployKeys[] = {
    {"to", "name", "The version of the new instances.", "the one that is there"},
    {"surge", "integer|percent", "maxSurge: instances beyond the wanted number; rounded up.",
     "25%"},
    {"unavailable", "integer|percent",
     "maxUnavailable: ready instances below the wanted number; rounded down.", "25%"},
};

constexpr KeySpec kFaultNodeKeys[] = {
    {"node", "name", "`node-1` to the last one.", "", kRequired},
    {"noticed_after", "duration",
     "Until its instances are no endpoints any more: node-monitor-grace-period.", "40s"},
};

constexpr KeySpec kFaultLeakKeys[] = {
    {"every", "duration",
     "Each instance loses a worker, or a place in flight, as often; a restart brings all back."},
    {"memory", "bytes", "Each request that ends leaves so much behind, instead of `every`."},
    {"limit", "bytes", "memory: what an instance has; it is killed when all is lost.", "512MiB"},
};

constexpr KeySpec kFaultClockKeys[] = {
    {"ahead", "duration", "How far the clocks are ahead."},
    {"behind", "duration", "How far they are behind, instead of `ahead`."},
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
const ObjectSpec kFaultDeploy{"fault_deploy", "a deployment",
                              "How far a rolling update goes at once.", kFaultDeployKeys};
const ObjectSpec kFaultNode{"fault_node", "a machine", "A machine that is lost.", kFaultNodeKeys};
const ObjectSpec kFaultLeak{"fault_leak", "a leak", "What is lost: slots or memory.",
                            kFaultLeakKeys};
const ObjectSpec kFaultClock{"fault_clock", "a clock", "How wrong clocks are.", kFaultClockKeys};
const ObjectSpec kConfigPush{"config_push", "a config push", "New policies.", kConfigPushKeys};
const ObjectSpec kTarget{"target_map", "a target", "All parts that are written must fit.",
                         kTargetKeys};
const ObjectSpec kExpectation{"expectation", "an expectation",
                              "A metric, an event, a recovery or a blast radius.",
                              kExpectationKeys};

}  // namespace shaketable::engine::spec
