#include "proxy/live/tls_contexts.h"

#include <utility>

#include "proxy/live/snapshot.h"

namespace shaketable::proxy::live {

using http::TlsConfig;
using http::TlsContext;

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
    contexts_.emplace(Key{context->role(), context->stamp(), context->config()}, context);
  }
}

Result<std::shared_ptr<const TlsContext>> TlsContexts::get(TlsContext::Role role,
                                                           const TlsConfig& config) {
  const auto found = contexts_.find(Key{role, http::files_stamp(config), config});
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
