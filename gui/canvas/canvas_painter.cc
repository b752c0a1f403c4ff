#include "gui/canvas/canvas_painter.h"

#include <QFontMetricsF>
#include <QPaintDevice>
#include <QPixmap>
#include <algorithm>
#include <cmath>
#include <cstdint>

#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr double kShapesFrom = 0.25;  ///< Scale below which boxes are specks and lines straight.
constexpr double kTextFrom = 0.34;    ///< From here names are drawn, and figures as room permits.
constexpr double kLabelsFrom = 0.5;
constexpr double kInset = 10;      ///< Of text in its box.
constexpr double kLeastText = 10;  ///< Pixels on the screen; smaller cannot be read.

QFont font_of(double pixels, bool bold = false) {
  QFont font;
  font.setPixelSize(std::max(1, static_cast<int>(std::lround(pixels))));
  font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
  return font;
}

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

class MeshPainter {
 public:
  MeshPainter(QPainter& painter, const Picture& picture, double scale, const QRectF& visible)
      : painter_(painter),
        picture_(picture),
        theme_(picture.theme),
        scale_(scale),
        visible_(visible) {}

  void draw() {
    const auto& edges = picture_.scene.edges();
    for (const bool is_troubled : {false, true}) {  // What fails is not hidden by what does not.
      for (std::size_t e = 0; e < edges.size(); ++e) {
        if (!edges[e].hidden && troubled(edge_look(e)) == is_troubled &&
            edges[e].reach.adjusted(-20, -20, 20, 20).intersects(visible_)) {
          scale_ < kShapesFrom ? draw_thread(e) : draw_edge(e);
        }
      }
    }
    const auto& nodes = picture_.scene.nodes();
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (!nodes[n].hidden && nodes[n].box.adjusted(-10, -10, 10, 10).intersects(visible_)) {
        draw_node(n);
      }
    }
    for (std::size_t e = 0; e < edges.size(); ++e) {
      if (!edges[e].hidden && visible_.contains(edges[e].at(0.5))) {
        draw_edge_marks(e);
      }
    }
  }

 private:
  [[nodiscard]] const NodeLook* look_of(std::size_t node) const {
    return picture_.look != nullptr && node < picture_.look->nodes.size()
               ? &picture_.look->nodes[node]
               : nullptr;
  }
  [[nodiscard]] const EdgeLook* edge_look(std::size_t edge) const {
    return picture_.look != nullptr && edge < picture_.look->edges.size()
               ? &picture_.look->edges[edge]
               : nullptr;
  }
  [[nodiscard]] bool is_faded(std::size_t node) const {
    return picture_.faded.contains(picture_.scene.nodes()[node].name);
  }

  [[nodiscard]] static bool troubled(const EdgeLook* look) {
    return look != nullptr && (look->circuit_open || look->health > NodeHealth::kHealthy);
  }

  // A font that is `pixels` high in the drawing, but never too small on the screen.
  [[nodiscard]] QFont text_font(double pixels, bool bold = false) const {
    return font_of(std::max(pixels, kLeastText / scale_), bold);
  }

  // From far away: a straight line that is seen when something is wrong with it.
  void draw_thread(std::size_t e) {
    const SceneEdge& edge = picture_.scene.edges()[e];
    const EdgeLook* const look = edge_look(e);
    const bool is_selected = picture_.edge == e;
    const bool has_calls = look != nullptr && look->health != NodeHealth::kNoData;
    QColor color = is_selected ? theme_.accent : has_calls ? theme_.of(look->health) : theme_.muted;
    double width = 0.8;
    if (is_faded(edge.from) || is_faded(edge.to)) {
      color.setAlphaF(0.06F);
    } else if (is_selected || troubled(look)) {
      width = 1.8;
    } else {
      color.setAlphaF(0.22F);
    }
    painter_.setPen(QPen(color, width / scale_));
    painter_.drawLine(edge.track.front(), edge.track.back());
  }

  void draw_edge(std::size_t e) {
    const SceneEdge& edge = picture_.scene.edges()[e];
    const EdgeLook* const look = edge_look(e);
    const bool is_selected = picture_.edge == e;
    const NodeHealth health = look == nullptr ? NodeHealth::kNoData : look->health;
    QColor color = look == nullptr || health == NodeHealth::kNoData ? theme_.border.darker(110)
                                                                    : theme_.of(health);
    if (theme_.dark && health == NodeHealth::kNoData) {
      color = theme_.border.lighter(120);
    }
    const double rate = look == nullptr ? 0 : look->rate;
    double width = 1.3 + std::min(3.2, std::log10(1 + rate) * 1.1);
    if (is_faded(edge.from) || is_faded(edge.to)) {
      color.setAlphaF(0.18F);
    } else if (!is_selected && health == NodeHealth::kHealthy) {
      color.setAlphaF(0.62F);
    }
    painter_.setBrush(Qt::NoBrush);
    if (is_selected) {
      painter_.setPen(QPen(theme_.selection, width + 9, Qt::SolidLine, Qt::RoundCap));
      painter_.drawPath(edge.path);
      width += 0.8;
    }
    QPen pen(color, width, Qt::SolidLine, Qt::FlatCap);
    if (look != nullptr && look->circuit_open) {
      pen.setDashPattern({3.0, 2.2});
    } else if (picture_.look != nullptr && rate <= 0) {
      pen.setDashPattern({2.0, 3.0});
    }
    painter_.setPen(pen);
    painter_.drawPath(edge.path);
    draw_arrow(edge, color, width);
  }

  void draw_arrow(const SceneEdge& edge, const QColor& color, double width) {
    const QPointF tip = edge.path.pointAtPercent(1.0);
    const double size = 6.5 + width;
    QPolygonF arrow{tip, tip + QPointF(-size, -size * 0.48), tip + QPointF(-size, size * 0.48)};
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(color);
    painter_.drawPolygon(arrow);
  }

  // Open circuits at every size; figures where they can be read.
  void draw_edge_marks(std::size_t e) {
    const SceneEdge& edge = picture_.scene.edges()[e];
    const EdgeLook* const look = edge_look(e);
    if (look == nullptr || is_faded(edge.from) || is_faded(edge.to)) {
      return;
    }
    QString label;
    const bool is_telling = look->error_share >= 0.01 || look->retry_share >= 0.05;
    if (scale_ >= kLabelsFrom && look->rate > 0 &&
        (is_telling || scale_ >= 0.9 || picture_.edge == e)) {
      QStringList parts;
      if (scale_ >= 0.9 || !is_telling) {
        parts << words(rate_text(look->rate));
      }
      if (look->error_share >= 0.001) {
        parts << QStringLiteral("✕ ") + words(share_text(look->error_share));
      }
      if (look->retry_share >= 0.05 && (scale_ >= 0.9 || parts.isEmpty())) {
        parts << QStringLiteral("↻ ") + words(share_text(look->retry_share));
      }
      label = parts.join(QStringLiteral("  "));
    }
    if (look->circuit_open) {
      draw_open_circuit(edge.at(0.5), label);
    } else if (!label.isEmpty()) {
      draw_pill(edge.at(0.5), label, theme_.card, theme_.of(look->health), theme_.text);
    }
  }

  QRectF draw_pill(const QPointF& centre, const QString& text, const QColor& fill,
                   const QColor& border, const QColor& ink) {
    painter_.setFont(text_font(10.5));
    const QFontMetricsF metrics(painter_.font());
    QRectF box(0, 0, metrics.horizontalAdvance(text) + 12, metrics.height() + 2);
    box.moveCenter(centre);
    painter_.setPen(QPen(border, 1));
    painter_.setBrush(fill);
    painter_.drawRoundedRect(box, box.height() / 2, box.height() / 2);
    painter_.setPen(ink);
    painter_.drawText(box, Qt::AlignCenter, text);
    return box;
  }

  // A broken link and a bar, with the word beside it.
  void draw_open_circuit(const QPointF& centre, const QString& label) {
    const double r = std::max(10.0, 8 / scale_);
    const double u = r / 10;
    painter_.setPen(QPen(theme_.failing, 2 * u));
    painter_.setBrush(theme_.card);
    painter_.drawEllipse(centre, r, r);
    for (const double side : {-1.0, 1.0}) {
      painter_.drawLine(centre + QPointF(side * 7 * u, 0), centre + QPointF(side * 2.5 * u, 0));
      painter_.drawLine(centre + QPointF(side * 2.5 * u, -4.5 * u),
                        centre + QPointF(side * 2.5 * u, 4.5 * u));
    }
    const QPointF beside(0, r + QFontMetricsF(text_font(10.5)).height() / 2 + 3);
    if (scale_ >= kTextFrom) {
      draw_pill(centre + beside, QStringLiteral("OPEN"), theme_.failing, theme_.failing,
                theme_.card);
    }
    if (!label.isEmpty()) {
      draw_pill(centre - beside, label, theme_.card, theme_.failing, theme_.text);
    }
  }

  void draw_node(std::size_t n) {
    const SceneNode& node = picture_.scene.nodes()[n];
    const NodeLook* const look = look_of(n);
    const NodeHealth health = look == nullptr ? NodeHealth::kNoData : look->health;
    const bool is_selected = picture_.selected.contains(node.name);
    painter_.save();
    if (is_faded(n)) {
      painter_.setOpacity(0.25);
    }
    const QRectF& box = node.box;
    if (is_selected) {
      painter_.setPen(Qt::NoPen);
      painter_.setBrush(theme_.selection);
      painter_.drawRoundedRect(box.adjusted(-6, -6, 6, 6), 13, 13);
    }
    const bool shows_health = look != nullptr && look->has_run;
    if (scale_ < kShapesFrom) {
      draw_speck(box, health, shows_health);
      painter_.restore();
      return;
    }
    draw_card(box, shows_health ? health : NodeHealth::kNoData, shows_health, node.sidecar);
    if (scale_ >= kTextFrom) {
      draw_title(node, health, shows_health);
      look != nullptr && look->has_run ? draw_figures(node, *look) : draw_facts(node);
    }
    if (look != nullptr) {
      draw_badges(node, *look);
    }
    if (node.entry) {
      draw_entry(box);
    }
    if (picture_.notes != nullptr && scale_ >= kTextFrom) {
      draw_note(node);
    }
    painter_.restore();
  }

  // From far away: what is wrong is larger and has a rim.
  void draw_speck(const QRectF& box, NodeHealth health, bool shows_health) {
    const bool is_bad = shows_health && health > NodeHealth::kDegraded;
    const double more = is_bad ? 2.5 / scale_ : 0;
    const QRectF speck = box.adjusted(-more, -more, more, more);
    painter_.fillRect(
        speck, shows_health && health != NodeHealth::kNoData ? theme_.of(health) : theme_.border);
    if (shows_health && health >= NodeHealth::kDegraded) {
      painter_.setPen(QPen(theme_.text, (is_bad ? 1.6 : 0.8) / scale_));
      painter_.setBrush(Qt::NoBrush);
      painter_.drawRect(speck);
    }
  }

  void draw_note(const SceneNode& node) {
    const auto note = picture_.notes->find(node.name);
    if (note != picture_.notes->end()) {
      painter_.setFont(text_font(10.5));
      const double half = (QFontMetricsF(painter_.font()).horizontalAdvance(note->second) + 12) / 2;
      draw_pill(node.box.bottomLeft() + QPointF(10 + half, 0), note->second, theme_.card,
                theme_.failing, theme_.failing);
    }
  }

  void draw_card(const QRectF& box, NodeHealth health, bool shows_health, bool sidecar) {
    painter_.setPen(Qt::NoPen);
    painter_.setBrush(QColor(0, 0, 0, theme_.dark ? 70 : 18));
    painter_.drawRoundedRect(box.translated(0, 2), 9, 9);
    QPen pen(shows_health ? theme_.of(health) : theme_.border, border_width(health));
    if (health == NodeHealth::kDown) {
      pen.setStyle(Qt::DashLine);
    } else if (!sidecar) {
      pen.setDashPattern({1.5, 2.5});  // Outside of the mesh.
    }
    painter_.setPen(pen);
    painter_.setBrush(theme_.card);
    painter_.drawRoundedRect(box, 9, 9);
    if (health == NodeHealth::kFailing) {  // A double line.
      painter_.setPen(QPen(theme_.of(health), 1));
      painter_.setBrush(Qt::NoBrush);
      painter_.drawRoundedRect(box.adjusted(4, 4, -4, -4), 6, 6);
    }
  }

  void draw_title(const SceneNode& node, NodeHealth health, bool shows_health) {
    const QRectF& box = node.box;
    double left = box.left() + kInset;
    if (shows_health) {
      const double size = std::max(12.0, 9 / scale_);
      draw_health_glyph(painter_, health,
                        QPointF(left + size / 2, box.top() + 5 + title_height() / 2), size,
                        theme_.of(health));
      left += size + 6;
    }
    painter_.setFont(text_font(13.5, true));
    painter_.setPen(theme_.text);
    const QRectF line(left, box.top() + 5, box.right() - 6 - left, title_height());
    painter_.drawText(
        line, Qt::AlignLeft | Qt::AlignVCenter,
        QFontMetricsF(painter_.font()).elidedText(words(node.name), Qt::ElideRight, line.width()));
  }

  [[nodiscard]] double title_height() const {
    return QFontMetricsF(text_font(13.5, true)).height();
  }

  struct Line {
    QString text;
    QColor color;
  };

  // Under the title, as many as the size of the text leaves room for; the first are the most
  // important.
  void draw_lines(const QRectF& box, const std::vector<Line>& lines) {
    painter_.setFont(text_font(11.5));
    const QFontMetricsF metrics(painter_.font());
    const double high = std::ceil(metrics.height() * 0.98);
    double top = box.top() + 6 + title_height();
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

  void draw_facts(const SceneNode& node) {
    const QString more = !node.versions.empty() ? words("versions " + node.versions)
                         : !node.sidecar        ? QStringLiteral("no sidecar")
                         : node.entry           ? QStringLiteral("entry")
                                                : QString();
    draw_lines(node.box, {{words(node.runtime), theme_.muted}, {more, theme_.muted}});
  }

  void draw_figures(const SceneNode& node, const NodeLook& look) {
    QString rate = words(rate_text(look.rate));
    if (look.error_share > 0) {
      rate +=
          QStringLiteral(" ✕ ") +
          (look.error_share >= 0.1 ? QStringLiteral("%1 %").arg(std::lround(look.error_share * 100))
                                   : words(share_text(look.error_share)));
    }
    QString state = QStringLiteral("%1/%2 up").arg(look.instances_up).arg(look.instances);
    if (look.queue >= 0.5) {
      state += QStringLiteral("  queue %1").arg(std::lround(look.queue));
    }
    std::vector<Line> lines = {
        {rate, look.error_share >= 0.01 ? theme_.of(look.health) : theme_.text}};
    if (look.rate > 0) {
      lines.push_back({QStringLiteral("p99 ") + words(latency_text(look.p99_us)), theme_.text});
    }
    lines.push_back({state, theme_.muted});
    draw_lines(node.box, lines);
    draw_utilisation(node.box, look.utilisation);
  }

  void draw_utilisation(const QRectF& box, double utilisation) {
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

  void draw_badges(const SceneNode& node, const NodeLook& look) {
    QPointF at = node.box.topRight() + QPointF(-10, 0);
    const auto badge = [&](const QString& text, const QColor& fill, const QColor& ink) {
      painter_.setFont(text_font(10, true));
      const double half = (QFontMetricsF(painter_.font()).horizontalAdvance(text) + 14) / 2;
      const QRectF box = draw_pill(at - QPointF(half, 0), text, fill, fill, ink);
      at.setX(box.left() - 5);
    };
    if (!look.faults.empty()) {
      badge(QStringLiteral("⚡ fault"), theme_.failing, theme_.card);
    }
    if (look.ejected > 0) {
      badge(QStringLiteral("%1 of %2 ejected").arg(look.ejected).arg(look.instances),
            theme_.degraded, theme_.dark ? theme_.window : QColor(Qt::white));
    }
    if (look.has_run && look.instances_up < look.instances) {
      badge(QStringLiteral("%1 down").arg(look.instances - look.instances_up), theme_.down,
            theme_.card);
    }
  }

  void draw_entry(const QRectF& box) {
    const QPointF tip(box.left() - 3, box.center().y());
    painter_.setPen(QPen(theme_.muted, 2, Qt::SolidLine, Qt::RoundCap));
    painter_.drawLine(tip + QPointF(-26, 0), tip + QPointF(-5, 0));
    painter_.drawLine(tip + QPointF(-10, -5), tip + QPointF(-4, 0));
    painter_.drawLine(tip + QPointF(-10, 5), tip + QPointF(-4, 0));
  }

  QPainter& painter_;
  const Picture& picture_;
  const Theme& theme_;
  double scale_;
  QRectF visible_;
};

}  // namespace

