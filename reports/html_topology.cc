#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/judge/health.h"
#include "engine/judge/metrics.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html_parts.h"
#include "reports/layered_layout.h"
#include "reports/rows.h"

namespace shaketable::reports {
namespace {

using engine::ServiceIndex;
using engine::ServiceState;
using Edge = std::pair<ServiceIndex, ServiceIndex>;  // Caller, callee.

constexpr int kBoxWidth = 168;
constexpr int kBoxHeight = 46;
constexpr int kColumn = 304;
constexpr int kRow = 70;
constexpr int kMargin = 14;
constexpr std::size_t kMostLabels = 40;
constexpr std::int64_t kTroubledPpm = 10'000;  // 1 % of a caller's requests failed.
constexpr std::int64_t kBrokenPpm = 250'000;

void collect_calls(const std::vector<engine::Step>& steps, ServiceIndex caller,
                   std::set<Edge>& edges) {
  for (const engine::Step& step : steps) {
    if (step.kind == engine::Step::Kind::kCall && step.call.service != engine::kNone) {
      edges.emplace(caller, step.call.service);
    }
    for (const auto& branch : step.branches) {
      collect_calls(branch, caller, edges);
    }
  }
}

// Calls that the mesh may make and those that were made.
std::set<Edge> edges_of(const Report& report) {
  std::set<Edge> edges;
  const auto& services = report.scenario.mesh.services;
  for (std::size_t s = 0; s < services.size(); ++s) {
    for (const engine::Version& version : services[s].versions) {
      for (const engine::Endpoint& endpoint : version.endpoints) {
        collect_calls(endpoint.steps, static_cast<ServiceIndex>(s), edges);
      }
    }
  }
  for (const engine::Series& series : report.record.series) {
    const engine::Subject& subject = series.subject;
    if (subject.kind == engine::Subject::Kind::kEdge && subject.caller < services.size() &&
        subject.service < services.size()) {
      edges.emplace(subject.caller, subject.service);
    }
  }
  return edges;
}

// All services of a small mesh; of a large one those with the most to tell, each with a chain of
// callers up to an entry, so that the picture hangs together. In rising order.
std::vector<ServiceIndex> choose(const Report& report, const std::set<Edge>& edges,
                                 std::size_t most) {
  const std::vector<ServiceIndex> order = by_importance(report);
  std::map<ServiceIndex, ServiceIndex> caller_of;  // The first one.
  for (const Edge& edge : edges) {
    caller_of.emplace(edge.second, edge.first);
  }
  std::set<ServiceIndex> chosen;
  for (ServiceIndex service : order) {
    while (chosen.size() < most && chosen.insert(service).second) {
      const auto caller = caller_of.find(service);
      if (caller == caller_of.end()) {
        break;
      }
      service = caller->second;
    }
  }
  return {chosen.begin(), chosen.end()};
}

class Topology {
 public:
  Topology(const Report& report, std::size_t most) : report_(report) {
    const std::set<Edge> all = edges_of(report);
    chosen_ = choose(report, all, most);
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (const Edge& edge : all) {
      const auto from = std::lower_bound(chosen_.begin(), chosen_.end(), edge.first);
      const auto to = std::lower_bound(chosen_.begin(), chosen_.end(), edge.second);
      if (from != chosen_.end() && *from == edge.first && to != chosen_.end() &&
          *to == edge.second) {
        edges_.push_back(edge);
        pairs.emplace_back(from - chosen_.begin(), to - chosen_.begin());
      }
    }
    pairs_ = pairs;
    layout_ = lay_out(chosen_.size(), pairs_);
    for (const engine::RunEvent& event : report.record.events) {
      if (event.kind == engine::EventKind::kCircuitOpen) {
        opened_.emplace(event.caller, event.service);
      }
    }
    for (const engine::Series& series : report.record.series) {
      if (series.subject.kind == engine::Subject::Kind::kEdge) {
        series_[{series.subject.caller, series.subject.service}] = &series;
      }
    }
  }

  std::string draw() {
    std::size_t tallest = 1;
    for (const std::size_t rows : layout_.rows) {
      tallest = std::max(tallest, rows);
    }
    height_ = static_cast<int>(tallest) * kRow + 2 * kMargin;
    const int width =
        static_cast<int>(layout_.rows.size()) * kColumn - (kColumn - kBoxWidth) + 2 * kMargin;
    const bool is_wide = width > 1500;  // Shrunk to the page it could not be read: it scrolls.
    out_ = std::string("<figure><div class=\"scroll") + (is_wide ? " wide" : "") +
           "\"><svg viewBox=\"0 0 " + std::to_string(width) + ' ' + std::to_string(height_) +
           "\" width=\"" + std::to_string(width) + "\" height=\"" + std::to_string(height_) +
           "\" role=\"img\" aria-label=\"" + description() + "\">";
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      draw_edge(i);
    }
    for (std::size_t n = 0; n < chosen_.size(); ++n) {
      draw_box(n);
    }
    for (std::size_t i = 0; i < edges_.size(); ++i) {
      draw_label(i);
    }
    return out_ + "</svg></div>\n<figcaption>" + caption() + "</figcaption></figure>\n";
  }

