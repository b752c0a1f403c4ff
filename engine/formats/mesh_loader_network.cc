#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

// `zones:`, `nodes:` and `network:`.
namespace shaketable::engine {
namespace {

void read_link(const Node* node, Link& link, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  if (!node->is_map()) {  // `same_zone: 0.25ms`
    assign(link.latency, read_time(node, context));
    return;
  }
  ObjectReader map(node, spec::kLink, context.diagnostics);
  assign(link.latency, read_time(map.get("latency"), context));
  const Node* const loss = map.get("loss");
  assign(link.loss_ppm, read_ppm(loss, context.diagnostics));
  if (link.loss_ppm == 1'000'000 && loss != nullptr) {
    context.error(*loss, code::kOutOfRange, "a link that loses everything carries nothing",
                  "less than 100%; a fault of kind partition cuts a link");
  }
  assign(link.bandwidth, read_bandwidth(map.get("bandwidth"), context.diagnostics));
  map.finish();
}

}  // namespace

void read_zones(const Node* node, LoaderContext& context) {
  Mesh& mesh = context.mesh;
  for (const Node* item : read_sequence(node, context.diagnostics, "a list of zones")) {
    const auto name = read_name(item, context.diagnostics);
    if (!name) {
      continue;
    }
    if (find_zone(mesh, *name) != kNone) {
      context.error(*item, code::kDuplicateName, "the zone " + quoted(*name) + " is there twice",
                    "each zone once");
    } else if (mesh.zones.size() == kMaxZones) {
      context.error(*item, code::kTooMany, "the mesh has too many zones", "at most 256");
      break;
    } else {
      mesh.zones.push_back(*name);
    }
  }
  if (mesh.zones.empty()) {
    mesh.zones = {"zone-1"};
  }
}

void read_nodes(const Node* node, LoaderContext& context) {
  Mesh& mesh = context.mesh;
  assign(mesh.nodes, read_count(node, context.diagnostics, 1, kMaxNodes));
  if (node != nullptr && mesh.nodes != 0 && mesh.nodes < mesh.zones.size()) {
    context.error(*node, code::kOutOfRange,
                  "there are " + std::to_string(mesh.zones.size()) + " zones, and a node is in one",
                  "at least a node for each zone");
  }
}

void read_network(const Node* node, LoaderContext& context) {
  if (node == nullptr) {
    return;
  }
  Network& network = context.mesh.network;
  ObjectReader map(node, spec::kNetwork, context.diagnostics);
  read_link(map.get("same_zone"), network.same_zone, context);
  read_link(map.get("cross_zone"), network.cross_zone, context);
  assign(network.discovery_delay, read_duration(map.get("discovery_delay"), context.diagnostics));
  assign(network.tls, read_bool(map.get("tls"), context.diagnostics));
  map.finish();
}

}  // namespace shaketable::engine
