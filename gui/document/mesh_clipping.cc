#include "gui/document/mesh_clipping.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gui/document/edit_preview.h"
#include "gui/document/item_edits.h"
#include "gui/document/parsed_source.h"
#include "gui/document/written_path.h"

namespace shaketable::gui {
namespace {

using engine::MapEntry;
using engine::Node;
using engine::ScenarioSource;
using proxy::Result;

constexpr std::size_t kIndent = 2;  // Of a service in a clipping.

// A value of several lines, moved so that its first one has this indentation.
std::string indented(const std::string& value, std::size_t indent) {
  if (!value.starts_with('\n')) {
    return " " + value;
  }
  const std::size_t first = value.find_first_not_of(' ', 1) - 1;
  std::string text;
  for (std::size_t begin = 0; begin < value.size();) {
    const std::size_t end = std::min(value.find('\n', begin + 1), value.size());
    std::string line = value.substr(begin + 1, end - begin - 1);
    line.erase(0, std::min(first, std::min(line.find_first_not_of(' '), line.size())));
    text += "\n" + (line.empty() ? line : std::string(indent, ' ') + line);
    begin = end;
  }
  return text;
}

// A node on one line, for maps in braces.
std::string one_line(const Node& node) {
  std::string text;
  switch (node.kind()) {
    case engine::NodeKind::kNull:
      return "null";
    case engine::NodeKind::kScalar: {
      const std::string written = yaml_scalar(node.text());
      const bool is_word = node.text().find_first_of("{}[],\"\\#\n\t\r") == std::string_view::npos;
      if (node.is_plain() && is_word) {
        return std::string(node.text());  // A number stays one, and so does `true`.
      }
      return written.starts_with('"') ? written : '"' + written + '"';
    }
    case engine::NodeKind::kSequence:
      for (const Node* const item : node.items()) {
        text += (text.empty() ? "" : ", ") + one_line(*item);
      }
      return "[" + text + "]";
    case engine::NodeKind::kMap:
      for (const MapEntry& entry : node.entries()) {
        text += (text.empty() ? "" : ", ") + yaml_scalar(entry.key->text()) + ": " +
                one_line(*entry.value);
      }
      return "{" + text + "}";
  }
  return text;
}

std::vector<std::string> keys_of(const ScenarioSource& source, const std::string& section) {
  const ParsedSource parsed(source);
  const Reach found = deepest(parsed, {section});
  std::vector<std::string> keys;
  if (found.top != nullptr && found.depth == 1 && found.node->is_map()) {
    for (const MapEntry& entry : found.node->entries()) {
      keys.emplace_back(entry.key->text());
    }
  }
  return keys;
}

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Carries edits out one after the other and keeps them as one.
class Steps {
 public:
  explicit Steps(ScenarioSource source) : now_(std::move(source)) {}

  [[nodiscard]] const ScenarioSource& now() const { return now_; }
  [[nodiscard]] std::vector<TextChange> take() { return std::move(changes_); }

  Result<void> carry_out(const Result<DocumentEdit>& edit) {
    if (!edit) {
      return tl::unexpected(edit.error());
    }
    now_ = with_edit(std::move(now_), *edit);
    changes_.insert(changes_.end(), edit->changes.begin(), edit->changes.end());
    return {};
  }

