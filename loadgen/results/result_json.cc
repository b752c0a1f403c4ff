#include "loadgen/results/result_json.h"

#include <algorithm>
#include <iterator>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "loadgen/results/text.h"

namespace shaketable::loadgen {
namespace {

namespace json = boost::json;

constexpr std::uint32_t kQuantiles[] = {500'000, 750'000, 900'000, 950'000,
                                        990'000, 999'000, 999'900};

template <int kBits>
json::array buckets_json(const proxy::BasicHistogram<kBits>& histogram) {
  json::array buckets;
  histogram.for_each_bucket([&](std::int64_t low, std::int64_t, std::uint64_t count) {
    buckets.push_back(json::array{low, count});
  });
  return buckets;
}

std::string decimal(proxy::Uint128 value) {
  std::string digits;
  do {
    digits += static_cast<char>('0' + static_cast<int>(value % 10));
    value /= 10;
  } while (value > 0);
  std::reverse(digits.begin(), digits.end());
  return digits;
}

json::object histogram_json(const LatencyHistogram& histogram) {
  json::object result;
  result["count"] = histogram.count();
  result["min_ns"] = histogram.min().count();
  result["max_ns"] = histogram.max().count();
  result["mean_ns"] = histogram.mean().count();
  for (const std::uint32_t ppm : kQuantiles) {
    result[quantile_name(ppm) + "_ns"] = histogram.quantile(ppm).count();
  }
  result["total_ns"] = decimal(histogram.total());
  json::array buckets;
  histogram.for_each_bucket([&](std::int64_t low, std::int64_t, std::uint64_t count) {
    buckets.push_back(json::array{low, count});
  });
  result["buckets"] = std::move(buckets);
  return result;
}

json::object requests_json(const RequestStats& stats) {
  json::object result;
  result["name"] = stats.name;
  result["requests"] = stats.requests;
  result["failed"] = stats.failed;
  result["bytes"] = stats.bytes;
  json::object statuses;
  for (const auto& [status, count] : stats.statuses.sorted()) {
    statuses[std::to_string(status)] = count;
  }
  result["statuses"] = std::move(statuses);
  json::object errors;
  for (const auto& [what, count] : stats.errors.all()) {
    errors[what] = count;
  }
  result["errors"] = std::move(errors);
  result["latency"] = histogram_json(stats.latency);
  result["service"] = histogram_json(stats.service);
  return result;
}

json::object journey_json(const JourneyStats& stats) {
  json::object result;
  result["name"] = stats.name;
  result["runs"] = stats.runs;
  result["failed"] = stats.failed;
  result["duration"] = histogram_json(stats.duration);
  result["requests"] = requests_json(stats.requests);
  return result;
}

json::object pacing_json(const PacingStats& stats) {
  json::object result;
  result["arrivals"] = stats.arrivals;
  result["dropped"] = stats.dropped;
  result["delayed"] = stats.delayed;
  result["late"] = stats.late;
  result["most_users"] = stats.most_users;
  result["start_lag"] = histogram_json(stats.start_lag);
  return result;
}

json::object series_json(const TimeSeries& series) {
  json::array points;
  for (const TimePoint& point : series.points()) {
    json::object one;
    one["requests"] = point.requests;
    one["failed"] = point.failed;
    one["bytes"] = point.bytes;
    one["users"] = point.users;
    one["p50_ns"] = point.latency.percentile(500'000);
    one["p99_ns"] = point.latency.percentile(990'000);
    one["buckets"] = buckets_json(point.latency);
    points.push_back(std::move(one));
  }
  json::object result;
  result["interval_ns"] = series.interval().count();
  result["points"] = std::move(points);
  return result;
}

json::object load_json(const LoadStats& load) {
  json::object result;
  result["name"] = load.name;
  json::array steps;
  for (const RequestStats& it : load.steps) {
    steps.push_back(requests_json(it));
  }
  json::array journeys;
  for (const JourneyStats& it : load.journeys) {
    journeys.push_back(journey_json(it));
  }
  json::array tags;
  for (const RequestStats& it : load.tags) {
    tags.push_back(requests_json(it));
  }
  result["steps"] = std::move(steps);
  result["journeys"] = std::move(journeys);
  result["tags"] = std::move(tags);
  result["fixtures"] = requests_json(load.fixtures);
  result["warm_up_requests"] = load.warm_up_requests;
  result["pacing"] = pacing_json(load.pacing);
  result["series"] = series_json(load.series);
  return result;
}

json::object connections_json(const ConnectionStats& it) {
  json::object result;
  result["opened"] = it.opened;
  result["failed"] = it.failed;
  result["closed_by_server"] = it.closed_by_server;
  result["http2"] = it.http2;
  result["resumed"] = it.resumed;
  result["repeated"] = it.repeated;
  result["held"] = it.held;
  result["bytes_in"] = it.bytes_in;
  result["bytes_out"] = it.bytes_out;
  result["connect_time_ns"] = it.connect_time.count();
  result["slowest_connect_ns"] = it.slowest_connect.count();
  return result;
}

}  // namespace

std::string result_json(const RunResult& result) {
  json::object root;
  root["shaketable_load"] = 1;
  root["name"] = result.name;
  root["target"] = result.target;
  root["version"] = result.version;
  root["seed"] = result.seed;
  root["generators"] = result.generators;
  root["threads"] = result.threads;
  root["started_at_ms"] = result.started_at_ms;
  root["elapsed_ns"] = result.elapsed.count();
  root["warm_up_ns"] = result.warm_up.count();
  root["interrupted"] = result.was_interrupted;
  root["ended_early"] = result.ended_early;
  root["set_up_error"] = result.set_up_error;
  root["cancelled"] = result.cancelled;
  RequestStats total = result.total();
  total.name = "total";
  root["total"] = requests_json(total);
  json::array thresholds;
  for (const ThresholdVerdict& it : result.thresholds) {
    thresholds.push_back(json::object{{"threshold", it.source},
                                      {"holds", it.holds},
                                      {"judged", it.was_judged},
                                      {"actual", it.actual}});
  }
  root["thresholds"] = std::move(thresholds);
  json::array required;
  for (const RequiredThreshold& it : result.required) {
    required.push_back(json::object{{"load", it.load}, {"threshold", it.source}});
  }
  root["required"] = std::move(required);
  json::array shares;
  for (const Share& share : result.shares) {
    shares.push_back(json::array{share.index + 1, share.count});
  }
  root["shares"] = std::move(shares);
  root["connections"] = connections_json(result.connections);
  json::array loads;
  for (const LoadStats& load : result.loads) {
    loads.push_back(load_json(load));
  }
  root["loads"] = std::move(loads);
  return json::serialize(root) + '\n';
}

}  // namespace shaketable::loadgen
