#include "gui/document/parsed_source.h"

#include <filesystem>

#include "engine/formats/diagnostic.h"

namespace shaketable::gui {
namespace {

using engine::Node;

// As the loader names the files that a file names.
bool names_file(const std::string& from, std::string_view path, const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(from).parent_path();
  return (folder / path).lexically_normal() == std::filesystem::path(name).lexically_normal();
}

}  // namespace

ParsedSource::ParsedSource(const engine::ScenarioSource& source) : source_(source) {
  for (const engine::SourceFile& file : source.files) {
    engine::Diagnostics diagnostics;
    const auto documents = engine::parse_documents(file.name, file.text, diagnostics);
    if (documents && !documents->empty() && documents->front().root().is_map()) {
      files_.push_back({&file.name, documents->front(), TextEditor(file.name, file.text)});
    }
  }
  add_tops();
}

ParsedSource::File* ParsedSource::find(std::string_view name) {
  for (File& file : files_) {
    if (*file.name == name) {
      return &file;
    }
  }
  return nullptr;
}

void ParsedSource::add_tops() {
  File* const own = find(source_.file);
  if (own == nullptr) {
    return;
  }
  const Node& root = own->document.root();
  tops_.push_back({&root, &own->editor, own->name});
  const Node* const mesh = root.find("mesh");
  if (mesh == nullptr || root.find("services") != nullptr) {
    return;
  }
  if (mesh->is_map()) {
    tops_.push_back({mesh, &own->editor, own->name});
    return;
  }
  for (File& file : files_) {
    if (&file != own && names_file(*own->name, mesh->text(), *file.name)) {
      tops_.push_back({&file.document.root(), &file.editor, file.name});
    }
  }
}

const Section* ParsedSource::with_services() const {
  for (const Section& top : tops_) {
    const Node* const services = top.map->find("services");
    if (services != nullptr && services->is_map()) {
      return &top;
    }
  }
  return nullptr;
}

std::vector<TextChange> ParsedSource::take() {
  std::vector<TextChange> changes;
  for (File& file : files_) {
    for (TextChange& change : file.editor.take()) {
      changes.push_back(std::move(change));
    }
  }
  return changes;
}

}  // namespace shaketable::gui
