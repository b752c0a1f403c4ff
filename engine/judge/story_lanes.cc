#include <string>
#include <utility>

#include "engine/judge/story_parts.h"
#include "engine/judge/units.h"

namespace shaketable::engine {
namespace {

constexpr Duration kSameFlapping = std::chrono::seconds(30);  // Gap between short openings.
constexpr Duration kTellsItself = std::chrono::seconds(2);    // A circuit open for longer does.

std::string requests_refused(std::uint64_t count) {
  return format_count(count) + (count == 1 ? " request refused" : " requests refused");
}

StoryLine line_of(const Lane& lane, const LaneSpan& span, EventKind begin) {
  return {.at = span.from,
          .until = span.from,
          .kind = begin,
          .subject = lane.name,
          .what = words_for(begin),
          .evidence = span.reason,
          .service = lane.service};
}

// The spans [first, last] that are too short to be told of one by one.
StoryLine flapping(const Lane& lane, std::size_t first, std::size_t last) {
  StoryLine line = line_of(lane, lane.spans[first], EventKind::kCircuitOpen);
  Duration open{0};
  std::uint64_t refused = 0;
  for (std::size_t i = first; i <= last; ++i) {
    open += lane.spans[i].to - lane.spans[i].from;
    refused += lane.spans[i].count;
  }
  line.until = lane.spans[last].from;
  line.count = last - first + 1;
  line.evidence += "; ";
  if (open.count() > 0) {
    line.evidence += "for " + format_duration(open) + (last > first ? " in all, " : ", ");
  }
  line.evidence += requests_refused(refused);
  return line;
}

void add_circuit(const Lane& lane, std::vector<Candidate>& out) {
  bool is_first = true;
  const auto add = [&](StoryLine line) {
    const int rank = rank_of(line.kind, is_first);
    out.push_back({.line = std::move(line), .rank = rank, .place = 1});
  };
  const auto is_short = [](const LaneSpan& span) {
    return span.to != proxy::kNever && span.to - span.from < kTellsItself;
  };
  for (std::size_t i = 0; i < lane.spans.size(); ++i) {
    const LaneSpan& span = lane.spans[i];
    if (is_short(span)) {
      std::size_t last = i;
      while (last + 1 < lane.spans.size() && is_short(lane.spans[last + 1]) &&
             lane.spans[last + 1].from - lane.spans[last].to <= kSameFlapping) {
        ++last;
      }
      add(flapping(lane, i, last));
      i = last;
    } else {
      StoryLine begin = line_of(lane, span, EventKind::kCircuitOpen);
      if (span.to == proxy::kNever) {
        begin.evidence += "; still open when the run ended";
      }
      add(std::move(begin));
      if (span.to != proxy::kNever) {
        StoryLine line = line_of(lane, span, EventKind::kCircuitClose);
        line.at = line.until = span.to;
        line.evidence = "after " + format_duration(span.to - span.from) + " and " +
                        requests_refused(span.count);
        add(std::move(line));
      }
    }
    is_first = false;
  }
}

void add_ejections(const Lane& lane, std::vector<Candidate>& out) {
  for (std::size_t i = 0; i < lane.spans.size(); ++i) {
    const LaneSpan& span = lane.spans[i];
    StoryLine line = line_of(lane, span, EventKind::kEjection);
    line.count = span.count;
    out.push_back(
        {.line = std::move(line), .rank = rank_of(EventKind::kEjection, i == 0), .place = 1});
    if (span.to != proxy::kNever) {
      StoryLine back = line_of(lane, span, EventKind::kUnejection);
      back.at = back.until = span.to;
      back.evidence = "after " + format_duration(span.to - span.from);
      out.push_back(
          {.line = std::move(back), .rank = rank_of(EventKind::kUnejection, i == 0), .place = 1});
    }
  }
}

}  // namespace

void add_lanes(const std::vector<Lane>& lanes, std::vector<Candidate>& out) {
  for (const Lane& lane : lanes) {
    if (lane.kind == LaneKind::kCircuit) {
      add_circuit(lane, out);
    } else if (lane.kind == LaneKind::kEjection) {
      add_ejections(lane, out);
    }
  }
}

}  // namespace shaketable::engine
