#include "reports/html/comparison_page.h"

#include <algorithm>
#include <array>
#include <set>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/comparison_rows.h"
#include "reports/html/comparison_section.h"
#include "reports/html/page.h"
#include "reports/html/page_data.h"
#include "reports/html/shell.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::Delta;
using engine::RunComparison;
using engine::Series;
using engine::ServiceIndex;
using engine::SignalSummary;
using engine::Subject;

// "intervals from ..." as "Intervals from ...".
std::string as_sentence(std::string text) {
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') {
    text[0] = static_cast<char>(text[0] - 'a' + 'A');
  }
  return text;
}

constexpr std::size_t kBeforeColor = 5;
constexpr std::size_t kAfterColor = 2;

// Less is graver, and stands further up.
int weight_of(Change change) {
  switch (change) {
    case Change::kWorse:
      return 0;
    case Change::kBetter:
      return 1;
    case Change::kAdded:
    case Change::kRemoved:
      return 2;
    case Change::kOther:
      return 3;
    case Change::kSame:
      break;
  }
  return 4;
}

class ComparisonPage {
 public:
  ComparisonPage(const Report& before, const Report& after, const RunComparison& comparison,
                 const PageLimits& limits)
      : before_(before),
        comparison_(comparison),
        page_(after, options_, limits),
        old_page_(before, options_, limits) {}

  std::string write() {
    Shell shell;
    shell.title = "Comparison: " + comparison_.before + " and " + comparison_.after;
    const auto section = [&](const char* id, const char* name, auto&& write) {
      const std::size_t length = page_.out.size();
      write();
      if (page_.out.size() > length) {
        shell.contents.emplace_back(id, name);
      }
    };
    section("summary", "Verdict", [&] { verdict(); });
    section("regressions", "Regressions", [&] { regressions(); });
    section("expectations", "Expectations", [&] { expectations(); });
    section("differences", "What is different", [&] { differences(); });
    section("figures", "Figures", [&] { figures(); });
    section("topology", "Topology", [&] { topology(); });
    section("charts", "Over time", [&] { charts(); });
    section("left-out", "Left out", [&] { omissions(); });
    shell.body = std::move(page_.out);
    page_.out.clear();
    shell.data = page_data(page_);
    return document_of(shell);
  }

 private:
  void verdict() {
    const bool good = !comparison_.is_regression();
    page_.out +=
        std::string("<header id=\"summary\" class=\"verdict ") + (good ? "passed" : "failed") +
        "\">\n<h1><span class=\"sign\" aria-hidden=\"true\">" + (good ? "&#10003;" : "&#10007;") +
        "</span> <span>" + safe(comparison_.headline, 600) + "</span></h1>\n<p class=\"run\">" +
        safe(sides_text(comparison_), 600) + "</p>\n<ul class=\"summary\"><li>" + important_text() +
        "</li><li>" + safe(as_sentence(pairing_text(comparison_)), 600) + ".</li></ul></header>\n";
  }

  [[nodiscard]] std::string important_text() const {
    if (comparison_.identical) {
      return "Both runs did the same, event for event.";
    }
    std::size_t better = 0;
    std::size_t worse = 0;
    for (const Delta& delta : comparison_.deltas) {
      better += delta.change == Change::kBetter ? 1 : 0;
      worse += delta.change == Change::kWorse ? 1 : 0;
    }
    if (better + worse == 0) {
      return "No figure became better or worse by more than what matters.";
    }
    return std::to_string(worse) + (worse == 1 ? " figure" : " figures") + " became worse and " +
           std::to_string(better) + " better by more than what matters and more than chance.";
  }

  void regressions() {
    page_.out += begin_section("regressions", "Regressions") + regressions_table(comparison_) +
                 "</section>\n";
  }

  void expectations() {
    const std::string table = expectation_changes_table(comparison_, page_.limits.service_rows);
    page_.out +=
        table.empty() ? "" : begin_section("expectations", "Expectations") + table + "</section>\n";
  }

  void differences() {
    const std::string tables = differences_tables(page_, comparison_, page_.limits.edge_rows);
    page_.out += table_or_nothing("differences", "What is different", tables);
  }

  static std::string table_or_nothing(const char* id, const char* title,
                                      const std::string& tables) {
    return tables.empty() ? tables : begin_section(id, title) + tables + "</section>\n";
  }

