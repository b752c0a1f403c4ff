#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/yaml_scan.h"

/// The scanner behind `scan_yaml()`; for yaml_scan.cc and yaml_scan_scalars.cc alone.
namespace shaketable::engine {

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

  std::optional<YamlOutline> run();

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

  [[nodiscard]] static bool is_blank(char c) { return c == ' ' || c == '\t'; }
  [[nodiscard]] static bool is_flow_indicator(char c) {
    return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
  }
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
               std::string hint = "");
  void fail_template();
  void next_line();
  void skip_rest_of_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }
  void scan_line();
  void scan_content();
  /// A tab before content is an error, one before a comment or the end of the line is not.
  bool check_tab();
  [[nodiscard]] bool is_marker() const;
  void scan_tokens();
  void scan_token();
  void open_flow(char bracket);
  void close_flow(char bracket);
  void scan_comma();
  /// `&anchor`, `!tag` or `*alias`.
  void scan_property(bool is_alias);
  void scan_quoted(char quote);
  /// After a scalar: when a ':' follows, it was a key, and what follows belongs to it.
  void scan_key_end(Place start);
  void scan_block_scalar();
  void scan_plain();
  /// The key from `start` to here; one that began in an earlier line is left to the parser.
  bool check_key_length(Place start);
  /// Counts the scalar or bracket that begins here.
  bool count_value();
  void end_plain_key(Place start);

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

}  // namespace shaketable::engine
