#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/http/client_hello.h"

struct ssl_ctx_st;
struct ssl_st;

/// TLS by OpenSSL 3, sans-IO: ciphertext in and out as bytes. No socket, no thread; OpenSSL itself
/// reads the clock to judge certificates and the age of sessions.
///
/// TLS 1.2 and 1.3 with ECDHE (X25519, P-256) and AEAD ciphers only; no renegotiation, compression
/// or 0-RTT. Sessions are resumed by tickets whose keys live and die with the context.
namespace shaketable::proxy::http {

class TlsSessionStore;

/// A further certificate of a server, for the clients that ask for one of its names.
struct NamedCertificate {
  /// "a.test" or "*.test", lower case; empty = the DNS names in the certificate.
  std::vector<std::string> server_names;
  std::string certificate_chain, private_key;

  friend auto operator<=>(const NamedCertificate&, const NamedCertificate&) = default;
};

/// Files and rules of one TLS context. Paths of PEM files; empty = none.
struct TlsConfig {
  std::string certificate_chain;  ///< Own certificate, then its issuers.
  std::string private_key;        ///< May be the same file.
  /// Servers: by SNI. A name that is written out beats a wildcard, then the first wins, the main
  /// one before all others; who asks for none of the names gets the main one.
  std::vector<NamedCertificate> more_certificates;
  /// Roots (or intermediates) that peers must lead to. A server with them and without
  /// `require_peer_certificate` asks for a certificate, and refuses a bad one. A client without
  /// them trusts the system's roots, which goes with a `server_name` only.
  std::string trusted_ca;
  /// Revocation lists. When given, every issuer between a peer and its root needs a current one.
  std::string crl;
  bool require_peer_certificate = false;  ///< Servers: mutual TLS. Clients verify anyway, but for
  /// those of test tools that were told not to: any certificate of a server will do.
  bool accepts_any_certificate = false;
  /// The peer must show an X509-SVID of one of these trust domains; empty (and no `allowed_ids`) =
  /// plain X.509 rules (a client then checks `server_name`).
  std::vector<std::string> trust_domains;
  /// The peer's SPIFFE id must be one of these; empty = any of the trust domains.
  std::vector<std::string> allowed_ids;
  /// Clients: SNI (unless an address), and the name or address that is checked without SPIFFE.
  std::string server_name;
  /// In order of preference; servers choose theirs first, and refuse clients that offer only
  /// others. Clients that offer none are welcome.
  std::vector<std::string> alpn;

  friend auto operator<=>(const TlsConfig&, const TlsConfig&) = default;
};

/// A number that changes when a file of the configuration does: by name, size, time and inode, so
/// at the price of one `stat` a file. Equal configuration and equal stamp = keep the context, with
/// the sessions that can be resumed (see live/tls_contexts.h).
[[nodiscard]] std::uint64_t files_stamp(const TlsConfig& config);

/// An SSL_CTX with its rules; immutable and shareable between threads. A reload makes a new one
/// when a word of the configuration or one of the files has changed (see files_stamp): connections
/// keep theirs, but sessions of the old one cannot be resumed, so that a revoked or replaced
/// certificate is checked again.
class TlsContext {
 public:
  enum class Role : std::uint8_t { kServer, kClient };
  /// Reads the files. Errors name file and reason (no such file, key does not match, expired, ...).
  static Result<std::shared_ptr<const TlsContext>> make(Role role, TlsConfig config);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  [[nodiscard]] const TlsConfig& config() const { return config_; }
  [[nodiscard]] Role role() const { return role_; }
  [[nodiscard]] ssl_ctx_st* native() const { return context_; }
  /// Of the own certificate, seconds since 1970; 0 = none. A metric.
  [[nodiscard]] std::int64_t expires_at() const { return expires_at_; }
  /// When the first of the revocation lists is too old, seconds since 1970; 0 = none. A metric.
  [[nodiscard]] std::int64_t crl_expires_at() const { return crl_expires_at_; }
  /// files_stamp() from before the files were read.
  [[nodiscard]] std::uint64_t stamp() const { return stamp_; }
  /// The further certificates, each with the rules of this one.
  [[nodiscard]] const std::vector<std::shared_ptr<const TlsContext>>& more() const { return more_; }
  /// The context whose certificate such a client gets; this one, unless `more()` has a better one.
  [[nodiscard]] const TlsContext& context_for(std::string_view server_name) const;
  [[nodiscard]] std::string_view own_id() const { return own_id_; }  ///< SPIFFE id, or "".
  /// Peers are judged as X509-SVIDs.
  [[nodiscard]] bool wants_svid() const {
    return !config_.trust_domains.empty() || !config_.allowed_ids.empty();
  }

 private:
  friend class TlsContextBuilder;
  friend class TlsSession;
  friend struct TlsHooks;
  TlsContext(Role role, TlsConfig config);

