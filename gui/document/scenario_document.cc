#include "gui/document/scenario_document.h"

#include <algorithm>
#include <filesystem>
#include <optional>
#include <utility>

#include "engine/cli/output_file.h"
#include "engine/formats/codes.h"
#include "engine/formats/data_file.h"
#include "engine/formats/scenario_loader.h"
#include "gui/document/good_part.h"
#include "gui/document/mesh_edits.h"

namespace shaketable::gui {
namespace {

using engine::Diagnostics;
using engine::SourceFile;

constexpr int kTyping = 1;
constexpr std::size_t kMostSteps = 10'000;

const SourceFile* find(const std::vector<SourceFile>& files, std::string_view name) {
  const auto found = std::find_if(files.begin(), files.end(),
                                  [&](const SourceFile& file) { return file.name == name; });
  return found == files.end() ? nullptr : &*found;
}

/// Reads what the source says. Files that it has come to name are fetched from the disk.
std::optional<engine::Scenario> load(engine::ScenarioSource& source, Diagnostics& diagnostics) {
  constexpr int kMostFetches = 50;
  for (int i = 0; i < kMostFetches; ++i) {
    Diagnostics attempt;
    auto scenario = engine::load_scenario(source, attempt);
    bool fetched = false;
    for (const engine::Diagnostic& it : attempt.sorted()) {
      const bool is_data = it.code == engine::code::kNotAlong;
      if ((!is_data && it.code != engine::code::kCannotRead) ||
          find(source.files, it.file) != nullptr) {
        continue;
      }
      Diagnostics reading;
      if (is_data) {
        static_cast<void>(engine::read_data_file(it.file, engine::kMaxKeptFile, reading));
      } else {
        static_cast<void>(engine::load_documents(it.file, reading, {.several_documents = true}));
      }
      if (const std::string* text = reading.source(it.file)) {
        source.files.push_back({.name = it.file, .text = *text});
        fetched = true;
      }
    }
    if (!fetched) {
      diagnostics = std::move(attempt);
      return scenario;
    }
  }
  return std::nullopt;
}

/// The source with the paths in its scenario's file changed such that they lead to the same files
/// from where `path` is.
engine::ScenarioSource with_paths_from(const engine::ScenarioSource& source,
                                       const std::string& path) {
  namespace fs = std::filesystem;
  const fs::path from = fs::absolute(fs::path(source.file)).parent_path();
  const fs::path to = fs::absolute(fs::path(path)).parent_path();
  engine::ScenarioSource moved = source;
  if (from == to) {
    return moved;
  }
  const auto seen_from_there = [&](std::string_view file) {
    return yaml_scalar(fs::path(from / file).lexically_relative(to).generic_string());
  };
  const auto set = [&moved](const char* key, const std::string& value) {
    if (const auto edit = set_value(moved, {key}, value)) {
      moved = with_edit(std::move(moved), *edit);
    }
  };
  Diagnostics diagnostics;
  const SourceFile* const own = find(source.files, source.file);
  const auto documents =
      own == nullptr ? std::nullopt : engine::parse_documents(own->name, own->text, diagnostics);
  if (!documents || !documents->front().root().is_map()) {
    return moved;
  }
  const engine::Node& root = documents->front().root();
  for (const char* key : {"mesh", "load"}) {
    const engine::Node* const node = root.find(key);
    const bool is_path = node != nullptr && node->is_scalar() &&
                         (std::string_view(key) != "mesh" || root.find("services") == nullptr);
    if (is_path && fs::path(node->text()).is_relative()) {
      set(key, seen_from_there(node->text()));
    }
  }
  const engine::Node* const policies = root.find("policies");
  if (policies != nullptr && policies->is_sequence()) {
    std::string list;
    for (const engine::Node* item : policies->items()) {
      list += (list.empty() ? "" : ", ") + seen_from_there(item->text());
    }
    set("policies", "[" + list + "]");
  }
  return moved;
}

/// The part in which two texts differ.
TextChange difference(const std::string& file, const std::string& before,
                      const std::string& after) {
  const std::size_t shorter = std::min(before.size(), after.size());
  std::size_t same = 0;
  while (same < shorter && before[same] == after[same]) {
    ++same;
  }
  std::size_t tail = 0;
  while (tail < shorter - same &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail]) {
    ++tail;
  }
  return {.file = file,
          .offset = same,
          .removed = before.substr(same, before.size() - tail - same),
          .inserted = after.substr(same, after.size() - tail - same)};
}

}  // namespace

