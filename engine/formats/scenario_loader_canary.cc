#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// `canary:` of a scenario.
namespace shaketable::engine {
namespace {

constexpr Bounds<std::int64_t> kPercent{0, 100};
constexpr Bounds<std::int64_t> kAWeight{1, 100};
constexpr Bounds<proxy::Duration> kSomeTime{proxy::Duration(1), kMaxReadDuration};
constexpr std::int64_t kSure = 999'999;  // ppm; a confidence below certainty
constexpr std::uint32_t kMostChecks = 1'000'000;
constexpr std::size_t kMostSteps = 100;

class CanaryReader {
 public:
  explicit CanaryReader(ScenarioContext& context)
      : context_(context), diagnostics_(context.diagnostics), canary_(context.scenario.canary) {}

  void read(const Node* node) {
    ObjectReader map(node, spec::kCanary, diagnostics_);
    assign(canary_.interval, read_duration(map.get("interval"), diagnostics_, kSomeTime));
    read_kayenta(map.get("kayenta"));
    read_flagger(map.get("flagger"));
    read_argo(map.get("argo"));
    map.finish();
  }

 private:
  void read_kayenta(const Node* node) {
    KayentaSettings& kayenta = canary_.kayenta;
    ObjectReader map(node, spec::kKayenta, diagnostics_);
    const Node* const pass = map.get("pass");
    const Node* const marginal = map.get("marginal");
    assign(kayenta.pass, read_integer(pass, diagnostics_, kPercent));
    assign(kayenta.marginal, read_integer(marginal, diagnostics_, kPercent));
    assign(kayenta.confidence_ppm, read_percent(map.get("confidence"), diagnostics_, {1, kSure}));
    assign(kayenta.tolerance_ppm, read_percent(map.get("tolerance"), diagnostics_));
    assign(kayenta.effect_ppm, read_factor(map.get("effect_size"), diagnostics_));
    read_weights(map.get("weights"));
    const Node* const critical = map.get("critical");
    if (critical != nullptr) {
      for (const Node* item : read_sequence(critical, diagnostics_, "a list of metrics")) {
        const auto metric = read_enum(item, diagnostics_, words::kCanaryMetric, "a metric");
        kayenta.errors_critical |= metric == words::CanaryMetric::kErrors;
        kayenta.latency_critical |= metric == words::CanaryMetric::kLatency;
      }
    }
    map.finish();
    if (kayenta.marginal > kayenta.pass) {
      context_.names.error(marginal != nullptr ? *marginal : *pass, code::kContradiction,
                           "a score would be marginal only above the one that passes",
                           "`marginal` at most `pass`");
    }
  }

  void read_weights(const Node* node) {
    KayentaSettings& kayenta = canary_.kayenta;
    ObjectReader map(node, spec::kCanaryWeights, diagnostics_);
    const Node* const errors = map.get("errors");
    const Node* const latency = map.get("latency");
    assign(kayenta.errors_weight, read_integer(errors, diagnostics_, kPercent));
    assign(kayenta.latency_weight, read_integer(latency, diagnostics_, kPercent));
    map.finish();
    if (errors != nullptr && latency == nullptr) {  // One says the other.
      kayenta.latency_weight = 100 - kayenta.errors_weight;
    } else if (latency != nullptr && errors == nullptr) {
      kayenta.errors_weight = 100 - kayenta.latency_weight;
    } else if (node != nullptr && kayenta.errors_weight + kayenta.latency_weight != 100) {
      context_.names.error(*node, code::kBadWeights, "the weights of a score do not add up to 100",
                           "errors + latency = 100");
    }
  }

  void read_flagger(const Node* node) {
    FlaggerSettings& flagger = canary_.flagger;
    ObjectReader map(node, spec::kFlagger, diagnostics_);
    assign(flagger.threshold, read_count(map.get("threshold"), diagnostics_, 1, kMostChecks));
    assign(flagger.success_ppm, read_percent(map.get("success_rate"), diagnostics_));
    assign(flagger.p99, read_duration(map.get("p99"), diagnostics_, kSomeTime));
    const Node* const most = map.get("max_weight");
    const Node* const step = map.get("step_weight");
    assign(flagger.max_weight, read_integer(most, diagnostics_, kAWeight));
    assign(flagger.step_weight, read_integer(step, diagnostics_, kAWeight));
    read_steps(map.get("step_weights"), most != nullptr ? most : step);
    map.finish();
    if (flagger.step_weight > flagger.max_weight) {
      context_.names.error(step != nullptr ? *step : *most, code::kContradiction,
                           "the first step is beyond the greatest weight",
                           "`step_weight` at most `max_weight`");
    }
  }

  void read_steps(const Node* node, const Node* other) {
    if (node == nullptr) {
      return;
    }
    if (other != nullptr) {
      context_.names.error(*other, code::kContradiction, "the weights are here twice",
                           "either `step_weights`, or `max_weight` and `step_weight`");
    }
    const auto items = read_sequence(node, diagnostics_, "a list of weights");
    if (items.empty() || items.size() > kMostSteps) {
      context_.names.error(*node, code::kOutOfRange, "a rollout has at least one weight",
                           "1 to " + std::to_string(kMostSteps) + " weights");
      return;
    }
    for (const Node* item : items) {
      const auto weight = read_integer(item, diagnostics_, kAWeight);
      std::vector<std::int64_t>& weights = canary_.flagger.step_weights;
      if (weight && !weights.empty() && *weight <= weights.back()) {
        context_.names.error(*item, code::kBadWeights, "the weight does not rise",
                             "more than " + std::to_string(weights.back()));
      }
      if (weight) {
        weights.push_back(*weight);
      }
    }
  }

  void read_argo(const Node* node) {
    ArgoSettings& argo = canary_.argo;
    ObjectReader map(node, spec::kArgo, diagnostics_);
    assign(argo.failure_limit, read_count(map.get("failure_limit"), diagnostics_, 0, kMostChecks));
    assign(argo.success_ppm, read_percent(map.get("success_rate"), diagnostics_));
    assign(argo.p99, read_duration(map.get("p99"), diagnostics_, kSomeTime));
    map.finish();
  }

  ScenarioContext& context_;
  Diagnostics& diagnostics_;
  CanarySettings& canary_;
};

}  // namespace

void read_canary(const Node* node, ScenarioContext& context) {
  if (node == nullptr) {
    return;
  }
  CanaryReader(context).read(node);
  const std::vector<Service>& services = context.scenario.mesh.services;
  const bool has_versions =
      std::any_of(services.begin(), services.end(),
                  [](const Service& service) { return service.versions.size() > 1; });
  if (!has_versions && !services.empty()) {
    context.names.warn(*node, code::kNotModelled,
                       "no service has a second version: there is no canary to judge");
  }
}

}  // namespace shaketable::engine
