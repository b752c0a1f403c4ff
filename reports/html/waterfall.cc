#include "reports/html/waterfall.h"

#include <algorithm>

#include "engine/judge/critical_path.h"
#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "reports/escape.h"
#include "reports/html/chart.h"
#include "reports/html/chart_data.h"
#include "reports/html/markup.h"

namespace shaketable::reports {
namespace {

using engine::Instant;
using engine::kNone;
using engine::Span;
using engine::SpanKind;
using engine::Trace;

using Children = std::vector<std::vector<std::uint32_t>>;

Children children_of(const Trace& trace) {
  Children children(trace.spans.size());
  for (std::uint32_t i = 1; i < trace.spans.size(); ++i) {
    if (trace.spans[i].parent < i) {
      children[trace.spans[i].parent].push_back(i);
    }
  }
  return children;
}

// A stretch of a request's time.
struct PathPiece {
  Instant from{}, to{};
};

// The critical path by span.
std::vector<std::vector<PathPiece>> path_by_span(const Trace& trace) {
  std::vector<std::vector<PathPiece>> pieces(trace.spans.size());
  for (const engine::CriticalPiece& piece : engine::critical_path(trace)) {
    pieces[piece.span].push_back({piece.from, piece.to});
  }
  return pieces;
}

bool has_own_row(SpanKind kind) {
  switch (kind) {
    case SpanKind::kClient:
    case SpanKind::kInbound:
    case SpanKind::kQueue:
    case SpanKind::kCall:
    case SpanKind::kPending:
    case SpanKind::kAttempt:
    case SpanKind::kBackOff:
      return true;
    case SpanKind::kNetwork:
    case SpanKind::kApplication:
    case SpanKind::kWork:
    case SpanKind::kWait:
      break;
  }
  return false;
}

constexpr int kWidth = 1'080;
constexpr int kLeft = 330;
constexpr int kPlotWidth = kWidth - kLeft - 70;
constexpr int kRow = 20;
constexpr int kTop = 22;

class WaterfallDrawing {
 public:
  WaterfallDrawing(const engine::Scenario& scenario, const Trace& trace, std::size_t most_rows)
      : scenario_(scenario),
        trace_(trace),
        rows_(drawn_spans(trace, most_rows)),
        path_(path_by_span(trace)),
        row_of_(trace.spans.size(), kNone) {
    for (std::uint32_t i = 0; i < rows_.size(); ++i) {
      row_of_[rows_[i]] = i;
    }
    for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
      if (!has_own_row(trace.spans[i].kind) && trace.spans[i].parent < i) {
        row_of_[i] = row_of_[trace.spans[i].parent];  // Drawn in the bar of its parent.
      }
    }
  }

  std::string draw() {
    const int height = kTop + static_cast<int>(rows_.size()) * kRow + 6;
    out_ = begin_drawing(kWidth, height,
                         "Request " + std::to_string(trace_.number) + ": " +
                             std::to_string(rows_.size()) + " spans over " +
                             engine::format_duration(trace_.duration()));
    axis(height);
    for (const std::uint32_t span : rows_) {
      bar(span);
    }
    for (std::uint32_t i = 0; i < trace_.spans.size(); ++i) {
      on_path(i);
    }
    marks();
    return out_ + "</svg>";
  }

 private:
  [[nodiscard]] std::int64_t x_of(Instant at) const {
    const std::int64_t all = std::max<std::int64_t>((trace_.duration()).count(), 1);
    const std::int64_t inside = std::clamp<std::int64_t>((at - trace_.root().from).count(), 0, all);
    return kLeft * 10 +
           static_cast<std::int64_t>(static_cast<__int128>(inside) * kPlotWidth * 10 / all);
  }
  [[nodiscard]] int y_of(std::uint32_t span) const {
    return kTop + static_cast<int>(row_of_[span]) * kRow;
  }

