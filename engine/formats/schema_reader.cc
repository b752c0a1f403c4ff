#include "engine/formats/schema_reader.h"

#include <string>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "proxy/base/assert.h"

namespace shaketable::engine {

ObjectReader::ObjectReader(const Node* node, const ObjectSpec& spec, Diagnostics& diagnostics)
    : node_(node),
      spec_(spec),
      diagnostics_(diagnostics),
      map_(node, diagnostics, spec.what),
      ok_(node != nullptr && node->is_map()) {
  ASSERT(spec.keys.size() <= 64);
  if (!ok_ || spec.others.empty()) {
    return;
  }
  for (const MapEntry& entry : node->entries()) {
    if (find_key(spec, entry.key->text()) == nullptr) {
      others_.push_back(entry);
    }
  }
}

const Node* ObjectReader::get(std::string_view key) {
  const KeySpec* spec = find_key(spec_, key);
  ASSERT(spec != nullptr);
  asked_ |= std::uint64_t{1} << (spec - spec_.keys.data());
  return spec->use == KeyUse::kRequired ? map_.required(key) : map_.optional(key);
}

void ObjectReader::finish() {
  for (std::size_t i = 0; i < spec_.keys.size(); ++i) {
    const KeySpec& key = spec_.keys[i];
    if (key.use != KeyUse::kIgnored) {
      ASSERT((asked_ >> i & 1U) != 0);
      continue;
    }
    map_.optional(key.key);
    if (const Node* written = map_.key_node(key.key)) {
      report_at(*written,
                {.severity = Severity::kWarning,
                 .code = code::kNotModelled,
                 .message = quoted(key.key) + " is not modelled: it has no effect on this run"},
                diagnostics_);
    }
  }
  for (const MapEntry& entry : others_) {
    map_.optional(entry.key->text());
  }
  map_.finish();
  if (ok_ && spec_.one_key && node_->entries().size() != 1) {
    report_at(*node_,
              {.code = code::kOneKey,
               .message = std::string(spec_.what) + " has exactly one key, here are " +
                          std::to_string(node_->entries().size())},
              diagnostics_);
  }
}

SourceMark mark_of(const Node* node) {
  return node == nullptr ? SourceMark{} : SourceMark{node->file(), node->line(), node->column()};
}

}  // namespace shaketable::engine
