#include "reports/html/distribution.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

#include "engine/judge/units.h"
#include "reports/html/markup.h"

namespace shaketable::reports {
namespace {

constexpr int kWidth = 480;
constexpr int kHeight = 200;
constexpr int kLeft = 58;
constexpr int kTop = 40;
constexpr int kBottom = 22;
constexpr int kPlotWidth = kWidth - kLeft - 12;
constexpr int kPlotHeight = kHeight - kTop - kBottom;

// Sixteenths of an octave above one nanosecond: the logarithmic axis.
std::int64_t steps_of(std::int64_t ns) {
  return static_cast<std::int64_t>(std::log2(static_cast<double>(std::max<std::int64_t>(ns, 1))) *
                                   16);
}

struct Range {
  std::int64_t low = 0, high = 1;  // In steps.
};

Range range_of(std::int64_t least, std::int64_t greatest) {
  Range range{steps_of(least) - 2, steps_of(greatest) + 3};
  if (range.high - range.low < 32) {
    range.low -= (32 - (range.high - range.low)) / 2;
    range.high = range.low + 32;
  }
  return range;
}

// 1, 10, 100 ns and so on, and 3 of each when the range is short, that lie inside.
std::vector<std::int64_t> ticks_of(const Range& range) {
  std::vector<std::int64_t> ticks;
  const bool is_short = range.high - range.low < 150;
  for (std::int64_t power = 1; power < INT64_MAX / 10; power *= 10) {
    for (const std::int64_t factor : {1, 3}) {
      const std::int64_t at = steps_of(power * factor);
      if ((factor == 1 || is_short) && at >= range.low && at <= range.high) {
        ticks.push_back(power * factor);
      }
    }
  }
  return ticks;
}

}  // namespace

namespace {

class HistogramDrawing {
 public:
  explicit HistogramDrawing(const proxy::Histogram& latency)
      : latency_(latency), range_(range_of(latency.min(), latency.max())) {}

  std::string draw(const std::string& description) {
    out_ = begin_drawing(kWidth, kHeight, description);
    columns();
    axis();
    marks();
    return out_ + "</svg>";
  }

 private:
  static constexpr std::int64_t kFloor = (kTop + kPlotHeight) * 10;

  [[nodiscard]] std::int64_t x_of(std::int64_t steps) const {
    return kLeft * 10 + (steps - range_.low) * kPlotWidth * 10 / (range_.high - range_.low);
  }

  void columns() {
    const std::int64_t span = range_.high - range_.low;
    const std::int64_t width = std::max<std::int64_t>((span + 63) / 64, 1);  // Steps in a column.
    std::vector<std::uint64_t> columns(static_cast<std::size_t>(span / width + 1));
    latency_.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
      const std::int64_t at = (steps_of(low + (high - low) / 2) - range_.low) / width;
      columns[static_cast<std::size_t>(std::clamp<std::int64_t>(at, 0, span / width))] += count;
    });
    most_ = std::max<std::uint64_t>(*std::max_element(columns.begin(), columns.end()), 1);
    std::string path;
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (columns[i] == 0) {
        continue;
      }
      const std::int64_t height = std::max<std::int64_t>(
          static_cast<std::int64_t>(static_cast<__int128>(columns[i]) * kPlotHeight * 10 / most_),
          10);
      const std::int64_t from = range_.low + static_cast<std::int64_t>(i) * width;
      const std::int64_t left = x_of(from);
      const std::int64_t right =
          std::min<std::int64_t>(x_of(from + width), (kLeft + kPlotWidth) * 10);
      path += 'M' + tenths(left) + ' ' + tenths(kFloor) + 'v' + tenths(-height) + 'H' +
              tenths(std::max<std::int64_t>(right - 5, left + 5)) + 'V' + tenths(kFloor) + 'Z';
    }
    out_ += "<path class=\"f0\" fill=\"#0072b2\" fill-opacity=\".75\" d=\"" + path + "\"/>";
  }

  void axis() {
    const std::uint64_t all = std::max<std::uint64_t>(latency_.count(), 1);
    const auto share = static_cast<std::int64_t>(static_cast<__int128>(most_) * 1'000'000 / all);
    out_ += drawn_text((kLeft - 6) * 10, kTop * 10 + 35, engine::format_ppm(share), "end", "d", 10);
    out_ += drawn_text((kLeft - 6) * 10, kFloor + 35, "0", "end", "d", 10);
    out_ += "<path class=\"axis\" stroke=\"#565d68\" d=\"M" + std::to_string(kLeft) + ' ' +
            tenths(kFloor) + 'h' + std::to_string(kPlotWidth) + "\"/>";
    for (const std::int64_t tick : ticks_of(range_)) {
      out_ += drawn_text(x_of(steps_of(tick)), (kHeight - 7) * 10, engine::format_duration(tick),
                         "middle", "d", 10);
    }
  }

  // Labels in rows, so that near ones do not overlap.
  void marks() {
    constexpr std::array<std::pair<const char*, std::uint32_t>, 4> kMarks{
        {{"p50", 500'000}, {"p90", 900'000}, {"p99", 990'000}, {"p99.9", 999'000}}};
    std::array<std::int64_t, 4> free_from{};
    for (const auto& [name, ppm] : kMarks) {
      const std::int64_t value = latency_.percentile(ppm);
      const std::int64_t x = x_of(steps_of(value));
      const std::string label = std::string(name) + ' ' + engine::format_duration(value);
      const std::int64_t room = static_cast<std::int64_t>(label.size()) * 56 + 60;
      const bool at_end = x + room > kWidth * 10;
      const std::int64_t start = at_end ? x - room : x;
      std::size_t row = 0;
      while (row + 1 < free_from.size() && start < free_from[row]) {
        ++row;
      }
      free_from[row] = start + room;
      const std::int64_t y = 95 + static_cast<std::int64_t>(row) * 120;
      out_ += "<path class=\"s2\" stroke=\"#c65300\" stroke-width=\"1.2\" d=\"M" + tenths(x) + ' ' +
              tenths(y - 80) + 'V' + tenths(kFloor) + "\"/>" +
              drawn_text(at_end ? x - 30 : x + 30, y, label, at_end ? "end" : "start", "halo", 10);
    }
  }

  const proxy::Histogram& latency_;
  Range range_;
  std::uint64_t most_ = 1;
  std::string out_;
};

}  // namespace

