#include "tests/fidelity/experiment.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/record/windows.h"

namespace shaketable::fidelity {
namespace {

using engine::RunRecord;
using engine::Series;
using engine::Subject;

constexpr double kMs = 1e-6;  ///< Milliseconds in a nanosecond.

/// Counts and latencies of one or more series after the warm-up.
struct Totals {
  double count = 0;
  double ok = 0;
  double latency_sum_ns = 0;
};

/// A finished run, and how each metric is read off it.
class Reading {
 public:
  Reading(const Experiment& experiment, RunRecord record, const engine::QueueSamples& queue,
          std::vector<std::int64_t> latencies)
      : experiment_(experiment),
        record_(std::move(record)),
        queue_(queue),
        latencies_(std::move(latencies)) {
    const engine::RunSpec& run = experiment.scenario.run;
    seconds_ = static_cast<double>((run.duration - run.warm_up).count()) * 1e-9;
    for (const Series& series : record_.series) {
      if (series.subject.kind == Subject::Kind::kJourney &&
          series.subject.journey == engine::kNone) {
        add(series, clients_);
      }
    }
  }

  std::vector<double> figure(const std::string& metric) {
    if (metric == "success,attempts" || metric == "success,load") {
      return {clients_.ok / clients_.count, served(experiment_.station).count / clients_.count};
    }
    if (metric == "goodput,load" || metric == "goodput,attempts") {
      return goodput_and_attempts();
    }
    if (metric == "eject_times_s") {
      return ejection_times_s();
    }
    return {single(metric)};
  }

 private:
  /// Per second of the window: what the clients got, and what was sent to the station for it.
  std::vector<double> goodput_and_attempts() const {
    const double bucket = std::chrono::duration<double>(record_.bucket).count();
    const auto first = static_cast<std::size_t>(experiment_.window_from_s / bucket + 0.5);
    const auto last = static_cast<std::size_t>(experiment_.window_to_s / bucket + 0.5);
    double good = 0, attempts = 0;
    for (const Series& series : record_.series) {
      const Subject& subject = series.subject;
      const bool is_client =
          subject.kind == Subject::Kind::kJourney && subject.journey == engine::kNone;
      const bool is_edge =
          subject.kind == Subject::Kind::kEdge && subject.service == experiment_.station;
      for (std::size_t i = first; i < std::min(last, series.points.size()); ++i) {
        const engine::Point& point = series.points[i];
        good += is_client ? static_cast<double>(point.outcomes[0]) : 0;
        attempts += is_edge ? static_cast<double>(point.count + point.retries) : 0;
      }
    }
    const double per_second =
        experiment_.rate_scale / (experiment_.window_to_s - experiment_.window_from_s);
    return {good * per_second, attempts * per_second};
  }

  std::vector<double> ejection_times_s() const {
    std::vector<double> times;
    for (const engine::RunEvent& event : record_.events) {
      if (event.kind == engine::EventKind::kEjection) {
        times.push_back(std::chrono::duration<double>(event.at - proxy::kStart).count());
      }
    }
    return times;
  }

  /// Points of whole buckets from the first one after the warm-up, which is one bucket long.
  static void add(const Series& series, Totals& totals) {
    for (std::size_t i = 1; i < series.points.size(); ++i) {
      totals.count += static_cast<double>(series.points[i].count);
      totals.ok += static_cast<double>(series.points[i].outcomes[0]);
      totals.latency_sum_ns += static_cast<double>(series.points[i].latency_sum);
    }
  }

  Totals served(engine::ServiceIndex service) const {
    Totals totals;
    for (const Series& series : record_.series) {
      if (series.subject.kind == Subject::Kind::kService && series.subject.service == service) {
        add(series, totals);
      }
    }
    return totals;
  }

  /// Mean of a gauge over the whole buckets between the warm-up and the end of the load.
  template <class Field>
  double gauge(engine::ServiceIndex service, Field field) const {
    const engine::RunSpec& run = experiment_.scenario.run;
    const auto buckets = static_cast<std::size_t>(run.duration / run.warm_up);
    double sum = 0;
    for (std::size_t i = 1; i < buckets; ++i) {
      sum += static_cast<double>(record_.gauges[service].points[i].*field);
    }
    return sum / static_cast<double>(buckets - 1);
  }

  double inside(engine::ServiceIndex service) const {
    return gauge(service, &engine::Gauge::in_flight_milli) * 1e-3;
  }

  double mean_ms(const Totals& totals) const { return totals.latency_sum_ns / totals.count * kMs; }

  double sojourn_mean_ms() const {
    return mean_ms(experiment_.sojourn_is_of_station ? served(experiment_.station) : clients_);
  }

