#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "proxy/base/histogram.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen {

/// A second of a load (or a longer interval, see TimeSeries).
struct TimePoint {
  std::uint64_t requests = 0;  ///< Ended in it.
  std::uint64_t failed = 0;
  std::uint64_t bytes = 0;
  std::uint64_t users = 0;  ///< Under way at its end, workers or runs; summed over generators.
  proxy::BasicHistogram<6> latency;  ///< 1.6 % is enough for a curve.

  void merge(const TimePoint& other);
};

/// A load second by second from its start. Beyond `kMostPoints` the interval doubles, so that a run
/// of any length takes bounded memory; seconds merge with seconds, whoever has doubled more often.
class TimeSeries {
 public:
  static constexpr std::size_t kMostPoints = 3600;

  /// The point that `since_start` lies in; made if it is new.
  TimePoint& at(proxy::Duration since_start);
  [[nodiscard]] const std::vector<TimePoint>& points() const { return points_; }
  [[nodiscard]] proxy::Duration interval() const { return interval_; }
  void merge(const TimeSeries& other);
  /// For whoever reads one from a file: empty, with that interval (a second times a power of two).
  void begin(proxy::Duration interval) {
    points_.clear();
    interval_ = interval;
  }

 private:
  void double_interval();

  std::vector<TimePoint> points_;
  proxy::Duration interval_ = std::chrono::seconds(1);
};

}  // namespace shaketable::loadgen
