#include "proxy/live/tracing.h"

#include <string>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "proxy/telemetry/response_flags.h"
#include "tests/support/golden.h"
#include "tests/support/hostile_names.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::int64_t kNow = 1'795'232'006'123'456'789;

TracingConfig config_for(TracingConfig::Exporter exporter) {
  TracingConfig config;
  config.exporter = exporter;
  config.sampling_ppm = kPpmOne;
  return config;
}
const TracingConfig kOtlp = config_for(TracingConfig::Exporter::kOtlpHttp);
const TracingConfig kZipkin = config_for(TracingConfig::Exporter::kZipkin);

http::HeaderList from_client(const std::string& flags = "01") {
  http::HeaderList headers;
  headers.add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-" + flags);
  return headers;
}

AccessRecord sample_access() {
  AccessRecord access;
  access.start_unix_ns = kNow;
  access.method = "GET";
  access.path = "/cart?user=7";
  access.authority = "cart.test";
  access.status = 503;
  access.flags = kFlagUpstreamRetryLimitExceeded;
  access.duration = 12ms;
  access.attempts = 2;
  access.bytes_sent = 91;
  access.request_id = "9e4a2d4c-1f53-4b0a-8d23-000000000001";
  access.user_agent = "curl";
  access.upstream_host = "127.0.0.1:8080";
  access.upstream_cluster = "cart";
  access.route = "checkout";
  access.downstream_address = "10.0.0.9:51000";
  return access;
}

/// A request with one retry, told.
void tell(Tracer& tracer, const RequestTrace& trace) {
  AttemptRecord attempt;
  attempt.span = 0xa1;
  attempt.start_unix_ns = kNow + 1'000'000;
  attempt.duration = 4ms;
  attempt.flags = kFlagUpstreamConnectionFailure;
  attempt.method = "GET";
  attempt.scheme = "http";
  attempt.authority = "cart.test";
  attempt.path = "/cart?user=7";
  attempt.upstream_host = "[::1]:8081";
  attempt.upstream_cluster = "cart";
  attempt.failure = "connection refused";
  tracer.add_attempt(trace, attempt);
  const AccessRecord access = sample_access();
  const std::vector<SpanEvent> events = {{kNow + 5'000'000, "retry", "UF"}};
  tracer.add_request(trace, {Direction::kOutbound, "http", &access, events});
}

RequestTrace fixed_trace(const Tracer& tracer) {
  Rng rng(1);
  RequestTrace trace = tracer.begin(from_client(), rng);
  trace.server_span = 0x5e;
  return trace;
}

TEST(TracingTest, WithoutAnExporterHeadersPassUntouched) {
  Rng rng(1);
  Tracer tracer(TracingConfig(), "cart-1");
  const RequestTrace trace = tracer.begin(from_client(), rng);
  EXPECT_FALSE(trace.is_on);
  EXPECT_EQ(rng.draws(), 0U);
  http::HeaderList headers = from_client();
  tracer.inject(trace, 7, headers);
  EXPECT_EQ(headers.find("traceparent"), from_client().find("traceparent"));
  tell(tracer, trace);
  EXPECT_FALSE(tracer.take_batch().has_value());
}

TEST(TracingTest, TheClientsDecisionIsFollowed) {
  Rng rng(1);
  TracingConfig never = kOtlp;
  never.sampling_ppm = 0;
  EXPECT_TRUE(Tracer(never, "n").begin(from_client("01"), rng).is_sampled);
  EXPECT_FALSE(Tracer(kOtlp, "n").begin(from_client("00"), rng).is_sampled);
  EXPECT_FALSE(Tracer(never, "n").begin(http::HeaderList(), rng).is_sampled);
  EXPECT_TRUE(Tracer(kOtlp, "n").begin(http::HeaderList(), rng).is_sampled);
}

TEST(TracingTest, TheUpstreamGetsTheAttemptAsItsParent) {
  const Tracer tracer(kOtlp, "cart-1");
  http::HeaderList headers = from_client();
  tracer.inject(fixed_trace(tracer), 0xa1, headers);
  EXPECT_EQ(headers.find("traceparent"), "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000a1-01");
}

