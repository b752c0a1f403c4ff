#include <algorithm>
#include <map>
#include <set>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>
#include <re2/re2.h>

#include "reports/exports/access_log.h"
#include "reports/exports/kiali_graph.h"
#include "reports/exports/metrics.h"
#include "reports/exports/ndjson.h"
#include "reports/exports/tables.h"
#include "reports/exports/timestamps.h"
#include "tests/reports/exports/traced_run.h"
#include "tests/support/golden.h"

// Access logs, metrics, graph, tables and lines: each is read back by a reader of its own.
namespace shaketable::reports {
namespace {

namespace json = boost::json;

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) {
    lines.push_back(line);
  }
  return lines;
}

/// RFC 4180, strictly: throws at a quote in the middle of a bare cell and at an open end.
std::vector<std::vector<std::string>> read_csv(const std::string& text) {
  std::vector<std::vector<std::string>> rows{{""}};
  bool is_quoted = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    std::string& cell = rows.back().back();
    if (is_quoted) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"') {
        cell += text[++i];
      } else if (c == '"') {
        is_quoted = false;
      } else {
        cell += c;
      }
    } else if (c == '"') {
      if (!cell.empty()) {
        throw std::runtime_error("a quote inside of a bare cell");
      }
      is_quoted = true;
    } else if (c == ',') {
      rows.back().emplace_back();
    } else if (c == '\r') {
      ++i;
      rows.emplace_back(1);
    } else {
      cell += c;
    }
  }
  if (is_quoted) {
    throw std::runtime_error("an open quote");
  }
  rows.pop_back();
  return rows;
}

// ---- access logs ------------------------------------------------------------------------------

TEST(AccessLogTest, IsWhatEnvoyWouldHaveWritten) {
  const JudgedRun run(traced_builder());
  const std::string log = access_log_text(run.report());

  EXPECT_EQ(log, golden("shop.access.log", log));
}

TEST(AccessLogTest, JsonLinesHaveTheProxysKeys) {
  const JudgedRun run(traced_builder());

  const std::vector<std::string> lines = lines_of(access_log_json(run.report()));

  ASSERT_EQ(lines.size(), 2) << "the call and the request at its host";
  const json::value call = json::parse(lines[0]);
  EXPECT_EQ(call.at("response_code").as_int64(), 504);
  EXPECT_EQ(call.at("response_flags").as_string(), "UT");
  EXPECT_EQ(call.at("response_code_details").as_string(), "upstream_response_timeout");
  EXPECT_EQ(call.at("upstream_request_attempt_count").as_int64(), 2);
  EXPECT_TRUE(call.at("upstream_service_time").is_null());
}

TEST(AccessLogTest, HostileNamesStayInTheirLine) {
  const std::size_t lines = lines_of(access_log_text(JudgedRun(traced_builder()).report())).size();
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_traced_run(name);

    EXPECT_EQ(lines_of(access_log_text(run.report())).size(), lines);
    for (const std::string& line : lines_of(access_log_json(run.report()))) {
      EXPECT_NO_THROW(json::parse(line));
    }
  }
}

// ---- metrics ----------------------------------------------------------------------------------

const RE2& sample_line() {
  static const RE2 kLine(
      R"re([a-zA-Z_:][a-zA-Z0-9_:]*(\{([a-zA-Z_][a-zA-Z0-9_]*="([^"\\\n]|\\["\\n])*",?)*\})? [^ ]+( [0-9.]+)?)re",
      RE2::Latin1);
  return kLine;
}

TEST(MetricsTest, UseTheNamesAndLabelsOfIstioAndEnvoy) {
  const JudgedRun run(engine::shop_run());

  const std::string metrics = prometheus_metrics(run.report());

  EXPECT_NE(metrics.find("# TYPE istio_requests_total counter\n"), std::string::npos);
  EXPECT_NE(metrics.find("istio_requests_total{reporter=\"source\",source_workload=\"gateway\""),
            std::string::npos);
  EXPECT_NE(metrics.find("response_code=\"500\",response_flags=\"-\""), std::string::npos);
  EXPECT_NE(metrics.find("# TYPE istio_request_duration_milliseconds histogram\n"),
            std::string::npos);
  EXPECT_NE(metrics.find("envoy_cluster_name=\"outbound|80||"), std::string::npos);
}

