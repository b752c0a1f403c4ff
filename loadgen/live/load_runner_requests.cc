#include <algorithm>
#include <utility>

#include "loadgen/core/grpc_status.h"
#include "loadgen/live/load_runner.h"

// Requests of a load runner: out, in, and counted.

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;

/// A run that begins later than this behind its time is counted as late.
constexpr Duration kLate = std::chrono::milliseconds(1);
/// Origins that redirects may lead to.
constexpr std::size_t kMostOrigins = 100;

FailureKind kind_of(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      return FailureKind::kNone;
    case Failure::kConnectRefused:
      return FailureKind::kRefused;
    case Failure::kNameLookup:
    case Failure::kConnectTimeout:
    case Failure::kConnectFailed:
    case Failure::kNoResources:
    case Failure::kProxyRefused:
      return FailureKind::kUnreachable;
    case Failure::kTls:
    case Failure::kTlsCertificate:
      return FailureKind::kTls;
    case Failure::kReset:
    case Failure::kClosed:
    case Failure::kStreamReset:
    case Failure::kStreamRefused:
      return FailureKind::kReset;
    case Failure::kTimeout:
    case Failure::kIdleTimeout:
      return FailureKind::kTimeout;
    case Failure::kProtocol:
    case Failure::kUnsendable:
      return FailureKind::kProtocol;
    case Failure::kHeadTooLarge:
    case Failure::kBodyTooLarge:
      return FailureKind::kTooLarge;
    case Failure::kCancelled:
      return FailureKind::kInterrupted;
  }
  return FailureKind::kProtocol;
}

/// RFC 9110 section 9.2.2.
bool is_idempotent(std::string_view method) {
  return method == "GET" || method == "HEAD" || method == "OPTIONS" || method == "PUT" ||
         method == "DELETE" || method == "TRACE";
}

void fill_fields(const proxy::http::HeaderList& headers, std::vector<HeaderField>& fields) {
  fields.clear();
  for (std::size_t i = 0; i < headers.size(); ++i) {
    fields.push_back({headers[i].name, headers[i].value});
  }
}

}  // namespace

EncodedRequest& LoadRunner::encoded_for(LoadUser& user, const RenderedRequest& request,
                                        OriginIndex origin) {
  const bool is_socket = user.talk != nullptr;
  const bool is_constant = request.is_constant && !is_socket;
  auto& place = is_constant ? constant_[request.request] : user.encoded;
  const bool is_new = place == nullptr;
  if (is_new) {
    place = std::make_unique<EncodedRequest>();
  }
  if (is_new || !is_constant) {
    const std::string base = request.origin.empty() ? target_.base_path() : std::string();
    encode(request,
           {.scheme = transport_.origin(origin).is_tls ? "https" : "http",
            .authority = transport_.authority(origin),
            .base_path = base,
            .absolute_form = transport_.wants_absolute_form(origin),
            .proxy_authorization = transport_.config().proxy_authorization,
            .closes = transport_.config().reuse == Reuse::kNever,
            .wants_http1 = transport_.config().http != HttpChoice::kHttp2,
            .websocket_key = is_socket ? user.talk->key : std::string_view()},
           *place);
  }
  return *place;
}

/// Where a request goes; nothing if it must not go there.
std::optional<OriginIndex> LoadRunner::origin_of(const RenderedRequest& request) {
  if (request.origin.empty()) {
    return origins_[request.request];
  }
  if (const auto known = found_origins_.find(request.origin); known != found_origins_.end()) {
    return known->second;
  }
  // A redirect. One to the target itself, written out, is no departure.
  const auto url = parse_target(request.origin);
  if (!url || found_origins_.size() >= kMostOrigins) {
    return std::nullopt;
  }
  if (url->origin != target_.origin && !may_leave_) {
    return std::nullopt;
  }
  const auto index = transport_.add_origin(url->origin);
  if (!index) {
    return std::nullopt;
  }
  found_origins_.emplace(request.origin, *index);
  return *index;
}

/// A request that is not sent at all.
void LoadRunner::refuse(LoadUser& user, FailureKind kind, const std::string& text) {
  user.reset_answer();
  user.started = user.done = loop_.now();
  const Verdict verdict = user.session.on_failure(now(), kind);
  record(user, verdict);
  unpublished_.last_error = text;
  drive(user);
}

void LoadRunner::send(LoadUser& user, Instant intended) {
  const RenderedRequest& request = user.session.request();
  user.intended = intended;
  user.phase = user.session.phase();
  const auto origin = origin_of(request);
  if (!origin) {
    refuse(user, FailureKind::kRedirects, "a redirect to " + std::string(request.origin));
    return;
  }
  const bool is_socket = request.protocol == Request::Protocol::kWebSocket;
  user.talk.reset();
  if (is_socket) {
    open_websocket(user);
  }
  const EncodedRequest& encoded = encoded_for(user, request, *origin);
  user.origin = *origin;
  user.request = &encoded.message;
  user.rendered = encoded.http1;
  user.body = request.body;
  user.timeout = request.timeout;
  user.is_conversation = is_socket || request.protocol == Request::Protocol::kEventStream;
  user.keeps_sending = is_socket;
  user.may_repeat = is_idempotent(request.method);
  user.wants_body = user.is_conversation || user.session.wants_body();
  if (!user.has_started && user.phase == Phase::kRun && user.run.intended >= measured_from_) {
    user.has_started = true;
    const Duration lag = now() - user.run.intended;
    stats_.pacing.start_lag.add(lag);
    stats_.pacing.late += lag > kLate ? 1 : 0;
  }
  transport_.start(user);
}

