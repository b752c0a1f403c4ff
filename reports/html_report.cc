#include "reports/html_report.h"

#include <algorithm>
#include <vector>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/rows.h"
#include "reports/sha256.h"

namespace shaketable::reports {
namespace {

constexpr std::size_t kLongestText = 600;  // Bytes of one cell; files may hold anything.

std::string safe(const std::string& text) { return for_html(shortened(text, kLongestText)); }

class Page {
 public:
  Page(const Report& report, const HtmlLimits& limits) : report_(report), limits_(limits) {}

  std::string write() {
    head();
    verdict();
    expectations();
    topology();
    services();
    story();
    spread();
    charts();
    calls();
    explanations();
    footer();
    return std::move(out_);
  }

 private:
  void title(const char* id, const char* text) {
    out_ += std::string("<h2 id=\"") + id + "\">" + text + "</h2>\n";
  }

  void head() {
    out_ =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
        "'sha256-" +
        base64(sha256(html_style())) +
        "'; base-uri 'none'; form-action 'none'\">\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>" +
        safe(report_.scenario.name) + ": " + (report_.verdict.passed ? "passed" : "failed") +
        "</title>\n<style>" + html_style() + "</style>\n</head>\n<body>\n";
  }

  void verdict() {
    const engine::Verdict& verdict = report_.verdict;
    out_ += std::string("<header class=\"verdict ") + (verdict.passed ? "passed" : "failed") +
            "\">\n<h1><span aria-hidden=\"true\">" + (verdict.passed ? "&#10003;" : "&#10007;") +
            "</span> " + safe(verdict.headline) + "</h1>\n<p>" + safe(run_line(report_)) +
            "</p>\n</header>\n";
    if (!report_.scenario.about.empty()) {
      out_ += "<p class=\"about\">" + safe(report_.scenario.about) + "</p>\n";
    }
    out_ +=
        "<nav aria-label=\"Sections\"><a href=\"#expectations\">Expectations</a> "
        "<a href=\"#topology\">Topology</a> <a href=\"#services\">Services</a> "
        "<a href=\"#story\">What happened</a> <a href=\"#charts\">Over time</a> "
        "<a href=\"#calls\">Calls</a> <a href=\"#again\">Repeat this run</a></nav>\n";
  }

  void expectations() {
    title("expectations", "Expectations");
    if (report_.verdict.expectations.empty()) {
      out_ += "<p>The scenario expects nothing.</p>\n";
      return;
    }
    HtmlTable table;
    table.heads = {"expectation", "result", "wanted", "got", "where and when"};
    for (const engine::ExpectationVerdict& it : report_.verdict.expectations) {
      std::string evidence;
      for (const std::string& sentence : it.evidence) {
        evidence += "<li>" + safe(sentence) + "</li>";
      }
      std::string source;
      if (it.mark.line > 0) {
        source = "<br><span class=\"dim\">" + safe(it.mark.file) + ":" +
                 std::to_string(it.mark.line) + "</span>";
      }
      table.rows.push_back(
          {safe(it.text) + source, html_state(it.state), safe(it.wanted),
           safe(it.got) + (evidence.empty() ? "" : "<ul class=\"small\">" + evidence + "</ul>"),
           safe(where_and_when(it))});
    }
    out_ += html_table(table);
  }

  void topology() {
    title("topology", "Topology");
    if (report_.verdict.signals.empty()) {
      out_ += "<p>The mesh has no services.</p>\n";
      return;
    }
    out_ += html_topology(report_, limits_.drawn_services);
  }

  [[nodiscard]] bool is_charted(engine::ServiceIndex service) const {
    return std::binary_search(charted_.begin(), charted_.end(), service);
  }

  void services() {
    charted_ = by_importance(report_);
    if (charted_.size() > limits_.all_charted) {
      charted_.resize(limits_.charted_services);
    }
    std::sort(charted_.begin(), charted_.end());
    title("services", "Services");
    HtmlTable table;
    table.caption =
        "Seen by the services themselves, " +
        engine::format_span(report_.verdict.measured.from,
                            std::min(report_.verdict.measured.to, report_.record.ended)) +
        " of the run. Retries are attempts of all callers beyond the first.";
    table.heads = signal_heads();
    table.numbers_to = table.heads.size() - 1;
    for (const engine::GoldenSignals& signals : report_.verdict.signals) {
      std::vector<std::string> cells = signal_cells(report_, signals);
      for (std::string& cell : cells) {
        cell = safe(cell);
      }
      const std::string anchor = "service-" + std::to_string(signals.service);
      cells.front() = is_charted(signals.service)
                          ? "<a href=\"#" + anchor + "\">" + cells.front() + "</a>"
                          : "<span id=\"" + anchor + "\">" + cells.front() + "</span>";
      cells.back() = html_state(signals.worst);
      table.rows.push_back(std::move(cells));
    }
    out_ += html_table(table);
  }

  void story() {
    title("story", "What happened");
    if (report_.verdict.story.empty()) {
      out_ += "<p>Nothing out of the ordinary.</p>\n";
      return;
    }
    HtmlTable table;
    table.heads = {"time", "event"};
    for (const engine::StoryLine& line : report_.verdict.story) {
      table.rows.push_back({"<span class=\"when\">" + engine::format_instant(line.at) + "</span>",
                            safe(story_text(line))});
    }
    out_ += html_table(table);
    if (report_.verdict.story_left_out > 0) {
      out_ += "<p class=\"dim\">" + left_out_text(report_.verdict.story_left_out) +
              "; the JSON result has all events.</p>\n";
    }
  }

