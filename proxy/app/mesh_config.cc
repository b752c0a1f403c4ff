#include "proxy/app/mesh_config.h"

#include <charconv>
#include <cstdint>
#include <utility>
#include <vector>

#include <unistd.h>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_loader.h"
#include "engine/mesh/compile.h"
#include "proxy/app/address.h"
#include "proxy/app/host_table.h"
#include "proxy/app/mesh_endpoints.h"

namespace shaketable::proxy::app {
namespace {

using engine::Diagnostics;
using engine::Service;
using engine::ServiceIndex;
namespace code = engine::code;

void report(const char* code, std::string message, std::string expected, Diagnostics& diagnostics,
            std::string hint = {}) {
  diagnostics.add({.code = code,
                   .message = std::move(message),
                   .expected = std::move(expected),
                   .hint = std::move(hint)});
}

/// "cart-2" is the second instance of cart; kNone when it is not an instance.
ServiceIndex find_instance(const engine::Mesh& mesh, const std::string& workload) {
  const std::size_t dash = workload.rfind('-');
  if (dash == std::string::npos) {
    return engine::kNone;
  }
  const ServiceIndex index = engine::find_service(mesh, workload.substr(0, dash));
  std::uint32_t number = 0;
  const char* const end = workload.data() + workload.size();
  const auto parsed = std::from_chars(workload.data() + dash + 1, end, number);
  if (index == engine::kNone || parsed.ec != std::errc() || parsed.ptr != end) {
    return engine::kNone;
  }
  std::uint32_t instances = 0;
  for (const engine::Version& version : mesh.services[index].versions) {
    instances += version.instances;
  }
  return number >= 1 && number <= instances ? index : engine::kNone;
}

ServiceIndex find_workload(const engine::Mesh& mesh, const std::string& workload,
                           Diagnostics& diagnostics) {
  ServiceIndex index = engine::find_service(mesh, workload);
  if (index == engine::kNone) {
    index = find_instance(mesh, workload);
  }
  std::vector<std::string_view> names;
  for (const Service& service : mesh.services) {
    names.push_back(service.name);
  }
  if (workload.empty()) {
    report(code::kMissingPart, "a mesh has many workloads: which one is this proxy for?",
           "--workload with a service or an instance of one, such as " +
               engine::printable(mesh.services.front().name) + "-1",
           diagnostics);
  } else if (index == engine::kNone) {
    report(code::kUnknownService,
           "no service or instance of the mesh is named " + engine::quoted(workload),
           "a service, or one of its instances, such as " +
               engine::printable(mesh.services.front().name) + "-1",
           diagnostics, engine::nearest_name(workload, names));
  } else if (!mesh.services[index].sidecar) {
    report(code::kContradiction,
           engine::quoted(mesh.services[index].name) + " has `sidecar: false` in the mesh",
           "a workload with a sidecar", diagnostics);
    return engine::kNone;
  }
  return index;
}

/// The files that a folder of certificates has for a service.
WorkloadRequest with_certs(WorkloadRequest request, const std::string& service) {
  if (request.certs.empty()) {
    return request;
  }
  const std::string folder = request.certs + "/";
  request.certificate = folder + service + ".pem";
  request.key = folder + service + ".key";
  request.ca = folder + "ca.pem";
  if (request.crl.empty() && access((folder + "crl.pem").c_str(), F_OK) == 0) {
    request.crl = folder + "crl.pem";
  }
  return request;
}

class WorkloadReader {
 public:
  WorkloadReader(const engine::Mesh& mesh, ServiceIndex self, const WorkloadRequest& request,
                 Diagnostics& diagnostics)
      : mesh_(mesh), self_(self), request_(request), diagnostics_(diagnostics) {}

  live::LiveConfig read() {
    engine::WorkloadConfig compiled = engine::compile_workload(mesh_, self_);
    config_.node = request_.workload;
    config_.core = std::move(compiled.config);
    config_.clusters.resize(config_.core.clusters.size());
    for (ClusterConfig& cluster : config_.core.clusters) {
      cluster.hosts = std::make_shared<const HostSet>();
    }
    set_app();
    compiled.config = {};
    bind_endpoints(mesh_, self_, compiled, request_, config_, diagnostics_);
    add_listener("inbound", Direction::kInbound, request_.inbound, "--inbound");
    add_listener("outbound", Direction::kOutbound, request_.outbound, "--outbound");
    set_tls(compiled.bindings);
    return std::move(config_);
  }

 private:
  void set_app() {
    const auto address = parse_address(request_.app);
    if (!address || is_any(*address)) {
      report(request_.app.empty() ? code::kMissingPart : code::kBadAddress,
             request_.app.empty() ? "where does the application listen?"
                                  : engine::quoted(request_.app) + " is no address",
             "--app with an address, such as 127.0.0.1:8080", diagnostics_);
      return;
    }
    const bool is_name = address->kind == Address::Kind::kName;
    const bool local = is_name && address->host == "localhost";
    HostTable table(config_.hosts);
    set_endpoints(0,
                  {{.address = local ? "127.0.0.1:" + std::to_string(address->port) : request_.app,
                    .is_name = is_name && !local}},
                  table, config_);
    if (request_.app_protocol == "http2") {
      config_.core.clusters.front().protocol = UpstreamProtocol::kHttp2;
    }
  }

