#include "engine/formats/yaml_scan.h"

#include <string>

#include "engine/formats/codes.h"
#include "engine/formats/yaml_scanner.h"

namespace shaketable::engine {
namespace {

/// Values of an outermost flow collection. yaml-cpp keeps every token of it until it is closed,
/// because only then is it known whether the collection is a key.
constexpr std::size_t kMaxFlowValues = 500'000;

}  // namespace

std::optional<YamlOutline> YamlScanner::run() {
  while (!failed_ && at_ < text_.size()) {
    scan_line();
  }
  if (!failed_ && !flow_.empty()) {
    const bool is_map = flow_.back().bracket == '{';
    fail_at(flow_.back().place, code::kSyntax,
            is_map ? "this '{' is never closed" : "this '[' is never closed",
            is_map ? "a closing '}'" : "a closing ']'");
  }
  return failed_ ? std::nullopt : std::optional<YamlOutline>(std::move(outline_));
}

void YamlScanner::fail_at(Place where, const char* code, std::string message, std::string expected,
                          std::string hint) {
  diagnostics_.add({.code = code,
                    .file = file_,
                    .line = where.line,
                    .column = static_cast<int>(where.column) + 1,
                    .message = std::move(message),
                    .expected = std::move(expected),
                    .hint = std::move(hint)});
  failed_ = true;
}

void YamlScanner::fail_template() {
  fail_at(place(), code::kTemplate, "this is a template, not YAML: '{{' outside quotes",
          "YAML without placeholders",
          "render it first, with `helm template` or `kustomize build`");
}

void YamlScanner::next_line() {
  at_ = std::min(at_ + 1, text_.size());  // Over the break, which is missing at the end.
  ++line_;
  line_start_ = at_;
}

void YamlScanner::scan_line() {
  properties_ = kNone;
  while (peek() == ' ' && at_ < text_.size()) {
    ++at_;
  }
  if (at_ < text_.size()) {
    scan_content();
  }
  if (!failed_ && at_line_end()) {
    next_line();
  }
}

void YamlScanner::scan_content() {
  const std::size_t indent = at_ - line_start_;
  if (!in_flow() && peek() == '\t' && !check_tab()) {
    return;
  }
  if (indent == 0 && !in_flow() && is_marker()) {
    if (peek() == '-') {
      outline_.marker_lines.push_back(line_);
    }
    at_ += 3;
    parent_ = -1;
    plain_open_ = false;
  } else if (indent == 0 && !in_flow() && peek() == '%' && !plain_open_) {
    skip_rest_of_line();
    return;
  }
  if (plain_open_ && !in_flow() && static_cast<std::ptrdiff_t>(indent) > parent_ && peek() != '#' &&
      !at_line_end()) {
    scan_plain();
  }
  scan_tokens();
}

bool YamlScanner::check_tab() {
  const Place tab = place();
  while (is_blank(peek())) {
    ++at_;
  }
  if (at_line_end() || peek() == '#') {
    return true;
  }
  fail_at(tab, code::kTab, "a tab is used as indentation", "spaces");
  return false;
}

bool YamlScanner::is_marker() const {
  const std::string_view mark = text_.substr(at_, 3);
  return (mark == "---" || mark == "...") && ends_token(peek(3));
}

void YamlScanner::scan_tokens() {
  while (!failed_) {
    while (is_blank(peek())) {
      ++at_;
    }
    if (at_line_end()) {
      return;
    }
    if (peek() == '#' && (at_ == line_start_ || is_blank(text_[at_ - 1]))) {
      plain_open_ = false;
      skip_rest_of_line();
      return;
    }
    scan_token();
    if (at_ == line_start_) {
      return;  // A block scalar has ended before this line, which begins anew.
    }
  }
}

void YamlScanner::scan_token() {
  const char c = peek();
  if (!in_flow() && (c == '-' || c == '?' || c == ':') && ends_token(peek(1))) {
    plain_open_ = false;
    parent_ = node_column(at_ - line_start_);
    properties_ = kNone;
    ++at_;
  } else if (in_flow() && c == ':' && (ends_token(peek(1)) || is_flow_indicator(peek(1)))) {
    before_ = Before::kContent;
    ++at_;
  } else if (c == '&' || c == '!' || c == '*') {
    scan_property(c == '*');
  } else if (c == '"' || c == '\'') {
    scan_quoted(c);
  } else if (!in_flow() && (c == '|' || c == '>')) {
    scan_block_scalar();
  } else if (c == '[' || c == '{') {
    open_flow(c);
  } else if (!in_flow() && (c == ',' || c == ']' || c == '}')) {
    fail_at(place(), code::kSyntax, std::string("a value cannot begin with '") + c + '\'',
            "quotes around the value");
  } else if (in_flow() && (c == ']' || c == '}')) {
    close_flow(c);
  } else if (in_flow() && c == ',') {
    scan_comma();
  } else if (count_value()) {
    scan_plain();
  }
}

void YamlScanner::open_flow(char bracket) {
  if (!count_value()) {
    return;
  }
  if (bracket == '{' && peek(1) == '{') {
    fail_template();
    return;
  }
  if (flow_.size() >= static_cast<std::size_t>(limits_.max_depth)) {
    fail_at(place(), code::kTooDeep,
            "nested more than " + std::to_string(limits_.max_depth) +
                " levels deep, which is the limit",
            "");
    return;
  }
  flow_.push_back({bracket, place()});
  before_ = Before::kOpening;
  flow_start_ = flow_.size() == 1 ? place() : flow_start_;
  ++at_;
}

void YamlScanner::close_flow(char bracket) {
  const Flow open = flow_.back();
  if ((open.bracket == '{') != (bracket == '}')) {
    fail_at(place(), code::kSyntax,
            std::string("this '") + bracket + "' does not fit the '" + open.bracket + "' of line " +
                std::to_string(open.place.line) + " column " +
                std::to_string(open.place.column + 1),
            open.bracket == '{' ? "'}'" : "']'");
    return;
  }
  flow_.pop_back();
  before_ = Before::kContent;
  ++at_;
  if (!in_flow()) {
    scan_key_end(flow_start_);
  }
}

void YamlScanner::scan_comma() {
  if (before_ != Before::kContent) {
    fail_at(place(), code::kSyntax, "there is no entry before this ','", "an entry");
    return;
  }
  before_ = Before::kComma;
  ++at_;
}

bool YamlScanner::count_value() {
  ++values_;
  flow_values_ = in_flow() ? flow_values_ + 1 : 0;
  const bool long_flow = flow_values_ > kMaxFlowValues;
  if (values_ <= limits_.max_nodes && !long_flow) {
    return true;
  }
  fail_at(place(), code::kTooManyNodes,
          "more than " + std::to_string(long_flow ? kMaxFlowValues : limits_.max_nodes) +
              (long_flow ? " values inside one pair of brackets" : " values in one file"),
          long_flow ? "block style, or JSON in a file whose name ends in .json" : "");
  return false;
}

std::optional<YamlOutline> scan_yaml(const std::string& file, std::string_view text,
                                     const DocumentLimits& limits, Diagnostics& diagnostics) {
  return YamlScanner(file, text, limits, diagnostics).run();
}

}  // namespace shaketable::engine
