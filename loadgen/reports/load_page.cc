#include "loadgen/reports/load_page.h"

#include <algorithm>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "loadgen/reports/load_page_charts.h"
#include "loadgen/results/text.h"
#include "reports/escape.h"
#include "reports/html/distribution.h"
#include "reports/html/markup.h"
#include "reports/html/shell.h"

namespace shaketable::loadgen {
namespace {

using reports::begin_section;
using reports::keyed;
using reports::safe;
using reports::Table;
using reports::Tone;

constexpr std::size_t kMostRows = 500;

std::string duration_cell(proxy::Duration time) { return keyed(time.count(), duration_text(time)); }

std::string count_cell(std::uint64_t count) {
  return keyed(static_cast<std::int64_t>(count), count_text(count));
}

std::string failed_cell(const RequestStats& it) {
  const std::string text = count_text(it.failed) +
                           (it.failed > 0 ? " (" + share_text(it.failed, it.requests) + ')' : "");
  return keyed(static_cast<std::int64_t>(it.failed),
               it.failed > 0 ? "<span class=\"failing\">" + text + "</span>" : text);
}

std::string tile(const char* name, const std::string& value, const std::string& small) {
  return std::string("<div><dt>") + name + "</dt><dd>" + safe(value) +
         (small.empty() ? "" : "<small>" + safe(small) + "</small>") + "</dd></div>\n";
}

/// The page while it is written.
class Writer {
 public:
  Writer(const RunResult& result, const std::vector<std::uint32_t>& quantiles)
      : result_(result), quantiles_(quantiles), total_(result.total()) {}

  std::string write(const std::string& command) {
    section("summary", "Verdict", [&] { verdict(); });
    section("thresholds", "Thresholds", [&] { thresholds(); });
    section("charts", "Over time", [&] { charts(); });
    section("latency", "Latency", [&] { latency(); });
    section("parts", "Journeys and steps", [&] { parts(); });
    section("errors", "Errors and statuses", [&] { errors(); });
    section("schedule", "Schedule and connections", [&] { schedule(); });
    section("about", "This run", [&] { about(command); });
    shell_.title = result_.name + ": " + (result_.passed() ? "passed" : "failed");
    shell_.body = std::move(out_);
    return reports::document_of(shell_);
  }

 private:
  template <class Write>
  void section(const char* id, const char* name, Write&& write) {
    const std::size_t before = out_.size();
    write();
    if (out_.size() > before) {
      shell_.contents.emplace_back(id, name);
    }
  }

  /// What became of it, in a sentence.
  [[nodiscard]] std::string headline() const {
    const std::size_t all = result_.thresholds.size();
    const auto held = static_cast<std::size_t>(
        std::count_if(result_.thresholds.begin(), result_.thresholds.end(),
                      [](const ThresholdVerdict& it) { return it.holds; }));
    if (!result_.set_up_error.empty()) {
      return "A set-up failed";
    }
    if (result_.was_interrupted) {
      return "Interrupted after " + duration_text(result_.elapsed);
    }
    if (!result_.ended_early.empty() && held == all) {
      return "Ended early";
    }
    if (!result_.shares.empty()) {
      return "A part of the load was carried out";
    }
    if (all == 0) {
      return "The load was carried out; no threshold judges it";
    }
    if (held == all) {
      return all == 1 ? "The threshold holds" : "All " + std::to_string(all) + " thresholds hold";
    }
    return std::to_string(all - held) + " of " + std::to_string(all) +
           (all == 1 ? " threshold missed" : " thresholds missed");
  }

  void verdict() {
    out_ += std::string("<header id=\"summary\" class=\"verdict ") +
            (result_.passed() ? "passed" : "failed") +
            "\">\n<h1><span class=\"sign\" aria-hidden=\"true\">" +
            (result_.passed() ? "&#10003;" : "&#10007;") + "</span> <span>" + safe(headline()) +
            "</span></h1>\n<p class=\"run\">" + safe(result_.target, 200) + "</p>\n";
    if (!result_.set_up_error.empty()) {
      out_ += "<p>" + safe(result_.set_up_error) + "</p>\n";
    }
    if (!result_.ended_early.empty()) {
      out_ += "<p>Ended early: " + safe(result_.ended_early) + "</p>\n";
    }
    out_ += "</header>\n<dl class=\"tiles\">\n";
    out_ += tile(
        "Requests", count_text(total_.requests),
        rate_text(total_.requests, result_.elapsed) + "/s over " + duration_text(result_.elapsed));
    out_ += tile("Failed", share_text(total_.failed, total_.requests),
                 count_text(total_.failed) + " requests");
    for (const std::uint32_t ppm : {500'000U, 990'000U}) {
      out_ += tile(ppm == 500'000U ? "p50" : "p99", duration_text(total_.latency.quantile(ppm)),
                   "service time " + duration_text(total_.service.quantile(ppm)));
    }
    out_ += tile("Slowest", duration_text(total_.latency.max()), "from when it was due");
    std::uint64_t users = 0;
    for (const LoadStats& load : result_.loads) {
      users += load.pacing.most_users;
    }
    out_ += tile("Users at once", count_text(users),
                 count_text(result_.connections.opened) + " connections opened");
    out_ += "</dl>\n";
  }