void draw_mesh(QPainter& painter, const Picture& picture, double scale, const QRectF& visible) {
  MeshPainter(painter, picture, scale, visible).draw();
}

namespace {

// The dots of an edge as they are wanted, before all dots are counted.
int dots_of(const EdgeLook& look) { return 1 + static_cast<int>(std::log2(1 + look.rate) * 0.9); }

// A dot that is drawn once and stamped often; `radius` in pixels of the view.
QPixmap stamp_of(const QPainter& painter, double radius, const QColor& color, bool is_diamond) {
  const double ratio = painter.device()->devicePixelRatio();
  const int side = 2 * static_cast<int>(std::ceil(radius)) + 2;
  QPixmap stamp(QSize(side, side) * ratio);
  stamp.setDevicePixelRatio(ratio);
  stamp.fill(Qt::transparent);
  QPainter ink(&stamp);
  ink.setRenderHint(QPainter::Antialiasing);
  ink.setPen(Qt::NoPen);
  ink.setBrush(color);
  const QPointF centre(side / 2.0, side / 2.0);
  if (is_diamond) {
    ink.drawPolygon(QPolygonF{centre + QPointF(0, -radius), centre + QPointF(radius, 0),
                              centre + QPointF(0, radius), centre + QPointF(-radius, 0)});
  } else {
    ink.drawEllipse(centre, radius, radius);
  }
  return stamp;
}

}  // namespace

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
  const QPixmap fine = stamp_of(painter, 3.1 * scale, picture.theme.accent, false);
  const QPixmap failed = stamp_of(painter, 5.5 * scale, picture.theme.failing, true);
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
    for (int i = 0; i < dots; ++i) {
      const double place = std::fmod(
          seconds / crossing + static_cast<double>(i) / dots + 0.137 * static_cast<double>(e), 1.0);
      const bool is_failed = (static_cast<double>(i) + 0.5) / dots < look.error_share;
      const QPixmap& stamp = is_failed ? failed : fine;
      const double half = stamp.deviceIndependentSize().width() / 2;
      painter.drawPixmap(to_view.map(edges[e].at(place)) - QPointF(half, half), stamp);
    }
  }
  painter.restore();
}

