#include <charconv>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "loadgen/results/result_json.h"

namespace shaketable::loadgen {
namespace {

namespace json = boost::json;

constexpr std::size_t kMostRequired = 1'000;  ///< Thresholds.
constexpr std::uint64_t kMostShares = 100'000;

/// Values of objects by their keys; whatever is missing or of another kind makes it `is_bad`.
class Reader {
 public:
  [[nodiscard]] bool is_bad() const { return !wrong_.empty(); }
  [[nodiscard]] const std::string& wrong() const { return wrong_; }

  const json::value* find(const json::object& from, const char* key) {
    const json::value* const value = from.if_contains(key);
    if (value == nullptr) {
      note(key);
    }
    return value;
  }
  std::uint64_t count(const json::object& from, const char* key) {
    const json::value* const value = find(from, key);
    if (value != nullptr && value->is_uint64()) {
      return value->get_uint64();
    }
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) {
      note(key);
      return 0;
    }
    return static_cast<std::uint64_t>(value->get_int64());
  }
  proxy::Duration time(const json::object& from, const char* key) {
    const std::uint64_t ns = count(from, key);
    if (ns > static_cast<std::uint64_t>(INT64_MAX)) {
      note(key);
      return {};
    }
    return proxy::Duration(static_cast<std::int64_t>(ns));
  }
  std::string text(const json::object& from, const char* key) {
    const json::value* const value = find(from, key);
    if (value == nullptr || !value->is_string()) {
      note(key);
      return {};
    }
    return std::string(value->get_string());
  }
  const json::object& object(const json::object& from, const char* key) {
    static const json::object kNone;
    const json::value* const value = find(from, key);
    if (value == nullptr || !value->is_object()) {
      note(key);
      return kNone;
    }
    return value->get_object();
  }
  const json::array& array(const json::object& from, const char* key) {
    static const json::array kNone;
    const json::value* const value = find(from, key);
    if (value == nullptr || !value->is_array()) {
      note(key);
      return kNone;
    }
    return value->get_array();
  }
  void note(const char* key) {
    if (wrong_.empty()) {
      wrong_ = key;
    }
  }

 private:
  std::string wrong_;  ///< The first key that was.
};

bool is_natural(const json::value& value) {
  return value.is_uint64() || (value.is_int64() && value.get_int64() >= 0);
}

/// Each [low, count] of a list of buckets; returns the sum of the counts.
template <class Add>
std::uint64_t read_buckets(Reader& reader, const json::array& buckets, Add&& add) {
  std::uint64_t sum = 0;
  for (const json::value& bucket : buckets) {
    const json::array* const pair = bucket.if_array();
    if (pair == nullptr || pair->size() != 2 || !(*pair)[0].is_int64() || !is_natural((*pair)[0]) ||
        !is_natural((*pair)[1])) {
      reader.note("buckets");
      return sum;
    }
    const auto count = (*pair)[1].to_number<std::uint64_t>();
    if (__builtin_add_overflow(sum, count, &sum)) {
      reader.note("buckets");
      return sum;
    }
    add((*pair)[0].get_int64(), count);
  }
  return sum;
}

proxy::Uint128 read_total(Reader& reader, const json::object& from) {
  const std::string digits = reader.text(from, "total_ns");
  proxy::Uint128 total = 0;
  if (digits.empty() || digits.size() > 30) {
    reader.note("total_ns");
    return 0;
  }
  for (const char c : digits) {
    if (c < '0' || c > '9') {
      reader.note("total_ns");
      return 0;
    }
    total = total * 10 + static_cast<unsigned>(c - '0');
  }
  return total;
}

LatencyHistogram read_histogram(Reader& reader, const json::object& from) {
  std::vector<std::pair<std::int64_t, std::uint64_t>> buckets;
  const std::uint64_t sum = read_buckets(
      reader, reader.array(from, "buckets"),
      [&](std::int64_t low, std::uint64_t times) { buckets.emplace_back(low, times); });
  if (sum != reader.count(from, "count")) {
    reader.note("count");
  }
  LatencyHistogram histogram;
  if (sum == 0 || reader.is_bad()) {
    return histogram;
  }
  const std::int64_t min = reader.time(from, "min_ns").count();
  const std::int64_t max = reader.time(from, "max_ns").count();
  const bool is_whole = buckets.front().second > 0 && buckets.back().second > 0;
  if (!is_whole || min < buckets.front().first || max < buckets.back().first || min > max) {
    reader.note("min_ns");
    return histogram;
  }
  // One of the first bucket was the smallest, one of the last the greatest value.
  --buckets.back().second;
  histogram.add_bucket(max, 1);
  if (sum > 1) {
    --buckets.front().second;
    histogram.add_bucket(min, 1);
  }
  for (const auto& [low, times] : buckets) {
    histogram.add_bucket(low, times);
  }
  histogram.restore(min, max, read_total(reader, from));
  // Each was the begin of a bucket, and the smallest and the greatest value lie in the outer ones.
  std::size_t place = 0;
  histogram.for_each_bucket([&](std::int64_t low, std::int64_t /*high*/, std::uint64_t /*count*/) {
    if (place >= buckets.size() || buckets[place].first != low) {
      reader.note("buckets");
    }
    ++place;
  });
  if (place != buckets.size()) {
    reader.note("buckets");
  }
  return histogram;
}

RequestStats read_requests(Reader& reader, const json::object& from) {
  RequestStats stats;
  stats.name = reader.text(from, "name");
  stats.requests = reader.count(from, "requests");
  stats.failed = reader.count(from, "failed");
  stats.bytes = reader.count(from, "bytes");
  const json::object& statuses = reader.object(from, "statuses");
  for (const auto& entry : statuses) {
    std::uint16_t status = 0;
    const std::string_view key(entry.key().data(), entry.key().size());
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), status);
    if (error != std::errc{} || end != key.data() + key.size() || status > 999) {
      reader.note("statuses");
      break;
    }
    stats.statuses.add(status, reader.count(statuses, std::string(key).c_str()));
  }
  const json::object& errors = reader.object(from, "errors");
  for (const auto& entry : errors) {
    const std::string key(entry.key().data(), entry.key().size());
    stats.errors.add(key, reader.count(errors, key.c_str()));
  }
  stats.latency = read_histogram(reader, reader.object(from, "latency"));
  stats.service = read_histogram(reader, reader.object(from, "service"));
  return stats;
}

