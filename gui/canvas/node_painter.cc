#include "gui/canvas/node_painter.h"

#include <QFontMetricsF>
#include <algorithm>
#include <cmath>

#include "gui/canvas/mesh_categories.h"
#include "gui/canvas/name_lines.h"
#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr double kInset = 10;  // Of text in its box.
constexpr double kTitle = 13.5, kFigure = 11.5;

double border_width(NodeHealth health) {
  switch (health) {
    case NodeHealth::kNoData:
      return 1.0;
    case NodeHealth::kHealthy:
      return 1.5;
    case NodeHealth::kDegraded:
    case NodeHealth::kFailing:
    case NodeHealth::kDown:
      return 3.0;
  }
  return 1.0;
}

bool has_figures(const NodeLook* look) { return look != nullptr && look->has_run; }

NodeHealth health_in(const NodeLook* look) {
  return has_figures(look) ? look->health : NodeHealth::kNoData;
}

}  // namespace

const NodeLook* NodePainter::look_of(std::size_t node) const {
  return picture_.look != nullptr && node < picture_.look->nodes.size()
             ? &picture_.look->nodes[node]
             : nullptr;
}

void NodePainter::draw(std::size_t n) {
  const SceneNode& node = picture_.scene.nodes()[n];
  const NodeLook* const look = look_of(n);
  painter_.save();
  if (is_faded(n)) {
    painter_.setOpacity(kFaded);
  }
  const QRectF& box = node.box;
  draw_ring(node);
  if (picture_.is_selected(node.name)) {
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(theme_.selection);
    painter_.drawRoundedRect(box.adjusted(-6, -6, 6, 6), 13, 13);
  }
  if (scale_ < kShapesFrom) {
    draw_speck(n, look);
    painter_.restore();
    return;
  }
  draw_card(n, look);
  if (scale_ >= kTextFrom) {
    const double top = draw_title(node, look);
    draw_lines(box, top, has_figures(look) ? figures(n, *look) : facts(n));
  }
  if (has_figures(look)) {
    draw_utilisation(box, look->utilisation);
  }
  if (look != nullptr) {
    draw_badges(box, badges(*look));
  }
  if (node.entry) {
    draw_entry(box);
  }
  if (node.held) {
    draw_pin(box.topLeft() + QPointF(14, 0));
  }
  painter_.restore();
}

// From far away: what is wrong is larger and has a rim.
void NodePainter::draw_speck(std::size_t n, const NodeLook* look) {
  const QRectF& box = picture_.scene.nodes()[n].box;
  const NodeHealth health = health_in(look);
  const bool is_bad = health > NodeHealth::kDegraded;
  const double more = is_bad ? 2.5 / scale_ : 0;
  const QRectF speck = box.adjusted(-more, -more, more, more);
  QColor color = health != NodeHealth::kNoData ? theme_.of(health) : theme_.border;
  if (is_of_categories(picture_.overlay)) {
    color = category_of_node(picture_.overlay, picture_.scene, n, theme_).color;
  } else if (look != nullptr && picture_.overlay != Overlay::kHealth) {
    const auto value = value_of(picture_.overlay, *look);
    color = value ? overlay_color(*value) : theme_.border;
  }
  painter_.fillRect(speck, color);
  if (health >= NodeHealth::kDegraded) {
    painter_.setPen(QPen(theme_.text, (is_bad ? 1.6 : 0.8) / scale_));
    painter_.setBrush(Qt::NoBrush);
    painter_.drawRect(speck);
  }
}

// Around what another run did differently, and around the way to where trouble began.
void NodePainter::draw_ring(const SceneNode& node) {
  const double line = std::max(2.5, 2 / scale_);
  painter_.setBrush(Qt::NoBrush);
  if (picture_.trail != nullptr) {
    const auto& services = picture_.trail->services;
    if (std::find(services.begin(), services.end(), node.name) != services.end()) {
      QColor color = theme_.failing;
      color.setAlphaF(theme_.dark ? 0.4F : 0.28F);
      painter_.setPen(QPen(color, 9));
      painter_.drawRoundedRect(node.box.adjusted(-5, -5, 5, 5), 13, 13);
    }
  }
  if (picture_.rings == nullptr) {
    return;
  }
  const auto ring = picture_.rings->find(node.name);
  if (ring == picture_.rings->end()) {
    return;
  }
  painter_.setPen(QPen(ring->second == Ring::kWorse ? theme_.failing : theme_.healthy, line));
  painter_.drawRoundedRect(node.box.adjusted(-7, -7, 7, 7), 14, 14);
}

