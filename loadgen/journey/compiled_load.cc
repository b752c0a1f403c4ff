#include "loadgen/journey/compiled_load.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen {
namespace {

bool is_constant(const CompiledLoad::Prepared& prepared, const Request& request) {
  const auto constant = [](const auto& headers) {
    return std::all_of(headers.begin(), headers.end(),
                       [](const auto& header) { return header.value.is_constant(); });
  };
  return request.path.is_constant() && constant(prepared.headers) &&
         request.body.text.is_constant() && constant(request.body.fields) &&
         std::all_of(request.query.begin(), request.query.end(),
                     [](const auto& parameter) { return parameter.second.is_constant(); });
}

}  // namespace

CompiledLoad::~CompiledLoad() = default;

proxy::Result<std::shared_ptr<const CompiledLoad>> CompiledLoad::compile(LoadPlan plan) {
  std::shared_ptr<CompiledLoad> load(new CompiledLoad);
  load->plan_ = std::move(plan);
  load->prepare();
  return load;
}

void CompiledLoad::prepare() {
  for (const Journey& journey : plan_.journeys) {
    programs_.push_back(compile_steps(journey.steps));
  }
  for (const Request& request : plan_.requests) {
    Prepared& prepared = prepared_.emplace_back();
    for (const HeaderTemplate& header : request.headers) {
      prepared.headers.push_back({header.name, header.value});
    }
    prepared.is_constant = is_constant(prepared, request);
    prepared.wants_body = !request.captures.empty() || !request.checks.empty();
  }
}

}  // namespace shaketable::loadgen
