#include "engine/result/json_cursor.h"

#include <limits>
#include <utility>

namespace shaketable::engine {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

}  // namespace

void JsonCursor::fail_at(std::size_t offset, std::string message) {
  if (!problem_) {
    problem_ = {.message = std::move(message), .offset = base_ + offset, .path = path()};
  }
}

void JsonCursor::fail(std::string message) { fail_at(token_, std::move(message)); }

void JsonCursor::expected(const char* what) {
  if (at_ >= text_.size()) {
    fail_at(at_, "the text ends where " + std::string(what) + " was expected");
  } else {
    fail_at(at_, std::string(what) + " was expected");
  }
}

std::string JsonCursor::path() const {
  std::string text = prefix_;
  for (const Level& level : levels_) {
    if (level.is_first) {
      break;
    }
    if (level.is_object) {
      text += text.empty() ? "" : ".";
      text += level.key.substr(0, 100);
    } else {
      text += '[' + std::to_string(level.index) + ']';
    }
  }
  return text;
}

void JsonCursor::skip_space() {
  while (at_ < text_.size() &&
         (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) {
    ++at_;
  }
}

std::size_t JsonCursor::offset() {
  skip_space();
  return at_;
}

void JsonCursor::enter(char opening, const char* what) {
  if (failed()) {
    return;
  }
  token_ = offset();
  if (peek() != opening) {
    expected(what);
    return;
  }
  if (levels_.size() >= kMaxDepth) {
    fail_at(at_, "objects and arrays are nested deeper than " + std::to_string(kMaxDepth));
    return;
  }
  ++at_;
  levels_.push_back({.is_object = opening == '{', .is_first = true, .index = 0, .key = {}});
}

// Takes the comma before an item, or the end.
bool JsonCursor::next(char closing) {
  if (failed() || levels_.empty()) {
    return false;
  }
  Level& level = levels_.back();
  token_ = offset();
  if (peek() == closing) {
    ++at_;
    levels_.pop_back();
    return false;
  }
  if (!level.is_first) {
    if (peek() != ',') {
      expected(closing == '}' ? "a comma or the end of the object"
                              : "a comma or the end of the array");
      return false;
    }
    ++at_;
    token_ = offset();
    ++level.index;
  }
  level.is_first = false;
  return true;
}

bool JsonCursor::next_item() { return next(']'); }

bool JsonCursor::next_key(std::string& key) {
  if (!next('}')) {
    return false;
  }
  if (peek() != '"') {
    expected("a key in quotes");
    return false;
  }
  key = string();
  if (failed()) {
    return false;
  }
  levels_.back().key = key;
  skip_space();
  if (peek() != ':') {
    expected("a colon");
    return false;
  }
  ++at_;
  token_ = offset();
  return true;
}

std::string JsonCursor::string() {
  std::string out;
  if (failed()) {
    return out;
  }
  token_ = offset();
  if (peek() != '"') {
    expected("a string");
    return out;
  }
  ++at_;
  while (!failed()) {
    const std::size_t plain = at_;
    while (at_ < text_.size() && text_[at_] != '"' && text_[at_] != '\\' &&
           static_cast<unsigned char>(text_[at_]) >= 0x20) {
      ++at_;
    }
    out.append(text_.substr(plain, at_ - plain));
    if (out.size() > kMaxStringBytes) {
      fail("the string is too long");
    } else if (at_ >= text_.size()) {
      fail_at(at_, "the text ends inside a string");
    } else if (text_[at_] == '"') {
      ++at_;
      return out;
    } else if (text_[at_] == '\\') {
      escape(out);
    } else {
      fail_at(at_, "a control character inside a string");
    }
  }
  return {};
}

std::optional<char32_t> JsonCursor::four_digits() {
  char32_t value = 0;
  for (int i = 0; i < 4; ++i, ++at_) {
    const char c = peek();
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      value = value * 16 + static_cast<char32_t>(c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + static_cast<char32_t>(lower - 'a' + 10);
    } else {
      fail_at(at_, "four hexadecimal digits were expected");
      return std::nullopt;
    }
  }
  return value;
}

void JsonCursor::escape(std::string& out) {
  constexpr std::string_view kSigns = "\"\\/bfnrt";
  constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  ++at_;
  const char sign = peek();
  if (const std::size_t found = kSigns.find(sign); sign != '\0' && found != kSigns.npos) {
    ++at_;
    out += kMeanings[found];
    return;
  }
  if (sign != 'u') {
    fail_at(at_, "an unknown escape in a string");
    return;
  }
  ++at_;
  std::optional<char32_t> c = four_digits();
  if (c && *c >= 0xd800 && *c < 0xdc00) {
    std::optional<char32_t> low;
    if (text_.substr(at_, 2) == "\\u") {
      at_ += 2;
      low = four_digits();
    }
    const bool is_pair = low && *low >= 0xdc00 && *low < 0xe000;
    c = is_pair ? std::optional(0x10000 + ((*c - 0xd800) << 10) + (*low - 0xdc00)) : std::nullopt;
  } else if (c && *c >= 0xdc00 && *c < 0xe000) {
    c = std::nullopt;
  }
  if (!c) {
    fail_at(at_, "half of a pair of escapes in a string");
    return;
  }
  append_utf8(out, *c);
}

bool JsonCursor::take_word(std::string_view word) {
  if (text_.substr(at_, word.size()) != word) {
    return false;
  }
  at_ += word.size();
  return true;
}

bool JsonCursor::boolean() {
  if (failed()) {
    return false;
  }
  token_ = offset();
  if (take_word("true")) {
    return true;
  }
  if (!take_word("false")) {
    expected("true or false");
  }
  return false;
}

bool JsonCursor::null() {
  if (failed()) {
    return false;
  }
  token_ = offset();
  return take_word("null");
}

std::optional<std::uint64_t> JsonCursor::digits() {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();
  if (!is_digit(peek())) {
    expected("a number");
    return std::nullopt;
  }
  if (peek() == '0' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1])) {
    fail("a number with a leading zero");
    return std::nullopt;
  }
  std::uint64_t value = 0;
  for (; is_digit(peek()); ++at_) {
    const auto digit = static_cast<std::uint64_t>(text_[at_] - '0');
    if (value > (kMost - digit) / 10) {
      fail("the number is too large");
      return std::nullopt;
    }
    value = value * 10 + digit;
  }
  if (const char c = peek(); c == '.' || c == 'e' || c == 'E') {
    fail("a whole number was expected");
    return std::nullopt;
  }
  return value;
}

