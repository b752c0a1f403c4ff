#include <algorithm>
#include <iterator>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "proxy/http/spiffe_id.h"
#include "proxy/http/svid.h"
#include "proxy/http/tls.h"
#include "proxy/http/tls_files.h"
#include "proxy/http/tls_hooks.h"
#include "proxy/http/tls_session_store.h"

namespace shaketable::proxy::http {
namespace {

// The fastest first: a mesh's machines all have AES instructions. PRIORITIZE_CHACHA lets those
// that have none choose.
constexpr char kCiphers13[] =
    "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr char kCiphers12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kGroups[] = "X25519:P-256";
// No SHA-1, and nothing that the security level would refuse anyway.
constexpr char kSignatures[] =
    "ecdsa_secp256r1_sha256:ed25519:rsa_pss_rsae_sha256:rsa_pss_rsae_sha384:rsa_pss_rsae_sha512:"
    "ecdsa_secp384r1_sha384:ecdsa_secp521r1_sha512:rsa_pss_pss_sha256:rsa_pss_pss_sha384:"
    "rsa_pss_pss_sha512:rsa_pkcs1_sha256:rsa_pkcs1_sha384:rsa_pkcs1_sha512";
constexpr int kSecurityLevel = 2;  // 112 bits: RSA from 2048, EC from 224, SHA-2.
constexpr int kMaxIntermediates = 8;

std::string date_text(const ASN1_TIME* time) {
  std::tm fields{};
  char text[32] = "?";
  if (ASN1_TIME_to_tm(time, &fields) == 1) {
    std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &fields);
  }
  return text;
}

}  // namespace

/// Makes a context step by step; the first step that fails says why.
class TlsContextBuilder {
 public:
  explicit TlsContextBuilder(TlsContext& context)
      : it_(context),
        config_(context.config_),
        is_server_(context.role_ == TlsContext::Role::kServer) {}

  Result<void> build() {
    return check_rules()
        .and_then([this] { return set_protocol(); })
        .and_then([this] { return use_own_certificate(); })
        .and_then([this] { return trust(); })
        .and_then([this] { return revoke(); })
        .and_then([this] { return set_alpn(); })
        .and_then([this] { return add_more_certificates(); })
        .map([this] { set_callbacks(); });
  }

 private:
  // What the rules say, before any file is read.
  Result<void> check_rules() const {
    for (const std::string& domain : config_.trust_domains) {
      if (!is_trust_domain(domain)) {
        return http_fail("invalid trust domain", domain, "a-z, 0-9, '.', '-' and '_'");
      }
    }
    for (const std::string& id : config_.allowed_ids) {
      const auto parsed = parse_spiffe_id(id);
      if (!parsed || parsed->path.empty()) {
        return http_fail("an allowed id " + std::string(parsed ? "has no path" : parsed.error()),
                         id, "spiffe://TRUST-DOMAIN/PATH");
      }
    }
    if (is_server_) {
      return check_server_rules();
    }
    if (config_.server_name.empty() && !it_.wants_svid()) {
      return http_fail("a TLS client must know whom it talks to", "",
                       "trust_domains, allowed_ids or server_name");
    }
    return it_.wants_svid() && config_.trusted_ca.empty()
               ? http_fail("SPIFFE ids need roots that vouch for them", "", "trusted_ca")
               : Result<void>();
  }

  Result<void> check_server_rules() const {
    if (config_.certificate_chain.empty()) {
      return http_fail("a TLS server needs a certificate", "", "certificate_chain, private_key");
    }
    if (config_.trusted_ca.empty() && (config_.require_peer_certificate || it_.wants_svid())) {
      return http_fail("clients' certificates need roots that vouch for them", "", "trusted_ca");
    }
    return {};
  }

  static tl::unexpected<Error> http_fail(std::string message, std::string where,
                                         std::string expected) {
    return proxy::fail(std::move(message), std::move(where), std::move(expected));
  }
  static tl::unexpected<Error> openssl_fail(const std::string& what,
                                            const std::string& where = {}) {
    return proxy::fail(what + ": " + openssl_reason(), where);
  }

