#include <algorithm>

#include "engine/judge/decimal.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/html/page.h"

namespace shaketable::reports {
namespace {

using engine::Capacity;

std::string rate_or(std::int64_t rate) {
  return rate > 0 ? keyed(rate, engine::format_rate(rate)) : std::string("-");
}

// Those that saturate first, then those that were most used.
std::vector<engine::ServiceIndex> order_of(const Capacity& capacity) {
  std::vector<engine::ServiceIndex> order = capacity.order;
  std::vector<const engine::ServiceCapacity*> rest;
  for (const engine::ServiceCapacity& it : capacity.services) {
    if (it.demand > 0 && std::find(order.begin(), order.end(), it.service) == order.end()) {
      rest.push_back(&it);
    }
  }
  std::stable_sort(rest.begin(), rest.end(), [](const auto* l, const auto* r) {
    return l->utilisation_ppm > r->utilisation_ppm;
  });
  for (const engine::ServiceCapacity* it : rest) {
    order.push_back(it->service);
  }
  return order;
}

void limits(Page& page, const Capacity& capacity) {
  constexpr std::size_t kMostRows = 40;
  Table table{.caption =
                  "By the utilisation law (utilisation = throughput x demand / servers); those "
                  "that are full first when all load grows alike stand on top.",
              .heads = {"Service", "Demand", "Throughput", "Best bucket", "Limit", "Utilisation",
                        "Busiest bucket", "Full at", "Knee"},
              .numbers_from = 1,
              .numbers_to = 9,
              .name = "capacity"};
  const std::vector<engine::ServiceIndex> order = order_of(capacity);
  for (const engine::ServiceIndex service : order) {
    if (table.rows.size() == kMostRows || service >= capacity.services.size()) {
      break;
    }
    const engine::ServiceCapacity& it = capacity.services[service];
    table.rows.push_back(
        {service_link(page.report.scenario, service),
         keyed(it.demand, engine::format_duration(it.demand)), rate_or(it.throughput),
         rate_or(it.peak_throughput), rate_or(it.limit), engine::format_ppm(it.utilisation_ppm),
         engine::format_ppm(it.peak_utilisation_ppm),
         it.saturated == proxy::kNever ? "-"
                                       : time_link(page.report.scenario, it.saturated, service),
         it.knee > 0 ? rate_or(it.knee) + " <span class=\"dim\">at " +
                           engine::format_ppm(it.knee_utilisation_ppm) + "</span>"
                     : "-"});
  }
  if (!table.rows.empty()) {
    page.out += markup_of(table);
  }
  if (order.size() > kMostRows) {
    page.leave_out(std::to_string(order.size() - kMostRows) +
                   " services with more room are not in the table of capacity.");
  }
}

void little(Page& page, const Capacity& capacity) {
  if (capacity.little.empty()) {
    return;
  }
  page.out +=
      "<p>" +
      (capacity.violations == 0
           ? marked(Tone::kHealthy, "consistent") +
                 " Little's law (N = &lambda; &times; R) holds for all " +
                 std::to_string(capacity.little.size()) + " services: the run's own figures agree."
           : marked(Tone::kFailing, "inconsistent") + " Little's law does not hold for " +
                 std::to_string(capacity.violations) + " of " +
                 std::to_string(capacity.little.size()) + " services.") +
      "</p>\n";
  Table table{
      .caption = "Mean number of requests inside: measured, and from arrivals and their times.",
      .heads = {"Service", "Measured", "Expected", "Deviation", "In words"},
      .numbers_from = 1,
      .numbers_to = 4,
      .name = "little"};
  for (const engine::LittleCheck& it : capacity.little) {
    if (table.rows.size() < 40) {
      const auto milli = [](std::uint64_t value) {
        return engine::format_decimal(static_cast<std::int64_t>(value) * 1'000, 2);
      };
      table.rows.push_back({service_link(page.report.scenario, it.service), milli(it.inside_milli),
                            milli(it.expected_milli), engine::format_ppm(it.deviation_ppm),
                            it.holds ? "" : safe(it.text, 300)});
    }
  }
  page.out += "<details><summary>Figures</summary>" + markup_of(table) + "</details>\n";
}

}  // namespace

void write_capacity(Page& page) {
  const Capacity& capacity = page.report.verdict.analysis.capacity;
  if (capacity.services.empty()) {
    return;
  }
  page.out += begin_section("capacity", "Capacity");
  if (!capacity.text.empty()) {
    page.out += "<p class=\"lead\">" + safe(capacity.text, 700) + "</p>\n";
  }
  limits(page, capacity);
  little(page, capacity);
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
