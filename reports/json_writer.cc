#include "reports/json_writer.h"

#include <utility>

#include "proxy/base/assert.h"
#include "reports/escape.h"

namespace shaketable::reports {

void JsonWriter::begin(char opening, char closing) {
  separate();
  text_ += opening;
  open_.push_back({.closing = closing});
}

void JsonWriter::end() {
  ASSERT(!open_.empty());
  const Level level = open_.back();
  open_.pop_back();
  if (!level.empty && open_.size() < lines_to_depth_) {
    new_line();
  }
  text_ += level.closing;
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (open_.empty()) {
    return;
  }
  if (!open_.back().empty) {
    text_ += ',';
  }
  if (open_.size() <= lines_to_depth_) {
    new_line();
  } else if (!open_.back().empty && open_.back().closing == '}') {
    text_ += ' ';  // None in arrays, which hold most of a result's numbers.
  }
  open_.back().empty = false;
}

void JsonWriter::new_line() {
  text_ += '\n';
  text_.append(open_.size() * 2, ' ');
}

void JsonWriter::key(std::string_view name) {
  separate();
  text_ += '"';
  text_ += for_json(name);
  text_ += "\": ";
  after_key_ = true;
}

void JsonWriter::value(std::string_view text) {
  separate();
  text_ += '"';
  text_ += for_json(text);
  text_ += '"';
}

void JsonWriter::value(bool truth) {
  separate();
  text_ += truth ? "true" : "false";
}

void JsonWriter::value(std::int64_t number) {
  separate();
  text_ += std::to_string(number);
}

void JsonWriter::value(std::uint64_t number) {
  separate();
  text_ += std::to_string(number);
}

void JsonWriter::null() {
  separate();
  text_ += "null";
}

std::string JsonWriter::take() {
  ASSERT(open_.empty());
  text_ += '\n';
  return std::exchange(text_, {});
}

}  // namespace shaketable::reports
