#pragma once

#include <cstddef>
#include <cstdint>

#include <openssl/ssl.h>

#include "proxy/http/tls.h"

/// What OpenSSL calls back into during a handshake. Part of the TLS adapter: only tls_context.cc
/// and tls_session.cc include it.
namespace shaketable::proxy::http {

/// A session is resumed at most so long after its certificates were checked (RFC 8446, 4.6.1
/// allows seven days).
inline constexpr std::int64_t kMaxSessionSeconds = 12 * 3600;
/// A session that nobody resumes is forgotten after so long.
inline constexpr std::int64_t kSessionSeconds = 2 * 3600;
/// Sessions with certificates that a server keeps, some 5 KB each; beyond it the oldest goes.
inline constexpr long kMaxServerSessions = 1024;  // NOLINT(google-runtime-int): OpenSSL's
/// Certificates that a peer may send.
inline constexpr int kMaxPeerChain = 10;
/// Bytes of all certificates that a peer sends.
inline constexpr long kMaxPeerChainBytes = 32 * 1024;  // NOLINT(google-runtime-int): OpenSSL's

/// Seconds since 1970, as OpenSSL's own checks read them.
[[nodiscard]] std::int64_t seconds_now();

/// Callbacks; friends of context and session. The session is found through its BIO, the context
/// through the session.
struct TlsHooks {
  /// The BIO of a session: reads `input_`, appends to `output_`. nullptr when memory is short.
  static BIO* make_bio(TlsSession& session);
  static TlsSession& session_of(const SSL* ssl);

  /// Judges the certificates of a peer: OpenSSL's verification, then the SVID's rules.
  static int verify(X509_STORE_CTX* store, void* unused);
  /// Chooses the server's first protocol that the client offers.
  static int select_alpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                         const unsigned char* offered, unsigned int offered_size, void* context);
  /// Chooses the certificate by the name that the client asks for.
  static int choose_certificate(SSL* ssl, int* alert, void* unused);
  /// A server has made a session that its client may resume: bounds its life by that of the
  /// client's certificates.
  static int bound_session(SSL* ssl, SSL_SESSION* session);
  /// A client has got a ticket.
  static int keep_session(SSL* ssl, SSL_SESSION* session);
  /// Counts handshake messages that come after the handshake.
  static void count_message(int sent, int version, int type, const void* bytes, std::size_t size,
                            SSL* ssl, void* unused);

 private:
  static int read(BIO* bio, char* bytes, std::size_t size, std::size_t* got);
  static int write(BIO* bio, const char* bytes, std::size_t size, std::size_t* put);
  static bool check_names(TlsSession& session, X509_STORE_CTX* store);
  static int refuse(TlsSession& session, X509_STORE_CTX* store, int code, std::string_view reason);
};

}  // namespace shaketable::proxy::http
