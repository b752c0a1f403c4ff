#pragma once

#include <QString>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/mesh/model.h"
#include "gui/canvas/selection.h"

/// The kinds of faults of the format, for dialogs and the palette. Without widgets.
namespace shaketable::gui {

/// A kind, and which of the fields of a fault it has.
struct FaultKindInfo {
  const char* key;                   ///< Of the format: "delay".
  const char* title;                 ///< "Delay"
  const char* about;                 ///< "Requests take longer."
  const char* size_label = nullptr;  ///< Null: it has no size.
  const char* size = "";             ///< To begin with.
  const char* size_hint = "";        ///< What may stand there.
  const char* more_label = nullptr;  ///< Null: it has no second size.
  const char* more = "";
  const char* more_hint = "";
  const char* length = "10s";                       ///< How long it lasts, to begin with.
  const char* length_hint = "until it is stopped";  ///< What no length means.
  bool has_percent = false, has_instances = false, has_ways = false, has_ramp = false;
  /// What it can be dropped on: a service, the calls between two, the ground (the whole scenario).
  bool on_service = false, on_edge = false, on_ground = false;

  [[nodiscard]] bool fits(Selection::Kind kind) const {
    return kind == Selection::Kind::kService ? on_service
           : kind == Selection::Kind::kEdge  ? on_edge
                                             : on_ground;
  }
  /// Whether it hits requests: then on an edge those of its caller alone.
  [[nodiscard]] bool hits_requests() const;
  /// Which parts of a service it can hit.
  [[nodiscard]] bool hits_versions() const;
  [[nodiscard]] bool hits_instances() const;
  /// How long it lasts is until the instances are back.
  [[nodiscard]] bool kills() const;
};

[[nodiscard]] std::span<const FaultKindInfo> fault_kinds();
/// Null when there is none.
[[nodiscard]] const FaultKindInfo* find_fault_kind(const QString& key);

/// A fault as a person fills it in. All texts are as a scenario writes them.
struct FaultWish {
  const FaultKindInfo* kind = nullptr;
  Selection where;
  std::string part;  ///< Of the service that is hit: "shop v2", "shop-3", "shop GET /"; empty: all.
  std::string size, more;
  double percent = 100;
  std::uint32_t instances = 0;  ///< 0: all.
  bool one_way = false;
  std::string zone;    ///< zone_loss.
  std::string node;    ///< node_loss.
  std::string to;      ///< deploy: the version that comes; empty: the same.
  std::string load;    ///< load: of which; empty: of all.
  std::string length;  ///< Empty: until it is stopped.
  std::string ramp;    ///< Empty: at once.
};

/// Parts of a service that a fault of a kind can be limited to, as a scenario calls them: versions
/// when it has several, instances (of many the first), endpoints for faults that hit requests.
[[nodiscard]] std::vector<std::string> parts_of(const engine::Service& service,
                                                const FaultKindInfo& kind);

/// As a scenario says it, without `at`: "on: payment, delay: {add: 2s}, for: 10s".
[[nodiscard]] std::string fault_yaml(const FaultWish& wish);
/// What the scenario may call it: "payment-delay".
[[nodiscard]] std::string fault_name_for(const FaultWish& wish);

}  // namespace shaketable::gui
