#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/core/sidecar.h"
#include "proxy/core/worker.h"
#include "proxy/telemetry/response_flags.h"
#include "tests/support/checking_driver.h"

namespace shaketable::support {

/// Hosts 0 to n - 1, all of weight 1 or with the given weights.
inline std::shared_ptr<const proxy::HostSet> hosts_of(std::vector<std::uint32_t> ids,
                                                      std::vector<std::uint32_t> weights = {}) {
  auto hosts = std::make_shared<proxy::HostSet>();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    hosts->push_back({ids[i], weights.empty() ? 1 : weights[i]});
  }
  return hosts;
}

inline proxy::ClusterConfig cluster_with(std::uint32_t hosts, std::string name = "upstream") {
  proxy::ClusterConfig cluster;
  cluster.name = std::move(name);
  std::vector<std::uint32_t> ids(hosts);
  for (std::uint32_t i = 0; i < hosts; ++i) {
    ids[i] = i;
  }
  cluster.hosts = hosts_of(ids);
  return cluster;
}

inline proxy::Route route_to(proxy::ClusterIndex cluster = 0) {
  proxy::Route route;
  route.clusters = {{cluster, 1}};
  return route;
}

inline proxy::ProxyConfig config_with(std::vector<proxy::ClusterConfig> clusters,
                                      std::vector<proxy::Route> routes) {
  proxy::ProxyConfig config;
  config.clusters = std::move(clusters);
  config.outbound = {{"all", {"*"}, std::move(routes)}};
  return config;
}

/// One sidecar in virtual time with a driver that checks every action. Connections open at once
/// unless `connects` is false; requests are answered by `server` if there is one, else by the test.
class CoreHost {
 public:
  using Instant = proxy::Instant;
  using Duration = proxy::Duration;

  /// A request that the sidecar sent.
  struct Sent {
    Instant at;
    proxy::AttemptId attempt;
    proxy::ConnectionId connection;
    std::uint64_t token;
    std::uint32_t host;
    std::uint32_t flags;
  };
  /// How a stream ended (or, with kForwardMore, how its response began).
  struct Outcome {
    proxy::ActionKind kind;
    std::uint16_t status;
    std::string flags;
    std::uint32_t attempts;
    std::uint32_t host;
    Instant at;
  };
  /// What a host makes of a request; nothing = it never answers.
  struct Answer {
    std::uint16_t status = 200;
    Duration after{};
  };

  explicit CoreHost(proxy::ProxyConfig plain, std::uint64_t seed = 1)
      : config(std::make_shared<proxy::CompiledConfig>(std::move(plain))),
        sidecar(std::in_place, worker, 0, config, proxy::Rng(seed), proxy::kStart) {
    for (const proxy::ClusterConfig& cluster : config->config().clusters) {
      if (cluster.protocol == proxy::UpstreamProtocol::kHttp2) {
        checks.max_streams = cluster.max_concurrent_streams;
      }
    }
  }

  /// Gives a request and returns its token.
  std::uint64_t request(const proxy::RequestHead& head,
                        proxy::Direction direction = proxy::Direction::kOutbound) {
    const std::uint64_t token = ++tokens_;
    checks.stream_begins(token);
    streams[token] = sidecar->on_request(now, direction, head, token);
    carry_out();
    return token;
  }
  std::uint64_t request(std::string_view path = "/", bool replayable = true) {
    proxy::RequestHead head;
    head.method = "GET";
    head.authority = "upstream.test";
    head.path = path;
    head.replayable = replayable;
    return request(head);
  }

  /// The newest attempt of a stream that was sent; there must be one.
  [[nodiscard]] const Sent& last_sent(std::uint64_t token) const {
    for (auto sent = sends.rbegin(); sent != sends.rend(); ++sent) {
      if (sent->token == token && (sent->flags & proxy::kSendMirror) == 0) {
        return *sent;
      }
    }
    std::abort();
  }
  [[nodiscard]] std::size_t sends_of(std::uint64_t token) const {
    std::size_t count = 0;
    for (const Sent& sent : sends) {
      count += sent.token == token && (sent.flags & proxy::kSendMirror) == 0 ? 1 : 0;
    }
    return count;
  }

  void respond(std::uint64_t token, std::uint16_t status = 200, bool end_stream = true) {
    proxy::ResponseHead head;
    head.status = status;
    head.end_stream = end_stream;
    respond(last_sent(token).attempt, head);
  }
  void respond(proxy::AttemptId attempt, const proxy::ResponseHead& head) {
    if (checks.attempts().count(attempt) != 0) {
      checks.responds(attempt, head.end_stream);
    }
    sidecar->on_response(now, attempt, head);
    carry_out();
  }
  void end_response(std::uint64_t token) {
    const proxy::AttemptId attempt = last_sent(token).attempt;
    if (checks.attempts().count(attempt) != 0) {
      checks.attempt_ends(attempt);
      checks.stream_completes(token);
    }
    sidecar->on_response_end(now, attempt);
    carry_out();
  }
  void reset(std::uint64_t token, proxy::ResetReason reason = proxy::ResetReason::kRemoteReset) {
    const proxy::AttemptId attempt = last_sent(token).attempt;
    checks.attempt_ends(attempt);
    sidecar->on_upstream_reset(now, attempt, reason);
    carry_out();
  }
  void downstream_reset(std::uint64_t token) {
    checks.downstream_resets(token);
    sidecar->on_downstream_reset(now, streams[token]);
    carry_out();
  }
  /// Carries out what an input given past this host has caused.
  void settle() { carry_out(); }
  void connect(proxy::ConnectionId connection) {
    checks.connects(connection);
    sidecar->on_connected(now, connection);
    carry_out();
  }
  void fail_connect(proxy::ConnectionId connection) {
    checks.connection_ends(connection);
    sidecar->on_connect_failed(now, connection);
    carry_out();
  }
  void close(proxy::ConnectionId connection) {
    checks.connection_ends(connection);
    sidecar->on_connection_closed(now, connection);
    carry_out();
  }
  void push(proxy::ProxyConfig plain) {
    config = std::make_shared<proxy::CompiledConfig>(std::move(plain));
    sidecar->on_config(now, config);
    carry_out();
  }
  void set_hosts(std::shared_ptr<const proxy::HostSet> hosts, proxy::ClusterIndex cluster = 0) {
    config->set_hosts(cluster, std::move(hosts));
  }

