#include "proxy/core/retry_policy.h"

#include <algorithm>

namespace shaketable::proxy {
namespace {

// As in Envoy, "no response at all" counts as the 5xx that the caller would get for it.
constexpr std::uint32_t kOnAnyReset = kRetryOn5xx | kRetryOnGatewayError | kRetryOnReset;

bool wants_retry_of_grpc(const RetryPolicy& policy, std::uint8_t grpc_status) {
  switch (grpc_status) {
    case 1:
      return (policy.retry_on & kRetryOnCancelled) != 0;
    case 4:
      return (policy.retry_on & kRetryOnDeadlineExceeded) != 0;
    case 8:
      return (policy.retry_on & kRetryOnResourceExhausted) != 0;
    case 13:
      return (policy.retry_on & kRetryOnInternal) != 0;
    case 14:
      return (policy.retry_on & kRetryOnUnavailable) != 0;
    default:
      return false;
  }
}

}  // namespace

bool wants_retry(const RetryPolicy& policy, const ResponseHead& response) {
  const std::uint16_t status = response.status;
  if (response.rate_limited) {
    return (policy.retry_on & kRetryOnRateLimited) != 0;
  }
  if ((policy.retry_on & kRetryOn5xx) != 0 && status >= 500 && status < 600) {
    return true;
  }
  if ((policy.retry_on & kRetryOnGatewayError) != 0 && status >= 502 && status <= 504) {
    return true;
  }
  if ((policy.retry_on & kRetryOnRetriable4xx) != 0 && status == 409) {
    return true;
  }
  if ((policy.retry_on & kRetryOnStatusCodes) != 0 &&
      std::find(policy.status_codes.begin(), policy.status_codes.end(), status) !=
          policy.status_codes.end()) {
    return true;
  }
  return response.grpc_status != 0 && wants_retry_of_grpc(policy, response.grpc_status);
}

bool wants_retry(const RetryPolicy& policy, ResetReason reason) {
  switch (reason) {
    case ResetReason::kOverflow:
      return false;
    case ResetReason::kConnectFailure:
      return (policy.retry_on & (kOnAnyReset | kRetryOnConnectFailure)) != 0;
    case ResetReason::kRefusedStream:
      return (policy.retry_on & (kOnAnyReset | kRetryOnRefusedStream)) != 0;
    case ResetReason::kRemoteReset:
    case ResetReason::kConnectionTermination:
    case ResetReason::kPerTryTimeout:
      return (policy.retry_on & kOnAnyReset) != 0;
  }
  return false;
}

Duration backoff_window(const RetryPolicy& policy, std::uint32_t retry) {
  Duration window = std::min(policy.backoff_base, policy.backoff_max);
  // 40 doublings take any base beyond any maximum.
  const std::uint32_t doublings = std::min(retry > 0 ? retry - 1 : 0, 40U);
  for (std::uint32_t i = 0; i < doublings; ++i) {
    if (policy.growth == BackoffGrowth::kDocs) {
      // (2^n - 1) B: each window is the one before doubled, plus the base.
      window = std::min(window * 2 + policy.backoff_base, policy.backoff_max);
    } else {
      window = window < policy.backoff_max / 2 ? window * 2 : policy.backoff_max;
    }
  }
  return window;
}

Duration backoff_delay(const RetryPolicy& policy, std::uint32_t retry, Rng& rng) {
  const std::int64_t milliseconds =
      std::chrono::duration_cast<std::chrono::milliseconds>(backoff_window(policy, retry)).count();
  if (milliseconds <= 0) {
    return Duration::zero();
  }
  return std::chrono::milliseconds(rng.below(static_cast<std::uint64_t>(milliseconds)));
}

}  // namespace shaketable::proxy
