#pragma once

#include <span>
#include <string>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/istio_import.h"
#include "engine/formats/istio_model.h"

namespace shaketable::engine::istio {

/// Collects the objects of a set of documents, in the order in which they are added.
///
/// `kind: List` (and VirtualServiceList, ...) is opened. Objects of other kinds are named in a
/// remark: a warning when they change traffic, a note when they do not. The same object twice
/// counts once, with the later text, as `kubectl apply` does it.
class ObjectReader {
 public:
  ObjectReader(const IstioOptions& options, Diagnostics& diagnostics)
      : options_(options), diagnostics_(diagnostics) {}

  /// Reads one document of a file.
  void add(const Node& root);

  /// What was read, oldest first: by creationTimestamp, then those without one in their order.
  [[nodiscard]] Objects finish();

 private:
  void add_object(const Node& object, int depth);
  void read_kind(const Node& object, std::string_view group, std::string_view kind);
  void report_other_kind(const Node& object, std::string_view group, std::string_view kind);
  ObjectMeta read_meta(const Node& object);

  const IstioOptions& options_;
  Diagnostics& diagnostics_;
  Objects objects_;
  std::uint32_t next_order_ = 0;
};

/// Replaces every route with `delegate` by the routes of the VirtualService that it names, and
/// removes the delegates. Routes that contradict their root are dropped with a warning.
void resolve_delegates(Objects& objects, Diagnostics& diagnostics);

}  // namespace shaketable::engine::istio
