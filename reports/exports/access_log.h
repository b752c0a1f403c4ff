#pragma once

#include <string>

#include "reports/report.h"

/// The access logs of the sidecars that the kept requests passed, all in one, in order of the end
/// of each request at its sidecar. What clients and files say is escaped.
namespace shaketable::reports {

/// Envoy's default format, and behind it (as in Istio's) the upstream cluster, then the sidecar:
///
///     [start] "METHOD path protocol" status flags rx tx ms upstream-ms "x-forwarded-for"
///     "user-agent" "x-request-id" "authority" "upstream host" cluster sidecar
[[nodiscard]] std::string access_log_text(const Report& report);

/// One object a line, with the keys of the proxy's own JSON log.
[[nodiscard]] std::string access_log_json(const Report& report);

}  // namespace shaketable::reports
