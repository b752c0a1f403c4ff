#include "engine/result/record_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "engine/result/detail_reader.h"
#include "engine/result/replications_reader.h"
#include "engine/result/series_reader.h"
#include "engine/result/trace_reader.h"
#include "proxy/base/assert.h"

namespace shaketable::engine {
namespace {

constexpr std::array kRecordKeys{"seed",           "fingerprint",  "run",        "statistics",
                                 "windows",        "series",       "gauges",     "events",
                                 "events_dropped", "explanations", "checkpoints"};

class RecordReader {
 public:
  RecordReader(const ResultSections& sections, const Scenario& scenario, RunRecord& record)
      : sections_(sections), scenario_(scenario), record_(record) {
    for (ServiceIndex s = 0; s < scenario.mesh.services.size(); ++s) {
      services_.emplace(scenario.mesh.services[s].name, s);
    }
  }

  std::optional<JsonCursor::Problem> read() {
    for (const char* key : kRecordKeys) {
      if (!sections_.has(key)) {
        return JsonCursor::Problem{
            .message = std::string("the result has no `") + key + '`', .offset = 0, .path = {}};
      }
    }
    each("seed", &RecordReader::seed);
    each("fingerprint", &RecordReader::fingerprint);
    each("run", &RecordReader::run);
    each("statistics", &RecordReader::statistics);
    each("windows", &RecordReader::windows);
    each("series", &RecordReader::series);
    each("gauges", &RecordReader::gauges);
    if (sections_.has("instances")) {
      each("instances", &RecordReader::instances);
    }
    each("events", &RecordReader::events);
    each("events_dropped", &RecordReader::dropped);
    each("explanations", &RecordReader::explanations);
    each("checkpoints", &RecordReader::checkpoints);
    if (sections_.has("traces")) {
      each("traces", &RecordReader::traces);
    }
    return problem_;
  }

 private:
  void each(std::string_view key, void (RecordReader::*section)(JsonCursor&)) {
    if (problem_) {
      return;
    }
    JsonCursor cursor = sections_.cursor(key);
    (this->*section)(cursor);
    problem_ = cursor.problem();
  }

  // Calls `member(key)` for each member of the next object; it reads the value.
  template <class Member>
  static void object(JsonCursor& cursor, Member&& member) {
    std::string key;
    cursor.enter_object();
    while (cursor.next_key(key)) {
      if (!member(key)) {
        cursor.skip();
      }
    }
  }

  static Instant instant(JsonCursor& cursor) {
    return proxy::after(proxy::kStart, Duration(cursor.number(0, kMostTime)));
  }

  void traces(JsonCursor& cursor) { read_traces(cursor, scenario_, record_); }

  void seed(JsonCursor& cursor) { record_.seed = cursor.unsigned_number(UINT64_MAX); }
  void dropped(JsonCursor& cursor) { record_.events_dropped = cursor.unsigned_number(kMostCount); }

  void fingerprint(JsonCursor& cursor) { record_.fingerprint = read_hash(cursor); }

  void checkpoints(JsonCursor& cursor) {
    cursor.enter_array();
    while (cursor.next_item()) {
      record_.checkpoints.push_back(read_hash(cursor));
    }
  }

  void run(JsonCursor& cursor) {
    record_.bucket = Duration(0);
    object(cursor, [&](const std::string& key) {
      if (key == "bucket_ns") {
        record_.bucket = Duration(cursor.number(1, kMostTime));
      } else if (key == "ended_ns") {
        record_.ended = instant(cursor);
      } else if (key == "interrupted") {
        record_.interrupted = cursor.boolean();
      } else {
        return false;
      }
      return true;
    });
    if (record_.bucket == Duration(0)) {
      cursor.fail("the run has no `bucket_ns`");
    }
  }

  void statistics(JsonCursor& cursor) {
    RunStatistics& it = record_.statistics;
    const std::array<std::pair<const char*, std::uint64_t*>, 7> members{{
        {"events", &it.events},
        {"hops", &it.hops},
        {"requests", &it.requests},
        {"in_flight_at_end", &it.in_flight_at_end},
        {"peak_in_flight", &it.peak_in_flight},
        {"draws", &it.draws},
        {"ties", &it.ties},
    }};
    object(cursor, [&](const std::string& key) {
      for (const auto& [name, value] : members) {
        if (key == name) {
          *value = cursor.unsigned_number(UINT64_MAX);
          return true;
        }
      }
      return false;
    });
  }

  void windows(JsonCursor& cursor) {
    cursor.enter_array();
    while (cursor.next_item()) {
      Window window{.from = {}, .to = {}, .text = {}};
      object(cursor, [&](const std::string& key) {
        if (key == "from_ns") {
          window.from = instant(cursor);
        } else if (key == "to_ns") {
          window.to = instant(cursor);
        } else if (key == "text") {
          window.text = cursor.string();
        } else {
          return false;
        }
        return true;
      });
      if (window.to == proxy::kNever) {
        cursor.fail("`to_ns` is missing");
      }
      record_.windows.push_back(std::move(window));
    }
  }

  void series(JsonCursor& cursor) {
    record_.series = read_series(cursor, scenario_, record_.windows);
    const std::size_t points = record_.series.empty() ? 0 : record_.series.front().points.size();
    if (static_cast<std::int64_t>(points) > (record_.ended - proxy::kStart) / record_.bucket + 1) {
      cursor.fail("the series are longer than the run");
    }
  }

  void instances(JsonCursor& cursor) {
    const std::size_t points = record_.series.empty() ? 0 : record_.series.front().points.size();
    record_.instances = read_instances(cursor, scenario_, points);
  }