  Role role_;
  TlsConfig config_;
  ssl_ctx_st* context_ = nullptr;
  std::uint64_t stamp_ = 0;
  std::vector<std::string> own_names_;  ///< The DNS names of the own certificate, lower case.
  std::vector<std::shared_ptr<const TlsContext>> more_;
  std::int64_t expires_at_ = 0;
  std::int64_t crl_expires_at_ = 0;
  std::string own_id_;
  std::string alpn_wire_;                      ///< `config_.alpn` as the protocol writes it.
  std::unique_ptr<TlsSessionStore> sessions_;  ///< Clients: what to resume; locks by itself.
};

/// Why a TLS connection failed: one counter each.
enum class TlsFailure : std::uint8_t {
  kNone,
  kNotTls,          ///< The first bytes are no ClientHello (plain HTTP, say).
  kNoCertificate,   ///< The peer shows none.
  kBadCertificate,  ///< The peer's is not acceptable.
  kNoProtocol,      ///< No common version, cipher, group or ALPN protocol.
  kPeerRefused,     ///< The peer sent an alert: our certificate, perhaps.
  kBroken,          ///< Anything else: records that cannot be decrypted, floods, a broken message.
};
[[nodiscard]] std::string_view counter_name(TlsFailure failure);

/// One TLS connection. A server's costs nothing but the bytes that came until its ClientHello is
/// whole; an idle one keeps no buffers (let go of `output()`'s memory, too: swap it).
class TlsSession {
 public:
  enum class State : std::uint8_t {
    kHandshake,
    kOpen,
    kClosed,  ///< The peer said close_notify: a clean end of its data. One may still send.
    kFailed,  ///< See error(); the alert (if any) is in the output.
  };

  /// `peer` names whom a client talks to ("10.0.0.7:8443"): sessions are resumed with the same one
  /// only. Empty = never resume. Servers ignore it.
  explicit TlsSession(std::shared_ptr<const TlsContext> context, std::string_view peer = {});
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  /// Clients: writes the first flight. Servers: nothing.
  void start();
  /// Takes ciphertext, appends decrypted bytes to `plain`, and writes whatever the protocol wants
  /// to answer into `output()`.
  State receive(std::string_view cipher, std::string& plain);
  /// Encrypts into `output()`; before the handshake is over the bytes wait.
  void send(std::string_view plain);
  /// Writes close_notify, once.
  void close();

  [[nodiscard]] std::string& output() { return output_; }  ///< Ciphertext for the peer.
  [[nodiscard]] State state() const { return state_; }
  /// "certificate refused: certificate has expired" ... Safe to log: nothing of it is the peer's.
  [[nodiscard]] const std::string& error() const { return error_; }
  [[nodiscard]] TlsFailure failure() const { return failure_; }
  [[nodiscard]] std::string_view alpn() const;
  [[nodiscard]] std::string_view server_name() const;  ///< SNI, servers; "" if no host name.
  /// SPIFFE id, or "". Set once open; only from a certificate that was verified.
  [[nodiscard]] const std::string& peer_id() const { return peer_id_; }
  [[nodiscard]] bool was_resumed() const;
  [[nodiscard]] std::string_view protocol() const;  ///< "TLSv1.3".
  [[nodiscard]] std::string_view cipher() const;    ///< "TLS_AES_128_GCM_SHA256".

 private:
  friend struct TlsHooks;
  void create();
  void take(std::string_view cipher, std::string& plain);
  bool gather_hello();
  bool refuse_hello();
  void advance(std::string* plain);
  void read(std::string& plain);
  void write(std::string_view plain);
  void on_open();
  void fail(int ssl_result);
  void fail(TlsFailure failure, std::string_view error);

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_ = nullptr;
  State state_ = State::kHandshake;
  TlsFailure failure_ = TlsFailure::kNone;
  bool close_sent_ = false;
  /// Servers: what comes next must be a whole ClientHello before OpenSSL gets it. The second one,
  /// too, which it may ask for: it would reserve 128 KiB for one of which it has seen four bytes.
  bool wants_hello_;
  /// Handshake messages of the peer since the connection is open: key updates, tickets.
  std::uint32_t late_messages_ = 0;
  std::uint64_t received_ = 0;    ///< Bytes of ciphertext.
  std::int64_t valid_until_ = 0;  ///< How long the peer's chain is good, when it was verified.
  std::string_view input_;        ///< What OpenSSL reads during receive.
  std::string output_;
  std::string hello_;    ///< Servers: a ClientHello that is not whole yet.
  std::string waiting_;  ///< Plain bytes that were sent before the handshake was over.
  std::string error_;
  std::string peer_id_;
  std::string peer_;  ///< As given, clients.
};

}  // namespace shaketable::proxy::http
