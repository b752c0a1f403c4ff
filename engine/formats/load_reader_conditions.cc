#include <algorithm>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader_parts.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"
#include "loadgen/core/grpc_status.h"

// Questions about answers (`status 2xx`, `latency < 300ms`), captures, thresholds.
namespace shaketable::engine {
namespace {

using loadgen::Capture;
using loadgen::Comparison;
using loadgen::Condition;

constexpr char kForms[] =
    "ok, status 2xx, latency < 300ms, header NAME == TEXT, body contains TEXT, size < 10KiB, "
    "json /pointer == TEXT, ${name} == TEXT, grpc OK, chance 20%, each with `not` before it";

/// Words of a text, from the left, with the place where they stand.
class Words {
 public:
  explicit Words(const Node& node) : node_(&node), text_(node.text()) {}

  /// The next word; empty at the end.
  std::string_view next() {
    skip_blanks();
    const std::size_t end = std::min(text_.find(' ', place_), text_.size());
    const std::string_view word = text_.substr(place_, end - place_);
    place_ = end;
    return word;
  }
  /// Everything that is left, as a node of its own.
  Node rest() {
    skip_blanks();
    return NodeEditor::part(*node_, place_, text_.size() - place_);
  }
  [[nodiscard]] bool is_over() {
    skip_blanks();
    return place_ == text_.size();
  }

 private:
  void skip_blanks() {
    while (place_ < text_.size() && text_[place_] == ' ') {
      ++place_;
    }
  }
  const Node* node_;
  std::string_view text_;
  std::size_t place_ = 0;
};

constexpr EnumWord<Comparison> kComparisons[] = {
    {"==", Comparison::kEqual},
    {"!=", Comparison::kNotEqual},
    {"<", Comparison::kLess},
    {"<=", Comparison::kLessEqual},
    {">", Comparison::kGreater},
    {">=", Comparison::kGreaterEqual},
    {"contains", Comparison::kContains},
    {"matches", Comparison::kMatches},
    {"exists", Comparison::kExists},
};

std::optional<Comparison> comparison_of(std::string_view word) {
  for (const auto& known : kComparisons) {
    if (known.word == word) {
      return known.value;
    }
  }
  return std::nullopt;
}

bool is_order(Comparison comparison) { return comparison <= Comparison::kGreaterEqual; }

class ConditionReader {
 public:
  ConditionReader(const Node& node, LoadContext& context)
      : node_(node), context_(context), words_(node) {}