std::string svg_histogram(const proxy::Histogram& latency, const std::string& description) {
  return HistogramDrawing(latency).draw(description);
}

namespace {

constexpr int kRows = 24;
constexpr std::size_t kColumns = 90;
constexpr std::array<int, 6> kShades{12, 26, 42, 60, 80, 99};  // Percent of opacity.

// Shares of one moment by row, ppm.
using Shares = std::array<std::int64_t, kRows>;

void spread(Shares& shares, const Range& range, std::int64_t from, std::int64_t to,
            std::int64_t ppm) {
  const std::int64_t span = range.high - range.low;
  const auto row_of = [&](std::int64_t ns) {
    return std::clamp<std::int64_t>((steps_of(ns) - range.low) * kRows / span, 0, kRows - 1);
  };
  const std::int64_t first = row_of(std::min(from, to));
  const std::int64_t last = row_of(std::max(from, to));
  for (std::int64_t row = first; row <= last; ++row) {
    shares[static_cast<std::size_t>(row)] += ppm / (last - first + 1);
  }
}

std::size_t shade_of(std::int64_t ppm) {
  constexpr std::array<std::int64_t, 6> kLimits{2'000, 20'000, 60'000, 150'000, 300'000, INT64_MAX};
  std::size_t shade = 0;
  while (ppm > kLimits[shade]) {
    ++shade;
  }
  return shade;
}

// Columns of shares over the time of a run.
std::vector<Shares> shares_over_time(const engine::Series& series, const Range& range,
                                     std::size_t group) {
  const std::int64_t least = series.total.latency.min();
  std::vector<Shares> columns;
  for (std::size_t begin = 0; begin < series.points.size(); begin += group) {
    Shares sum{};
    std::uint64_t all = 0;
    for (std::size_t i = begin; i < std::min(begin + group, series.points.size()); ++i) {
      const engine::Point& point = series.points[i];
      if (point.count == 0) {
        continue;
      }
      Shares one{};
      // As far below the p50 as the p90 is above it.
      const auto mirrored = static_cast<std::int64_t>(static_cast<__int128>(point.p50) * point.p50 /
                                                      std::max<std::int64_t>(point.p90, 1));
      spread(one, range, std::max(mirrored, least), point.p50, 500'000);
      spread(one, range, point.p50, point.p90, 400'000);
      spread(one, range, point.p90, point.p99, 90'000);
      spread(one, range, point.p99, point.max, 10'000);
      for (std::size_t row = 0; row < kRows; ++row) {
        sum[row] +=
            one[row] * static_cast<std::int64_t>(std::min<std::uint64_t>(point.count, 1'000'000));
      }
      all += std::min<std::uint64_t>(point.count, 1'000'000);
    }
    for (std::int64_t& share : sum) {
      share = all == 0 ? 0 : share / static_cast<std::int64_t>(all);
    }
    columns.push_back(sum);
  }
  return columns;
}

Range range_of(const engine::Series& series) {
  std::int64_t least = INT64_MAX;
  std::int64_t greatest = 1;
  for (const engine::Point& point : series.points) {
    if (point.count > 0) {
      least = std::min(least, std::max<std::int64_t>(point.p50 / 2, 1));
      greatest = std::max(greatest, point.max);
    }
  }
  return range_of(least == INT64_MAX ? 1 : least, greatest);
}

class HeatMapDrawing {
 public:
  HeatMapDrawing(const engine::RunRecord& record, const engine::Series& series)
      : series_(series),
        range_(range_of(series)),
        group_(std::max<std::size_t>((series.points.size() + kColumns - 1) / kColumns, 1)),
        end_(std::max<std::int64_t>(proxy::nanoseconds_of(record.ended), 1)),
        step_(record.bucket.count() * static_cast<std::int64_t>(group_)) {}

  std::string draw(const std::vector<ChartBand>& bands, const std::string& description) {
    out_ = begin_drawing(kWidth, kHeight, description);
    cells();
    for (const ChartBand& band : bands) {
      const std::int64_t from = x_of(band.from_ns);
      out_ +=
          "<rect fill=\"none\" class=\"axis\" stroke=\"#565d68\" stroke-dasharray=\"3 3\" x=\"" +
          tenths(from) + "\" y=\"" + std::to_string(kTop) + "\" width=\"" +
          tenths(std::max<std::int64_t>(x_of(band.to_ns) - from, 10)) + "\" height=\"" +
          std::to_string(kPlotHeight) + "\"><title>fault " + safe(band.name, 80) +
          "</title></rect>";
    }
    axes();
    return out_ + "</svg>";
  }

 private:
  [[nodiscard]] std::int64_t x_of(std::int64_t ns) const {
    return kLeft * 10 + static_cast<std::int64_t>(static_cast<__int128>(std::min(ns, end_)) *
                                                  kPlotWidth * 10 / end_);
  }
  [[nodiscard]] static std::int64_t y_of(std::size_t row) {
    return (kTop + kPlotHeight) * 10 - static_cast<std::int64_t>(row) * kPlotHeight * 10 / kRows;
  }

  // All cells of one shade are one path; equal ones above each other one piece of it.
  void cells() {
    const std::vector<Shares> columns = shares_over_time(series_, range_, group_);
    std::array<std::string, kShades.size()> paths;
    for (std::size_t c = 0; c < columns.size(); ++c) {
      const std::int64_t left = x_of(static_cast<std::int64_t>(c) * step_);
      const std::int64_t width = x_of(static_cast<std::int64_t>(c + 1) * step_) - left;
      for (std::size_t row = 0; row < kRows;) {
        std::size_t to = row + 1;
        if (columns[c][row] > 0) {
          const std::size_t shade = shade_of(columns[c][row]);
          while (to < kRows && columns[c][to] > 0 && shade_of(columns[c][to]) == shade) {
            ++to;
          }
          paths[shade] += 'M' + tenths(left) + ' ' + tenths(y_of(row)) + 'h' + tenths(width) + 'V' +
                          tenths(y_of(to)) + 'h' + tenths(-width) + 'Z';
        }
        row = to;
      }
    }
    for (std::size_t shade = 0; shade < paths.size(); ++shade) {
      if (!paths[shade].empty()) {
        out_ += "<path class=\"heat\" fill=\"#0b4f8a\" fill-opacity=\"." +
                std::to_string(kShades[shade]) + "\" d=\"" + paths[shade] + "\"/>";
      }
    }
  }

  void axes() {
    for (const std::int64_t tick : ticks_of(range_)) {
      const std::int64_t y = (kTop + kPlotHeight) * 10 - (steps_of(tick) - range_.low) *
                                                             kPlotHeight * 10 /
                                                             (range_.high - range_.low);
      out_ += "<path class=\"grid\" stroke=\"#dfe3e8\" stroke-opacity=\".6\" d=\"M" +
              std::to_string(kLeft) + ' ' + tenths(y) + 'h' + std::to_string(kPlotWidth) + "\"/>" +
              drawn_text((kLeft - 6) * 10, y + 35, engine::format_duration(tick), "end", "d", 10);
    }
    const std::int64_t tick = tick_step(end_, 6);
    for (std::int64_t at = 0; at <= end_; at += tick) {
      const bool last = end_ - at < tick / 4;
      out_ +=
          drawn_text(x_of(at), (kHeight - 7) * 10, engine::format_millionths(at / 1000, 2) + " s",
                     at == 0 ? "start"
                     : last  ? "end"
                             : "middle",
                     "d", 10);
    }
  }

  const engine::Series& series_;
  Range range_;
  std::size_t group_;
  std::int64_t end_;
  std::int64_t step_;
  std::string out_;
};

}  // namespace

std::string svg_heat_map(const engine::RunRecord& record, const engine::Series& series,
                         const std::vector<ChartBand>& bands, const std::string& description) {
  return HeatMapDrawing(record, series).draw(bands, description);
}

}  // namespace shaketable::reports
