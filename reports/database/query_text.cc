#include <algorithm>

#include "reports/database/query.h"
#include "reports/escape.h"
#include "reports/exports/tables.h"

namespace shaketable::reports {
namespace {

constexpr std::size_t kWidestColumn = 80;

std::string shown(const QueryTable::Cell& cell) {
  return cell.is_null ? "-" : shortened(for_terminal(cell.text), kWidestColumn);
}

void add_padded(std::string& line, const std::string& text, std::size_t width, bool to_right) {
  const std::size_t have = display_width(text);
  const std::string padding(width > have ? width - have : 0, ' ');
  line += line.empty() ? "" : "  ";
  line += to_right ? padding + text : text + padding;
}

std::string without_trailing(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line + '\n';
}

}  // namespace

std::string table_text(const QueryTable& table) {
  const std::size_t columns = table.columns.size();
  std::vector<std::size_t> widths(columns);
  std::vector<bool> is_numeric(columns, true);
  for (std::size_t c = 0; c < columns; ++c) {
    widths[c] = display_width(shortened(for_terminal(table.columns[c]), kWidestColumn));
    for (const auto& row : table.rows) {
      widths[c] = std::max(widths[c], display_width(shown(row[c])));
      is_numeric[c] = is_numeric[c] && (row[c].is_number || row[c].is_null);
    }
  }
  std::string head;
  for (std::size_t c = 0; c < columns; ++c) {
    add_padded(head, shortened(for_terminal(table.columns[c]), kWidestColumn), widths[c],
               is_numeric[c]);
  }
  std::string out = without_trailing(head);
  for (const auto& row : table.rows) {
    std::string line;
    for (std::size_t c = 0; c < columns; ++c) {
      add_padded(line, shown(row[c]), widths[c], is_numeric[c]);
    }
    out += without_trailing(line);
  }
  return out;
}

std::string table_csv(const QueryTable& table) {
  std::string out;
  const auto add_row = [&out](std::size_t count, auto&& cell) {
    for (std::size_t c = 0; c < count; ++c) {
      out += (c == 0 ? "" : ",") + cell(c);
    }
    out += "\r\n";
  };
  add_row(table.columns.size(), [&](std::size_t c) { return csv_cell(table.columns[c]); });
  for (const auto& row : table.rows) {
    // A negative number is one, and no formula.
    add_row(row.size(),
            [&](std::size_t c) { return row[c].is_number ? row[c].text : csv_cell(row[c].text); });
  }
  return out;
}

std::string table_json(const QueryTable& table) {
  std::string out = "[";
  for (const auto& row : table.rows) {
    out += out.size() == 1 ? "\n  {" : ",\n  {";
    for (std::size_t c = 0; c < row.size(); ++c) {
      out += (c == 0 ? "\"" : ", \"") + for_json(table.columns[c]) + "\": ";
      out += row[c].is_null ? "null"
                            : (row[c].is_number ? row[c].text : '"' + for_json(row[c].text) + '"');
    }
    out += '}';
  }
  return out + (table.rows.empty() ? "]\n" : "\n]\n");
}

}  // namespace shaketable::reports
