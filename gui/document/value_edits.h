#pragma once

#include <string>
#include <vector>

#include "engine/scenario/source.h"
#include "gui/document/mesh_edits.h"
#include "gui/document/text_edit.h"
#include "proxy/base/result.h"

/// Several values changed as one step: what a wizard or a slider comes to.
namespace shaketable::gui {

/// A value that is to be written, or taken out.
struct ValueChange {
  KeyPath path;
  std::string value;  ///< YAML on one line; empty: the key goes away, if it is there.
};

/// Carries the changes out one after the other, as one step of the document. Values that are
/// written so already and keys that are not there are left alone. Fails when one of them cannot be
/// written.
[[nodiscard]] proxy::Result<DocumentEdit> set_values(const engine::ScenarioSource& source,
                                                     const std::string& label,
                                                     const std::vector<ValueChange>& changes);

/// Lets a load enter at a service's first endpoint, 50 requests a second, and makes the service an
/// entry of the mesh.
[[nodiscard]] proxy::Result<DocumentEdit> add_load(const engine::ScenarioSource& source,
                                                   const std::string& service);

/// Where the policies of calls to `service` are written: for all callers, or with a `caller` for
/// that one alone. Fails when the entry is limited to other callers by `from: name`.
[[nodiscard]] proxy::Result<KeyPath> policy_path(const engine::ScenarioSource& source,
                                                 const std::string& service,
                                                 const std::string& caller);

/// The changes below `traffic` as the fault that brings them to the sidecars of a run:
/// "config_push: {delay: ..., traffic: {...}}". Keys that go away cannot be pushed and are left
/// out, as is everything outside of `traffic`. Empty when nothing is left.
[[nodiscard]] std::string push_of(const std::vector<ValueChange>& changes,
                                  const std::string& delay);

}  // namespace shaketable::gui