  void add_listener(const char* name, Direction direction, const std::string& address,
                    const char* option) {
    const auto parsed = parse_address(address);
    if (!parsed || parsed->kind == Address::Kind::kName) {
      report(code::kBadAddress, engine::quoted(address) + " is no address to listen at",
             std::string(option) + " with an address, such as 127.0.0.1:15001", diagnostics_);
    }
    live::ListenerConfig listener;
    listener.name = name;
    listener.direction = direction;
    listener.address = address;
    config_.listeners.push_back(std::move(listener));
  }

  void set_tls(const std::vector<engine::ClusterBinding>& bindings) {
    if (!mesh_.network.tls || request_.tls == "off") {
      return;
    }
    if (!check_files()) {
      return;
    }
    http::TlsConfig tls{.certificate_chain = request_.certificate,
                        .private_key = request_.key,
                        .trusted_ca = request_.ca,
                        .crl = request_.crl,
                        .require_peer_certificate = true};
    tls.alpn = {"h2", "http/1.1"};
    const std::string domain = trust_domain(tls);
    if (diagnostics_.has_errors()) {
      return;
    }
    if (!domain.empty()) {
      tls.trust_domains = {domain};
    }
    live::ListenerConfig& inbound = config_.listeners.front();
    inbound.tls_mode =
        request_.tls == "permissive" ? live::TlsMode::kPermissive : live::TlsMode::kStrict;
    inbound.tls = tls;
    tls.alpn.clear();
    tls.require_peer_certificate = false;
    for (std::size_t i = 0; i < bindings.size(); ++i) {
      if (bindings[i].service != engine::kNone && mesh_.services[bindings[i].service].sidecar) {
        config_.clusters[i].tls = client_tls(tls, mesh_.services[bindings[i].service], domain);
      }
    }
  }

  static http::TlsConfig client_tls(http::TlsConfig tls, const Service& service,
                                    const std::string& domain) {
    tls.server_name = service.name + "." + service.kube_namespace + ".svc.cluster.local";
    if (!domain.empty()) {
      tls.allowed_ids = {"spiffe://" + domain + "/ns/" + service.kube_namespace + "/sa/" +
                         service.name};
    }
    return tls;
  }

  /// Says which of the three files are missing.
  bool check_files() {
    std::string missing;
    const std::pair<const char*, const std::string*> options[] = {
        {"--certificate", &request_.certificate}, {"--key", &request_.key}, {"--ca", &request_.ca}};
    for (const auto& [option, file] : options) {
      if (file->empty()) {
        missing += std::string(missing.empty() ? "" : ", ") + option;
      }
    }
    if (!missing.empty()) {
      report(code::kMissingPart, "the mesh has mTLS between its sidecars, and files are missing",
             missing + "; --certs with a folder of `shaketable-proxy certs`; or --tls off",
             diagnostics_);
    }
    return missing.empty();
  }

  /// The trust domain that is asked for, or that of our own certificate. Loads the files once, so
  /// that what is wrong with them is said here.
  std::string trust_domain(const http::TlsConfig& tls) {
    const auto made = http::TlsContext::make(http::TlsContext::Role::kServer, tls);
    if (!made) {
      diagnostics_.add({.code = code::kBadTls,
                        .file = made.error().where,
                        .message = made.error().message,
                        .expected = made.error().expected});
      return "";
    }
    if (!request_.trust_domain.empty()) {
      return request_.trust_domain;
    }
    const std::string_view id = (*made)->own_id();
    constexpr std::string_view kSpiffe = "spiffe://";
    return id.starts_with(kSpiffe)
               ? std::string(
                     id.substr(kSpiffe.size(), id.find('/', kSpiffe.size()) - kSpiffe.size()))
               : "";
  }

  const engine::Mesh& mesh_;
  ServiceIndex self_;
  const WorkloadRequest& request_;
  Diagnostics& diagnostics_;
  live::LiveConfig config_;
};

}  // namespace

std::optional<live::LiveConfig> load_workload(const std::string& mesh,
                                              const WorkloadRequest& request,
                                              Diagnostics& diagnostics) {
  const auto model = engine::load_any_mesh(mesh, {}, diagnostics);
  if (!model) {
    return std::nullopt;
  }
  const ServiceIndex self = find_workload(*model, request.workload, diagnostics);
  if (self == engine::kNone) {
    return std::nullopt;
  }
  const WorkloadRequest complete = with_certs(request, model->services[self].name);
  live::LiveConfig config = WorkloadReader(*model, self, complete, diagnostics).read();
  config.files = diagnostics.source_names();
  for (const std::string* file :
       {&complete.certificate, &complete.key, &complete.ca, &complete.crl}) {
    if (!file->empty()) {
      config.files.push_back(*file);
    }
  }
  return diagnostics.has_errors() ? std::nullopt : std::optional(std::move(config));
}

}  // namespace shaketable::proxy::app
