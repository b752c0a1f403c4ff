#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

#include "gui/document/mesh_edits.h"

/// Services that are taken out of one scenario to be put into another, or once more into the same.
///
/// A clipping is the text of a mesh, its `services:` and their `traffic:` as the files write them:
/// what a person pastes into an editor is what a canvas takes back.
namespace shaketable::gui {

/// The services with the policies of calls to them, in the order of the file. Empty when none of
/// them is written.
[[nodiscard]] std::string clip_services(const engine::ScenarioSource& source,
                                        const std::set<std::string>& services);

/// A clipping as it would be put into a scenario.
struct Pasting {
  DocumentEdit edit;
  std::map<std::string, std::string> names;  ///< By its name in the clipping, what each is called.
};

/// Puts services of a clipping into a scenario. Of a name that is taken it is a copy ("shop-copy");
/// calls among the services of the clipping stay among them, calls to what neither has go away, and
/// so does `entry` where a second one would leave it open where load goes. Fails when the text has
/// no services.
[[nodiscard]] proxy::Result<Pasting> paste_services(const engine::ScenarioSource& source,
                                                    const std::string& clipping);

}  // namespace shaketable::gui
