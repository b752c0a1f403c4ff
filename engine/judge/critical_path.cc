#include "engine/judge/critical_path.h"

#include <algorithm>
#include <map>
#include <utility>

namespace shaketable::engine {
namespace {

/// Walks back from the end of a span: whatever ended last before a moment was waited for until
/// then.
class PathFinder {
 public:
  explicit PathFinder(const Trace& trace) : trace_(trace), children_(trace.spans.size()) {
    for (std::uint32_t i = 1; i < trace.spans.size(); ++i) {
      const Span& span = trace.spans[i];
      if (!span.is_mirror && span.to > span.from) {
        children_[span.parent].push_back(i);
      }
    }
  }

  std::vector<CriticalPiece> find() {
    const Span& root = trace_.root();
    open_.push_back({0, root.from, root.to});
    while (!open_.empty()) {
      const CriticalPiece part = open_.back();
      open_.pop_back();
      split(part);
    }
    std::sort(pieces_.begin(), pieces_.end(),
              [](const CriticalPiece& a, const CriticalPiece& b) { return a.from < b.from; });
    return std::move(pieces_);
  }

 private:
  /// Gives `part` to the span itself where no child of it was waited for.
  void split(const CriticalPiece& part) {
    std::vector<std::uint32_t>& children = children_[part.span];
    Instant until = part.to;
    while (until > part.from) {
      const auto last =
          std::max_element(children.begin(), children.end(), [&](std::uint32_t a, std::uint32_t b) {
            return key_of(a, part.from, until) < key_of(b, part.from, until);
          });
      if (last == children.end() || end_of(*last, part.from, until) <= part.from) {
        pieces_.push_back({part.span, part.from, until});
        return;
      }
      const Span& child = trace_.spans[*last];
      const Instant end = std::min(child.to, until);
      const Instant begin = std::max(child.from, part.from);
      if (end < until) {
        pieces_.push_back({part.span, end, until});
      }
      open_.push_back({*last, begin, end});
      until = begin;
      children.erase(last);
    }
  }

  /// When the child ends within the stretch; its start if it has no part in it.
  [[nodiscard]] Instant end_of(std::uint32_t index, Instant from, Instant until) const {
    const Span& span = trace_.spans[index];
    return span.from >= until ? from : std::min(span.to, until);
  }
  [[nodiscard]] std::pair<Instant, Instant> key_of(std::uint32_t index, Instant from,
                                                   Instant until) const {
    return {end_of(index, from, until), trace_.spans[index].to};
  }

  const Trace& trace_;
  std::vector<std::vector<std::uint32_t>> children_;  ///< Those that were not taken yet.
  std::vector<CriticalPiece> open_, pieces_;
};

}  // namespace

std::vector<CriticalPiece> critical_path(const Trace& trace) {
  return trace.spans.empty() ? std::vector<CriticalPiece>() : PathFinder(trace).find();
}

std::vector<WaitedFor> waited_for(const Trace& trace) {
  std::map<std::pair<ServiceIndex, SpanKind>, proxy::Duration> sums;
  for (const CriticalPiece& piece : critical_path(trace)) {
    const Span& span = trace.spans[piece.span];
    sums[{span.service, span.kind}] += piece.to - piece.from;
  }
  std::vector<WaitedFor> all;
  for (const auto& [key, time] : sums) {
    all.push_back({key.first, key.second, time});
  }
  std::stable_sort(all.begin(), all.end(),
                   [](const WaitedFor& a, const WaitedFor& b) { return a.time > b.time; });
  return all;
}

}  // namespace shaketable::engine
