#include "proxy/app/proxy_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"

namespace shaketable::proxy::app {
namespace {

using engine::assign;
namespace code = engine::code;

/// What stands at the top of the file.
struct Root {
  const Node& node;
  const Node* listen;
  const Node* upstream;
  const Node* app;
  const Node* listeners;
  const Node* clusters;
  const Node* routes;
  const Node* virtual_hosts;
};

/// `app` and `upstream`: a cluster, and a virtual host that sends everything there.
void read_short_forms(const Root& root, FileContext& context) {
  if (root.app != nullptr) {
    // As in a mesh: the caller's sidecar has timeouts and retries, here the application's own
    // answer counts. `defaults` are for what lies outside.
    BaseSettings base;
    base.policy.lb_policy = LbPolicy::kRoundRobin;
    base.route.timeout = Duration{0};
    NewCluster app = read_cluster_of(*root.app, "app", base, context);
    add_virtual_host(Direction::kInbound, "inbound", {"*"}, std::move(app.route), *root.app,
                     context);
  }
  if (root.upstream != nullptr) {
    NewCluster upstream = read_cluster_of(*root.upstream, "upstream", context.base, context);
    if (root.routes != nullptr) {
      context.error(*root.upstream, code::kContradiction,
                    "\"upstream\" takes everything, and so do \"routes\"",
                    "a cluster and a last route to it, or no routes");
      return;
    }
    add_virtual_host(Direction::kOutbound, "upstream", {"*"}, std::move(upstream.route),
                     *root.upstream, context);
  }
}

void read_parts(const Root& root, FileContext& context) {
  const bool by_name = root.routes == nullptr && root.virtual_hosts == nullptr;
  read_clusters(root.clusters, by_name, context);
  read_short_forms(root, context);
  read_virtual_hosts(root.virtual_hosts, context);
  read_common_routes(root.routes, context);
  read_listeners(root.listen, root.listeners, context);
  check_listeners(root.node, context);
}

void read_root(const Node& node, FileContext& context) {
  Diagnostics& diagnostics = context.diagnostics;
  live::LiveConfig& config = context.config;
  ObjectReader map(&node, spec::kProxy, diagnostics);
  [[maybe_unused]] const auto about = engine::read_string(map.get("about"), diagnostics);
  assign(config.node, engine::read_name(map.get("node"), diagnostics));
  assign(config.concurrency,
         engine::read_count(map.get("concurrency"), diagnostics, 1, kMaxConcurrency));
  assign(config.drain_time,
         engine::read_duration(map.get("drain_time"), diagnostics, {Duration{0}, kMaxDrainTime}));
  assign(config.seed, engine::read_integer(map.get("seed"), diagnostics,
                                           {0, std::numeric_limits<std::int64_t>::max()}));
  read_dns_server(map.get("dns_server"), context);
  read_identity(map.get("identity"), context);
  read_admin(map.get("admin"), context);
  read_access_log(map.get("access_log"), context);
  read_tracing(map.get("tracing"), context);
  read_timeouts(map.get("timeouts"), context);
  read_limits(map.get("limits"), context);
  read_defaults(map.get("defaults"), context);
  const Root root{node,
                  map.get("listen"),
                  map.get("upstream"),
                  map.get("app"),
                  map.get("listeners"),
                  map.get("clusters"),
                  map.get("routes"),
                  map.get("virtual_hosts")};
  if (map.ok()) {
    read_parts(root, context);
  }
  map.finish();
}

std::optional<live::LiveConfig> read_documents(
    const std::string& name, const std::optional<std::vector<engine::Document>>& documents,
    Diagnostics& diagnostics, const ProxyFileOptions& options) {
  if (!documents) {
    return std::nullopt;
  }
  live::LiveConfig config;
  config.node = engine::stem_of(name);
  engine::Mesh mesh = engine::default_mesh();
  engine::LoaderContext loader{diagnostics, mesh};
  FileContext context{.loader = loader,
                      .diagnostics = diagnostics,
                      .config = config,
                      .folder = engine::folder_of(name),
                      .options = options,
                      .hosts = HostTable(config.hosts),
                      .base = {.route = mesh.default_route}};
  context.watch(name);
  read_root(documents->front().root(), context);
  return diagnostics.has_errors() ? std::nullopt : std::optional(std::move(config));
}

}  // namespace

std::optional<live::LiveConfig> load_proxy_file(const std::string& path, Diagnostics& diagnostics,
                                                const ProxyFileOptions& options) {
  return read_documents(path, engine::load_documents(path, diagnostics), diagnostics, options);
}

std::optional<live::LiveConfig> parse_proxy_file(const std::string& name, std::string text,
                                                 Diagnostics& diagnostics,
                                                 const ProxyFileOptions& options) {
  return read_documents(name, engine::parse_documents(name, std::move(text), diagnostics),
                        diagnostics, options);
}

void FileContext::error(const Node& node, const char* code, std::string message,
                        std::string expected, std::string hint) {
  loader.error(node, code, std::move(message), std::move(expected), std::move(hint));
}

ClusterIndex FileContext::cluster(const Node& node) {
  const auto name = engine::read_name(&node, diagnostics);
  if (!name) {
    return kNoCluster;
  }
  const auto found = clusters.find(*name);
  if (found != clusters.end()) {
    return found->second;
  }
  error(
      node, code::kUnknownCluster, "no cluster is named " + engine::quoted(*name),
      cluster_names.empty() ? "a name under `clusters`" : "one of " + engine::listed(cluster_names),
      engine::nearest_of(*name, cluster_names, diagnostics));
  return kNoCluster;
}

std::optional<std::string> FileContext::path(const Node* node) {
  const auto text = engine::read_string(node, diagnostics, 4'095);
  if (!text) {
    return std::nullopt;
  }
  if (text->empty() || text->find('\0') != std::string::npos) {
    error(*node, code::kNoFile, "not the path of a file", "a path, relative to this file's folder");
    return std::nullopt;
  }
  std::string full = engine::in_folder(folder, *text);
  if (!options.open_files) {
    return full;
  }
  struct stat about {};
  std::string problem;
  if (stat(full.c_str(), &about) != 0 || access(full.c_str(), R_OK) != 0) {
    problem = std::strerror(errno);
  } else if (!S_ISREG(about.st_mode)) {
    problem = "not a regular file";
  }
  if (!problem.empty()) {
    error(*node, code::kNoFile, "cannot read " + engine::quoted(full) + ": " + problem,
          "a file, relative to this file's folder");
    return std::nullopt;
  }
  watch(full);
  return full;
}

std::string FileContext::path_or(const Node* node, const std::string& fallback) {
  return node == nullptr ? fallback : path(node).value_or(std::string());
}

void FileContext::watch(const std::string& file) {
  if (std::find(config.files.begin(), config.files.end(), file) == config.files.end()) {
    config.files.push_back(file);
  }
}

std::vector<std::string> read_texts(const Node* node, std::string_view what,
                                    Diagnostics& diagnostics) {
  std::vector<std::string> texts;
  for (const Node* item : engine::read_sequence(node, diagnostics, what)) {
    if (auto text = engine::read_name(item, diagnostics)) {
      texts.push_back(*std::move(text));
    }
  }
  return texts;
}

}  // namespace shaketable::proxy::app
