#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"
#include "loadgen/core/csv.h"

// `variables:` of a load.
namespace shaketable::engine {
namespace {

using loadgen::VariableSource;

constexpr std::int64_t kMostNumber = 1'000'000'000'000'000'000;
constexpr std::uint32_t kMaxRandomText = 65'536;

class VariableReader {
 public:
  VariableReader(const MapEntry& entry, LoadContext& context)
      : entry_(entry), context_(context), diagnostics_(context.diagnostics) {}

  void read() {
    const auto name = read_name(entry_.key, diagnostics_);
    if (!name) {
      return;
    }
    source_.name = *name;
    if (!entry_.value->is_map()) {
      read_constant(entry_.value);
    } else {
      read_map();
    }
    if (source_.columns.empty()) {
      source_.columns.push_back(context_.give(source_.name));
    }
    context_.load->variables.push_back(std::move(source_));
  }

 private:
  void read_map() {
    ObjectReader map(entry_.value, spec::kVariable, diagnostics_);
    const Node* const kinds[] = {map.get("text"),  map.get("csv"),        map.get("json"),
                                 map.get("range"), map.get("random"),     map.get("choice"),
                                 map.get("uuid"),  map.get("random_text")};
    const Node* const header = map.get("header");
    const Node* const separator = map.get("separator");
    source_.order = kinds[5] != nullptr ? VariableSource::Order::kRandom : source_.order;
    assign(source_.order,
           read_enum(map.get("order"), diagnostics_, words::kRowOrder, "an order of rows"));
    assign(source_.renewal,
           read_enum(map.get("per"), diagnostics_, words::kRenewal, "when a value is taken"));
    map.finish();
    const auto count = std::count_if(std::begin(kinds), std::end(kinds),
                                     [](const Node* node) { return node != nullptr; });
    if (count != 1) {
      context_.names.error(*entry_.value, code::kBadLoad,
                           count == 0 ? "the variable has no source" : "several sources",
                           "one of text, csv, json, range, random, choice, random_text, uuid");
      return;
    }
    if ((header != nullptr || separator != nullptr) && kinds[1] == nullptr) {
      context_.names.error(*(header != nullptr ? header : separator), code::kBadLoad,
                           "this setting means nothing without `csv`", "`csv`");
    }
    read_constant(kinds[0]);
    read_csv(kinds[1], header, separator);
    read_json(kinds[2]);
    read_range(kinds[3]);
    read_random(kinds[4]);
    read_choice(kinds[5]);
    read_generated(kinds[6], kinds[7]);
  }

  void read_constant(const Node* node) {
    if (const auto text = read_string(node, diagnostics_)) {
      source_.rows = {{*text}};
    }
  }

  void read_csv(const Node* node, const Node* header, const Node* separator) {
    const auto bytes = context_.file(node);
    const auto mark = read_string(separator, diagnostics_, 8).value_or(",");
    if (mark.size() != 1 || mark == "\"") {
      context_.names.error(*separator, code::kMalformed, "the separator is not one character",
                           "one character");
      return;
    }
    const bool is_named = read_bool(header, diagnostics_).value_or(true);
    if (!bytes) {
      return;
    }
    source_.kind = VariableSource::Kind::kRows;
    auto rows = loadgen::parse_csv(*bytes, mark.front(), {kMaxRows, kMaxVariables});
    if (!rows) {
      context_.names.error(
          *node, code::kMalformed,
          quoted(node->text(), 200) + ", " + rows.error().where + ": " + rows.error().message,
          rows.error().expected);
      return;
    }
    if (rows->size() < (is_named ? 2U : 1U)) {
      context_.names.error(*node, code::kBadLoad, quoted(node->text(), 200) + " holds no rows",
                           is_named ? "names of columns, then rows" : "rows");
      return;
    }
    for (std::size_t i = 0; i < rows->front().size(); ++i) {
      const std::string column = is_named ? rows->front()[i] : std::to_string(i + 1);
      source_.columns.push_back(context_.give(source_.name + "." + column));
    }
    rows->erase(rows->begin(), rows->begin() + (is_named ? 1 : 0));
    source_.rows = std::move(*rows);
  }

