#include "loadgen/journey/session.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen {

using proxy::Duration;
using proxy::Instant;

namespace {

/// Messages of a WebSocket that wait for somebody to expect them; the oldest go first.
constexpr std::size_t kMostUnread = 100;
constexpr std::size_t kMostUnreadBytes = std::size_t{1} << 20U;

}  // namespace

Session::Session(const CompiledLoad& load, std::uint32_t worker, proxy::Rng rng)
    : load_(load), worker_(worker), rng_(rng) {
  values_.resize(load.plan().variable_names.size());
}

void Session::begin(const RunStart& run) {
  run_ = run;
  first_failure_ = FailureKind::kNone;
  failure_text_.clear();
  due_ = run.intended;
  if (run.new_session) {
    reset_session();
  }
  phase_ = Phase::kRun;
  if (run.new_session && load_.has_fixture(Phase::kSessionSetUp)) {
    phase_ = Phase::kSessionSetUp;
  }
  if (run.run == 0 && load_.plan().workers > 0 && load_.has_fixture(Phase::kWorkerSetUp)) {
    phase_ = Phase::kWorkerSetUp;
  }
  start(phase_);
}

void Session::begin(Phase phase, Instant now) {
  first_failure_ = FailureKind::kNone;
  failure_text_.clear();
  due_ = now;
  if (phase == Phase::kGlobalSetUp) {
    reset_session();
  }
  start(phase);
}

Taker Session::taker() const {
  const bool is_recorded = phase_ == Phase::kRun && !load_.plan().recorded.empty();
  return {.worker = worker_, .arrival = is_recorded ? std::optional(run_.run) : std::nullopt};
}

void Session::reset_session() {
  cookies_.clear();
  if (!initial_.empty()) {
    values_ = initial_;
  } else {
    std::fill(values_.begin(), values_.end(), std::string());
  }
  if (load_.worker_variable() != kNoVariable) {
    values_[load_.worker_variable()] = std::to_string(worker_);
  }
  if (!load_.feed().renew(VariableSource::Renewal::kSession, taker(), rng_, values_)) {
    is_exhausted_ = true;
  }
}

/// Begins the steps of a phase.
void Session::start(Phase phase) {
  phase_ = phase;
  state_ = State::kReady;
  is_failed_ = false;
  owed_ = Duration::zero();
  cursor_.restart();
  answer_.clear();
  redirects_ = 0;
  if (phase != Phase::kRun) {
    return;
  }
  if (load_.run_variable() != kNoVariable) {
    values_[load_.run_variable()] = std::to_string(run_.run);
  }
  if (!load_.feed().renew(VariableSource::Renewal::kRun, taker(), rng_, values_)) {
    is_exhausted_ = true;
  }
  if (is_exhausted_) {
    failure_text_ = "the rows of a variable have run out";
    fail(FailureKind::kStep);
    is_failed_ = true;
  }
}

const std::vector<Op>& Session::program() const {
  return phase_ == Phase::kRun ? load_.program(run_.journey) : load_.fixture(phase_);
}

/// After a set-up that went well: what comes next. False if the session has done what it should.
bool Session::next_phase() {
  const bool is_set_up = phase_ == Phase::kWorkerSetUp || phase_ == Phase::kSessionSetUp;
  if (is_failed_ || !is_set_up) {
    setup_failed_ = setup_failed_ || (is_failed_ && phase_ < Phase::kRun);
    return false;
  }
  const bool has_more = phase_ == Phase::kWorkerSetUp && load_.has_fixture(Phase::kSessionSetUp);
  start(has_more ? Phase::kSessionSetUp : Phase::kRun);
  return true;
}

SessionAction Session::wait_until(Instant until) {
  return {SessionAction::Kind::kWait, until, {}, false};
}

SessionAction Session::next(Instant now) {
  switch (state_) {
    case State::kIdle:
      return {};
    case State::kSending:
      return wait_until(proxy::kNever);
    case State::kWaiting:
      if (now < due_) {
        return wait_until(due_);
      }
      state_ = State::kReady;
      return next_step(now);
    case State::kTalking:
    case State::kExpecting:
      return next_of_conversation(now);
    case State::kReady:
      return redirects_ > 0 ? send(now) : next_step(now);
  }
  return {};
}

