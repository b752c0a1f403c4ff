#include "engine/world/plan.h"

namespace shaketable::engine {

Plans::Plans(const Mesh& mesh) {
  ops.emplace_back();  // kEndOp
  const Endpoint unknown;
  unknown_sizes = {unknown.request_bytes, unknown.response_bytes};
  for (const Service& service : mesh.services) {
    first_endpoint.push_back(endpoint_count);
    endpoint_count += static_cast<GlobalEndpoint>(service.endpoint_names.size());
  }
  for (ServiceIndex s = 0; s < mesh.services.size(); ++s) {
    first_plan.push_back(static_cast<std::uint32_t>(endpoints.size()));
    const Service& service = mesh.services[s];
    for (VersionIndex v = 0; v < service.versions.size(); ++v) {
      for (EndpointIndex e = 0; e < service.versions[v].endpoints.size(); ++e) {
        const Endpoint& endpoint = service.versions[v].endpoints[e];
        EndpointPlan plan;
        plan.service = s;
        plan.version = v;
        plan.endpoint = e;
        plan.error_ppm = endpoint.error_ppm;
        plan.error_status = endpoint.error_status;
        plan.cache_hit_ppm = endpoint.cache_hit_ppm;
        plan.cache_hit_time = endpoint.cache_hit_time;
        plan.cache_ttl = endpoint.cache_ttl;
        plan.first_op = add_steps(endpoint.steps, s);
        endpoints.push_back(std::move(plan));
        sizes.push_back({endpoint.request_bytes, endpoint.response_bytes});
      }
    }
  }
}

std::uint32_t Plans::add_steps(const std::vector<Step>& steps, ServiceIndex caller) {
  std::vector<Op> sequence;
  for (const Step& step : steps) {
    Op op;
    op.caller = caller;
    switch (step.kind) {
      case Step::Kind::kWork:
        op.kind = Op::Kind::kWork;
        op.time = step.time;
        break;
      case Step::Kind::kWait:
        op.kind = Op::Kind::kWait;
        op.time = step.time;
        break;
      case Step::Kind::kCall:
        op.kind = Op::Kind::kCall;
        op.optional = step.call.optional;
        op.probability_ppm = step.call.probability_ppm;
        op.timeout = step.call.timeout;
        op.service = step.call.service;
        op.endpoint = first_endpoint[step.call.service] + step.call.endpoint;
        break;
      case Step::Kind::kParallel: {
        op.kind = Op::Kind::kParallel;
        std::vector<std::uint32_t> starts;
        for (const std::vector<Step>& branch : step.branches) {
          starts.push_back(add_steps(branch, caller));
        }
        op.first_branch = static_cast<std::uint32_t>(branches.size());
        op.branch_count = static_cast<std::uint32_t>(starts.size());
        branches.insert(branches.end(), starts.begin(), starts.end());
        break;
      }
    }
    sequence.push_back(std::move(op));
  }
  sequence.push_back(Op{});  // kEnd
  const auto first = static_cast<std::uint32_t>(ops.size());
  ops.insert(ops.end(), sequence.begin(), sequence.end());
  return first;
}

}  // namespace shaketable::engine
