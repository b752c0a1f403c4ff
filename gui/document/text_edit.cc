#include "gui/document/text_edit.h"

#include <algorithm>
#include <utility>

namespace shaketable::gui {
namespace {

using engine::MapEntry;
using engine::Node;

std::string indentation(int column) {
  return std::string(static_cast<std::size_t>(std::max(column, 1) - 1), ' ');
}

}  // namespace

void TextEditor::replace(TextSpan span, std::string text) {
  changes_.push_back({.file = file_,
                      .offset = span.begin,
                      .removed = std::string(finder_.text().substr(span.begin, span.size())),
                      .inserted = std::move(text)});
}

void TextEditor::set_entry(const Node& map, std::string_view key, std::string_view value) {
  const std::string written(value);
  for (const MapEntry& entry : map.entries()) {
    if (entry.key->text() == key) {
      const std::size_t colon = finder_.behind_colon(*entry.key);
      replace({colon, std::max(colon, finder_.value_span(entry).end)},
              (written.starts_with('\n') ? "" : " ") + written);
      return;
    }
  }
  const std::string added = yaml_scalar(key) + (written.starts_with('\n') ? ":" : ": ") + written;
  const TextSpan whole = finder_.span_of(map);
  if (finder_.is_flow(map)) {
    std::size_t last = whole.begin + 1;
    for (const MapEntry& entry : map.entries()) {
      last = std::max(last, finder_.value_span(entry).end);
    }
    replace({last, last}, map.entries().empty() ? added : ", " + added);
    return;
  }
  const std::size_t end = finder_.end_of_line(whole.end);
  replace({end, end}, "\n" + indentation(map.column()) + added);
}

void TextEditor::remove_part(TextSpan whole, TextSpan part, bool is_first, std::size_t next,
                             std::size_t before) {
  const std::string_view text = finder_.text();
  if (text[whole.begin] == '{' || text[whole.begin] == '[') {
    // With the comma behind it, or with the one before it when it is the last.
    replace(
        next != 0 ? TextSpan{part.begin, next} : TextSpan{is_first ? part.begin : before, part.end},
        "");
    return;
  }
  const std::size_t line = finder_.start_of_line(part.begin);
  const bool has_line =
      text.substr(line, part.begin - line).find_first_not_of(' ') == std::string_view::npos;
  const std::size_t end = finder_.end_of_line(part.end);
  if (has_line) {
    replace({line, std::min(end + 1, text.size())}, "");
  } else {
    replace({part.begin, next != 0 ? next : part.end}, "");  // Behind the dash of a list.
  }
}

void TextEditor::remove_entry(const Node& map, const MapEntry& entry) {
  const TextSpan whole = finder_.span_of(map);
  std::size_t next = 0;
  std::size_t before = whole.begin;
  std::size_t written = 0;
  bool is_first = true;
  bool found = false;
  for (const MapEntry& other : map.entries()) {
    const std::size_t key = finder_.offset_of(*other.key);
    if (key < whole.begin) {
      continue;  // From a merge key.
    }
    ++written;
    if (other.key == entry.key) {
      found = true;
    } else if (found && next == 0) {
      next = key;
    } else if (!found) {
      is_first = false;
      before = finder_.value_span(other).end;
    }
  }
  if (!found) {
    return;
  }
  if (written == 1) {
    const bool flow = finder_.is_flow(map);
    replace(whole, flow || map.column() > 1 ? "{}" : "");
    return;
  }
  remove_part(whole, {finder_.offset_of(*entry.key), finder_.value_span(entry).end}, is_first, next,
              before);
}

void TextEditor::append_item(const Node& sequence, std::string_view item) {
  const TextSpan whole = finder_.span_of(sequence);
  std::size_t last = whole.begin + 1;
  for (const Node* it : sequence.items()) {
    last = std::max(last, finder_.span_of(*it).end);
  }
  if (finder_.is_flow(sequence)) {
    replace({last, last}, (sequence.items().empty() ? "" : ", ") + std::string(item));
    return;
  }
  // The dash of the last item gives the indentation.
  const std::size_t line = finder_.start_of_line(whole.begin);
  const std::size_t dash = finder_.text().find('-', line);
  const std::size_t end = finder_.end_of_line(whole.end);
  replace({end, end}, "\n" + std::string(dash - line, ' ') + "- " + std::string(item));
}

void TextEditor::remove_items(const Node& sequence, const std::vector<const Node*>& items) {
  const TextSpan whole = finder_.span_of(sequence);
  if (items.size() == sequence.items().size()) {
    replace(whole, "[]");
    return;
  }
  const bool flow = finder_.is_flow(sequence);
  const std::string_view text = finder_.text();
  bool kept = false;
  for (std::size_t i = 0; i < sequence.items().size(); ++i) {
    const Node* const item = sequence.items()[i];
    if (std::find(items.begin(), items.end(), item) == items.end()) {
      kept = true;
      continue;
    }
    TextSpan span = finder_.span_of(*item);
    if (!flow) {
      const std::size_t line = finder_.start_of_line(span.begin);
      const std::size_t end = finder_.end_of_line(span.end);
      const std::size_t first = text.find_first_not_of(' ', line);
      if (first < span.begin && text[first] == '-') {
        replace({line, std::min(end + 1, text.size())}, "");
      }
      continue;
    }
    // One comma goes with it: the one before it, once something before it stays.
    if (kept) {
      span.begin = text.rfind(',', span.begin);
    } else {
      span.end = finder_.span_of(*sequence.items()[i + 1]).begin;
    }
    replace(span, "");
  }
}

std::vector<TextChange> TextEditor::take() {
  std::stable_sort(changes_.begin(), changes_.end(),
                   [](const TextChange& a, const TextChange& b) { return a.offset > b.offset; });
  return std::exchange(changes_, {});
}

std::string yaml_scalar(std::string_view text) {
  constexpr std::string_view kSpecialFirst = "!&*-?|>@`\"'%#{}[],:~=<";
  const bool is_plain = !text.empty() &&
                        kSpecialFirst.find(text.front()) == std::string_view::npos &&
                        text.find_first_of("\n\t\r{}[],\"\\#") == std::string_view::npos &&
                        text.find(": ") == std::string_view::npos && text.back() != ':' &&
                        text.back() != ' ' && text.front() != ' ' && text != "null" &&
                        text != "true" && text != "false" && text != "yes" && text != "no";
  if (is_plain) {
    return std::string(text);
  }
  std::string quoted = "\"";
  for (const char letter : text) {
    switch (letter) {
      case '"':
      case '\\':
        quoted += '\\';
        quoted += letter;
        break;
      case '\n':
        quoted += "\\n";
        break;
      case '\t':
        quoted += "\\t";
        break;
      case '\r':
        quoted += "\\r";
        break;
      default:
        quoted += letter;
    }
  }
  return quoted + '"';
}

}  // namespace shaketable::gui
