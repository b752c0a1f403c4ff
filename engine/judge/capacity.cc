#include "engine/judge/capacity.h"

#include <algorithm>
#include <utility>

#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/run_view.h"
#include "engine/judge/units.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kAll = 1'000'000;  // ppm
constexpr std::int64_t kSaturated = 950'000;
constexpr std::uint64_t kLeastAnswers = 20;  // In a bucket whose latency means something.
constexpr std::size_t kLeastBuckets = 20;
constexpr std::int64_t kLeastKnee = 500'000;  // Utilisation below which latency has other reasons.
constexpr std::size_t kMostInOrder = 10;
constexpr std::uint64_t kLittleTolerance = 20'000;  // 2 %

std::uint64_t servers_of(const Service& service) {
  std::uint64_t servers = 0;
  for (const Version& version : service.versions) {
    const Runtime& runtime = version.runtime;
    servers += std::uint64_t{version.instances} *
               (runtime.model == RuntimeModel::kShared ? runtime.cpus : runtime.workers);
  }
  return servers;
}

// True once a fault other than more load has begun: latency says nothing about load from then on.
bool is_disturbed(const Scenario& scenario, Instant until) {
  return std::any_of(scenario.faults.begin(), scenario.faults.end(), [&](const Fault& fault) {
    return fault.kind != FaultKind::kLoad && fault.at < until;
  });
}

struct BucketLoad {
  std::int64_t utilisation = 0, count = 0, p90 = 0;
};

class CapacityFinder {
 public:
  CapacityFinder(const Scenario& scenario, const RunRecord& record)
      : scenario_(scenario), record_(record), view_(scenario, record) {
    const Window measured = measured_window(scenario.run);
    quiet_ = view_.baseline();
    if (quiet_.to <= quiet_.from) {
      quiet_ = {view_.bucket_at(measured.from),
                std::min(view_.bucket_at(std::min(measured.to, record.ended)), view_.buckets())};
    }
  }

  Capacity find() {
    for (ServiceIndex s = 0; s < view_.services(); ++s) {
      result_.services.push_back(look_at(s));
    }
    put_in_order();
    const bool all_told = nothing_abandoned();
    for (ServiceIndex s = 0; s < view_.services(); ++s) {
      if (view_.own(s) != nullptr && view_.gauges(s) != nullptr && view_.own(s)->total.count > 0) {
        check_little(s, all_told);
      }
    }
    tell();
    return std::move(result_);
  }

 private:
  [[nodiscard]] std::int64_t rate(std::uint64_t count, std::uint64_t buckets) const {
    return rate_of(count, record_.bucket * static_cast<std::int64_t>(buckets));
  }

  [[nodiscard]] ServiceCapacity look_at(ServiceIndex s) const {
    ServiceCapacity it{.service = s};
    const Series* own = view_.own(s);
    const ServiceGauges* gauges = view_.gauges(s);
    if (own == nullptr || gauges == nullptr) {
      return it;
    }
    const Sums sums = sums_of(*own, quiet_);
    const std::uint64_t busy = view_.utilisation(s, quiet_);
    it.utilisation_ppm = static_cast<std::int64_t>(busy);
    it.throughput = sums.buckets == 0 ? 0 : rate(sums.count, sums.buckets);
    if (busy > 0 && sums.count > 0) {
      // demand = utilisation x servers x time / answers
      const auto time = static_cast<std::uint64_t>(record_.bucket.count()) * sums.buckets;
      it.demand = static_cast<std::int64_t>(
          scaled(scaled(time, busy, kAll), servers_of(scenario_.mesh.services[s]), sums.count));
      it.limit =
          static_cast<std::int64_t>(scaled(static_cast<std::uint64_t>(it.throughput), kAll, busy));
    }
    for (std::size_t i = 0; i < gauges->points.size(); ++i) {
      const auto now = static_cast<std::int64_t>(gauges->points[i].utilisation_ppm);
      it.peak_utilisation_ppm = std::max(it.peak_utilisation_ppm, now);
      if (now >= kSaturated && it.saturated == proxy::kNever) {
        it.saturated = view_.start_of(i);
      }
    }
    for (const Point& point : own->points) {
      it.peak_throughput = std::max(it.peak_throughput, rate(point.count, 1));
    }
    find_knee(*own, *gauges, it);
    return it;
  }

