#include "loadgen/reports/load_page_charts.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "reports/escape.h"
#include "reports/html/chart.h"
#include "reports/html/chart_data.h"
#include "reports/html/markup.h"

namespace shaketable::loadgen {
namespace {

using reports::Chart;
using reports::ChartUnit;
using reports::ChartValues;

constexpr std::size_t kMostPoints = 600;
constexpr std::size_t kRed = 3;

/// All loads second by second.
TimeSeries series_of(const RunResult& result) {
  TimeSeries all;
  for (const LoadStats& load : result.loads) {
    all.merge(load.series);
  }
  return all;
}

class Charts {
 public:
  explicit Charts(const RunResult& result) : series_(series_of(result)) {
    points_ = series_.points();
    const std::int64_t step = series_.interval().count();
    ended_ns_ = (result.warm_up + result.elapsed).count();
    end_short_points(step);
    end_ns_ = std::max<std::int64_t>(static_cast<std::int64_t>(points_.size()) * step, 1);
  }

  ChartSet draw() {
    if (points_.empty()) {
      return {};
    }
    Chart traffic = chart("Requests a second", ChartUnit::kRate);
    traffic.lines.push_back({.name = "all", .values = rates(&TimePoint::requests), .filled = true});
    if (has_failures()) {
      traffic.lines.push_back(
          {.name = "failed", .values = rates(&TimePoint::failed), .color = kRed});
    }
    add(std::move(traffic));
    Chart latency = chart("Latency", ChartUnit::kTime);
    std::size_t color = 0;
    for (const auto& [name, ppm] :
         {std::pair{"p50", 500'000U}, std::pair{"p90", 900'000U}, std::pair{"p99", 990'000U}}) {
      latency.lines.push_back({.name = name, .values = latencies(ppm), .color = color++});
    }
    add(std::move(latency));
    Chart slowest = chart("Slowest request", ChartUnit::kTime);
    slowest.lines.push_back({.name = "slowest", .values = latencies(1'000'000), .color = 4});
    add(std::move(slowest));
    Chart users = chart("Users at once", ChartUnit::kCount);
    users.lines.push_back({.name = "users", .values = counts(&TimePoint::users), .color = 2});
    add(std::move(users));
    return {std::move(markup_), "{\"name\":\"load\",\"seed\":0,\"end\":" + std::to_string(end_ns_) +
                                    ",\"bucket\":" + std::to_string(series_.interval().count()) +
                                    ",\"faults\":[],\"charts\":[" + data_ + "],\"replay\":null}"};
  }

 private:
  /// What ended behind the end of the run, or in a last point that the end cut to less than a
  /// fifth, belongs to the point before: a curve that drops to nothing there would show what never
  /// was.
  void end_short_points(std::int64_t step) {
    while (points_.size() > 1) {
      const std::int64_t begin = static_cast<std::int64_t>(points_.size() - 1) * step;
      if (ended_ns_ - begin >= step / 5) {
        return;
      }
      TimePoint& before = points_[points_.size() - 2];
      const std::uint64_t users = before.users;
      before.merge(points_.back());
      before.users = users;
      points_.pop_back();
    }
  }

  [[nodiscard]] Chart chart(const char* title, ChartUnit unit) const {
    Chart made;
    made.title = title;
    made.description = std::string(title) + " over the time of the run";
    made.unit = unit;
    made.step_ns = series_.interval().count();
    made.end_ns = end_ns_;
    return made;
  }

  [[nodiscard]] bool has_failures() const {
    return std::any_of(points_.begin(), points_.end(),
                       [](const TimePoint& it) { return it.failed > 0; });
  }

  /// Tenths of one a second. The last point may be cut short by the end, or reach beyond it.
  [[nodiscard]] ChartValues rates(std::uint64_t TimePoint::*count) const {
    ChartValues values;
    const std::int64_t step = series_.interval().count();
    std::int64_t begin = 0;
    for (const TimePoint& it : points_) {
      const bool is_last = values.size() + 1 == points_.size();
      const std::int64_t length = is_last && ended_ns_ > begin ? ended_ns_ - begin : step;
      values.emplace_back(static_cast<std::int64_t>(static_cast<double>(it.*count) * 1e10 /
                                                    static_cast<double>(length)));
      begin += step;
    }
    return values;
  }

  [[nodiscard]] ChartValues counts(std::uint64_t TimePoint::*count) const {
    ChartValues values;
    for (const TimePoint& it : points_) {
      values.emplace_back(static_cast<std::int64_t>(it.*count) * 100);
    }
    return values;
  }

  /// Microseconds.
  [[nodiscard]] ChartValues latencies(std::uint32_t ppm) const {
    ChartValues values;
    for (const TimePoint& it : points_) {
      values.push_back(it.latency.count() == 0 ? std::nullopt
                                               : std::optional(it.latency.percentile(ppm) / 1'000));
    }
    return values;
  }

  void add(Chart made) {
    reports::thin_out(made, kMostPoints);
    markup_ += "<figure class=\"chart\" data-chart=\"" + std::to_string(count_++) +
               "\"><p class=\"title\">" + reports::safe(made.title, 90) +
               "</p><div class=\"static\">" + reports::svg_chart(made, {}) + "</div></figure>\n";
    data_ += (data_.empty() ? "\n" : ",\n") + reports::data_of(made);
  }

  TimeSeries series_;
  std::vector<TimePoint> points_;
  std::int64_t end_ns_ = 1;
  std::int64_t ended_ns_ = 0;
  std::size_t count_ = 0;
  std::string markup_;
  std::string data_;
};

}  // namespace

ChartSet charts_of(const RunResult& result) { return Charts(result).draw(); }

}  // namespace shaketable::loadgen
