#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <openssl/err.h>
#include <openssl/x509.h>

#include "proxy/http/spiffe_id.h"
#include "proxy/http/svid.h"
#include "tests/fuzz/require.h"

// Reads arbitrary bytes as a SPIFFE id, and as a certificate in DER. What must hold: no crash and
// no leak; an id that is accepted is made of its two parts and nothing else, of harmless characters
// only; every certificate gets an id or a reason.
namespace shaketable::proxy::http {
namespace {

bool is_harmless(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == '_' || c == '/' || c == ':';
  });
}

void read_id(std::string_view text) {
  const auto id = parse_spiffe_id(text);
  if (!id) {
    require(!id.error().empty());
    return;
  }
  require("spiffe://" + std::string(id->trust_domain) + std::string(id->path) == text);
  require(is_harmless(text) && text.size() <= kMaxSpiffeIdBytes &&
          is_trust_domain(id->trust_domain));
  require(id->path.empty() || (id->path.front() == '/' && id->path.back() != '/'));
  require(text.find("//", 9) == std::string_view::npos);
}

void read_certificate(std::string_view bytes) {
  const auto* der = reinterpret_cast<const unsigned char*>(bytes.data());
  X509* certificate = d2i_X509(nullptr, &der, static_cast<long>(bytes.size()));  // NOLINT
  if (certificate != nullptr) {
    const auto id = check_svid(certificate, {});
    require(id ? parse_spiffe_id(*id).has_value() : !id.error().empty());
    const auto issuer = check_signing_certificate(certificate);
    require(issuer || !issuer.error().empty());
    (void)expiry_of(certificate);
    X509_free(certificate);
  }
  ERR_clear_error();
}

}  // namespace
}  // namespace shaketable::proxy::http

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  shaketable::proxy::http::read_id(bytes);
  shaketable::proxy::http::read_id("spiffe://" + std::string(bytes));
  shaketable::proxy::http::read_certificate(bytes);
  return 0;
}
