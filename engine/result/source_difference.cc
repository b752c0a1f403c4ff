#include "engine/result/source_difference.h"

#include <map>
#include <set>
#include <string>
#include <utility>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "reports/sha256.h"

namespace shaketable::engine {
namespace {

constexpr std::size_t kMostValues = 200'000;  // Of a side: aliases repeat what they name.
constexpr std::size_t kMostBytes = 200;       // Of a value that is shown.

using Values = std::map<std::string, std::string>;  // By path.

std::string shown(std::string_view text) {
  return std::string(text.substr(0, kMostBytes)) + (text.size() > kMostBytes ? "..." : "");
}

// A step into `at` does not recurse: documents are deep at will, up to their limit.
class Flattener {
 public:
  explicit Flattener(Values& values) : values_(values) {}

  void add(const std::string& path, const Node& node) {
    std::vector<std::pair<std::string, const Node*>> open{{path, &node}};
    while (!open.empty() && values_.size() < kMostValues) {
      const auto [where, at] = open.back();
      open.pop_back();
      const std::string prefix = where.ends_with(": ") ? where : where + '.';
      for (const MapEntry& entry : at->entries()) {
        open.emplace_back(prefix + std::string(entry.key->text()), entry.value);
      }
      for (std::size_t i = 0; i < at->items().size(); ++i) {
        open.emplace_back(where + '[' + std::to_string(i) + ']', at->items()[i]);
      }
      if (at->is_scalar()) {
        values_[where] = shown(at->text().empty() ? "\"\"" : at->text());
      } else if (at->is_null()) {
        values_[where] = "null";
      } else if (at->entries().empty() && at->items().empty()) {
        values_[where] = at->is_map() ? "{}" : "[]";
      }
    }
  }

 private:
  Values& values_;
};

Values values_of(const ScenarioSource& source, const std::string& scenario_name) {
  Values values;
  for (const SourceFile& file : source.files) {
    const std::string name = file.name == source.file ? scenario_name : file.name;
    Diagnostics diagnostics;
    const auto documents =
        parse_documents(file.name, file.text, diagnostics, {.several_documents = true});
    if (!documents || documents->front().root().is_scalar()) {  // Logs and rows may look like one.
      values[name] = "a file of " + std::to_string(file.text.size()) + " bytes, SHA-256 " +
                     reports::lower_hex(reports::sha256(file.text)).substr(0, 16);
      continue;
    }
    for (std::size_t i = 0; i < documents->size(); ++i) {
      const std::string part = documents->size() == 1 ? "" : '#' + std::to_string(i + 1);
      Flattener(values).add(name + part + ": ", (*documents)[i].root());
    }
  }
  for (const std::string& text : source.overrides) {
    const std::size_t equals = text.find('=');
    values["--set " + text.substr(0, equals)] =
        equals == std::string::npos ? "" : shown(text.substr(equals + 1));
  }
  return values;
}

}  // namespace

SourceDifference difference_of(const ScenarioSource& before, const ScenarioSource& after) {
  const Values old = values_of(before, after.file);
  const Values now = values_of(after, after.file);
  std::set<std::string> paths;
  for (const auto& [path, value] : old) {
    paths.insert(path);
  }
  for (const auto& [path, value] : now) {
    paths.insert(path);
  }
  SourceDifference result;
  for (const std::string& path : paths) {
    const auto left = old.find(path);
    const auto right = now.find(path);
    if (left != old.end() && right != now.end() && left->second == right->second) {
      continue;
    }
    if (result.changes.size() == kMostConfigurationChanges) {
      ++result.left_out;
      continue;
    }
    result.changes.push_back({.where = path,
                              .before = left == old.end() ? "" : left->second,
                              .after = right == now.end() ? "" : right->second});
  }
  return result;
}

}  // namespace shaketable::engine
