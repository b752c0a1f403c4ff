#include <algorithm>
#include <map>
#include <set>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "reports/html/topology.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::ServiceIndex;

void collect_calls(const std::vector<engine::Step>& steps, ServiceIndex caller,
                   std::set<EdgeKey>& edges) {
  for (const engine::Step& step : steps) {
    if (step.kind == engine::Step::Kind::kCall && step.call.service != engine::kNone) {
      edges.emplace(caller, step.call.service);
    }
    for (const auto& branch : step.branches) {
      collect_calls(branch, caller, edges);
    }
  }
}

// Calls that the mesh may make and those that were made.
std::set<EdgeKey> edges_of(const Page& page) {
  std::set<EdgeKey> edges;
  const auto& services = page.report.scenario.mesh.services;
  for (std::size_t s = 0; s < services.size(); ++s) {
    for (const engine::Version& version : services[s].versions) {
      for (const engine::Endpoint& endpoint : version.endpoints) {
        collect_calls(endpoint.steps, static_cast<ServiceIndex>(s), edges);
      }
    }
  }
  for (const auto& [key, series] : page.edges) {
    if (key.first < services.size()) {
      edges.insert(key);
    }
  }
  return edges;
}

}  // namespace

DrawnTopology choose_topology(const Page& page) {
  const std::set<EdgeKey> all = edges_of(page);
  std::map<ServiceIndex, ServiceIndex> caller_of;  // The first one.
  for (const EdgeKey& edge : all) {
    caller_of.emplace(edge.second, edge.first);
  }
  std::set<ServiceIndex> chosen;
  for (ServiceIndex service : by_importance(page.report)) {
    while (chosen.size() < page.limits.drawn_services && chosen.insert(service).second) {
      const auto caller = caller_of.find(service);
      if (caller == caller_of.end()) {
        break;
      }
      service = caller->second;
    }
  }
  DrawnTopology topology;
  topology.services.assign(chosen.begin(), chosen.end());
  topology.left_out = page.services.size() - chosen.size();
  std::vector<std::pair<std::size_t, std::size_t>> pairs;
  const auto place_of = [&topology](ServiceIndex service) {
    const auto found =
        std::lower_bound(topology.services.begin(), topology.services.end(), service);
    return static_cast<std::size_t>(found - topology.services.begin());
  };
  for (const EdgeKey& edge : all) {
    if (chosen.contains(edge.first) && chosen.contains(edge.second)) {
      topology.edges.push_back(edge);
      pairs.emplace_back(place_of(edge.first), place_of(edge.second));
    }
  }
  topology.layout = lay_out_topology(topology.services.size(), pairs);
  return topology;
}

Tone tone_of(const engine::WindowTotals* totals) {
  constexpr std::int64_t kTroubledPpm = 10'000;
  constexpr std::int64_t kBrokenPpm = 250'000;
  if (totals == nullptr || totals->count == 0) {
    return Tone::kNoData;
  }
  const std::int64_t errors =
      engine::share_in_ppm(engine::errors_of(totals->outcomes), totals->count);
  return errors > kBrokenPpm     ? Tone::kFailing
         : errors > kTroubledPpm ? Tone::kDegraded
                                 : Tone::kHealthy;
}

}  // namespace shaketable::reports
