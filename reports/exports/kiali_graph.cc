#include "reports/exports/kiali_graph.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/judge/names.h"
#include "reports/exports/export_spans.h"
#include "reports/exports/timestamps.h"
#include "reports/json_writer.h"
#include "reports/sha256.h"

namespace shaketable::reports {
namespace {

using engine::kNone;
using engine::Outcome;
using engine::Series;
using engine::ServiceIndex;
using engine::Subject;
using engine::WindowTotals;

constexpr char kCluster[] = "shaketable";

/// Kiali's ids are SHA-256 sums in hexadecimal digits.
std::string sha256_hex(const std::string& text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : sha256(text)) {
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  }
  return out;
}

std::uint64_t of(const WindowTotals& totals, Outcome outcome) {
  return totals.outcomes[static_cast<std::size_t>(outcome)];
}

std::uint64_t errors_of(const WindowTotals& totals) {
  return totals.count - of(totals, Outcome::kOk) - of(totals, Outcome::kClientError);
}

class GraphWriter {
 public:
  explicit GraphWriter(const Report& report)
      : report_(report),
        scenario_(report.scenario),
        span_ns_(std::max<std::int64_t>(
            (report.record.ended - (proxy::kStart + report.scenario.run.warm_up)).count(), 1)) {}

  std::string write() {
    json_.begin_object();
    json_.field("timestamp", kStartOfRuns / 1'000'000'000 +
                                 proxy::nanoseconds_of(report_.record.ended) / 1'000'000'000);
    json_.field("duration", span_ns_ / 1'000'000'000);
    json_.field("graphType", "workload");
    json_.begin_object("elements");
    json_.begin_array("nodes");
    for (ServiceIndex s = 0; s < scenario_.mesh.services.size(); ++s) {
      write_node(s);
    }
    for (std::uint32_t l = 0; l < scenario_.loads.size(); ++l) {
      write_load_node(l);
    }
    json_.end();
    json_.begin_array("edges");
    for (const Series& series : report_.record.series) {
      if (series.subject.kind == Subject::Kind::kEdge) {
        write_edge(series, node_id(series.subject.caller), series.subject.service,
                   series.subject.caller);
      } else if (series.subject.kind == Subject::Kind::kJourney &&
                 series.subject.journey == kNone) {
        for (const ServiceIndex entry : entries_of(scenario_.loads[series.subject.load])) {
          write_edge(series, load_id(series.subject.load), entry, kNone);
        }
      }
    }
    json_.end();
    json_.end();
    json_.end();
    return json_.take();
  }

 private:
  [[nodiscard]] std::string node_id(ServiceIndex service) const {
    return sha256_hex("service " + std::to_string(service) + ' ' +
                      engine::service_name(scenario_, service));
  }
  [[nodiscard]] std::string load_id(std::uint32_t load) const {
    return sha256_hex("load " + std::to_string(load) + ' ' + scenario_.loads[load].name);
  }

  static std::vector<ServiceIndex> entries_of(const engine::Load& load) {
    std::vector<ServiceIndex> entries;
    for (const engine::LoadRequest& target : load.targets) {
      entries.push_back(target.service);
    }
    std::sort(entries.begin(), entries.end());
    entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
    return entries;
  }

  [[nodiscard]] std::string rate(std::uint64_t count) const {
    return decimal_text(count * 1'000'000'000U, static_cast<std::uint64_t>(span_ns_), 2);
  }
  static std::string percent(std::uint64_t part, std::uint64_t whole) {
    return decimal_text(part * 100, whole, 1);
  }

  void write_rates(const WindowTotals& totals, const std::string& prefix) {
    json_.field(prefix, rate(totals.count));
    if (const std::uint64_t count = of(totals, Outcome::kClientError); count > 0) {
      json_.field(prefix + "4xx", rate(count));
    }
    if (const std::uint64_t count = errors_of(totals); count > 0) {
      json_.field(prefix + "5xx", rate(count));
    }
  }

  [[nodiscard]] bool has_breaker(ServiceIndex service) const {
    const std::vector<engine::DestinationPolicy>& policies = scenario_.mesh.policies;
    return std::any_of(policies.begin(), policies.end(), [&](const engine::DestinationPolicy& it) {
      const proxy::CircuitBreakers& limits = it.policy.circuit_breakers;
      return it.service == service && (it.policy.outlier_detection.has_value() ||
                                       limits.max_pending_requests != proxy::kUnlimited ||
                                       limits.max_requests != proxy::kUnlimited ||
                                       limits.max_connections != proxy::kUnlimited);
    });
  }

  [[nodiscard]] bool has_fault(ServiceIndex service) const {
    const std::vector<engine::Fault>& faults = scenario_.faults;
    return std::any_of(faults.begin(), faults.end(), [&](const engine::Fault& fault) {
      return fault.target.service == service &&
             (fault.kind == engine::FaultKind::kDelay || fault.kind == engine::FaultKind::kAbort);
    });
  }

  void write_node(ServiceIndex s) {
    const engine::Service& service = scenario_.mesh.services[s];
    json_.begin_object();
    json_.begin_object("data");
    json_.field("id", node_id(s));
    json_.field("nodeType", "workload");
    json_.field("cluster", kCluster);
    json_.field("namespace", service.kube_namespace);
    json_.field("workload", service.name);
    json_.field("app", service.name);
    json_.field("version",
                service.versions.size() == 1 ? service.versions.front().name : "unknown");
    json_.begin_array("destServices");
    json_.begin_object();
    json_.field("cluster", kCluster);
    json_.field("namespace", service.kube_namespace);
    json_.field("name", service.name);
    json_.end();
    json_.end();
    json_.begin_array("traffic");
    json_.begin_object();
    json_.field("protocol", "http");
    json_.begin_object("rates");
    write_node_rates(s);
    json_.end();
    json_.end();
    json_.end();
    json_.key("healthData");
    json_.null();
    if (has_breaker(s)) {
      json_.field("hasCB", true);
    }
    if (has_fault(s)) {
      json_.field("hasFaultInjection", true);
    }
    if (!service.sidecar) {
      json_.field("hasMissingSC", true);
    }
    json_.end();
    json_.end();
  }

  void write_node_rates(ServiceIndex s) {
    std::uint64_t out = 0;
    for (const Series& series : report_.record.series) {
      if (series.subject.kind == Subject::Kind::kService && series.subject.service == s) {
        write_rates(series.total, "httpIn");
      }
      if (series.subject.kind == Subject::Kind::kEdge && series.subject.caller == s) {
        out += series.total.count;
      }
    }
    if (out > 0) {
      json_.field("httpOut", rate(out));
    }
  }

  void write_load_node(std::uint32_t load) {
    json_.begin_object();
    json_.begin_object("data");
    json_.field("id", load_id(load));
    json_.field("nodeType", "workload");
    json_.field("cluster", kCluster);
    json_.field("namespace", "unknown");
    json_.field("workload", scenario_.loads[load].name);
    json_.field("app", scenario_.loads[load].name);
    json_.field("version", "unknown");
    json_.begin_array("traffic");
    json_.end();
    json_.key("healthData");
    json_.null();
    json_.field("isOutside", true);
    json_.field("isRoot", true);
    json_.end();
    json_.end();
  }

  void write_edge(const Series& series, const std::string& source, ServiceIndex target,
                  ServiceIndex caller) {
    const WindowTotals& totals = series.total;
    json_.begin_object();
    json_.begin_object("data");
    json_.field("id", sha256_hex(source + ' ' + node_id(target)));
    json_.field("source", source);
    json_.field("target", node_id(target));
    json_.field("responseTime",
                std::to_string((totals.latency.percentile(990'000) + 500'000) / 1'000'000));
    if (caller != kNone && scenario_.mesh.network.tls && scenario_.mesh.services[caller].sidecar &&
        scenario_.mesh.services[target].sidecar) {
      json_.field("isMTLS", "100");
    }
    json_.begin_object("traffic");
    json_.field("protocol", "http");
    json_.begin_object("rates");
    write_rates(totals, "http");
    if (const std::uint64_t bad = errors_of(totals) + of(totals, Outcome::kClientError); bad > 0) {
      json_.field("httpPercentErr", percent(bad, totals.count));
    }
    json_.end();
    write_responses(totals, target);
    json_.end();
    json_.end();
    json_.end();
  }

  /// Shares of all requests of the edge, by status and flags.
  void write_responses(const WindowTotals& totals, ServiceIndex target) {
    struct Code {
      const char* status;
      std::vector<std::pair<Outcome, const char*>> flags;
    };
    static const Code kCodes[] = {
        {"200", {{Outcome::kOk, "-"}}},
        {"404", {{Outcome::kClientError, "-"}}},
        {"500", {{Outcome::kServerError, "-"}}},
        {"503",
         {{Outcome::kRefused, "UO"},
          {Outcome::kNoHost, "UH"},
          {Outcome::kConnection, "UF"},
          {Outcome::kInjected, "FI"}}},
        {"504", {{Outcome::kTimeout, "UT"}}},
    };
    json_.begin_object("responses");
    for (const Code& code : kCodes) {
      std::uint64_t count = 0;
      for (const auto& [outcome, flags] : code.flags) {
        count += of(totals, outcome);
      }
      if (count == 0) {
        continue;
      }
      json_.begin_object(code.status);
      json_.begin_object("flags");
      for (const auto& [outcome, flags] : code.flags) {
        if (of(totals, outcome) > 0) {
          json_.field(flags, percent(of(totals, outcome), totals.count));
        }
      }
      json_.end();
      json_.begin_object("hosts");
      json_.field(host_name(scenario_, target), percent(count, totals.count));
      json_.end();
      json_.end();
    }
    json_.end();
  }

  const Report& report_;
  const engine::Scenario& scenario_;
  std::int64_t span_ns_;
  JsonWriter json_{4};
};

}  // namespace

std::string kiali_graph(const Report& report) { return GraphWriter(report).write(); }

}  // namespace shaketable::reports
