#include <algorithm>
#include <new>
#include <utility>

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "proxy/http/svid.h"
#include "proxy/http/tls.h"
#include "proxy/http/tls_hooks.h"
#include "proxy/http/tls_session_store.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::size_t kRecordBytes = 16 * 1024;
constexpr std::size_t kRecordOverhead = 64;

// A fatal alert in front of any encryption (RFC 8446, section 6): decode_error.
constexpr std::string_view kDecodeErrorAlert("\x15\x03\x03\x00\x02\x02\x32", 7);

// A client that was asked for another key share may send this dummy in front of its second hello
// (RFC 8446, appendix D.4).
constexpr std::string_view kDummyRecord("\x14\x03\x03\x00\x01\x01", 6);
constexpr char kAlertRecord = 21;

bool is_address(const std::string& name) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, name.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, name.c_str(), bytes) == 1;
}

bool has_text(const char* text) { return text != nullptr && *text != '\0'; }

// OpenSSL's reason, as a failure of ours.
TlsFailure failure_of(int reason) {
  switch (reason) {
    case SSL_R_HTTP_REQUEST:
    case SSL_R_HTTPS_PROXY_REQUEST:
      return TlsFailure::kNotTls;
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return TlsFailure::kNoCertificate;
    case SSL_R_CERTIFICATE_VERIFY_FAILED:
    case SSL_R_EXCESSIVE_MESSAGE_SIZE:
      return TlsFailure::kBadCertificate;
    case SSL_R_UNSUPPORTED_PROTOCOL:
    case SSL_R_NO_SHARED_CIPHER:
    case SSL_R_NO_SUITABLE_KEY_SHARE:
    case SSL_R_NO_SHARED_GROUPS:
    case SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM:
    case SSL_R_NO_APPLICATION_PROTOCOL:
    case SSL_R_WRONG_VERSION_NUMBER:
    case SSL_R_WRONG_SSL_VERSION:
      return TlsFailure::kNoProtocol;
    default:
      return reason >= SSL_AD_REASON_OFFSET ? TlsFailure::kPeerRefused : TlsFailure::kBroken;
  }
}

}  // namespace

std::string_view counter_name(TlsFailure failure) {
  switch (failure) {
    case TlsFailure::kNone:
      return "none";
    case TlsFailure::kNotTls:
      return "not_tls";
    case TlsFailure::kNoCertificate:
      return "fail_verify_no_cert";
    case TlsFailure::kBadCertificate:
      return "fail_verify_error";
    case TlsFailure::kNoProtocol:
      return "no_common_protocol";
    case TlsFailure::kPeerRefused:
      return "peer_refused";
    case TlsFailure::kBroken:
      return "connection_error";
  }
  return "none";
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, std::string_view peer)
    : context_(std::move(context)), wants_hello_(context_->role() == TlsContext::Role::kServer) {
  if (context_->role() == TlsContext::Role::kClient) {
    peer_ = peer;
  }
}

