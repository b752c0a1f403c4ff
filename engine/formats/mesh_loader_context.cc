#include "engine/formats/mesh_loader_context.h"

#include <limits>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"

namespace shaketable::engine {
std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kMost = 12;
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kMost; ++i) {
    text += (i == 0 ? "" : ", ") + printable(names[i]);
  }
  return names.size() > kMost ? text + ", ..." : text;
}

std::string nearest_of(std::string_view word, const std::vector<std::string>& names,
                       const Diagnostics& diagnostics) {
  if (diagnostics.is_full()) {
    return "";
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  return nearest_name(word, views);
}

std::optional<std::uint32_t> read_count(const Node* node, Diagnostics& diagnostics,
                                        std::uint32_t min, std::uint32_t max) {
  const auto value = read_integer(node, diagnostics, {min, max});
  return value ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

std::optional<std::uint32_t> read_ppm(const Node* node, Diagnostics& diagnostics,
                                      std::uint32_t min_ppm) {
  const auto value = read_percent(node, diagnostics, {min_ppm, 1'000'000});
  return value ? std::optional<std::uint32_t>(static_cast<std::uint32_t>(*value)) : std::nullopt;
}

ServiceIndex LoaderContext::find(std::string_view name) const {
  const auto found = services.find(name);
  return found == services.end() ? kNone : found->second;
}

ServiceIndex LoaderContext::service(const Node& node) {
  const ServiceIndex index = find(node.text());
  if (index == kNone) {
    error(node, code::kUnknownService, "no service is named " + quoted(node.text()),
          "one of " + listed(service_names), nearest_of(node.text(), service_names, diagnostics));
  }
  return index;
}

EndpointIndex LoaderContext::endpoint(ServiceIndex service, const Node& node) {
  const Service& owner = mesh.services[service];
  const EndpointIndex index = find_endpoint(owner, node.text());
  if (index == kNone) {
    error(node, code::kUnknownEndpoint,
          quoted(owner.name) + " has no endpoint " + quoted(node.text()),
          "one of " + listed(owner.endpoint_names),
          nearest_of(node.text(), owner.endpoint_names, diagnostics));
  }
  return index;
}

VersionIndex LoaderContext::version(ServiceIndex service, const Node& node) {
  const Service& owner = mesh.services[service];
  const VersionIndex index = find_version(owner, node.text());
  if (index == kNone) {
    std::vector<std::string> names;
    for (const Version& version : owner.versions) {
      names.push_back(version.name);
    }
    error(node, code::kUnknownVersion,
          quoted(owner.name) + " runs no version " + quoted(node.text()), "one of " + listed(names),
          nearest_of(node.text(), names, diagnostics));
  }
  return index;
}

ZoneIndex LoaderContext::zone(const Node& node) {
  const ZoneIndex index = find_zone(mesh, node.text());
  if (index == kNone) {
    error(node, code::kUnknownZone, "the mesh has no zone " + quoted(node.text()),
          "one of " + listed(mesh.zones), nearest_of(node.text(), mesh.zones, diagnostics));
  }
  return index;
}

ServiceIndex LoaderContext::split_service(std::string_view text, std::size_t& rest) const {
  rest = std::string_view::npos;
  if (const ServiceIndex whole = find(text); whole != kNone) {
    return whole;
  }
  for (std::size_t space = text.rfind(' '); space != std::string_view::npos && space > 0;
       space = text.rfind(' ', space - 1)) {
    if (const ServiceIndex index = find(text.substr(0, space)); index != kNone) {
      rest = text.find_first_not_of(' ', space);
      return index;
    }
  }
  return kNone;
}

void LoaderContext::error(const Node& node, const char* code, std::string message,
                          std::string expected, std::string hint) {
  if (hint.find(' ') != std::string::npos) {  // Names of endpoints: still words to `render`.
    hint = "did you mean " + quoted(hint) + "?";
  }
  report_at(node,
            {.code = code,
             .message = std::move(message),
             .expected = std::move(expected),
             .hint = std::move(hint)},
            diagnostics);
}

void LoaderContext::warn(const Node& node, const char* code, std::string message) {
  report_at(node, {.severity = Severity::kWarning, .code = code, .message = std::move(message)},
            diagnostics);
}

}  // namespace shaketable::engine
