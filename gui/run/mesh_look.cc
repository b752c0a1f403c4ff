#include "gui/run/mesh_look.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <set>

#include "engine/judge/units.h"

namespace shaketable::gui {
namespace {

using Pair = std::pair<engine::ServiceIndex, engine::ServiceIndex>;

void add_calls(const std::vector<engine::Step>& steps, engine::ServiceIndex caller,
               std::set<Pair>& edges) {
  for (const engine::Step& step : steps) {
    if (step.kind == engine::Step::Kind::kCall) {
      edges.insert({caller, step.call.service});
    }
    for (const std::vector<engine::Step>& branch : step.branches) {
      add_calls(branch, caller, edges);
    }
  }
}

std::uint32_t instances_of(const engine::Service& service) {
  std::uint32_t instances = 0;
  for (const engine::Version& version : service.versions) {
    instances += version.instances;
  }
  return instances;
}

bool hits(const engine::Fault& fault, engine::ServiceIndex service) {
  return fault.target.service == service || fault.other.service == service;
}

}  // namespace

MeshShape shape_of(const engine::Mesh& mesh) {
  std::set<Pair> edges;
  for (engine::ServiceIndex s = 0; s < mesh.services.size(); ++s) {
    for (const engine::Version& version : mesh.services[s].versions) {
      for (const engine::Endpoint& endpoint : version.endpoints) {
        add_calls(endpoint.steps, s, edges);
      }
    }
  }
  return {.services = mesh.services.size(), .edges = {edges.begin(), edges.end()}};
}

MeshLook look_at(const engine::Scenario& scenario, const MeshShape& shape,
                 const RunHistory& history, engine::Instant at) {
  MeshLook look;
  look.state = state_at(history.events(), scenario.faults, at);
  const bool has_run = history.has(at);
  const std::size_t bucket = history.bucket_at(at);
  const double seconds = std::max(proxy::to_seconds(history.bucket()), 1e-9);
  for (engine::ServiceIndex s = 0; s < scenario.mesh.services.size(); ++s) {
    NodeLook node;
    node.instances = instances_of(scenario.mesh.services[s]);
    node.instances_up = node.instances;
    node.has_run = has_run;
    if (has_run) {
      const Sample sample = history.service_at(s, bucket);
      const Level level = history.level_at(s, bucket);
      node.health = health_of(sample, level, true);
      node.rate = sample.count / seconds;
      node.error_share = sample.error_share();
      node.p50_us = sample.p50_us;
      node.p99_us = sample.p99_us;
      node.utilisation = level.utilisation_ppm * 1e-6;
      node.queue = level.queue_milli * 1e-3;
      node.instances_up = level.instances_up;
      if (look.state.scaled.contains(s)) {
        const auto down = look.state.down.find(s);
        node.instances =
            node.instances_up +
            (down == look.state.down.end() ? 0U : static_cast<std::uint32_t>(down->second.size()));
      }
      if (const auto ejected = look.state.ejected.find(s); ejected != look.state.ejected.end()) {
        node.ejected = static_cast<std::uint32_t>(ejected->second.size());
      }
      if (node.ejected > 0 && node.health == NodeHealth::kHealthy) {
        node.health = NodeHealth::kDegraded;
      }
    }
    for (const std::uint32_t fault : look.state.faults) {
      if (fault < scenario.faults.size() && hits(scenario.faults[fault], s)) {
        node.faults.push_back(fault);
      }
    }
    look.nodes.push_back(std::move(node));
  }
  for (const Pair& pair : shape.edges) {
    EdgeLook edge;
    const std::size_t number = history.edge(pair.first, pair.second);
    const Sample sample = has_run ? history.edge_at(number, bucket) : Sample{};
    edge.breaker = has_run ? history.fill_at(number, bucket) : Fill{};
    edge.health = health_of(sample);
    edge.rate = sample.count / seconds;
    edge.error_share = sample.error_share();
    const double count = std::max<double>(sample.count, 1);
    edge.retry_share = sample.retries / count;
    edge.timeout_share = sample.timeouts / count;
    edge.refused_share = sample.refused / count;
    edge.p50_us = sample.p50_us;
    edge.p99_us = sample.p99_us;
    if (const auto open = look.state.open_circuits.find(pair);
        open != look.state.open_circuits.end()) {
      edge.circuit_open = true;
      edge.reason = open->second;
    }
    look.edges.push_back(std::move(edge));
  }
  return look;
}

std::string rate_text(double per_second) {
  if (per_second >= 100) {
    return engine::format_count(static_cast<std::uint64_t>(std::llround(per_second))) + "/s";
  }
  char text[32];
  std::snprintf(text, sizeof text, per_second >= 10 || per_second == 0 ? "%.0f/s" : "%.1f/s",
                per_second);
  return text;
}

std::string latency_text(std::uint32_t microseconds) {
  return engine::format_duration(std::int64_t{microseconds} * 1000);
}

std::string share_text(double share) {
  return engine::format_ppm(static_cast<std::int64_t>(std::llround(share * 1e6)));
}

}  // namespace shaketable::gui
