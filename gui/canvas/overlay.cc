#include "gui/canvas/overlay.h"

#include <QFontMetricsF>
#include <QLinearGradient>
#include <QObject>
#include <algorithm>
#include <cmath>

#include "gui/canvas/canvas_painter.h"
#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr double kGap = 16;

// 1, 2 or 5 times a power of ten, at least `value`.
double round_above(double value) {
  double power = 1e-3;
  while (power * 10 < value) {
    power *= 10;
  }
  for (const double step : {1.0, 2.0, 5.0}) {
    if (power * step >= value) {
      return power * step;
    }
  }
  return power * 10;
}

bool is_share(Overlay overlay) {
  return overlay == Overlay::kErrors || overlay == Overlay::kUtilisation;
}

}  // namespace

QString title_of(Overlay overlay) {
  switch (overlay) {
    case Overlay::kHealth:
      return QObject::tr("Health");
    case Overlay::kRate:
      return QObject::tr("Rate");
    case Overlay::kP50:
      return QObject::tr("Latency p50");
    case Overlay::kP99:
      return QObject::tr("Latency p99");
    case Overlay::kErrors:
      return QObject::tr("Errors");
    case Overlay::kRetries:
      return QObject::tr("Retries");
    case Overlay::kUtilisation:
      return QObject::tr("Utilisation");
    case Overlay::kQueue:
      return QObject::tr("Queue");
    case Overlay::kTls:
      return QObject::tr("mTLS");
    case Overlay::kZone:
      return QObject::tr("Zone");
  }
  return {};
}

std::optional<double> value_of(Overlay overlay, const NodeLook& look) {
  if (!look.has_run) {
    return std::nullopt;
  }
  const bool answers = look.rate > 0;
  switch (overlay) {
    case Overlay::kHealth:
    case Overlay::kRetries:
    case Overlay::kTls:
    case Overlay::kZone:
      return std::nullopt;
    case Overlay::kRate:
      return look.rate;
    case Overlay::kP50:
      return answers ? std::optional<double>(look.p50_us) : std::nullopt;
    case Overlay::kP99:
      return answers ? std::optional<double>(look.p99_us) : std::nullopt;
    case Overlay::kErrors:
      return answers ? std::optional<double>(look.error_share) : std::nullopt;
    case Overlay::kUtilisation:
      return look.utilisation;
    case Overlay::kQueue:
      return look.queue;
  }
  return std::nullopt;
}

std::optional<double> value_of(Overlay overlay, const EdgeLook& look) {
  if (look.rate <= 0) {
    return std::nullopt;
  }
  switch (overlay) {
    case Overlay::kHealth:
    case Overlay::kUtilisation:
    case Overlay::kQueue:
    case Overlay::kTls:
    case Overlay::kZone:
      return std::nullopt;
    case Overlay::kRate:
      return look.rate;
    case Overlay::kP50:
      return look.p50_us;
    case Overlay::kP99:
      return look.p99_us;
    case Overlay::kErrors:
      return look.error_share;
    case Overlay::kRetries:
      return 1 + look.retry_share;
  }
  return std::nullopt;
}

QString value_text(Overlay overlay, double value) {
  switch (overlay) {
    case Overlay::kHealth:
    case Overlay::kTls:
    case Overlay::kZone:
      break;
    case Overlay::kRate:
      return words(rate_text(value));
    case Overlay::kP50:
    case Overlay::kP99:
      return words(latency_text(static_cast<std::uint32_t>(std::clamp(value, 0.0, 4e9))));
    case Overlay::kErrors:
    case Overlay::kUtilisation:
      return value >= 0.1 ? QStringLiteral("%1 %").arg(std::lround(value * 100))
                          : words(share_text(value));
    case Overlay::kRetries:
      return QStringLiteral("%1×").arg(value, 0, 'f', 2);
    case Overlay::kQueue:
      return value < 0.05 ? QStringLiteral("0") : QString::number(value, 'f', value < 10 ? 1 : 0);
  }
  return {};
}

