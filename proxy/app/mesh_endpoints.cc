#include "proxy/app/mesh_endpoints.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"
#include "proxy/app/address.h"
#include "proxy/app/endpoints_file.h"
#include "proxy/app/host_table.h"

namespace shaketable::proxy::app {
namespace {

using engine::Diagnostics;
using engine::Service;
using engine::ServiceIndex;
using engine::VersionIndex;
namespace code = engine::code;

class Binder {
 public:
  Binder(const engine::Mesh& mesh, ServiceIndex self, const WorkloadRequest& request,
         live::LiveConfig& config, Diagnostics& diagnostics)
      : mesh_(mesh),
        self_(mesh.services[self].name),
        request_(request),
        config_(config),
        diagnostics_(diagnostics),
        table_(config.hosts) {}

  void bind(const engine::WorkloadConfig& compiled) {
    if (!request_.endpoints.empty()) {
      file_ = load_endpoints_file(request_.endpoints, diagnostics_);
      if (!file_) {
        return;
      }
      check_names();
    }
    for (ClusterIndex cluster = 0; cluster < compiled.bindings.size(); ++cluster) {
      if (compiled.bindings[cluster].service != engine::kNone) {
        bind_cluster(cluster, compiled.bindings[cluster]);
      }
    }
  }

 private:
  void report(std::string message, std::string expected, const engine::SourceMark& mark = {}) {
    diagnostics_.add({.code = code::kMissingPart,
                      .file = mark.file,
                      .line = mark.line,
                      .column = mark.column,
                      .message = std::move(message),
                      .expected = std::move(expected)});
  }

  /// Every entry must be for a service and a version of the mesh: a mistyped one would be missed
  /// only when requests fail.
  void check_names() {
    if (!file_->has_names) {
      report(engine::quoted(request_.endpoints) + " is a list: it does not say of which service",
             "a map of services, such as `payment: [10.0.0.4:15006]`");
      return;
    }
    for (const NamedEndpoints& set : file_->sets) {
      const std::size_t slash = set.name.find('/');
      const std::string service_name = set.name.substr(0, slash);
      const ServiceIndex index = engine::find_service(mesh_, service_name);
      if (index == engine::kNone) {
        std::vector<std::string_view> names;
        for (const Service& service : mesh_.services) {
          names.push_back(service.name);
        }
        add(code::kUnknownService, "no service is named " + engine::quoted(service_name),
            "a service of the mesh", engine::nearest_name(service_name, names), set.mark);
        continue;
      }
      check_version(set, mesh_.services[index], slash);
    }
  }

  void check_version(const NamedEndpoints& set, const Service& service, std::size_t slash) {
    if (slash == std::string::npos) {
      if (service.versions.size() > 1) {
        add(code::kMissingPart,
            engine::quoted(service.name) +
                " has several versions: their addresses are not told "
                "apart",
            "an entry for each of " + keys_of(service), "", set.mark);
      }
      return;
    }
    const std::string version = set.name.substr(slash + 1);
    if (engine::find_version(service, version) == engine::kNone) {
      std::vector<std::string_view> names;
      for (const engine::Version& it : service.versions) {
        names.push_back(it.name);
      }
      add(code::kUnknownVersion,
          engine::quoted(service.name) + " runs no version " + engine::quoted(version),
          "one of " + keys_of(service), engine::nearest_name(version, names), set.mark);
    }
  }

  void add(const char* code, std::string message, std::string expected, std::string hint,
           const engine::SourceMark& mark) {
    diagnostics_.add({.code = code,
                      .file = mark.file,
                      .line = mark.line,
                      .column = mark.column,
                      .message = std::move(message),
                      .expected = std::move(expected),
                      .hint = std::move(hint)});
  }

