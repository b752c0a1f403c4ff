#include "proxy/app/endpoints_file.h"

#include <algorithm>
#include <cstddef>
#include <unordered_set>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "engine/formats/schema_reader.h"
#include "proxy/app/address.h"
#include "proxy/app/proxy_spec.h"

namespace shaketable::proxy::app {
namespace {

using engine::Diagnostics;
using engine::Node;

constexpr std::size_t kMaxEndpoints = 10'000;  // Of one cluster.
constexpr std::int64_t kMaxWeight = 128;       // As Envoy's.

std::optional<Endpoint> read_endpoint(const Node& node, Diagnostics& diagnostics) {
  Endpoint endpoint;
  const Node* address = &node;
  if (node.is_map()) {
    engine::ObjectReader map(&node, spec::kEndpoint, diagnostics);
    address = map.get("address");
    const auto weight = engine::read_integer(map.get("weight"), diagnostics, {1, kMaxWeight});
    endpoint.weight = static_cast<std::uint32_t>(weight.value_or(1));
    map.finish();
  }
  auto text = read_address(address, AddressUse::kConnect, diagnostics);
  if (!text) {
    return std::nullopt;
  }
  const auto parsed = parse_address(*text);
  endpoint.is_name = parsed && parsed->kind == Address::Kind::kName;
  endpoint.address = *std::move(text);
  if (endpoint.is_name && parsed->host == "localhost") {
    endpoint.address = "127.0.0.1:" + std::to_string(parsed->port);
    endpoint.is_name = false;
  }
  return endpoint;
}

/// `errors`: how many there were before this file.
std::optional<EndpointsFile> read_root(const std::string& path, const Node& root,
                                       std::size_t errors, Diagnostics& diagnostics) {
  EndpointsFile file;
  file.path = path;
  file.has_names = root.is_map();
  if (!file.has_names) {
    file.list = read_endpoints(&root, diagnostics);
  } else {
    for (const engine::MapEntry& entry : root.entries()) {
      if (const auto name = engine::read_name(entry.key, diagnostics)) {
        file.sets.push_back(
            {*name, read_endpoints(entry.value, diagnostics), engine::mark_of(entry.key)});
      }
    }
  }
  return diagnostics.error_count() > errors ? std::nullopt : std::optional(std::move(file));
}

}  // namespace

const NamedEndpoints* EndpointsFile::find(std::string_view name) const {
  const auto found = std::find_if(sets.begin(), sets.end(),
                                  [&](const NamedEndpoints& set) { return set.name == name; });
  return found == sets.end() ? nullptr : &*found;
}

std::vector<Endpoint> read_endpoints(const Node* node, Diagnostics& diagnostics) {
  std::vector<Endpoint> endpoints;
  if (node == nullptr) {
    return endpoints;
  }
  std::unordered_set<std::string> seen;
  const auto add = [&](const Node& item) {
    auto endpoint = read_endpoint(item, diagnostics);
    if (!endpoint) {
      return;
    }
    if (!seen.insert(endpoint->address).second) {
      engine::report_at(item,
                        {.code = engine::code::kDuplicateName,
                         .message = engine::quoted(endpoint->address) + " is listed twice",
                         .expected = "each address once, with a weight"},
                        diagnostics);
      return;
    }
    if (endpoint->is_name && node->is_sequence() && node->items().size() > 1) {
      engine::report_at(item,
                        {.code = engine::code::kBadAddress,
                         .message = engine::quoted(endpoint->address) +
                                    " is looked up and may have several addresses",
                         .expected = "addresses, or one name alone"},
                        diagnostics);
      return;
    }
    endpoints.push_back(*std::move(endpoint));
  };
  if (node->is_scalar() || node->is_map()) {
    add(*node);
    return endpoints;
  }
  const auto items = engine::read_sequence(node, diagnostics, "a list of addresses");
  if (items.size() > kMaxEndpoints) {
    engine::report_at(*node,
                      {.code = engine::code::kTooMany,
                       .message = "too many endpoints of one cluster",
                       .expected = "at most 10,000"},
                      diagnostics);
    return endpoints;
  }
  for (const Node* item : items) {
    add(*item);
  }
  return endpoints;
}

std::optional<EndpointsFile> load_endpoints_file(const std::string& path,
                                                 Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  const auto documents = engine::load_documents(path, diagnostics);
  return documents ? read_root(path, documents->front().root(), errors, diagnostics) : std::nullopt;
}

std::optional<EndpointsFile> parse_endpoints_file(const std::string& name, std::string text,
                                                  Diagnostics& diagnostics) {
  const std::size_t errors = diagnostics.error_count();
  const auto documents = engine::parse_documents(name, std::move(text), diagnostics);
  return documents ? read_root(name, documents->front().root(), errors, diagnostics) : std::nullopt;
}

}  // namespace shaketable::proxy::app
