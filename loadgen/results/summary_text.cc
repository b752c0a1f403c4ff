#include "loadgen/results/summary_text.h"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "loadgen/results/text.h"

namespace shaketable::loadgen {
namespace {

constexpr std::size_t kMostErrors = 10;
constexpr std::size_t kMostName = 40;

class Writer {
 public:
  Writer(const RunResult& result, const SummaryOptions& options)
      : result_(result), options_(options) {}

  std::string write() {
    const RequestStats total = result_.total();
    head(total);
    latencies(total);
    parts();
    statuses(total);
    errors();
    pacing();
    connections();
    thresholds();
    return std::move(out_);
  }

 private:
  template <class... Args>
  void line(fmt::format_string<Args...> format, Args&&... args) {
    fmt::format_to(std::back_inserter(out_), format, std::forward<Args>(args)...);
    out_ += '\n';
  }
  std::string paint(const char* code, const std::string& text) const {
    return options_.color ? std::string("\033[") + code + 'm' + text + "\033[0m" : text;
  }
  std::string bold(const std::string& text) const { return paint("1", text); }

  void head(const RequestStats& total) {
    const proxy::Duration time = result_.elapsed;
    line("");
    line("{}  {}", bold(plain_text(result_.target, 100)),
         result_.was_interrupted ? paint("33", "interrupted after " + duration_text(time))
                                 : "in " + duration_text(time));
    line("");
    const std::string failed = fmt::format("{} failed ({})", count_text(total.failed),
                                           share_text(total.failed, total.requests));
    line("  requests     {}   {}/s   {}", bold(count_text(total.requests)),
         bold(rate_text(total.requests, time)), total.failed > 0 ? paint("31", failed) : failed);
    const auto [runs, failed_runs] = result_.runs();
    if (runs != total.requests || failed_runs != total.failed) {
      line("  runs         {}   {}/s   {} failed ({})", count_text(runs), rate_text(runs, time),
           count_text(failed_runs), share_text(failed_runs, runs));
    }
    std::uint64_t warm_up = 0;
    for (const LoadStats& load : result_.loads) {
      warm_up += load.warm_up_requests;
    }
    if (warm_up > 0) {
      line("  warm-up      {} requests before, counted nowhere else", count_text(warm_up));
    }
    if (!result_.ended_early.empty()) {
      line("  ended early  {}", paint("31", plain_text(result_.ended_early, 160)));
    }
    if (!result_.set_up_error.empty()) {
      line("  set-up       {}", paint("31", "failed: " + plain_text(result_.set_up_error, 160)));
    }
    std::uint64_t fixtures = 0;
    for (const LoadStats& load : result_.loads) {
      fixtures += load.fixtures.requests;
    }
    if (fixtures > 0) {
      line("  set-up       {} requests of set-ups and tear-downs, counted nowhere else",
           count_text(fixtures));
    }
    if (result_.cancelled > 0) {
      line("  cancelled    {} under way at the end, counted nowhere else",
           count_text(result_.cancelled));
    }
    const double seconds = std::max(proxy::to_seconds(time), 1e-9);
    line("  received     {} of bodies   {}/s", bytes_text(static_cast<double>(total.bytes)),
         bytes_text(static_cast<double>(total.bytes) / seconds));
  }

  void latency_row(const std::string& name, const LatencyHistogram& of) {
    std::string row = fmt::format("  {:<9}", name);
    for (const std::uint32_t ppm : options_.quantiles_ppm) {
      row += fmt::format(" {:>8}", duration_text(of.quantile(ppm)));
    }
    row += fmt::format(" {:>8} {:>8} {:>8}", duration_text(of.max()), duration_text(of.mean()),
                       duration_text(of.deviation()));
    line("{}", row);
  }

  void latencies(const RequestStats& total) {
    if (total.latency.empty()) {
      return;
    }
    line("");
    std::string titles = fmt::format("  {:<9}", "latency");
    for (const std::uint32_t ppm : options_.quantiles_ppm) {
      titles += fmt::format(" {:>8}", quantile_name(ppm));
    }
    titles += fmt::format(" {:>8} {:>8} {:>8}", "max", "mean", "stdev");
    line("{}", paint("2", titles));
    latency_row("from due", total.latency);
    latency_row("service", total.service);
  }

  void part_row(const std::string& name, const RequestStats& of) {
    const auto at = [&](std::uint32_t ppm) { return duration_text(of.latency.quantile(ppm)); };
    const std::string failed = fmt::format("{:>7}", count_text(of.failed));
    line("  {:<{}} {:>9} {:>8} {} {:>8} {:>8} {:>8}", plain_text(name, kMostName), width_,
         count_text(of.requests), rate_text(of.requests, result_.elapsed),
         of.failed > 0 ? paint("31", failed) : failed, at(500'000), at(990'000),
         duration_text(of.latency.max()));
  }

  void part_titles(const std::string& what) {
    line("");
    line("{}", paint("2", fmt::format("  {:<{}} {:>9} {:>8} {:>7} {:>8} {:>8} {:>8}", what, width_,
                                      "requests", "/s", "failed", "p50", "p99", "max")));
  }

