#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/mesh/model.h"
#include "proxy/base/quantile_table.h"

/// Shared by the files of the loader; not for anybody else.
namespace shaketable::engine {

/// The largest mesh that is read.
inline constexpr std::size_t kMaxServices = 20'000;
inline constexpr std::size_t kMaxInstances = 200'000;
inline constexpr std::uint32_t kMaxScaled = 10'000;  ///< That a service may be scaled to.
inline constexpr std::size_t kMaxVersions = 64;      ///< Of a service.
inline constexpr std::size_t kMaxEndpoints = 1'000;  ///< Of a service.
inline constexpr std::size_t kMaxCalls = 256;        ///< Of an endpoint, branches included.
inline constexpr std::size_t kMaxStepNesting = 16;
inline constexpr std::size_t kMaxZones = 256;
inline constexpr std::uint32_t kMaxNodes = 10'000;
inline constexpr std::size_t kMaxRoutes = 1'000;      ///< Of a destination.
inline constexpr std::size_t kMaxPolicies = 100'000;  ///< Pairs of destination and caller.
inline constexpr std::size_t kMaxLabels = 64;         ///< Of a service or a version.
inline constexpr std::size_t kMaxSteps = 2'000'000;   ///< Of all endpoints of all versions.
inline constexpr std::size_t kMaxShapes = 10'000;     ///< Different forms of distributions.
inline constexpr std::size_t kMaxGammas = 500;        ///< Of those; each takes milliseconds.

/// One file's say about policies and the network; later layers are put on top of earlier ones.
struct PolicyLayer {
  const Node* traffic = nullptr;
  const Node* policies = nullptr;
  const Node* network = nullptr;
  std::string folder;  ///< `policies` are relative to it.
};

/// What all readers need: where to report, and the names of the mesh that is being built.
struct LoaderContext {
  Diagnostics& diagnostics;
  Mesh& mesh;
  proxy::QuantileTablePool tables;
  std::unordered_map<std::string_view, ServiceIndex> services;  ///< Views into service_names.
  std::vector<std::string> service_names;                       ///< Parallel to mesh.services.
  std::size_t gammas = 0;                                       ///< Different ones, so far.
  std::size_t steps = 0;    ///< Built so far, of all endpoints of all versions.
  std::string folder = {};  ///< Of the file that the command names: where paths in `--set` start.
  /// Files of measured times, by path, each read once; nothing for one that is wrong.
  std::map<std::string, std::optional<Distribution>, std::less<>> measured = {};
  std::vector<PolicyLayer> layers = {};  ///< What the policies of `mesh` were made from.

  /// The service of that name, or kNone.
  [[nodiscard]] ServiceIndex find(std::string_view name) const;
  /// The service that `node` names; reports (with the nearest name) and returns kNone.
  ServiceIndex service(const Node& node);
  /// An endpoint of a service by its name; reports and returns kNone.
  EndpointIndex endpoint(ServiceIndex service, const Node& node);
  /// A version of a service by its name; reports and returns kNone.
  VersionIndex version(ServiceIndex service, const Node& node);
  /// A zone by its name; reports and returns kNone.
  ZoneIndex zone(const Node& node);

  /// Splits "catalog GET /x" into the longest beginning that names a service and the rest: `rest`
  /// is where the rest begins in the text, npos when there is none. Reports nothing; kNone when no
  /// beginning is a service.
  ServiceIndex split_service(std::string_view text, std::size_t& rest) const;

  /// `hint` is the nearest right name.
  void error(const Node& node, const char* code, std::string message, std::string expected = {},
             std::string hint = {});
  void warn(const Node& node, const char* code, std::string message);
};

/// "a, b, c" for messages; "..." behind the first twelve.
[[nodiscard]] std::string listed(const std::vector<std::string>& names);

/// The candidate nearest to `word`, or "". Nothing is searched for when `diagnostics` is full.
[[nodiscard]] std::string nearest_of(std::string_view word, const std::vector<std::string>& names,
                                     const Diagnostics& diagnostics);

/// `read_integer` as an unsigned number of 32 bits.
[[nodiscard]] std::optional<std::uint32_t> read_count(const Node* node, Diagnostics& diagnostics,
                                                      std::uint32_t min, std::uint32_t max);

/// `read_percent` as an unsigned number of 32 bits.
[[nodiscard]] std::optional<std::uint32_t> read_ppm(const Node* node, Diagnostics& diagnostics,
                                                    std::uint32_t min_ppm = 0);

/// Assigns `*value` to `target` when there is one.
template <typename T, typename U>
void assign(T& target, std::optional<U> value) {
  if (value) {
    target = static_cast<T>(std::move(*value));
  }
}

/// A duration or a distribution: `250ms`, `{lognormal: {median: 8ms, p99: 40ms}}`.
[[nodiscard]] std::optional<Distribution> read_time(const Node* node, LoaderContext& context);

}  // namespace shaketable::engine
