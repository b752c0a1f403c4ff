#pragma once

#include <string>

#include "engine/formats/schema_spec.h"

/// The words of the proxy's file: one table for its readers (`engine::ObjectReader` refuses to read
/// a key that is not in it, and to leave one out) and for its schema. What scenario files say in
/// the same words (retries, breakers, matches ...) is in engine/formats/schema_traffic.cc.
namespace shaketable::proxy::app::spec {

extern const engine::ObjectSpec kProxy, kIdentity, kListener, kListenerTls, kNamedCertificate,
    kTcpRoute, kCluster, kEndpoint, kDns, kClusterTls, kVirtualHost, kRoute, kMirror, kHeaders,
    kAdmin, kAccessLog, kTracing, kTimeouts, kLimits, kDefaults;

}  // namespace shaketable::proxy::app::spec

namespace shaketable::proxy::app {

/// The JSON Schema (draft-07) of the proxy's file: the text of scenarios/proxy.schema.json, with a
/// line break at its end. It describes forms; references and bounds are the reader's.
[[nodiscard]] std::string proxy_schema_json();

}  // namespace shaketable::proxy::app
