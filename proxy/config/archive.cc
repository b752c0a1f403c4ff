#include "proxy/config/archive.h"

#include <algorithm>
#include <chrono>
#include <concepts>
#include <limits>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>

namespace shaketable::proxy {
namespace {

/// Three of them added up, and the time of the run, stay within 64 bits.
constexpr Duration kLongest = std::chrono::hours(24 * 365 * 30);
constexpr std::uint64_t kMaxItems = 1'000'000;

/// T or const T: writers visit constants, readers variables.
template <class T, class Plain>
concept Is = std::same_as<std::remove_const_t<T>, Plain>;

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

// ---- structs: one visitor for both directions --------------------------------------------------
// Each takes its struct apart by a structured binding, which does not compile when a member is
// added, and passes all of them on.

template <class Archive>
void visit(Archive& archive, Is<RetryPolicy> auto& value) {
  auto& [retry_on, num_retries, per_try_timeout, backoff_base, backoff_max, growth, status_codes,
         previous_hosts, host_selection_retry_max_attempts] = value;
  archive(retry_on, num_retries, per_try_timeout, backoff_base, backoff_max, growth, status_codes,
          previous_hosts, host_selection_retry_max_attempts);
}

template <class Archive>
void visit(Archive& archive, Is<RetryBudget> auto& value) {
  auto& [budget_ppm, min_retry_concurrency] = value;
  archive(budget_ppm, min_retry_concurrency);
}

template <class Archive>
void visit(Archive& archive, Is<CircuitBreakers> auto& value) {
  auto& [connections, pending_requests, requests, retries, retry_budget] = value;
  archive(connections, pending_requests, requests, retries, retry_budget);
}

template <class Archive>
void visit(Archive& archive, Is<OutlierDetection> auto& value) {
  auto& [in_a_row, gateway, local, enforcing_in_a_row, enforcing_gateway, enforcing_local, split,
         interval, base_time, max_time, jitter, max_percent, always_one, enforcing_rate, rate_hosts,
         rate_volume, rate_factor, enforcing_failure, failure_threshold, failure_hosts,
         failure_volume] = value;
  archive(in_a_row, gateway, local, enforcing_in_a_row, enforcing_gateway, enforcing_local, split,
          interval, base_time, max_time, jitter, max_percent, always_one, enforcing_rate,
          rate_hosts, rate_volume, rate_factor, enforcing_failure, failure_threshold, failure_hosts,
          failure_volume);
}

template <class Archive>
void visit(Archive& archive, Is<FaultPolicy> auto& value) {
  auto& [delay_ppm, fixed_delay, abort_ppm, abort_status, max_active_faults] = value;
  archive(delay_ppm, fixed_delay, abort_ppm, abort_status, max_active_faults);
}

template <class Archive>
void visit(Archive& archive, Is<StringMatch> auto& value) {
  auto& [kind, text, ignore_case] = value;
  archive(kind, text, ignore_case);
}

template <class Archive>
void visit(Archive& archive, Is<HeaderMatch> auto& value) {
  auto& [name, match, invert] = value;
  archive(name, match, invert);
}

template <class Archive>
void visit(Archive& archive, Is<QueryMatch> auto& value) {
  auto& [name, match] = value;
  archive(name, match);
}

template <class Archive>
void visit(Archive& archive, Is<PathMatch> auto& value) {
  auto& [kind, text, ignore_case] = value;
  archive(kind, text, ignore_case);
}

template <class Archive>
void visit(Archive& archive, Is<RouteMatch> auto& value) {
  auto& [path, headers, query] = value;
  archive(path, headers, query);
}

template <class Archive>
void visit(Archive& archive, Is<HeaderMutation> auto& value) {
  auto& [op, name, text] = value;
  archive(op, name, text);
}

template <class Archive>
void visit(Archive& archive, Is<WeightedCluster> auto& value) {
  auto& [cluster, weight] = value;
  archive(cluster, weight);
}

template <class Archive>
void visit(Archive& archive, Is<Rewrite> auto& value) {
  auto& [prefix, regex, substitution, authority] = value;
  archive(prefix, regex, substitution, authority);
}

template <class Archive>
void visit(Archive& archive, Is<Redirect> auto& value) {
  auto& [status, scheme, authority, path, prefix_rewrite, port, strip_query] = value;
  archive(status, scheme, authority, path, prefix_rewrite, port, strip_query);
}

template <class Archive>
void visit(Archive& archive, Is<DirectResponse> auto& value) {
  auto& [status, body] = value;
  archive(status, body);
}

template <class Archive>
void visit(Archive& archive, Is<MirrorPolicy> auto& value) {
  auto& [cluster, ppm] = value;
  archive(cluster, ppm);
}

template <class Archive>
void visit(Archive& archive, Is<Route> auto& value) {
  auto& [name, match, action, clusters, timeout, idle_timeout, retry, fault, mirrors, rewrite,
         redirect, direct_response, request_headers, response_headers] = value;
  archive(name, match, action, clusters, timeout, idle_timeout, retry, fault, mirrors, rewrite,
          redirect, direct_response, request_headers, response_headers);
}

template <class Archive>
void visit(Archive& archive, Is<VirtualHost> auto& value) {
  auto& [name, domains, routes] = value;
  archive(name, domains, routes);
}

template <class Archive>
void visit(Archive& archive, Is<HostConfig> auto& value) {
  auto& [id, weight] = value;
  archive(id, weight);
}

template <class Archive>
void visit(Archive& archive, Is<ClusterConfig> auto& value) {
  auto& [name, lb_policy, choice_count, full_scan, protocol, max_concurrent_streams,
         max_requests_per_connection, connect_timeout, pool_idle_timeout, circuit_breakers,
         outlier_detection, panic_threshold_percent, hosts, tag] = value;
  archive(name, lb_policy, choice_count, full_scan, protocol, max_concurrent_streams,
          max_requests_per_connection, connect_timeout, pool_idle_timeout, circuit_breakers,
          outlier_detection, panic_threshold_percent, hosts, tag);
}

template <class Archive>
void visit(Archive& archive, Is<ProxyConfig> auto& value) {
  auto& [version, clusters, outbound, inbound] = value;
  archive(version, clusters, outbound, inbound);
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
