#include "engine/mesh/check_detours.h"

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>
#include <utility>

namespace shaketable::engine {
namespace {

using proxy::HeaderMatch;
using proxy::PathMatch;
using proxy::StringMatch;

constexpr std::size_t kMostNames = 3;

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string folded(std::string_view text, bool fold) {
  std::string result(text);
  if (fold) {
    std::transform(result.begin(), result.end(), result.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  }
  return result;
}

/// Whether requests to an endpoint come under a rule.
enum class Taken : std::uint8_t {
  kNever,
  kPerhaps,  ///< Some of them, or nobody can say: a regular expression.
  kAlways,
};

Taken by_path(const PathMatch& match, std::string_view path) {
  const std::string wanted = folded(match.text, match.ignore_case);
  const std::string found = folded(path, match.ignore_case);
  const auto answer = [](bool yes) { return yes ? Taken::kAlways : Taken::kNever; };
  switch (match.kind) {
    case PathMatch::Kind::kAny:
      return Taken::kAlways;
    case PathMatch::Kind::kExact:
      return answer(found == wanted);
    case PathMatch::Kind::kPrefix:
      return answer(found.starts_with(wanted));
    case PathMatch::Kind::kSegmentPrefix:
      return answer(
          found.starts_with(wanted) &&
          (wanted.ends_with('/') || found.size() == wanted.size() || found[wanted.size()] == '/'));
    case PathMatch::Kind::kRegex:
      break;
  }
  return Taken::kPerhaps;
}

Taken by_header(const HeaderMatch& match, std::string_view method) {
  if (match.name != ":method" || match.value.kind != StringMatch::Kind::kExact) {
    return Taken::kPerhaps;
  }
  const bool same =
      folded(match.value.text, match.value.ignore_case) == folded(method, match.value.ignore_case);
  return same != match.invert ? Taken::kAlways : Taken::kNever;
}

Taken taken(const proxy::RouteMatch& match, const Endpoint& endpoint) {
  Taken result = by_path(match.path, endpoint.path);
  for (const HeaderMatch& header : match.headers) {
    result = std::min(result, by_header(header, endpoint.method));
  }
  return match.query.empty() ? result : std::min(result, Taken::kPerhaps);
}

bool changes_path(const proxy::Route& route) {
  return route.rewrite && (!route.rewrite->prefix.empty() || !route.rewrite->regex.empty());
}

bool leads_away(const DestinationPolicy& entry) {
  return std::any_of(entry.rules.begin(), entry.rules.end(), [&](const RouteRule& rule) {
    return std::any_of(rule.destinations.begin(), rule.destinations.end(),
                       [&](const RouteDestination& to) { return to.service != entry.service; }) ||
           std::any_of(
               rule.mirrors.begin(), rule.mirrors.end(),
               [&](const RouteRule::Mirror& mirror) { return mirror.to.service != entry.service; });
  });
}

class DetourCheck {
 public:
  explicit DetourCheck(const Mesh& mesh) : mesh_(mesh) {}

  void check(const DestinationPolicy& entry) {
    if (entry.service >= mesh_.services.size() || mesh_.services[entry.service].versions.empty() ||
        !leads_away(entry)) {
      return;
    }
    const std::vector<Endpoint>& endpoints = mesh_.services[entry.service].versions[0].endpoints;
    std::vector<bool> gone(endpoints.size(), false);  // To rules before.
    for (const RouteRule& rule : entry.rules) {
      std::vector<const Endpoint*> here;
      bool is_sure = true;
      for (std::size_t e = 0; e < endpoints.size(); ++e) {
        const Taken it = gone[e] ? Taken::kNever : taken(rule.route.match, endpoints[e]);
        if (it == Taken::kNever) {
          continue;
        }
        here.push_back(&endpoints[e]);
        is_sure = is_sure && rule.route.match.path.kind != PathMatch::Kind::kRegex;
        gone[e] = gone[e] || it == Taken::kAlways;
      }
      const bool forwards = rule.route.action == proxy::Route::Action::kForward;
      if (is_sure && forwards && !changes_path(rule.route)) {
        check_rule(entry, rule, here);
      }
    }
  }

  std::vector<Finding> take() { return std::move(findings_); }

 private:
  void check_rule(const DestinationPolicy& entry, const RouteRule& rule,
                  const std::vector<const Endpoint*>& endpoints) {
    for (const RouteDestination& to : rule.destinations) {
      if (to.weight > 0) {
        check_target(entry, rule, endpoints, to.service, false);
      }
    }
    for (const RouteRule::Mirror& mirror : rule.mirrors) {
      if (mirror.ppm > 0) {
        check_target(entry, rule, endpoints, mirror.to.service, true);
      }
    }
  }

  void check_target(const DestinationPolicy& entry, const RouteRule& rule,
                    const std::vector<const Endpoint*>& endpoints, ServiceIndex to, bool mirror) {
    if (to == entry.service || to >= mesh_.services.size()) {
      return;
    }
    const Service& target = mesh_.services[to];
    std::vector<const Endpoint*> missing;
    for (const Endpoint* endpoint : endpoints) {
      if (find_endpoint(target, endpoint->name) == kNone) {
        missing.push_back(endpoint);
      }
    }
    if (missing.empty()) {
      return;
    }
    std::string names;
    for (std::size_t i = 0; i < std::min(missing.size(), kMostNames); ++i) {
      names += (i == 0 ? "" : ", ") + quoted(missing[i]->name);
    }
    if (missing.size() > kMostNames) {
      names += " and " + std::to_string(missing.size() - kMostNames) + " more";
    }
    const std::string& from = mesh_.services[entry.service].name;
    findings_.push_back({FindingSeverity::kWarning, "ST1517",
                         (mirror ? "copies of requests to " : "requests to ") + quoted(from) +
                             " go to " + quoted(target.name) + ", which has no endpoint " + names +
                             (mirror ? ": they are answered with 404, and nobody sees it"
                                     : ": they are answered with 404"),
                         "an endpoint of that name in " + quoted(target.name), rule.mark});
  }

  const Mesh& mesh_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_detours(const Mesh& mesh, std::span<const DestinationPolicy> policies) {
  DetourCheck check(mesh);
  for (const DestinationPolicy& entry : policies) {
    check.check(entry);
  }
  return check.take();
}

}  // namespace shaketable::engine
