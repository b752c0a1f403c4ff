#include "gui/document/value_edits.h"

#include <algorithm>
#include <utility>

#include "gui/document/parsed_source.h"

namespace shaketable::gui {
namespace {

using proxy::fail;
using proxy::Result;

/// A map of maps whose leaves are YAML, in the order in which keys came.
struct Tree {
  std::string value;
  std::vector<std::pair<std::string, Tree>> children;

  Tree& child(const std::string& key) {
    for (auto& [name, tree] : children) {
      if (name == key) {
        return tree;
      }
    }
    return children.emplace_back(key, Tree()).second;
  }

  [[nodiscard]] std::string text() const {
    if (children.empty()) {
      return value;
    }
    std::string all;
    for (const auto& [name, tree] : children) {
      all += (all.empty() ? "" : ", ") + yaml_scalar(name) + ": " + tree.text();
    }
    return "{" + all + "}";
  }
};

}  // namespace

Result<DocumentEdit> set_values(const engine::ScenarioSource& source, const std::string& label,
                                const std::vector<ValueChange>& changes) {
  DocumentEdit all{.label = label, .changes = {}};
  engine::ScenarioSource now = source;
  for (const ValueChange& change : changes) {
    const std::string written = written_value(now, change.path);
    const bool is_gone = change.value.empty() && !written_place(now, change.path).line;
    if (is_gone || (!change.value.empty() && written == change.value)) {
      continue;
    }
    auto edit = change.value.empty() ? remove_value(now, change.path)
                                     : set_value(now, change.path, change.value);
    if (!edit) {
      return tl::unexpected(edit.error());
    }
    now = with_edit(std::move(now), *edit);
    for (TextChange& each : edit->changes) {
      all.changes.push_back(std::move(each));
    }
  }
  return all;
}

Result<KeyPath> policy_path(const engine::ScenarioSource& source, const std::string& service,
                            const std::string& caller) {
  KeyPath path{"traffic", service};
  const std::string from = written_value(source, {"traffic", service, "from"});
  const bool is_map = from.empty() || from.front() == '{' || from.find(':') != std::string::npos;
  if (caller.empty()) {
    if (!is_map) {
      return fail("what `traffic` says about " + service + " is limited to `from: " + from + "`",
                  {}, "a wizard opened on a call of that caller");
    }
    return path;
  }
  if (!is_map) {
    if (from != caller && from != "[" + caller + "]") {
      return fail("what `traffic` says about " + service + " is limited to `from: " + from + "`",
                  {}, "a caller that it names");
    }
    return path;
  }
  path.emplace_back("from");
  path.push_back(caller);
  return path;
}

std::string push_of(const std::vector<ValueChange>& changes, const std::string& delay) {
  Tree traffic;
  for (const ValueChange& change : changes) {
    if (change.path.empty() || change.path.front() != "traffic" || change.value.empty()) {
      continue;
    }
    Tree* at = &traffic;
    for (std::size_t i = 1; i < change.path.size(); ++i) {
      at = &at->child(change.path[i]);
    }
    at->value = change.value;
  }
  if (traffic.children.empty()) {
    return {};
  }
  const std::string after = delay.empty() ? std::string() : "delay: " + delay + ", ";
  return "config_push: {" + after + "traffic: " + traffic.text() + "}";
}

Result<DocumentEdit> add_load(const engine::ScenarioSource& source, const std::string& service) {
  const ParsedSource parsed(source);
  const Section* const top = parsed.with_services();
  const engine::Node* const node =
      top == nullptr ? nullptr : top->map->find("services")->find(service);
  const engine::Node* const endpoints =
      node == nullptr || !node->is_map() ? nullptr : node->find("endpoints");
  if (endpoints == nullptr || endpoints->entries().empty()) {
    return fail(service + " needs an endpoint that takes requests");
  }
  const std::string request = service + " " + std::string(endpoints->entries().front().key->text());
  return set_values(source, "Send load to " + service,
                    {{{"services", service, "entry"}, "true"},
                     {{"load", free_name(source, "load", "users")},
                      "{rate: 50/s, request: " + yaml_scalar(request) + "}"}});
}

}  // namespace shaketable::gui