ScenarioDocument::ScenarioDocument() { read(); }

proxy::Result<ScenarioDocument> ScenarioDocument::open(const std::string& path) {
  Diagnostics diagnostics;
  auto scenario = engine::load_scenario(path, {}, diagnostics);
  ScenarioDocument document;
  document.source_ = engine::source_of(path, {}, diagnostics);
  if (find(document.source_.files, path) == nullptr) {
    const auto problems = diagnostics.sorted();
    return proxy::fail(problems.empty() ? "the file cannot be read" : problems.front().message,
                       path);
  }
  document.saved_ = document.source_.files;
  document.problems_ = diagnostics.sorted();
  document.take_over(std::move(scenario));
  return document;
}

ScenarioDocument ScenarioDocument::from_text(const std::string& name, std::string text) {
  ScenarioDocument document;
  document.source_.file = name;
  document.source_.files = {{.name = name, .text = std::move(text)}};
  document.read();
  return document;
}

const std::string* ScenarioDocument::text_of(std::string_view file) const {
  const SourceFile* const found = find(source_.files, file);
  return found == nullptr ? nullptr : &found->text;
}

std::size_t ScenarioDocument::errors() const {
  return static_cast<std::size_t>(
      std::count_if(problems_.begin(), problems_.end(), [](const engine::Diagnostic& problem) {
        return problem.severity == engine::Severity::kError;
      }));
}

void ScenarioDocument::read() {
  ++revision_;
  Diagnostics diagnostics;
  auto scenario = source_.files.empty() ? std::nullopt : load(source_, diagnostics);
  problems_ = diagnostics.sorted();
  take_over(std::move(scenario));
}

// What was good stays while the text is not; what was never good is seen as far as it can be read.
void ScenarioDocument::take_over(std::optional<engine::Scenario> scenario) {
  is_good_ = scenario.has_value();
  if (scenario) {
    is_part_ = false;
    scenario_ = std::make_shared<engine::LoadedScenario>(
        engine::LoadedScenario{std::move(*scenario), source_});
  } else if (scenario_ == nullptr || is_part_) {
    scenario_ = read_good_part(source_);
    is_part_ = true;
  }
}

void ScenarioDocument::carry_out(const DocumentEdit& edit) {
  source_ = with_edit(std::move(source_), edit);
}

void ScenarioDocument::take_back(const DocumentEdit& edit) {
  DocumentEdit back;
  for (auto it = edit.changes.rbegin(); it != edit.changes.rend(); ++it) {
    back.changes.push_back({it->file, it->offset, it->inserted, it->removed});
  }
  carry_out(back);
}

bool ScenarioDocument::try_merge(const DocumentEdit& edit) {
  if (edit.merge_id == 0 || typing_ended_ || position_ == 0 || position_ != steps_.size() ||
      steps_.back().merge_id != edit.merge_id) {
    return false;
  }
  steps_.back().changes.insert(steps_.back().changes.end(), edit.changes.begin(),
                               edit.changes.end());
  return true;
}

