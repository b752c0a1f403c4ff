#include "engine/sim/recorder.h"

#include <algorithm>
#include <utility>

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
      levels_(scenario.mesh.services.size()) {
  edges_of_windows_.push_back(measured_from_);
  for (const Window& window : windows_) {
    edges_of_windows_.push_back(window.from);
    edges_of_windows_.push_back(window.to);
  }
  std::sort(edges_of_windows_.begin(), edges_of_windows_.end());
  edges_of_windows_.erase(std::unique(edges_of_windows_.begin(), edges_of_windows_.end()),
                          edges_of_windows_.end());
  const std::vector<Service>& services = scenario.mesh.services;
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    service_series_.push_back(
        add_series({Subject::Kind::kService, s, kNone, kNone, kNone, kNone, kNone,
                    services[s].name}));
    gauges_.push_back({s, {}});
  }
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    for (EndpointIndex e = 0; e < services[s].endpoint_names.size(); ++e) {
      endpoint_series_.push_back(
          add_series({Subject::Kind::kEndpoint, s, kNone, e, kNone, kNone, kNone,
                      services[s].name + " " + services[s].endpoint_names[e]}));
    }
  }
  for (ServiceIndex s = 0; s < services.size(); ++s) {
    for (VersionIndex v = 0; v < services[s].versions.size(); ++v) {
      version_series_.push_back(add_series({Subject::Kind::kVersion, s, kNone, kNone, v, kNone,
                                            kNone, version_text(services[s], v)}));
    }
  }
  for (std::uint32_t l = 0; l < scenario.loads.size(); ++l) {
    const Load& load = scenario.loads[l];
    journeys_.emplace_back(std::max<std::size_t>(load.journeys.size(), 1));
    load_series_.push_back(add_series({Subject::Kind::kJourney, kNone, kNone, kNone, kNone, l,
                                       kNone, load.name}));
    for (std::uint32_t j = 0; j < load.journeys.size(); ++j) {
      journey_series_.push_back(add_series({Subject::Kind::kJourney, kNone, kNone, kNone, kNone, l,
                                            j, load.journeys[j].name}));
    }
  }
  set_next_boundary(Instant{});
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
    const auto& services = scenario_.mesh.services;
    const std::string text = services[caller].name + " -> " + services[callee].name;
    const std::uint32_t series = add_series(
        {Subject::Kind::kEdge, callee, caller, kNone, kNone, kNone, kNone, text});
    edges_.push_back({caller, callee, Cell(), series});
  }
  return entry->second;
}

void Recorder::on_called(ServiceIndex caller, ServiceIndex callee, Outcome outcome,
                         Duration latency, std::uint32_t retries) {
  if (enabled_) {
    edges_[edge_of(caller, callee)].cell.add(outcome, latency.count(), retries);
  }
}

void Recorder::on_load(std::uint32_t load, std::uint32_t journey, Outcome outcome,
                       Duration latency) {
  if (enabled_) {
    journeys_[load][journey].add(outcome, latency.count(), 0);
  }
}

void Recorder::set_next_boundary(Instant now) {
  const auto edge = std::upper_bound(edges_of_windows_.begin(), edges_of_windows_.end(), now);
  next_boundary_ = bucket_start_ + bucket_;
  if (edge != edges_of_windows_.end()) {
    next_boundary_ = std::min(next_boundary_, *edge);
  }
}

void Recorder::flush(std::uint32_t series, const Cell& cell) {
  Series& target = series_[series];
  if (part_start_ >= measured_from_) {
    cell.add_to(target.total);
  }
  for (WindowTotals& window : target.windows) {
    // Windows begin and end at boundaries, so a part lies wholly inside or outside.
    if (part_start_ >= window.from && part_start_ < window.to) {
      cell.add_to(window);
    }
  }
  cell.merge_into(whole_[series]);
}

