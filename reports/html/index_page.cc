#include "reports/html/index_page.h"

#include <algorithm>

#include "engine/judge/comparison.h"
#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/markup.h"
#include "reports/html/shell.h"
#include "reports/replication_rows.h"

namespace shaketable::reports {
namespace {

constexpr std::size_t kMostColumns = 60;
constexpr std::size_t kMostGlyphs = 40;

// A link with everything but plain characters written as %xx, so that no name becomes an address of
// another kind.
std::string href_of(const std::string& link) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "./";
  for (const char c : link) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= '0' && byte <= '9') || c == '-' || c == '_' || c == '.' || c == '/';
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kDigits[byte >> 4];
      out += kDigits[byte & 15];
    }
  }
  return out;
}

std::string name_of(const IndexEntry& entry) {
  const std::string name = safe(entry.name, 100);
  return entry.link.empty() ? name : "<a href=\"" + href_of(entry.link) + "\">" + name + "</a>";
}

// One glyph for each expectation, with words for those who do not see it.
std::string expectations_of(const IndexEntry& entry) {
  std::size_t fine = 0;
  std::string glyphs;
  for (std::size_t i = 0; i < entry.expectations.size(); ++i) {
    fine += engine::is_fine(entry.expectations[i]) ? 1 : 0;
    glyphs += i < kMostGlyphs ? glyph(tone_of(entry.expectations[i])) : "";
  }
  return "<span class=\"glyphs\">" + glyphs + "</span> " + std::to_string(fine) + " of " +
         std::to_string(entry.expectations.size());
}

std::string runs_table(std::span<const IndexEntry> entries) {
  Table table{.caption =
                  "Every run with its verdict. Expectations count as fine when they held, or "
                  "failed as their file announces.",
              .heads = {"Scenario", "Verdict", "Expectations fine", "Requests of clients",
                        "Success", "p99", "Out of normal", "Seed", "Simulated", "In words"},
              .numbers_from = 3,
              .numbers_to = 9,
              .name = "runs"};
  for (const IndexEntry& it : entries) {
    std::size_t out = 0;
    for (const IndexEntry::Service& service : it.services) {
      out += tone_of(service.worst) > Tone::kHealthy ? 1 : 0;
    }
    table.rows.push_back(
        {name_of(it),
         marked(it.passed ? Tone::kHealthy : Tone::kFailing, it.passed ? "passed" : "failed"),
         expectations_of(it), engine::format_count(it.requests),
         it.requests > 0
             ? engine::format_ppm(engine::share_in_ppm(it.requests - it.errors, it.requests))
             : "-",
         it.requests > 0 ? keyed(it.p99, engine::format_duration(it.p99)) : "-",
         std::to_string(out) + " of " + std::to_string(it.services.size()), std::to_string(it.seed),
         engine::format_duration(it.ended - proxy::kStart), safe(it.headline, 300)});
  }
  return markup_of(table);
}

// Services that were ever out of their normal state come first.
std::vector<std::string> columns_of(std::span<const IndexEntry> entries, std::size_t& left_out) {
  std::vector<std::pair<std::string, Tone>> all;
  for (const IndexEntry& entry : entries) {
    for (const IndexEntry::Service& service : entry.services) {
      const auto found = std::find_if(all.begin(), all.end(),
                                      [&](const auto& it) { return it.first == service.name; });
      if (found == all.end()) {
        all.emplace_back(service.name, tone_of(service.worst));
      } else {
        found->second = std::max(found->second, tone_of(service.worst));
      }
      if (all.size() > 4 * kMostColumns) {
        break;  // A mesh of thousands has no place in a matrix.
      }
    }
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const auto& l, const auto& r) { return l.second > r.second; });
  std::vector<std::string> names;
  for (const auto& [name, tone] : all) {
    if (names.size() < kMostColumns) {
      names.push_back(name);
    } else {
      ++left_out;
    }
  }
  return names;
}

std::string matrix(std::span<const IndexEntry> entries) {
  std::size_t left_out = 0;
  const std::vector<std::string> names = columns_of(entries, left_out);
  Table table{.caption =
                  "The worst state of each service (rows) in each run (columns); empty: it is not "
                  "part of that run.",
              .heads = {"Service"},
              .name = "matrix"};
  for (const IndexEntry& entry : entries) {
    table.heads.push_back(safe(entry.name, 40));
  }
  for (const std::string& name : names) {
    std::vector<std::string> row{safe(name, 60)};
    for (const IndexEntry& entry : entries) {
      const auto found =
          std::find_if(entry.services.begin(), entry.services.end(),
                       [&](const IndexEntry::Service& it) { return it.name == name; });
      row.push_back(
          found == entry.services.end()
              ? ""
              : keyed(static_cast<std::int64_t>(tone_of(found->worst)), marked(found->worst)));
    }
    table.rows.push_back(std::move(row));
  }
  std::string out = markup_of(table);
  if (left_out > 0) {
    out += "<p class=\"note\">" + std::to_string(left_out) +
           " more services with less to tell are in the pages of their runs.</p>\n";
  }
  return out;
}

}  // namespace

IndexEntry index_entry(const Report& report, const std::string& link) {
  const bool is_worse = report.comparison != nullptr && report.comparison->is_regression();
  IndexEntry entry{.name = report.scenario.name,
                   .link = link,
                   .seed = report.record.seed,
                   .ended = report.record.ended,
                   .passed = passed_over_seeds(report) && !is_worse,
                   .partial = report.verdict.partial,
                   .headline = is_worse ? report.comparison->headline : headline_over_seeds(report),
                   .expectations = {},
                   .services = {}};
  for (const engine::ExpectationVerdict& it : report.verdict.expectations) {
    entry.expectations.push_back(it.state);
  }
  const engine::WindowTotals clients = client_totals_of(report.record);
  entry.requests = clients.count;
  entry.errors = engine::errors_of(clients.outcomes);
  entry.p99 = clients.latency.percentile(990'000);
  for (const engine::GoldenSignals& signals : report.verdict.signals) {
    entry.services.push_back(
        {engine::service_name(report.scenario, signals.service), signals.worst});
  }
  return entry;
}

std::string write_index_html(std::span<const IndexEntry> entries) {
  const auto failed = static_cast<std::size_t>(std::count_if(
      entries.begin(), entries.end(), [](const IndexEntry& it) { return !it.passed; }));
  Shell shell;
  shell.title = "Shaketable: " + std::to_string(entries.size()) + " runs";
  shell.contents = {{"summary", "Verdict"}, {"runs", "Runs"}, {"matrix", "Services"}};
  shell.body =
      std::string("<header id=\"summary\" class=\"verdict ") + (failed == 0 ? "passed" : "failed") +
      "\">\n<h1><span class=\"sign\" aria-hidden=\"true\">" +
      (failed == 0 ? "&#10003;" : "&#10007;") + "</span> <span>" +
      (failed == 0
           ? "All " + std::to_string(entries.size()) + " runs passed"
           : std::to_string(failed) + " of " + std::to_string(entries.size()) + " runs failed") +
      "</span></h1></header>\n" + begin_section("runs", "Runs") + runs_table(entries) +
      "</section>\n" + begin_section("matrix", "Services by run") + matrix(entries) +
      "</section>\n";
  return document_of(shell);
}

}  // namespace shaketable::reports
