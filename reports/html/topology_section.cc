#include <algorithm>
#include <set>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html/topology.h"

namespace shaketable::reports {
namespace {

using engine::ServiceIndex;

constexpr TopologyMeasures kMeasures;
constexpr std::int64_t kCharacter = 58;  // Of small text, tenths of a pixel.

struct Box {
  std::int64_t left, top, right, bottom;
  [[nodiscard]] bool meets(const Box& other) const {
    return left < other.right && other.left < right && top < other.bottom && other.top < bottom;
  }
};

std::string at(const DrawnPoint& point) { return tenths(point.x) + ' ' + tenths(point.y); }

// A point of a cubic curve that leaves and arrives horizontally; `part` of 16.
DrawnPoint on_curve(const DrawnPoint& from, const DrawnPoint& to, std::int64_t part) {
  const std::int64_t bend = (to.x - from.x) / 2;
  const auto mix = [part](std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
    const std::int64_t u = 16 - part;
    return (a * u * u * u + 3 * b * u * u * part + 3 * c * u * part * part +
            d * part * part * part) /
           4096;
  };
  return {mix(from.x, from.x + bend, to.x - bend, to.x), mix(from.y, from.y, to.y, to.y)};
}

class TopologyDrawing {
 public:
  TopologyDrawing(Page& page, const DrawnTopology& topology) : page_(page), topology_(topology) {
    for (const engine::RunEvent& event : page.report.record.events) {
      if (event.kind == engine::EventKind::kCircuitOpen) {
        opened_.emplace(event.caller, event.service);
      }
    }
    for (const DrawnPoint& corner : topology.layout.boxes) {
      taken_.push_back({corner.x, corner.y, corner.x + kMeasures.box_width * 10,
                        corner.y + kMeasures.box_height * 10});
    }
  }

  void draw() {
    const TopologyLayout& layout = topology_.layout;
    const bool is_wide = layout.width > 1'500;  // Shrunk to the page nobody could read it.
    page_.out += std::string("<figure class=\"stage\" id=\"map\"><div class=\"scroll") +
                 (is_wide ? " wide" : "") +
                 "\" tabindex=\"0\" role=\"group\" aria-label=\"Drawing of the topology\">" +
                 begin_drawing(layout.width, layout.height, description(), true);
    for (std::size_t e = 0; e < topology_.edges.size(); ++e) {
      draw_line(e);
    }
    for (std::size_t n = 0; n < topology_.services.size(); ++n) {
      draw_box(n);
    }
    for (const std::size_t e : edges_by_trouble()) {
      draw_label(e);
    }
    page_.out += "</svg></div>";
    legend();
    page_.out += "<figcaption>" + caption() + "</figcaption></figure>\n";
  }

 private:
  [[nodiscard]] std::string description() const {
    return "Services and their calls: " + std::to_string(topology_.services.size()) +
           " services, " + std::to_string(topology_.edges.size()) +
           " kinds of calls. The tables of services and calls hold the same.";
  }

  [[nodiscard]] std::string caption() const {
    std::string text =
        "Callers on the left. A box shows the worst state of its service over the run, its share "
        "of "
        "successful requests and its p99; a line is as thick as its traffic is large.";
    if (topology_.left_out > 0) {
      text += " Drawn are the " + std::to_string(topology_.services.size()) +
              " services with the most to tell, and who calls them; " +
              std::to_string(topology_.left_out) + " more are in the table.";
    }
    return text;
  }

  void legend() {
    page_.out += "<ul class=\"legend\" aria-label=\"Legend\">";
    constexpr std::pair<Tone, const char*> kWords[] = {
        {Tone::kHealthy, "healthy"},
        {Tone::kDegraded, "degraded: slower or more errors than normal"},
        {Tone::kFailing, "failing: half of a bucket failed"},
        {Tone::kDown, "down: no instance was up"},
        {Tone::kNoData, "no requests"}};
    for (const auto& [tone, words] : kWords) {
      page_.out += "<li>" + glyph(tone) + ' ' + words + "</li>";
    }
    page_.out += "<li>&#8856; a circuit breaker opened</li>";
    if (!page_.changes.empty()) {
      page_.out +=
          "<li>dashed ring: changed by more than what matters, &#9660; worse, &#9650; better, + "
          "new</li>";
    }
    page_.out += "</ul>";
  }

  static const char* border_of(Tone tone) {
    switch (tone) {
      case Tone::kHealthy:
        return " stroke-width=\"1.5\"";
      case Tone::kDegraded:
        return " stroke-width=\"3\"";
      case Tone::kFailing:
        return " stroke-width=\"2\"";
      case Tone::kDown:
        return " stroke-width=\"3\" stroke-dasharray=\"7 4\"";
      case Tone::kNoData:
        break;
    }
    return " stroke-width=\"1.5\" stroke-dasharray=\"2 3\"";
  }

