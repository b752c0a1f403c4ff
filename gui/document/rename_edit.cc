#include <string>
#include <utility>

#include "gui/document/mesh_edits.h"
#include "gui/document/parsed_source.h"

namespace shaketable::gui {
namespace {

using engine::MapEntry;
using engine::Node;

// What these keys hold are not names of services, whatever it looks like.
bool is_prose(std::string_view key) {
  return key == "about" || key == "scenario" || key == "mesh" || key == "headers" ||
         key == "labels" || key == "runtime" || key == "zones" || key == "policies" ||
         key == "namespace" || key == "zone" || key == "arrivals" || key == "retry_on";
}

/// Replaces one service's name in texts that name services.
class Renamer {
 public:
  Renamer(TextEditor& editor, const Node& services, std::string name, std::string new_name)
      : editor_(editor),
        services_(services),
        name_(std::move(name)),
        new_name_(std::move(new_name)) {}

  // Keys of `load` and `faults` are the user's names for other things.
  void visit(const Node& node, bool keys_are_services) {
    if (node.is_scalar()) {
      rename(node);
    }
    for (const Node* item : node.items()) {
      visit(*item, true);
    }
    for (const MapEntry& entry : node.entries()) {
      const std::string_view key = entry.key->text();
      if (keys_are_services) {
        rename(*entry.key);
      }
      if (!is_prose(key) && editor_.finder().is_written_here(entry)) {
        visit(*entry.value, key != "load" && key != "faults" && key != "scenarios");
      }
    }
  }

 private:
  void rename(const Node& scalar) {
    std::string text(scalar.text());
    std::string renamed;
    std::size_t part = 0;
    while (true) {
      const std::size_t arrow = text.find(" -> ", part);
      renamed += rename_part(text.substr(part, arrow == std::string::npos ? arrow : arrow - part));
      if (arrow == std::string::npos) {
        break;
      }
      renamed += " -> ";
      part = arrow + 4;
    }
    if (renamed != text) {
      editor_.replace(editor_.finder().span_of(scalar), yaml_scalar(renamed));
    }
  }

  // "stock", "stock GET /items", "stock v2", and the instance "stock-2".
  [[nodiscard]] std::string rename_part(const std::string& text) const {
    if (!text.starts_with(name_)) {
      return text;
    }
    const std::string rest = text.substr(name_.size());
    const bool is_instance = rest.size() > 1 && rest[0] == '-' &&
                             rest.find_first_not_of("0123456789", 1) == std::string::npos &&
                             services_.find(text) == nullptr;
    return rest.empty() || rest[0] == ' ' || is_instance ? new_name_ + rest : text;
  }

  TextEditor& editor_;
  const Node& services_;
  std::string name_, new_name_;
};

}  // namespace

proxy::Result<DocumentEdit> rename_service(const engine::ScenarioSource& source,
                                           const std::string& name, const std::string& new_name) {
  ParsedSource parsed(source);
  const Section* const top = parsed.with_services();
  if (top == nullptr || top->map->find("services")->find(name) == nullptr) {
    return proxy::fail("no file has a service '" + name + "'");
  }
  if (top->map->find("services")->find(new_name) != nullptr) {
    return proxy::fail("there is a service '" + new_name + "' already");
  }
  for (const Section& it : parsed.tops()) {
    Renamer(*it.editor, *top->map->find("services"), name, new_name)
        .visit(*it.map, true);  // An inner mesh counts as prose.
  }
  return DocumentEdit{.label = "Rename " + name + " to " + new_name, .changes = parsed.take()};
}

}  // namespace shaketable::gui
