#include <charconv>
#include <utility>

#include "proxy/live/admin_pages.h"
#include "proxy/live/stats_text.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

StatsOptions options_of(const AdminQuery& query) {
  return {query.get("filter").value_or(""), query.has("usedonly")};
}

AdminResponse respond(Result<std::string> body, const char* content_type) {
  if (!body.has_value()) {
    return error_response(400, body.error());
  }
  AdminResponse response = text_response(std::move(*body));
  response.content_type = content_type;
  return response;
}

std::string_view address_of(const HostSnapshot& host, const LiveConfig& config) {
  return host.id < config.hosts.size() ? std::string_view(config.hosts[host.id].address)
                                       : std::string_view("unknown");
}

/// Envoy's names of a host's numbers, sorted as it writes them.
struct HostNumber {
  std::string_view name;
  std::uint64_t HostStats::*value;
  bool is_gauge;
};
constexpr HostNumber kHostNumbers[] = {
    {"cx_active", &HostStats::cx_active, true},
    {"cx_connect_fail", &HostStats::cx_connect_fail, false},
    {"cx_total", &HostStats::cx_total, false},
    {"rq_active", &HostStats::rq_active, true},
    {"rq_error", &HostStats::rq_error, false},
    {"rq_success", &HostStats::rq_success, false},
    {"rq_timeout", &HostStats::rq_timeout, false},
    {"rq_total", &HostStats::rq_total, false},
};

struct Limit {
  std::string_view name;
  std::uint32_t CircuitBreakers::*value;
};
constexpr Limit kLimits[] = {
    {"max_connections", &CircuitBreakers::max_connections},
    {"max_pending_requests", &CircuitBreakers::max_pending_requests},
    {"max_requests", &CircuitBreakers::max_requests},
    {"max_retries", &CircuitBreakers::max_retries},
};

/// name::name::...::value, a line.
class ClusterLines {
 public:
  ClusterLines(std::string_view cluster, std::string& out) : out_(out) {
    append_escaped(cluster, prefix_);
    prefix_ += "::";
  }
  void host(std::string_view address) {
    host_ = prefix_;
    append_escaped(address, host_);
    host_ += "::";
  }
  void of_cluster(std::string_view name, std::string_view value) { line(prefix_, name, value); }
  void of_host(std::string_view name, std::string_view value) { line(host_, name, value); }
  void of_cluster(std::string_view name, std::uint64_t value) {
    of_cluster(name, std::string_view(std::to_string(value)));
  }
  void of_host(std::string_view name, std::uint64_t value) {
    of_host(name, std::string_view(std::to_string(value)));
  }

 private:
  void line(const std::string& prefix, std::string_view name, std::string_view value) {
    out_ += prefix;
    out_ += name;
    out_ += "::";
    out_ += value;
    out_ += '\n';
  }
  std::string& out_;
  std::string prefix_, host_;
};

void write_cluster_text(const ClusterSnapshot& cluster, const LiveConfig& config,
                        std::string& out) {
  ClusterLines lines(cluster.name, out);
  std::string name;
  append_escaped(cluster.name, name);
  lines.of_cluster("observability_name", std::string_view(name));
  for (const Limit& limit : kLimits) {
    lines.of_cluster("default_priority::" + std::string(limit.name),
                     std::uint64_t{cluster.limits.*limit.value});
  }
  lines.of_cluster("added_via_api", std::string_view("false"));
  for (const HostSnapshot& host : cluster.hosts) {
    lines.host(address_of(host, config));
    for (const HostNumber& number : kHostNumbers) {
      lines.of_host(number.name, host.stats.*number.value);
    }
    lines.of_host("hostname", std::string_view());
    lines.of_host("health_flags",
                  std::string_view(host.stats.ejected ? "/failed_outlier_check" : "healthy"));
    lines.of_host("weight", std::uint64_t{host.weight});
    for (const std::string_view absent : {"region", "zone", "sub_zone"}) {
      lines.of_host(absent, std::string_view());
    }
    lines.of_host("canary", std::string_view("false"));
    lines.of_host("priority", std::uint64_t{0});
    lines.of_host("success_rate", std::string_view("-1"));
    lines.of_host("local_origin_success_rate", std::string_view("-1"));
  }
}