TEST(MetricsTest, EveryLineIsASampleOrAComment) {
  const JudgedRun run(engine::shop_run());

  for (const std::string& text : {prometheus_metrics(run.report()), openmetrics(run.report())}) {
    for (const std::string& line : lines_of(text)) {
      EXPECT_TRUE(line[0] == '#' || RE2::FullMatch(line, sample_line())) << line;
    }
  }
}

TEST(MetricsTest, HistogramsCountUpToTheirTotal) {
  const JudgedRun run(engine::shop_run());
  std::uint64_t last = 0;
  bool was_infinite = false;
  std::size_t histograms = 0;

  for (const std::string& line : lines_of(prometheus_metrics(run.report()))) {
    const bool is_bucket = line.rfind("istio_request_duration_milliseconds_bucket", 0) == 0;
    const bool is_count = line.rfind("istio_request_duration_milliseconds_count", 0) == 0;
    if (!is_bucket && !is_count) {
      continue;
    }
    const std::uint64_t value = std::stoull(line.substr(line.rfind(' ') + 1));
    if (is_count) {
      EXPECT_TRUE(was_infinite);
      EXPECT_EQ(value, last);
      last = 0;
      ++histograms;
    } else {
      EXPECT_GE(value, last) << line;
      last = value;
    }
    was_infinite = line.find("le=\"+Inf\"") != std::string::npos;
  }
  EXPECT_GT(histograms, 2);
}

TEST(MetricsTest, OpenMetricsHasASampleForEachBucketAndAnEnd) {
  const JudgedRun run(engine::shop_run());

  const std::vector<std::string> lines = lines_of(openmetrics(run.report()));

  EXPECT_EQ(lines.back(), "# EOF");
  const std::string wanted = "shaketable_service_instances{service=\"gateway\"}";
  std::size_t samples = 0;
  std::string last;
  for (const std::string& line : lines) {
    if (line.rfind(wanted, 0) == 0) {
      ++samples;
      last = line;
    }
  }
  EXPECT_EQ(samples, 120);
  EXPECT_EQ(last.substr(last.rfind(' ') + 1), "1767225720") << "two minutes after the start";
}

TEST(MetricsTest, HostileNamesStayLabelValues) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_traced_run(name);
    for (const std::string& line : lines_of(prometheus_metrics(run.report()))) {
      if (line[0] != '#') {
        ASSERT_TRUE(RE2::FullMatch(line, sample_line())) << line;
      }
    }
  }
}

// ---- Kiali ------------------------------------------------------------------------------------

TEST(KialiGraphTest, EdgesJoinNodesThatAreThere) {
  const JudgedRun run(traced_builder());

  const json::value graph = json::parse(kiali_graph(run.report()));

  EXPECT_EQ(graph.at("graphType").as_string(), "workload");
  std::set<std::string> nodes;
  for (const json::value& node : graph.at("elements").at("nodes").as_array()) {
    nodes.insert(std::string(node.at("data").at("id").as_string()));
  }
  EXPECT_EQ(nodes.size(), run.report().scenario.mesh.services.size() + 1) << "and the load";
  const json::array& edges = graph.at("elements").at("edges").as_array();
  EXPECT_FALSE(edges.empty());
  for (const json::value& edge : edges) {
    EXPECT_TRUE(nodes.contains(std::string(edge.at("data").at("source").as_string())));
    EXPECT_TRUE(nodes.contains(std::string(edge.at("data").at("target").as_string())));
    EXPECT_TRUE(edge.at("data").at("traffic").at("rates").as_object().contains("http"));
  }
}

TEST(KialiGraphTest, HostileNamesStayData) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_traced_run(name);
    EXPECT_NO_THROW(json::parse(kiali_graph(run.report())));
  }
}

// ---- tables -----------------------------------------------------------------------------------

TEST(TablesTest, EveryRowHasTheColumnsOfItsHead) {
  const JudgedRun run(traced_builder());

  for (const CsvFile& file : csv_tables(run.report())) {
    const auto rows = read_csv(file.content);
    EXPECT_GT(rows.size(), 1) << file.name;
    for (const auto& row : rows) {
      EXPECT_EQ(row.size(), rows[0].size()) << file.name;
    }
  }
}

TEST(TablesTest, EventsAreAsTheyWere) {
  const JudgedRun run(traced_builder());
  const std::string events = csv_tables(run.report())[3].content;

  EXPECT_EQ(events, golden("shop.events.csv", events));
}