  // The quiet quarter of the buckets says what is flat. The knee is the least busy bucket from
  // which on two thirds of the busier ones are above twice that.
  void find_knee(const Series& own, const ServiceGauges& gauges, ServiceCapacity& it) const {
    std::vector<BucketLoad> loads;
    const std::size_t first = view_.bucket_at(measured_window(scenario_.run).from);
    for (std::size_t i = first; i < std::min(own.points.size(), gauges.points.size()); ++i) {
      if (own.points[i].count >= kLeastAnswers && !is_disturbed(scenario_, view_.start_of(i + 1))) {
        loads.push_back({static_cast<std::int64_t>(gauges.points[i].utilisation_ppm),
                         static_cast<std::int64_t>(own.points[i].count), own.points[i].p90});
      }
    }
    if (loads.size() < kLeastBuckets) {
      return;
    }
    std::stable_sort(loads.begin(), loads.end(), [](const BucketLoad& l, const BucketLoad& r) {
      return l.utilisation < r.utilisation;
    });
    std::vector<std::int64_t> quiet;
    for (std::size_t i = 0; i < loads.size() / 4; ++i) {
      quiet.push_back(loads[i].p90);
    }
    std::nth_element(quiet.begin(), quiet.begin() + static_cast<std::ptrdiff_t>(quiet.size() / 2),
                     quiet.end());
    const std::int64_t flat = quiet[quiet.size() / 2];
    std::size_t above = 0;
    for (std::size_t i = loads.size(); i-- > loads.size() / 4;) {
      const bool climbs = loads[i].p90 > 2 * flat;
      above += climbs ? 1 : 0;
      if (loads[i].utilisation < kLeastKnee) {
        return;
      }
      if (climbs && above * 3 >= (loads.size() - i) * 2) {
        it.knee = rate(static_cast<std::uint64_t>(loads[i].count), 1);
        it.knee_utilisation_ppm = loads[i].utilisation;
      }
    }
  }

  void put_in_order() {
    for (const ServiceCapacity& it : result_.services) {
      if (it.limit > 0) {
        result_.order.push_back(it.service);
      }
    }
    std::stable_sort(
        result_.order.begin(), result_.order.end(), [this](ServiceIndex l, ServiceIndex r) {
          return result_.services[l].utilisation_ppm > result_.services[r].utilisation_ppm;
        });
    if (result_.order.size() > kMostInOrder) {
      result_.order.resize(kMostInOrder);
    }
    if (!result_.order.empty()) {
      const auto busy =
          static_cast<std::uint64_t>(result_.services[result_.order.front()].utilisation_ppm);
      result_.headroom_ppm = static_cast<std::int64_t>(scaled(kAll, kAll, busy));
    }
  }

  // No caller gave up, nothing was reset or killed: then every request that came in has answered.
  [[nodiscard]] bool nothing_abandoned() const {
    for (const Series& series : record_.series) {
      const WindowTotals& total = series.total;
      for (const Outcome outcome : {Outcome::kTimeout, Outcome::kConnection, Outcome::kNoHost}) {
        if (total.outcomes[static_cast<std::size_t>(outcome)] > 0) {
          return false;
        }
      }
      if (total.retries > 0) {
        return false;
      }
    }
    // Parallel branches whose step has failed, and what ran before the measured run, are not seen
    // in the totals.
    return record_.statistics.in_flight_at_end == 0 &&
           std::all_of(record_.series.begin(), record_.series.end(), [](const Series& series) {
             return std::all_of(series.points.begin(), series.points.end(),
                                [](const Point& point) { return errors_of(point.outcomes) == 0; });
           });
  }

