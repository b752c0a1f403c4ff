#include <cstdio>

#include "proxy/live/journal_reader.h"
#include "proxy/telemetry/response_flags.h"

// Inputs and actions in words.
namespace shaketable::proxy::live {
namespace {

constexpr std::size_t kMaxShown = 120;

/// Bytes from strangers, fit for a terminal.
std::string printable(std::string_view text) {
  std::string result;
  for (const char c : text.substr(0, kMaxShown)) {
    result.push_back(c >= 0x20 && c < 0x7f ? c : '?');
  }
  return text.size() > kMaxShown ? result + "..." : result;
}

/// "2.7": the slot, and which of its users in turn.
std::string handle_text(std::uint64_t handle) {
  return std::to_string(handle & 0xffff'ffffU) + '.' + std::to_string(handle >> 32U);
}

const char* reason_text(std::uint64_t reason) {
  switch (static_cast<ResetReason>(reason)) {
    case ResetReason::kConnectFailure:
      return "connect failure";
    case ResetReason::kRemoteReset:
      return "remote reset";
    case ResetReason::kRefusedStream:
      return "refused stream";
    case ResetReason::kConnectionTermination:
      return "connection termination";
    case ResetReason::kOverflow:
      return "overflow";
    case ResetReason::kPerTryTimeout:
      return "per-try timeout";
  }
  return "?";
}

std::string details(const JournalInput& input) {
  switch (input.kind) {
    case InputKind::kEnd:
      return std::to_string(input.value) + " inputs";
    case InputKind::kRequest:
      return printable(input.request.method) + ' ' + printable(input.request.authority) +
             printable(input.request.path) + ", " +
             (input.direction == Direction::kOutbound ? "outbound" : "inbound") + ", token " +
             std::to_string(input.value) + ", stream " + handle_text(input.handle);
    case InputKind::kResponse:
      return "attempt " + handle_text(input.handle) + ", status " +
             std::to_string(input.response.status) +
             (input.response.end_stream ? ", complete" : ", body follows");
    case InputKind::kUpstreamReset:
      return "attempt " + handle_text(input.handle) + ", " + reason_text(input.value);
    case InputKind::kAttemptToken:
      return "attempt " + handle_text(input.handle) + ", token " + std::to_string(input.value);
    case InputKind::kConfig:
      return "version " + std::to_string(input.config.version) + ", " +
             std::to_string(input.config.clusters.size()) + " clusters";
    case InputKind::kHosts:
      return "cluster " + std::to_string(input.value) + ", " + std::to_string(input.hosts.size()) +
             " hosts";
    case InputKind::kDownstreamReset:
    case InputKind::kNotReplayable:
    case InputKind::kTunnel:
      return "stream " + handle_text(input.handle);
    case InputKind::kConnected:
    case InputKind::kConnectFailed:
    case InputKind::kConnectionClosed:
    case InputKind::kConnectionDraining:
      return "connection " + handle_text(input.handle);
    case InputKind::kResponseActivity:
    case InputKind::kResponseEnd:
      return "attempt " + handle_text(input.handle);
    case InputKind::kDeadline:
      return "due";
  }
  return {};
}

const char* action_name(ActionKind kind) {
  switch (kind) {
    case ActionKind::kOpenConnection:
      return "open_connection";
    case ActionKind::kCloseConnection:
      return "close_connection";
    case ActionKind::kSendRequest:
      return "send_request";
    case ActionKind::kCancelAttempt:
      return "cancel_attempt";
    case ActionKind::kForwardResponse:
      return "forward_response";
    case ActionKind::kLocalReply:
      return "local_reply";
    case ActionKind::kResetDownstream:
      return "reset_downstream";
  }
  return "?";
}

/// The bits of Action::flags mean different things.
std::string flags_text(const Action& action) {
  if (action.kind == ActionKind::kSendRequest) {
    return std::string((action.flags & kSendRetry) != 0 ? ", retry" : "") +
           ((action.flags & kSendMirror) != 0 ? ", mirror" : "");
  }
  const std::uint32_t flags = action.flags & ~kForwardMore;
  return ((action.flags & kForwardMore) != 0 ? ", body follows" : "") +
         (flags != 0 ? ", flags " + response_flags_text(flags) : std::string());
}

}  // namespace

std::string describe(const JournalInput& input, Instant start) {
  char time[48];
  std::snprintf(time, sizeof time, "+%.6f s ", to_seconds(input.now - start));
  return time + std::string(input_name(input.kind)) + " (" + details(input) + ')';
}

std::string describe(const Action& action) {
  std::string text = action_name(action.kind);
  if (action.status != 0) {
    text += ' ' + std::to_string(action.status);
  }
  text += ", host " + std::to_string(action.host) + ", token " + std::to_string(action.token);
  if (action.attempt != kNoHandle) {
    text += ", attempt " + handle_text(action.attempt);
  }
  if (action.connection != kNoHandle) {
    text += ", connection " + handle_text(action.connection);
  }
  if (action.attempts != 0) {
    text += ", attempts " + std::to_string(action.attempts);
  }
  return text + flags_text(action);
}

}  // namespace shaketable::proxy::live
