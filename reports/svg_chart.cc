#include "reports/svg_chart.h"

#include <algorithm>
#include <cmath>

#include "engine/judge/units.h"
#include "reports/escape.h"

namespace shaketable::reports {
namespace {

constexpr int kWidth = 560;
constexpr int kHeight = 190;
constexpr int kLeft = 64;
constexpr int kRight = 12;
constexpr int kTop = 44;     // Legend and names of bands.
constexpr int kBottom = 24;  // Times.
constexpr int kPlotWidth = kWidth - kLeft - kRight;
constexpr int kPlotHeight = kHeight - kTop - kBottom;

// Tenths of a pixel as text: "12.3".
std::string tenths(std::int64_t value) {
  return std::to_string(value / 10) + (value % 10 == 0 ? "" : "." + std::to_string(value % 10));
}

// The next of 1, 2, 5, 10, 20 ... that is not below `value`.
std::int64_t nice_above(std::int64_t value) {
  std::int64_t power = 1;
  while (power < (std::int64_t{1} << 60) / 10 && power * 10 <= value) {
    power *= 10;
  }
  for (const std::int64_t factor : {1, 2, 5}) {
    if (power * factor >= value) {
      return power * factor;
    }
  }
  return power * 10;
}

std::int64_t power_of_ten_below(std::int64_t value) {
  std::int64_t power = 1;
  while (power <= value / 10) {
    power *= 10;
  }
  return power;
}

class ChartDrawing {
 public:
  explicit ChartDrawing(const Chart& chart) : chart_(chart) { choose_scale(); }

  std::string draw() {
    const std::string title = for_html(chart_.title);
    out_ = "<svg viewBox=\"0 0 " + std::to_string(kWidth) + ' ' + std::to_string(kHeight) +
           "\" width=\"" + std::to_string(kWidth) + "\" height=\"" + std::to_string(kHeight) +
           "\" role=\"img\" aria-label=\"" + title + "\">";
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
        if (value) {
          top_ = std::max(top_, *value);
          least = *value > 0 ? std::min(least, *value) : least;
        }
      }
    }
    logarithmic_ = chart_.may_be_logarithmic && least != INT64_MAX && top_ / 20 > least;
    bottom_ = logarithmic_ ? power_of_ten_below(least) : 0;
    top_ = nice_above(std::max<std::int64_t>(top_, 1));
  }

  // Both in tenths of a pixel.
  [[nodiscard]] std::int64_t x_of(std::int64_t ns) const {
    const std::int64_t end = std::max<std::int64_t>(chart_.end_ns, 1);
    const std::int64_t inside = std::clamp<std::int64_t>(ns, 0, end);
    return kLeft * 10 +
           static_cast<std::int64_t>(static_cast<__int128>(inside) * kPlotWidth * 10 / end);
  }
  [[nodiscard]] std::int64_t y_of(std::int64_t value) const {
    double part = 0;
    if (logarithmic_) {
      const double span =
          std::log(static_cast<double>(top_)) - std::log(static_cast<double>(bottom_));
      part = (std::log(static_cast<double>(std::max(value, bottom_))) -
              std::log(static_cast<double>(bottom_))) /
             span;
    } else {
      part = static_cast<double>(value) / static_cast<double>(top_);
    }
    part = std::clamp(part, 0.0, 1.0);
    return (kTop + kPlotHeight) * 10 - static_cast<std::int64_t>(part * kPlotHeight * 10 + 0.5);
  }

  void text(std::int64_t x, std::int64_t y, const char* anchor, const std::string& content,
            const char* css_class = "small") {
    out_ += std::string("<text class=\"") + css_class + "\" x=\"" + tenths(x) + "\" y=\"" +
            tenths(y) + "\" font-size=\"11\" text-anchor=\"" + anchor + "\">" + for_html(content) +
            "</text>";
  }

  void bands() {
    constexpr std::int64_t kCharacter = 62;  // Tenths of a pixel.
    std::int64_t free_from = kLeft * 10;
    for (const ChartBand& band : chart_.bands) {
      const std::int64_t from = x_of(band.from_ns);
      const std::int64_t width = std::max<std::int64_t>(x_of(band.to_ns) - from, 10);
      out_ += "<rect class=\"band\" x=\"" + tenths(from) + "\" y=\"" + std::to_string(kTop) +
              "\" width=\"" + tenths(width) + "\" height=\"" + std::to_string(kPlotHeight) +
              "\" fill=\"#8a93a2\" fill-opacity=\"0.16\" stroke=\"#8a93a2\" "
              "stroke-dasharray=\"3 3\" stroke-width=\"1\"><title>fault " +
              for_html(band.name) + "</title></rect>";
      const std::int64_t start = std::max(from, free_from);
      const std::int64_t room = (kLeft + kPlotWidth) * 10 - start;
      const auto letters = static_cast<std::size_t>(std::max<std::int64_t>(room / kCharacter, 0));
      if (letters >= 4 && start - from < 300) {  // A name far from its band would mislead.
        const std::string name =
            shortened(for_terminal(band.name), std::min<std::size_t>(letters, 24));
        text(start, (kTop - 4) * 10, "start", name);
        free_from = start + static_cast<std::int64_t>(name.size() + 2) * kCharacter;
      }
    }
  }