std::vector<RequestStats> read_all_requests(Reader& reader, const json::array& from) {
  std::vector<RequestStats> result;
  for (const json::value& value : from) {
    if (reader.is_bad() || !value.is_object()) {
      reader.note("steps");
      return result;
    }
    result.push_back(read_requests(reader, value.get_object()));
  }
  return result;
}

JourneyStats read_journey(Reader& reader, const json::object& from) {
  JourneyStats stats;
  stats.name = reader.text(from, "name");
  stats.runs = reader.count(from, "runs");
  stats.failed = reader.count(from, "failed");
  stats.duration = read_histogram(reader, reader.object(from, "duration"));
  stats.requests = read_requests(reader, reader.object(from, "requests"));
  return stats;
}

TimeSeries read_series(Reader& reader, const json::object& from) {
  TimeSeries series;
  const proxy::Duration interval = reader.time(from, "interval_ns");
  const auto seconds = static_cast<std::uint64_t>(interval / std::chrono::seconds(1));
  const json::array& points = reader.array(from, "points");
  if (interval % std::chrono::seconds(1) != proxy::Duration::zero() || seconds == 0 ||
      (seconds & (seconds - 1)) != 0 || seconds > (1U << 20U) ||
      points.size() > TimeSeries::kMostPoints) {
    reader.note("series");
    return series;
  }
  series.begin(interval);
  for (std::size_t i = 0; i < points.size(); ++i) {
    const json::object* const one = points[i].if_object();
    if (one == nullptr || reader.is_bad()) {
      reader.note("points");
      return series;
    }
    TimePoint& point = series.at(interval * static_cast<std::int64_t>(i));
    point.requests = reader.count(*one, "requests");
    point.failed = reader.count(*one, "failed");
    point.bytes = reader.count(*one, "bytes");
    point.users = reader.count(*one, "users");
    read_buckets(reader, reader.array(*one, "buckets"),
                 [&](std::int64_t low, std::uint64_t times) { point.latency.add(low, times); });
  }
  return series;
}

LoadStats read_load(Reader& reader, const json::object& from) {
  LoadStats load;
  load.name = reader.text(from, "name");
  load.steps = read_all_requests(reader, reader.array(from, "steps"));
  for (const json::value& value : reader.array(from, "journeys")) {
    if (reader.is_bad() || !value.is_object()) {
      reader.note("journeys");
      break;
    }
    load.journeys.push_back(read_journey(reader, value.get_object()));
  }
  load.tags = read_all_requests(reader, reader.array(from, "tags"));
  load.fixtures = read_requests(reader, reader.object(from, "fixtures"));
  load.warm_up_requests = reader.count(from, "warm_up_requests");
  const json::object& pacing = reader.object(from, "pacing");
  load.pacing.arrivals = reader.count(pacing, "arrivals");
  load.pacing.dropped = reader.count(pacing, "dropped");
  load.pacing.delayed = reader.count(pacing, "delayed");
  load.pacing.late = reader.count(pacing, "late");
  load.pacing.most_users = reader.count(pacing, "most_users");
  load.pacing.start_lag = read_histogram(reader, reader.object(pacing, "start_lag"));
  load.series = read_series(reader, reader.object(from, "series"));
  for (const RequestStats& step : load.steps) {
    load.total.merge(step);
  }
  return load;
}

