#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/time.h"
#include "proxy/config/policy.h"

/// Virtual hosts and routes as plain data, with the matching rules of Envoy's RouteConfiguration.
/// Source: Envoy api, config/route/v3/route_components.proto.
namespace shaketable::proxy {

/// Index of a cluster in `ProxyConfig::clusters`.
using ClusterIndex = std::uint32_t;

/// A cluster that does not exist: requests routed to it get 503 with the flag NC.
inline constexpr ClusterIndex kNoCluster = 0xffff'ffffU;

struct StringMatch {
  enum class Kind : std::uint8_t { kExact, kPrefix, kSuffix, kContains, kRegex, kPresent };
  Kind kind = Kind::kPresent;
  std::string text;  ///< RE2 syntax for kRegex, which must match the entire value.
  bool ignore_case = false;
};

struct HeaderMatch {
  std::string name;  ///< Lower case; ":method", ":authority" and ":scheme" are allowed.
  StringMatch value;
  /// Matches when the value does not, and also when the header is missing (Istio withoutHeaders).
  bool invert = false;
};

struct QueryMatch {
  std::string name;  ///< The first value of the parameter counts.
  StringMatch value;
};

struct PathMatch {
  enum class Kind : std::uint8_t { kAny, kExact, kPrefix, kSegmentPrefix, kRegex };
  Kind kind =
      Kind::kAny;  ///< kSegmentPrefix is Gateway API's PathPrefix: /foo, /foo/x, not /foobar.
  std::string text;
  bool ignore_case = false;
};

/// All parts must match. The path is matched without its query string.
struct RouteMatch {
  PathMatch path;
  std::vector<HeaderMatch> headers;
  std::vector<QueryMatch> query;
};

struct HeaderMutation {
  enum class Op : std::uint8_t { kSet, kAdd, kRemove };
  Op op = Op::kSet;
  std::string name;
  std::string value;
};

struct WeightedCluster {
  ClusterIndex cluster = kNoCluster;
  std::uint32_t weight = 1;  ///< Share is weight over the sum of all; 0 is never picked.
};

struct Rewrite {
  std::string prefix;  ///< Replaces the matched prefix (or the whole path of an exact match).
  std::string regex;   ///< With `substitution`: replaces all matches in the path (RE2).
  std::string substitution;
  std::string authority;  ///< Empty = keep.
};

struct Redirect {
  std::uint16_t status = 301;
  std::string scheme, authority, path, prefix_rewrite;
  std::uint16_t port = 0;  ///< 0 = keep.
  bool strip_query = false;
};

struct DirectResponse {
  std::uint16_t status = 200;
  std::string body;
};

struct MirrorPolicy {
  ClusterIndex cluster = kNoCluster;
  std::uint32_t ppm = kPpmOne;
};

struct Route {
  enum class Action : std::uint8_t { kForward, kRedirect, kDirectResponse };
  std::string name;  ///< For statistics and stories; may be empty.
  RouteMatch match;
  Action action = Action::kForward;
  std::vector<WeightedCluster> clusters;
  Duration timeout = std::chrono::seconds(15);      ///< Whole request with its retries; 0 = off.
  Duration idle_timeout = std::chrono::minutes(5);  ///< No activity on the stream; 0 = off.
  std::optional<RetryPolicy> retry;
  std::optional<FaultPolicy> fault;
  std::vector<MirrorPolicy> mirrors;
  std::optional<Rewrite> rewrite;
  std::optional<Redirect> redirect;
  std::optional<DirectResponse> direct_response;
  std::vector<HeaderMutation> request_headers;
  std::vector<HeaderMutation> response_headers;
};

/// Domains: exact beats the longest suffix wildcard ("*.shop.test") beats the longest prefix
/// wildcard ("shop.*") beats "*". Routes: the first match wins.
struct VirtualHost {
  std::string name;
  std::vector<std::string> domains;
  std::vector<Route> routes;
};

}  // namespace shaketable::proxy
