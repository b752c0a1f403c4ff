#include "proxy/live/tls_contexts.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "proxy/live/snapshot.h"

namespace shaketable::proxy::live {
namespace {

using http::TlsConfig;
using http::TlsContext;

/// Texts with their lengths, so that no two lists of texts give the same key.
class Key {
 public:
  void add(const std::string& text) { key_ += std::to_string(text.size()) + ':' + text; }
  void add(const std::vector<std::string>& texts) {
    add(std::to_string(texts.size()));
    for (const std::string& text : texts) {
      add(text);
    }
  }
  [[nodiscard]] std::string take() { return std::move(key_); }

 private:
  std::string key_;
};

/// Everything that a context is made of. A structured binding, so that a new member is not
/// forgotten: it does not compile without.
std::string key_of(TlsContext::Role role, const TlsConfig& config, std::uint64_t stamp) {
  const auto& [chain, private_key, more, ca, crl, requires_peer, accepts_any, domains, ids, server,
               alpn] = config;
  Key key;
  key.add(std::to_string(stamp) + (role == TlsContext::Role::kServer ? "s" : "c") +
          (requires_peer ? "r" : "") + (accepts_any ? "a" : ""));
  for (const std::string* text : {&chain, &private_key, &ca, &crl, &server}) {
    key.add(*text);
  }
  for (const auto* texts : {&domains, &ids, &alpn}) {
    key.add(*texts);
  }
  for (const http::NamedCertificate& named : more) {
    key.add(named.server_names);
    key.add(named.certificate_chain);
    key.add(named.private_key);
  }
  return key.take();
}

}  // namespace

TlsContexts::TlsContexts(const Snapshot* former) {
  if (former == nullptr) {
    return;
  }
  for (const auto& listener : former->listeners) {
    add(listener->tls);
  }
  for (const auto& cluster : former->clusters) {
    // The stamp knows nothing of the system's roots: those are read again.
    if (cluster->tls != nullptr && !cluster->tls->config().trusted_ca.empty()) {
      add(cluster->tls);
    }
  }
}

void TlsContexts::add(const std::shared_ptr<const TlsContext>& context) {
  if (context != nullptr) {
    contexts_.emplace(key_of(context->role(), context->config(), context->stamp()), context);
  }
}

Result<std::shared_ptr<const TlsContext>> TlsContexts::get(TlsContext::Role role,
                                                           const TlsConfig& config) {
  const auto found = contexts_.find(key_of(role, config, http::files_stamp(config)));
  if (found != contexts_.end()) {
    return found->second;
  }
  auto made = TlsContext::make(role, config);
  if (made.has_value()) {
    add(*made);
  }
  return made;
}

}  // namespace shaketable::proxy::live
