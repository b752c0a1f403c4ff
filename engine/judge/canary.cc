#include "engine/judge/canary.h"

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"

namespace shaketable::engine {

const char* name_of(CanaryJudge judge) {
  switch (judge) {
    case CanaryJudge::kKayenta:
      return "kayenta";
    case CanaryJudge::kFlagger:
      return "flagger";
    case CanaryJudge::kArgo:
      return "argo";
  }
  return "";
}

std::vector<CanaryAnalysis> find_canaries(const Scenario& scenario, const RunRecord& record) {
  std::vector<CanaryAnalysis> result;
  for (ServiceIndex s = 0; s < scenario.mesh.services.size(); ++s) {
    CanaryAnalysis canary;
    canary.service = s;
    for (const Series& series : record.series) {
      if (series.subject.kind != Subject::Kind::kVersion || series.subject.service != s ||
          series.total.count == 0) {
        continue;
      }
      VersionSignals signals;
      signals.version = series.subject.version;
      signals.requests = series.total.count;
      signals.errors = errors_of(series.total.outcomes);
      signals.error_ppm.value = share_in_ppm(signals.errors, signals.requests);
      canary.versions.push_back(signals);
    }
    if (canary.versions.size() > 1) {
      result.push_back(canary);
    }
  }
  return result;
}

}  // namespace shaketable::engine
