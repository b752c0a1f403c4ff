#include "proxy/http/tls_hooks.h"

#include <algorithm>
#include <cstring>
#include <ctime>
#include <string>

#include <openssl/x509v3.h>

#include "proxy/http/svid.h"
#include "proxy/http/text.h"
#include "proxy/http/tls_session_store.h"

namespace shaketable::proxy::http {
namespace {

// The peer may renew keys, and send tickets, now and then; each costs us some 10 us for 27 bytes.
constexpr std::uint32_t kFreeLateMessages = 32;
constexpr unsigned kBytesPerLateMessage = 20;  // One more a MiB, as a shift.

// BIO_ctrl: nothing is ever buffered below OpenSSL, so a flush is always done.
long control(BIO* /*bio*/, int command, long /*number*/, void* /*pointer*/) {  // NOLINT
  return command == BIO_CTRL_FLUSH ? 1 : 0;
}

int set_up(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

// Whether what OpenSSL has just written begins with a HelloRetryRequest: a ServerHello with a
// certain random number (RFC 8446, section 4.1.3).
bool is_hello_retry(std::string_view output) {
  constexpr std::string_view kRandom(
      "\xcf\x21\xad\x74\xe5\x9a\x61\x11\xbe\x1d\x8c\x02\x1e\x65\xb8\x91"
      "\xc2\xa2\x11\x16\x7a\xbb\x8c\x5e\x07\x9e\x09\xe2\xc8\xa8\x33\x9c",
      32);
  constexpr std::size_t kMessageType = 5;
  constexpr std::size_t kRandomAt = 11;
  return output.size() > kRandomAt && output[kMessageType] == 2 &&
         output.substr(kRandomAt, kRandom.size()) == kRandom;
}

TlsSession& session_of_bio(BIO* bio) { return *static_cast<TlsSession*>(BIO_get_data(bio)); }

// The first moment at which something that the verification relied on is not good any more.
std::int64_t end_of_chain(X509_STORE_CTX* store, std::int64_t lists_end) {
  std::int64_t end = seconds_now() + kMaxSessionSeconds;
  if (lists_end != 0) {
    end = std::min(end, lists_end);
  }
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
  for (int i = 0; i < sk_X509_num(chain); ++i) {
    end = std::min(end, expiry_of(sk_X509_value(chain, i)));
  }
  return end;
}

}  // namespace

std::int64_t seconds_now() { return std::time(nullptr); }

// --- bytes ------------------------------------------------------------------------------------

BIO* TlsHooks::make_bio(TlsSession& session) {
  static BIO_METHOD* const kMethod = [] {
    BIO_METHOD* method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "session");
    BIO_meth_set_read_ex(method, &TlsHooks::read);
    BIO_meth_set_write_ex(method, &TlsHooks::write);
    BIO_meth_set_ctrl(method, control);
    BIO_meth_set_create(method, set_up);
    return method;
  }();
  BIO* bio = BIO_new(kMethod);
  if (bio != nullptr) {
    BIO_set_data(bio, &session);
  }
  return bio;
}

TlsSession& TlsHooks::session_of(const SSL* ssl) { return session_of_bio(SSL_get_rbio(ssl)); }

int TlsHooks::read(BIO* bio, char* bytes, std::size_t size, std::size_t* got) {
  TlsSession& session = session_of_bio(bio);
  BIO_clear_retry_flags(bio);
  if (session.late_messages_ > kFreeLateMessages + (session.received_ >> kBytesPerLateMessage)) {
    return 0;  // Ends the connection: OpenSSL takes it for a broken transport.
  }
  if (session.input_.empty() || session.wants_hello_) {
    BIO_set_retry_read(bio);
    return 0;
  }
  *got = std::min(size, session.input_.size());
  std::memcpy(bytes, session.input_.data(), *got);
  session.input_.remove_prefix(*got);
  return 1;
}

int TlsHooks::write(BIO* bio, const char* bytes, std::size_t size, std::size_t* put) {
  BIO_clear_retry_flags(bio);
  TlsSession& session = session_of_bio(bio);
  session.output_.append(bytes, size);
  session.wants_hello_ = session.state_ == TlsSession::State::kHandshake &&
                         session.context_->role() == TlsContext::Role::kServer &&
                         (session.wants_hello_ || is_hello_retry({bytes, size}));
  *put = size;
  return 1;
}

void TlsHooks::count_message(int sent, int /*version*/, int type, const void* /*bytes*/,
                             std::size_t /*size*/, SSL* ssl, void* /*unused*/) {
  if (type == SSL3_RT_HANDSHAKE && sent == 0) {
    TlsSession& session = session_of(ssl);
    session.late_messages_ += session.state_ == TlsSession::State::kHandshake ? 0 : 1;
  }
}

// --- certificates -----------------------------------------------------------------------------

int TlsHooks::refuse(TlsSession& session, X509_STORE_CTX* store, int code,
                     std::string_view reason) {
  session.error_ = "certificate refused: ";
  session.error_ += reason;
  session.failure_ = TlsFailure::kBadCertificate;
  X509_STORE_CTX_set_error(store, code);
  return 0;
}

bool TlsHooks::check_names(TlsSession& session, X509_STORE_CTX* store) {
  const TlsConfig& config = session.context_->config();
  const STACK_OF(X509)* chain = X509_STORE_CTX_get0_chain(store);
  // The last one is trusted by configuration, whatever it says.
  for (int i = 1; i + 1 < sk_X509_num(chain); ++i) {
    const auto checked = check_signing_certificate(sk_X509_value(chain, i));
    if (!checked) {
      refuse(session, store, X509_V_ERR_CERT_REJECTED, checked.error());
      return false;
    }
  }
  const auto id =
      check_svid(X509_STORE_CTX_get0_cert(store), {config.trust_domains, config.allowed_ids});
  if (!id) {
    refuse(session, store, X509_V_ERR_CERT_REJECTED, id.error());
    return false;
  }
  return true;
}

int TlsHooks::verify(X509_STORE_CTX* store, void* /*unused*/) {
  const void* owner = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
  TlsSession& session = session_of(static_cast<const SSL*>(owner));
  if (sk_X509_num(X509_STORE_CTX_get0_untrusted(store)) > kMaxPeerChain) {
    return refuse(session, store, X509_V_ERR_CERT_CHAIN_TOO_LONG, "its chain is too long");
  }
  if (X509_verify_cert(store) <= 0) {
    const int code = X509_STORE_CTX_get_error(store);
    return refuse(session, store, code == X509_V_OK ? X509_V_ERR_UNSPECIFIED : code,
                  X509_verify_cert_error_string(code));
  }
  if (session.context_->wants_svid() && !check_names(session, store)) {
    return 0;
  }
  session.valid_until_ = end_of_chain(store, session.context_->crl_expires_at());
  return 1;
}

// --- extensions -------------------------------------------------------------------------------

int TlsHooks::select_alpn(SSL* /*ssl*/, const unsigned char** out, unsigned char* out_size,
                          const unsigned char* offered, unsigned int offered_size, void* context) {
  const std::string& wire = static_cast<const TlsContext*>(context)->alpn_wire_;
  unsigned char* chosen = nullptr;
  const int result =
      SSL_select_next_proto(&chosen, out_size, reinterpret_cast<const unsigned char*>(wire.data()),
                            static_cast<unsigned int>(wire.size()), offered, offered_size);
  if (result != OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;  // RFC 7301, section 3.2: no_application_protocol.
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

int TlsHooks::choose_certificate(SSL* ssl, int* /*alert*/, void* /*unused*/) {
  const TlsContext& own = *session_of(ssl).context_;
  const char* asked = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  if (asked == nullptr || own.more_.empty()) {
    return SSL_TLSEXT_ERR_OK;
  }
  std::string name(asked);
  std::transform(name.begin(), name.end(), name.begin(), lower);
  const TlsContext& chosen = own.context_for(name);
  // Sessions and their tickets stay those of the context that the connection began with.
  return &chosen == &own || SSL_set_SSL_CTX(ssl, chosen.native()) != nullptr
             ? SSL_TLSEXT_ERR_OK
             : SSL_TLSEXT_ERR_ALERT_FATAL;
}

// --- sessions ---------------------------------------------------------------------------------

int TlsHooks::bound_session(SSL* ssl, SSL_SESSION* made) {
  const TlsSession& session = session_of(ssl);
  std::int64_t end = session.valid_until_;
  void* data = nullptr;
  std::size_t size = 0;
  // A session that continues another one inherits its end, or it could be renewed for ever.
  if (SSL_session_reused(ssl) != 0 && SSL_SESSION_get0_ticket_appdata(made, &data, &size) == 1 &&
      size == sizeof end) {
    std::memcpy(&end, data, sizeof end);
  }
  SSL_SESSION_set1_ticket_appdata(made, &end, sizeof end);
  const std::int64_t rest = std::clamp<std::int64_t>(end - seconds_now(), 0, kSessionSeconds);
  SSL_SESSION_set_timeout(made, static_cast<long>(rest));  // NOLINT(google-runtime-int): OpenSSL's
  return 0;                                                // No reference was kept here.
}

int TlsHooks::keep_session(SSL* ssl, SSL_SESSION* ticket) {
  const TlsSession& session = session_of(ssl);
  TlsSessionStore* store = session.context_->sessions_.get();
  if (store == nullptr || session.peer_.empty() || SSL_SESSION_is_resumable(ticket) == 0) {
    return 0;
  }
  store->put(session.peer_, ticket, session.valid_until_);
  return 1;  // The reference is ours now.
}

}  // namespace shaketable::proxy::http
