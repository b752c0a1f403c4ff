#include <algorithm>
#include <utility>
#include <variant>

#include "engine/judge/decimal.h"
#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/analysis_rows.h"
#include "reports/html/page.h"
#include "reports/model_hash.h"
#include "reports/replication_rows.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::ExpectationState;
using engine::ExpectationVerdict;
using engine::Instant;

std::string broken_sentence(const std::vector<ExpectationVerdict>& all) {
  std::string text;
  std::size_t named = 0;
  std::size_t broken = 0;
  for (const ExpectationVerdict& it : all) {
    if (engine::is_fine(it.state)) {
      continue;
    }
    ++broken;
    if (named < 2) {
      text += (named == 0 ? "" : "; ") + it.text + " (" + wanted_and_got(it) + ')';
      ++named;
    }
  }
  if (broken > named) {
    text += "; and " + std::to_string(broken - named) + " more";
  }
  return text;
}

// A sentence of the summary and what it is about.
struct SummaryLine {
  const char* label = "";
  std::string text;  // Empty: not shown.
};

// First line: what did not hold. The headline above has said how many did.
SummaryLine answer_line(const Page& page) {
  const auto& all = page.report.verdict.expectations;
  if (all.empty()) {
    return {"Expected", "The scenario expects nothing, so nothing could fail."};
  }
  if (std::string broken = broken_sentence(all); !broken.empty()) {
    return {"Not as expected", std::move(broken) + '.'};
  }
  const auto is_known = [](const ExpectationVerdict& it) {
    return it.state == ExpectationState::kKnownFailure;
  };
  const auto known = std::find_if(all.begin(), all.end(), is_known);
  if (known == all.end()) {
    return {};
  }
  const auto more = std::count_if(known, all.end(), is_known) - 1;
  return {more == 0 ? "Known failure" : "Known failures",
          known->text + " (" + wanted_and_got(*known) + ")" +
              (more == 0 ? "." : "; and " + std::to_string(more) + " more.")};
}

// Where no service left its normal state: what was tried.
std::string tried_line(const Report& report) {
  if (report.scenario.faults.empty()) {
    return "No fault was injected; " + std::to_string(report.scenario.mesh.services.size()) +
           " services were watched under load.";
  }
  const std::vector<engine::Fault>& faults = report.scenario.faults;
  std::string text = "Fault " + engine::fault_name(report.scenario, 0) + " (" +
                     engine::fault_words(report.scenario, 0) + ", from " +
                     engine::format_instant(faults.front().at) + ")";
  if (faults.size() > 1) {
    text += " and " + std::to_string(faults.size() - 1) + " more";
  }
  return text + ": no service left its normal state.";
}

// How it ended.
std::string recovery_line(const Page& page) {
  const Report& report = page.report;
  std::size_t left = 0;
  std::string out_still;
  std::size_t still = 0;
  Instant last = proxy::kStart;
  for (const engine::ServiceHealth& health : report.verdict.health) {
    if (!health.left()) {
      continue;
    }
    ++left;
    if (health.is_back()) {
      last = std::max(last, health.episodes.back().to);
    } else if (++still <= 4) {
      out_still += (still == 1 ? "" : ", ") + engine::service_name(report.scenario, health.service);
    }
  }
  if (left == 0) {
    return "Every service stayed in its normal state.";
  }
  if (still > 0) {
    return std::to_string(still) + (still == 1 ? " service was" : " services were") +
           " not back to normal when the run ended: " + out_still +
           (still > 4 ? " and " + std::to_string(still - 4) + " more." : ".");
  }
  std::string text = std::to_string(left) + (left == 1 ? " service" : " services") +
                     " left the normal state; all were back at " + engine::format_instant(last);
  Instant fault_end = proxy::kStart;
  for (const engine::Fault& fault : report.scenario.faults) {
    const Instant end = engine::end_of_fault(fault);
    fault_end = end <= last ? std::max(fault_end, end) : fault_end;
  }
  if (fault_end > proxy::kStart && last > fault_end) {
    text += ", " + engine::format_duration(last - fault_end) + " after the last fault ended";
  }
  return text + '.';
}

// Second line: the cause and how far its trouble went.
SummaryLine cause_line(const Page& page) {
  const std::string& headline = page.report.verdict.analysis.cascade.headline;
  if (headline.empty()) {
    return {"Tried", tried_line(page.report)};
  }
  return {why_label(page.report), headline + '.'};
}

