#include <algorithm>

#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/page.h"

namespace shaketable::reports {
namespace {

using engine::CanaryAnalysis;
using engine::Interval;
using engine::Series;

constexpr std::size_t kColors[] = {0, 2, 6, 4, 3, 7, 5, 1};

std::string version_name(const Page& page, engine::ServiceIndex service,
                         engine::VersionIndex version) {
  const auto& versions = page.report.scenario.mesh.services[service].versions;
  return version < versions.size() ? versions[version].name : std::string("?");
}

std::string with_interval(const Interval& it, std::string (*format)(std::int64_t)) {
  return keyed(it.value, format(it.value) + " <span class=\"dim\">" + format(it.low) + " &ndash; " +
                             format(it.high) + "</span>");
}

std::string latency(std::int64_t ns) { return engine::format_duration(ns); }

void signals(Page& page, const CanaryAnalysis& canary) {
  Table table{.caption =
                  "Signals of each version over the measured run; in grey the interval in which "
                  "the true figure lies with 95 % confidence.",
              .heads = {"Version", "Requests", "Share", "Rate", "Errors", "p50", "p90", "p99"},
              .numbers_from = 1,
              .numbers_to = 8};
  for (const engine::VersionSignals& it : canary.versions) {
    table.rows.push_back(
        {safe(version_name(page, canary.service, it.version), 60) +
             (it.version == canary.baseline ? " <span class=\"dim\">baseline</span>" : ""),
         engine::format_count(it.requests), engine::format_ppm(it.share_ppm),
         engine::format_rate(it.rate), with_interval(it.error_ppm, engine::format_ppm),
         with_interval(it.p50, latency), with_interval(it.p90, latency),
         with_interval(it.p99, latency)});
  }
  page.out += markup_of(table);
}

void splits(Page& page, const CanaryAnalysis& canary) {
  Table table{.caption = "The split that was asked for, and the one that came about.",
              .heads = {"From", "To", "Version", "Wanted", "Got", "Requests"},
              .numbers_from = 3,
              .numbers_to = 6};
  for (const engine::SplitSpan& span : canary.split) {
    for (std::size_t v = 0; v < span.requests.size(); ++v) {
      const bool wanted = v < span.wanted_ppm.size();
      table.rows.push_back(
          {time_link(span.from), time_link(span.to),
           safe(version_name(page, canary.service, static_cast<engine::VersionIndex>(v)), 60),
           wanted ? engine::format_ppm(span.wanted_ppm[v]) : "by hosts",
           v < span.share_ppm.size() ? with_interval(span.share_ppm[v], engine::format_ppm) : "-",
           engine::format_count(span.requests[v])});
    }
  }
  if (!table.rows.empty()) {
    page.out += markup_of(table);
  }
}

void opinions(Page& page, const CanaryAnalysis& canary) {
  if (canary.opinions.empty()) {
    return;
  }
  Table table{.caption = "What the judges of canary tools would have said against the baseline.",
              .heads = {"Judge", "Version", "Opinion", "Decided", "In words"}};
  for (const engine::CanaryOpinion& it : canary.opinions) {
    table.rows.push_back(
        {engine::name_of(it.judge), safe(version_name(page, canary.service, it.version), 60),
         !it.known   ? marked(Tone::kNoData, "too little to judge")
         : it.passed ? marked(Tone::kHealthy, it.promoted == proxy::kNever ? "pass" : "promote")
                     : marked(Tone::kFailing,
                              it.judge == engine::CanaryJudge::kKayenta ? "fail" : "roll back"),
         it.decided != proxy::kNever    ? time_link(it.decided)
         : it.promoted != proxy::kNever ? time_link(it.promoted)
                                        : "-",
         safe(it.text, 300)});
  }
  page.out += markup_of(table);
}

// Shares of the versions over time, with what was wanted as steps.
Chart share_chart(const Page& page, const std::vector<const Series*>& versions,
                  const CanaryAnalysis* canary, const std::string& name) {
  Chart chart = page.new_chart("Share of the traffic", name + ": share of each version over time",
                               ChartUnit::kPercent);
  const std::size_t buckets = versions.front()->points.size();
  for (std::size_t v = 0; v < versions.size(); ++v) {
    ChartLine got{
        .name = version_name(page, versions[v]->subject.service, versions[v]->subject.version),
        .color = kColors[v % 8]};
    for (std::size_t i = 0; i < buckets; ++i) {
      std::uint64_t all = 0;
      for (const Series* series : versions) {
        all += i < series->points.size() ? series->points[i].count : 0;
      }
      const std::uint64_t own = i < versions[v]->points.size() ? versions[v]->points[i].count : 0;
      got.values.push_back(all == 0 ? std::nullopt
                                    : std::optional(engine::share_in_ppm(own, all) / 100));
    }
    chart.lines.push_back(std::move(got));
  }
  for (std::size_t v = 1; canary != nullptr && v < versions.size() && v < 3; ++v) {
    const engine::VersionIndex version = versions[v]->subject.version;
    ChartLine wanted{.name = "wanted " + version_name(page, canary->service, version),
                     .values = ChartValues(buckets),
                     .color = 5};
    bool any = false;
    for (const engine::SplitSpan& span : canary->split) {
      const auto bucket = std::max<std::int64_t>(page.report.record.bucket.count(), 1);
      for (std::size_t i = 0; i < buckets && version < span.wanted_ppm.size(); ++i) {
        const std::int64_t at = static_cast<std::int64_t>(i) * bucket;
        if (at >= proxy::nanoseconds_of(span.from) && at < proxy::nanoseconds_of(span.to)) {
          wanted.values[i] = span.wanted_ppm[version] / 100;
          any = true;
        }
      }
    }
    if (any) {
      chart.lines.push_back(std::move(wanted));
    }
  }
  return chart;
}

void charts(Page& page, const std::vector<const Series*>& versions, const CanaryAnalysis* canary,
            const std::string& name) {
  Chart rates =
      page.new_chart("Requests", name + ": answers a second by version", ChartUnit::kRate);
  Chart errors = page.new_chart("Errors", name + ": errors a second by version", ChartUnit::kRate);
  Chart slow = page.new_chart("p99", name + ": p99 by version", ChartUnit::kTime);
  for (std::size_t v = 0; v < versions.size(); ++v) {
    const Series& series = *versions[v];
    const std::string version = version_name(page, series.subject.service, series.subject.version);
    const std::size_t color = kColors[v % 8];
    rates.lines.push_back({.name = version,
                           .values = rate_values(page.report.record, series.points),
                           .color = color});
    errors.lines.push_back({.name = version,
                            .values = error_values(page.report.record, series.points),
                            .color = color});
    slow.lines.push_back({.name = version,
                          .values = latency_values(series.points, &engine::Point::p99),
                          .color = color});
  }
  page.out += "<div class=\"charts pairs\">\n";
  page.add(share_chart(page, versions, canary, name));
  page.add(std::move(rates));
  page.add(std::move(errors));
  page.add(std::move(slow));
  page.out += "</div>\n";
}

const CanaryAnalysis* canary_of(const Page& page, engine::ServiceIndex service) {
  for (const CanaryAnalysis& canary : page.report.verdict.analysis.canaries) {
    if (canary.service == service) {
      return &canary;
    }
  }
  return nullptr;
}

}  // namespace

// Services that run in several versions, side by side.
void write_versions(Page& page) {
  constexpr std::size_t kMostServices = 12;
  std::vector<std::vector<const Series*>> versions(page.services.size());
  for (const Series& series : page.report.record.series) {
    if (series.subject.kind == engine::Subject::Kind::kVersion &&
        series.subject.service < versions.size()) {
      versions[series.subject.service].push_back(&series);
    }
  }
  std::size_t shown = 0;
  std::size_t more = 0;
  for (std::size_t s = 0; s < versions.size(); ++s) {
    if (versions[s].size() < 2) {
      continue;
    }
    if (shown == kMostServices) {
      ++more;
      continue;
    }
    page.out += shown++ == 0 ? begin_section("versions", "Versions side by side") : "";
    const auto service = static_cast<engine::ServiceIndex>(s);
    const CanaryAnalysis* canary = canary_of(page, service);
    page.out += "<h3>" + service_link(page.report.scenario, service) + "</h3>\n";
    if (canary != nullptr) {
      page.out += "<p class=\"lead\">" + safe(canary->text, 700) + "</p>\n";
      signals(page, *canary);
      opinions(page, *canary);
      splits(page, *canary);
    }
    charts(page, versions[s], canary, engine::service_name(page.report.scenario, service));
  }
  if (more > 0) {
    page.leave_out(std::to_string(more) +
                   " more services run in several versions; the JSON result has their series.");
  }
  page.out += shown > 0 ? "</section>\n" : "";
}

}  // namespace shaketable::reports
