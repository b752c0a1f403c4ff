#include <filesystem>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <sys/stat.h>

#include "proxy/http/tls.h"
#include "tests/proxy/http/tls_fixture.h"

namespace shaketable::proxy::http::test {
namespace {

using testing::HasSubstr;
using Role = TlsContext::Role;

class TlsContextTest : public testing::Test {
 protected:
  TlsContextTest() { authority.issue("cart"); }

  // The error of a configuration that cannot be used.
  static Error error_of(Role role, const TlsConfig& config) {
    const auto made = TlsContext::make(role, config);
    return made ? Error{"no error", {}, {}} : made.error();
  }

  TestAuthority authority;
};

TEST_F(TlsContextTest, KnowsItsOwnCertificate) {
  const auto context = server_context(authority.config("cart"));

  ASSERT_NE(context, nullptr);
  EXPECT_EQ(context->own_id(), "spiffe://mesh.test/ns/shop/sa/cart");
  EXPECT_NEAR(static_cast<double>(context->expires_at()),
              static_cast<double>(valid_now().not_after), 60);
  EXPECT_EQ(context->crl_expires_at(), 0);
}

TEST_F(TlsContextTest, ReadsCertificateAndKeyFromOneFile) {
  TlsConfig config = authority.config("cart");
  const std::string both =
      authority.folder.write("both.pem", TemporaryFolder::read(config.private_key) +
                                             TemporaryFolder::read(config.certificate_chain));
  config.certificate_chain = config.private_key = both;

  EXPECT_TRUE(TlsContext::make(Role::kServer, config));
}

TEST_F(TlsContextTest, NamesAFileThatIsMissing) {
  for (std::string TlsConfig::*file : {&TlsConfig::certificate_chain, &TlsConfig::private_key,
                                       &TlsConfig::trusted_ca, &TlsConfig::crl}) {
    TlsConfig config = authority.config("cart");
    config.*file = authority.folder / "missing.pem";
    const Error error = error_of(Role::kServer, config);
    EXPECT_EQ(error.where, config.*file);
    EXPECT_EQ(error.message, "cannot read: No such file or directory");
  }
}

TEST_F(TlsContextTest, NamesAFileThatHoldsSomethingElse) {
  for (std::string TlsConfig::*file : {&TlsConfig::certificate_chain, &TlsConfig::private_key,
                                       &TlsConfig::trusted_ca, &TlsConfig::crl}) {
    TlsConfig config = authority.config("cart");
    config.*file = authority.folder.write("text.pem", "hello\n");
    const Error error = error_of(Role::kServer, config);
    EXPECT_EQ(error.where, config.*file);
    EXPECT_THAT(error.message, HasSubstr("holds no "));
  }
}

TEST_F(TlsContextTest, SaysWhichCertificateOfAFileIsBroken) {
  TlsConfig config = authority.config("cart");
  const std::string good = TemporaryFolder::read(config.trusted_ca);
  config.trusted_ca = authority.folder.write(
      "broken.pem", good + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

  EXPECT_THAT(error_of(Role::kServer, config).message, HasSubstr("certificate 2 is broken: "));
}

TEST_F(TlsContextTest, NeverWaitsForAPipe) {
  TlsConfig config = authority.config("cart");
  config.crl = authority.folder / "pipe";
  ASSERT_EQ(mkfifo(config.crl.c_str(), 0600), 0);

  EXPECT_EQ(error_of(Role::kServer, config).message, "is not a regular file");
}

TEST_F(TlsContextTest, RefusesAKeyOfAnotherCertificate) {
  authority.issue("other");
  TlsConfig config = authority.config("cart");
  config.private_key = authority.folder / "other.key";

  const Error error = error_of(Role::kServer, config);
  EXPECT_THAT(error.message, HasSubstr("does not belong to the certificate"));
  EXPECT_EQ(error.where, config.private_key);
}

TEST_F(TlsContextTest, RefusesAnEncryptedKeyWithoutAsking) {
  TlsConfig config = authority.config("cart");
  const KeyPtr key = read_private_key(config.private_key).value();
  BIO* bio = BIO_new_file((authority.folder / "locked.key").c_str(), "w");
  ASSERT_EQ(PEM_write_bio_PKCS8PrivateKey(bio, key.get(), EVP_aes_128_cbc(), "secret", 6, nullptr,
                                          nullptr),
            1);
  BIO_free_all(bio);
  config.private_key = authority.folder / "locked.key";

  EXPECT_EQ(error_of(Role::kServer, config).message, "the private key is encrypted");
}

TEST_F(TlsContextTest, RefusesACertificateOutsideOfItsTime) {
  CertificateSpec spec = workload("old");
  spec.validity = expired();
  authority.issue("old", spec);
  spec.validity = {valid_now().not_after, valid_now().not_after + kDay};
  authority.issue("new", spec);

  EXPECT_THAT(error_of(Role::kServer, authority.config("old")).message,
              HasSubstr("the certificate has expired on 20"));
  EXPECT_THAT(error_of(Role::kServer, authority.config("new")).message,
              HasSubstr("the certificate is not valid before 20"));
}

TEST_F(TlsContextTest, NeedsRulesThatMakeSense) {
  TlsConfig config;
  EXPECT_EQ(error_of(Role::kServer, config).message, "a TLS server needs a certificate");
  EXPECT_EQ(error_of(Role::kClient, config).message, "a TLS client must know whom it talks to");

  config = authority.config("cart");
  config.private_key.clear();
  EXPECT_EQ(error_of(Role::kServer, config).message, "the certificate has no private key");

  config = authority.config("cart");
  config.trusted_ca.clear();
  EXPECT_THAT(error_of(Role::kServer, config).message, HasSubstr("roots that vouch"));
  EXPECT_THAT(error_of(Role::kClient, config).message, HasSubstr("roots that vouch"));

  config = authority.config("cart");
  config.trust_domains = {"Mesh.test"};
  EXPECT_EQ(error_of(Role::kServer, config).where, "Mesh.test");

  config = authority.config("cart");
  config.allowed_ids = {"spiffe://mesh.test/a/"};
  EXPECT_EQ(error_of(Role::kServer, config).message, "an allowed id has an empty path segment");

  config = authority.config("cart");
  config.alpn = {"h2", ""};
  EXPECT_EQ(error_of(Role::kServer, config).message, "an ALPN protocol has 1 to 255 bytes");
}

TEST_F(TlsContextTest, KnowsWhenARevocationListIsTooOld) {
  authority.revoke("");
  TlsConfig config = authority.config("cart");
  config.crl = authority.folder / "crl.pem";

  const auto context = server_context(config);
  EXPECT_NEAR(static_cast<double>(context->crl_expires_at()),
              static_cast<double>(valid_now().not_after), 60);
}

TEST_F(TlsContextTest, StampsItsFiles) {
  TlsConfig config = authority.config("cart");
  const std::uint64_t before = files_stamp(config);
  EXPECT_EQ(files_stamp(config), before);

  (void)authority.folder.write("ca.pem", TemporaryFolder::read(config.trusted_ca) + "\n");
  EXPECT_NE(files_stamp(config), before);

  config.crl = authority.folder / "missing.pem";
  EXPECT_NE(files_stamp(config), 0U) << "a missing file is no error here";
}

/// The certificate of cart, and further ones for shop and its wildcard; the DNS names are in them.
class ServerNamesTest : public TlsContextTest {
 protected:
  ServerNamesTest() {
    for (const char* file : {"shop", "all", "other"}) {
      authority.issue(
          file, workload_spec(
                    {std::string("spiffe://mesh.test/ns/shop/sa/") + file, {names_of(file)}, {}},
                    valid_now()));
    }
    config = authority.config("cart");
    config.require_peer_certificate = false;
    config.trust_domains.clear();
    config.trusted_ca.clear();
    config.more_certificates = {more("all"), more("shop"), more("other")};
    config.more_certificates[2].server_names = {"*.other.test"};
  }

  static std::string names_of(const std::string& file) {
    return file == "shop" ? "shop.mesh.test" : file == "all" ? "*.mesh.test" : "unused.test";
  }
  [[nodiscard]] NamedCertificate more(const std::string& file) const {
    return {{}, authority.folder / (file + ".pem"), authority.folder / (file + ".key")};
  }
  /// The SPIFFE id of the certificate that a client gets that asks for this name.
  std::string shown_for(const std::string& name, const std::vector<std::string>& alpn = {}) {
    TlsConfig of_client = authority.config("");
    of_client.require_peer_certificate = false;
    of_client.server_name = name;
    of_client.alpn = alpn;
    TlsPair pair(client_context(of_client), server);
    pair.shake_hands();
    EXPECT_TRUE(pair.is_open()) << pair.client.error() << pair.server.error();
    EXPECT_EQ(pair.server.alpn(), alpn.empty() ? "" : alpn.front());
    const std::string id = pair.client.peer_id();
    return id.substr(id.rfind('/') + 1);
  }

  TlsConfig config;
  std::shared_ptr<const TlsContext> server;
};

TEST_F(ServerNamesTest, ChooseTheCertificate) {
  server = server_context(config);
  ASSERT_NE(server, nullptr);
  EXPECT_EQ(shown_for("shop.mesh.test"), "shop") << "written out, though the wildcard comes first";
  EXPECT_EQ(shown_for("SHOP.Mesh.test"), "shop");
  EXPECT_EQ(shown_for("pay.mesh.test"), "all");
  EXPECT_EQ(shown_for("a.other.test"), "other") << "by the names of the configuration";
  EXPECT_EQ(shown_for("unused.test"), "cart") << "which replace those of the certificate";
  EXPECT_EQ(shown_for("cart"), "cart");
  EXPECT_EQ(shown_for("127.0.0.1"), "cart") << "no server name at all";
}

TEST_F(ServerNamesTest, LeaveTheRulesOfTheServerAsTheyAre) {
  config.alpn = {"h2", "http/1.1"};
  config.require_peer_certificate = true;
  config.trusted_ca = authority.folder / "ca.pem";
  config.trust_domains = {"mesh.test"};
  server = server_context(config);
  ASSERT_NE(server, nullptr);
  for (const bool shows : {true, false}) {
    TlsConfig of_client = authority.config(shows ? "cart" : "");
    of_client.server_name = "shop.mesh.test";
    of_client.alpn = {"http/1.1"};
    TlsPair pair(client_context(of_client), server);
    pair.shake_hands();
    EXPECT_EQ(pair.server.state() == TlsSession::State::kOpen, shows);
    EXPECT_EQ(pair.server.failure(), shows ? TlsFailure::kNone : TlsFailure::kNoCertificate);
    EXPECT_EQ(pair.server.peer_id(), shows ? "spiffe://mesh.test/ns/shop/sa/cart" : "");
  }
}

TEST_F(ServerNamesTest, SessionsAreResumedWithTheSameName) {
  server = server_context(config);
  ASSERT_NE(server, nullptr);
  TlsConfig of_client = authority.config("");
  of_client.require_peer_certificate = false;
  of_client.server_name = "shop.mesh.test";
  const auto client = client_context(of_client);
  for (const bool again : {false, true}) {
    TlsPair pair(client, server, "10.0.0.1:443");
    pair.shake_hands();
    ASSERT_TRUE(pair.is_open()) << pair.client.error() << pair.server.error();
    EXPECT_EQ(pair.client.was_resumed(), again);
  }
}

TEST_F(ServerNamesTest, FilesOfFurtherCertificatesAreJudgedToo) {
  config.more_certificates[1].private_key = config.more_certificates[0].private_key;
  EXPECT_THAT(error_of(Role::kServer, config).message, HasSubstr("does not belong"));
  config.more_certificates[1] = more("shop");
  authority.issue("nameless",
                  workload_spec({"spiffe://mesh.test/ns/shop/sa/x", {}, {}}, valid_now()));
  config.more_certificates.push_back(more("nameless"));
  const Error error = error_of(Role::kServer, config);
  EXPECT_EQ(error.message, "the certificate is for no DNS name");
  EXPECT_EQ(error.where, authority.folder / "nameless.pem");
  EXPECT_EQ(error.expected, "server_names");
}

TEST_F(ServerNamesTest, StampTheirFilesToo) {
  const std::uint64_t before = files_stamp(config);
  const std::string& path = config.more_certificates[1].certificate_chain;
  (void)authority.folder.write("shop.pem", TemporaryFolder::read(path) + "\n");
  EXPECT_NE(files_stamp(config), before);
}

}  // namespace
}  // namespace shaketable::proxy::http::test
