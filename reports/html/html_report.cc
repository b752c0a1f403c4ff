#include "reports/html/html_report.h"

#include <array>
#include <utility>

#include "engine/judge/units.h"
#include "reports/html/page.h"
#include "reports/html/page_data.h"
#include "reports/html/shell.h"

namespace shaketable::reports {
namespace {

// From everything to what still fits when there is much; the last one is what no page goes below.
constexpr std::array<PageLimits, 8> kLadder{{
    {.traces = 12},
    {.charted_services = 30, .points = 400, .replay_points = 240, .traces = 12},
    {.drawn_services = 48,
     .charted_services = 24,
     .points = 300,
     .replay_points = 150,
     .sparklines = 250,
     .traces = 9},
    {.drawn_services = 48,
     .charted_services = 14,
     .charted_edges = 8,
     .points = 240,
     .replay_points = 120,
     .figures = 12,
     .edge_rows = 250,
     .sparklines = 120,
     .traces = 6,
     .heat_maps = 6},
    {.drawn_services = 40,
     .charted_services = 8,
     .charted_edges = 5,
     .points = 200,
     .replay_points = 100,
     .figures = 0,
     .service_rows = 1'000,
     .edge_rows = 150,
     .sparklines = 60,
     .lanes = 40,
     .policies = 40,
     .traces = 4,
     .heat_maps = 4},
    {.drawn_services = 30,
     .charted_services = 4,
     .charted_edges = 3,
     .points = 120,
     .replay_points = 60,
     .figures = 0,
     .service_rows = 300,
     .edge_rows = 80,
     .sparklines = 20,
     .lanes = 25,
     .policies = 20,
     .traces = 3,
     .heat_maps = 2},
    {.drawn_services = 12,
     .charted_services = 1,
     .charted_edges = 1,
     .points = 60,
     .replay_points = 40,
     .figures = 0,
     .expectation_rows = 100,
     .service_rows = 60,
     .edge_rows = 30,
     .sparklines = 0,
     .lanes = 10,
     .policies = 10,
     .traces = 2,
     .heat_maps = 1},
    {.drawn_services = 0,
     .charted_services = 0,
     .points = 60,
     .expectation_rows = 40,
     .service_rows = 40,
     .sparklines = 0,
     .brief = true},
}};

// Said once at the end: what the page does not show.
void write_omissions(Page& page) {
  const std::size_t buckets =
      static_cast<std::size_t>(proxy::nanoseconds_of(page.report.record.ended) /
                               std::max<std::int64_t>(page.report.record.bucket.count(), 1));
  page.out += begin_section("left-out", "What this page leaves out");
  page.out +=
      "<ul>\n<li>Charts hold at most " + std::to_string(page.limits.points) +
      " points a line; this run has " + engine::format_count(buckets) + " buckets of " +
      engine::format_duration(page.report.record.bucket) +
      (buckets > page.limits.points
           ? ", so each pair of points is the least and the greatest value of its span, and "
             "every spike survives."
           : ", so nothing was thinned out.") +
      " Drawings for pages without scripts hold 240.</li>\n";
  for (const std::string& sentence : page.left_out) {
    page.out += "<li>" + safe(sentence, 600) + "</li>\n";
  }
  page.out += "</ul>\n</section>\n";
}

std::string page_within(const Report& report, const HtmlOptions& options,
                        const PageLimits& limits) {
  Page page(report, options, limits);
  Shell shell;
  shell.title = report.scenario.name + ": " + (report.verdict.passed ? "passed" : "failed");
  const auto section = [&](const char* id, const char* name, void (*write)(Page&)) {
    const std::size_t before = page.out.size();
    write(page);
    if (page.out.size() > before) {
      shell.contents.emplace_back(id, name);
    }
  };
  section("summary", "Verdict", write_verdict);
  section("baseline", "Against the baseline", write_baseline);
  section("seeds", "All seeds", write_seeds);
  section("expectations", "Expectations", write_expectations);
  section("cascade", "Why it happened", write_cascade);
  section("story", "What happened", write_story);
  if (limits.brief) {
    section("services", "Services", write_services);
    section("again", "Repeat this run", write_reproduction);
    page.left_out.emplace_back(
        "Topology, time axis, charts, calls, latencies, errors, single requests and configuration: "
        "the page had to be small. `shaketable report` with a larger --report-max-mb has them.");
    section("left-out", "Left out", write_omissions);
    shell.body = std::move(page.out);
    return document_of(shell);
  }
  section("topology", "Topology", write_topology);
  section("timeline", "Time axis", write_timeline);
  section("clients", "Clients", write_clients);
  section("services", "Services", write_services);
  shell.contents.emplace_back("charts", "Over time");
  section("versions", "Versions", write_versions);
  section("calls", "Calls", write_calls);
  section("capacity", "Capacity", write_capacity);
  section("latency", "Latency", write_latency);
  section("errors", "Errors", write_errors);
  section("traces", "Single requests", write_traces);
  section("explanations", "What did not act", write_explanations);
  section("configuration", "Configuration", write_configuration);
  section("again", "Repeat this run", write_reproduction);
  section("left-out", "Left out", write_omissions);
  shell.body = std::move(page.out);
  page.out.clear();
  shell.data = page_data(page);
  return document_of(shell);
}

}  // namespace

std::string write_html(const Report& report, const HtmlOptions& options) {
  std::string page;
  for (const PageLimits& limits : kLadder) {
    page = page_within(report, options, limits);
    if (page.size() <= options.most_bytes) {
      break;
    }
  }
  return page;
}

}  // namespace shaketable::reports