  void read_json(const Node* node) {
    const auto path = read_string(node, diagnostics_, 4'096);
    if (!path || path->empty()) {
      return;
    }
    source_.kind = VariableSource::Kind::kRows;
    const auto documents = load_documents(in_folder(context_.folder, *path), diagnostics_);
    if (!documents) {
      context_.names.error(*node, code::kNoFile,
                           "the file " + quoted(*path, 200) + " cannot be used",
                           "a JSON file with a list");
      return;
    }
    const auto items = read_sequence(&documents->front().root(), diagnostics_, "a list of rows");
    if (items.empty() || items.size() > kMaxRows) {
      context_.names.error(*node, code::kBadLoad, quoted(*path, 200) + " holds no rows",
                           "a list of texts or of maps with the same keys");
      return;
    }
    if (items.front()->is_map()) {
      for (const MapEntry& entry : items.front()->entries()) {
        source_.columns.push_back(
            context_.give(source_.name + "." + std::string(entry.key->text())));
      }
    }
    for (const Node* item : items) {
      source_.rows.push_back(row_of(*item, *items.front()));
    }
  }

  /// The values of a row in the order of the first one's keys.
  std::vector<std::string> row_of(const Node& item, const Node& first) {
    if (!first.is_map()) {
      return {std::string(read_scalar(&item, diagnostics_, "a text").value_or(""))};
    }
    std::vector<std::string> row;
    for (const MapEntry& entry : first.entries()) {
      const Node* const value = item.is_map() ? item.find(entry.key->text()) : nullptr;
      if (value == nullptr) {
        context_.names.error(item, code::kMissingKey, "the row has no " + quoted(entry.key->text()),
                             "the keys of the first row");
        return row;
      }
      row.emplace_back(value->is_scalar() ? std::string(value->text())
                                          : json_text_of(*value, context_).value_or(""));
    }
    return row;
  }

  /// Numbers of a list with `least` to `most` of them.
  std::optional<std::vector<std::int64_t>> numbers(const Node* node, std::size_t least,
                                                   std::size_t most) {
    const auto items = read_sequence(node, diagnostics_, "a list of numbers");
    std::vector<std::int64_t> values;
    for (const Node* item : items) {
      const auto value = read_integer(item, diagnostics_, {-kMostNumber, kMostNumber});
      if (!value) {
        return std::nullopt;
      }
      values.push_back(*value);
    }
    if (node == nullptr || !node->is_sequence()) {
      return std::nullopt;
    }
    if (values.size() < least || values.size() > most || values[0] > values[1] ||
        (values.size() > 2 && values[2] < 1)) {
      context_.names.error(*node, code::kOutOfRange, "this is no range", "[lowest, highest]");
      return std::nullopt;
    }
    return values;
  }

  void read_range(const Node* node) {
    if (const auto values = numbers(node, 2, 3)) {
      source_.kind = VariableSource::Kind::kRange;
      source_.low = (*values)[0];
      source_.high = (*values)[1];
      source_.step = values->size() > 2 ? (*values)[2] : 1;
    }
  }

  void read_random(const Node* node) {
    if (const auto values = numbers(node, 2, 2)) {
      source_.kind = VariableSource::Kind::kRandom;
      source_.low = (*values)[0];
      source_.high = (*values)[1];
    }
  }

  void read_choice(const Node* node) {
    if (node == nullptr) {
      return;
    }
    const auto items = read_sequence(node, diagnostics_, "a list of texts");
    for (const Node* item : items) {
      source_.rows.push_back({read_string(item, diagnostics_).value_or("")});
    }
    if (node->is_sequence() && items.empty()) {
      context_.names.error(*node, code::kBadLoad, "there is nothing to choose from", "texts");
    }
  }

  void read_generated(const Node* uuid, const Node* text) {
    if (uuid != nullptr) {
      source_.kind = VariableSource::Kind::kUuid;
      static_cast<void>(read_bool(uuid, diagnostics_));
    }
    if (text != nullptr) {
      source_.kind = VariableSource::Kind::kRandomText;
      assign(source_.length, read_count(text, diagnostics_, 1, kMaxRandomText));
    }
  }

  const MapEntry& entry_;
  LoadContext& context_;
  Diagnostics& diagnostics_;
  VariableSource source_;
};

}  // namespace

void read_variables(const Node* node, LoadContext& context) {
  if (node != nullptr) {
    context.live_only.emplace_back(*node, "values of variables");
  }
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of variables")) {
    if (context.variables.size() >= kMaxVariables) {
      context.names.error(*entry.key, code::kTooMany, "too many variables", "at most 1,000");
      return;
    }
    VariableReader(entry, context).read();
  }
}

}  // namespace shaketable::engine
