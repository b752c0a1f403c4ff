#include "loadgen/results/text.h"

#include <array>
#include <cmath>

#include <fmt/format.h>

namespace shaketable::loadgen {
namespace {

/// Three significant digits, without zeros at the end of a fraction.
std::string three_digits(double value) {
  if (value == 0) {
    return "0";
  }
  const int digits = value >= 99.95 ? 0 : value >= 9.995 ? 1 : value >= 0.9995 ? 2 : 3;
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (digits > 0) {
    while (text.back() == '0') {
      text.pop_back();
    }
    if (text.back() == '.') {
      text.pop_back();
    }
  }
  return text;
}

std::string grouped(const std::string& digits) {
  std::string result;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) {
      result += ',';
    }
    result += digits[i];
  }
  return result;
}

}  // namespace

std::string duration_text(proxy::Duration time) {
  const auto ns = static_cast<double>(time.count());
  if (time.count() < 0) {
    return "-" + duration_text(-time);
  }
  if (ns < 999.5) {
    return time.count() == 0 ? "0" : fmt::format("{} ns", time.count());
  }
  if (ns < 999.5e3) {
    return three_digits(ns / 1e3) + " us";
  }
  if (ns < 999.5e6) {
    return three_digits(ns / 1e6) + " ms";
  }
  if (ns < 599.5e9) {
    return three_digits(ns / 1e9) + " s";
  }
  return fmt::format("{} min", std::lround(ns / 60e9));
}

std::string count_text(std::uint64_t count) { return grouped(std::to_string(count)); }

std::string rate_text(std::uint64_t count, proxy::Duration time) {
  if (time.count() <= 0) {
    return "-";
  }
  const double rate = static_cast<double>(count) * 1e9 / static_cast<double>(time.count());
  return rate < 999.5 ? three_digits(rate) : grouped(fmt::format("{:.0f}", rate));
}

std::string bytes_text(double bytes) {
  constexpr std::array<const char*, 6> kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  std::size_t unit = 0;
  while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return three_digits(bytes) + ' ' + kUnits[unit];
}

std::string share_text(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) {
    return "0 %";
  }
  const double percent = static_cast<double>(part) * 100 / static_cast<double>(whole);
  return percent < 0.001 ? "< 0.001 %" : three_digits(percent) + " %";
}

std::string quantile_name(std::uint32_t ppm) {
  std::string text = fmt::format("{}.{:04}", ppm / 10'000, ppm % 10'000);
  while (text.back() == '0') {
    text.pop_back();
  }
  if (text.back() == '.') {
    text.pop_back();
  }
  return "p" + text;
}

std::string plain_text(std::string_view text, std::size_t most) {
  std::string result;
  for (const char c : text) {
    if (result.size() >= most) {
      return result + "...";
    }
    const auto byte = static_cast<unsigned char>(c);
    result += byte < 0x20 || byte == 0x7f || (byte >= 0x80 && byte < 0xa0) ? '?' : c;
  }
  return result;
}

}  // namespace shaketable::loadgen
