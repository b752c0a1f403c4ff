#include "proxy/app/proxy_spec.h"

#include <array>
#include <cstddef>

// Names are Envoy's and Istio's, as in scenario files.
namespace shaketable::proxy::app::spec {
namespace {

using engine::KeySpec;
using engine::KeyUse;
using engine::ObjectSpec;

constexpr KeyUse kRequired = KeyUse::kRequired;

template <std::size_t A, std::size_t B>
constexpr std::array<KeySpec, A + B> operator+(const std::array<KeySpec, A>& left,
                                               const std::array<KeySpec, B>& right) {
  std::array<KeySpec, A + B> all{};
  for (std::size_t i = 0; i < A; ++i) {
    all[i] = left[i];
  }
  for (std::size_t i = 0; i < B; ++i) {
    all[A + i] = right[i];
  }
  return all;
}

constexpr KeySpec kProxyKeys[] = {
    {"about", "text", "What this proxy is for."},
    {"node", "name", "Its name in logs, traces and statistics.", "the file's name"},
    {"concurrency", "integer", "Workers, one core each.", "1"},
    {"drain_time", "duration", "What is under way at SIGTERM may take so long.", "30s"},
    {"seed", "integer", "Of all randomness; 0 = from the kernel.", "0"},
    {"dns_server", "address", "Name server for `dns` endpoints, as 127.0.0.1:8600; IPv4.",
     "those of resolv.conf"},
    {"identity", "identity", "Certificate, key and authority that listeners and clusters use."},
    {"listen", "address", "The short form of one outbound listener; needs `upstream` or routes."},
    {"upstream", "address|[upstream_endpoint]|cluster", "Where everything else goes."},
    {"app", "address|cluster", "The local application: inbound listeners pass everything to it."},
    {"listeners", "{listener}", "By name."},
    {"defaults", "proxy_defaults", "The base of all clusters and routes, key by key."},
    {"clusters", "{address|[upstream_endpoint]|cluster}", "Upstream services, by name."},
    {"routes", "[proxy_route]", "Rules in order, for every domain."},
    {"virtual_hosts", "{virtual_host}", "Routes by domain, by name."},
    {"admin", "address|admin", "Statistics and control; none when left out."},
    {"access_log", "word:access_log|access_log", "One line for each request.", "off"},
    {"tracing", "tracing", "Where spans go."},
    {"timeouts", "proxy_timeouts", "Of connections; those of requests belong to routes."},
    {"limits", "proxy_limits", "What a peer may cost."},
};

constexpr KeySpec kIdentityKeys[] = {
    {"certificate", "path", "PEM: own certificate, then its issuers.", "", kRequired},
    {"key", "path", "PEM: its private key.", "", kRequired},
    {"ca", "path", "PEM: authorities that peers must lead to.", "", kRequired},
    {"crl", "path", "PEM: revocation lists."},
    {"trust_domains", "[name]", "SPIFFE trust domains of peers; none = plain X.509 rules."},
};

constexpr KeySpec kListenerKeys[] = {
    {"address", "address", "An IP address and a port, or unix:/path.", "", kRequired},
    {"direction", "word:role",
     "inbound: to the local application; outbound and gateway: by the routes.", "outbound"},
    {"protocol", "word:listener_protocol", "auto tells HTTP/1.1 from HTTP/2.", "auto"},
    {"tls", "word:listener_tls|listener_tls", "permissive: TLS and plain text on one port.",
     "strict for inbound ones with an identity, else off"},
    {"proxy_protocol", "bool", "Every connection begins with a PROXY header.", "false"},
    {"to", "name", "tcp: the cluster of all connections."},
    {"tcp_routes", "[tcp_route]", "tcp: clusters by server name; the first match wins."},
};

constexpr KeySpec kListenerTlsKeys[] = {
    {"mode", "word:listener_tls", "permissive: TLS and plain text on one port.", "strict"},
    {"certificate", "path", "PEM: own certificate, then its issuers.", "the identity's"},
    {"key", "path", "PEM: its private key.", "the identity's"},
    {"certificates", "[named_certificate]", "More of them, by the server name that is asked for."},
    {"ca", "path", "PEM: authorities that clients must lead to.", "the identity's"},
    {"crl", "path", "PEM: revocation lists.", "the identity's"},
    {"require_client_certificate", "bool", "Mutual TLS.", "true for inbound ones, or with a ca"},
    {"trust_domains", "[name]", "SPIFFE trust domains of clients.", "the identity's"},
    {"allowed_ids", "[text]", "SPIFFE ids of clients; none = all of the trust domains."},
};

constexpr KeySpec kNamedCertificateKeys[] = {
    {"server_names", "[text]", "a.test or *.test.", "the DNS names in the certificate"},
    {"certificate", "path", "PEM: the certificate, then its issuers.", "", kRequired},
    {"key", "path", "PEM: its private key.", "", kRequired},
};

constexpr KeySpec kTcpRouteKeys[] = {
    {"server_names", "[text]", "a.test or *.test, of the TLS handshake; none = all."},
    {"to", "name", "A cluster.", "", kRequired},
};

// As in kDestination of engine/formats/schema_traffic.cc, whose readers read them; a test compares.
constexpr std::array<KeySpec, 9> kPolicyKeys{{
    {"circuit_breakers", "circuit_breakers", "Limits per proxy.", "none (as Istio)"},
    {"outlier_detection", "outlier_detection|false", "Passive health checks.", "off"},
    {"load_balancing", "word:lb_policy|load_balancing", "How a host is chosen.", "least_request"},
    {"panic_threshold", "percent", "Below this share of healthy hosts all are used; 0% = off.",
     "50%"},
    {"protocol", "word:protocol", "To the endpoints.", "http1"},
    {"max_concurrent_streams", "integer", "http2: requests at once on a connection.", "100"},
    {"max_requests_per_connection", "integer", "0 = no limit; 1 = no keep-alive.", "0"},
    {"connect_timeout", "duration", "Until a new connection is up.", "10s (as Istio)"},
    {"pool_idle_timeout", "duration", "Idle connections are closed after it; 0s = off.", "1h"},
}};

constexpr std::array<KeySpec, 4> kRouteSettings{{
    {"timeout", "duration", "Whole request with its retries; 0s = off.", "0s (as Istio)"},
    {"idle_timeout", "duration", "No activity on a stream; 0s = off.", "5m"},
    {"retries", "retries|integer|false", "When an attempt is made again.",
     "Istio's: 2 on connect-failure, refused-stream, unavailable, cancelled"},
    {"fault", "fault_injection", "Envoy's fault filter."},
}};

constexpr std::array<KeySpec, 2> kTransportKeys{{
    {"tls", "word:cluster_tls|cluster_tls", "simple: the server's certificate alone.", "off"},
    {"send_proxy_protocol", "bool", "Connections begin with a PROXY header, v2.", "false"},
}};

constexpr std::array<KeySpec, 4> kOwnClusterKeys{{
    {"endpoints", "address|[upstream_endpoint]", "Addresses, some with a weight."},
    {"endpoints_file", "path", "A file of addresses that may change; see the README."},
    {"dns", "text|dns", "name:port, looked up again when its answer expires."},
    {"domains", "[text]", "Of a virtual host of its own.",
     "the cluster's name when the file has no routes"},
}};

constexpr auto kDefaultsKeys = kPolicyKeys + kRouteSettings + kTransportKeys;
constexpr auto kClusterKeys = kOwnClusterKeys + kDefaultsKeys;

constexpr KeySpec kEndpointKeys[] = {
    {"address", "address", "host:port, [v6]:port or unix:/path.", "", kRequired},
    {"weight", "integer", "1 to 128, relative within the cluster.", "1"},
};

constexpr KeySpec kDnsKeys[] = {
    {"name", "name", "What is looked up.", "", kRequired},
    {"kind", "word:dns_kind", "a: addresses, also of IPv6; srv: targets, ports and weights.", "a"},
    {"port", "integer", "Of the addresses; srv brings its own."},
    {"min_refresh", "duration", "Answers are kept at least so long.", "1s"},
    {"max_refresh", "duration", "And at most so long.", "5m"},
};

constexpr KeySpec kClusterTlsKeys[] = {
    {"mode", "word:cluster_tls", "mutual: our certificate, too.", "mutual with one, else simple"},
    {"certificate", "path", "PEM: own certificate, then its issuers.", "the identity's"},
    {"key", "path", "PEM: its private key.", "the identity's"},
    {"ca", "path", "PEM: authorities that servers must lead to.",
     "mutual: the identity's, simple: the system's"},
    {"crl", "path", "PEM: revocation lists.", "mutual: the identity's"},
    {"server_name", "name", "SNI, and the name that the certificate must have without SPIFFE.",
     "the name in `dns`"},
    {"trust_domains", "[name]", "SPIFFE trust domains of servers.", "the identity's when mutual"},
    {"allowed_ids", "[text]", "SPIFFE ids of servers; none = all of the trust domains."},
};

constexpr std::array<KeySpec, 3> kOwnVirtualHostKeys{{
    {"domains", "[text]", "a.test, *.test, a.* or *; the best match wins.", "the name"},
    {"direction", "word:direction", "For which listeners; gateways are outbound.", "outbound"},
    {"routes", "[proxy_route]", "Rules in order.", "", kRequired},
}};
constexpr auto kVirtualHostKeys = kOwnVirtualHostKeys + kRouteSettings;

constexpr std::array<KeySpec, 10> kOwnRouteKeys{{
    {"name", "name", "For statistics."},
    {"match", "route_match|[route_match]", "All parts must fit; of a list, one entry.",
     "everything"},
    {"to", "name", "A cluster."},
    {"split", "{percent|integer}", "Shares of clusters: percents or weights."},
    {"rewrite", "rewrite", "Changes what is sent on."},
    {"redirect", "redirect", "Answers with a redirect."},
    {"direct_response", "direct_response", "Answers by itself."},
    {"mirror", "proxy_mirror|[proxy_mirror]", "Copies of requests whose answers are thrown away."},
    {"request_headers", "header_changes", "Changes of requests that are sent on."},
    {"response_headers", "header_changes", "Changes of responses."},
}};
constexpr auto kRouteKeys = kOwnRouteKeys + kRouteSettings;

constexpr KeySpec kMirrorKeys[] = {
    {"to", "name", "A cluster.", "", kRequired},
    {"percent", "percent", "Share of the requests.", "100%"},
};

constexpr KeySpec kHeadersKeys[] = {
    {"set", "{text}", "Replaced or added."},
    {"add", "{text}", "Added beside what is there."},
    {"remove", "[text]", "Taken out."},
};

constexpr KeySpec kAdminKeys[] = {
    {"address", "address", "An IP address and a port, or unix:/path.", "", kRequired},
    {"token", "text", "authorization: Bearer; needed when the address is not loopback."},
    {"token_file", "path", "The same from a file, whose ends are trimmed."},
};

constexpr KeySpec kAccessLogKeys[] = {
    {"format", "word:access_log", "Of a line.", "text"},
    {"path", "path", "The file.", "standard output"},
    {"max_size", "bytes", "Then the file is renamed to .1, .1 to .2 ...", "100MiB"},
    {"keep", "integer", "So many of those.", "5"},
};

constexpr KeySpec kTracingKeys[] = {
    {"otlp", "address", "A collector that takes OTLP over HTTP."},
    {"zipkin", "address", "A collector that takes Zipkin's JSON, v2."},
    {"path", "text", "On the collector.", "/v1/traces or /api/v2/spans"},
    {"sampling", "percent", "Share of traces that begin here.", "100%"},
};

constexpr KeySpec kTimeoutsKeys[] = {
    {"handshake", "duration", "TLS, and the PROXY header; 0s = off, as for all of these.", "5s"},
    {"headers", "duration",
     "From the first byte of a request's head to its last; a fifth of it beyond limits.slow_heads.",
     "10s"},
    {"body", "duration",
     "Between two pieces of a body, read or written; HTTP/2: also for a client to open the window "
     "of a response (gRPC: ten times as long).",
     "30s"},
    {"idle", "duration", "Connections without a request.", "60s"},
    {"tunnel_idle", "duration", "Upgrades and TCP.", "1h"},
};

constexpr KeySpec kLimitsKeys[] = {
    {"max_connections", "integer", "From clients, per worker.", "100000"},
    {"slow_heads", "integer",
     "Requests whose head has begun and not ended, per worker; those beyond have a fifth of the "
     "time.",
     "100"},
    {"replay_buffer", "bytes", "Kept of a request's body for another try.", "64KiB"},
    {"buffer", "bytes", "Unsent bytes of a stream, each way; then its source is not read.",
     "64KiB"},
    {"control_buffer", "bytes", "Unsent answers of the protocol itself.", "4MiB"},
    {"head_bytes", "bytes", "Request line and headers, or trailers.", "60KiB"},
    {"target_bytes", "bytes", "The request's target.", "16KiB"},
    {"headers", "integer", "Of one message.", "200"},
    {"chunk_extension_bytes", "bytes", "In one message.", "4KiB"},
    {"max_concurrent_streams", "integer", "HTTP/2: requests at once on a connection.", "100"},
    {"stream_window", "bytes", "HTTP/2: unread bytes of a stream.", "256KiB"},
    {"connection_window", "bytes", "HTTP/2: unread bytes of a connection.", "1MiB"},
    {"resets_per_second", "integer", "HTTP/2: streams that a peer may reset.", "100"},
    {"reset_burst", "integer", "HTTP/2: and so many at once.", "1000"},
    {"frame_budget", "integer", "HTTP/2: frames in a row that carry nothing.", "10000"},
};

}  // namespace

const ObjectSpec kProxy{"proxy", "a proxy", "The configuration of one proxy.", kProxyKeys};
const ObjectSpec kIdentity{"identity", "an identity", "Who this proxy is.", kIdentityKeys};
const ObjectSpec kListener{"listener", "a listener", "Where connections come in.", kListenerKeys};
const ObjectSpec kListenerTls{"listener_tls", "the TLS of a listener", "As a server.",
                              kListenerTlsKeys};
const ObjectSpec kNamedCertificate{"named_certificate", "a certificate for server names",
                                   "What clients get that ask for one of its names.",
                                   kNamedCertificateKeys};
const ObjectSpec kTcpRoute{"tcp_route", "a TCP route", "Where connections go.", kTcpRouteKeys};
const ObjectSpec kCluster{"cluster", "a cluster", "An upstream service.", kClusterKeys};
const ObjectSpec kEndpoint{"weighted_address", "an endpoint", "An address and its weight.",
                           kEndpointKeys};
const ObjectSpec kDns{"dns", "a DNS name", "What is looked up.", kDnsKeys};
const ObjectSpec kClusterTls{"cluster_tls", "the TLS of a cluster", "As a client.",
                             kClusterTlsKeys};
const ObjectSpec kDefaults{"proxy_defaults", "defaults", "The base of all clusters and routes.",
                           kDefaultsKeys};
const ObjectSpec kVirtualHost{"virtual_host", "a virtual host", "Routes of some domains.",
                              kVirtualHostKeys};
const ObjectSpec kRoute{"proxy_route", "a route", "One rule.", kRouteKeys};
const ObjectSpec kMirror{"proxy_mirror", "a mirror", "Copies of requests.", kMirrorKeys};
const ObjectSpec kHeaders{"header_changes", "changes of headers",
                          "Envoy's order: set, add, remove.", kHeadersKeys};
const ObjectSpec kAdmin{"admin", "an admin port", "Statistics and control.", kAdminKeys};
const ObjectSpec kAccessLog{"access_log", "an access log", "One line for each request.",
                            kAccessLogKeys};
const ObjectSpec kTracing{"tracing", "tracing", "Where spans go.", kTracingKeys};
const ObjectSpec kTimeouts{"proxy_timeouts", "timeouts", "Of connections.", kTimeoutsKeys};
const ObjectSpec kLimits{"proxy_limits", "limits", "What a peer may cost.", kLimitsKeys};

}  // namespace shaketable::proxy::app::spec
