#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"

namespace shaketable::engine {

/// Builds trees of nodes from the events of a parser (YAML's or JSON's), and keeps the rules that
/// are the same for both: depth, number of nodes, what aliases repeat, duplicate keys, merge keys.
///
/// A mistake that leaves the shape of the document intact (duplicate key, foreign tag) is reported
/// and building goes on; one that does not sets `stopped()`, and the parser should end.
class DocumentBuilder {
 public:
  /// Where an event happened, 1-based.
  struct Place {
    int line = 0;
    int column = 0;
  };
  /// Names an anchor; 0 = none. Anchors are numbered by the parser from 1 in order of appearance.
  using AnchorId = std::size_t;

  DocumentBuilder(const std::string& file, const DocumentLimits& limits, Diagnostics& diagnostics);

  /// Gives a tag to the node that the next event adds; not for aliases.
  void tag_next(std::string_view tag);
  void add_null(Place place, AnchorId anchor = 0);
  void add_scalar(Place place, std::string_view text, bool plain, AnchorId anchor = 0);
  /// Refers to an anchored node again. An anchor that is unknown or still open is reported.
  void add_alias(Place place, AnchorId anchor);
  void begin_sequence(Place place, AnchorId anchor = 0);
  void end_sequence();
  void begin_map(Place place, AnchorId anchor = 0);
  void end_map();

  /// Treats a plain `<<` key as a merge key. Off for JSON.
  void enable_merge_keys() { merge_keys_ = true; }

  /// Ends a document; a root must have been added. Anchors are forgotten.
  void finish_document();
  /// Reports something at a place of this file and stops building.
  void stop(Place place, Diagnostic diagnostic);
  /// Stops building after a mistake that somebody else reported.
  void abandon() { stopped_ = true; }
  /// Reports something at a place of this file.
  void report(Place place, Diagnostic diagnostic);

  [[nodiscard]] bool stopped() const { return stopped_; }
  /// True when the next node that is added would be the key of a map.
  [[nodiscard]] bool expects_key() const;
  /// The key whose value comes next, or null. For messages.
  [[nodiscard]] const Node* pending_key() const;
  [[nodiscard]] const std::vector<const Node*>& roots() const { return roots_; }
  /// The memory of all nodes, for `Document`.
  [[nodiscard]] std::shared_ptr<const void> storage() const { return storage_; }

 private:
  /// Nodes, texts and child lists of a file. Never moves, so pointers into it stay good.
  struct Storage {
    std::string file;
    std::deque<Node> nodes;
    std::pmr::monotonic_buffer_resource arena{64 * 1024};
  };
  /// What a subtree costs when it is repeated.
  struct Weight {
    std::size_t nodes = 0;
    std::size_t bytes = 0;
  };
  /// A map or sequence that is not complete yet.
  struct Frame {
    Node* node;
    AnchorId anchor;
    std::vector<const Node*> children;  ///< Keys and values in turn for a map.
    Weight weight;
  };
  struct Anchor {
    const Node* node = nullptr;  ///< Null while the node is being built: an alias would be a cycle.
    Weight weight;
  };

  [[nodiscard]] std::string_view keep_text(std::string_view text);
  Node* new_node(Place place, NodeKind kind);
  void begin(Place place, NodeKind kind, AnchorId anchor);
  void attach(const Node* node, Weight weight, AnchorId anchor);
  void close_frame();
  [[nodiscard]] bool is_valid_key(const Node& key);
  std::vector<MapEntry> entries_of(const Frame& frame);
  void merge_into(std::vector<MapEntry>& entries, const Node& source);
  void report_duplicates(std::vector<MapEntry>& entries);
  [[nodiscard]] Place place_of(const Node& node) const { return {node.line(), node.column()}; }

  DocumentLimits limits_;
  Diagnostics& diagnostics_;
  std::shared_ptr<Storage> storage_;
  std::vector<Frame> frames_;
  std::vector<Anchor> anchors_;
  std::vector<const Node*> roots_;
  Weight repeated_;
  std::string_view next_tag_;
  bool merge_keys_ = false;
  bool stopped_ = false;
};

}  // namespace shaketable::engine
