#include "proxy/http/tls_session_store.h"

#include <utility>

#include <openssl/ssl.h>

namespace shaketable::proxy::http {

TlsSessionStore::~TlsSessionStore() {
  for (auto& [peer, entry] : entries_) {
    SSL_SESSION_free(entry.session);
  }
}

void TlsSessionStore::put(std::string_view peer, ssl_session_st* session,
                          std::int64_t valid_until) {
  const std::lock_guard lock(mutex_);
  std::string key(peer);
  if (entries_.size() >= kMaxPeers && entries_.find(key) == entries_.end()) {
    SSL_SESSION_free(entries_.begin()->second.session);
    entries_.erase(entries_.begin());
  }
  Entry& entry = entries_[std::move(key)];
  SSL_SESSION_free(entry.session);
  entry = {session, valid_until};
}

TlsSessionStore::Found TlsSessionStore::find(std::string_view peer, std::int64_t now) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(peer));
  if (found == entries_.end()) {
    return {};
  }
  const Entry& entry = found->second;
  if (entry.valid_until <= now || SSL_SESSION_is_resumable(entry.session) == 0) {
    SSL_SESSION_free(entry.session);
    entries_.erase(found);
    return {};
  }
  SSL_SESSION_up_ref(entry.session);
  return {entry.session, entry.valid_until};
}

void TlsSessionStore::remove(std::string_view peer) {
  const std::lock_guard lock(mutex_);
  const auto found = entries_.find(std::string(peer));
  if (found != entries_.end()) {
    SSL_SESSION_free(found->second.session);
    entries_.erase(found);
  }
}

}  // namespace shaketable::proxy::http