  /// Journeys, steps and tags, where there is more than the whole.
  void parts() {
    std::size_t steps = 0;
    std::size_t journeys = 0;
    for (const LoadStats& load : result_.loads) {
      steps += load.steps.size();
      journeys += load.journeys.size();
      for (const auto* list : {&load.steps, &load.tags}) {
        for (const RequestStats& it : *list) {
          width_ = std::max(width_, std::min(it.name.size(), kMostName));
        }
      }
      for (const JourneyStats& it : load.journeys) {
        width_ = std::max(width_, std::min(it.name.size(), kMostName));
      }
    }
    if (journeys > 1) {
      part_titles("journey");
      for (const LoadStats& load : result_.loads) {
        for (const JourneyStats& it : load.journeys) {
          part_row(it.name, it.requests);
        }
      }
    }
    if (steps > 1) {
      part_titles("step");
      for (const LoadStats& load : result_.loads) {
        for (const RequestStats& it : load.steps) {
          part_row(it.name, it);
        }
      }
    }
    const bool has_tags = std::any_of(result_.loads.begin(), result_.loads.end(),
                                      [](const LoadStats& load) { return !load.tags.empty(); });
    if (has_tags) {
      part_titles("tag");
      for (const LoadStats& load : result_.loads) {
        for (const RequestStats& it : load.tags) {
          part_row(it.name, it);
        }
      }
    }
  }

  void statuses(const RequestStats& total) {
    std::string row;
    for (const auto& [status, count] : total.statuses.sorted()) {
      row += fmt::format("   {} x {}", status, count_text(count));
    }
    if (!row.empty()) {
      line("");
      line("  statuses  {}", row);
    }
  }

  void errors() {
    ErrorCounts all;
    std::size_t steps = 0;
    for (const LoadStats& load : result_.loads) {
      steps += load.steps.size();
    }
    for (const LoadStats& load : result_.loads) {
      for (const RequestStats& step : load.steps) {
        for (const auto& [what, count] : step.errors.all()) {
          all.add(steps > 1 ? step.name + ": " + what : what, count);
        }
      }
      for (const auto& [what, count] : load.fixtures.errors.all()) {
        all.add("set-up or tear-down: " + what, count);
      }
    }
    const auto sorted = all.sorted();
    for (std::size_t i = 0; i < sorted.size() && i < kMostErrors; ++i) {
      line("  {:<9} {:>9}  {}", i == 0 ? "errors" : "", paint("31", count_text(sorted[i].second)),
           plain_text(sorted[i].first, 120));
    }
    if (sorted.size() > kMostErrors) {
      line("            and {} more kinds", sorted.size() - kMostErrors);
    }
  }

  void pacing() {
    PacingStats all;
    for (const LoadStats& load : result_.loads) {
      all.merge(load.pacing);
    }
    line("");
    std::string row = fmt::format(
        "{} runs begun, late by p50 {}, p99 {}, max {}", count_text(all.start_lag.count()),
        duration_text(all.start_lag.quantile(500'000)),
        duration_text(all.start_lag.quantile(990'000)), duration_text(all.start_lag.max()));
    line("  schedule     {}", row);
    if (all.dropped > 0 || all.delayed > 0) {
      line("               {}",
           paint("33", fmt::format("of {} due, {} dropped and {} delayed: too many at once",
                                   count_text(all.arrivals), count_text(all.dropped),
                                   count_text(all.delayed))));
    }
  }

  void connections() {
    const ConnectionStats& it = result_.connections;
    std::string row = fmt::format("{} opened", count_text(it.opened));
    if (it.opened > 0) {
      const proxy::Duration mean = it.connect_time / static_cast<std::int64_t>(it.opened);
      row += fmt::format(" in {} each", duration_text(mean));
    }
    if (it.http2 > 0) {
      row += fmt::format(", {} HTTP/2", it.http2 == it.opened ? "all" : count_text(it.http2));
    }
    if (it.failed > 0) {
      row += ", " + paint("31", count_text(it.failed) + " failed");
    }
    if (it.closed_by_server > 0) {
      row += fmt::format(", {} closed by the server", count_text(it.closed_by_server));
    }
    if (it.repeated > 0) {
      row += fmt::format(", {} requests repeated for that", count_text(it.repeated));
    }
    line("  connections  {}", row);
    if (it.held > 0) {
      line("               {}", paint("33", fmt::format("{} requests waited for one: no more were "
                                                        "allowed (--connections)",
                                                        count_text(it.held))));
    }
  }

  /// "2 of 4"; of several "3 parts of 4".
  [[nodiscard]] std::string shares() const {
    const Share& first = result_.shares.front();
    return result_.shares.size() == 1
               ? fmt::format("{} of {}", first.index + 1, first.count)
               : fmt::format("{} parts of {}", result_.shares.size(), first.count);
  }

  void thresholds() {
    if (!result_.shares.empty()) {
      line("  part         {}{}", shares(),
           result_.required.empty() ? "" : "; `merge` judges the thresholds, of the sum");
    }
    if (result_.thresholds.empty()) {
      return;
    }
    line("");
    for (const ThresholdVerdict& it : result_.thresholds) {
      line("  {} {}   ({})", it.holds ? paint("32", "holds ") : paint("31;1", "missed"),
           plain_text(it.source, 100), it.was_judged ? it.actual : "nothing to judge");
    }
  }

  const RunResult& result_;
  const SummaryOptions& options_;
  std::size_t width_ = 12;
  std::string out_;
};

}  // namespace

std::string summary_text(const RunResult& result, const SummaryOptions& options) {
  return Writer(result, options).write();
}

}  // namespace shaketable::loadgen
