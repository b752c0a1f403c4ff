#include "proxy/core/circuit_breaker.h"

#include <gtest/gtest.h>

namespace shaketable::proxy {
namespace {

TEST(CircuitBreakerTest, AllowsAsManyAsTheLimitAtOnce) {
  CircuitBreakers limits;
  limits.max_connections = limits.max_pending_requests = limits.max_requests = 2;
  limits.max_retries = 2;
  CircuitBreaker breaker;
  breaker.connections = breaker.pending_requests = breaker.requests = breaker.retries = 1;
  EXPECT_TRUE(breaker.can_connect(limits) && breaker.can_queue(limits) &&
              breaker.can_request(limits) && breaker.can_retry(limits));

  breaker.connections = breaker.pending_requests = breaker.requests = breaker.retries = 2;

  EXPECT_FALSE(breaker.can_connect(limits) || breaker.can_queue(limits) ||
               breaker.can_request(limits) || breaker.can_retry(limits));
}

TEST(CircuitBreakerTest, GivesABudgetOfTheBusyRequestsButAtLeastItsMinimum) {
  // Rows EN-RB of the fidelity table: busy, percent, minimum -> allowed.
  struct Row {
    std::uint32_t busy, percent, minimum, allowed;
  };
  for (const Row& row : {Row{0, 20, 3, 3}, Row{10, 20, 3, 3}, Row{24, 20, 3, 4}, Row{25, 20, 3, 5},
                         Row{100, 20, 5, 20}, Row{1000, 0, 0, 0}}) {
    CircuitBreakers limits;
    limits.max_retries = 1;  // replaced by the budget
    limits.retry_budget = RetryBudget{row.percent * 10'000, row.minimum};
    CircuitBreaker breaker;
    breaker.requests = row.busy / 2;
    breaker.pending_requests = row.busy - row.busy / 2;

    EXPECT_EQ(breaker.retry_limit(limits), row.allowed) << row.busy;
  }
}

}  // namespace
}  // namespace shaketable::proxy
