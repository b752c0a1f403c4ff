#include "loadgen/core/csv.h"

#include <utility>

namespace shaketable::loadgen {
namespace {

using Rows = std::vector<std::vector<std::string>>;

class CsvParser {
 public:
  CsvParser(std::string_view text, char separator, const CsvLimits& limits)
      : text_(text), separator_(separator), limits_(limits) {
    constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
    text_.remove_prefix(text_.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0);
  }

  proxy::Result<Rows> parse() {
    while (!text_.empty()) {
      const std::size_t line = line_;
      std::vector<std::string> row;
      if (auto done = read_row(row); !done) {
        return tl::unexpected(done.error());
      }
      if (row.size() == 1 && row.front().empty()) {
        continue;  // a blank line
      }
      if (!rows_.empty() && row.size() != rows_.front().size()) {
        return proxy::fail("a row has " + std::to_string(row.size()) + " fields", at(line),
                           std::to_string(rows_.front().size()) + ", as the first row has");
      }
      if (rows_.size() == limits_.max_rows) {
        return proxy::fail("too many rows", at(line),
                           "at most " + std::to_string(limits_.max_rows));
      }
      rows_.push_back(std::move(row));
    }
    return std::move(rows_);
  }

 private:
  static std::string at(std::size_t line) { return "line " + std::to_string(line); }

  /// Reads up to the end of the line and past it.
  proxy::Result<bool> read_row(std::vector<std::string>& row) {
    while (true) {
      if (row.size() == limits_.max_columns) {
        return proxy::fail("too many fields", at(line_),
                           "at most " + std::to_string(limits_.max_columns));
      }
      std::string field;
      if (text_.starts_with('"')) {
        if (auto done = read_quoted(field); !done) {
          return done;
        }
      } else {
        while (!text_.empty() && !is_end(text_.front())) {
          field += text_.front();
          text_.remove_prefix(1);
        }
      }
      row.push_back(std::move(field));
      if (text_.starts_with(separator_)) {
        text_.remove_prefix(1);
        continue;
      }
      text_.remove_prefix(text_.starts_with('\r') ? 1 : 0);
      if (text_.starts_with('\n')) {
        ++line_;
        text_.remove_prefix(1);
      }
      return true;
    }
  }

  [[nodiscard]] bool is_end(char c) const {
    return c == separator_ || c == '\n' || (c == '\r' && text_.starts_with("\r\n"));
  }

  proxy::Result<bool> read_quoted(std::string& field) {
    const std::size_t start = line_;
    text_.remove_prefix(1);
    while (!text_.empty()) {
      const char c = text_.front();
      text_.remove_prefix(1);
      if (c != '"') {
        line_ += c == '\n' ? 1U : 0U;
        field += c;
      } else if (text_.starts_with('"')) {
        field += '"';
        text_.remove_prefix(1);
      } else if (text_.empty() || is_end(text_.front()) || text_.front() == '\r') {
        return true;
      } else {
        return proxy::fail("something follows a closing quote", at(line_),
                           "a separator or the end of the line");
      }
    }
    return proxy::fail("a quote is never closed", at(start), "\" at the end of the field");
  }

  std::string_view text_;
  char separator_;
  CsvLimits limits_;
  std::size_t line_ = 1;
  Rows rows_;
};

}  // namespace

proxy::Result<Rows> parse_csv(std::string_view text, char separator, const CsvLimits& limits) {
  return CsvParser(text, separator, limits).parse();
}

}  // namespace shaketable::loadgen
