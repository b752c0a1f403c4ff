#include "engine/formats/json_parser.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_word(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' || c == '-' ||
         c == '.' || c == '_';
}

/// True for a number by JSON's grammar, which knows no leading zeros, `+`, NaN or Infinity.
bool is_json_number(std::string_view word) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t start = i;
    while (i < word.size() && is_digit(word[i])) {
      ++i;
    }
    return i - start;
  };
  if (i < word.size() && word[i] == '-') {
    ++i;
  }
  const std::size_t first = i;
  const std::size_t whole = digits();
  if (whole == 0 || (whole > 1 && word[first] == '0')) {
    return false;
  }
  if (i < word.size() && word[i] == '.') {
    ++i;
    if (digits() == 0) {
      return false;
    }
  }
  if (i < word.size() && (word[i] == 'e' || word[i] == 'E')) {
    ++i;
    if (i < word.size() && (word[i] == '+' || word[i] == '-')) {
      ++i;
    }
    if (digits() == 0) {
      return false;
    }
  }
  return i == word.size();
}

void append_utf8(std::string& out, std::uint32_t value) {
  const auto push = [&](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (value < 0x80) {
    push(value);
  } else if (value < 0x800) {
    push(0xC0U | (value >> 6U));
    push(0x80U | (value & 0x3FU));
  } else if (value < 0x10000) {
    push(0xE0U | (value >> 12U));
    push(0x80U | ((value >> 6U) & 0x3FU));
    push(0x80U | (value & 0x3FU));
  } else {
    push(0xF0U | (value >> 18U));
    push(0x80U | ((value >> 12U) & 0x3FU));
    push(0x80U | ((value >> 6U) & 0x3FU));
    push(0x80U | (value & 0x3FU));
  }
}

class JsonParser {
 public:
  JsonParser(std::string_view text, DocumentBuilder& builder) : text_(text), builder_(builder) {}

  void run() {
    parse_value();
    while (!builder_.stopped() && !open_.empty()) {
      continue_container();
    }
    skip_space();
    if (!builder_.stopped() && at_ < text_.size()) {
      fail("there is more text after the end of the document", "one JSON value");
    }
  }

 private:
  /// An array or object that is not closed yet.
  struct Open {
    char closing;
    DocumentBuilder::Place place;
    bool empty = true;
  };

  [[nodiscard]] DocumentBuilder::Place place() const {
    return {line_, static_cast<int>(at_ - line_start_) + 1};
  }

  [[nodiscard]] bool at_end() const { return at_ >= text_.size(); }
  [[nodiscard]] char current() const { return at_end() ? '\0' : text_[at_]; }

  void skip_space() {
    while (!at_end()) {
      const char c = text_[at_];
      if (c == '\n') {
        ++line_;
        line_start_ = at_ + 1;
      } else if (c != ' ' && c != '\t') {
        return;
      }
      ++at_;
    }
  }

  void fail(std::string message, std::string expected) {
    builder_.stop(
        place(),
        {.code = code::kSyntax, .message = std::move(message), .expected = std::move(expected)});
  }

  /// What stands here, for messages.
  [[nodiscard]] std::string found() const {
    if (at_end()) {
      return "the end of the file";
    }
    std::size_t length = 0;
    while (at_ + length < text_.size() && length < 40 && is_word(text_[at_ + length])) {
      ++length;
    }
    return quoted(text_.substr(at_, length == 0 ? decode_utf8(text_, at_).length : length));
  }

  void fail_at_end_or(const std::string& expected) {
    if (at_end() && !open_.empty()) {
      const DocumentBuilder::Place begin = open_.back().place;
      const std::string bracket = open_.back().closing == '}' ? "'{'" : "'['";
      fail("the file ends inside the " + bracket + " of line " + std::to_string(begin.line) +
               " column " + std::to_string(begin.column),
           expected);
      return;
    }
    if (current() == '$') {
      builder_.stop(place(), {.code = code::kTemplate,
                              .message = "this is a template, not JSON: '$' outside a string",
                              .hint = "fill in the placeholders first, with `envsubst` for one"});
      return;
    }
    fail("unexpected " + found(), expected);
  }

  void parse_value() {
    skip_space();
    const DocumentBuilder::Place start = place();
    const char c = current();
    if (at_end() && open_.empty()) {
      builder_.stop(
          start,
          {.code = code::kNothing, .message = "the file is empty", .expected = "a JSON value"});
    } else if (c == '{') {
      open(start, '}');
      builder_.begin_map(start);
    } else if (c == '[') {
      open(start, ']');
      builder_.begin_sequence(start);
    } else if (c == '"') {
      if (const std::optional<std::string> text = parse_string()) {
        builder_.add_scalar(start, *text, /*plain=*/false);
      }
    } else {
      parse_word(start);
    }
  }

  void open(DocumentBuilder::Place start, char closing) {
    open_.push_back({closing, start});
    ++at_;
    if (closing == '}' && current() == '{') {
      builder_.stop(start, {.code = code::kTemplate,
                            .message = "this is a template, not JSON",
                            .hint = "render it first, with `helm template` or `kustomize build`"});
    }
  }

  void parse_word(DocumentBuilder::Place start) {
    std::size_t length = 0;
    while (at_ + length < text_.size() && is_word(text_[at_ + length])) {
      ++length;
    }
    const std::string_view word = text_.substr(at_, length);
    if (word == "null") {
      builder_.add_null(start);
    } else if (word == "true" || word == "false" || is_json_number(word)) {
      builder_.add_scalar(start, word, /*plain=*/true);
    } else {
      fail_at_end_or("a JSON value: an object, an array, a string, a number, true, false or null");
      return;
    }
    at_ += length;
  }

  /// One step inside the innermost container: its end, or one more element with its comma.
  void continue_container() {
    skip_space();
    Open& container = open_.back();
    if (current() == container.closing) {
      ++at_;
      const bool is_map = container.closing == '}';
      open_.pop_back();
      if (is_map) {
        builder_.end_map();
      } else {
        builder_.end_sequence();
      }
      return;
    }
    if (!container.empty) {
      if (current() != ',') {
        fail_at_end_or(container.closing == '}' ? "',' or '}'" : "',' or ']'");
        return;
      }
      ++at_;
    }
    container.empty = false;
    if (container.closing == '}' && !parse_key()) {
      return;
    }
    parse_value();
  }

  bool parse_key() {
    skip_space();
    const DocumentBuilder::Place start = place();
    if (current() != '"') {
      fail_at_end_or("a key in double quotes");
      return false;
    }
    const std::optional<std::string> key = parse_string();
    if (!key) {
      return false;
    }
    builder_.add_scalar(start, *key, /*plain=*/false);
    skip_space();
    if (current() != ':') {
      fail_at_end_or("':' after the key");
      return false;
    }
    ++at_;
    return true;
  }

  std::optional<std::string> parse_string() {
    const DocumentBuilder::Place start = place();
    std::string out;
    ++at_;
    while (!at_end() && current() != '"' && current() != '\n') {
      if (current() == '\\') {
        if (!parse_escape(out)) {
          return std::nullopt;
        }
      } else if (current() == '\t') {
        fail("a tab inside a string", "the escape \\t");
        return std::nullopt;
      } else {
        out.push_back(text_[at_++]);
      }
    }
    if (current() != '"' || at_end()) {
      builder_.stop(start, {.code = code::kSyntax,
                            .message = "this string is not closed in its line",
                            .expected = "a closing double quote"});
      return std::nullopt;
    }
    ++at_;
    return out;
  }

  bool parse_escape(std::string& out) {
    constexpr std::string_view kNames = "\"\\/bfnrt";
    constexpr std::string_view kValues = "\"\\/\b\f\n\r\t";
    const char name = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    const std::size_t index = kNames.find(name);
    if (name != '\0' && index != std::string_view::npos) {
      out.push_back(kValues[index]);
      at_ += 2;
      return true;
    }
    std::optional<std::uint32_t> value = hex_escape(at_);
    if (!value) {
      fail("unknown escape in a string", "one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\uXXXX");
      return false;
    }
    std::size_t length = 6;
    if (*value >= 0xD800 && *value <= 0xDFFF) {
      const std::optional<std::uint32_t> low = hex_escape(at_ + 6);
      if (*value > 0xDBFF || !low || *low < 0xDC00 || *low > 0xDFFF) {
        fail("this escape is half of a surrogate pair and stands for no character",
             "both halves, or the character itself");
        return false;
      }
      value = 0x10000 + ((*value - 0xD800) << 10U) + (*low - 0xDC00);
      length = 12;
    }
    append_utf8(out, *value);
    at_ += length;
    return true;
  }

  [[nodiscard]] std::optional<std::uint32_t> hex_escape(std::size_t at) const {
    if (text_.size() < 6 || at > text_.size() - 6 || text_[at] != '\\' || text_[at + 1] != 'u') {
      return std::nullopt;
    }
    std::uint32_t value = 0;
    for (std::size_t i = at + 2; i < at + 6; ++i) {
      const char c = text_[i];
      std::uint32_t digit = 0;
      if (is_digit(c)) {
        digit = static_cast<std::uint32_t>(c - '0');
      } else if (c >= 'a' && c <= 'f') {
        digit = static_cast<std::uint32_t>(c - 'a') + 10;
      } else if (c >= 'A' && c <= 'F') {
        digit = static_cast<std::uint32_t>(c - 'A') + 10;
      } else {
        return std::nullopt;
      }
      value = value * 16 + digit;
    }
    return value;
  }

  std::string_view text_;
  DocumentBuilder& builder_;
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  std::vector<Open> open_;
};

}  // namespace

void parse_json(std::string_view text, DocumentBuilder& builder) {
  JsonParser(text, builder).run();
}

}  // namespace shaketable::engine
