#include "proxy/http/grammar.h"

#include <algorithm>
#include <cstring>
#include <limits>

#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::uint64_t kOnes = 0x0101'0101'0101'0101U;
constexpr std::uint64_t kHighs = 0x8080'8080'8080'8080U;

/// Whether one of the eight bytes is below 0x20 or is 0x7f. HTAB is reported, too.
bool has_control(const char* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  const std::uint64_t below = (word - kOnes * 0x20U) & ~word & kHighs;
  const std::uint64_t other = word ^ (kOnes * 0x7fU);
  const std::uint64_t del = (other - kOnes) & ~other & kHighs;
  return (below | del) != 0;
}

/// Sixteen bytes at once, in the vector notation that gcc and clang share.
using Block = std::uint8_t __attribute__((vector_size(16)));

/// Not zero where a byte is a control character other than HTAB.
Block bad_bytes(const char* bytes) {
  Block block;
  std::memcpy(&block, bytes, sizeof block);
  return reinterpret_cast<Block>(((block < 0x20) & (block != '\t')) | (block == 0x7f));
}

bool is_zero(Block block) {
  std::uint64_t halves[2];
  std::memcpy(halves, &block, sizeof halves);
  return (halves[0] | halves[1]) == 0;
}

bool all_of_class(std::string_view text, CharClass wanted) {
  unsigned all = wanted;
  for (const char c : text) {
    all &= kCharClasses[static_cast<unsigned char>(c)];
  }
  return all != 0;
}

/// Whether text[i] begins a whole "%XX".
bool is_percent_encoded(std::string_view text, std::size_t i) {
  return i + 2 < text.size() && has_class(text[i + 1], kHexDigit) &&
         has_class(text[i + 2], kHexDigit);
}

bool is_reg_name(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (!is_percent_encoded(text, i)) {
        return false;
      }
      i += 2;
    } else if (!has_class(text[i], kRegNameChar)) {
      return false;
    }
  }
  return !text.empty();
}

bool is_port(std::string_view text) {
  unsigned value = 0;
  for (const char c : text) {
    if (!has_class(c, kDigit)) {
      return false;
    }
    value = value * 10 + static_cast<unsigned>(c - '0');
    if (value > 65535) {
      return false;
    }
  }
  return text.size() <= 5;
}

bool is_ipv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    unsigned value = 0;
    std::size_t digits = 0;
    while (digits < text.size() && digits < 3 && has_class(text[digits], kDigit)) {
      value = value * 10 + static_cast<unsigned>(text[digits++] - '0');
    }
    if (digits == 0 || value > 255 || (digits > 1 && text[0] == '0')) {
      return false;
    }
    text.remove_prefix(digits);
    if (part < 3) {
      if (text.empty() || text[0] != '.') {
        return false;
      }
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

/// IPv6address of RFC 3986, without brackets and zone.
bool is_ipv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.substr(0, 2) == "::") {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    std::size_t digits = 0;
    while (digits < text.size() && digits < 5 && has_class(text[digits], kHexDigit)) {
      ++digits;
    }
    if (digits < text.size() && text[digits] == '.') {
      return is_ipv4(text) && (gap ? groups <= 5 : groups == 6);
    }
    if (digits == 0 || digits > 4) {
      return false;
    }
    ++groups;
    text.remove_prefix(digits);
    if (text.empty()) {
      break;
    }
    if (text[0] != ':' || text.size() == 1) {
      return false;
    }
    text.remove_prefix(1);
    if (text[0] == ':') {
      if (gap) {
        return false;
      }
      gap = true;
      text.remove_prefix(1);
    }
  }
  return gap ? groups <= 7 : groups == 8;
}

/// Splits an authority into host and port text; `port` is null without a colon.
bool split_authority(std::string_view text, std::string_view& host, std::string_view& port,
                     bool& has_port) {
  std::size_t end = 0;
  if (!text.empty() && text[0] == '[') {
    end = text.find(']');
    if (end == std::string_view::npos) {
      return false;
    }
    ++end;
  } else {
    end = std::min(text.find(':'), text.size());
  }
  host = text.substr(0, end);
  has_port = end < text.size();
  if (has_port && text[end] != ':') {
    return false;
  }
  port = has_port ? text.substr(end + 1) : std::string_view{};
  return true;
}

bool check_authority(std::string_view text, bool wants_port) {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
  if (!split_authority(text, host, port, has_port) || !is_port(port) ||
      (wants_port && port.empty())) {
    return false;
  }
  return !host.empty() && host[0] == '[' ? is_ipv6(host.substr(1, host.size() - 2))
                                         : is_reg_name(host);
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && all_of_class(text, kTokenChar); }

bool is_field_value(std::string_view text) {
  // The last block of each loop overlaps the one before it.
  if (text.size() >= sizeof(Block)) {
    Block bad{};
    for (std::size_t i = 0; i < text.size(); i += sizeof(Block)) {
      bad |= bad_bytes(text.data() + std::min(i, text.size() - sizeof(Block)));
    }
    return is_zero(bad);
  }
  constexpr std::size_t kWord = sizeof(std::uint64_t);
  if (text.size() < kWord) {
    return all_of_class(text, kValueChar);
  }
  const std::string_view last = text.substr(text.size() - kWord);
  return (!has_control(text.data()) && !has_control(last.data())) || all_of_class(text, kValueChar);
}

bool is_authority(std::string_view text) { return check_authority(text, /*wants_port=*/false); }

bool is_authority_with_port(std::string_view text) {
  return check_authority(text, /*wants_port=*/true);
}

bool is_origin_form(std::string_view text) {
  if (text.empty() || text[0] != '/') {
    return false;
  }
  CharClass wanted = kPathChar;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (has_class(c, wanted)) [[likely]] {
      continue;
    }
    if (c == '%' && is_percent_encoded(text, i)) {
      i += 2;
    } else if (c == '?') {
      wanted = kQueryChar;
    } else {
      return false;
    }
  }
  return true;
}

bool parse_content_length(std::string_view text, std::uint64_t& value) {
  constexpr auto kMax = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  std::uint64_t result = 0;
  for (const char c : text) {
    if (!has_class(c, kDigit)) {
      return false;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    if (result > (kMax - digit) / 10) {
      return false;
    }
    result = result * 10 + digit;
  }
  if (text.empty()) {
    return false;
  }
  value = result;
  return true;
}

bool ListReader::next(std::string_view& element) {
  while (!rest_.empty()) {
    const std::size_t comma = rest_.find(',');
    element = trimmed(rest_.substr(0, comma));
    rest_ = comma == std::string_view::npos ? std::string_view{} : rest_.substr(comma + 1);
    if (!element.empty()) {
      return true;
    }
  }
  return false;
}

}  // namespace shaketable::proxy::http