  std::optional<Condition> read() {
    if (!read_string(&node_, context_.diagnostics, 4'096)) {
      return std::nullopt;
    }
    condition_.source = std::string(node_.text());
    std::string_view word = words_.next();
    if (word == "not") {
      condition_.negate = true;
      word = words_.next();
    }
    if (!read_kind(word)) {
      return std::nullopt;
    }
    if (!words_.is_over()) {
      return mistake("there is more than one condition");
    }
    return std::move(condition_);
  }

 private:
  std::nullopt_t mistake(const std::string& message) {
    context_.names.error(node_, code::kBadCondition, message, kForms);
    return std::nullopt;
  }

  bool read_kind(std::string_view word) {
    using Kind = Condition::Kind;
    if (word == "ok" || word == "failed") {
      condition_.negate = condition_.negate != (word == "failed");
      return true;
    }
    if (word == "status") {
      condition_.kind = Kind::kStatus;
      return read_statuses();
    }
    if (word == "latency" || word == "size") {
      condition_.kind = word == "size" ? Kind::kBodySize : Kind::kLatency;
      return read_measure();
    }
    if (word == "chance") {
      condition_.kind = Kind::kChance;
      return read_chance();
    }
    if (word == "grpc") {
      condition_.kind = Kind::kGrpcStatus;
      return read_grpc();
    }
    if (word == "header" || word == "json") {
      condition_.kind = word == "json" ? Kind::kJson : Kind::kHeader;
      condition_.subject = std::string(words_.next());
      return read_subject() && read_text(true);
    }
    if (word == "body") {
      condition_.kind = Kind::kBody;
      return read_text(false);
    }
    if (word.starts_with("${") && word.ends_with('}')) {
      condition_.kind = Kind::kVariable;
      const auto place = context_.text(node_, word);
      if (!place || place->pieces().size() != 1) {
        return false;
      }
      condition_.variable = place->pieces().front().variable;
      return read_text(true);
    }
    mistake(quoted(word) + " is no question about an answer");
    return false;
  }

  bool read_subject() {
    if (condition_.kind == Condition::Kind::kJson) {
      if (!condition_.subject.empty() && condition_.subject.front() != '/') {
        mistake("a JSON pointer begins with /");
        return false;
      }
      return true;
    }
    std::transform(
        condition_.subject.begin(), condition_.subject.end(), condition_.subject.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    if (condition_.subject.empty()) {
      mistake("which header?");
      return false;
    }
    return true;
  }

  /// `2xx`, `200`, `200..299`, several with commas.
  bool read_statuses() {
    const Node rest = words_.rest();
    std::string_view text = rest.text();
    while (!text.empty()) {
      const std::size_t comma = std::min(text.find(','), text.size());
      if (!add_status(text.substr(0, comma))) {
        mistake("this is no status: " + quoted(text.substr(0, comma)));
        return false;
      }
      text.remove_prefix(std::min(comma + 1, text.size()));
      while (text.starts_with(' ')) {
        text.remove_prefix(1);
      }
    }
    if (condition_.statuses.empty()) {
      mistake("which status?");
      return false;
    }
    words_ = Words(end_node_);
    return true;
  }

  bool add_status(std::string_view text) {
    const auto number = [](std::string_view digits) {
      int value = 0;
      for (const char c : digits) {
        value = c >= '0' && c <= '9' && value >= 0 ? value * 10 + (c - '0') : -1;
      }
      return digits.size() == 3 && value >= 100 && value <= 599 ? value : -1;
    };
    int first = number(text);
    int last = first;
    if (text.size() == 3 && text.ends_with("xx") && text[0] >= '1' && text[0] <= '5') {
      first = (text[0] - '0') * 100;
      last = first + 99;
    } else if (text.size() == 8 && text.substr(3, 2) == "..") {
      first = number(text.substr(0, 3));
      last = number(text.substr(5));
    }
    if (first < 0 || last < first) {
      return false;
    }
    condition_.statuses.emplace_back(static_cast<std::uint16_t>(first),
                                     static_cast<std::uint16_t>(last));
    return true;
  }

  bool read_measure() {
    const auto comparison = comparison_of(words_.next());
    if (!comparison || !is_order(*comparison)) {
      mistake("a comparison is due here");
      return false;
    }
    condition_.comparison = *comparison;
    const Node value = words_.rest();
    words_ = Words(end_node_);
    if (condition_.kind == Condition::Kind::kBodySize) {
      const auto bytes = read_bytes(&value, context_.diagnostics);
      assign(condition_.number, bytes);
      return bytes.has_value();
    }
    const auto time = read_duration(&value, context_.diagnostics);
    condition_.number = time ? time->count() : 0;
    return time.has_value();
  }

  bool read_chance() {
    const Node value = words_.rest();
    words_ = Words(end_node_);
    const auto ppm = read_percent(&value, context_.diagnostics);
    assign(condition_.number, ppm);
    return ppm.has_value();
  }

  bool read_grpc() {
    const std::string_view word = words_.next();
    const auto status = loadgen::grpc_status_of(word);
    if (!status) {
      mistake(quoted(word) + " is no gRPC status");
      return false;
    }
    condition_.number = *status;
    return true;
  }

  /// A comparison with a text; alone, the thing must exist.
  bool read_text(bool may_exist) {
    if (may_exist && words_.is_over()) {
      condition_.comparison = Comparison::kExists;
      return true;
    }
    const auto comparison = comparison_of(words_.next());
    if (!comparison || (*comparison == Comparison::kExists && !may_exist)) {
      mistake("a comparison is due here: ==, !=, <, <=, >, >=, contains or matches");
      return false;
    }
    condition_.comparison = *comparison;
    const Node value = words_.rest();
    words_ = Words(end_node_);
    if (*comparison == Comparison::kExists) {
      return value.text().empty() || (mistake("nothing may follow `exists`"), false);
    }
    std::string_view text = value.text();
    if (text.size() >= 2 && (text.front() == '"' || text.front() == '\'') &&
        text.back() == text.front()) {
      text = text.substr(1, text.size() - 2);
    }
    if (*comparison == Comparison::kMatches) {
      return read_regex(text);
    }
    auto parsed = context_.text(node_, text);
    assign(condition_.text, std::move(parsed));
    return true;
  }

  bool read_regex(std::string_view text) {
    const RE2 regex(re2::StringPiece(text.data(), text.size()), RE2::Quiet);
    if (!regex.ok()) {
      context_.names.error(node_, code::kBadRegex, "the expression is wrong: " + regex.error(),
                           "an RE2 expression");
      return false;
    }
    condition_.text = loadgen::TextTemplate::constant(std::string(text));
    return true;
  }

  const Node& node_;
  LoadContext& context_;
  Words words_;
  const Node end_node_{};
  Condition condition_;
};

bool is_live_only(const Condition& condition) {
  return !loadgen::is_known_in_virtual_time(condition);
}

void read_condition(const Node& node, std::vector<Condition>& conditions, LoadContext& context) {
  if (auto condition = ConditionReader(node, context).read()) {
    if (is_live_only(*condition)) {
      context.live_only.emplace_back(node, "what bodies, headers and variables hold");
    }
    conditions.push_back(std::move(*condition));
  }
}

}  // namespace

void read_conditions(const Node* node, std::vector<Condition>& conditions, LoadContext& context) {
  if (node == nullptr) {
    return;
  }
  if (!node->is_sequence()) {
    read_condition(*node, conditions, context);
    return;
  }
  for (const Node* item : node->items()) {
    read_condition(*item, conditions, context);
  }
}

}  // namespace shaketable::engine
