#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/page.h"

namespace shaketable::reports {
namespace {

constexpr std::size_t kMostCauses = 40;  // Rows of each table about them.

using engine::Cascade;
using engine::CascadeStep;
using engine::kNone;

std::string words_of(engine::Mechanism mechanism) {
  std::string words = engine::name_of(mechanism);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string moment_or(engine::Instant at, const char* never) {
  return at == proxy::kNever ? std::string(never) : time_link(at);
}

// "412 timeouts at 61.0 s on checkout -> payment".
std::string evidence_of(const Page& page, const CascadeStep& step) {
  std::string text;
  for (const engine::Evidence& it : step.evidence) {
    text += "<li>" + safe(words_of(it.mechanism), 40) + ": " + safe(it.text, 240);
    if (it.caller != kNone && it.service != kNone) {
      const std::string edge = engine::edge_name(page.report.scenario, it.caller, it.service);
      text += it.text.starts_with(edge) ? std::string() : " on " + safe(edge, 100);
    }
    text += ", first at " + time_link(it.at) + "</li>";
  }
  return text.empty() ? text : "<ul class=\"small\">" + text + "</ul>";
}

void roots(Page& page, const Cascade& cascade) {
  Table table{.caption =
                  "Where trouble began, how far it went, and how long it took to be seen, to "
                  "be acted on, and to be over. Times behind the beginning in brackets.",
              .heads = {"Root cause", "Began", "Blast radius", "Seen", "First policy acted",
                        "Ended", "All recovered"}};
  const std::size_t all = page.report.scenario.mesh.services.size();
  const auto after = [](engine::Instant at, engine::Instant from) {
    return at == proxy::kNever ? std::string()
           : at <= from
               ? std::string(" <span class=\"dim\">(at once)</span>")
               : " <span class=\"dim\">(" + engine::format_duration(at - from) + ")</span>";
  };
  for (const engine::RootCause& root : cascade.roots) {
    if (table.rows.size() == kMostCauses) {
      break;
    }
    table.rows.push_back(
        {safe(root.text, 400), time_link(root.at),
         std::to_string(root.services) + " of " + std::to_string(all) + " services",
         moment_or(root.seen, "not seen") + after(root.seen, root.at),
         moment_or(root.acted, "none acted") + after(root.acted, root.at),
         moment_or(root.ended, "not within the run"),
         moment_or(root.recovered, "not within the run") + after(root.recovered, root.at)});
  }
  if (!table.rows.empty()) {
    page.out += markup_of(table);
  }
  if (table.rows.size() < cascade.roots.size()) {
    page.leave_out(std::to_string(cascade.roots.size() - table.rows.size()) +
                   " more root causes are in the JSON result.");
  }
}

void steps(Page& page, const Cascade& cascade) {
  constexpr std::size_t kMostSteps = 60;
  if (cascade.steps.empty()) {
    return;
  }
  page.out += "<h3>How the trouble travelled</h3>\n<ol class=\"story causes\">\n";
  for (std::size_t i = 0; i < cascade.steps.size() && i < kMostSteps; ++i) {
    const CascadeStep& step = cascade.steps[i];
    page.out +=
        std::string("<li class=\"") + (step.parent == kNone ? "begin" : "bad") + " depth" +
        std::to_string(std::min<std::uint32_t>(step.depth, 6)) + "\"><span class=\"t\">" +
        time_link(page.report.scenario, step.at, step.service) + "</span> <b>" +
        service_link(page.report.scenario, step.service) + "</b> " + safe(step.text, 400) +
        " <span class=\"tag\">" + safe(words_of(step.mechanism), 40) + "</span>" +
        (step.until == proxy::kNever
             ? std::string(" <span class=\"dim\">not back when the run ended</span>")
             : " <span class=\"dim\">until " + engine::format_instant(step.until) + "</span>") +
        evidence_of(page, step) + "</li>\n";
  }
  page.out += "</ol>\n";
  const std::uint64_t more =
      cascade.left_out +
      (cascade.steps.size() > kMostSteps ? cascade.steps.size() - kMostSteps : 0);
  if (more > 0) {
    page.leave_out(engine::format_count(more) +
                   " more steps of the cascade are in the JSON result.");
  }
}

void reasons(Page& page, const Cascade& cascade) {
  constexpr std::size_t kMostRows = 40;
  if (cascade.why.empty()) {
    return;
  }
  Table table{.caption = "For each service that left its normal state, the way back to the root.",
              .heads = {"Why is this red?", "Because"},
              .name = "reasons"};
  for (std::size_t i = 0; i < cascade.why.size() && i < kMostRows; ++i) {
    table.rows.push_back({service_link(page.report.scenario, cascade.why[i].service),
                          safe(cascade.why[i].text, 700)});
  }
  page.out += markup_of(table);
  if (cascade.why.size() > kMostRows) {
    page.leave_out(std::to_string(cascade.why.size() - kMostRows) +
                   " more services have such a way back.");
  }
}

void amplification(Page& page, const Cascade& cascade) {
  constexpr std::size_t kMostRows = 40;
  if (cascade.amplification.empty()) {
    return;
  }
  const auto factor = [](std::int64_t ppm) {
    return keyed(ppm, engine::format_millionths(ppm, 2) + "&times;");
  };
  page.out += "<h3>Load that retries added</h3>\n";
  if (!cascade.worst_path.services.empty()) {
    std::string path;
    for (const engine::ServiceIndex service : cascade.worst_path.services) {
      path += (path.empty() ? "" : " &rarr; ") + service_link(page.report.scenario, service);
    }
    page.out += "<p>On the worst path the factors multiply to <b>" +
                engine::format_millionths(cascade.worst_path.product_ppm, 2) + "&times;</b> at " +
                time_link(cascade.worst_path.at) + ": " + path + ".</p>\n";
  }
  Table table{.caption = "Attempts for each request, edge by edge.",
              .heads = {"Call", "Requests", "Attempts", "Whole run", "Before the first fault",
                        "Worst bucket", "At"},
              .numbers_from = 1,
              .numbers_to = 6,
              .name = "retry amplification"};
  for (std::size_t i = 0; i < cascade.amplification.size() && i < kMostRows; ++i) {
    const engine::EdgeAmplification& it = cascade.amplification[i];
    const std::int64_t overall =
        it.requests == 0 ? 0
                         : static_cast<std::int64_t>(static_cast<__int128>(it.attempts) *
                                                     1'000'000 / it.requests);
    table.rows.push_back({safe(engine::edge_name(page.report.scenario, it.caller, it.service), 120),
                          engine::format_count(it.requests), engine::format_count(it.attempts),
                          factor(overall), factor(it.normal_ppm), factor(it.worst_ppm),
                          time_link(it.worst_at)});
  }
  page.out += markup_of(table);
}

void loops(Page& page) {
  const auto& all = page.report.verdict.analysis.metastability;
  if (all.empty()) {
    return;
  }
  page.out += "<h3>Did it outlive its trigger?</h3>\n";
  Table table{.caption =
                  "For each trigger that ended while some of its services were still out of "
                  "their normal state. What would have saved them is an estimate.",
              .heads = {"Trigger", "Ended", "Bad until", "Sustained", "Loop", "Offered",
                        "First tries", "Capacity"},
              .numbers_from = 5,
              .numbers_to = 8};
  const auto& causes = page.report.verdict.analysis.cascade.roots;
  std::string words;
  for (const engine::Metastability& it : all) {
    if (table.rows.size() == kMostCauses) {
      break;
    }
    std::string loop = engine::name_of(it.loop);
    std::replace(loop.begin(), loop.end(), '_', ' ');
    if (it.service != kNone) {
      loop += " at " + engine::service_name(page.report.scenario, it.service);
    }
    const auto rate = [](std::int64_t value) {
      return value > 0 ? keyed(value, engine::format_rate(value)) : std::string("-");
    };
    words += "<li>" + safe(it.text, 700) + ".</li>\n";
    table.rows.push_back(
        {it.root < causes.size() ? safe(causes[it.root].text, 200) : "-",
         time_link(it.trigger_ended), moment_or(it.bad_until, "the end"),
         it.sustained ? marked(Tone::kFailing, "sustained") : marked(Tone::kHealthy, "no"),
         safe(loop, 100), rate(it.offered), rate(it.first_tries), rate(it.capacity)});
  }
  page.out += "<ul class=\"words\">\n" + words + "</ul>\n" + markup_of(table);
  if (table.rows.size() < all.size()) {
    page.leave_out(std::to_string(all.size() - table.rows.size()) +
                   " more triggers are in the JSON result.");
  }
}

}  // namespace

void write_cascade(Page& page) {
  const Cascade& cascade = page.report.verdict.analysis.cascade;
  const bool is_empty = cascade.steps.empty() && cascade.coincidences.empty() &&
                        cascade.amplification.empty() && cascade.headline.empty() &&
                        page.report.verdict.analysis.metastability.empty();
  if (is_empty) {
    return;
  }
  page.out += begin_section("cascade", "Why it happened");
  if (!cascade.headline.empty()) {
    page.out += "<p class=\"lead\">" + safe(cascade.headline, 900) + "</p>\n";
  }
  roots(page, cascade);
  steps(page, cascade);
  reasons(page, cascade);
  std::size_t told = 0;
  for (const engine::Coincidence& it : cascade.coincidences) {
    if (told++ == kMostCauses) {
      page.leave_out(std::to_string(cascade.coincidences.size() - kMostCauses) +
                     " more faults that explain nothing are in the JSON result.");
      break;
    }
    page.out +=
        "<p>" +
        (it.is_remedy ? marked(Tone::kHealthy, "remedy") : marked(Tone::kNoData, "no cause")) +
        ' ' + time_link(it.at) + ' ' + safe(it.text, 400) + "</p>\n";
  }
  amplification(page, cascade);
  loops(page);
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
