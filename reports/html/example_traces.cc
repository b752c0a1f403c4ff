#include "reports/html/example_traces.h"

#include <algorithm>

#include "reports/html/markup.h"

namespace shaketable::reports {

using engine::RunRecord;
using engine::Subject;
using engine::Trace;

bool is_example(const Trace& trace, const Subject& subject, std::size_t outcome) {
  if (trace.spans.empty()) {
    return false;
  }
  if (subject.kind == Subject::Kind::kJourney) {
    return trace.load == subject.load &&
           (subject.journey == engine::kNone || subject.journey == trace.journey) &&
           static_cast<std::size_t>(trace.root().outcome) == outcome;
  }
  return std::any_of(trace.spans.begin(), trace.spans.end(), [&](const engine::Span& span) {
    return span.kind == engine::SpanKind::kCall && span.service == subject.caller &&
           span.peer == subject.service && static_cast<std::size_t>(span.outcome) == outcome;
  });
}

std::vector<ErrorKind> error_kinds(const RunRecord& record) {
  std::vector<ErrorKind> kinds;
  for (const engine::Series& series : record.series) {
    const bool told = series.subject.kind == Subject::Kind::kEdge ||
                      (series.subject.kind == Subject::Kind::kJourney &&
                       !is_only_journey(record, series.subject));
    for (std::size_t o = 1; told && o < engine::kOutcomes; ++o) {
      if (series.total.outcomes[o] > 0) {
        kinds.push_back({&series, o, series.total.outcomes[o]});
      }
    }
  }
  std::stable_sort(kinds.begin(), kinds.end(),
                   [](const ErrorKind& l, const ErrorKind& r) { return l.count > r.count; });
  return kinds;
}

namespace {

class Chooser {
 public:
  explicit Chooser(const RunRecord& record) : record_(record), taken_(record.traces.size()) {}

  // The longest ones first.
  void take(unsigned bit, std::size_t most) {
    std::vector<std::size_t> kind;
    for (std::size_t i = 0; i < taken_.size(); ++i) {
      const Trace& trace = record_.traces[i];
      if (!taken_[i] && (trace.reasons & bit) != 0 && !trace.spans.empty()) {
        kind.push_back(i);
      }
    }
    std::stable_sort(kind.begin(), kind.end(), [this](std::size_t l, std::size_t r) {
      return record_.traces[l].duration() > record_.traces[r].duration();
    });
    for (std::size_t i = 0; i < kind.size() && i < most; ++i) {
      add(kind[i]);
    }
  }

  void take_examples(std::size_t most) {
    constexpr std::size_t kMostKinds = 40;
    const std::vector<ErrorKind> kinds = error_kinds(record_);
    for (std::size_t k = 0; k < kinds.size() && k < kMostKinds && most > 0; ++k) {
      const auto shows = [&](const Trace& trace) {
        return is_example(trace, kinds[k].series->subject, kinds[k].outcome);
      };
      if (std::any_of(chosen_.begin(), chosen_.end(), [&](const auto* it) { return shows(*it); })) {
        continue;
      }
      const auto found = std::find_if(record_.traces.begin(), record_.traces.end(), shows);
      if (found != record_.traces.end()) {
        add(static_cast<std::size_t>(found - record_.traces.begin()));
        --most;
      }
    }
  }

  [[nodiscard]] const std::vector<const Trace*>& chosen() const { return chosen_; }

 private:
  void add(std::size_t i) {
    taken_[i] = true;
    chosen_.push_back(&record_.traces[i]);
  }

  const RunRecord& record_;
  std::vector<bool> taken_;
  std::vector<const Trace*> chosen_;
};

}  // namespace

std::vector<const Trace*> choose_traces(const RunRecord& record, std::size_t most) {
  Chooser chooser(record);
  const std::size_t third = std::max<std::size_t>(most / 3, 1);
  chooser.take(engine::kKeptAsFailed, third);
  chooser.take(engine::kKeptAsSlow, third);
  chooser.take(engine::kKeptAsRandom, third);
  chooser.take_examples((most + 1) / 2);
  return chooser.chosen();
}

}  // namespace shaketable::reports
