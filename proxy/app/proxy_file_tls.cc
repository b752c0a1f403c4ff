#include <algorithm>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/address.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"
#include "proxy/http/text.h"

// `identity:`, and `tls:` of listeners and clusters.
namespace shaketable::proxy::app {
namespace {

using engine::assign;
namespace code = engine::code;

/// Trust domains as SPIFFE writes them: lower case, no scheme.
std::vector<std::string> read_trust_domains(const Node* node, FileContext& context) {
  std::vector<std::string> domains;
  for (const Node* item :
       engine::read_sequence(node, context.diagnostics, "a list of trust domains")) {
    const auto text = engine::read_name(item, context.diagnostics);
    if (!text) {
      continue;
    }
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
    if (text->find_first_not_of(kAllowed) != std::string::npos) {
      context.error(*item, code::kBadTls, engine::quoted(*text) + " is no trust domain",
                    "a name such as mesh.test, in lower case and without a scheme");
    }
    domains.push_back(*text);
  }
  return domains;
}

std::vector<std::string> read_ids(const Node* node, FileContext& context) {
  std::vector<std::string> ids;
  for (const Node* item : engine::read_sequence(node, context.diagnostics, "a list of ids")) {
    const auto text = engine::read_string(item, context.diagnostics, 2'048);
    if (!text) {
      continue;
    }
    const std::size_t path = text->find('/', 9);
    if (!text->starts_with("spiffe://") || path == std::string::npos || path == 9 ||
        path + 1 == text->size()) {
      context.error(*item, code::kBadTls, engine::quoted(*text) + " is no SPIFFE id",
                    "spiffe://TRUST-DOMAIN/PATH");
      continue;
    }
    ids.push_back(*text);
  }
  return ids;
}

/// "a.test" or "*.test".
bool is_server_name(std::string_view name) {
  if (name.starts_with("*.")) {
    name.remove_prefix(2);
  }
  return is_host_name(name);
}

http::NamedCertificate read_named_certificate(const Node& node, FileContext& context) {
  http::NamedCertificate named;
  ObjectReader map(&node, spec::kNamedCertificate, context.diagnostics);
  named.server_names = read_server_names(map.get("server_names"), context);
  named.certificate_chain = context.path_or(map.get("certificate"), "");
  named.private_key = context.path_or(map.get("key"), "");
  map.finish();
  return named;
}

std::vector<std::string> alpn_of(live::ListenerProtocol protocol) {
  switch (protocol) {
    case live::ListenerProtocol::kAuto:
      return {"h2", "http/1.1"};
    case live::ListenerProtocol::kHttp1:
      return {"http/1.1"};
    case live::ListenerProtocol::kHttp2:
      return {"h2"};
    case live::ListenerProtocol::kTcp:
      return {};
  }
  return {};
}

/// Paths of a `tls` map on top of the identity's. Own files replace the identity's all together: a
/// certificate with another's key is never meant.
void read_files(ObjectReader& map, const Node& node, http::TlsConfig& tls, FileContext& context) {
  const Node* const certificate = map.get("certificate");
  const Node* const key = map.get("key");
  if ((certificate == nullptr) != (key == nullptr)) {
    context.error(node, code::kBadTls, "certificate and key belong together", "both, or neither");
  }
  tls.certificate_chain = context.path_or(certificate, tls.certificate_chain);
  tls.private_key = context.path_or(key, tls.private_key);
  const Node* const ca = map.get("ca");
  if (ca != nullptr) {
    tls.crl.clear();
  }
  tls.trusted_ca = context.path_or(ca, tls.trusted_ca);
  tls.crl = context.path_or(map.get("crl"), tls.crl);
  if (const Node* domains = map.get("trust_domains")) {
    tls.trust_domains = read_trust_domains(domains, context);
  }
  tls.allowed_ids = read_ids(map.get("allowed_ids"), context);
}

http::TlsConfig identity_of(const FileContext& context) {
  return context.identity.value_or(http::TlsConfig{});
}

}  // namespace

std::vector<std::string> read_server_names(const Node* node, FileContext& context) {
  std::vector<std::string> names;
  for (const Node* item :
       engine::read_sequence(node, context.diagnostics, "a list of server names")) {
    if (!is_server_name(item->text())) {
      context.error(*item, code::kBadDomain, engine::quoted(item->text()) + " is no server name",
                    "a name such as shop.test or *.shop.test");
      continue;
    }
    std::string name(item->text());
    std::transform(name.begin(), name.end(), name.begin(), http::lower);
    names.push_back(std::move(name));
  }
  return names;
}

void check_tls(http::TlsContext::Role role, const http::TlsConfig& tls, const Node& at,
               FileContext& context) {
  // After any mistake, what is missing here is a consequence of it.
  if (!context.options.open_files || context.diagnostics.has_errors()) {
    return;
  }
  std::string key = role == http::TlsContext::Role::kServer ? "server" : "client";
  for (const std::string* part :
       {&tls.certificate_chain, &tls.private_key, &tls.trusted_ca, &tls.crl}) {
    key += '\n' + *part;
  }
  for (const http::NamedCertificate& more : tls.more_certificates) {
    key += '\n' + more.certificate_chain + '\n' + more.private_key;
    key += more.server_names.empty() ? "\nits names" : "";  // which it must have, then
  }
  if (!context.loaded_tls.insert(std::move(key)).second) {
    return;
  }
  const auto made = http::TlsContext::make(role, tls);
  if (!made) {
    const Error& error = made.error();
    context.error(at, code::kBadTls,
                  error.where.empty() ? error.message : error.where + ": " + error.message,
                  error.expected);
  }
}

void read_identity(const Node* node, FileContext& context) {
  if (node == nullptr) {
    return;
  }
  http::TlsConfig identity;
  ObjectReader map(node, spec::kIdentity, context.diagnostics);
  identity.certificate_chain = context.path_or(map.get("certificate"), "");
  identity.private_key = context.path_or(map.get("key"), "");
  identity.trusted_ca = context.path_or(map.get("ca"), "");
  identity.crl = context.path_or(map.get("crl"), "");
  identity.trust_domains = read_trust_domains(map.get("trust_domains"), context);
  map.finish();
  identity.require_peer_certificate = true;
  check_tls(http::TlsContext::Role::kServer, identity, *node, context);
  identity.require_peer_certificate = false;
  context.identity = std::move(identity);
}

void read_listener_tls(const Node* node, words::Role role, live::ListenerConfig& listener,
                       const Node& at, FileContext& context) {
  const bool inbound = role == words::Role::kInbound;
  http::TlsConfig tls = identity_of(context);
  bool mutual = inbound;
  bool own_certificate = false;
  live::TlsMode mode = inbound && context.identity ? live::TlsMode::kStrict : live::TlsMode::kOff;
  if (node != nullptr && node->is_map()) {
    mode = live::TlsMode::kStrict;
    ObjectReader map(node, spec::kListenerTls, context.diagnostics);
    assign(mode, engine::read_enum(map.get("mode"), context.diagnostics, words::kListenerTls,
                                   "a TLS mode"));
    read_files(map, *node, tls, context);
    for (const Node* item : engine::read_sequence(map.get("certificates"), context.diagnostics,
                                                  "a list of certificates")) {
      tls.more_certificates.push_back(read_named_certificate(*item, context));
    }
    own_certificate = node->find("certificate") != nullptr;
    mutual = mutual || node->find("ca") != nullptr;
    assign(mutual, engine::read_bool(map.get("require_client_certificate"), context.diagnostics));
    map.finish();
  } else {
    assign(mode, engine::read_enum(node, context.diagnostics, words::kListenerTls, "a TLS mode"));
  }
  listener.tls_mode = mode;
  if (mode == live::TlsMode::kOff) {
    return;
  }
  const Node& place = node != nullptr ? *node : at;
  if (!context.identity && !own_certificate) {
    context.error(place, code::kBadTls, "TLS without a certificate",
                  "`certificate` and `key` here, or `identity` for the whole file");
  }
  if (mutual && !context.identity && !(node != nullptr && node->is_map() && node->find("ca"))) {
    context.error(place, code::kBadTls, "client certificates cannot be verified without a `ca`",
                  "`ca`, or require_client_certificate: false");
  }
  tls.require_peer_certificate = mutual;
  tls.alpn = alpn_of(listener.protocol);
  check_tls(http::TlsContext::Role::kServer, tls, place, context);
  listener.tls = std::move(tls);
}

std::optional<http::TlsConfig> read_cluster_tls(const Node* node, const std::string& server_name,
                                                FileContext& context) {
  using Mode = words::ClusterTls;
  if (node == nullptr) {
    return std::nullopt;
  }
  const bool is_map = node->is_map();
  const auto written = [&](const char* key) { return is_map && node->find(key) != nullptr; };
  Mode mode = written("certificate") || context.identity ? Mode::kMutual : Mode::kSimple;
  http::TlsConfig tls;
  if (!is_map) {
    assign(mode, engine::read_enum(node, context.diagnostics, words::kClusterTls, "a TLS mode"));
    tls = mode == Mode::kMutual ? identity_of(context) : tls;
  } else {
    ObjectReader map(node, spec::kClusterTls, context.diagnostics);
    assign(mode, engine::read_enum(map.get("mode"), context.diagnostics, words::kClusterTls,
                                   "a TLS mode"));
    tls = mode == Mode::kMutual ? identity_of(context) : tls;
    read_files(map, *node, tls, context);
    assign(tls.server_name, engine::read_name(map.get("server_name"), context.diagnostics));
    map.finish();
  }
  if (mode == Mode::kOff) {
    return std::nullopt;
  }
  if (mode == Mode::kMutual && !context.identity && !written("certificate")) {
    context.error(*node, code::kBadTls, "mutual TLS without a certificate",
                  "`certificate` and `key` here, or `identity` for the whole file");
  }
  if (mode == Mode::kSimple && written("certificate")) {
    context.error(*node, code::kContradiction, "\"simple\" shows no certificate of ours",
                  "mode: mutual, or no `certificate`");
  }
  if (tls.server_name.empty()) {
    tls.server_name = server_name;
  }
  if (tls.server_name.empty() && tls.trust_domains.empty() && tls.allowed_ids.empty()) {
    context.error(*node, code::kBadTls, "nothing says whose certificate is expected",
                  "`server_name`, or `trust_domains`");
  }
  check_tls(http::TlsContext::Role::kClient, tls, *node, context);
  return tls;
}

}  // namespace shaketable::proxy::app
