#include <algorithm>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "loadgen/core/grpc_status.h"
#include "loadgen/journey/message_codec.h"
#include "loadgen/journey/session.h"

// What a session makes of an answer: checks and captures.
namespace shaketable::loadgen {
namespace {

re2::StringPiece piece_of(std::string_view text) { return {text.data(), text.size()}; }

/// The status of a gRPC call: in the trailers, or in the headers of an answer without a body.
std::uint32_t grpc_status(const Response& response) {
  constexpr std::uint32_t kUnknown = 2;
  for (const auto& fields : {response.trailers, response.headers}) {
    for (const HeaderField& field : fields) {
      if (field.name == "grpc-status") {
        return grpc_status_of(field.value).value_or(kUnknown);
      }
    }
  }
  return kUnknown;
}

}  // namespace

Verdict Session::judge(const Response& response) {
  const Request& request = load_.plan().requests[request_.request];
  std::string_view body = response.body;
  std::string decoded;
  if (request.protocol == Request::Protocol::kEventStream) {
    body = events_.data();
  }
  answer_.set(response, body, response.ended - due_);
  Verdict verdict;
  if (request.protocol == Request::Protocol::kGrpc) {
    answer_.grpc_status = grpc_status(response);
    const CompiledLoad::Prepared& prepared = load_.prepared(request_.request);
    if (answer_.grpc_status == 0 && prepared.wants_body) {
      const auto json = prepared.codec->decode_answer(body);
      if (!json) {
        return {FailureKind::kProtocol, kNoIndex, false};
      }
      decoded = *json;
      answer_.set(response, decoded, response.ended - due_);
    }
  }
  verdict = check_all(request);
  if (verdict.ok()) {
    verdict = capture_all(request.captures);
  }
  if (load_.asks_later()) {
    answer_.keep();
  } else {
    answer_.release();
  }
  return verdict;
}

Verdict Session::check_all(const Request& request) {
  bool asks_status = request.accepts_any_status;
  for (std::uint32_t i = 0; i < request.checks.size(); ++i) {
    const Condition& check = request.checks[i];
    asks_status = asks_status || check.kind == Condition::Kind::kStatus ||
                  check.kind == Condition::Kind::kGrpcStatus;
    if (!holds(check)) {
      return {FailureKind::kCheck, i, false};
    }
  }
  const bool is_grpc = request.protocol == Request::Protocol::kGrpc;
  // An answer to a WebSocket's handshake that is judged here is one that opened none.
  const bool is_refused = request.protocol == Request::Protocol::kWebSocket ||
                          answer_.status >= 400 || (is_grpc && answer_.grpc_status != 0);
  if (!asks_status && is_refused) {
    return {FailureKind::kStatus, kNoIndex, false};
  }
  if (request.protocol == Request::Protocol::kEventStream && events_.count() < request.events &&
      request.listen == proxy::Duration::zero()) {
    return {FailureKind::kReset, kNoIndex, false};  // it ended before its events had come
  }
  return {};
}

Verdict Session::capture_all(std::span<const Capture> captures) {
  for (std::uint32_t i = 0; i < captures.size(); ++i) {
    const Capture& capture = captures[i];
    std::optional<std::string> value;
    switch (capture.from) {
      case Capture::From::kJson:
        value = answer_.json(capture.expression);
        break;
      case Capture::From::kRegex: {
        std::vector<re2::StringPiece> groups(capture.group + 1);
        if (load_.regex(capture.expression)
                .Match(piece_of(answer_.body()), 0, answer_.body().size(), re2::RE2::UNANCHORED,
                       groups.data(), static_cast<int>(groups.size()))) {
          value = std::string(groups.back().data() == nullptr ? "" : groups.back().data(),
                              groups.back().size());
        }
        break;
      }
      case Capture::From::kHeader:
        if (const auto header = answer_.header(capture.expression)) {
          value = std::string(*header);
        }
        break;
      case Capture::From::kCookie:
        if (const std::string_view cookie = cookies_.find(capture.expression); !cookie.empty()) {
          value = std::string(cookie);
        }
        break;
      case Capture::From::kStatus:
        value = std::to_string(answer_.status);
        break;
      case Capture::From::kBody:
        value = std::string(answer_.body());
        break;
    }
    if (!value && !capture.optional) {
      return {FailureKind::kCapture, i, false};
    }
    values_[capture.variable] = value ? std::move(*value) : capture.fallback;
  }
  return {};
}

bool Session::holds(std::span<const Condition> conditions) {
  return std::all_of(conditions.begin(), conditions.end(),
                     [this](const Condition& condition) { return holds(condition); });
}

bool Session::holds(const Condition& condition) {
  bool result = false;
  std::optional<std::string> text;
  bool is_text = false;
  switch (condition.kind) {
    case Condition::Kind::kSucceeded:
      result = answer_.ok;
      break;
    case Condition::Kind::kStatus:
      result = contains(condition.statuses, answer_.status);
      break;
    case Condition::Kind::kLatency:
      result = compare(answer_.latency.count(), condition.comparison, condition.number);
      break;
    case Condition::Kind::kBodySize:
      result = compare(static_cast<std::int64_t>(answer_.body_size), condition.comparison,
                       condition.number);
      break;
    case Condition::Kind::kChance:
      result = rng_.chance_ppm(static_cast<std::uint32_t>(condition.number));
      break;
    case Condition::Kind::kGrpcStatus:
      result = answer_.grpc_status == static_cast<std::uint32_t>(condition.number);
      break;
    case Condition::Kind::kHeader:
      is_text = true;
      if (const auto header = answer_.header(condition.subject)) {
        text = std::string(*header);
      }
      break;
    case Condition::Kind::kBody:
      is_text = true;
      text = std::string(answer_.body());
      break;
    case Condition::Kind::kJson:
      is_text = true;
      text = answer_.json(condition.subject);
      break;
    case Condition::Kind::kVariable:
      is_text = true;
      if (!values_[condition.variable].empty()) {
        text = values_[condition.variable];
      }
      break;
  }
  return (is_text ? text_fits(text, condition) : result) != condition.negate;
}

bool Session::text_fits(const std::optional<std::string>& text, const Condition& condition) const {
  if (condition.comparison == Comparison::kExists || !text) {
    return text.has_value();
  }
  if (condition.comparison == Comparison::kMatches) {
    return re2::RE2::PartialMatch(piece_of(*text),
                                  load_.regex(std::string(condition.text.prefix())));
  }
  std::string wanted;
  condition.text.render(values_, wanted);
  return compare_texts(*text, condition.comparison, wanted);
}

}  // namespace shaketable::loadgen
