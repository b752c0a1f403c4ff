#include <algorithm>
#include <cmath>

#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html/chart.h"
#include "reports/html/markup.h"

namespace shaketable::reports {
namespace {

constexpr int kWidth = 480;
constexpr int kHeight = 190;
constexpr int kLeft = 58;
constexpr int kTop = 40;     // Legend and names of bands.
constexpr int kBottom = 22;  // Times.
constexpr int kPlotHeight = kHeight - kTop - kBottom;
constexpr std::size_t kMostPoints = 240;

std::int64_t power_of_ten_below(std::int64_t value) {
  std::int64_t power = 1;
  while (power <= value / 10) {
    power *= 10;
  }
  return power;
}

class ChartDrawing {
 public:
  ChartDrawing(const Chart& chart, const std::vector<ChartBand>& bands)
      : chart_(chart), faults_(bands) {
    for (const ChartLine& line : chart_.lines) {
      has_right_ = has_right_ || line.on_right;
    }
    plot_width_ = kWidth - kLeft - (has_right_ ? 42 : 12);
    choose_scale();
  }

  std::string draw() {
    out_ = begin_drawing(kWidth, kHeight, chart_.description);
    bands();
    grid();
    for (const ChartLine& line : chart_.lines) {
      draw_line(line);
    }
    times();
    legend();
    return out_ + "</svg>";
  }