  void thresholds() {
    if (result_.thresholds.empty()) {
      return;
    }
    Table table{.caption =
                    "What was to hold, and what was measured. A missed one makes the exit "
                    "code 1.",
                .heads = {"Threshold", "Verdict", "Measured"}};
    for (const ThresholdVerdict& it : result_.thresholds) {
      table.rows.push_back({safe(it.source, 160),
                            reports::marked(it.holds ? Tone::kHealthy : Tone::kFailing,
                                            it.holds ? "holds" : "missed"),
                            it.was_judged ? safe(it.actual) : "nothing to judge"});
    }
    out_ += begin_section("thresholds", "Thresholds") + reports::markup_of(table) + "</section>\n";
  }

  void charts() {
    const ChartSet set = charts_of(result_);
    if (set.markup.empty()) {
      return;
    }
    out_ += begin_section("charts", "Over time") +
            "<p class=\"note\">Requests are counted when they end, latencies from when they were "
            "due.</p>\n<div class=\"charts pairs\">\n" +
            set.markup + "</div>\n</section>\n";
    shell_.data = set.data;
  }

  void latency() {
    if (total_.latency.empty()) {
      return;
    }
    out_ += begin_section("latency", "Latency");
    Table table{.caption =
                    "From when a request was due, which is what a user feels, and from when "
                    "it was sent, which is what the server took. They part when requests "
                    "had to wait for a connection or for their turn.",
                .heads = {"Quantile", "From due", "Service", "Slower than that"},
                .numbers_from = 1,
                .numbers_to = 4};
    std::vector<std::uint32_t> all = {500'000, 750'000, 900'000, 950'000,
                                      990'000, 999'000, 999'900};
    all.insert(all.end(), quantiles_.begin(), quantiles_.end());
    std::sort(all.begin(), all.end());
    all.erase(std::unique(all.begin(), all.end()), all.end());
    for (const std::uint32_t ppm : all) {
      const std::uint64_t count = total_.latency.count();
      const auto slower = static_cast<std::uint64_t>(static_cast<proxy::Uint128>(count) *
                                                     (1'000'000U - ppm) / 1'000'000U);
      table.rows.push_back({quantile_name(ppm), duration_cell(total_.latency.quantile(ppm)),
                            duration_cell(total_.service.quantile(ppm)), count_cell(slower)});
    }
    table.rows.push_back({"slowest", duration_cell(total_.latency.max()),
                          duration_cell(total_.service.max()), count_cell(0)});
    table.rows.push_back(
        {"mean", duration_cell(total_.latency.mean()), duration_cell(total_.service.mean()), ""});
    out_ += reports::markup_of(table);
    proxy::Histogram drawn;
    total_.latency.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
      drawn.add(low + (high - low) / 2, count);
    });
    out_ +=
        "<figure class=\"chart\"><p class=\"title\">All latencies, from when requests were "
        "due</p>" +
        reports::svg_histogram(drawn, "Distribution of all latencies") + "</figure>\n</section>\n";
  }

