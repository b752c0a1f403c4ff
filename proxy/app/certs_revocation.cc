#include "proxy/app/certs_revocation.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <openssl/x509v3.h>

#include "proxy/app/secure_file.h"

namespace shaketable::proxy::app {
namespace {

using http::CertificatePtr;

// The list that is there, if it is this authority's; nullptr when there is none.
Result<http::RevocationListPtr> read_former_list(const RevocationOrder& order) {
  if (!is_there(order.list)) {
    return http::RevocationListPtr();
  }
  auto lists = http::read_revocation_lists(order.list);
  if (!lists) {
    return tl::unexpected(lists.error());
  }
  if (lists->size() != 1 || X509_CRL_verify(lists->front().get(), order.signer.key) != 1) {
    return fail("this is not the revocation list of the authority", order.list);
  }
  return std::move(lists->front());
}

std::int64_t number_of(const X509_CRL* list) {
  auto* field =
      static_cast<ASN1_INTEGER*>(X509_CRL_get_ext_d2i(list, NID_crl_number, nullptr, nullptr));
  std::int64_t number = 0;
  if (field != nullptr) {
    ASN1_INTEGER_get_int64(&number, field);
    ASN1_INTEGER_free(field);
  }
  return number;
}

void add_former(X509_CRL* list, std::vector<http::Revocation>& all) {
  const STACK_OF(X509_REVOKED)* revoked = X509_CRL_get_REVOKED(list);
  for (int i = 0; i < sk_X509_REVOKED_num(revoked); ++i) {
    const X509_REVOKED* entry = sk_X509_REVOKED_value(revoked, i);
    std::tm fields{};
    ASN1_TIME_to_tm(X509_REVOKED_get0_revocationDate(entry), &fields);
    all.push_back({X509_REVOKED_get0_serialNumber(entry), timegm(&fields)});
  }
}

Result<CertificatePtr> read_revoked(const std::string& path, const http::Signer& signer) {
  auto certificates = http::read_certificates(path);
  if (!certificates) {
    return tl::unexpected(certificates.error());
  }
  CertificatePtr leaf = std::move(certificates->front());
  if (X509_verify(leaf.get(), signer.key) != 1) {
    return fail("this certificate is not the authority's", path);
  }
  return leaf;
}

}  // namespace

Result<ExtendedRevocationList> extend_revocation_list(const RevocationOrder& order) {
  std::int64_t number = 1;
  std::vector<http::Revocation> all;
  auto former = read_former_list(order);
  if (!former) {
    return tl::unexpected(former.error());
  }
  if (*former != nullptr) {
    number = number_of(former->get()) + 1;
    add_former(former->get(), all);
  }
  std::vector<CertificatePtr> owners;  // The serial numbers are theirs.
  for (const std::string& path : order.certificates) {
    auto revoked = read_revoked(path, order.signer);
    if (!revoked) {
      return tl::unexpected(revoked.error());
    }
    owners.push_back(std::move(*revoked));
    const ASN1_INTEGER* serial = X509_get0_serialNumber(owners.back().get());
    const auto same = [&](const auto& it) { return ASN1_INTEGER_cmp(it.serial, serial) == 0; };
    if (std::none_of(all.begin(), all.end(), same)) {
      all.push_back({serial, order.now});
    }
  }
  const auto made = http::make_revocation_list(all, number, order.validity, order.signer);
  if (!made) {
    return tl::unexpected(made.error());
  }
  return ExtendedRevocationList{http::to_pem(made->get()), all.size()};
}

}  // namespace shaketable::proxy::app