Verdict LoadRunner::tell_response(LoadUser& user, std::string_view body) {
  fill_fields(user.headers, fields_);
  fill_fields(user.trailers, trailer_fields_);
  return user.session.on_response({.status = user.status,
                                   .headers = fields_,
                                   .trailers = trailer_fields_,
                                   .body = body,
                                   .body_size = user.body_bytes,
                                   .is_upgraded = user.talk != nullptr && user.talk->is_open,
                                   .sent = load_time(user.sent),
                                   .ended = now()});
}

Verdict LoadRunner::judge(LoadUser& user) {
  if (user.failure != Failure::kNone) {
    return user.session.on_failure(load_time(user.done), kind_of(user.failure));
  }
  return tell_response(user, user.content);
}

void LoadRunner::on_done(LoadUser& user) {
  if (!user.is_conversation) {
    on_answer(user);
  } else if (user.talk != nullptr) {
    on_websocket(user);
  } else {
    on_event_stream(user);
  }
}

/// The exchange is over, or its handshake was refused.
void LoadRunner::on_answer(LoadUser& user) {
  const Verdict verdict = judge(user);
  if (user.failure != Failure::kCancelled && !verdict.continues) {
    record(user, verdict);
  }
  drive(user);
}

void LoadRunner::record(LoadUser& user, const Verdict& verdict) {
  const bool was_sent = user.sent != Instant{};
  const RequestOutcome outcome{.intended = user.intended,
                               .started = load_time(was_sent ? user.sent : user.started),
                               .ended = load_time(user.done),
                               .status = user.status,
                               .ok = verdict.ok(),
                               .has_latency = user.status != 0 ||
                                              user.failure == Failure::kTimeout ||
                                              user.failure == Failure::kIdleTimeout,
                               .bytes = user.body_bytes};
  const std::uint32_t number = user.session.request().request;
  const std::string error = outcome.ok ? std::string() : error_text(user, verdict);
  if (user.phase != Phase::kRun) {
    stats_.fixtures.add(outcome);
    if (!outcome.ok) {
      stats_.fixtures.errors.add(load_->plan().requests[number].name + ": " + error);
      set_up_error_ = user.phase < Phase::kRun ? load_->plan().requests[number].name + ": " + error
                                               : set_up_error_;
    }
    return;
  }
  if (user.intended < measured_from_) {
    ++stats_.warm_up_requests;
    ++unpublished_.requests;
    return;
  }
  stats_.steps[number].add(outcome);
  stats_.journeys[user.run.journey].requests.add(outcome);
  TimePoint& point = stats_.series.at(outcome.ended - proxy::kStart);
  ++point.requests;
  point.bytes += outcome.bytes;
  ++unpublished_.requests;
  unpublished_.bytes_in += outcome.bytes;
  const std::int64_t ns = outcome.has_latency ? (outcome.ended - outcome.intended).count() : -1;
  if (ns >= 0) {
    point.latency.add(ns);
    unpublished_.latency.add(ns);
  }
  watched_.add_request(user.run.journey, number, outcome.ok, ns);
  if (!outcome.ok) {
    ++point.failed;
    ++unpublished_.failed;
    stats_.steps[number].errors.add(error);
    stats_.journeys[user.run.journey].requests.errors.add(error);
    unpublished_.last_error = load_->plan().requests[number].name + ": " + error;
    unpublished_.errors.add(error);
  }
}

std::string LoadRunner::error_text(const LoadUser& user, const Verdict& verdict) const {
  const Request& request = load_->plan().requests[user.session.request().request];
  if (user.failure != Failure::kNone) {
    return std::string(failure_name(user.failure));
  }
  if (verdict.failure == FailureKind::kRedirects) {
    return user.status != 0 ? "too many redirects" : "redirect to another host, not followed";
  }
  const bool is_http_error = user.status >= 400;
  if (verdict.failure == FailureKind::kStatus && !is_http_error &&
      request.protocol == Request::Protocol::kGrpc) {
    return "grpc " + std::string(grpc_status_name(user.session.last_grpc_status()));
  }
  if (verdict.failure == FailureKind::kStatus) {
    return "status " + std::to_string(user.status);
  }
  if (verdict.failure == FailureKind::kCheck && verdict.check < request.checks.size()) {
    return "check " + request.checks[verdict.check].source;
  }
  if (verdict.failure == FailureKind::kCapture && verdict.check < request.captures.size()) {
    return "nothing to capture: " + request.captures[verdict.check].expression;
  }
  return std::string(name_of(verdict.failure));
}

}  // namespace shaketable::loadgen::live
