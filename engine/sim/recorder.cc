#include "engine/sim/recorder.h"

#include <algorithm>
#include <utility>

#include "engine/record/windows.h"

namespace shaketable::engine {
namespace {

std::string version_text(const Service& service, VersionIndex version) {
  return service.name + " " + service.versions[version].name;
}

}  // namespace

Recorder::Recorder(const Scenario& scenario, const Plans& plans, std::vector<Window> windows,
                   Duration bucket, bool enabled)
    : scenario_(scenario),
      plans_(plans),
      enabled_(enabled),
      bucket_(bucket),
      measured_from_(Instant{} + scenario.run.warm_up),
      windows_(std::move(windows)),
      served_(plans.endpoints.size()),
      levels_(scenario.mesh.services.size()),
      integrals_(scenario.mesh.services.size()) {
  edges_of_windows_.push_back(measured_from_);
  measured_window_ = window_index(
      windows_, {measured_from_, Instant{} + scenario.run.duration + scenario.run.drain, ""});
  for (const Window& window : windows_) {
    edges_of_windows_.push_back(window.from);
    edges_of_windows_.push_back(window.to);
  }
  std::sort(edges_of_windows_.begin(), edges_of_windows_.end());
  edges_of_windows_.erase(std::unique(edges_of_windows_.begin(), edges_of_windows_.end()),
                          edges_of_windows_.end());
  const std::vector<Service>& services = scenario.mesh.services;
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    service_series_.push_back(add_series(
        {Subject::Kind::kService, s, kNone, kNone, kNone, kNone, kNone, services[s].name}));
    gauges_.push_back({s, {}});
  }
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    endpoint_series_.push_back(static_cast<std::uint32_t>(series_.size()));
    for (EndpointIndex e = 0; e < services[s].endpoint_names.size(); ++e) {
      add_series({Subject::Kind::kEndpoint, s, kNone, e, kNone, kNone, kNone,
                  services[s].name + " " + services[s].endpoint_names[e]});
    }
  }
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    version_series_.push_back(static_cast<std::uint32_t>(series_.size()));
    for (VersionIndex v = 0; v < services[s].versions.size(); ++v) {
      add_series({Subject::Kind::kVersion, s, kNone, kNone, v, kNone, kNone,
                  version_text(services[s], v)});
    }
  }
  for (std::uint32_t l = 0; l < scenario.loads.size(); ++l) {
    const Load& load = scenario.loads[l];
    journeys_.emplace_back(std::max<std::size_t>(load.journeys.size(), 1));
    load_series_.push_back(
        add_series({Subject::Kind::kJourney, kNone, kNone, kNone, kNone, l, kNone, load.name}));
    journey_series_.push_back(static_cast<std::uint32_t>(series_.size()));
    for (std::uint32_t j = 0; j < load.journeys.size() && !is_plain_open_loop(load); ++j) {
      add_series(
          {Subject::Kind::kJourney, kNone, kNone, kNone, kNone, l, j, load.journeys[j].name});
    }
  }
  has_many_cells_ = served_.size() > kManyCells;
  set_next_boundary(Instant{});
}

void Recorder::add_waiting() {
  for (std::uint32_t i = 0; i < waiting_count_; ++i) {
    waiting_[i].cell->prefetch_count(waiting_[i].latency);
  }
  for (std::uint32_t i = 0; i < waiting_count_; ++i) {
    const Answer& answer = waiting_[i];
    answer.cell->add(answer.outcome, answer.status, answer.latency, answer.retries);
  }
  waiting_count_ = 0;
}

std::uint32_t Recorder::add_series(const Subject& subject) {
  Series series;
  series.subject = subject;
  series.total.from = measured_from_;
  series.total.to = proxy::kNever;
  for (const Window& window : windows_) {
    WindowTotals totals;
    totals.from = window.from;
    totals.to = window.to;
    series.windows.push_back(std::move(totals));
  }
  if (!series_.empty()) {
    series.points.resize(series_.front().points.size());
  }
  series_.push_back(std::move(series));
  whole_.emplace_back();
  return static_cast<std::uint32_t>(series_.size() - 1);
}

std::uint32_t Recorder::edge_of(ServiceIndex caller, ServiceIndex callee) {
  const std::uint64_t key = std::uint64_t{caller} << 32 | callee;
  const auto [entry, is_new] =
      edge_index_.try_emplace(key, static_cast<std::uint32_t>(edges_.size()));
  if (is_new) {
    add_waiting();  // cells may move
    const auto& services = scenario_.mesh.services;
    const std::string text = services[caller].name + " -> " + services[callee].name;
    const std::uint32_t series =
        add_series({Subject::Kind::kEdge, callee, caller, kNone, kNone, kNone, kNone, text});
    edges_.push_back({Cell(), series});
  }
  return entry->second;
}

