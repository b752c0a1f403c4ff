#pragma once

#include <string>

namespace shaketable::gui {

/// What a person looks at. By name, so that it outlives a change of the mesh.
struct Selection {
  enum class Kind { kNothing, kService, kEdge };
  Kind kind = Kind::kNothing;
  std::string service;  ///< kEdge: the callee.
  std::string caller;   ///< kEdge.

  [[nodiscard]] static Selection of_service(std::string name) {
    return {Kind::kService, std::move(name), {}};
  }
  [[nodiscard]] static Selection of_edge(std::string from, std::string to) {
    return {Kind::kEdge, std::move(to), std::move(from)};
  }
  friend bool operator==(const Selection&, const Selection&) = default;
};

}  // namespace shaketable::gui