void draw_overview(QPainter& painter, const Picture& picture, const QRectF& target,
                   const QRectF& visible) {
  const QRectF bounds = picture.scene.bounds();
  if (bounds.isEmpty()) {
    return;
  }
  QColor ground = picture.theme.panel;
  ground.setAlphaF(0.92F);
  painter.setPen(QPen(picture.theme.border, 1));
  painter.setBrush(ground);
  painter.drawRoundedRect(target.adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
  const QRectF inner = target.adjusted(6, 6, -6, -6);
  const double scale = std::min(inner.width() / bounds.width(), inner.height() / bounds.height());
  const auto place = [&](const QRectF& box) {
    const QPointF at = inner.center() + (box.topLeft() - bounds.center()) * scale;
    return QRectF(at, box.size() * scale);
  };
  const auto& nodes = picture.scene.nodes();
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n].hidden) {
      continue;
    }
    const bool has_run =
        picture.look != nullptr && n < picture.look->nodes.size() && picture.look->nodes[n].has_run;
    QRectF box = place(nodes[n].box);
    box.setWidth(std::max(box.width(), 2.0));
    box.setHeight(std::max(box.height(), 1.5));
    painter.fillRect(box, picture.selected.contains(nodes[n].name) ? picture.theme.text
                          : has_run ? picture.theme.of(picture.look->nodes[n].health)
                                    : picture.theme.border);
  }
  for (const SceneGroup& group : picture.scene.groups()) {
    if (!group.hidden && group.collapsed) {
      painter.fillRect(place(group.box), picture.theme.muted);
    }
  }
  painter.setPen(QPen(picture.theme.accent, 1.5));
  painter.setBrush(picture.theme.selection);
  painter.drawRect(place(visible).intersected(target.adjusted(2, 2, -2, -2)));
}

