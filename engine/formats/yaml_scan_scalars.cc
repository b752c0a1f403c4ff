#include <string>

#include "engine/formats/codes.h"
#include "engine/formats/yaml_scanner.h"

// Scalars and what may stand before them: quotes, block and plain scalars, keys, anchors and tags.
namespace shaketable::engine {

void YamlScanner::scan_property(bool is_alias) {
  const Place start = place();
  while (!ends_token(peek()) && !(in_flow() && is_flow_indicator(peek()))) {
    ++at_;
  }
  before_ = Before::kContent;
  properties_ = std::min(properties_, start.column);
  if (is_alias) {
    scan_key_end(start);
  }
}

void YamlScanner::scan_quoted(char quote) {
  if (!count_value()) {
    return;
  }
  const Place start = place();
  ++at_;
  while (at_ < text_.size()) {
    const char c = text_[at_];
    if (c == quote && quote == '\'' && peek(1) == quote) {
      at_ += 2;
      continue;
    }
    if (c == quote) {
      break;
    }
    if (c == '\\' && quote == '"' && peek(1) != '\n') {
      at_ += 2;
      continue;
    }
    if (c == '\n') {
      next_line();
      continue;
    }
    ++at_;
  }
  if (at_ >= text_.size()) {
    fail_at(start, code::kSyntax, "this quote is never closed",
            quote == '"' ? "a closing '\"'" : "a closing \"'\"");
    return;
  }
  ++at_;
  before_ = Before::kContent;
  scan_key_end(start);
}

void YamlScanner::scan_key_end(Place start) {
  if (in_flow()) {
    if (peek() == ':') {
      ++at_;  // After a quoted key, `"a":1` needs no space.
    }
    return;
  }
  std::size_t ahead = 0;
  while (is_blank(peek(ahead))) {
    ++ahead;
  }
  if (peek(ahead) == ':' && ends_token(peek(ahead + 1))) {
    if (!check_key_length(start)) {
      return;
    }
    at_ += ahead + 1;
    parent_ = node_column(start.column);
    properties_ = kNone;
    plain_open_ = false;
  }
}

void YamlScanner::scan_block_scalar() {
  skip_rest_of_line();
  while (at_ < text_.size()) {
    next_line();
    while (at_ < text_.size() && peek() == ' ') {
      ++at_;
    }
    const auto indent = static_cast<std::ptrdiff_t>(at_ - line_start_);
    const bool ends = !at_line_end() && (indent <= parent_ || (indent == 0 && is_marker()));
    if (ends) {
      at_ = line_start_;
      return;
    }
    skip_rest_of_line();
  }
}

void YamlScanner::scan_plain() {
  const Place start = place();
  before_ = Before::kContent;
  while (!at_line_end()) {
    const char c = peek();
    const char next = peek(1);
    if (c == '{' && next == '{') {
      fail_template();
      return;
    }
    if (in_flow() && is_flow_indicator(c)) {
      return;
    }
    if (c == ':' && (ends_token(next) || (in_flow() && is_flow_indicator(next)))) {
      end_plain_key(start);
      return;
    }
    if (is_blank(c) && next == '#') {
      plain_open_ = false;
      return;
    }
    ++at_;
  }
  plain_open_ = !in_flow();
}

bool YamlScanner::check_key_length(Place start) {
  const std::size_t length = at_ - line_start_ - start.column;
  if (start.line != line_ || length <= limits_.max_key_bytes) {
    return true;
  }
  fail_at(start, code::kBadKey,
          "this key has " + std::to_string(length) + " bytes; the limit is " +
              std::to_string(limits_.max_key_bytes),
          "");
  return false;
}

void YamlScanner::end_plain_key(Place start) {
  if (!check_key_length(start)) {
    return;
  }
  ++at_;
  plain_open_ = false;
  if (!in_flow()) {
    parent_ = node_column(start.column);
    properties_ = kNone;
  }
}

}  // namespace shaketable::engine
