#include "engine/formats/istio_fields.h"

#include <algorithm>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_slips.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

constexpr std::size_t kMaxNamedPaths = 12;

// The leaves below a node, so that "not modelled" names each field and not only their parent.
void collect_paths(const Node& node, const std::string& path, std::vector<std::string>& paths) {
  if (paths.size() > kMaxNamedPaths) {
    return;
  }
  if (node.is_map() && !node.entries().empty()) {
    for (const MapEntry& entry : node.entries()) {
      collect_paths(*entry.value, path + "." + std::string(entry.key->text()), paths);
    }
  } else if (node.is_sequence() && !node.items().empty()) {
    std::size_t index = 0;
    for (const Node* item : node.items()) {
      collect_paths(*item, item_path(path, index++), paths);
    }
  } else {
    paths.push_back(path);
  }
}

std::string listed_paths(const Node& node, const std::string& path) {
  std::vector<std::string> paths;
  collect_paths(node, path, paths);
  if (paths.size() == 1 && paths.front() == path) {
    return printable(path, 200);
  }
  std::string text = printable(path, 200) + " (";
  for (std::size_t i = 0; i < paths.size() && i < kMaxNamedPaths; ++i) {
    // Paths below are named relative to their parent.
    text += (i == 0 ? "" : ", ") + printable(paths[i].substr(path.size()), 120);
  }
  return text + (paths.size() > kMaxNamedPaths ? ", ...)" : ")");
}

}  // namespace

SourceMark mark_of(const Node& node) { return {node.file(), node.line(), node.column()}; }

void say(const Node& node, Severity severity, const char* code, std::string message,
         std::string hint, Diagnostics& diagnostics) {
  diagnostics.add({.severity = severity,
                   .code = code,
                   .file = node.file(),
                   .line = node.line(),
                   .column = node.column(),
                   .message = std::move(message),
                   .expected = {},
                   .hint = std::move(hint)});
}

FieldReader::FieldReader(const Node* node, std::string path, Diagnostics& diagnostics)
    : any_(node), path_(std::move(path)), diagnostics_(diagnostics) {
  if (node == nullptr || node->is_null()) {
    return;
  }
  if (!node->is_map()) {
    say(*node, Severity::kError, code::kWrongKind,
        printable(path_, 200) + " must be a map, not " + std::string(kind_name(*node)), {},
        diagnostics_);
    return;
  }
  node_ = node;
}

const Node* FieldReader::take(std::string_view field) {
  known_.push_back(field);
  const Node* value = node_ == nullptr ? nullptr : node_->find(field);
  return value == nullptr || value->is_null() ? nullptr : value;
}

const Node* FieldReader::require(std::string_view field) {
  const Node* value = take(field);
  if (value == nullptr && any_ != nullptr && (node_ != nullptr || any_->is_null())) {
    reject({}, path(field) + " is required");
  }
  return value;
}

void FieldReader::ignore(std::initializer_list<std::string_view> fields) {
  known_.insert(known_.end(), fields);
}

void FieldReader::not_modelled(std::string_view field, std::string_view effect) {
  const Node* value = take(field);
  if (value != nullptr) {
    warn(field, code::kIstioNotModelled,
         listed_paths(*value, path(field)) + " is not modelled: " + std::string(effect));
  }
}

void FieldReader::removed(std::string_view field, std::string_view instead) {
  if (take(field) != nullptr) {
    warn(field, code::kIstioRemoved,
         path(field) + " was removed from Istio's API and has no effect",
         instead.empty() ? std::string() : "write " + std::string(instead));
  }
}

void FieldReader::finish() {
  if (node_ == nullptr) {
    return;
  }
  for (const MapEntry& entry : node_->entries()) {
    const std::string_view key = entry.key->text();
    if (std::find(known_.begin(), known_.end(), key) != known_.end()) {
      continue;
    }
    const std::string message = "Istio knows no field " + printable(path(key), 200) +
                                ": the cluster drops it, or refuses the file";
    const std::string_view home = home_of_field(key);
    const std::string nearest = nearest_name(key, known_);
    if (nearest.empty() && !home.empty()) {
      say(*entry.key, Severity::kWarning, code::kIstioMisplaced, message,
          "it belongs to " + std::string(home) + ": check the indentation", diagnostics_);
    } else {
      say(*entry.key, Severity::kWarning, code::kIstioUnknownField, message, nearest, diagnostics_);
    }
  }
}

