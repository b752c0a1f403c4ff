#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/chart_data.h"
#include "reports/html/page.h"
#include "reports/html/waterfall.h"

namespace shaketable::reports {
namespace {

using engine::Trace;

constexpr std::size_t kMostRows = 45;

std::string journey_name(const Page& page, const Trace& trace) {
  return engine::subject_name(
      page.report.scenario,
      {.kind = engine::Subject::Kind::kJourney, .load = trace.load, .journey = trace.journey});
}

std::string reasons_of(const Trace& trace) {
  std::string text;
  const auto add = [&](unsigned bit, const char* word) {
    if ((trace.reasons & bit) != 0) {
      text += (text.empty() ? "" : ", ") + std::string(word);
    }
  };
  add(engine::kKeptAsFailed, "failed");
  add(engine::kKeptAsSlow, "slow");
  add(engine::kKeptAsRandom, "random");
  return text;
}

void decisions(Page& page, const Trace& trace) {
  if (trace.events.empty()) {
    return;
  }
  constexpr std::size_t kMostEvents = 60;
  page.out += "<ol class=\"note\">";
  for (std::size_t i = 0; i < trace.events.size() && i < kMostEvents; ++i) {
    const engine::SpanEvent& event = trace.events[i];
    std::string kind = engine::name_of(event.kind);
    std::replace(kind.begin(), kind.end(), '_', ' ');
    page.out += "<li>" + engine::format_duration(event.at - trace.root().from) + " <b>" +
                safe(kind) + "</b>: " + safe(event.reason, 200) + "</li>";
  }
  page.out += "</ol>\n";
}

void one(Page& page, const Trace& trace, bool is_open) {
  const engine::Span& root = trace.root();
  const std::size_t outcome = static_cast<std::size_t>(root.outcome);
  const bool ok = root.outcome == engine::Outcome::kOk;
  page.out += std::string("<details class=\"trace\" id=\"request=") + std::to_string(trace.number) +
              (is_open ? "\" open>" : "\">") + "<summary>Request " +
              engine::format_count(trace.number) + " of " + safe(journey_name(page, trace), 60) +
              ": " + engine::format_duration(trace.duration()) + ' ' +
              marked(ok ? Tone::kHealthy : Tone::kFailing, outcome_words(outcome)) + " at " +
              engine::format_instant(root.from) + " <span class=\"tag\">" +
              safe(reasons_of(trace)) +
              "</span></summary>\n<div class=\"scroll\" tabindex=\"0\" role=\"group\" "
              "aria-label=\"Waterfall\">" +
              svg_waterfall(page.report.scenario, trace, kMostRows) + "</div>\n";
  const std::size_t rows = drawn_spans(trace, trace.spans.size()).size();
  if (rows > kMostRows) {
    page.out += "<p class=\"note\">" + std::to_string(rows - kMostRows) +
                " shorter spans are not drawn; the exports of traces have them.</p>\n";
  }
  decisions(page, trace);
  page.out += "</details>\n";
}

}  // namespace

void write_traces(Page& page) {
  const std::vector<const Trace*>& traces = page.traces;
  if (traces.empty()) {
    return;
  }
  page.out += begin_section("traces", "Single requests");
  page.out +=
      "<p class=\"note\">Bars are calls, tries and hosts; the black line below them is what the "
      "request waited for at each moment (its critical path). Pale bars wait. Numbers are "
      "decisions of sidecars and clients, with their reasons below. ";
  const engine::TraceStatistics& statistics = page.report.record.tracing;
  page.out += engine::format_count(statistics.followed) + " requests were followed, " +
              engine::format_count(page.report.record.traces.size()) + " kept.</p>\n";
  Table table{
      .caption = "The requests below.",
      .heads = {"Request", "Journey", "At", "Took", "Outcome", "Status", "Spans", "Kept as"},
      .numbers_from = 3,
      .numbers_to = 4,
      .name = "requests"};
  for (const Trace* trace : traces) {
    const engine::Span& root = trace->root();
    table.rows.push_back(
        {"<a href=\"#request=" + std::to_string(trace->number) + "\">" +
             engine::format_count(trace->number) + "</a>",
         safe(journey_name(page, *trace), 60), time_link(root.from),
         keyed(trace->duration().count(), engine::format_duration(trace->duration())),
         outcome_words(static_cast<std::size_t>(root.outcome)),
         root.status > 0 ? std::to_string(root.status) : "-", std::to_string(trace->spans.size()),
         reasons_of(*trace)});
  }
  page.out += markup_of(table);
  for (std::size_t i = 0; i < traces.size(); ++i) {
    one(page, *traces[i], i == 0);
  }
  if (traces.size() < page.report.record.traces.size()) {
    page.leave_out(
        std::to_string(page.report.record.traces.size() - traces.size()) +
        " more requests were kept; `shaketable` exports all of them as OTLP, Jaeger or Zipkin.");
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
