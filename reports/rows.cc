#include "reports/rows.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "engine/judge/names.h"
#include "engine/judge/units.h"

namespace shaketable::reports {

using engine::ExpectationState;
using engine::format_count;
using engine::format_duration;
using engine::format_instant;
using engine::format_ppm;

std::string run_line(const Report& report) {
  std::string text = report.scenario.name + ", seed " + std::to_string(report.record.seed) + ", " +
                     format_duration(proxy::nanoseconds_of(report.record.ended)) + " simulated";
  if (report.verdict.partial) {
    text += ", INTERRUPTED: what follows covers the run up to that moment";
  }
  return text;
}

const char* short_name(ExpectationState state) {
  switch (state) {
    case ExpectationState::kHeld:
      return "ok";
    case ExpectationState::kBroken:
      return "FAIL";
    case ExpectationState::kKnownFailure:
      return "known";
    case ExpectationState::kUnexpectedPass:
      return "FIXED";
    case ExpectationState::kNotMeasurable:
      return "n/a";
  }
  return "";
}

const char* long_name(ExpectationState state) {
  switch (state) {
    case ExpectationState::kHeld:
      return "held";
    case ExpectationState::kBroken:
      return "broken";
    case ExpectationState::kKnownFailure:
      return "known failure";
    case ExpectationState::kUnexpectedPass:
      return "held although marked as failing";
    case ExpectationState::kNotMeasurable:
      return "not measurable";
  }
  return "";
}

std::vector<std::string> signal_heads() {
  return {"service", "requests", "rps", "success", "p50", "p99", "retries", "busy", "at worst"};
}

std::vector<std::string> signal_cells(const Report& report, const engine::GoldenSignals& signals) {
  const bool any = signals.requests > 0;
  return {engine::service_name(report.scenario, signals.service),
          format_count(signals.requests),
          engine::format_rate(signals.rate),
          any ? format_ppm(signals.success_ppm) : "-",
          any ? format_duration(signals.p50) : "-",
          any ? format_duration(signals.p99) : "-",
          format_count(signals.retries),
          signals.utilisation_ppm ? format_ppm(*signals.utilisation_ppm / 10'000 * 10'000) : "-",
          engine::name_of(signals.worst)};
}

std::string story_text(const engine::StoryLine& line) {
  const bool fault =
      line.kind == engine::EventKind::kFaultStart || line.kind == engine::EventKind::kFaultEnd;
  std::string text = (fault ? "fault " + line.subject + ' ' : line.subject + ": ") + line.what;
  if (!line.evidence.empty()) {
    text += fault ? ": " + line.evidence : " (" + line.evidence + ")";
  }
  if (line.count > 1) {
    text +=
        ", " + format_count(line.count) +
        (line.kind == engine::EventKind::kEjection ? " times by its callers' sidecars" : " times");
    if (line.until > line.at) {
      text += " until " + format_instant(line.until);
    }
  }
  return text;
}

std::string unanswered_text(const Report& report) {
  const std::uint64_t sent = report.record.statistics.requests;
  if (report.record.statistics.in_flight_at_end == 0) {
    return "";  // Above 0 it says not how many: calls between services are among them.
  }
  std::uint64_t answered = 0;
  for (const engine::Series& series : report.record.series) {
    if (series.subject.kind == engine::Subject::Kind::kJourney &&
        series.subject.journey == engine::kNone) {
      for (const engine::Point& point : series.points) {
        answered += point.count;
      }
    }
  }
  if (answered >= sent || (sent - answered) * 100 < sent) {
    return "";  // The last ones are always under way.
  }
  return format_count(sent - answered) + " of " + format_count(sent) +
         " requests of the load had no answer when the run ended; the figures above are of answers";
}

std::string left_out_text(std::size_t lines) {
  return format_count(lines) +
         (lines == 1 ? " line that says less is left out" : " lines that say less are left out");
}

std::string spread_text(const Report& report, const engine::Spread& spread,
                        std::size_t most_names) {
  if (spread.services.empty()) {
    return "no service left its normal state";
  }
  const std::size_t all = report.scenario.mesh.services.size();
  std::string text = std::to_string(spread.services.size()) + " of " + std::to_string(all) +
                     (all == 1 ? " service: " : " services: ");
  for (std::size_t i = 0; i < spread.services.size() && i < most_names; ++i) {
    text += (i == 0 ? "" : ", ") +
            engine::service_name(report.scenario, spread.services[i].service) + " (" +
            format_instant(spread.services[i].at) + ")";
  }
  if (spread.services.size() > most_names) {
    text += " and " + std::to_string(spread.services.size() - most_names) + " more";
  }
  return text;
}

std::string recovery_text(const engine::ServiceHealth& health) {
  if (!health.left()) {
    return "never left its normal state";
  }
  const engine::Episode& last = health.episodes.back();
  std::string text;
  if (health.is_back()) {
    text = "back to normal at " + format_instant(last.to) + ", after " +
           format_duration(last.to - last.from);
  } else {
    text = "not back when the run ended, out since " + format_instant(last.from);
  }
  if (health.episodes.size() > 1) {
    text += ", " + std::to_string(health.episodes.size()) + " times outside in all";
  }
  return text;
}

std::string explanation_text(const Report& report, const engine::Explanation& explanation) {
  std::string text;
  if (explanation.service != engine::kNone) {
    text = engine::edge_name(report.scenario, explanation.caller, explanation.service) + ": ";
  }
  text += explanation.text;
  if (explanation.count > 1) {
    text += ", " + format_count(explanation.count) + " times from " +
            format_instant(explanation.first) + " to " + format_instant(explanation.last);
  } else {
    text += ", at " + format_instant(explanation.first);
  }
  return text;
}

std::string wanted_and_got(const engine::ExpectationVerdict& expectation) {
  return "wanted " + expectation.wanted + ", got " + expectation.got;
}

std::string where_and_when(const engine::ExpectationVerdict& expectation) {
  return expectation.where + ", " + engine::format_span(expectation.from, expectation.to);
}

std::string hexadecimal_of(std::uint64_t number) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text(16, '0');
  for (std::size_t i = text.size(); i-- > 0; number >>= 4) {
    text[i] = kDigits[number & 0xf];
  }
  return text;
}

std::vector<engine::ServiceIndex> by_importance(const Report& report) {
  const auto& signals = report.verdict.signals;
  std::vector<engine::ServiceIndex> order(signals.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&signals](engine::ServiceIndex left, engine::ServiceIndex right) {
                     return std::tuple(signals[left].worst, signals[left].requests) >
                            std::tuple(signals[right].worst, signals[right].requests);
                   });
  return order;
}

}  // namespace shaketable::reports
