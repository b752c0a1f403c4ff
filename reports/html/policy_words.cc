#include "reports/html/policy_words.h"

#include <array>
#include <utility>
#include <vector>

#include "engine/judge/units.h"

namespace shaketable::reports {
namespace {

using engine::format_duration;

std::string joined(const std::vector<std::string>& parts, const char* between) {
  std::string text;
  for (const std::string& part : parts) {
    text += (text.empty() ? "" : between) + part;
  }
  return text;
}

std::string conditions_of(const proxy::RetryPolicy& retry) {
  constexpr std::array<std::pair<std::uint32_t, const char*>, 13> kWords{
      {{proxy::kRetryOn5xx, "5xx"},
       {proxy::kRetryOnGatewayError, "gateway-error"},
       {proxy::kRetryOnReset, "reset"},
       {proxy::kRetryOnConnectFailure, "connect-failure"},
       {proxy::kRetryOnRetriable4xx, "retriable-4xx"},
       {proxy::kRetryOnRefusedStream, "refused-stream"},
       {proxy::kRetryOnStatusCodes, ""},
       {proxy::kRetryOnRateLimited, "envoy-ratelimited"},
       {proxy::kRetryOnCancelled, "cancelled"},
       {proxy::kRetryOnDeadlineExceeded, "deadline-exceeded"},
       {proxy::kRetryOnResourceExhausted, "resource-exhausted"},
       {proxy::kRetryOnInternal, "internal"},
       {proxy::kRetryOnUnavailable, "unavailable"}}};
  std::vector<std::string> words;
  for (const auto& [bit, word] : kWords) {
    if ((retry.retry_on & bit) != 0 && *word != '\0') {
      words.emplace_back(word);
    }
  }
  for (const std::uint16_t status : retry.status_codes) {
    words.push_back(std::to_string(status));
  }
  return joined(words, ", ");
}

}  // namespace

std::string retry_words(const proxy::Route& route) {
  if (!route.retry || route.retry->retry_on == 0 || route.retry->num_retries == 0) {
    return "none";
  }
  const proxy::RetryPolicy& retry = *route.retry;
  std::string text = std::to_string(retry.num_retries) +
                     (retry.num_retries == 1 ? " more try on " : " more tries on ") +
                     conditions_of(retry);
  if (retry.per_try_timeout.count() > 0) {
    text += "; " + format_duration(retry.per_try_timeout) + " each";
  }
  return text + "; back-off " + format_duration(retry.backoff_base) + " to " +
         format_duration(retry.backoff_max);
}

std::string timeout_words(const proxy::Route& route) {
  return route.timeout.count() > 0 ? format_duration(route.timeout) + " for all tries" : "none";
}

std::string breaker_words(const proxy::CircuitBreakers& breakers) {
  std::vector<std::string> parts;
  const auto limit = [&parts](std::uint32_t value, const char* what) {
    if (value != proxy::kUnlimited) {
      parts.push_back(engine::format_count(value) + ' ' + what);
    }
  };
  limit(breakers.max_connections, "connections");
  limit(breakers.max_pending_requests, "pending");
  limit(breakers.max_requests, "requests");
  if (breakers.retry_budget) {
    parts.push_back("retries up to " + engine::format_ppm(breakers.retry_budget->budget_ppm) +
                    " of what is active, at least " +
                    std::to_string(breakers.retry_budget->min_retry_concurrency));
  } else {
    limit(breakers.max_retries, "retries at a time");
  }
  return parts.empty() ? "no limit" : joined(parts, ", ");
}

std::string outlier_words(const engine::ClusterPolicy& policy) {
  if (!policy.outlier_detection) {
    return "off";
  }
  const proxy::OutlierDetection& it = *policy.outlier_detection;
  std::vector<std::string> causes;
  if (it.consecutive_5xx > 0 && it.enforcing_consecutive_5xx > 0) {
    causes.push_back(std::to_string(it.consecutive_5xx) + " consecutive 5xx");
  }
  if (it.consecutive_gateway_failure > 0 && it.enforcing_consecutive_gateway_failure > 0) {
    causes.push_back(std::to_string(it.consecutive_gateway_failure) +
                     " consecutive gateway errors");
  }
  if (it.split_external_local_origin_errors && it.consecutive_local_origin_failure > 0) {
    causes.push_back(std::to_string(it.consecutive_local_origin_failure) +
                     " consecutive local failures");
  }
  if (it.enforcing_success_rate > 0) {
    causes.emplace_back("success rate");
  }
  if (it.enforcing_failure_percentage > 0) {
    causes.push_back(std::to_string(it.failure_percentage_threshold) + " % failures");
  }
  return (causes.empty() ? "no cause is enforced" : joined(causes, " or ")) + "; for " +
         format_duration(it.base_ejection_time) + ", at most " +
         std::to_string(it.max_ejection_percent) + " % of the hosts; looked at each " +
         format_duration(it.interval);
}

std::string balancer_words(const engine::ClusterPolicy& policy) {
  std::string text;
  switch (policy.lb_policy) {
    case proxy::LbPolicy::kRoundRobin:
      text = "round robin";
      break;
    case proxy::LbPolicy::kLeastRequest:
      text = policy.full_scan
                 ? "least request (all hosts)"
                 : "least request (" + std::to_string(policy.choice_count) + " choices)";
      break;
    case proxy::LbPolicy::kRandom:
      text = "random";
      break;
  }
  return text + (policy.protocol == proxy::UpstreamProtocol::kHttp2 ? ", HTTP/2" : ", HTTP/1.1");
}

std::string rule_words(const engine::Mesh& mesh, const engine::RouteRule& rule) {
  std::uint64_t all = 0;
  for (const engine::RouteDestination& to : rule.destinations) {
    all += to.weight;
  }
  std::vector<std::string> parts;
  for (const engine::RouteDestination& to : rule.destinations) {
    std::string name =
        to.service < mesh.services.size() ? mesh.services[to.service].name : "nowhere";
    name += to.subset.empty() ? "" : ' ' + to.subset;
    const std::uint64_t ppm = all == 0 ? 0 : std::uint64_t{to.weight} * 1'000'000 / all;
    parts.push_back(rule.destinations.size() == 1
                        ? name
                        : name + ' ' + engine::format_ppm(static_cast<std::int64_t>(ppm)));
  }
  std::string text = rule.route.match.path.text.empty() ? "" : rule.route.match.path.text + ": ";
  for (const proxy::HeaderMatch& header : rule.route.match.headers) {
    text += header.name + (header.invert ? " is not " : " is ") + header.value.text + ": ";
  }
  return text + joined(parts, ", ");
}

}  // namespace shaketable::reports