SessionAction Session::next_step(Instant now) {
  while (true) {
    if (due_ > now) {
      state_ = State::kWaiting;
      return wait_until(due_);
    }
    const std::vector<Op>& ops = program();
    const Op* const op =
        is_failed_ ? &ops.back() : &cursor_.next(ops, [this](auto asked) { return holds(asked); });
    switch (op->kind) {
      case Op::Kind::kSend:
        if (owed_ > Duration::zero()) {
          due_ = proxy::after(due_, std::exchange(owed_, Duration::zero()));
          cursor_.step_back();
          continue;
        }
        render(op->target, now);
        if (is_failed_) {
          continue;
        }
        return send(now);
      case Op::Kind::kThink:
        due_ = proxy::after(due_, op->step->think.sample(rng_));
        continue;
      case Op::Kind::kSet: {
        std::string value;
        op->step->text.render(values_, value);
        values_[op->target] = std::move(value);
        continue;
      }
      case Op::Kind::kFail:
        failure_text_.clear();
        if (op->step != nullptr) {
          op->step->text.render(values_, failure_text_);
        }
        fail(FailureKind::kStep);
        is_failed_ = true;
        continue;
      case Op::Kind::kEnd:
      case Op::Kind::kIf:
      case Op::Kind::kJump:
      case Op::Kind::kRepeat:
      case Op::Kind::kAgain:
        if (next_phase()) {
          continue;
        }
        state_ = State::kIdle;
        return {};
    }
  }
}

SessionAction Session::send(Instant /*now*/) {
  state_ = State::kSending;
  return {SessionAction::Kind::kSend, {}, due_, false};
}

bool Session::wants_body() const { return load_.prepared(request_.request).wants_body; }

Verdict Session::on_response(const Response& response) {
  if (state_ != State::kSending) {
    return {};
  }
  take_cookies(response);
  const Request& request = load_.plan().requests[request_.request];
  if (redirects_ < request.redirects && follow_redirect(response)) {
    state_ = State::kReady;
    Verdict verdict;
    verdict.continues = true;
    return verdict;
  }
  const bool is_redirect = response.status >= 300 && response.status < 400 &&
                           response.status != 304 && request.redirects > 0;
  if (is_redirect) {
    answer_.set_failed();
    return finish({FailureKind::kRedirects, kNoIndex, false}, response.ended);
  }
  if (request.protocol == Request::Protocol::kWebSocket && response.is_upgraded) {
    answer_.set(response, {}, response.ended - due_);
    answer_.release();
    talk_ = 0;
    unread_.clear();
    unread_bytes_ = 0;
    state_ = State::kTalking;
    Verdict verdict;
    verdict.continues = true;
    return verdict;
  }
  return finish(judge(response), response.ended);
}

Verdict Session::on_failure(Instant now, FailureKind kind) {
  if (state_ != State::kSending && state_ != State::kTalking && state_ != State::kExpecting) {
    return {};
  }
  answer_.set_failed();
  return finish({kind, kNoIndex, false}, now);
}

/// The request is over: the next step is due after the delay.
Verdict Session::finish(const Verdict& verdict, Instant now) {
  state_ = State::kReady;
  redirects_ = 0;
  const Duration delay = load_.plan().delay.sample(rng_);
  answer_.ok = verdict.ok();
  if (!verdict.ok()) {
    fail(verdict.failure);
  }
  JourneyCursor ahead = cursor_;
  ahead.pass_thinking(program(), [](const Op&) {});
  // The pause behind the last step is the pacer's; a loop or branch may or may not send again.
  const bool is_last = ahead.is_at_end(program()) || is_failed_;
  due_ = ahead.is_at_request(program()) && !is_last ? proxy::after(now, delay) : now;
  owed_ = ahead.is_at_request(program()) || is_last ? Duration::zero() : delay;
  return verdict;
}

void Session::fail(FailureKind kind) {
  if (first_failure_ == FailureKind::kNone) {
    first_failure_ = kind;
  }
  const std::vector<Request>& requests = load_.plan().requests;
  const bool goes_on =
      load_.plan().continue_on_failure ||
      (request_.request < requests.size() && requests[request_.request].continue_on_failure);
  is_failed_ = is_failed_ || !goes_on;
}

