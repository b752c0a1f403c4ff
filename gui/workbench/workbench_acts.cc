#include <algorithm>
#include <utility>

#include "gui/document/item_edits.h"
#include "gui/document/mesh_edits.h"
#include "gui/document/value_edits.h"
#include "gui/workbench/workbench.h"

// What was done to runs, and how it comes into the scenario.
namespace shaketable::gui {

std::vector<ActedFault> acted_faults(const RunEntry& run) {
  std::vector<ActedFault> faults;
  for (const engine::Fault& fault : run.scenario->scenario.faults) {
    const KeyPath path = {"faults", fault.name};
    const std::string before = copied_value(run.began_with->source, path);
    std::string after = copied_value(run.scenario->source, path);
    if (!after.empty() && after != before) {
      faults.push_back({.name = fault.name, .value = std::move(after), .is_new = before.empty()});
    }
  }
  return faults;
}

const RunEntry* Workbench::unkept() const {
  const auto found = std::find_if(runs_.rbegin(), runs_.rend(), [](const RunEntry& run) {
    return run.status.acts > run.acts_kept;
  });
  return found == runs_.rend() ? nullptr : &*found;
}

void Workbench::note_kept(const RunEntry& run) {
  for (RunEntry& each : runs_) {
    if (&each == &run) {
      each.acts_kept = each.status.acts;
    }
  }
  Q_EMIT runs_changed();
}

bool Workbench::keep_acts() {
  if (shown_ >= runs_.size()) {
    return false;
  }
  RunEntry& run = runs_[shown_];
  std::map<std::string, std::string> names = run.kept_as;
  if (!keep_faults("run " + std::to_string(run.number), acted_faults(run), names)) {
    return false;
  }
  run.kept_as = std::move(names);
  note_kept(run);
  return true;
}

bool Workbench::keep_acts(const std::string& title, const std::vector<ActedFault>& faults) {
  std::map<std::string, std::string> names;
  return keep_faults(title, faults, names);
}

// `names` is what the document calls faults of the acts, for those that were kept before.
bool Workbench::keep_faults(const std::string& title, const std::vector<ActedFault>& faults,
                            std::map<std::string, std::string>& names) {
  std::vector<ValueChange> changes;
  for (const ActedFault& fault : faults) {
    if (fault.is_new && !names.contains(fault.name)) {
      names[fault.name] = free_name(document_.source(), "faults", fault.name);
    }
    const auto name = names.find(fault.name);
    changes.push_back({{"faults", name == names.end() ? fault.name : name->second}, fault.value});
  }
  const auto kept = set_values(document_.source(), "Keep what was done to " + title, changes);
  if (kept && kept->changes.empty()) {
    Q_EMIT said(changes.empty() ? tr("Nothing was done to this run")
                                : tr("What was done to this run is in the scenario already"),
                false);
    return true;
  }
  if (!edit(kept)) {
    return false;
  }
  Q_EMIT said(tr("What was done to %1 is in the scenario now").arg(QString::fromStdString(title)),
              false);
  return true;
}

// Texts are compared once for each change of either side.
bool Workbench::is_outdated() const {
  const RunEntry* const run = shown();
  if (run == nullptr || run->revision == document_.revision()) {
    return false;
  }
  const bool is_known = outdated_.run == run->number && outdated_.acts == run->status.acts &&
                        outdated_.revision == document_.revision();
  if (!is_known) {
    const auto& files = run->scenario->source.files;
    outdated_ = {.run = run->number, .acts = run->status.acts, .revision = document_.revision()};
    outdated_.is = std::any_of(files.begin(), files.end(), [this](const engine::SourceFile& file) {
      const std::string* const text = document_.text_of(file.name);
      return text == nullptr || *text != file.text;
    });
  }
  return outdated_.is;
}

}  // namespace shaketable::gui
