#include "proxy/core/retry_policy.h"

#include <array>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

RetryPolicy on(std::uint32_t bits) {
  RetryPolicy policy;
  policy.retry_on = bits;
  return policy;
}

ResponseHead answer(std::uint16_t status, std::uint8_t grpc = 0, bool rate_limited = false) {
  return {status, true, grpc, rate_limited};
}

/// Every condition, and the statuses of 200, 409, 429 and 500 to 505 that it tries again.
TEST(RetryPolicyTest, TriesStatusesAgainByTheConditionOnly) {
  const std::vector<std::uint16_t> statuses = {200, 301, 404, 409, 429, 499, 500,
                                               501, 502, 503, 504, 505, 599};
  struct Case {
    std::uint32_t bits;
    std::vector<std::uint16_t> retried;
  };
  const std::vector<Case> cases = {
      {kRetryOn5xx, {500, 501, 502, 503, 504, 505, 599}},
      {kRetryOnGatewayError, {502, 503, 504}},
      {kRetryOnRetriable4xx, {409}},
      {kRetryOnReset | kRetryOnConnectFailure | kRetryOnRefusedStream, {}},
      {kRetryOnRateLimited, {}},
      {kRetryOnUnavailable, {}},
      {0, {}}};
  for (const Case& c : cases) {
    for (const std::uint16_t status : statuses) {
      const bool wanted = std::find(c.retried.begin(), c.retried.end(), status) != c.retried.end();
      EXPECT_EQ(wants_retry(on(c.bits), answer(status)), wanted) << c.bits << " " << status;
    }
  }
}

TEST(RetryPolicyTest, TriesListedStatusCodesAgain) {
  RetryPolicy policy = on(kRetryOnStatusCodes);
  policy.status_codes = {429, 404};

  EXPECT_TRUE(wants_retry(policy, answer(429)));
  EXPECT_TRUE(wants_retry(policy, answer(404)));
  EXPECT_FALSE(wants_retry(policy, answer(503)));
  policy.retry_on = 0;
  EXPECT_FALSE(wants_retry(policy, answer(429))) << "the list alone asks for nothing";
}

TEST(RetryPolicyTest, TriesARateLimitedResponseAgainOnlyIfToldSo) {
  EXPECT_FALSE(wants_retry(on(kRetryOn5xx), answer(503, 0, true)));
  EXPECT_TRUE(wants_retry(on(kRetryOnRateLimited), answer(429, 0, true)));
}

TEST(RetryPolicyTest, KnowsTheConditionsOfGrpc) {
  const std::array<std::pair<std::uint32_t, std::uint8_t>, 5> pairs = {
      {{kRetryOnCancelled, 1},
       {kRetryOnDeadlineExceeded, 4},
       {kRetryOnResourceExhausted, 8},
       {kRetryOnInternal, 13},
       {kRetryOnUnavailable, 14}}};
  for (const auto& [bit, status] : pairs) {
    for (std::uint8_t grpc = 0; grpc <= 16; ++grpc) {
      EXPECT_EQ(wants_retry(on(bit), answer(200, grpc)), grpc == status) << bit << " " << +grpc;
    }
  }
}

TEST(RetryPolicyTest, TriesResetsAgainByTheirKind) {
  using R = ResetReason;
  struct Case {
    std::uint32_t bits;
    std::vector<R> retried;
  };
  const std::vector<R> all = {R::kConnectFailure,        R::kRemoteReset, R::kRefusedStream,
                              R::kConnectionTermination, R::kOverflow,    R::kPerTryTimeout};
  const std::vector<R> any = {R::kConnectFailure, R::kRemoteReset, R::kRefusedStream,
                              R::kConnectionTermination, R::kPerTryTimeout};
  const std::vector<Case> cases = {{kRetryOn5xx, any},
                                   {kRetryOnGatewayError, any},
                                   {kRetryOnReset, any},
                                   {kRetryOnConnectFailure, {R::kConnectFailure}},
                                   {kRetryOnRefusedStream, {R::kRefusedStream}},
                                   {kRetryOnStatusCodes | kRetryOnRetriable4xx, {}},
                                   {0, {}}};
  for (const Case& c : cases) {
    for (const R reason : all) {
      const bool wanted = std::find(c.retried.begin(), c.retried.end(), reason) != c.retried.end();
      EXPECT_EQ(wants_retry(on(c.bits), reason), wanted)
          << c.bits << " " << static_cast<int>(reason);
    }
  }
}

TEST(BackoffTest, GrowsWindowsAsEnvoysCodeDoes) {
  const RetryPolicy policy;

  const std::array<int, 7> wanted = {25, 50, 100, 200, 250, 250, 250};
  for (std::uint32_t retry = 1; retry <= wanted.size(); ++retry) {
    EXPECT_EQ(backoff_window(policy, retry), std::chrono::milliseconds(wanted[retry - 1])) << retry;
  }
}

TEST(BackoffTest, GrowsWindowsAsEnvoysDocumentationSays) {
  RetryPolicy policy;
  policy.growth = BackoffGrowth::kDocs;

  const std::array<int, 6> wanted = {25, 75, 175, 250, 250, 250};
  for (std::uint32_t retry = 1; retry <= wanted.size(); ++retry) {
    EXPECT_EQ(backoff_window(policy, retry), std::chrono::milliseconds(wanted[retry - 1])) << retry;
  }
}

TEST(BackoffTest, NeverExceedsTheMaximumHoweverManyRetries) {
  RetryPolicy policy;
  policy.backoff_base = 1h;
  policy.backoff_max = 2h;

  EXPECT_EQ(backoff_window(policy, 1), 1h);
  EXPECT_EQ(backoff_window(policy, 2), 2h);
  EXPECT_EQ(backoff_window(policy, 1'000'000), 2h);
  policy.backoff_base = 3h;
  EXPECT_EQ(backoff_window(policy, 1), 2h);
}

TEST(BackoffTest, DrawsWholeMillisecondsBelowTheWindow) {
  const RetryPolicy policy;
  Rng rng(3);
  // EN-BO-MEAN: means of the uniform integers 0 to window - 1.
  const std::array<double, 6> means = {12.0, 24.5, 49.5, 99.5, 124.5, 124.5};
  for (std::uint32_t retry = 1; retry <= means.size(); ++retry) {
    Duration sum{0};
    Duration greatest{0};
    for (int i = 0; i < 200'000; ++i) {
      const Duration delay = backoff_delay(policy, retry, rng);
      ASSERT_EQ(delay % 1ms, Duration::zero());
      greatest = std::max(greatest, delay);
      sum += delay;
    }
    EXPECT_NEAR(static_cast<double>(sum.count()) / 200'000 / 1e6, means[retry - 1],
                means[retry - 1] * 0.01);
    EXPECT_EQ(greatest, backoff_window(policy, retry) - 1ms);
  }
}

TEST(BackoffTest, DoesNotWaitWithoutABase) {
  RetryPolicy policy;
  policy.backoff_base = 0ns;
  Rng rng(1);

  EXPECT_EQ(backoff_delay(policy, 3, rng), 0ns);
}

}  // namespace
}  // namespace shaketable::proxy
