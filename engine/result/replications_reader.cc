#include "engine/result/replications_reader.h"

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/result/series_reader.h"
#include "reports/json_words.h"

namespace shaketable::engine {
namespace {

constexpr std::uint64_t kMostRuns = 100'000;

template <class Word>
Word word_among(JsonCursor& cursor, std::initializer_list<Word> words) {
  const std::string text = cursor.string();
  for (const Word word : words) {
    if (text == reports::key_of(word)) {
      return word;
    }
  }
  cursor.fail("an unknown word");
  return *words.begin();
}

ExpectationSummary expectation(JsonCursor& cursor) {
  using enum ExpectationState;
  ExpectationSummary result;
  std::string key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "state") {
      result.state =
          word_among(cursor, {kHeld, kBroken, kKnownFailure, kUnexpectedPass, kNotMeasurable});
    } else if (key == "value" && !cursor.null()) {
      result.value = cursor.number(-kMostTime, kMostTime);
    } else if (key != "value") {
      cursor.skip();
    }
  }
  return result;
}

SignalSummary signal(JsonCursor& cursor) {
  using Kind = SignalSummary::Kind;
  SignalSummary it;
  const std::array<std::pair<std::string_view, std::uint64_t*>, 3> counts{
      {{"count", &it.count}, {"errors", &it.errors}, {"retries", &it.retries}}};
  const std::array<std::pair<std::string_view, std::int64_t*>, 4> values{
      {{"rate_micro_per_second", &it.rate},
       {"mean_ns", &it.mean},
       {"p50_ns", &it.p50},
       {"p99_ns", &it.p99}}};
  std::string key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    bool known = false;
    for (const auto& [name, target] : counts) {
      if (key == name) {
        *target = cursor.unsigned_number(kMostCount);
        known = true;
      }
    }
    for (const auto& [name, target] : values) {
      if (key == name) {
        *target = cursor.number(0, kMostTime);
        known = true;
      }
    }
    if (key == "kind") {
      it.kind = word_among(cursor, {Kind::kClient, Kind::kService, Kind::kEdge});
    } else if (key == "name") {
      it.name = cursor.string();
    } else if (key == "utilisation_ppm") {
      if (!cursor.null()) {
        it.utilisation_ppm = cursor.number(0, kMostTime);
      }
    } else if (!known) {
      cursor.skip();
    }
  }
  if (it.errors > it.count) {
    cursor.fail("more errors than requests");
  }
  return it;
}

RunSummary run(JsonCursor& cursor, std::size_t expectations) {
  RunSummary result;
  std::string key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "seed") {
      result.seed = cursor.unsigned_number(UINT64_MAX);
    } else if (key == "fingerprint") {
      result.fingerprint = read_hash(cursor);
    } else if (key == "passed") {
      result.passed = cursor.boolean();
    } else if (key == "interrupted") {
      result.interrupted = cursor.boolean();
    } else if (key == "expectations") {
      cursor.enter_array();
      while (cursor.next_item()) {
        result.expectations.push_back(expectation(cursor));
      }
    } else if (key == "signals") {
      cursor.enter_array();
      while (cursor.next_item()) {
        result.signals.push_back(signal(cursor));
      }
    } else {
      cursor.skip();
    }
  }
  if (result.expectations.size() != expectations) {
    cursor.fail("the run does not answer each expectation of the scenario");
  }
  return result;
}

}  // namespace

std::optional<std::uint64_t> hash_of(std::string_view text) {
  std::uint64_t value = 0;
  for (const char c : text) {
    const bool is_digit = c >= '0' && c <= '9';
    if (!is_digit && (c < 'a' || c > 'f')) {
      return std::nullopt;
    }
    value = value << 4 | static_cast<std::uint64_t>(is_digit ? c - '0' : c - 'a' + 10);
  }
  return text.size() == 16 ? std::optional(value) : std::nullopt;
}

std::uint64_t read_hash(JsonCursor& cursor) {
  const auto value = hash_of(cursor.string());
  if (!value) {
    cursor.fail("16 hexadecimal digits were expected");
  }
  return value.value_or(0);
}

LoadedReplications read_replications(JsonCursor& cursor, std::size_t expectations) {
  LoadedReplications result;
  std::string key;
  cursor.enter_object();
  while (cursor.next_key(key)) {
    if (key == "asked") {
      result.asked = cursor.unsigned_number(kMostRuns);
    } else if (key == "required") {
      result.required = cursor.unsigned_number(kMostRuns);
    } else if (key == "runs") {
      cursor.enter_array();
      while (cursor.next_item()) {
        result.runs.push_back(run(cursor, expectations));
      }
    } else {
      cursor.skip();
    }
  }
  if (result.runs.empty() || result.runs.size() > result.asked || result.required == 0 ||
      result.required > result.asked) {
    cursor.fail("`asked`, `required` and `runs` contradict each other");
  }
  return result;
}

}  // namespace shaketable::engine
