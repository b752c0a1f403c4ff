#pragma once

#include <charconv>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

/// Appending to text that others will read: files, terminals, JSON parsers. Nothing allocates but
/// the string that grows.
namespace shaketable::proxy::live {

inline void append_number(std::integral auto number, std::string& out) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

/// With at most `places` decimals (at most 9), no trailing zeros, never an exponent: "0.25", "3".
/// `units` are billionths.
void append_decimal(std::int64_t units, int places, std::string& out);

/// A JSON string with its quotes. Control characters, line separators and direction marks become
/// \u escapes, bytes that are no UTF-8 become \ufffd. Longer values than `limit` bytes are cut.
void append_json(std::string_view text, std::string& out, std::size_t limit = 1U << 20U);

/// The text without quotes; everything but printable ASCII, and `"` and `\`, as \xHH: safe between
/// quotes on one line of a log, and on a terminal.
void append_escaped(std::string_view text, std::string& out, std::size_t limit = 1U << 20U);

/// Lower-case hexadecimal, `digits` of them (at most 16).
void append_hex(std::uint64_t number, int digits, std::string& out);

/// "2026-11-21T03:33:26." and, with `with_fraction`, "123Z". Years 1970 to 9999; others are
/// clamped.
void append_utc_seconds(std::int64_t unix_seconds, std::string& out);
void append_utc(std::int64_t unix_ns, std::string& out);  // with milliseconds and Z

/// Writes JSON by appending. Puts the commas; the caller balances begin and end.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }
  JsonWriter& key(std::string_view name) {
    separate();
    append_json(name, out_);
    out_ += ':';
    fresh_ = true;
    return *this;
  }
  JsonWriter& value(std::string_view text) {
    separate();
    append_json(text, out_);
    return *this;
  }
  JsonWriter& value(const char* text) { return value(std::string_view(text)); }
  JsonWriter& value(bool yes) { return raw(yes ? "true" : "false"); }
  JsonWriter& value(std::integral auto number) {
    separate();
    append_number(number, out_);
    return *this;
  }
  JsonWriter& null() { return raw("null"); }
  /// Text that is JSON already.
  JsonWriter& raw(std::string_view json) {
    separate();
    out_ += json;
    return *this;
  }
  template <class Value>
  JsonWriter& member(std::string_view name, const Value& content) {
    return key(name).value(content);
  }

 private:
  JsonWriter& open(char bracket) {
    separate();
    out_ += bracket;
    fresh_ = true;
    return *this;
  }
  JsonWriter& close(char bracket) {
    out_ += bracket;
    fresh_ = false;
    return *this;
  }
  void separate() {
    if (!fresh_) {
      out_ += ',';
    }
    fresh_ = false;
  }

  std::string& out_;
  bool fresh_ = true;  // nothing stands before the next value: no comma
};

}  // namespace shaketable::proxy::live
