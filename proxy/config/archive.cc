#include "proxy/config/archive.h"

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

#include "proxy/config/archive_layout.h"

namespace shaketable::proxy {
namespace {

/// Three of them added up, and the time of the run, stay within 64 bits.
constexpr Duration kLongest = std::chrono::hours(24 * 365 * 30);
constexpr std::uint64_t kMaxItems = 1'000'000;

// ---- enumerations: the compiler finds a value that is missing here -----------------------------

bool is_known(BackoffGrowth value) {
  switch (value) {
    case BackoffGrowth::kCode:
    case BackoffGrowth::kDocs:
      return true;
  }
  return false;
}

bool is_known(LbPolicy value) {
  switch (value) {
    case LbPolicy::kRoundRobin:
    case LbPolicy::kLeastRequest:
    case LbPolicy::kRandom:
      return true;
  }
  return false;
}

bool is_known(UpstreamProtocol value) {
  switch (value) {
    case UpstreamProtocol::kHttp1:
    case UpstreamProtocol::kHttp2:
      return true;
  }
  return false;
}

bool is_known(StringMatch::Kind value) {
  switch (value) {
    case StringMatch::Kind::kExact:
    case StringMatch::Kind::kPrefix:
    case StringMatch::Kind::kSuffix:
    case StringMatch::Kind::kContains:
    case StringMatch::Kind::kRegex:
    case StringMatch::Kind::kPresent:
      return true;
  }
  return false;
}

bool is_known(PathMatch::Kind value) {
  switch (value) {
    case PathMatch::Kind::kAny:
    case PathMatch::Kind::kExact:
    case PathMatch::Kind::kPrefix:
    case PathMatch::Kind::kSegmentPrefix:
    case PathMatch::Kind::kRegex:
      return true;
  }
  return false;
}

bool is_known(HeaderMutation::Op value) {
  switch (value) {
    case HeaderMutation::Op::kSet:
    case HeaderMutation::Op::kAdd:
    case HeaderMutation::Op::kRemove:
      return true;
  }
  return false;
}

bool is_known(Route::Action value) {
  switch (value) {
    case Route::Action::kForward:
    case Route::Action::kRedirect:
    case Route::Action::kDirectResponse:
      return true;
  }
  return false;
}

// ---- the two directions ------------------------------------------------------------------------

class ArchiveWriter {
 public:
  explicit ArchiveWriter(ByteWriter& out) : out_(out) {}

  template <class... Members>
  void operator()(const Members&... members) {
    (put(members), ...);
  }

 private:
  template <class T>
  void put(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      out_.byte(static_cast<std::uint8_t>(value));
    } else if constexpr (std::is_integral_v<T>) {
      out_.number(std::uint64_t{value});
    } else {
      visit(*this, value);
    }
  }
  void put(const Duration& value) { out_.signed_number(value.count()); }
  void put(const std::string& value) { out_.text(value); }
  void put(const std::shared_ptr<const HostSet>& value) {
    put(value == nullptr ? HostSet{} : *value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    out_.number(values.size());
    for (const T& value : values) {
      put(value);
    }
  }
  template <class T>
  void put(const std::optional<T>& value) {
    out_.byte(value.has_value() ? 1 : 0);
    if (value.has_value()) {
      put(*value);
    }
  }

  ByteWriter& out_;
};

class ArchiveReader {
 public:
  explicit ArchiveReader(ByteReader& in) : in_(in) {}

  template <class... Members>
  void operator()(Members&... members) {
    (get(members), ...);
  }

 private:
  template <class T>
  void get(T& value) {
    if constexpr (std::is_enum_v<T>) {
      value = static_cast<T>(in_.byte());
      if (!is_known(value)) {
        in_.refuse();
      }
    } else if constexpr (std::is_integral_v<T>) {
      value = static_cast<T>(in_.number_up_to(std::uint64_t{std::numeric_limits<T>::max()}));
    } else {
      visit(*this, value);
    }
  }
  void get(Duration& value) {
    value = Duration(in_.signed_number());
    if (value < -kLongest || value > kLongest) {
      in_.refuse();
    }
  }
  void get(std::string& value) { value = in_.text(kMaxArchiveText); }
  void get(std::shared_ptr<const HostSet>& value) {
    HostSet hosts;
    get(hosts);
    value = std::make_shared<const HostSet>(std::move(hosts));
  }
  template <class T>
  void get(std::vector<T>& values) {
    // Each takes at least one byte; the memory grows with what is really there.
    const std::uint64_t count =
        in_.number_up_to(std::min<std::uint64_t>(kMaxItems, in_.remaining()));
    for (std::uint64_t i = 0; i < count && in_.ok(); ++i) {
      get(values.emplace_back());
    }
  }
  template <class T>
  void get(std::optional<T>& value) {
    if (in_.number_up_to(1) != 0) {
      get(value.emplace());
    }
  }

  ByteReader& in_;
};

// ---- what the core relies on -------------------------------------------------------------------

bool is_sound(const Route& route, std::size_t clusters) {
  const auto exists = [clusters](const auto& target) {
    return target.cluster == kNoCluster || target.cluster < clusters;
  };
  return std::all_of(route.clusters.begin(), route.clusters.end(), exists) &&
         std::all_of(route.mirrors.begin(), route.mirrors.end(), exists);
}

bool is_sound(const ProxyConfig& config) {
  for (const auto* hosts : {&config.outbound, &config.inbound}) {
    for (const VirtualHost& host : *hosts) {
      for (const Route& route : host.routes) {
        if (!is_sound(route, config.clusters.size())) {
          return false;
        }
      }
    }
  }
  return true;
}

}  // namespace

std::string write_archive(const ProxyConfig& config) {
  std::string result;
  ByteWriter out(result);
  out.number(kArchiveVersion);
  ArchiveWriter writer(out);
  visit(writer, config);
  return result;
}

Result<ProxyConfig> read_archive(std::string_view bytes) {
  if (bytes.size() > kMaxArchiveBytes) {
    return fail("the configuration is too large", {}, "at most 64 MiB");
  }
  ByteReader in(bytes);
  if (const std::uint64_t version = in.number(); in.ok() && version != kArchiveVersion) {
    return fail("the configuration has version " + std::to_string(version), {},
                "version " + std::to_string(kArchiveVersion));
  }
  ProxyConfig config;
  ArchiveReader reader(in);
  visit(reader, config);
  if (!in.is_complete()) {
    return fail("the configuration is damaged");
  }
  if (!is_sound(config)) {
    return fail("the configuration has routes to clusters that it does not have");
  }
  return config;
}

void write_hosts(ByteWriter& out, const HostSet& hosts) {
  ArchiveWriter writer(out);
  writer(hosts);
}

HostSet read_hosts(ByteReader& in) {
  HostSet result;
  ArchiveReader reader(in);
  reader(result);
  return in.ok() ? result : HostSet{};
}

}  // namespace shaketable::proxy
