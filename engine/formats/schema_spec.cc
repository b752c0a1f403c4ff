#include "engine/formats/schema_spec.h"

#include "engine/formats/schema_words.h"

namespace shaketable::engine {
namespace {

// Patterns describe the form; bounds and references are the loader's.
constexpr ScalarSpec kScalars[] = {
    {"any", ""},
    {"null", R"("type": "null")"},
    {"true", R"("const": true)"},
    {"false", R"("const": false)"},
    {"bool", R"("type": "boolean")"},
    {"integer", R"("type": "integer", "minimum": 0)"},
    {"decimal", R"("type": "number")"},
    {"name", R"("type": ["string", "number", "boolean"], "minLength": 1, "maxLength": 253)"},
    {"text", R"("type": ["string", "number", "boolean"])"},
    {"path", R"("type": "string", "minLength": 1)"},
    {"duration", R"("type": "string", "pattern": "^([0-9]+(\\.[0-9]+)?(h|ms|m|s|us|ns))+$", )"
                 R"("examples": ["250ms", "10s", "1m30s"])"},
    {"percent", R"("type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?%$", "examples": ["12.5%"])"},
    {"rate",
     R"("type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?/(s|m|h)$", "examples": ["400/s"])"},
    {"bytes",
     R"("type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(B|kB|KB|MB|GB|KiB|MiB|GiB|TiB)$", )"
     R"("examples": ["64KiB"])"},
    {"bytes_per_second",
     R"("type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?(B|kB|KB|MB|GB|KiB|MiB|GiB|TiB)/s$", )"
     R"("examples": ["10MiB/s"])"},
    {"factor",
     R"("type": ["number", "string"], "pattern": "^[0-9]+(\\.[0-9]+)?x?$", "minimum": 0, )"
     R"("examples": [3.0, "3x"])"},
    {"grpc_status", R"("type": ["string", "integer"], "minimum": 1, "maximum": 16, )"
                    R"("examples": ["UNAVAILABLE", 14])"},
    {"subject", R"("type": ["string", "number"], "minLength": 1, )"
                R"("examples": ["gateway", "gateway GET /", "payment v2", "gateway -> payment"])"},
    {"target",
     R"("type": ["string", "number"], "minLength": 1, "examples": ["payment", "catalog-2"])"},
    {"window", R"("type": "string", "minLength": 1, )"
               R"("examples": ["before X", "10s..40s", "last 30s", "10s of X"])"},
    {"bound", R"("type": "string", "pattern": "^((<|<=|>|>=|=|==) *)?[0-9]", )"
              R"("examples": ["< 400ms", ">= 99%", "10% +- 2%", "<= 2 services"])"},
    {"condition", R"("type": "string", "minLength": 2, )"
                  R"("examples": ["status 2xx", "latency < 300ms", "json /ok == true", "ok"])"},
    {"pair", R"("type": "array", "minItems": 2, "maxItems": 2)"},
};

constexpr AliasSpec kAliases[] = {
    {"time", "duration|distribution"},     {"runtime", "word:runtime|runtime_map"},
    {"endpoint", "duration|endpoint_map"}, {"step", "name|step_map"},
    {"journey_step", "name|journey_map"},
};

constexpr auto kLbPolicy = words::words_of(words::kLbPolicy);
constexpr auto kProtocol = words::words_of(words::kProtocol);
constexpr auto kRetryOn = words::words_of(words::kRetryOn);
constexpr auto kMtls = words::words_of(words::kMtls);
constexpr auto kWhenFull = words::words_of(words::kWhenFull);
constexpr auto kArrivals = words::words_of(words::kArrivals);
constexpr auto kWhenFullLoad = words::words_of(words::kWhenFullLoad);
constexpr auto kPicker = words::words_of(words::kPicker);
constexpr auto kOnFailure = words::words_of(words::kOnFailure);
constexpr auto kLogFormat = words::words_of(words::kLogFormat);
constexpr auto kRowOrder = words::words_of(words::kRowOrder);
constexpr auto kRenewal = words::words_of(words::kRenewal);
constexpr auto kHttpVersion = words::words_of(words::kHttpVersion);
constexpr auto kPartition = words::words_of(words::kPartition);
constexpr auto kAll = words::words_of(words::kAll);
constexpr auto kMetric = words::words_of(words::kMetric);
constexpr auto kEvent = words::words_of(words::kEvent);
constexpr auto kRuntime = words::words_of(words::kRuntime);
constexpr auto kCanaryMetric = words::words_of(words::kCanaryMetric);

constexpr WordSpec kWords[] = {
    {"lb_policy", kLbPolicy},
    {"protocol", kProtocol},
    {"retry_on", kRetryOn},
    {"mtls", kMtls},
    {"when_full", kWhenFull},
    {"arrivals", kArrivals},
    {"partition", kPartition},
    {"all", kAll},
    {"metric", kMetric},
    {"event", kEvent},
    {"runtime", kRuntime},
    {"when_full_load", kWhenFullLoad},
    {"picker", kPicker},
    {"on_failure", kOnFailure},
    {"log_format", kLogFormat},
    {"row_order", kRowOrder},
    {"renewal", kRenewal},
    {"http_version", kHttpVersion},
    {"canary_metric", kCanaryMetric},
};

const ObjectSpec* const kObjects[] = {
    &spec::kScenario,      &spec::kMesh,           &spec::kNetwork,         &spec::kLink,
    &spec::kService,       &spec::kAutoscale,      &spec::kSidecar,         &spec::kVersion,
    &spec::kEndpoint,      &spec::kErrors,         &spec::kCache,           &spec::kStep,
    &spec::kCall,          &spec::kRuntime,        &spec::kRuntimeSettings, &spec::kPauses,
    &spec::kDistribution,  &spec::kLognormal,      &spec::kPareto,          &spec::kGamma,
    &spec::kQueue,         &spec::kConsumers,      &spec::kTraffic,         &spec::kDestination,
    &spec::kRetries,       &spec::kBackoff,        &spec::kBudget,          &spec::kEnvoyBudget,
    &spec::kBreakers,      &spec::kOutlier,        &spec::kBalancing,       &spec::kInjection,
    &spec::kInjectedDelay, &spec::kInjectedAbort,  &spec::kMirror,          &spec::kRouteTo,
    &spec::kRoute,         &spec::kRouteMatch,     &spec::kStringMatch,     &spec::kRewrite,
    &spec::kRedirect,      &spec::kDirectResponse, &spec::kAuthorize,       &spec::kRun,
    &spec::kLoad,          &spec::kRate,           &spec::kRateStage,       &spec::kRateSteps,
    &spec::kRateSpikes,    &spec::kRateSine,       &spec::kRecorded,        &spec::kJourney,
    &spec::kJourneyStep,   &spec::kCapture,        &spec::kFormPart,        &spec::kSocketStep,
    &spec::kVariable,      &spec::kLoadAuth,       &spec::kAuthBasic,       &spec::kAuthKey,
    &spec::kFixtures,      &spec::kThreshold,      &spec::kLoadFile,        &spec::kLoadTarget,
    &spec::kLoadRun,       &spec::kFault,          &spec::kFaultDelay,      &spec::kFaultAbort,
    &spec::kFaultPart,     &spec::kFaultLoad,      &spec::kFaultDeploy,     &spec::kFaultNode,
    &spec::kFaultLeak,     &spec::kFaultClock,     &spec::kConfigPush,      &spec::kTarget,
    &spec::kExpectation,   &spec::kCanary,         &spec::kKayenta,         &spec::kCanaryWeights,
    &spec::kFlagger,       &spec::kArgo,
};

}  // namespace

std::span<const ScalarSpec> scalar_specs() { return kScalars; }
std::span<const AliasSpec> alias_specs() { return kAliases; }
std::span<const WordSpec> word_specs() { return kWords; }
std::span<const ObjectSpec* const> object_specs() { return kObjects; }

const ObjectSpec* find_object(std::string_view name) {
  for (const ObjectSpec* object : kObjects) {
    if (object->name == name) {
      return object;
    }
  }
  return nullptr;
}

const KeySpec* find_key(const ObjectSpec& object, std::string_view key) {
  for (const KeySpec& candidate : object.keys) {
    if (candidate.key == key) {
      return &candidate;
    }
  }
  return nullptr;
}

}  // namespace shaketable::engine
