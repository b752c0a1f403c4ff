#include "proxy/http/svid.h"

#include <algorithm>
#include <ctime>
#include <memory>
#include <string_view>

#include <openssl/x509v3.h>

#include "proxy/http/spiffe_id.h"

namespace shaketable::proxy::http {
namespace {

/// Names of all kinds in one certificate; each costs memory and time to look at.
constexpr int kMaxNames = 100;

struct NamesDeleter {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};
using Names = std::unique_ptr<GENERAL_NAMES, NamesDeleter>;

tl::unexpected<std::string> refuse(std::string reason) {
  return tl::unexpected<std::string>(std::move(reason));
}

// The URI names: none, one (in `uri`) or more. A name may contain any byte, also NUL.
struct UriNames {
  int count = 0;
  std::string_view uri;
};

tl::expected<UriNames, std::string> uri_names(const X509* certificate, Names& owner) {
  int critical = 0;
  owner.reset(static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate, NID_subject_alt_name, &critical, nullptr)));
  if (owner == nullptr) {
    // -1: there is no such extension; -2: more than one; else: it cannot be read.
    return critical == -1 ? tl::expected<UriNames, std::string>(UriNames{})
                          : refuse("its alternative names are broken");
  }
  const int size = sk_GENERAL_NAME_num(owner.get());
  if (size > kMaxNames) {
    return refuse("it has more than 100 alternative names");
  }
  UriNames found;
  for (int i = 0; i < size; ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(owner.get(), i);
    if (name->type == GEN_URI) {
      const ASN1_STRING* text = name->d.uniformResourceIdentifier;
      found.uri = {reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                   static_cast<std::size_t>(ASN1_STRING_length(text))};
      ++found.count;
    }
  }
  return found;
}

bool is_critical(const X509* certificate, int nid) {
  const int index = X509_get_ext_by_NID(certificate, nid, -1);
  return index >= 0 && X509_EXTENSION_get_critical(X509_get_ext(certificate, index)) != 0;
}

// Why the extensions that say what the key is for are not those of a leaf; empty = they are.
std::string_view fault_of_leaf_usage(X509* leaf) {
  const std::uint32_t flags = X509_get_extension_flags(leaf);
  if ((flags & EXFLAG_INVALID) != 0) {
    return "its extensions are broken";
  }
  if (X509_get_version(leaf) != X509_VERSION_3) {
    return "it is not of version 3";
  }
  if ((flags & EXFLAG_CA) != 0) {
    return "it is a signing certificate";
  }
  if ((flags & EXFLAG_KUSAGE) == 0 || !is_critical(leaf, NID_key_usage)) {
    return "it has no critical key usage";
  }
  const std::uint32_t usage = X509_get_key_usage(leaf);
  if ((usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)) != 0) {
    return "its key may sign certificates or revocation lists";
  }
  return (usage & KU_DIGITAL_SIGNATURE) == 0 ? "its key usage lacks digitalSignature"
                                             : std::string_view{};
}

bool contains(std::span<const std::string> texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

}  // namespace

tl::expected<std::string, std::string> check_svid(x509_st* leaf, const SvidRules& rules) {
  if (const std::string_view fault = fault_of_leaf_usage(leaf); !fault.empty()) {
    return refuse(std::string(fault));
  }
  Names names;
  const auto found = uri_names(leaf, names);
  if (!found) {
    return refuse(found.error());
  }
  if (found->count != 1) {
    return refuse(found->count == 0 ? "it has no URI name" : "it has more than one URI name");
  }
  const auto id = parse_spiffe_id(found->uri);
  if (!id) {
    return refuse("its SPIFFE id " + std::string(id.error()));
  }
  if (id->path.empty()) {
    return refuse("its SPIFFE id names a trust domain, not a workload");
  }
  if (!rules.trust_domains.empty() && !contains(rules.trust_domains, id->trust_domain)) {
    return refuse("trust domain " + std::string(id->trust_domain) + " is not trusted");
  }
  if (!rules.allowed_ids.empty() && !contains(rules.allowed_ids, found->uri)) {
    return refuse(std::string(found->uri) + " is not allowed");
  }
  return std::string(found->uri);
}

tl::expected<void, std::string> check_signing_certificate(x509_st* issuer) {
  const std::uint32_t flags = X509_get_extension_flags(issuer);
  if ((flags & EXFLAG_INVALID) != 0 || (flags & EXFLAG_CA) == 0 || (flags & EXFLAG_KUSAGE) == 0 ||
      (X509_get_key_usage(issuer) & KU_KEY_CERT_SIGN) == 0) {
    return refuse("its issuer is not a signing certificate");
  }
  Names names;
  const auto found = uri_names(issuer, names);
  if (!found) {
    return refuse("its issuer: " + found.error());
  }
  if (found->count == 0) {
    return {};
  }
  const auto id = parse_spiffe_id(found->uri);
  if (found->count > 1 || !id || !id->path.empty()) {
    return refuse("its issuer's URI name is not one trust domain");
  }
  return {};
}

std::int64_t expiry_of(const x509_st* certificate) {
  std::tm fields{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &fields) != 1) {
    return 0;
  }
  return timegm(&fields);
}

}  // namespace shaketable::proxy::http
