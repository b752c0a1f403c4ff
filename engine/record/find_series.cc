#include <algorithm>

#include "engine/record/run_record.h"

namespace shaketable::engine {
namespace {

// Only the parts that the kind uses count: the text of a subject is for people.
bool names_the_same(const Subject& left, const Subject& right) {
  if (left.kind != right.kind) {
    return false;
  }
  switch (left.kind) {
    case Subject::Kind::kService:
      return left.service == right.service;
    case Subject::Kind::kEndpoint:
      return left.service == right.service && left.endpoint == right.endpoint;
    case Subject::Kind::kVersion:
      return left.service == right.service && left.version == right.version;
    case Subject::Kind::kEdge:
      return left.service == right.service && left.caller == right.caller;
    case Subject::Kind::kJourney:
      return left.load == right.load && left.journey == right.journey;
  }
  return false;
}

}  // namespace

const Series* find_series(const RunRecord& record, const Subject& subject) {
  const auto found = std::find_if(
      record.series.begin(), record.series.end(),
      [&subject](const Series& series) { return names_the_same(series.subject, subject); });
  return found == record.series.end() ? nullptr : &*found;
}

}  // namespace shaketable::engine
