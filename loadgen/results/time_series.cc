#include "loadgen/results/time_series.h"

#include <algorithm>
#include <utility>

namespace shaketable::loadgen {

void TimePoint::merge(const TimePoint& other) {
  requests += other.requests;
  failed += other.failed;
  bytes += other.bytes;
  users += other.users;
  latency.merge(other.latency);
}

TimePoint& TimeSeries::at(proxy::Duration since_start) {
  since_start = std::max(since_start, proxy::Duration::zero());
  while (static_cast<std::size_t>(since_start / interval_) >= kMostPoints) {
    double_interval();
  }
  const auto place = static_cast<std::size_t>(since_start / interval_);
  if (place >= points_.size()) {
    points_.resize(place + 1);
  }
  return points_[place];
}

void TimeSeries::double_interval() {
  for (std::size_t i = 0; i < points_.size(); i += 2) {
    TimePoint both = std::move(points_[i]);
    if (i + 1 < points_.size()) {
      const std::uint64_t users = points_[i + 1].users;  // at the end of both
      both.merge(points_[i + 1]);
      both.users = users;
    }
    points_[i / 2] = std::move(both);
  }
  points_.resize((points_.size() + 1) / 2);
  interval_ *= 2;
}

void TimeSeries::merge(const TimeSeries& other) {
  TimeSeries copy = other;
  while (copy.interval_ < interval_) {
    copy.double_interval();
  }
  while (interval_ < copy.interval_) {
    double_interval();
  }
  points_.resize(std::max(points_.size(), copy.points_.size()));
  for (std::size_t i = 0; i < copy.points_.size(); ++i) {
    points_[i].merge(copy.points_[i]);
  }
}

}  // namespace shaketable::loadgen
