#include "engine/sim/decision_words.h"

#include "engine/sim/event_log.h"

namespace shaketable::engine {

std::string words_for(proxy::Duration duration) {
  struct Unit {
    std::int64_t nanoseconds;
    const char* name;
  };
  constexpr Unit kUnits[] = {{1'000'000'000, " s"}, {1'000'000, " ms"}, {1'000, " us"}};
  const std::int64_t count = duration.count();
  for (const Unit& unit : kUnits) {
    if (count < unit.nanoseconds) {
      continue;
    }
    const std::int64_t thousandths = count / (unit.nanoseconds / 1'000);
    std::string text = std::to_string(thousandths / 1'000);
    if (const std::int64_t rest = thousandths % 1'000; rest != 0) {
      std::string digits = std::to_string(1'000 + rest).substr(1);
      digits.erase(digits.find_last_not_of('0') + 1);
      text += '.' + digits;
    }
    return text + unit.name;
  }
  return std::to_string(count) + " ns";
}

std::string words_for_cause(const proxy::Decision& decision) {
  switch (static_cast<proxy::DecisionCause>(decision.reason)) {
    case proxy::DecisionCause::kStatus:
      return "status " + std::to_string(decision.status);
    case proxy::DecisionCause::kConnectFailure:
      return "the connection was refused";
    case proxy::DecisionCause::kConnectTimeout:
      return "connecting timed out";
    case proxy::DecisionCause::kRemoteReset:
      return "the host reset the stream";
    case proxy::DecisionCause::kRefusedStream:
      return "the host refused the stream";
    case proxy::DecisionCause::kConnectionTermination:
      return "the connection ended";
    case proxy::DecisionCause::kOverflow:
      return "a circuit breaker refused";
    case proxy::DecisionCause::kPerTryTimeout:
      return "per-try timeout";
  }
  return "";
}

std::string words_for(proxy::NoRetryCause cause) {
  switch (cause) {
    case proxy::NoRetryCause::kNotRetriable:
      return "retry_on does not name it";
    case proxy::NoRetryCause::kLimit:
      return "all attempts were made";
    case proxy::NoRetryCause::kBudget:
      return "the retry budget is exhausted";
    case proxy::NoRetryCause::kNotReplayable:
      return "the body cannot be sent again";
  }
  return "";
}

std::string words_for_overflow(const proxy::Decision& decision) {
  return resource_name(static_cast<proxy::Resource>(decision.reason)) + " of " +
         std::to_string(decision.a) + " is reached";
}

}  // namespace shaketable::engine
