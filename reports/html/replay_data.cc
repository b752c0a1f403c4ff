#include <algorithm>
#include <optional>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html/chart_data.h"
#include "reports/html/topology.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::Point;

class ReplayWriter {
 public:
  ReplayWriter(const Page& page, const DrawnTopology& topology) : page_(page), topology_(topology) {
    const std::int64_t bucket = std::max<std::int64_t>(page.report.record.bucket.count(), 1);
    const std::int64_t end =
        std::max<std::int64_t>(proxy::nanoseconds_of(page.report.record.ended), 1);
    const auto buckets = static_cast<std::size_t>((end + bucket - 1) / bucket);
    const std::size_t most = std::max<std::size_t>(page.limits.replay_points, 1);
    group_ = std::max<std::size_t>((buckets + most - 1) / most, 1);
    steps_ = (buckets + group_ - 1) / group_;
    step_ns_ = bucket * static_cast<std::int64_t>(group_);
  }

  std::string write() {
    out_ = "{\"s\":" + std::to_string(step_ns_) + ",\"c\":" + std::to_string(steps_) + ",\"n\":[";
    for (std::size_t n = 0; n < topology_.services.size(); ++n) {
      out_ += n == 0 ? "" : ",";
      node(topology_.services[n]);
    }
    out_ += "],\"e\":[";
    for (std::size_t e = 0; e < topology_.edges.size(); ++e) {
      out_ += e == 0 ? "" : ",";
      edge(topology_.edges[e]);
    }
    out_ += "],\"b\":[";
    circuits();
    out_ += "],\"j\":[";
    ejections();
    out_ += "],\"v\":[";
    events();
    return out_ + "]}";
  }

 private:
  [[nodiscard]] static std::string text(const std::string& raw, std::size_t most) {
    return '"' + for_json(shortened(raw, most)) + '"';
  }

  // One value for each step out of the points that it stands for.
  template <class Get>
  ChartValues grouped(const std::vector<Point>& points, Get&& get) const {
    ChartValues values(steps_);
    for (std::size_t i = 0; i < steps_; ++i) {
      const std::size_t from = std::min(i * group_, points.size());
      const std::size_t to = std::min(from + group_, points.size());
      values[i] = get(from, to);
    }
    return values;
  }

  [[nodiscard]] ChartValues sums(const std::vector<Point>& points, bool errors) const {
    return grouped(points, [&](std::size_t from, std::size_t to) {
      std::uint64_t sum = 0;
      for (std::size_t i = from; i < to; ++i) {
        sum += errors ? engine::errors_of(points[i].outcomes) : points[i].count;
      }
      return std::optional(static_cast<std::int64_t>(sum));
    });
  }

  [[nodiscard]] ChartValues slowest(const std::vector<Point>& points) const {
    return grouped(points, [&](std::size_t from, std::size_t to) {
      std::int64_t most = 0;
      for (std::size_t i = from; i < to; ++i) {
        most = std::max(most, points[i].p99);
      }
      return std::optional(most / 1'000);
    });
  }

  void node(engine::ServiceIndex service) {
    const std::vector<Tone> tones = tones_over_time(page_, service);
    std::string states(steps_, '0');
    for (std::size_t i = 0; i < tones.size() && i / group_ < steps_; ++i) {
      char& digit = states[i / group_];
      digit = std::max(digit, static_cast<char>('0' + static_cast<int>(tones[i])));
    }
    static const std::vector<Point> kNoPoints;
    const engine::Series* series = page_.services[service];
    const std::vector<Point>& points = series == nullptr ? kNoPoints : series->points;
    std::uint32_t instances = 0;
    for (const engine::Version& version : page_.report.scenario.mesh.services[service].versions) {
      instances += version.instances;
    }
    out_ += "{\"n\":" + text(engine::service_name(page_.report.scenario, service), 60) +
            ",\"i\":" + std::to_string(instances) + ",\"z\":\"" + states +
            "\",\"r\":" + data_of(sums(points, false)) + ",\"x\":" + data_of(sums(points, true)) +
            ",\"p\":" + data_of(slowest(points)) + '}';
  }

  void edge(const EdgeKey& key) {
    const auto found = page_.edges.find(key);
    if (found == page_.edges.end()) {
      out_ += "null";
      return;
    }
    out_ += "{\"r\":" + data_of(sums(found->second->points, false)) +
            ",\"x\":" + data_of(sums(found->second->points, true)) + '}';
  }

  // The spans of the lanes of one kind: place of the edge or node, from, to, and why.
  template <class PlaceOf>
  void spans(engine::LaneKind kind, PlaceOf&& place_of) {
    bool first = true;
    for (const engine::Lane& lane : page_.report.verdict.analysis.lanes.lanes) {
      const std::optional<std::size_t> place =
          lane.kind == kind ? place_of(lane) : std::optional<std::size_t>();
      for (std::size_t i = 0; place && i < lane.spans.size(); ++i) {
        const engine::LaneSpan& span = lane.spans[i];
        const engine::Instant end = std::min(span.to, page_.report.record.ended);
        out_ += (first ? "[" : ",[") + std::to_string(*place) + ',' +
                std::to_string(proxy::nanoseconds_of(span.from)) + ',' +
                std::to_string(proxy::nanoseconds_of(end)) + ',' + text(span.reason, 80) + ']';
        first = false;
      }
    }
  }

  void circuits() {
    spans(engine::LaneKind::kCircuit, [this](const engine::Lane& lane) {
      const auto found = std::lower_bound(topology_.edges.begin(), topology_.edges.end(),
                                          EdgeKey(lane.caller, lane.service));
      const bool is_drawn =
          found != topology_.edges.end() && *found == EdgeKey(lane.caller, lane.service);
      return is_drawn ? std::optional(static_cast<std::size_t>(found - topology_.edges.begin()))
                      : std::nullopt;
    });
  }

  void ejections() {
    spans(engine::LaneKind::kEjection, [this](const engine::Lane& lane) {
      const auto found =
          std::lower_bound(topology_.services.begin(), topology_.services.end(), lane.service);
      const bool is_drawn = found != topology_.services.end() && *found == lane.service;
      return is_drawn ? std::optional(static_cast<std::size_t>(found - topology_.services.begin()))
                      : std::nullopt;
    });
  }

  // What the ticks of the replay are about: the lines of the story.
  void events() {
    bool first = true;
    for (const engine::StoryLine& line : page_.report.verdict.story) {
      out_ += (first ? "[" : ",[") + std::to_string(proxy::nanoseconds_of(line.at)) + ',' +
              text(story_text(line), 160) + ']';
      first = false;
    }
  }

  const Page& page_;
  const DrawnTopology& topology_;
  std::size_t group_ = 1;
  std::size_t steps_ = 1;
  std::int64_t step_ns_ = 1;
  std::string out_;
};

}  // namespace

std::string replay_of(const Page& page, const DrawnTopology& topology) {
  return ReplayWriter(page, topology).write();
}

}  // namespace shaketable::reports
