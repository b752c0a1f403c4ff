#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "proxy/base/result.h"
#include "proxy/config/proxy_config.h"
#include "proxy/config/wire.h"

/// A configuration as bytes and back: what a journal begins with. Not for people and not for other
/// versions of the program: the form changes with the structs.
namespace shaketable::proxy {

/// Grows with every change of a configuration struct.
inline constexpr std::uint32_t kArchiveVersion = 1;

/// The most that is read.
inline constexpr std::size_t kMaxArchiveBytes = 64U << 20U;
inline constexpr std::size_t kMaxArchiveText = 1U << 20U;  ///< Of one string.

/// Every member of the configuration, its version included. Equal configurations give equal bytes.
[[nodiscard]] std::string write_archive(const ProxyConfig& config);

/// The configuration that gave these bytes, or why they are not one: another version, too large, a
/// value out of its range (enums, indices of clusters, durations
/// beyond thirty years), bytes
/// left over. Memory stays in proportion to the bytes. Cluster::hosts is never null.
[[nodiscard]] Result<ProxyConfig> read_archive(std::string_view bytes);

/// The same for the endpoints of one cluster, as a part of something larger.
void write_hosts(ByteWriter& out, const HostSet& hosts);
[[nodiscard]] HostSet read_hosts(ByteReader& in);

}  // namespace shaketable::proxy