 private:
  [[nodiscard]] std::string description() const {
    return "Services and their calls: " + std::to_string(chosen_.size()) + " services, " +
           std::to_string(edges_.size()) + " kinds of calls. The tables below hold the same.";
  }

  [[nodiscard]] std::string caption() const {
    const std::size_t all = report_.verdict.signals.size();
    std::string text =
        "Callers on the left. A box shows the worst state of its service, its "
        "share of successful requests and its p99; a line is as thick as its "
        "traffic.";
    if (edges_.size() > kMostLabels) {
      text += " Only lines in trouble are labelled.";
    }
    if (chosen_.size() < all) {
      text += " Drawn are the " + std::to_string(chosen_.size()) +
              " services with the most to tell, and who calls them; " +
              std::to_string(all - chosen_.size()) + " more are in the table.";
    }
    return text;
  }

  [[nodiscard]] int x_of(std::size_t node) const {
    return kMargin + static_cast<int>(layout_.nodes[node].layer) * kColumn;
  }
  // Layers are centred on each other.
  [[nodiscard]] int y_of(std::size_t node) const {
    const engine::ServiceIndex rows =
        static_cast<engine::ServiceIndex>(layout_.rows[layout_.nodes[node].layer]);
    const int used = static_cast<int>(rows) * kRow;
    return (height_ - used) / 2 + static_cast<int>(layout_.nodes[node].row) * kRow +
           (kRow - kBoxHeight) / 2;
  }

  void draw_box(std::size_t node) {
    const engine::GoldenSignals& signals = report_.verdict.signals[chosen_[node]];
    const ServiceState state = signals.worst;
    const std::string name = engine::service_name(report_.scenario, chosen_[node]);
    const int x = x_of(node);
    const int y = y_of(node);
    out_ += "<a href=\"#service-" + std::to_string(chosen_[node]) + "\"><g><title>" +
            for_html(name) + ": " + engine::name_of(state) + "</title>";
    box(x, y, kBoxWidth, kBoxHeight, state, border_of(state));
    if (state == ServiceState::kFailing) {  // A double border, so that colour is not all.
      box(x + 4, y + 4, kBoxWidth - 8, kBoxHeight - 8, state, " stroke-width=\"1\"");
    }
    glyph(x + 18, y + 16, state);
    text(x + 32, y + 20, "name", shortened(for_terminal(name), 18));
    const std::string figures = signals.requests == 0
                                    ? std::string("no requests")
                                    : engine::format_ppm(signals.success_ppm) + " ok, p99 " +
                                          engine::format_duration(signals.p99);
    text(x + 12, y + 36, "small", figures);
    out_ += "</g></a>\n";
  }

  static const char* border_of(ServiceState state) {
    switch (state) {
      case ServiceState::kHealthy:
        return " stroke-width=\"1.5\"";
      case ServiceState::kDegraded:
        return " stroke-width=\"3\"";
      case ServiceState::kFailing:
        return " stroke-width=\"2\"";
      case ServiceState::kDown:
        return " stroke-width=\"3\" stroke-dasharray=\"7 4\"";
      case ServiceState::kNoData:
        break;
    }
    return " stroke-width=\"1.5\" stroke-dasharray=\"2 3\"";
  }

  void box(int x, int y, int width, int height, ServiceState state, const char* border) {
    out_ += "<rect class=\"box s-" + std::string(html_class(state)) + "\" x=\"" +
            std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" width=\"" +
            std::to_string(width) + "\" height=\"" + std::to_string(height) +
            "\" rx=\"5\" fill=\"#ffffff\" stroke=\"" + html_color(state) + '"' + border + "/>";
  }

  void glyph(int x, int y, ServiceState state) {
    const std::string paint =
        " class=\"f-" + std::string(html_class(state)) + "\" fill=\"" + html_color(state) + '"';
    const auto path = [&](const std::string& d) {
      out_ += "<path" + paint + " transform=\"translate(" + std::to_string(x) + ' ' +
              std::to_string(y) + ")\" d=\"" + d + "\"/>";
    };
    switch (state) {
      case ServiceState::kHealthy:
        out_ += "<circle" + paint + " cx=\"" + std::to_string(x) + "\" cy=\"" + std::to_string(y) +
                "\" r=\"5.5\"/>";
        return;
      case ServiceState::kDegraded:
        path("M0-7 7 6H-7Z");
        return;
      case ServiceState::kFailing:
        path("M0-7 7 0 0 7-7 0Z");
        return;
      case ServiceState::kDown:
        path("M-6-6H6V6H-6Z");
        return;
      case ServiceState::kNoData:
        out_ +=
            "<circle class=\"s-nodata\" fill=\"none\" stroke=\"#6b7280\" stroke-width=\"2\" "
            "cx=\"" +
            std::to_string(x) + "\" cy=\"" + std::to_string(y) + "\" r=\"5\"/>";
        return;
    }
  }

