#include "loadgen/journey/answer.h"

#include <algorithm>
#include <charconv>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace shaketable::loadgen {

namespace json = boost::json;

struct JsonBody {
  std::optional<json::value> root;
};

Answer::Answer() = default;
Answer::~Answer() = default;
Answer::Answer(Answer&&) noexcept = default;
Answer& Answer::operator=(Answer&&) noexcept = default;

void Answer::clear() {
  ok = true;
  status = 0;
  grpc_status = 0;
  latency = {};
  body_size = 0;
  release();
}

void Answer::set(const Response& response, std::string_view body, proxy::Duration time) {
  ok = true;
  status = response.status;
  latency = time;
  body_size = response.body_size;
  body_ = body;
  headers_.assign(response.headers.begin(), response.headers.end());
  json_.reset();
}

void Answer::set_failed() {
  clear();
  ok = false;
}

void Answer::release() {
  body_ = {};
  headers_.clear();
  json_.reset();
}

void Answer::keep() {
  std::size_t size = body_.size();
  for (const HeaderField& header : headers_) {
    size += header.name.size() + header.value.size();
  }
  constexpr std::size_t kOnHeap = 64;  // a short text would move with its object, and its views not
  std::string text;
  text.reserve(std::max(size, kOnHeap));
  const auto own = [&text](std::string_view part) {
    const std::size_t begin = text.size();
    text += part;
    return std::string_view(text).substr(begin);
  };
  for (HeaderField& header : headers_) {
    header = {own(header.name), own(header.value)};
  }
  body_ = own(body_);
  storage_ = std::move(text);
}

std::optional<std::string_view> Answer::header(std::string_view name) const {
  const auto found = std::find_if(headers_.begin(), headers_.end(),
                                  [&](const HeaderField& field) { return field.name == name; });
  return found == headers_.end() ? std::nullopt : std::optional(found->value);
}

std::optional<std::string> Answer::json(std::string_view pointer) const {
  if (json_ == nullptr) {
    json_ = std::make_unique<JsonBody>();
    json::error_code error;
    json::parse_options options;
    options.max_depth = 64;
    json::value root = json::parse({body_.data(), body_.size()}, error, {}, options);
    if (!error) {
      json_->root = std::move(root);
    }
  }
  if (!json_->root) {
    return std::nullopt;
  }
  json::error_code error;
  const json::value* const value =
      json_->root->find_pointer({pointer.data(), pointer.size()}, error);
  if (value == nullptr) {
    return std::nullopt;
  }
  if (value->is_string()) {
    return std::string(value->get_string());
  }
  return json::serialize(*value);
}

void EventStream::clear() {
  line_.clear();
  pending_.clear();
  data_.clear();
  has_data_ = false;
  was_return_ = false;
  is_first_ = true;
  count_ = 0;
}

std::uint32_t EventStream::add(std::string_view bytes) {
  std::uint32_t completed = 0;
  for (const char c : bytes) {
    const bool was_return = was_return_;
    was_return_ = c == '\r';
    if (c == '\n' && was_return) {
      continue;
    }
    if (c == '\n' || c == '\r') {
      completed += end_line() ? 1U : 0U;
    } else if (line_.size() < kMaxEvent) {
      line_ += c;
    }
  }
  return completed;
}

/// Takes the line that is complete; true if it ends an event.
bool EventStream::end_line() {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  constexpr std::string_view kData = "data";
  std::string_view line = line_;
  if (is_first_ && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  is_first_ = false;
  bool is_end = false;
  if (line.empty()) {
    is_end = has_data_;
    if (is_end) {
      data_.swap(pending_);
      ++count_;
    }
    pending_.clear();
    has_data_ = false;
  } else if (const std::size_t colon = std::min(line.find(':'), line.size());
             line.substr(0, colon) == kData) {
    std::string_view value = line.substr(std::min(colon + 1, line.size()));
    value.remove_prefix(value.starts_with(' ') ? 1 : 0);
    pending_ += has_data_ ? "\n" : "";
    pending_ += value.substr(0, kMaxEvent - std::min(pending_.size(), kMaxEvent));
    has_data_ = true;
  }
  line_.clear();
  return is_end;
}

bool compare_texts(std::string_view value, Comparison comparison, std::string_view wanted) {
  const auto number_of = [](std::string_view text) {
    double number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number)
                                                                    : std::nullopt;
  };
  if (comparison == Comparison::kContains) {
    return value.find(wanted) != std::string_view::npos;
  }
  int order = value.compare(wanted);
  const auto left = number_of(value);
  const auto right = number_of(wanted);
  if (left && right) {
    order = *left < *right ? -1 : (*left > *right ? 1 : 0);
  }
  return compare(order, comparison, 0);
}

}  // namespace shaketable::loadgen
