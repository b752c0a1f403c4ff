#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/time.h"
#include "proxy/config/proxy_config.h"
#include "proxy/config/route.h"
#include "proxy/core/types.h"
#include "proxy/http/codec.h"
#include "proxy/http/tls.h"
#include "proxy/net/dns_lookup.h"

/// The configuration of a running proxy: the core's ProxyConfig, and what only sockets need. Plain
/// data; `proxy/app` makes it from files, `proxy/live` runs it. One is replaced as a whole.
namespace shaketable::proxy::live {

/// "127.0.0.1:8080", "[::1]:8080", "name:8080" or "unix:/run/app.sock".
using AddressText = std::string;

/// What a listener speaks. kAuto tells HTTP/1.1 from HTTP/2 by its preface or by ALPN.
enum class ListenerProtocol : std::uint8_t { kAuto, kHttp1, kHttp2, kTcp };

enum class TlsMode : std::uint8_t {
  kOff,
  kPermissive,  ///< TLS and plain text on one port, by the first bytes.
  kStrict,
};

/// Where TCP connections go, by the server name of their ClientHello. The first match wins.
struct TcpRoute {
  std::vector<std::string> server_names;  ///< "a.test", "*.test"; empty = every connection.
  std::string cluster;                    ///< A cluster of the ProxyConfig.
};

struct ListenerConfig {
  std::string name;
  Direction direction = Direction::kOutbound;
  bool is_edge = false;  ///< A gateway: peers are outside of the mesh and not believed.
  AddressText address;
  ListenerProtocol protocol = ListenerProtocol::kAuto;
  TlsMode tls_mode = TlsMode::kOff;
  http::TlsConfig tls;
  bool proxy_protocol = false;       ///< Every connection begins with a PROXY header, v1 or v2.
  std::vector<TcpRoute> tcp_routes;  ///< With kTcp: TLS is not ended here, only looked at.
};

/// What the sockets of one cluster need; parallel to ProxyConfig::clusters.
struct ClusterSockets {
  std::optional<http::TlsConfig> tls;
  bool send_proxy_protocol = false;  ///< v2, in front of everything else.
  bool is_tcp = false;               ///< Connections carry bytes, not requests.
};

/// A cluster whose endpoints a resolver finds. It begins with an empty HostSet.
struct DnsCluster {
  using Kind = net::DnsQuery::Kind;
  ClusterIndex cluster = kNoCluster;
  Kind kind = Kind::kAddresses;
  std::string name;
  std::uint16_t port = 0;
  Duration min_refresh = std::chrono::seconds(1);  ///< Bounds of the answer's TTL.
  Duration max_refresh = std::chrono::minutes(5);
};

/// An upstream address; HostConfig::id is its index. Addresses are never removed by a reload, so
/// that ids keep their meaning: new ones are appended.
struct HostAddress {
  AddressText address;
};

struct AccessLogConfig {
  enum class Format : std::uint8_t { kOff, kText, kJson };
  Format format = Format::kOff;
  std::string path;                       ///< Empty = standard output.
  std::uint64_t max_bytes = 100U << 20U;  ///< Then it is renamed to .1, .1 to .2, ...
  std::uint32_t keep = 5;
};

struct TracingConfig {
  enum class Exporter : std::uint8_t { kOff, kOtlpHttp, kZipkin };
  Exporter exporter = Exporter::kOff;
  AddressText collector;
  std::string path;  ///< "/v1/traces", "/api/v2/spans".
  std::uint32_t sampling_ppm = kPpmOne;
};

struct AdminConfig {
  AddressText address;  ///< Empty = none.
  std::string token;    ///< Needed (authorization: Bearer) when not loopback.
};

/// Zero switches a timeout off.
struct ConnectionTimeouts {
  Duration handshake = std::chrono::seconds(5);  ///< TLS, and the PROXY header.
  /// From the first byte of a request's head; a fifth of it beyond LiveLimits::slow_heads.
  Duration head = std::chrono::seconds(10);
  /// Between two pieces of a body, and for a peer that does not read. An HTTP/2 stream whose client
  /// opens no window for its response is reset after this time to one and a half of it, gRPC after
  /// ten times as long.
  Duration body = std::chrono::seconds(30);
  Duration idle = std::chrono::seconds(60);      ///< Downstream connections without a request.
  Duration tunnel_idle = std::chrono::hours(1);  ///< Upgrades and TCP.

  friend bool operator==(const ConnectionTimeouts&, const ConnectionTimeouts&) = default;
};

struct LiveLimits {
  std::uint32_t max_connections = 100'000;     ///< Downstream, per worker.
  std::uint32_t slow_heads = 100;              ///< Heads that have begun and not ended, per worker:
                                               ///< more than any crowd of honest clients has.
  std::uint64_t max_replay_bytes = 64 * 1024;  ///< Kept of a request's body for another try.
  std::uint64_t buffer_high_water = 64 * 1024;  ///< Per direction of a stream.
  http::CodecLimits codec;

  friend bool operator==(const LiveLimits&, const LiveLimits&) = default;
};

struct LiveConfig {
  ProxyConfig core;
  std::vector<ClusterSockets> clusters;  ///< Parallel to core.clusters.
  std::vector<HostAddress> hosts;
  std::vector<DnsCluster> dns;  ///< Clusters to look up, in order of cluster.
  AddressText dns_server;       ///< Who is asked for them; empty = those of resolv.conf.
  std::vector<ListenerConfig> listeners;
  std::string node;  ///< Name of this proxy in logs, traces and statistics ("cart-1").
  AdminConfig admin;
  AccessLogConfig access_log;
  TracingConfig tracing;
  ConnectionTimeouts timeouts;
  LiveLimits limits;
  Duration drain_time = std::chrono::seconds(30);  ///< Then what is left is cut.
  std::uint32_t concurrency = 1;
  std::uint64_t seed = 0;  ///< 0 = from the kernel.
  /// Every file that this was made from (configuration, endpoints, certificates), without
  /// repetitions: a change of one is a reason to load again.
  std::vector<std::string> files;
};

}  // namespace shaketable::proxy::live