  Result<void> set_protocol() {
    ERR_clear_error();
    it_.context_ = SSL_CTX_new(is_server_ ? TLS_server_method() : TLS_client_method());
    SSL_CTX* ctx = it_.context_;
    if (ctx == nullptr) {
      return openssl_fail("cannot make a TLS context");
    }
    SSL_CTX_set_security_level(ctx, kSecurityLevel);
    // The machine's openssl.cnf may have set anything; all of it is said again here.
    SSL_CTX_clear_options(ctx, SSL_CTX_get_options(ctx));
    SSL_CTX_set_options(ctx, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA |
                                 SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
    SSL_CTX_clear_mode(ctx, SSL_CTX_get_mode(ctx));
    SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY | SSL_MODE_NO_AUTO_CHAIN |
                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_max_early_data(ctx, 0);
    SSL_CTX_set_max_cert_list(ctx, kMaxPeerChainBytes);
    const bool done = SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION) == 1 &&
                      SSL_CTX_set_max_proto_version(ctx, TLS1_3_VERSION) == 1 &&
                      SSL_CTX_set_ciphersuites(ctx, kCiphers13) == 1 &&
                      SSL_CTX_set_cipher_list(ctx, kCiphers12) == 1 &&
                      SSL_CTX_set1_groups_list(ctx, kGroups) == 1 &&
                      SSL_CTX_set1_sigalgs_list(ctx, kSignatures) == 1;
    return done ? Result<void>() : openssl_fail("cannot set the rules of TLS");
  }

  Result<void> use_own_certificate() {
    if (config_.certificate_chain.empty()) {
      return {};
    }
    const auto chain = read_certificates(config_.certificate_chain);
    if (!chain) {
      return tl::unexpected(chain.error());
    }
    X509* leaf = chain->front().get();
    const auto dates = check_dates(leaf);
    if (!dates) {
      return dates;
    }
    if (SSL_CTX_use_certificate(it_.context_, leaf) != 1) {
      return openssl_fail("the certificate cannot be used", config_.certificate_chain);
    }
    for (auto issuer = std::next(chain->begin()); issuer != chain->end(); ++issuer) {
      if (SSL_CTX_add1_chain_cert(it_.context_, issuer->get()) != 1) {
        return openssl_fail("the certificate of an issuer cannot be used",
                            config_.certificate_chain);
      }
    }
    it_.expires_at_ = expiry_of(leaf);
    it_.own_names_ = dns_names_of(leaf);
    if (auto id = check_svid(leaf, {})) {
      it_.own_id_ = std::move(*id);
    }
    return use_private_key(leaf);
  }

  Result<void> add_more_certificates() {
    for (const NamedCertificate& named : config_.more_certificates) {
      TlsConfig config = config_;
      config.more_certificates.clear();
      config.certificate_chain = named.certificate_chain;
      config.private_key = named.private_key;
      std::shared_ptr<TlsContext> more(new TlsContext(it_.role_, std::move(config)));
      if (Result<void> made = TlsContextBuilder(*more).build(); !made) {
        return made;
      }
      if (!named.server_names.empty()) {
        more->own_names_ = named.server_names;
      }
      if (more->own_names_.empty()) {
        return http_fail("the certificate is for no DNS name", named.certificate_chain,
                         "server_names");
      }
      it_.more_.push_back(std::move(more));
    }
    return {};
  }

  // A certificate that nobody will accept is a mistake to hear about now, not from the peers.
  Result<void> check_dates(const X509* leaf) const {
    if (X509_cmp_current_time(X509_get0_notAfter(leaf)) < 0) {
      return proxy::fail("the certificate has expired on " + date_text(X509_get0_notAfter(leaf)),
                         config_.certificate_chain);
    }
    if (X509_cmp_current_time(X509_get0_notBefore(leaf)) > 0) {
      return proxy::fail(
          "the certificate is not valid before " + date_text(X509_get0_notBefore(leaf)),
          config_.certificate_chain);
    }
    return {};
  }

  Result<void> use_private_key(const X509* leaf) {
    if (config_.private_key.empty()) {
      return http_fail("the certificate has no private key", config_.certificate_chain,
                       "private_key");
    }
    const auto key = read_private_key(config_.private_key);
    if (!key) {
      return tl::unexpected(key.error());
    }
    if (X509_check_private_key(leaf, key->get()) != 1) {
      ERR_clear_error();
      return proxy::fail(
          "the private key does not belong to the certificate " + config_.certificate_chain,
          config_.private_key);
    }
    return SSL_CTX_use_PrivateKey(it_.context_, key->get()) == 1
               ? Result<void>()
               : openssl_fail("the private key cannot be used", config_.private_key);
  }

  Result<void> trust() {
    const bool verifies =
        is_server_ ? !config_.trusted_ca.empty() : !config_.accepts_any_certificate;
    if (!verifies) {
      SSL_CTX_set_verify(it_.context_, SSL_VERIFY_NONE, nullptr);
      return {};
    }
    const bool must = !is_server_ || config_.require_peer_certificate;
    SSL_CTX_set_verify(it_.context_, SSL_VERIFY_PEER | (must ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       nullptr);
    SSL_CTX_set_verify_depth(it_.context_, kMaxIntermediates);
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(it_.context_), X509_V_FLAG_PARTIAL_CHAIN);
    if (config_.trusted_ca.empty()) {
      return SSL_CTX_set_default_verify_paths(it_.context_) == 1
                 ? Result<void>()
                 : openssl_fail("cannot read the system's roots");
    }
    const auto roots = read_certificates(config_.trusted_ca);
    if (!roots) {
      return tl::unexpected(roots.error());
    }
    X509_STORE* store = SSL_CTX_get_cert_store(it_.context_);
    for (const CertificatePtr& root : *roots) {
      if (X509_STORE_add_cert(store, root.get()) != 1) {
        return openssl_fail("a trusted certificate cannot be used", config_.trusted_ca);
      }
    }
    return {};
  }

