#include <algorithm>

#include <openssl/x509v3.h>

#include "proxy/http/client_hello.h"
#include "proxy/http/text.h"
#include "proxy/http/tls.h"
#include "proxy/http/tls_files.h"

// Which certificate a client gets: by the server name that it asks for.
namespace shaketable::proxy::http {

std::vector<std::string> dns_names_of(const X509* certificate) {
  const std::unique_ptr<GENERAL_NAMES, OpensslDeleter<GENERAL_NAMES, GENERAL_NAMES_free>> all(
      static_cast<GENERAL_NAMES*>(
          X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  std::vector<std::string> names;
  for (int i = 0; all != nullptr && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS) {
      continue;
    }
    const ASN1_STRING* bytes = name->d.dNSName;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(bytes)),
                     static_cast<std::size_t>(ASN1_STRING_length(bytes)));
    std::transform(text.begin(), text.end(), text.begin(), lower);
    const std::string_view host = std::string_view(text).substr(text.starts_with("*.") ? 2 : 0);
    if (is_host_name(host)) {
      names.push_back(std::move(text));
    }
  }
  return names;
}

const TlsContext& TlsContext::context_for(std::string_view server_name) const {
  if (server_name.empty() || more_.empty()) {
    return *this;
  }
  const auto has = [&](const TlsContext& context, bool with_wildcards) {
    return std::any_of(
        context.own_names_.begin(), context.own_names_.end(), [&](const std::string& name) {
          return with_wildcards ? matches_name(name, server_name) : name == server_name;
        });
  };
  for (const bool with_wildcards : {false, true}) {
    if (has(*this, with_wildcards)) {
      return *this;
    }
    for (const auto& context : more_) {
      if (has(*context, with_wildcards)) {
        return *context;
      }
    }
  }
  return *this;
}

}  // namespace shaketable::proxy::http
