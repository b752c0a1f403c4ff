#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "proxy/app/proxy_file.h"
#include "tests/proxy/app/proxy_file_fixture.h"
#include "tests/proxy/http/tls_fixture.h"

// `identity:` and `tls:` of a proxy's file.
namespace shaketable::proxy::app {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::Not;

constexpr char kIdentity[] =
    "identity: {certificate: cart.pem, key: cart.key, ca: ca.pem, trust_domains: [mesh.test]}\n";

TEST(ProxyFileTlsTest, GivesInboundListenersTheIdentity) {
  const live::LiveConfig config =
      config_of(std::string(kIdentity) +
                "app: 127.0.0.1:8080\n"
                "listeners:\n"
                "  in: {address: 127.0.0.1:1, direction: inbound}\n"
                "  soft: {address: 127.0.0.1:2, direction: inbound, tls: permissive}\n"
                "  out: {address: 127.0.0.1:3}\n"
                "clusters: {a: 10.0.0.1:80}\n");

  const live::ListenerConfig& in = config.listeners.at(0);
  EXPECT_EQ(in.tls_mode, live::TlsMode::kStrict);
  EXPECT_EQ(in.tls.certificate_chain, "cart.pem");
  EXPECT_TRUE(in.tls.require_peer_certificate);
  EXPECT_EQ(in.tls.trust_domains, std::vector<std::string>{"mesh.test"});
  EXPECT_EQ(in.tls.alpn, (std::vector<std::string>{"h2", "http/1.1"}));
  EXPECT_EQ(config.listeners.at(1).tls_mode, live::TlsMode::kPermissive);
  EXPECT_EQ(config.listeners.at(2).tls_mode, live::TlsMode::kOff);
  EXPECT_FALSE(config.clusters.at(1).tls.has_value()) << "TLS upstream is asked for";
}

TEST(ProxyFileTlsTest, AsksClientsOfAGatewayForACertificateOnlyWithACa) {
  const live::LiveConfig config =
      config_of(std::string(kIdentity) +
                "listeners:\n"
                "  web: {address: 127.0.0.1:1, direction: gateway, protocol: http2,\n"
                "        tls: {certificate: web.pem, key: web.key}}\n"
                "  partners: {address: 127.0.0.1:2, direction: gateway, tls: {ca: partners.pem}}\n"
                "upstream: 10.0.0.1:80\n");

  EXPECT_EQ(config.listeners.at(0).direction, Direction::kOutbound);
  EXPECT_FALSE(config.listeners.at(0).tls.require_peer_certificate);
  EXPECT_EQ(config.listeners.at(0).tls.private_key, "web.key");
  EXPECT_EQ(config.listeners.at(0).tls.alpn, std::vector<std::string>{"h2"});
  EXPECT_TRUE(config.listeners.at(1).tls.require_peer_certificate);
  EXPECT_EQ(config.listeners.at(1).tls.trusted_ca, "partners.pem");
}

TEST(ProxyFileTlsTest, ReadsCertificatesForServerNames) {
  const live::LiveConfig config = config_of(
      std::string(kIdentity) +
      "listeners:\n"
      "  web: {address: 127.0.0.1:1, direction: gateway, tls: {certificates: [\n"
      "        {server_names: [Shop.test, \"*.shop.test\"], certificate: s.pem, key: s.key},\n"
      "        {certificate: b.pem, key: b.key}]}}\n"
      "upstream: 10.0.0.1:80\n");

  const std::vector<http::NamedCertificate> wanted = {
      {{"shop.test", "*.shop.test"}, "s.pem", "s.key"}, {{}, "b.pem", "b.key"}};
  EXPECT_EQ(config.listeners.at(0).tls.more_certificates, wanted);
  EXPECT_EQ(config.listeners.at(0).tls.certificate_chain, "cart.pem") << "for everybody else";
}

TEST(ProxyFileTlsTest, ShowsTheIdentityToSidecarsAndNothingToStrangers) {
  const live::LiveConfig config = config_of(
      std::string(kIdentity) +
      "listen: 127.0.0.1:1\n"
      "defaults: {tls: mutual}\n"
      "clusters:\n"
      "  payment: 10.0.0.1:80\n"
      "  cart: {endpoints: 10.0.0.2:80, tls: {allowed_ids: [spiffe://mesh.test/ns/shop/sa/cart]}}\n"
      "  bank: {endpoints: bank.test:443, tls: simple}\n"
      "  erp: {endpoints: 10.0.0.4:80, tls: off}\n");

  ASSERT_EQ(config.clusters.size(), 4U);
  EXPECT_EQ(config.clusters[0].tls->certificate_chain, "cart.pem");
  EXPECT_EQ(config.clusters[0].tls->trust_domains, std::vector<std::string>{"mesh.test"});
  EXPECT_EQ(config.clusters[1].tls->allowed_ids.size(), 1U);
  EXPECT_EQ(config.clusters[1].tls->private_key, "cart.key");
  EXPECT_EQ(config.clusters[2].tls->certificate_chain, "");
  EXPECT_EQ(config.clusters[2].tls->trusted_ca, "") << "the system's roots";
  EXPECT_EQ(config.clusters[2].tls->server_name, "bank.test");
  EXPECT_TRUE(config.clusters[2].tls->trust_domains.empty());
  EXPECT_FALSE(config.clusters[3].tls.has_value());
}

class ProxyFileTlsFilesTest : public testing::Test {
 protected:
  ProxyFileTlsFilesTest() {
    authority_.issue("cart");
    authority_.issue("old", http::workload_spec({"spiffe://mesh.test/ns/shop/sa/old", {"old"}, {}},
                                                http::test::expired()));
  }