  /// "payment/v1, payment/v2".
  static std::string keys_of(const Service& service) {
    constexpr std::size_t kMost = 6;
    if (service.versions.size() == 1) {
      return engine::printable(service.name);
    }
    std::string text;
    for (std::size_t i = 0; i < service.versions.size() && i < kMost; ++i) {
      text +=
          (i == 0 ? "" : ", ") + engine::printable(service.name + "/" + service.versions[i].name);
    }
    return service.versions.size() > kMost ? text + ", ..." : text;
  }

  [[nodiscard]] const NamedEndpoints* entry_of(const Service& service, VersionIndex version) const {
    if (!file_) {
      return nullptr;
    }
    const NamedEndpoints* set = file_->find(service.name + "/" + service.versions[version].name);
    return set == nullptr && service.versions.size() == 1 ? file_->find(service.name) : set;
  }

  void bind_cluster(ClusterIndex cluster, const engine::ClusterBinding& binding) {
    const Service& service = mesh_.services[binding.service];
    std::vector<Endpoint> endpoints;
    std::size_t known = 0;
    for (const VersionIndex version : binding.versions) {
      if (const NamedEndpoints* set = entry_of(service, version)) {
        ++known;
        endpoints.insert(endpoints.end(), set->endpoints.begin(), set->endpoints.end());
      }
    }
    if (known != 0 || binding.versions.empty()) {
      add_known(cluster, service, endpoints, known == binding.versions.size());
    } else if (!request_.dns_suffix.empty()) {
      look_up(cluster, service, binding);
    } else {
      missing(service);
    }
  }

  void add_known(ClusterIndex cluster, const Service& service,
                 const std::vector<Endpoint>& endpoints, bool all) {
    const auto is_name = [](const Endpoint& endpoint) { return endpoint.is_name; };
    if (endpoints.size() > 1 && std::any_of(endpoints.begin(), endpoints.end(), is_name)) {
      if (told_.insert(service.name).second) {
        report(engine::quoted(service.name) + " has names beside other addresses",
               "addresses for all its versions: a name is looked up for a service as a whole");
      }
      return;
    }
    set_endpoints(cluster, endpoints, table_, config_);
    if (!all) {
      missing(service);
    }
  }

  void look_up(ClusterIndex cluster, const Service& service,
               const engine::ClusterBinding& binding) {
    const std::string text = service.name + request_.dns_suffix;
    const auto address = parse_address(text);
    if (!address || address->kind != Address::Kind::kName) {
      if (told_.insert(service.name).second) {
        report(engine::quoted(text) + " is no name and port", "--dns .SUFFIX:PORT");
      }
      return;
    }
    if (binding.versions.size() != service.versions.size()) {
      if (told_.insert(service.name).second) {
        report("DNS does not tell the versions of " + engine::quoted(service.name) + " apart",
               "an entry for each of " + keys_of(service) + " in the file of --endpoints");
      }
      return;
    }
    config_.dns.push_back({.cluster = cluster, .name = address->host, .port = address->port});
  }

  void missing(const Service& service) {
    if (told_.insert(service.name).second) {
      report(engine::quoted(self_) + " calls " + engine::quoted(service.name) +
                 ", whose addresses are not known",
             file_ ? keys_of(service) + " in " + engine::quoted(request_.endpoints)
                   : "--endpoints FILE with " + keys_of(service) + ": [ADDRESS], or --dns SUFFIX");
    }
  }

  const engine::Mesh& mesh_;
  const std::string& self_;
  const WorkloadRequest& request_;
  live::LiveConfig& config_;
  Diagnostics& diagnostics_;
  HostTable table_;
  std::optional<EndpointsFile> file_;
  std::set<std::string> told_;  ///< Services whose lack is reported.
};

}  // namespace

void bind_endpoints(const engine::Mesh& mesh, ServiceIndex self,
                    const engine::WorkloadConfig& compiled, const WorkloadRequest& request,
                    live::LiveConfig& config, Diagnostics& diagnostics) {
  Binder(mesh, self, request, config, diagnostics).bind(compiled);
}

}  // namespace shaketable::proxy::app