  // The time that the gauge saw inside against the times of the answers. Answers also carry the way
  // through their sidecar; requests that nobody waited for any more are inside without an answer.
  void check_little(ServiceIndex s, bool all_told) {
    const Service& service = scenario_.mesh.services[s];
    const BucketSpan whole{0, view_.buckets()};
    const Sums sums = sums_of(*view_.own(s), whole);
    const auto length = static_cast<std::uint64_t>(proxy::nanoseconds_of(record_.ended));
    LittleCheck check{.service = s, .inside_milli = view_.inside_milli(s, whole)};
    check.expected_milli = scaled(static_cast<std::uint64_t>(sums.latency_sum), 1'000,
                                  std::max<std::uint64_t>(length, 1));
    // Proxies: the pass inwards, with as much again for waiting, and no bound on busy ones.
    const SidecarCost& cost = service.sidecar_cost;
    const auto pass = static_cast<std::uint64_t>((cost.cpu_per_request / 2 + cost.latency).count());
    const std::uint64_t proxy = service.sidecar ? scaled(4 * pass * sums.count, 1'000, length) : 0;
    const bool busy_proxy = service.sidecar && is_proxy_busy(s);
    const std::uint64_t slack =
        scaled(std::max(check.inside_milli, check.expected_milli), kLittleTolerance, kAll) +
        view_.buckets() / 1'000 + 10;
    const bool too_few = !busy_proxy && check.inside_milli + proxy + slack < check.expected_milli;
    const bool too_many = all_told && check.inside_milli > check.expected_milli + slack;
    const std::uint64_t larger = std::max(check.inside_milli, check.expected_milli);
    const std::uint64_t apart = larger - std::min(check.inside_milli, check.expected_milli);
    check.deviation_ppm = static_cast<std::int64_t>(scaled(apart, kAll, larger));
    check.both_sides = all_told;
    check.holds = !too_few && !too_many;
    if (!check.holds) {
      ++result_.violations;
      check.text = "Little's law is violated at " + service.name + ": " +
                   format_millionths(static_cast<std::int64_t>(check.inside_milli) * 1'000, 3) +
                   " requests inside on average, but rate x time gives " +
                   format_millionths(static_cast<std::int64_t>(check.expected_milli) * 1'000, 3) +
                   ": a bug of the simulator, please report it";
    }
    result_.little.push_back(std::move(check));
  }

  // Above 50 % of its CPUs in some bucket, a proxy's queue may be longer than we can tell.
  [[nodiscard]] bool is_proxy_busy(ServiceIndex s) const {
    const Service& service = scenario_.mesh.services[s];
    std::uint64_t instances = 0;
    for (const Version& version : service.versions) {
      instances += version.instances;
    }
    const auto cpu = static_cast<std::uint64_t>(service.sidecar_cost.cpu_per_request.count());
    const std::uint64_t servers = instances * service.sidecar_cost.cpus;
    for (std::size_t i = 0; i < view_.own(s)->points.size(); ++i) {
      std::uint64_t passes = view_.own(s)->points[i].count;
      for (const std::uint32_t e : view_.out_of(s)) {
        const Series& edge = *view_.edges()[e].series;
        passes += i < edge.points.size() ? edge.points[i].count + edge.points[i].retries : 0;
      }
      if (passes * cpu * 2 >= servers * static_cast<std::uint64_t>(record_.bucket.count())) {
        return true;
      }
    }
    return false;
  }

  void tell() {
    if (result_.order.empty()) {
      return;
    }
    const ServiceCapacity& first = result_.services[result_.order.front()];
    std::string& text = result_.text;
    text = service_name(scenario_, first.service) + " fills up first: busy " +
           format_ppm(first.utilisation_ppm) + " at " + format_rate(first.throughput) + " in the " +
           (view_.baseline().to > view_.baseline().from ? "undisturbed run" : "measured run") +
           ", full at about " + format_rate(first.limit) + " (rate / utilisation)" +
           (scenario_.mesh.services[first.service].autoscale ? ", until it is scaled" : "");
    for (const ServiceCapacity& it : result_.services) {
      if (it.knee > 0) {
        text += "; latency of " + service_name(scenario_, it.service) + " begins to climb at " +
                format_rate(it.knee) + " (busy " + format_ppm(it.knee_utilisation_ppm) + ")";
        break;
      }
    }
  }

  const Scenario& scenario_;
  const RunRecord& record_;
  RunView view_;
  BucketSpan quiet_;
  Capacity result_;
};

}  // namespace

Capacity find_capacity(const Scenario& scenario, const RunRecord& record) {
  return CapacityFinder(scenario, record).find();
}

}  // namespace shaketable::engine
