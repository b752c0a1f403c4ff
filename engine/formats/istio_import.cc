#include "engine/formats/istio_import.h"

#include <algorithm>
#include <cstddef>
#include <optional>
#include <set>
#include <utility>

#include "engine/formats/document.h"
#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_hosts.h"
#include "engine/formats/istio_objects.h"
#include "engine/formats/istio_policies.h"
#include "engine/formats/istio_selection.h"
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

constexpr std::size_t kMostRemarks = 10'000;

template <typename T>
bool is_same_object(const T& a, const T& b) {
  return a.meta.name == b.meta.name && a.meta.kube_namespace == b.meta.kube_namespace;
}

/// The services that these objects, or those of the same name before, speak about.
std::vector<ServiceIndex> concerned_by(Objects told, Objects before, const Mesh& mesh,
                                       const IstioOptions& options) {
  const auto add_replaced = [](auto& to, auto& from) {
    const std::size_t count = to.size();
    for (auto& object : from) {
      const auto end = to.begin() + static_cast<std::ptrdiff_t>(count);
      if (std::any_of(to.begin(), end,
                      [&](const auto& it) { return is_same_object(it, object); })) {
        to.push_back(object);
      }
    }
  };
  const auto is_delegate = [](const istio::VirtualService& it) { return it.hosts.empty(); };
  const auto has_delegate = [](const istio::VirtualService& it) {
    return std::any_of(it.http.begin(), it.http.end(),
                       [](const istio::HttpRoute& route) { return route.delegate.has_value(); });
  };
  add_replaced(told.virtual_services, before.virtual_services);
  add_replaced(told.destination_rules, before.destination_rules);
  // A delegate speaks about what its roots do; and a root about what its delegates do.
  const bool by_delegate =
      std::any_of(told.virtual_services.begin(), told.virtual_services.end(), is_delegate);
  for (istio::VirtualService& rule : before.virtual_services) {
    if (is_delegate(rule) || (by_delegate && has_delegate(rule))) {
      told.virtual_services.push_back(std::move(rule));
    }
  }
  Diagnostics silent(0);
  qualify_hosts(told);
  istio::resolve_delegates(told, silent);
  expand_short_hosts(told, mesh, silent);
  istio::OnceDiagnostics remarks(silent);
  istio::Selector selector(told, mesh, options, remarks);
  std::vector<ServiceIndex> services;
  for (ServiceIndex service = 0; service < mesh.services.size(); ++service) {
    if (selector.is_concerned(service)) {
      services.push_back(service);
    }
  }
  return services;
}

/// Passes on what is said about these files. That an object replaces one of another file is what
/// they are there for; that one of them holds it twice is not.
void report_of(const std::set<std::string>& files, const Diagnostics& of_pushed,
               const Diagnostics& of_all, Diagnostics& diagnostics) {
  Diagnostics united(kMostRemarks);
  for (Diagnostic& remark : of_pushed.sorted()) {
    if (remark.code == code::kIstioDuplicate) {
      united.add(std::move(remark));
    }
  }
  for (Diagnostic& remark : of_all.sorted()) {
    if (remark.code != code::kIstioDuplicate && files.contains(remark.file)) {
      united.add(std::move(remark));
    }
  }
  for (Diagnostic& remark : united.sorted()) {
    diagnostics.add(std::move(remark));
  }
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

IstioPush read_istio_push(std::span<const Document> standing, std::span<const Document> pushed,
                          const Mesh& mesh, Diagnostics& diagnostics, const IstioOptions& options) {
  IstioPush result;
  Diagnostics silent(0);
  ObjectReader before(options, silent);
  Diagnostics of_pushed(Diagnostics::kDefaultLimit);
  ObjectReader told(options, of_pushed);
  Diagnostics of_all(kMostRemarks);
  ObjectReader all(options, of_all);
  std::set<std::string> files;
  for (const Document& document : standing) {
    before.add(document.root());
    all.add(document.root());
  }
  for (const Document& document : pushed) {
    told.add(document.root());
    all.add(document.root());
    files.insert(document.root().file());
  }
  result.policies = build(all, mesh, of_all, options);
  result.concerned = concerned_by(told.finish(), before.finish(), mesh, options);
  report_of(files, of_pushed, of_all, diagnostics);
  return result;
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
