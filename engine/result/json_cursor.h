#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable::engine {

/// Reads a JSON text (RFC 8259) from front to back without building a tree: a result holds millions
/// of numbers. Strict; numbers are integers, because results hold no others.
///
/// The first problem stays: from then on every read gives its default, and `next_*` is false, so
/// that loops end. Read objects and arrays like this:
///
///     cursor.enter_object();
///     while (cursor.next_key(key)) { if (key == "a") a = cursor.unsigned_number(); else
///         cursor.skip(); }
///
/// Depth is limited; nothing recurses. The text must outlive the cursor.
class JsonCursor {
 public:
  static constexpr std::size_t kMaxDepth = 32;
  static constexpr std::size_t kMaxStringBytes = std::size_t{64} << 20;

  /// What went wrong first.
  struct Problem {
    std::string message;     ///< "a number was expected".
    std::size_t offset = 0;  ///< In bytes from the start of the text.
    std::string path;        ///< "series[3].points.count[17]"; empty at the top.
  };

  /// `base` is where `text` begins in the whole file, `path` what it is of it.
  explicit JsonCursor(std::string_view text, std::size_t base = 0, std::string path = {})
      : text_(text), base_(base), prefix_(std::move(path)) {}

  void enter_object() { enter('{', "an object"); }
  void enter_array() { enter('[', "an array"); }
  /// Moves to the next member and gives its key; false behind the last one, whose end it takes.
  bool next_key(std::string& key);
  /// Moves to the next item; false behind the last one.
  bool next_item();

  [[nodiscard]] std::string string();
  [[nodiscard]] bool boolean();
  /// An integer within [least, most].
  [[nodiscard]] std::int64_t number(std::int64_t least, std::int64_t most);
  [[nodiscard]] std::uint64_t unsigned_number(std::uint64_t most);
  /// Takes a `null` if there is one.
  bool null();
  /// Any value.
  void skip();
  /// Nothing but white space may be left.
  void finish();

  /// Notes a problem with the value that was read last, unless there is one already.
  void fail(std::string message);
  [[nodiscard]] bool failed() const { return problem_.has_value(); }
  [[nodiscard]] const std::optional<Problem>& problem() const { return problem_; }
  /// Where the next token begins, from the start of `text`.
  [[nodiscard]] std::size_t offset();

 private:
  struct Level {
    bool is_object = false;
    bool is_first = true;
    std::size_t index = 0;  ///< Of the item.
    std::string key;        ///< Of the member.
  };

  void enter(char opening, const char* what);
  bool next(char closing);
  void skip_space();
  void skip_scalar();
  void fail_at(std::size_t offset, std::string message);
  void expected(const char* what);
  [[nodiscard]] char peek() { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take_word(std::string_view word);
  [[nodiscard]] std::optional<std::uint64_t> digits();
  void escape(std::string& out);
  [[nodiscard]] std::optional<char32_t> four_digits();
  [[nodiscard]] std::string path() const;

  std::string_view text_;
  std::size_t base_;
  std::string prefix_;
  std::size_t at_ = 0;
  std::size_t token_ = 0;
  std::vector<Level> levels_;
  std::optional<Problem> problem_;
};

}  // namespace shaketable::engine
