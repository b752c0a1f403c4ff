#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/istio_model.h"
#include "engine/formats/reader.h"
#include "engine/mesh/model.h"
#include "proxy/base/time.h"

/// Reading of Kubernetes objects field by field: null is absent, every field has a path, and what
/// nobody took is reported. Used by the readers of Istio's objects.
namespace shaketable::engine::istio {

/// The place of a node, to keep beside what was read from it.
[[nodiscard]] SourceMark mark_of(const Node& node);

/// Adds a remark about a node: `say(*node, Severity::kWarning, code, message, hint, diagnostics)`.
void say(const Node& node, Severity severity, const char* code, std::string message,
         std::string hint, Diagnostics& diagnostics);

/// A map with Istio's fixed field names.
///
/// Every field that the API has must be declared, by `take` (read), `ignore` (it changes no
/// traffic), `not_modelled` or `removed`; `finish` warns of the others: with the level that they
/// belong to when it is known (an indentation slip), else with the nearest declared name. A node
/// that is no map is an error; a null pointer acts as an empty map.
class FieldReader {
 public:
  /// `path` is the path of the map within its object, "spec.http[0]".
  FieldReader(const Node* node, std::string path, Diagnostics& diagnostics);

  /// The value of the field, or null when it is absent or null.
  const Node* take(std::string_view field);
  /// The same, and an error when it is not there.
  const Node* require(std::string_view field);
  /// Declares fields that are right and change no traffic.
  void ignore(std::initializer_list<std::string_view> fields);
  /// Declares a field that changes traffic and is not modelled; warns when it is there, with every
  /// path below it. `effect` says what is missing in the run.
  void not_modelled(std::string_view field, std::string_view effect);
  /// Declares a field that Istio has removed; warns when it is there.
  void removed(std::string_view field, std::string_view instead);
  /// Reports what nobody declared.
  void finish();

  [[nodiscard]] std::string path(std::string_view field) const;
  [[nodiscard]] const std::string& path() const { return path_; }
  [[nodiscard]] bool has(std::string_view field) const;
  [[nodiscard]] const Node* node() const { return node_; }
  [[nodiscard]] Diagnostics& diagnostics() const { return diagnostics_; }

  /// "Istio refuses this": an error at the field, or at the map when the field is empty.
  void reject(std::string_view field, std::string message, std::string hint = {});
  /// A warning at the field, or at the map.
  void warn(std::string_view field, const char* code, std::string message, std::string hint = {});

 private:
  const Node& place_of(std::string_view field) const;

  const Node* node_ = nullptr;
  const Node* any_ = nullptr;  ///< The node as given, for places of remarks.
  std::string path_;
  Diagnostics& diagnostics_;
  std::vector<std::string_view> known_;
};

/// "a.b[2]" from "a.b" and 2.
[[nodiscard]] std::string item_path(const std::string& path, std::size_t index);

/// A whole number from 0 to 2^32 - 1.
[[nodiscard]] std::optional<std::uint32_t> read_uint32(const Node* node, Diagnostics& diagnostics,
                                                       std::uint32_t max = 0xffff'ffffU);

/// A duration of at least 1 ms in whole milliseconds, as Istio demands; zero when `zero_is_off`.
[[nodiscard]] std::optional<proxy::Duration> read_istio_duration(const Node* node,
                                                                 Diagnostics& diagnostics,
                                                                 bool zero_is_off = false);

/// `{value: 12.5}` (percent, 0 to 100) as parts per million; null gives nothing.
[[nodiscard]] std::optional<std::uint32_t> read_percentage(const Node* node,
                                                           const std::string& path,
                                                           Diagnostics& diagnostics);

/// A list of texts; null gives none. Each text has the place of its node.
[[nodiscard]] std::vector<Host> read_texts(const Node* node, Diagnostics& diagnostics,
                                           std::string_view what);

/// A map of labels, in the order of the file.
[[nodiscard]] std::vector<Label> read_labels(const Node* node, Diagnostics& diagnostics);

}  // namespace shaketable::engine::istio