TEST(TablesTest, NoCellIsAFormula) {
  std::vector<std::string> names = hostile_names();
  names.insert(names.end(), {"=1+2", "+cmd", "-2+3", "@sum", "\t=1", "\r=1"});
  for (const std::string& name : names) {
    const JudgedRun run = hostile_traced_run(name);
    for (const CsvFile& file : csv_tables(run.report())) {
      for (const auto& row : read_csv(file.content)) {
        for (const std::string& cell : row) {
          const bool is_formula =
              !cell.empty() && std::string("=+-@\t\r").find(cell[0]) != std::string::npos;
          EXPECT_FALSE(is_formula && !RE2::FullMatch(cell, "-?[0-9]+")) << cell;
        }
      }
    }
  }
}

// ---- lines ------------------------------------------------------------------------------------

bool has_type(const json::value& value, const std::string& type) {
  return (type == "string" && value.is_string()) || (type == "null" && value.is_null()) ||
         (type == "integer" && (value.is_int64() || value.is_uint64())) ||
         (type == "boolean" && value.is_bool()) || (type == "array" && value.is_array()) ||
         (type == "object" && value.is_object());
}

/// Whether the line has every required member with one of its types, and no other.
std::string mismatch(const json::value& line, const json::value& schema) {
  const json::object& properties = schema.at("properties").as_object();
  for (const json::value& name : schema.at("required").as_array()) {
    if (!line.as_object().contains(name.as_string())) {
      return "lacks " + std::string(name.as_string());
    }
  }
  for (const json::key_value_pair& member : line.as_object()) {
    const json::value* const property = properties.if_contains(member.key());
    if (property == nullptr) {
      return "has " + std::string(member.key());
    }
    const json::value* const type = property->as_object().if_contains("type");
    if (type == nullptr) {
      continue;  // the constant
    }
    const json::array types = type->is_array() ? type->as_array() : json::array{*type};
    if (std::none_of(types.begin(), types.end(), [&](const json::value& it) {
          return has_type(member.value(), std::string(it.as_string()));
        })) {
      return "type of " + std::string(member.key());
    }
  }
  return "";
}

TEST(NdjsonTest, EveryLineIsAsItsSchemaSays) {
  const JudgedRun run(traced_builder());
  const json::value schema = json::parse(ndjson_schema());
  std::map<std::string, json::value> by_type;
  for (const json::value& it : schema.at("oneOf").as_array()) {
    by_type.emplace(std::string(it.at("properties").at("type").at("const").as_string()), it);
  }
  std::set<std::string> seen;

  const std::vector<std::string> lines = lines_of(ndjson(run.report()));

  for (const std::string& line : lines) {
    const json::value value = json::parse(line);
    const std::string type(value.at("type").as_string());
    seen.insert(type);
    ASSERT_TRUE(by_type.contains(type)) << type;
    EXPECT_EQ(mismatch(value, by_type.at(type)), "") << line;
  }
  EXPECT_EQ(seen.size(), by_type.size()) << "every kind of line was there";
  EXPECT_EQ(json::parse(lines.back()).at("lines").to_number<std::size_t>(), lines.size());
}

TEST(NdjsonTest, HostileNamesStayInTheirLine) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_traced_run(name);
    for (const std::string& line : lines_of(ndjson(run.report()))) {
      EXPECT_NO_THROW(json::parse(line));
    }
  }
}

// ---- figures ----------------------------------------------------------------------------------

TEST(TimestampsTest, CountFromTheStartOfAllRuns) {
  EXPECT_EQ(timestamp_text(proxy::kStart + 20'300ms, 3), "2026-01-01T00:00:20.300Z");
  EXPECT_EQ(timestamp_text(proxy::kStart + 24h * 59, 0), "2026-03-01T00:00:00Z");
  EXPECT_EQ(unix_seconds_text(proxy::kStart + 1'500ms), "1767225601.5");
  EXPECT_EQ(unix_seconds_text(proxy::kStart), "1767225600");
}

TEST(TimestampsTest, DecimalsAreRoundedHalfUp) {
  EXPECT_EQ(decimal_text(1, 3, 2), "0.33");
  EXPECT_EQ(decimal_text(2, 3, 2), "0.67");
  EXPECT_EQ(decimal_text(999, 1'000, 2), "1.00");
  EXPECT_EQ(decimal_text(5, 0, 2), "0");
}

}  // namespace
}  // namespace shaketable::reports
