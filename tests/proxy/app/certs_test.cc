#include "proxy/app/certs.h"

#include <ctime>
#include <filesystem>
#include <memory>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>

#include "proxy/http/svid.h"
#include "proxy/http/tls.h"
#include "proxy/http/tls_files.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::app {
namespace {

using http::TlsConfig;
using http::TlsContext;
using http::TlsSession;
using testing::ElementsAre;
using testing::HasSubstr;

class CertsTest : public testing::Test {
 protected:
  [[nodiscard]] CertsRequest request() const {
    CertsRequest it;
    it.out = folder_ / "certs";
    it.trust_domain = "mesh.test";
    return it;
  }
  [[nodiscard]] std::string file(const std::string& name) const {
    return folder_ / ("certs/" + name);
  }
  Result<std::vector<std::string>> make(const CertsRequest& it) const {
    return make_certs(it, std::time(nullptr));
  }
  // The error of what must fail.
  [[nodiscard]] std::string error_of(const CertsRequest& it) const {
    const auto made = make(it);
    return made ? "no error" : made.error().message;
  }
  [[nodiscard]] TlsConfig config(const std::string& name) const {
    TlsConfig it;
    it.certificate_chain = file(name + ".pem");
    it.private_key = file(name + ".key");
    it.trusted_ca = file("ca.pem");
    it.require_peer_certificate = true;
    it.trust_domains = {"mesh.test"};
    if (std::filesystem::exists(file("crl.pem"))) {
      it.crl = file("crl.pem");
    }
    return it;
  }
  // What the server says of the client after a handshake: its id, or the error.
  [[nodiscard]] std::string meet(const std::string& client, const std::string& server) const {
    TlsSession from(TlsContext::make(TlsContext::Role::kClient, config(client)).value());
    TlsSession to(TlsContext::make(TlsContext::Role::kServer, config(server)).value());
    from.start();
    std::string plain;
    while (!from.output().empty() || !to.output().empty()) {
      std::string bytes;
      bytes.swap(from.output());
      to.receive(bytes, plain);
      bytes.clear();
      bytes.swap(to.output());
      from.receive(bytes, plain);
    }
    return to.state() == TlsSession::State::kOpen ? to.peer_id() : to.error();
  }
  static mode_t rights(const std::string& path) {
    struct stat status {};
    stat(path.c_str(), &status);
    return status.st_mode & 07777;
  }

