#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/judge/comparison.h"
#include "reports/html/chart.h"
#include "reports/html/html_report.h"
#include "reports/html/markup.h"
#include "reports/report.h"

namespace shaketable::reports {

/// How much of a run a page shows in full. The rest is in tables, and the page says so.
struct PageLimits {
  std::size_t drawn_services = 60;     ///< In the topology.
  std::size_t charted_services = 40;   ///< With charts of their own.
  std::size_t charted_edges = 12;      ///< Likewise.
  std::size_t points = 600;            ///< Of a line, in the data of the script.
  std::size_t replay_points = 300;     ///< Of the replay.
  std::size_t figures = 20;            ///< Rows of the table below a service's charts; 0 = none.
  std::size_t expectation_rows = 500;  ///< Of the tables of expectations.
  std::size_t service_rows = 1'500;    ///< Of the table of services.
  std::size_t edge_rows = 400;         ///< Of the table of calls.
  std::size_t sparklines = 400;        ///< Rows with one, in each table.
  std::size_t lanes = 60;              ///< Rows of the time axis, of each kind.
  std::size_t policies = 80;           ///< Printed configurations.
  std::size_t traces = 24;             ///< Waterfalls.
  std::size_t heat_maps = 8;           ///< Subjects with a distribution drawn.
  bool brief = false;                  ///< Only verdict, cause, story and services.
};

using EdgeKey = std::pair<engine::ServiceIndex, engine::ServiceIndex>;  ///< Caller, callee.

/// What the sections of one page share while it is written.
struct Page {
  Page(const Report& of, const HtmlOptions& with, const PageLimits& within);

  const Report& report;
  const HtmlOptions& options;
  const PageLimits& limits;
  std::vector<ChartBand> bands;
  std::vector<engine::ServiceIndex> charted;    ///< Most to tell first.
  std::vector<bool> is_charted;                 ///< By service.
  std::vector<const engine::Series*> services;  ///< By service; nullptr = not recorded.
  std::map<EdgeKey, const engine::Series*> edges;
  std::vector<const engine::Trace*> traces;          ///< Those that are shown.
  std::vector<const engine::ServiceGauges*> gauges;  ///< By service; nullptr = not recorded.
  std::string out;                                   ///< The page so far.
  std::vector<std::string> chart_data;               ///< JSON of each chart, in order.
  std::vector<std::string> left_out;                 ///< Sentences, raw.
  std::string replay_data;                           ///< JSON of the topology over time.
  /// By service, for a page that compares: the drawing rings what changed. Else empty.
  std::vector<engine::Change> changes;

  /// Adds a chart as figure and as data. Does nothing when it has no lines.
  void add(Chart chart);
  /// A chart over this run without lines.
  [[nodiscard]] Chart new_chart(std::string title, std::string description, ChartUnit unit) const;
  /// A paragraph about what a table or a picture leaves out; also kept for the end of the page.
  void leave_out(const std::string& sentence);
};

/// The worst that one service was in each bucket.
[[nodiscard]] std::vector<Tone> tones_over_time(const Page& page, engine::ServiceIndex service);

// ---- lines of charts ----------------------------------------------------------------------------

/// Answers a second, in the unit of ChartUnit::kRate. The last bucket may be cut short by the end.
[[nodiscard]] ChartValues rate_values(const engine::RunRecord& record,
                                      const std::vector<engine::Point>& points);
/// One of the outcomes, likewise.
[[nodiscard]] ChartValues outcome_values(const engine::RunRecord& record,
                                         const std::vector<engine::Point>& points,
                                         std::size_t outcome);
/// All that failed, likewise.
[[nodiscard]] ChartValues error_values(const engine::RunRecord& record,
                                       const std::vector<engine::Point>& points);
/// One of the latencies of a point, in the unit of ChartUnit::kTime.
[[nodiscard]] ChartValues latency_values(const std::vector<engine::Point>& points,
                                         std::int64_t engine::Point::*figure);
/// Rate and errors by kind, and the latencies of a series, as two charts.
[[nodiscard]] Chart traffic_chart(const Page& page, const engine::Series& series,
                                  const std::string& name);
[[nodiscard]] Chart latency_chart(const Page& page, const engine::Series& series,
                                  const std::string& name);

// ---- sections, in the order of the page
// -----------------------------------------------------------

void write_verdict(Page& page);
void write_baseline(Page& page);
void write_expectations(Page& page);
void write_seeds(Page& page);
void write_cascade(Page& page);
void write_story(Page& page);
void write_topology(Page& page);
void write_timeline(Page& page);
void write_clients(Page& page);
void write_services(Page& page);
/// Part of a service: its instances one by one, when several were recorded.
void write_instance_table(Page& page, engine::ServiceIndex service);
void write_calls(Page& page);
void write_versions(Page& page);
void write_capacity(Page& page);
void write_latency(Page& page);
void write_errors(Page& page);
void write_traces(Page& page);
void write_configuration(Page& page);
void write_explanations(Page& page);
void write_reproduction(Page& page);

}  // namespace shaketable::reports
