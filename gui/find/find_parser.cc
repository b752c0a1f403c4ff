#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "engine/formats/nearest_name.h"
#include "gui/find/find_lexer.h"
#include "gui/find/find_node.h"

namespace shaketable::gui {
namespace {

using Node = FindExpression::Node;
using Compare = Node::Compare;
using Kind = Node::Kind;
using Part = std::shared_ptr<const Node>;

constexpr std::size_t kLongest = 4'000;  ///< Bytes of an expression.
constexpr int kDeepest = 100;
constexpr double kFarthest = 1000;  ///< Calls of `near`.

constexpr FindFieldInfo kFields[] = {
    {FindField::kName, "name", "the service's name", false},
    {FindField::kNamespace, "namespace", "Kubernetes namespace", false},
    {FindField::kZone, "zone", "zones of its instances", false},
    {FindField::kVersion, "version", "one of its versions", false},
    {FindField::kRuntime, "runtime", "gunicorn, go, ...", false},
    {FindField::kState, "state", "healthy, degraded, failing, down, \"no data\"", false},
    {FindField::kInstances, "instances", "that the scenario says", true},
    {FindField::kUp, "up", "instances that are up", true},
    {FindField::kEjected, "ejected", "instances that a caller ejected", true},
    {FindField::kCallers, "callers", "services that call it", true},
    {FindField::kCalls, "calls", "services that it calls", true},
    {FindField::kRps, "rps", "answers per second", true},
    {FindField::kErrors, "errors", "failed answers, %", true},
    {FindField::kP50, "p50", "median latency", true},
    {FindField::kP99, "p99", "99th percentile of the latency", true},
    {FindField::kUtilisation, "utilisation", "busy share of workers or CPUs, %", true},
    {FindField::kQueue, "queue", "requests that wait", true},
    {FindField::kFaults, "faults", "faults that hit it now", true},
};

// Words that are more than a part of a name: what they find may change with the moment.
bool tells_a_moment(std::string_view word) {
  constexpr NodeHealth kStates[] = {NodeHealth::kHealthy, NodeHealth::kDegraded,
                                    NodeHealth::kFailing, NodeHealth::kDown};
  return word == "open" || std::any_of(std::begin(kStates), std::end(kStates),
                                       [word](NodeHealth state) { return word == name_of(state); });
}

const FindFieldInfo* field_called(std::string_view name) {
  const std::string wanted = lower_case(name);
  for (const FindFieldInfo& field : kFields) {
    if (field.name == wanted) {
      return &field;
    }
  }
  return nullptr;
}

/// The number of a value with its unit, in the unit of the field.
std::optional<double> number_of(std::string_view text, FindField field) {
  double number = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) {
    return std::nullopt;
  }
  const std::string unit = lower_case(std::string_view(rest, text.data() + text.size()));
  const bool is_time = field == FindField::kP50 || field == FindField::kP99;
  const bool is_share = field == FindField::kErrors || field == FindField::kUtilisation;
  if (unit.empty() || (is_share && unit == "%") || (field == FindField::kRps && unit == "/s") ||
      (is_time && unit == "ms")) {
    return number;
  }
  if (is_time && unit == "s") {
    return number * 1e3;
  }
  if (is_time && unit == "us") {
    return number * 1e-3;
  }
  return std::nullopt;
}

class Parser {
 public:
  Parser(std::string_view text, FindMistake& mistake) : lexer_(text), mistake_(mistake) {}

  bool begin() { return next(); }
  [[nodiscard]] bool is_over() const { return token_.kind == FindToken::Kind::kEnd; }
  [[nodiscard]] bool depends_on_moment() const { return depends_; }

  Part whole() {
    Part all = either();
    if (all != nullptr && !is_over()) {
      return fail("there is more than an expression", "and, or, or nothing");
    }
    return all;
  }

 private:
  bool next() { return lexer_.read(token_, mistake_); }

  Part fail(std::string message, std::string expected) {
    mistake_ = {token_.at, std::move(message), std::move(expected)};
    return nullptr;
  }

