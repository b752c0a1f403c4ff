#include <utility>

#include "engine/scenario/model.h"

namespace shaketable::engine {

std::uint32_t Load::add_request(LoadRequest target, std::string request_name) {
  loadgen::Request request;
  request.name = std::move(request_name);
  requests.push_back(std::move(request));
  targets.push_back(std::move(target));
  return static_cast<std::uint32_t>(targets.size() - 1);
}

void Load::set_request(const LoadRequest& target) {
  requests.clear();
  targets.clear();
  journeys.clear();
  JourneyStep step;
  step.request = add_request(target);
  Journey& journey = journeys.emplace_back();
  journey.name = name;
  journey.steps.push_back(std::move(step));
  journey_marks = {mark};
}

bool is_plain_open_loop(const Load& load) {
  if (load.workers > 0 || load.max_in_flight > 0 || load.stop_on_failure ||
      !load.recorded.empty() || load.journeys.size() != 1 ||
      load.journeys.front().steps.size() != 1) {
    return false;
  }
  const JourneyStep& step = load.journeys.front().steps.front();
  return step.kind == JourneyStep::Kind::kRequest && load.requests[step.request].checks.empty();
}

}  // namespace shaketable::engine
