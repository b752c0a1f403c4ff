#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/mesh/model.h"

namespace shaketable::proxy::app {

/// An upstream address as it is written; `localhost` is 127.0.0.1.
struct Endpoint {
  std::string address;
  std::uint32_t weight = 1;  ///< 1 to 128.
  bool is_name = false;      ///< Has to be looked up; then it is the only one of its cluster.
};

/// The addresses under one name.
struct NamedEndpoints {
  std::string name;
  std::vector<Endpoint> endpoints;
  engine::SourceMark mark;
};

/// Addresses of services, in a file that may change while the proxy runs. YAML or JSON:
///
///     payment: [10.0.0.4:15006, {address: 10.0.0.5:15006, weight: 2}]
///     catalog/v2: 10.0.0.7:15006
///
/// or a list alone, for the one cluster that names the file. An empty list means that there are
/// none now.
struct EndpointsFile {
  std::string path;
  bool has_names = false;
  std::vector<Endpoint> list;        ///< Without names.
  std::vector<NamedEndpoints> sets;  ///< With names, in the order of the file.

  /// The entry of that name, or null.
  [[nodiscard]] const NamedEndpoints* find(std::string_view name) const;
};

/// Reads the file; nothing when there is any error.
[[nodiscard]] std::optional<EndpointsFile> load_endpoints_file(const std::string& path,
                                                               engine::Diagnostics& diagnostics);
/// The same for a text in memory.
[[nodiscard]] std::optional<EndpointsFile> parse_endpoints_file(const std::string& name,
                                                                std::string text,
                                                                engine::Diagnostics& diagnostics);

/// `address`, `{address, weight}` or a list of these; reports mistakes, addresses that come twice,
/// and names beside other addresses. A null pointer is silent.
[[nodiscard]] std::vector<Endpoint> read_endpoints(const engine::Node* node,
                                                   engine::Diagnostics& diagnostics);

}  // namespace shaketable::proxy::app
