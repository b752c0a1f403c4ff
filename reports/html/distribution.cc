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

std::string svg_histogram(const proxy::Histogram& latency, const std::string& description) {
  std::string out = begin_drawing(kWidth, kHeight, description);
  const Range range = range_of(latency.min(), latency.max());
  const std::int64_t span = range.high - range.low;
  const auto x_of = [&](std::int64_t steps) {
    return kLeft * 10 + (steps - range.low) * kPlotWidth * 10 / span;
  };
  const std::int64_t width = std::max<std::int64_t>((span + 63) / 64, 1);  // Steps in a column.
  std::vector<std::uint64_t> columns(static_cast<std::size_t>(span / width + 1));
  latency.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
    const std::int64_t at = (steps_of(low + (high - low) / 2) - range.low) / width;
    columns[static_cast<std::size_t>(std::clamp<std::int64_t>(at, 0, span / width))] += count;
  });
  const std::uint64_t most =
      std::max<std::uint64_t>(*std::max_element(columns.begin(), columns.end()), 1);
  const std::int64_t floor = (kTop + kPlotHeight) * 10;
  std::string path;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i] == 0) {
      continue;
    }
    const std::int64_t height = std::max<std::int64_t>(
        static_cast<std::int64_t>(static_cast<__int128>(columns[i]) * kPlotHeight * 10 / most), 10);
    const std::int64_t left = x_of(range.low + static_cast<std::int64_t>(i) * width);
    const std::int64_t right = std::min<std::int64_t>(
        x_of(range.low + static_cast<std::int64_t>(i + 1) * width), (kLeft + kPlotWidth) * 10);
    path += 'M' + tenths(left) + ' ' + tenths(floor) + 'v' + tenths(-height) + 'H' +
            tenths(std::max<std::int64_t>(right - 5, left + 5)) + 'V' + tenths(floor) + 'Z';
  }
  out += "<path class=\"f0\" fill=\"#0072b2\" fill-opacity=\".75\" d=\"" + path + "\"/>";
  out += drawn_text(
      (kLeft - 6) * 10, kTop * 10 + 35,
      engine::format_ppm(static_cast<std::int64_t>(static_cast<__int128>(most) * 1'000'000 /
                                                   std::max<std::uint64_t>(latency.count(), 1))),
      "end", "d", 10);
  out += drawn_text((kLeft - 6) * 10, floor + 35, "0", "end", "d", 10);
  out += "<path class=\"axis\" stroke=\"#565d68\" d=\"M" + std::to_string(kLeft) + ' ' +
         tenths(floor) + 'h' + std::to_string(kPlotWidth) + "\"/>";
  for (const std::int64_t tick : ticks_of(range)) {
    out += drawn_text(x_of(steps_of(tick)), (kHeight - 7) * 10, engine::format_duration(tick),
                      "middle", "d", 10);
  }
  // Labels in two rows, so that near ones do not overlap.
  constexpr std::array<std::pair<const char*, std::uint32_t>, 4> kMarks{
      {{"p50", 500'000}, {"p90", 900'000}, {"p99", 990'000}, {"p99.9", 999'000}}};
  std::array<std::int64_t, 3> free_from{0, 0, 0};
  for (const auto& [name, ppm] : kMarks) {
    const std::int64_t value = latency.percentile(ppm);
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
    const std::int64_t y = 100 + static_cast<std::int64_t>(row) * 120;
    out += "<path class=\"s2\" stroke=\"#c65300\" stroke-width=\"1.2\" d=\"M" + tenths(x) + ' ' +
           tenths(y - 80) + 'V' + tenths(floor) + "\"/>" +
           drawn_text(at_end ? x - 30 : x + 30, y, label, at_end ? "end" : "start", "halo", 10);
  }
  return out + "</svg>";
}