  [[nodiscard]] bool is_word(std::string_view word, std::string_view sign) const {
    return (token_.kind == FindToken::Kind::kWord && lower_case(token_.text) == word) ||
           (token_.kind == FindToken::Kind::kOperator && token_.text == sign);
  }

  static Part joined(Kind kind, std::vector<Part> parts) {
    if (parts.size() == 1) {
      return parts.front();
    }
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->parts = std::move(parts);
    return node;
  }

  Part either() {
    std::vector<Part> parts;
    do {
      if (!parts.empty() && !next()) {
        return nullptr;
      }
      Part part = both();
      if (part == nullptr) {
        return nullptr;
      }
      parts.push_back(std::move(part));
    } while (is_word("or", "||"));
    return joined(Kind::kOr, std::move(parts));
  }

  Part both() {
    std::vector<Part> parts;
    while (true) {
      Part part = negated();
      if (part == nullptr) {
        return nullptr;
      }
      parts.push_back(std::move(part));
      if (is_word("and", "&&")) {
        if (!next()) {
          return nullptr;
        }
        continue;
      }
      const bool goes_on = (token_.kind == FindToken::Kind::kWord && !is_word("or", "||")) ||
                           token_.kind == FindToken::Kind::kQuoted ||
                           token_.kind == FindToken::Kind::kOpen ||
                           (token_.kind == FindToken::Kind::kOperator && token_.text == "!");
      if (!goes_on) {
        return joined(Kind::kAnd, std::move(parts));
      }
    }
  }

  Part negated() {
    if (!is_word("not", "!")) {
      return primary();
    }
    if (++depth_ > kDeepest) {
      return fail("the expression is nested too deeply", "at most 100 levels");
    }
    Part part = next() ? negated() : nullptr;
    --depth_;
    return part == nullptr ? nullptr : joined_not(std::move(part));
  }

  static Part joined_not(Part part) {
    auto node = std::make_shared<Node>();
    node->kind = Kind::kNot;
    node->parts.push_back(std::move(part));
    return node;
  }

  Part primary() {
    if (token_.kind == FindToken::Kind::kOpen) {
      if (++depth_ > kDeepest) {
        return fail("the expression is nested too deeply", "at most 100 levels");
      }
      Part inner = next() ? either() : nullptr;
      --depth_;
      if (inner == nullptr) {
        return nullptr;
      }
      if (token_.kind != FindToken::Kind::kClose) {
        return fail("a parenthesis that does not end", ")");
      }
      return next() ? inner : nullptr;
    }
    if (token_.kind != FindToken::Kind::kWord && token_.kind != FindToken::Kind::kQuoted) {
      return fail("something to find is missing", "a name, or a comparison such as rps > 100");
    }
    const FindToken word = token_;
    if (!next()) {
      return nullptr;
    }
    if (word.kind == FindToken::Kind::kWord && token_.kind == FindToken::Kind::kOpen &&
        lower_case(word.text) == "near") {
      return near();
    }
    if (word.kind == FindToken::Kind::kWord && token_.kind == FindToken::Kind::kOperator &&
        !is_word("and", "&&") && !is_word("or", "||") && token_.text != "!") {
      return comparison(word);
    }
    auto node = std::make_shared<Node>();
    node->kind = Kind::kWord;
    node->text = lower_case(word.text);
    depends_ = depends_ || tells_a_moment(node->text);
    return node;
  }

  Part near() {
    auto node = std::make_shared<Node>();
    node->kind = Kind::kNear;
    node->number = 1;
    if (!next()) {
      return nullptr;
    }
    if (token_.kind != FindToken::Kind::kWord && token_.kind != FindToken::Kind::kQuoted) {
      return fail("near which service?", "near(payment, 2)");
    }
    node->text = lower_case(token_.text);
    if (!next()) {
      return nullptr;
    }
    if (token_.kind == FindToken::Kind::kComma) {
      if (!next()) {
        return nullptr;
      }
      const auto calls = number_of(token_.text, FindField::kCalls);
      if (!calls || *calls < 0 || *calls > kFarthest) {
        return fail("how many calls away?", "a number from 0 to 1000");
      }
      node->number = *calls;
      if (!next()) {
        return nullptr;
      }
    }
    if (token_.kind != FindToken::Kind::kClose) {
      return fail("a parenthesis that does not end", ")");
    }
    return next() ? node : nullptr;
  }

