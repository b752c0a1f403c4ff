#include "gui/document/mesh_edits.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "gui/document/parsed_source.h"
#include "gui/document/written_path.h"

namespace shaketable::gui {
namespace {

using engine::MapEntry;
using engine::Node;
using proxy::fail;
using proxy::Result;

std::string nested(const KeyPath& path, std::size_t from, std::string_view value) {
  std::string text(value);
  for (std::size_t i = path.size(); i-- > from;) {
    text = "{" + yaml_scalar(path[i]) + ": " + text + "}";
  }
  return text;
}

std::string path_words(const KeyPath& path) {
  std::string text;
  for (const std::string& key : path) {
    text += (text.empty() ? "" : ".") + key;
  }
  return text;
}

Result<DocumentEdit> nothing_to_edit() {
  return fail("the file cannot be edited before it can be read", {}, "YAML that can be parsed");
}

/// The first endpoint of a service, with its service.
struct FirstEndpoint {
  const Node* service = nullptr;
  const MapEntry* endpoint = nullptr;
};

FirstEndpoint first_endpoint(const Section& top, const std::string& service) {
  const Node* const node = top.map->find("services")->find(service);
  const Node* const endpoints = node == nullptr ? nullptr : node->find("endpoints");
  if (endpoints == nullptr || endpoints->entries().empty()) {
    return {node, nullptr};
  }
  return {node, &endpoints->entries().front()};
}

/// The service that a step of `calls` calls: `stock GET /items`, `stock: GET /items`. Empty for
/// other steps.
std::string_view callee_of(const Node& step) {
  if (step.is_scalar()) {
    return step.text().substr(0, step.text().find(' '));
  }
  if (!step.is_map() || step.entries().size() != 1) {
    return {};
  }
  constexpr std::string_view kOtherSteps[] = {"parallel", "sequence", "work", "wait", "publish"};
  const std::string_view key = step.entries().front().key->text();
  const bool is_other =
      std::find(std::begin(kOtherSteps), std::end(kOtherSteps), key) != std::end(kOtherSteps);
  return is_other ? std::string_view() : key.substr(0, key.find(' '));
}

void remove_calls(TextEditor& editor, const Node& steps, std::string_view service) {
  if (!steps.is_sequence()) {
    return;
  }
  std::vector<const Node*> found;
  for (const Node* step : steps.items()) {
    if (callee_of(*step) == service) {
      found.push_back(step);
    } else if (step->is_sequence()) {
      remove_calls(editor, *step, service);
    } else if (step->is_map()) {
      for (const MapEntry& entry : step->entries()) {
        remove_calls(editor, *entry.value, service);
      }
    }
  }
  if (!found.empty()) {
    editor.remove_items(steps, found);
  }
}

void collect_calls(const Node& steps, std::vector<std::string>& callees) {
  if (!steps.is_sequence()) {
    return;
  }
  for (const Node* step : steps.items()) {
    const std::string_view callee = callee_of(*step);
    if (!callee.empty() && std::find(callees.begin(), callees.end(), callee) == callees.end()) {
      callees.emplace_back(callee);
    } else if (step->is_sequence()) {
      collect_calls(*step, callees);
    } else if (step->is_map()) {
      for (const MapEntry& entry : step->entries()) {
        collect_calls(*entry.value, callees);
      }
    }
  }
}

void remove_calls_of(TextEditor& editor, const Node& service, std::string_view callee) {
  const Node* const endpoints = service.is_map() ? service.find("endpoints") : nullptr;
  if (endpoints == nullptr) {
    return;
  }
  for (const MapEntry& endpoint : endpoints->entries()) {
    const Node* const calls = endpoint.value->is_map() ? endpoint.value->find("calls") : nullptr;
    if (calls != nullptr) {
      remove_calls(editor, *calls, callee);
    }
  }
}

}  // namespace

Result<DocumentEdit> set_value(const engine::ScenarioSource& source, const KeyPath& path,
                               std::string_view value) {
  ParsedSource parsed(source);
  const Reach found = deepest(parsed, path);
  if (found.top == nullptr) {
    return nothing_to_edit();
  }
  TextEditor& editor = *found.top->editor;
  if (found.depth == path.size()) {
    editor.set_entry(*found.parent, path.back(), value);
  } else if (found.node->is_map()) {
    editor.set_entry(*found.node, path[found.depth], nested(path, found.depth + 1, value));
  } else {  // A word where a map is due, `retries: false`: the map takes its place.
    editor.set_entry(*found.parent, path[found.depth - 1], nested(path, found.depth, value));
  }
  return DocumentEdit{.label = "Set " + path_words(path), .changes = parsed.take()};
}

Result<DocumentEdit> remove_value(const engine::ScenarioSource& source, const KeyPath& path) {
  ParsedSource parsed(source);
  const Reach found = deepest(parsed, path);
  if (found.top == nullptr) {
    return nothing_to_edit();
  }
  if (found.depth < path.size()) {
    return fail("no file says anything about " + path_words(path));
  }
  found.top->editor->remove_entry(*found.parent, *entry_of(*found.parent, path.back()));
  return DocumentEdit{.label = "Remove " + path_words(path), .changes = parsed.take()};
}

std::string written_value(const engine::ScenarioSource& source, const KeyPath& path) {
  return written_value(ParsedSource(source), path);
}

std::string written_value(const ParsedSource& parsed, const KeyPath& path) {
  const Reach found = deepest(parsed, path);
  if (found.top == nullptr || found.depth < path.size()) {
    return {};
  }
  const SpanFinder& finder = found.top->editor->finder();
  const TextSpan span = finder.value_span(*entry_of(*found.parent, path.back()));
  return std::string(finder.text().substr(span.begin, span.size()));
}

WrittenPlace written_place(const engine::ScenarioSource& source, const KeyPath& path) {
  const ParsedSource parsed(source);
  const Reach found = deepest(parsed, path);
  if (found.top == nullptr || found.depth < path.size()) {
    return {};
  }
  const MapEntry* const entry = entry_of(*found.parent, path.back());
  return {.file = *found.top->file, .line = entry->key->line()};
}

Result<DocumentEdit> add_service(const engine::ScenarioSource& source, const std::string& name) {
  ParsedSource parsed(source);
  if (parsed.tops().empty()) {
    return nothing_to_edit();
  }
  const Section* const top = parsed.with_services();
  const std::string value = "{instances: 1, endpoints: {GET /: {work: 5ms}}}";
  if (top == nullptr) {
    parsed.tops().front().editor->set_entry(
        *parsed.tops().front().map, "services",
        "{" + yaml_scalar(name) +
            ": {entry: true, instances: 1, endpoints: {GET /: {work: 5ms}}}}");
  } else if (top->map->find("services")->find(name) != nullptr) {
    return fail("there is a service '" + name + "' already");
  } else {
    top->editor->set_entry(*top->map->find("services"), name, value);
  }
  return DocumentEdit{.label = "Add " + name, .changes = parsed.take()};
}

Result<DocumentEdit> remove_service(const engine::ScenarioSource& source, const std::string& name) {
  ParsedSource parsed(source);
  const Section* const top = parsed.with_services();
  const Node* const services = top == nullptr ? nullptr : top->map->find("services");
  const MapEntry* const entry = services == nullptr ? nullptr : entry_of(*services, name);
  if (entry == nullptr) {
    return fail("no file has a service '" + name + "'");
  }
  for (const MapEntry& other : services->entries()) {
    if (other.key != entry->key) {
      remove_calls_of(*top->editor, *other.value, name);
    }
  }
  top->editor->remove_entry(*services, *entry);
  for (const Section& it : parsed.tops()) {
    const Node* const traffic = it.map->find("traffic");
    const MapEntry* const policy =
        traffic == nullptr || !traffic->is_map() ? nullptr : entry_of(*traffic, name);
    if (policy != nullptr) {
      it.editor->remove_entry(*traffic, *policy);
    }
  }
  return DocumentEdit{.label = "Delete " + name, .changes = parsed.take()};
}

Result<DocumentEdit> connect_services(const engine::ScenarioSource& source,
                                      const std::string& caller, const std::string& callee) {
  ParsedSource parsed(source);
  const Section* const top = parsed.with_services();
  if (top == nullptr) {
    return nothing_to_edit();
  }
  const FirstEndpoint from = first_endpoint(*top, caller);
  const FirstEndpoint to = first_endpoint(*top, callee);
  if (from.endpoint == nullptr || to.endpoint == nullptr) {
    return fail("both services need an endpoint to call each other");
  }
  const std::string item = yaml_scalar(callee) + ": " + yaml_scalar(to.endpoint->key->text());
  const Node& endpoint = *from.endpoint->value;
  const Node* const calls = endpoint.is_map() ? endpoint.find("calls") : nullptr;
  if (calls != nullptr && calls->is_sequence()) {
    top->editor->append_item(*calls, item);
  } else if (endpoint.is_map()) {
    top->editor->set_entry(endpoint, "calls", "[" + item + "]");
  } else {
    top->editor->set_entry(*from.service->find("endpoints"), from.endpoint->key->text(),
                           "{calls: [" + item + "]}");
  }
  return DocumentEdit{.label = "Connect " + caller + " to " + callee, .changes = parsed.take()};
}

Result<DocumentEdit> disconnect_services(const engine::ScenarioSource& source,
                                         const std::string& caller, const std::string& callee) {
  ParsedSource parsed(source);
  const Section* const top = parsed.with_services();
  const Node* const service = top == nullptr ? nullptr : top->map->find("services")->find(caller);
  if (service == nullptr) {
    return nothing_to_edit();
  }
  remove_calls_of(*top->editor, *service, callee);
  std::vector<TextChange> changes = parsed.take();
  if (changes.empty()) {
    return fail(caller + " does not call " + callee);
  }
  return DocumentEdit{.label = "Disconnect " + caller + " from " + callee,
                      .changes = std::move(changes)};
}

std::vector<std::string> called_by(const engine::ScenarioSource& source,
                                   const std::string& caller) {
  const ParsedSource parsed(source);
  const Section* const top = parsed.with_services();
  const Node* const service = top == nullptr ? nullptr : top->map->find("services")->find(caller);
  const Node* const endpoints =
      service == nullptr || !service->is_map() ? nullptr : service->find("endpoints");
  std::vector<std::string> callees;
  if (endpoints != nullptr && endpoints->is_map()) {
    for (const MapEntry& endpoint : endpoints->entries()) {
      const Node* const calls = endpoint.value->is_map() ? endpoint.value->find("calls") : nullptr;
      if (calls != nullptr) {
        collect_calls(*calls, callees);
      }
    }
  }
  return callees;
}

std::string free_name(const engine::ScenarioSource& source, std::string_view section,
                      const std::string& base) {
  const ParsedSource parsed(source);
  const auto is_taken = [&](const std::string& name) {
    return std::any_of(parsed.tops().begin(), parsed.tops().end(), [&](const Section& top) {
      const Node* const map = top.map->find(section);
      return map != nullptr && map->is_map() && map->find(name) != nullptr;
    });
  };
  std::string name = base;
  for (int i = 2; is_taken(name); ++i) {
    name = base + "-" + std::to_string(i);
  }
  return name;
}

engine::ScenarioSource with_edit(engine::ScenarioSource source, const DocumentEdit& edit) {
  for (const TextChange& change : edit.changes) {
    for (engine::SourceFile& file : source.files) {
      if (file.name == change.file) {
        file.text.replace(change.offset, change.removed.size(), change.inserted);
      }
    }
  }
  return source;
}

}  // namespace shaketable::gui
