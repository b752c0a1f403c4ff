#include "engine/judge/policy_effects.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/run_view.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kAll = 1'000'000;  // ppm

// What an edge (or a service's callers) did in the buckets in which a policy acted.
struct Acting {
  std::uint64_t answered = 0;  ///< Not refused.
  std::uint64_t good = 0;      ///< Of these.
  std::uint64_t refused = 0;
  std::uint64_t no_host = 0;
  std::int64_t latency_sum = 0;  ///< Of all; refusals take next to no time.
};

class EffectFinder {
 public:
  EffectFinder(const Scenario& scenario, const RunRecord& record)
      : scenario_(scenario), view_(scenario, record) {}

  std::vector<PolicyEffect> find(const std::vector<Lane>& lanes) {
    std::map<std::tuple<LaneKind, ServiceIndex, ServiceIndex>, std::vector<const Lane*>> groups;
    for (const Lane& lane : lanes) {
      const bool acts = lane.kind == LaneKind::kCircuit || lane.kind == LaneKind::kRetryBudget ||
                        lane.kind == LaneKind::kEjection;
      if (acts) {
        groups[{lane.kind, lane.caller, lane.service}].push_back(&lane);
      }
    }
    std::vector<PolicyEffect> effects;
    for (const auto& [key, group] : groups) {
      effects.push_back(effect_of(group));
    }
    return effects;
  }

 private:
  [[nodiscard]] PolicyEffect effect_of(const std::vector<const Lane*>& lanes) const {
    PolicyEffect effect{.kind = lanes.front()->kind,
                        .caller = lanes.front()->caller,
                        .service = lanes.front()->service};
    std::vector<bool> buckets(view_.buckets(), false);
    for (const Lane* lane : lanes) {
      effect.active = std::max(effect.active, lane->total);
      for (const LaneSpan& span : lane->spans) {
        effect.acted += effect.kind == LaneKind::kEjection ? 1 : span.count;
        mark(span, buckets);
      }
    }
    const Acting acting = acting_on(effect, buckets);
    switch (effect.kind) {
      case LaneKind::kCircuit:
        weigh_circuit(acting, effect);
        break;
      case LaneKind::kRetryBudget:
        weigh_budget(effect);
        break;
      case LaneKind::kEjection:
        weigh_ejection(acting, lanes.size(), effect);
        break;
      case LaneKind::kFault:
      case LaneKind::kConfigPush:
      case LaneKind::kPanic:
      case LaneKind::kQueueFull:
      case LaneKind::kInstanceDown:
      case LaneKind::kScale:
        break;
    }
    return effect;
  }

  void mark(const LaneSpan& span, std::vector<bool>& buckets) const {
    const Instant to = std::min(span.to, view_.record().ended);
    for (std::size_t i = view_.bucket_at(span.from); i < buckets.size() && view_.start_of(i) <= to;
         ++i) {
      buckets[i] = true;
    }
  }

  [[nodiscard]] Acting acting_on(const PolicyEffect& effect,
                                 const std::vector<bool>& buckets) const {
    Acting acting;
    for (const std::uint32_t e : view_.into(effect.service)) {
      const EdgeRecord& edge = view_.edges()[e];
      if (effect.caller != kNone && edge.caller != effect.caller) {
        continue;
      }
      for (std::size_t i = 0; i < edge.series->points.size() && i < buckets.size(); ++i) {
        if (!buckets[i]) {
          continue;
        }
        const Point& point = edge.series->points[i];
        const std::uint64_t refused = point.outcomes[static_cast<std::size_t>(Outcome::kRefused)];
        acting.refused += refused;
        acting.no_host += point.outcomes[static_cast<std::size_t>(Outcome::kNoHost)];
        acting.answered += point.count - refused;
        acting.good += point.count - std::min(errors_of(point.outcomes), point.count);
        acting.latency_sum += point.latency_sum;
      }
    }
    return acting;
  }

