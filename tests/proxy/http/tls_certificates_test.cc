#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "proxy/http/tls.h"
#include "tests/proxy/http/tls_fixture.h"
#include "tests/support/shared_folder.h"

// Every certificate of the shared suite, on both sides of a handshake.
namespace shaketable::proxy::http::test {
namespace {

struct Case {
  std::string name, kind, expected, why;
};

// OpenSSL's configuration files take what follows `#` for a comment, so the suite's certificate
// with a fragment in its id has a good id in truth. svid_test.cc has the case.
constexpr char kNotWhatItSays[] = "id-frag";

// The suite's cases.json is a list of flat objects with one string a line.
std::vector<Case> read_cases(const std::string& path) {
  std::ifstream file(path);
  std::vector<Case> cases;
  std::map<std::string, std::string> fields;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("}") && fields["name"] != kNotWhatItSays) {
      cases.push_back({fields["name"], fields["cls"], fields["expect"], fields["why"]});
      fields.clear();
    }
    const std::size_t colon = line.find("\": \"");
    if (line.starts_with("\"") && colon != std::string::npos) {
      const std::size_t begin = colon + 4;
      fields[line.substr(1, colon - 1)] = line.substr(begin, line.rfind('"') - begin);
    }
  }
  return cases;
}

class SuiteCertificatesTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const auto generator =
        std::filesystem::absolute(support::shared_folder() / "suites" / "mtls" / "gen_certs.py");
    folder_ = std::make_unique<TemporaryFolder>();
    const std::string command =
        "python3 '" + generator.string() + "' '" + pki("") + "' >'" + (*folder_ / "log") + "' 2>&1";
    if (std::filesystem::exists(generator) && std::system(command.c_str()) == 0) {
      cases_ = read_cases(pki("cases.json"));
    }
  }
  static void TearDownTestSuite() { folder_.reset(); }

  void SetUp() override {
    if (cases_.empty()) {
      GTEST_SKIP() << "the shared suite or its tools are not here";
    }
  }

  static std::string pki(const std::string& name) { return *folder_ / ("pki/" + name); }

  static TlsConfig config(const std::string& chain, const std::string& key) {
    TlsConfig config;
    config.certificate_chain = pki(chain);
    config.private_key = pki(key);
    config.trusted_ca = pki("ca.crt");
    config.require_peer_certificate = true;
    config.trust_domains = {"mesh.test"};
    return config;
  }

  // A context whose own certificate is good and of the kind of key that the case has: OpenSSL keeps
  // one certificate a kind, and would choose between them.
  static TlsConfig base_for(const std::string& name) {
    for (const char* kind : {"rsa", "ed25519"}) {
      if (name.find(kind) != std::string::npos) {
        return config(std::string("ok-") + kind + ".crt", std::string("ok-") + kind + ".key");
      }
    }
    return config("ok-ec.crt", "ok-ec.key");
  }

  // A side that shows whatever it is told to: the peer under test judges, it does not.
  static void show(const std::shared_ptr<const TlsContext>& context, const std::string& name) {
    SSL_CTX* ctx = context->native();
    SSL_CTX_set_verify(ctx, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_security_level(ctx, 0);
    SSL_CTX_set1_sigalgs_list(ctx, "ECDSA+SHA256:ECDSA+SHA1:ed25519:RSA-PSS+SHA256:RSA+SHA256");
    SSL_CTX_set1_groups_list(ctx, "X25519:P-256");
    ASSERT_EQ(SSL_CTX_use_certificate_chain_file(ctx, pki(name + ".chain.crt").c_str()), 1) << name;
    ASSERT_EQ(SSL_CTX_use_PrivateKey_file(ctx, pki(name + ".key").c_str(), SSL_FILETYPE_PEM), 1)
        << name;
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::vector<Case> cases_;
};

std::unique_ptr<TemporaryFolder> SuiteCertificatesTest::folder_;
std::vector<Case> SuiteCertificatesTest::cases_;

TEST_F(SuiteCertificatesTest, AreJudgedInsideTheHandshakeOfAServer) {
  const auto server = server_context(config("server.crt", "server.key"));
  int judged = 0;
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const Case& it : cases_) {
      if (it.kind == "upstream") {
        continue;
      }
      const auto client = client_context(base_for(it.name));
      show(client, it.name);
      SSL_CTX_set_max_proto_version(client->native(), version);
      TlsPair pair(client, server);

      pair.shake_hands();

      const bool accepted = pair.server.state() == TlsSession::State::kOpen;
      EXPECT_EQ(accepted, it.expected != "refuse")
          << it.name << ": " << it.why << ": " << pair.server.error();
      EXPECT_EQ(accepted, !pair.server.peer_id().empty()) << it.name;
      ++judged;
    }
  }
  RecordProperty("judged", judged);
  EXPECT_GE(judged, 110);
}

TEST_F(SuiteCertificatesTest, AreJudgedInsideTheHandshakeOfAClient) {
  TlsConfig rules = config("ok-ec.crt", "ok-ec.key");
  rules.allowed_ids = {"spiffe://mesh.test/ns/a/sa/server"};
  const auto client = client_context(rules);
  int judged = 0;
  for (const Case& it : cases_) {
    if (it.kind != "upstream") {
      continue;
    }
    const auto server = server_context(base_for(it.name));
    show(server, it.name);
    TlsPair pair(client, server);

    pair.shake_hands();

    const bool accepted = pair.client.state() == TlsSession::State::kOpen;
    EXPECT_EQ(accepted, it.expected == "accept")
        << it.name << ": " << it.why << ": " << pair.client.error();
    ++judged;
  }
  EXPECT_GE(judged, 10);
}

// A client judges every other kind of bad certificate, too, except those that are bad for clients
// only.
TEST_F(SuiteCertificatesTest, OfClientsAreJudgedByAClientAsWell) {
  const auto client = client_context(config("ok-ec.crt", "ok-ec.key"));
  for (const Case& it : cases_) {
    if (it.kind != "spiffe" && it.kind != "x509" && it.kind != "policy") {
      continue;
    }
    const auto server = server_context(base_for(it.name));
    show(server, it.name);
    TlsPair pair(client, server);

    pair.shake_hands();

    const bool accepted = pair.client.state() == TlsSession::State::kOpen;
    EXPECT_EQ(accepted, it.expected == "accept" || it.name == "bad-eku")
        << it.name << ": " << it.why << ": " << pair.client.error();
  }
}

}  // namespace
}  // namespace shaketable::proxy::http::test
