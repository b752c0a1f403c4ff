#include <algorithm>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/page.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::ServiceIndex;

// Requests that are inside and that wait, and how busy the workers or CPUs are.
Chart saturation_chart(const Page& page, ServiceIndex service, const std::string& name) {
  Chart chart =
      page.new_chart("Saturation", name + ": requests inside, requests that wait, and utilisation",
                     ChartUnit::kCount);
  const engine::ServiceGauges* gauges = page.gauges[service];
  if (gauges == nullptr || gauges->points.empty()) {
    return chart;
  }
  ChartLine inside{.name = "inside", .color = 0};
  ChartLine waiting{.name = "waiting", .color = 3, .filled = true};
  ChartLine busy{.name = "busy (right)", .color = 7, .on_right = true};
  bool any_wait = false;
  for (const engine::Gauge& gauge : gauges->points) {
    inside.values.emplace_back(static_cast<std::int64_t>(gauge.in_flight_milli / 10));
    waiting.values.emplace_back(static_cast<std::int64_t>(gauge.queue_milli / 10));
    busy.values.emplace_back(static_cast<std::int64_t>(gauge.utilisation_ppm / 100));
    any_wait = any_wait || gauge.queue_milli >= 10;
  }
  chart.lines.push_back(std::move(inside));
  if (any_wait) {
    chart.lines.push_back(std::move(waiting));
  }
  chart.lines.push_back(std::move(busy));
  return chart;
}

// A few rows of figures: what the charts show, for those who cannot see them.
void figures(Page& page, const engine::Series& series, const std::string& name) {
  if (page.limits.figures == 0) {
    return;
  }
  const std::size_t group = std::max<std::size_t>(
      (series.points.size() + page.limits.figures - 1) / page.limits.figures, 1);
  const engine::Duration step = page.report.record.bucket * static_cast<std::int64_t>(group);
  Table table{.caption = safe(name, 60) + ": sums of " + engine::format_duration(step) +
                         "; of latencies the worst bucket of each.",
              .heads = {"From", "Requests/s", "Errors", "p50", "p99"},
              .numbers_from = 1,
              .numbers_to = 5};
  for (std::size_t i = 0; i < series.points.size(); i += group) {
    std::uint64_t count = 0;
    std::uint64_t errors = 0;
    std::int64_t p50 = 0;
    std::int64_t p99 = 0;
    for (std::size_t j = i; j < std::min(i + group, series.points.size()); ++j) {
      const engine::Point& point = series.points[j];
      count += point.count;
      errors += engine::errors_of(point.outcomes);
      p50 = std::max(p50, point.p50);
      p99 = std::max(p99, point.p99);
    }
    const engine::Instant from =
        proxy::after(proxy::kStart, page.report.record.bucket * static_cast<std::int64_t>(i));
    const engine::Duration length = std::min(step, page.report.record.ended - from);
    table.rows.push_back(
        {engine::format_instant(from),
         engine::format_rate(engine::rate_of(count, std::max(length, engine::Duration(1)))),
         count > 0 ? engine::format_ppm(engine::share_in_ppm(errors, count)) : "-",
         count > 0 ? engine::format_duration(p50) : "-",
         count > 0 ? engine::format_duration(p99) : "-"});
  }
  page.out += "<details><summary>Figures</summary>" + markup_of(table) + "</details>\n";
}

std::string one_line(const Page& page, ServiceIndex service) {
  const engine::GoldenSignals& signals = page.report.verdict.signals[service];
  const engine::Service& model = page.report.scenario.mesh.services[service];
  std::uint32_t instances = 0;
  for (const engine::Version& version : model.versions) {
    instances += version.instances;
  }
  std::string text = std::to_string(instances) + (instances == 1 ? " instance" : " instances");
  if (!model.versions.empty()) {
    const engine::Runtime& runtime = model.versions.front().runtime;
    text += " of " + runtime.name;
    text += runtime.workers > 0 ? " with " + std::to_string(runtime.workers) +
                                      (runtime.workers == 1 ? " worker" : " workers")
                                : "";
  }
  text += ", " + engine::format_count(signals.requests) + " requests";
  if (signals.requests > 0) {
    text += ", " + engine::format_ppm(signals.success_ppm) + " ok, p50 " +
            engine::format_duration(signals.p50) + ", p99 " + engine::format_duration(signals.p99);
  }
  const engine::ServiceHealth& health = page.report.verdict.health[service];
  if (health.left()) {
    text += "; " + recovery_text(health);
  }
  return text;
}