  // Work of the callee for one answer in the undisturbed run: utilisation x servers x time /
  // answers.
  [[nodiscard]] std::uint64_t demand_of(ServiceIndex service) const {
    const Series* own = view_.own(service);
    if (own == nullptr) {
      return 0;
    }
    std::uint64_t servers = 0;
    for (const Version& version : scenario_.mesh.services[service].versions) {
      const Runtime& runtime = version.runtime;
      servers += std::uint64_t{version.instances} *
                 (runtime.model == RuntimeModel::kShared ? runtime.cpus : runtime.workers);
    }
    const Sums sums = sums_of(*own, view_.baseline());
    const auto time = static_cast<std::uint64_t>(view_.record().bucket.count()) * sums.buckets;
    return scaled(scaled(time, view_.utilisation(service, view_.baseline()), kAll), servers,
                  sums.count);
  }

  void weigh_circuit(const Acting& acting, PolicyEffect& effect) const {
    effect.failed_fast = acting.refused;
    const std::uint64_t wait =
        acting.answered == 0 ? 0 : static_cast<std::uint64_t>(acting.latency_sum) / acting.answered;
    effect.waited_less_ns = static_cast<std::int64_t>(wait * acting.refused);
    effect.work_avoided_ns = static_cast<std::int64_t>(demand_of(effect.service) * effect.acted);
    effect.healthy_refused = scaled(acting.refused, acting.good, acting.answered);
    effect.text = edge_name(scenario_, effect.caller, effect.service) + ": circuit open for " +
                  format_duration(effect.active) + ", " + format_count(effect.acted) +
                  " attempts refused";
    if (effect.acted > effect.failed_fast) {
      effect.text += " (" + format_count(effect.failed_fast) + " requests failed by it)";
    }
    effect.text += ". Estimates: " + format_duration(effect.work_avoided_ns) + " of work of " +
                   service_name(scenario_, effect.service) + " avoided";
    if (effect.waited_less_ns > 0) {
      effect.text +=
          ", " + format_duration(static_cast<std::int64_t>(wait)) + " less waiting for each";
    }
    if (effect.failed_fast > 0) {
      effect.text +=
          "; cost: about " + format_count(effect.healthy_refused) +
          " of the refused requests would have succeeded (as " +
          format_ppm(static_cast<std::int64_t>(scaled(acting.good, kAll, acting.answered))) +
          " of the others did)";
    }
  }

  void weigh_budget(PolicyEffect& effect) const {
    effect.work_avoided_ns = static_cast<std::int64_t>(demand_of(effect.service) * effect.acted);
    effect.text = edge_name(scenario_, effect.caller, effect.service) + ": " +
                  format_count(effect.acted) +
                  " retries refused by the limit on retries. Estimate: " +
                  format_duration(effect.work_avoided_ns) + " of work of " +
                  service_name(scenario_, effect.service) + " avoided";
  }

  void weigh_ejection(const Acting& acting, std::size_t hosts, PolicyEffect& effect) const {
    effect.healthy_refused = acting.no_host;
    effect.text = service_name(scenario_, effect.service) + ": " + format_count(hosts) +
                  (hosts == 1 ? " host" : " hosts") + " ejected, " + format_count(effect.acted) +
                  (effect.acted == 1 ? " time" : " times") + " in all, one for up to " +
                  format_duration(effect.active) + "; meanwhile " +
                  format_ppm(static_cast<std::int64_t>(
                      scaled(acting.good, kAll, acting.answered + acting.refused))) +
                  " of " + format_count(acting.answered + acting.refused) + " calls succeeded";
    if (acting.no_host > 0) {
      effect.text += "; cost: " + format_count(acting.no_host) + " calls found no host";
    }
  }

  const Scenario& scenario_;
  RunView view_;
};

}  // namespace

std::vector<PolicyEffect> policy_effects(const Scenario& scenario, const RunRecord& record,
                                         const std::vector<Lane>& lanes) {
  return EffectFinder(scenario, record).find(lanes);
}

}  // namespace shaketable::engine