  // What matters comes first, and looks like it.
  void figures() {
    std::vector<Delta> deltas = comparison_.deltas;
    std::stable_sort(deltas.begin(), deltas.end(), [](const Delta& l, const Delta& r) {
      return weight_of(l.change) < weight_of(r.change);
    });
    const std::size_t all = deltas.size();
    deltas.resize(std::min(all, page_.limits.edge_rows));
    page_.out +=
        begin_section("figures", "Figures") +
        deltas_table(deltas,
                     "Means over the runs of each side. The true change lies in the interval with "
                     "95 % confidence; one that holds zero may be chance. What matters stands on "
                     "top.");
    if (all > deltas.size()) {
      page_.leave_out(std::to_string(all - deltas.size()) +
                      " figures with less of a change are in the JSON of the comparison.");
    }
    page_.out += "</section>\n";
  }

  [[nodiscard]] ServiceIndex service_named(const std::string& name) const {
    const auto& services = page_.report.scenario.mesh.services;
    for (ServiceIndex i = 0; i < services.size(); ++i) {
      if (engine::service_name(page_.report.scenario, i) == name) {
        return i;
      }
    }
    return engine::kNone;
  }

  // The drawing of the run after, with rings around what changed.
  void topology() {
    page_.changes.assign(page_.services.size(), Change::kSame);
    std::set<std::string> gone;
    for (const Delta& delta : comparison_.deltas) {
      if (delta.kind != SignalSummary::Kind::kService) {
        continue;
      }
      const ServiceIndex service = service_named(delta.subject);
      if (service == engine::kNone) {
        gone.insert(delta.subject);
      } else if (weight_of(delta.change) < weight_of(page_.changes[service])) {
        page_.changes[service] = delta.change;
      }
    }
    write_topology(page_);
    std::string names;
    for (const std::string& name : gone) {
      names += (names.empty() ? "" : ", ") + name;
    }
    if (!names.empty()) {
      page_.out += "<p class=\"note\">Not in the run after: " + safe(names, 900) + ".</p>\n";
    }
  }

  static const Series* load_named(const Report& report, const std::string& name) {
    for (const Series& series : report.record.series) {
      if (series.subject.kind == Subject::Kind::kJourney &&
          series.subject.journey == engine::kNone &&
          engine::subject_name(report.scenario, series.subject) == name) {
        return &series;
      }
    }
    return nullptr;
  }

  void charts() {
    page_.out += begin_section("charts", "Over time");
    if (before_.record.bucket != page_.report.record.bucket) {
      page_.leave_out("There are no charts of both: one has a value every " +
                      engine::format_duration(before_.record.bucket) + ", the other every " +
                      engine::format_duration(page_.report.record.bucket) + '.');
      page_.out += "</section>\n";
      return;
    }
    page_.out +=
        "<p class=\"note\">Grey and dashed: before. Orange: after. Bands are the faults of the run "
        "after.</p>\n";
    for (const Series& series : page_.report.record.series) {
      if (series.subject.kind == Subject::Kind::kJourney &&
          series.subject.journey == engine::kNone) {
        const std::string name = engine::subject_name(page_.report.scenario, series.subject);
        page_.out += "<h3>" + safe(name, 120) + " (client)</h3>\n";
        overlay(load_named(before_, name), &series, name);
      }
    }
    services();
    edges();
    page_.out += "</section>\n";
  }

  void services() {
    std::vector<ServiceIndex> order = page_.charted;
    std::stable_sort(order.begin(), order.end(), [this](ServiceIndex l, ServiceIndex r) {
      return weight_of(page_.changes[l]) < weight_of(page_.changes[r]);
    });
    std::vector<bool> has_charts(page_.services.size());
    for (const ServiceIndex service : order) {
      const std::string name = engine::service_name(page_.report.scenario, service);
      page_.out += "<div class=\"svc\" id=\"" + service_anchor(page_.report.scenario, service) +
                   "\">\n<h3>" + safe(name, 120) + ' ' + marked(page_.changes[service]) + "</h3>\n";
      overlay(old_series(name), page_.services[service], name);
      page_.out += "</div>\n";
      has_charts[service] = true;
    }
    std::size_t rest = 0;
    for (ServiceIndex service = 0; service < page_.services.size(); ++service) {
      if (!has_charts[service]) {
        // Links of the drawing lead here.
        page_.out += "<span id=\"" + service_anchor(page_.report.scenario, service) + "\"></span>";
        ++rest;
      }
    }
    if (rest > 0) {
      page_.leave_out("Charts of " + std::to_string(rest) +
                      " services with less to tell; their figures are above.");
    }
  }

