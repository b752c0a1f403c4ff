#include "gui/analysis/split_bars.h"

#include <QFontMetricsF>
#include <QPainter>
#include <algorithm>
#include <utility>

#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"

namespace shaketable::gui {
namespace {

constexpr int kSplitRow = 22;
constexpr double kSplitNames = 92;

}  // namespace

int version_color(std::size_t version) {
  // Blue first, then orange: far from each other under every kind of colour blindness.
  return static_cast<int>(version % 6);
}

SplitBars::SplitBars(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("split_bars"));
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void SplitBars::set_theme(const Theme& theme) {
  theme_ = theme;
  update();
}

void SplitBars::set_versions(std::vector<QString> names) {
  versions_ = std::move(names);
  update();
}

void SplitBars::set_bars(std::vector<Bar> bars) {
  if (bars == bars_) {
    return;
  }
  bars_ = std::move(bars);
  QStringList words;
  for (const Bar& bar : bars_) {
    QString text = bar.title + QStringLiteral(": ") + bar.words;
    for (std::size_t v = 0; v < bar.ppm.size() && v < versions_.size(); ++v) {
      text += versions_[v] + QLatin1Char(' ') +
              QString::fromStdString(engine::format_ppm(bar.ppm[v])) + QLatin1Char(' ');
    }
    words << text.trimmed();
  }
  setAccessibleName(words.join(QStringLiteral("; ")));
  updateGeometry();
  update();
}

QSize SplitBars::sizeHint() const {
  return {420, 6 + kSplitRow * static_cast<int>(std::max<std::size_t>(bars_.size(), 1))};
}

void SplitBars::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QFont font;
  font.setPixelSize(11);
  painter.setFont(font);
  for (std::size_t i = 0; i < bars_.size(); ++i) {
    draw_bar(painter, bars_[i], 3 + kSplitRow * static_cast<double>(i));
  }
}

void SplitBars::draw_bar(QPainter& painter, const Bar& bar, double top) const {
  const QFontMetricsF metrics(painter.font());
  painter.setPen(theme_.muted);
  painter.drawText(QRectF(0, top, kSplitNames - 8, kSplitRow), Qt::AlignLeft | Qt::AlignVCenter,
                   bar.title);
  const QRectF track(kSplitNames, top + 3, std::max(40.0, width() - kSplitNames - 4),
                     kSplitRow - 6.0);
  painter.setPen(Qt::NoPen);
  painter.setBrush(theme_.grid);
  painter.drawRoundedRect(track, 3, 3);
  if (bar.ppm.empty()) {
    painter.setPen(theme_.muted);
    painter.drawText(track.adjusted(6, 0, 0, 0), Qt::AlignLeft | Qt::AlignVCenter, bar.words);
    return;
  }
  double left = track.left();
  for (std::size_t v = 0; v < bar.ppm.size(); ++v) {
    const double wide = track.width() * static_cast<double>(bar.ppm[v]) / 1e6;
    if (wide <= 0) {
      continue;
    }
    const QRectF part(left, track.top(), wide, track.height());
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme_.series[version_color(v)]);
    painter.drawRect(part);
    left += wide;
    QString text = QString::fromStdString(engine::format_ppm(bar.ppm[v]));
    const QString whole = v < versions_.size() ? versions_[v] + QLatin1Char(' ') + text : text;
    text = metrics.horizontalAdvance(whole) + 8 <= wide ? whole : text;
    if (metrics.horizontalAdvance(text) + 4 <= wide) {
      painter.setPen(theme_.dark ? QColor(0x10, 0x12, 0x15) : QColor(Qt::white));
      painter.drawText(part, Qt::AlignCenter, text);
    }
  }
}

}  // namespace shaketable::gui
