#include "engine/formats/yaml_scan.h"

#include <algorithm>
#include <utility>

#include "engine/formats/codes.h"

namespace shaketable::engine {
namespace {

/// Values of an outermost flow collection. yaml-cpp keeps every token of it until it is closed,
/// because only then is it known whether the collection is a key.
constexpr std::size_t kMaxFlowValues = 500'000;

bool is_blank(char c) { return c == ' ' || c == '\t'; }

bool is_flow_indicator(char c) { return c == ',' || c == '[' || c == ']' || c == '{' || c == '}'; }

/// Walks over the text line by line, and within a line from one token to the next.
///
///     line start --> token start --> scalar, bracket or indicator --> token start ... end of line
///
/// A token start is where a quote, bracket or block scalar header would be one; inside a plain
/// scalar the same characters are text.
class YamlScanner {
 public:
  YamlScanner(const std::string& file, std::string_view text, const DocumentLimits& limits,
              Diagnostics& diagnostics)
      : file_(file), text_(text), limits_(limits), diagnostics_(diagnostics) {}

  std::optional<YamlOutline> run() {
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

 private:
  struct Place {
    int line;
    std::size_t column;  ///< 0-based.
  };
  struct Flow {
    char bracket;
    Place place;
  };
  /// What stood before the current place inside a flow collection.
  enum class Before : std::uint8_t { kOpening, kComma, kContent };

  static constexpr std::size_t kNone = std::string_view::npos;

  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\n';
  }
  [[nodiscard]] bool at_line_end() const { return peek() == '\n'; }
  [[nodiscard]] bool ends_token(char c) const { return c == '\n' || is_blank(c); }
  [[nodiscard]] Place place() const { return {line_, at_ - line_start_}; }
  /// Where the node begins of which a scalar stands here: its anchor and tag belong to it.
  [[nodiscard]] std::ptrdiff_t node_column(std::size_t scalar_column) const {
    return static_cast<std::ptrdiff_t>(std::min(scalar_column, properties_));
  }
  [[nodiscard]] bool in_flow() const { return !flow_.empty(); }

  void fail_at(Place where, const char* code, std::string message, std::string expected,
               std::string hint = "") {
    diagnostics_.add({.code = code,
                      .file = file_,
                      .line = where.line,
                      .column = static_cast<int>(where.column) + 1,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .hint = std::move(hint)});
    failed_ = true;
  }

  void fail_template() {
    fail_at(place(), code::kTemplate, "this is a template, not YAML: '{{' outside quotes",
            "YAML without placeholders",
            "render it first, with `helm template` or `kustomize build`");
  }

  void next_line() {
    at_ = std::min(at_ + 1, text_.size());  // Over the break, which is missing at the end.
    ++line_;
    line_start_ = at_;
  }

  void skip_rest_of_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

  void scan_line() {
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

  void scan_content() {
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
    if (plain_open_ && !in_flow() && static_cast<std::ptrdiff_t>(indent) > parent_ &&
        peek() != '#' && !at_line_end()) {
      scan_plain();
    }
    scan_tokens();
  }

  /// A tab before content is an error, one before a comment or the end of the line is not.
  bool check_tab() {
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

  [[nodiscard]] bool is_marker() const {
    const std::string_view mark = text_.substr(at_, 3);
    return (mark == "---" || mark == "...") && ends_token(peek(3));
  }

  void scan_tokens() {
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

  void scan_token() {
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

  void open_flow(char bracket) {
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

  void close_flow(char bracket) {
    const Flow open = flow_.back();
    if ((open.bracket == '{') != (bracket == '}')) {
      fail_at(place(), code::kSyntax,
              std::string("this '") + bracket + "' does not fit the '" + open.bracket +
                  "' of line " + std::to_string(open.place.line) + " column " +
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

  void scan_comma() {
    if (before_ != Before::kContent) {
      fail_at(place(), code::kSyntax, "there is no entry before this ','", "an entry");
      return;
    }
    before_ = Before::kComma;
    ++at_;
  }

  /// `&anchor`, `!tag` or `*alias`.
  void scan_property(bool is_alias) {
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

  void scan_quoted(char quote) {
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

  /// After a scalar: when a ':' follows, it was a key, and what follows belongs to it.
  void scan_key_end(Place start) {
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

  void scan_block_scalar() {
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

  void scan_plain() {
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

  /// The key from `start` to here; one that began in an earlier line is left to the parser.
  bool check_key_length(Place start) {
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

  /// Counts the scalar or bracket that begins here.
  bool count_value() {
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

  void end_plain_key(Place start) {
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

  const std::string& file_;
  std::string_view text_;
  const DocumentLimits& limits_;
  Diagnostics& diagnostics_;
  YamlOutline outline_;
  std::vector<Flow> flow_;
  Place flow_start_{1, 0};
  std::size_t at_ = 0;
  std::size_t line_start_ = 0;
  int line_ = 1;
  std::size_t values_ = 0;
  std::size_t flow_values_ = 0;     ///< Those of the outermost flow collection so far.
  std::ptrdiff_t parent_ = -1;      ///< Column of the key or dash that the next value belongs to.
  std::size_t properties_ = kNone;  ///< Column of the first `&` or `!` of the next scalar.
  bool plain_open_ = false;         ///< A plain scalar may go on in the next line.
  Before before_ = Before::kContent;
  bool failed_ = false;
};

}  // namespace

std::optional<YamlOutline> scan_yaml(const std::string& file, std::string_view text,
                                     const DocumentLimits& limits, Diagnostics& diagnostics) {
  return YamlScanner(file, text, limits, diagnostics).run();
}

}  // namespace shaketable::engine
