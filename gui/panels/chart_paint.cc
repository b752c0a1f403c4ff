#include <QFontMetricsF>
#include <QPainter>
#include <QPainterPath>
#include <QRegion>
#include <algorithm>
#include <cmath>

#include "gui/panels/chart_view.h"
#include "gui/workbench/words.h"

// The drawing of a chart.
namespace shaketable::gui {
namespace {

constexpr double kHeadLeft = 10, kHeadRight = 10, kHeadHigh = 22;

QFont small_font(bool bold = false) {
  QFont font;
  font.setPixelSize(11);
  font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
  return font;
}

}  // namespace

void fill_bands(QPainter& painter, const std::vector<QRectF>& bands, const QColor& color) {
  QRegion once, more;
  for (const QRectF& band : bands) {
    const QRect box = band.toRect();
    more += once & box;
    once += box;
  }
  for (const QRegion& region : {once, more}) {
    for (const QRect& box : region) {
      painter.fillRect(box, color);
    }
  }
}

QColor ChartView::color_of(const ChartLine& line) const {
  return line.color == ChartLine::kFailingColor ? theme_.failing : theme_.series[line.color % 6];
}

void ChartView::paintEvent(QPaintEvent*) {
  if (is_stale_ || still_.devicePixelRatio() != devicePixelRatioF()) {
    draw_still();
  }
  QPainter painter(this);
  painter.drawPixmap(0, 0, still_);
  painter.setRenderHint(QPainter::Antialiasing);
  if (!lines_.empty()) {
    draw_moments(painter);
  }
  draw_head(painter);
}

void ChartView::draw_still() {
  const QSize wanted = size() * devicePixelRatioF();
  if (still_.size() != wanted) {
    still_ = QPixmap(wanted);
  }
  still_.setDevicePixelRatio(devicePixelRatioF());
  QPainter painter(&still_);
  painter.setRenderHint(QPainter::Antialiasing);
  draw_ground(painter);
  is_stale_ = false;
}

void ChartView::draw(QPainter& painter) const {
  painter.setRenderHint(QPainter::Antialiasing);
  draw_ground(painter);
  if (!lines_.empty()) {
    draw_moments(painter);
  }
  draw_head(painter);
}

// What stands still.
void ChartView::draw_ground(QPainter& painter) const {
  painter.fillRect(rect(), theme_.panel);
  if (lines_.empty()) {
    painter.setFont(small_font());
    painter.setPen(theme_.muted);
    painter.drawText(rect().adjusted(8, kHeadHigh, -8, -8), Qt::AlignCenter | Qt::TextWordWrap,
                     hint_);
    return;
  }
  draw_frame(painter);
  painter.save();
  painter.setClipRect(plot().adjusted(0, -2, 1, 2));
  for (const ChartLine& line : lines_) {
    draw_line(painter, line);
  }
  painter.restore();
}

// The moment that is looked at, the cursor, and what lies between A and B.
void ChartView::draw_moments(QPainter& painter) const {
  const QRectF area = plot();
  const auto vertical = [&](proxy::Instant at, const QColor& color, Qt::PenStyle style) {
    if (at < from_ || at > end_) {
      return;
    }
    painter.setPen(QPen(color, 1.2, style));
    painter.drawLine(QPointF(x_of(at), area.top()), QPointF(x_of(at), area.bottom()));
  };
  if (a_ && b_) {
    QRectF between(area);
    between.setLeft(std::max(area.left(), x_of(std::min(*a_, *b_))));
    between.setRight(std::min(area.right(), x_of(std::max(*a_, *b_))));
    if (between.width() > 0) {
      painter.fillRect(between, theme_.selection);
    }
  }
  for (const Note& note : notes_) {
    vertical(note.at, theme_.text, Qt::DotLine);
  }
  painter.setFont(small_font(true));
  const auto flag = [&](const std::optional<proxy::Instant>& at, const QString& name) {
    if (!at || *at < from_ || *at > end_) {
      return;
    }
    vertical(*at, theme_.text, Qt::SolidLine);
    const QRectF box(x_of(*at), area.top(), 14, 14);
    painter.fillRect(box, theme_.text);
    painter.setPen(theme_.panel);
    painter.drawText(box, Qt::AlignCenter, name);
  };
  flag(a_, QStringLiteral("A"));
  flag(b_, QStringLiteral("B"));
  vertical(moment_, theme_.accent, Qt::SolidLine);
  if (cursor_) {
    vertical(*cursor_, theme_.muted, Qt::DashLine);
  }
}

void ChartView::draw_frame(QPainter& painter) const {
  const QRectF area = plot();
  std::vector<QRectF> bands;
  for (const ChartBand& band : bands_) {
    QRectF box(area);
    if (band.to < from_ || band.from > end_) {
      continue;
    }
    box.setLeft(x_of(std::max(band.from, from_)));
    box.setRight(std::max(x_of(std::min(band.to, end_)), box.left() + 1.5));
    bands.push_back(box);
  }
  fill_bands(painter, bands, theme_.fault_band);
  painter.setFont(small_font());
  const int steps = area.height() > 110 ? 4 : 2;
  for (int i = 0; i <= steps; ++i) {
    const double y = area.bottom() - area.height() * i / steps;
    painter.setPen(QPen(theme_.grid, 1));
    painter.drawLine(QPointF(area.left(), std::round(y) + 0.5),
                     QPointF(area.right(), std::round(y) + 0.5));
    painter.setPen(theme_.muted);
    painter.drawText(QRectF(0, y - 8, axis_ - 6, 16), Qt::AlignRight | Qt::AlignVCenter,
                     value_text(unit_, top_ * i / steps));
  }
  const auto label = [&](double share, Qt::Alignment align) {
    const proxy::Instant at = at_x(area.left() + share * area.width());
    const double x = area.left() + share * area.width();
    const QRectF box(align == Qt::AlignLeft    ? x
                     : align == Qt::AlignRight ? x - 60
                                               : x - 30,
                     area.bottom() + 2, 60, 14);
    const QString text = clock_text(at);
    painter.drawText(box, align | Qt::AlignVCenter,
                     seconds() < 10 ? text : text.section(QLatin1Char('.'), 0, 0));
  };
  painter.setPen(theme_.muted);
  label(0, Qt::AlignLeft);
  label(0.5, Qt::AlignHCenter);
  label(1, Qt::AlignRight);
}

void ChartView::draw_line(QPainter& painter, const ChartLine& line) const {
  const QRectF area = plot();
  const double per_bucket = area.width() * proxy::to_seconds(bucket_) / seconds();
  const double first = proxy::to_seconds(from_.time_since_epoch()) / proxy::to_seconds(bucket_);
  const auto y_of = [&](double value) {
    return area.bottom() - area.height() * std::clamp(value / top_, 0.0, 1.0);
  };
  QPainterPath path;
  bool is_open = false;
  const std::size_t group =
      std::max<std::size_t>(1, static_cast<std::size_t>(1 / std::max(per_bucket, 1e-6)));
  for (std::size_t i = 0; i < line.values.size(); i += group) {
    double least = -1, most = -1;
    for (std::size_t j = i; j < std::min(i + group, line.values.size()); ++j) {
      const double value = line.values[j];
      if (value >= 0) {
        least = least < 0 ? value : std::min(least, value);
        most = std::max(most, value);
      }
    }
    if (most < 0) {
      is_open = false;
      continue;
    }
    const double x = area.left() + per_bucket * (static_cast<double>(i) + 1 - first);
    if (x < area.left() - per_bucket - 4 || x > area.right() + per_bucket + 4) {
      is_open = false;
      continue;
    }
    is_open ? path.lineTo(x, y_of(most)) : path.moveTo(x, y_of(most));
    if (least < most) {
      path.lineTo(x, y_of(least));
    }
    is_open = true;
  }
  QPen pen(color_of(line), line.dashed ? 1.2 : 1.7, line.dashed ? Qt::DashLine : Qt::SolidLine);
  pen.setJoinStyle(Qt::RoundJoin);
  painter.setPen(pen);
  painter.setBrush(Qt::NoBrush);
  painter.drawPath(path);
}

// The title, and each line's value at the cursor or the moment. Where that is too wide, dashed
// lines are left out, which are what others are compared with, and then values.
void ChartView::draw_head(QPainter& painter) const {
  constexpr double kSwatch = 24;
  painter.setFont(small_font(true));
  painter.setPen(theme_.text);
  const QRectF head(kHeadLeft, 3, width() - kHeadLeft - kHeadRight, kHeadHigh - 4);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, title_);
  const double title_end = kHeadLeft + QFontMetricsF(painter.font()).horizontalAdvance(title_) + 14;
  painter.setFont(small_font());
  const QFontMetricsF metrics(painter.font());
  const auto text_of = [&](std::size_t line, bool has_values) {
    const QString& name = lines_[line].name;
    return has_values ? name + QLatin1Char(' ') + reading_of(line) : name;
  };
  bool has_dashed = true, has_values = true;
  const auto fits = [&] {
    double whole = 0;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      whole += has_dashed || !lines_[i].dashed
                   ? metrics.horizontalAdvance(text_of(i, has_values)) + kSwatch
                   : 0;
    }
    return title_end + whole - 8 <= width() - kHeadRight;
  };
  has_dashed = fits();
  has_values = fits() || lines_.size() == 1;
  double x = width() - kHeadRight;
  for (std::size_t i = lines_.size(); i-- > 0;) {
    if (lines_[i].dashed && !has_dashed) {
      continue;
    }
    const QString text = text_of(i, has_values);
    x -= metrics.horizontalAdvance(text);
    if (x - 16 < title_end) {
      break;
    }
    painter.setPen(theme_.muted);
    painter.drawText(QPointF(x, head.center().y() + metrics.ascent() / 2 - 1), text);
    QPen pen(color_of(lines_[i]), 2.4, lines_[i].dashed ? Qt::DotLine : Qt::SolidLine);
    painter.setPen(pen);
    painter.drawLine(QPointF(x - 13, head.center().y()), QPointF(x - 4, head.center().y()));
    x -= kSwatch;
  }
}

}  // namespace shaketable::gui
