#include "engine/judge/call_order.h"

#include <utility>

namespace shaketable::engine {

std::vector<std::size_t> callees_first(const Scenario& scenario, const RunRecord& record) {
  const std::size_t services = scenario.mesh.services.size();
  std::vector<std::vector<std::size_t>> callees(services);
  for (const Series& series : record.series) {
    const Subject& subject = series.subject;
    if (subject.kind == Subject::Kind::kEdge && subject.caller < services &&
        subject.service < services) {
      callees[subject.caller].push_back(subject.service);
    }
  }
  std::vector<std::size_t> place(services, 0);
  std::vector<bool> seen(services, false);
  std::vector<std::pair<std::size_t, std::size_t>> path;  // A service and its next callee to visit.
  std::size_t next = 0;
  for (std::size_t root = 0; root < services; ++root) {
    if (!seen[root]) {
      seen[root] = true;
      path.emplace_back(root, 0);
    }
    while (!path.empty()) {
      const std::size_t service = path.back().first;
      if (path.back().second == callees[service].size()) {
        place[service] = next++;
        path.pop_back();
        continue;
      }
      const std::size_t callee = callees[service][path.back().second++];
      if (!seen[callee]) {
        seen[callee] = true;
        path.emplace_back(callee, 0);
      }
    }
  }
  return place;
}

}  // namespace shaketable::engine
