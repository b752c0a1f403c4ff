#pragma once

#include <cstdint>

#include "proxy/base/rng.h"
#include "proxy/base/time.h"
#include "proxy/config/policy.h"
#include "proxy/core/types.h"

/// Retry decisions as pure functions: what the policy wants, before limits and budgets.
/// Source: Envoy, source/common/router/retry_state_impl.cc (wouldRetryFromHeaders,
/// wouldRetryFromReset) and source/common/common/backoff_strategy.cc.
namespace shaketable::proxy {

/// Whether the policy wants another try after this response.
[[nodiscard]] bool wants_retry(const RetryPolicy& policy, const ResponseHead& response);

/// Whether the policy wants another try after an attempt without a response. An overflow is never
/// tried again: the limit that refused it would refuse the retry as well.
[[nodiscard]] bool wants_retry(const RetryPolicy& policy, ResetReason reason);

/// Upper end of the back-off window before retry number `retry` (1 = first).
[[nodiscard]] Duration backoff_window(const RetryPolicy& policy, std::uint32_t retry);

/// Back-off before retry number `retry`: whole milliseconds, uniform in [0, window). One draw.
[[nodiscard]] Duration backoff_delay(const RetryPolicy& policy, std::uint32_t retry, Rng& rng);

}  // namespace shaketable::proxy
