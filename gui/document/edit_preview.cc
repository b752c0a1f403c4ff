#include "gui/document/edit_preview.h"

#include <algorithm>
#include <utility>

#include "engine/formats/scenario_loader.h"
#include "gui/document/mesh_edits.h"

namespace shaketable::gui {
namespace {

using engine::Diagnostic;

std::vector<Diagnostic> problems_of(const engine::ScenarioSource& source, bool& loads) {
  engine::Diagnostics diagnostics;
  loads = engine::load_scenario(source, diagnostics).has_value();
  return diagnostics.sorted();
}

}  // namespace

EditPreview preview(const engine::ScenarioSource& source, const DocumentEdit& edit) {
  const engine::ScenarioSource after = with_edit(source, edit);
  EditPreview shown;
  for (std::size_t i = 0; i < source.files.size(); ++i) {
    if (source.files[i].text != after.files[i].text) {
      shown.files.push_back({source.files[i].name, source.files[i].text, after.files[i].text});
    }
  }
  bool loads_now = false;
  const std::vector<Diagnostic> known = problems_of(source, loads_now);
  for (Diagnostic& problem : problems_of(after, shown.loads)) {
    const bool is_known = std::any_of(known.begin(), known.end(), [&](const Diagnostic& other) {
      return other.message == problem.message && other.code == problem.code;
    });
    if (!is_known) {
      shown.problems.push_back(std::move(problem));
    }
  }
  std::stable_sort(
      shown.problems.begin(), shown.problems.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return a.severity == engine::Severity::kError && b.severity != engine::Severity::kError;
      });
  return shown;
}

}  // namespace shaketable::gui
