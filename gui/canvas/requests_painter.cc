#include <QObject>
#include <QPaintDevice>
#include <QPixmap>
#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <numeric>
#include <vector>

#include "gui/canvas/canvas_painter.h"
#include "gui/canvas/mesh_brush.h"

// Requests on their way.
namespace shaketable::gui {
namespace {

constexpr double kFineRadius = 3.1;

// The dots of an edge as they are wanted, before all dots are counted.
int dots_of(const EdgeLook& look) { return 1 + static_cast<int>(std::log2(1 + look.rate) * 0.9); }

// A dot that is drawn once and stamped often; `scale` is the view's.
QPixmap stamp_of(const QPainter& painter, DotKind kind, const Theme& theme, double scale) {
  const double radius = (kind == DotKind::kFine ? kFineRadius : 5.5) * scale;
  const double ratio = painter.device()->devicePixelRatio();
  const int side = 2 * static_cast<int>(std::ceil(radius)) + 4;
  QPixmap stamp(QSize(side, side) * ratio);
  stamp.setDevicePixelRatio(ratio);
  stamp.fill(Qt::transparent);
  QPainter ink(&stamp);
  ink.setRenderHint(QPainter::Antialiasing);
  draw_dot(ink, kind, QPointF(side / 2.0, side / 2.0), radius, theme);
  return stamp;
}

// How the requests of a call end, as shares that follow each other up to 1.
struct Endings {
  double refused = 0, timeouts = 0, failed = 0, retried = 0;

  [[nodiscard]] DotKind at(double place) const {
    return place < refused    ? DotKind::kRefused
           : place < timeouts ? DotKind::kTimeout
           : place < failed   ? DotKind::kFailed
           : place < retried  ? DotKind::kRetried
                              : DotKind::kFine;
  }
};

// Failures of one in a hundred are seen, however few dots there are.
Endings endings_of(const EdgeLook& look, int dots) {
  const double failed = look.error_share >= 0.01 ? std::max(look.error_share, 0.9 / dots) : 0;
  const double scale = look.error_share > 0 ? failed / look.error_share : 0;
  Endings endings;
  endings.refused = look.refused_share * scale;
  endings.timeouts = endings.refused + look.timeout_share * scale;
  endings.failed = failed;
  endings.retried = failed + std::min(look.retry_share, 1.0) * (1 - failed);
  return endings;
}

// A step that visits all dots, those of one kind far from each other.
int stride_of(int dots) {
  int stride = std::max(1, static_cast<int>(std::lround(dots * 0.618)));
  while (std::gcd(stride, dots) != 1) {
    ++stride;
  }
  return stride;
}

// What requests on a line may not hide.
std::vector<QRectF> marks_on(const SceneEdge& edge, const Picture& picture, double margin) {
  std::vector<QRectF> marks;
  if (picture.marks != nullptr) {
    for (const QRectF& mark : *picture.marks) {
      const QRectF around = mark.adjusted(-margin, -margin, margin, margin);
      if (around.intersects(edge.reach)) {
        marks.push_back(around);
      }
    }
  }
  return marks;
}

}  // namespace

QString title_of(DotKind kind) {
  switch (kind) {
    case DotKind::kFine:
      return QObject::tr("answered");
    case DotKind::kRetried:
      return QObject::tr("retried");
    case DotKind::kFailed:
      return QObject::tr("failed");
    case DotKind::kTimeout:
      return QObject::tr("timed out");
    case DotKind::kRefused:
      return QObject::tr("refused");
  }
  return {};
}

void draw_dot(QPainter& painter, DotKind kind, const QPointF& centre, double radius,
              const Theme& theme) {
  const double line = std::max(1.2, radius * 0.34);
  const double inner = radius - line / 2;
  painter.setPen(Qt::NoPen);
  switch (kind) {
    case DotKind::kFine:
      painter.setBrush(theme.accent);
      painter.drawEllipse(centre, radius, radius);
      return;
    case DotKind::kRetried:
      painter.setBrush(theme.card);
      painter.setPen(QPen(theme.degraded, line));
      painter.drawEllipse(centre, inner, inner);
      return;
    case DotKind::kFailed:
      painter.setBrush(theme.failing);
      painter.drawPolygon(QPolygonF{centre + QPointF(0, -radius), centre + QPointF(radius, 0),
                                    centre + QPointF(0, radius), centre + QPointF(-radius, 0)});
      return;
    case DotKind::kTimeout:
      painter.setBrush(theme.card);
      painter.setPen(QPen(theme.failing, line));
      painter.drawEllipse(centre, inner, inner);
      return;
    case DotKind::kRefused:
      painter.setBrush(theme.failing);
      painter.drawRect(
          QRectF(centre.x() - radius * 0.8, centre.y() - radius * 0.8, radius * 1.6, radius * 1.6));
      return;
  }
}

void draw_requests(QPainter& painter, const Picture& picture, double scale, const QRectF& visible,
                   double seconds, int budget) {
  if (picture.look == nullptr || scale < kShapesFrom) {
    return;
  }
  const auto& edges = picture.scene.edges();
  std::vector<std::size_t> moving;
  std::int64_t wanted = 0;
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const EdgeLook& look = picture.look->edges[e];
    if (!edges[e].hidden && look.rate > 0 && edges[e].length > 0 &&
        edges[e].reach.intersects(visible)) {
      moving.push_back(e);
      wanted += dots_of(look);
    }
  }
  const std::int64_t allowed = std::min<std::int64_t>(wanted, budget);
  std::array<QPixmap, kDotKinds> stamps;
  for (std::size_t kind = 0; kind < kDotKinds; ++kind) {
    stamps[kind] = stamp_of(painter, static_cast<DotKind>(kind), picture.theme, scale);
  }
  const QTransform to_view = painter.transform();
  painter.save();
  painter.resetTransform();
  std::int64_t share = 0;  // All edges get their part of the budget, the last ones, too.
  for (const std::size_t e : moving) {
    const EdgeLook& look = picture.look->edges[e];
    share += dots_of(look) * allowed;
    const auto dots = static_cast<int>(share / wanted);
    share %= wanted;
    // Slow calls move slowly: 1 ms crosses in about a second, 1 s in about four.
    const double crossing = 1.0 + std::log10(1.0 + look.p50_us / 1000.0);
    const bool is_still = picture.still && picture.still->first == e;
    const double now = is_still ? picture.still->second : seconds;
    const Endings endings = endings_of(look, std::max(dots, 1));
    const int stride = stride_of(std::max(dots, 1));
    const std::vector<QRectF> marks = marks_on(edges[e], picture, kFineRadius);
    for (int i = 0; i < dots; ++i) {
      const double place = std::fmod(
          now / crossing + static_cast<double>(i) / dots + 0.137 * static_cast<double>(e), 1.0);
      const QPointF at = edges[e].at(place);
      if (std::any_of(marks.begin(), marks.end(),
                      [&at](const QRectF& mark) { return mark.contains(at); })) {
        continue;
      }
      const DotKind kind =
          endings.at((static_cast<double>(i * stride % dots) + 0.5) / static_cast<double>(dots));
      const QPixmap& stamp = stamps[static_cast<std::size_t>(kind)];
      const double half = stamp.deviceIndependentSize().width() / 2;
      painter.drawPixmap(to_view.map(at) - QPointF(half, half), stamp);
    }
  }
  painter.restore();
}

}  // namespace shaketable::gui
