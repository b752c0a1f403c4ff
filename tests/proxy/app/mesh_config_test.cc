#include "proxy/app/mesh_config.h"

#include <algorithm>
#include <chrono>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/http/tls_fixture.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char kMesh[] = R"yaml(mesh: shop
services:
  cart:
    entry: true
    instances: 2
    namespace: shop
    endpoints: {GET /cart: {work: 1ms, calls: [payment: POST /charge, erp: GET /item]}}
  payment:
    namespace: shop
    versions: {v1: {instances: 2}, v2: {instances: 1}}
    endpoints: {POST /charge: {work: 1ms}}
  erp:
    sidecar: false
    endpoints: {GET /item: {work: 1ms}}
traffic:
  payment:
    split: {v1: 90%, v2: 10%}
    timeout: 800ms
    retries: {attempts: 2, retry_on: [5xx]}
)yaml";

constexpr char kEndpoints[] =
    "payment/v1: [10.0.0.1:15006, 10.0.0.2:15006]\n"
    "payment/v2: 10.0.0.3:15006\n"
    "erp: 10.0.0.9:80\n"
    "cart: 10.0.0.5:15006\n";

class MeshConfigTest : public testing::Test {
 protected:
  MeshConfigTest() {
    request_.workload = "cart-2";
    request_.app = "127.0.0.1:8080";
    request_.endpoints = authority_.folder.write("endpoints.yaml", kEndpoints);
    request_.tls = "off";
  }

  /// What is told about the request; `config_` is its result.
  std::string load(const std::string& mesh = kMesh) {
    engine::Diagnostics diagnostics;
    config_ = load_workload(authority_.folder.write("shop.yaml", mesh), request_, diagnostics);
    return engine::render(diagnostics, false);
  }

  void use_certificates() {
    authority_.issue("cart");
    request_.tls = "";
    request_.certificate = authority_.folder / "cart.pem";
    request_.key = authority_.folder / "cart.key";
    request_.ca = authority_.folder / "ca.pem";
  }

  std::vector<std::string> addresses(std::size_t cluster) const {
    std::vector<std::string> result;
    for (const HostConfig& host : *config_->core.clusters.at(cluster).hosts) {
      result.push_back(config_->hosts.at(host.id).address);
    }
    return result;
  }

  std::size_t cluster_of(const std::string& name) const {
    const auto& clusters = config_->core.clusters;
    for (std::size_t i = 0; i < clusters.size(); ++i) {
      if (clusters[i].name == name) {
        return i;
      }
    }
    ADD_FAILURE() << "no cluster " << name;
    return 0;
  }

  http::test::TestAuthority authority_;
  WorkloadRequest request_;
  std::optional<live::LiveConfig> config_;
};

TEST_F(MeshConfigTest, MakesASidecarOfTheMeshAsForARun) {
  EXPECT_EQ(load(), "");

  ASSERT_TRUE(config_.has_value());
  EXPECT_EQ(config_->node, "cart-2");
  ASSERT_EQ(config_->listeners.size(), 2U);
  EXPECT_EQ(config_->listeners[0].direction, Direction::kInbound);
  EXPECT_EQ(config_->listeners[1].address, "127.0.0.1:15001");
  EXPECT_THAT(addresses(0), ElementsAre("127.0.0.1:8080"));
  EXPECT_THAT(addresses(cluster_of("outbound|80|v1|payment.shop.svc.cluster.local")),
              ElementsAre("10.0.0.1:15006", "10.0.0.2:15006"));
  EXPECT_THAT(addresses(cluster_of("outbound|80|v2|payment.shop.svc.cluster.local")),
              ElementsAre("10.0.0.3:15006"));
  EXPECT_THAT(addresses(cluster_of("outbound|80||erp.default.svc.cluster.local")),
              ElementsAre("10.0.0.9:80"));
  const auto payment =
      std::find_if(config_->core.outbound.begin(), config_->core.outbound.end(),
                   [](const VirtualHost& host) { return host.domains.front() == "payment"; });
  ASSERT_NE(payment, config_->core.outbound.end());
  EXPECT_EQ(payment->routes.at(0).timeout, std::chrono::milliseconds(800));
  EXPECT_EQ(payment->routes.at(0).retry->num_retries, 2U);
}

TEST_F(MeshConfigTest, TakesAServiceOrAnInstanceAsWorkload) {
  request_.workload = "cart";
  EXPECT_EQ(load(), "");
  request_.workload = "cart-1";
  EXPECT_EQ(load(), "");
  request_.workload = "cart-3";
  EXPECT_THAT(load(), HasSubstr("no service or instance of the mesh is named \"cart-3\""));
  request_.workload = "carts";
  EXPECT_THAT(load(), HasSubstr("did you mean \"cart\"?"));
  request_.workload = "";
  EXPECT_THAT(load(), HasSubstr("--workload"));
  request_.workload = "erp";
  EXPECT_THAT(load(), HasSubstr("`sidecar: false`"));
}

TEST_F(MeshConfigTest, SaysEverythingThatIsMissingAtOnce) {
  request_ = {};
  request_.workload = "cart-1";
  const std::string remarks = load();

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("--app"));
  EXPECT_THAT(remarks, HasSubstr("--endpoints FILE with payment/v1, payment/v2"));
  EXPECT_THAT(remarks, HasSubstr("--endpoints FILE with erp"));
  EXPECT_THAT(remarks, HasSubstr("--certificate, --key, --ca"));
}

