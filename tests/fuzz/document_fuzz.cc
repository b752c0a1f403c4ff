#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "engine/formats/diagnostic.h"
#include "engine/formats/document.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "tests/fuzz/require.h"

// Feeds arbitrary bytes to the document layer, as YAML or JSON, and puts every typed reader on
// every node. The first byte chooses the options. What must hold: no crash and no leak, a reason
// for every refusal, a place in the file for every node, and nothing unprintable in what goes to
// the terminal.
namespace shaketable::engine {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();
constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

void read_all_ways(const Node& node, Diagnostics& diagnostics) {
  (void)read_duration(&node, diagnostics);
  (void)read_percent(&node, diagnostics);
  (void)read_rate(&node, diagnostics, {kMin, kMax});
  (void)read_bytes(&node, diagnostics, {kMin, kMax});
  (void)read_integer(&node, diagnostics, {kMin, kMax});
  (void)read_decimal(&node, diagnostics, {kMin, kMax});
  (void)read_bool(&node, diagnostics);
  (void)read_string(&node, diagnostics);
  (void)read_name(&node, diagnostics);
}

void visit(const Node& node, Diagnostics& diagnostics, std::size_t& budget) {
  if (budget == 0) {
    return;
  }
  --budget;
  require(node.line() >= 1 && node.column() >= 1);
  read_all_ways(node, diagnostics);
  MapReader map(&node, diagnostics, "a map");
  map.optional("timeout");
  map.required("retries");
  map.finish();
  for (const Node* item : node.items()) {
    visit(*item, diagnostics, budget);
  }
  for (const MapEntry& entry : node.entries()) {
    require(entry.key->is_scalar());
    visit(*entry.value, diagnostics, budget);
  }
}

void check_output(const Diagnostics& diagnostics) {
  const std::string out = render(diagnostics, /*color=*/false);
  for (std::size_t i = 0; i < out.size();) {
    const CodePoint point = decode_utf8(out, i);
    require(point.valid && (point.value == U'\n' || is_printable(point.value)));
    i += point.length;
  }
}

void run(std::string_view input) {
  const auto options = static_cast<unsigned char>(input.front());
  Diagnostics diagnostics(/*limit=*/50);
  LoadOptions load{.several_documents = (options & 2U) != 0, .local_tags = (options & 4U) != 0};
  load.limits.max_alias_nodes = 1000;
  const auto documents = parse_documents((options & 1U) != 0 ? "fuzz.json" : "fuzz.yaml",
                                         std::string(input.substr(1)), diagnostics, load);
  require(documents.has_value() || diagnostics.has_errors());
  if (documents) {
    require(!documents->empty());
    std::size_t budget = 2000;
    for (const Document& document : *documents) {
      visit(document.root(), diagnostics, budget);
    }
  }
  check_output(diagnostics);
}

}  // namespace
}  // namespace shaketable::engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    shaketable::engine::run({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
