#include "gui/canvas/mesh_categories.h"

#include <QFontMetricsF>
#include <QObject>
#include <algorithm>

#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

Category encrypted(const Theme& theme) { return {QObject::tr("mTLS"), theme.healthy}; }

Category plain(const Theme& theme) { return {QObject::tr("plain text"), theme.degraded, true}; }

Category crossing(const Theme& theme) {
  return {QObject::tr("calls between zones"), theme.muted, true};
}

Category zone(const CanvasScene& scene, const std::string& zones, const Theme& theme) {
  const auto& all = scene.zones();
  const auto place =
      static_cast<std::size_t>(std::find(all.begin(), all.end(), zones) - all.begin());
  return place < kMostZones ? Category{words(zones), theme.series[place]}
                            : Category{QObject::tr("other zones"), theme.no_data};
}

}  // namespace

std::vector<Category> categories(Overlay overlay, const CanvasScene& scene, const Theme& theme) {
  if (overlay == Overlay::kTls) {
    return {encrypted(theme), plain(theme)};
  }
  std::vector<Category> all;
  const auto& zones = scene.zones();
  for (std::size_t i = 0; i < zones.size() && i <= kMostZones; ++i) {
    all.push_back(zone(scene, zones[i], theme));
  }
  if (zones.size() > 1) {
    all.push_back(crossing(theme));
  }
  return all;
}

Category category_of_node(Overlay overlay, const CanvasScene& scene, std::size_t node,
                          const Theme& theme) {
  const SceneNode& of = scene.nodes()[node];
  if (overlay == Overlay::kTls) {
    return of.tls ? encrypted(theme) : plain(theme);
  }
  return zone(scene, of.zones, theme);
}

// Between two sidecars of a mesh with mTLS, and within one zone.
Category category_of_edge(Overlay overlay, const CanvasScene& scene, std::size_t edge,
                          const Theme& theme) {
  const SceneNode& from = scene.nodes()[scene.edges()[edge].from];
  const SceneNode& to = scene.nodes()[scene.edges()[edge].to];
  if (overlay == Overlay::kTls) {
    return from.tls && to.tls ? encrypted(theme) : plain(theme);
  }
  const bool is_within = from.zones == to.zones && from.zones.find(',') == std::string::npos;
  return is_within ? zone(scene, from.zones, theme) : crossing(theme);
}

double draw_categories(QPainter& painter, const Theme& theme,
                       const std::vector<Category>& categories, const QRectF& target) {
  constexpr double kGap = 16, kSide = 10;
  const QFontMetricsF metrics(painter.font());
  double x = target.left();
  for (const Category& each : categories) {
    if (x > target.right()) {
      break;
    }
    const QRectF sample(x, target.center().y() - kSide / 2, kSide, kSide);
    if (each.dashed) {
      painter.setPen(QPen(each.color, 2, Qt::DashLine));
      painter.drawLine(QPointF(x - 2, sample.center().y()),
                       QPointF(x + kSide, sample.center().y()));
    } else {
      painter.setPen(Qt::NoPen);
      painter.setBrush(each.color);
      painter.drawRoundedRect(sample, 2, 2);
    }
    x += kSide + 5;
    painter.setPen(theme.text);
    const double wide = metrics.horizontalAdvance(each.name);
    painter.drawText(QRectF(x, target.top(), wide + 2, target.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, each.name);
    x += wide + kGap;
  }
  return categories.empty() ? 0 : x - kGap - target.left();
}

}  // namespace shaketable::gui