ConnectionStats read_connections(Reader& reader, const json::object& from) {
  ConnectionStats it;
  it.opened = reader.count(from, "opened");
  it.failed = reader.count(from, "failed");
  it.closed_by_server = reader.count(from, "closed_by_server");
  it.http2 = reader.count(from, "http2");
  it.resumed = reader.count(from, "resumed");
  it.repeated = reader.count(from, "repeated");
  it.held = from.contains("held") ? reader.count(from, "held") : 0;  // older results have none
  it.bytes_in = reader.count(from, "bytes_in");
  it.bytes_out = reader.count(from, "bytes_out");
  it.connect_time = reader.time(from, "connect_time_ns");
  it.slowest_connect = reader.time(from, "slowest_connect_ns");
  return it;
}

void read_required(Reader& reader, const json::array& from, RunResult& result) {
  for (const json::value& value : from) {
    if (reader.is_bad() || !value.is_object() || result.required.size() >= kMostRequired) {
      reader.note("required");
      return;
    }
    const json::object& one = value.get_object();
    result.required.push_back({reader.text(one, "load"), reader.text(one, "threshold")});
  }
}

/// Each [i, n] of the parts that are in a result: the i-th of n.
void read_shares(Reader& reader, const json::array& from, RunResult& result) {
  for (const json::value& value : from) {
    const json::array* const pair = value.if_array();
    if (pair == nullptr || pair->size() != 2 || !is_natural((*pair)[0]) ||
        !is_natural((*pair)[1])) {
      reader.note("shares");
      return;
    }
    const auto number = (*pair)[0].to_number<std::uint64_t>();
    const auto count = (*pair)[1].to_number<std::uint64_t>();
    if (number == 0 || number > count || count > kMostShares ||
        result.shares.size() >= kMostShares) {
      reader.note("shares");
      return;
    }
    result.shares.push_back(
        {static_cast<std::uint32_t>(number - 1), static_cast<std::uint32_t>(count)});
  }
}

void read_root(Reader& reader, const json::object& root, RunResult& result) {
  result.name = reader.text(root, "name");
  result.target = reader.text(root, "target");
  result.version = reader.text(root, "version");
  result.seed = reader.count(root, "seed");
  result.generators = static_cast<std::uint32_t>(reader.count(root, "generators"));
  result.threads = static_cast<std::uint32_t>(reader.count(root, "threads"));
  result.started_at_ms = static_cast<std::int64_t>(reader.count(root, "started_at_ms"));
  result.elapsed = reader.time(root, "elapsed_ns");
  // Older results have none of these.
  result.warm_up =
      root.contains("warm_up_ns") ? reader.time(root, "warm_up_ns") : proxy::Duration();
  result.ended_early = root.contains("ended_early") ? reader.text(root, "ended_early") : "";
  result.set_up_error = root.contains("set_up_error") ? reader.text(root, "set_up_error") : "";
  if (root.contains("required")) {
    read_required(reader, reader.array(root, "required"), result);
  }
  if (root.contains("shares")) {
    read_shares(reader, reader.array(root, "shares"), result);
  }
  const json::value* const interrupted = reader.find(root, "interrupted");
  result.was_interrupted =
      interrupted != nullptr && interrupted->is_bool() && interrupted->get_bool();
  result.cancelled = reader.count(root, "cancelled");
  result.connections = read_connections(reader, reader.object(root, "connections"));
  for (const json::value& value : reader.array(root, "loads")) {
    if (reader.is_bad() || !value.is_object()) {
      reader.note("loads");
      break;
    }
    result.loads.push_back(read_load(reader, value.get_object()));
  }
}

}  // namespace

proxy::Result<RunResult> result_from_json(std::string_view text) {
  constexpr char kExpected[] = "what shaketable-load --json wrote";
  json::error_code error;
  const json::value value = json::parse({text.data(), text.size()}, error);
  if (error) {
    return proxy::fail("it is no JSON: " + error.message(), "", kExpected);
  }
  const json::object* const root = value.if_object();
  const json::value* const mark = root != nullptr ? root->if_contains("shaketable_load") : nullptr;
  if (mark == nullptr || !mark->is_int64() || mark->get_int64() != 1) {
    return proxy::fail("it is no result of a load", "", kExpected);
  }
  Reader reader;
  RunResult result;
  read_root(reader, *root, result);
  if (reader.is_bad()) {
    return proxy::fail("'" + reader.wrong() + "' is missing or not what it should be", "",
                       kExpected);
  }
  return result;
}

}  // namespace shaketable::loadgen
