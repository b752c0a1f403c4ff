#pragma once

#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <gtest/gtest.h>

#include "proxy/http/certificate_maker.h"
#include "proxy/http/tls.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::proxy::http::test {

inline constexpr std::int64_t kDay = 24 * 3600;

inline Validity valid_now() {
  const std::int64_t now = std::time(nullptr);
  return {now - kDay, now + kDay};
}

inline Validity expired() {
  const std::int64_t now = std::time(nullptr);
  return {now - 10 * kDay, now - kDay};
}

/// The good workload `spiffe://mesh.test/ns/shop/sa/NAME`, also as DNS name NAME.
inline CertificateSpec workload(const std::string& name) {
  return workload_spec({"spiffe://mesh.test/ns/shop/sa/" + name, {name}, {"127.0.0.1"}},
                       valid_now());
}

/// Replaces an extension, or removes it with an empty value.
inline CertificateSpec with(CertificateSpec spec, const std::string& name,
                            const std::string& value) {
  std::erase_if(spec.extensions, [&](const auto& it) { return it.first == name; });
  if (!value.empty()) {
    spec.extensions.emplace_back(name, value);
  }
  return spec;
}

/// A folder with the authority `ca.pem`, and what it issues.
class TestAuthority {
 public:
  explicit TestAuthority(const CertificateSpec& spec = authority_spec("mesh.test", valid_now()))
      : key_(make_key().value()),
        certificate_(make_certificate(spec, key_.get(), {nullptr, key_.get()}).value()) {
    (void)folder.write("ca.pem", to_pem(certificate_.get()));
  }

  /// Writes NAME.pem and NAME.key.
  void issue(const std::string& name, const CertificateSpec& spec) {
    const KeyPtr key = make_key().value();
    const CertificatePtr made = make_certificate(spec, key.get(), signer()).value();
    (void)folder.write(name + ".pem", to_pem(made.get()));
    (void)folder.write(name + ".key", to_pem(key.get()));
  }
  void issue(const std::string& name) { issue(name, workload(name)); }

  /// Writes crl.pem, which revokes the certificate of NAME.pem (nothing when empty).
  void revoke(const std::string& name, Validity validity = valid_now()) {
    std::vector<CertificatePtr> certificates;
    std::vector<Revocation> list;
    if (!name.empty()) {
      certificates = read_certificates(folder / (name + ".pem")).value();
      list.push_back({X509_get0_serialNumber(certificates.front().get()), std::time(nullptr)});
    }
    (void)folder.write("crl.pem",
                       to_pem(make_revocation_list(list, 1, validity, signer()).value().get()));
  }

  /// A configuration of `NAME` that accepts SVIDs of mesh.test.
  [[nodiscard]] TlsConfig config(const std::string& name) const {
    TlsConfig config;
    if (!name.empty()) {
      config.certificate_chain = folder / (name + ".pem");
      config.private_key = folder / (name + ".key");
    }
    config.trusted_ca = folder / "ca.pem";
    config.require_peer_certificate = true;
    config.trust_domains = {"mesh.test"};
    return config;
  }
  [[nodiscard]] Signer signer() const { return {certificate_.get(), key_.get()}; }

  TemporaryFolder folder;

 private:
  KeyPtr key_;
  CertificatePtr certificate_;
};

inline std::shared_ptr<const TlsContext> make_context(TlsContext::Role role, TlsConfig config) {
  auto made = TlsContext::make(role, std::move(config));
  if (!made) {
    ADD_FAILURE() << made.error().where << ": " << made.error().message;
    return nullptr;
  }
  return *made;
}
inline std::shared_ptr<const TlsContext> server_context(TlsConfig config) {
  return make_context(TlsContext::Role::kServer, std::move(config));
}
inline std::shared_ptr<const TlsContext> client_context(TlsConfig config) {
  return make_context(TlsContext::Role::kClient, std::move(config));
}

/// A client and a server with a wire between them that carries at most `piece` bytes at a time.
struct TlsPair {
  TlsPair(std::shared_ptr<const TlsContext> of_client, std::shared_ptr<const TlsContext> of_server,
          std::string_view peer = {})
      : client(std::move(of_client), peer), server(std::move(of_server)) {}

  /// Starts the client and carries bytes until nobody has any.
  void shake_hands() {
    client.start();
    carry();
  }
  void carry() {
    while (!client.output().empty() || !server.output().empty()) {
      deliver(client, server, at_server);
      deliver(server, client, at_client);
    }
  }
  void deliver(TlsSession& from, TlsSession& to, std::string& plain) const {
    std::string bytes;
    bytes.swap(from.output());
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      to.receive(std::string_view(bytes).substr(at, piece), plain);
    }
  }
  [[nodiscard]] bool is_open() const {
    return client.state() == TlsSession::State::kOpen && server.state() == TlsSession::State::kOpen;
  }

  TlsSession client;
  TlsSession server;
  std::string at_client;
  std::string at_server;
  std::size_t piece = std::string::npos;
};

}  // namespace shaketable::proxy::http::test
