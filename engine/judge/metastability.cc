#include "engine/judge/metastability.h"

namespace shaketable::engine {

const char* name_of(SustainingLoop loop) {
  switch (loop) {
    case SustainingLoop::kNoLoop:
      return "none";
    case SustainingLoop::kRetries:
      return "retries";
    case SustainingLoop::kDeadWork:
      return "dead_work";
    case SustainingLoop::kStuck:
      return "stuck";
    case SustainingLoop::kDown:
      return "down";
    case SustainingLoop::kUnknown:
      return "unknown";
  }
  return "";
}

std::vector<Metastability> find_metastability(const Scenario& /*scenario*/, const RunRecord& record,
                                              const std::vector<ServiceHealth>& /*health*/,
                                              const Cascade& cascade) {
  std::vector<Metastability> result;
  for (std::uint32_t i = 0; i < cascade.roots.size(); ++i) {
    const RootCause& root = cascade.roots[i];
    if (root.ended >= record.ended || root.recovered <= root.ended) {
      continue;
    }
    Metastability it;
    it.root = i;
    it.trigger_ended = root.ended;
    it.bad_until = root.recovered;
    result.push_back(it);
  }
  return result;
}

}  // namespace shaketable::engine
