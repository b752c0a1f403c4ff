#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable::reports {

/// Writes JSON in one pass. Only integers, strings, booleans and null: no floating-point number
/// ever reaches a result, so equal results are equal bytes. Keys come in the order of the calls.
/// Objects and arrays must be closed in order; `end()` closes the innermost.
class JsonWriter {
 public:
  /// Objects and arrays down to this depth get a line for each member; deeper ones share a line.
  explicit JsonWriter(std::size_t lines_to_depth = 2) : lines_to_depth_(lines_to_depth) {}

  void begin_object() { begin('{', '}'); }
  void begin_array() { begin('[', ']'); }
  void begin_object(std::string_view name) {
    key(name);
    begin_object();
  }
  void begin_array(std::string_view name) {
    key(name);
    begin_array();
  }
  void end();

  void key(std::string_view name);
  void value(std::string_view text);
  void value(const char* text) { value(std::string_view(text)); }
  void value(bool truth);
  void value(std::int64_t number);
  void value(std::uint64_t number);
  void value(std::uint32_t number) { value(std::uint64_t{number}); }
  void null();

  template <class T>
  void field(std::string_view name, const T& content) {
    key(name);
    value(content);
  }

  /// What was written so far.
  [[nodiscard]] std::string_view text() const { return text_; }

  /// The document so far; complete once everything is closed. Ends in a line break.
  [[nodiscard]] std::string take();

 private:
  struct Level {
    char closing;
    bool empty = true;
  };

  void begin(char opening, char closing);
  void separate();
  void new_line();

  std::size_t lines_to_depth_;
  std::vector<Level> open_;
  std::string text_;
  bool after_key_ = false;
};

}  // namespace shaketable::reports