bool Session::on_stream_data(std::string_view bytes) {
  if (state_ != State::kSending || request_.protocol != Request::Protocol::kEventStream) {
    return true;
  }
  events_.add(bytes);
  const std::uint32_t wanted = load_.plan().requests[request_.request].events;
  return wanted > 0 && events_.count() >= wanted;
}

// ---- WebSockets
// ----------------------------------------------------------------------------------

SessionAction Session::next_of_conversation(Instant now) {
  const std::vector<SocketStep>& steps = load_.plan().requests[request_.request].conversation;
  while (talk_ < steps.size()) {
    const SocketStep& step = steps[talk_];
    switch (step.kind) {
      case SocketStep::Kind::kSend:
        ++talk_;
        frame_.clear();
        step.text.render(values_, frame_);
        return {SessionAction::Kind::kSendFrame, {}, now, step.binary};
      case SocketStep::Kind::kExpect: {
        const Duration time = step.time > Duration::zero() ? step.time : request_.timeout;
        if (state_ != State::kExpecting) {
          state_ = State::kExpecting;
          talk_until_ = time > Duration::zero() ? proxy::after(now, time) : proxy::kNever;
          if (finds_in_unread(now)) {
            break;
          }
        }
        return {SessionAction::Kind::kAwaitFrame, talk_until_, now, false};
      }
      case SocketStep::Kind::kWait:
        if (state_ != State::kExpecting) {
          state_ = State::kExpecting;
          talk_until_ = proxy::after(now, step.time);
        }
        if (now < talk_until_) {
          return wait_until(talk_until_);
        }
        state_ = State::kTalking;
        ++talk_;
        break;
      case SocketStep::Kind::kClose:
        talk_ = static_cast<std::uint32_t>(steps.size());
        break;
    }
  }
  return {SessionAction::Kind::kClose, {}, now, false};
}

void Session::on_message(Instant now, std::string_view message) {
  const std::vector<SocketStep>& steps = load_.plan().requests[request_.request].conversation;
  if ((state_ != State::kExpecting && state_ != State::kTalking) || talk_ >= steps.size()) {
    return;  // nobody will wait for it
  }
  if (state_ == State::kExpecting && steps[talk_].kind == SocketStep::Kind::kExpect) {
    take_message(now, message);
    return;
  }
  // It comes during a pause: an expectation behind it may be about this one.
  unread_.emplace_back(message);
  unread_bytes_ += message.size();
  while (unread_bytes_ > kMostUnreadBytes || unread_.size() > kMostUnread) {
    unread_bytes_ -= unread_.front().size();
    unread_.erase(unread_.begin());
  }
}

/// A message that is expected, or another one, which is passed over.
void Session::take_message(Instant now, std::string_view message) {
  const SocketStep& step = load_.plan().requests[request_.request].conversation[talk_];
  Response response;
  response.status = answer_.status;
  response.body_size = message.size();
  answer_.set(response, message, now - due_);
  const bool fits = holds(step.checks);
  if (fits) {
    talk_failure_ = talk_failure_.ok() ? capture_all(step.captures) : talk_failure_;
    state_ = State::kTalking;
    ++talk_;
  }
  answer_.release();
}

/// What is expected has come before. Takes those that came before it as well.
bool Session::finds_in_unread(Instant now) {
  while (state_ == State::kExpecting && !unread_.empty()) {
    const std::string message = std::move(unread_.front());
    unread_.erase(unread_.begin());
    unread_bytes_ -= message.size();
    take_message(now, message);
  }
  return state_ != State::kExpecting;
}

Verdict Session::on_closed(Instant now) {
  if (state_ != State::kTalking && state_ != State::kExpecting) {
    return {};
  }
  const bool is_over = talk_ >= load_.plan().requests[request_.request].conversation.size();
  const Verdict verdict = std::exchange(talk_failure_, {});
  return finish(is_over ? verdict : Verdict{FailureKind::kReset, kNoIndex, false}, now);
}

}  // namespace shaketable::loadgen
