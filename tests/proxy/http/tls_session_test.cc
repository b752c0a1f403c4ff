#include <memory>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include "proxy/http/tls.h"
#include "tests/proxy/http/tls_fixture.h"

namespace shaketable::proxy::http::test {
namespace {

using testing::HasSubstr;
using State = TlsSession::State;

class TlsSessionTest : public testing::Test {
 protected:
  TlsSessionTest() {
    authority.issue("cart");
    authority.issue("shop");
  }

  // The most versions that the contexts speak.
  static void limit(const std::shared_ptr<const TlsContext>& context, int version) {
    SSL_CTX_set_max_proto_version(context->native(), version);
  }

  TestAuthority authority;
};

class EveryVersionTest : public TlsSessionTest, public testing::WithParamInterface<int> {};

INSTANTIATE_TEST_SUITE_P(Versions, EveryVersionTest,
                         testing::Values(TLS1_2_VERSION, TLS1_3_VERSION),
                         [](const auto& it) { return it.param == TLS1_2_VERSION ? "V12" : "V13"; });

TEST_P(EveryVersionTest, BothSidesLearnWhoTheOtherIs) {
  const auto client = client_context(authority.config("cart"));
  limit(client, GetParam());
  TlsPair pair(client, server_context(authority.config("shop")));

  pair.shake_hands();

  ASSERT_TRUE(pair.is_open()) << pair.client.error() << pair.server.error();
  EXPECT_EQ(pair.client.peer_id(), "spiffe://mesh.test/ns/shop/sa/shop");
  EXPECT_EQ(pair.server.peer_id(), "spiffe://mesh.test/ns/shop/sa/cart");
  EXPECT_EQ(pair.server.protocol(), GetParam() == TLS1_2_VERSION ? "TLSv1.2" : "TLSv1.3");
  EXPECT_THAT(std::string(pair.server.cipher()), HasSubstr("AES"));
  EXPECT_FALSE(pair.server.was_resumed());
}

TEST_P(EveryVersionTest, CarriesBytesBothWaysInPiecesOfAnySize) {
  const auto client = client_context(authority.config("cart"));
  const auto server = server_context(authority.config("shop"));
  limit(client, GetParam());
  const std::string text(100'000, 't');
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{7}, std::size_t{5000}, text.max_size()}) {
    TlsPair pair(client, server);
    pair.piece = piece;
    pair.client.send("early ");
    pair.shake_hands();
    ASSERT_TRUE(pair.is_open());
    pair.client.send(text);
    pair.server.send("answer ");
    pair.server.send(text);
    pair.carry();

    EXPECT_EQ(pair.at_server, "early " + text);
    EXPECT_EQ(pair.at_client, "answer " + text);
  }
}

TEST_P(EveryVersionTest, EndsInGoodOrder) {
  const auto client = client_context(authority.config("cart"));
  limit(client, GetParam());
  TlsPair pair(client, server_context(authority.config("shop")));
  pair.shake_hands();

  pair.client.send("last words");
  pair.client.close();
  pair.client.close();
  pair.carry();

  EXPECT_EQ(pair.at_server, "last words");
  EXPECT_EQ(pair.server.state(), State::kClosed);
  EXPECT_EQ(pair.client.state(), State::kOpen) << "it may still hear the answer";

  pair.server.send("answer");
  pair.server.close();
  pair.carry();
  EXPECT_EQ(pair.at_client, "answer");
  EXPECT_EQ(pair.client.state(), State::kClosed);
}

TEST_P(EveryVersionTest, ResumesASessionWithItsIdentity) {
  const auto client = client_context(authority.config("cart"));
  const auto server = server_context(authority.config("shop"));
  limit(client, GetParam());
  for (int i = 0; i < 4; ++i) {
    TlsPair pair(client, server, "10.0.0.1:443");
    pair.shake_hands();
    ASSERT_TRUE(pair.is_open()) << i;
    EXPECT_EQ(pair.server.was_resumed(), i > 0) << i;
    EXPECT_EQ(pair.client.was_resumed(), i > 0) << i;
    EXPECT_EQ(pair.client.peer_id(), "spiffe://mesh.test/ns/shop/sa/shop");
    EXPECT_EQ(pair.server.peer_id(), "spiffe://mesh.test/ns/shop/sa/cart");
  }
}

TEST_P(EveryVersionTest, ResumesWithTheSamePeerOnly) {
  const auto client = client_context(authority.config("cart"));
  const auto server = server_context(authority.config("shop"));
  limit(client, GetParam());
  TlsPair(client, server, "10.0.0.1:443").shake_hands();
  for (const char* peer : {"10.0.0.2:443", ""}) {
    TlsPair pair(client, server, peer);
    pair.shake_hands();
    EXPECT_TRUE(pair.is_open());
    EXPECT_FALSE(pair.client.was_resumed()) << peer;
  }
}

TEST_P(EveryVersionTest, AReloadedServerChecksEverybodyAgain) {
  const auto client = client_context(authority.config("cart"));
  limit(client, GetParam());
  TlsPair(client, server_context(authority.config("shop")), "10.0.0.1:443").shake_hands();
  authority.revoke("cart");
  TlsConfig revoking = authority.config("shop");
  revoking.crl = authority.folder / "crl.pem";

  TlsPair again(client, server_context(revoking), "10.0.0.1:443");
  again.shake_hands();

  EXPECT_EQ(again.server.state(), State::kFailed);
  EXPECT_EQ(again.server.error(), "certificate refused: certificate revoked");
}

TEST_P(EveryVersionTest, AClientChecksARevokedServer) {
  authority.revoke("shop");
  TlsConfig revoking = authority.config("cart");
  revoking.crl = authority.folder / "crl.pem";
  const auto client = client_context(revoking);
  limit(client, GetParam());
  TlsPair pair(client, server_context(authority.config("shop")));

  pair.shake_hands();

  EXPECT_EQ(pair.client.error(), "certificate refused: certificate revoked");
  EXPECT_EQ(pair.server.failure(), TlsFailure::kPeerRefused);
}

// How long the server's last session may be resumed, in seconds; noted by a callback without state.
long last_timeout = 0;  // NOLINT: OpenSSL's
int (*bound)(SSL*, SSL_SESSION*) = nullptr;

TEST_P(EveryVersionTest, NoSessionOutlivesTheCertificateOfItsClient) {
  CertificateSpec spec = workload("brief");
  spec.validity.not_after = std::time(nullptr) + 60;
  authority.issue("brief", spec);
  const auto client = client_context(authority.config("brief"));
  const auto server = server_context(authority.config("shop"));
  limit(client, GetParam());
  bound = SSL_CTX_sess_get_new_cb(server->native());
  SSL_CTX_sess_set_new_cb(server->native(), [](SSL* ssl, SSL_SESSION* session) {
    const int kept = bound(ssl, session);
    last_timeout = SSL_SESSION_get_timeout(session);
    return kept;
  });
  for (int i = 0; i < 3; ++i) {  // Also when one session continues another one.
    last_timeout = 60;
    TlsPair pair(client, server, "10.0.0.1:443");
    pair.shake_hands();
    EXPECT_EQ(pair.server.was_resumed(), i > 0);
    EXPECT_LE(last_timeout, 60);
    EXPECT_GT(last_timeout, 0);
  }
}

TEST_F(TlsSessionTest, ServersWithoutClientCertificatesResumeByTickets) {
  TlsConfig of_server = authority.config("shop");
  of_server.trusted_ca.clear();
  of_server.trust_domains.clear();
  of_server.require_peer_certificate = false;
  const auto server = server_context(of_server);
  const auto client = client_context(authority.config(""));
  TlsPair(client, server, "10.0.0.1:443").shake_hands();
  TlsPair again(client, server, "10.0.0.1:443");
  again.shake_hands();

  EXPECT_TRUE(again.server.was_resumed());
  EXPECT_EQ(SSL_CTX_sess_number(server->native()), 0) << "the server keeps nothing";
  EXPECT_EQ(again.client.peer_id(), "spiffe://mesh.test/ns/shop/sa/shop");
}

TEST_F(TlsSessionTest, AnOldRevocationListLetsNobodyIn) {
  authority.revoke("", expired());
  TlsConfig revoking = authority.config("shop");
  revoking.crl = authority.folder / "crl.pem";
  TlsPair pair(client_context(authority.config("cart")), server_context(revoking));

  pair.shake_hands();

  EXPECT_EQ(pair.server.error(), "certificate refused: CRL has expired");
}

TEST_P(EveryVersionTest, AClientWithoutACertificateIsRefused) {
  const auto client = client_context(authority.config(""));
  limit(client, GetParam());
  TlsPair pair(client, server_context(authority.config("shop")));

  pair.shake_hands();

  EXPECT_EQ(pair.server.state(), State::kFailed);
  EXPECT_EQ(pair.server.failure(), TlsFailure::kNoCertificate);
  EXPECT_EQ(pair.server.peer_id(), "");
  EXPECT_EQ(pair.client.failure(), TlsFailure::kPeerRefused);
  EXPECT_THAT(pair.client.error(), HasSubstr("the peer refused: "));
}

TEST_F(TlsSessionTest, AServerMayAskForACertificateWithoutInsisting) {
  TlsConfig asking = authority.config("shop");
  asking.require_peer_certificate = false;
  const auto server = server_context(asking);
  CertificateSpec spec = workload("old");
  authority.issue("foreign", with(workload("x"), "subjectAltName", "URI:spiffe://evil.test/x"));

  TlsPair without(client_context(authority.config("")), server);
  without.shake_hands();
  EXPECT_TRUE(without.is_open());
  EXPECT_EQ(without.server.peer_id(), "");

  TlsPair with_good(client_context(authority.config("cart")), server);
  with_good.shake_hands();
  EXPECT_EQ(with_good.server.peer_id(), "spiffe://mesh.test/ns/shop/sa/cart");

  TlsPair with_bad(client_context(authority.config("foreign")), server);
  with_bad.shake_hands();
  EXPECT_EQ(with_bad.server.error(), "certificate refused: trust domain evil.test is not trusted");
}

TEST_F(TlsSessionTest, AClientMayNameWhomItWants) {
  TlsConfig wanting = authority.config("cart");
  wanting.allowed_ids = {"spiffe://mesh.test/ns/shop/sa/till"};
  TlsPair pair(client_context(wanting), server_context(authority.config("shop")));

  pair.shake_hands();

  EXPECT_EQ(pair.client.state(), State::kFailed);
  EXPECT_EQ(pair.client.failure(), TlsFailure::kBadCertificate);
  EXPECT_EQ(pair.client.peer_id(), "");
}

TEST_F(TlsSessionTest, WithoutSpiffeAClientChecksTheName) {
  TlsConfig config = authority.config("");
  config.trust_domains.clear();
  TlsConfig of_server = authority.config("shop");
  of_server.require_peer_certificate = false;
  const auto server = server_context(of_server);
  for (const char* name : {"shop", "127.0.0.1"}) {
    config.server_name = name;
    TlsPair pair(client_context(config), server);
    pair.shake_hands();
    EXPECT_TRUE(pair.is_open()) << name << ": " << pair.client.error();
  }
  for (const char* name : {"cart", "127.0.0.2"}) {
    config.server_name = name;
    TlsPair pair(client_context(config), server);
    pair.shake_hands();
    EXPECT_THAT(pair.client.error(), HasSubstr("mismatch")) << name;
  }
}

TEST_P(EveryVersionTest, TheServersPreferenceChoosesTheProtocol) {
  TlsConfig of_client = authority.config("cart");
  of_client.alpn = {"http/1.1", "h2"};
  TlsConfig of_server = authority.config("shop");
  of_server.alpn = {"h2", "http/1.1"};
  const auto client = client_context(of_client);
  limit(client, GetParam());
  TlsPair pair(client, server_context(of_server));

  pair.shake_hands();

  EXPECT_EQ(pair.server.alpn(), "h2");
  EXPECT_EQ(pair.client.alpn(), "h2");
}

TEST_P(EveryVersionTest, AClientThatSpeaksNoneOfOurProtocolsIsRefused) {
  TlsConfig of_client = authority.config("cart");
  of_client.alpn = {"bogus"};
  TlsConfig of_server = authority.config("shop");
  of_server.alpn = {"h2"};
  const auto client = client_context(of_client);
  limit(client, GetParam());
  TlsPair pair(client, server_context(of_server));

  pair.shake_hands();

  EXPECT_EQ(pair.server.failure(), TlsFailure::kNoProtocol);
  EXPECT_THAT(pair.client.error(), HasSubstr("application protocol"));
}

TEST_F(TlsSessionTest, ClientsWithoutProtocolsAreWelcome) {
  TlsConfig of_server = authority.config("shop");
  of_server.alpn = {"h2"};
  TlsPair pair(client_context(authority.config("cart")), server_context(of_server));

  pair.shake_hands();

  EXPECT_TRUE(pair.is_open());
  EXPECT_EQ(pair.server.alpn(), "");
}

TEST_P(EveryVersionTest, AServerHearsItsName) {
  TlsConfig of_client = authority.config("cart");
  of_client.server_name = "cart.shop.test";
  const auto client = client_context(of_client);
  const auto server = server_context(authority.config("shop"));
  limit(client, GetParam());
  for (int i = 0; i < 2; ++i) {  // The second is a resumed one.
    TlsPair pair(client, server, "10.0.0.1:443");
    pair.shake_hands();
    EXPECT_EQ(pair.server.server_name(), "cart.shop.test");
  }
}

TEST_F(TlsSessionTest, OldVersionsAndCiphersAreRefused) {
  const auto server = server_context(authority.config("shop"));
  for (const char* ciphers : {"ECDHE-ECDSA-AES128-SHA", "AES128-GCM-SHA256", "AES128-SHA"}) {
    const auto client = client_context(authority.config("cart"));
    limit(client, TLS1_2_VERSION);
    SSL_CTX_set_cipher_list(client->native(), ciphers);
    TlsPair pair(client, server);
    pair.shake_hands();
    EXPECT_EQ(pair.server.failure(), TlsFailure::kNoProtocol) << ciphers;
  }
  const auto client = client_context(authority.config("cart"));
  SSL_CTX_set_min_proto_version(client->native(), TLS1_1_VERSION);
  limit(client, TLS1_1_VERSION);
  SSL_CTX_set_cipher_list(client->native(), "ALL:@SECLEVEL=0");
  TlsPair pair(client, server);
  pair.shake_hands();
  EXPECT_EQ(pair.server.state(), State::kFailed);
}

// --- bad bytes --------------------------------------------------------------------------------

TEST_F(TlsSessionTest, AnswersOtherProtocolsWithAnAlert) {
  for (const std::string_view bytes :
       {std::string_view("GET / HTTP/1.1\r\n\r\n"), std::string_view("\x80\x2e\x01\x00\x02", 5),
        std::string_view("\x16\x03\x01\xff\xff\x01\xff\xff\xff", 9)}) {
    TlsSession server(server_context(authority.config("shop")));
    std::string plain;
    EXPECT_EQ(server.receive(bytes, plain), State::kFailed);
    EXPECT_EQ(server.failure(), TlsFailure::kNotTls);
    EXPECT_EQ(server.output(), std::string_view("\x15\x03\x03\x00\x02\x02\x32", 7));
    EXPECT_EQ(server.receive("more", plain), State::kFailed);
    EXPECT_EQ(plain, "");
  }
}

TEST_F(TlsSessionTest, FailsWhenARecordWasChanged) {
  TlsPair pair(client_context(authority.config("cart")), server_context(authority.config("shop")));
  pair.shake_hands();

  pair.client.send("text");
  pair.client.output().back() = static_cast<char>(pair.client.output().back() ^ 1);
  pair.carry();

  EXPECT_EQ(pair.server.state(), State::kFailed);
  EXPECT_EQ(pair.server.failure(), TlsFailure::kBroken);
  EXPECT_EQ(pair.at_server, "");
  EXPECT_EQ(pair.client.failure(), TlsFailure::kPeerRefused);
}

TEST_F(TlsSessionTest, SurvivesAnyFlippedByteOfAHandshake) {
  const auto client = client_context(authority.config("cart"));
  const auto server = server_context(authority.config("shop"));
  for (std::size_t at = 0; at < 3000; at += 13) {
    TlsPair pair(client, server);
    pair.client.start();
    std::size_t seen = 0;
    for (int round = 0; round < 6; ++round) {
      for (auto [from, to] :
           {std::pair(&pair.client, &pair.server), {&pair.server, &pair.client}}) {
        std::string bytes;
        bytes.swap(from->output());
        if (at >= seen && at < seen + bytes.size()) {
          bytes[at - seen] = static_cast<char>(bytes[at - seen] ^ 0x41);
        }
        seen += bytes.size();
        std::string plain;
        to->receive(bytes, plain);
        EXPECT_EQ(plain, "");
      }
    }
    EXPECT_FALSE(at < seen && pair.is_open() && pair.server.peer_id().empty());
  }
}

// A client of OpenSSL's own, for what ours never does.
class RawClient {
 public:
  RawClient(const std::shared_ptr<const TlsContext>& context, TlsSession& server)
      : context_(context), server_(server), ssl_(SSL_new(context->native())) {
    SSL_set_bio(ssl_, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_connect_state(ssl_);
    SSL_set_msg_callback(ssl_, nullptr);
    SSL_CTX_set_cert_verify_callback(context->native(), nullptr, nullptr);
    SSL_set_verify(ssl_, SSL_VERIFY_NONE, nullptr);
  }
  ~RawClient() { SSL_free(ssl_); }
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;

  bool shake_hands() {
    for (int i = 0; i < 5 && SSL_do_handshake(ssl_) != 1; ++i) {
      carry();
    }
    carry();
    return SSL_is_init_finished(ssl_) != 0;
  }
  void carry() {
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(SSL_get_wbio(ssl_), &bytes);  // NOLINT: OpenSSL's
    std::string plain;
    server_.receive(std::string(bytes, static_cast<std::size_t>(size)), plain);
    (void)BIO_reset(SSL_get_wbio(ssl_));
    BIO_write(SSL_get_rbio(ssl_), server_.output().data(),
              static_cast<int>(server_.output().size()));
    server_.output().clear();
  }
  [[nodiscard]] SSL* native() const { return ssl_; }

 private:
  std::shared_ptr<const TlsContext> context_;
  TlsSession& server_;
  SSL* ssl_;
};

TEST_F(TlsSessionTest, RenewsKeysNowAndThenButNotForEver) {
  const auto server = server_context(authority.config("shop"));
  for (const int updates : {20, 200}) {
    TlsSession session(server);
    const auto context = client_context(authority.config("cart"));
    SSL_CTX_sess_set_new_cb(context->native(), nullptr);
    RawClient client(context, session);
    ASSERT_TRUE(client.shake_hands());
    for (int i = 0; i < updates; ++i) {
      SSL_key_update(client.native(), SSL_KEY_UPDATE_REQUESTED);
      SSL_do_handshake(client.native());
    }
    client.carry();

    EXPECT_EQ(session.state(), updates == 20 ? State::kOpen : State::kFailed);
    EXPECT_LT(session.output().size(), 10'000U);
  }
}

TEST_F(TlsSessionTest, RefusesRenegotiation) {
  const auto context = client_context(authority.config("cart"));
  limit(context, TLS1_2_VERSION);
  SSL_CTX_sess_set_new_cb(context->native(), nullptr);
  SSL_CTX_clear_options(context->native(), SSL_OP_NO_RENEGOTIATION);
  TlsSession session(server_context(authority.config("shop")));
  RawClient client(context, session);
  ASSERT_TRUE(client.shake_hands());
  EXPECT_EQ(SSL_get_secure_renegotiation_support(client.native()), 1);

  ASSERT_EQ(SSL_renegotiate(client.native()), 1);
  SSL_do_handshake(client.native());
  client.carry();

  EXPECT_NE(SSL_do_handshake(client.native()), 1);
  EXPECT_NE(session.state(), State::kHandshake);
}

// A client that begins with a key share that we do not take, so that it has to say hello twice.
std::shared_ptr<const TlsContext> hesitant(TlsConfig config) {
  const auto client = client_context(std::move(config));
  SSL_CTX_set1_groups_list(client->native(), "P-384:X25519");
  return client;
}

TEST_F(TlsSessionTest, AClientMayHaveToSayHelloTwice) {
  const auto server = server_context(authority.config("shop"));
  for (const std::size_t piece :
       {std::size_t{1}, std::size_t{3}, std::size_t{100}, std::string::npos}) {
    TlsPair pair(hesitant(authority.config("cart")), server);
    pair.piece = piece;
    pair.shake_hands();
    EXPECT_TRUE(pair.is_open()) << piece << pair.server.error() << pair.client.error();
    EXPECT_EQ(pair.server.peer_id(), "spiffe://mesh.test/ns/shop/sa/cart");
  }
}

TEST_F(TlsSessionTest, ASecondHelloMayNotPromiseMuchEither) {
  const auto server = server_context(authority.config("shop"));
  const std::string dummy("\x14\x03\x03\x00\x01\x01", 6);
  const std::string huge("\x16\x03\x03\x00\x08\x01\x02\x00\x00\x03\x03zz", 13);
  for (const std::string& bytes :
       {huge, dummy + huge, dummy + dummy, std::string("GET / HTTP/1.1")}) {
    TlsPair pair(hesitant(authority.config("cart")), server);
    pair.client.start();
    pair.deliver(pair.client, pair.server, pair.at_server);
    ASSERT_EQ(pair.server.state(), State::kHandshake);
    pair.server.receive(bytes, pair.at_server);

    EXPECT_EQ(pair.server.error(), "the second ClientHello is none");

    TlsPair at_once(hesitant(authority.config("cart")), server);
    at_once.client.start();
    at_once.server.receive(at_once.client.output() + bytes, at_once.at_server);
    EXPECT_EQ(at_once.server.error(), "the second ClientHello is none");
  }
}

TEST_F(TlsSessionTest, AClientMayGiveUpInsteadOfASecondHello) {
  TlsPair pair(hesitant(authority.config("cart")), server_context(authority.config("shop")));
  pair.client.start();
  pair.deliver(pair.client, pair.server, pair.at_server);
  pair.server.receive(std::string_view("\x15\x03\x03\x00\x02\x02\x28", 7), pair.at_server);

  EXPECT_EQ(pair.server.failure(), TlsFailure::kPeerRefused);
}

// --- memory -----------------------------------------------------------------------------------

TEST_F(TlsSessionTest, AServerWaitsForTheWholeHelloBeforeItSpendsMemory) {
  TlsSession client(client_context(authority.config("cart")));
  client.start();
  std::string hello;
  hello.swap(client.output());
  TlsSession server(server_context(authority.config("shop")));
  std::string plain;
  for (std::size_t i = 0; i + 1 < hello.size(); ++i) {
    server.receive(std::string_view(hello).substr(i, 1), plain);
    EXPECT_EQ(server.protocol(), "") << "there is nothing yet that could know one";
  }
  server.receive(std::string_view(hello).substr(hello.size() - 1), plain);

  EXPECT_EQ(server.state(), State::kHandshake);
  EXPECT_GT(server.output().size(), 100U);
}

}  // namespace
}  // namespace shaketable::proxy::http::test
