#include "engine/judge/canary_split.h"

#include <algorithm>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/statistics.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kAll = 1'000'000;  // ppm

bool carries(const Version& version, const std::vector<Label>& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](const Label& wanted) {
    return std::any_of(version.labels.begin(), version.labels.end(), [&](const Label& label) {
      return label.key == wanted.key && label.value == wanted.value;
    });
  });
}

// Adds the weight of one destination to the versions of its subset, by their instances.
void add_destination(const Service& service, const DestinationPolicy& policy,
                     const RouteDestination& destination, std::vector<std::int64_t>& weights) {
  const auto subset = std::find_if(policy.subsets.begin(), policy.subsets.end(),
                                   [&](const Subset& it) { return it.name == destination.subset; });
  std::vector<std::size_t> versions;
  std::int64_t instances = 0;
  for (std::size_t v = 0; v < service.versions.size(); ++v) {
    if (destination.subset.empty() ||
        (subset != policy.subsets.end() && carries(service.versions[v], subset->labels))) {
      versions.push_back(v);
      instances += service.versions[v].instances;
    }
  }
  for (const std::size_t v : versions) {
    weights[v] += std::int64_t{destination.weight} * kAll * service.versions[v].instances /
                  std::max<std::int64_t>(instances, 1);
  }
}

// Pushes that concern the service, by the moment at which they (or their end) arrive.
struct Change {
  Instant at{};
  std::uint32_t fault = kNone;
  bool begins = true;
};

std::vector<Change> changes_of(const Scenario& scenario, const RunRecord& record,
                               ServiceIndex service) {
  std::vector<Change> changes;
  for (std::uint32_t f = 0; f < scenario.faults.size(); ++f) {
    const Fault& fault = scenario.faults[f];
    if (fault.kind != FaultKind::kConfigPush ||
        std::none_of(fault.policies.begin(), fault.policies.end(),
                     [&](const DestinationPolicy& it) { return it.service == service; })) {
      continue;
    }
    changes.push_back({proxy::after(fault.at, fault.time.mean()), f, true});
    const Instant end = end_of_fault(fault);
    if (end != proxy::kNever) {
      changes.push_back({proxy::after(end, fault.time.mean()), f, false});
    }
  }
  std::erase_if(changes, [&](const Change& it) { return it.at >= record.ended; });
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& l, const Change& r) { return l.at < r.at; });
  return changes;
}

void count(const RunRecord& record, const std::vector<const Series*>& series, SplitSpan& span) {
  span.requests.assign(series.size(), 0);
  std::uint64_t all = 0;
  for (std::size_t v = 0; v < series.size(); ++v) {
    for (std::size_t i = 0; series[v] != nullptr && i < series[v]->points.size(); ++i) {
      const Instant at = proxy::kStart + record.bucket * static_cast<std::int64_t>(i);
      if (at >= span.from && at < span.to) {
        span.requests[v] += series[v]->points[i].count;
      }
    }
    all += span.requests[v];
  }
  for (const std::uint64_t requests : span.requests) {
    span.share_ppm.push_back(wilson_ppm(requests, all));
  }
}

}  // namespace

std::vector<std::int64_t> wanted_split(const Service& service, ServiceIndex index,
                                       const std::vector<DestinationPolicy>& policies) {
  // The entry for all callers before that for a single one.
  const DestinationPolicy* policy = nullptr;
  for (const DestinationPolicy& it : policies) {
    if (it.service == index && !it.rules.empty() &&
        (policy == nullptr || (policy->from != kNone && it.from == kNone))) {
      policy = &it;
    }
  }
  if (policy == nullptr) {
    return {};
  }
  // The first match wins, so the rule for everybody is the last.
  const RouteRule& rule = policy->rules.back();
  std::vector<std::int64_t> weights(service.versions.size(), 0);
  bool names_subsets = false;
  bool stays = false;
  for (const RouteDestination& destination : rule.destinations) {
    if (destination.service == index) {
      stays = true;
      names_subsets = names_subsets || !destination.subset.empty();
      add_destination(service, *policy, destination, weights);
    }
  }
  if (!stays) {
    return weights;
  }
  std::int64_t sum = 0;
  for (const std::int64_t weight : weights) {
    sum += weight;
  }
  if (!names_subsets || sum == 0) {
    return {};
  }
  for (std::int64_t& weight : weights) {
    weight = static_cast<std::int64_t>(static_cast<__int128>(weight) * kAll / sum);
  }
  return weights;
}

std::vector<SplitSpan> split_of(const Scenario& scenario, const RunRecord& record,
                                ServiceIndex service, const std::vector<const Series*>& series) {
  const Service& it = scenario.mesh.services[service];
  const std::vector<std::int64_t> original = wanted_split(it, service, scenario.mesh.policies);
  std::vector<SplitSpan> spans{{.from = proxy::kStart, .wanted_ppm = original}};
  for (const Change& change : changes_of(scenario, record, service)) {
    SplitSpan next{.from = change.at, .fault = change.fault, .wanted_ppm = original};
    if (change.begins) {
      next.wanted_ppm = wanted_split(it, service, scenario.faults[change.fault].policies);
    }
    if (next.wanted_ppm != spans.back().wanted_ppm) {
      spans.push_back(std::move(next));
    }
  }
  for (std::size_t i = 0; i < spans.size(); ++i) {
    spans[i].to = i + 1 < spans.size() ? spans[i + 1].from : record.ended;
    count(record, series, spans[i]);
  }
  return spans;
}

}  // namespace shaketable::engine
