#include "loadgen/journey/session.h"

#include <algorithm>

namespace shaketable::loadgen {

using proxy::Duration;
using proxy::Instant;

std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kNone:
      return "none";
    case FailureKind::kStatus:
      return "status";
    case FailureKind::kCheck:
      return "check";
    case FailureKind::kCapture:
      return "capture";
    case FailureKind::kTimeout:
      return "timeout";
    case FailureKind::kRefused:
      return "refused";
    case FailureKind::kUnreachable:
      return "unreachable";
    case FailureKind::kTls:
      return "tls";
    case FailureKind::kReset:
      return "reset";
    case FailureKind::kProtocol:
      return "protocol";
    case FailureKind::kTooLarge:
      return "too_large";
    case FailureKind::kRedirects:
      return "redirects";
    case FailureKind::kStep:
      return "step";
    case FailureKind::kInterrupted:
      return "interrupted";
  }
  return "none";
}

Session::Session(const CompiledLoad& load, std::uint32_t worker, proxy::Rng rng)
    : load_(load), worker_(worker), rng_(rng) {
  values_.resize(load.plan().variable_names.size());
}

void Session::begin(const RunStart& run) {
  run_ = run;
  state_ = State::kReady;
  cursor_.restart();
  due_ = run.intended;
  has_sent_ = false;
  is_failed_ = false;
  first_failure_ = FailureKind::kNone;
}

SessionAction Session::next(Instant now) {
  if (state_ == State::kWaiting && now >= due_) {
    state_ = State::kReady;
  }
  if (state_ == State::kSending || state_ == State::kWaiting) {
    return {
        SessionAction::Kind::kWait, state_ == State::kWaiting ? due_ : proxy::kNever, {}, false};
  }
  while (state_ == State::kReady && !is_failed_) {
    const Op& op = cursor_.next(load_.program(run_.journey), [this](auto c) { return holds(c); });
    if (op.kind == Op::Kind::kSend) {
      render(op.target);
      state_ = State::kSending;
      has_sent_ = true;
      return {SessionAction::Kind::kSend, {}, due_, false};
    }
    if (op.kind == Op::Kind::kThink) {
      due_ = proxy::after(due_, op.step->think.sample(rng_));
    } else if (op.kind == Op::Kind::kSet) {
      std::string value;
      op.step->text.render(values_, value);
      values_[op.target] = std::move(value);
    } else {
      if (op.kind == Op::Kind::kFail) {
        fail(FailureKind::kStep);
      }
      break;
    }
    if (due_ > now) {
      state_ = State::kWaiting;
      return {SessionAction::Kind::kWait, due_, {}, false};
    }
  }
  state_ = State::kIdle;
  return {};
}

bool Session::wants_body() const { return load_.prepared(request_.request).wants_body; }

Verdict Session::on_response(const Response& response) {
  if (state_ != State::kSending) {
    return {};
  }
  state_ = State::kReady;
  const Instant intended = due_;
  due_ = proxy::after(response.ended, load_.plan().delay.sample(rng_));
  const Request& request = load_.plan().requests[request_.request];
  last_status_ = response.status;
  last_latency_ = response.ended - intended;
  last_ok_ = true;
  for (std::uint32_t i = 0; i < request.checks.size(); ++i) {
    if (!holds({&request.checks[i], 1})) {
      fail(FailureKind::kCheck);
      return {FailureKind::kCheck, i};
    }
  }
  if (response.status >= 400 && !request.accepts_any_status) {
    fail(FailureKind::kStatus);
    return {FailureKind::kStatus, kNoIndex};
  }
  return {};
}

Verdict Session::on_failure(Instant now, FailureKind kind) {
  if (state_ != State::kSending) {
    return {};
  }
  state_ = State::kReady;
  due_ = proxy::after(now, load_.plan().delay.sample(rng_));
  last_status_ = 0;
  fail(kind);
  return {kind, kNoIndex};
}

void Session::fail(FailureKind kind) {
  last_ok_ = false;
  if (first_failure_ == FailureKind::kNone) {
    first_failure_ = kind;
  }
  const bool goes_on = request_.request < load_.plan().requests.size() &&
                       load_.plan().requests[request_.request].continue_on_failure;
  is_failed_ = is_failed_ || !goes_on || kind == FailureKind::kStep;
}

void Session::render(std::uint32_t number) {
  const Request& request = load_.plan().requests[number];
  const CompiledLoad::Prepared& prepared = load_.prepared(number);
  path_.clear();
  request.path.render(values_, path_);
  body_.clear();
  request.body.text.render(values_, body_);
  header_values_.resize(prepared.headers.size());
  header_fields_.clear();
  for (std::size_t i = 0; i < prepared.headers.size(); ++i) {
    header_values_[i].clear();
    prepared.headers[i].value.render(values_, header_values_[i]);
    header_fields_.push_back({prepared.headers[i].name, header_values_[i]});
  }
  const Duration timeout =
      request.timeout > Duration::zero() ? request.timeout : load_.plan().timeout;
  request_ = {number,         request.method, request.origin, path_,
              header_fields_, body_,          timeout,        prepared.is_constant};
}

bool Session::holds(std::span<const Condition> conditions) {
  return std::all_of(conditions.begin(), conditions.end(), [this](const Condition& condition) {
    bool result = last_ok_;
    if (condition.kind == Condition::Kind::kStatus) {
      result = std::any_of(condition.statuses.begin(), condition.statuses.end(),
                           [this](const auto& range) {
                             return last_status_ >= range.first && last_status_ <= range.second;
                           });
    } else if (condition.kind == Condition::Kind::kChance) {
      result = rng_.chance_ppm(static_cast<std::uint32_t>(condition.number));
    }
    return result != condition.negate;
  });
}

}  // namespace shaketable::loadgen
