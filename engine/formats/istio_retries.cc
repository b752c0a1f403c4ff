#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_words.h"

namespace shaketable::engine::istio {
namespace {

using proxy::RetryPolicy;

// Envoy has these, we do not.
constexpr std::string_view kNotModelled[] = {"reset-before-request", "retriable-headers",
                                             "http3-post-connect-failure"};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// A bare status code between the commas, or 0.
std::uint16_t status_code(std::string_view word) {
  if (word.size() != 3) {
    return 0;
  }
  std::uint16_t code = 0;
  for (const char c : word) {
    if (c < '0' || c > '9') {
      return 0;
    }
    code = static_cast<std::uint16_t>(code * 10 + (c - '0'));
  }
  return code >= 100 && code < 600 ? code : std::uint16_t{0};
}

void add_word(const Node& node, std::string_view word, const std::string& path, RetryPolicy& policy,
              Diagnostics& diagnostics) {
  if (const std::uint16_t code = status_code(word); code != 0) {
    policy.status_codes.push_back(code);
    policy.retry_on |= proxy::kRetryOnStatusCodes;
    return;
  }
  std::vector<std::string_view> known_words;
  for (const auto& known : words::kRetryOn) {
    if (known.word == word) {
      policy.retry_on |= known.value;
      return;
    }
    known_words.push_back(known.word);
  }
  for (const std::string_view known : kNotModelled) {
    if (known == word) {
      say(node, Severity::kWarning, code::kIstioNotModelled,
          path + ": " + std::string(word) + " is not modelled: it retries nothing here", {},
          diagnostics);
      return;
    }
    known_words.push_back(known);
  }
  say(node, Severity::kError, code::kIstioRejected,
      "Istio refuses this: " + path + " knows no " + quoted(word), nearest_name(word, known_words),
      diagnostics);
}

void read_retry_on(const Node& node, const std::string& path, RetryPolicy& policy,
                   Diagnostics& diagnostics) {
  const std::optional<std::string> text = read_string(&node, diagnostics);
  if (!text || trimmed(*text).empty()) {
    return;  // Empty means the default.
  }
  policy.retry_on = 0;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::size_t comma = rest.find(',');
    const std::string_view word = trimmed(rest.substr(0, comma));
    rest = comma == std::string_view::npos ? std::string_view() : rest.substr(comma + 1);
    if (!word.empty()) {
      add_word(node, word, path, policy, diagnostics);
    }
  }
}

// The trap that most files with perTryTimeout walk into: a try that timed out is retried only by
// the conditions that count it as a reset.
void warn_of_timeouts(FieldReader& fields, const RetryPolicy& policy) {
  constexpr std::uint32_t kRetriesTimeouts =
      proxy::kRetryOn5xx | proxy::kRetryOnGatewayError | proxy::kRetryOnReset;
  if (policy.per_try_timeout > proxy::Duration::zero() &&
      (policy.retry_on & kRetriesTimeouts) == 0) {
    fields.warn("perTryTimeout", code::kIstioSurprise,
                "a try that reaches " + fields.path("perTryTimeout") +
                    " is not tried again: the request ends with 504 there",
                "retryOn needs 5xx, gateway-error or reset");
  }
}

}  // namespace

std::optional<RetryPolicy> read_retries(const Node* node, const std::string& path,
                                        Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  RetryPolicy policy = istio_default_retries();
  const Node* attempts = fields.take("attempts");
  const std::optional<std::uint32_t> count = read_uint32(attempts, diagnostics, 0x7fff'ffffU);
  policy.num_retries = count.value_or(0);
  if (const auto timeout = read_istio_duration(fields.take("perTryTimeout"), diagnostics)) {
    policy.per_try_timeout = *timeout;
  }
  if (const Node* retry_on = fields.take("retryOn")) {
    read_retry_on(*retry_on, fields.path("retryOn"), policy, diagnostics);
  }
  if (const auto backoff = read_istio_duration(fields.take("backoff"), diagnostics)) {
    policy.backoff_base = *backoff;
    policy.backoff_max = *backoff * 10;
  }
  if (const auto ignore = read_bool(fields.take("retryIgnorePreviousHosts"), diagnostics)) {
    policy.previous_hosts = *ignore;
  }
  fields.not_modelled("retryRemoteLocalities", "hosts are not chosen by locality");
  fields.finish();
  if (attempts == nullptr && fields.node() != nullptr) {
    fields.warn({}, code::kIstioSurprise,
                path + " has no attempts, which Istio reads as 0: this switches retries off",
                "write attempts: 2");
  }
  if (policy.num_retries == 0) {
    return std::nullopt;
  }
  warn_of_timeouts(fields, policy);
  return policy;
}

}  // namespace shaketable::engine::istio
