#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/scenario/source.h"
#include "gui/document/text_edit.h"
#include "proxy/base/result.h"

/// What a person does to a scenario, as changes of its files' text. All of them leave every byte
/// alone that the change is not about. They fail, with a sentence for the person, when the files do
/// not hold what is to be changed or cannot be read as documents; whether the result is a good
/// scenario is for its reader to say (`ScenarioDocument::apply`).
namespace shaketable::gui {

class ParsedSource;

/// Keys from the top of a file: {"services", "stock", "instances"}.
using KeyPath = std::vector<std::string>;

/// Sets a value (YAML on one line) where it is written; where it is not, in the file that says most
/// about what the path leads to, the scenario's before its mesh's.
[[nodiscard]] proxy::Result<DocumentEdit> set_value(const engine::ScenarioSource& source,
                                                    const KeyPath& path, std::string_view value);
/// Takes a key and its value out.
[[nodiscard]] proxy::Result<DocumentEdit> remove_value(const engine::ScenarioSource& source,
                                                       const KeyPath& path);
/// The value as it is written; empty when it is not. Who asks for many parses the files once.
[[nodiscard]] std::string written_value(const engine::ScenarioSource& source, const KeyPath& path);
[[nodiscard]] std::string written_value(const ParsedSource& parsed, const KeyPath& path);
/// Where the value, or the key without one, is written.
struct WrittenPlace {
  std::string file;  ///< Empty when it is nowhere.
  int line = 0;
};
[[nodiscard]] WrittenPlace written_place(const engine::ScenarioSource& source, const KeyPath& path);

/// A service with one instance and one endpoint, `GET /`.
[[nodiscard]] proxy::Result<DocumentEdit> add_service(const engine::ScenarioSource& source,
                                                      const std::string& name);
/// Takes a service out, with the calls to it and its policies.
[[nodiscard]] proxy::Result<DocumentEdit> remove_service(const engine::ScenarioSource& source,
                                                         const std::string& name);
/// Gives a service another name wherever the files mean it: calls, policies, faults, expectations.
[[nodiscard]] proxy::Result<DocumentEdit> rename_service(const engine::ScenarioSource& source,
                                                         const std::string& name,
                                                         const std::string& new_name);
/// Lets the first endpoint of `caller` call the first endpoint of `callee`, after its other calls.
[[nodiscard]] proxy::Result<DocumentEdit> connect_services(const engine::ScenarioSource& source,
                                                           const std::string& caller,
                                                           const std::string& callee);
/// Takes every call from `caller` to `callee` out.
[[nodiscard]] proxy::Result<DocumentEdit> disconnect_services(const engine::ScenarioSource& source,
                                                              const std::string& caller,
                                                              const std::string& callee);

/// The services that a service's steps call, in the order of the file; what is no service as well.
[[nodiscard]] std::vector<std::string> called_by(const engine::ScenarioSource& source,
                                                 const std::string& caller);

/// `base`, or `base-2` and so on: a name that no entry of the section has.
[[nodiscard]] std::string free_name(const engine::ScenarioSource& source, std::string_view section,
                                    const std::string& base);

/// The source with an edit carried out. The edit must have been planned for it.
[[nodiscard]] engine::ScenarioSource with_edit(engine::ScenarioSource source,
                                               const DocumentEdit& edit);

}  // namespace shaketable::gui
