#include "engine/judge/units.h"

#include <algorithm>
#include <array>

#include "engine/judge/decimal.h"
#include "engine/record/run_record.h"

namespace shaketable::engine {
namespace {

// `value` / `scale` with `decimals` decimals, rounded half up. `value` must not be negative.
std::string fixed(std::int64_t value, std::int64_t scale, int decimals) {
  std::int64_t power = 1;
  for (int i = 0; i < decimals; ++i) {
    power *= 10;
  }
  const auto rounded =
      static_cast<std::int64_t>((static_cast<__int128>(value) * power + scale / 2) / scale);
  std::string text = std::to_string(rounded / power);
  if (decimals > 0) {
    std::string fraction = std::to_string(rounded % power);
    fraction.insert(0, static_cast<std::size_t>(decimals) - fraction.size(), '0');
    text += '.' + fraction;
  }
  return text;
}

// Thousands separators for the digits before the point.
std::string grouped(std::string text) {
  const std::size_t first = text.starts_with('-') ? 1 : 0;
  for (std::size_t end = std::min(text.find('.'), text.size()); end > first + 3; end -= 3) {
    text.insert(end - 3, 1, ',');
  }
  return text;
}

std::string without_trailing_zeros(std::string text) {
  if (text.find('.') == std::string::npos) {
    return text;
  }
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') {
    text.pop_back();
  }
  return text;
}

// Three significant digits of `value` / `scale`.
std::string three_digits(std::int64_t value, std::int64_t scale) {
  // 9.995 rounds to 10.0, which has two digits before the point: choose by the rounded value.
  if (value < scale * 10 - scale / 200) {
    return fixed(value, scale, 2);
  }
  return fixed(value, scale, value < scale * 100 - scale / 20 ? 1 : 0);
}

std::string signed_text(std::int64_t value, std::string (*format)(std::int64_t)) {
  return value < 0 ? '-' + format(-value) : format(value);
}

std::string positive_duration(std::int64_t ns) {
  constexpr std::int64_t kMicro = 1'000, kMilli = 1'000'000, kSecond = 1'000'000'000;
  if (ns < kMicro) {
    return std::to_string(ns) + " ns";
  }
  if (ns < kMilli - kMicro / 2) {
    return without_trailing_zeros(three_digits(ns, kMicro)) + " us";
  }
  if (ns < kSecond - kMilli / 2) {
    return without_trailing_zeros(three_digits(ns, kMilli)) + " ms";
  }
  return grouped(without_trailing_zeros(three_digits(ns, kSecond))) + " s";
}

std::string positive_ppm(std::int64_t ppm) {
  constexpr std::int64_t kPercent = 10'000, kAll = 1'000'000;
  int decimals = ppm < 10 * kPercent || ppm > 99 * kPercent ? 2 : 1;
  if (ppm < kPercent / 100 || (ppm < kAll && ppm >= kAll - kPercent / 200)) {
    decimals = 4;  // Nearly nothing is not nothing, and nearly all is not all.
  }
  return grouped(without_trailing_zeros(fixed(ppm, kPercent, decimals))) + " %";
}

}  // namespace

std::string format_duration(std::int64_t nanoseconds) {
  return nanoseconds == 0 ? "0 s" : signed_text(nanoseconds, positive_duration);
}

std::string format_duration(proxy::Duration duration) { return format_duration(duration.count()); }

