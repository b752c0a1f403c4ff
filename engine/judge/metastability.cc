#include "engine/judge/metastability.h"

#include <algorithm>
#include <set>
#include <utility>

#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/run_view.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kAll = 1'000'000;        // ppm
constexpr std::uint64_t kBusy = 900'000;         // ppm of workers or CPUs
constexpr std::size_t kLeastBuckets = 20;        // Longer than this, and ...
constexpr std::int64_t kTriggerFactor = 3;       // ... than so many times the trigger: sustained.
constexpr std::uint64_t kRetriesTell = 200'000;  // Retries per request, ppm.

// What one service does while the trouble outlives its trigger.
struct AfterTrigger {
  ServiceIndex service = kNone;
  std::uint64_t busy = 0;
  std::uint64_t answers = 0, normal_answers = 0;
  std::uint64_t first_tries = 0, retries = 0, timeouts = 0;
  ServiceIndex worst_caller = kNone;
  bool is_down = false;
};

class LoopFinder {
 public:
  LoopFinder(const RunView& view, const RootCause& root, const Cascade& cascade, Metastability& out)
      : view_(view), root_(root), cascade_(cascade), out_(out) {}

  void find() {
    Instant until = std::min(out_.bad_until, view_.record().ended);
    for (const Coincidence& it : cascade_.coincidences) {
      // What a remedy does is no part of the loop.
      until = it.is_remedy && it.at > out_.trigger_ended ? std::min(until, it.at) : until;
    }
    span_ = {view_.bucket_at(out_.trigger_ended), view_.bucket_at(until)};
    span_.to = std::max(span_.to, span_.from + 1);
    out_.sustained = is_sustained();
    if (out_.sustained) {
      find_loop();
    }
    tell();
  }

 private:
  // Working off a backlog takes a while and is no loop: sustained is what lasts far longer than the
  // trigger, or ends only when somebody does something.
  [[nodiscard]] bool is_sustained() const {
    if (out_.bad_until == proxy::kNever) {
      return true;
    }
    const Duration after = out_.bad_until - out_.trigger_ended;
    const bool remedied = std::any_of(
        cascade_.coincidences.begin(), cascade_.coincidences.end(), [this](const Coincidence& it) {
          return it.is_remedy && it.at >= out_.trigger_ended && it.at < out_.bad_until;
        });
    const Duration least = view_.record().bucket * static_cast<std::int64_t>(kLeastBuckets);
    return (remedied && after > least / 2) ||
           after > std::max(least, kTriggerFactor * (out_.trigger_ended - root_.at));
  }

  [[nodiscard]] AfterTrigger look_at(ServiceIndex service) const {
    AfterTrigger it{.service = service};
    it.busy = view_.utilisation(service, span_);
    if (const Series* own = view_.own(service); own != nullptr) {
      it.answers = sums_of(*own, span_).count;
      const Sums normal = sums_of(*own, view_.baseline());
      it.normal_answers = scaled(normal.count, span_.to - span_.from, normal.buckets);
    }
    std::uint64_t most = 0;
    for (const std::uint32_t e : view_.into(service)) {
      const EdgeRecord& edge = view_.edges()[e];
      const Sums sums = sums_of(*edge.series, span_);
      it.first_tries += sums.count;
      it.retries += sums.retries;
      it.timeouts += sums.of(Outcome::kTimeout);
      if (sums.retries >= most && sums.retries > 0) {
        most = sums.retries;
        it.worst_caller = edge.caller;
      }
    }
    if (const ServiceGauges* gauges = view_.gauges(service);
        gauges != nullptr && !gauges->points.empty()) {
      std::size_t down = 0;
      for (std::size_t i = span_.from; i < std::min(span_.to, gauges->points.size()); ++i) {
        down += gauges->points[i].instances_up < gauges->points.front().instances_up ? 1 : 0;
      }
      it.is_down = 2 * down > span_.to - span_.from;
    }
    return it;
  }

  [[nodiscard]] SustainingLoop loop_of(const AfterTrigger& it) const {
    if (it.is_down) {
      return SustainingLoop::kDown;
    }
    if (it.busy < kBusy) {
      return SustainingLoop::kNoLoop;
    }
    if (it.answers * 10 <= it.normal_answers) {
      return SustainingLoop::kStuck;
    }
    if (scaled(it.retries, kAll, it.first_tries) >= kRetriesTell) {
      return SustainingLoop::kRetries;
    }
    return it.timeouts * 2 >= it.first_tries && it.timeouts > 0 ? SustainingLoop::kDeadWork
                                                                : SustainingLoop::kNoLoop;
  }

  // The service nearest to the root in which a loop closes.
  void find_loop() {
    out_.loop = SustainingLoop::kUnknown;
    out_.service = cascade_.steps[root_.steps.front()].service;
    std::set<ServiceIndex> seen;
    for (const std::uint32_t s : root_.steps) {
      const CascadeStep& step = cascade_.steps[s];
      if (step.until <= out_.trigger_ended || !seen.insert(step.service).second) {
        continue;
      }
      const AfterTrigger it = look_at(step.service);
      const SustainingLoop loop = loop_of(it);
      if (loop != SustainingLoop::kNoLoop) {
        out_.loop = loop;
        measure(it);
        return;
      }
    }
  }

