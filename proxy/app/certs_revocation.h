#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/http/certificate_maker.h"

/// The revocation list of an authority, for certs.cc alone.
namespace shaketable::proxy::app {

/// Certificates that are to be revoked.
struct RevocationOrder {
  std::string list;                       ///< File of the list so far; there need be none.
  std::vector<std::string> certificates;  ///< Files; each must be the authority's.
  http::Signer signer;                    ///< The authority.
  std::int64_t now = 0;                   ///< Seconds since 1970: when they are revoked.
  http::Validity validity;                ///< Of the new list.
};

struct ExtendedRevocationList {
  std::string pem;
  std::size_t count = 0;  ///< Certificates in it.
};

/// The list that is there and the certificates, one list, its number one higher. A certificate that
/// is in it already keeps its date. Writes nothing.
[[nodiscard]] Result<ExtendedRevocationList> extend_revocation_list(const RevocationOrder& order);

}  // namespace shaketable::proxy::app