TEST(TracingTest, AnUnsampledRequestSaysSoToTheUpstream) {
  Rng rng(1);
  Tracer tracer(kOtlp, "cart-1");
  const RequestTrace trace = tracer.begin(from_client("00"), rng);
  http::HeaderList headers = from_client("00");
  tracer.inject(trace, 0xa1, headers);
  EXPECT_EQ(headers.find("traceparent"), "00-4bf92f3577b34da6a3ce929d0e0e4736-00000000000000a1-00");
  tell(tracer, trace);
  EXPECT_EQ(tracer.queued(), 0U);
}

TEST(TracingTest, ANewTraceHasTheHeadersOfItsExporter) {
  Rng rng(1);
  http::HeaderList headers;
  const Tracer zipkin(kZipkin, "n");
  zipkin.inject(zipkin.begin(headers, rng), 0xa1, headers);
  EXPECT_TRUE(headers.contains("x-b3-traceid"));
  EXPECT_TRUE(headers.contains("x-b3-parentspanid"));
  EXPECT_EQ(headers.find("x-b3-sampled"), "1");
  EXPECT_TRUE(headers.contains("traceparent"));
  headers.clear();
  const Tracer otlp(kOtlp, "n");
  otlp.inject(otlp.begin(headers, rng), 0xa1, headers);
  EXPECT_EQ(headers.size(), 1U);
  EXPECT_TRUE(headers.contains("traceparent"));
}

TEST(TracingTest, OtlpBatchesAreAsTheCollectorReadsThem) {
  Tracer tracer(kOtlp, "cart-1");
  tell(tracer, fixed_trace(tracer));
  const std::optional<ExportBatch> batch = tracer.take_batch();
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->spans, 2U);
  EXPECT_EQ(batch->body, golden("live/otlp.json", batch->body));
  const boost::json::value spans =
      boost::json::parse(batch->body).at_pointer("/resourceSpans/0/scopeSpans/0/spans");
  EXPECT_EQ(spans.at(0).at("parentSpanId").as_string(), "000000000000005e");
  EXPECT_EQ(spans.at(1).at("parentSpanId").as_string(), "00f067aa0ba902b7");
  EXPECT_FALSE(tracer.take_batch().has_value());
}

TEST(TracingTest, ZipkinBatchesAreAsTheCollectorReadsThem) {
  Tracer tracer(kZipkin, "cart-1");
  tell(tracer, fixed_trace(tracer));
  const std::optional<ExportBatch> batch = tracer.take_batch();
  ASSERT_TRUE(batch.has_value());
  EXPECT_EQ(batch->body, golden("live/zipkin.json", batch->body));
  const boost::json::value spans = boost::json::parse(batch->body);
  EXPECT_EQ(spans.at(0).at("kind").as_string(), "CLIENT");
  EXPECT_EQ(spans.at(0).at("tags").at("error").as_string(), "true");
}

TEST(TracingTest, AFullQueueDropsAndCounts) {
  Tracer tracer(kOtlp, "cart-1", {.max_queued_bytes = 3'000, .batch_bytes = 1'000});
  const RequestTrace trace = fixed_trace(tracer);
  for (int i = 0; i < 10; ++i) {
    tell(tracer, trace);
  }
  EXPECT_TRUE(tracer.has_full_batch());
  EXPECT_GT(tracer.dropped(), 10U);
  EXPECT_EQ(tracer.dropped() + tracer.queued(), 20U);
  boost::json::error_code error;
  boost::json::parse(tracer.take_batch()->body, error);
  EXPECT_FALSE(error);
}

TEST(TracingTest, AnotherExporterDropsWhatTheOldOneWouldHaveGot) {
  Tracer tracer(kOtlp, "cart-1");
  tell(tracer, fixed_trace(tracer));
  tracer.set_config(kZipkin, "cart-1");
  EXPECT_EQ(tracer.dropped(), 2U);
  EXPECT_FALSE(tracer.take_batch().has_value());
}

TEST(TracingTest, HostileValuesStayValuesOfJson) {
  for (const TracingConfig& config : {kOtlp, kZipkin}) {
    for (const std::string& name : hostile_names()) {
      Tracer tracer(config, name);
      const RequestTrace trace = fixed_trace(tracer);
      AccessRecord access = sample_access();
      access.method = access.path = access.authority = access.user_agent = name;
      access.route = access.upstream_host = access.downstream_address = name;
      tracer.add_request(trace, {Direction::kInbound, "http", &access, {}});
      boost::json::error_code error;
      boost::json::parse(tracer.take_batch()->body, error);
      EXPECT_FALSE(error) << error.message();
    }
  }
}

}  // namespace
}  // namespace shaketable::proxy::live
