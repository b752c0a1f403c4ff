#include "engine/judge/expectation_parts.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

// Of all services together: the episode that lasts longest.
ServiceHealth health_of_all(const Observed& observed) {
  ServiceHealth all;
  for (const ServiceHealth& health : observed.health) {
    if (health.left() && (!all.left() || health.episodes.back().to > all.episodes.back().to)) {
      all = health;
    }
  }
  return all;
}

ServiceHealth health_of_subject(const Observed& observed, const Subject& subject) {
  if (subject.kind == Subject::Kind::kService && subject.service == kNone) {
    return health_of_all(observed);
  }
  if (subject.kind == Subject::Kind::kService && subject.service < observed.health.size()) {
    return observed.health[subject.service];
  }
  const Series* series = find_series(observed.record, subject);
  if (series == nullptr) {
    return {};
  }
  return health_of({view_of(*series, true)}, health_span(observed.scenario, observed.record),
                   observed.record.bucket);
}

std::string worst_of(const Episode& episode) {
  std::string text;
  if (episode.by_errors) {
    text = format_ppm(episode.worst_error_ppm) + " errors";
  }
  if (episode.by_latency) {
    text += (text.empty() ? "p99 " : ", p99 ") + format_duration(episode.worst_p99);
  }
  if (episode.by_stall) {
    text += (text.empty() ? "" : ", ") + std::string("hardly any answers");
  }
  return text;
}

void describe_episode(ExpectationVerdict& verdict, const ServiceHealth& health,
                      const Observed& observed) {
  const Episode& last = health.episodes.back();
  const std::string who =
      health.service == kNone ? verdict.where : service_name(observed.scenario, health.service);
  verdict.evidence.push_back(who + " was outside its normal state from " +
                             format_instant(last.from) + ", at worst " + worst_of(last));
  if (health.baseline.known) {
    verdict.evidence.push_back("normal: p99 " + format_duration(health.baseline.p99) + ", " +
                               format_ppm(health.baseline.error_ppm) + " errors");
  }
}

}  // namespace

void judge_recovery(const RecoveryExpectation& expectation, const Observed& observed,
                    ExpectationVerdict& verdict) {
  const Window window = resolve(expectation.window, observed.scenario.run);
  set_span(verdict, window);
  verdict.where = subject_name(observed.scenario, expectation.subject);
  verdict.wanted = expectation.never
                       ? "no recovery"
                       : "back to normal by " + format_instant(window.to) + " and staying there";
  const ServiceHealth health = health_of_subject(observed, expectation.subject);
  if (observed.record.interrupted && observed.record.ended < window.to) {
    verdict.state = ExpectationState::kNotMeasurable;
    verdict.got = "interrupted at " + format_instant(observed.record.ended);
    return;
  }
  if (!health.left()) {
    verdict.got = "it never left its normal state";
    verdict.state = expectation.never ? ExpectationState::kBroken : ExpectationState::kHeld;
    return;
  }
  describe_episode(verdict, health, observed);
  if (!health.is_back()) {
    verdict.got = "not back when the run ended";
    verdict.state = expectation.never ? ExpectationState::kHeld : ExpectationState::kBroken;
    return;
  }
  const Instant back = health.episodes.back().to;
  verdict.when = back;
  verdict.got = "back at " + format_instant(back);
  if (back > window.from) {
    verdict.got +=
        ", " + format_duration(back - window.from) + " after " + format_instant(window.from);
  }
  const bool in_time = back <= window.to;
  verdict.state =
      in_time != expectation.never ? ExpectationState::kHeld : ExpectationState::kBroken;
}

}  // namespace shaketable::engine