  [[nodiscard]] std::string rectangle(const char* role, Tone tone, const DrawnPoint& corner,
                                      int inset, const char* border) const {
    const auto px = [](std::int64_t value) { return tenths(value); };
    return std::string("<rect class=\"") + role + " s-" + class_of(tone) + "\" x=\"" +
           px(corner.x + inset * 10) + "\" y=\"" + px(corner.y + inset * 10) + "\" width=\"" +
           std::to_string(kMeasures.box_width - 2 * inset) + "\" height=\"" +
           std::to_string(kMeasures.box_height - 2 * inset) +
           "\" rx=\"5\" fill=\"#ffffff\" stroke=\"" + color_of(tone) + '"' + border + "/>";
  }

  void draw_box(std::size_t node) {
    const ServiceIndex service = topology_.services[node];
    const engine::GoldenSignals& signals = page_.report.verdict.signals[service];
    const Tone tone = tone_of(signals.worst);
    const std::string name = engine::service_name(page_.report.scenario, service);
    const DrawnPoint& corner = topology_.layout.boxes[node];
    std::string& out = page_.out;
    const engine::Change change =
        service < page_.changes.size() ? page_.changes[service] : engine::Change::kSame;
    out += "<a href=\"#" + service_anchor(page_.report.scenario, service) + "\" data-n=\"" +
           std::to_string(node) + "\"><title>" + safe(name, 120) + ": " +
           engine::name_of(signals.worst) + words_of(change) + "</title>";
    draw_ring(change, corner);
    out += rectangle("paper outer", tone, corner, 0, border_of(tone));
    // A second border, so that colour is not all that tells.
    out += rectangle("paper inner", tone, corner, 4,
                     tone == Tone::kFailing ? " stroke-width=\"1\""
                                            : " stroke-width=\"1\" visibility=\"hidden\"");
    out += "<path class=\"glyph f-" + std::string(class_of(tone)) + "\" fill=\"" + color_of(tone) +
           "\" fill-rule=\"evenodd\" transform=\"translate(" + tenths(corner.x + 170) + ' ' +
           tenths(corner.y + 160) + ")\" d=\"" + glyph_path(tone) + "\"/>";
    out += drawn_text(corner.x + 300, corner.y + 200, shortened(for_terminal(name), 17), "start",
                      "name", 11);
    const std::string figures = signals.requests == 0
                                    ? std::string("no requests")
                                    : engine::format_ppm(signals.success_ppm) + " ok, p99 " +
                                          engine::format_duration(signals.p99);
    out += drawn_text(corner.x + 110, corner.y + 365, figures, "start", "d m", 10);
    out += "</a>\n";
  }

  static const char* words_of(engine::Change change) {
    switch (change) {
      case engine::Change::kWorse:
        return ", worse than before";
      case engine::Change::kBetter:
        return ", better than before";
      case engine::Change::kAdded:
        return ", new";
      case engine::Change::kOther:
        return ", different";
      case engine::Change::kRemoved:
      case engine::Change::kSame:
        break;
    }
    return "";
  }

  // Around a box whose figures changed, with a sign at its corner.
  void draw_ring(engine::Change change, const DrawnPoint& corner) {
    if (*words_of(change) == '\0') {
      return;
    }
    const bool is_worse = change == engine::Change::kWorse;
    const bool is_better = change == engine::Change::kBetter;
    const Tone tone = is_worse ? Tone::kFailing : is_better ? Tone::kHealthy : Tone::kNoData;
    const std::string stroke =
        std::string("\" stroke=\"") + color_of(tone) + "\" fill=\"none\" stroke-width=\"2\"";
    page_.out += std::string("<rect class=\"ring s-") + class_of(tone) + stroke +
                 " stroke-dasharray=\"5 3\" rx=\"9\" x=\"" + tenths(corner.x - 60) + "\" y=\"" +
                 tenths(corner.y - 60) + "\" width=\"" + std::to_string(kMeasures.box_width + 12) +
                 "\" height=\"" + std::to_string(kMeasures.box_height + 12) + "\"/>" +
                 drawn_text(corner.x + (kMeasures.box_width - 8) * 10, corner.y + 190,
                            is_worse                           ? "\xe2\x96\xbc"
                            : is_better                        ? "\xe2\x96\xb2"
                            : change == engine::Change::kAdded ? "+"
                                                               : "\xe2\x89\xa0",
                            "end", (std::string("f-") + class_of(tone)).c_str(), 12);
  }

  [[nodiscard]] const engine::WindowTotals* totals_of(std::size_t edge) const {
    const auto found = page_.edges.find(topology_.edges[edge]);
    return found == page_.edges.end() ? nullptr : &found->second->total;
  }