void Recorder::flush_services() {
  std::uint32_t version_base = 0;
  for (ServiceIndex s = 0; s < scenario_.mesh.services.size(); ++s) {
    const Service& service = scenario_.mesh.services[s];
    const auto endpoints = static_cast<EndpointIndex>(service.endpoint_names.size());
    const auto versions = static_cast<VersionIndex>(service.versions.size());
    bool any = false;
    scratch_parts_.resize(std::max<std::size_t>(scratch_parts_.size(), endpoints + versions));
    for (VersionIndex v = 0; v < versions; ++v) {
      for (EndpointIndex e = 0; e < endpoints; ++e) {
        Cell& cell = served_[plans_.first_plan[s] + v * endpoints + e];
        if (cell.count() == 0) {
          continue;
        }
        any = true;
        cell.merge_into(scratch_service_);
        cell.merge_into(scratch_parts_[e]);
        cell.merge_into(scratch_parts_[endpoints + v]);
        cell.clear();
      }
    }
    if (any) {
      flush(service_series_[s], scratch_service_);
      scratch_service_.clear();
      for (EndpointIndex e = 0; e < endpoints; ++e) {
        flush(endpoint_series_[plans_.first_endpoint[s] + e], scratch_parts_[e]);
        scratch_parts_[e].clear();
      }
      for (VersionIndex v = 0; v < versions; ++v) {
        flush(version_series_[version_base + v], scratch_parts_[endpoints + v]);
        scratch_parts_[endpoints + v].clear();
      }
    }
    version_base += versions;
  }
}

void Recorder::flush_loads() {
  std::uint32_t next_journey = 0;
  for (std::size_t l = 0; l < journeys_.size(); ++l) {
    const std::size_t named = scenario_.loads[l].journeys.size();
    for (std::size_t j = 0; j < journeys_[l].size(); ++j) {
      Cell& cell = journeys_[l][j];
      if (cell.count() > 0) {
        flush(load_series_[l], cell);
        if (named > 0) {
          flush(journey_series_[next_journey + j], cell);
        }
        cell.clear();
      }
    }
    next_journey += static_cast<std::uint32_t>(named);
  }
}

void Recorder::close_bucket(Instant now) {
  if (enabled_) {
    flush_services();
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
      series_[s].points.push_back(whole_[s].point());
      whole_[s].clear();
    }
    flush_gauges(now);
  }
  bucket_start_ = now;
}

void Recorder::flush_gauges(Instant now) {
  const std::int64_t length = std::max<std::int64_t>((now - bucket_start_).count(), 1);
  for (std::size_t s = 0; s < levels_.size(); ++s) {
    ServiceLevels& levels = levels_[s];
    const auto mean = [&](Level& level, std::int64_t scale) {
      level.change(now, 0);
      const auto result = static_cast<std::uint64_t>(
          static_cast<proxy::Uint128>(static_cast<std::uint64_t>(level.integral)) *
          static_cast<std::uint64_t>(scale) / static_cast<std::uint64_t>(length));
      level.integral = 0;
      return result;
    };
    Gauge gauge;
    gauge.queue_milli = mean(levels.waiting, 1000);
    gauge.in_flight_milli = mean(levels.inside, 1000);
    const std::uint64_t busy = mean(levels.busy, 1'000'000);
    gauge.utilisation_ppm = levels.capacity == 0 ? 0 : busy / levels.capacity;
    gauge.instances_up = levels.instances_up;
    gauges_[s].points.push_back(gauge);
  }
}

void Recorder::finish(Instant now, RunRecord& record) {
  if (now > part_start_ || now > bucket_start_) {
    close_bucket(now);
    if (now > bucket_start_) {
      end_point(now);  // the last, shorter bucket
    }
  }
  for (Series& series : series_) {
    series.total.to = now;
  }
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
  record.series = std::move(series_);
  record.gauges = std::move(gauges_);
}

}  // namespace shaketable::engine
