#include "proxy/http/svid.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/proxy/http/tls_fixture.h"

namespace shaketable::proxy::http::test {
namespace {

constexpr char kSan[] = "subjectAltName";
constexpr char kKeyUsage[] = "keyUsage";

CertificatePtr made(const CertificateSpec& spec) {
  const KeyPtr key = make_key().value();
  return make_certificate(spec, key.get(), {nullptr, key.get()}).value();
}

// `URI` names from any bytes, which the text of a configuration cannot hold.
std::string raw_uri(const std::string& uri) {
  const auto hex = [](const std::string& bytes) {
    std::string text;
    for (const char c : bytes) {
      constexpr char kDigits[] = "0123456789abcdef";
      const auto byte = static_cast<unsigned char>(c);
      text += (text.empty() ? "" : ":");
      text += kDigits[byte >> 4U];
      text += kDigits[byte & 15U];
    }
    return text;
  };
  const std::string name = "\x86" + std::string(1, static_cast<char>(uri.size())) + uri;
  return "DER:" + hex("\x30" + std::string(1, static_cast<char>(name.size())) + name);
}

std::string verdict(const CertificateSpec& spec, std::vector<std::string> trust_domains = {},
                    std::vector<std::string> allowed = {}) {
  const CertificatePtr certificate = made(spec);
  const auto id = check_svid(certificate.get(), {trust_domains, allowed});
  return id ? *id : id.error();
}

TEST(SvidTest, HasTheIdOfItsOneUri) {
  EXPECT_EQ(verdict(workload("cart")), "spiffe://mesh.test/ns/shop/sa/cart");
}

TEST(SvidTest, MayHaveFurtherNamesOfOtherKinds) {
  EXPECT_EQ(verdict(with(workload("cart"), kSan,
                         "DNS:a.test,URI:spiffe://mesh.test/a,email:a@b.test,IP:10.0.0.1")),
            "spiffe://mesh.test/a");
}

TEST(SvidTest, NeedsATrustDomainOfTheRules) {
  EXPECT_EQ(verdict(workload("cart"), {"other.test", "mesh.test"}),
            "spiffe://mesh.test/ns/shop/sa/cart");
  EXPECT_EQ(verdict(workload("cart"), {"mesh.test.evil", "esh.test", "test"}),
            "trust domain mesh.test is not trusted");
}

TEST(SvidTest, NeedsAnAllowedIdWhenThereAreSome) {
  EXPECT_EQ(verdict(workload("cart"), {"mesh.test"}, {"spiffe://mesh.test/ns/shop/sa/cart"}),
            "spiffe://mesh.test/ns/shop/sa/cart");
  EXPECT_EQ(verdict(workload("cart2"), {"mesh.test"}, {"spiffe://mesh.test/ns/shop/sa/cart"}),
            "spiffe://mesh.test/ns/shop/sa/cart2 is not allowed");
}

TEST(SvidTest, IsNoSigningCertificate) {
  EXPECT_EQ(verdict(with(workload("cart"), "basicConstraints", "critical,CA:TRUE")),
            "it is a signing certificate");
  EXPECT_EQ(verdict(with(workload("cart"), kKeyUsage, "critical,digitalSignature,keyCertSign")),
            "its key may sign certificates or revocation lists");
  EXPECT_EQ(verdict(with(workload("cart"), kKeyUsage, "critical,digitalSignature,cRLSign")),
            "its key may sign certificates or revocation lists");
}

TEST(SvidTest, SaysWhatItsKeyIsFor) {
  EXPECT_EQ(verdict(with(workload("cart"), kKeyUsage, "")), "it has no critical key usage");
  EXPECT_EQ(verdict(with(workload("cart"), kKeyUsage, "digitalSignature")),
            "it has no critical key usage");
  EXPECT_EQ(verdict(with(workload("cart"), kKeyUsage, "critical,keyAgreement")),
            "its key usage lacks digitalSignature");
}

TEST(SvidTest, HasExactlyOneUri) {
  EXPECT_EQ(verdict(with(workload("cart"), kSan, "")), "it has no URI name");
  EXPECT_EQ(verdict(with(workload("cart"), kSan, "DNS:mesh.test")), "it has no URI name");
  EXPECT_EQ(verdict(with(workload("cart"), kSan, "URI:spiffe://mesh.test/a,URI:https://b.test")),
            "it has more than one URI name");
}

TEST(SvidTest, HasOneListOfNames) {
  CertificateSpec spec = workload("cart");
  spec.extensions.emplace_back(kSan, "URI:spiffe://mesh.test/other");
  EXPECT_THAT(verdict(spec), testing::HasSubstr("broken"));
}

TEST(SvidTest, NamesAWorkloadNotATrustDomain) {
  EXPECT_EQ(verdict(with(workload("cart"), kSan, "URI:spiffe://mesh.test")),
            "its SPIFFE id names a trust domain, not a workload");
}

TEST(SvidTest, HidesNothingBehindOddBytes) {
  using std::string_literals::operator""s;
  for (const std::string& uri :
       {"spiffe://mesh.test/a\0.evil"s, "spiffe://mesh.test/a\nX: y"s, "spiffe://mesh.test/\xe9"s,
        "spiffe://mesh.test/a#x"s, "spiffe://mesh.test/a\r"s, "\0spiffe://mesh.test/a"s}) {
    EXPECT_THAT(verdict(with(workload("cart"), kSan, raw_uri(uri))),
                testing::StartsWith("its SPIFFE id "));
  }
}

TEST(SvidTest, RefusesHundredsOfNames) {
  std::string names = "URI:spiffe://mesh.test/a";
  for (int i = 0; i < 100; ++i) {
    names += ",DNS:h" + std::to_string(i) + ".test";
  }
  EXPECT_EQ(verdict(with(workload("cart"), kSan, names)), "it has more than 100 alternative names");
}

TEST(SvidTest, AnIssuerMaySignAndHasNoPath) {
  const auto issuer = [](const CertificateSpec& spec) {
    const CertificatePtr certificate = made(spec);
    return check_signing_certificate(certificate.get()).has_value();
  };
  const CertificateSpec good = authority_spec("mesh.test", valid_now());

  EXPECT_TRUE(issuer(good));
  EXPECT_TRUE(issuer(with(good, kSan, "")));
  EXPECT_FALSE(issuer(with(good, kKeyUsage, "")));
  EXPECT_FALSE(issuer(with(good, kKeyUsage, "critical,digitalSignature")));
  EXPECT_FALSE(issuer(with(good, "basicConstraints", "critical,CA:FALSE")));
  EXPECT_FALSE(issuer(with(good, kSan, "URI:spiffe://mesh.test/ns/a")));
  EXPECT_FALSE(issuer(with(good, kSan, "URI:spiffe://mesh.test,URI:spiffe://b.test")));
}

TEST(SvidTest, KnowsWhenItExpires) {
  const Validity validity = valid_now();
  const CertificatePtr certificate = made(authority_spec("mesh.test", validity));

  EXPECT_EQ(expiry_of(certificate.get()), validity.not_after);
}

}  // namespace
}  // namespace shaketable::proxy::http::test
