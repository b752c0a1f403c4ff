#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/formats/mesh_loader_context.h"
#include "engine/formats/reader.h"
#include "engine/scenario/model.h"
#include "loadgen/core/text_template.h"

/// The readers behind `load:`, in a scenario and in a load file. Shared by the files of the loader.
namespace shaketable::engine {

struct ScenarioContext;

inline constexpr std::size_t kMaxLoads = 1'000;
inline constexpr std::size_t kMaxJourneys = 10'000;      ///< Of all loads.
inline constexpr std::size_t kMaxJourneySteps = 10'000;  ///< Of a journey, those of loops included.
inline constexpr std::size_t kMaxStages = 10'000;        ///< Of a rate.
inline constexpr std::size_t kMaxVariables = 1'000;      ///< Of a load, columns included.
inline constexpr std::size_t kMaxRows = 1'000'000;       ///< Of a variable.
inline constexpr std::size_t kMaxLoadFile = std::size_t{64} << 20;  ///< Bytes of a file it names.

/// A load that is being read, and what its readers share.
struct LoadContext {
  LoaderContext& names;
  Diagnostics& diagnostics;
  std::string folder;                   ///< Files that the load names are relative to it.
  ScenarioContext* scenario = nullptr;  ///< Null in a load file: requests are `METHOD /path`.
  std::size_t journeys = 0;             ///< Read so far, of all loads.

  // Of the load that is being read.
  Load* load = nullptr;
  loadgen::VariableNames variables = {};
  std::vector<bool> is_given = {};  ///< By variable: something gives it a value.
  std::vector<std::pair<Node, loadgen::VariableIndex>> mentions = {};
  std::vector<std::pair<Node, std::string>> subjects = {};   ///< What thresholds are about.
  std::size_t steps = 0;                                     ///< Of the journey, so far.
  std::vector<std::pair<Node, const char*>> live_only = {};  ///< What virtual time cannot follow.

  /// The number of a variable that gets a value.
  loadgen::VariableIndex give(std::string_view name);
  /// Text with `${name}` in it; `node` is where it stands.
  [[nodiscard]] std::optional<loadgen::TextTemplate> text(const Node& node, std::string_view text);
  [[nodiscard]] std::optional<loadgen::TextTemplate> text(const Node* node,
                                                          std::size_t max_bytes = 65'536);
  /// What the file at `path` (relative to `folder`) holds; reports at `node`.
  [[nodiscard]] std::optional<std::string> file(const Node* node);
};

/// Reads `load:`: a map of loads.
[[nodiscard]] std::vector<Load> read_load_section(const Node* node, LoadContext& context);

void read_journey_steps(const Node* node, std::vector<JourneyStep>& steps, LoadContext& context);
/// Reports the keys of a step that do not belong to its kind.
void refuse_other_keys(const Node& node, std::initializer_list<std::string_view> own,
                       LoadContext& context);
/// The request of a step; returns its number, kNoIndex after a mistake.
[[nodiscard]] std::uint32_t read_step_request(const Node& node, LoadContext& context);

/// A request of keys that loads and steps share; null pointers are absent.
struct RequestNodes {
  const Node* request = nullptr;
  const Node* headers = nullptr;
  const Node* query = nullptr;
  const Node* json = nullptr;
  const Node* body = nullptr;
  const Node* check = nullptr;
};
[[nodiscard]] std::uint32_t read_plain_request(const RequestNodes& nodes, LoadContext& context);

/// `METHOD /path?query` of a request: the method, the path, and its target in a mesh.
bool read_request_line(const Node& node, const Node* endpoint, loadgen::Request& request,
                       LoadRequest& target, LoadContext& context);
void read_header_templates(const Node* node, loadgen::Request& request, LoadRequest& target,
                           LoadContext& context);
void read_body(const Node* json, const Node* body, const Node* file, const Node* form,
               const Node* multipart, loadgen::Request& request, LoadContext& context);
/// YAML as JSON text with places; `"${x}"` stays a text, a bare `${x}` is put in as it is.
[[nodiscard]] std::optional<std::string> json_text_of(const Node& node, LoadContext& context);

void read_captures(const Node* node, std::vector<loadgen::Capture>& captures, LoadContext& context);
/// One text or a list of them.
void read_conditions(const Node* node, std::vector<loadgen::Condition>& conditions,
                     LoadContext& context);
void read_rate(const Node* node, LoadContext& context);
void read_variables(const Node* node, LoadContext& context);
void read_auth(const Node* node, LoadContext& context);
void read_thresholds(const Node* node, LoadContext& context);
[[nodiscard]] loadgen::Target read_target_settings(const Node* node, Diagnostics& diagnostics);

}  // namespace shaketable::engine
