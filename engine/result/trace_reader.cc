#include "engine/result/trace_reader.h"

#include <optional>
#include <string>
#include <string_view>

#include "engine/judge/units.h"
#include "engine/result/replications_reader.h"
#include "engine/result/series_reader.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kMostInstances = 10'000'000;

class TraceReader {
 public:
  TraceReader(JsonCursor& cursor, const Scenario& scenario)
      : cursor_(cursor), scenario_(scenario) {}

  void read(RunRecord& record) {
    TraceStatistics& it = record.tracing;
    std::string key;
    cursor_.enter_object();
    while (cursor_.next_key(key)) {
      if (key == "followed") {
        it.followed = cursor_.unsigned_number(kMostCount);
      } else if (key == "missed") {
        it.missed = cursor_.unsigned_number(kMostCount);
      } else if (key == "kept_good_ppm") {
        it.kept_good_ppm = cursor_.unsigned_number(1'000'000);
      } else if (key == "kept_failed_ppm") {
        it.kept_failed_ppm = cursor_.unsigned_number(1'000'000);
      } else if (key == "requests") {
        cursor_.enter_array();
        while (cursor_.next_item()) {
          record.traces.push_back(request());
        }
      } else {
        cursor_.skip();
      }
    }
  }

 private:
  Instant instant() { return proxy::after(proxy::kStart, Duration(cursor_.number(0, kMostTime))); }

  // -1 is none; everything else is below `size`.
  std::uint32_t index(std::uint64_t size, const char* message) {
    const std::int64_t value = cursor_.number(-1, std::int64_t{kNone} - 1);
    if (value == -1) {
      return kNone;
    }
    if (static_cast<std::uint64_t>(value) >= size) {
      cursor_.fail(message);
      return kNone;
    }
    return static_cast<std::uint32_t>(value);
  }

  template <class Word>
  Word word(std::size_t words, const char* message) {
    const std::string text = cursor_.string();
    for (std::size_t i = 0; i < words; ++i) {
      if (text == name_of(static_cast<Word>(i))) {
        return static_cast<Word>(i);
      }
    }
    cursor_.fail(message);
    return Word{};
  }

  Outcome outcome() {
    const std::string text = cursor_.string();
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      if (text == name_of_outcome(i)) {
        return static_cast<Outcome>(i);
      }
    }
    cursor_.fail("no request ends like this");
    return Outcome::kOk;
  }

  Trace request() {
    Trace trace;
    std::string key;
    cursor_.enter_object();
    while (cursor_.next_key(key)) {
      if (key == "id") {
        id(trace);
      } else if (key == "number") {
        trace.number = cursor_.unsigned_number(kMostCount);
      } else if (key == "load") {
        trace.load = index(scenario_.loads.size(), "the scenario has no such load");
      } else if (key == "journey") {
        trace.journey = index(trace.load == kNone ? 0 : scenario_.loads[trace.load].journeys.size(),
                              "the load has no such journey");
      } else if (key == "reasons") {
        trace.reasons = static_cast<std::uint8_t>(cursor_.unsigned_number(255));
      } else if (key == "spans") {
        cursor_.enter_array();
        while (cursor_.next_item()) {
          trace.spans.push_back(span(trace.spans.size()));
        }
      } else if (key == "events") {
        cursor_.enter_array();
        while (cursor_.next_item()) {
          trace.events.push_back(event(trace.spans.size()));
        }
      } else {
        cursor_.skip();
      }
    }
    if (trace.spans.empty()) {
      cursor_.fail("a request without spans");
    }
    return trace;
  }

  void id(Trace& trace) {
    const std::string text = cursor_.string();
    const auto high = hash_of(std::string_view(text).substr(0, 16));
    const auto low = hash_of(text.size() > 16 ? std::string_view(text).substr(16) : "");
    if (!high || !low) {
      cursor_.fail("32 hexadecimal digits were expected");
      return;
    }
    trace.id_high = *high;
    trace.id_low = *low;
  }

  // The next column of a row.
  bool column() {
    if (!cursor_.next_item()) {
      cursor_.fail("a span has too few columns");
      return false;
    }
    return true;
  }

  std::uint32_t service() {
    return column() ? index(scenario_.mesh.services.size(), "the scenario has no such service")
                    : kNone;
  }

  std::uint32_t instance() {
    return column() ? index(kMostInstances, "no service has so many instances") : kNone;
  }

  std::uint64_t number(std::uint64_t most) { return column() ? cursor_.unsigned_number(most) : 0; }

  // In the order of reports::kSpanColumns.
  Span span(std::size_t before) {
    Span it;
    cursor_.enter_array();
    it.parent = column() ? index(before, "a parent comes after its child") : kNone;
    if ((it.parent == kNone) != (before == 0)) {
      cursor_.fail("the first span alone has no parent");
    }
    it.kind = column() ? word<SpanKind>(kSpanKinds, "no span is of this kind") : SpanKind{};
    it.from = column() ? instant() : Instant{};
    it.to = proxy::after(it.from, Duration(column() ? cursor_.number(0, kMostTime) : 0));
    it.service = service();
    it.instance = instance();
    it.peer = service();
    it.peer_instance = instance();
    it.endpoint = column() ? index(endpoints(it), "the service has no such endpoint") : kNone;
    it.status = static_cast<std::uint16_t>(number(999));
    it.flags = static_cast<std::uint32_t>(number(kNone));
    it.outcome = column() ? outcome() : Outcome::kOk;
    it.attempt = static_cast<std::uint16_t>(number(65'535));
    const std::uint64_t marks = number(31);
    it.is_response = (marks & 1) != 0;
    it.is_mirror = (marks & 2) != 0;
    it.has_sidecar = (marks & 4) != 0;
    it.is_cancelled = (marks & 8) != 0;
    it.is_open = (marks & 16) != 0;
    while (cursor_.next_item()) {
      cursor_.skip();  // Columns of a later program.
    }
    return it;
  }

  // Of the callee (client, call, attempt), else of the service itself.
  [[nodiscard]] std::size_t endpoints(const Span& span) const {
    const bool is_call = span.kind == SpanKind::kClient || span.kind == SpanKind::kCall ||
                         span.kind == SpanKind::kAttempt;
    const ServiceIndex owner = is_call ? span.peer : span.service;
    return owner == kNone ? 0 : scenario_.mesh.services[owner].endpoint_names.size();
  }

  SpanEvent event(std::size_t spans) {
    SpanEvent it;
    std::string key;
    cursor_.enter_object();
    while (cursor_.next_key(key)) {
      if (key == "span") {
        it.span = static_cast<std::uint32_t>(cursor_.unsigned_number(kNone - 1));
      } else if (key == "at_ns") {
        it.at = instant();
      } else if (key == "kind") {
        it.kind = word<SpanEventKind>(kSpanEventKinds, "no event of a span is of this kind");
      } else if (key == "reason") {
        it.reason = cursor_.string();
      } else {
        cursor_.skip();
      }
    }
    if (it.span >= spans) {
      cursor_.fail("the request has no such span");
    }
    return it;
  }

  JsonCursor& cursor_;
  const Scenario& scenario_;
};

}  // namespace

void read_traces(JsonCursor& cursor, const Scenario& scenario, RunRecord& record) {
  TraceReader(cursor, scenario).read(record);
}

}  // namespace shaketable::engine
