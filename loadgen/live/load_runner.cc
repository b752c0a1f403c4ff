#include "loadgen/live/load_runner.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen::live {
namespace {

using proxy::Duration;
using proxy::Instant;
using proxy::Result;

/// A run that begins later than this behind its time is counted as late.
constexpr Duration kLate = std::chrono::milliseconds(1);

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

void name_stats(const LoadPlan& plan, LoadStats& stats) {
  stats.name = plan.name;
  for (const Request& request : plan.requests) {
    stats.steps.emplace_back().name = request.name;
  }
  for (const Journey& journey : plan.journeys) {
    stats.journeys.emplace_back().name = journey.name;
  }
}

}  // namespace

Result<std::unique_ptr<LoadRunner>> LoadRunner::make(EventLoop& loop, Transport& transport,
                                                     Setting setting) {
  std::unique_ptr<LoadRunner> runner(new LoadRunner(loop, transport, std::move(setting)));
  if (const auto found = runner->find_origins(); !found) {
    return tl::unexpected(found.error());
  }
  return runner;
}

LoadRunner::LoadRunner(EventLoop& loop, Transport& transport, Setting setting)
    : loop_(loop),
      transport_(transport),
      load_(std::move(setting.load)),
      target_(std::move(setting.target)),
      rng_(setting.rng),
      share_(setting.share),
      begin_(setting.begin),
      pacer_(load_->plan(), rng_.stream("pacer", share_.index), share_),
      constant_(load_->plan().requests.size()) {
  name_stats(load_->plan(), stats_);
}

Result<void> LoadRunner::find_origins() {
  for (const Request& request : load_->plan().requests) {
    Origin origin = target_.origin;
    if (!request.origin.empty()) {
      const auto url = parse_target(request.origin);
      if (!url) {
        return tl::unexpected(url.error());
      }
      origin = url->origin;
    }
    const auto index = transport_.add_origin(origin);
    if (!index) {
      return tl::unexpected(index.error());
    }
    origins_.push_back(*index);
  }
  return {};
}

// ---- users ------------------------------------------------------------------------------------

LoadUser& LoadRunner::user_of(std::uint32_t number) {
  if (number >= users_.size()) {
    users_.resize(number + 1);
  }
  auto& user = users_[number];
  if (user == nullptr) {
    // Slots of an open loop belong to this share alone, workers have one number in all shares.
    const std::uint64_t name =
        pacer_.closed() != nullptr ? number : std::uint64_t{number} * share_.count + share_.index;
    user = std::make_unique<LoadUser>(
        *this, number,
        Session(*load_, static_cast<std::uint32_t>(name), rng_.stream("session", name)));
    user->wants_headers = true;
    user->owner = &user->connections;
  }
  return *user;
}

void LoadRunner::begin_run(const RunStart& run) {
  LoadUser& user = user_of(run.user);
  if (run.new_session) {
    transport_.release(user.connections);
  }
  user.run = run;
  user.is_running = true;
  user.has_started = false;
  ++running_;
  user.session.begin(run);
  drive(user);
}

void LoadRunner::end_run(LoadUser& user) {
  user.is_running = false;
  --running_;
  const bool success = user.session.run_succeeded();
  if (!is_cutting_ || success) {
    JourneyStats& journey = stats_.journeys[user.run.journey];
    ++journey.runs;
    journey.failed += success ? 0 : 1;
    journey.duration.add(now() - user.run.intended);
    ++unpublished_.runs;
    unpublished_.failed_runs += success ? 0 : 1;
  }
  pacer_.on_run_finished(now(), user.number, success);
}

void LoadRunner::drive(LoadUser& user) {
  if (is_cutting_) {
    end_run(user);
    return;
  }
  const SessionAction action = user.session.next(now());
  switch (action.kind) {
    case SessionAction::Kind::kSend:
      send(user, action.intended);
      break;
    case SessionAction::Kind::kWait:
      user.wait = waits_.arm_irregular(action.until, user.number);
      break;
    case SessionAction::Kind::kDone:
      end_run(user);
      break;
    case SessionAction::Kind::kSendFrame:
    case SessionAction::Kind::kAwaitFrame:
    case SessionAction::Kind::kClose:
      break;
  }
}

// ---- requests ---------------------------------------------------------------------------------

EncodedRequest& LoadRunner::encoded_for(LoadUser& user, const RenderedRequest& request,
                                        OriginIndex origin) {
  auto& place = request.is_constant ? constant_[request.request] : user.encoded;
  const bool is_new = place == nullptr;
  if (is_new) {
    place = std::make_unique<EncodedRequest>();
  }
  if (is_new || !request.is_constant) {
    const std::string base = request.origin.empty() ? target_.base_path() : std::string();
    const bool absolute = transport_.wants_absolute_form(origin);
    encode(request,
           {.scheme = transport_.origin(origin).is_tls ? "https" : "http",
            .authority = transport_.authority(origin),
            .base_path = base,
            .absolute_form = absolute,
            .proxy_authorization = transport_.config().proxy_authorization,
            .closes = transport_.config().reuse == Reuse::kNever,
            .wants_http1 = transport_.config().http != HttpChoice::kHttp2},
           *place);
  }
  return *place;
}