  void axis(int height) {
    const std::int64_t all = std::max<std::int64_t>(trace_.duration().count(), 1);
    const std::int64_t step = nice_above(all / 5);
    for (std::int64_t at = 0; at <= all; at += step) {
      const std::int64_t x = x_of(trace_.root().from + proxy::Duration(at));
      out_ += drawn_text(x, 120, at == 0 ? "0" : engine::format_duration(at), "middle", "d", 10) +
              "<path class=\"grid\" stroke=\"#dfe3e8\" d=\"M" + tenths(x) + ' ' +
              std::to_string(kTop - 4) + 'V' + std::to_string(height) + "\"/>";
    }
  }

  [[nodiscard]] int depth_of(std::uint32_t span) const {
    int depth = 0;
    for (std::uint32_t at = trace_.spans[span].parent; at != kNone && at < trace_.spans.size();
         at = trace_.spans[at].parent) {
      depth += has_own_row(trace_.spans[at].kind) ? 1 : 0;
    }
    return std::min(depth, 14);
  }

  void bar(std::uint32_t number) {
    const Span& span = trace_.spans[number];
    const int y = y_of(number);
    const int indent = depth_of(number) * 11;
    const auto letters = static_cast<std::size_t>((kLeft - 12 - indent) / 6);
    out_ += drawn_text(indent * 10, (y + 13) * 10,
                       shortened(for_terminal(span_words(scenario_, span)), letters), "start",
                       span.kind == SpanKind::kBackOff ? "d" : "", 10);
    const std::int64_t from = x_of(span.from);
    const std::int64_t width = std::max<std::int64_t>(x_of(span.to) - from, 15);
    const bool failed =
        span.outcome != engine::Outcome::kOk && span.outcome != engine::Outcome::kClientError;
    const bool waits = span.kind == SpanKind::kQueue || span.kind == SpanKind::kPending ||
                       span.kind == SpanKind::kBackOff;
    const Tone tone = failed ? Tone::kFailing : waits ? Tone::kDegraded : Tone::kHealthy;
    out_ += "<rect class=\"f-" + std::string(class_of(tone)) + "\" fill=\"" + color_of(tone) +
            "\" fill-opacity=\"" + (waits ? ".45" : ".8") + "\" x=\"" + tenths(from) + "\" y=\"" +
            std::to_string(y + 4) + "\" width=\"" + tenths(width) + "\" height=\"11\" rx=\"2\"";
    if (span.is_cancelled) {
      out_ += " stroke=\"#565d68\" stroke-dasharray=\"3 2\"";
    }
    out_ += "/>";
    std::string after = engine::format_duration(span.to - span.from);
    if (span.status > 0 && (failed || span.kind == SpanKind::kClient)) {
      after += ' ' + std::to_string(span.status);
    } else if (failed) {
      after += std::string(" ") + outcome_words(static_cast<std::size_t>(span.outcome));
    }
    const std::int64_t end = from + width;
    // Behind the bar, else before it, else on its end: never over the names.
    const std::int64_t length = static_cast<std::int64_t>(after.size()) * 60;
    const bool behind = end + length <= kWidth * 10;
    const bool before = from - 40 - length >= kLeft * 10;
    out_ += drawn_text(behind ? end + 40 : (before ? from : end) - 40, (y + 13) * 10, after,
                       behind ? "start" : "end", "d halo", 10) +
            '\n';
  }

  void on_path(std::uint32_t number) {
    if (row_of_[number] == kNone) {
      return;
    }
    for (const PathPiece& piece : path_[number]) {
      const std::int64_t from = x_of(piece.from);
      out_ += "<rect class=\"f5\" fill=\"#3b3f46\" x=\"" + tenths(from) + "\" y=\"" +
              std::to_string(y_of(number) + 15) + "\" width=\"" +
              tenths(std::max<std::int64_t>(x_of(piece.to) - from, 5)) + "\" height=\"2.5\"/>";
    }
  }