 private:
  void choose_scale() {
    std::int64_t least = INT64_MAX;
    for (const ChartLine& line : chart_.lines) {
      for (const auto& value : line.values) {
        if (value && !line.on_right) {
          top_ = std::max(top_, *value);
          least = *value > 0 ? std::min(least, *value) : least;
        }
      }
    }
    if (chart_.unit == ChartUnit::kPercent) {
      top_ = std::max<std::int64_t>(top_, 10'000);
      return;
    }
    logarithmic_ = chart_.unit == ChartUnit::kTime && least != INT64_MAX && top_ / 20 > least;
    bottom_ = logarithmic_ ? power_of_ten_below(least) : 0;
    const std::int64_t unit = chart_.unit == ChartUnit::kTime   ? 1
                              : chart_.unit == ChartUnit::kRate ? 10
                                                                : 100;
    top_ = nice_above(std::max<std::int64_t>(top_, unit));
  }

  // All in tenths of a pixel.
  [[nodiscard]] std::int64_t x_of(std::int64_t ns) const {
    const std::int64_t end = std::max<std::int64_t>(chart_.end_ns, 1);
    const std::int64_t inside = std::clamp<std::int64_t>(ns, 0, end);
    return kLeft * 10 +
           static_cast<std::int64_t>(static_cast<__int128>(inside) * plot_width_ * 10 / end);
  }
  [[nodiscard]] std::int64_t y_of(std::int64_t value) const {
    double part = 0;
    if (logarithmic_) {
      const double low = std::log(static_cast<double>(bottom_));
      part = (std::log(static_cast<double>(std::max(value, bottom_))) - low) /
             (std::log(static_cast<double>(top_)) - low);
    } else {
      part = static_cast<double>(value) / static_cast<double>(top_);
    }
    return height_of(part);
  }
  [[nodiscard]] static std::int64_t height_of(double part) {
    part = std::clamp(part, 0.0, 1.0);
    return (kTop + kPlotHeight) * 10 - static_cast<std::int64_t>(part * kPlotHeight * 10 + 0.5);
  }
  [[nodiscard]] std::int64_t y_of(const ChartLine& line, std::int64_t value) const {
    return line.on_right ? height_of(static_cast<double>(value) / 10'000) : y_of(value);
  }

  void bands() {
    constexpr std::int64_t kCharacter = 60;
    std::int64_t free_from = kLeft * 10;
    for (const ChartBand& band : faults_) {
      const std::int64_t from = x_of(band.from_ns);
      const std::int64_t width = std::max<std::int64_t>(x_of(band.to_ns) - from, 15);
      out_ +=
          "<rect class=\"band\" x=\"" + tenths(from) + "\" y=\"" + std::to_string(kTop) +
          "\" width=\"" + tenths(width) + "\" height=\"" + std::to_string(kPlotHeight) +
          "\" fill=\"#8a93a2\" fill-opacity=\".16\" stroke=\"#8a93a2\" stroke-dasharray=\"3 3\" "
          "stroke-opacity=\".6\"><title>fault " +
          safe(band.name, 80) + "</title></rect>";
      const std::int64_t start = std::max(from, free_from);
      const std::int64_t room = (kLeft + plot_width_) * 10 - start;
      const auto letters = static_cast<std::size_t>(std::max<std::int64_t>(room / kCharacter, 0));
      if (letters >= 4 && start - from < 300) {  // A name far from its band would mislead.
        const std::string name =
            shortened(for_terminal(band.name), std::min<std::size_t>(letters, 22));
        out_ += drawn_text(start, (kTop - 4) * 10, name, "start", "d", 10);
        free_from = start + static_cast<std::int64_t>(name.size() + 2) * kCharacter;
      }
    }
  }

  void rule(std::int64_t y, const std::string& label) {
    out_ += "<path class=\"grid\" d=\"M" + std::to_string(kLeft) + ' ' + tenths(y) + 'h' +
            std::to_string(plot_width_) + "\" stroke=\"#dfe3e8\"/>";
    out_ += drawn_text((kLeft - 6) * 10, y + 35, label, "end", "d", 10);
  }

  void grid() {
    if (logarithmic_) {
      std::int64_t last = 0;
      for (std::int64_t value = bottom_; value < top_; value *= 10) {
        rule(y_of(value), format_value(chart_.unit, value));
        last = value;
      }
      if (top_ >= last * 5) {
        rule(y_of(top_), format_value(chart_.unit, top_));
      }
    } else {
      for (const std::int64_t value : {std::int64_t{0}, top_ / 2, top_}) {
        rule(y_of(value), format_value(chart_.unit, value));
      }
    }
    if (has_right_) {
      for (const std::int64_t percent : {0, 50, 100}) {
        out_ += drawn_text((kLeft + plot_width_ + 5) * 10,
                           height_of(static_cast<double>(percent) / 100) + 35,
                           std::to_string(percent) + " %", "start", "d", 10);
      }
    }
  }

  // Runs of values that exist, each a path of relative steps; a filled one is closed on the axis.
  void draw_line(const ChartLine& line) {
    const Thinned thinned = thin_out(line.values, kMostPoints);
    const std::size_t count = thinned.values.size();
    const std::int64_t step = thinned.group == 1
                                  ? chart_.step_ns
                                  : chart_.step_ns * static_cast<std::int64_t>(thinned.group) / 2;
    const auto middle_of = [&](std::size_t index) {
      return x_of(static_cast<std::int64_t>(index) * step + step / 2);
    };
    for (std::size_t begin = 0; begin < count;) {
      if (!thinned.values[begin]) {
        ++begin;
        continue;
      }
      std::int64_t x = middle_of(begin);
      std::int64_t y = y_of(line, *thinned.values[begin]);
      const std::int64_t first_x = x;
      std::string path = 'M' + tenths(x) + ' ' + tenths(y);
      std::size_t end = begin + 1;
      for (; end < count && thinned.values[end]; ++end) {
        const std::int64_t next_x = middle_of(end);
        const std::int64_t next_y = y_of(line, *thinned.values[end]);
        append_step(path, next_x - x, next_y - y, end == begin + 1);
        x = next_x;
        y = next_y;
      }
      draw_run(line, path, first_x, x, y, end - begin);
      begin = end;
    }
  }

  static void append_step(std::string& path, std::int64_t dx, std::int64_t dy, bool first) {
    const std::string vertical = tenths(dy);
    path += (first ? "l" : " ") + tenths(dx) + (vertical.front() == '-' ? "" : " ") + vertical;
  }

  void draw_run(const ChartLine& line, const std::string& path, std::int64_t first_x,
                std::int64_t last_x, std::int64_t last_y, std::size_t points) {
    const std::string number = std::to_string(line.color % 8);
    if (points == 1) {
      out_ += "<circle class=\"f" + number + "\" fill=\"" + line_color(line.color) +
              "\" r=\"2\" cx=\"" + tenths(first_x) + "\" cy=\"" + tenths(last_y) + "\"/>";
      return;
    }
    if (line.filled) {
      const std::string floor = tenths((kTop + kPlotHeight) * 10);
      out_ += "<path class=\"f" + number + "\" fill=\"" + line_color(line.color) +
              "\" fill-opacity=\".22\" d=\"" + path + 'L' + tenths(last_x) + ' ' + floor + 'H' +
              tenths(first_x) + "Z\"/>";
    }
    const char* dashes = line_dashes(line.color);
    out_ += "<path class=\"s" + number + "\" fill=\"none\" stroke=\"" + line_color(line.color) +
            "\" stroke-width=\"1.5\" stroke-linejoin=\"round\"";
    if (*dashes != '\0') {
      out_ += std::string(" stroke-dasharray=\"") + dashes + '"';
    }
    out_ += " d=\"" + path + "\"/>";
  }

  void times() {
    out_ += "<path class=\"axis\" stroke=\"#565d68\" d=\"M" + std::to_string(kLeft) + ' ' +
            std::to_string(kTop + kPlotHeight) + 'h' + std::to_string(plot_width_) + "\"/>";
    const std::int64_t step = tick_step(chart_.end_ns, 6);
    for (std::int64_t at = 0; at <= chart_.end_ns; at += step) {
      out_ += drawn_tick({.at_ns = at,
                          .step_ns = step,
                          .end_ns = chart_.end_ns,
                          .x = x_of(at),
                          .y = (kHeight - 7) * 10});
    }
  }

  void legend() {
    std::int64_t x = kLeft * 10;
    for (const ChartLine& line : chart_.lines) {
      const char* dashes = line_dashes(line.color);
      out_ += "<path class=\"s" + std::to_string(line.color % 8) + "\" d=\"M" + tenths(x) +
              " 11h18\" stroke=\"" + line_color(line.color) + "\" stroke-width=\"2.2\"";
      if (*dashes != '\0') {
        out_ += std::string(" stroke-dasharray=\"") + dashes + '"';
      }
      out_ += "/>" + drawn_text(x + 230, 148, line.name, "start", "", 11);
      x += 230 + static_cast<std::int64_t>(display_width(line.name)) * 62 + 130;
    }
    if (logarithmic_) {
      out_ += drawn_text((kLeft + plot_width_) * 10, 148, "log", "end", "d", 10);
    }
  }

  const Chart& chart_;
  const std::vector<ChartBand>& faults_;
  int plot_width_ = 0;
  std::int64_t top_ = 0;
  std::int64_t bottom_ = 0;
  bool logarithmic_ = false;
  bool has_right_ = false;
  std::string out_;
};

}  // namespace

std::string svg_chart(const Chart& chart, const std::vector<ChartBand>& bands) {
  return ChartDrawing(chart, bands).draw();
}

std::string sparkline(const ChartValues& values, const ChartValues& marked,
                      const std::string& description) {
  constexpr int kSparkWidth = 120;
  constexpr int kSparkHeight = 22;
  constexpr std::size_t kSparkPoints = 60;
  std::int64_t top = 1;
  for (const auto& value : values) {
    top = std::max(top, value.value_or(0));
  }
  const auto line = [&](const ChartValues& raw, const char* attributes) {
    const Thinned thinned = thin_out(raw, kSparkPoints);
    const auto count = static_cast<std::int64_t>(thinned.values.size());
    std::string path;
    std::int64_t last_x = 0;
    std::int64_t last_y = 0;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t x = count < 2 ? 0 : i * kSparkWidth / (count - 1);
      const std::int64_t part = thinned.values[static_cast<std::size_t>(i)].value_or(0);
      const std::int64_t y = kSparkHeight - 1 -
                             static_cast<std::int64_t>(static_cast<__int128>(std::min(part, top)) *
                                                       (kSparkHeight - 2) / top);
      const std::string dy = std::to_string(y - last_y);
      path += i == 0 ? 'M' + std::to_string(x) + ' ' + std::to_string(y) + 'l'
                     : (i == 1 ? "" : " ") + std::to_string(x - last_x) +
                           (dy.front() == '-' ? "" : " ") + dy;
      last_x = x;
      last_y = y;
    }
    return count < 2 ? std::string()
                     : std::string("<path fill=\"none\" ") + attributes + " d=\"" + path + "\"/>";
  };
  std::string out = begin_drawing(kSparkWidth, kSparkHeight, description) +
                    line(values, "class=\"s0\" stroke=\"#0072b2\" stroke-width=\"1.2\"");
  const bool any_marked = std::any_of(marked.begin(), marked.end(),
                                      [](const auto& value) { return value.value_or(0) > 0; });
  if (any_marked) {
    out += line(marked, "class=\"s-failing\" stroke=\"#b3261e\" stroke-width=\"1.2\"");
  }
  return out + "</svg>";
}

}  // namespace shaketable::reports