  /// What a file in the folder of the certificates is told.
  std::string load(const std::string& text) {
    engine::Diagnostics diagnostics;
    config_ = load_proxy_file(authority_.folder.write("proxy.yaml", text), diagnostics);
    return engine::render(diagnostics, false);
  }

  http::test::TestAuthority authority_;
  std::optional<live::LiveConfig> config_;
};

constexpr char kInbound[] =
    "app: 127.0.0.1:8080\n"
    "listeners: {in: {address: 127.0.0.1:1, direction: inbound}}\n";

TEST_F(ProxyFileTlsFilesTest, FindsFilesBesideItAndWatchesThem) {
  EXPECT_EQ(load(std::string(kIdentity) + kInbound), "");

  ASSERT_TRUE(config_.has_value());
  for (const char* name : {"proxy.yaml", "cart.pem", "cart.key", "ca.pem"}) {
    EXPECT_THAT(config_->files, Contains(authority_.folder / name));
  }
}

TEST_F(ProxyFileTlsFilesTest, ReportsAKeyOfAnotherCertificate) {
  const std::string remarks =
      load(std::string("identity: {certificate: cart.pem, key: old.key, ca: ca.pem}\n") + kInbound);

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("proxy.yaml:1:11: error[ST1406]"));
}

TEST_F(ProxyFileTlsFilesTest, ReportsAnExpiredCertificate) {
  const std::string remarks =
      load(std::string("identity: {certificate: old.pem, key: old.key, ca: ca.pem}\n") + kInbound);

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("expired"));
}

TEST_F(ProxyFileTlsFilesTest, ReportsAFileThatIsNoCertificate) {
  (void)authority_.folder.write("text.pem", "hello\n");
  const std::string remarks = load(
      std::string("identity: {certificate: text.pem, key: cart.key, ca: ca.pem}\n") + kInbound);

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("text.pem"));
  EXPECT_THAT(remarks, HasSubstr("error[ST1406]"));
}

TEST_F(ProxyFileTlsFilesTest, ReportsACertificateWithoutANameAlsoBesideOneThatIsGivenNames) {
  authority_.issue("nameless", http::workload_spec({"spiffe://mesh.test/ns/shop/sa/x", {}, {}},
                                                   http::test::valid_now()));
  const std::string remarks =
      load(std::string(kIdentity) +
           "listeners:\n"
           "  a: {address: 127.0.0.1:1, direction: gateway, tls: {certificates: [\n"
           "      {server_names: [a.test], certificate: nameless.pem, key: nameless.key}]}}\n"
           "  b: {address: 127.0.0.1:2, direction: gateway, tls: {certificates: [\n"
           "      {certificate: nameless.pem, key: nameless.key}]}}\n"
           "upstream: 10.0.0.1:80\n");

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, HasSubstr("is for no DNS name"));
}

TEST_F(ProxyFileTlsFilesTest, NeverShowsWhatIsInAKey) {
  const std::string key = TemporaryFolder::read(authority_.folder / "cart.key");
  const std::string remarks = load(
      std::string("identity: {certificate: cart.key, key: cart.key, ca: cart.key}\n") + kInbound);

  EXPECT_FALSE(config_.has_value());
  EXPECT_THAT(remarks, Not(HasSubstr(key.substr(40, 20))));
}

}  // namespace
}  // namespace shaketable::proxy::app
