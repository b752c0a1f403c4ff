#include "engine/judge/analysis.h"

#include <algorithm>

#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

// "retries kept it alive for 62 s after its trigger"; the loop's own words stand elsewhere.
std::string sustained_words(const Metastability& it) {
  const char* loop = "";
  switch (it.loop) {
    case SustainingLoop::kRetries:
      loop = "retries kept it alive";
      break;
    case SustainingLoop::kDeadWork:
      loop = "dead work kept it alive";
      break;
    case SustainingLoop::kStuck:
      loop = "stuck workers kept it alive";
      break;
    case SustainingLoop::kDown:
      loop = "what was down stayed down";
      break;
    case SustainingLoop::kUnknown:
    case SustainingLoop::kNoLoop:
      loop = "it went on";
      break;
  }
  return std::string(loop) +
         (it.bad_until == proxy::kNever
              ? " to the end of the run"
              : " for " + format_duration(it.bad_until - it.trigger_ended)) +
         " after its trigger had ended";
}

}  // namespace

Analysis analyse(const Scenario& scenario, const RunRecord& record,
                 const std::vector<ServiceHealth>& health) {
  Analysis analysis;
  analysis.cascade = find_cascade(scenario, record, health);
  analysis.lanes = find_lanes(scenario, record);
  analysis.canaries = find_canaries(scenario, record);
  analysis.metastability = find_metastability(scenario, record, analysis.cascade);
  const auto sustained = std::find_if(analysis.metastability.begin(), analysis.metastability.end(),
                                      [](const Metastability& it) { return it.sustained; });
  if (sustained != analysis.metastability.end()) {
    analysis.cascade.headline += "; " + sustained_words(*sustained);
  }
  analysis.capacity = find_capacity(scenario, record);
  return analysis;
}

}  // namespace shaketable::engine
