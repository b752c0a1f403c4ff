#include "reports/html/comparison_page.h"

#include <algorithm>
#include <set>

#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/comparison_rows.h"
#include "reports/html/page.h"
#include "reports/html/page_data.h"
#include "reports/html/shell.h"

namespace shaketable::reports {
namespace {

using engine::Change;
using engine::RunComparison;
using engine::Series;
using engine::Subject;

std::string marked(Change change) {
  switch (change) {
    case Change::kBetter:
      return "<span class=\"better\">&#9650; better</span>";
    case Change::kWorse:
      return "<span class=\"worse\">&#9660; worse</span>";
    case Change::kOther:
      return "<b>different</b>";
    case Change::kAdded:
      return "<b>new</b>";
    case Change::kRemoved:
      return "<b>gone</b>";
    case Change::kSame:
      break;
  }
  return "<span class=\"dim\">no change that matters</span>";
}

void verdict(Page& page, const RunComparison& comparison) {
  const bool good = !comparison.is_regression();
  page.out += std::string("<header id=\"summary\" class=\"verdict ") + (good ? "passed" : "failed") +
              "\">\n<h1><span class=\"sign\" aria-hidden=\"true\">" + (good ? "&#10003;" : "&#10007;") +
              "</span> <span>" + safe(comparison.headline, 600) + "</span></h1>\n<p class=\"run\">" +
              safe(sides_text(comparison), 600) + "</p>\n<ul class=\"summary\"><li>" +
              (comparison.identical
                   ? std::string("Both runs did the same, event for event.")
                   : std::to_string(comparison.important()) + " figures changed by more than what matters.") +
              "</li><li>" + safe(pairing_text(comparison), 600) + "</li></ul></header>\n";
  page.out += begin_section("regressions", "Regressions");
  if (comparison.regressions.empty()) {
    page.out += "<p>None: no expectation broke, and no figure is worse than its tolerance allows.</p>\n";
  } else {
    Table table{.caption = "What is worse by more than is allowed, beyond what chance does.",
                .heads = {"What", "Before, after, allowed"},
                .name = "regressions"};
    for (const engine::Regression& it : comparison.regressions) {
      table.rows.push_back({"<span class=\"worse\">&#9660;</span> " + safe(it.what, 200), safe(it.text, 300)});
    }
    page.out += markup_of(table);
  }
  page.out += "</section>\n";
}

void expectations(Page& page, const RunComparison& comparison) {
  if (comparison.expectations.empty()) {
    return;
  }
  page.out += begin_section("expectations", "Expectations");
  Table table{.caption = "The worst answer over the runs of each side, and in how many of them it was fine.",
              .heads = {"Expectation", "Before", "Got", "After", "Got", "Fine before", "Fine after", "Change"},
              .numbers_from = 5,
              .numbers_to = 7,
              .name = "expectations"};
  const auto state = [](const std::optional<engine::ExpectationState>& it) {
    return it ? reports::marked(*it) : std::string("-");
  };
  const auto of = [](std::uint64_t fine, std::uint64_t runs) {
    return std::to_string(fine) + " of " + std::to_string(runs);
  };
  for (const engine::ExpectationChange& it : comparison.expectations) {
    table.rows.push_back({safe(it.text, 300), state(it.before), safe(it.got_before, 100), state(it.after),
                          safe(it.got_after, 100), of(it.fine_before, comparison.runs_before),
                          of(it.fine_after, comparison.runs_after), marked(it.change)});
  }
  page.out += markup_of(table) + "</section>\n";
}

// What matters comes first, and looks like it.
void figures(Page& page, const RunComparison& comparison) {
  constexpr std::size_t kMostRows = 600;
  std::vector<const engine::Delta*> order;
  for (const engine::Delta& delta : comparison.deltas) {
    order.push_back(&delta);
  }
  const auto weight = [](const engine::Delta* delta) {
    switch (delta->change) {
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
  };
  std::stable_sort(order.begin(), order.end(),
                   [&](const auto* l, const auto* r) { return weight(l) < weight(r); });
  page.out += begin_section("figures", "Figures");
  Table table{.caption = "Signed changes; \"likely\" is the interval in which the true difference lies "
                         "with 95 % confidence. What matters stands on top.",
              .heads = {},
              .numbers_from = 2,
              .numbers_to = 6,
              .name = "figures"};
  for (const std::string& head : delta_heads()) {
    table.heads.push_back(safe(head));
  }
  for (std::size_t i = 0; i < order.size() && i < kMostRows; ++i) {
    std::vector<std::string> cells = delta_cells(*order[i]);
    for (std::string& cell : cells) {
      cell = safe(cell, 120);
    }
    cells.back() = marked(order[i]->change);
    table.rows.push_back(std::move(cells));
  }
  page.out += markup_of(table);
  if (order.size() > kMostRows) {
    page.leave_out(std::to_string(order.size() - kMostRows) + " figures without a change that matters are not in the table.");
  }
  page.out += "</section>\n";
}

void events(Page& page, const RunComparison& comparison) {
  constexpr std::size_t kMostRows = 200;
  if (comparison.events.empty() && comparison.configuration.empty()) {
    return;
  }
  page.out += begin_section("differences", "Events and configuration");
  Table counts{.caption = "Events that happened more or less often.",
               .heads = {"On", "Event", "Before", "After"},
               .numbers_from = 2,
               .numbers_to = 4,
               .name = "events"};
  for (std::size_t i = 0; i < comparison.events.size() && i < kMostRows; ++i) {
    const engine::EventChange& it = comparison.events[i];
    counts.rows.push_back({safe(it.subject, 120), engine::words_for(it.kind),
                           engine::format_count(it.before), engine::format_count(it.after)});
  }
  page.out += counts.rows.empty() ? "" : markup_of(counts);
  Table lines{.caption = "What is not the same in the files; empty: it is not there.",
              .heads = {"Where", "Before", "After"},
              .name = "configuration"};
  for (std::size_t i = 0; i < comparison.configuration.size() && i < kMostRows; ++i) {
    const engine::ConfigurationChange& it = comparison.configuration[i];
    lines.rows.push_back({safe(it.where, 160), "<code>" + safe(it.before, 200) + "</code>",
                          "<code>" + safe(it.after, 200) + "</code>"});
  }
  page.out += lines.rows.empty() ? "" : markup_of(lines);
  page.out += "</section>\n";
}

const Series* series_of(const Report& report, const std::string& name, bool client) {
  for (const Series& series : report.record.series) {
    const bool is_load = series.subject.kind == Subject::Kind::kJourney && series.subject.journey == engine::kNone;
    if (client ? is_load && engine::subject_name(report.scenario, series.subject) == name
               : series.subject.kind == Subject::Kind::kService &&
                     engine::service_name(report.scenario, series.subject.service) == name) {
      return &series;
    }
  }
  return nullptr;
}

void overlay(Page& page, const Report& before, const std::string& name, bool client) {
  const Series* old_series = series_of(before, name, client);
  const Series* new_series = series_of(page.report, name, client);
  if (old_series == nullptr || new_series == nullptr || before.record.bucket != page.report.record.bucket) {
    return;
  }
  Chart rate = page.new_chart("Requests", name + ": answers a second before and after", ChartUnit::kRate);
  Chart errors = page.new_chart("Errors", name + ": errors a second before and after", ChartUnit::kRate);
  Chart slow = page.new_chart("p99", name + ": p99 before and after", ChartUnit::kTime);
  const std::size_t length = std::max(old_series->points.size(), new_series->points.size());
  const auto padded = [length](ChartValues values) {
    values.resize(length);
    return values;
  };
  const auto add = [&](const Report& of, const Series& series, const char* side, std::size_t color) {
    rate.lines.push_back({.name = side, .values = padded(rate_values(of.record, series.points)), .color = color});
    errors.lines.push_back({.name = side, .values = padded(error_values(of.record, series.points)), .color = color});
    slow.lines.push_back(
        {.name = side, .values = padded(latency_values(series.points, &engine::Point::p99)), .color = color});
  };
  add(before, *old_series, "before", 5);
  add(page.report, *new_series, "after", 2);
  page.out += "<h3>" + safe(name, 120) + "</h3>\n<div class=\"charts\">\n";
  page.add(std::move(rate));
  page.add(std::move(errors));
  page.add(std::move(slow));
  page.out += "</div>\n";
}

void charts(Page& page, const Report& before, const RunComparison& comparison) {
  constexpr std::size_t kMostServices = 16;
  page.out += begin_section("charts", "Over time");
  page.out += "<p class=\"note\">Grey and dashed: before. Bands are the faults of the run after.</p>\n";
  for (const Series& series : page.report.record.series) {
    if (series.subject.kind == Subject::Kind::kJourney && series.subject.journey == engine::kNone) {
      overlay(page, before, engine::subject_name(page.report.scenario, series.subject), true);
    }
  }
  std::set<std::string> shown;
  for (const engine::Delta& delta : comparison.deltas) {
    const bool matters = delta.change == Change::kBetter || delta.change == Change::kWorse;
    if (matters && delta.kind == engine::SignalSummary::Kind::kService && shown.size() < kMostServices &&
        shown.insert(delta.subject).second) {
      overlay(page, before, delta.subject, false);
    }
  }
  page.out += "</section>\n";
}

}  // namespace

std::string write_comparison_html(const Report& before, const Report& after,
                                  const RunComparison& comparison, const HtmlOptions& options) {
  std::string document;
  for (const std::size_t points : {std::size_t{600}, std::size_t{240}, std::size_t{80}}) {
    const PageLimits limits{.points = points};
    Page page(after, options, limits);
    Shell shell;
    shell.title = "Comparison: " + comparison.before + " and " + comparison.after;
    shell.contents = {{"summary", "Verdict"}, {"regressions", "Regressions"}};
    verdict(page, comparison);
    const auto section = [&](const char* id, const char* name, auto&& write) {
      const std::size_t length = page.out.size();
      write();
      if (page.out.size() > length) {
        shell.contents.emplace_back(id, name);
      }
    };
    section("expectations", "Expectations", [&] { expectations(page, comparison); });
    section("figures", "Figures", [&] { figures(page, comparison); });
    section("differences", "Events, configuration", [&] { events(page, comparison); });
    section("charts", "Over time", [&] { charts(page, before, comparison); });
    shell.body = page.out;
    shell.data = page_data(page);
    document = document_of(shell);
    if (document.size() <= options.most_bytes) {
      break;
    }
  }
  return document;
}

}  // namespace shaketable::reports