void draw_health_glyph(QPainter& painter, NodeHealth health, const QPointF& centre, double size,
                       const QColor& color) {
  const double r = size / 2;
  painter.setPen(Qt::NoPen);
  painter.setBrush(color);
  switch (health) {
    case NodeHealth::kNoData:
      painter.setPen(QPen(color, 1.5, Qt::DotLine));
      painter.setBrush(Qt::NoBrush);
      painter.drawEllipse(centre, r - 1, r - 1);
      return;
    case NodeHealth::kHealthy:
      painter.drawEllipse(centre, r, r);
      return;
    case NodeHealth::kDegraded:
      painter.drawPolygon(QPolygonF{centre + QPointF(0, -r), centre + QPointF(r, r * 0.85),
                                    centre + QPointF(-r, r * 0.85)});
      return;
    case NodeHealth::kFailing:
      painter.drawPolygon(QPolygonF{centre + QPointF(0, -r * 1.15), centre + QPointF(r * 1.15, 0),
                                    centre + QPointF(0, r * 1.15), centre + QPointF(-r * 1.15, 0)});
      return;
    case NodeHealth::kDown:
      painter.drawRect(QRectF(centre - QPointF(r, r * 0.45), QSizeF(size, size * 0.45)));
      return;
  }
}

}  // namespace shaketable::gui
