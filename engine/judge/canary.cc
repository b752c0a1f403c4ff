#include "engine/judge/canary.h"

#include <algorithm>
#include <utility>

#include "engine/judge/canary_judges.h"
#include "engine/judge/canary_split.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/run_view.h"
#include "engine/judge/statistics.h"
#include "engine/judge/units.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

class CanaryFinder {
 public:
  CanaryFinder(const Scenario& scenario, const RunRecord& record, const RunView& view)
      : scenario_(scenario), record_(record), view_(view) {}

  // Nothing when fewer than two versions had requests.
  bool find(ServiceIndex service, CanaryAnalysis& out) {
    out.service = service;
    std::vector<const Series*> series(scenario_.mesh.services[service].versions.size(), nullptr);
    for (const Series& it : record_.series) {
      if (it.subject.kind == Subject::Kind::kVersion && it.subject.service == service &&
          it.subject.version < series.size()) {
        series[it.subject.version] = &it;
      }
    }
    for (VersionIndex v = 0; v < series.size(); ++v) {
      if (series[v] != nullptr && series[v]->total.count > 0) {
        out.versions.push_back(signals_of(v, *series[v]));
      }
    }
    if (out.versions.size() < 2) {
      return false;
    }
    std::uint64_t all = 0;
    for (const VersionSignals& it : out.versions) {
      all += it.requests;
    }
    for (VersionSignals& it : out.versions) {
      it.share_ppm = share_in_ppm(it.requests, all);
    }
    out.split = split_of(scenario_, record_, service, series);
    out.baseline = baseline_of(out, series);
    find_roll_back(out);
    count_hurt(out, series);
    for (const VersionSignals& it : out.versions) {
      if (it.version != out.baseline) {
        judge_version(scenario_, record_, out, it.version, series);
      }
    }
    tell(out);
    return true;
  }

 private:
  [[nodiscard]] VersionSignals signals_of(VersionIndex version, const Series& series) const {
    VersionSignals it{.version = version, .requests = series.total.count};
    it.errors = errors_of(series.total.outcomes);
    const Window measured = measured_window(scenario_.run);
    const Instant loaded = proxy::after(proxy::kStart, scenario_.run.duration);
    it.rate = rate_of(it.requests, std::min({measured.to, record_.ended, loaded}) - measured.from);
    it.error_ppm = wilson_ppm(it.errors, it.requests);
    it.p50 = percentile_interval(series.total.latency, 500'000);
    it.p90 = percentile_interval(series.total.latency, 900'000);
    it.p99 = percentile_interval(series.total.latency, 990'000);
    return it;
  }

  // The version with the greatest weight at first; without weights, with the most requests then.
  [[nodiscard]] VersionIndex baseline_of(const CanaryAnalysis& out,
                                         const std::vector<const Series*>& series) const {
    VersionIndex best = out.versions.front().version;
    std::int64_t most = -1;
    for (const VersionSignals& it : out.versions) {
      std::int64_t weight = 0;
      if (!out.split.empty() && !out.split.front().wanted_ppm.empty()) {
        weight = out.split.front().wanted_ppm[it.version];
      } else {
        weight = static_cast<std::int64_t>(sums_of(*series[it.version], view_.baseline()).count);
      }
      if (weight > most) {
        most = weight;
        best = it.version;
      }
    }
    return best;
  }

  // The push that leaves the other versions nothing, although they had something. One that takes
  // everything from all of them is none.
  void find_roll_back(CanaryAnalysis& out) const {
    const auto others = [&out](const SplitSpan& span) {
      std::int64_t sum = 0;
      for (const VersionSignals& it : out.versions) {
        sum +=
            it.version == out.baseline || span.wanted_ppm.empty() ? 0 : span.wanted_ppm[it.version];
      }
      return sum;
    };
    for (std::size_t i = 1; i < out.split.size(); ++i) {
      const std::vector<std::int64_t>& wanted = out.split[i].wanted_ppm;
      if (!wanted.empty() && wanted[out.baseline] > 0 && others(out.split[i]) == 0 &&
          others(out.split[i - 1]) > 0) {
        out.rolled_back = out.split[i].from;
      }
    }
  }

  // Failures beyond the baseline's share; and how many of them the clients can have noticed.
  void count_hurt(CanaryAnalysis& out, const std::vector<const Series*>& series) const {
    const auto base =
        std::find_if(out.versions.begin(), out.versions.end(),
                     [&out](const VersionSignals& it) { return it.version == out.baseline; });
    Instant first_bad = proxy::kNever;
    for (const VersionSignals& it : out.versions) {
      if (it.version == out.baseline) {
        continue;
      }
      const std::uint64_t usual = scaled(base->errors, it.requests, base->requests);
      out.failed += it.errors > usual ? it.errors - usual : 0;
      const std::vector<Point>& points = series[it.version]->points;
      for (std::size_t i = 0; i < points.size(); ++i) {
        if (errors_of(points[i].outcomes) > 0) {
          first_bad = std::min(first_bad, view_.start_of(i));
          break;
        }
      }
    }
    if (out.failed == 0) {
      return;
    }
    const BucketSpan span{view_.bucket_at(first_bad), out.rolled_back == proxy::kNever
                                                          ? view_.buckets()
                                                          : view_.bucket_at(out.rolled_back) + 1};
    std::uint64_t clients = 0;
    for (const Series& it : record_.series) {
      if (it.subject.kind == Subject::Kind::kJourney && it.subject.journey == kNone) {
        const Sums now = sums_of(it, span);
        const Sums normal = sums_of(it, view_.baseline());
        const std::uint64_t usual = scaled(normal.errors, now.count, normal.count);
        clients += now.errors > usual ? now.errors - usual : 0;
      }
    }
    out.users_hurt = std::min(clients, out.failed);
  }

  void tell(CanaryAnalysis& out) const {
    const Service& service = scenario_.mesh.services[out.service];
    out.text = service.name + ": ";
    for (std::size_t i = 0; i < out.versions.size(); ++i) {
      const VersionSignals& it = out.versions[i];
      out.text += (i == 0 ? "" : ", ") + service.versions[it.version].name +
                  (it.version == out.baseline ? " (baseline) " : " ") + format_ppm(it.share_ppm) +
                  " of requests, errors " + format_ppm(it.error_ppm.value) + " [" +
                  format_ppm(it.error_ppm.low) + " to " + format_ppm(it.error_ppm.high) +
                  "], p99 " + format_duration(it.p99.value) + " [" + format_duration(it.p99.low) +
                  " to " + format_duration(it.p99.high) + "]";
    }
    out.text += "; " + format_count(out.failed) +
                " more failures than at the baseline's rate, of which clients saw " +
                (out.users_hurt == 0 ? "none" : "at most " + format_count(out.users_hurt));
    if (out.rolled_back != proxy::kNever) {
      out.text += "; rolled back at " + format_instant(out.rolled_back);
    }
  }

  const Scenario& scenario_;
  const RunRecord& record_;
  const RunView& view_;
};

}  // namespace

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
  const RunView view(scenario, record);
  for (ServiceIndex s = 0; s < scenario.mesh.services.size(); ++s) {
    CanaryAnalysis canary;
    if (scenario.mesh.services[s].versions.size() > 1 &&
        CanaryFinder(scenario, record, view).find(s, canary)) {
      result.push_back(std::move(canary));
    }
  }
  return result;
}

}  // namespace shaketable::engine
