#include <algorithm>
#include <optional>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_objects.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

using proxy::PathMatch;

void warn(const SourceMark& mark, std::string message, Diagnostics& diagnostics) {
  diagnostics.add({.severity = Severity::kWarning,
                   .code = code::kIstioDelegate,
                   .file = mark.file,
                   .line = mark.line,
                   .column = mark.column,
                   .message = std::move(message),
                   .expected = {},
                   .hint = {}});
}

// The narrower of two conditions on the path, when one lies within the other.
std::optional<PathMatch> merge_path(const PathMatch& root, const PathMatch& own) {
  if (root.kind == PathMatch::Kind::kAny) {
    return own;
  }
  if (own.kind == PathMatch::Kind::kAny) {
    return root;
  }
  const bool is_text = own.kind == PathMatch::Kind::kExact || own.kind == PathMatch::Kind::kPrefix;
  if (root.kind == PathMatch::Kind::kPrefix && is_text && own.text.starts_with(root.text)) {
    return own;
  }
  if (root.kind == PathMatch::Kind::kExact && own.kind == PathMatch::Kind::kExact &&
      own.text == root.text) {
    return own;
  }
  return std::nullopt;
}

// Conditions on named things are united; the same name with two values is a contradiction.
template <typename T>
bool merge_named(const std::vector<T>& root, std::vector<T>& own) {
  for (const T& condition : root) {
    const auto same = std::find_if(own.begin(), own.end(),
                                   [&](const T& other) { return other.name == condition.name; });
    if (same == own.end()) {
      own.push_back(condition);
    } else if (same->value.kind != condition.value.kind ||
               same->value.text != condition.value.text) {
      return false;
    }
  }
  return true;
}

std::optional<Match> merge_match(const Match& root, const Match& own) {
  Match merged = own;
  const std::optional<PathMatch> path = merge_path(root.match.path, own.match.path);
  if (!path || !merge_named(root.match.headers, merged.match.headers) ||
      !merge_named(root.match.query, merged.match.query)) {
    return std::nullopt;
  }
  if (root.port != 0 && own.port != 0 && root.port != own.port) {
    return std::nullopt;
  }
  merged.match.path = *path;
  merged.port = own.port != 0 ? own.port : root.port;
  merged.gateways = root.gateways;
  merged.never = root.never || own.never;
  if (merged.source_namespace.empty()) {
    merged.source_namespace = root.source_namespace;
  }
  merged.source_labels.insert(merged.source_labels.end(), root.source_labels.begin(),
                              root.source_labels.end());
  return merged;
}

// Every pair of a root's and a delegate's match; nothing when all of them contradict each other.
std::optional<std::vector<Match>> merge_matches(const HttpRoute& root, const HttpRoute& own) {
  if (root.matches.empty() || own.matches.empty()) {
    return root.matches.empty() ? own.matches : root.matches;
  }
  std::vector<Match> merged;
  for (const Match& outer : root.matches) {
    for (const Match& inner : own.matches) {
      if (std::optional<Match> match = merge_match(outer, inner)) {
        merged.push_back(std::move(*match));
      }
    }
  }
  return merged.empty() ? std::nullopt : std::optional(std::move(merged));
}

// What the root says counts where the delegate is silent; nothing is merged within a field.
void inherit(const HttpRoute& root, HttpRoute& own) {
  if (!own.written.timeout) {
    own.route.timeout = root.route.timeout;
    own.written.timeout = root.written.timeout;
  }
  if (!own.written.retries) {
    own.route.retry = root.route.retry;
    own.written.retries = root.written.retries;
  }
  if (!own.route.fault) {
    own.route.fault = root.route.fault;
  }
  if (!own.route.rewrite && !own.route.redirect) {
    own.route.rewrite = root.route.rewrite;
  }
  if (own.mirrors.empty()) {
    own.mirrors = root.mirrors;
  }
  own.route.request_headers.insert(own.route.request_headers.begin(),
                                   root.route.request_headers.begin(),
                                   root.route.request_headers.end());
  own.route.response_headers.insert(own.route.response_headers.begin(),
                                    root.route.response_headers.begin(),
                                    root.route.response_headers.end());
}

void expand(const HttpRoute& root, const VirtualService& delegate, std::vector<HttpRoute>& target,
            Diagnostics& diagnostics) {
  for (const HttpRoute& route : delegate.http) {
    std::optional<std::vector<Match>> matches = merge_matches(root, route);
    if (!matches) {
      warn(route.mark,
           "Istio drops this route of the delegate " + quoted(delegate.meta.name) +
               ": its matches contradict those of the root at " + root.mark.file + ":" +
               std::to_string(root.mark.line),
           diagnostics);
      continue;
    }
    HttpRoute merged = route;
    merged.matches = std::move(*matches);
    inherit(root, merged);
    target.push_back(std::move(merged));
  }
}

}  // namespace

void resolve_delegates(Objects& objects, Diagnostics& diagnostics) {
  std::vector<VirtualService> roots;
  std::vector<VirtualService> delegates;
  for (VirtualService& service : objects.virtual_services) {
    (service.hosts.empty() ? delegates : roots).push_back(std::move(service));
  }
  std::vector<bool> used(delegates.size(), false);
  for (VirtualService& root : roots) {
    std::vector<HttpRoute> routes;
    for (HttpRoute& route : root.http) {
      if (!route.delegate) {
        routes.push_back(std::move(route));
        continue;
      }
      const std::string& kube_namespace = route.delegate->kube_namespace.empty()
                                              ? root.meta.kube_namespace
                                              : route.delegate->kube_namespace;
      const auto found =
          std::find_if(delegates.begin(), delegates.end(), [&](const VirtualService& delegate) {
            return delegate.meta.name == route.delegate->name &&
                   delegate.meta.kube_namespace == kube_namespace;
          });
      if (found == delegates.end()) {
        warn(route.mark,
             "there is no delegate " + quoted(route.delegate->name) + " in namespace " +
                 quoted(kube_namespace) + ": Istio drops this route",
             diagnostics);
        continue;
      }
      used[static_cast<std::size_t>(found - delegates.begin())] = true;
      expand(route, *found, routes, diagnostics);
    }
    root.http = std::move(routes);
  }
  for (std::size_t i = 0; i < delegates.size(); ++i) {
    if (!used[i]) {
      warn(delegates[i].meta.mark,
           "VirtualService " + quoted(delegates[i].meta.name) +
               " has no hosts and nobody delegates to it: it has no effect",
           diagnostics);
    }
  }
  objects.virtual_services = std::move(roots);
}

}  // namespace shaketable::engine::istio