// What an overlay fills the box with.
std::optional<QColor> NodePainter::fill_of(std::size_t n, const NodeLook* look) const {
  if (is_of_categories(picture_.overlay)) {
    return category_of_node(picture_.overlay, picture_.scene, n, theme_).color;
  }
  const auto value = look == nullptr ? std::nullopt : value_of(picture_.overlay, *look);
  return value ? std::optional(overlay_color(*value)) : std::nullopt;
}

void NodePainter::draw_card(std::size_t n, const NodeLook* look) {
  const SceneNode& node = picture_.scene.nodes()[n];
  const QRectF& box = node.box;
  const NodeHealth health = health_in(look);
  painter_.setPen(Qt::NoPen);
  painter_.setBrush(QColor(0, 0, 0, theme_.dark ? 70 : 18));
  painter_.drawRoundedRect(box.translated(0, 2), 9, 9);
  QPen pen(has_figures(look) ? theme_.of(health) : theme_.border, border_width(health));
  if (health == NodeHealth::kDown) {
    pen.setStyle(Qt::DashLine);
  } else if (!node.sidecar) {
    pen.setDashPattern({1.5, 2.5});  // Outside of the mesh.
  }
  painter_.setPen(pen);
  painter_.setBrush(theme_.card);
  painter_.drawRoundedRect(box, 9, 9);
  if (picture_.overlay != Overlay::kHealth) {
    if (auto fill = fill_of(n, look)) {
      painter_.setPen(QPen(*fill, 2.5));
      fill->setAlphaF(theme_.dark ? 0.45F : 0.38F);
      painter_.setBrush(*fill);
      painter_.drawRoundedRect(box, 9, 9);
    }
  } else if (health == NodeHealth::kFailing) {  // A double line.
    painter_.setPen(QPen(theme_.of(health), 1));
    painter_.setBrush(Qt::NoBrush);
    painter_.drawRoundedRect(box.adjusted(4, 4, -4, -4), 6, 6);
  }
}

double NodePainter::draw_title(const SceneNode& node, const NodeLook* look) {
  const QRectF& box = node.box;
  const QFont font = text_font(kTitle, true);
  const QFontMetricsF metrics(font);
  const double high = metrics.height();
  double left = box.left() + kInset;
  if (has_figures(look)) {
    const double size = std::max(12.0, 9 / scale_);
    draw_health_glyph(painter_, look->health, QPointF(left + size / 2, box.top() + 5 + high / 2),
                      size, theme_.of(look->health));
    left += size + 6;
  }
  painter_.setFont(font);
  painter_.setPen(theme_.text);
  const QString name = words(node.name);
  QRectF line(left, box.top() + 5, box.right() - 6 - left, high);
  const auto [first, second] = name_lines(name, metrics, line.width());
  const QRectF below = line.translated(0, high * 0.94);
  if (!second.isEmpty() && below.bottom() > box.bottom() + 1) {  // From afar there is room for one.
    painter_.drawText(line, Qt::AlignLeft | Qt::AlignVCenter,
                      metrics.elidedText(name, Qt::ElideRight, line.width()));
    return line.bottom() + 1;
  }
  painter_.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, first);
  if (!second.isEmpty()) {
    line = below;
    painter_.drawText(line, Qt::AlignLeft | Qt::AlignVCenter, second);
  }
  return line.bottom() + 1;
}

// As many as the size of the text leaves room for; the first are the most important.
void NodePainter::draw_lines(const QRectF& box, double top, const std::vector<Line>& lines) {
  painter_.setFont(text_font(kFigure));
  const QFontMetricsF metrics(painter_.font());
  const double high = std::ceil(metrics.height() * 0.98);
  for (const Line& line : lines) {
    const QRectF place(box.left() + kInset, top, box.width() - kInset - 6, high);
    if (place.bottom() > box.bottom() - 10) {
      return;
    }
    painter_.setPen(line.color);
    painter_.drawText(place, Qt::AlignLeft | Qt::AlignVCenter,
                      metrics.elidedText(line.text, Qt::ElideRight, place.width()));
    top += high;
  }
}