  /// Lets time pass: timers fire and scripted answers arrive in order.
  void run_until(Instant end) {
    while (true) {
      const Instant answer = answers_.empty() ? proxy::kNever : answers_.begin()->first;
      const Instant next = std::min(answer, worker.next_deadline());
      if (next > end || next == proxy::kNever) {
        break;
      }
      now = next;
      worker.on_deadline(now);
      carry_out();
      while (!answers_.empty() && answers_.begin()->first <= now) {
        const auto [attempt, status] = answers_.begin()->second;
        answers_.erase(answers_.begin());
        if (checks.attempts().count(attempt) != 0) {
          proxy::ResponseHead head;
          head.status = status;
          respond(attempt, head);
        }
      }
    }
    now = end;
  }
  void run_for(Duration duration) { run_until(now + duration); }

  [[nodiscard]] bool is_over(std::uint64_t token) const { return outcomes.count(token) != 0; }
  [[nodiscard]] const Outcome& outcome(std::uint64_t token) const { return outcomes.at(token); }
  /// "503 UF,URX", "reset UT", or "open".
  [[nodiscard]] std::string text(std::uint64_t token) const {
    if (!is_over(token)) {
      return "open";
    }
    const Outcome& end = outcomes.at(token);
    const std::string head =
        end.kind == proxy::ActionKind::kResetDownstream ? "reset" : std::to_string(end.status);
    return head + " " + end.flags;
  }
  [[nodiscard]] const proxy::UpstreamCluster& cluster(proxy::ClusterIndex index = 0) const {
    return *sidecar->cluster(index);
  }
  /// Records of a kind; those that a record stands for are counted.
  [[nodiscard]] std::size_t count(proxy::RecordKind kind) const {
    std::size_t total = 0;
    for (const proxy::TelemetryRecord& record : records) {
      total += record.kind == kind ? record.count : 0;
    }
    return total;
  }
  /// Connections that were opened, oldest first.
  [[nodiscard]] std::size_t connections() const { return checks.connections().size(); }

  proxy::Worker worker;
  std::shared_ptr<proxy::CompiledConfig> config;
  std::optional<proxy::Sidecar> sidecar;
  CheckingDriver checks;
  Instant now = proxy::kStart;
  bool connects = true;
  std::function<std::optional<Answer>(const Sent&)> server;

  std::vector<Sent> sends;
  std::vector<proxy::ConnectionId> opened;
  std::vector<proxy::ConnectionId> closed;
  std::vector<proxy::AttemptId> cancelled;
  std::map<std::uint64_t, Outcome> outcomes;
  std::map<std::uint64_t, proxy::StreamId> streams;
  std::vector<proxy::TelemetryRecord> records;

 private:
  void carry_out() {
    // Carrying out an action may give an input, which appends.
    for (std::size_t i = 0; i < worker.actions().size(); ++i) {
      const proxy::Action action = worker.actions()[i];
      checks.carry_out(action);
      note(action);
      if (connects && action.kind == proxy::ActionKind::kOpenConnection) {
        checks.connects(action.connection);
        sidecar->on_connected(now, action.connection);
      }
    }
    worker.actions().clear();
    for (const proxy::TelemetryRecord& record : worker.telemetry().records()) {
      records.push_back(record);
    }
    worker.telemetry().clear();
  }

  void note(const proxy::Action& action) {
    switch (action.kind) {
      case proxy::ActionKind::kOpenConnection:
        opened.push_back(action.connection);
        return;
      case proxy::ActionKind::kCloseConnection:
        closed.push_back(action.connection);
        return;
      case proxy::ActionKind::kSendRequest: {
        sends.push_back(
            {now, action.attempt, action.connection, action.token, action.host, action.flags});
        const std::optional<Answer> answer = server ? server(sends.back()) : std::nullopt;
        if (answer.has_value()) {
          answers_.emplace(now + answer->after, std::pair(action.attempt, answer->status));
        }
        return;
      }
      case proxy::ActionKind::kCancelAttempt:
        cancelled.push_back(action.attempt);
        return;
      case proxy::ActionKind::kForwardResponse:
      case proxy::ActionKind::kLocalReply:
      case proxy::ActionKind::kResetDownstream:
        outcomes[action.token] = {action.kind,
                                  action.status,
                                  proxy::response_flags_text(action.flags & ~proxy::kForwardMore),
                                  action.attempts,
                                  action.host,
                                  now};
        return;
    }
  }

  std::uint64_t tokens_ = 0;
  std::multimap<Instant, std::pair<proxy::AttemptId, std::uint16_t>> answers_;
};

}  // namespace shaketable::support