  [[nodiscard]] const Series* old_series(const std::string& name) const {
    for (ServiceIndex i = 0; i < old_page_.services.size(); ++i) {
      if (engine::service_name(before_.scenario, i) == name) {
        return old_page_.services[i];
      }
    }
    return nullptr;
  }

  // Calls whose figures changed.
  void edges() {
    std::set<std::string> shown;
    for (const auto& [key, series] : page_.edges) {
      const std::string name = engine::edge_name(page_.report.scenario, key.first, key.second);
      const bool matters = std::any_of(
          comparison_.deltas.begin(), comparison_.deltas.end(), [&name](const Delta& delta) {
            return delta.kind == SignalSummary::Kind::kEdge && delta.subject == name &&
                   (delta.change == Change::kBetter || delta.change == Change::kWorse);
          });
      if (!matters || shown.size() >= page_.limits.charted_edges || !shown.insert(name).second) {
        continue;
      }
      const Series* old_one = nullptr;
      for (const auto& [old_key, candidate] : old_page_.edges) {
        old_one = engine::edge_name(before_.scenario, old_key.first, old_key.second) == name
                      ? candidate
                      : old_one;
      }
      page_.out += "<h3>" + safe(name, 160) + "</h3>\n";
      overlay(old_one, series, name);
    }
  }

  // Both runs in each chart; one of them may lack the subject.
  void overlay(const Series* old_series, const Series* new_series, const std::string& name) {
    Chart rate =
        page_.new_chart("Requests", name + ": answers a second before and after", ChartUnit::kRate);
    Chart errors =
        page_.new_chart("Errors", name + ": errors a second before and after", ChartUnit::kRate);
    Chart slow = page_.new_chart("p99", name + ": p99 before and after", ChartUnit::kTime);
    const std::size_t length = std::max(old_series == nullptr ? 0 : old_series->points.size(),
                                        new_series == nullptr ? 0 : new_series->points.size());
    if (length == 0) {
      page_.out += "<p class=\"dim\">Nothing was recorded.</p>\n";
      return;
    }
    bool has_errors = false;
    const auto add = [&](const Report& of, const Series* series, const char* side,
                         std::size_t color) {
      if (series == nullptr) {
        return;
      }
      const auto line = [&](ChartValues values) {
        values.resize(length);
        return ChartLine{.name = side, .values = std::move(values), .color = color};
      };
      has_errors = has_errors || engine::errors_of(series->total.outcomes) > 0;
      rate.lines.push_back(line(rate_values(of.record, series->points)));
      errors.lines.push_back(line(error_values(of.record, series->points)));
      slow.lines.push_back(line(latency_values(series->points, &engine::Point::p99)));
    };
    add(before_, old_series, "before", kBeforeColor);
    add(page_.report, new_series, "after", kAfterColor);
    page_.out += "<div class=\"charts\">\n";
    for (Chart* chart : {&rate, &slow}) {
      page_.add(std::move(*chart));
    }
    if (has_errors) {
      page_.add(std::move(errors));
    } else {
      page_.out += "<p class=\"dim\">No request failed on either side.</p>\n";
    }
    page_.out += "</div>\n";
  }

  void omissions() {
    if (page_.left_out.empty()) {
      return;
    }
    page_.out += begin_section("left-out", "What this page leaves out") + "<ul>\n";
    for (const std::string& sentence : page_.left_out) {
      page_.out += "<li>" + safe(sentence, 600) + "</li>\n";
    }
    page_.out += "</ul>\n</section>\n";
  }

  const Report& before_;
  const RunComparison& comparison_;
  HtmlOptions options_;
  Page page_;
  Page old_page_;  // For its indices only.
};

constexpr std::array<PageLimits, 4> kLadder{{
    {.charted_services = 16},
    {.drawn_services = 48, .charted_services = 10, .points = 300, .replay_points = 150},
    {.drawn_services = 40,
     .charted_services = 5,
     .charted_edges = 4,
     .points = 150,
     .replay_points = 80,
     .service_rows = 400,
     .edge_rows = 200},
    {.drawn_services = 12,
     .charted_services = 1,
     .charted_edges = 1,
     .points = 60,
     .replay_points = 40,
     .service_rows = 60,
     .edge_rows = 40},
}};

}  // namespace

std::string write_comparison_html(const Report& before, const Report& after,
                                  const RunComparison& comparison, const HtmlOptions& options) {
  std::string document;
  for (const PageLimits& limits : kLadder) {
    document = ComparisonPage(before, after, comparison, limits).write();
    if (document.size() <= options.most_bytes) {
      break;
    }
  }
  return document;
}

}  // namespace shaketable::reports
