#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "proxy/live/log.h"
#include "proxy/live/recorded_core.h"

namespace shaketable::proxy::live {

/// A driver in virtual time around a core that writes a journal. Hosts answer by a script;
/// connections open at once unless it says otherwise.
class RecordedHost {
 public:
  struct Answer {
    enum class Kind : std::uint8_t { kResponse, kStreamed, kReset, kSilence };
    Kind kind = Kind::kResponse;
    std::uint16_t status = 200;
    Duration after = 1ms;
  };

  RecordedHost(ProxyConfig config, const std::string& path, std::uint64_t seed = 42)
      : log_({.level = LogLevel::kOff}) {
    auto journal = JournalWriter::open({.path = path, .log = &log_});
    core_ = std::make_unique<RecordedCore>(
        worker_, 3, seed, std::make_shared<CompiledConfig>(std::move(config)), now_,
        journal.has_value() ? std::move(*journal) : nullptr, "test 1");
  }
  /// Closes the journal.
  ~RecordedHost() {
    worker_.forget_all();
    core_.reset();
  }
  RecordedHost(const RecordedHost&) = delete;
  RecordedHost& operator=(const RecordedHost&) = delete;

  std::function<Answer(const Action& sent)> server;
  std::function<bool(const Action& opened)> accepts;

  StreamId request(std::string_view path = "/", std::vector<Header> headers = {},
                   bool replayable = true) {
    RequestHead head;
    head.method = "GET";
    head.authority = "shop.test";
    head.path = path;
    head.headers = headers;
    head.replayable = replayable;
    const StreamId stream = core_->on_request(now_, Direction::kOutbound, head, ++token_);
    streams_[token_] = stream;
    carry_out();
    return stream;
  }
  void run_for(Duration duration) {
    const Instant end = after(now_, duration);
    while (true) {
      const Instant answer = answers_.empty() ? kNever : answers_.begin()->first;
      const Instant next = std::min(answer, worker_.next_deadline());
      if (next > end || next == kNever) {
        break;
      }
      now_ = std::max(now_, next);
      core_->on_deadline(now_);
      carry_out();
      while (!answers_.empty() && answers_.begin()->first <= now_) {
        const auto [attempt, what] = answers_.begin()->second;
        answers_.erase(answers_.begin());
        give(attempt, what);
        carry_out();
      }
    }
    now_ = end;
  }
  void push(ProxyConfig config) {
    core_->on_config(now_, std::make_shared<CompiledConfig>(std::move(config)));
    carry_out();
  }
  /// Carries out what an input given to core() has caused.
  void carry_out() {
    for (std::size_t i = 0; i < worker_.actions().size(); ++i) {
      const Action action = worker_.actions()[i];
      carry_out(action);
    }
    worker_.actions().clear();
    worker_.telemetry().clear();
  }

  [[nodiscard]] RecordedCore& core() { return *core_; }
  [[nodiscard]] Instant now() const { return now_; }
  /// Actions of a kind so far.
  [[nodiscard]] std::size_t count(ActionKind kind) const {
    const auto found = actions_.find(kind);
    return found == actions_.end() ? 0 : found->second;
  }
  /// Local replies with one of the response flags.
  [[nodiscard]] std::size_t replies_with(std::uint32_t flag) const {
    return static_cast<std::size_t>(
        std::count_if(replies_.begin(), replies_.end(),
                      [flag](std::uint32_t flags) { return (flags & flag) != 0; }));
  }
  [[nodiscard]] const std::vector<ConnectionId>& connections() const { return connections_; }
  [[nodiscard]] StreamId last_stream() const { return streams_.at(token_); }

 private:
  void carry_out(const Action& action) {
    ++actions_[action.kind];
    switch (action.kind) {
      case ActionKind::kOpenConnection:
        connections_.push_back(action.connection);
        if (!accepts || accepts(action)) {
          core_->on_connected(now_, action.connection);
        } else {
          core_->on_connect_failed(now_, action.connection);
        }
        return;
      case ActionKind::kSendRequest: {
        core_->set_attempt_token(action.attempt, 1000 + action.token);
        const Answer answer = server ? server(action) : Answer{};
        if (answer.kind != Answer::Kind::kSilence) {
          answers_.emplace(after(now_, answer.after), std::pair(action.attempt, answer));
        }
        return;
      }
      case ActionKind::kLocalReply:
        replies_.push_back(action.flags);
        return;
      case ActionKind::kCloseConnection:
      case ActionKind::kCancelAttempt:
      case ActionKind::kForwardResponse:
      case ActionKind::kResetDownstream:
        return;
    }
  }
  void give(AttemptId attempt, const Answer& answer) {
    ResponseHead head;
    head.status = answer.status;
    switch (answer.kind) {
      case Answer::Kind::kResponse:
        core_->on_response(now_, attempt, head);
        return;
      case Answer::Kind::kStreamed:
        head.end_stream = false;
        core_->on_response(now_, attempt, head);
        carry_out();
        core_->on_response_activity(now_, attempt);
        carry_out();
        core_->on_response_end(now_, attempt);
        return;
      case Answer::Kind::kReset:
        core_->on_upstream_reset(now_, attempt, ResetReason::kRemoteReset);
        return;
      case Answer::Kind::kSilence:
        return;
    }
  }

  Logger log_;
  Worker worker_;
  std::unique_ptr<RecordedCore> core_;
  Instant now_ = instant_at(5'000'000'000);
  std::uint64_t token_ = 0;
  std::multimap<Instant, std::pair<AttemptId, Answer>> answers_;
  std::map<std::uint64_t, StreamId> streams_;
  std::map<ActionKind, std::size_t> actions_;
  std::vector<std::uint32_t> replies_;
  std::vector<ConnectionId> connections_;
};

}  // namespace shaketable::proxy::live