double top_of(Overlay overlay, const MeshLook& look) {
  if (is_share(overlay)) {
    return 1;
  }
  double most = 0;
  for (const NodeLook& node : look.nodes) {
    most = std::max(most, value_of(overlay, node).value_or(0));
  }
  for (const EdgeLook& edge : look.edges) {
    most = std::max(most, value_of(overlay, edge).value_or(0));
  }
  return overlay == Overlay::kRetries ? std::max(2.0, std::ceil(most))
                                      : round_above(std::max(most, 1.0));
}

double place_of(Overlay overlay, double value, double top) {
  const double least = overlay == Overlay::kRetries ? 1 : 0;
  const double place = std::clamp((value - least) / std::max(top - least, 1e-9), 0.0, 1.0);
  // Of rates, times and failures the small ones matter, too.
  return overlay == Overlay::kUtilisation ? place : std::sqrt(place);
}

QColor ramp(const Theme& theme, double place) {
  // Stops of a ramp that is even in lightness, and runs the other way on a dark ground.
  static constexpr std::array<std::array<int, 3>, 5> kLight = {
      {{217, 226, 236}, {150, 190, 200}, {90, 146, 160}, {176, 96, 60}, {140, 30, 30}}};
  static constexpr std::array<std::array<int, 3>, 5> kDark = {
      {{66, 74, 86}, {70, 110, 134}, {96, 160, 170}, {240, 172, 96}, {255, 210, 176}}};
  const auto& stops = theme.dark ? kDark : kLight;
  const double at = std::clamp(place, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
  const auto stop = std::min(static_cast<std::size_t>(at), stops.size() - 2);
  const double rest = at - static_cast<double>(stop);
  const auto mixed = [&](std::size_t part) {
    return static_cast<int>(
        std::lround(stops[stop][part] * (1 - rest) + stops[stop + 1][part] * rest));
  };
  return {mixed(0), mixed(1), mixed(2)};
}

double draw_legend(QPainter& painter, const Theme& theme, Overlay overlay, double top,
                   const QRectF& target) {
  const QFontMetricsF metrics(painter.font());
  const double middle = target.center().y();
  double x = target.left();
  const auto say = [&](const QString& text, const QColor& color) {
    painter.setPen(color);
    const double wide = metrics.horizontalAdvance(text);
    painter.drawText(QRectF(x, target.top(), wide + 2, target.height()),
                     Qt::AlignLeft | Qt::AlignVCenter, text);
    x += wide;
  };
  if (overlay == Overlay::kHealth) {
    for (const NodeHealth health : {NodeHealth::kHealthy, NodeHealth::kDegraded,
                                    NodeHealth::kFailing, NodeHealth::kDown, NodeHealth::kNoData}) {
      const QString name = QLatin1String(name_of(health));
      if (x + 15 + metrics.horizontalAdvance(name) > target.right()) {
        break;  // None, rather than half of one.
      }
      draw_health_glyph(painter, health, QPointF(x + 5, middle), 9, theme.of(health));
      x += 15;
      say(name, theme.text);
      x += kGap;
    }
    return x - kGap - target.left();
  }
  say(value_text(overlay, overlay == Overlay::kRetries ? 1 : 0), theme.muted);
  x += 6;
  const QRectF bar(x, middle - 4, 110, 8);
  QLinearGradient gradient(bar.topLeft(), bar.topRight());
  for (int i = 0; i <= 8; ++i) {
    gradient.setColorAt(i / 8.0, ramp(theme, i / 8.0));
  }
  painter.setPen(Qt::NoPen);
  painter.setBrush(gradient);
  painter.drawRoundedRect(bar, 3, 3);
  x = bar.right() + 6;
  say(value_text(overlay, top), theme.muted);
  return x - target.left();
}

}  // namespace shaketable::gui
