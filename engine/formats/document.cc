#include "engine/formats/document.h"

#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/document_builder.h"
#include "engine/formats/json_parser.h"
#include "engine/formats/source_text.h"
#include "engine/formats/yaml_parser.h"
#include "engine/formats/yaml_scan.h"

namespace shaketable::engine {
namespace {

void parse_into(const std::string& name, std::string_view text, const LoadOptions& options,
                Diagnostics& diagnostics, DocumentBuilder& builder) {
  if (name.ends_with(".json") || name.ends_with(".JSON")) {
    parse_json(text, builder);
    return;
  }
  const std::optional<YamlOutline> outline = scan_yaml(name, text, options.limits, diagnostics);
  if (!outline) {
    builder.abandon();
    return;
  }
  parse_yaml(text, *outline, options, builder);
}

/// The documents that were built, without the empty ones.
std::vector<Document> documents_of(const DocumentBuilder& builder) {
  std::vector<Document> documents;
  for (const Node* root : builder.roots()) {
    if (!root->is_null()) {
      documents.emplace_back(builder.storage(), root);
    }
  }
  return documents;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const MapEntry& entry : entries_) {
    if (entry.key->text() == key) {
      return entry.value;
    }
  }
  return nullptr;
}

std::optional<std::vector<Document>> parse_documents(const std::string& name, std::string text,
                                                     Diagnostics& diagnostics,
                                                     const LoadOptions& options) {
  if (text.size() > options.limits.max_bytes) {
    diagnostics.add({.code = code::kFileTooLarge,
                     .file = name,
                     .line = 1,
                     .column = 1,
                     .message = "the text has " + std::to_string(text.size()) +
                                " bytes; the limit is " +
                                std::to_string(options.limits.max_bytes)});
    return std::nullopt;
  }
  const bool is_text = normalize_text(name, text, diagnostics);
  const auto source = std::make_shared<const std::string>(std::move(text));
  diagnostics.add_source(name, source);
  if (!is_text) {
    return std::nullopt;
  }
  DocumentBuilder builder(name, options.limits, diagnostics);
  parse_into(name, *source, options, diagnostics, builder);
  if (builder.stopped()) {
    return std::nullopt;
  }
  std::vector<Document> documents = documents_of(builder);
  if (documents.empty()) {
    diagnostics.add({.code = code::kNothing,
                     .file = name,
                     .line = 1,
                     .column = 1,
                     .message = "the file holds no document",
                     .expected = "a YAML or JSON document"});
    return std::nullopt;
  }
  return documents;
}

std::optional<std::vector<Document>> load_documents(const std::string& path,
                                                    Diagnostics& diagnostics,
                                                    const LoadOptions& options) {
  if (diagnostics.provides()) {
    if (const std::string* text = diagnostics.provided(path)) {
      return parse_documents(path, *text, diagnostics, options);
    }
    diagnostics.add({.code = code::kCannotRead,
                     .file = path,
                     .message = "the file is not among those that came along"});
    return std::nullopt;
  }
  std::optional<std::string> text = read_regular_file(path, options.limits.max_bytes, diagnostics);
  if (!text) {
    return std::nullopt;
  }
  return parse_documents(path, std::move(*text), diagnostics, options);
}

}  // namespace shaketable::engine
