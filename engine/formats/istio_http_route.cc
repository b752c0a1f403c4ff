#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

using proxy::PathMatch;
using proxy::Route;

struct WeightedDestination {
  Destination to;
  HeaderRules headers;
  const Node* node = nullptr;
};

// Rules of Istio's: one destination takes everything whatever its weight; of several, those of
// weight 0 (or without one) are dropped, and there must be one left.
std::vector<WeightedDestination> read_destinations(FieldReader& fields) {
  std::vector<WeightedDestination> result;
  const Node* list = fields.take("route");
  if (list == nullptr) {
    return result;
  }
  std::size_t index = 0;
  for (const Node* item : read_sequence(list, fields.diagnostics(), "a list of destinations")) {
    FieldReader entry(item, item_path(fields.path("route"), index++), fields.diagnostics());
    WeightedDestination destination;
    destination.node = item;
    destination.to = read_destination(entry.require("destination"), entry.path("destination"),
                                      fields.diagnostics());
    destination.to.weight =
        read_uint32(entry.take("weight"), fields.diagnostics(), 0x7fff'ffffU).value_or(0);
    destination.headers =
        read_headers(entry.take("headers"), entry.path("headers"), fields.diagnostics());
    for (const std::string_view old : {"appendRequestHeaders", "removeRequestHeaders",
                                       "appendResponseHeaders", "removeResponseHeaders"}) {
      entry.removed(old, "headers");
    }
    entry.finish();
    result.push_back(std::move(destination));
  }
  if (result.size() == 1) {
    result.front().to.weight = 1;
  } else if (!result.empty()) {
    const auto weightless = [](const WeightedDestination& d) { return d.to.weight == 0; };
    if (std::all_of(result.begin(), result.end(), weightless)) {
      fields.reject("route", "no destination of " + fields.path("route") + " has a weight");
    } else {
      for (const WeightedDestination& dropped : result) {
        if (weightless(dropped)) {
          say(*dropped.node, Severity::kWarning, code::kIstioNoEffect,
              "Istio drops this destination of " + fields.path("route") + ": its weight is 0", {},
              fields.diagnostics());
        }
      }
      std::erase_if(result, weightless);
    }
  }
  return result;
}

void add_destinations(FieldReader& fields, HttpRoute& route, std::string& authority) {
  std::vector<WeightedDestination> destinations = read_destinations(fields);
  for (WeightedDestination& destination : destinations) {
    HeaderRules& headers = destination.headers;
    const bool has_headers =
        !headers.request.empty() || !headers.response.empty() || !headers.authority.empty();
    if (destinations.size() == 1) {
      // With one destination its headers are those of the route, which come first.
      std::move(headers.request.begin(), headers.request.end(),
                std::back_inserter(route.route.request_headers));
      std::move(headers.response.begin(), headers.response.end(),
                std::back_inserter(route.route.response_headers));
      if (authority.empty()) {
        authority = headers.authority;
      }
    } else if (has_headers) {
      say(*destination.node, Severity::kWarning, code::kIstioNotModelled,
          "headers of one destination among several (" + fields.path("route") +
              ") are not modelled: they stay as they are",
          {}, fields.diagnostics());
    }
    route.destinations.push_back(std::move(destination.to));
  }
}

void read_mirrors(FieldReader& fields, HttpRoute& route) {
  Diagnostics& diagnostics = fields.diagnostics();
  const Node* single = fields.take("mirror");
  std::uint32_t ppm = proxy::kPpmOne;
  for (const std::string_view old : {"mirrorPercent", "mirror_percent"}) {
    const auto percent = read_uint32(fields.take(old), diagnostics, 100);
    if (percent) {
      ppm = *percent * 10'000;
      fields.warn(old, code::kIstioDeprecated, fields.path(old) + " is deprecated",
                  "mirrorPercentage: {value: " + std::to_string(*percent) + "}");
    }
  }
  const auto percentage = read_percentage(fields.take("mirrorPercentage"),
                                          fields.path("mirrorPercentage"), diagnostics);
  ppm = percentage.value_or(ppm);
  if (single != nullptr) {
    Destination to = read_destination(single, fields.path("mirror"), diagnostics);
    if (ppm > 0) {
      route.mirrors.push_back({std::move(to), ppm});
    }
  }
  const Node* several = fields.take("mirrors");
  if (several == nullptr) {
    return;
  }
  if (single != nullptr) {
    fields.reject("mirrors", fields.path() + " may have one of mirror and mirrors");
  }
  std::size_t index = 0;
  for (const Node* item : read_sequence(several, diagnostics, "a list of mirrors")) {
    FieldReader entry(item, item_path(fields.path("mirrors"), index++), diagnostics);
    Destination to =
        read_destination(entry.require("destination"), entry.path("destination"), diagnostics);
    const auto share =
        read_percentage(entry.take("percentage"), entry.path("percentage"), diagnostics);
    entry.finish();
    if (share.value_or(proxy::kPpmOne) > 0) {
      route.mirrors.push_back({std::move(to), share.value_or(proxy::kPpmOne)});
    }
  }
}

void read_matches(FieldReader& fields, const RouteContext& context, HttpRoute& route) {
  const Node* list = fields.take("match");
  if (list == nullptr) {
    return;
  }
  std::size_t index = 0;
  for (const Node* item : read_sequence(list, fields.diagnostics(), "a list of matches")) {
    const std::string path = item_path(fields.path("match"), index++);
    if (item->is_null()) {
      route.matches.push_back(Match{});  // Istio's "no condition".
      route.matches.back().mark = mark_of(*item);
      continue;
    }
    route.matches.push_back(read_match(*item, path, context, fields.diagnostics()));
  }
}

void read_delegate(const Node* node, const std::string& path, HttpRoute& route,
                   Diagnostics& diagnostics) {
  FieldReader fields(node, path, diagnostics);
  Delegate delegate;
  delegate.name = read_string(fields.require("name"), diagnostics).value_or("");
  delegate.kube_namespace = read_string(fields.take("namespace"), diagnostics).value_or("");
  fields.finish();
  route.delegate = std::move(delegate);
}

// What may not stand together in one route.
void check_conflicts(FieldReader& fields, const RouteContext& context) {
  const auto conflict = [&](std::string_view a, std::string_view b) {
    if (fields.has(a) && fields.has(b)) {
      fields.reject(
          b, fields.path() + " may not have both " + std::string(a) + " and " + std::string(b));
    }
  };
  conflict("redirect", "route");
  conflict("redirect", "fault");
  conflict("redirect", "rewrite");
  conflict("directResponse", "route");
  conflict("directResponse", "redirect");
  conflict("directResponse", "rewrite");
  conflict("delegate", "route");
  conflict("delegate", "redirect");
  if (context.delegate && fields.has("delegate")) {
    fields.reject("delegate", fields.path() + ": a delegate may not delegate again");
  }
  const Node* route = fields.node() == nullptr ? nullptr : fields.node()->find("route");
  const bool has_route = route != nullptr && route->is_sequence() && !route->items().empty();
  if (!has_route && !fields.has("redirect") && !fields.has("directResponse") &&
      !fields.has("delegate")) {
    fields.reject({}, fields.path() + " needs route, redirect, directResponse or delegate");
  }
}

void check_prefix_redirect(FieldReader& fields, const HttpRoute& route) {
  if (!route.route.redirect || route.route.redirect->prefix_rewrite.empty()) {
    return;
  }
  for (const Match& match : route.matches) {
    const PathMatch::Kind kind = match.match.path.kind;
    if (kind == PathMatch::Kind::kExact || kind == PathMatch::Kind::kRegex) {
      fields.reject("redirect",
                    fields.path("redirect.prefixRewrite") + " needs matches of uri by prefix");
      return;
    }
  }
}

void read_policies(FieldReader& fields, HttpRoute& result) {
  Diagnostics& diagnostics = fields.diagnostics();
  Route& route = result.route;
  route.timeout = proxy::Duration::zero();  // Istio switches Envoy's 15 s off.
  if (const Node* timeout = fields.take("timeout")) {
    result.written.timeout = true;
    route.timeout = read_istio_duration(timeout, diagnostics, true).value_or(route.timeout);
  }
  route.retry = istio_default_retries();
  if (const Node* retries = fields.take("retries")) {
    result.written.retries = true;
    route.retry = read_retries(retries, fields.path("retries"), diagnostics);
  }
  if (const Node* fault = fields.take("fault")) {
    route.fault = read_fault(fault, fields.path("fault"), diagnostics);
  }
  if (const Node* rewrite = fields.take("rewrite")) {
    route.rewrite = read_rewrite(rewrite, fields.path("rewrite"), diagnostics);
  }
  check_cors(fields.take("corsPolicy"), fields.path("corsPolicy"), diagnostics);
}

// Things that work otherwise than they look.
void warn_of_surprises(FieldReader& fields, const HttpRoute& result) {
  const Route& route = result.route;
  if (!route.retry || !result.written.retries) {
    return;
  }
  const proxy::Duration per_try = route.retry->per_try_timeout;
  const std::int64_t tries = std::int64_t{route.retry->num_retries} + 1;
  if (route.timeout > proxy::Duration::zero() && per_try >= route.timeout) {
    fields.warn("timeout", code::kIstioSurprise,
                "the timeout of " + fields.path() +
                    " ends the request before its first try may time out: no retry follows");
  } else if (route.timeout > proxy::Duration::zero() && per_try > proxy::Duration::zero() &&
             (route.timeout - proxy::Duration(1)) / per_try + 1 < tries) {
    say(*fields.node(), Severity::kNote, code::kIstioSurprise,
        "the timeout of " + fields.path() + " leaves time for " +
            std::to_string((route.timeout - proxy::Duration(1)) / per_try + 1) + " of " +
            std::to_string(tries) + " tries when each of them times out",
        {}, fields.diagnostics());
  }
  if (route.fault && (route.fault->abort_ppm > 0 || route.fault->delay_ppm > 0)) {
    fields.warn("fault", code::kIstioSurprise,
                fields.path("fault") +
                    " acts before retries and timeout of the same route: an injected abort is not "
                    "retried, an injected delay is not cut short");
  }
}

void read_action(FieldReader& fields, const RouteContext& context, HttpRoute& result) {
  Diagnostics& diagnostics = fields.diagnostics();
  HeaderRules headers = read_headers(fields.take("headers"), fields.path("headers"), diagnostics);
  result.route.request_headers = std::move(headers.request);
  result.route.response_headers = std::move(headers.response);
  std::string authority = std::move(headers.authority);
  if (!authority.empty() && result.route.rewrite && !result.route.rewrite->authority.empty()) {
    fields.reject("headers", fields.path() + " sets the authority a second time");
  }
  add_destinations(fields, result, authority);
  if (!authority.empty()) {
    if (!result.route.rewrite) {
      result.route.rewrite.emplace();
    }
    if (result.route.rewrite->authority.empty()) {
      result.route.rewrite->authority = authority;
    }
  }
  if (const Node* redirect = fields.take("redirect")) {
    result.route.action = Route::Action::kRedirect;
    result.route.redirect = read_redirect(redirect, fields.path("redirect"), diagnostics);
  }
  if (const Node* response = fields.take("directResponse")) {
    result.route.action = Route::Action::kDirectResponse;
    result.route.direct_response =
        read_direct_response(response, fields.path("directResponse"), diagnostics);
  }
  if (const Node* delegate = fields.take("delegate")) {
    read_delegate(delegate, fields.path("delegate"), result, diagnostics);
  }
  check_conflicts(fields, context);
}

}  // namespace