std::string format_instant(Instant instant) {
  if (instant == proxy::kNever) {
    return "never";
  }
  return grouped(
             fixed(std::max<std::int64_t>(proxy::nanoseconds_of(instant), 0), 1'000'000'000, 1)) +
         " s";
}

std::string format_span(Instant from, Instant to) {
  const auto edge = [](Instant at) {
    return grouped(without_trailing_zeros(
        fixed(std::max<std::int64_t>(proxy::nanoseconds_of(at), 0), 1'000'000'000, 2)));
  };
  return edge(from) + '-' + (to == proxy::kNever ? std::string("end") : edge(to) + " s");
}

std::string format_ppm(std::int64_t ppm) { return signed_text(ppm, positive_ppm); }

std::string format_count(std::uint64_t count) { return grouped(std::to_string(count)); }

std::string format_millionths(std::int64_t millionths, int decimals) {
  const bool negative = millionths < 0;
  const std::string text =
      without_trailing_zeros(fixed(negative ? -millionths : millionths, 1'000'000, decimals));
  return negative ? '-' + text : text;
}

std::string format_decimal(std::int64_t millionths, int decimals) {
  return grouped(format_millionths(millionths, decimals));
}

std::string format_bytes(std::uint64_t bytes) {
  constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  std::uint64_t one = 1;
  while (unit + 1 < kUnits.size() && bytes / one >= 1'024) {
    one *= 1'024;
    ++unit;
  }
  const std::uint64_t tenths = bytes % one * 10 / one + (bytes % one * 10 % one * 2 >= one ? 1 : 0);
  const std::uint64_t whole = bytes / one + tenths / 10;
  const std::string fraction = tenths % 10 == 0 ? "" : "." + std::to_string(tenths % 10);
  return std::to_string(whole) + fraction + ' ' + kUnits[unit];
}

std::string format_rate(std::int64_t micro_per_second) {
  constexpr std::int64_t kOne = 1'000'000;
  const int decimals = micro_per_second < 10 * kOne ? 2 : (micro_per_second < 1000 * kOne ? 1 : 0);
  return format_decimal(micro_per_second, decimals) + "/s";
}

std::string format_metric(Metric metric, std::int64_t value) {
  switch (metric) {
    case Metric::kSuccessRate:
    case Metric::kErrorRate:
    case Metric::kRetryRatio:
    case Metric::kUtilisation:
    case Metric::kShare:
      return format_ppm(value);
    case Metric::kRps:
    case Metric::kGoodput:
      return format_rate(value);
    case Metric::kMean:
    case Metric::kP50:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP99:
    case Metric::kP999:
    case Metric::kMax:
      return format_duration(value);
    case Metric::kQueue:
      return format_decimal(value, 2);
    case Metric::kRequests:
      return format_count(static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0)));
  }
  return std::to_string(value);
}

const char* name_of(Metric metric) {
  constexpr std::array kNames{
      "success_rate", "error_rate", "rps", "goodput", "mean",        "p50",   "p90",      "p95",
      "p99",          "p99.9",      "max", "retries", "utilisation", "queue", "requests", "share"};
  return kNames[static_cast<std::size_t>(metric)];
}

const char* name_of(EventKind kind) {
  constexpr std::array kNames{"circuit_open", "circuit_close", "ejection",    "unejection",
                              "overflow",     "panic",         "queue_full",  "fault_start",
                              "fault_end",    "instance_down", "instance_up", "config_push",
                              "degraded",     "recovered",     "scaled"};
  static_assert(kNames.size() == static_cast<std::size_t>(EventKind::kScaled) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

const char* words_for(EventKind kind) {
  constexpr std::array kWords{"circuit open",
                              "circuit closed",
                              "ejected",
                              "back in load balancing",
                              "requests refused by a circuit breaker",
                              "panic: balancing over all hosts",
                              "queue full, requests refused",
                              "fault begins",
                              "fault ends",
                              "instance down",
                              "instance up",
                              "new configuration arrives",
                              "leaves its normal state",
                              "back to normal",
                              "scaled"};
  static_assert(kWords.size() == static_cast<std::size_t>(EventKind::kScaled) + 1);
  return kWords[static_cast<std::size_t>(kind)];
}

const char* name_of(FaultKind kind) {
  constexpr std::array kNames{
      "delay",           "abort",       "reset",     "blackhole",   "partition",   "kill",
      "pause",           "slow",        "loss",      "load",        "config_push", "scale",
      "deploy",          "node_loss",   "leak",      "cache_flush", "bandwidth",   "dns_stale",
      "discovery_delay", "cert_expire", "clock_skew"};
  static_assert(kNames.size() == static_cast<std::size_t>(FaultKind::kClockSkew) + 1);
  return kNames[static_cast<std::size_t>(kind)];
}

const char* name_of_outcome(std::size_t outcome) {
  constexpr std::array<const char*, kOutcomes> kNames{"ok",         "client_error", "server_error",
                                                      "timeout",    "refused",      "no_host",
                                                      "connection", "injected"};
  return outcome < kNames.size() ? kNames[outcome] : "unknown";
}

}  // namespace shaketable::engine