void Recorder::add_instance(ServiceIndex service, std::uint32_t number) {
  if (!enabled_ || scenario_.mesh.services.size() > kMostDetailedServices) {
    return;
  }
  InstanceSeries series{.service = service, .instance = number, .points = {}};
  series.points.resize(buckets_);
  instances_.push_back(std::move(series));
  instance_now_.emplace_back();
  instance_count_ = instance_now_.size();
}

void Recorder::set_next_boundary(Instant now) {
  const auto edge = std::upper_bound(edges_of_windows_.begin(), edges_of_windows_.end(), now);
  next_boundary_ = bucket_start_ + bucket_;
  if (edge != edges_of_windows_.end()) {
    next_boundary_ = std::min(next_boundary_, *edge);
  }
}

/// What the only endpoint, version or journey of something did is what the whole did: its series
/// is copied at the end instead of being counted twice.
bool Recorder::is_copy(const Series& series) const {
  const Subject& subject = series.subject;
  switch (subject.kind) {
    case Subject::Kind::kEndpoint:
      return scenario_.mesh.services[subject.service].endpoint_names.size() == 1;
    case Subject::Kind::kVersion:
      return scenario_.mesh.services[subject.service].versions.size() == 1;
    case Subject::Kind::kJourney:
      return subject.journey != kNone && scenario_.loads[subject.load].journeys.size() == 1;
    case Subject::Kind::kService:
    case Subject::Kind::kEdge:
      return false;
  }
  return false;
}

// What a heat map may be drawn of. Copies are drawn from what they are copies of.
bool Recorder::has_latencies(const Subject& subject) const {
  if (subject.kind == Subject::Kind::kJourney) {
    return subject.journey == kNone || scenario_.loads[subject.load].journeys.size() > 1;
  }
  return subject.kind == Subject::Kind::kService &&
         scenario_.mesh.services.size() <= kMostDetailedServices;
}

void Recorder::add_point(Series& series, const Cell& cell) const {
  const auto bucket = static_cast<std::uint32_t>(series.points.size());
  series.points.push_back(cell.point(latencies_));
  if (cell.count() > 0) {
    cell.add_details(latencies_, bucket, has_latencies(series.subject), series);
  }
}

void Recorder::flush(std::uint32_t series, const Cell& cell) {
  Series& target = series_[series];
  cell.list_latencies(latencies_);
  if (part_start_ >= measured_from_ && measured_window_ == windows_.size()) {
    cell.add_to(latencies_, target.total);
  }
  for (WindowTotals& window : target.windows) {
    // Windows begin and end at boundaries, so a part lies wholly inside or outside.
    if (part_start_ >= window.from && part_start_ < window.to) {
      cell.add_to(latencies_, window);
    }
  }
  if (next_boundary_ == bucket_start_ + bucket_ && part_start_ == bucket_start_ &&
      target.points.size() == buckets_) {
    add_point(target, cell);  // the part is the whole bucket
  } else {
    cell.merge_into(whole_[series]);
  }
}

void Recorder::flush_service(ServiceIndex s) {
  const Service& service = scenario_.mesh.services[s];
  const auto endpoints = static_cast<EndpointIndex>(service.endpoint_names.size());
  const auto versions = static_cast<VersionIndex>(service.versions.size());
  Cell* const cells = &served_[plans_.first_plan[s]];
  if (endpoints * versions == 1) {
    if (cells[0].count() > 0) {
      flush(service_series_[s], cells[0]);
      cells[0].clear();
    }
    return;
  }
  scratch_parts_.resize(std::max<std::size_t>(scratch_parts_.size(), endpoints + versions));
  for (std::uint32_t plan = 0; plan < endpoints * versions; ++plan) {
    if (cells[plan].count() > 0) {
      cells[plan].merge_into(scratch_service_);
      cells[plan].merge_into(scratch_parts_[plan % endpoints]);
      cells[plan].merge_into(scratch_parts_[endpoints + plan / endpoints]);
      cells[plan].clear();
    }
  }
  if (scratch_service_.count() == 0) {
    return;
  }
  flush(service_series_[s], scratch_service_);
  scratch_service_.clear();
  for (std::uint32_t part = 0; part < endpoints + versions; ++part) {
    const bool is_endpoint = part < endpoints;
    if ((is_endpoint ? endpoints : versions) > 1 && scratch_parts_[part].count() > 0) {
      flush(is_endpoint ? endpoint_series_[s] + part : version_series_[s] + part - endpoints,
            scratch_parts_[part]);
    }
    scratch_parts_[part].clear();
  }
}

