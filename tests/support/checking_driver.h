#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "proxy/core/action.h"
#include "proxy/core/types.h"

namespace shaketable::support {

/// The book-keeping of a driver that trusts nobody: it is told every input that is given to a
/// sidecar and every action that comes out, and writes down what a real driver could not carry out:
/// a request on a connection that is not open, a second end of a stream, a cancellation of an
/// attempt that is not there, two requests at once on HTTP/1.1, and so on.
class CheckingDriver {
 public:
  struct Connection {
    std::uint32_t host = 0;
    bool is_open = false;
    std::set<proxy::AttemptId> attempts;
  };
  struct Attempt {
    proxy::ConnectionId connection = 0;
    std::uint64_t token = 0;
    std::uint32_t host = 0;
    bool is_mirror = false;
    bool has_headers = false;
  };

  /// Requests that a connection may carry at once; 1 for HTTP/1.1.
  std::uint32_t max_streams = 1;

  // Inputs, told before they are given to the sidecar.
  void stream_begins(std::uint64_t token) { streams_[token] = StreamState::kWaiting; }
  void downstream_resets(std::uint64_t token) { streams_.erase(token); }
  void connects(proxy::ConnectionId id) { connections_[id].is_open = true; }
  void connection_ends(proxy::ConnectionId id) {
    for (const proxy::AttemptId attempt : connections_[id].attempts) {
      attempts_.erase(attempt);
    }
    connections_.erase(id);
  }
  void responds(proxy::AttemptId id, bool end_stream) {
    attempts_[id].has_headers = true;
    if (end_stream) {
      attempt_ends(id);
    }
  }
  /// The upstream has nothing more to say: its response is complete, or it has reset the stream.
  void attempt_ends(proxy::AttemptId id) {
    const auto found = attempts_.find(id);
    connections_[found->second.connection].attempts.erase(id);
    if (!found->second.is_mirror && found->second.has_headers) {
      answered_[id] = found->second.token;
    }
    attempts_.erase(found);
  }
  /// A response that was forwarded as far as its headers is complete.
  void stream_completes(std::uint64_t token) { streams_.erase(token); }

  /// Checks an action against everything known and follows it.
  void carry_out(const proxy::Action& action) {
    switch (action.kind) {
      case proxy::ActionKind::kOpenConnection:
        check(connections_.count(action.connection) == 0, "opens a connection twice");
        connections_[action.connection].host = action.host;
        return;
      case proxy::ActionKind::kCloseConnection:
        close(action);
        return;
      case proxy::ActionKind::kSendRequest:
        send(action);
        return;
      case proxy::ActionKind::kCancelAttempt:
        cancel(action);
        return;
      case proxy::ActionKind::kForwardResponse:
        forward(action);
        return;
      case proxy::ActionKind::kLocalReply:
        check(state_of(action.token) == StreamState::kWaiting, "answers a stream that cannot be");
        streams_.erase(action.token);
        return;
      case proxy::ActionKind::kResetDownstream:
        check(state_of(action.token) == StreamState::kResponding,
              "resets a stream without headers");
        streams_.erase(action.token);
        return;
    }
  }

  [[nodiscard]] const std::map<proxy::ConnectionId, Connection>& connections() const {
    return connections_;
  }
  [[nodiscard]] const std::map<proxy::AttemptId, Attempt>& attempts() const { return attempts_; }
  [[nodiscard]] std::vector<std::uint64_t> waiting_streams() const {
    std::vector<std::uint64_t> tokens;
    for (const auto& [token, state] : streams_) {
      tokens.push_back(token);
    }
    return tokens;
  }
  /// What was wrong, one sentence each; empty if all was legal.
  [[nodiscard]] const std::vector<std::string>& violations() const { return violations_; }

 private:
  enum class StreamState : std::uint8_t { kUnknown, kWaiting, kResponding };

  void check(bool condition, const char* what) {
    if (!condition) {
      violations_.emplace_back(what);
    }
  }
  [[nodiscard]] StreamState state_of(std::uint64_t token) const {
    const auto found = streams_.find(token);
    return found == streams_.end() ? StreamState::kUnknown : found->second;
  }

  void close(const proxy::Action& action) {
    const auto found = connections_.find(action.connection);
    check(found != connections_.end(), "closes a connection that is not there");
    if (found != connections_.end()) {
      check(found->second.attempts.empty(), "closes a connection with a request on it");
      check(found->second.host == action.host, "closes a connection of another host");
      connections_.erase(found);
    }
  }

  void send(const proxy::Action& action) {
    const auto found = connections_.find(action.connection);
    check(found != connections_.end(), "sends on a connection that is not there");
    if (found == connections_.end()) {
      return;
    }
    Connection& connection = found->second;
    check(connection.is_open, "sends on a connection that is not open");
    check(connection.host == action.host, "sends to another host than the connection's");
    check(connection.attempts.size() < max_streams, "sends too many requests on a connection");
    check(attempts_.count(action.attempt) == 0, "sends an attempt twice");
    const bool is_mirror = (action.flags & proxy::kSendMirror) != 0;
    if (!is_mirror) {
      check(state_of(action.token) == StreamState::kWaiting, "sends for a stream that cannot be");
      for (const auto& [id, other] : attempts_) {
        check(other.is_mirror || other.token != action.token, "has two attempts for one stream");
      }
    }
    connection.attempts.insert(action.attempt);
    attempts_[action.attempt] = {action.connection, action.token, action.host, is_mirror, false};
  }

  void cancel(const proxy::Action& action) {
    const auto found = attempts_.find(action.attempt);
    check(found != attempts_.end(), "cancels an attempt that is not there");
    if (found != attempts_.end()) {
      check(found->second.connection == action.connection, "cancels on another connection");
      connections_[found->second.connection].attempts.erase(action.attempt);
      attempts_.erase(found);
    }
  }

  void forward(const proxy::Action& action) {
    check(state_of(action.token) == StreamState::kWaiting, "forwards to a stream that cannot be");
    if ((action.flags & proxy::kForwardMore) != 0) {
      const auto found = attempts_.find(action.attempt);
      check(found != attempts_.end() && found->second.has_headers, "forwards what did not come");
      streams_[action.token] = StreamState::kResponding;
      return;
    }
    const auto found = answered_.find(action.attempt);
    check(found != answered_.end() && found->second == action.token, "forwards what did not come");
    streams_.erase(action.token);
  }

  std::map<proxy::ConnectionId, Connection> connections_;
  std::map<proxy::AttemptId, Attempt> attempts_;
  std::map<proxy::AttemptId, std::uint64_t> answered_;  ///< Complete responses.
  std::map<std::uint64_t, StreamState> streams_;        ///< By token.
  std::vector<std::string> violations_;
};

}  // namespace shaketable::support
