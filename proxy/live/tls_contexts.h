#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <memory>

#include "proxy/base/result.h"
#include "proxy/http/tls.h"

namespace shaketable::proxy::live {

struct Snapshot;

/// The TLS contexts of one configuration: of those that are the same in every word and whose files
/// have not changed, one. With a former configuration its contexts go on, and with them the
/// sessions that peers may resume: a reload, a fault or an answer of a name server that changes
/// nothing about TLS costs no handshakes, and reads no files. (Clients that trust the system's
/// roots are made anew, because those may have changed.)
class TlsContexts {
 public:
  /// `former` may be null.
  explicit TlsContexts(const Snapshot* former);

  /// The context, loaded if need be; the error is TlsContext::make's.
  Result<std::shared_ptr<const http::TlsContext>> get(http::TlsContext::Role role,
                                                      const http::TlsConfig& config);

 private:
  /// Everything that a context is made of.
  struct Key {
    http::TlsContext::Role role;
    std::uint64_t stamp;
    http::TlsConfig config;
    friend auto operator<=>(const Key&, const Key&) = default;
  };

  void add(const std::shared_ptr<const http::TlsContext>& context);

  std::map<Key, std::shared_ptr<const http::TlsContext>> contexts_;
};

}  // namespace shaketable::proxy::live
