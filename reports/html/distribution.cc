#include "reports/html/distribution.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "engine/judge/units.h"
#include "reports/html/log_axis.h"
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

class HistogramDrawing {
 public:
  explicit HistogramDrawing(const proxy::Histogram& latency)
      : latency_(latency), range_(log_range_of(latency.min(), latency.max())) {}

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
      const std::int64_t at = (log_steps_of(low + (high - low) / 2) - range_.low) / width;
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
    for (const std::int64_t tick : log_ticks_of(range_)) {
      out_ += drawn_text(x_of(log_steps_of(tick)), (kHeight - 7) * 10,
                         engine::format_duration(tick), "middle", "d", 10);
    }
  }

  // Labels in rows, so that near ones do not overlap.
  void marks() {
    constexpr std::array<std::pair<const char*, std::uint32_t>, 4> kMarks{
        {{"p50", 500'000}, {"p90", 900'000}, {"p99", 990'000}, {"p99.9", 999'000}}};
    std::array<std::int64_t, 4> free_from{};
    for (const auto& [name, ppm] : kMarks) {
      const std::int64_t value = latency_.percentile(ppm);
      const std::int64_t x = x_of(log_steps_of(value));
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
  LogRange range_;
  std::uint64_t most_ = 1;
  std::string out_;
};

}  // namespace

std::string svg_histogram(const proxy::Histogram& latency, const std::string& description) {
  return HistogramDrawing(latency).draw(description);
}

}  // namespace shaketable::reports
