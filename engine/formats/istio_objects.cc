#include "engine/formats/istio_objects.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/nearest_name.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

constexpr std::string_view kNetworking = "networking.istio.io";
constexpr std::array<std::string_view, 3> kVersions = {"v1", "v1beta1", "v1alpha3"};
constexpr int kMaxListDepth = 4;

struct OtherKind {
  std::string_view kind;
  std::string_view effect;
};

// Kinds of Istio's (of any group) that change traffic, and what is missing without them.
constexpr OtherKind kOtherKinds[] = {
    {"Gateway",
     "ports, hosts, TLS and redirects of gateways; VirtualServices that are bound to "
     "one apply to calls of the mesh's gateway services"},
    {"ServiceEntry", "hosts outside of the mesh: write them as services with sidecar: false"},
    {"Sidecar", "which hosts a caller sees, and its ingress listeners"},
    {"EnvoyFilter", "patches of Envoy's configuration"},
    {"WorkloadEntry", "endpoints outside of Kubernetes"},
    {"WorkloadGroup", "endpoints outside of Kubernetes"},
    {"ProxyConfig", "settings of single proxies, such as their concurrency"},
    {"AuthorizationPolicy", "who may call whom: no call is refused"},
    {"PeerAuthentication", "which calls must use mTLS: no call is refused"},
    {"RequestAuthentication", "checks of tokens: no call is refused"},
    {"WasmPlugin", "extensions of the proxy"},
    {"Telemetry", "metrics, logs and traces of the proxies"},
    {"TrafficExtension", "extensions of the proxy"},
};

constexpr std::string_view kReadKinds[] = {"VirtualService", "DestinationRule"};

std::string_view text_of(const Node& object, std::string_view key) {
  const Node* value = object.find(key);
  return value != nullptr && value->is_scalar() ? value->text() : std::string_view();
}

bool is_istio_group(std::string_view group) { return group.ends_with(".istio.io"); }

std::string label_of(std::string_view kind, const ObjectMeta& meta) {
  return printable(kind) + " " + quoted(meta.name);
}

template <typename T>
void add_or_replace(std::vector<T>& objects, T object, std::string_view kind,
                    Diagnostics& diagnostics) {
  for (T& other : objects) {
    if (other.meta.name != object.meta.name || object.meta.name.empty() ||
        other.meta.kube_namespace != object.meta.kube_namespace) {
      continue;
    }
    diagnostics.add({.severity = Severity::kWarning,
                     .code = code::kIstioDuplicate,
                     .file = object.meta.mark.file,
                     .line = object.meta.mark.line,
                     .column = object.meta.mark.column,
                     .message = label_of(kind, object.meta) + " replaces the one at " +
                                other.meta.mark.file + ":" + std::to_string(other.meta.mark.line),
                     .expected = {},
                     .hint = {}});
    object.meta.order = other.meta.order;
    object.meta.created = other.meta.created;
    other = std::move(object);
    return;
  }
  objects.push_back(std::move(object));
}

template <typename T>
void sort_by_age(std::vector<T>& objects) {
  std::stable_sort(objects.begin(), objects.end(), [](const T& a, const T& b) {
    const bool a_dated = !a.meta.created.empty();
    const bool b_dated = !b.meta.created.empty();
    // RFC 3339 in UTC sorts as text.
    return std::tie(b_dated, a.meta.created, a.meta.order) <
           std::tie(a_dated, b.meta.created, b.meta.order);
  });
}

}  // namespace

void ObjectReader::add(const Node& root) { add_object(root, 0); }

Objects ObjectReader::finish() {
  sort_by_age(objects_.virtual_services);
  sort_by_age(objects_.destination_rules);
  return std::move(objects_);
}

void ObjectReader::add_object(const Node& object, int depth) {
  if (object.is_null()) {
    return;
  }
  const std::string_view kind = object.is_map() ? text_of(object, "kind") : std::string_view();
  if (kind.empty()) {
    say(object, Severity::kWarning, code::kIstioNoObject,
        "this document is no Kubernetes object (it has no kind): it was not read", {},
        diagnostics_);
    return;
  }
  const Node* items = object.find("items");
  if (kind.ends_with("List") && items != nullptr && items->is_sequence() && depth < kMaxListDepth) {
    for (const Node* item : items->items()) {
      add_object(*item, depth + 1);
    }
    return;
  }
  const std::string_view version = text_of(object, "apiVersion");
  const std::size_t slash = version.find('/');
  const std::string_view group =
      slash == std::string_view::npos ? std::string_view() : version.substr(0, slash);
  if (group == kNetworking &&
      std::find(kVersions.begin(), kVersions.end(), version.substr(slash + 1)) == kVersions.end()) {
    say(*object.find("apiVersion"), Severity::kWarning, code::kIstioUnknownVersion,
        "unknown version " + quoted(version) + ": read as networking.istio.io/v1", {},
        diagnostics_);
  }
  read_kind(object, group, kind);
}

void ObjectReader::read_kind(const Node& object, std::string_view group, std::string_view kind) {
  const bool known =
      std::find(std::begin(kReadKinds), std::end(kReadKinds), kind) != std::end(kReadKinds);
  if (group != kNetworking || !known) {
    report_other_kind(object, group, kind);
    return;
  }
  FieldReader fields(&object, "", diagnostics_);
  ObjectMeta meta = read_meta(object);
  const Node* spec = fields.take("spec");
  fields.ignore({"apiVersion", "kind", "metadata", "status"});
  fields.finish();
  if (kind == kReadKinds[0]) {
    add_or_replace(objects_.virtual_services,
                   read_virtual_service(object, spec, std::move(meta), diagnostics_), kind,
                   diagnostics_);
  } else {
    add_or_replace(objects_.destination_rules,
                   read_destination_rule(object, spec, std::move(meta), diagnostics_), kind,
                   diagnostics_);
  }
}

void ObjectReader::report_other_kind(const Node& object, std::string_view group,
                                     std::string_view kind) {
  const std::string name = label_of(kind, read_meta(object));
  for (const OtherKind& other : kOtherKinds) {
    if (is_istio_group(group) && other.kind == kind) {
      say(object, Severity::kWarning, code::kIstioOtherKind,
          name + " is not modelled: " + std::string(other.effect), {}, diagnostics_);
      return;
    }
  }
  if (is_istio_group(group)) {
    std::vector<std::string_view> kinds(std::begin(kReadKinds), std::end(kReadKinds));
    for (const OtherKind& other : kOtherKinds) {
      kinds.push_back(other.kind);
    }
    say(object, Severity::kWarning, code::kIstioOtherKind,
        name + " of " + quoted(group) + " is not known: it was not read", nearest_name(kind, kinds),
        diagnostics_);
    return;
  }
  say(object, Severity::kNote, code::kIstioOtherKind,
      name + " is no policy of Istio's: it was not read", {}, diagnostics_);
}

ObjectMeta ObjectReader::read_meta(const Node& object) {
  ObjectMeta meta;
  meta.mark = mark_of(object);
  meta.order = next_order_++;
  meta.kube_namespace = options_.default_namespace;
  const Node* metadata = object.find("metadata");
  if (metadata == nullptr || !metadata->is_map()) {
    return meta;
  }
  meta.name = std::string(text_of(*metadata, "name"));
  if (meta.name.empty()) {
    meta.name = std::string(text_of(*metadata, "generateName"));
  }
  if (const std::string_view text = text_of(*metadata, "namespace"); !text.empty()) {
    meta.kube_namespace = std::string(text);
  }
  meta.created = std::string(text_of(*metadata, "creationTimestamp"));
  return meta;
}

}  // namespace shaketable::engine::istio