proxy::Result<void> ScenarioDocument::apply(DocumentEdit edit, EditRule rule) {
  if (edit.changes.empty()) {
    return {};
  }
  const engine::ScenarioSource before = source_;
  const bool was_good = is_good_;
  const std::uint64_t revision = revision_;
  const Scenario scenario = scenario_;
  const std::vector<engine::Diagnostic> problems = problems_;
  carry_out(edit);
  read();
  if (rule == EditRule::kMustStayGood && was_good && !is_good_) {
    const engine::Diagnostic problem = problems_.empty() ? engine::Diagnostic() : problems_.front();
    source_ = before;
    scenario_ = scenario;
    problems_ = problems;
    is_good_ = was_good;
    revision_ = revision;  // Nothing has changed: a run of this text is not outdated.
    return proxy::fail(problem.message, problem.file + ":" + std::to_string(problem.line),
                       problem.expected);
  }
  if (!try_merge(edit)) {
    steps_.resize(position_);
    steps_.push_back(std::move(edit));
    if (steps_.size() > kMostSteps) {
      steps_.erase(steps_.begin());
    }
    position_ = steps_.size();
  }
  typing_ended_ = steps_.back().merge_id == 0;
  return {};
}

void ScenarioDocument::type(const std::string& file, const std::string& text) {
  const std::string* const before = text_of(file);
  if (before == nullptr || *before == text) {
    return;
  }
  static_cast<void>(
      apply({.label = "Typing", .changes = {difference(file, *before, text)}, .merge_id = kTyping},
            EditRule::kMayBreak));
}

std::vector<std::string> ScenarioDocument::labels() const {
  std::vector<std::string> all;
  for (const DocumentEdit& step : steps_) {
    all.push_back(step.label);
  }
  return all;
}

std::string ScenarioDocument::undo_label() const {
  return can_undo() ? steps_[position_ - 1].label : std::string();
}

std::string ScenarioDocument::redo_label() const {
  return can_redo() ? steps_[position_].label : std::string();
}

void ScenarioDocument::undo() {
  if (can_undo()) {
    take_back(steps_[--position_]);
    typing_ended_ = true;
    read();
  }
}

void ScenarioDocument::redo() {
  if (can_redo()) {
    carry_out(steps_[position_++]);
    typing_ended_ = true;
    read();
  }
}

bool ScenarioDocument::is_modified() const {
  return std::any_of(source_.files.begin(), source_.files.end(), [this](const SourceFile& file) {
    const SourceFile* const known = saved(file.name);
    return known == nullptr ? file.name == source_.file : known->text != file.text;
  });
}

const SourceFile* ScenarioDocument::saved(std::string_view file) const {
  return find(saved_, file);
}

proxy::Result<void> ScenarioDocument::save() {
  if (auto written = save_others(); !written) {
    return written;
  }
  return save_file(source_.file);
}

proxy::Result<void> ScenarioDocument::save_others() {
  for (const SourceFile& file : source_.files) {
    if (file.name != source_.file) {
      if (auto written = save_file(file.name); !written) {
        return written;
      }
    }
  }
  return {};
}

proxy::Result<void> ScenarioDocument::save_file(const std::string& name) {
  for (const SourceFile& file : source_.files) {
    const SourceFile* const known = saved(file.name);
    if (file.name != name || (known != nullptr && known->text == file.text)) {
      continue;
    }
    if (auto written = engine::write_output(file.name, file.text); !written) {
      return written;
    }
    std::erase_if(saved_, [&](const SourceFile& it) { return it.name == file.name; });
    saved_.push_back(file);
  }
  return {};
}

proxy::Result<void> ScenarioDocument::save_as(const std::string& path) {
  if (auto written = save_others(); !written) {
    return written;
  }
  const engine::ScenarioSource moved = with_paths_from(source_, path);
  const SourceFile* const own = find(moved.files, source_.file);
  const std::string text = own == nullptr ? std::string() : own->text;
  if (auto written = engine::write_output(path, text); !written) {
    return written;
  }
  auto opened = open(path);
  if (!opened) {
    return tl::unexpected(opened.error());
  }
  const std::uint64_t revision = revision_;
  *this = std::move(*opened);  // Its files have other names now: there is no way back over this.
  revision_ = revision + 1;
  return {};
}

}  // namespace shaketable::gui