// What the overlay calls the box.
std::vector<NodePainter::Line> NodePainter::category_lines(std::size_t n) const {
  if (!is_of_categories(picture_.overlay)) {
    return {};
  }
  return {{category_of_node(picture_.overlay, picture_.scene, n, theme_).name, theme_.text}};
}

std::vector<NodePainter::Line> NodePainter::facts(std::size_t n) const {
  const SceneNode& node = picture_.scene.nodes()[n];
  const QString more = !node.versions.empty() ? words("versions " + node.versions)
                       : !node.sidecar        ? QStringLiteral("no sidecar")
                       : node.entry           ? QStringLiteral("entry")
                                              : QString();
  std::vector<Line> lines = category_lines(n);
  lines.push_back({words(node.runtime), theme_.muted});
  lines.push_back({more, theme_.muted});
  return lines;
}

std::vector<NodePainter::Line> NodePainter::figures(std::size_t n, const NodeLook& look) const {
  std::vector<Line> lines = category_lines(n);
  if (picture_.overlay != Overlay::kHealth) {
    if (const auto value = value_of(picture_.overlay, look)) {
      lines.push_back(
          {title_of(picture_.overlay) + QLatin1Char(' ') + value_text(picture_.overlay, *value),
           theme_.text});
    }
  }
  QString rate = words(rate_text(look.rate));
  if (look.error_share > 0) {
    rate += QStringLiteral(" ✕ ") + value_text(Overlay::kErrors, look.error_share);
  }
  lines.push_back({rate, look.error_share >= 0.01 ? theme_.ink(look.health) : theme_.text});
  if (look.rate > 0 && picture_.overlay != Overlay::kP99) {
    lines.push_back({QStringLiteral("p99 ") + words(latency_text(look.p99_us)), theme_.text});
  }
  QString state = QStringLiteral("%1/%2 up").arg(look.instances_up).arg(look.instances);
  if (look.queue >= 0.5) {
    state += QStringLiteral("  queue %1").arg(std::lround(look.queue));
  }
  lines.push_back({state, theme_.muted});
  return lines;
}

void NodePainter::draw_utilisation(const QRectF& box, double utilisation) {
  const QRectF track(box.left() + kInset, box.bottom() - 9, box.width() - 2 * kInset, 4);
  painter_.setPen(Qt::NoPen);
  painter_.setBrush(theme_.grid);
  painter_.drawRoundedRect(track, 2, 2);
  const double share = std::clamp(utilisation, 0.0, 1.0);
  if (share > 0.005) {
    QRectF bar = track;
    bar.setWidth(std::max(4.0, track.width() * share));
    painter_.setBrush(share >= 0.95   ? theme_.failing
                      : share >= 0.75 ? theme_.degraded
                                      : theme_.muted);
    painter_.drawRoundedRect(bar, 2, 2);
  }
}

// The head of a needle: the box stays where it is.
void NodePainter::draw_pin(const QPointF& at) {
  painter_.setPen(QPen(theme_.card, 1.5));
  painter_.setBrush(theme_.muted);
  painter_.drawEllipse(at, 5.5, 5.5);
  painter_.setPen(Qt::NoPen);
  painter_.setBrush(theme_.card);
  painter_.drawEllipse(at, 1.8, 1.8);
}

void NodePainter::draw_entry(const QRectF& box) {
  const QPointF tip(box.left() - 3, box.center().y());
  painter_.setPen(QPen(theme_.muted, 2, Qt::SolidLine, Qt::RoundCap));
  painter_.drawLine(tip + QPointF(-26, 0), tip + QPointF(-5, 0));
  painter_.drawLine(tip + QPointF(-10, -5), tip + QPointF(-4, 0));
  painter_.drawLine(tip + QPointF(-10, 5), tip + QPointF(-4, 0));
}

}  // namespace shaketable::gui
