#include "reports/markdown_report.h"

#include <algorithm>
#include <vector>

#include "engine/judge/comparison.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/analysis_rows.h"
#include "reports/escape.h"
#include "reports/replication_rows.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

constexpr std::size_t kMostServices = 50;
constexpr std::size_t kLongestCell = 200;

std::string cell(const std::string& text) { return for_markdown(shortened(text, kLongestCell)); }

void add_row(std::string& out, const std::vector<std::string>& cells) {
  out += '|';
  for (const std::string& text : cells) {
    out += ' ' + cell(text) + " |";
  }
  out += '\n';
}

void add_expectations(const Report& report, std::string& out) {
  if (report.verdict.expectations.empty()) {
    return;
  }
  out += "\n| | expectation | wanted | got | where |\n| --- | --- | --- | --- | --- |\n";
  for (const engine::ExpectationVerdict& it : report.verdict.expectations) {
    std::string got = it.got;
    if (it.state != engine::ExpectationState::kHeld) {
      for (const std::string& sentence : it.evidence) {
        got += "; " + sentence;
      }
    }
    add_row(out, {long_name(it.state), it.text, it.wanted, got, where_and_when(it)});
  }
}

void add_services(const Report& report, std::string& out) {
  std::vector<engine::ServiceIndex> chosen = by_importance(report);
  const std::size_t all = chosen.size();
  chosen.resize(std::min(all, kMostServices));
  std::sort(chosen.begin(), chosen.end());
  out += "\n## Services\n\n";
  add_row(out, signal_heads());
  out += "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | --- |\n";
  for (const engine::ServiceIndex service : chosen) {
    add_row(out, signal_cells(report, report.verdict.signals[service]));
  }
  if (all > chosen.size()) {
    out += "\n" + std::to_string(all - chosen.size()) + " more services with less to tell.\n";
  }
  if (const std::string silence = unanswered_text(report); !silence.empty()) {
    out += "\n" + silence + ".\n";
  }
}

void add_story(const Report& report, std::string& out) {
  if (report.verdict.story.empty()) {
    return;
  }
  out += "\n## What happened\n\n";
  for (const engine::StoryLine& line : report.verdict.story) {
    out += "- " + engine::format_instant(line.at) + ": " + for_markdown(story_text(line)) + '\n';
  }
  if (report.verdict.story_left_out > 0) {
    out += "\n" + left_out_text(report.verdict.story_left_out) + ".\n";
  }
}

void add_analysis(const Report& report, std::string& out) {
  for (const AnalysisSection& section : analysis_sections(report)) {
    out += "\n## " + section.title + "\n\n";
    for (const AnalysisLine& line : section.lines) {
      out += std::string(2 * line.depth, ' ') + "- " + for_markdown(line.text) + '\n';
    }
  }
}

void add_recovery(const Report& report, std::string& out) {
  std::size_t told = 0;
  for (const engine::ServiceHealth& health : report.verdict.health) {
    if (!health.left() || told++ >= kMostServices) {
      continue;
    }
    out += told == 1 ? "\n## How it recovered\n\n" : "";
    out += "- service " + for_markdown(engine::service_name(report.scenario, health.service)) +
           ": " + for_markdown(recovery_text(health)) + '\n';
  }
}

void add_replications(const Report& report, std::string& out) {
  const engine::Replications& all = *report.replications;
  out += for_markdown(seeds_text(all)) +
         "\n\n| | expectation | over all seeds |\n| --- | --- | --- |\n";
  for (std::size_t i = 0; i < all.expectations.size(); ++i) {
    const engine::ReplicatedExpectation& it = all.expectations[i];
    const engine::ExpectationVerdict& verdict = report.verdict.expectations[i];
    add_row(out, {(it.passed ? "held " : "NOT HELD ") + held_of(it), verdict.text,
                  replicated_text(it, verdict.unit)});
  }
}

void add_baseline(const engine::RunComparison& comparison, std::string& out) {
  out += "Against " + for_markdown(comparison.before) + ": **" + for_markdown(comparison.headline) +
         "**\n";
  for (const engine::Regression& it : comparison.regressions) {
    out += "- WORSE: " + for_markdown(it.what + ": " + it.text) + '\n';
  }
  out += '\n';
}

// A command may hold backticks; the fence is longer than any run of them.
std::string fenced(const std::string& text) {
  const std::string safe = for_terminal(text);
  std::size_t longest = 2;
  std::size_t run = 0;
  for (const char c : safe) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(longest + 1, '`');
  return fence + '\n' + safe + '\n' + fence + '\n';
}

}  // namespace

std::string markdown_report(const Report& report) {
  const bool many = report.replications != nullptr;
  std::string out = "# " + for_markdown(headline_over_seeds(report)) + "\n\n";
  if (report.comparison != nullptr) {
    add_baseline(*report.comparison, out);
  }
  if (many) {
    add_replications(report, out);
    out += "\n## Seed " + std::to_string(report.record.seed) +
           " alone: " + for_markdown(report.verdict.headline) + "\n\n";
  }
  out += "Scenario " + for_markdown(run_line(report)) + '\n';
  if (const std::string why = why_line(report); !why.empty()) {
    out += '\n' + for_markdown(why) + '\n';
  }
  if (!report.scenario.about.empty()) {
    out += "\nAbout: " + for_markdown(report.scenario.about) + '\n';
  }
  add_expectations(report, out);
  add_services(report, out);
  add_story(report, out);
  add_analysis(report, out);
  add_recovery(report, out);
  out += "\nFingerprint `" + hexadecimal_of(report.record.fingerprint) + "`.\n";
  if (!report.command.empty()) {
    out += "\n" + fenced(report.command);
  }
  return out;
}

}  // namespace shaketable::reports
