#include "loadgen/results/load_stats.h"

#include <algorithm>

namespace shaketable::loadgen {
namespace {

/// Merges entries of equal name, and appends the others.
template <class Entry>
void merge_by_name(std::vector<Entry>& into, const std::vector<Entry>& from) {
  for (const Entry& entry : from) {
    const auto found = std::find_if(into.begin(), into.end(),
                                    [&](const Entry& mine) { return mine.name == entry.name; });
    if (found == into.end()) {
      into.push_back(entry);
    } else {
      found->merge(entry);
    }
  }
}

constexpr std::string_view kOthers = "others";

}  // namespace

void StatusCounts::add(std::uint16_t status, std::uint64_t times) {
  for (auto& [known, count] : counts_) {
    if (known == status) {
      count += times;
      return;
    }
  }
  counts_.emplace_back(status, times);
}

void StatusCounts::merge(const StatusCounts& other) {
  for (const auto& [status, count] : other.counts_) {
    add(status, count);
  }
}

std::vector<std::pair<std::uint16_t, std::uint64_t>> StatusCounts::sorted() const {
  auto result = counts_;
  std::sort(result.begin(), result.end());
  return result;
}

void ErrorCounts::add(std::string_view what, std::uint64_t times) {
  const auto found = counts_.find(what);
  if (found != counts_.end()) {
    found->second += times;
  } else if (counts_.size() < kMost) {
    counts_.emplace(what, times);
  } else {
    counts_[std::string(kOthers)] += times;
  }
}

void ErrorCounts::merge(const ErrorCounts& other) {
  for (const auto& [what, count] : other.counts_) {
    add(what, count);
  }
}

std::uint64_t ErrorCounts::total() const {
  std::uint64_t sum = 0;
  for (const auto& [what, count] : counts_) {
    sum += count;
  }
  return sum;
}

std::vector<std::pair<std::string, std::uint64_t>> ErrorCounts::sorted() const {
  std::vector<std::pair<std::string, std::uint64_t>> result(counts_.begin(), counts_.end());
  std::stable_sort(result.begin(), result.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return result;
}

void RequestStats::add(const RequestOutcome& outcome) {
  ++requests;
  failed += outcome.ok ? 0 : 1;
  bytes += outcome.bytes;
  if (outcome.status != 0) {
    statuses.add(outcome.status);
  }
  if (outcome.has_latency) {
    latency.add(outcome.ended - outcome.intended);
    service.add(outcome.ended - outcome.started);
  }
}

void RequestStats::merge(const RequestStats& other) {
  requests += other.requests;
  failed += other.failed;
  bytes += other.bytes;
  latency.merge(other.latency);
  service.merge(other.service);
  statuses.merge(other.statuses);
  errors.merge(other.errors);
}

void JourneyStats::merge(const JourneyStats& other) {
  runs += other.runs;
  failed += other.failed;
  duration.merge(other.duration);
  requests.merge(other.requests);
}

void PacingStats::merge(const PacingStats& other) {
  arrivals += other.arrivals;
  dropped += other.dropped;
  delayed += other.delayed;
  late += other.late;
  start_lag.merge(other.start_lag);
  most_users += other.most_users;
}

void ConnectionStats::merge(const ConnectionStats& other) {
  opened += other.opened;
  failed += other.failed;
  closed_by_server += other.closed_by_server;
  http2 += other.http2;
  resumed += other.resumed;
  repeated += other.repeated;
  held += other.held;
  bytes_in += other.bytes_in;
  bytes_out += other.bytes_out;
  connect_time += other.connect_time;
  slowest_connect = std::max(slowest_connect, other.slowest_connect);
}

void LoadStats::merge(const LoadStats& other) {
  total.merge(other.total);
  merge_by_name(steps, other.steps);
  merge_by_name(journeys, other.journeys);
  merge_by_name(tags, other.tags);
  fixtures.merge(other.fixtures);
  warm_up_requests += other.warm_up_requests;
  pacing.merge(other.pacing);
  series.merge(other.series);
}

}  // namespace shaketable::loadgen