  ServiceIndex service(JsonCursor& cursor) {
    if (cursor.null()) {
      return kNone;
    }
    const auto found = services_.find(cursor.string());
    if (found == services_.end()) {
      cursor.fail("the scenario has no such service");
      return kNone;
    }
    return found->second;
  }

  void gauges(JsonCursor& cursor) {
    const std::size_t points = record_.series.empty() ? 0 : record_.series.front().points.size();
    cursor.enter_array();
    while (cursor.next_item()) {
      ServiceGauges gauges;
      gauges.points.resize(points);
      object(cursor, [&](const std::string& key) {
        if (key == "service") {
          gauges.service = service(cursor);
          return true;
        }
        return gauge_column(cursor, key, gauges.points);
      });
      if (gauges.service == kNone) {
        cursor.fail("these gauges are of no service");
      }
      record_.gauges.push_back(std::move(gauges));
    }
  }

  static bool gauge_column(JsonCursor& cursor, const std::string& key, std::vector<Gauge>& points) {
    constexpr std::uint64_t kMost = std::uint64_t{1} << 44;
    std::uint64_t Gauge::*const member = key == "queue_milli"       ? &Gauge::queue_milli
                                         : key == "utilisation_ppm" ? &Gauge::utilisation_ppm
                                         : key == "in_flight_milli" ? &Gauge::in_flight_milli
                                                                    : nullptr;
    if (member == nullptr && key != "instances_up") {
      return false;
    }
    std::size_t i = 0;
    cursor.enter_array();
    for (; cursor.next_item(); ++i) {
      if (i == points.size()) {
        cursor.fail("more points than the series have");
        return true;
      }
      if (member != nullptr) {
        points[i].*member = cursor.unsigned_number(kMost);
      } else {
        points[i].instances_up = static_cast<std::uint32_t>(cursor.unsigned_number(kNone - 1));
      }
    }
    if (i != points.size()) {
      cursor.fail("fewer points than the series have");
    }
    return true;
  }

  static EventKind event_kind(JsonCursor& cursor) {
    const std::string word = cursor.string();
    for (auto i = static_cast<int>(EventKind::kCircuitOpen);
         i <= static_cast<int>(EventKind::kScaled); ++i) {
      if (word == name_of(static_cast<EventKind>(i))) {
        return static_cast<EventKind>(i);
      }
    }
    cursor.fail("no event is of this kind");
    return EventKind::kOverflow;
  }

  static std::uint32_t index_below(JsonCursor& cursor, std::size_t size, const char* message) {
    if (cursor.null()) {
      return kNone;
    }
    const std::uint64_t value = cursor.unsigned_number(kNone - 1);
    if (value >= size) {
      cursor.fail(message);
      return kNone;
    }
    return static_cast<std::uint32_t>(value);
  }

  void events(JsonCursor& cursor) {
    constexpr std::size_t kMostInstances = 10'000'000;
    cursor.enter_array();
    while (cursor.next_item()) {
      RunEvent event;
      object(cursor, [&](const std::string& key) {
        if (key == "at_ns") {
          event.at = instant(cursor);
        } else if (key == "kind") {
          event.kind = event_kind(cursor);
        } else if (key == "service") {
          event.service = service(cursor);
        } else if (key == "caller") {
          event.caller = service(cursor);
        } else if (key == "instance") {
          event.instance = index_below(cursor, kMostInstances, "no service has so many instances");
        } else if (key == "fault_index") {
          event.fault =
              index_below(cursor, scenario_.faults.size(), "the scenario has no such fault");
        } else if (key == "reason") {
          event.reason = cursor.string();
        } else if (key == "count") {
          event.count = cursor.unsigned_number(kMostCount);
        } else {
          return false;
        }
        return true;
      });
      record_.events.push_back(std::move(event));
    }
  }

  void explanations(JsonCursor& cursor) {
    cursor.enter_array();
    while (cursor.next_item()) {
      Explanation it;
      object(cursor, [&](const std::string& key) {
        if (key == "text") {
          it.text = cursor.string();
        } else if (key == "service") {
          it.service = service(cursor);
        } else if (key == "caller") {
          it.caller = service(cursor);
        } else if (key == "count") {
          it.count = cursor.unsigned_number(kMostCount);
        } else if (key == "first_ns") {
          it.first = instant(cursor);
        } else if (key == "last_ns") {
          it.last = instant(cursor);
        } else {
          return false;
        }
        return true;
      });
      record_.explanations.push_back(std::move(it));
    }
  }

  const ResultSections& sections_;
  const Scenario& scenario_;
  RunRecord& record_;
  std::map<std::string, ServiceIndex, std::less<>> services_;
  std::optional<JsonCursor::Problem> problem_;
};

}  // namespace

std::optional<JsonCursor::Problem> ResultSections::find(std::string_view text,
                                                        ResultSections& sections) {
  JsonCursor cursor(text);
  std::string key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    const std::size_t from = cursor.offset();
    cursor.skip();
    if (sections.has(key)) {
      cursor.fail("the key is there twice");
    }
    sections.sections_[key] = {.offset = from, .text = text.substr(from)};
    sections.last_key_ = key;
  }
  cursor.finish();
  return cursor.problem();
}

JsonCursor ResultSections::cursor(std::string_view key) const {
  const auto found = sections_.find(key);
  ASSERT(found != sections_.end());
  return JsonCursor(found->second.text, found->second.offset, std::string(key));
}

std::size_t ResultSections::offset(std::string_view key) const {
  const auto found = sections_.find(key);
  ASSERT(found != sections_.end());
  return found->second.offset;
}

std::optional<JsonCursor::Problem> read_record(const ResultSections& sections,
                                               const Scenario& scenario, RunRecord& record) {
  return RecordReader(sections, scenario, record).read();
}

}  // namespace shaketable::engine