  Part comparison(const FindToken& word) {
    const FindFieldInfo* const field = field_called(word.text);
    if (field == nullptr) {
      std::vector<std::string_view> names;
      for (const FindFieldInfo& each : kFields) {
        names.push_back(each.name);
      }
      const std::string nearest = engine::nearest_name(lower_case(word.text), names);
      mistake_ = {word.at, "services have no \"" + word.text + "\"",
                  nearest.empty() ? "rps, errors, p99, zone, namespace, ..." : nearest};
      return nullptr;
    }
    auto node = std::make_shared<Node>();
    node->field = field->field;
    node->kind = field->is_number ? Kind::kNumber : Kind::kText;
    if (!read_operator(*node, *field) || !next()) {
      return nullptr;
    }
    if (token_.kind != FindToken::Kind::kWord && token_.kind != FindToken::Kind::kQuoted) {
      return fail("a value is missing", field->is_number ? "a number" : "a text");
    }
    node->text = lower_case(token_.text);
    if (field->is_number) {
      const auto number = number_of(token_.text, field->field);
      if (!number) {
        return fail("no value of " + std::string(field->name), unit_words(field->field));
      }
      node->number = *number;
    }
    depends_ = depends_ || field->field >= FindField::kRps || field->field == FindField::kState ||
               field->field == FindField::kUp || field->field == FindField::kEjected;
    return next() ? node : nullptr;
  }

  static std::string unit_words(FindField field) {
    if (field == FindField::kP50 || field == FindField::kP99) {
      return "a time such as 250ms";
    }
    if (field == FindField::kErrors || field == FindField::kUtilisation) {
      return "a share such as 5%";
    }
    return field == FindField::kRps ? "a rate such as 100 or 100/s" : "a number";
  }

  bool read_operator(Node& node, const FindFieldInfo& field) {
    constexpr std::pair<std::string_view, Compare> kSigns[] = {
        {"=", Compare::kEqual},      {"==", Compare::kEqual},        {"!=", Compare::kNotEqual},
        {">", Compare::kGreater},    {">=", Compare::kGreaterEqual}, {"<", Compare::kLess},
        {"<=", Compare::kLessEqual}, {"~", Compare::kContains}};
    for (const auto& [sign, compare] : kSigns) {
      if (token_.text == sign) {
        node.compare = compare;
        const bool is_order = compare != Compare::kEqual && compare != Compare::kNotEqual &&
                              compare != Compare::kContains;
        if (is_order && !field.is_number) {
          fail("texts are not compared by size", "=, != or ~");
          return false;
        }
        if (compare == Compare::kContains && field.is_number) {
          fail("numbers contain nothing", "=, !=, <, <=, > or >=");
          return false;
        }
        return true;
      }
    }
    fail("no comparison", "=, !=, <, <=, >, >= or ~");
    return false;
  }

  FindLexer lexer_;
  FindMistake& mistake_;
  FindToken token_;
  int depth_ = 0;
  bool depends_ = false;
};

}  // namespace

std::span<const FindFieldInfo> find_fields() { return kFields; }

std::optional<FindExpression> FindExpression::parse(std::string_view text, FindMistake& mistake) {
  if (text.size() > kLongest) {
    mistake = {kLongest, "the expression is too long", "at most 4,000 letters"};
    return std::nullopt;
  }
  Parser parser(text, mistake);
  FindExpression expression;
  if (!parser.begin()) {
    return std::nullopt;
  }
  if (parser.is_over()) {
    return expression;
  }
  expression.root_ = parser.whole();
  expression.depends_on_moment_ = parser.depends_on_moment();
  return expression.root_ == nullptr ? std::nullopt : std::optional(std::move(expression));
}

}  // namespace shaketable::gui
