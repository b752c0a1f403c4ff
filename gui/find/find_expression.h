#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/scenario/model.h"
#include "gui/run/mesh_look.h"
#include "proxy/base/result.h"

namespace shaketable::gui {

/// Something that services can be asked for.
enum class FindField : std::uint8_t {
  kName,
  kNamespace,
  kZone,
  kVersion,
  kRuntime,
  kState,      ///< As `name_of(NodeHealth)` says it; "no data" before a run.
  kInstances,  ///< As the scenario says.
  kUp,
  kEjected,
  kCallers,  ///< Services that call it.
  kCalls,    ///< Services that it calls.
  kRps,
  kErrors,  ///< Percent.
  kP50,     ///< Milliseconds, as kP99.
  kP99,
  kUtilisation,  ///< Percent.
  kQueue,
  kFaults,  ///< That hit it now.
};

/// What a person may type for it.
struct FindFieldInfo {
  FindField field = FindField::kName;
  std::string_view name;
  std::string_view about;  ///< "answers per second"
  bool is_number = false;
};

[[nodiscard]] std::span<const FindFieldInfo> find_fields();

/// Where an expression cannot be understood.
struct FindMistake {
  std::size_t at = 0;  ///< Byte of the text.
  std::string message;
  std::string expected;
};

/// A mesh and, once it ran, how it does at a moment.
struct FindSubject {
  const engine::Mesh& mesh;
  const MeshShape& shape;
  const MeshLook* look = nullptr;
};

/// An expression over services. Immutable; may be shared between threads.
///
/// Grammar, case ignored but in names:
///   expression  a `or` b · a `and` b · a b · `not` a · (a)
///   comparison  field = value · != · > · >= · < · <= · ~ value (contains)
///   word        part of a name, or a state: `failing`, `entry`, `outside`, `open` (a circuit)
///   near(name, n)  a service and all within n calls of it
/// Values may be quoted, and hold `*`. Units: `5%`, `250ms`, `1.5s`, `100/s`.
class FindExpression {
 public:
  struct Node;

  /// The empty text finds everything.
  [[nodiscard]] static std::optional<FindExpression> parse(std::string_view text,
                                                           FindMistake& mistake);

  /// By service: whether it is found. Linear in services and calls, for each `near`.
  [[nodiscard]] std::vector<bool> find(const FindSubject& subject) const;
  [[nodiscard]] bool is_empty() const { return root_ == nullptr; }
  /// Whether what is found depends on the moment of a run.
  [[nodiscard]] bool depends_on_moment() const { return depends_on_moment_; }

 private:
  std::shared_ptr<const Node> root_;
  bool depends_on_moment_ = false;
};

/// The zones that the instances of a service are in, joined by ", ".
[[nodiscard]] std::string zones_of(const engine::Mesh& mesh, const engine::Service& service);

}  // namespace shaketable::gui