TlsSession::~TlsSession() {
  if (ssl_ != nullptr && state_ != State::kFailed) {
    // Without it OpenSSL forbids to resume the session of a connection that was simply cut, a rule
    // of TLS 1.0.
    SSL_set_shutdown(ssl_, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
  }
  SSL_free(ssl_);
}

void TlsSession::create() {
  ssl_ = SSL_new(context_->native());
  BIO* bio = ssl_ == nullptr ? nullptr : TlsHooks::make_bio(*this);
  if (bio == nullptr) {
    SSL_free(std::exchange(ssl_, nullptr));
    fail(TlsFailure::kBroken, "out of memory");
    return;
  }
  SSL_set_bio(ssl_, bio, bio);
  if (context_->role() == TlsContext::Role::kServer) {
    SSL_set_accept_state(ssl_);
    return;
  }
  SSL_set_connect_state(ssl_);
  const std::string& name = context_->config().server_name;
  const bool by_address = is_address(name);
  if (!name.empty() && !by_address) {
    SSL_set_tlsext_host_name(ssl_, name.c_str());
  }
  if (!context_->wants_svid()) {
    X509_VERIFY_PARAM* rules = SSL_get0_param(ssl_);
    X509_VERIFY_PARAM_set_hostflags(
        rules, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS | X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    const int set = by_address ? X509_VERIFY_PARAM_set1_ip_asc(rules, name.c_str())
                               : X509_VERIFY_PARAM_set1_host(rules, name.data(), name.size());
    if (set != 1) {
      fail(TlsFailure::kBroken, "out of memory");
    }
  }
}

void TlsSession::start() {
  if (context_->role() == TlsContext::Role::kServer || ssl_ != nullptr) {
    return;
  }
  create();
  if (state_ == State::kFailed) {
    return;
  }
  if (!peer_.empty()) {
    const TlsSessionStore::Found found = context_->sessions_->find(peer_, seconds_now());
    if (found.session != nullptr) {
      valid_until_ = found.valid_until;
      SSL_set_session(ssl_, found.session);
      SSL_SESSION_free(found.session);
    }
  }
  advance(nullptr);
}

TlsSession::State TlsSession::receive(std::string_view cipher, std::string& plain) {
  if (state_ == State::kFailed || state_ == State::kClosed) {
    return state_;
  }
  received_ += cipher.size();
  take(cipher, plain);
  return state_;
}

void TlsSession::take(std::string_view cipher, std::string& plain) {
  input_ = cipher;
  std::string hello;
  if (wants_hello_) {
    if (!gather_hello()) {
      return;
    }
    hello.swap(hello_);  // What `input_` views stays until it was read.
    wants_hello_ = false;
  }
  advance(&plain);
  // Asked for another hello, the client may have sent more behind the first one already.
  const std::string behind(wants_hello_ ? input_ : std::string_view{});
  input_ = {};
  if (!behind.empty() && state_ == State::kHandshake) {
    take(behind, plain);
  }
}

// Servers: true once the whole ClientHello is in `input_` (which then views `hello_` if it came in
// pieces). Until then a connection holds nothing but the bytes that it sent.
bool TlsSession::gather_hello() {
  const bool in_one = hello_.empty();
  if (!in_one) {
    hello_.append(input_);
    input_ = hello_;
  }
  std::string_view bytes = input_;
  const bool is_second = ssl_ != nullptr;
  if (is_second && kDummyRecord.starts_with(bytes.substr(0, kDummyRecord.size()))) {
    bytes.remove_prefix(std::min(bytes.size(), kDummyRecord.size()));
  }
  HelloProgress progress = hello_progress(bytes);
  if (is_second && !bytes.empty() && bytes.front() == kAlertRecord) {
    progress = HelloProgress::kWhole;  // OpenSSL knows what it means.
  }
  switch (progress) {
    case HelloProgress::kWhole:
      if (!is_second) {
        create();
      }
      return state_ != State::kFailed;
    case HelloProgress::kMore:
      if (in_one) {
        hello_ = input_;
      }
      input_ = {};
      return false;
    case HelloProgress::kInvalid:
      return refuse_hello();
  }
  return false;
}

bool TlsSession::refuse_hello() {
  output_.append(kDecodeErrorAlert);
  input_ = {};
  if (ssl_ == nullptr) {
    fail(TlsFailure::kNotTls, "the first bytes are not a ClientHello");
  } else {
    fail(TlsFailure::kBroken, "the second ClientHello is none");
  }
  return false;
}

void TlsSession::advance(std::string* plain) {
  ERR_clear_error();
  if (state_ == State::kHandshake) {
    const int result = SSL_do_handshake(ssl_);
    if (result != 1) {
      if (SSL_get_error(ssl_, result) != SSL_ERROR_WANT_READ) {
        fail(result);
      }
      return;
    }
    on_open();
  }
  if (plain != nullptr && state_ == State::kOpen) {
    read(*plain);
  }
}

void TlsSession::on_open() {
  state_ = State::kOpen;
  // Now only has the peer proved that the certificate is its own. A resumed session brings it, too.
  X509* certificate = SSL_get0_peer_certificate(ssl_);
  if (certificate != nullptr) {
    peer_id_ = check_svid(certificate, {}).value_or("");
  }
  if (!waiting_.empty()) {
    write(std::exchange(waiting_, {}));
  }
}

void TlsSession::read(std::string& plain) {
  while (!input_.empty() || SSL_has_pending(ssl_) != 0) {
    const auto pending = static_cast<std::size_t>(SSL_pending(ssl_));
    const std::size_t room =
        pending != 0 ? pending : std::clamp(input_.size(), kRecordOverhead, kRecordBytes);
    const std::size_t before = plain.size();
    plain.resize(before + room);
    std::size_t got = 0;
    const int result = SSL_read_ex(ssl_, plain.data() + before, room, &got);
    plain.resize(before + got);
    if (result == 1) {
      continue;
    }
    const int error = SSL_get_error(ssl_, result);
    if (error == SSL_ERROR_ZERO_RETURN) {
      state_ = State::kClosed;
    } else if (error != SSL_ERROR_WANT_READ) {
      fail(result);
    }
    return;
  }
}

void TlsSession::send(std::string_view plain) {
  if (plain.empty() || state_ == State::kFailed || close_sent_) {
    return;
  }
  if (state_ == State::kHandshake) {
    waiting_.append(plain);
    return;
  }
  write(plain);
}

void TlsSession::write(std::string_view plain) {
  ERR_clear_error();
  std::size_t written = 0;
  const int result = SSL_write_ex(ssl_, plain.data(), plain.size(), &written);
  if (result != 1) {
    fail(result);
  }
}

void TlsSession::close() {
  if ((state_ == State::kOpen || state_ == State::kClosed) && !close_sent_) {
    close_sent_ = true;
    ERR_clear_error();
    SSL_shutdown(ssl_);
  }
}

void TlsSession::fail(TlsFailure failure, std::string_view error) {
  state_ = State::kFailed;
  failure_ = failure;
  error_ = error;
  waiting_ = {};
  hello_ = {};
}

void TlsSession::fail(int ssl_result) {
  const bool early = state_ == State::kHandshake;
  if (early && !peer_.empty()) {
    context_->sessions_->remove(peer_);
  }
  if (failure_ != TlsFailure::kNone) {  // Said already where it happened, in the verification.
    fail(failure_, std::exchange(error_, {}));
    return;
  }
  (void)SSL_get_error(ssl_, ssl_result);
  const unsigned long error = ERR_get_error();  // NOLINT(google-runtime-int): OpenSSL's
  ERR_clear_error();
  const int reason = ERR_GET_REASON(error);
  if (error == 0) {
    fail(TlsFailure::kBroken, "too many handshake messages on an open connection");
  } else if (reason >= SSL_AD_REASON_OFFSET && ERR_GET_LIB(error) == ERR_LIB_SSL) {
    fail(TlsFailure::kPeerRefused, std::string("the peer refused: ") +
                                       SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
  } else {
    const char* text = ERR_reason_error_string(error);
    fail(failure_of(reason), has_text(text) ? text : "unknown error");
  }
}

std::string_view TlsSession::alpn() const {
  const unsigned char* protocol = nullptr;
  unsigned int size = 0;
  if (ssl_ != nullptr) {
    SSL_get0_alpn_selected(ssl_, &protocol, &size);
  }
  return {reinterpret_cast<const char*>(protocol), size};
}

std::string_view TlsSession::server_name() const {
  const char* name =
      ssl_ == nullptr ? nullptr : SSL_get_servername(ssl_, TLSEXT_NAMETYPE_host_name);
  return name == nullptr || !is_host_name(name) ? std::string_view{} : name;
}

bool TlsSession::was_resumed() const { return ssl_ != nullptr && SSL_session_reused(ssl_) != 0; }

std::string_view TlsSession::protocol() const {
  return ssl_ == nullptr ? std::string_view{} : SSL_get_version(ssl_);
}

std::string_view TlsSession::cipher() const {
  const char* name = ssl_ == nullptr ? nullptr : SSL_get_cipher_name(ssl_);
  return name == nullptr ? std::string_view{} : name;
}

}  // namespace shaketable::proxy::http