  void measure(const AfterTrigger& it) {
    const Duration length =
        view_.record().bucket * static_cast<std::int64_t>(span_.to - span_.from);
    out_.service = it.service;
    out_.caller = it.worst_caller;
    out_.first_tries = rate_of(it.first_tries, length);
    out_.offered = rate_of(it.first_tries + it.retries, length);
    const std::uint64_t busy = view_.utilisation(it.service, view_.baseline());
    if (view_.own(it.service) == nullptr || busy == 0 || out_.first_tries == 0) {
      return;
    }
    const Sums normal = sums_of(*view_.own(it.service), view_.baseline());
    const std::int64_t rate =
        rate_of(normal.count, view_.record().bucket * static_cast<std::int64_t>(normal.buckets));
    out_.capacity = static_cast<std::int64_t>(scaled(static_cast<std::uint64_t>(rate), kAll, busy));
    const std::uint64_t share = scaled(static_cast<std::uint64_t>(out_.capacity), kAll,
                                       static_cast<std::uint64_t>(out_.first_tries));
    if (out_.loop == SustainingLoop::kDeadWork) {
      out_.safe_load_ppm = static_cast<std::int64_t>(std::min<std::uint64_t>(share, kAll));
    }
    if (out_.loop != SustainingLoop::kRetries) {
      return;
    }
    out_.safe_load_ppm = static_cast<std::int64_t>(
        scaled(share, static_cast<std::uint64_t>(out_.first_tries),
               static_cast<std::uint64_t>(std::max<std::int64_t>(out_.offered, 1))));
    out_.safe_budget_ppm = static_cast<std::int64_t>(share > kAll ? share - kAll : 0);
  }

  [[nodiscard]] std::string loop_words() const {
    const std::string service = service_name(view_.scenario(), out_.service);
    switch (out_.loop) {
      case SustainingLoop::kRetries:
        return "retries keep it alive: " + service + " gets " + format_rate(out_.offered) +
               ", of which " + format_rate(out_.first_tries) + " are first tries";
      case SustainingLoop::kDeadWork:
        return "dead work keeps it alive: " + service +
               " is full with requests whose callers have given up";
      case SustainingLoop::kStuck:
        return "all workers of " + service +
               " hold requests that never end; only a restart, or a "
               "timeout, frees them";
      case SustainingLoop::kDown:
        return "instances of " + service + " did not come back";
      case SustainingLoop::kUnknown:
      case SustainingLoop::kNoLoop:
        break;
    }
    return "no loop is visible in the record";
  }

  // What would have been enough, with its formula.
  [[nodiscard]] std::string distance_words() const {
    if (out_.loop == SustainingLoop::kDeadWork && out_.safe_load_ppm > 0) {
      return ". Estimate: its queue shrinks only below " + format_ppm(out_.safe_load_ppm) +
             " of that load (capacity " + format_rate(out_.capacity) + " / " +
             format_rate(out_.first_tries) +
             "), or with a queue so short that nobody in it gives up";
    }
    if (out_.loop != SustainingLoop::kRetries || out_.capacity == 0) {
      return "";
    }
    std::string text = ". Estimate: it dies out below " + format_ppm(out_.safe_load_ppm) +
                       " of that load (capacity " + format_rate(out_.capacity) +
                       " / attempts per second)";
    if (out_.safe_budget_ppm > 0) {
      text += ", or with less than " + format_ppm(out_.safe_budget_ppm) +
              " retries per request (capacity / first tries - 1)";
    } else {
      text += "; first tries alone are more than it can do";
    }
    return text;
  }

  void tell() {
    const std::string name = root_.fault == kNone ? service_name(view_.scenario(), root_.service)
                                                  : fault_name(view_.scenario(), root_.fault);
    const std::string end = format_instant(out_.trigger_ended);
    if (!out_.sustained) {
      out_.text = name + " ended at " + end + "; what it left was worked off in " +
                  format_duration(out_.bad_until - out_.trigger_ended) + ", no loop sustained it";
      return;
    }
    out_.text = name + " ended at " + end + ", its trouble did not: it went on " +
                (out_.bad_until == proxy::kNever
                     ? std::string("to the end of the run")
                     : "for " + format_duration(out_.bad_until - out_.trigger_ended)) +
                "; " + loop_words() + distance_words();
  }

  const RunView& view_;
  const RootCause& root_;
  const Cascade& cascade_;
  Metastability& out_;
  BucketSpan span_;
};

}  // namespace

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

std::vector<Metastability> find_metastability(const Scenario& scenario, const RunRecord& record,
                                              const Cascade& cascade) {
  std::vector<Metastability> result;
  const RunView view(scenario, record);
  for (std::uint32_t i = 0; i < cascade.roots.size(); ++i) {
    const RootCause& root = cascade.roots[i];
    if (root.ended >= record.ended || root.recovered <= proxy::after(root.ended, record.bucket)) {
      continue;
    }
    Metastability it{.root = i, .trigger_ended = root.ended, .bad_until = root.recovered};
    LoopFinder(view, root, cascade, it).find();
    result.push_back(std::move(it));
  }
  return result;
}

}  // namespace shaketable::engine
