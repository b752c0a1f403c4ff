#pragma once

#include <string_view>
#include <vector>

#include "proxy/http/tls.h"
#include "proxy/live/server_info.h"

namespace shaketable::proxy::live {

/// What a TLS context shows of itself and whom it trusts: its own certificate and its issuers, then
/// its roots (at most 50). For the main thread, when a configuration has been loaded.
[[nodiscard]] std::vector<CertificateInfo> describe_certificates(const http::TlsContext& context,
                                                                 std::string_view used_by);

}  // namespace shaketable::proxy::live