/// {"socket_address": {...}} or {"pipe": {"path": ...}}
void write_address(std::string_view address, JsonWriter& json) {
  constexpr std::string_view kUnix = "unix:";
  json.key("address").begin_object();
  if (address.starts_with(kUnix)) {
    json.key("pipe").begin_object().member("path", address.substr(kUnix.size())).end_object();
  } else {
    const std::size_t colon = address.rfind(':');
    std::string_view host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) {
      host = host.substr(1, host.size() - 2);
    }
    unsigned port = 0;
    if (colon != std::string_view::npos) {
      std::from_chars(address.data() + colon + 1, address.data() + address.size(), port);
    }
    json.key("socket_address").begin_object().member("address", host);
    json.member("port_value", port).end_object();
  }
  json.end_object();
}

void write_host_json(const HostSnapshot& host, const LiveConfig& config, JsonWriter& json) {
  json.begin_object();
  write_address(address_of(host, config), json);
  json.key("stats").begin_array();
  for (const HostNumber& number : kHostNumbers) {
    // 64-bit numbers are texts in the JSON of protocol buffers.
    json.begin_object()
        .member("type", number.is_gauge ? "GAUGE" : "COUNTER")
        .member("name", number.name)
        .member("value", std::string_view(std::to_string(host.stats.*number.value)))
        .end_object();
  }
  json.end_array();
  json.key("health_status").begin_object();
  if (host.stats.ejected) {
    json.member("failed_outlier_check", true);
  }
  json.member("eds_health_status", "HEALTHY").end_object();
  json.member("weight", host.weight).key("locality").begin_object().end_object();
  json.end_object();
}

void write_cluster_json(const ClusterSnapshot& cluster, const LiveConfig& config,
                        JsonWriter& json) {
  const std::string_view name = cluster.name;
  json.begin_object().member("name", name).member("observability_name", name);
  json.member("added_via_api", false);
  json.key("circuit_breakers").begin_object().key("thresholds").begin_array();
  json.begin_object().member("priority", "DEFAULT");
  for (const Limit& limit : kLimits) {
    json.member(limit.name, cluster.limits.*limit.value);
  }
  json.end_object().end_array().end_object().key("host_statuses").begin_array();
  for (const HostSnapshot& host : cluster.hosts) {
    write_host_json(host, config, json);
  }
  json.end_array().end_object();
}

}  // namespace

AdminResponse prometheus_page(const PageInput& input) {
  return respond(
      stats_as_prometheus(*input.context.stats, *input.context.server, options_of(input.query)),
      "text/plain; version=0.0.4; charset=utf-8");
}

AdminResponse stats_page(const PageInput& input) {
  const std::string format = input.query.get("format").value_or("text");
  if (format == "prometheus") {
    return prometheus_page(input);
  }
  const StatsOptions options = options_of(input.query);
  if (format == "json") {
    return respond(stats_as_json(*input.context.stats, *input.context.server, options),
                   "application/json");
  }
  if (format != "text") {
    return error_response(400, {"unknown format", "?format=", "text, json or prometheus"});
  }
  return respond(stats_as_text(*input.context.stats, *input.context.server, options),
                 "text/plain; charset=UTF-8");
}

AdminResponse clusters_page(const PageInput& input) {
  const StatsSnapshot& stats = *input.context.stats;
  const LiveConfig& config = *input.context.config;
  std::string body;
  if (input.query.get("format") == "json") {
    JsonWriter json(body);
    json.begin_object().key("cluster_statuses").begin_array();
    for (const ClusterSnapshot& cluster : stats.clusters) {
      write_cluster_json(cluster, config, json);
    }
    json.end_array().end_object();
    body += '\n';
    return json_response(std::move(body));
  }
  for (const ClusterSnapshot& cluster : stats.clusters) {
    write_cluster_text(cluster, config, body);
  }
  return text_response(std::move(body));
}

}  // namespace shaketable::proxy::live