 private:
  ScenarioSource now_;
  std::vector<TextChange> changes_;
};

// Whether a section is there, and written in braces.
enum class Style { kAbsent, kBlock, kBraces };

Style style_of(const ScenarioSource& source, const std::string& section) {
  const ParsedSource parsed(source);
  const Reach found = deepest(parsed, {section});
  if (found.top == nullptr || found.depth == 0 || !found.node->is_map()) {
    return Style::kAbsent;
  }
  return found.top->editor->finder().is_flow(*found.node) ? Style::kBraces : Style::kBlock;
}

// One entry of a section of the clipping, written as the target writes its own.
Result<void> put(Steps& target, const ScenarioSource& clip, const std::string& section,
                 const std::string& name) {
  const std::string value = copied_value(clip, {section, name});
  switch (style_of(target.now(), section)) {
    case Style::kBlock:
      return target.carry_out(set_value(target.now(), {section, name}, value));
    case Style::kAbsent:
      return target.carry_out(set_value(target.now(), {section},
                                        "\n" + std::string(kIndent, ' ') + yaml_scalar(name) + ":" +
                                            indented(value, 2 * kIndent)));
    case Style::kBraces:
      break;
  }
  const ParsedSource parsed(clip);
  return target.carry_out(
      set_value(target.now(), {section, name}, one_line(*deepest(parsed, {section, name}).node)));
}

// "shop", or "shop-copy", "shop-copy2" and so on: "shop-2" is an instance of shop.
std::string new_name(const ScenarioSource& source, const std::vector<std::string>& clipped,
                     const std::string& name) {
  if (free_name(source, "services", name) == name) {
    return name;
  }
  constexpr std::string_view kCopy = "-copy";
  std::string base = name.substr(0, name.find_last_not_of("0123456789") + 1);
  if (base.ends_with(kCopy)) {
    base.erase(base.size() - kCopy.size());
  } else {
    base = name;
  }
  const std::vector<std::string> there = keys_of(source, "services");
  std::string free = base + std::string(kCopy);
  for (int i = 2; holds(there, free) || holds(clipped, free); ++i) {
    free = base + std::string(kCopy) + std::to_string(i);
  }
  return free;
}

// The clipping with names that are free, and without calls into nothing.
Result<ScenarioSource> fitted(ScenarioSource clip, const ScenarioSource& target,
                              std::map<std::string, std::string>& names) {
  Steps steps(std::move(clip));
  const std::vector<std::string> clipped = keys_of(steps.now(), "services");
  std::vector<std::string> taken = clipped;
  for (const std::string& name : clipped) {
    const std::string free = new_name(target, taken, name);
    taken.push_back(free);
    names[name] = free;
    if (free != name) {
      if (auto done = steps.carry_out(rename_service(steps.now(), name, free)); !done) {
        return tl::unexpected(done.error());
      }
    }
  }
  const std::vector<std::string> there = keys_of(target, "services");
  const std::vector<std::string> own = keys_of(steps.now(), "services");
  for (const std::string& caller : own) {
    for (const std::string& callee : called_by(steps.now(), caller)) {
      if (!holds(there, callee) && !holds(own, callee)) {
        if (auto done = steps.carry_out(disconnect_services(steps.now(), caller, callee)); !done) {
          return tl::unexpected(done.error());
        }
      }
    }
  }
  return steps.now();
}

ScenarioSource without_entries(ScenarioSource clip) {
  for (const std::string& name : keys_of(clip, "services")) {
    if (const auto edit = remove_value(clip, {"services", name, "entry"})) {
      clip = with_edit(std::move(clip), *edit);
    }
  }
  return clip;
}

bool breaks(const ScenarioSource& source, const DocumentEdit& edit) {
  const EditPreview after = preview(source, edit);
  return !after.loads && !after.problems.empty() &&
         after.problems.front().severity == engine::Severity::kError;
}

Result<DocumentEdit> planned(const ScenarioSource& source, const ScenarioSource& clip,
                             bool with_policies) {
  Steps steps(source);
  const std::vector<std::string> services = keys_of(clip, "services");
  for (const std::string& name : services) {
    if (auto done = put(steps, clip, "services", name); !done) {
      return tl::unexpected(done.error());
    }
  }
  for (const std::string& name :
       with_policies ? keys_of(clip, "traffic") : std::vector<std::string>()) {
    if (holds(services, name)) {
      if (auto done = put(steps, clip, "traffic", name); !done) {
        return tl::unexpected(done.error());
      }
    }
  }
  return DocumentEdit{.label = services.size() == 1
                                   ? "Paste " + services.front()
                                   : "Paste " + std::to_string(services.size()) + " services",
                      .changes = steps.take()};
}

}  // namespace

std::string clip_services(const ScenarioSource& source, const std::set<std::string>& services) {
  std::string text;
  for (const char* const section : {"services", "traffic"}) {
    std::string entries;
    for (const std::string& name : keys_of(source, section)) {
      if (services.contains(name)) {
        entries += std::string(kIndent, ' ') + yaml_scalar(name) + ":" +
                   indented(copied_value(source, {section, name}), 2 * kIndent) + "\n";
      }
    }
    if (!entries.empty()) {
      text += std::string(section) + ":\n" + entries;
    }
  }
  return text;
}

Result<Pasting> paste_services(const ScenarioSource& source, const std::string& clipping) {
  ScenarioSource clip{.file = "clipboard", .overrides = {}, .files = {{"clipboard", clipping}}};
  if (keys_of(clip, "services").empty()) {
    return proxy::fail("what was copied has no services", {}, "a text with `services:`");
  }
  Pasting pasting;
  auto fits = fitted(std::move(clip), source, pasting.names);
  if (!fits) {
    return tl::unexpected(fits.error());
  }
  // A second entry may leave it open where load goes, and policies may name what is not here.
  Result<DocumentEdit> edit = planned(source, *fits, true);
  const ScenarioSource inner = edit && breaks(source, *edit) ? without_entries(*fits) : *fits;
  for (const bool with_policies : {true, false}) {
    if (edit && breaks(source, *edit)) {
      edit = planned(source, inner, with_policies);
    }
  }
  if (!edit) {
    return tl::unexpected(edit.error());
  }
  pasting.edit = std::move(*edit);
  return pasting;
}

}  // namespace shaketable::gui
