#pragma once

#include <cstdint>

#include "engine/formats/reader.h"
#include "engine/formats/schema_words.h"
#include "proxy/live/live_config.h"

/// The closed sets of words of the proxy's file: one table for its readers and its schema.
namespace shaketable::proxy::app::words {

using engine::EnumWord;

/// What a listener is for.
enum class Role : std::uint8_t {
  kInbound,   ///< From the mesh to the local application.
  kOutbound,  ///< From the local application to the mesh.
  kGateway,   ///< From outside to the mesh: routes as an outbound one, and ends TLS.
};
inline constexpr EnumWord<Role> kRole[] = {
    {"inbound", Role::kInbound}, {"outbound", Role::kOutbound}, {"gateway", Role::kGateway}};

/// Which routes a virtual host is for.
inline constexpr EnumWord<Direction> kDirection[] = {{"inbound", Direction::kInbound},
                                                     {"outbound", Direction::kOutbound}};

inline constexpr EnumWord<live::ListenerProtocol> kListenerProtocol[] = {
    {"auto", live::ListenerProtocol::kAuto},
    {"http1", live::ListenerProtocol::kHttp1},
    {"http2", live::ListenerProtocol::kHttp2},
    {"tcp", live::ListenerProtocol::kTcp}};

inline constexpr EnumWord<live::TlsMode> kListenerTls[] = {
    {"off", live::TlsMode::kOff},
    {"permissive", live::TlsMode::kPermissive},
    {"strict", live::TlsMode::kStrict}};

enum class ClusterTls : std::uint8_t {
  kOff,
  kSimple,  ///< The server shows a certificate, we do not.
  kMutual,  ///< Both do.
};
inline constexpr EnumWord<ClusterTls> kClusterTls[] = {
    {"off", ClusterTls::kOff}, {"simple", ClusterTls::kSimple}, {"mutual", ClusterTls::kMutual}};

inline constexpr EnumWord<live::DnsCluster::Kind> kDnsKind[] = {
    {"a", live::DnsCluster::Kind::kAddresses}, {"srv", live::DnsCluster::Kind::kSrv}};

inline constexpr EnumWord<live::AccessLogConfig::Format> kAccessLog[] = {
    {"off", live::AccessLogConfig::Format::kOff},
    {"text", live::AccessLogConfig::Format::kText},
    {"json", live::AccessLogConfig::Format::kJson}};

}  // namespace shaketable::proxy::app::words