  static double mean(const std::vector<std::int64_t>& samples) {
    return std::accumulate(samples.begin(), samples.end(), 0.0) /
           static_cast<double>(samples.size());
  }

  double deviation_ms() const {
    const double middle = mean(latencies_);
    double squares = 0;
    for (const std::int64_t latency : latencies_) {
      squares += (static_cast<double>(latency) - middle) * (static_cast<double>(latency) - middle);
    }
    return std::sqrt(squares / static_cast<double>(latencies_.size() - 1)) * kMs;
  }

  double interdeparture_scv() const {
    std::vector<std::int64_t> gaps;
    for (std::size_t i = 1; i < queue_.ends.size(); ++i) {
      gaps.push_back(queue_.ends[i] - queue_.ends[i - 1]);
    }
    const double middle = mean(gaps);
    double squares = 0;
    for (const std::int64_t gap : gaps) {
      squares += (static_cast<double>(gap) - middle) * (static_cast<double>(gap) - middle);
    }
    return squares / static_cast<double>(gaps.size()) / (middle * middle);
  }

  /// Share of arrivals that found at least that many.
  double found_at_least(double limit) const {
    const auto count = std::count_if(queue_.found.begin(), queue_.found.end(),
                                     [limit](std::uint32_t found) { return found >= limit; });
    return static_cast<double>(count) / static_cast<double>(queue_.found.size());
  }

  double arrivals_per_s() const { return static_cast<double>(queue_.found.size()) / seconds_; }

  /// Part of the single servers with at least `level` inside. What goes up from level - 1 comes
  /// down again: arrivals that find level - 1 or more are as frequent as completions at level or
  /// more, and each of those servers completes 1 / mean.
  double fraction_at_least(double level) const {
    if (level <= 1) {
      return gauge(experiment_.station, &engine::Gauge::utilisation_ppm) * 1e-6;
    }
    return found_at_least(level - 1) * arrivals_per_s() * experiment_.service_mean_ms * 1e-3 /
           experiment_.servers;
  }

  /// Part of the time with all servers busy, by the same balance of rates; first attempts are
  /// Poisson and see that.
  double all_busy() const {
    const double c = experiment_.servers;
    const double entering = (found_at_least(c - 1) - found_at_least(c)) * arrivals_per_s();
    return entering * experiment_.service_mean_ms * 1e-3 / c;
  }

  double percentile_ms(const std::string& metric) {
    const std::size_t p = metric.find("p0.");
    const double quantile = std::stod(metric.substr(p + 1));
    if (metric.starts_with("wait")) {
      std::vector<std::int64_t> waits = queue_.waits;
      return nearest_rank(waits, quantile) * kMs;
    }
    return nearest_rank(latencies_, quantile) * kMs;
  }

  double share_above(double limit_ms) const {
    const auto count = std::count_if(latencies_.begin(), latencies_.end(), [&](std::int64_t it) {
      return static_cast<double>(it) * kMs > limit_ms;
    });
    return static_cast<double>(count) / static_cast<double>(latencies_.size());
  }

  double delay_before_service_ms() const {
    return mean_ms(clients_) - experiment_.gate_mean_ms - experiment_.service_mean_ms;
  }

  double single(const std::string& metric) {
    if (metric == "p0.99") {  // in units of a mean of one second
      return percentile_ms(metric) * 1e-3;
    }
    if (metric.find("p0.") != std::string::npos) {
      return percentile_ms(metric);
    }
    if (metric == "p_slow_request") {
      return share_above(experiment_.slow_ms);
    }
    if (metric == "wait_mean_ms" || metric == "wait_mean_all_ms") {
      return mean(queue_.waits) * kMs;
    }
    if (metric == "p_wait") {
      return found_at_least(experiment_.servers);
    }
    if (metric == "p_N_gt_30") {
      return found_at_least(31);
    }
    if (metric == "p_abandon" || metric == "p_timeout") {
      return static_cast<double>(queue_.gave_up) / static_cast<double>(queue_.waits.size());
    }
    if (metric.starts_with("fraction_ge_")) {
      return fraction_at_least(std::stod(metric.substr(12)));
    }
    return mean_figure(metric);
  }

