#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "proxy/base/time.h"

/// Policies as the core reads them: plain data with Envoy's names and Envoy's defaults. Nothing in
/// this file acts; `proxy/core` does. Probabilities are parts per million (`_ppm`), times are
/// `Duration`, and a duration of zero switches a timeout off.
namespace shaketable::proxy {

/// "No limit", as Istio and App Mesh write it (2^32 - 1).
inline constexpr std::uint32_t kUnlimited = 0xffff'ffffU;

/// The certain event in parts per million.
inline constexpr std::uint32_t kPpmOne = 1'000'000;

/// Conditions under which an attempt is tried again, as bits. Envoy's `retry_on` words.
/// Source: Envoy, router filter documentation, "x-envoy-retry-on" and "x-envoy-retry-grpc-on".
enum RetryOn : std::uint32_t {
  kRetryOn5xx = 1U << 0,               ///< "5xx": any 5xx, and no response at all.
  kRetryOnGatewayError = 1U << 1,      ///< "gateway-error": 502, 503, 504, and no response at all.
  kRetryOnReset = 1U << 2,             ///< "reset": the upstream did not answer (also a timeout).
  kRetryOnConnectFailure = 1U << 3,    ///< "connect-failure".
  kRetryOnRetriable4xx = 1U << 4,      ///< "retriable-4xx": 409 alone.
  kRetryOnRefusedStream = 1U << 5,     ///< "refused-stream".
  kRetryOnStatusCodes = 1U << 6,       ///< "retriable-status-codes": see RetryPolicy::status_codes.
  kRetryOnRateLimited = 1U << 7,       ///< "envoy-ratelimited".
  kRetryOnCancelled = 1U << 8,         ///< gRPC "cancelled" (1), from here on by grpc-status.
  kRetryOnDeadlineExceeded = 1U << 9,  ///< gRPC "deadline-exceeded" (4).
  kRetryOnResourceExhausted = 1U << 10,  ///< gRPC "resource-exhausted" (8).
  kRetryOnInternal = 1U << 11,           ///< gRPC "internal" (13).
  kRetryOnUnavailable = 1U << 12,        ///< gRPC "unavailable" (14).
};

/// How the window of the retry back-off grows. Envoy's code and its documentation differ from the
/// second retry on; the code is the default.
enum class BackoffGrowth : std::uint8_t {
  kCode,  ///< Windows B, 2B, 4B, ... up to the maximum (25, 50, 100, 200, 250 ms).
  kDocs,  ///< Windows (2^n - 1) B (25, 75, 175, 250 ms).
};

struct RetryPolicy {
  std::uint32_t retry_on = 0;     ///< RetryOn bits; 0 retries nothing.
  std::uint32_t num_retries = 1;  ///< Tries beyond the first one.
  Duration per_try_timeout{0};    ///< Per attempt, until response headers; 0 = off.
  Duration backoff_base = std::chrono::milliseconds(25);
  Duration backoff_max = std::chrono::milliseconds(250);  ///< Envoy: 10 x base.
  BackoffGrowth growth = BackoffGrowth::kCode;
  std::vector<std::uint16_t> status_codes;  ///< For kRetryOnStatusCodes.
  bool previous_hosts = false;  ///< Host predicate: avoid hosts that were tried already.
  std::uint32_t host_selection_retry_max_attempts =
      1;  ///< Reselections, then the last host is used.
};

/// Retry budget: replaces `max_retries`. Allowed concurrent retries are
/// max(budget_ppm x (active + pending requests), min_retry_concurrency), truncated.
struct RetryBudget {
  std::uint32_t budget_ppm = 200'000;
  std::uint32_t min_retry_concurrency = 3;
};

/// Limits per cluster and proxy (Envoy's default priority).
/// Source: Envoy api, config/cluster/v3/circuit_breaker.proto.
struct CircuitBreakers {
  std::uint32_t max_connections = 1024;
  std::uint32_t max_pending_requests = 1024;
  std::uint32_t max_requests = 1024;
  std::uint32_t max_retries = 3;
  std::optional<RetryBudget> retry_budget;
};

/// Passive health checking. Source: Envoy api, config/cluster/v3/outlier_detection.proto, and
/// source/common/upstream/outlier_detection_impl.cc where the two differ.
struct OutlierDetection {
  std::uint32_t consecutive_5xx = 5;              ///< 0 = off.
  std::uint32_t consecutive_gateway_failure = 5;  ///< 0 = off.
  std::uint32_t consecutive_local_origin_failure = 5;
  std::uint32_t enforcing_consecutive_5xx = 100;  ///< Percent.
  std::uint32_t enforcing_consecutive_gateway_failure = 0;
  std::uint32_t enforcing_consecutive_local_origin_failure = 100;
  bool split_external_local_origin_errors = false;
  Duration interval = std::chrono::seconds(10);
  Duration base_ejection_time = std::chrono::seconds(30);
  Duration max_ejection_time = std::chrono::seconds(300);
  Duration max_ejection_time_jitter{0};
  std::uint32_t max_ejection_percent = 10;
  /// Envoy before 1.28, Consul's and App Mesh's texts: one host may always be ejected.
  bool always_eject_one_host = false;
  std::uint32_t enforcing_success_rate = 0;  ///< Percent; Istio switches success rate off.
  std::uint32_t success_rate_minimum_hosts = 5;
  std::uint32_t success_rate_request_volume = 100;
  std::uint32_t success_rate_stdev_factor = 1900;  ///< Thousandths.
  std::uint32_t enforcing_failure_percentage = 0;  ///< Percent.
  std::uint32_t failure_percentage_threshold = 85;
  std::uint32_t failure_percentage_minimum_hosts = 5;
  std::uint32_t failure_percentage_request_volume = 50;
};

enum class LbPolicy : std::uint8_t { kRoundRobin, kLeastRequest, kRandom };

enum class UpstreamProtocol : std::uint8_t {
  kHttp1,  ///< One request at a time on a connection.
  kHttp2,  ///< Up to `max_concurrent_streams` requests on a connection.
};

/// Fault filter: delay first, then abort. Source: Envoy api, filters/http/fault/v3/fault.proto.
struct FaultPolicy {
  std::uint32_t delay_ppm = 0;
  Duration fixed_delay{0};
  std::uint32_t abort_ppm = 0;
  std::uint16_t abort_status = 503;
  std::uint32_t max_active_faults = kUnlimited;
};

}  // namespace shaketable::proxy
