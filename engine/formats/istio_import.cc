#include "engine/formats/istio_import.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/formats/document.h"
#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_hosts.h"
#include "engine/formats/istio_objects.h"
#include "engine/formats/istio_policies.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

using istio::ObjectReader;
using istio::Objects;

// A host "reviews.prod" of a VirtualService applies to callers that use just this name. Which name
// a caller uses is not modelled, so it is taken for the service.
void expand_short_hosts(Objects& objects, const Mesh& mesh, Diagnostics& diagnostics) {
  for (istio::VirtualService& rule : objects.virtual_services) {
    for (istio::Host& host : rule.hosts) {
      const ServiceIndex meant = istio::find_short_host(mesh, host.text);
      if (meant == kNone) {
        continue;
      }
      std::string full = istio::full_name(mesh.services[meant]);
      diagnostics.add({.severity = Severity::kWarning,
                       .code = code::kIstioLiteralHost,
                       .file = host.mark.file,
                       .line = host.mark.line,
                       .column = host.mark.column,
                       .message = "Istio applies this to callers that write " + quoted(host.text) +
                                  " and to no others; here to all",
                       .expected = {},
                       .hint = "write " + full});
      host.text = std::move(full);
    }
  }
}

void qualify(std::string& host, const istio::ObjectMeta& meta) {
  host = istio::qualified_host(host, meta.kube_namespace);
}

// Short names become full ones, in the namespace of the object that they stand in (which is that of
// the delegate in a delegate).
void qualify_hosts(Objects& objects) {
  for (istio::VirtualService& rule : objects.virtual_services) {
    for (istio::Host& host : rule.hosts) {
      qualify(host.text, rule.meta);
    }
    for (istio::HttpRoute& route : rule.http) {
      for (istio::Destination& destination : route.destinations) {
        qualify(destination.host, rule.meta);
      }
      for (istio::Mirror& mirror : route.mirrors) {
        qualify(mirror.to.host, rule.meta);
      }
    }
  }
  for (istio::DestinationRule& rule : objects.destination_rules) {
    qualify(rule.host.text, rule.meta);
  }
}

std::vector<DestinationPolicy> build(ObjectReader& reader, const Mesh& mesh,
                                     Diagnostics& diagnostics, const IstioOptions& options) {
  Objects objects = reader.finish();
  qualify_hosts(objects);
  istio::resolve_delegates(objects, diagnostics);
  expand_short_hosts(objects, mesh, diagnostics);
  return istio::PolicyBuilder(objects, mesh, options, diagnostics).build();
}

void add_documents(const std::optional<std::vector<Document>>& documents, ObjectReader& reader) {
  if (documents) {
    for (const Document& document : *documents) {
      reader.add(document.root());
    }
  }
}

constexpr LoadOptions kSeveral = {.several_documents = true, .limits = {}};

}  // namespace

std::vector<DestinationPolicy> read_istio(std::span<const std::string> files, const Mesh& mesh,
                                          Diagnostics& diagnostics, const IstioOptions& options) {
  ObjectReader reader(options, diagnostics);
  for (const std::string& file : files) {
    add_documents(load_documents(file, diagnostics, kSeveral), reader);
  }
  return build(reader, mesh, diagnostics, options);
}

std::vector<DestinationPolicy> read_istio_text(const std::string& name, std::string text,
                                               const Mesh& mesh, Diagnostics& diagnostics,
                                               const IstioOptions& options) {
  ObjectReader reader(options, diagnostics);
  add_documents(parse_documents(name, std::move(text), diagnostics, kSeveral), reader);
  return build(reader, mesh, diagnostics, options);
}

void apply_policies(std::vector<DestinationPolicy> policies, Mesh& mesh) {
  for (DestinationPolicy& policy : policies) {
    const auto same = std::find_if(
        mesh.policies.begin(), mesh.policies.end(), [&](const DestinationPolicy& other) {
          return other.service == policy.service && other.from == policy.from;
        });
    if (same == mesh.policies.end()) {
      mesh.policies.push_back(std::move(policy));
    } else {
      *same = std::move(policy);
    }
  }
}

void import_istio(std::span<const std::string> files, Mesh& mesh, Diagnostics& diagnostics,
                  const IstioOptions& options) {
  const std::size_t errors = diagnostics.error_count();
  std::vector<DestinationPolicy> policies = read_istio(files, mesh, diagnostics, options);
  if (diagnostics.error_count() == errors) {
    apply_policies(std::move(policies), mesh);
  }
}

}  // namespace shaketable::engine