  void spread() {
    if (report_.verdict.spread.empty()) {
      return;
    }
    title("spread", "How far it spread, and how it recovered");
    constexpr std::size_t kMostNames = 30;
    out_ += "<ul>\n";
    for (const engine::Spread& spread : report_.verdict.spread) {
      out_ += "<li><b>" + safe(engine::fault_name(report_.scenario, spread.fault)) +
              "</b>: " + safe(spread_text(report_, spread, kMostNames)) + "</li>\n";
    }
    out_ += "</ul>\n";
    HtmlTable table;
    table.heads = {"service", "recovery"};
    for (const engine::ServiceHealth& health : report_.verdict.health) {
      if (health.left()) {
        table.rows.push_back({safe(engine::service_name(report_.scenario, health.service)),
                              safe(recovery_text(health))});
      }
    }
    if (!table.rows.empty()) {
      out_ += html_table(table);
    }
  }

  void charts() {
    title("charts", "Over time");
    const std::size_t all = report_.verdict.signals.size();
    if (charted_.size() < all) {
      out_ += "<p class=\"dim\">Charts of the " + std::to_string(charted_.size()) +
              " services with the most to tell, of " + std::to_string(all) +
              ". All are in the table above and in the JSON result.</p>\n";
    }
    out_ +=
        "<p class=\"dim\">Shaded: faults. Long runs are summed to at most 240 points, of "
        "latencies the worst is kept.</p>\n";
    for (const engine::ServiceIndex service : charted_) {
      out_ += html_service_charts(report_, service);
    }
  }

  void calls() {
    std::vector<const engine::Series*> edges;
    for (const engine::Series& series : report_.record.series) {
      if (series.subject.kind == engine::Subject::Kind::kEdge) {
        edges.push_back(&series);
      }
    }
    if (edges.empty()) {
      return;
    }
    std::stable_sort(
        edges.begin(), edges.end(), [](const engine::Series* left, const engine::Series* right) {
          return engine::errors_of(left->total.outcomes) > engine::errors_of(right->total.outcomes);
        });
    title("calls", "Calls");
    HtmlTable table;
    table.caption = "Seen by the callers, after their retries; most errors first";
    table.heads = {"call", "requests", "success", "p50", "p99", "retries"};
    table.numbers_to = table.heads.size();
    for (std::size_t i = 0; i < edges.size() && i < limits_.edges; ++i) {
      table.rows.push_back(call_row(*edges[i]));
    }
    out_ += html_table(table);
    if (edges.size() > limits_.edges) {
      out_ += "<p class=\"dim\">" + std::to_string(edges.size() - limits_.edges) +
              " more calls with fewer errors are in the JSON result.</p>\n";
    }
  }

  [[nodiscard]] std::vector<std::string> call_row(const engine::Series& series) const {
    const engine::WindowTotals& total = series.total;
    const bool any = total.count > 0;
    return {
        safe(engine::edge_name(report_.scenario, series.subject.caller, series.subject.service)),
        engine::format_count(total.count),
        any ? engine::format_ppm(engine::share_in_ppm(
                  total.count - engine::errors_of(total.outcomes), total.count))
            : "-",
        any ? engine::format_duration(total.latency.percentile(500'000)) : "-",
        any ? engine::format_duration(total.latency.percentile(990'000)) : "-",
        engine::format_count(total.retries)};
  }

  void explanations() {
    constexpr std::size_t kMost = 100;
    const auto& all = report_.record.explanations;
    if (all.empty()) {
      return;
    }
    title("explanations", "What did not act, and why");
    out_ += "<ul>\n";
    for (std::size_t i = 0; i < all.size() && i < kMost; ++i) {
      out_ += "<li>" + safe(explanation_text(report_, all[i])) + "</li>\n";
    }
    out_ += "</ul>\n";
    if (all.size() > kMost) {
      out_ += "<p class=\"dim\">" + std::to_string(all.size() - kMost) + " more.</p>\n";
    }
  }

  void footer() {
    title("again", "Repeat this run");
    if (!report_.command.empty()) {
      out_ += "<pre>" + for_html(for_terminal(report_.command)) + "</pre>\n";
    }
    const engine::RunStatistics& statistics = report_.record.statistics;
    out_ += "<p class=\"dim\">shaketable " + std::string(kVersion) + ", seed " +
            std::to_string(report_.record.seed) + ", fingerprint " +
            hexadecimal_of(report_.record.fingerprint) + ", " +
            engine::format_count(statistics.events) + " events, " +
            engine::format_count(statistics.requests) + " requests, " +
            engine::format_count(statistics.hops) +
            " hops. The same version, scenario and seed give the same result.</p>\n"
            "</body>\n</html>\n";
  }

  const Report& report_;
  const HtmlLimits& limits_;
  std::vector<engine::ServiceIndex> charted_;
  std::string out_;
};

}  // namespace

std::string html_report(const Report& report, const HtmlLimits& limits) {
  return Page(report, limits).write();
}

}  // namespace shaketable::reports
