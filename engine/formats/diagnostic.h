#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable::engine {

/// How bad a diagnostic is. Only errors stop a file from being used.
enum class Severity : std::uint8_t { kError, kWarning, kNote };

/// One remark about a place in a file. Texts may quote the file as it is: `render` makes every
/// field safe for a terminal. Other writers (JSON, JUnit, GUI) escape for their own medium.
struct Diagnostic {
  Severity severity = Severity::kError;
  std::string code;      ///< Stable and searchable, "ST1005"; see engine/formats/README.md.
  std::string file;      ///< As the user named it; empty when the remark is about no file.
  int line = 0;          ///< 1-based; 0 = unknown.
  int column = 0;        ///< 1-based, in bytes, as compilers count; 0 = unknown.
  std::string message;   ///< One sentence without a full stop.
  std::string expected;  ///< What would have been right, `a duration such as 250ms`; may be empty.
  std::string hint;      ///< The nearest right word (`retries`) or what to do; may be empty.
};

/// Collects what is wrong with a set of files, so that all mistakes are reported in one go.
///
/// Keeps at most `limit` remarks and counts the rest; a warning or note gives way to an error that
/// comes when the list is full. The texts of the files are kept (shared, not copied) for excerpts.
/// Not thread-safe.
class Diagnostics {
 public:
  static constexpr std::size_t kDefaultLimit = 200;

  explicit Diagnostics(std::size_t limit = kDefaultLimit) : limit_(limit) {}

  /// Adds one remark, or counts it when the list is full.
  void add(Diagnostic diagnostic);

  /// Keeps `text` as the contents of `file`; a second text for the same name replaces the first.
  void add_source(const std::string& file, std::shared_ptr<const std::string> text);

  /// Makes `text` stand for the file of that name. Once a text is provided, `load_documents` reads
  /// nothing from the disk: a name without a text is a file that is not there.
  void provide(const std::string& file, std::string text);

  /// What stands for the file, or null. `provides()`: whether any text was provided.
  [[nodiscard]] const std::string* provided(const std::string& file) const;
  [[nodiscard]] bool provides() const { return !provided_.empty(); }

  /// Everything kept, ordered by file, line, column, severity, and without exact repetitions (a
  /// node that an alias names twice is read twice).
  [[nodiscard]] std::vector<Diagnostic> sorted() const;

  /// The text of `file`, or null when it was never loaded.
  [[nodiscard]] const std::string* source(const std::string& file) const;

  /// The names of all texts that were loaded, in order.
  [[nodiscard]] std::vector<std::string> source_names() const;

  [[nodiscard]] bool has_errors() const { return error_count_ > 0; }
  /// Counts include what was left out by the limit.
  [[nodiscard]] std::size_t error_count() const { return error_count_; }
  [[nodiscard]] std::size_t warning_count() const { return warning_count_; }
  /// Remarks that came when the list was full.
  [[nodiscard]] std::size_t omitted() const { return omitted_; }
  [[nodiscard]] bool is_full() const { return items_.size() >= limit_; }
  [[nodiscard]] bool empty() const { return items_.empty(); }

 private:
  std::size_t limit_;
  std::size_t error_count_ = 0;
  std::size_t warning_count_ = 0;
  std::size_t omitted_ = 0;
  std::vector<Diagnostic> items_;
  std::map<std::string, std::shared_ptr<const std::string>> sources_;
  std::map<std::string, std::string> provided_;
};

/// The diagnostics as a compiler prints them, each with the line of source and a caret:
///
///     shop.yaml:14:5: error[ST1103]: unknown key "retires" in a service
///        14 |     retires: {attempts: 2}
///           |     ^
///           = expected: one of retries, timeout
///           = did you mean "retries"?
///
/// Long lines are windowed around the column. Control characters and bidirectional marks are
/// written as escapes, so that a hostile file cannot touch the terminal. A `hint` of one word is
/// printed as `did you mean "..."?`, a longer one as it is. `color` adds ANSI colours.
[[nodiscard]] std::string render(const Diagnostics& diagnostics, bool color);

/// One remark alone; `source` may be null (then there is no excerpt).
[[nodiscard]] std::string render(const Diagnostic& diagnostic, const std::string* source,
                                 bool color);

}  // namespace shaketable::engine
