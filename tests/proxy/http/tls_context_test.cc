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

}  // namespace
}  // namespace shaketable::proxy::http::test
