#include "proxy/live/access_log.h"

#include <algorithm>
#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "proxy/telemetry/response_flags.h"
#include "tests/support/allocation_counter.h"
#include "tests/support/golden.h"
#include "tests/support/hostile_names.h"

namespace shaketable::proxy::live {
namespace {

using Format = AccessLogConfig::Format;

AccessRecord sample() {
  AccessRecord record;
  record.start_unix_ns = 1'795'232'006'123'456'789;
  record.method = "POST";
  record.path = "/api/cart?user=7";
  record.version = http::Version::kHttp2;
  record.authority = "cart.test:80";
  record.status = 503;
  record.flags = kFlagUpstreamConnectionFailure | kFlagUpstreamRetryLimitExceeded;
  record.bytes_received = 154;
  record.bytes_sent = 91;
  record.duration = 27ms;
  record.request_duration = 2ms;
  record.upstream_time = 25ms;
  record.attempts = 2;
  record.forwarded_for = "10.0.0.1";
  record.user_agent = "curl/7.88.1";
  record.request_id = "9e4a2d4c-1f53-4b0a-8d23-000000000001";
  record.upstream_host = "127.0.0.1:8080";
  record.upstream_cluster = "cart";
  record.route = "checkout";
  record.listener = "outbound";
  record.downstream_address = "127.0.0.1:52114";
  record.trace = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736};
  record.tls_version = "TLSv1.3";
  record.tls_peer_id = "spiffe://shop.test/ns/default/sa/web";
  return record;
}

std::string line(const AccessRecord& record, Format format) {
  std::string out;
  AccessLogFormatter(format).append(record, out);
  return out;
}

TEST(AccessLogTest, TextIsEnvoysDefaultFormat) {
  EXPECT_EQ(line(sample(), Format::kText),
            "[2026-11-21T03:33:26.123Z] \"POST /api/cart?user=7 HTTP/2\" 503 UF,URX 154 91 27 25 "
            "\"10.0.0.1\" \"curl/7.88.1\" \"9e4a2d4c-1f53-4b0a-8d23-000000000001\" "
            "\"cart.test:80\" \"127.0.0.1:8080\"\n");
}

TEST(AccessLogTest, JsonHasTheRestToo) {
  const std::string actual = line(sample(), Format::kJson);
  EXPECT_EQ(actual, golden("live/access_log.json", actual));
  EXPECT_EQ(boost::json::parse(actual).at("downstream_peer_uri_san").as_string(),
            "spiffe://shop.test/ns/default/sa/web");
}

TEST(AccessLogTest, WhatIsNotKnownIsADash) {
  AccessRecord record;
  record.method = "GET";
  EXPECT_EQ(line(record, Format::kText),
            "[1970-01-01T00:00:00.000Z] \"GET - HTTP/1.1\" 0 - 0 0 0 - \"-\" \"-\" \"-\" \"-\" "
            "\"-\"\n");
  const boost::json::value json = boost::json::parse(line(record, Format::kJson));
  EXPECT_TRUE(json.at("upstream_host").is_null());
  EXPECT_TRUE(json.at("upstream_service_time").is_null());
}

TEST(AccessLogTest, AHostileClientWritesOneLineOnly) {
  for (const std::string& name : hostile_names()) {
    AccessRecord record = sample();
    record.method = record.path = record.authority = record.user_agent = name;
    record.forwarded_for = record.request_id = record.tls_server_name = name;
    for (const Format format : {Format::kText, Format::kJson}) {
      const std::string text = line(record, format);
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 1);
      EXPECT_LT(text.size(), 24U * 1024);
      EXPECT_EQ(std::count_if(text.begin(), text.end() - 1,
                              [](char c) { return static_cast<unsigned char>(c) < ' '; }),
                0);
    }
    boost::json::error_code error;
    boost::json::parse(line(record, Format::kJson), error);
    EXPECT_FALSE(error);
  }
}

TEST(AccessLogTest, AQuoteDoesNotEndAField) {
  AccessRecord record = sample();
  record.user_agent = "a\" 200 - \"b";
  EXPECT_NE(line(record, Format::kText).find("\"a\\x22 200 - \\x22b\""), std::string::npos);
}

TEST(AccessLogTest, TheSecondIsRememberedAndChanges) {
  AccessLogFormatter formatter(Format::kText);
  std::string out;
  AccessRecord record = sample();
  formatter.append(record, out);
  record.start_unix_ns += 900'000'000;
  formatter.append(record, out);
  record.start_unix_ns -= 1'000'000'000;
  formatter.append(record, out);
  EXPECT_NE(out.find("[2026-11-21T03:33:26.123Z]"), std::string::npos);
  EXPECT_NE(out.find("[2026-11-21T03:33:27.023Z]"), std::string::npos);
  EXPECT_NE(out.find("[2026-11-21T03:33:26.023Z]"), std::string::npos) << "the clock went back";
}

TEST(AccessLogTest, FlagsHaveEnvoysDetails) {
  EXPECT_EQ(details_of(0, true), "via_upstream");
  EXPECT_EQ(details_of(0, false), "direct_response");
  EXPECT_EQ(details_of(kFlagNoRouteFound, false), "route_not_found");
  EXPECT_EQ(details_of(kFlagUpstreamConnectionFailure | kFlagUpstreamRetryLimitExceeded, true),
            "upstream_reset_before_response_started{connection_failure}");
  EXPECT_EQ(details_of(kFlagUpstreamRemoteReset | kFlagDownstreamConnectionTermination, true),
            "downstream_remote_disconnect");
}

TEST(AccessLogTest, OffWritesNothing) { EXPECT_EQ(line(sample(), Format::kOff), ""); }

TEST(AccessLogTest, FormattingDoesNotAllocate) {
  AccessRecord record = sample();
  record.flags = 0;
  for (const Format format : {Format::kText, Format::kJson}) {
    AccessLogFormatter formatter(format);
    std::string out;
    out.reserve(1U << 20U);
    formatter.append(record, out);
    const std::uint64_t before = support::allocation_count();
    for (int i = 0; i < 100; ++i) {
      formatter.append(record, out);
    }
    EXPECT_EQ(support::allocation_count(), before);
  }
}

}  // namespace
}  // namespace shaketable::proxy::live
