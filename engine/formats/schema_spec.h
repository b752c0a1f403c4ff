#pragma once

#include <cstdint>
#include <span>
#include <string_view>

/// The words of mesh and scenario files: one table for the loader (`ObjectReader` refuses to read a
/// key that is not in it, and to leave one out), for `schema_json()` and for `--set`.
namespace shaketable::engine {

enum class KeyUse : std::uint8_t {
  kOptional,
  kRequired,
  kIgnored,  ///< Known, accepted, not modelled yet: a warning where it is written.
};

/// A key of a map with fixed keys.
struct KeySpec {
  std::string_view key;
  /// What the value may be: names of types ("duration", "integer", "word:lb_policy") and objects
  /// ("service") with `|` between alternatives, `[x]` for a list and `{x}` for a map whose keys
  /// are names of the user's.
  std::string_view type;
  std::string_view doc;            ///< One or two sentences for an editor's help.
  std::string_view fallback = {};  ///< The default as it would be written; empty = none.
  KeyUse use = KeyUse::kOptional;
};

/// A map with fixed keys.
struct ObjectSpec {
  std::string_view name;  ///< The definition's name in the schema.
  std::string_view what;  ///< For messages, with its article: "a service".
  std::string_view doc;
  std::span<const KeySpec> keys;
  std::string_view others = {};  ///< Type of values under names of the user's; empty = not allowed.
  bool one_key = false;          ///< Exactly one key is written.
};

/// A type that is written as a scalar: its name and its JSON Schema.
struct ScalarSpec {
  std::string_view name;
  std::string_view json;  ///< The members of the definition, without braces.
};

/// A closed set of words, "word:NAME" in types.
struct WordSpec {
  std::string_view name;
  std::span<const std::string_view> words;
};

/// Another name for a type with alternatives.
struct AliasSpec {
  std::string_view name;
  std::string_view type;
};

[[nodiscard]] std::span<const ScalarSpec> scalar_specs();
[[nodiscard]] std::span<const AliasSpec> alias_specs();
[[nodiscard]] std::span<const WordSpec> word_specs();
/// All objects, in the order of the schema.
[[nodiscard]] std::span<const ObjectSpec* const> object_specs();
/// The object of that name, or null.
[[nodiscard]] const ObjectSpec* find_object(std::string_view name);
/// The key of an object, or null.
[[nodiscard]] const KeySpec* find_key(const ObjectSpec& object, std::string_view key);

/// The tables, by file.
namespace spec {

// schema_mesh.cc
extern const ObjectSpec kMesh, kMeshSections, kNetwork, kLink, kService, kAutoscale, kSidecar,
    kVersion, kEndpoint, kErrors, kCache, kStep, kCall, kRuntime, kRuntimeSettings, kPauses,
    kDistribution, kLognormal, kPareto, kGamma, kQueue, kConsumers;

// schema_traffic.cc
extern const ObjectSpec kTraffic, kDestination, kRetries, kBackoff, kBudget, kEnvoyBudget,
    kBreakers, kOutlier, kBalancing, kInjection, kInjectedDelay, kInjectedAbort, kMirror, kRoute,
    kRouteMatch, kStringMatch, kRewrite, kRedirect, kDirectResponse, kAuthorize, kRouteTo;

// schema_scenario.cc
extern const ObjectSpec kScenario, kRun, kFault, kFaultDelay, kFaultAbort, kFaultPart, kFaultLoad,
    kFaultDeploy, kFaultNode, kFaultLeak, kFaultClock, kConfigPush, kTarget, kExpectation, kCanary,
    kKayenta, kCanaryWeights, kFlagger, kArgo;

// schema_load.cc
extern const ObjectSpec kLoadFile, kLoadTarget, kLoadRun, kLoad, kRate, kRateStage, kRateSteps,
    kRateSpikes, kRateSine, kRecorded, kJourney, kJourneyStep, kCapture, kFormPart, kSocketStep,
    kVariable, kLoadAuth, kAuthBasic, kAuthKey, kFixtures, kThreshold;

}  // namespace spec

}  // namespace shaketable::engine