  double mean_figure(const std::string& metric) const {
    if (metric == "L_mean") {
      return inside(experiment_.station);
    }
    if (metric == "utilisation") {
      return gauge(experiment_.station, &engine::Gauge::utilisation_ppm) * 1e-6;
    }
    if (metric == "p_block" || metric == "error_rate") {
      return 1 - clients_.ok / clients_.count;
    }
    if (metric == "success") {
      return clients_.ok / clients_.count;
    }
    if (metric == "sojourn_mean_accepted_ms") {  // a refusal takes no time at all
      return clients_.latency_sum_ns / clients_.ok * kMs;
    }
    if (metric == "throughput_per_s" || metric == "goodput_per_s") {
      return clients_.ok / seconds_;
    }
    if (metric == "interdeparture_scv") {
      return interdeparture_scv();
    }
    if (metric == "e2e_sd_ms") {
      return deviation_ms();
    }
    if (metric == "sojourn_mean_over_service_mean") {
      return sojourn_mean_ms() / experiment_.service_mean_ms;
    }
    if (metric == "response_mean_s") {
      return sojourn_mean_ms() * 1e-3;
    }
    return retry_figure(metric);
  }

  double retry_figure(const std::string& metric) const {
    if (metric == "attempts_per_request" || metric == "bottom_attempts_per_user_request" ||
        metric == "growth") {
      const bool has_gate = experiment_.gate_mean_ms > 0;
      return served(has_gate ? experiment_.gate : experiment_.station).count / clients_.count;
    }
    if (metric == "extra_fraction") {
      return served(experiment_.station).count / served(experiment_.gate).count - 1;
    }
    if (metric == "delay_mean_ms") {
      return delay_before_service_ms();
    }
    if (metric == "orbit_mean") {
      const double first = clients_.count / seconds_ * experiment_.gate_mean_ms * 1e-3;
      return inside(experiment_.gate) - inside(experiment_.station) - first;
    }
    if (metric == "p_first_attempt_rejected") {
      return all_busy();
    }
    for (engine::ServiceIndex s = 0; s < experiment_.scenario.mesh.services.size(); ++s) {
      if (metric == "sojourn_mean_" + experiment_.scenario.mesh.services[s].name + "_ms") {
        return mean_ms(served(s));
      }
    }
    return metric.find("mean") == std::string::npos ? NAN : sojourn_mean_ms();
  }

  const Experiment& experiment_;
  RunRecord record_;
  const engine::QueueSamples& queue_;
  std::vector<std::int64_t> latencies_;
  Totals clients_;
  double seconds_ = 0;
};

bool needs(const std::set<std::string>& metrics, std::initializer_list<const char*> parts) {
  return std::any_of(metrics.begin(), metrics.end(), [&](const std::string& metric) {
    return std::any_of(parts.begin(), parts.end(),
                       [&](const char* part) { return metric.find(part) != std::string::npos; });
  });
}

engine::SimulationOptions options_for(const Experiment& experiment, std::uint64_t seed,
                                      const std::set<std::string>& metrics) {
  engine::SimulationOptions options;
  options.seed = seed;
  options.bucket = experiment.scenario.run.warm_up;
  options.windows = engine::windows_of(experiment.scenario);
  options.observe_queue_of = experiment.station;
  unsigned figures = 0;
  if (needs(metrics, {"wait_mean", "wait_p0", "p_abandon", "p_timeout"})) {
    figures |= engine::kQueueWaits;
  }
  if (needs(metrics, {"p_wait", "p_N_gt", "fraction_ge", "p_first"})) {
    figures |= engine::kQueueFound;
  }
  if (needs(metrics, {"interdeparture"})) {
    figures |= engine::kQueueEnds;
  }
  options.queue_figures = static_cast<std::uint8_t>(figures);
  if (needs(metrics, {"sojourn_p0", "e2e_sd", "p_slow", "hedged"}) ||
      metrics.contains("p0.99_ms") || metrics.contains("p0.999_ms") || metrics.contains("p0.99")) {
    options.keep_samples_of = 0;
  }
  return options;
}

}  // namespace

double nearest_rank(std::vector<std::int64_t>& samples, double quantile) {
  if (samples.empty()) {
    return NAN;
  }
  const double rank = std::ceil(quantile * static_cast<double>(samples.size()) - 1e-6);
  const auto index = static_cast<std::ptrdiff_t>(std::max(rank, 1.0)) - 1;
  std::nth_element(samples.begin(), samples.begin() + index, samples.end());
  return static_cast<double>(samples[static_cast<std::size_t>(index)]);
}

Figures run_experiment(const Experiment& experiment, std::uint64_t seed,
                       const std::set<std::string>& metrics) {
  engine::Simulation simulation(experiment.scenario, options_for(experiment, seed, metrics));
  simulation.run_until(engine::Instant{} + experiment.scenario.run.warm_up);
  simulation.forget_samples();
  simulation.run_to_end();
  Reading reading(experiment, simulation.take_record(), simulation.queue_samples(),
                  simulation.samples());
  Figures figures;
  for (const std::string& metric : metrics) {
    figures[metric] = reading.figure(metric);
  }
  return figures;
}

}  // namespace shaketable::fidelity
