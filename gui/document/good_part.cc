#include "gui/document/good_part.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/scenario_loader.h"
#include "gui/document/mesh_edits.h"
#include "gui/document/parsed_source.h"

namespace shaketable::gui {
namespace {

using engine::Diagnostic;
using engine::Diagnostics;
using engine::MapEntry;
using engine::Node;
using engine::ScenarioSource;

constexpr int kMostAttempts = 24;
constexpr std::size_t kMostBytes = 2'000'000;

/// An entry that is left out, by its map.
struct Mistake {
  const Section* top = nullptr;
  const Node* map = nullptr;
  const MapEntry* entry = nullptr;
  KeyPath path;
};

bool begins_with(const KeyPath& path, const KeyPath& start) {
  return path.size() >= start.size() && std::equal(start.begin(), start.end(), path.begin());
}

// The innermost entry around a place, or nothing.
Mistake mistake_at(const Section& top, const Diagnostic& problem) {
  Mistake found{.top = &top};
  const Node* node = top.map;
  while (node->is_map()) {
    const MapEntry* last = nullptr;
    for (const MapEntry& entry : node->entries()) {
      const std::pair begin(entry.key->line(), entry.key->column());
      if (entry.key->file() == *top.file && begin <= std::pair(problem.line, problem.column)) {
        last = &entry;
      }
    }
    if (last == nullptr) {
      break;
    }
    found.map = node;
    found.entry = last;
    found.path.emplace_back(last->key->text());
    node = last->value;
  }
  return found;
}

/// The source without the entries that problems are about; false when nothing can be left out.
bool leave_out(ScenarioSource& source, const std::vector<Diagnostic>& problems) {
  ParsedSource parsed(source);
  std::vector<Mistake> chosen;
  for (const Diagnostic& problem : problems) {
    if (problem.severity != engine::Severity::kError || problem.line == 0) {
      continue;
    }
    for (const Section& top : parsed.tops()) {
      if (*top.file != problem.file) {
        continue;
      }
      const Mistake mistake = mistake_at(top, problem);
      // One within another or beside it in braces waits for the next attempt.
      const bool must_wait = std::any_of(chosen.begin(), chosen.end(), [&](const Mistake& other) {
        return *other.top->file == *top.file &&
               (begins_with(mistake.path, other.path) || begins_with(other.path, mistake.path) ||
                (other.map == mistake.map && top.editor->finder().is_flow(*mistake.map)));
      });
      if (mistake.entry != nullptr && !must_wait) {
        chosen.push_back(mistake);
      }
      break;
    }
  }
  for (const Mistake& mistake : chosen) {
    mistake.top->editor->remove_entry(*mistake.map, *mistake.entry);
  }
  const DocumentEdit edit{.label = {}, .changes = parsed.take()};
  if (edit.changes.empty()) {
    return false;
  }
  source = with_edit(std::move(source), edit);
  return true;
}

/// The source without a section that names other files, when the mistakes are in those.
bool leave_out_section(ScenarioSource& source) {
  for (const char* const section : {"policies", "load", "faults", "expect", "traffic"}) {
    if (const auto edit = remove_value(source, {section}); edit && !edit->changes.empty()) {
      source = with_edit(std::move(source), *edit);
      return true;
    }
  }
  return false;
}

/// Cuts files that cannot be parsed off before the line at which they break.
bool cut_off(ScenarioSource& source) {
  bool is_cut = false;
  for (engine::SourceFile& file : source.files) {
    Diagnostics reading;
    if (engine::parse_documents(file.name, file.text, reading, {.several_documents = true})) {
      continue;
    }
    int line = 0;
    for (const Diagnostic& problem : reading.sorted()) {
      line = line == 0 ? problem.line : std::min(line, problem.line);
    }
    const std::string& text = file.text;
    std::size_t end = 0;
    for (int i = 1; i < line && end < text.size(); ++i) {
      end = std::min(text.find('\n', end), text.size() - 1) + 1;
    }
    if (end == text.size() && end > 1) {  // It ends too early: then without its last line.
      end = text.rfind('\n', end - 2) + 1;
    }
    is_cut = is_cut || end < text.size();
    file.text.resize(end);
  }
  return is_cut;
}

}  // namespace

std::shared_ptr<const engine::LoadedScenario> read_good_part(const ScenarioSource& broken) {
  std::size_t bytes = 0;
  for (const engine::SourceFile& file : broken.files) {
    bytes += file.text.size();
  }
  ScenarioSource source = broken;
  for (int i = 0; i < kMostAttempts && bytes > 0 && bytes <= kMostBytes; ++i) {
    Diagnostics diagnostics;
    auto scenario = engine::load_scenario(source, diagnostics);
    if (scenario) {
      return scenario->mesh.services.empty()
                 ? nullptr
                 : std::make_shared<const engine::LoadedScenario>(
                       engine::LoadedScenario{std::move(*scenario), std::move(source)});
    }
    if (!cut_off(source) && !leave_out(source, diagnostics.sorted()) &&
        !leave_out_section(source)) {
      return nullptr;
    }
  }
  return nullptr;
}

}  // namespace shaketable::gui
