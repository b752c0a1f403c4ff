#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/result.h"
#include "proxy/base/time.h"
#include "proxy/net/address.h"

namespace shaketable::proxy::net {

/// What is asked of the name system.
struct DnsQuery {
  enum class Kind : std::uint8_t {
    kAddresses,  ///< A and AAAA of `name`, all with `port`.
    kSrv,        ///< SRV of `name`: targets with their own ports and weights; `port` is unused.
  };
  Kind kind = Kind::kAddresses;
  std::string name;
  std::uint16_t port = 0;
};

/// An address that a name stands for.
struct ResolvedHost {
  std::string address;       ///< "10.0.0.7:8080".
  std::uint32_t weight = 1;  ///< 1 to 128; from SRV records, else 1.

  friend bool operator==(const ResolvedHost&, const ResolvedHost&) = default;
};

/// What a look-up found: at least one host, sorted by address, each address once.
struct DnsAnswer {
  std::vector<ResolvedHost> hosts;
  Duration ttl{0};  ///< The shortest of all records used; a day for what needs no name server.
};

struct DnsOptions {
  /// IPv4 address of the name server; absent = those of resolv.conf.
  std::optional<SocketAddress> nameserver;
  std::string hosts_file = "/etc/hosts";
  std::uint32_t timeout_seconds = 1;  ///< Of one try at one name server.
  std::uint32_t tries = 2;
};

/// The most hosts that are taken from an answer.
inline constexpr std::size_t kMaxResolvedHosts = 1000;

/// Looks a name up by the C library's resolver; blocks until there is an answer or no more
/// patience.
///
/// Addresses: numbers are themselves, then the hosts file, "localhost" is the loopback, then A and
/// AAAA (with the search list of resolv.conf). Without IPv6 on this machine, AAAA records are left
/// out as long as there are others. One of the two types may fail.
///
/// SRV: the targets of the lowest priority number, with their ports; weights are scaled to 1..128.
/// Targets without an address are left out.
///
/// No host at all is an error, whatever the reason (no such name, no such record, time-out).
[[nodiscard]] Result<DnsAnswer> look_up(const DnsQuery& query, const DnsOptions& options);

}  // namespace shaketable::proxy::net
