#include "proxy/config/archive.h"

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::proxy {
namespace {

RetryPolicy full_retry() {
  RetryPolicy retry;
  retry.retry_on = kRetryOn5xx | kRetryOnUnavailable;
  retry.num_retries = 7;
  retry.per_try_timeout = 1500ms;
  retry.backoff_base = 3ms;
  retry.backoff_max = 99ms;
  retry.growth = BackoffGrowth::kDocs;
  retry.status_codes = {409, 599};
  retry.previous_hosts = true;
  retry.host_selection_retry_max_attempts = 4;
  return retry;
}

Route full_route() {
  Route route;
  route.name = "checkout";
  route.match.path = {PathMatch::Kind::kRegex, "/a/.*", true};
  route.match.headers = {{"x-user", {StringMatch::Kind::kContains, "bob", true}, true}};
  route.match.query = {{"q", {StringMatch::Kind::kSuffix, "z", false}}};
  route.action = Route::Action::kDirectResponse;
  route.clusters = {{0, 90}, {kNoCluster, 10}};
  route.timeout = 2s;
  route.idle_timeout = 9s;
  route.retry = full_retry();
  route.fault = FaultPolicy{100, 5ms, 200, 418, 12};
  route.mirrors = {{1, 250'000}};
  route.rewrite = Rewrite{"/b", "x+", "y", "other.test"};
  route.redirect = Redirect{308, "https", "to.test", "/p", "/q", 8443, true};
  route.direct_response = DirectResponse{204, std::string("b\0dy", 4)};
  route.request_headers = {{HeaderMutation::Op::kAdd, "a", "1"}};
  route.response_headers = {{HeaderMutation::Op::kRemove, "b", ""}};
  return route;
}

ClusterConfig full_cluster() {
  ClusterConfig cluster;
  cluster.name = "cart";
  cluster.lb_policy = LbPolicy::kLeastRequest;
  cluster.choice_count = 5;
  cluster.full_scan = true;
  cluster.protocol = UpstreamProtocol::kHttp2;
  cluster.max_concurrent_streams = 17;
  cluster.max_requests_per_connection = 1000;
  cluster.connect_timeout = 250ms;
  cluster.pool_idle_timeout = 61s;
  cluster.circuit_breakers = {1, 2, 3, 4, RetryBudget{250'000, 9}};
  OutlierDetection detection;
  detection.consecutive_5xx = 2;
  detection.max_ejection_percent = 50;
  detection.always_eject_one_host = true;
  detection.failure_percentage_request_volume = 51;
  cluster.outlier_detection = detection;
  cluster.panic_threshold_percent = 33;
  cluster.hosts = std::make_shared<const HostSet>(HostSet{{3, 1}, {70'000, 128}});
  cluster.tag = 12;
  return cluster;
}

ProxyConfig full_config() {
  ProxyConfig config;
  config.version = std::numeric_limits<std::uint64_t>::max();
  config.clusters = {full_cluster(), ClusterConfig{}};
  config.outbound = {{"shop", {"*", "shop.test:80"}, {full_route(), Route{}}}};
  config.inbound = {{"local", {"*"}, {Route{}}}};
  return config;
}

TEST(ArchiveTest, GivesBackEveryMember) {
  const std::string bytes = write_archive(full_config());

  const Result<ProxyConfig> read = read_archive(bytes);

  ASSERT_TRUE(read.has_value()) << read.error().message;
  EXPECT_EQ(write_archive(*read), bytes);
  const Route& route = read->outbound[0].routes[0];
  EXPECT_EQ(route.match.headers[0].value.text, "bob");
  EXPECT_TRUE(route.match.headers[0].invert);
  EXPECT_EQ(route.retry->per_try_timeout, 1500ms);
  EXPECT_EQ(route.retry->status_codes, (std::vector<std::uint16_t>{409, 599}));
  EXPECT_EQ(route.redirect->port, 8443);
  EXPECT_EQ(route.direct_response->body, std::string("b\0dy", 4));
  EXPECT_EQ(route.clusters[1].cluster, kNoCluster);
  const ClusterConfig& cluster = read->clusters[0];
  EXPECT_EQ(cluster.circuit_breakers.retry_budget->min_retry_concurrency, 9U);
  EXPECT_EQ(cluster.outlier_detection->failure_percentage_request_volume, 51U);
  EXPECT_EQ(cluster.hosts->at(1).id, 70'000U);
  EXPECT_EQ(cluster.tag, 12U);
  EXPECT_EQ(read->version, std::numeric_limits<std::uint64_t>::max());
}

/// One change of one member; the bytes must tell.
using Change = std::function<void(ProxyConfig&)>;

std::vector<Change> changes_of_routes() {
  const auto route = [](auto change) {
    return Change([change](ProxyConfig& c) { change(c.outbound[0].routes[0]); });
  };
  return {
      [](ProxyConfig& c) { ++c.version; },
      [](ProxyConfig& c) { c.outbound[0].name += "x"; },
      [](ProxyConfig& c) { c.outbound[0].domains[1] += "x"; },
      [](ProxyConfig& c) { c.inbound[0].routes.clear(); },
      route([](Route& r) { r.name += "x"; }),
      route([](Route& r) { r.match.path.kind = PathMatch::Kind::kAny; }),
      route([](Route& r) { r.match.path.text += "x"; }),
      route([](Route& r) { r.match.path.ignore_case = false; }),
      route([](Route& r) { r.match.headers[0].name += "x"; }),
      route([](Route& r) { r.match.headers[0].value.kind = StringMatch::Kind::kExact; }),
      route([](Route& r) { r.match.headers[0].value.text += "x"; }),
      route([](Route& r) { r.match.headers[0].value.ignore_case = false; }),
      route([](Route& r) { r.match.headers[0].invert = false; }),
      route([](Route& r) { r.match.query[0].name += "x"; }),
      route([](Route& r) { r.match.query[0].value.text += "x"; }),
      route([](Route& r) { r.action = Route::Action::kRedirect; }),
      route([](Route& r) { r.clusters[0].cluster = 1; }),
      route([](Route& r) { r.clusters[0].weight = 1; }),
      route([](Route& r) { r.timeout = 0s; }),
      route([](Route& r) { r.idle_timeout = 0s; }),
      route([](Route& r) { r.retry->retry_on = 0; }),
      route([](Route& r) { r.retry->num_retries = 0; }),
      route([](Route& r) { r.retry->per_try_timeout = 0s; }),
      route([](Route& r) { r.retry->backoff_base = 0s; }),
      route([](Route& r) { r.retry->backoff_max = 0s; }),
      route([](Route& r) { r.retry->growth = BackoffGrowth::kCode; }),
      route([](Route& r) { r.retry->status_codes.clear(); }),
      route([](Route& r) { r.retry->previous_hosts = false; }),
      route([](Route& r) { r.retry->host_selection_retry_max_attempts = 0; }),
      route([](Route& r) { r.fault->delay_ppm = 0; }),
      route([](Route& r) { r.fault->fixed_delay = 0s; }),
      route([](Route& r) { r.fault->abort_ppm = 0; }),
      route([](Route& r) { r.fault->abort_status = 0; }),
      route([](Route& r) { r.fault->max_active_faults = 0; }),
      route([](Route& r) { r.mirrors[0].cluster = 0; }),
      route([](Route& r) { r.mirrors[0].ppm = 0; }),
      route([](Route& r) { r.rewrite->prefix += "x"; }),
      route([](Route& r) { r.rewrite->regex += "x"; }),
      route([](Route& r) { r.rewrite->substitution += "x"; }),
      route([](Route& r) { r.rewrite->authority += "x"; }),
      route([](Route& r) { r.redirect->status = 0; }),
      route([](Route& r) { r.redirect->scheme += "x"; }),
      route([](Route& r) { r.redirect->authority += "x"; }),
      route([](Route& r) { r.redirect->path += "x"; }),
      route([](Route& r) { r.redirect->prefix_rewrite += "x"; }),
      route([](Route& r) { r.redirect->port = 0; }),
      route([](Route& r) { r.redirect->strip_query = false; }),
      route([](Route& r) { r.direct_response->status = 0; }),
      route([](Route& r) { r.direct_response->body += "x"; }),
      route([](Route& r) { r.request_headers[0].op = HeaderMutation::Op::kSet; }),
      route([](Route& r) { r.request_headers[0].name += "x"; }),
      route([](Route& r) { r.request_headers[0].value += "x"; }),
      route([](Route& r) { r.response_headers.clear(); }),
  };
}

std::vector<Change> changes_of_clusters() {
  const auto cluster = [](auto change) {
    return Change([change](ProxyConfig& c) { change(c.clusters[0]); });
  };
  const auto detection = [](auto member) {
    return Change([member](ProxyConfig& c) { ++((*c.clusters[0].outlier_detection).*member); });
  };
  const auto time = [](auto member) {
    return Change([member](ProxyConfig& c) { (*c.clusters[0].outlier_detection).*member += 1ns; });
  };
  using Detection = OutlierDetection;
  return {
      cluster([](ClusterConfig& c) { c.name += "x"; }),
      cluster([](ClusterConfig& c) { c.lb_policy = LbPolicy::kRandom; }),
      cluster([](ClusterConfig& c) { ++c.choice_count; }),
      cluster([](ClusterConfig& c) { c.full_scan = false; }),
      cluster([](ClusterConfig& c) { c.protocol = UpstreamProtocol::kHttp1; }),
      cluster([](ClusterConfig& c) { ++c.max_concurrent_streams; }),
      cluster([](ClusterConfig& c) { ++c.max_requests_per_connection; }),
      cluster([](ClusterConfig& c) { c.connect_timeout = 0s; }),
      cluster([](ClusterConfig& c) { c.pool_idle_timeout = 0s; }),
      cluster([](ClusterConfig& c) { ++c.circuit_breakers.max_connections; }),
      cluster([](ClusterConfig& c) { ++c.circuit_breakers.max_pending_requests; }),
      cluster([](ClusterConfig& c) { ++c.circuit_breakers.max_requests; }),
      cluster([](ClusterConfig& c) { ++c.circuit_breakers.max_retries; }),
      cluster([](ClusterConfig& c) { ++c.circuit_breakers.retry_budget->budget_ppm; }),
      cluster([](ClusterConfig& c) { ++c.circuit_breakers.retry_budget->min_retry_concurrency; }),
      cluster([](ClusterConfig& c) { ++c.panic_threshold_percent; }),
      cluster([](ClusterConfig& c) { c.hosts = nullptr; }),
      cluster([](ClusterConfig& c) { ++c.tag; }),
      detection(&Detection::consecutive_5xx),
      detection(&Detection::consecutive_gateway_failure),
      detection(&Detection::consecutive_local_origin_failure),
      detection(&Detection::enforcing_consecutive_5xx),
      detection(&Detection::enforcing_consecutive_gateway_failure),
      detection(&Detection::enforcing_consecutive_local_origin_failure),
      detection(&Detection::max_ejection_percent),
      detection(&Detection::enforcing_success_rate),
      detection(&Detection::success_rate_minimum_hosts),
      detection(&Detection::success_rate_request_volume),
      detection(&Detection::success_rate_stdev_factor),
      detection(&Detection::enforcing_failure_percentage),
      detection(&Detection::failure_percentage_threshold),
      detection(&Detection::failure_percentage_minimum_hosts),
      detection(&Detection::failure_percentage_request_volume),
      time(&Detection::interval),
      time(&Detection::base_ejection_time),
      time(&Detection::max_ejection_time),
      time(&Detection::max_ejection_time_jitter),
      cluster([](ClusterConfig& c) { c.outlier_detection->always_eject_one_host = false; }),
      cluster(
          [](ClusterConfig& c) { c.outlier_detection->split_external_local_origin_errors = true; }),
  };
}

TEST(ArchiveTest, AChangeOfAnyMemberChangesTheBytesAndSurvivesThem) {
  const std::string before = write_archive(full_config());
  std::vector<Change> changes = changes_of_routes();
  for (Change& change : changes_of_clusters()) {
    changes.push_back(std::move(change));
  }

  for (std::size_t i = 0; i < changes.size(); ++i) {
    ProxyConfig config = full_config();
    changes[i](config);
    const std::string bytes = write_archive(config);
    EXPECT_NE(bytes, before) << "change " << i << " left no trace";
    const auto read = read_archive(bytes);
    ASSERT_TRUE(read.has_value()) << "change " << i;
    EXPECT_EQ(write_archive(*read), bytes) << "change " << i;
  }
}

TEST(ArchiveTest, RefusesEveryBeginning) {
  const std::string bytes = write_archive(full_config());

  for (std::size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_FALSE(read_archive(std::string_view(bytes).substr(0, size)).has_value()) << size;
  }
  EXPECT_FALSE(read_archive(bytes + '\0').has_value()) << "a byte too many";
}

TEST(ArchiveTest, WhatItReadsFromDamagedBytesIsWrittenAsThoseBytes) {
  const std::string bytes = write_archive(full_config());
  Rng rng(7);

  for (int round = 0; round < 5000; ++round) {
    std::string damaged = bytes;
    for (std::uint64_t flips = 1 + rng.below(3); flips > 0; --flips) {
      damaged[rng.below(damaged.size())] = static_cast<char>(rng.next());
    }
    if (const auto read = read_archive(damaged); read.has_value()) {
      EXPECT_EQ(write_archive(*read), damaged) << "round " << round;
    }
  }
}

TEST(ArchiveTest, RefusesValuesOutOfTheirRange) {
  const auto refused = [](const Change& change) {
    ProxyConfig config = full_config();
    change(config);
    return !read_archive(write_archive(config)).has_value();
  };

  EXPECT_TRUE(refused([](ProxyConfig& c) { c.clusters[0].lb_policy = static_cast<LbPolicy>(3); }));
  EXPECT_TRUE(refused([](ProxyConfig& c) { c.clusters[0].connect_timeout = kForever; }));
  EXPECT_TRUE(refused([](ProxyConfig& c) { c.outbound[0].routes[0].clusters[0].cluster = 2; }));
  EXPECT_TRUE(refused([](ProxyConfig& c) { c.outbound[0].routes[0].mirrors[0].cluster = 9; }));
  EXPECT_TRUE(refused([](ProxyConfig& c) { c.outbound[0].name.assign(kMaxArchiveText + 1, 'x'); }));
}

TEST(ArchiveTest, NamesTheVersionThatItDoesNotRead) {
  std::string bytes = write_archive({});
  bytes[0] = 77;

  const auto read = read_archive(bytes);

  ASSERT_FALSE(read.has_value());
  EXPECT_EQ(read.error().message, "the configuration has version 77");
}

TEST(ArchiveTest, ACountThatPromisesMoreThanThereIsCostsNothing) {
  std::string bytes;
  ByteWriter out(bytes);
  out.number(kArchiveVersion);
  out.number(1);             // version of the configuration
  out.number(900'000'000U);  // clusters

  EXPECT_FALSE(read_archive(bytes).has_value());
}

TEST(ByteReaderTest, ReadsEveryNumberInOneFormOnly) {
  for (const std::uint64_t value :
       {std::uint64_t{0}, std::uint64_t{127}, std::uint64_t{128}, std::uint64_t{1} << 62U,
        std::uint64_t{1} << 63U, std::numeric_limits<std::uint64_t>::max()}) {
    std::string bytes;
    ByteWriter(bytes).number(value);
    ByteReader in(bytes);
    EXPECT_EQ(in.number(), value);
    EXPECT_TRUE(in.is_complete());
  }
  for (const std::string_view bad :
       {std::string_view("\x80\x00", 2), std::string_view("\xff"),
        std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"),
        std::string_view("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}) {
    ByteReader in(bad);
    EXPECT_EQ(in.number(), 0U);
    EXPECT_FALSE(in.ok());
  }
}

TEST(ByteReaderTest, KeepsTheSignOfNumbers) {
  for (const std::int64_t value :
       {std::int64_t{0}, std::int64_t{-1}, std::int64_t{1},
        std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
    std::string bytes;
    ByteWriter(bytes).signed_number(value);
    EXPECT_EQ(ByteReader(bytes).signed_number(), value);
  }
}

}  // namespace
}  // namespace shaketable::proxy
