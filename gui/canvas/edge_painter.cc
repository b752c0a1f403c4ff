#include "gui/canvas/edge_painter.h"

#include <QFontMetricsF>
#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "gui/canvas/mesh_categories.h"
#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr double kLabelsFrom = 0.5;
constexpr double kFigures = 10.5;  // Of text.
constexpr std::array kPlacesOnLine = {0.5, 0.4, 0.6, 0.3, 0.7};
/// A label that takes more of its line stands beside it.
constexpr double kShareOfLine = 0.6;

// Ways to write rate, errors and retries, the best first: on one line or below each other; the rate
// is left out first, errors stay.
std::vector<QString> wordings_of(const QStringList& figures) {
  std::vector<QString> wordings;
  const auto add = [&wordings](const QStringList& some) {
    wordings.push_back(some.join(QStringLiteral("  ")));
    wordings.push_back(some.join(QLatin1Char('\n')));
  };
  add(figures);
  if (figures.size() > 2) {
    add(figures.mid(1));
  }
  if (figures.size() > 1) {
    add(figures.mid(1, 1));
  }
  return wordings;
}

}  // namespace

const EdgeLook* EdgePainter::look_of(std::size_t edge) const {
  return picture_.look != nullptr && edge < picture_.look->edges.size()
             ? &picture_.look->edges[edge]
             : nullptr;
}

bool EdgePainter::is_troubled(std::size_t edge) const {
  const EdgeLook* const look = look_of(edge);
  return look != nullptr && (look->circuit_open || look->health > NodeHealth::kHealthy);
}

bool EdgePainter::is_on_trail(const SceneEdge& edge) const {
  if (picture_.trail == nullptr) {
    return false;
  }
  const auto& nodes = picture_.scene.nodes();
  const std::pair pair(nodes[edge.from].name, nodes[edge.to].name);
  return std::find(picture_.trail->edges.begin(), picture_.trail->edges.end(), pair) !=
         picture_.trail->edges.end();
}

QColor EdgePainter::color_of(std::size_t e, const EdgeLook* look) const {
  if (is_of_categories(picture_.overlay)) {
    return category_of_edge(picture_.overlay, picture_.scene, e, theme_).color;
  }
  if (look != nullptr && picture_.overlay != Overlay::kHealth) {
    if (const auto value = value_of(picture_.overlay, *look)) {
      return overlay_color(*value);
    }
  } else if (look != nullptr && look->health != NodeHealth::kNoData) {
    return theme_.of(look->health);
  }
  return theme_.dark ? theme_.border.lighter(120) : theme_.border.darker(110);
}

void EdgePainter::draw(std::size_t e) {
  if (scale_ < kShapesFrom) {
    draw_thread(e);
    return;
  }
  const SceneEdge& edge = picture_.scene.edges()[e];
  const EdgeLook* const look = look_of(e);
  const bool is_selected = picture_.edge == e;
  QColor color = color_of(e, look);
  const double rate = look == nullptr ? 0 : look->rate;
  double width = 1.3 + std::min(3.2, std::log10(1 + rate) * 1.1);
  if (is_faded(edge.from) || is_faded(edge.to)) {
    color.setAlphaF(0.18F);
  } else if (!is_selected && look != nullptr && picture_.overlay == Overlay::kHealth &&
             look->health == NodeHealth::kHealthy) {
    color.setAlphaF(0.62F);
  }
  painter_.setBrush(Qt::NoBrush);
  if (is_on_trail(edge)) {
    QColor halo = theme_.failing;
    halo.setAlphaF(theme_.dark ? 0.34F : 0.22F);
    draw_halo(edge, halo, width + 12);
  }
  if (is_selected) {
    draw_halo(edge, theme_.selection, width + 9);
    width += 0.8;
  }
  QPen pen(color, width, Qt::SolidLine, Qt::FlatCap);
  if (look != nullptr && look->circuit_open) {
    pen.setDashPattern({3.0, 2.2});
  } else if (is_of_categories(picture_.overlay)) {
    if (category_of_edge(picture_.overlay, picture_.scene, e, theme_).dashed) {
      pen.setDashPattern({4.0, 2.5});
    }
  } else if (picture_.look != nullptr && rate <= 0) {
    pen.setDashPattern({2.0, 3.0});
  }
  painter_.setPen(pen);
  painter_.drawPath(edge.path);
  draw_arrow(edge, color, width);
}

// From far away: a straight line that is seen when something is wrong with it.
void EdgePainter::draw_thread(std::size_t e) {
  const SceneEdge& edge = picture_.scene.edges()[e];
  const EdgeLook* const look = look_of(e);
  const bool is_selected = picture_.edge == e;
  QColor color = is_selected ? theme_.accent : color_of(e, look);
  double width = 0.8;
  if (is_faded(edge.from) || is_faded(edge.to)) {
    color.setAlphaF(0.06F);
  } else if (is_selected || is_troubled(e) || is_on_trail(edge)) {
    width = 1.8;
  } else {
    color.setAlphaF(picture_.overlay == Overlay::kHealth ? 0.22F : 0.5F);
  }
  painter_.setPen(QPen(color, width / scale_));
  painter_.drawLine(edge.track.front(), edge.track.back());
}

void EdgePainter::draw_halo(const SceneEdge& edge, const QColor& color, double width) {
  painter_.setPen(QPen(color, width, Qt::SolidLine, Qt::RoundCap));
  painter_.drawPath(edge.path);
}

void EdgePainter::draw_arrow(const SceneEdge& edge, const QColor& color, double width) {
  const QPointF tip = edge.track.back();
  const double size = 6.5 + width;
  const QPolygonF arrow{tip, tip + QPointF(-size, -size * 0.48), tip + QPointF(-size, size * 0.48)};
  painter_.setPen(Qt::NoPen);
  painter_.setBrush(color);
  painter_.drawPolygon(arrow);
}

