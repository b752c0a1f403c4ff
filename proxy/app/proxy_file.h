#pragma once

#include <optional>
#include <string>

#include "engine/formats/diagnostic.h"
#include "proxy/live/live_config.h"

/// The proxy's own file, in the style of scenario files and with Envoy's and Istio's names.
/// scenarios/proxy.schema.json lists every key; proxy/README.md explains them.
namespace shaketable::proxy::app {

struct ProxyFileOptions {
  /// Files that are named (certificates, endpoints, tokens) are looked at. Without, they are not
  /// opened at all: for texts of unknown origin.
  bool open_files = true;
};

/// Reads a proxy's file. Host ids count from 0 in the order of the file.
///
/// Returns nothing when there is any error; all of them are in `diagnostics`. Certificates are only
/// looked for here, not read. Never throws, never blocks.
[[nodiscard]] std::optional<live::LiveConfig> load_proxy_file(const std::string& path,
                                                              engine::Diagnostics& diagnostics,
                                                              const ProxyFileOptions& options = {});

/// The same for a text in memory; `name` stands for the file, and paths are relative to it.
[[nodiscard]] std::optional<live::LiveConfig> parse_proxy_file(
    const std::string& name, std::string text, engine::Diagnostics& diagnostics,
    const ProxyFileOptions& options = {});

}  // namespace shaketable::proxy::app
