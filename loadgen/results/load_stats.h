#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "loadgen/results/latency_histogram.h"
#include "loadgen/results/time_series.h"
#include "proxy/base/time.h"

/// What a load has done, counted. One writer for each object, merged afterwards: everything here
/// adds up exactly, whatever the number of threads, processes and machines.
namespace shaketable::loadgen {

/// How often each status came. Few are ever seen, so they lie in a short list.
class StatusCounts {
 public:
  void add(std::uint16_t status, std::uint64_t times = 1);
  void merge(const StatusCounts& other);
  /// (status, count) in order of first sight.
  [[nodiscard]] const std::vector<std::pair<std::uint16_t, std::uint64_t>>& all() const {
    return counts_;
  }
  [[nodiscard]] std::vector<std::pair<std::uint16_t, std::uint64_t>> sorted() const;

 private:
  std::vector<std::pair<std::uint16_t, std::uint64_t>> counts_;
};

/// Counts by a text that says what was wrong: "connection refused", "check: status 200". Texts
/// beyond the limit are counted together as "others".
class ErrorCounts {
 public:
  static constexpr std::size_t kMost = 200;

  void add(std::string_view what, std::uint64_t times = 1);
  void merge(const ErrorCounts& other);
  [[nodiscard]] const std::map<std::string, std::uint64_t, std::less<>>& all() const {
    return counts_;
  }
  [[nodiscard]] std::uint64_t total() const;
  /// The most frequent first.
  [[nodiscard]] std::vector<std::pair<std::string, std::uint64_t>> sorted() const;

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
};

/// One request and what became of it.
struct RequestOutcome {
  proxy::Instant intended{};  ///< When it was due.
  proxy::Instant started{};   ///< When it was begun in fact.
  proxy::Instant ended{};
  std::uint16_t status = 0;  ///< 0 = no answer.
  bool ok = false;
  /// It was answered, or given up after its time: how long it took means something.
  bool has_latency = false;
  std::uint64_t bytes = 0;  ///< Of the body that came.
};

/// The requests of a step, a journey, a tag, or all.
struct RequestStats {
  std::string name;
  std::uint64_t requests = 0;  ///< Ended, well or not.
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  /// From the intended start to the end: what a user feels who does not wait for others. Of all
  /// that were answered, and of those that timed out, which took at least so long.
  LatencyHistogram latency;
  LatencyHistogram service;  ///< From the actual start to the end: what the server did.
  StatusCounts statuses;
  ErrorCounts errors;

  void add(const RequestOutcome& outcome);
  void merge(const RequestStats& other);
};

/// The runs of a journey.
struct JourneyStats {
  std::string name;
  std::uint64_t runs = 0;  ///< Ended.
  std::uint64_t failed = 0;
  LatencyHistogram duration;
  RequestStats requests;  ///< Of this journey.

  void merge(const JourneyStats& other);
};

/// What was asked of a load and what its generator made of it.
struct PacingStats {
  std::uint64_t arrivals = 0;    ///< Runs that were due.
  std::uint64_t dropped = 0;     ///< Of these, never begun: too many were under way.
  std::uint64_t delayed = 0;     ///< Begun later, for the same reason.
  std::uint64_t late = 0;        ///< Begun more than 1 ms behind their time, for any reason.
  LatencyHistogram start_lag;    ///< From the intended to the actual start of a run.
  std::uint64_t most_users = 0;  ///< Workers, or runs at once; summed over generators.

  void merge(const PacingStats& other);
};

/// Connections, for the report.
struct ConnectionStats {
  std::uint64_t opened = 0;
  std::uint64_t failed = 0;
  std::uint64_t closed_by_server = 0;  ///< Between two requests.
  std::uint64_t http2 = 0;
  std::uint64_t resumed = 0;   ///< TLS sessions.
  std::uint64_t repeated = 0;  ///< Requests sent again, because an old connection was closed.
  std::uint64_t held = 0;      ///< Requests that waited: no more connections were allowed.
  std::uint64_t bytes_in = 0;
  std::uint64_t bytes_out = 0;
  proxy::Duration connect_time{};  ///< Summed over `opened`.
  proxy::Duration slowest_connect{};

  void merge(const ConnectionStats& other);
};

/// All of one load.
struct LoadStats {
  std::string name;
  RequestStats total;
  std::vector<RequestStats> steps;  ///< By request of the plan.
  std::vector<JourneyStats> journeys;
  std::vector<RequestStats> tags;
  RequestStats fixtures;               ///< Set-up and tear-down; in none of the others.
  std::uint64_t warm_up_requests = 0;  ///< In none of the others either.
  PacingStats pacing;
  TimeSeries series;

  /// Entries are matched by name; those that are only in `other` are appended.
  void merge(const LoadStats& other);
};

}  // namespace shaketable::loadgen