// Third line: what kept the trouble alive, who is still out, or what the policies did about it.
SummaryLine ending_line(const Page& page) {
  const engine::Analysis& analysis = page.report.verdict.analysis;
  for (const engine::Metastability& it : analysis.metastability) {
    if (it.sustained) {
      return {"Afterwards", it.text + '.'};
    }
  }
  const auto& health = page.report.verdict.health;
  const bool all_back = std::all_of(health.begin(), health.end(),
                                    [](const auto& it) { return !it.left() || it.is_back(); });
  if (all_back && !analysis.lanes.effects.empty()) {
    return {"Policies", analysis.lanes.effects.front().text + '.'};
  }
  return {"In the end", recovery_line(page)};
}

void tile(Page& page, const char* name, const std::string& value, const std::string& more) {
  page.out += std::string("<div><dt>") + name + "</dt><dd>" + safe(value, 40) + "<small>" +
              safe(more, 90) + "</small></dd></div>";
}

void tiles(Page& page) {
  const Report& report = page.report;
  const engine::WindowTotals clients = client_totals_of(report.record);
  page.out += "<dl class=\"tiles\">";
  if (clients.count > 0) {
    const std::uint64_t errors = engine::errors_of(clients.outcomes);
    tile(page, "Requests of clients", engine::format_count(clients.count),
         engine::format_count(errors) + " failed");
    tile(page, "Success",
         engine::format_ppm(engine::share_in_ppm(clients.count - errors, clients.count)),
         "as clients saw it");
    tile(page, "p99 of clients", engine::format_duration(clients.latency.percentile(990'000)),
         "median " + engine::format_duration(clients.latency.percentile(500'000)));
  }
  std::size_t left = 0;
  for (const engine::ServiceHealth& health : report.verdict.health) {
    left += health.left() ? 1 : 0;
  }
  tile(page, "Services affected",
       std::to_string(left) + " of " + std::to_string(report.scenario.mesh.services.size()),
       "left their normal state");
  std::uint64_t retries = 0;
  for (const engine::GoldenSignals& signals : report.verdict.signals) {
    retries += signals.retries;
  }
  tile(page, "Retries", engine::format_count(retries),
       "over " + engine::format_count(report.record.statistics.hops) + " hops");
  page.out += "</dl>\n";
}

}  // namespace

void write_verdict(Page& page) {
  const Report& report = page.report;
  const bool is_worse = report.comparison != nullptr && report.comparison->is_regression();
  const bool good = passed_over_seeds(report) && !is_worse;
  page.out += std::string("<header id=\"summary\" class=\"verdict ") +
              (good ? "passed" : "failed") + "\">\n<h1><span class=\"sign\" aria-hidden=\"true\">" +
              (good ? "&#10003;" : "&#10007;") + "</span> <span>" +
              safe(is_worse ? report.comparison->headline : headline_over_seeds(report), 600) +
              "</span></h1>\n<p class=\"run\">" + safe(run_line(report), 600) +
              "</p>\n<ul class=\"summary\">";
  if (is_worse) {
    page.out += "<li>" + safe(headline_over_seeds(report), 600) + "</li>";
  } else if (report.comparison != nullptr) {
    page.out += "<li>Against " + safe(report.comparison->before, 200) + ": " +
                safe(report.comparison->headline, 400) + "</li>";
  }
  if (report.replications != nullptr) {
    page.out += "<li>What follows is seed " + std::to_string(report.record.seed) +
                " alone: " + safe(report.verdict.headline, 400) + "</li>";
  }
  for (const SummaryLine& line : {answer_line(page), cause_line(page), ending_line(page)}) {
    if (!line.text.empty()) {
      page.out += std::string("<li><b>") + line.label + ":</b> " + safe(line.text, 700) + "</li>";
    }
  }
  page.out += "</ul></header>\n";
  tiles(page);
  if (!page.report.scenario.about.empty()) {
    page.out += "<p class=\"about\">" + safe(page.report.scenario.about, 900) + "</p>\n";
  }
}

namespace {

std::string margin_cell(const ExpectationVerdict& it) {
  if (!it.margin) {
    return "-";
  }
  const std::int64_t size = *it.margin < 0 ? -*it.margin : *it.margin;
  std::string text = it.unit == "ns"                 ? engine::format_duration(size)
                     : it.unit == "micro_per_second" ? engine::format_rate(size)
                     : it.unit == "ppm" ? engine::format_decimal(size * 100, 2) + " points"
                     : it.unit == "millionths"
                         ? engine::format_decimal(size, 2)
                         : engine::format_count(static_cast<std::uint64_t>(size));
  return (*it.margin < 0 ? "&minus;" : "+") + safe(text);
}

// A line may end behind each slash of a path.
std::string broken_at_slashes(std::string path) {
  for (std::size_t at = path.find('/'); at != std::string::npos; at = path.find('/', at + 1)) {
    path.insert(at + 1, "<wbr>");
    at += 5;
  }
  return path;
}

// A recovery that came too late was due before it came.
std::string violated_cell(const Page& page, const ExpectationVerdict& it) {
  const auto& asked = page.report.scenario.expectations;
  const auto place = static_cast<std::size_t>(&it - page.report.verdict.expectations.data());
  if (it.state == ExpectationState::kHeld || !it.when) {
    return "-";
  }
  if (place < asked.size() &&
      std::holds_alternative<engine::RecoveryExpectation>(asked[place].what) && *it.when > it.to) {
    return "not back by " + time_link(it.to);
  }
  return "first at " + time_link(*it.when);
}

std::string evidence_of(const ExpectationVerdict& it) {
  std::string text;
  for (const std::string& sentence : it.evidence) {
    text += "<li>" + safe(sentence, 400) + "</li>";
  }
  return text.empty() ? text : "<ul class=\"small\">" + text + "</ul>";
}

// Of very many those that are not as wanted come first.
std::vector<const ExpectationVerdict*> rows_of(const Page& page) {
  std::vector<const ExpectationVerdict*> rows;
  for (const ExpectationVerdict& it : page.report.verdict.expectations) {
    rows.push_back(&it);
  }
  if (rows.size() > page.limits.expectation_rows) {
    std::stable_partition(rows.begin(), rows.end(),
                          [](const auto* it) { return !engine::is_fine(it->state); });
    rows.resize(page.limits.expectation_rows);
  }
  return rows;
}

}  // namespace

void write_expectations(Page& page) {
  page.out += begin_section("expectations", "Expectations");
  if (page.report.verdict.expectations.empty()) {
    page.out += "<p>The scenario expects nothing.</p>\n</section>\n";
    return;
  }
  Table table{
      .caption =
          "Each expectation with its target, what was measured, and the room that is "
          "left (negative: missed by so much).",
      .heads = {"Expectation", "Result", "Target", "Got", "Margin", "Violated", "Where and when"},
      .numbers_from = 4,
      .numbers_to = 5,
      .name = "expectations"};
  for (const ExpectationVerdict* const row : rows_of(page)) {
    const ExpectationVerdict& it = *row;
    std::string source;
    if (it.mark.line > 0) {
      source = "<span class=\"src\">" + broken_at_slashes(safe(it.mark.file, 120)) + ":" +
               std::to_string(it.mark.line) + "</span>";
    }
    table.rows.push_back({safe(it.text, 400) + source, marked(it.state), safe(it.wanted),
                          safe(it.got) + evidence_of(it), margin_cell(it), violated_cell(page, it),
                          safe(where_and_when(it))});
  }
  page.out += markup_of(table);
  if (table.rows.size() < page.report.verdict.expectations.size()) {
    page.leave_out(std::to_string(page.report.verdict.expectations.size() - table.rows.size()) +
                   " more expectations are in the JSON result; those that are not as wanted stand "
                   "here first.");
  }
  page.out += "</section>\n";
}

void write_reproduction(Page& page) {
  const Report& report = page.report;
  const engine::RunStatistics& statistics = report.record.statistics;
  page.out += begin_section("again", "Repeat this run");
  if (!report.command.empty()) {
    page.out += "<pre data-copy=\"1\">" + safe(report.command, 4'000) + "</pre>\n";
  }
  page.out += "<dl class=\"facts\">";
  const auto fact = [&page](const char* name, const std::string& value) {
    page.out += std::string("<dt>") + name + "</dt><dd>" + safe(value, 400) + "</dd>";
  };
  fact("Program", std::string("shaketable ") + kVersion);
  fact("Scenario", report.scenario.file);
  fact("Seed", std::to_string(report.record.seed));
  if (report.source != nullptr) {
    fact("Hash of the model (SHA-256 of its files and --set)", model_hash(*report.source));
  }
  fact("Fingerprint of the run", hexadecimal_of(report.record.fingerprint));
  fact("Simulated",
       engine::format_duration(proxy::nanoseconds_of(report.record.ended)) +
           (report.scenario.run.warm_up.count() > 0
                ? ", the first " + engine::format_duration(report.scenario.run.warm_up) +
                      " of it warm-up"
                : ""));
  fact("Work", engine::format_count(statistics.events) + " events, " +
                   engine::format_count(statistics.requests) + " requests, " +
                   engine::format_count(statistics.hops) + " hops; at most " +
                   engine::format_count(statistics.peak_in_flight) + " in flight, " +
                   engine::format_count(statistics.in_flight_at_end) + " left at the end");
  page.out +=
      "</dl>\n<p class=\"note\">The same version, scenario and seed give the same "
      "fingerprint on any machine.</p>\n</section>\n";
}

}  // namespace shaketable::reports
