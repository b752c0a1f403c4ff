#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"

struct ssl_ctx_st;
struct ssl_st;

/// TLS by OpenSSL 3, sans-IO: ciphertext in and out as bytes. No socket, no clock of ours.
namespace shaketable::proxy::http {

/// Files and rules of one TLS context. Paths of PEM files; empty = none.
struct TlsConfig {
  std::string certificate_chain;  ///< Own certificate, then its issuers.
  std::string private_key;
  std::string trusted_ca;   ///< Roots (and intermediates) that peers must lead to.
  std::string crl;          ///< Revocation lists of the roots' hierarchy.
  bool require_peer_certificate = false;  ///< Servers: mutual TLS. Clients always verify.
  /// The peer must show an X509-SVID of one of these trust domains; empty = plain X.509 rules (a
  /// client then checks `server_name`).
  std::vector<std::string> trust_domains;
  /// The peer's SPIFFE id must be one of these; empty = any of the trust domains.
  std::vector<std::string> allowed_ids;
  std::string server_name;         ///< Clients: SNI, and the name that is checked without SPIFFE.
  std::vector<std::string> alpn;   ///< In order of preference; servers choose theirs first.
};

/// An SSL_CTX with its rules; immutable and shareable between threads. A reload makes a new one:
/// sessions keep theirs.
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
  [[nodiscard]] std::string_view own_id() const { return own_id_; }  ///< SPIFFE id, or "".

 private:
  TlsContext(Role role, TlsConfig config) : role_(role), config_(std::move(config)) {}
  Role role_;
  TlsConfig config_;
  ssl_ctx_st* context_ = nullptr;
  std::int64_t expires_at_ = 0;
  std::string own_id_;
};

/// One TLS connection.
class TlsSession {
 public:
  enum class State : std::uint8_t {
    kHandshake,
    kOpen,
    kClosed,  ///< The peer said close_notify: a clean end of its data.
    kFailed,  ///< See error(); the alert (if any) is in the output.
  };

  explicit TlsSession(std::shared_ptr<const TlsContext> context);
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
  /// Writes close_notify.
  void close();

  [[nodiscard]] std::string& output() { return output_; }  ///< Ciphertext for the peer.
  [[nodiscard]] State state() const { return state_; }
  [[nodiscard]] const std::string& error() const { return error_; }  ///< "certificate expired" ...
  [[nodiscard]] std::string_view alpn() const;
  [[nodiscard]] std::string_view server_name() const;       ///< SNI; servers.
  [[nodiscard]] const std::string& peer_id() const { return peer_id_; }  ///< SPIFFE id, or "".
  [[nodiscard]] bool was_resumed() const;
  [[nodiscard]] std::string_view protocol() const;  ///< "TLSv1.3".

 private:
  struct Bio;
  void advance(std::string* plain);

  std::shared_ptr<const TlsContext> context_;
  ssl_st* ssl_ = nullptr;
  State state_ = State::kHandshake;
  std::string_view input_;  ///< What the BIO reads during receive.
  std::string output_;
  std::string waiting_;     ///< Plain bytes sent before the handshake was over.
  std::string error_;
  std::string peer_id_;
};

/// Whether the bytes that a connection begins with are a TLS record with a ClientHello (for
/// permissive listeners): yes, no, or unknown with fewer than 3 bytes that fit.
enum class TlsGuess : std::uint8_t { kYes, kNo, kMore };
[[nodiscard]] TlsGuess guess_tls(std::string_view first_bytes);
/// The server name of a ClientHello, for TCP passthrough. Empty without SNI; nullopt-like state by
/// `complete`: false while the record is not whole yet.
struct ClientHello {
  bool complete = false;
  bool valid = true;
  std::string server_name;
  std::vector<std::string> alpn;
};
[[nodiscard]] ClientHello read_client_hello(std::string_view bytes);

}  // namespace shaketable::proxy::http
