#include <string>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "proxy/live/admin.h"
#include "tests/proxy/live/admin_fixture.h"
#include "tests/support/golden.h"
#include "tests/support/hostile_names.h"

namespace shaketable::proxy::live {
namespace {

using AdminPagesTest = AdminTest;

boost::json::value json_of(const AdminResponse& response) {
  EXPECT_EQ(response.content_type, "application/json");
  boost::json::error_code error;
  boost::json::value value = boost::json::parse(response.body, error);
  EXPECT_FALSE(error) << error.message() << "\n" << response.body;
  return value;
}

TEST_F(AdminPagesTest, ReadyFollowsTheState) {
  EXPECT_EQ(get("/ready").body, "LIVE\n");
  server.state = ServerState::kDraining;
  EXPECT_EQ(get("/ready").status, 503);
  EXPECT_EQ(get("/ready").body, "DRAINING\n");
  server.state = ServerState::kInitializing;
  EXPECT_EQ(get("/ready").status, 503);
}

TEST_F(AdminPagesTest, HomeAndHelpNameEveryPage) {
  for (const char* path : {"/clusters", "/stats", "/faults", "/reload"}) {
    EXPECT_NE(get("/help").body.find(path), std::string::npos);
    EXPECT_NE(get("/").body.find(path), std::string::npos);
  }
  EXPECT_EQ(get("/").content_type, "text/html; charset=UTF-8");
}

TEST_F(AdminPagesTest, StatsComeInThreeForms) {
  EXPECT_NE(get("/stats").body.find("cluster.cart.upstream_rq_total: 3\n"), std::string::npos);
  EXPECT_EQ(get("/stats?filter=rq_total&usedonly").body,
            "cluster.cart.upstream_rq_total: 3\nhttp.inbound.downstream_rq_total: 2\n"
            "http.inbound.rq_total: 2\n");
  EXPECT_EQ(get("/stats?format=json&filter=%5Ehttp.%2Arq_total%24").body,
            "{\"stats\":[{\"name\":\"http.inbound.downstream_rq_total\",\"value\":2},"
            "{\"name\":\"http.inbound.rq_total\",\"value\":2}]}\n");
  EXPECT_EQ(get("/stats?format=prometheus").body, get("/stats/prometheus").body);
  EXPECT_EQ(get("/stats/prometheus").content_type, "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(get("/stats?format=xml").status, 400);
  EXPECT_EQ(get("/stats?filter=(").status, 400);
}

TEST_F(AdminPagesTest, ClustersAreInEnvoysForms) {
  const AdminResponse text = get("/clusters");
  EXPECT_EQ(text.body, golden("live/clusters.txt", text.body));
  const AdminResponse response = get("/clusters?format=json");
  EXPECT_EQ(response.body, golden("live/clusters.json", response.body));
  const boost::json::value json = json_of(response);
  const boost::json::value& host = json.at_pointer("/cluster_statuses/0/host_statuses/1");
  EXPECT_EQ(host.at_pointer("/address/socket_address/port_value").as_int64(), 8081);
  EXPECT_TRUE(host.at_pointer("/health_status/failed_outlier_check").as_bool());
}

TEST_F(AdminPagesTest, ServerInfoListenersMemoryAndCertificates) {
  const boost::json::value info = json_of(get("/server_info"));
  EXPECT_EQ(info.at("state").as_string(), "LIVE");
  EXPECT_EQ(info.at("uptime_current_epoch").as_string(), "90s");
  EXPECT_EQ(info.at_pointer("/node/id").as_string(), "cart-1");
  EXPECT_EQ(info.at_pointer("/config/version").as_int64(), 3);
  EXPECT_EQ(get("/listeners").body, "inbound::127.0.0.1:15006\n");
  EXPECT_EQ(json_of(get("/listeners?format=json"))
                .at_pointer("/listener_statuses/0/active_connections")
                .as_int64(),
            1);
  EXPECT_EQ(json_of(get("/memory")).at("total_physical_bytes").as_string(), "12345678");
  const boost::json::value certs = json_of(get("/certs"));
  const boost::json::value& own = certs.at_pointer("/certificates/0/cert_chain/0");
  EXPECT_EQ(own.at("days_until_expiration").as_string(), "10");
  EXPECT_EQ(own.at("expiration_time").as_string(), "2027-01-25T08:00:00Z");
  EXPECT_EQ(own.at_pointer("/subject_alt_names/0/uri").as_string(),
            "spiffe://shop.test/ns/default/sa/cart");
}

TEST_F(AdminPagesTest, DrainAndQuitCallTheProcess) {
  EXPECT_EQ(ask("POST", "/drain").status, 200);
  EXPECT_EQ(ask("POST", "/healthcheck/fail").status, 200);
  EXPECT_EQ(drains, 2);
  EXPECT_EQ(ask("POST", "/quitquitquit").status, 200);
  EXPECT_EQ(quits, 1);
  context.commands = {};
  EXPECT_EQ(ask("POST", "/drain").status, 501);
}

TEST_F(AdminPagesTest, ReloadTellsTheVersionOrWhyNot) {
  EXPECT_EQ(ask("POST", "/reload").body, "{\"version\":4}\n");
  reload_error = "unknown key \"prot\"";
  const AdminResponse refused = ask("POST", "/reload");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(json_of(refused).at("where").as_string(), "proxy.yaml:3:1");
}

TEST_F(AdminPagesTest, TheLogLevelCanBeReadAndSet) {
  EXPECT_EQ(get("/logging").body, "level: info\n");
  EXPECT_EQ(ask("POST", "/logging?level=debug").body, "level: debug\n");
  EXPECT_EQ(log_level, LogLevel::kDebug);
  EXPECT_EQ(ask("POST", "/logging", "error").body, "level: error\n");
  EXPECT_EQ(ask("POST", "/logging?level=loud").status, 400);
  EXPECT_EQ(ask("POST", "/logging").status, 400);
  EXPECT_EQ(log_level, LogLevel::kError);
}

TEST_F(AdminPagesTest, FaultsAreSetListedAndDeleted) {
  EXPECT_EQ(get("/faults").body, "{\"faults\":[]}\n");
  const AdminResponse set = ask("POST", "/faults",
                                R"({"route": "checkout", "for": "30s",
                                    "delay": {"percent": 12.5, "duration": "200ms"},
                                    "abort": {"percent": 5, "status": 429}})");
  EXPECT_EQ(set.status, 200) << set.body;
  EXPECT_EQ(set.body,
            "{\"faults\":[{\"route\":\"checkout\",\"delay\":{\"percent\":12.5,\"duration\":"
            "\"0.2s\"},\"abort\":{\"percent\":5,\"status\":429},\"ends_in\":\"30s\","
            "\"routes\":1}]}\n");
  EXPECT_EQ(get("/faults").body, set.body);
  EXPECT_EQ(applies, 1);
  EXPECT_EQ(ask("DELETE", "/faults?route=nobody").status, 404);
  EXPECT_EQ(ask("DELETE", "/faults?route=checkout").body, "{\"faults\":[]}\n");
  EXPECT_EQ(applies, 2);
  ask("POST", "/faults", R"({"all": true, "abort": {}})");
  ask("POST", "/faults", R"({"cluster": "cart", "abort": {}})");
  EXPECT_EQ(faults.all().size(), 2U);
  EXPECT_EQ(ask("DELETE", "/faults").status, 200);
  EXPECT_TRUE(faults.all().empty());
}

TEST_F(AdminPagesTest, AFaultOfAClusterTellsWhichRoutesItSkips) {
  const AdminResponse set =
      ask("POST", "/faults", R"({"cluster": "cart", "abort": {"percent": 100}})");
  const boost::json::value fault = json_of(set).at_pointer("/faults/0");
  EXPECT_EQ(fault.at("routes").as_int64(), 1);
  EXPECT_EQ(fault.at("skipped_because_they_split").at(0).as_string(), "split");
}

TEST_F(AdminPagesTest, AFaultWithoutAnEffectIsRefused) {
  const AdminResponse unknown = ask("POST", "/faults", R"({"route": "nobody", "abort": {}})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_NE(unknown.body.find("checkout, split, pay-v1"), std::string::npos) << unknown.body;
  config.core.outbound[0].routes.erase(config.core.outbound[0].routes.begin());
  const AdminResponse refused = ask("POST", "/faults", R"({"cluster": "cart", "abort": {}})");
  EXPECT_EQ(refused.status, 409);
  EXPECT_NE(refused.body.find("splits"), std::string::npos);
  EXPECT_EQ(ask("POST", "/faults", "{").status, 400);
  EXPECT_EQ(applies, 0);
}

TEST_F(AdminPagesTest, FaultsThatCannotBeAppliedAreUndone) {
  ask("POST", "/faults", R"({"route": "checkout", "abort": {"percent": 1}})");
  apply_error = "worker 2 is gone";
  const AdminResponse refused =
      ask("POST", "/faults", R"({"route": "checkout", "abort": {"percent": 99}})");
  EXPECT_EQ(refused.status, 500);
  ASSERT_EQ(faults.all().size(), 1U);
  EXPECT_EQ(faults.all()[0].policy.abort_ppm, 10'000U);
  EXPECT_EQ(ask("DELETE", "/faults").status, 500);
  EXPECT_EQ(faults.all().size(), 1U);
}

TEST_F(AdminPagesTest, TheConfigurationIsShownWithoutSecrets) {
  config.admin.token = "hunter2";
  config.admin.address = "127.0.0.1:15000";
  config.listeners[0].tls_mode = TlsMode::kStrict;
  config.listeners[0].tls.certificate_chain = "certs/cart.pem";
  config.listeners[0].tls.private_key = "certs/hunter2.key";
  config.clusters[0].tls.emplace();
  config.clusters[0].tls->private_key = "certs/hunter2.key";
  config.core.clusters[0].outlier_detection.emplace();
  Route& route = config.core.outbound[0].routes[0];
  route.request_headers = {{HeaderMutation::Op::kSet, "Authorization", "Basic hunter2"},
                           {HeaderMutation::Op::kAdd, "x-team", "checkout"}};
  HeaderMatch match;
  match.name = "x-api-token";
  match.value = {StringMatch::Kind::kExact, "hunter2", false};
  route.match.headers = {match};
  route.direct_response = DirectResponse{200, "hunter2"};
  route.retry.emplace();
  route.retry->retry_on = kRetryOn5xx | kRetryOnConnectFailure;
  route.fault.emplace();

  const AdminResponse response = get("/config_dump");
  EXPECT_EQ(response.body, golden("live/config_dump.json", response.body));
  EXPECT_EQ(response.body.find("hunter2"), std::string::npos);
  const boost::json::value json = json_of(response);
  EXPECT_EQ(json.at_pointer("/admin/token").as_string(), "[redacted]");
  EXPECT_EQ(json.at_pointer("/outbound/0/routes/0/retry/retry_on/1").as_string(),
            "connect-failure");
  EXPECT_EQ(json.at_pointer("/clusters/0/hosts/1/address").as_string(), "127.0.0.1:8081");
}

TEST_F(AdminPagesTest, HostileNamesBreakNoPage) {
  stats = {};
  config.core.clusters.clear();
  config.core.outbound.clear();
  for (const std::string& name : hostile_names()) {
    ClusterSnapshot cluster;
    cluster.name = name;
    cluster.hosts = {{0, 1, {}}};
    stats.clusters.push_back(cluster);
    ListenerConfig listener;
    listener.name = name;
    listener.address = name;
    config.listeners.push_back(listener);
    config.hosts[0].address = name;
    ClusterConfig plain;
    plain.name = name;
    config.core.clusters.push_back(plain);
    Route route;
    route.name = name;
    route.match.path = {PathMatch::Kind::kRegex, name, false};
    config.core.outbound.push_back({name, {name}, {route}});
    config.node = name;
    server.last_reload_error = name;
    server.certificates.push_back({name, name, name, "", {name}, 0, 0, true});
  }
  for (const char* path : {"/clusters?format=json", "/config_dump", "/server_info", "/certs",
                           "/listeners?format=json", "/stats?format=json"}) {
    (void)json_of(get(path));
  }
  for (const char* path : {"/clusters", "/listeners"}) {
    for (const char c : get(path).body) {
      ASSERT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << path;
    }
  }
}

}  // namespace
}  // namespace shaketable::proxy::live
