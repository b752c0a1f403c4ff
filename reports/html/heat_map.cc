#include <algorithm>
#include <array>
#include <map>

#include "engine/judge/metrics.h"
#include "engine/judge/units.h"
#include "engine/record/latency_rows.h"
#include "reports/html/distribution.h"
#include "reports/html/log_axis.h"
#include "reports/html/markup.h"

namespace shaketable::reports {
namespace {

constexpr int kWidth = 480;
constexpr int kHeight = 200;
constexpr int kLeft = 58;
constexpr int kTop = 16;
constexpr int kBottom = 22;
constexpr int kPlotWidth = kWidth - kLeft - 12;
constexpr int kPlotHeight = kHeight - kTop - kBottom;
constexpr std::size_t kColumns = 90;
constexpr std::uint32_t kMostRows = 40;
constexpr std::array<int, 6> kShades{12, 26, 42, 60, 80, 99};  // Percent of opacity.

std::size_t shade_of(std::uint64_t part, std::uint64_t whole) {
  constexpr std::array<std::int64_t, 5> kLimits{2'000, 20'000, 60'000, 150'000, 300'000};
  const std::int64_t ppm = engine::share_in_ppm(part, whole);
  std::size_t shade = 0;
  while (shade < kLimits.size() && ppm > kLimits[shade]) {
    ++shade;
  }
  return shade;
}

class HeatMapDrawing {
 public:
  HeatMapDrawing(const engine::RunRecord& record, const engine::Series& series)
      : series_(series),
        group_(std::max<std::size_t>((series.points.size() + kColumns - 1) / kColumns, 1)),
        end_(std::max<std::int64_t>(proxy::nanoseconds_of(record.ended), 1)),
        step_(record.bucket.count() * static_cast<std::int64_t>(group_)) {
    std::uint32_t least = engine::kLatencyRows;
    std::uint32_t most = 0;
    for (const engine::LatencyCell& cell : series.latencies) {
      least = std::min(least, cell.row);
      most = std::max(most, cell.row);
    }
    first_row_ = std::min(least, most);
    rows_together_ = (most - first_row_) / kMostRows + 1;
    range_ = log_range_of(lower_edge(first_row_), lower_edge(most + 1));
  }

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
  [[nodiscard]] std::int64_t y_of_steps(std::int64_t steps) const {
    return (kTop + kPlotHeight) * 10 -
           (steps - range_.low) * kPlotHeight * 10 / (range_.high - range_.low);
  }
  // The lower edge of a drawn row.
  [[nodiscard]] std::int64_t y_of(std::uint32_t row) const {
    return std::max<std::int64_t>(
        y_of_steps(log_steps_of(lower_edge(first_row_ + row * rows_together_))), kTop * 10);
  }
  // In ns; nothing lies above the last row.
  static std::int64_t lower_edge(std::uint32_t row) {
    return engine::lowest_of_row(std::min(row, engine::kLatencyRows - 1));
  }

  // All cells of one shade are one path; equal ones above each other one piece of it.
  void cells() {
    std::array<std::string, kShades.size()> paths;
    for (auto cell = series_.latencies.begin(); cell != series_.latencies.end();) {
      const std::size_t column = cell->bucket / group_;
      std::map<std::uint32_t, std::uint64_t> rows;
      std::uint64_t all = 0;
      for (; cell != series_.latencies.end() && cell->bucket / group_ == column; ++cell) {
        rows[(cell->row - first_row_) / rows_together_] += cell->count;
        all += cell->count;
      }
      add_column(column, rows, all, paths);
    }
    for (std::size_t shade = 0; shade < paths.size(); ++shade) {
      if (!paths[shade].empty()) {
        out_ += "<path class=\"heat\" fill=\"#0b4f8a\" fill-opacity=\"." +
                std::to_string(kShades[shade]) + "\" d=\"" + paths[shade] + "\"/>";
      }
    }
  }

  void add_column(std::size_t column, const std::map<std::uint32_t, std::uint64_t>& rows,
                  std::uint64_t all, std::array<std::string, kShades.size()>& paths) const {
    const std::int64_t left = x_of(static_cast<std::int64_t>(column) * step_);
    const std::int64_t width = x_of(static_cast<std::int64_t>(column + 1) * step_) - left;
    for (auto row = rows.begin(); row != rows.end();) {
      const std::size_t shade = shade_of(row->second, all);
      const std::uint32_t from = row->first;
      std::uint32_t to = from;
      while (row != rows.end() && row->first == to && shade_of(row->second, all) == shade) {
        ++to;
        ++row;
      }
      paths[shade] += 'M' + tenths(left) + ' ' + tenths(y_of(from)) + 'h' + tenths(width) + 'V' +
                      tenths(y_of(to)) + 'h' + tenths(-width) + 'Z';
    }
  }

  void axes() {
    for (const std::int64_t tick : log_ticks_of(range_)) {
      const std::int64_t y = y_of_steps(log_steps_of(tick));
      out_ += "<path class=\"grid\" stroke=\"#dfe3e8\" stroke-opacity=\".6\" d=\"M" +
              std::to_string(kLeft) + ' ' + tenths(y) + 'h' + std::to_string(kPlotWidth) + "\"/>" +
              drawn_text((kLeft - 6) * 10, y + 35, engine::format_duration(tick), "end", "d", 10);
    }
    const std::int64_t tick = tick_step(end_, 6);
    for (std::int64_t at = 0; at <= end_; at += tick) {
      out_ += drawn_tick(
          {.at_ns = at, .step_ns = tick, .end_ns = end_, .x = x_of(at), .y = (kHeight - 7) * 10});
    }
  }

  const engine::Series& series_;
  LogRange range_;
  std::uint32_t first_row_ = 0;      // Of the record's rows, the lowest that is drawn.
  std::uint32_t rows_together_ = 1;  // Rows of the record in one that is drawn.
  std::size_t group_;                // Buckets in a column.
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
