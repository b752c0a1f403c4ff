#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"

namespace shaketable::engine {

class Node;

/// What a node of a document is. An empty value, `~` and a plain `null` are all kNull.
enum class NodeKind : std::uint8_t { kNull, kScalar, kSequence, kMap };

/// One `key: value`. Keys are always scalars; the loader refuses others, and duplicates.
struct MapEntry {
  const Node* key;
  const Node* value;
};

/// A place of a YAML or JSON document, with its file, line and column. Immutable.
///
/// Nodes are owned by their `Document` and referred to by pointer. An alias (`*name`) is the very
/// node that its anchor names, so a node may be reached twice; there are no cycles. Entries keep
/// the order of the file; entries that a merge key (`<<`) brings in come last.
class Node {
 public:
  [[nodiscard]] NodeKind kind() const { return kind_; }
  [[nodiscard]] bool is_null() const { return kind_ == NodeKind::kNull; }
  [[nodiscard]] bool is_scalar() const { return kind_ == NodeKind::kScalar; }
  [[nodiscard]] bool is_sequence() const { return kind_ == NodeKind::kSequence; }
  [[nodiscard]] bool is_map() const { return kind_ == NodeKind::kMap; }

  /// A scalar's text, unescaped; empty for the other kinds. Valid UTF-8, may hold `\0` by escape.
  [[nodiscard]] std::string_view text() const { return text_; }
  /// True for a scalar written without quotes, which may be a number or a bool in YAML's eyes.
  /// Quoted, `|` and `>` scalars, and those tagged `!!str`, are not plain.
  [[nodiscard]] bool is_plain() const { return plain_; }

  /// Name of a local tag, `Ref` of `!Ref x`; empty unless `LoadOptions::local_tags` is on.
  [[nodiscard]] std::string_view tag() const { return tag_; }

  [[nodiscard]] std::span<const Node* const> items() const { return items_; }
  [[nodiscard]] std::span<const MapEntry> entries() const { return entries_; }
  /// Value of `key` in a map, or null. Linear in the number of entries.
  [[nodiscard]] const Node* find(std::string_view key) const;

  [[nodiscard]] const std::string& file() const { return *file_; }
  [[nodiscard]] int line() const { return line_; }      ///< 1-based.
  [[nodiscard]] int column() const { return column_; }  ///< 1-based, in bytes.

 private:
  friend class DocumentBuilder;
  friend class NodeEditor;  // --set and parts of a scalar: scenario_override.h

  const std::string* file_ = nullptr;
  std::string_view text_;
  std::string_view tag_;
  std::span<const Node* const> items_;
  std::span<const MapEntry> entries_;
  int line_ = 0;
  int column_ = 0;
  NodeKind kind_ = NodeKind::kNull;
  bool plain_ = false;
};

/// One document of a file. Cheap to copy; its nodes live as long as any document of the file does.
class Document {
 public:
  Document(std::shared_ptr<const void> storage, const Node* root)
      : storage_(std::move(storage)), root_(root) {}

  [[nodiscard]] const Node& root() const { return *root_; }

 private:
  std::shared_ptr<const void> storage_;
  const Node* root_;
};

/// What a file may cost. The defaults hold for every file that a user hands over.
struct DocumentLimits {
  std::size_t max_bytes = std::size_t{16} << 20;
  int max_depth = 64;                     ///< Nested maps and sequences.
  std::size_t max_nodes = 2'000'000;      ///< Scalars, maps and sequences of a file.
  std::size_t max_alias_nodes = 100'000;  ///< Nodes that aliases and merge keys repeat, in total.
  std::size_t max_alias_bytes = std::size_t{16} << 20;  ///< The same in bytes of scalar text.
  std::size_t max_key_bytes = 1024;                     ///< Length of a map's key.
};

struct LoadOptions {
  /// Several documents separated by `---`, as files of policies have them. When false,
  /// a second document is an error. Empty documents are left out and do not count.
  bool several_documents = false;
  /// Local tags (`!Ref`, `!Sub` of CloudFormation) are kept in `Node::tag` instead of refused.
  bool local_tags = false;
  DocumentLimits limits;
};

/// Reads a YAML file (or JSON, when the name ends in `.json`) into trees of nodes.
///
/// Refused, with file, line and column: what is no regular file (pipes, devices, directories),
/// more than `limits`, invalid UTF-8 and control characters, broken syntax, tabs as indentation,
/// duplicate keys, keys that are no scalars, undefined and cyclic aliases, tags other than YAML's
/// own (`!!str` `!!int` `!!float` `!!bool` `!!null` `!!map` `!!seq`), templates (`{{` outside
/// quotes), an empty file. Merge keys (`<<`) are supported. Accepted: byte order mark, CRLF.
///
/// Returns nothing when the file cannot be read as documents at all; the reasons are then in
/// `diagnostics`, which also keeps the text for excerpts. After a mistake that leaves the shape
/// intact (duplicate key: the first counts; foreign tag; key that is no scalar: left out) the trees
/// are returned nevertheless, so that the mistakes of the contents can be reported in the same go:
/// a caller must ask `diagnostics.has_errors()` before it uses what it has read.
///
/// Never blocks, never throws; time and memory are linear in the size of the file (n log n in the
/// keys of one map). The top level may be of any kind: the caller checks.
[[nodiscard]] std::optional<std::vector<Document>> load_documents(const std::string& path,
                                                                  Diagnostics& diagnostics,
                                                                  const LoadOptions& options = {});

/// The same for a text in memory; `name` stands for the file in messages.
[[nodiscard]] std::optional<std::vector<Document>> parse_documents(const std::string& name,
                                                                   std::string text,
                                                                   Diagnostics& diagnostics,
                                                                   const LoadOptions& options = {});

}  // namespace shaketable::engine