TEST_F(MeshConfigTest, ReportsWhatIsWrongWithTheEndpoints) {
  request_.endpoints = authority_.folder.write("endpoints.yaml",
                                               "payment: 10.0.0.1:80\n"
                                               "payment/v3: 10.0.0.1:80\n"
                                               "paymnt/v1: 10.0.0.1:80\n"
                                               "erp: 10.0.0.9:80\n");
  const std::string remarks = load();

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("endpoints.yaml:1:1: error[ST1412]: \"payment\" has several"));
  EXPECT_THAT(remarks, HasSubstr("endpoints.yaml:2:1: error[ST1203]"));
  EXPECT_THAT(remarks, HasSubstr("did you mean \"payment\"?"));
  EXPECT_THAT(remarks, HasSubstr("\"cart\" calls \"payment\", whose addresses are not known"));
}

TEST_F(MeshConfigTest, LooksUpServicesThatHaveNoEntry) {
  request_.endpoints = authority_.folder.write("endpoints.yaml",
                                               "payment/v1: 10.0.0.1:80\n"
                                               "payment/v2: 10.0.0.2:80\n");
  request_.dns_suffix = ".shop.svc:15006";
  EXPECT_EQ(load(), "");

  ASSERT_TRUE(config_.has_value());
  ASSERT_EQ(config_->dns.size(), 1U);
  EXPECT_EQ(config_->dns[0].name, "erp.shop.svc");
  EXPECT_EQ(config_->dns[0].port, 15'006U);
  request_.endpoints = "";
  EXPECT_THAT(load(), HasSubstr("DNS does not tell the versions of \"payment\" apart"));
  request_.dns_suffix = ".shop.svc";
  EXPECT_THAT(load(), HasSubstr("is no name and port"));
}

TEST_F(MeshConfigTest, SpeaksMutualTlsToSidecarsAndExpectsTheirIds) {
  use_certificates();
  EXPECT_EQ(load(), "");

  ASSERT_TRUE(config_.has_value());
  EXPECT_EQ(config_->listeners[0].tls_mode, live::TlsMode::kStrict);
  EXPECT_TRUE(config_->listeners[0].tls.require_peer_certificate);
  EXPECT_EQ(config_->listeners[1].tls_mode, live::TlsMode::kOff);
  const auto& payment =
      config_->clusters.at(cluster_of("outbound|80|v1|payment.shop.svc.cluster.local")).tls;
  ASSERT_TRUE(payment.has_value());
  EXPECT_THAT(payment->trust_domains, ElementsAre("mesh.test"));
  EXPECT_THAT(payment->allowed_ids, ElementsAre("spiffe://mesh.test/ns/shop/sa/payment"));
  EXPECT_FALSE(config_->clusters.at(cluster_of("outbound|80||erp.default.svc.cluster.local")).tls);
  EXPECT_FALSE(config_->clusters.at(0).tls) << "the application is next door";
  EXPECT_THAT(config_->files, testing::Contains(request_.certificate));
  EXPECT_THAT(config_->files, testing::Contains(request_.endpoints));
}

TEST_F(MeshConfigTest, FindsTheFilesOfAFolderOfCertificates) {
  authority_.issue("cart");
  request_.tls = "";
  request_.certs = authority_.folder.path();
  EXPECT_EQ(load(), "");

  EXPECT_EQ(config_->listeners[0].tls.certificate_chain, authority_.folder / "cart.pem");
  EXPECT_EQ(config_->listeners[0].tls.crl, "");
  authority_.revoke("");
  EXPECT_EQ(load(), "");
  EXPECT_EQ(config_->listeners[0].tls.crl, authority_.folder / "crl.pem");
}

TEST_F(MeshConfigTest, FollowsTheMeshAboutTls) {
  use_certificates();
  EXPECT_EQ(load(std::string(kMesh) + "network: {tls: false}\n"), "");
  EXPECT_EQ(config_->listeners[0].tls_mode, live::TlsMode::kOff);

  request_.tls = "permissive";
  EXPECT_EQ(load(), "");
  EXPECT_EQ(config_->listeners[0].tls_mode, live::TlsMode::kPermissive);
}

TEST_F(MeshConfigTest, ReportsFilesThatTlsCannotUse) {
  use_certificates();
  request_.key = authority_.folder.write("text.key", "hello\n");

  EXPECT_THAT(load(), HasSubstr("text.key: error[ST1406]"));
}

TEST_F(MeshConfigTest, TakesTheMeshOfAScenario) {
  const std::string remarks =
      load(std::string(kMesh).substr(11) +
           "scenario: s\nrun: {duration: 10s}\nload: {l: {rate: 1/s, request: GET /cart}}\n");

  EXPECT_THAT(remarks, Not(HasSubstr("error")));
  EXPECT_TRUE(config_.has_value());
}

TEST_F(MeshConfigTest, ReportsMistakesOfTheMesh) {
  const std::string remarks = load(std::string(kMesh) + "zonez: []\n");

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("did you mean \"zones\"?"));
  EXPECT_THAT(remarks, Not(HasSubstr("ST1412"))) << "what is missing is said for a good mesh";
}

}  // namespace
}  // namespace shaketable::proxy::app