std::uint64_t JsonCursor::unsigned_number(std::uint64_t most) {
  if (failed()) {
    return 0;
  }
  token_ = offset();
  const std::optional<std::uint64_t> value = digits();
  if (value && *value > most) {
    fail("the number is above " + std::to_string(most));
    return 0;
  }
  return value.value_or(0);
}

std::int64_t JsonCursor::number(std::int64_t least, std::int64_t most) {
  if (failed()) {
    return 0;
  }
  token_ = offset();
  const bool negative = peek() == '-';
  at_ += negative ? 1 : 0;
  const std::optional<std::uint64_t> size = digits();
  if (!size) {
    return 0;
  }
  constexpr auto kLargest = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (*size > kLargest) {
    fail("the number is too large");
    return 0;
  }
  const auto value = static_cast<std::int64_t>(*size) * (negative ? -1 : 1);
  if (value < least || value > most) {
    fail("the number is outside of " + std::to_string(least) + " to " + std::to_string(most));
    return 0;
  }
  return value;
}

void JsonCursor::skip_scalar() {
  const char c = peek();
  if (c == '"') {
    static_cast<void>(string());
  } else if (c == '-' || is_digit(c)) {
    token_ = at_;
    at_ += c == '-' ? 1 : 0;
    static_cast<void>(digits());
  } else if (!take_word("null") && !take_word("true") && !take_word("false")) {
    expected("a value");
  }
}

void JsonCursor::skip() {
  const std::size_t outside = levels_.size();
  std::string key;
  do {
    if (failed()) {
      return;
    }
    token_ = offset();
    if (peek() == '{' || peek() == '[') {
      enter(peek(), "a value");
    } else {
      skip_scalar();
    }
    while (!failed() && levels_.size() > outside) {
      const bool more = levels_.back().is_object ? next_key(key) : next_item();
      if (more) {
        break;
      }
    }
  } while (!failed() && levels_.size() > outside);
}

void JsonCursor::finish() {
  if (!failed() && offset() < text_.size()) {
    fail_at(at_, "something comes behind the end");
  }
}

}  // namespace shaketable::engine
