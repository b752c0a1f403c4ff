#pragma once

#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "loadgen/results/load_stats.h"
#include "loadgen/results/watched_counts.h"
#include "proxy/base/histogram.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::live {

/// What happened in a stretch of time.
struct LiveCounts {
  std::uint64_t requests = 0;
  std::uint64_t failed = 0;
  std::uint64_t runs = 0;
  std::uint64_t failed_runs = 0;
  std::uint64_t dropped = 0;
  std::uint64_t bytes_in = 0;
  proxy::BasicHistogram<6> latency;
  std::string last_error;              ///< Empty = none in that time.
  ErrorCounts errors;                  ///< Of requests.
  std::vector<WatchedCounts> watched;  ///< For thresholds that may end the run.

  void merge(const LiveCounts& other) {
    requests += other.requests;
    failed += other.failed;
    runs += other.runs;
    failed_runs += other.failed_runs;
    dropped += other.dropped;
    bytes_in += other.bytes_in;
    latency.merge(other.latency);
    if (!other.last_error.empty()) {
      last_error = other.last_error;
    }
    errors.merge(other.errors);
    for (const WatchedCounts& theirs : other.watched) {
      merge(theirs);
    }
  }

 private:
  void merge(const WatchedCounts& theirs) {
    for (WatchedCounts& mine : watched) {
      if (mine.load == theirs.load && mine.of == theirs.of) {
        mine.merge(theirs);
        return;
      }
    }
    watched.push_back(theirs);
  }
};

/// What one thread of load tells those who watch. It adds, they take; thread-safe.
class LiveView {
 public:
  /// The thread: what has happened since it last did so, and how things stand.
  void add(const LiveCounts& news) {
    const std::lock_guard lock(mutex_);
    counts_.merge(news);
  }
  void set_state(std::uint64_t users, std::uint64_t in_flight, std::uint64_t connections) {
    const std::lock_guard lock(mutex_);
    users_ = users;
    in_flight_ = in_flight;
    connections_ = connections;
  }
  /// Whoever watches: adds what has come since the last call to `counts`, and the state to the
  /// sums.
  void take(LiveCounts& counts, std::uint64_t& users, std::uint64_t& in_flight,
            std::uint64_t& connections) {
    const std::lock_guard lock(mutex_);
    counts.merge(counts_);
    counts_ = {};
    users += users_;
    in_flight += in_flight_;
    connections += connections_;
  }

 private:
  std::mutex mutex_;
  LiveCounts counts_;
  std::uint64_t users_ = 0, in_flight_ = 0, connections_ = 0;
};

}  // namespace shaketable::loadgen::live