namespace {

constexpr int kRows = 24;
constexpr std::size_t kColumns = 90;
constexpr std::array<int, 6> kShades{12, 26, 42, 60, 80, 100};  // Percent of opacity.

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
      const std::int64_t mean = point.latency_sum / static_cast<std::int64_t>(point.count);
      spread(one, range, std::min(mean, point.p50) / 2 + point.p50 / 4, point.p50, 500'000);
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

}  // namespace

std::string svg_heat_map(const engine::RunRecord& record, const engine::Series& series,
                         const std::vector<ChartBand>& bands, const std::string& description) {
  const Range range = range_of(series);
  const std::int64_t span = range.high - range.low;
  const std::size_t group =
      std::max<std::size_t>((series.points.size() + kColumns - 1) / kColumns, 1);
  const std::vector<Shares> columns = shares_over_time(series, range, group);
  const std::int64_t end = std::max<std::int64_t>(proxy::nanoseconds_of(record.ended), 1);
  const std::int64_t step = record.bucket.count() * static_cast<std::int64_t>(group);
  const auto x_of = [&](std::int64_t ns) {
    return kLeft * 10 + static_cast<std::int64_t>(static_cast<__int128>(std::min(ns, end)) *
                                                  kPlotWidth * 10 / end);
  };
  const auto y_of = [&](std::int64_t row) {
    return (kTop + kPlotHeight) * 10 - row * kPlotHeight * 10 / kRows;
  };
  std::array<std::string, kShades.size()> cells;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const std::int64_t left = x_of(static_cast<std::int64_t>(c) * step);
    const std::int64_t width = x_of(static_cast<std::int64_t>(c + 1) * step) - left;
    for (std::size_t row = 0; row < kRows;) {
      if (columns[c][row] == 0) {
        ++row;
        continue;
      }
      const std::size_t shade = shade_of(columns[c][row]);
      std::size_t to = row + 1;
      while (to < kRows && columns[c][to] != 0 && shade_of(columns[c][to]) == shade) {
        ++to;
      }
      const std::int64_t bottom = y_of(static_cast<std::int64_t>(row));
      cells[shade] += 'M' + tenths(left) + ' ' + tenths(bottom) + 'h' + tenths(width) + 'V' +
                      tenths(y_of(static_cast<std::int64_t>(to))) + 'h' + tenths(-width) + 'Z';
      row = to;
    }
  }
  std::string out = begin_drawing(kWidth, kHeight, description);
  for (std::size_t shade = 0; shade < cells.size(); ++shade) {
    if (!cells[shade].empty()) {
      out += "<path class=\"heat\" fill=\"#0b4f8a\" fill-opacity=\"." +
             (kShades[shade] == 100 ? std::string("99") : std::to_string(kShades[shade])) +
             "\" d=\"" + cells[shade] + "\"/>";
    }
  }
  for (const ChartBand& band : bands) {
    const std::int64_t from = x_of(band.from_ns);
    out += "<rect fill=\"none\" class=\"axis\" stroke=\"#565d68\" stroke-dasharray=\"3 3\" x=\"" +
           tenths(from) + "\" y=\"" + std::to_string(kTop) + "\" width=\"" +
           tenths(std::max<std::int64_t>(x_of(band.to_ns) - from, 10)) + "\" height=\"" +
           std::to_string(kPlotHeight) + "\"><title>fault " + safe(band.name, 80) +
           "</title></rect>";
  }
  for (const std::int64_t tick : ticks_of(range)) {
    const std::int64_t y =
        (kTop + kPlotHeight) * 10 - (steps_of(tick) - range.low) * kPlotHeight * 10 / span;
    out += "<path class=\"grid\" stroke=\"#dfe3e8\" stroke-opacity=\".6\" d=\"M" +
           std::to_string(kLeft) + ' ' + tenths(y) + 'h' + std::to_string(kPlotWidth) + "\"/>" +
           drawn_text((kLeft - 6) * 10, y + 35, engine::format_duration(tick), "end", "d", 10);
  }
  const std::int64_t tick = tick_step(end, 6);
  for (std::int64_t at = 0; at <= end; at += tick) {
    const bool last = end - at < tick / 4;
    out += drawn_text(x_of(at), (kHeight - 7) * 10, engine::format_millionths(at / 1000, 2) + " s",
                      at == 0 ? "start"
                      : last  ? "end"
                              : "middle",
                      "d", 10);
  }
  return out + "</svg>";
}

}  // namespace shaketable::reports