Destination read_destination(const Node* node, const std::string& path, Diagnostics& diagnostics) {
  Destination destination;
  if (node == nullptr) {
    return destination;
  }
  destination.mark = mark_of(*node);
  FieldReader fields(node, path, diagnostics);
  destination.host = read_string(fields.require("host"), diagnostics).value_or("");
  destination.subset = read_string(fields.take("subset"), diagnostics).value_or("");
  if (const Node* port = fields.take("port")) {
    FieldReader number(port, fields.path("port"), diagnostics);
    destination.port = read_uint32(number.require("number"), diagnostics, 65'535).value_or(0);
    number.removed("name", "number");
    number.finish();
  }
  fields.finish();
  if (fields.has("host") && (destination.host == "*" || !is_valid_host(destination.host))) {
    const bool is_placeholder = destination.host.find_first_of("$_") != std::string::npos;
    fields.reject("host", quoted(destination.host) + " is no host",
                  is_placeholder ? "replace the placeholder first, as kustomize build does" : "");
  }
  return destination;
}

HttpRoute read_http_route(const Node& node, const std::string& path, const RouteContext& context,
                          Diagnostics& diagnostics) {
  HttpRoute result;
  result.mark = mark_of(node);
  FieldReader fields(&node, path, diagnostics);
  result.route.name = read_string(fields.take("name"), diagnostics).value_or("");
  read_matches(fields, context, result);
  read_policies(fields, result);
  read_action(fields, context, result);
  read_mirrors(fields, result);
  check_prefix_redirect(fields, result);
  warn_of_surprises(fields, result);
  fields.removed("websocketUpgrade", {});
  for (const std::string_view old :
       {"appendHeaders", "removeRequestHeaders", "appendRequestHeaders", "removeResponseHeaders",
        "appendResponseHeaders"}) {
    fields.removed(old, "headers");
  }
  fields.finish();
  return result;
}

}  // namespace shaketable::engine::istio