  void parts() {
    Table table{.caption =
                    "Each part of the load. A request of several tags counts in each of "
                    "them.",
                .heads = {"Name", "Kind", "Requests", "Per second", "Failed", "p50", "p90", "p99",
                          "Slowest", "Service p99"},
                .numbers_from = 2,
                .numbers_to = 10,
                .name = "parts"};
    std::size_t left_out = 0;
    const auto row = [&](const std::string& load, const char* kind, const std::string& name,
                         const RequestStats& it) {
      if (table.rows.size() >= kMostRows) {
        ++left_out;
        return;
      }
      const std::string full = result_.loads.size() > 1 && load != name ? load + ": " + name : name;
      table.rows.push_back(
          {safe(full, 80), kind, count_cell(it.requests), rate_text(it.requests, result_.elapsed),
           failed_cell(it), duration_cell(it.latency.quantile(500'000)),
           duration_cell(it.latency.quantile(900'000)), duration_cell(it.latency.quantile(990'000)),
           duration_cell(it.latency.max()), duration_cell(it.service.quantile(990'000))});
    };
    for (const LoadStats& load : result_.loads) {
      if (result_.loads.size() > 1) {
        row(load.name, "load", load.name, load.total);
      }
      for (const JourneyStats& it : load.journeys) {
        row(load.name, "journey", it.name, it.requests);
      }
      for (const RequestStats& it : load.steps) {
        row(load.name, "step", it.name, it);
      }
      for (const RequestStats& it : load.tags) {
        row(load.name, "tag", it.name, it);
      }
    }
    out_ += begin_section("parts", "Journeys and steps") + reports::markup_of(table);
    if (left_out > 0) {
      out_ += "<p class=\"note\">" + std::to_string(left_out) + " more are in --csv.</p>\n";
    }
    out_ += "</section>\n";
  }

  void errors() {
    out_ += begin_section("errors", "Errors and statuses");
    Table statuses{.caption = "Answers by status.",
                   .heads = {"Status", "Answers"},
                   .numbers_from = 1,
                   .numbers_to = 2};
    for (const auto& [status, count] : total_.statuses.sorted()) {
      statuses.rows.push_back({std::to_string(status), count_cell(count)});
    }
    out_ += statuses.rows.empty() ? "<p>Nothing was answered.</p>\n" : reports::markup_of(statuses);
    Table table{.caption = "What was wrong, the most frequent first.",
                .heads = {"Step", "Error", "Times"},
                .numbers_from = 2,
                .numbers_to = 3,
                .name = "errors"};
    std::vector<std::tuple<std::uint64_t, std::string, std::string>> all;
    for (const LoadStats& load : result_.loads) {
      for (const RequestStats& step : load.steps) {
        for (const auto& [what, count] : step.errors.sorted()) {
          all.emplace_back(count, step.name, what);
        }
      }
      for (const auto& [what, count] : load.fixtures.errors.sorted()) {
        all.emplace_back(count, "set-up or tear-down", what);
      }
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const auto& a, const auto& b) { return std::get<0>(a) > std::get<0>(b); });
    for (const auto& [count, step, what] : all) {
      if (table.rows.size() < kMostRows) {
        table.rows.push_back({safe(step, 80), safe(what), count_cell(count)});
      }
    }
    out_ += table.rows.empty() ? "<p>No request failed.</p>\n" : reports::markup_of(table);
    out_ += "</section>\n";
  }

  void fact(const char* name, const std::string& value) {
    out_ += std::string("<dt>") + name + "</dt><dd>" + safe(value, 2'000) + "</dd>\n";
  }

  void schedule() {
    PacingStats all;
    for (const LoadStats& load : result_.loads) {
      all.merge(load.pacing);
    }
    const ConnectionStats& it = result_.connections;
    out_ += begin_section("schedule", "Schedule and connections") + "<dl class=\"facts\">\n";
    fact("Runs begun", count_text(all.start_lag.count()));
    fact("Behind their time", "p50 " + duration_text(all.start_lag.quantile(500'000)) + ", p99 " +
                                  duration_text(all.start_lag.quantile(990'000)) + ", at most " +
                                  duration_text(all.start_lag.max()));
    if (all.dropped > 0 || all.delayed > 0) {
      fact("Too many at once", count_text(all.dropped) + " dropped, " + count_text(all.delayed) +
                                   " delayed of " + count_text(all.arrivals) + " due");
    }
    const std::string mean =
        it.opened == 0
            ? ""
            : ", in " + duration_text(it.connect_time / static_cast<std::int64_t>(it.opened)) +
                  " each, at most " + duration_text(it.slowest_connect);
    fact("Connections", count_text(it.opened) + " opened" + mean + "; " + count_text(it.failed) +
                            " failed, " + count_text(it.closed_by_server) +
                            " closed by the server");
    if (it.held > 0) {
      fact("Waited for one", count_text(it.held) + " requests: no more were allowed");
    }
    fact("Bytes", bytes_text(static_cast<double>(it.bytes_in)) + " received, " +
                      bytes_text(static_cast<double>(it.bytes_out)) + " sent, with their framing");
    if (result_.cancelled > 0) {
      fact("Cancelled", count_text(result_.cancelled) + " under way at the end");
    }
    out_ += "</dl>\n</section>\n";
  }

  void about(const std::string& command) {
    out_ += begin_section("about", "This run") + "<dl class=\"facts\">\n";
    fact("Target", result_.target);
    fact("Seed", std::to_string(result_.seed));
    fact("Generators", std::to_string(result_.generators) + " with " +
                           std::to_string(result_.threads) + " threads in all");
    fact("Version", "shaketable-load " + result_.version);
    out_ += "</dl>\n";
    if (!command.empty()) {
      out_ += "<pre>" + safe(command, 4'000) + "</pre>\n";
    }
    out_ += "</section>\n";
  }

  const RunResult& result_;
  const std::vector<std::uint32_t>& quantiles_;
  RequestStats total_;
  reports::Shell shell_;
  std::string out_;
};

}  // namespace

std::string load_page(const RunResult& result, const std::vector<std::uint32_t>& quantiles_ppm,
                      const std::string& command) {
  return Writer(result, quantiles_ppm).write(command);
}

}  // namespace shaketable::loadgen
