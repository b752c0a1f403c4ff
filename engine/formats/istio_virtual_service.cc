#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_hosts.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

bool is_gateway_name(std::string_view name) {
  const std::size_t slash = name.find('/');
  if (slash != std::string_view::npos) {
    return is_dns_label(name.substr(0, slash)) && is_gateway_name(name.substr(slash + 1));
  }
  return !name.starts_with('*') && is_valid_host(name);
}

void check_gateways(FieldReader& fields, const std::vector<Host>& gateways) {
  for (const Host& gateway : gateways) {
    if (!is_gateway_name(gateway.text)) {
      fields.reject("gateways",
                    quoted(gateway.text) + " is no gateway: write name or namespace/name");
    }
  }
}

void check_hosts(FieldReader& fields, const std::vector<Host>& hosts, bool mesh) {
  bool all_valid = true;
  for (const Host& host : hosts) {
    if (!is_valid_host(host.text)) {
      fields.reject("hosts", quoted(host.text) + " is no host");
      all_valid = false;
    } else if (mesh && host.text == "*") {
      fields.reject("hosts", "the host * is not allowed for sidecars",
                    "bind the VirtualService to a gateway");
      all_valid = false;
    }
  }
  for (std::size_t i = 0; all_valid && i < hosts.size(); ++i) {
    for (std::size_t j = i + 1; j < hosts.size(); ++j) {
      if (hosts_overlap(hosts[i].text, hosts[j].text)) {
        fields.reject("hosts", quoted(hosts[i].text) + " and " + quoted(hosts[j].text) +
                                   " stand for the same host");
        return;
      }
    }
  }
}

// `tls` and `tcp` route connections. Requests of ours are HTTP: the entries are only checked.
void check_layer4(FieldReader& fields, std::string_view field) {
  const Node* list = fields.take(field);
  if (list == nullptr) {
    return;
  }
  Diagnostics& diagnostics = fields.diagnostics();
  std::size_t index = 0;
  for (const Node* item : read_sequence(list, diagnostics, "a list of routes")) {
    FieldReader route(item, item_path(fields.path(field), index++), diagnostics);
    const Node* matches = route.take("match");
    const Node* destinations = route.take("route");
    if (destinations == nullptr || destinations->items().empty()) {
      route.reject({}, route.path("route") + " is required");
    }
    if (field == "tls" && matches != nullptr) {
      for (const Node* match : matches->items()) {
        const Node* hosts = match->find("sniHosts");
        if (hosts == nullptr || hosts->items().empty()) {
          route.reject("match", route.path("match[].sniHosts") + " is required");
          continue;
        }
        for (const Node* host : hosts->items()) {
          if (!is_valid_host(host->text())) {
            route.reject("match", quoted(host->text()) + " is no host");
          }
        }
      }
    }
    route.finish();
    route.warn({}, code::kIstioNotModelled,
               route.path() + " is not modelled: requests are HTTP, and no connection is routed");
  }
}

std::vector<std::string> texts_of(std::vector<Host> hosts) {
  std::vector<std::string> texts;
  for (Host& host : hosts) {
    texts.push_back(std::move(host.text));
  }
  return texts;
}

void read_http(FieldReader& fields, const RouteContext& context, VirtualService& result) {
  const Node* list = fields.take("http");
  if (list == nullptr) {
    return;
  }
  std::size_t index = 0;
  for (const Node* item : read_sequence(list, fields.diagnostics(), "a list of routes")) {
    result.http.push_back(read_http_route(*item, item_path(fields.path("http"), index++), context,
                                          fields.diagnostics()));
  }
}

}  // namespace

VirtualService read_virtual_service(const Node& object, const Node* spec, ObjectMeta meta,
                                    Diagnostics& diagnostics) {
  VirtualService result;
  result.meta = std::move(meta);
  if (spec == nullptr || spec->is_null()) {
    say(object, Severity::kError, code::kIstioRejected,
        "Istio refuses this: a VirtualService without spec", {}, diagnostics);
    return result;
  }
  FieldReader fields(spec, "spec", diagnostics);
  result.hosts = read_texts(fields.take("hosts"), diagnostics, "a list of hosts");
  const std::vector<Host> gateways =
      read_texts(fields.take("gateways"), diagnostics, "a list of gateways");
  check_gateways(fields, gateways);
  result.gateways = texts_of(gateways);
  RouteContext context;
  context.delegate = result.hosts.empty();
  context.mesh = gateways.empty();
  for (const Host& gateway : gateways) {
    context.mesh = context.mesh || gateway.text == "mesh";
  }
  if (context.delegate && !gateways.empty()) {
    fields.reject("gateways", "a VirtualService without hosts is a delegate and has no gateways");
  }
  if (gateways.empty()) {
    result.gateways = {"mesh"};
  }
  check_hosts(fields, result.hosts, context.mesh && !context.delegate);
  read_http(fields, context, result);
  check_layer4(fields, "tls");
  check_layer4(fields, "tcp");
  if (!fields.has("http") && !fields.has("tls") && !fields.has("tcp")) {
    fields.reject({}, "spec needs http, tls or tcp");
  }
  result.export_to = texts_of(read_texts(fields.take("exportTo"), diagnostics, "a list"));
  fields.finish();
  return result;
}

}  // namespace shaketable::engine::istio
