#pragma once

#include <optional>
#include <string>

#include "engine/formats/diagnostic.h"
#include "proxy/live/live_config.h"

namespace shaketable::proxy::app {

/// Whose sidecar is wanted, and what a mesh file cannot know: addresses and certificates.
struct WorkloadRequest {
  std::string workload;      ///< "cart", or an instance of it, "cart-1".
  std::string app;           ///< The local application, "127.0.0.1:8080".
  std::string app_protocol;  ///< What the application speaks: "http1" (also empty) or "http2".
  std::string endpoints;     ///< Addresses of the services that it calls; see endpoints_file.h.
  /// Services without an entry there are looked up as their name with this behind it,
  /// ".shop.svc:15006"; empty = not.
  std::string dns_suffix;
  std::string inbound = "0.0.0.0:15006";     ///< Where the mesh comes in.
  std::string outbound = "127.0.0.1:15001";  ///< Where the application goes out.

  std::string tls;  ///< Of the inbound listener: "strict" (also empty), "permissive", "off".
  std::string certificate, key, ca, crl;  ///< PEM files of the workload.
  /// Instead of these: a folder of `shaketable-proxy certs`, with SERVICE.pem, SERVICE.key, ca.pem
  /// and, if it is there, crl.pem.
  std::string certs;
  std::string trust_domain;  ///< Empty = that of the certificate's SPIFFE id.
};

/// The configuration of a workload's sidecar: the mesh and policy files of the engine, compiled as
/// for a run, with real addresses. `mesh` is a mesh or a scenario file.
///
/// Inbound, everything goes to the application; outbound, requests go by their authority to the
/// service of that name. Between sidecars there is mutual TLS when the mesh has it, and each
/// service must show the id spiffe://TRUST-DOMAIN/ns/NAMESPACE/sa/SERVICE; services with
/// `sidecar: false` are spoken to in plain text.
///
/// Returns nothing when there is any error; `diagnostics` then says everything that is wrong with
/// the files and everything that is missing, in one go.
[[nodiscard]] std::optional<live::LiveConfig> load_workload(const std::string& mesh,
                                                            const WorkloadRequest& request,
                                                            engine::Diagnostics& diagnostics);

}  // namespace shaketable::proxy::app