QStringList EdgePainter::figures_of(const EdgeLook& look, bool is_selected) const {
  if (scale_ < kLabelsFrom || look.rate <= 0) {
    return {};
  }
  if (picture_.overlay != Overlay::kHealth && !is_of_categories(picture_.overlay)) {
    const auto value = value_of(picture_.overlay, look);
    return value ? QStringList{value_text(picture_.overlay, *value)} : QStringList{};
  }
  const bool is_telling = look.error_share >= 0.01 || look.retry_share >= 0.05;
  if (!is_telling && scale_ < 0.9 && !is_selected) {
    return {};
  }
  QStringList figures;
  if (scale_ >= 0.9 || !is_telling) {
    figures << words(rate_text(look.rate));
  }
  if (look.error_share >= 0.001) {
    figures << QStringLiteral("✕ ") + value_text(Overlay::kErrors, look.error_share);
  }
  if (look.retry_share >= 0.05 && (scale_ >= 0.9 || figures.isEmpty())) {
    figures << QStringLiteral("↻ ") + value_text(Overlay::kRetries, 1 + look.retry_share);
  }
  return figures;
}

void EdgePainter::draw_marks(std::size_t e) {
  const SceneEdge& edge = picture_.scene.edges()[e];
  const EdgeLook* const look = look_of(e);
  if (look == nullptr || is_faded(edge.from) || is_faded(edge.to)) {
    return;
  }
  const QStringList figures = figures_of(*look, picture_.edge == e);
  if (look->circuit_open) {
    draw_open_circuit(edge, figures);
  } else if (!figures.isEmpty()) {
    draw_figures(e, figures);
  }
}

// What must be read is in the middle of the line when there is room for it nowhere.
void EdgePainter::draw_figures(std::size_t e, const QStringList& figures) {
  const SceneEdge& edge = picture_.scene.edges()[e];
  painter_.setFont(text_font(kFigures));
  const auto draw = [&](const QPointF& centre, const QString& text) {
    room_.take(draw_pill(centre, text, theme_.card, color_of(e, look_of(e)), theme_.text));
  };
  const std::vector<QString> wordings = wordings_of(figures);
  for (const QString& text : wordings) {
    if (const auto centre = free_centre(edge, text)) {
      draw(*centre, text);
      return;
    }
  }
  if (picture_.edge == e || is_troubled(e)) {
    draw(edge.at(0.5), wordings.back());
  }
}

// Where on its line a label hides no box and no other mark, or above a line that it would cover.
std::optional<QPointF> EdgePainter::free_centre(const SceneEdge& edge, const QString& label) {
  QRectF pill(QPointF(), pill_size(label));
  const auto is_free_at = [&](const QPointF& centre) {
    pill.moveCenter(centre);
    return room_.is_free(pill);
  };
  if (pill.width() > edge.length * kShareOfLine) {
    const QPointF aside(0, pill.height() / 2 + 4 / scale_);
    for (const QPointF& centre : {edge.at(0.5) - aside, edge.at(0.5) + aside}) {
      if (is_free_at(centre)) {
        return centre;
      }
    }
  }
  for (const double share : kPlacesOnLine) {
    if (is_free_at(edge.at(share))) {
      return edge.at(share);
    }
  }
  return std::nullopt;
}

// Below a mark or above it.
std::optional<QPointF> EdgePainter::free_beside(const QRectF& mark, const QString& label) const {
  QRectF pill(QPointF(), pill_size(label));
  const QPointF step(0, mark.height() / 2 + pill.height() / 2 + 2);
  for (const QPointF& centre : {mark.center() + step, mark.center() - step}) {
    pill.moveCenter(centre);
    if (room_.is_free(pill)) {
      return centre;
    }
  }
  return std::nullopt;
}

// A broken link and a bar, with the word and a figure beside it where there is room.
void EdgePainter::draw_open_circuit(const SceneEdge& edge, const QStringList& figures) {
  const double r = std::max(10.0, 8 / scale_);
  const double u = r / 10;
  QRectF mark(0, 0, 2 * r, 2 * r);
  mark.moveCenter(edge.at(0.5));
  for (const double share : kPlacesOnLine) {
    const QRectF wanted = mark.translated(edge.at(share) - mark.center());
    if (room_.is_free(wanted)) {
      mark = wanted;
      break;
    }
  }
  const QPointF centre = mark.center();
  painter_.setPen(QPen(theme_.failing, 2 * u));
  painter_.setBrush(theme_.card);
  painter_.drawEllipse(centre, r, r);
  room_.take(mark);
  for (const double side : {-1.0, 1.0}) {
    painter_.drawLine(centre + QPointF(side * 7 * u, 0), centre + QPointF(side * 2.5 * u, 0));
    painter_.drawLine(centre + QPointF(side * 2.5 * u, -4.5 * u),
                      centre + QPointF(side * 2.5 * u, 4.5 * u));
  }
  painter_.setFont(text_font(kFigures));
  const QString open = QStringLiteral("OPEN");
  if (const auto place = free_beside(mark, open); place && scale_ >= kTextFrom) {
    room_.take(draw_pill(*place, open, theme_.failing, theme_.failing, theme_.card));
  }
  for (const QString& text : figures.isEmpty() ? std::vector<QString>{} : wordings_of(figures)) {
    if (const auto place = free_beside(mark, text)) {
      room_.take(draw_pill(*place, text, theme_.card, theme_.failing, theme_.text));
      return;
    }
  }
}

}  // namespace shaketable::gui