  void marks() {
    for (std::size_t i = 0; i < trace_.events.size(); ++i) {
      const engine::SpanEvent& event = trace_.events[i];
      if (event.span >= row_of_.size() || row_of_[event.span] == kNone) {
        continue;
      }
      const std::int64_t x = x_of(event.at);
      const std::int64_t y = y_of(event.span) * 10 + 95;
      out_ += "<circle class=\"paper\" fill=\"#ffffff\" stroke=\"#3b3f46\" r=\"6.5\" cx=\"" +
              tenths(x) + "\" cy=\"" + tenths(y) + "\"/>" +
              drawn_text(x, y + 30, std::to_string(i + 1), "middle", "", 8);
    }
  }

  const engine::Scenario& scenario_;
  const Trace& trace_;
  std::vector<std::uint32_t> rows_;
  std::vector<std::vector<PathPiece>> path_;
  std::vector<std::uint32_t> row_of_;  ///< By span; kNone = not drawn.
  std::string out_;
};

}  // namespace

std::vector<std::uint32_t> drawn_spans(const Trace& trace, std::size_t most_rows) {
  const Children children = children_of(trace);
  std::vector<std::uint32_t> longest;
  for (std::uint32_t i = 0; i < trace.spans.size(); ++i) {
    if (has_own_row(trace.spans[i].kind)) {
      longest.push_back(i);
    }
  }
  std::stable_sort(longest.begin(), longest.end(), [&trace](std::uint32_t l, std::uint32_t r) {
    return trace.spans[l].to - trace.spans[l].from > trace.spans[r].to - trace.spans[r].from;
  });
  longest.resize(std::min(longest.size(), most_rows));
  std::vector<bool> is_drawn(trace.spans.size());
  for (const std::uint32_t span : longest) {
    is_drawn[span] = true;
  }
  std::vector<std::uint32_t> rows;
  std::vector<std::uint32_t> open;
  if (!trace.spans.empty()) {
    open.push_back(0);
  }
  while (!open.empty()) {
    const std::uint32_t span = open.back();
    open.pop_back();
    if (is_drawn[span]) {
      rows.push_back(span);
    }
    open.insert(open.end(), children[span].rbegin(), children[span].rend());
  }
  return rows;
}

std::string span_words(const engine::Scenario& scenario, const Span& span) {
  const auto host = [&](engine::ServiceIndex service, std::uint32_t instance) {
    return instance == kNone ? engine::service_name(scenario, service)
                             : engine::instance_name(scenario, service, instance);
  };
  const auto endpoint = [&](engine::ServiceIndex service) {
    const auto& services = scenario.mesh.services;
    return service < services.size() && span.endpoint < services[service].endpoint_names.size()
               ? " " + services[service].endpoint_names[span.endpoint]
               : std::string();
  };
  switch (span.kind) {
    case SpanKind::kClient:
      return "client asks " + engine::service_name(scenario, span.peer) + endpoint(span.peer);
    case SpanKind::kCall:
      return "call " + engine::service_name(scenario, span.peer) + endpoint(span.peer) +
             (span.attempt > 1 ? " (" + std::to_string(span.attempt) + " tries)" : "");
    case SpanKind::kAttempt:
      return (span.is_mirror ? std::string("mirror") : "try " + std::to_string(span.attempt)) +
             " at " + host(span.peer, span.peer_instance);
    case SpanKind::kInbound:
      return host(span.service, span.instance) + endpoint(span.service);
    case SpanKind::kQueue:
      return "waits for a worker";
    case SpanKind::kPending:
      return "waits for a connection";
    case SpanKind::kBackOff:
      return "back-off";
    case SpanKind::kNetwork:
      return span.is_response ? "response under way" : "request under way";
    case SpanKind::kApplication:
    case SpanKind::kWork:
    case SpanKind::kWait:
      break;
  }
  return engine::name_of(span.kind);
}

std::string svg_waterfall(const engine::Scenario& scenario, const Trace& trace,
                          std::size_t most_rows) {
  return WaterfallDrawing(scenario, trace, most_rows).draw();
}

}  // namespace shaketable::reports