void LoadRunner::send(LoadUser& user, Instant intended) {
  const RenderedRequest& request = user.session.request();
  const OriginIndex origin = origins_[request.request];
  const EncodedRequest& encoded = encoded_for(user, request, origin);
  user.intended = intended;
  user.origin = origin;
  user.request = &encoded.message;
  user.rendered = encoded.http1;
  user.body = request.body;
  user.timeout = request.timeout;
  user.may_repeat = is_idempotent(request.method);
  user.wants_body = user.session.wants_body();
  if (!user.has_started) {
    user.has_started = true;
    const Duration lag = now() - user.run.intended;
    stats_.pacing.start_lag.add(lag);
    stats_.pacing.late += lag > kLate ? 1 : 0;
  }
  transport_.start(user);
}

Verdict LoadRunner::judge(LoadUser& user) {
  if (user.failure != Failure::kNone) {
    return user.session.on_failure(load_time(user.done), kind_of(user.failure));
  }
  fill_fields(user.headers, fields_);
  fill_fields(user.trailers, trailer_fields_);
  return user.session.on_response({.status = user.status,
                                   .headers = fields_,
                                   .trailers = trailer_fields_,
                                   .body = user.content,
                                   .body_size = user.body_bytes,
                                   .sent = load_time(user.sent),
                                   .ended = load_time(user.done)});
}

void LoadRunner::on_done(LoadUser& user) {
  const Verdict verdict = judge(user);
  if (user.failure != Failure::kCancelled) {
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
  stats_.steps[user.session.request().request].add(outcome);
  stats_.journeys[user.run.journey].requests.add(outcome);
  TimePoint& point = stats_.series.at(outcome.ended - proxy::kStart);
  ++point.requests;
  point.bytes += outcome.bytes;
  ++unpublished_.requests;
  unpublished_.bytes_in += outcome.bytes;
  if (outcome.has_latency) {
    const std::int64_t ns = (outcome.ended - outcome.intended).count();
    point.latency.add(ns);
    unpublished_.latency.add(ns);
  }
  if (!outcome.ok) {
    ++point.failed;
    ++unpublished_.failed;
    note_error(user, verdict);
  }
}

void LoadRunner::note_error(LoadUser& user, const Verdict& verdict) {
  const Request& request = load_->plan().requests[user.session.request().request];
  std::string text;
  if (user.failure != Failure::kNone) {
    text = failure_name(user.failure);
  } else if (verdict.failure == FailureKind::kStatus) {
    text = "status " + std::to_string(user.status);
  } else if (verdict.failure == FailureKind::kCheck && verdict.check < request.checks.size()) {
    text = "check " + request.checks[verdict.check].source;
  } else {
    text = name_of(verdict.failure);
  }
  stats_.steps[user.session.request().request].errors.add(text);
  stats_.journeys[user.run.journey].requests.errors.add(text);
  unpublished_.last_error = request.name + ": " + text;
}

// ---- turns ------------------------------------------------------------------------------------

Instant LoadRunner::next_deadline() const {
  const Instant next = std::min(pacer_.next_deadline(), waits_.next());
  return next == proxy::kNever ? next : proxy::after(begin_, next - proxy::kStart);
}

void LoadRunner::turn() {
  while (const auto number = waits_.pop_due(now())) {
    LoadUser& user = *users_[*number];
    user.wait = {};
    drive(user);
  }
  while (const auto run = pacer_.next_run(now())) {
    begin_run(*run);
  }
}

void LoadRunner::stop() { pacer_.stop(); }

void LoadRunner::cut() {
  stop();
  is_cutting_ = true;
  for (const auto& user : users_) {
    if (user == nullptr || !user->is_running) {
      continue;
    }
    if (waits_.cancel(user->wait)) {
      user->wait = {};
      end_run(*user);
    } else {
      transport_.cancel(*user, Failure::kCancelled);
    }
  }
}

void LoadRunner::finish_stats() {
  if (const WorkerLoop* const closed = pacer_.closed()) {
    stats_.pacing.most_users = closed->most_workers();
    stats_.pacing.arrivals = stats_.pacing.start_lag.count();
  } else if (const ArrivalLoop* const open = pacer_.open()) {
    stats_.pacing.most_users = open->most_in_flight();
    stats_.pacing.arrivals = open->arrived();
    stats_.pacing.dropped = open->dropped();
    stats_.pacing.delayed = open->delayed();
  }
  for (const RequestStats& step : stats_.steps) {
    stats_.total.merge(step);
  }
}

void LoadRunner::publish(LiveView& view) {
  if (const ArrivalLoop* const open = pacer_.open()) {
    unpublished_.dropped = open->dropped() - std::exchange(published_drops_, open->dropped());
  }
  view.add(unpublished_);
  unpublished_ = {};
  const WorkerLoop* const closed = pacer_.closed();
  users_now_ = closed != nullptr ? closed->active_workers() : running_;
  if (now() >= proxy::kStart) {
    stats_.series.at(now() - proxy::kStart).users = users_now_;
  }
}

}  // namespace shaketable::loadgen::live
