#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/formats/mesh_loader_context.h"
#include "engine/formats/schema_reader.h"
#include "proxy/app/endpoints_file.h"
#include "proxy/app/host_table.h"
#include "proxy/app/load_config.h"
#include "proxy/app/proxy_file.h"
#include "proxy/app/proxy_words.h"

/// The readers behind `load_proxy_file`, by section of the file. Shared by its sources only.
namespace shaketable::proxy::app {

using engine::Diagnostics;
using engine::Node;
using engine::ObjectReader;

/// The largest file that is read.
inline constexpr std::size_t kMaxClusters = 20'000;
inline constexpr std::size_t kMaxListeners = 1'000;
inline constexpr std::size_t kMaxVirtualHosts = 20'000;
inline constexpr std::size_t kMaxRoutes = 100'000;  ///< Of all virtual hosts, by match.

/// What clusters and routes begin with.
struct BaseSettings {
  engine::ClusterPolicy policy;
  Route route;
  const Node* tls = nullptr;  ///< `defaults.tls`
  bool send_proxy_protocol = false;
};

/// A domain that is taken, and where.
struct DomainOwner {
  Direction direction;
  std::string domain;
  auto operator<=>(const DomainOwner&) const = default;
};

/// What all readers need: where to report, what is being built, and the names in it.
struct FileContext {
  engine::LoaderContext& loader;  ///< For readers that are shared with scenario files.
  Diagnostics& diagnostics;
  live::LiveConfig& config;
  std::string folder;  ///< Paths are relative to it.
  ProxyFileOptions options;
  HostTable hosts;
  BaseSettings base;
  std::optional<http::TlsConfig> identity;
  std::unordered_map<std::string, ClusterIndex> clusters;
  std::vector<std::string> cluster_names;
  std::vector<const Node*> cluster_nodes;   ///< Where each is written.
  std::vector<const Node*> listener_nodes;  ///< Parallel to `config.listeners`.
  std::set<std::string> hosts_by_name;      ///< Virtual hosts that clusters have by default.
  std::map<std::string, std::optional<EndpointsFile>> endpoint_files;
  std::map<DomainOwner, engine::SourceMark> domains;
  std::set<std::string> loaded_tls;  ///< Sets of files that TLS took; see check_tls.
  std::size_t routes = 0;            ///< So far.

  /// Reports; `hint` is the nearest right name, or a sentence.
  void error(const Node& node, const char* code, std::string message, std::string expected = {},
             std::string hint = {});
  /// The cluster that `node` names; reports, and returns kNoCluster.
  ClusterIndex cluster(const Node& node);
  /// A path of a file that must be there, as seen from the folder; it is added to `config.files`.
  std::optional<std::string> path(const Node* node);
  /// `path`, or `fallback` when the key is not written.
  std::string path_or(const Node* node, const std::string& fallback);
  /// Adds a file to `config.files` once.
  void watch(const std::string& file);
};

/// A list of texts.
[[nodiscard]] std::vector<std::string> read_texts(const Node* node, std::string_view what,
                                                  Diagnostics& diagnostics);

// proxy_file_settings.cc
/// `admin`, `access_log`, `tracing`, `timeouts`, `limits`.
void read_admin(const Node* node, FileContext& context);
void read_dns_server(const Node* node, FileContext& context);
void read_access_log(const Node* node, FileContext& context);
void read_tracing(const Node* node, FileContext& context);
void read_timeouts(const Node* node, FileContext& context);
void read_limits(const Node* node, FileContext& context);

// proxy_file_tls.cc
/// "a.test" or "*.test", in lower case.
[[nodiscard]] std::vector<std::string> read_server_names(const Node* node, FileContext& context);
void read_identity(const Node* node, FileContext& context);
/// `tls:` of a listener.
void read_listener_tls(const Node* node, words::Role role, live::ListenerConfig& listener,
                       const Node& at, FileContext& context);
/// `tls:` of a cluster. `server_name` is what the certificate must be for when nothing is written.
[[nodiscard]] std::optional<http::TlsConfig> read_cluster_tls(const Node* node,
                                                              const std::string& server_name,
                                                              FileContext& context);

/// Loads the files of `tls` as a connection will, and reports at `at` what is wrong with them.
void check_tls(http::TlsContext::Role role, const http::TlsConfig& tls, const Node& at,
               FileContext& context);

// proxy_file_clusters.cc
void read_defaults(const Node* node, FileContext& context);
/// Names first, because routes and clusters may come in any order.
void read_clusters(const Node* node, bool by_name, FileContext& context);
/// A cluster that is made by `upstream` or `app`; returns its index and its route.
struct NewCluster {
  ClusterIndex index = kNoCluster;
  Route route;
};
NewCluster read_cluster_of(const Node& node, const std::string& name, const BaseSettings& base,
                           FileContext& context);

// proxy_file_routes.cc
void read_virtual_hosts(const Node* node, FileContext& context);
/// `routes:` of the file.
void read_common_routes(const Node* node, FileContext& context);
/// A virtual host that sends everything of its domains to one cluster.
void add_virtual_host(Direction direction, const std::string& name,
                      std::vector<std::string> domains, Route route, const Node& at,
                      FileContext& context);
/// Lower-cases and checks a domain, and reports one that is taken.
std::optional<std::string> take_domain(std::string_view text, Direction direction, const Node& at,
                                       FileContext& context);

// proxy_file_headers.cc
[[nodiscard]] std::vector<HeaderMutation> read_headers(const Node* node, FileContext& context);

// proxy_file_listeners.cc
/// `listen:` and `listeners:`.
void read_listeners(const Node* listen, const Node* listeners, FileContext& context);
/// Listeners without routes, and clusters for both requests and connections. Takes away the virtual
/// hosts that clusters of TCP listeners have by default.
void check_listeners(const Node& root, FileContext& context);

}  // namespace shaketable::proxy::app