  // One to four and a half pixels, by the order of magnitude of the traffic; in tenths.
  [[nodiscard]] int thickness_of(std::size_t edge) const {
    const engine::WindowTotals* totals = totals_of(edge);
    int thickness = 12;
    for (std::uint64_t count = totals == nullptr ? 0 : totals->count; count >= 100; count /= 10) {
      thickness += 7;
    }
    return std::min(thickness, 45);
  }

  void draw_line(std::size_t edge) {
    const std::vector<DrawnPoint>& line = topology_.layout.lines[edge];
    const Tone tone = tone_of(totals_of(edge));
    std::string path = 'M' + at(line.front());
    for (std::size_t i = 1; i < line.size(); i += 2) {
      const DrawnPoint& from = line[i - 1];
      const DrawnPoint& to = line[i];
      const std::int64_t bend = std::max<std::int64_t>((to.x - from.x) / 2, 400);
      path += 'C' + at({from.x + bend, from.y}) + ' ' + at({to.x - bend, to.y}) + ' ' + at(to);
      if (i + 1 < line.size()) {
        path += 'H' + tenths(line[i + 1].x);
      }
    }
    page_.out += "<path data-e=\"" + std::to_string(edge) + "\" class=\"s-" + class_of(tone) +
                 "\" fill=\"none\" stroke=\"" + color_of(tone) +
                 "\" stroke-opacity=\".6\" stroke-width=\"" + tenths(thickness_of(edge)) + '"' +
                 (tone == Tone::kNoData ? " stroke-dasharray=\"2 4\"" : "") + " d=\"" + path +
                 "\"/>\n";
  }

  [[nodiscard]] std::vector<std::size_t> edges_by_trouble() const {
    std::vector<std::size_t> order(topology_.edges.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::stable_sort(order.begin(), order.end(), [this](std::size_t l, std::size_t r) {
      const auto weight = [this](std::size_t e) {
        const engine::WindowTotals* totals = totals_of(e);
        return std::pair(tone_of(totals), totals == nullptr ? 0 : totals->count);
      };
      return weight(l) > weight(r);
    });
    return order;
  }

  // Rate and errors, where there is room beside the line; what finds none is in the table of calls.
  void draw_label(std::size_t edge) {
    const engine::WindowTotals* totals = totals_of(edge);
    if (totals == nullptr || totals->count == 0) {
      return;
    }
    const engine::Duration measured =
        std::min(page_.report.verdict.measured.to, page_.report.record.ended) -
        page_.report.verdict.measured.from;
    const bool opened = opened_.contains(topology_.edges[edge]);
    const std::string label = (opened ? "\xe2\x8a\x98 " : "") +
                              engine::format_rate(engine::rate_of(totals->count, measured));
    std::string trouble;
    if (tone_of(totals) != Tone::kHealthy) {
      const std::uint64_t errors = engine::errors_of(totals->outcomes);
      trouble = engine::format_ppm(engine::share_in_ppm(errors, totals->count)) + " err";
    }
    const auto letters =
        static_cast<std::int64_t>(std::max(display_width(label), display_width(trouble)));
    const std::int64_t width = letters * kCharacter + 40;
    const std::int64_t lower = trouble.empty() ? 60 : 180;
    const std::vector<DrawnPoint>& line = topology_.layout.lines[edge];
    const DrawnPoint& from = line[line.size() - 2];
    const DrawnPoint& to = line.back();
    for (const std::int64_t part : {8, 11, 5, 13, 3, 10, 6}) {
      const DrawnPoint middle = on_curve(from, to, part);
      const Box box{middle.x - width / 2, middle.y - 80, middle.x + width / 2, middle.y + lower};
      const bool free = std::none_of(taken_.begin(), taken_.end(),
                                     [&box](const Box& other) { return box.meets(other); });
      if (free && box.left > 0) {
        taken_.push_back(box);
        page_.out += "<g data-l=\"" + std::to_string(edge) + "\">" +
                     drawn_text(middle.x, middle.y + 35, label, "middle", "d halo", 10) +
                     drawn_text(middle.x, middle.y + 155, trouble, "middle", "d halo", 10) +
                     "</g>\n";
        return;
      }
    }
  }

  Page& page_;
  const DrawnTopology& topology_;
  std::set<EdgeKey> opened_;
  std::vector<Box> taken_;
};

}  // namespace

void write_topology(Page& page) {
  page.out += begin_section("topology", "Topology");
  if (page.services.empty()) {
    page.out += "<p>The mesh has no services.</p>\n</section>\n";
    return;
  }
  const DrawnTopology topology = choose_topology(page);
  TopologyDrawing(page, topology).draw();
  page.replay_data = replay_of(page, topology);
  page.out += "</section>\n";
}

}  // namespace shaketable::reports