  void rule(std::int64_t value) {
    const std::string y = tenths(y_of(value));
    out_ += "<line class=\"grid\" x1=\"" + std::to_string(kLeft) + "\" x2=\"" +
            std::to_string(kLeft + kPlotWidth) + "\" y1=\"" + y + "\" y2=\"" + y +
            "\" stroke=\"#d7dbe0\"/>";
    text((kLeft - 6) * 10, y_of(value) + 40, "end", chart_.format(value));
  }

  void grid() {
    if (logarithmic_) {
      std::int64_t last = 0;
      for (std::int64_t value = bottom_; value < top_; value *= 10) {
        rule(value);
        last = value;
      }
      if (top_ >= last * 5) {
        rule(top_);
      }
      return;
    }
    rule(0);
    if (top_ % 2 == 0) {
      rule(top_ / 2);
    }
    rule(top_);
  }

  // Runs of values that exist, each a polyline; a filled one is closed along the axis.
  void draw_line(const ChartLine& line) {
    const std::size_t count = line.values.size();
    for (std::size_t begin = 0; begin < count;) {
      if (!line.values[begin]) {
        ++begin;
        continue;
      }
      std::size_t end = begin;
      std::string points;
      for (; end < count && line.values[end]; ++end) {
        points += (end == begin ? "" : " ") + tenths(middle_of(end)) + ',' +
                  tenths(y_of(*line.values[end]));
      }
      draw_run(line, begin, end, points);
      begin = end;
    }
  }

  [[nodiscard]] std::int64_t middle_of(std::size_t index) const {
    return x_of(static_cast<std::int64_t>(index) * chart_.step_ns + chart_.step_ns / 2);
  }

  void draw_run(const ChartLine& line, std::size_t begin, std::size_t end,
                const std::string& points) {
    if (line.filled) {
      const std::string floor = tenths((kTop + kPlotHeight) * 10);
      out_ += "<polygon class=\"f-" + line.css_class + "\" fill=\"" + line.color +
              "\" fill-opacity=\"0.35\" points=\"" + tenths(middle_of(begin)) + ',' + floor + ' ' +
              points + ' ' + tenths(middle_of(end - 1)) + ',' + floor + "\"/>";
    }
    if (end - begin == 1) {
      out_ += "<circle class=\"f-" + line.css_class + "\" fill=\"" + line.color +
              "\" r=\"2\" cx=\"" + tenths(middle_of(begin)) + "\" cy=\"" +
              tenths(y_of(*line.values[begin])) + "\"/>";
      return;
    }
    out_ += "<polyline class=\"s-" + line.css_class + "\" fill=\"none\" stroke=\"" + line.color +
            "\" stroke-width=\"1.8\" stroke-linejoin=\"round\"" +
            (line.dashes.empty() ? "" : " stroke-dasharray=\"" + line.dashes + '"') + " points=\"" +
            points + "\"/>";
  }

  void times() {
    const std::string y = std::to_string(kTop + kPlotHeight);
    out_ += "<line class=\"axis\" x1=\"" + std::to_string(kLeft) + "\" x2=\"" +
            std::to_string(kLeft + kPlotWidth) + "\" y1=\"" + y + "\" y2=\"" + y +
            "\" stroke=\"#565d68\"/>";
    constexpr std::int64_t kTicks = 6;
    const std::int64_t step = nice_above(std::max<std::int64_t>(chart_.end_ns / kTicks, 1));
    for (std::int64_t at = 0; at <= chart_.end_ns; at += step) {
      const bool last = at + step > chart_.end_ns;
      const char* anchor = last && chart_.end_ns - at < step / 4 ? "end" : "middle";
      text(x_of(at), (kHeight - 8) * 10, at == 0 ? "start" : anchor,
           engine::format_millionths(at / 1000, 2) + " s");
    }
  }

  void legend() {
    std::int64_t x = kLeft * 10;
    for (const ChartLine& line : chart_.lines) {
      out_ += "<line class=\"s-" + line.css_class + "\" x1=\"" + tenths(x) + "\" x2=\"" +
              tenths(x + 220) + "\" y1=\"12\" y2=\"12\" stroke=\"" + line.color +
              "\" stroke-width=\"" + (line.filled ? "6" : "2") + '"' +
              (line.filled ? " stroke-opacity=\"0.6\"" : "") +
              (line.dashes.empty() ? "" : " stroke-dasharray=\"" + line.dashes + '"') + "/>";
      text(x + 280, 160, "start", line.name, "legend");
      x += 280 + static_cast<std::int64_t>(display_width(line.name)) * 66 + 160;
    }
    if (logarithmic_) {
      text((kLeft + kPlotWidth) * 10, 160, "end", "log scale");
    }
  }

  const Chart& chart_;
  std::int64_t top_ = 0;
  std::int64_t bottom_ = 0;
  bool logarithmic_ = false;
  std::string out_;
};

}  // namespace

std::string svg_chart(const Chart& chart) { return ChartDrawing(chart).draw(); }

}  // namespace shaketable::reports