std::string FieldReader::path(std::string_view field) const {
  return path_.empty() ? std::string(field) : path_ + "." + std::string(field);
}

bool FieldReader::has(std::string_view field) const {
  const Node* value = node_ == nullptr ? nullptr : node_->find(field);
  return value != nullptr && !value->is_null();
}

const Node& FieldReader::place_of(std::string_view field) const {
  if (node_ != nullptr && !field.empty()) {
    for (const MapEntry& entry : node_->entries()) {
      if (entry.key->text() == field) {
        return *entry.key;
      }
    }
  }
  return *any_;
}

void FieldReader::reject(std::string_view field, std::string message, std::string hint) {
  if (any_ != nullptr) {
    say(place_of(field), Severity::kError, code::kIstioRejected,
        "Istio refuses this: " + std::move(message), std::move(hint), diagnostics_);
  }
}

void FieldReader::warn(std::string_view field, const char* code, std::string message,
                       std::string hint) {
  if (any_ != nullptr) {
    say(place_of(field), Severity::kWarning, code, std::move(message), std::move(hint),
        diagnostics_);
  }
}

std::string item_path(const std::string& path, std::size_t index) {
  return path + "[" + std::to_string(index) + "]";
}

std::optional<std::uint32_t> read_uint32(const Node* node, Diagnostics& diagnostics,
                                         std::uint32_t max) {
  const std::optional<std::int64_t> value =
      read_integer(node, diagnostics, {0, static_cast<std::int64_t>(max)});
  return value ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<proxy::Duration> read_istio_duration(const Node* node, Diagnostics& diagnostics,
                                                   bool zero_is_off) {
  const std::optional<proxy::Duration> value = read_duration(node, diagnostics);
  if (!value || (zero_is_off && *value == proxy::Duration::zero())) {
    return value;
  }
  if (*value % std::chrono::milliseconds(1) != proxy::Duration::zero() ||
      *value < std::chrono::milliseconds(1)) {
    say(*node, Severity::kError, code::kIstioRejected,
        "Istio refuses this: durations are whole milliseconds, at least 1ms", {}, diagnostics);
    return std::nullopt;
  }
  return value;
}

std::optional<std::uint32_t> read_percentage(const Node* node, const std::string& path,
                                             Diagnostics& diagnostics) {
  if (node == nullptr) {
    return std::nullopt;
  }
  FieldReader percent(node, path, diagnostics);
  // Percent in millionths: 100 of them are one part per million. Finer values are truncated, as
  // Envoy's own denominator is a million.
  const std::optional<std::int64_t> micro =
      read_decimal(percent.take("value"), diagnostics, {0, 100'000'000});
  percent.finish();
  return static_cast<std::uint32_t>(micro.value_or(0) / 100);
}

std::vector<Host> read_texts(const Node* node, Diagnostics& diagnostics, std::string_view what) {
  std::vector<Host> texts;
  if (node == nullptr) {
    return texts;
  }
  for (const Node* item : read_sequence(node, diagnostics, what)) {
    if (std::optional<std::string> text = read_string(item, diagnostics, 1024)) {
      texts.push_back({std::move(*text), mark_of(*item)});
    }
  }
  return texts;
}

std::vector<Label> read_labels(const Node* node, Diagnostics& diagnostics) {
  std::vector<Label> labels;
  if (node == nullptr) {
    return labels;
  }
  for (const MapEntry& entry : read_entries(node, diagnostics, "a map of labels")) {
    if (std::optional<std::string> value = read_string(entry.value, diagnostics, 1024)) {
      labels.push_back({std::string(entry.key->text()), std::move(*value)});
    }
  }
  return labels;
}

}  // namespace shaketable::engine::istio
