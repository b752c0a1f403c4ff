#include "reports/exports/timestamps.h"

#include "reports/exports/export_spans.h"

namespace shaketable::reports {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

/// Days since 1970 to a date of the proleptic Gregorian calendar.
struct Date {
  std::int64_t year;
  unsigned month, day;
};
Date date_of(std::int64_t days) {
  const std::chrono::year_month_day date{std::chrono::sys_days{std::chrono::days{days}}};
  return {int{date.year()}, unsigned{date.month()}, unsigned{date.day()}};
}

std::string padded(std::uint64_t number, std::size_t digits) {
  std::string text = std::to_string(number);
  return text.size() < digits ? std::string(digits - text.size(), '0') + text : text;
}

}  // namespace

std::string timestamp_text(proxy::Instant at, int decimals) {
  const std::int64_t unix_ns = kStartOfRuns + proxy::nanoseconds_of(at);
  const std::int64_t seconds = unix_ns / kSecond;
  const auto rest = static_cast<std::uint64_t>(unix_ns % kSecond);
  const Date date = date_of(seconds / 86'400);
  const auto of_day = static_cast<std::uint64_t>(seconds % 86'400);
  std::string text = padded(static_cast<std::uint64_t>(date.year), 4) + '-' +
                     padded(date.month, 2) + '-' + padded(date.day, 2) + 'T' +
                     padded(of_day / 3'600, 2) + ':' + padded(of_day / 60 % 60, 2) + ':' +
                     padded(of_day % 60, 2);
  if (decimals > 0) {
    text += '.' + padded(rest, 9).substr(0, static_cast<std::size_t>(decimals));
  }
  return text + 'Z';
}

std::string unix_seconds_text(proxy::Instant at) {
  const std::int64_t unix_ns = kStartOfRuns + proxy::nanoseconds_of(at);
  std::string text = std::to_string(unix_ns / kSecond);
  std::string rest = padded(static_cast<std::uint64_t>(unix_ns % kSecond), 9);
  rest.erase(rest.find_last_not_of('0') + 1);
  return rest.empty() ? text : text + '.' + rest;
}

std::string decimal_text(std::uint64_t numerator, std::uint64_t denominator, int decimals) {
  if (denominator == 0) {
    return "0";
  }
  std::uint64_t scale = 1;
  for (int i = 0; i < decimals; ++i) {
    scale *= 10;
  }
  // Whole part apart, so that nothing overflows below 2^64 / scale.
  std::uint64_t whole = numerator / denominator;
  const std::uint64_t left = numerator % denominator;
  auto part = static_cast<std::uint64_t>(
      (static_cast<unsigned __int128>(left) * scale + denominator / 2) / denominator);
  if (part == scale) {
    ++whole;
    part = 0;
  }
  std::string text = std::to_string(whole);
  return decimals == 0 ? text : text + '.' + padded(part, static_cast<std::size_t>(decimals));
}

}  // namespace shaketable::reports
