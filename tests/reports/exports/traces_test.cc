#include "reports/exports/traces.h"

#include <map>
#include <set>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "reports/exports/export_spans.h"
#include "tests/reports/exports/traced_run.h"

namespace shaketable::reports {
namespace {

namespace json = boost::json;

constexpr char kTraceId[] = "0123456789abcdeffedcba9876543210";

std::string text(const json::value& value) { return std::string(value.as_string()); }

/// The value of an OTLP attribute, as a text.
std::string attribute(const json::value& span, const std::string& key) {
  for (const json::value& it : span.at("attributes").as_array()) {
    if (text(it.at("key")) == key) {
      const json::object& value = it.at("value").as_object();
      const json::value& content = value.begin()->value();
      return content.is_string() ? text(content) : json::serialize(content);
    }
  }
  return "";
}

TEST(TracesExportTest, OtlpHasEverySpanOnceUnderItsService) {
  const JudgedRun run(traced_builder());

  const json::value document = json::parse(otlp_traces(run.report()));

  std::map<std::string, json::value> spans;
  std::set<std::string> services;
  for (const json::value& resource : document.at("resourceSpans").as_array()) {
    services.insert(
        text(resource.at("resource").at("attributes").at(0).at("value").at("stringValue")));
    for (const json::value& span : resource.at("scopeSpans").at(0).at("spans").as_array()) {
      EXPECT_EQ(text(span.at("traceId")), kTraceId);
      EXPECT_EQ(text(span.at("spanId")).size(), 16);
      EXPECT_TRUE(spans.emplace(text(span.at("spanId")), span).second);
    }
  }
  EXPECT_EQ(spans.size(), 7);
  EXPECT_EQ(services.size(), 2) << "the load and the service that called";
  for (const auto& [id, span] : spans) {
    const json::object& members = span.as_object();
    if (members.contains("parentSpanId")) {
      EXPECT_TRUE(spans.contains(text(span.at("parentSpanId"))));
    } else {
      EXPECT_EQ(span.at("kind").as_int64(), 3) << "the client";
    }
    EXPECT_LE(std::stoll(text(span.at("startTimeUnixNano"))),
              std::stoll(text(span.at("endTimeUnixNano"))));
  }
}

TEST(TracesExportTest, DecisionsAreEventsWithTheirReason) {
  const JudgedRun run(traced_builder());
  const json::value document = json::parse(otlp_traces(run.report()));

  std::string reason;
  for (const json::value& resource : document.at("resourceSpans").as_array()) {
    for (const json::value& span : resource.at("scopeSpans").at(0).at("spans").as_array()) {
      if (attribute(span, "shaketable.kind") == "call") {
        EXPECT_EQ(attribute(span, "response_flags"), "UT");
        EXPECT_EQ(attribute(span, "http.response.status_code"), "504");
        EXPECT_EQ(span.at("status").at("code").as_int64(), 2);
        reason = text(span.at("events").at(0).at("attributes").at(0).at("value").at("stringValue"));
      }
    }
  }
  EXPECT_EQ(reason, "per-try timeout: attempt 2 follows after 7 ms");
}

TEST(TracesExportTest, JaegerRefersToItsProcessesAndParents) {
  const JudgedRun run(traced_builder());

  const json::value trace = json::parse(jaeger_traces(run.report())).at("data").at(0);

  EXPECT_EQ(text(trace.at("traceID")), kTraceId);
  std::set<std::string> ids;
  for (const json::value& span : trace.at("spans").as_array()) {
    ids.insert(text(span.at("spanID")));
    EXPECT_TRUE(trace.at("processes").as_object().contains(text(span.at("processID"))));
    EXPECT_GT(span.at("startTime").as_int64(), 1'700'000'000'000'000) << "microseconds";
    EXPECT_GE(span.at("duration").as_int64(), 0);
    for (const json::value& reference : span.at("references").as_array()) {
      EXPECT_EQ(text(reference.at("refType")), "CHILD_OF");
      EXPECT_TRUE(ids.contains(text(reference.at("spanID")))) << "parents come first";
    }
  }
  EXPECT_EQ(ids.size(), 7);
}

TEST(TracesExportTest, ZipkinSpansHaveWhatItsApiAsksFor) {
  const JudgedRun run(traced_builder());

  const json::value spans = json::parse(zipkin_traces(run.report()));

  ASSERT_EQ(spans.as_array().size(), 7);
  for (const json::value& span : spans.as_array()) {
    EXPECT_EQ(text(span.at("traceId")), kTraceId);
    EXPECT_GE(span.at("duration").as_int64(), 1);
    EXPECT_FALSE(text(span.at("localEndpoint").at("serviceName")).empty());
    for (const json::key_value_pair& tag : span.at("tags").as_object()) {
      EXPECT_TRUE(tag.value().is_string()) << "tags are texts: " << tag.key();
    }
    if (const json::value* kind = span.as_object().if_contains("kind")) {
      EXPECT_TRUE(text(*kind) == "CLIENT" || text(*kind) == "SERVER");
    }
  }
}

TEST(TracesExportTest, EqualRunsAreEqualBytes) {
  const JudgedRun first(traced_builder());
  const JudgedRun second(traced_builder());

  EXPECT_EQ(otlp_traces(first.report()), otlp_traces(second.report()));
  EXPECT_EQ(jaeger_traces(first.report()), jaeger_traces(second.report()));
  EXPECT_EQ(zipkin_traces(first.report()), zipkin_traces(second.report()));
}

TEST(TracesExportTest, HostileNamesStayData) {
  for (const std::string& name : hostile_names()) {
    const JudgedRun run = hostile_traced_run(name);

    EXPECT_NO_THROW(json::parse(otlp_traces(run.report())));
    EXPECT_NO_THROW(json::parse(jaeger_traces(run.report())));
    EXPECT_NO_THROW(json::parse(zipkin_traces(run.report())));
  }
}

TEST(TracesExportTest, ARunWithoutTracesGivesAnEmptyDocument) {
  const JudgedRun run(engine::shop_run());

  EXPECT_TRUE(json::parse(otlp_traces(run.report())).at("resourceSpans").as_array().empty());
  EXPECT_TRUE(json::parse(jaeger_traces(run.report())).at("data").as_array().empty());
  EXPECT_TRUE(json::parse(zipkin_traces(run.report())).as_array().empty());
}

}  // namespace
}  // namespace shaketable::reports