  void text(int x, int y, const char* css_class, const std::string& content,
            const char* anchor = "start") {
    out_ += std::string("<text class=\"") + css_class + "\" x=\"" + std::to_string(x) + "\" y=\"" +
            std::to_string(y) + "\" font-size=\"12\" text-anchor=\"" + anchor + "\">" +
            for_html(content) + "</text>";
  }

  [[nodiscard]] const engine::WindowTotals* totals_of(const Edge& edge) const {
    const auto found = series_.find(edge);
    return found == series_.end() ? nullptr : &found->second->total;
  }

  [[nodiscard]] static std::int64_t error_ppm(const engine::WindowTotals* totals) {
    return totals == nullptr
               ? 0
               : engine::share_in_ppm(engine::errors_of(totals->outcomes), totals->count);
  }

  [[nodiscard]] ServiceState state_of(const Edge& edge) const {
    const engine::WindowTotals* totals = totals_of(edge);
    if (totals == nullptr || totals->count == 0) {
      return ServiceState::kNoData;
    }
    const std::int64_t errors = error_ppm(totals);
    return errors > kBrokenPpm     ? ServiceState::kFailing
           : errors > kTroubledPpm ? ServiceState::kDegraded
                                   : ServiceState::kHealthy;
  }

  struct Ends {
    int x1, y1, x2, y2;
  };
  [[nodiscard]] Ends ends_of(std::size_t index) const {
    const auto& [from, to] = pairs_[index];
    return {x_of(from) + kBoxWidth, y_of(from) + kBoxHeight / 2, x_of(to),
            y_of(to) + kBoxHeight / 2};
  }

  // One to six pixels, by the order of magnitude of the traffic.
  [[nodiscard]] int thickness_of(const Edge& edge) const {
    const engine::WindowTotals* totals = totals_of(edge);
    int thickness = 1;
    for (std::uint64_t count = totals == nullptr ? 0 : totals->count; count >= 100; count /= 10) {
      ++thickness;
    }
    return std::min(thickness, 6);
  }

  void draw_edge(std::size_t index) {
    const Ends ends = ends_of(index);
    const ServiceState state = state_of(edges_[index]);
    const int bend = std::max((ends.x2 - ends.x1) / 2, 40);
    const auto at = [](int x, int y) { return std::to_string(x) + ' ' + std::to_string(y); };
    out_ += "<path class=\"s-" + std::string(html_class(state)) + "\" fill=\"none\" stroke=\"" +
            html_color(state) + "\" stroke-opacity=\"0.55\" stroke-width=\"" +
            std::to_string(thickness_of(edges_[index])) + '"' +
            (state == ServiceState::kNoData ? " stroke-dasharray=\"2 4\"" : "") + " d=\"M" +
            at(ends.x1, ends.y1) + " C" + at(ends.x1 + bend, ends.y1) + ' ' +
            at(ends.x2 - bend, ends.y2) + ' ' + at(ends.x2, ends.y2) + "\"/>\n";
  }

  void draw_label(std::size_t index) {
    const Edge& edge = edges_[index];
    const engine::WindowTotals* totals = totals_of(edge);
    const ServiceState state = state_of(edge);
    const bool calm = state == ServiceState::kHealthy || state == ServiceState::kNoData;
    if (totals == nullptr || totals->count == 0 || (calm && edges_.size() > kMostLabels)) {
      return;
    }
    const Ends ends = ends_of(index);
    // Near the callee: there lines of one caller are apart.
    const int x = ends.x2 - 6;
    const int y = ends.y2 - 5;
    const engine::Duration measured =
        std::min(report_.verdict.measured.to, report_.record.ended) - report_.verdict.measured.from;
    text(x, y, "small halo", engine::format_rate(engine::rate_of(totals->count, measured)), "end");
    int below = y + 17;
    if (!calm) {
      text(x, below, "small halo", engine::format_ppm(error_ppm(totals)) + " errors", "end");
      below += 14;
    }
    if (opened_.contains(edge)) {
      text(x, below, "small halo", "circuit opened", "end");
    }
  }

  const Report& report_;
  std::vector<ServiceIndex> chosen_;
  std::vector<Edge> edges_;
  std::vector<std::pair<std::size_t, std::size_t>> pairs_;  ///< Parallel, as places in `chosen_`.
  LayeredLayout layout_;
  std::set<Edge> opened_;
  std::map<Edge, const engine::Series*> series_;
  int height_ = 0;
  std::string out_;
};

}  // namespace

std::string html_topology(const Report& report, std::size_t most_services) {
  return Topology(report, most_services).draw();
}

}  // namespace shaketable::reports