void one_service(Page& page, ServiceIndex service) {
  const std::string name = engine::service_name(page.report.scenario, service);
  page.out += "<div class=\"svc\" id=\"" + service_anchor(page.report.scenario, service) +
              "\">\n<h3>" + safe(name, 120) + ' ' +
              marked(page.report.verdict.signals[service].worst) + "</h3>\n<p class=\"line\">" +
              safe(one_line(page, service), 400) + "</p>\n";
  const engine::Series* series = page.services[service];
  if (series == nullptr || series->points.empty()) {
    page.out += "<p class=\"dim\">Nothing was recorded.</p>\n</div>\n";
    return;
  }
  page.out += "<div class=\"charts\">\n";
  page.add(traffic_chart(page, *series, name));
  page.add(latency_chart(page, *series, name));
  page.add(saturation_chart(page, service, name));
  page.out += "</div>\n";
  write_instance_table(page, service);
  figures(page, *series, name);
  page.out += "</div>\n";
}

std::string latency_cell(bool any, std::int64_t ns) {
  return any ? keyed(ns, engine::format_duration(ns)) : "-";
}

void table_of_services(Page& page) {
  const Report& report = page.report;
  Table table{
      .caption = "Golden signals as the services themselves see them, " +
                 engine::format_span(report.verdict.measured.from,
                                     std::min(report.verdict.measured.to, report.record.ended)) +
                 " of the run. Retries are attempts of all callers beyond the first.",
      .heads = {"Service", "At worst", "Requests", "Rate", "Success", "p50", "p99", "Max",
                "Retries", "Busy", "Rate and errors"},
      .numbers_from = 2,
      .numbers_to = 10,
      .name = "services"};
  for (const ServiceIndex service : by_importance(report)) {
    if (table.rows.size() >= page.limits.service_rows) {
      break;
    }
    const engine::GoldenSignals& it = report.verdict.signals[service];
    const bool any = it.requests > 0;
    const std::string name = safe(engine::service_name(report.scenario, service), 80);
    const engine::Series* series = page.services[service];
    std::string spark;
    if (series != nullptr && table.rows.size() < page.limits.sparklines) {
      spark =
          sparkline(rate_values(report.record, series->points),
                    error_values(report.record, series->points), "Rate and errors over the run");
    }
    table.rows.push_back(
        {page.is_charted[service]
             ? service_link(report.scenario, service, 80)
             : "<span id=\"" + service_anchor(report.scenario, service) + "\">" + name + "</span>",
         keyed(static_cast<std::int64_t>(tone_of(it.worst)), marked(it.worst)),
         engine::format_count(it.requests), keyed(it.rate, engine::format_rate(it.rate)),
         any ? engine::format_ppm(it.success_ppm) : "-", latency_cell(any, it.p50),
         latency_cell(any, it.p99), latency_cell(any, it.max), engine::format_count(it.retries),
         it.utilisation_ppm ? engine::format_ppm(*it.utilisation_ppm / 10'000 * 10'000) : "-",
         spark});
  }
  page.out += markup_of(table);
  if (table.rows.size() < report.verdict.signals.size()) {
    page.leave_out(std::to_string(report.verdict.signals.size() - table.rows.size()) +
                   " services with less to tell are not in the table; the JSON result has them.");
  }
}

}  // namespace

void write_services(Page& page) {
  page.out += begin_section("services", "Services");
  table_of_services(page);
  if (const std::string silence = unanswered_text(page.report); !silence.empty()) {
    page.out += "<p class=\"note\">" + safe(silence) + ".</p>\n";
  }
  page.out += "</section>\n";
  if (page.limits.brief) {
    return;
  }
  page.out += begin_section("charts", "Services over time");
  if (page.charted.size() < page.services.size()) {
    page.leave_out("Charts of the " + std::to_string(page.charted.size()) +
                   " services with the most to tell, of " + std::to_string(page.services.size()) +
                   "; all are in the table above.");
  }
  for (const ServiceIndex service : page.charted) {
    one_service(page, service);
  }
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
