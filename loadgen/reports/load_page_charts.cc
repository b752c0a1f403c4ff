#include "loadgen/reports/load_page_charts.h"

#include <algorithm>
#include <utility>

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
    const auto points = static_cast<std::int64_t>(series_.points().size());
    end_ns_ = std::max<std::int64_t>(points * series_.interval().count(), 1);
    ended_ns_ = (result.warm_up + result.elapsed).count();
  }

  ChartSet draw() {
    if (series_.points().empty()) {
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
    return std::any_of(series_.points().begin(), series_.points().end(),
                       [](const TimePoint& it) { return it.failed > 0; });
  }

  /// Tenths of one a second. The last point may be cut short by the end; too short, it says
  /// nothing.
  [[nodiscard]] ChartValues rates(std::uint64_t TimePoint::*count) const {
    ChartValues values;
    const std::int64_t step = series_.interval().count();
    std::int64_t begin = 0;
    for (const TimePoint& it : series_.points()) {
      const std::int64_t length = ended_ns_ > begin ? std::min(step, ended_ns_ - begin) : step;
      values.push_back(length < step / 5 ? std::nullopt
                                         : std::optional(static_cast<std::int64_t>(
                                               static_cast<double>(it.*count) * 1e10 /
                                               static_cast<double>(length))));
      begin += step;
    }
    return values;
  }

  [[nodiscard]] ChartValues counts(std::uint64_t TimePoint::*count) const {
    ChartValues values;
    for (const TimePoint& it : series_.points()) {
      values.emplace_back(static_cast<std::int64_t>(it.*count) * 100);
    }
    return values;
  }

  /// Microseconds.
  [[nodiscard]] ChartValues latencies(std::uint32_t ppm) const {
    ChartValues values;
    for (const TimePoint& it : series_.points()) {
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
  std::int64_t end_ns_ = 1;
  std::int64_t ended_ns_ = 0;
  std::size_t count_ = 0;
  std::string markup_;
  std::string data_;
};

}  // namespace

ChartSet charts_of(const RunResult& result) { return Charts(result).draw(); }

}  // namespace shaketable::loadgen
