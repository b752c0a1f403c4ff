#include "engine/mesh/check.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>

#include "engine/mesh/check_detours.h"
#include "engine/mesh/check_paths.h"

namespace shaketable::engine {
namespace {

using proxy::PathMatch;
using proxy::Route;

std::string quoted(std::string_view name) { return "\"" + std::string(name) + "\""; }

std::string milliseconds(Duration duration) {
  const std::int64_t us = duration.count() / 1'000;
  const std::string tail =
      us % 1'000 == 0 ? "" : "." + std::to_string(1'000 + us % 1'000).substr(1);
  return std::to_string(us / 1'000) + tail + "ms";
}

bool carries(const Version& version, const std::vector<Label>& labels) {
  return std::all_of(labels.begin(), labels.end(), [&](const Label& wanted) {
    return std::any_of(version.labels.begin(), version.labels.end(), [&](const Label& label) {
      return label.key == wanted.key && label.value == wanted.value;
    });
  });
}

class MeshCheck {
 public:
  explicit MeshCheck(const Mesh& mesh) : mesh_(mesh) {}

  std::vector<Finding> run() {
    for (const DestinationPolicy& entry : mesh_.policies) {
      if (entry.service < mesh_.services.size()) {
        check_entry(entry);
      }
    }
    if (mesh_.default_policy.outlier_detection) {
      check_default_outlier();
    }
    for (std::vector<Finding> further :
         {check_detours(mesh_, mesh_.policies), check_paths(mesh_)}) {
      std::move(further.begin(), further.end(), std::back_inserter(findings_));
    }
    return std::move(findings_);
  }

 private:
  void add(FindingSeverity severity, const char* code, const SourceMark& mark, std::string message,
           std::string hint) {
    findings_.push_back({severity, code, std::move(message), std::move(hint), mark});
  }

  void check_entry(const DestinationPolicy& entry) {
    const Service& service = mesh_.services[entry.service];
    check_outlier(entry.policy, hosts(service, {}), service.name, entry.mark);
    for (const Subset& subset : entry.subsets) {
      const std::uint32_t count = hosts(service, subset.labels);
      const bool known = std::any_of(service.versions.begin(), service.versions.end(),
                                     [&](const Version& v) { return carries(v, subset.labels); });
      if (!known) {
        add(FindingSeverity::kWarning, "ST1505", subset.mark,
            "the subset " + quoted(subset.name) + " of " + quoted(service.name) +
                " fits no version: requests to it get 503",
            "labels of a version that runs");
      } else if (subset.policy) {
        check_outlier(*subset.policy, count, service.name + " " + subset.name, subset.mark);
      }
    }
    check_tries(entry.default_route, service.name, entry.mark);
    check_rules(entry, service);
  }

  static std::uint32_t hosts(const Service& service, const std::vector<Label>& labels) {
    std::uint32_t count = 0;
    for (const Version& version : service.versions) {
      count += carries(version, labels) ? version.instances : 0;
    }
    return count;
  }

  void check_outlier(const ClusterPolicy& policy, std::uint32_t count, const std::string& name,
                     const SourceMark& mark) {
    if (!policy.outlier_detection || policy.outlier_detection->always_eject_one_host ||
        count == 0) {
      return;
    }
    const std::uint32_t percent = policy.outlier_detection->max_ejection_percent;
    if (std::uint64_t{count} * percent / 100 > 0) {
      return;
    }
    add(FindingSeverity::kWarning, "ST1501", mark,
        "outlier detection of " + quoted(name) + " can never eject a host: " +
            std::to_string(percent) + "% of " + std::to_string(count) + " is less than one",
        "max_ejection_percent of at least " + std::to_string((100 + count - 1) / count) + "%");
  }

  /// The defaults reach services without an entry of their own; one remark for all of them.
  void check_default_outlier() {
    for (ServiceIndex i = 0; i < mesh_.services.size(); ++i) {
      const bool own = std::any_of(mesh_.policies.begin(), mesh_.policies.end(),
                                   [&](const DestinationPolicy& p) { return p.service == i; });
      const std::size_t before = findings_.size();
      if (!own && mesh_.services.size() <= 1'000) {
        check_outlier(mesh_.default_policy, hosts(mesh_.services[i], {}), mesh_.services[i].name,
                      mesh_.services[i].mark);
      }
      if (findings_.size() > before) {
        return;
      }
    }
  }

  void check_tries(const Route& route, const std::string& name, const SourceMark& mark) {
    if (!route.retry) {
      return;
    }
    const proxy::RetryPolicy& retry = *route.retry;
    if (retry.num_retries > 0 && retry.retry_on == 0) {
      add(FindingSeverity::kWarning, "ST1508", mark,
          "the retries of " + quoted(name) + " have no condition and never happen",
          "`retry_on: [connect-failure, reset]`");
    }
    const bool lists = (retry.retry_on & proxy::kRetryOnStatusCodes) != 0;
    if (lists && retry.status_codes.empty()) {
      add(FindingSeverity::kWarning, "ST1508", mark,
          "retriable-status-codes of " + quoted(name) + " names no status code",
          "`retriable_status_codes: [503]`");
    }
    const Duration all = retry.per_try_timeout * (std::int64_t{retry.num_retries} + 1);
    if (route.timeout > Duration::zero() && all > route.timeout) {
      add(FindingSeverity::kWarning, "ST1502", mark,
          std::to_string(retry.num_retries + 1) + " tries of " +
              milliseconds(retry.per_try_timeout) + " to " + quoted(name) +
              " do not fit into the timeout of " + milliseconds(route.timeout) +
              ": the last ones are cut off or never made",
          "a timeout of at least " + milliseconds(all) + ", or fewer attempts");
    }
  }

  void check_rules(const DestinationPolicy& entry, const Service& service) {
    bool all_taken = false;
    for (const RouteRule& rule : entry.rules) {
      if (all_taken && rule.mark.line != 0) {
        add(FindingSeverity::kWarning, "ST1506", rule.mark,
            "this route of " + quoted(service.name) +
                " is never used: a route before it takes every request",
            "the most general route at the end");
        break;
      }
      all_taken = all_taken || takes_all(rule.route.match);
      check_tries(rule.route, service.name, rule.mark);
      check_destinations(rule, service);
    }
  }

  static bool takes_all(const proxy::RouteMatch& match) {
    const bool any_path =
        match.path.kind == PathMatch::Kind::kAny ||
        (match.path.kind == PathMatch::Kind::kPrefix && match.path.text == "/") ||
        (match.path.kind == PathMatch::Kind::kSegmentPrefix && match.path.text == "/");
    return any_path && match.headers.empty() && match.query.empty();
  }

  void check_destinations(const RouteRule& rule, const Service& service) {
    std::uint64_t sum = 0;
    for (const RouteDestination& to : rule.destinations) {
      sum += to.weight;
      if (to.service >= mesh_.services.size() || to.subset.empty() || to.weight == 0) {
        continue;
      }
      const Service& target = mesh_.services[to.service];
      const VersionIndex version = find_version(target, to.subset);
      if (version != kNone && target.versions[version].instances == 0) {
        add(FindingSeverity::kWarning, "ST1505", rule.mark,
            quoted(target.name) + " " + to.subset + " gets traffic and has no instance", "");
      }
    }
    // 100 is meant where two-digit weights nearly add up to it; 1:1 and 9:1 are plain weights.
    if (rule.destinations.size() > 1 && sum >= 50 && sum <= 200 && sum != 100) {
      add(FindingSeverity::kNote, "ST1507", rule.mark,
          "the weights of " + quoted(service.name) + " add up to " + std::to_string(sum) +
              ", not to 100: shares are relative to the sum",
          "");
    }
  }

  const Mesh& mesh_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check_mesh(const Mesh& mesh) { return MeshCheck(mesh).run(); }

}  // namespace shaketable::engine
