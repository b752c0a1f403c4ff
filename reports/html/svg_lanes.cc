#include <algorithm>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html/lanes.h"

namespace shaketable::reports {
namespace {

constexpr int kWidth = 1'120;
constexpr int kLeft = 230;
constexpr int kPlotWidth = kWidth - kLeft - 10;
constexpr int kRow = 22;
constexpr int kHead = 24;
constexpr int kAxis = 22;
constexpr std::size_t kStripPoints = 220;

class LanesDrawing {
 public:
  LanesDrawing(const Page& page, const std::vector<LaneGroup>& groups)
      : page_(page),
        groups_(groups),
        end_ns_(std::max<std::int64_t>(proxy::nanoseconds_of(page.report.record.ended), 1)) {
    height_ = kAxis * 2;
    for (const LaneGroup& group : groups) {
      height_ += kHead + static_cast<int>(group.lanes.size()) * kRow;
    }
  }

  std::string draw() {
    out_ = begin_drawing(kWidth, height_,
                         "States over the run on one time axis; each bar names its reason and time",
                         true);
    faults();
    axis(kAxis - 8);
    int y = kAxis;
    for (const LaneGroup& group : groups_) {
      out_ += drawn_text(0, (y + 16) * 10, group.title, "start", "name", 11);
      y += kHead;
      for (const DrawnLane& lane : group.lanes) {
        draw_lane(lane, y);
        y += kRow;
      }
    }
    axis(height_ - 6);
    return out_ + "</svg>";
  }

 private:
  [[nodiscard]] std::int64_t x_of(std::int64_t ns) const {
    const std::int64_t inside = std::clamp<std::int64_t>(ns, 0, end_ns_);
    return kLeft * 10 +
           static_cast<std::int64_t>(static_cast<__int128>(inside) * kPlotWidth * 10 / end_ns_);
  }

  void faults() {
    for (const ChartBand& band : page_.bands) {
      const std::int64_t from = x_of(band.from_ns);
      out_ +=
          "<rect class=\"band\" fill=\"#8a93a2\" fill-opacity=\".13\" stroke=\"#8a93a2\" "
          "stroke-opacity=\".5\" stroke-dasharray=\"3 3\" x=\"" +
          tenths(from) + "\" y=\"" + std::to_string(kAxis) + "\" width=\"" +
          tenths(std::max<std::int64_t>(x_of(band.to_ns) - from, 15)) + "\" height=\"" +
          std::to_string(height_ - 2 * kAxis) + "\"/>";
    }
  }

  void axis(int baseline) {
    const std::int64_t step = tick_step(end_ns_, 10);
    for (std::int64_t at = 0; at <= end_ns_; at += step) {
      out_ += drawn_tick(
          {.at_ns = at, .step_ns = step, .end_ns = end_ns_, .x = x_of(at), .y = baseline * 10});
      if (baseline < kAxis) {
        out_ += "<path class=\"grid\" stroke=\"#dfe3e8\" d=\"M" + tenths(x_of(at)) + ' ' +
                std::to_string(kAxis) + 'v' + std::to_string(height_ - 2 * kAxis) + "\"/>";
      }
    }
  }

  void draw_lane(const DrawnLane& lane, int y) {
    constexpr std::size_t kMostLetters = 34;
    const std::string label = drawn_text(
        140, (y + 15) * 10, shortened(for_terminal(lane.name), kMostLetters), "start", "", 11);
    if (lane.service < page_.report.scenario.mesh.services.size()) {
      out_ += "<a href=\"#" + service_anchor(page_.report.scenario, lane.service) + "\">" + label +
              "</a>";
    } else {
      out_ += label;
    }
    out_ += "<path class=\"grid\" stroke=\"#dfe3e8\" d=\"M" + std::to_string(kLeft) + ' ' +
            std::to_string(y + kRow - 1) + 'h' + std::to_string(kPlotWidth) + "\"/>";
    if (!lane.values.empty()) {
      draw_strip(lane, y);
    }
    for (const DrawnSpan& span : lane.spans) {
      draw_span(span, y);
    }
    out_ += '\n';
  }

  // As bars from the row's floor; the greatest value is said in words.
  void draw_strip(const DrawnLane& lane, int y) {
    const Thinned thinned = thin_out(lane.values, kStripPoints);
    const auto count = static_cast<std::int64_t>(thinned.values.size());
    const std::int64_t floor = (y + kRow - 2) * 10;
    std::string path = 'M' + std::to_string(kLeft) + ' ' + tenths(floor);
    std::int64_t last = floor;
    for (std::int64_t i = 0; i < count; ++i) {
      const std::int64_t part = thinned.values[static_cast<std::size_t>(i)].value_or(0);
      const std::int64_t height = static_cast<std::int64_t>(
          static_cast<__int128>(std::clamp<std::int64_t>(part, 0, lane.top)) * (kRow - 6) * 10 /
          std::max<std::int64_t>(lane.top, 1));
      const std::int64_t x = (i + 1) * kPlotWidth * 10 / count + kLeft * 10;
      path += floor - height == last ? "" : 'V' + tenths(floor - height);
      path += 'H' + tenths(x);
      last = floor - height;
    }
    path += 'V' + tenths(floor) + 'Z';
    const std::string number = std::to_string(lane.color % 8);
    out_ += "<path class=\"f" + number + "\" fill=\"" + line_color(lane.color) +
            "\" fill-opacity=\".5\" d=\"" + path + "\"><title>" + safe(lane.unit_words, 120) +
            "</title></path>" +
            drawn_text((kLeft + kPlotWidth - 4) * 10, (y + 14) * 10, lane.unit_words, "end",
                       "d halo", 10);
  }

  void draw_span(const DrawnSpan& span, int y) {
    const std::int64_t from = x_of(span.from_ns);
    const std::int64_t width = std::max<std::int64_t>(x_of(span.to_ns) - from, 25);
    const std::string tone = class_of(span.tone);
    out_ += "<rect class=\"f-" + tone + "\" fill=\"" + color_of(span.tone) + "\" x=\"" +
            tenths(from) + "\" y=\"" + std::to_string(y + 3) + "\" width=\"" + tenths(width) +
            "\" height=\"" + std::to_string(kRow - 7) + "\" rx=\"2\"><title>" +
            safe(span.words, 200) + ", " +
            engine::format_span(proxy::instant_at(span.from_ns), proxy::instant_at(span.to_ns)) +
            "</title></rect>";
    write_inside(span, from, width, y);
  }

  // All of the words where there is room, else those before the colon, else none.
  void write_inside(const DrawnSpan& span, std::int64_t from, std::int64_t width, int y) {
    constexpr std::int64_t kLetter = 60;
    const auto room = static_cast<std::size_t>(std::max<std::int64_t>(width - 60, 0) / kLetter);
    std::string words = for_terminal(span.words);
    if (display_width(words) > room) {
      words = words.substr(0, words.find(':'));
    }
    if (display_width(words) <= room) {
      out_ += "<text class=\"on\" fill=\"#ffffff\" font-size=\"10\" x=\"" + tenths(from + 40) +
              "\" y=\"" + std::to_string(y + 14) + "\">" + for_html(words) + "</text>";
    }
  }

  const Page& page_;
  const std::vector<LaneGroup>& groups_;
  std::int64_t end_ns_;
  int height_ = 0;
  std::string out_;
};

}  // namespace

std::string svg_lanes(const Page& page, const std::vector<LaneGroup>& groups) {
  return LanesDrawing(page, groups).draw();
}

}  // namespace shaketable::reports
