#include "gui/run/run_history.h"

#include <algorithm>
#include <limits>

#include "engine/judge/health.h"

namespace shaketable::gui {
namespace {

using engine::Series;
using engine::Subject;

std::uint32_t narrow(std::uint64_t value) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

std::uint32_t microseconds(std::int64_t nanoseconds) {
  return narrow(static_cast<std::uint64_t>(std::max<std::int64_t>(nanoseconds, 0)) / 1000);
}

Sample sample_of(const engine::Point& point) {
  const auto of = [&point](engine::Outcome outcome) {
    return point.outcomes[static_cast<std::size_t>(outcome)];
  };
  return {.count = narrow(point.count),
          .errors = narrow(engine::errors_of(point.outcomes)),
          .retries = narrow(point.retries),
          .timeouts = narrow(of(engine::Outcome::kTimeout)),
          .refused = narrow(of(engine::Outcome::kRefused) + of(engine::Outcome::kNoHost)),
          .p50_us = microseconds(point.p50),
          .p90_us = microseconds(point.p90),
          .p99_us = microseconds(point.p99)};
}

Level level_of(const engine::Gauge& gauge) {
  return {.queue_milli = narrow(gauge.queue_milli),
          .in_flight_milli = narrow(gauge.in_flight_milli),
          .utilisation_ppm = narrow(gauge.utilisation_ppm),
          .instances_up = gauge.instances_up};
}

template <class T>
void grow(std::vector<T>& list, std::size_t size) {
  if (list.size() < size) {
    list.resize(size);
  }
}

template <class T>
void move_behind(std::vector<T>& to, std::vector<T>& from, std::size_t at) {
  to.resize(at);  // Nothing was counted before the first answer.
  to.insert(to.end(), from.begin(), from.end());
  from.clear();
}

}  // namespace

RunHistory::Samples& RunHistory::place_of(const Series& series) {
  const Subject& subject = series.subject;
  switch (subject.kind) {
    case Subject::Kind::kService:
      grow(services_, subject.service + 1);
      return services_[subject.service];
    case Subject::Kind::kEdge:
      return edge_of(subject.caller, subject.service).samples;
    case Subject::Kind::kJourney:
      if (subject.journey == engine::kNone) {
        grow(loads_, subject.load + 1);
        return loads_[subject.load];
      }
      break;
    case Subject::Kind::kEndpoint:
    case Subject::Kind::kVersion:
      break;
  }
  unused_.clear();
  return unused_;
}

EdgeHistory& RunHistory::edge_of(engine::ServiceIndex caller, engine::ServiceIndex service) {
  const auto [entry, is_new] = edge_index_.try_emplace({caller, service}, edges_.size());
  if (is_new) {
    edges_.push_back({.caller = caller, .service = service});
  }
  return edges_[entry->second];
}

void RunHistory::note(std::size_t bucket, const std::vector<engine::BreakerLevel>& levels) {
  for (const engine::BreakerLevel& level : levels) {
    if (bucket >= first_) {
      std::vector<Fill>& fills = edge_of(level.caller, level.service).fills;
      grow(fills, bucket - first_ + 1);
      fills[bucket - first_] = {.requests = level.requests,
                                .max_requests = level.max_requests,
                                .pending = level.pending,
                                .max_pending = level.max_pending};
    }
  }
}

void RunHistory::append(const engine::LiveRecord& live) {
  const std::size_t over = live.gauges.empty() ? 0 : live.gauges.front().points.size();
  for (const Series& series : live.series) {
    Samples& samples = place_of(series);
    samples.resize(buckets_ - first_);
    for (std::size_t i = buckets_; i < std::min(over, series.points.size()); ++i) {
      samples.push_back(sample_of(series.points[i]));
    }
  }
  for (const engine::ServiceGauges& gauges : live.gauges) {
    grow(levels_, gauges.service + 1);
    std::vector<Level>& levels = levels_[gauges.service];
    for (std::size_t i = buckets_; i < over; ++i) {
      levels.push_back(level_of(gauges.points[i]));
    }
  }
  buckets_ = over;
  for (std::size_t i = events_seen_; i < live.events.size(); ++i) {
    events_.push_back(live.events[i]);
  }
  events_seen_ = live.events.size();
}

void RunHistory::append(RunHistory& newer) {
  const std::size_t at = newer.first_ - first_;
  const auto append_all = [&](auto& to, auto& from) {
    grow(to, from.size());
    for (std::size_t i = 0; i < from.size(); ++i) {
      move_behind(to[i], from[i], at);
    }
  };
  append_all(services_, newer.services_);
  append_all(loads_, newer.loads_);
  append_all(levels_, newer.levels_);
  for (EdgeHistory& edge : newer.edges_) {
    EdgeHistory& own = edge_of(edge.caller, edge.service);
    move_behind(own.samples, edge.samples, at);
    // A level may be there before its bucket is.
    grow(own.fills, edge.fills.empty() ? 0 : at + edge.fills.size());
    for (std::size_t i = 0; i < edge.fills.size(); ++i) {
      own.fills[at + i] = edge.fills[i].is_known() ? edge.fills[i] : own.fills[at + i];
    }
    edge.fills.clear();
  }
  events_.insert(events_.end(), newer.events_.begin(), newer.events_.end());
  newer.events_.clear();
  // A circuit's end becomes known late.
  std::stable_sort(events_.begin(), events_.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  buckets_ = newer.buckets_;
  bucket_ = newer.bucket_;
  newer.first_ = newer.buckets_;
}

void RunHistory::hand_over(RunHistory& to) { to.append(*this); }

std::size_t RunHistory::bucket_at(engine::Instant at) const {
  const std::int64_t over = proxy::nanoseconds_of(at) / std::max<std::int64_t>(bucket_.count(), 1);
  if (over <= 0 || buckets_ == 0) {
    return 0;
  }
  return std::min(static_cast<std::size_t>(over), buckets_) - 1;
}

bool RunHistory::has(engine::Instant at) const {
  return buckets_ > 0 && proxy::nanoseconds_of(at) >= bucket_.count();
}

std::size_t RunHistory::edge(engine::ServiceIndex caller, engine::ServiceIndex service) const {
  const auto found = edge_index_.find({caller, service});
  return found == edge_index_.end() ? edges_.size() : found->second;
}

Sample RunHistory::service_at(engine::ServiceIndex service, std::size_t bucket) const {
  return service < services_.size() && bucket < services_[service].size()
             ? services_[service][bucket]
             : Sample{};
}

Level RunHistory::level_at(engine::ServiceIndex service, std::size_t bucket) const {
  return service < levels_.size() && bucket < levels_[service].size() ? levels_[service][bucket]
                                                                      : Level{};
}

Sample RunHistory::edge_at(std::size_t edge, std::size_t bucket) const {
  return edge < edges_.size() && bucket < edges_[edge].samples.size() ? edges_[edge].samples[bucket]
                                                                      : Sample{};
}

Fill RunHistory::fill_at(std::size_t edge, std::size_t bucket) const {
  return edge < edges_.size() && bucket < edges_[edge].fills.size() ? edges_[edge].fills[bucket]
                                                                    : Fill{};
}

Sample RunHistory::clients_at(std::size_t bucket) const {
  Sample all;
  for (const Samples& load : loads_) {
    if (bucket < load.size()) {
      const Sample& one = load[bucket];
      all.count += one.count;
      all.errors += one.errors;
      all.p50_us = std::max(all.p50_us, one.p50_us);
      all.p90_us = std::max(all.p90_us, one.p90_us);
      all.p99_us = std::max(all.p99_us, one.p99_us);
    }
  }
  return all;
}

std::size_t RunHistory::bytes() const {
  std::size_t samples = 0;
  for (const auto* lists : {&services_, &loads_}) {
    for (const Samples& list : *lists) {
      samples += list.capacity();
    }
  }
  for (const EdgeHistory& edge : edges_) {
    samples += edge.samples.capacity() + edge.fills.capacity();
  }
  std::size_t levels = 0;
  for (const auto& list : levels_) {
    levels += list.capacity();
  }
  return samples * sizeof(Sample) + levels * sizeof(Level);
}

}  // namespace shaketable::gui