  Result<void> revoke() {
    if (config_.crl.empty()) {
      return {};
    }
    const auto lists = read_revocation_lists(config_.crl);
    if (!lists) {
      return tl::unexpected(lists.error());
    }
    X509_STORE* store = SSL_CTX_get_cert_store(it_.context_);
    for (const RevocationListPtr& list : *lists) {
      if (X509_STORE_add_crl(store, list.get()) != 1) {
        return openssl_fail("a revocation list cannot be used", config_.crl);
      }
      const std::int64_t end = expiry_of_list(list.get());
      if (end != 0 && (it_.crl_expires_at_ == 0 || end < it_.crl_expires_at_)) {
        it_.crl_expires_at_ = end;
      }
    }
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(it_.context_),
                                X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    return {};
  }

  static std::int64_t expiry_of_list(const X509_CRL* list) {
    std::tm fields{};
    const ASN1_TIME* next = X509_CRL_get0_nextUpdate(list);
    return next != nullptr && ASN1_TIME_to_tm(next, &fields) == 1 ? timegm(&fields) : 0;
  }

  Result<void> set_alpn() {
    for (const std::string& protocol : config_.alpn) {
      if (protocol.empty() || protocol.size() > 255) {
        return http_fail("an ALPN protocol has 1 to 255 bytes", protocol, "h2, http/1.1, ...");
      }
      it_.alpn_wire_ += static_cast<char>(protocol.size());
      it_.alpn_wire_ += protocol;
    }
    if (it_.alpn_wire_.empty()) {
      return {};
    }
    if (is_server_) {
      SSL_CTX_set_alpn_select_cb(it_.context_, &TlsHooks::select_alpn, &it_);
      return {};
    }
    const int refused = SSL_CTX_set_alpn_protos(
        it_.context_, reinterpret_cast<const unsigned char*>(it_.alpn_wire_.data()),
        static_cast<unsigned int>(it_.alpn_wire_.size()));
    return refused == 0 ? Result<void>() : openssl_fail("cannot offer the ALPN protocols");
  }

  void set_callbacks() {
    SSL_CTX* ctx = it_.context_;
    SSL_CTX_set_cert_verify_callback(ctx, &TlsHooks::verify, nullptr);
    SSL_CTX_set_msg_callback(ctx, &TlsHooks::count_message);
    if (is_server_) {
      SSL_CTX_set_tlsext_servername_callback(ctx, &TlsHooks::choose_certificate);
      set_server_sessions(ctx);
      constexpr unsigned char kSessionContext[] = "shaketable";
      SSL_CTX_set_session_id_context(ctx, kSessionContext, sizeof kSessionContext - 1);
      return;
    }
    it_.sessions_ = std::make_unique<TlsSessionStore>();
    SSL_CTX_set_session_cache_mode(
        ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL | SSL_SESS_CACHE_NO_AUTO_CLEAR);
    SSL_CTX_sess_set_new_cb(ctx, &TlsHooks::keep_session);
  }

  // A ticket would hold the client's certificate, and OpenSSL 3.0 takes some 80 us to read one
  // again. So servers that see certificates remember their sessions, and hand out their names; the
  // others, which may have any number of clients, give tickets with all that is in them.
  void set_server_sessions(SSL_CTX* ctx) const {
    SSL_CTX_set_num_tickets(ctx, 1);
    SSL_CTX_set_timeout(ctx, kSessionSeconds);
    if (config_.trusted_ca.empty()) {
      SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
      return;
    }
    SSL_CTX_set_options(ctx, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_SERVER);
    SSL_CTX_sess_set_cache_size(ctx, kMaxServerSessions);
    SSL_CTX_sess_set_new_cb(ctx, &TlsHooks::bound_session);
  }

  TlsContext& it_;
  const TlsConfig& config_;
  bool is_server_;
};

TlsContext::TlsContext(Role role, TlsConfig config) : role_(role), config_(std::move(config)) {}

TlsContext::~TlsContext() { SSL_CTX_free(context_); }

Result<std::shared_ptr<const TlsContext>> TlsContext::make(Role role, TlsConfig config) {
  std::shared_ptr<TlsContext> context(new TlsContext(role, std::move(config)));
  context->stamp_ = files_stamp(context->config_);
  return TlsContextBuilder(*context).build().map(
      [&] { return std::shared_ptr<const TlsContext>(std::move(context)); });
}

}  // namespace shaketable::proxy::http