  TemporaryFolder folder_;
};

TEST_F(CertsTest, MakesAnAuthorityAndWorkloadsThatTrustEachOther) {
  CertsRequest it = request();
  it.workloads = {"cart", "shop/till"};
  const auto told = make(it);

  ASSERT_TRUE(told) << told.error().where << ": " << told.error().message;
  EXPECT_THAT(*told, ElementsAre(HasSubstr("ca.pem: authority of mesh.test, until "),
                                 HasSubstr("spiffe://mesh.test/ns/default/sa/cart, until "),
                                 HasSubstr("spiffe://mesh.test/ns/shop/sa/till, until ")));
  EXPECT_EQ(meet("cart", "till"), "spiffe://mesh.test/ns/default/sa/cart");
  EXPECT_EQ(meet("till", "cart"), "spiffe://mesh.test/ns/shop/sa/till");
}

TEST_F(CertsTest, KeysAreForTheirOwnerAlone) {
  CertsRequest it = request();
  it.workloads = {"cart"};
  const mode_t mask = umask(0);
  ASSERT_TRUE(make(it));
  umask(mask);

  EXPECT_EQ(rights(file("ca.key")), 0600U);
  EXPECT_EQ(rights(file("cart.key")), 0600U);
  EXPECT_EQ(rights(file("ca.pem")), 0644U);
  EXPECT_EQ(rights(file("cart.pem")), 0644U);
}

TEST_F(CertsTest, LeavesNothingElseInTheFolder) {
  CertsRequest it = request();
  it.workloads = {"cart"};
  ASSERT_TRUE(make(it));

  const std::filesystem::directory_iterator files(it.out);
  EXPECT_EQ(std::distance(begin(files), end(files)), 4);
}

TEST_F(CertsTest, AddsAWorkloadToAnAuthorityThatIsThere) {
  CertsRequest it = request();
  it.workloads = {"cart"};
  ASSERT_TRUE(make(it));
  const std::string authority = TemporaryFolder::read(file("ca.pem"));

  it.trust_domain.clear();
  it.workloads = {"till"};
  const auto told = make(it);

  ASSERT_TRUE(told) << told.error().message;
  EXPECT_THAT(*told, ElementsAre(HasSubstr("/sa/till")));
  EXPECT_EQ(TemporaryFolder::read(file("ca.pem")), authority);
  EXPECT_EQ(meet("till", "cart"), "spiffe://mesh.test/ns/default/sa/till");
}

TEST_F(CertsTest, ReplacesNothingUnlessForced) {
  CertsRequest it = request();
  it.workloads = {"cart"};
  ASSERT_TRUE(make(it));
  const std::string before = TemporaryFolder::read(file("cart.pem"));

  it.workloads = {"new", "cart"};
  EXPECT_THAT(error_of(it), HasSubstr("nothing was written"));
  EXPECT_EQ(TemporaryFolder::read(file("cart.pem")), before);
  EXPECT_FALSE(std::filesystem::exists(file("new.pem"))) << "nothing means nothing";

  it.force = true;
  const std::string authority = TemporaryFolder::read(file("ca.pem"));
  ASSERT_TRUE(make(it));
  EXPECT_NE(TemporaryFolder::read(file("cart.pem")), before);
  EXPECT_EQ(TemporaryFolder::read(file("ca.pem")), authority) << "never the authority";
  EXPECT_EQ(meet("cart", "new"), "spiffe://mesh.test/ns/default/sa/cart");
}

TEST_F(CertsTest, RevokesOneAfterTheOther) {
  CertsRequest it = request();
  it.workloads = {"cart", "till", "shop"};
  it.write_crl = true;
  ASSERT_TRUE(make(it));
  EXPECT_EQ(meet("cart", "shop"), "spiffe://mesh.test/ns/default/sa/cart");

  it.workloads.clear();
  it.revoke = {"cart"};
  ASSERT_TRUE(make(it));
  EXPECT_EQ(meet("cart", "shop"), "certificate refused: certificate revoked");
  EXPECT_EQ(meet("till", "shop"), "spiffe://mesh.test/ns/default/sa/till");

  it.revoke = {file("till.pem"), "cart"};
  const auto told = make(it);
  ASSERT_TRUE(told) << told.error().message;
  EXPECT_THAT(*told, ElementsAre(HasSubstr("revokes 2 certificates")));
  EXPECT_EQ(meet("cart", "shop"), "certificate refused: certificate revoked");
  EXPECT_EQ(meet("till", "shop"), "certificate refused: certificate revoked");
}

TEST_F(CertsTest, ANewCertificateOfARevokedWorkloadIsGood) {
  CertsRequest it = request();
  it.workloads = {"cart", "shop"};
  ASSERT_TRUE(make(it));

  it.workloads = {"cart"};
  it.revoke = {"cart"};
  it.force = true;
  ASSERT_TRUE(make(it));

  EXPECT_EQ(meet("cart", "shop"), "spiffe://mesh.test/ns/default/sa/cart");
}

TEST_F(CertsTest, RevokesOnlyWhatTheAuthorityHasIssued) {
  CertsRequest other = request();
  other.out = folder_ / "other";
  other.workloads = {"cart"};
  ASSERT_TRUE(make(other));
  CertsRequest it = request();
  ASSERT_TRUE(make(it));

  it.revoke = {folder_ / "other/cart.pem"};
  EXPECT_EQ(error_of(it), "this certificate is not the authority's");
  it.revoke = {"missing"};
  EXPECT_THAT(error_of(it), HasSubstr("cannot read"));
}

TEST_F(CertsTest, TakesTheAuthoritysKeyFromElsewhere) {
  CertsRequest it = request();
  ASSERT_TRUE(make(it));
  it.ca_key = folder_ / "away.key";
  std::filesystem::rename(file("ca.key"), it.ca_key);
  it.workloads = {"cart"};

  CertsRequest without = it;
  without.ca_key.clear();
  EXPECT_EQ(error_of(without), "the authority's key is not there");
  EXPECT_TRUE(make(it));
  EXPECT_FALSE(std::filesystem::exists(file("ca.key")));
}

TEST_F(CertsTest, AnAuthorityWhoseCertificateIsMissingIsMadeWithItsKey) {
  CertsRequest it = request();
  ASSERT_TRUE(make(it));
  const std::string key = TemporaryFolder::read(file("ca.key"));
  std::filesystem::remove(file("ca.pem"));

  ASSERT_TRUE(make(it));
  EXPECT_EQ(TemporaryFolder::read(file("ca.key")), key);
}

TEST_F(CertsTest, RefusesAnAuthorityThatIsNone) {
  CertsRequest it = request();
  it.workloads = {"cart"};
  ASSERT_TRUE(make(it));
  it.workloads = {"till"};

  it.trust_domain = "other.test";
  EXPECT_EQ(error_of(it), "the authority is that of trust domain mesh.test");

  it.trust_domain = "mesh.test";
  it.ca_key = file("cart.key");
  EXPECT_EQ(error_of(it), "the authority's certificate and key do not belong together");

  std::filesystem::copy_file(file("cart.pem"), file("ca.pem"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_EQ(error_of(it), "this is no authority's certificate");
}

TEST_F(CertsTest, NamesWorkloadsInSeveralWays) {
  CertsRequest it = request();
  it.workloads = {"/a/b/c", "spiffe://mesh.test/d"};
  it.names = {"c.example", "10.1.2.3"};
  const auto told = make(it);

  ASSERT_TRUE(told) << told.error().message;
  EXPECT_THAT(told->at(1), HasSubstr("c.key: spiffe://mesh.test/a/b/c,"));
  EXPECT_THAT(told->at(2), HasSubstr("d.key: spiffe://mesh.test/d,"));
  const auto made = http::read_certificates(file("c.pem")).value();
  X509* leaf = made.front().get();
  EXPECT_EQ(X509_check_host(leaf, "c.example", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_host(leaf, "localhost", 0, 0, nullptr), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf, "10.1.2.3", 0), 1);
  EXPECT_EQ(X509_check_ip_asc(leaf, "::1", 0), 1);
}

TEST_F(CertsTest, RefusesNamesThatCannotBe) {
  for (const char* name : {"", "a b", "../x", "a/b/c/d/", "/", "spiffe://other.test/x", ".hidden",
                           "ca", "shop/crl", "a,DNS:evil.test", "caf\xc3\xa9", "a\nb"}) {
    CertsRequest it = request();
    it.workloads = {name};
    EXPECT_NE(error_of(it), "no error") << name;
    EXPECT_FALSE(std::filesystem::exists(it.out)) << name;
  }
  CertsRequest twice = request();
  twice.workloads = {"a/cart", "b/cart"};
  EXPECT_THAT(error_of(twice), HasSubstr("two workloads"));
  CertsRequest names = request();
  names.workloads = {"cart"};
  names.names = {"x,URI:spiffe://mesh.test/y"};
  EXPECT_THAT(error_of(names), HasSubstr("neither a host name nor an address"));
}

TEST_F(CertsTest, NoCertificateOutlivesItsAuthority) {
  CertsRequest it = request();
  it.ca_days = 10;
  it.days = 11;
  it.workloads = {"cart"};
  EXPECT_THAT(error_of(it), HasSubstr("the authority expires before"));

  it.days = 9;
  ASSERT_TRUE(make(it));
  const auto made = http::read_certificates(file("cart.pem")).value();
  const std::int64_t expected = std::time(nullptr) + 9 * 24 * 3600;
  EXPECT_NEAR(static_cast<double>(http::expiry_of(made.front().get())),
              static_cast<double>(expected), 60);
}

TEST_F(CertsTest, NeedsAPossibleLife) {
  CertsRequest it = request();
  it.days = 0;
  EXPECT_THAT(error_of(it), HasSubstr("certificates live"));
  it.days = 1'000'000;
  EXPECT_THAT(error_of(it), HasSubstr("certificates live"));
}

TEST_F(CertsTest, SaysWhyItCannotWrite) {
  (void)folder_.write("certs", "a file where the folder should be");
  EXPECT_THAT(error_of(request()), HasSubstr("cannot make the folder"));
}

// --- the command ------------------------------------------------------------------------------

struct Outcome {
  engine::ExitCode code;
  std::string out, err;
};

Outcome run(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  const engine::ExitCode code = run_certs(arguments, {.out = out, .err = err});
  return {code, out.str(), err.str()};
}

TEST_F(CertsTest, TheCommandTellsWhatItMade) {
  const Outcome outcome =
      run({"--out", file(""), "--trust-domain", "mesh.test", "--workload", "cart", "--days", "3"});

  EXPECT_EQ(outcome.code, engine::ExitCode::kPassed) << outcome.err;
  EXPECT_THAT(outcome.out, HasSubstr("spiffe://mesh.test/ns/default/sa/cart, until "));
  EXPECT_EQ(run({"--out", file("")}).code, engine::ExitCode::kPassed);
}

TEST_F(CertsTest, TheCommandExplainsItself) {
  const Outcome help = run({"--help"});
  EXPECT_EQ(help.code, engine::ExitCode::kPassed);
  EXPECT_THAT(help.out, HasSubstr("--trust-domain"));

  EXPECT_EQ(run({}).code, engine::ExitCode::kUsage);
  EXPECT_EQ(run({"--out", file(""), "--workload"}).code, engine::ExitCode::kUsage);
  const Outcome nothing = run({"--out", file("")});
  EXPECT_EQ(nothing.code, engine::ExitCode::kUsage);
  EXPECT_THAT(nothing.err, HasSubstr("a new authority needs a trust domain"));
}

}  // namespace
}  // namespace shaketable::proxy::app
