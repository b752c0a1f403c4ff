#include "reports/json_words.h"

namespace shaketable::reports {

const char* key_of(engine::ExpectationState state) {
  switch (state) {
    case engine::ExpectationState::kHeld:
      return "held";
    case engine::ExpectationState::kBroken:
      return "broken";
    case engine::ExpectationState::kKnownFailure:
      return "known_failure";
    case engine::ExpectationState::kUnexpectedPass:
      return "unexpected_pass";
    case engine::ExpectationState::kNotMeasurable:
      return "not_measurable";
  }
  return "";
}

const char* key_of(engine::SignalSummary::Kind kind) {
  switch (kind) {
    case engine::SignalSummary::Kind::kClient:
      return "client";
    case engine::SignalSummary::Kind::kService:
      return "service";
    case engine::SignalSummary::Kind::kEdge:
      return "edge";
  }
  return "";
}

const char* key_of(engine::Subject::Kind kind) {
  switch (kind) {
    case engine::Subject::Kind::kService:
      return "service";
    case engine::Subject::Kind::kEndpoint:
      return "endpoint";
    case engine::Subject::Kind::kVersion:
      return "version";
    case engine::Subject::Kind::kEdge:
      return "edge";
    case engine::Subject::Kind::kJourney:
      return "journey";
  }
  return "";
}

}  // namespace shaketable::reports