void Recorder::flush_loads() {
  for (std::size_t l = 0; l < journeys_.size(); ++l) {
    if (journeys_[l].size() == 1) {
      if (Cell& cell = journeys_[l][0]; cell.count() > 0) {
        flush(load_series_[l], cell);
        cell.clear();
      }
      continue;
    }
    for (std::uint32_t j = 0; j < journeys_[l].size(); ++j) {
      if (Cell& cell = journeys_[l][j]; cell.count() > 0) {
        cell.merge_into(scratch_service_);
        flush(journey_series_[l] + j, cell);
        cell.clear();
      }
    }
    // Once a bucket and series: the first part of a bucket makes its point. (The scratch cell of
    // the services is free now.)
    if (scratch_service_.count() > 0) {
      flush(load_series_[l], scratch_service_);
      scratch_service_.clear();
    }
  }
}

void Recorder::close_bucket(Instant now) {
  add_waiting();
  if (enabled_) {
    for (ServiceIndex s = 0; s < scenario_.mesh.services.size(); ++s) {
      flush_service(s);
    }
    for (Edge& edge : edges_) {
      if (edge.cell.count() > 0) {
        flush(edge.series, edge.cell);
        edge.cell.clear();
      }
    }
    flush_loads();
  }
  part_start_ = now;
  if (now >= bucket_start_ + bucket_) {
    end_point(now);
  }
  set_next_boundary(now);
}

void Recorder::end_point(Instant now) {
  if (enabled_) {
    for (std::size_t s = 0; s < series_.size(); ++s) {
      if (series_[s].points.size() == buckets_) {
        whole_[s].list_latencies(latencies_);
        add_point(series_[s], whole_[s]);
        whole_[s].clear();
      }
    }
    for (std::size_t i = 0; i < instances_.size(); ++i) {
      instances_[i].points.push_back(std::exchange(instance_now_[i], {}));
    }
    ++buckets_;
    flush_gauges(now);
  }
  bucket_start_ = now;
}

void Recorder::flush_gauges(Instant now) {
  const std::int64_t length = std::max<std::int64_t>((now - bucket_start_).count(), 1);
  for (std::size_t s = 0; s < levels_.size(); ++s) {
    const ServiceLevels& levels = levels_[s];
    Integrals& before = integrals_[s];
    const auto mean = [&](const Level& level, std::uint64_t& start, std::uint64_t scale) {
      const std::uint64_t whole = level.integral(now);
      const std::uint64_t part = whole - std::exchange(start, whole);
      return static_cast<std::uint64_t>(static_cast<proxy::Uint128>(part) * scale /
                                        static_cast<std::uint64_t>(length));
    };
    Gauge gauge;
    gauge.queue_milli = mean(levels.waiting, before.waiting, 1000);
    gauge.in_flight_milli = mean(levels.inside, before.inside, 1000);
    const std::uint64_t busy = mean(levels.busy, before.busy, 1'000'000);
    gauge.utilisation_ppm = levels.capacity == 0 ? 0 : busy / levels.capacity;
    gauge.instances_up = levels.instances_up;
    gauges_[s].points.push_back(gauge);
  }
}

/// Completes the series that are copies of others.
void Recorder::fill_copies(Instant now) {
  for (Series& series : series_) {
    if (is_copy(series)) {
      const Subject& subject = series.subject;
      const Series& source = subject.kind == Subject::Kind::kJourney
                                 ? series_[load_series_[subject.load]]
                                 : series_[service_series_[subject.service]];
      series.points = source.points;
      series.statuses = source.statuses;
      series.windows = source.windows;
      series.total = source.total;
    } else if (measured_window_ < windows_.size()) {
      series.total = series.windows[measured_window_];
    }
    series.total.to = now;
  }
}

void Recorder::finish(Instant now, RunRecord& record) {
  if (now > part_start_ || now > bucket_start_) {
    close_bucket(now);
    if (now > bucket_start_) {
      end_point(now);  // the last, shorter bucket
    }
  }
  fill_copies(now);
  record.bucket = bucket_;
  record.windows = windows_;
  // Edges were appended in the order of their first use; sort them behind the fixed subjects.
  const auto first_edge = std::find_if(series_.begin(), series_.end(), [](const Series& series) {
    return series.subject.kind == Subject::Kind::kEdge;
  });
  std::sort(first_edge, series_.end(), [](const Series& a, const Series& b) {
    return std::pair(a.subject.caller, a.subject.service) <
           std::pair(b.subject.caller, b.subject.service);
  });
  // Edges that were never used are left out.
  series_.erase(std::remove_if(first_edge, series_.end(),
                               [](const Series& series) {
                                 return std::all_of(
                                     series.points.begin(), series.points.end(),
                                     [](const Point& point) { return point.count == 0; });
                               }),
                series_.end());
  record.series = std::move(series_);
  record.gauges = std::move(gauges_);
  std::stable_sort(instances_.begin(), instances_.end(),
                   [](const InstanceSeries& a, const InstanceSeries& b) {
                     return std::pair(a.service, a.instance) < std::pair(b.service, b.instance);
                   });
  record.instances = std::move(instances_);
}

}  // namespace shaketable::engine
